//! Signing in at an identity provider, as a browser without JavaScript sees it: there, back, once, in this browser only.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop where they break"
)]

#[allow(dead_code, reason = "each story uses its part")]
mod world;

use std::sync::{Arc, Mutex};

use app::testing::samples::iin;
use app::{
    AuditAction, IdentifiedPerson, IdentityBeginning, IdentityProvider, IdentityReply,
    IdentityVerdict, Store,
};
use async_trait::async_trait;
use axum_test::TestResponse;
use domain::Language;
use jiff::SignedDuration;
use world::World;
use world::browser::{Browser, between, field};

const URL: &str = "https://anyqtama.example";
const IDP: &str = "https://idp.example/auth?state=";

/// A provider that says what it is told to.
struct Scripted(Mutex<IdentityVerdict>);

impl Scripted {
    fn says(&self, verdict: IdentityVerdict) {
        *self.0.lock().unwrap() = verdict;
    }
}

#[async_trait]
impl IdentityProvider for Scripted {
    async fn begin(&self, state: &str, _: Language) -> Result<IdentityBeginning, &'static str> {
        if let IdentityVerdict::CannotTell(code) = *self.0.lock().unwrap() {
            return Err(code);
        }
        Ok(IdentityBeginning { address: format!("{IDP}{state}"), remembered: "kept".to_owned() })
    }

    async fn finish(&self, reply: &IdentityReply, remembered: &str) -> IdentityVerdict {
        assert_eq!(remembered, "kept");
        match &reply.outcome {
            Ok(code) if code == "a-code" => self.0.lock().unwrap().clone(),
            Ok(_) => IdentityVerdict::Refused("identity_refused"),
            Err(_) => IdentityVerdict::Refused("identity_cancelled"),
        }
    }
}

fn known() -> IdentityVerdict {
    let person = IdentifiedPerson { iin: iin(1), name: "СЫНАҚОВА АЙША".to_owned() };
    IdentityVerdict::Known(Box::new(person))
}

fn world() -> (World, Arc<Scripted>) {
    let scripted = Arc::new(Scripted(Mutex::new(known())));
    (World::with_identity_provider(URL, scripted.clone()), scripted)
}

fn button() -> portal::Notice {
    let word = |text: &str| text.to_owned();
    portal::Notice {
        kk: word("Кіру батырмасы"),
        ru: word("Кнопка"),
        en: word("The button"),
        link: None,
    }
}

fn browser(world: &World) -> Browser {
    let config = portal::PortalConfig { identity_provider: Some(button()), ..World::config(URL) };
    Browser::over(world, config)
}

async fn leave(browser: &Browser, next: &str) -> TestResponse {
    let html = browser.get(&format!("/kk/sign-in?next={next}")).await.text();
    assert!(html.contains("Кіру батырмасы"));
    let fields = [
        ("token", field(&html, "token")),
        ("challenge", field(&html, "challenge")),
        ("next", field(&html, "next")),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/kk/sign-in/identity-provider", &fields).await
}

/// The state in the address the page leads to.
fn state(page: &TestResponse) -> String {
    page.assert_status_ok();
    between(&page.text(), &format!("content=\"0; url={IDP}"), "\"")
}

fn back(state: &str) -> String {
    format!("/sign-in/callback?state={state}&code=a-code&iss=x")
}

fn cookies(answer: &TestResponse) -> Vec<String> {
    answer.iter_headers_by_name("set-cookie").map(|one| one.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_person_goes_there_and_comes_back_to_where_he_wanted() {
    let (world, _) = world();
    let browser = browser(&world);
    let left = leave(&browser, "/request").await;
    let lax = cookies(&left).into_iter().find(|one| one.starts_with("__Host-identity=")).unwrap();
    assert!(lax.contains("SameSite=Lax") && lax.contains("HttpOnly") && lax.contains("Secure"));
    let came = browser.get(&back(&state(&left))).await;
    came.assert_status_ok();
    assert!(came.text().contains("content=\"0; url=/kk/request\""), "{}", came.text());
    let session =
        cookies(&came).into_iter().find(|one| one.starts_with("__Host-session=")).unwrap();
    assert!(session.contains("SameSite=Strict"), "{session}");
    browser.get("/kk/cabinet").await.assert_status_ok();
    let rows = world.store().audit_from(1, 10).await.unwrap();
    let row = rows.iter().find(|row| row.action == AuditAction::SignedIn.code()).unwrap();
    assert_eq!(
        (row.detail.as_str(), row.subject.as_str()),
        ("identity_provider", &*iin(1).digits())
    );
}

#[tokio::test]
async fn a_return_is_good_once() {
    let (world, _) = world();
    let browser = browser(&world);
    let left = leave(&browser, "").await;
    let address = back(&state(&left));
    browser.get(&address).await.assert_status_ok();
    let again = browser.get(&address).await;
    again.assert_status_unprocessable_entity();
    assert!(again.text().contains("браузерде"), "{}", again.text());
}

#[tokio::test]
async fn a_return_is_good_in_the_browser_that_left_and_with_its_state_only() {
    let (world, _) = world();
    let (mine, yours) = (browser(&world), browser(&world));
    let left = leave(&mine, "").await;
    leave(&yours, "").await;
    // Somebody makes my browser, or a browser that never left, open his own return.
    for stranger in [&yours, &browser(&world)] {
        let came = stranger.get(&back(&state(&left))).await;
        came.assert_status_unprocessable_entity();
        assert!(!cookies(&came).iter().any(|one| one.contains("session=")));
        assert!(stranger.get("/kk/cabinet").await.status_code().is_redirection());
    }
    let other = "0".repeat(64);
    for wrong in [other.as_str(), "", "rubbish"] {
        mine.get(&back(wrong)).await.assert_status_unprocessable_entity();
    }
    // What is remembered is nothing anybody could sign instead.
    mine.get(&back(&state(&left))).await.assert_status_ok();
}

#[tokio::test]
async fn a_return_has_its_time() {
    let (world, _) = world();
    let browser = browser(&world);
    let left = leave(&browser, "").await;
    world.clock.advance(SignedDuration::from_mins(16));
    browser.get(&back(&state(&left))).await.assert_status_unprocessable_entity();
}

#[tokio::test]
async fn two_tabs_of_one_browser_do_not_disturb_each_other() {
    let (world, _) = world();
    let browser = browser(&world);
    let one = leave(&browser, "/request").await;
    let two = leave(&browser, "/messages").await;
    let came = browser.get(&back(&state(&one))).await;
    assert!(came.text().contains("url=/kk/request"));
    drop(two);
}

#[tokio::test]
async fn whoever_gives_up_or_is_refused_is_told_why_and_has_the_other_way() {
    let (world, scripted) = world();
    let browser = browser(&world);
    let left = leave(&browser, "/request").await;
    let given_up = format!("/sign-in/callback?state={}&error=access_denied", state(&left));
    let page = browser.get(&given_up).await;
    page.assert_status_unprocessable_entity();
    assert!(page.text().contains("бас тарттыңыз") && page.text().contains("name=\"signature\""));
    for (code, words) in [
        ("identity_refused", "тексеруден өтпеді"),
        ("identity_not_assured", "сенімдірек"),
        ("identity_no_iin", "ЖСН"),
        ("identity_no_name", "толық хабарламайды"),
    ] {
        scripted.says(IdentityVerdict::Refused(code));
        let page = browser.get(&back(&state(&left))).await;
        page.assert_status_unprocessable_entity();
        assert!(page.text().contains(words), "{code}");
    }
    scripted.says(IdentityVerdict::CannotTell("identity_unavailable"));
    let page = browser.get(&back(&state(&left))).await;
    assert_eq!(page.status_code(), 503);
    assert!(page.text().contains("жауап бермейді") && page.text().contains("name=\"signature\""));
    assert_eq!(leave(&browser, "").await.status_code(), 503);
    // The fault is over: the same return still brings in.
    scripted.says(known());
    browser.get(&back(&state(&left))).await.assert_status_ok();
}

#[tokio::test]
async fn returns_that_say_nothing_or_too_much_are_not_listened_to() {
    let (world, _) = world();
    let browser = browser(&world);
    let left = leave(&browser, "").await;
    let state = state(&left);
    let long = "x".repeat(5_000);
    for rest in ["", "&code=a&error=b", "&code=", &format!("&code={long}")] {
        let page = browser.get(&format!("/sign-in/callback?state={state}{rest}")).await;
        page.assert_status_bad_request();
    }
}

#[tokio::test]
async fn nobody_is_led_out_of_the_portal_or_in_by_a_foreign_form() {
    let (world, _) = world();
    for evil in ["//evil.example", "https://evil.example", "/\\evil"] {
        let browser = browser(&world);
        let html = browser.get("/kk/sign-in").await.text();
        let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
        let fields = [("token", token.as_str()), ("challenge", &challenge), ("next", evil)];
        let left = browser.post("/kk/sign-in/identity-provider", &fields).await;
        let came = browser.get(&back(&state(&left))).await;
        assert!(came.text().contains("content=\"0; url=/kk/cabinet\""), "{evil}");
    }
    let foreign = [("token", "0"), ("challenge", "0"), ("next", "")];
    let stranger = browser(&world);
    stranger.post("/kk/sign-in/identity-provider", &foreign).await.assert_status_forbidden();
}

#[tokio::test]
async fn without_a_provider_there_is_no_button_and_no_way() {
    let world = World::new(URL);
    let browser = Browser::new(&world, URL);
    let html = browser.get("/kk/sign-in").await.text();
    assert!(!html.contains("identity-provider"));
    browser.get(&back(&"0".repeat(64))).await.assert_status_not_found();
}
