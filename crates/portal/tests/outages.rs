//! What people are told while something does not answer, past the term, and around technical breaks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

#[allow(dead_code, reason = "each story uses its part")]
mod world;

use app::testing::FakeVerifier;
use app::testing::samples::{iin, moment};
use app::{BreakOrder, Contact, OtherJudge, SealTerm, TechnicalBreak};
use axum_test::TestResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Answer, Iin};
use serde_json::{Value, json};
use world::browser::{Browser, between, document, field, location, signature};
use world::{TOKEN, World};

const URL: &str = "http://127.0.0.1:8080";

fn portal() -> (World, Browser) {
    let world = World::new(URL);
    let browser = Browser::new(&world, URL);
    (world, browser)
}

async fn announced(world: &World, from_s: i64, to_s: i64) -> TechnicalBreak {
    let order = BreakOrder {
        starts_at: moment(from_s),
        ends_at: moment(to_s),
        reason_kk: "сақтау жүйесін жаңарту".to_owned(),
        reason_ru: "обновление хранилища".to_owned(),
        reason_en: "renewal of the storage".to_owned(),
    };
    world.service.announce_break(order).await.unwrap()
}

async fn service(browser: &Browser) -> Value {
    let answer = browser.get("/api/v1/service").await;
    answer.assert_status_ok();
    answer.json()
}

fn assert_no_text_lacks(page: &TestResponse) {
    let html = page.text();
    assert!(!html.contains('⟦'), "{}", between(&html, "⟦", "⟧"));
}

#[tokio::test]
async fn a_waiting_request_says_who_is_silent_that_it_is_no_refusal_and_when_it_is_asked_again() {
    for (language, bank, consent, no_refusal, again) in [
        (
            "kk",
            "Республикалық деректер банкі",
            "Келісім қызметі",
            "бас тарту емес",
            "Минутына кемінде бір рет",
        ),
        (
            "ru",
            "Республиканский банк данных",
            "Сервис согласий",
            "а не отказ",
            "не реже раза в минуту",
        ),
        (
            "en",
            "The Republican Data Bank",
            "The consent service",
            "no refusal",
            "at least once a minute",
        ),
    ] {
        let (world, browser) = portal();
        world.bank.go_down();
        let address = browser.ask(language, world.guardian(), "give").await;
        world.work().await;
        let page = browser.get(&address).await;
        assert_eq!(page.header("retry-after"), "5");
        assert_no_text_lacks(&page);
        for words in [bank, no_refusal, again, "10:00"] {
            assert!(page.text().contains(words), "{language}: {words}");
        }
        assert!(browser.get(&format!("{address}/receipt")).await.contains_header("retry-after"));

        let (world, browser) = portal();
        world.consents.answer(Some(Answer::Unavailable));
        let address = browser.ask(language, world.guardian(), "give").await;
        world.work().await;
        let html = browser.get(&address).await.text();
        for words in [consent, no_refusal, again] {
            assert!(html.contains(words), "{language}: {words}");
        }
        assert!(!html.contains(bank), "{language}: nobody else is blamed");
    }
}

#[tokio::test]
async fn past_the_term_the_law_is_told_once_and_kept_among_the_messages() {
    for (language, law, months, whom, kept) in [
        (
            "kk",
            "91-бабының 2-тармағы",
            "Үш ай ішінде (92-бап)",
            "жоғары тұрған орган",
            "бәрібір жұмыста",
        ),
        (
            "ru",
            "пункту 2 статьи 91",
            "трёх месяцев (статья 92)",
            "вышестоящий орган",
            "всё равно остаётся",
        ),
        (
            "en",
            "Article 91(2)",
            "three months (Article 92)",
            "the higher body",
            "still being worked on",
        ),
    ] {
        let (world, browser) = portal();
        let person = world.guardian();
        world.bank.go_down();
        let address = browser.ask(language, person, "give").await;
        world.work().await;
        world.clock.set(moment(1_801));
        for _ in 0..3 {
            world.service.raise_alarms().await.unwrap();
        }
        browser.sign_in(language, person).await;
        let late = browser.get(&address).await;
        assert_eq!(late.header("retry-after"), "30");
        for words in [law, months, whom, "1414"] {
            assert!(late.text().contains(words), "{language}: {words}");
        }
        let messages = browser.get(&format!("/{language}/messages")).await;
        assert_no_text_lacks(&messages);
        let html = messages.text();
        assert_eq!(html.matches("requests__item").count(), 1, "{language}: told once");
        assert!(html.contains(law) && html.contains(kept), "{language}");
        assert!(html.contains(&format!("href=\"{address}\"")), "{language}: leads to its request");

        world.bank.come_up();
        world.clock.set(moment(2_400));
        world.work().await;
        let html = browser.get(&format!("/{language}/messages")).await.text();
        assert_eq!(html.matches("requests__item").count(), 2, "{language}");
        assert!(html.find("10:40").unwrap() < html.find("10:30").unwrap(), "the newest first");
        let cabinet = browser.get(&format!("/{language}/cabinet")).await.text();
        assert!(cabinet.contains(law), "{language}: also in the cabinet");
        let answered = browser.get(&address).await;
        assert!(answered.text().contains("/results/") && answered.text().contains("10:30"));
        assert!(!answered.contains_header("retry-after"));
    }
}

#[tokio::test]
async fn messages_are_the_persons_own() {
    let (world, browser) = portal();
    browser.ask("ru", world.guardian(), "give").await;
    world.work().await;
    let other = Browser::new(&world, URL);
    other.get("/ru/messages").await.assert_status_see_other();
    other.sign_in("ru", iin(2)).await;
    let html = other.get("/ru/messages").await.text();
    assert!(html.contains("Сообщений пока нет") && !html.contains("requests__item"));
}

#[tokio::test]
async fn a_source_asked_many_times_is_one_line_of_the_history() {
    let (world, browser) = portal();
    let person = world.guardian();
    world.bank.go_down();
    let address = browser.ask("en", person, "give").await;
    for second in [0, 60, 120, 180, 240] {
        world.clock.set(moment(second));
        world.work().await;
    }
    assert!(world.bank.asked(person) > 2);
    let state: Value = browser.get(&format!("{address}/state")).await.json();
    let history = state["progress"]["html"].as_str().unwrap();
    assert_eq!(history.matches("The data bank was asked").count(), 2, "{history}");
    assert!(history.contains("times, last on 23 November 2026, 10:04"), "{history}");
}

#[tokio::test]
async fn the_renewing_parts_bring_history_and_messages_along() {
    let (world, browser) = portal();
    let address = browser.ask("en", world.guardian(), "give").await;
    let page = browser.get(&address).await.text();
    let mark = between(&page, "data-progress=\"", "\"");
    let before: Value = browser.get(&format!("{address}/state")).await.json();
    assert_eq!(before["progress"]["mark"], mark.as_str());
    world.work().await;
    let after: Value = browser.get(&format!("{address}/state")).await.json();
    assert_ne!(after["progress"]["mark"], before["progress"]["mark"]);
    let html = after["progress"]["html"].as_str().unwrap();
    assert!(html.contains("The answer is ready") && html.contains("signed and sent"), "{html}");
}

#[tokio::test]
async fn the_api_tells_what_the_person_was_told() {
    let (world, browser) = portal();
    world.bank.go_down();
    let address = browser.ask("kk", world.guardian(), "give").await;
    let own = format!("/api/v1{}", address.trim_start_matches("/kk"));
    let read = async || browser.server.get(&own).authorization_bearer(TOKEN).await;
    let accepted: Value = read().await.json();
    assert_eq!((accepted["overdue"].as_bool(), &accepted["notices"]), (Some(false), &json!([])));
    world.work().await;
    assert_eq!(
        read().await.header("retry-after"),
        "10",
        "a source that is away is asked less often"
    );
    world.clock.set(moment(1_801));
    world.service.raise_alarms().await.unwrap();
    let overdue: Value = read().await.json();
    assert_eq!(overdue["overdue"], true);
    let told = json!({ "kind": "overdue", "at": "2026-11-23T05:30:01Z" });
    assert_eq!(overdue["notices"], json!([told]));
    world.bank.come_up();
    world.clock.set(moment(2_400));
    world.work().await;
    let ended: Value = read().await.json();
    let answered = json!({ "kind": "answered", "at": "2026-11-23T05:40:00Z" });
    assert_eq!(ended["notices"], json!([told, answered]));
    assert_eq!(ended["overdue"], true, "an answer that came late stays late");
}

#[tokio::test]
async fn every_page_tells_of_a_break_in_its_language_and_in_kazakhstans_time() {
    for (language, planned, going_on, reason) in [
        (
            "kk",
            "Техникалық үзіліс жоспарланған",
            "Қазір техникалық үзіліс",
            "сақтау жүйесін жаңарту",
        ),
        (
            "ru",
            "Запланирован технический перерыв",
            "Сейчас идёт технический перерыв",
            "обновление хранилища",
        ),
        (
            "en",
            "A technical break is planned",
            "A technical break is going on now",
            "renewal of the storage",
        ),
    ] {
        let (world, browser) = portal();
        let places = ["", "/check", "/sign-in", "/accessibility", "/nowhere"];
        for place in places {
            let html = browser.get(&format!("/{language}{place}")).await.text();
            assert!(!html.contains("class=\"breaks\""));
        }
        let one = announced(&world, 3_600, 7_200).await;
        world.clock.set(moment(10));
        for place in places {
            let page = browser.get(&format!("/{language}{place}")).await;
            assert_no_text_lacks(&page);
            let html = page.text();
            let banner = between(&html, "<aside class=\"breaks\" aria-label=\"", "</aside>");
            for words in [planned, reason, "11:00", "12:00", "UTC+5"] {
                assert!(banner.contains(words), "{language}{place}: {words} in {banner}");
            }
        }
        world.clock.set(moment(3_600));
        let html = browser.get(&format!("/{language}")).await.text();
        assert!(html.contains(going_on) && !html.contains(planned), "{language}");
        world.clock.set(moment(3_700));
        assert!(world.service.withdraw_break(&one.id).await.unwrap());
        world.clock.set(moment(3_710));
        let html = browser.get(&format!("/{language}")).await.text();
        assert!(!html.contains("class=\"breaks\""), "{language}: withdrawn");
    }
}

#[tokio::test]
async fn a_break_that_has_ended_is_not_shown_even_from_what_is_kept() {
    let (world, browser) = portal();
    announced(&world, 3_600, 3_660).await;
    world.clock.set(moment(3_659));
    assert!(browser.get("/en").await.text().contains("going on now"));
    world.clock.set(moment(3_660));
    assert!(!browser.get("/en").await.text().contains("class=\"breaks\""));
}

#[tokio::test]
async fn during_a_break_a_request_is_prepared_but_not_registered_and_the_end_is_told() {
    for (language, words) in [
        ("kk", "сұрау тіркелмейді"),
        ("ru", "запрос не регистрируется"),
        ("en", "no request is registered"),
    ] {
        let (world, browser) = portal();
        let person = world.guardian();
        announced(&world, 2_000, 3_000).await;
        world.clock.set(moment(1_990));
        browser.sign_in(language, person).await;
        let address = browser.prepare(language, "give").await;
        let html = browser.get(&address).await.text();
        world.clock.set(moment(2_000));
        // The page was open before the break began.
        let (token, key) = (field(&html, "token"), field(&html, "key"));
        let fields =
            [("token", &*token), ("key", &*key), ("signature", &*signature(&html, person))];
        let refused = browser.post(&address, &fields).await;
        refused.assert_status_service_unavailable();
        assert_eq!(refused.header("retry-after"), "1001");
        assert_no_text_lacks(&refused);
        assert!(refused.text().contains(words) && refused.text().contains("10:50"), "{language}");
        let again = browser.prepare(language, "give").await;
        let page = browser.get(&again).await;
        page.assert_status_ok();
        assert_eq!(page.header("retry-after"), "1001");
        assert!(page.text().contains(words) && !page.text().contains("id=\"sign-form\""));
        world.clock.set(moment(3_000));
        browser.sign(&address, person).await.assert_status_see_other();
    }
}

/// The body of a submission: a request can be prepared during a break too.
async fn signed_body(browser: &Browser, person: Iin) -> Value {
    let consents = json!({ "restricted_data": true, "protected_secret": false });
    let order = json!({
        "applicant_iin": person.digits(), "language": "kk", "wards": "all", "consents": consents
    });
    let draft =
        browser.server.post("/api/v1/drafts").authorization_bearer(TOKEN).json(&order).await;
    assert_eq!(draft.status_code(), 201, "a request can be prepared");
    let draft: Value = draft.json();
    let bytes = STANDARD.decode(draft["document"].as_str().unwrap()).unwrap();
    json!({ "signed_request": STANDARD.encode(FakeVerifier::sign(person, &bytes)) })
}

#[tokio::test]
async fn the_api_refuses_during_a_break_with_its_end() {
    let (world, browser) = portal();
    let person = world.guardian();
    announced(&world, 2_000, 3_000).await;
    world.clock.set(moment(2_400));
    let body = signed_body(&browser, person).await;
    let post = browser.server.post("/api/v1/requests").authorization_bearer(TOKEN);
    let answer = post.add_header("idempotency-key", "k").json(&body).await;
    answer.assert_status_service_unavailable();
    assert_eq!(answer.header("retry-after"), "601");
    let problem: Value = answer.json();
    assert_eq!(problem["code"], "technical_break");
    assert_eq!(problem["ends_at"], "2026-11-23T05:50:00Z");
}

/// The usual repair is the database's: then the break is known only from before.
#[tokio::test]
async fn a_break_that_takes_the_store_away_is_still_told_as_a_break() {
    let (world, browser) = portal();
    announced(&world, 2_000, 3_000).await;
    assert_eq!(service(&browser).await["state"], "available");
    world.clock.set(moment(2_400));
    let body = signed_body(&browser, world.guardian()).await;
    world.store_line.cut();
    assert_eq!(service(&browser).await["state"], "technical_break");
    let post = browser.server.post("/api/v1/requests").authorization_bearer(TOKEN);
    let answer = post.add_header("idempotency-key", "k").json(&body).await;
    answer.assert_status_service_unavailable();
    assert_eq!(answer.header("retry-after"), "601");
    let problem: Value = answer.json();
    assert_eq!(problem["code"], "store_unavailable");
    assert_eq!(problem["ends_at"], "2026-11-23T05:50:00Z");
    world.clock.set(moment(3_001));
    assert_eq!(service(&browser).await["state"], "unavailable");
}

#[tokio::test]
async fn anybody_can_read_how_the_service_stands() {
    let (world, browser) = portal();
    let body = service(&browser).await;
    assert_eq!(body["state"], "available");
    assert_eq!(body["breaks"], json!({ "running": [], "announced": [] }));
    assert_eq!(body["sources"]["data_bank"], json!({ "answers": null, "last_success_at": null }));
    for (language, law) in [("kk", "91-бабының"), ("ru", "статьи 91"), ("en", "Article 91(2)")]
    {
        assert!(body["clock_rule"][language].as_str().unwrap().contains(law), "{language}");
    }
    world.bank.go_down();
    browser.ask("kk", world.guardian(), "give").await;
    world.work().await;
    let one = announced(&world, 2_000, 3_000).await;
    world.clock.set(moment(10));
    let body = service(&browser).await;
    assert_eq!(body["sources"]["data_bank"]["answers"], false);
    assert_eq!(body["sources"]["consent"]["answers"], true);
    assert_eq!(body["breaks"]["announced"][0]["id"], one.id);
    assert_eq!(body["breaks"]["announced"][0]["reason"]["ru"], "обновление хранилища");
    world.clock.set(moment(2_500));
    world.bank.come_up();
    world.work().await;
    let body = service(&browser).await;
    assert_eq!(body["state"], "technical_break");
    assert_eq!(body["breaks"]["running"][0]["ends_at"], "2026-11-23T05:50:00Z");
    let answering = json!({ "answers": true, "last_success_at": "2026-11-23T05:41:40Z" });
    assert_eq!(body["sources"]["data_bank"], answering);
}

#[tokio::test]
async fn readiness_names_each_dependency_with_the_age_of_its_last_success() {
    let (world, browser) = portal();
    let fresh: Value = browser.get("/health/ready").await.json();
    let seal = &fresh["dependencies"]["seal"];
    assert_eq!((&seal["ok"], &seal["last_success_age_s"]), (&Value::Null, &Value::Null));
    assert_eq!((&seal["days_left"], &seal["certificates"]), (&Value::Null, &json!([])));
    browser.ask("kk", world.guardian(), "give").await;
    world.work().await;
    world.clock.set(moment(60));
    world.bank.go_down();
    let other = Browser::new(&world, URL);
    other.ask("kk", iin(2), "give").await;
    world.work().await;
    let ready = browser.get("/health/ready").await;
    ready.assert_status_ok();
    let ready: Value = ready.json();
    let of = |name: &str| ready["dependencies"][name].clone();
    assert_eq!(of("store"), json!({ "ok": true, "last_success_age_s": 0 }));
    assert_eq!(of("data_bank"), json!({ "ok": false, "last_success_age_s": 60 }));
    assert_eq!(of("consent"), json!({ "ok": true, "last_success_age_s": 0 }));
    assert_eq!((&of("seal")["ok"], &of("seal")["last_success_age_s"]), (&json!(true), &json!(60)));
}

#[tokio::test]
async fn readiness_tells_of_another_judge_and_how_often_the_two_disagreed() {
    let (world, browser) = portal();
    let judge = async || {
        let ready: Value = browser.get("/health/ready").await.json();
        ready["dependencies"]["judge"].clone()
    };
    assert_eq!(judge().await, Value::Null, "there is none");
    let contact = Contact { answers: Some(true), last_success_at: Some(moment(0)) };
    world.verifier.beside(OtherJudge { contact, disagreements: 2 });
    world.clock.set(moment(7));
    assert_eq!(judge().await, json!({ "ok": true, "last_success_age_s": 7, "disagreements": 2 }));
}

#[tokio::test]
async fn readiness_tells_how_many_days_each_seal_has_left() {
    let (world, browser) = portal();
    let term = |owner: &str, certificate: &str, days: i64| SealTerm {
        owner: owner.to_owned(),
        certificate: certificate.to_owned(),
        not_before: moment(-1),
        not_after: moment(days * 86_400 + 1),
    };
    let own = [term("710000000", "710000000", 3), term("710000000", "710000000.2", 90)];
    world.sealer.certify([term("system", "system", 20)].into_iter().chain(own).collect());
    let ready: Value = browser.get("/health/ready").await.json();
    let seal = &ready["dependencies"]["seal"];
    assert_eq!(seal["days_left"], 20, "the least of all owners");
    let expected = json!([
        { "owner": "710000000", "certificate": "710000000.2", "days_left": 90 },
        { "owner": "system", "certificate": "system", "days_left": 20 },
    ]);
    assert_eq!(seal["certificates"], expected);
}

#[tokio::test]
async fn a_text_that_is_gone_leads_to_a_new_one() {
    for (language, words) in
        [("kk", "Бұл мәтін енді жоқ"), ("ru", "Этого текста больше нет"), ("en", "no longer there")]
    {
        let (world, browser) = portal();
        let person = world.guardian();
        browser.sign_in(language, person).await;
        let address = browser.prepare(language, "give").await;
        let html = browser.get(&address).await.text();
        world.clock.set(moment(1_801));
        world.expire().await;
        browser.sign_in(language, person).await;
        let token = field(&browser.get(&format!("/{language}/cabinet")).await.text(), "token");
        let signature = STANDARD.encode(FakeVerifier::sign(person, &document(&html)));
        let fields = [("token", &*token), ("key", "k"), ("signature", &*signature)];
        let gone = browser.post(&address, &fields).await;
        gone.assert_status_not_found();
        assert_no_text_lacks(&gone);
        let html = gone.text();
        assert!(html.contains(words) && html.contains(&format!("href=\"/{language}/request\"")));
    }
}

#[tokio::test]
async fn two_answers_to_one_consent_are_none() {
    for (language, words) in
        [("kk", "екі жауап қатар"), ("ru", "оба ответа сразу"), ("en", "both answers came")]
    {
        let (world, browser) = portal();
        browser.sign_in(language, world.guardian()).await;
        let form = browser.get(&format!("/{language}/request")).await.text();
        let token = field(&form, "token");
        let fields = [
            ("token", &*token),
            ("wards", "all"),
            ("restricted", "give"),
            ("restricted", "refuse"),
            ("secret", "give"),
            ("secret", "give"),
        ];
        let page = browser.post(&format!("/{language}/request"), &fields).await;
        page.assert_status_unprocessable_entity();
        let html = page.text();
        assert!(html.contains(words), "{language}");
        assert!(html.contains("id=\"restricted-give-error\""));
        assert!(!html.contains("id=\"secret-give-error\""), "the same answer twice is one answer");
        for answer in ["give", "refuse"] {
            let input = between(&html, &format!("id=\"restricted-{answer}\""), ">");
            assert!(!input.contains("checked"), "{answer} is not taken for the person's");
        }
    }
}

#[tokio::test]
async fn names_the_law_has_in_russian_only_are_marked_on_english_pages() {
    let (world, browser) = portal();
    let address = browser.ask("en", iin(3), "give").await;
    world.work().await;
    let refused = browser.get(&address).await.text();
    assert!(refused.contains("<span lang=\"ru\">"), "the department of the refusal");
    let result = between(&refused, "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"", "\"");
    assert!(browser.get(&result).await.text().contains("<span lang=\"ru\">"));
    assert!(browser.get("/en/personal-data").await.text().contains("<span lang=\"ru\">"));
    browser.get("/en/cabinet").await.assert_status_ok();
    let form = browser.get("/en/request").await.text();
    assert!(form.contains("lang=\"ru\""), "the departments one may choose");
    let russian = browser.get(&address.replace("/en/", "/ru/")).await.text();
    assert!(!russian.contains("<span lang="));
    assert_eq!(location(&browser.get("/").await), "/kk");
}
