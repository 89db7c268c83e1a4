//! What a person lives through at the portal, without JavaScript and in every language.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

mod consents;
#[allow(dead_code, reason = "each story uses its part")]
mod world;

#[path = "journey/email.rs"]
mod email;
#[path = "journey/figures.rs"]
mod figures;
#[path = "journey/records.rs"]
mod records;
#[path = "journey/recourses.rs"]
mod recourses;

use app::testing::FakeVerifier;
use app::testing::samples::{guardian_record, iin, moment};
use axum_test::TestResponse;
use axum_test::multipart::{MultipartForm, Part};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use world::World;
use world::browser::{Browser, between, document, field, location, signature};

const URL: &str = "http://127.0.0.1:8080";
const LANGUAGES: [&str; 3] = ["kk", "ru", "en"];

fn portal() -> (World, Browser) {
    let world = World::new(URL);
    let browser = Browser::new(&world, URL);
    (world, browser)
}

/// What every page must be: whole, in its language, switchable, and free of inline style and script.
fn assert_is_a_good_page(page: &TestResponse, language: &str, what: &str) {
    let html = page.text();
    assert!(!html.contains('⟦'), "{language} {what}: {}", between(&html, "⟦", "⟧"));
    assert!(html.contains(&format!("<html lang=\"{language}\"")), "{what}");
    assert_eq!(html.matches("<h1").count(), 1, "{language} {what}");
    assert!(!html.contains(" style=") && !html.contains("<style"), "{what}");
    assert_eq!(html.matches("<script").count(), 1, "{what}");
    assert!(!html.contains(" onclick") && !html.contains("javascript:"), "{what}");
    for other in LANGUAGES.iter().filter(|other| **other != language) {
        let link = html.contains(&format!("href=\"/{other}"));
        assert!(link || html.contains(&format!("formaction=\"/{other}")), "{what} to {other}");
    }
    for input in html.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
        if !input.contains("type=\"hidden\"") {
            let id = between(input, "id=\"", "\"");
            assert!(html.contains(&format!("for=\"{id}\"")), "{what}: {id} has no label");
        }
    }
}

#[tokio::test]
async fn the_whole_way_works_without_javascript_in_every_language() {
    for language in LANGUAGES {
        let (world, browser) = portal();
        let person = world.guardian();
        let start = browser.get(&format!("/{language}")).await;
        assert_is_a_good_page(&start, language, "start");
        let refused = browser.get(&format!("/{language}/request")).await;
        refused.assert_status_see_other();
        assert_eq!(location(&refused), format!("/{language}/sign-in?next=/request"));
        assert_is_a_good_page(&browser.get(&location(&refused)).await, language, "sign-in");
        assert_eq!(
            location(&browser.sign_in(language, person).await),
            format!("/{language}/cabinet")
        );
        let form = browser.get(&format!("/{language}/request")).await;
        assert_is_a_good_page(&form, language, "form");
        let address = browser.prepare(language, "give").await;
        assert_is_a_good_page(&browser.get(&address).await, language, "sign");
        let sent = browser.sign(&address, person).await;
        let pending = browser.get(&location(&sent)).await;
        assert_is_a_good_page(&pending, language, "pending");
        assert!(pending.text().contains("http-equiv=\"refresh\""), "renews itself");
        assert!(pending.text().contains("10:30"), "due in Astana time");
        world.work().await;
        let granted = browser.get(&location(&sent)).await;
        assert_is_a_good_page(&granted, language, "granted");
        assert!(!granted.text().contains("http-equiv=\"refresh\""));
        let receipt = browser.get(&format!("{}/receipt", location(&sent))).await;
        assert_is_a_good_page(&receipt, language, "receipt");
        let result = between(&granted.text(), "lead-box", "/document\"");
        let result = result.rsplit('"').next().unwrap().to_owned();
        assert_is_a_good_page(&browser.get(&result).await, language, "result");
        let pdf = browser.get(&format!("{result}/document")).await;
        assert_eq!(pdf.content_type(), "application/pdf");
        assert!(pdf.as_bytes().starts_with(b"%PDF"));
        let cabinet = browser.get(&format!("/{language}/cabinet")).await;
        assert_is_a_good_page(&cabinet, language, "cabinet");
        assert!(cabinet.text().contains(&result));
        for place in ["check", "accessibility", "personal-data"] {
            let page = browser.get(&format!("/{language}/{place}")).await;
            assert_is_a_good_page(&page, language, place);
        }
    }
}

#[tokio::test]
async fn a_refused_consent_ends_with_the_reasoned_refusal_and_says_what_to_do() {
    for (language, ground, todo) in [
        ("kk", "Заңның 8-бабы", "Келісім беремін"),
        ("ru", "статья 8 Закона", "Даю согласие"),
        ("en", "Article 8 of the Law", "I give consent"),
    ] {
        let (world, browser) = portal();
        let person = world.guardian();
        let address = browser.ask(language, person, "refuse").await;
        world.work().await;
        let page = browser.get(&address).await;
        assert_is_a_good_page(&page, language, "refused");
        assert!(page.text().contains(ground) && page.text().contains(todo));
        assert_eq!(world.bank.asked(person), 0, "without consent the bank is not asked");
    }
}

#[tokio::test]
async fn no_answer_about_consent_is_ever_given_for_the_person() {
    let (world, browser) = portal();
    browser.sign_in("ru", world.guardian()).await;
    let form = browser.get("/ru/request").await.text();
    for name in ["restricted", "secret"] {
        for answer in ["give", "refuse"] {
            let input = between(&form, &format!("id=\"{name}-{answer}\""), ">");
            assert!(!input.contains("checked"), "{name} {answer}");
        }
    }
    for item in 1..=8 {
        assert!(form.contains(&format!("<p>{item}) ")), "item {item} of Article 8");
    }
}

#[tokio::test]
async fn every_wrong_answer_is_named_at_its_field_and_in_the_summary() {
    let (world, browser) = portal();
    browser.sign_in("ru", world.guardian()).await;
    let form = browser.get("/ru/request").await.text();
    let token = field(&form, "token");
    let fields = [
        ("token", token.as_str()),
        ("wards", "named"),
        ("ward", "12"),
        ("ward", ""),
        ("ward", "061211600013"),
        ("restricted", "give"),
    ];
    let page = browser.post("/ru/request", &fields).await;
    page.assert_status_unprocessable_entity();
    assert_is_a_good_page(&page, "ru", "form with faults");
    let html = page.text();
    for id in ["ward-1", "ward-3", "secret-give"] {
        assert!(html.contains(&format!("href=\"#{id}\"")), "{id} in the summary");
        assert!(html.contains(&format!("id=\"{id}-error\"")), "{id} at its field");
        let described = html.contains(&format!("aria-describedby=\"{id}-error\""))
            || html.contains(&format!(" {id}-error\""));
        assert!(described, "{id} is tied to its error");
    }
    assert!(!html.contains("id=\"ward-2-error\""));
    assert!(html.contains("value=\"061211600013\""), "what was typed stays");
}

#[tokio::test]
async fn switching_the_language_keeps_what_was_typed() {
    let (world, browser) = portal();
    browser.sign_in("kk", world.guardian()).await;
    let form = browser.get("/kk/request").await.text();
    let token = field(&form, "token");
    let fields = [
        ("token", token.as_str()),
        ("wards", "named"),
        ("ward", "061211600012"),
        ("secret", "refuse"),
        ("switch", "1"),
    ];
    let page = browser.post("/en/request", &fields).await;
    page.assert_status_ok();
    let html = page.text();
    assert!(html.contains("<html lang=\"en\"") && html.contains("value=\"061211600012\""));
    assert!(between(&html, "id=\"secret-refuse\"", ">").contains("checked"));
    let fields = [("number", "A-2345"), ("iin", ""), ("switch", "1")];
    let check = browser.post("/ru/check", &fields).await;
    check.assert_status_ok();
    assert!(check.text().contains("value=\"A-2345\""));
}

#[tokio::test]
async fn sending_twice_and_going_back_ends_on_one_request() {
    let (world, browser) = portal();
    let person = world.guardian();
    browser.sign_in("kk", person).await;
    let address = browser.prepare("kk", "give").await;
    let html = browser.get(&address).await.text();
    let (token, key) = (field(&html, "token"), field(&html, "key"));
    let first = signature(&html, person);
    // Another signature over the same document, as real signers make each time.
    let second =
        STANDARD.encode([FakeVerifier::sign(person, &document(&html)), b" ".to_vec()].concat());
    let mut ends = Vec::new();
    for signature in [&first, &first, &second] {
        let fields = [("token", token.as_str()), ("key", &key), ("signature", signature)];
        let sent = browser.post(&address, &fields).await;
        sent.assert_status_see_other();
        ends.push(location(&sent));
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    let back = browser.get(&address).await;
    back.assert_status_see_other();
    assert_eq!(location(&back), ends[0], "the back button leads on to the request");
    let second_tab = browser.prepare("kk", "give").await;
    assert_eq!(
        location(&browser.sign(&second_tab, person).await),
        ends[0],
        "no duplicate while open"
    );
}

#[tokio::test]
async fn another_persons_things_do_not_exist() {
    let (world, browser) = portal();
    let person = world.guardian();
    browser.sign_in("en", person).await;
    let draft = browser.prepare("en", "give").await;
    let request = location(&browser.sign(&draft, person).await);
    world.work().await;
    let html = browser.get(&request).await.text();
    let result = between(&html, "lead-box", "/document\"");
    let result = result.rsplit('"').next().unwrap().to_owned();
    let other = Browser::new(&world, URL);
    other.sign_in("en", iin(2)).await;
    for address in [
        draft,
        request.clone(),
        format!("{request}/state"),
        format!("{request}/receipt"),
        format!("{result}/document"),
        result,
        "/en/requests/S-2222-2222-2".to_owned(),
        "/en/requests/nonsense".to_owned(),
    ] {
        other.get(&address).await.assert_status_not_found();
    }
    assert!(!other.get("/en/cabinet").await.text().contains("/requests/S-"));
}

#[tokio::test]
async fn the_document_is_the_same_bytes_every_time_and_known_by_its_tag() {
    let (world, browser) = portal();
    let address = browser.ask("kk", world.guardian(), "give").await;
    world.work().await;
    let html = browser.get(&address).await.text();
    let result = between(&html, "lead-box", "/document\"");
    let pdf = format!("{}/document", result.rsplit('"').next().unwrap());
    let (first, second) = (browser.get(&pdf).await, browser.get(&pdf).await);
    assert_eq!(first.as_bytes(), second.as_bytes());
    let tag = first.header("etag");
    assert!(tag.to_str().unwrap().starts_with('"'), "a strong tag");
    let disposition = first.header("content-disposition");
    assert!(disposition.to_str().unwrap().starts_with("attachment; filename=\"A-"));
    let known = browser.server.get(&pdf).add_header("if-none-match", tag).await;
    assert_eq!(known.status_code(), 304);
    assert!(known.as_bytes().is_empty());
    let shown = browser.get(&format!("{pdf}?show=1")).await;
    assert!(shown.header("content-disposition").to_str().unwrap().starts_with("inline"));
}

#[tokio::test]
async fn past_the_term_the_person_is_told_the_laws_consequence_and_still_gets_the_answer() {
    for (language, law) in [("kk", "91-бабының"), ("ru", "статьи 91"), ("en", "Article 91(2)")]
    {
        let (world, browser) = portal();
        let person = world.guardian();
        world.bank.go_down();
        let address = browser.ask(language, person, "give").await;
        world.work().await;
        let waiting = browser.get(&address).await;
        assert_is_a_good_page(&waiting, language, "waiting");
        assert!(!waiting.text().contains(law));
        world.clock.set(moment(1_801));
        browser.sign_in(language, person).await;
        let late = browser.get(&address).await;
        assert_is_a_good_page(&late, language, "late");
        assert!(late.text().contains(law));
        world.bank.come_up();
        world.clock.set(moment(4_000));
        browser.sign_in(language, person).await;
        world.work().await;
        let answered = browser.get(&address).await;
        assert!(answered.text().contains("/results/"), "{language}: the real answer came");
    }
}

#[tokio::test]
async fn the_renewing_status_is_json_that_says_when_to_ask_again() {
    let (world, browser) = portal();
    let address = browser.ask("en", world.guardian(), "give").await;
    let pending = browser.get(&format!("{address}/state")).await;
    assert_eq!(pending.header("retry-after"), "5");
    let body: serde_json::Value = pending.json();
    assert_eq!(body["final"], false);
    world.work().await;
    let ended = browser.get(&format!("{address}/state")).await;
    assert!(!ended.contains_header("retry-after"));
    let body: serde_json::Value = ended.json();
    assert_eq!((body["state"].as_str(), body["final"].as_bool()), (Some("granted"), Some(true)));
    assert!(body["html"].as_str().unwrap().contains("/results/"));
}

#[tokio::test]
async fn a_ward_of_somebody_else_leads_back_to_its_field() {
    let (world, browser) = portal();
    let person = world.guardian();
    browser.sign_in("ru", person).await;
    let token = field(&browser.get("/ru/request").await.text(), "token");
    let fields = [
        ("token", token.as_str()),
        ("wards", "named"),
        ("ward", "061211600012"),
        ("restricted", "give"),
        ("secret", "give"),
    ];
    let address = location(&browser.post("/ru/request", &fields).await);
    let refused = browser.sign(&address, person).await;
    refused.assert_status_unprocessable_entity();
    let html = refused.text();
    assert_is_a_good_page(&refused, "ru", "ward not found");
    let back = between(&html, "<li><a href=\"", "\"");
    assert!(back.ends_with("#ward-1"), "{back}");
    let form = browser.get(back.split('#').next().unwrap()).await.text();
    assert!(form.contains("value=\"061211600012\""), "the answers are still there");
}

#[tokio::test]
async fn a_signature_that_cannot_be_checked_now_is_never_called_wrong() {
    let (world, browser) = portal();
    let person = world.guardian();
    world.verifier.go_down("crl_stale");
    let html = browser.get("/ru/sign-in").await.text();
    let signature = signature(&html, person);
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let fields = [("token", token.as_str()), ("challenge", &challenge), ("signature", &signature)];
    let answer = browser.post("/ru/sign-in", &fields).await;
    answer.assert_status_service_unavailable();
    assert!(answer.contains_header("retry-after"));
    assert!(answer.text().contains("Это не значит, что подпись неверна"));
    assert_is_a_good_page(&answer, "ru", "cannot tell");
}

#[tokio::test]
async fn a_wrong_signature_gives_a_fresh_text_and_says_what_to_do() {
    let (world, browser) = portal();
    let html = browser.get("/en/sign-in").await.text();
    let bad = STANDARD.encode(FakeVerifier::sign_badly(world.guardian(), &document(&html)));
    for signature in [bad.as_str(), "", "no base64!"] {
        let html = browser.get("/en/sign-in").await.text();
        let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
        let fields =
            [("token", token.as_str()), ("challenge", &challenge), ("signature", signature)];
        let answer = browser.post("/en/sign-in", &fields).await;
        answer.assert_status_unprocessable_entity();
        assert_is_a_good_page(&answer, "en", "wrong signature");
        assert_ne!(field(&answer.text(), "challenge"), challenge);
    }
}

#[tokio::test]
async fn a_signature_may_come_as_a_file_and_lead_back_to_the_page_asked_for() {
    let (world, browser) = portal();
    let person = world.guardian();
    let html = browser.get("/kk/sign-in?next=/request").await.text();
    let text = signature(&html, person);
    let form = MultipartForm::new()
        .add_text("token", field(&html, "token"))
        .add_text("challenge", field(&html, "challenge"))
        .add_text("next", field(&html, "next"))
        .add_text("signature", "")
        .add_part("signature_file", Part::text(text).file_name("sign-in.cms"));
    let answer = browser.server.post("/kk/sign-in").multipart(form).await;
    answer.assert_status_see_other();
    assert_eq!(location(&answer), "/kk/request");
}

#[tokio::test]
async fn an_ended_session_is_explained_and_leads_back() {
    let (world, browser) = portal();
    browser.sign_in("ru", world.guardian()).await;
    world.clock.set(moment(3_600));
    let answer = browser.get("/ru/cabinet").await;
    answer.assert_status_see_other();
    assert_eq!(location(&answer), "/ru/sign-in?next=/cabinet&why=ended");
    assert!(browser.get(&location(&answer)).await.text().contains("Ваш сеанс завершён"));
}

#[tokio::test]
async fn what_was_typed_survives_the_end_of_the_session() {
    let (world, browser) = portal();
    let person = world.guardian();
    browser.sign_in("ru", person).await;
    let token = field(&browser.get("/ru/request").await.text(), "token");
    world.clock.set(moment(3_600));
    let fields = [
        ("token", token.as_str()),
        ("wards", "named"),
        ("ward", "061211600012"),
        ("restricted", "give"),
        ("secret", "refuse"),
    ];
    let page = browser.post("/ru/request", &fields).await;
    page.assert_status_ok();
    assert_is_a_good_page(&page, "ru", "sign in again");
    let html = page.text();
    assert!(html.contains("Ваш сеанс завершён"));
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let signature = signature(&html, person);
    let fields = [
        ("token", token.as_str()),
        ("challenge", &challenge),
        ("next", "/request"),
        ("wards", "named"),
        ("ward", "061211600012"),
        ("restricted", "give"),
        ("secret", "refuse"),
        ("signature", &signature),
    ];
    for name in ["wards", "ward", "restricted", "secret"] {
        assert!(html.contains(&format!("type=\"hidden\" name=\"{name}\"")), "{name} travels along");
    }
    let form = browser.post("/ru/sign-in", &fields).await;
    form.assert_status_ok();
    assert_is_a_good_page(&form, "ru", "form again");
    let html = form.text();
    assert!(html.contains("value=\"061211600012\""));
    assert!(between(&html, "id=\"secret-refuse\"", ">").contains("checked"));
    browser.get("/ru/cabinet").await.assert_status_ok();
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let (world, browser) = portal();
    browser.sign_in("kk", world.guardian()).await;
    let token = field(&browser.get("/kk/cabinet").await.text(), "token");
    browser.post("/kk/sign-out", &[("token", token.as_str())]).await.assert_status_see_other();
    browser.get("/kk/cabinet").await.assert_status_see_other();
}

#[tokio::test]
async fn a_third_party_sees_the_little_that_is_needed_and_no_iin_in_any_address() {
    let (world, browser) = portal();
    let person = iin(1);
    world.bank.know(guardian_record(person, &["w1"]));
    let address = browser.ask("kk", person, "give").await;
    world.work().await;
    let html = browser.get(&address).await.text();
    let number = between(&html, "class=\"number\">A-", "<");
    let number = format!("A-{number}");
    let digits = person.digits();
    let stranger = Browser::new(&world, URL);
    for (language, word) in
        [("kk", "осы жерде берілген"), ("ru", "выдана здесь"), ("en", "issued here")]
    {
        let fields = [("number", number.as_str()), ("iin", digits.as_str())];
        let page = stranger.post(&format!("/{language}/check"), &fields).await;
        page.assert_status_ok();
        assert_is_a_good_page(&page, language, "checked");
        let html = page.text();
        assert!(html.contains(word) && html.contains("Ә••• Ү•••"), "{language}");
        assert!(!html.contains("Әлімқұлов") && !html.contains("Іңкәр"), "no full name");
        assert!(html.contains("127.0.0.1:8080"), "the domain to look at");
    }
    let someone = iin(9).digits();
    let fields = [("number", number.as_str()), ("iin", someone.as_str())];
    let unknown = stranger.post("/en/check", &fields).await;
    assert!(unknown.text().contains("There is no such certificate"));
    let result = between(&html, "lead-box", "/document\"");
    let result = result.rsplit('"').next().unwrap().to_owned();
    let check_url =
        between(&browser.get(&result).await.text(), &format!("href=\"{URL}/kk/c/"), "\"");
    let by_code = stranger.get(&format!("/kk/c/{check_url}")).await;
    assert!(by_code.text().contains("осы жерде берілген"));
    let pdf = browser.get(&format!("{result}/document")).await.into_bytes();
    for (bytes, word) in
        [(pdf.to_vec(), "issued here"), (b"hello".to_vec(), "no certificate of ours")]
    {
        let form = MultipartForm::new()
            .add_text("by", "document")
            .add_part("document", Part::bytes(bytes).file_name("a.pdf"));
        let page = stranger.server.post("/en/check").multipart(form).await;
        assert!(page.text().contains(word), "{word}");
    }
    // What is no longer kept was issued here all the same, and nobody is told that it holds.
    world.erase_requests().await;
    for (language, word) in [
        ("kk", "осы жерде берілген, бірақ енді сақталмайды"),
        ("ru", "был выдан здесь, но больше не хранится"),
        ("en", "issued here and is no longer kept"),
    ] {
        let fields = [("number", number.as_str()), ("iin", someone.as_str())];
        let page = stranger.post(&format!("/{language}/check"), &fields).await;
        assert_is_a_good_page(&page, language, "erased");
        assert!(
            page.text().contains(word) && page.text().contains("verdict--unsure"),
            "{language}"
        );
    }
    let by_code = stranger.get(&format!("/kk/c/{check_url}")).await;
    assert!(by_code.text().contains("енді сақталмайды"));
    let gone = browser.get(&address).await;
    gone.assert_status(axum::http::StatusCode::GONE);
    assert!(gone.text().contains("Бұл сұрау енді сақталмайды"));
    assert!(!browser.get("/kk/cabinet").await.text().contains(&address), "it is nobody's any more");
}
