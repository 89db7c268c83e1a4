//! One-time passwords in the portal: confirming a request, and the second step of signing in, in three languages; and what
//! a person reads when something outside fails.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

#[allow(dead_code, reason = "each story uses its part")]
mod world;

use app::SmsFault;
use app::testing::samples::iin;
use axum_test::TestResponse;
use domain::{Answer, Iin};
use jiff::SignedDuration;
use world::World;
use world::browser::{Browser, field, location, signature};

const URL: &str = "http://127.0.0.1:8080";
const LANGUAGES: [&str; 3] = ["kk", "ru", "en"];
const PHONE: &str = "+77010000042";

/// A guardian with a number, signed in before a prepared request; answers the address of its sign page.
async fn at_the_sign_page(world: &World, language: &str) -> (Browser, String) {
    let person = world.guardian();
    world.numbers.connect(person, PHONE);
    let browser = Browser::new(world, URL);
    browser.sign_in(language, person).await;
    let address = browser.prepare(language, "give").await;
    (browser, address)
}

async fn press(browser: &Browser, page: &str, form: &str, typed: &str) -> TestResponse {
    let html = browser.get(page).await.text();
    let (token, key) = (field(&html, "token"), field(&html, "key"));
    let fields = [("token", &*token), ("key", &*key), ("password", typed)];
    browser.post(&format!("{page}{form}"), &fields).await
}

async fn send(browser: &Browser, page: &str) -> TestResponse {
    press(browser, page, "/password/send", "").await
}

async fn confirm(browser: &Browser, page: &str, typed: &str) -> TestResponse {
    press(browser, page, "/password", typed).await
}

/// A fault stands beside its field and in the summary, which links to it.
fn assert_fault(answer: &TestResponse, status: u16, field: &str, code: &str) -> String {
    assert_eq!(answer.status_code().as_u16(), status, "{code}");
    let html = answer.text();
    assert!(html.contains(&format!("<a href=\"#{field}\">")), "{code}: no link in the summary");
    assert!(html.contains(&format!("id=\"{field}-error\"")), "{code}: nothing beside the field");
    assert!(html.contains(&format!("id=\"{field}\"")), "{code}: the link leads nowhere");
    assert!(!html.contains('⟦'), "{code}: a text is missing");
    html
}

#[tokio::test]
async fn a_request_is_confirmed_by_a_pasted_password_in_every_language() {
    for language in LANGUAGES {
        let world = World::with_passwords(URL, false);
        let (browser, page) = at_the_sign_page(&world, language).await;
        let before = browser.get(&page).await.text();
        assert!(before.contains("id=\"way-password\"") && !before.contains("one-time-code"));
        let sent = send(&browser, &page).await;
        sent.assert_status_see_other();
        assert_eq!(location(&sent), format!("{page}#way-password"));
        let html = browser.get(&page).await.text();
        assert!(
            html.contains("autocomplete=\"one-time-code\"")
                && html.contains("inputmode=\"numeric\"")
        );
        assert!(
            html.contains("<strong class=\"number\">0042</strong>") && !html.contains("7010000")
        );
        let (number, text) = world.gateway.last();
        assert_eq!(number.e164(), PHONE);
        let password = world.gateway.last_password();
        assert!(text.ends_with(&format!("\n@127.0.0.1 #{password}")), "{text}");
        assert!(!html.contains(&password), "the page knows it not");
        let pasted = format!(" {} - {} ", &password[..3], &password[3..]);
        let answer = confirm(&browser, &page, &pasted).await;
        answer.assert_status_see_other();
        let request = location(&answer);
        assert!(request.contains("/requests/"), "{request}");
        world.work().await;
        let shown = browser.get(&request).await.text();
        assert!(shown.contains("/results/"), "{language}: no answer");
        // Back and again: the same request, with a password that is used up.
        let again = browser.get(&page).await;
        assert_eq!(location(&again), request);
        assert_eq!(world.gateway.count(), 1);
    }
}

#[tokio::test]
async fn wrong_passwords_are_counted_and_lock_for_a_while() {
    for language in LANGUAGES {
        let world = World::with_passwords(URL, false);
        let (browser, page) = at_the_sign_page(&world, language).await;
        send(&browser, &page).await.assert_status_see_other();
        let right = world.gateway.last_password();
        let wrong = if right == "000000" { "111111" } else { "000000" };
        let malformed = confirm(&browser, &page, "12 34").await;
        assert_fault(&malformed, 422, "password", "password_form");
        for left in ["4", "3", "2", "1", "0"] {
            let answer = confirm(&browser, &page, wrong).await;
            let html = assert_fault(&answer, 422, "password", "password_wrong");
            assert!(html.contains(&format!(": {left}.")), "{language}: {left} tries are left");
        }
        let answer = confirm(&browser, &page, &right).await;
        assert_fault(&answer, 429, "password", "password_locked");
        assert_eq!(answer.header("retry-after").to_str().unwrap(), "901");
        // A quarter of an hour later, with a new password.
        world.clock.advance(SignedDuration::from_mins(15));
        let late = confirm(&browser, &page, &right).await;
        assert_fault(&late, 422, "password-send", "password_none_sent");
        send(&browser, &page).await.assert_status_see_other();
        let answer = confirm(&browser, &page, &world.gateway.last_password()).await;
        answer.assert_status_see_other();
    }
}

#[tokio::test]
async fn another_password_is_sent_after_a_minute_and_the_first_stays_good() {
    let world = World::with_passwords(URL, false);
    let (browser, page) = at_the_sign_page(&world, "en").await;
    send(&browser, &page).await.assert_status_see_other();
    let first = world.gateway.last_password();
    let soon = send(&browser, &page).await;
    assert_fault(&soon, 429, "password-send", "password_wait");
    assert_eq!(world.gateway.count(), 1);
    world.clock.advance(SignedDuration::from_secs(60));
    send(&browser, &page).await.assert_status_see_other();
    assert_ne!(world.gateway.last_password(), first);
    confirm(&browser, &page, &first).await.assert_status_see_other();
}

#[tokio::test]
async fn whatever_fails_outside_is_told_with_a_way_on_and_another_try_succeeds() {
    for language in LANGUAGES {
        let world = World::with_passwords(URL, false);
        let (browser, page) = at_the_sign_page(&world, language).await;
        let person = world.guardian();
        let faults = [
            (SmsFault::Unreachable("silent".to_owned()), 503, "sms_unreachable"),
            (SmsFault::TryLater, 503, "sms_try_later"),
            (SmsFault::NumberRefused, 422, "sms_number_refused"),
        ];
        for (fault, status, code) in faults {
            world.gateway.fail(Some(fault));
            let answer = send(&browser, &page).await;
            assert_fault(&answer, status, "password-send", code);
            assert_eq!(answer.maybe_header("retry-after").is_some(), status == 503, "{code}");
        }
        world.gateway.fail(None);
        let absences: [(Answer<_>, u16, &str); 2] = [
            (Answer::Unavailable, 503, "mobile_citizens_base_unavailable"),
            (Answer::Absent, 422, "number_not_connected"),
        ];
        for (answer, status, code) in absences {
            world.numbers.answer(person, answer);
            assert_fault(&send(&browser, &page).await, status, "password-send", code);
        }
        world.numbers.connect(person, PHONE);
        // What was not taken counts for nothing: no minute to wait.
        send(&browser, &page).await.assert_status_see_other();
        confirm(&browser, &page, &world.gateway.last_password()).await.assert_status_see_other();
    }
}

#[tokio::test]
async fn a_password_for_one_text_confirms_no_other() {
    let world = World::with_passwords(URL, false);
    let (browser, page) = at_the_sign_page(&world, "ru").await;
    send(&browser, &page).await.assert_status_see_other();
    let other = browser.prepare("ru", "refuse").await;
    let answer = confirm(&browser, &other, &world.gateway.last_password()).await;
    assert_fault(&answer, 422, "password-send", "password_none_sent");
}

#[tokio::test]
async fn nobody_confirms_another_persons_text_and_no_form_works_without_its_token() {
    let world = World::with_passwords(URL, false);
    let (browser, page) = at_the_sign_page(&world, "kk").await;
    send(&browser, &page).await.assert_status_see_other();
    let password = world.gateway.last_password();
    for form in ["/password", "/password/send"] {
        let fields = [("token", "guessed"), ("key", "key"), ("password", password.as_str())];
        let answer = browser.post(&format!("{page}{form}"), &fields).await;
        assert_eq!(answer.status_code().as_u16(), 403, "{form}");
    }
    let stranger = Browser::new(&world, URL);
    stranger.sign_in("kk", iin(2)).await;
    let own = stranger.prepare("kk", "give").await;
    let html = stranger.get(&own).await.text();
    let (token, key) = (field(&html, "token"), field(&html, "key"));
    let fields = [("token", &*token), ("key", &*key), ("password", &*password)];
    let answer = stranger.post(&format!("{page}/password"), &fields).await;
    assert_eq!(answer.status_code().as_u16(), 404);
}

#[tokio::test]
async fn where_no_passwords_are_offered_there_is_no_sign_of_them() {
    let world = World::new(URL);
    let person = world.guardian();
    let browser = Browser::new(&world, URL);
    browser.sign_in("en", person).await;
    let page = browser.prepare("en", "give").await;
    let html = browser.get(&page).await.text();
    assert!(!html.contains("way-password"));
    let (token, key) = (field(&html, "token"), field(&html, "key"));
    let fields = [("token", &*token), ("key", &*key), ("password", "123456")];
    for form in ["/password", "/password/send"] {
        let answer = browser.post(&format!("{page}{form}"), &fields).await;
        assert_eq!(answer.status_code().as_u16(), 404, "{form}");
    }
}

/// Signs the sign-in text; answers what came of it.
async fn first_step(browser: &Browser, language: &str, next: &str, person: Iin) -> TestResponse {
    let html = browser.get(&format!("/{language}/sign-in?next={next}")).await.text();
    let fields = [
        ("token", field(&html, "token")),
        ("challenge", field(&html, "challenge")),
        ("next", field(&html, "next")),
        ("signature", signature(&html, person)),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&format!("/{language}/sign-in"), &fields).await
}

async fn second_step(browser: &Browser, page: &str, form: &str, typed: &str) -> TestResponse {
    let html = browser.get(page).await.text();
    let (token, next) = (field(&html, "token"), field(&html, "next"));
    let fields = [("token", &*token), ("next", &*next), ("password", typed)];
    let (place, _) = page.split_once('?').unwrap_or((page, ""));
    browser.post(&format!("{place}{form}"), &fields).await
}

#[tokio::test]
async fn behind_the_signature_a_password_opens_the_cabinet() {
    for language in LANGUAGES {
        let world = World::with_passwords(URL, true);
        let person = world.guardian();
        world.numbers.connect(person, PHONE);
        let browser = Browser::new(&world, URL);
        let signed = first_step(&browser, language, "/request", person).await;
        signed.assert_status_see_other();
        let page = location(&signed);
        assert_eq!(page, format!("/{language}/sign-in/password?next=/request"));
        // The signature alone opens nothing.
        let closed = browser.get(&format!("/{language}/cabinet")).await;
        assert!(location(&closed).contains("/sign-in?"), "{language}");
        let html = browser.get(&page).await.text();
        assert!(html.contains("<strong class=\"number\">0042</strong>") && !html.contains('⟦'));
        let password = world.gateway.last_password();
        let wrong = if password == "000000" { "111111" } else { "000000" };
        let answer = second_step(&browser, &page, "", wrong).await;
        assert_fault(&answer, 422, "password", "password_wrong");
        let answer = second_step(&browser, &page, "", &password).await;
        answer.assert_status_see_other();
        assert_eq!(location(&answer), format!("/{language}/request"));
        browser.get(&format!("/{language}/cabinet")).await.assert_status_ok();
    }
}

#[tokio::test]
async fn who_has_no_number_or_gets_no_message_is_told_and_not_let_in() {
    for language in LANGUAGES {
        let world = World::with_passwords(URL, true);
        let person = world.guardian();
        let browser = Browser::new(&world, URL);
        let answer = first_step(&browser, language, "", person).await;
        let html = assert_fault(&answer, 422, "password-send", "number_not_connected");
        assert!(html.contains("1414") && html.contains("egov.kz"), "{language}");
        assert!(location(&browser.get(&format!("/{language}/cabinet")).await).contains("/sign-in"));
        // Once the number is connected, from the same page.
        world.numbers.connect(person, PHONE);
        world.gateway.fail(Some(SmsFault::Unreachable("silent".to_owned())));
        let page = format!("/{language}/sign-in/password");
        let silent = second_step(&browser, &page, "/send", "").await;
        assert_fault(&silent, 503, "password-send", "sms_unreachable");
        world.gateway.fail(None);
        second_step(&browser, &page, "/send", "").await.assert_status_see_other();
        let password = world.gateway.last_password();
        second_step(&browser, &page, "", &password).await.assert_status_see_other();
        browser.get(&format!("/{language}/cabinet")).await.assert_status_ok();
    }
}

#[tokio::test]
async fn the_second_step_ends_after_a_quarter_of_an_hour() {
    let world = World::with_passwords(URL, true);
    let person = world.guardian();
    world.numbers.connect(person, PHONE);
    let browser = Browser::new(&world, URL);
    let page = location(&first_step(&browser, "en", "/request", person).await);
    let html = browser.get(&page).await.text();
    world.clock.advance(SignedDuration::from_mins(15));
    let fields = [
        ("token", field(&html, "token")),
        ("next", field(&html, "next")),
        ("password", world.gateway.last_password()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let late = browser.post("/en/sign-in/password", &fields).await;
    assert_eq!(location(&late), "/en/sign-in?next=/request&why=late");
    let html = browser.get(&location(&late)).await.text();
    assert!(html.contains("The time for the second step is over."));
    let stranger = Browser::new(&world, URL);
    let answer = stranger.post("/en/sign-in/password", &[("token", ""), ("password", "1")]).await;
    assert_eq!(answer.status_code().as_u16(), 403, "without its cookie no form is ours");
}
