//! A session at 1414, read from `docs/1414-calls.md`: each call at the desk and over the API, and to the machine where that can
//! serve it, from the caller's side.

use std::sync::Arc;

use app::testing::samples::{iin, moment};
use app::testing::{FakeStaffList, of_organisation};
use app::{BreakOrder, SealError, StaffRole, Store};
use axum_test::{TestResponse, TestServer};
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

/// The tones of what the caller means, where his telephone has keys for it.
fn tones(call: &Call, number: &Number, said: &str) -> Option<String> {
    let meant = match call.says.as_str() {
        "misheard" | "cut off" | "with a nought" | "another's letter" | "certificate number"
        | "unknown number" => said,
        "nothing" => "",
        _ => number.as_str(),
    };
    meant.chars().filter(|character| *character != '-').map(tones_of).collect()
}

/// The key and the place on it.
fn tones_of(character: char) -> Option<String> {
    const KEYS: [&str; 8] = ["2ABC", "3DEF", "4GHI", "5JKL", "6MNO", "7PQRS", "8TUV", "9WXYZ"];
    KEYS.iter().find_map(|key| Some(format!("{}{}", &key[..1], key.find(character)?)))
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

impl Heard {
    /// Whether he was told how a request stands.
    fn is_standing(&self) -> bool {
        app::CallerState::ALL.iter().any(|state| state.code() == self.code)
    }
}

/// What the caller wants, besides telling a number.
enum Wish {
    /// How his request stands, by its number.
    ByNumber,
    /// The same by his IIN: the IIN, the question he is asked, what he answers.
    ByQuestion(String, &'static str, String),
    /// The notice that his answer is ready, again.
    Notice,
    /// To tell of a fault.
    Fault(&'static str),
    /// To know something.
    Knowledge(String),
}

fn wish(call: &Call, exchange: &Exchange) -> Wish {
    if let Some(question) = call.says.strip_prefix('"') {
        return Wish::Knowledge(question.trim_end_matches('"').to_owned());
    }
    let iin = exchange.person.digits();
    let by_question =
        |question, answer: &str| Wish::ByQuestion(iin.clone(), question, answer.to_owned());
    match call.says.as_str() {
        "number end" => {
            let number = exchange.number.as_ref().unwrap().as_str();
            let end: String = number.chars().filter(|c| *c != '-').skip(6).collect();
            by_question("number_end", &end)
        }
        "wrong end" => by_question("number_end", "2222"),
        "day" => by_question("day", "2026-11-23"),
        "wrong day" => by_question("day", "2026-11-21"),
        "typing error in the IIN" => {
            let last = if iin.ends_with('0') { "1" } else { "0" };
            Wish::ByQuestion(format!("{}{last}", &iin[..11]), "day", "2026-11-23".to_owned())
        }
        "send the notice again" => Wish::Notice,
        "a fault" => Wish::Fault("NCALayer ашылмайды"),
        "a fault with his IIN" => Wish::Fault("Не открывается, мой ИИН 8001 0130 0016"),
        _ => Wish::ByNumber,
    }
}

async fn asked(call: &Call, exchange: &Exchange, path: &str, body: Value) -> TestResponse {
    let request = exchange.api.server.post(&format!("/api/v1/{path}"));
    let request = request.authorization_bearer(crate::world::CONTACT_CENTRE_TOKEN);
    request.add_header("accept-language", call.language.code()).json(&body).await
}

async fn over_the_api(call: &Call, exchange: &Exchange, wish: &Wish, said: &str) -> Heard {
    let language = call.language.code();
    let mut body = json!({ "operator": "op", "language": language });
    let path = match wish {
        Wish::ByQuestion(iin, question, answer) => {
            (body["iin"], body["question"], body["answer"]) =
                (json!(iin), json!(question), json!(answer));
            "contact-centre/persons"
        }
        Wish::Notice => {
            body["number"] = json!(exchange.number.as_ref().unwrap().as_str());
            "contact-centre/notices"
        }
        Wish::Fault(words) => {
            body = json!({ "operator": "op", "kind": "signing", "words": words });
            "contact-centre/faults"
        }
        Wish::ByNumber | Wish::Knowledge(_) => {
            body["said"] = json!(said);
            "contact-centre/requests"
        }
    };
    let answer = asked(call, exchange, path, body).await;
    if answer.status_code() == 204 {
        return Heard { code: "fault_kept".to_owned(), sentences: Vec::new() };
    }
    let body: Value = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let code = ["state", "sms"].iter().find_map(|name| body[*name].as_str());
    match (body["script"].as_array(), body["errors"][0]["pointer"].as_str()) {
        (Some(script), _) => {
            let sentences = script.iter().map(text).collect();
            Heard { code: code.unwrap().to_owned(), sentences }
        }
        // What was typed by the operator is for him, and nothing is read aloud.
        (None, Some("/iin")) => {
            Heard { code: text(&body["errors"][0]["code"]), sentences: Vec::new() }
        }
        (None, _) => Heard { code: text(&body["code"]), sentences: vec![text(&body["detail"])] },
    }
}

/// What the machine says to the same tones, and to a transcript of the same words.
async fn assert_machine_says(
    call: &Call,
    exchange: &Exchange,
    number: &Number,
    said: &str,
    heard: &Heard,
) {
    let language = call.language.code();
    let transcript = Some(("transcript", said.to_owned()));
    let tones = tones(call, number, said).map(|tones| ("tones", tones));
    for (way, what) in transcript.into_iter().chain(tones) {
        let told = asked(call, exchange, "ivr", json!({ "language": language, way: what })).await;
        let told: Value = told.json();
        assert_eq!(told["text"], heard.sentences.join(" "), "{way}: {}", call.line);
        let is_told = told["outcome"] == "told";
        assert_eq!(is_told, heard.is_standing(), "{way}: {}", call.line);
        if !is_told {
            assert_eq!(told["code"], heard.code, "{way}: {}", call.line);
        }
        assert_tells_no_result(exchange, told["ssml"].as_str().unwrap(), &call.line);
    }
}

/// The desk of an operator, with the token of its forms.
async fn desk(exchange: &Exchange) -> (Browser, String) {
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
    (browser, token)
}

/// The sentences that the desk's page shows to be read aloud, and the page.
async fn at_the_desk(
    call: &Call,
    exchange: &Exchange,
    wish: &Wish,
    said: &str,
) -> (Vec<String>, String) {
    let (browser, token) = desk(exchange).await;
    let language = call.language.code();
    let mut fields = vec![("token", &*token), ("caller_language", language)];
    let form = match wish {
        Wish::ByQuestion(iin, question, answer) => {
            fields.extend([("iin", &**iin), ("question", *question), ("answer", &**answer)]);
            "question"
        }
        Wish::Notice => {
            fields.push(("number", exchange.number.as_ref().unwrap().as_str()));
            "notice"
        }
        Wish::Fault(words) => {
            fields.extend([("kind", "signing"), ("words", *words)]);
            "fault"
        }
        Wish::Knowledge(question) => {
            fields.push(("question", question));
            "help"
        }
        Wish::ByNumber => {
            fields.push(("number", said));
            "number"
        }
    };
    let html = browser.post(&format!("/en/staff/1414/{form}"), &fields).await.text();
    assert!(!html.contains('⟦'), "{html}");
    let script = html.split_once("id=\"script\"").map_or("", |(_, script)| script);
    let script = script.split_once("</section>").map_or("", |(script, _)| script);
    assert!(script.is_empty() || script.contains(&format!("<div lang=\"{language}\">")));
    let sentences = script.split("<p class=\"govuk-body-l\">").skip(1);
    let sentences = sentences.map(|one| unescaped(one.split_once("</p>").unwrap().0)).collect();
    (sentences, html)
}

fn unescaped(text: &str) -> String {
    text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#38;", "&")
}

#[tokio::test]
async fn every_call_is_answered_alike_at_the_desk_over_the_api_and_by_the_machine() {
    let calls = calls();
    assert!(calls.len() >= 30, "{}", calls.len());
    for (place, call) in calls.iter().enumerate() {
        assert!(call.line.starts_with(&format!("call {}:", place + 1)), "{}", call.line);
        let exchange = ring(&call.before).await;
        let wish = wish(call, &exchange);
        if let Wish::Knowledge(question) = &wish {
            assert_is_known(call, &exchange, &wish, question).await;
            continue;
        }
        let result = result_of(&exchange).await;
        let nobodys = Number::from_random(NumberKind::Request, 1);
        let number = exchange.number.as_ref().unwrap_or(&nobodys);
        let is_by_number = matches!(wish, Wish::ByNumber);
        let said = if is_by_number { said(call, number, result.as_ref()) } else { String::new() };
        let heard = over_the_api(call, &exchange, &wish, &said).await;
        assert_eq!(heard.code, call.hears, "{}: {said}", call.line);
        if is_by_number {
            assert_machine_says(call, &exchange, number, &said, &heard).await;
        }
        // A notice is not sent twice in a row, so another such caller is at the desk.
        let other = if matches!(wish, Wish::Notice) { ring(&call.before).await } else { exchange };
        let (sentences, html) = at_the_desk(call, &other, &wish, &said).await;
        let detailed: Vec<String> = sentences.iter().take(heard.sentences.len()).cloned().collect();
        assert_eq!(detailed, heard.sentences, "{}", call.line);
        match heard.code.as_str() {
            "fault_kept" => {
                let thanks = portal::texts_of(call.language).text("call-fault-kept");
                assert_eq!(sentences, [thanks], "{}", call.line);
            }
            "wrong_check_digit" => {
                let words = portal::texts_of(Language::En).text("iin-wrong_check_digit");
                assert!(sentences.is_empty() && html.contains(&words), "{}", call.line);
            }
            _ => {}
        }
        assert_tells_no_result(&other, &html, &call.line);
        let has_break = sentences.iter().any(|one| one.contains("ремонт"));
        assert_eq!(has_break, call.before == "break", "{}", call.line);
        let overdue = portal::texts_of(call.language).text("call-overdue");
        assert_eq!(sentences.contains(&overdue), call.before == "overdue", "{}", call.line);
    }
}

/// The entry is the first that the API finds; its page and the desk's help have it whole, in the caller's language.
async fn assert_is_known(call: &Call, exchange: &Exchange, wish: &Wish, question: &str) {
    let language = call.language.code();
    let body = json!({ "language": language, "question": question });
    let found: Value = exchange.api.server.post("/api/v1/knowledge").json(&body).await.json();
    let entry = &found["entries"][0];
    assert_eq!(entry["id"], *call.hears, "{}", call.line);
    let page = exchange.api.server.get(&format!("/{language}/help/{}", call.hears)).await.text();
    let (_, desk) = at_the_desk(call, exchange, wish, "").await;
    let own = format!("<div lang=\"{language}\">");
    let desk: String =
        desk.split(&own).skip(1).map(|one| one.split("</div>").next().unwrap()).collect();
    let words = entry["paragraphs"].as_array().unwrap().iter().chain([&entry["title"]]);
    for one in words.map(|one| one.as_str().unwrap()) {
        assert!(unescaped(&page).contains(one), "{}: {one}", call.line);
        assert!(unescaped(&desk).contains(one), "{}: {one}", call.line);
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
    let (_, html) = at_the_desk(&call, &exchange, &Wish::ByNumber, number.as_str()).await;
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
