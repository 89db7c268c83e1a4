//! What somebody tries who wants in without the second step, with another's password or in another's name.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

mod console;
mod forms;
mod officers;
mod people;
mod permissions;
mod survive;
#[allow(dead_code, reason = "each story uses its part")]
mod world;

use app::testing::FakeVerifier;
use app::{PhoneAuth, PhoneMethod};
use axum_test::TestResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Iin;
use jiff::SignedDuration;
use portal::{EgovMobile, PortalConfig};
use serde_json::{Value, json};
use world::World;
use world::browser::{Browser, between, document, field, location, signature};

const URL: &str = "http://127.0.0.1:8080";
const PHONE: &str = "+77010000042";

fn config() -> PortalConfig {
    let egov_mobile = EgovMobile {
        auth: PhoneAuth::None,
        method: PhoneMethod::CmsWithData,
        link_url: "https://m.egov.kz/mobileSign".to_owned(),
    };
    PortalConfig { egov_mobile: Some(egov_mobile), ..World::config(URL) }
}

/// A world that asks for a second step, and somebody in it who has a number.
fn guarded() -> (World, Iin) {
    let world = World::with_passwords(URL, true);
    let person = world.guardian();
    world.numbers.connect(person, PHONE);
    (world, person)
}

async fn is_closed(browser: &Browser) -> bool {
    location(&browser.get("/kk/cabinet").await).contains("/sign-in?")
}

/// Signs the sign-in text; the second step is asked for.
async fn first_step(browser: &Browser, person: Iin) -> TestResponse {
    let html = browser.get("/kk/sign-in").await.text();
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let signature = signature(&html, person);
    let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
    browser.post("/kk/sign-in", &fields).await
}

async fn type_in(browser: &Browser, password: &str) -> TestResponse {
    let html = browser.get("/kk/sign-in/password").await.text();
    let fields = [("token", &*field(&html, "token")), ("password", password)];
    browser.post("/kk/sign-in/password", &fields).await
}

/// What an application puts back for the document it was given.
fn brought(document: &[u8], person: Iin) -> Value {
    let data = STANDARD.encode(FakeVerifier::sign(person, document));
    json!({
        "signMethod": "CMS_WITH_DATA",
        "documentsToSign": [{ "id": 1, "document": { "file": { "data": data } } }],
    })
}

/// Where the application asks for the document of a code.
fn place_of(code: &str) -> String {
    let link = between(code, "?link=", "&").replace("%3A", ":").replace("%2F", "/");
    format!("{}/document", link.strip_prefix(URL).unwrap())
}

#[tokio::test]
async fn no_telephone_signs_in_past_the_second_step() {
    let (world, person) = guarded();
    let browser = Browser::over(&world, config());
    let html = browser.get("/kk/sign-in").await.text();
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let own = [("token", &*token), ("challenge", &*challenge)];
    let code = browser.post("/kk/sign-in/phone", &own).await.text();
    let place = place_of(&code);
    let given: Value = browser.server.get(&place).await.json();
    let data = given["documentsToSign"][0]["document"]["file"]["data"].as_str().unwrap();
    let document = STANDARD.decode(data).unwrap();
    let put = browser.server.put(&place).json(&brought(&document, person)).await;
    put.assert_status_ok();

    let id = field(&code, "phone");
    let going_on = [own[0], own[1], ("phone", &*id)];
    let step = browser.post("/kk/sign-in/phone", &going_on).await;
    assert_eq!(location(&step), "/kk/sign-in/password");
    assert!(step.maybe_cookie("session").is_none());
    assert!(is_closed(&browser).await);
    // What is good between the steps is no session.
    let between_steps = step.cookie("second-step").value().to_owned();
    let stranger = Browser::over(&world, config());
    let as_session = stranger.server.get("/kk/cabinet");
    let as_session = as_session.add_header("cookie", format!("session={between_steps}")).await;
    assert!(location(&as_session).contains("/sign-in?"));
    // The same signature begins no other second step.
    let again = browser.post("/kk/sign-in/phone", &going_on).await;
    assert!(again.maybe_cookie("second-step").is_none() && is_closed(&browser).await);
    type_in(&browser, &world.gateway.last_password()).await.assert_status_see_other();
    browser.get("/kk/cabinet").await.assert_status_ok();
}

#[tokio::test]
async fn a_password_opens_the_sign_in_it_was_sent_for_and_no_other() {
    let (world, person) = guarded();
    let (mine, yours) = (Browser::new(&world, URL), Browser::new(&world, URL));
    first_step(&mine, person).await.assert_status_see_other();
    let my_password = world.gateway.last_password();
    let my_form = mine.get("/kk/sign-in/password").await.text();
    world.clock.advance(SignedDuration::from_secs(60));
    first_step(&yours, person).await.assert_status_see_other();
    assert_ne!(my_password, world.gateway.last_password());
    type_in(&yours, &my_password).await.assert_status_unprocessable_entity();
    let mixed = [("token", &*field(&my_form, "token")), ("password", &*my_password)];
    yours.post("/kk/sign-in/password", &mixed).await.assert_status_forbidden();
    assert!(is_closed(&yours).await && is_closed(&mine).await);
    type_in(&mine, &my_password).await.assert_status_see_other();
    mine.get("/kk/cabinet").await.assert_status_ok();
    assert!(is_closed(&yours).await);
}

/// Signed in, before a prepared request; answers the sign page's address.
async fn at_the_sign_page(world: &World, browser: &Browser) -> String {
    let person = world.guardian();
    world.numbers.connect(person, PHONE);
    browser.sign_in("kk", person).await;
    browser.prepare("kk", "give").await
}

#[tokio::test]
async fn one_password_typed_many_times_at_once_makes_one_request() {
    let world = World::with_passwords(URL, false);
    let browser = Browser::over(&world, config());
    let page = at_the_sign_page(&world, &browser).await;
    let html = browser.get(&page).await.text();
    let (token, key) = (field(&html, "token"), field(&html, "key"));
    browser.post(&format!("{page}/password/send"), &[("token", &token)]).await;
    let password = world.gateway.last_password();
    let fields = [("token", &*token), ("key", &*key), ("password", &*password)];
    let place = format!("{page}/password");
    let post = || browser.post(&place, &fields);
    let (one, two, three, four) = tokio::join!(post(), post(), post(), post());
    let led = [one, two, three, four].map(|answer| location(&answer));
    assert!(led[0].starts_with("/kk/requests/") && led.iter().all(|one| *one == led[0]), "{led:?}");
    // By another key, as a page that was opened anew would have it.
    let other = [("token", &*token), ("key", "another"), ("password", &*password)];
    assert_eq!(location(&browser.post(&place, &other).await), led[0]);
}

#[tokio::test]
async fn no_message_and_no_code_for_a_text_that_can_be_submitted_no_more() {
    let world = World::with_passwords(URL, false);
    let browser = Browser::over(&world, config());
    let expired = at_the_sign_page(&world, &browser).await;
    world.clock.advance(SignedDuration::from_mins(31));
    browser.sign_in("kk", world.guardian()).await;
    let page = browser.prepare("kk", "give").await;
    let token = field(&browser.get(&page).await.text(), "token");
    let send = async |page: &str| {
        browser.post(&format!("{page}/password/send"), &[("token", &token)]).await
    };
    send(&expired).await.assert_status_unprocessable_entity();
    let code = browser.post(&format!("{expired}/phone"), &[("token", &token)]).await;
    code.assert_status_unprocessable_entity();
    assert_eq!(world.gateway.count(), 0);
    let request = location(&browser.sign(&page, world.guardian()).await);
    assert_eq!(location(&send(&page).await), request, "who comes again is led on");
    assert_eq!(world.gateway.count(), 0);
}

#[tokio::test]
async fn no_other_site_sends_any_of_these_forms() {
    let world = World::with_passwords(URL, true);
    let (signing, entering) = (Browser::over(&world, config()), Browser::over(&world, config()));
    world.numbers.connect(world.guardian(), PHONE);
    first_step(&entering, world.guardian()).await;
    first_step(&signing, world.guardian()).await;
    world.clock.advance(SignedDuration::from_secs(60));
    let html = signing.get("/kk/sign-in/password").await.text();
    let token = field(&html, "token");
    signing.post("/kk/sign-in/password/send", &[("token", &token)]).await;
    type_in(&signing, &world.gateway.last_password()).await.assert_status_see_other();
    let page = signing.prepare("kk", "give").await;
    let of_page = ["/phone", "/password", "/password/send"].map(|form| format!("{page}{form}"));
    let of_sign_in = ["/phone", "/password", "/password/send", "/identity-provider"];
    let of_sign_in = of_sign_in.map(|form| format!("/kk/sign-in{form}"));
    let all = of_page.iter().map(|one| (&signing, one));
    let sent = world.gateway.last_password();
    for (browser, place) in all.chain(of_sign_in.iter().map(|one| (&entering, one))) {
        let html = browser.get(place.trim_end_matches("/send")).await.text();
        let token =
            if html.contains("name=\"token\"") { field(&html, "token") } else { token.clone() };
        let fields = [("token", &*token), ("password", &*sent)];
        let elsewhere = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        for (name, value) in elsewhere {
            let forged = browser.server.post(place).form(&fields).add_header(name, value).await;
            forged.assert_status_forbidden();
        }
        browser.post(place, &[("token", "0000"), ("password", &sent)]).await;
    }
    assert!(is_closed(&entering).await);
    assert_eq!(world.gateway.last_password(), sent, "nothing was sent");
}

#[tokio::test]
async fn strange_links_and_enormous_bodies_harm_nothing() {
    let world = World::with_passwords(URL, false);
    let browser = Browser::over(&world, config());
    let page = at_the_sign_page(&world, &browser).await;
    let html = browser.get(&page).await.text();
    let token = field(&html, "token");
    let code = browser.post(&format!("{page}/phone"), &[("token", &token)]).await.text();
    let place = place_of(&code);
    let enormous = vec![b' '; 2 * 1024 * 1024];
    let put = browser.server.put(&place).bytes(enormous.into()).await;
    assert_eq!(put.status_code(), 413);
    let long = "a".repeat(4_000);
    for strange in ["..%2F..%2Fkk", "%00", "%F0%9F%98%80", "'%20OR%201=1", long.as_str()] {
        let address = format!("/mgovSign/{strange}/document");
        browser.server.get(&address).await.assert_status_not_found();
        let put = browser.server.put(&address).json(&brought(b"{}", world.guardian())).await;
        put.assert_status_not_found();
        let state = browser.server.get(&format!("/kk/phone/{strange}/state")).await;
        state.assert_status_not_found();
    }
    // Deeper than any reader should follow.
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let put = browser.server.put(&place).text(&deep).await;
    put.assert_status_bad_request();
    // The link is as good as before.
    let signature = brought(&document(&html), world.guardian());
    browser.server.put(&place).json(&signature).await.assert_status_ok();
}

#[tokio::test]
async fn the_secret_of_a_browser_is_in_nothing_it_shows_or_signs() {
    let world = World::new(URL);
    let browser = Browser::new(&world, URL);
    let page = browser.get("/kk/sign-in").await;
    let secret = page.cookie("sign-in").value().to_owned();
    let document = document(&page.text());
    assert!(!page.text().contains(&secret));
    assert!(!String::from_utf8(document).unwrap().contains(&secret));
}
