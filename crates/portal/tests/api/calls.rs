//! A session at 1414, read from `docs/1414-calls.md`: each call at the desk and over the API, from the caller's side.

use std::sync::Arc;

use app::testing::samples::{iin, moment};
use app::testing::{FakeStaffList, of_organisation};
use app::{BreakOrder, SealError, StaffRole, Store};
use axum_test::TestServer;
use domain::{Answer, Bin, Iin, Language, Number, NumberKind, spelled, spoken};
use portal::PortalConfig;
use serde_json::{Value, json};

use crate::world::World;
use crate::world::browser::{Browser, document, field};
use crate::{Api, Engine, FakeVerifier, STANDARD, URL};

const TABLE: &str = include_str!("../../../../docs/1414-calls.md");
const ORGANISATION: &str = "200140009018";

/// A line of the table.
struct Call {
    line: String,
    before: String,
    language: Language,
    says: String,
    hears: String,
}

fn calls() -> Vec<Call> {
    let is_call = |line: &&str| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit();
    let call = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, before, language, says, hears] = cells.as_slice() else { panic!("{line}") };
        Call {
            line: format!("call {number}: {line}"),
            before: (*before).to_owned(),
            language: Language::parse(language).unwrap(),
            says: (*says).to_owned(),
            hears: (*hears).to_owned(),
        }
    };
    TABLE.lines().filter(is_call).map(call).collect()
}

struct Exchange {
    api: Api,
    config: PortalConfig,
    person: Iin,
    number: Option<Number>,
}

/// The world as it is when the telephone rings.
async fn ring(before: &str) -> Exchange {
    let world = World::new(URL);
    let people = Arc::new(FakeStaffList::default());
    let operator = of_organisation(
        iin(700),
        "Оператор",
        Bin::parse(ORGANISATION).unwrap(),
        StaffRole::ContactCentreOperator,
    );
    people.list(&[operator]);
    let config = PortalConfig { staff: Some(world.staff(people)), ..World::config(URL) };
    let server = TestServer::new(portal::router(world.service.clone(), config.clone()));
    let api = Api { world, server };
    let person = if before == "refused" { iin(2) } else { api.world.guardian() };
    if before == "none" {
        return Exchange { api, config, person, number: None };
    }
    if before == "break" {
        let reason = || "жөндеу".to_owned();
        let order = BreakOrder {
            starts_at: moment(1_800),
            ends_at: moment(7_200),
            reason_kk: reason(),
            reason_ru: "ремонт".to_owned(),
            reason_en: "repair work".to_owned(),
        };
        api.world.service.announce_break(order).await.unwrap();
        api.world.clock.set(moment(1_700));
    }
    let number = api.registered(person).await;
    match before {
        "accepted" => {}
        "checking" => api.world.sealer.fail(Some(SealError::Unavailable("down".to_owned()))),
        "no consent answer" => api.world.consents.answer(Some(Answer::Unavailable)),
        "no data bank answer" | "overdue" => api.world.bank.go_down(),
        "granted" | "refused" => {}
        "break" => api.world.clock.set(moment(1_801)),
        other => panic!("{other}"),
    }
    if !matches!(before, "accepted" | "break") {
        api.world.work().await;
    }
    if before == "overdue" {
        api.world.clock.set(moment(1_801));
    }
    Exchange { api, config, person, number: Some(number) }
}

/// What a caller says for the number of his request.
fn said(call: &Call, number: &Number, result: Option<&Number>) -> String {
    let plain = number.as_str();
    let characters = spoken(number, call.language);
    let aloud: Vec<String> = characters.iter().map(|one| one.aloud(call.language)).collect();
    match call.says.as_str() {
        "printed" => plain.to_owned(),
        "lower case" => plain.to_lowercase(),
        "with spaces" => plain.replace('-', " "),
        "in Cyrillic" => plain.replacen('S', "С", 1).replace('A', "А").replace('K', "К"),
        "spelled" => aloud.join(", "),
        "by examples" => {
            let words = characters.iter().map(|one| one.example.unwrap_or(one.name));
            words.collect::<Vec<_>>().join(" ")
        }
        "in a sentence" => format!("Мой номер {plain}"),
        "misheard" => {
            let (place, other) = sound_alike(number);
            let mut characters: Vec<char> = plain.chars().filter(|c| *c != '-').collect();
            characters[place] = other;
            characters.into_iter().collect()
        }
        "cut off" => plain[..8].to_owned(),
        "with a nought" => format!("{}0{}", &plain[..2], &plain[3..]),
        "another's letter" => format!("X{}", &plain[1..]),
        "certificate number" => result.unwrap().to_string(),
        "unknown number" => Number::from_random(NumberKind::Request, 424_242).to_string(),
        "nothing" => "алло, естіп тұрсыз ба".to_owned(),
        other => panic!("{other}"),
    }
}

/// A place of a number with a character that is easily heard instead.
fn sound_alike(number: &Number) -> (usize, char) {
    let pairs = [
        ('2', '3'),
        ('3', '2'),
        ('5', '9'),
        ('9', '5'),
        ('M', 'N'),
        ('N', 'M'),
        ('B', 'D'),
        ('D', 'B'),
        ('7', '8'),
        ('8', '7'),
        ('P', 'B'),
        ('T', 'D'),
        ('4', 'A'),
        ('6', 'G'),
    ];
    let characters = number.as_str().chars().filter(|c| *c != '-').enumerate().skip(1);
    let mut found = characters.filter_map(|(place, character)| {
        pairs.iter().find(|(one, _)| *one == character).map(|(_, other)| (place, *other))
    });
    found.next().unwrap()
}

/// What came of a call: the state or code, and every sentence.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    code: String,
    sentences: Vec<String>,
}

/// The question to the caller, its answer, where the call is such a one.
fn question(call: &Call, number: Option<&Number>) -> Option<(&'static str, String)> {
    let end = |number: &Number| -> String {
        number.as_str().chars().filter(|c| *c != '-').skip(6).collect()
    };
    Some(match call.says.as_str() {
        "number end" => ("number_end", end(number?)),
        "wrong end" => ("number_end", "2222".to_owned()),
        "day" => ("day", "2026-11-23".to_owned()),
        "wrong day" => ("day", "2026-11-21".to_owned()),
        _ => return None,
    })
}

async fn over_the_api(call: &Call, exchange: &Exchange, said: &str) -> Heard {
    let language = call.language.code();
    let answer = match question(call, exchange.number.as_ref()) {
        Some((question, answer)) => {
            let body = json!({ "operator": "op", "language": language, "question": question,
                "answer": answer, "iin": exchange.person.digits() });
            let request = exchange.api.server.post("/api/v1/contact-centre/persons");
            let request = request.authorization_bearer(crate::world::CONTACT_CENTRE_TOKEN);
            request.add_header("accept-language", language).json(&body).await
        }
        None => {
            let body = json!({ "operator": "op", "language": language, "said": said });
            let request = exchange.api.server.post("/api/v1/contact-centre/requests");
            let request = request.authorization_bearer(crate::world::CONTACT_CENTRE_TOKEN);
            request.add_header("accept-language", language).json(&body).await
        }
    };
    let body: Value = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match body["script"].as_array() {
        Some(script) => {
            Heard { code: text(&body["state"]), sentences: script.iter().map(text).collect() }
        }
        None => Heard { code: text(&body["code"]), sentences: vec![text(&body["detail"])] },
    }
}

/// The sentences that the desk's page shows to be read aloud.
async fn at_the_desk(call: &Call, exchange: &Exchange, said: &str) -> (Vec<String>, String) {
    let browser = Browser::over(&exchange.api.world, exchange.config.clone());
    let html = browser.get("/en/staff/sign-in").await.text();
    let bin = Bin::parse(ORGANISATION).unwrap();
    let signature = STANDARD.encode(FakeVerifier::sign_for(bin, iin(700), &document(&html)));
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
    browser.post("/en/staff/sign-in", &fields).await.assert_status_see_other();
    let page = browser.get("/en/staff/1414").await;
    page.assert_status_ok();
    let token = field(&page.text(), "token");
    let language = call.language.code();
    let answer = match question(call, exchange.number.as_ref()) {
        Some((question, answer)) => {
            let digits = exchange.person.digits();
            let fields = [
                ("token", &*token),
                ("caller_language", language),
                ("iin", &digits),
                ("question", question),
                ("answer", &answer),
            ];
            browser.post("/en/staff/1414/question", &fields).await
        }
        None => {
            let fields = [("token", &*token), ("caller_language", language), ("number", said)];
            browser.post("/en/staff/1414/number", &fields).await
        }
    };
    let html = answer.text();
    assert!(!html.contains('⟦'), "{html}");
    let (_, script) = html.split_once(&format!("<div lang=\"{language}\">")).unwrap();
    let (script, _) = script.split_once("</div>").unwrap();
    let sentences = script.split("<p class=\"govuk-body-l\">").skip(1);
    let sentences = sentences.map(|one| unescaped(one.split_once("</p>").unwrap().0)).collect();
    (sentences, html)
}

fn unescaped(text: &str) -> String {
    text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#38;", "&")
}

#[tokio::test]
async fn thirty_calls_are_answered_alike_at_the_desk_and_over_the_api() {
    let calls = calls();
    assert_eq!(calls.len(), 30);
    for call in &calls {
        let exchange = ring(&call.before).await;
        if let Some(question) = call.says.strip_prefix('"') {
            let question = question.trim_end_matches('"');
            let body = json!({ "language": call.language.code(), "question": question });
            let found: Value =
                exchange.api.server.post("/api/v1/knowledge").json(&body).await.json();
            assert_eq!(found["entries"][0]["id"], *call.hears, "{}", call.line);
            let page =
                exchange.api.server.get(&format!("/{}/help/{}", call.language.code(), call.hears));
            let title = found["entries"][0]["title"].as_str().unwrap();
            assert!(page.await.text().contains(title), "{}", call.line);
            continue;
        }
        let result = result_of(&exchange).await;
        let nobodys = Number::from_random(NumberKind::Request, 1);
        let number = exchange.number.as_ref().unwrap_or(&nobodys);
        let is_asked = question(call, exchange.number.as_ref()).is_some();
        let said = if is_asked { String::new() } else { said(call, number, result.as_ref()) };
        let heard = over_the_api(call, &exchange, &said).await;
        assert_eq!(heard.code, call.hears, "{}: {said}", call.line);
        let (sentences, html) = at_the_desk(call, &exchange, &said).await;
        let detailed: Vec<String> = sentences.iter().take(heard.sentences.len()).cloned().collect();
        assert_eq!(detailed, heard.sentences, "{}", call.line);
        assert_tells_no_result(&exchange, &html, &call.line);
        let has_break = sentences.iter().any(|one| one.contains("ремонт"));
        assert_eq!(has_break, call.before == "break", "{}", call.line);
        let overdue = portal::texts_of(call.language).text("call-overdue");
        assert_eq!(sentences.contains(&overdue), call.before == "overdue", "{}", call.line);
    }
}

async fn result_of(exchange: &Exchange) -> Option<Number> {
    let number = exchange.number.as_ref()?;
    let results = exchange.api.world.store().results_of(number).await.unwrap();
    results.first().map(|one| one.planned.content.number().clone())
}

/// The page of an operator has no word of what was answered, of grounds, or of the person.
fn assert_tells_no_result(exchange: &Exchange, html: &str, line: &str) {
    let digits = exchange.person.digits();
    assert!(!html.contains(&digits), "{line}");
    for key in ["state-granted", "state-refused", "ground-no_guardian_record", "ground-no_consent"]
    {
        for language in Language::ALL {
            if let Some(words) = portal::texts_of(language).find(key) {
                assert!(!html.contains(&words), "{line}: {words}");
            }
        }
    }
}

#[tokio::test]
async fn an_operator_does_what_he_may_and_the_person_sees_it_without_his_name() {
    let exchange = ring("granted").await;
    let call = Call {
        line: String::new(),
        before: "granted".to_owned(),
        language: Language::Kk,
        says: "printed".to_owned(),
        hears: "answered".to_owned(),
    };
    let number = exchange.number.clone().unwrap();
    let (_, html) = at_the_desk(&call, &exchange, number.as_str()).await;
    assert!(html.contains(&spelled(&number, Language::En)));
    let citizen = Browser::over(&exchange.api.world, exchange.config.clone());
    citizen.sign_in("ru", exchange.person).await;
    let seen = citizen.get("/ru/cabinet/access").await.text();
    let words = |key: &str| portal::texts_of(Language::Ru).text(key);
    for key in ["access-what-told_by_phone", "access-way-1414_desk", "access-who-contact_centre"] {
        assert!(seen.contains(&words(key)), "{key}");
    }
    assert!(!seen.contains("Оператор<") && !seen.contains(&iin(700).digits()));
}
