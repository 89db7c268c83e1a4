//! However often and from wherever one person sends, there is one request with one number and one answer.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

#[allow(dead_code, reason = "each story uses its part")]
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;

use app::testing::FakeVerifier;
use axum_test::TestServer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Iin;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use world::browser::{Browser, document, field, location, signature};
use world::{TOKEN, World};

const URL: &str = "http://127.0.0.1:8080";
const AT_ONCE: usize = 12;

/// A sign page as one tab holds it.
struct Tab {
    browser: Arc<Browser>,
    address: String,
    html: String,
}

impl Tab {
    async fn open(browser: &Arc<Browser>, address: &str) -> Self {
        let html = browser.get(address).await.text();
        Self { browser: browser.clone(), address: address.to_owned(), html }
    }

    /// Sends; answers where it led.
    async fn send(&self, signature: &str) -> String {
        let (token, key) = (field(&self.html, "token"), field(&self.html, "key"));
        let fields = [("token", &*token), ("key", &*key), ("signature", signature)];
        let answer = self.browser.post(&self.address, &fields).await;
        answer.assert_status_see_other();
        location(&answer)
    }
}

async fn device(world: &World, language: &str, person: Iin) -> Arc<Browser> {
    let browser = Browser::new(world, URL);
    browser.sign_in(language, person).await;
    Arc::new(browser)
}

/// The number at the end of an address, whatever its language.
fn number(address: &str) -> String {
    address.rsplit('/').next().unwrap().to_owned()
}

async fn assert_one_answered_request(world: &World, person: Iin, numbers: BTreeSet<String>) {
    assert_eq!(numbers.len(), 1, "{numbers:?}");
    world.work().await;
    let views = world.service.requests_of(person, None).await.unwrap();
    assert_eq!(views.len(), 1);
    assert_eq!(views[0].request.number.as_str(), numbers.first().unwrap());
    assert_eq!(views[0].results.len(), 1);
    assert_eq!(world.service.notices_of(person).await.unwrap().len(), 1, "told once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_page_sent_many_times_at_once_is_one_request() {
    let world = World::new(URL);
    let person = world.guardian();
    let browser = device(&world, "kk", person).await;
    let address = browser.prepare("kk", "give").await;
    let gate = Arc::new(Barrier::new(AT_ONCE));
    let mut sending = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (browser, address, gate) = (browser.clone(), address.clone(), gate.clone());
        sending.spawn(async move {
            let tab = Tab::open(&browser, &address).await;
            gate.wait().await;
            tab.send(&signature(&tab.html, person)).await
        });
    }
    let numbers = sending.join_all().await.iter().map(|end| number(end)).collect();
    assert_one_answered_request(&world, person, numbers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_tabs_and_two_devices_in_three_languages_are_one_request() {
    let world = World::new(URL);
    let person = world.guardian();
    let gate = Arc::new(Barrier::new(6));
    let mut sending = JoinSet::new();
    for language in ["kk", "ru", "en"] {
        let browser = device(&world, language, person).await;
        for _ in 0..2 {
            let address = browser.prepare(language, "give").await;
            let tab = Tab::open(&browser, &address).await;
            let gate = gate.clone();
            sending.spawn(async move {
                gate.wait().await;
                tab.send(&signature(&tab.html, person)).await
            });
        }
    }
    let numbers = sending.join_all().await.iter().map(|end| number(end)).collect();
    assert_one_answered_request(&world, person, numbers).await;
}

#[tokio::test]
async fn the_back_button_leads_on_to_the_request_before_and_after_its_answer() {
    let world = World::new(URL);
    let person = world.guardian();
    let browser = device(&world, "ru", person).await;
    let address = browser.prepare("ru", "give").await;
    let tab = Tab::open(&browser, &address).await;
    let first = tab.send(&signature(&tab.html, person)).await;
    assert_eq!(location(&browser.get(&address).await), first);
    world.work().await;
    // Signed anew on the page the browser kept: a signature is never the same twice.
    let anew = [FakeVerifier::sign(person, &document(&tab.html)), b" ".to_vec()].concat();
    assert_eq!(tab.send(&STANDARD.encode(anew)).await, first);
    assert_eq!(location(&browser.get(&address).await), first);
    assert_one_answered_request(&world, person, BTreeSet::from([number(&first)])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_call_many_times_at_once_has_one_answer_over_the_api() {
    let world = World::new(URL);
    let person = world.guardian();
    let server = TestServer::new(portal::router(world.service.clone(), World::config(URL)));
    let server = Arc::new(server);
    let gate = Arc::new(Barrier::new(AT_ONCE));
    let document = draft(&server, person).await;
    let body = json!({ "signed_request": STANDARD.encode(FakeVerifier::sign(person, &document)) });
    let mut sending = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (server, body, gate) = (server.clone(), body.clone(), gate.clone());
        sending.spawn(async move {
            gate.wait().await;
            let post = server.post("/api/v1/requests").authorization_bearer(TOKEN);
            let answer = post.add_header("idempotency-key", "one").json(&body).await;
            assert_eq!(answer.status_code(), 202);
            answer.json::<Value>()
        });
    }
    let answers = sending.join_all().await;
    let new = answers.iter().filter(|answer| answer["outcome"] == "registered").count();
    assert_eq!(new, 1, "{answers:?}");
    let same = |name: &str| answers.iter().all(|answer| answer[name] == answers[0][name]);
    assert!(same("accepted_at") && same("due_at") && same("links"));
    let text = |answer: &Value| answer["number"].as_str().unwrap().to_owned();
    assert_one_answered_request(&world, person, answers.iter().map(text).collect()).await;
}

async fn draft(server: &TestServer, person: Iin) -> Vec<u8> {
    let consents = json!({ "restricted_data": true, "protected_secret": false });
    let order = json!({
        "applicant_iin": person.digits(), "language": "kk", "wards": "all", "consents": consents
    });
    let answer = server.post("/api/v1/drafts").authorization_bearer(TOKEN).json(&order).await;
    STANDARD.decode(answer.json::<Value>()["document"].as_str().unwrap()).unwrap()
}
