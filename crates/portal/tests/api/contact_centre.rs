//! Callers over the API: the contact centre's software, and its machine that answers telephones.

use app::testing::samples::{iin, moment};
use app::{CallerDesk, Store};
use axum_test::TestResponse;
use domain::{Language, Number, spelled};
use serde_json::{Value, json};

use crate::world::CONTACT_CENTRE_TOKEN;
use crate::{Api, FakeVerifier, TOKEN, assert_problem};

impl Api {
    pub async fn ask(&self, path: &str, body: &Value) -> TestResponse {
        let request = self.server.post(path).authorization_bearer(CONTACT_CENTRE_TOKEN);
        request.add_header("accept-language", "ru").json(body).await
    }

    pub async fn said(&self, said: &str, language: &str) -> TestResponse {
        let body = json!({ "operator": "op-1", "language": language, "said": said });
        self.ask("/api/v1/contact-centre/requests", &body).await
    }

    async fn spoken(&self, body: &Value) -> Value {
        self.ask("/api/v1/ivr", body).await.json()
    }

    async fn question(
        &self,
        operator: &str,
        person: domain::Iin,
        answer: (&str, &str),
    ) -> TestResponse {
        let body = json!({
            "operator": operator, "language": "ru", "iin": person.digits(),
            "question": answer.0, "answer": answer.1,
        });
        self.ask("/api/v1/contact-centre/persons", &body).await
    }

    /// A registered request of a person; the bank knows him or not.
    pub async fn registered(&self, person: domain::Iin) -> Number {
        let document = self.prepared(person, true).await;
        let key = format!("key-{}", person.digits());
        let accepted = self.submit(&key, &FakeVerifier::sign(person, &document)).await;
        Number::parse(accepted.json::<Value>()["number"].as_str().unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_number_said_over_the_telephone_leads_to_a_script_in_the_callers_language() {
    let api = Api::new();
    let person = api.world.guardian();
    let number = api.registered(person).await;
    for (language, code) in [(Language::Kk, "kk"), (Language::Ru, "ru"), (Language::En, "en")] {
        let answer = api.said(&spelled(&number, language), code).await;
        answer.assert_status_ok();
        let body: Value = answer.json();
        assert_eq!(
            (body["number"].as_str(), body["state"].as_str()),
            (Some(number.as_str()), Some("accepted"))
        );
        assert_eq!(body["due_at"], "2026-11-23T05:30:00Z");
        assert_eq!(body["spelled"], spelled(&number, language));
        let script = portal::texts_of(language).text("call-state-accepted");
        assert_eq!(body["script"][1], script);
    }
    let rows = api.world.store().audit_of_subject(person, None, 10).await.unwrap();
    let looks = rows.iter().filter(|row| row.action == "told_by_phone");
    assert!(
        looks.clone().all(|row| row.actor == "contact_centre" && row.detail == "1414_software")
    );
    assert_eq!(looks.count(), 3);
}

#[tokio::test]
async fn a_granted_and_a_refused_request_are_told_of_in_the_same_words() {
    let api = Api::new();
    let granted = api.registered(api.world.guardian()).await;
    let refused = api.registered(iin(2)).await;
    api.world.work().await;
    for (number, state) in [(&granted, "granted"), (&refused, "refused")] {
        let seen: Value = api.get(&format!("/api/v1/requests/{number}")).await.json();
        assert_eq!(seen["state"], state);
    }
    let mut told = Vec::new();
    for number in [&granted, &refused] {
        let answer = api.said(number.as_str(), "ru").await.text();
        let spelled = spelled(number, Language::Ru);
        told.push(answer.replace(&spelled, "").replace(number.as_str(), ""));
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].contains("\"answered\""), "{}", told[0]);
}

#[tokio::test]
async fn a_misheard_number_is_told_with_its_place_and_a_documents_number_is_turned_away() {
    let api = Api::new();
    let number = api.registered(api.world.guardian()).await;
    let wrong = number.as_str().get(..12).unwrap();
    let short = assert_problem(&api.said(wrong, "ru").await, 422, "wrong_length");
    assert!(short["detail"].as_str().unwrap().contains("десять"));
    assert_problem(&api.said("", "ru").await, 422, "nothing_heard");
    assert_problem(&api.said("привет", "kk").await, 422, "nothing_heard");
    let result: Value = api.granted().await;
    let document = result["results"][0]["number"].as_str().unwrap();
    assert_problem(&api.said(document, "ru").await, 422, "document_number");
    let nobodys = Number::from_random(domain::NumberKind::Request, 99);
    assert_problem(&api.said(nobodys.as_str(), "ru").await, 404, "request_not_found");
}

#[tokio::test]
async fn without_the_contact_centres_own_token_nothing_is_told() {
    let api = Api::new();
    for path in ["requests", "persons", "notices", "faults"] {
        let request = api.server.post(&format!("/api/v1/contact-centre/{path}"));
        let answer = request.authorization_bearer(TOKEN).json(&json!({})).await;
        assert_problem(&answer, 401, "unauthorized");
    }
    let answer = api.server.post("/api/v1/ivr").json(&json!({})).await;
    assert_problem(&answer, 401, "unauthorized");
    // Nor does that token open anything else.
    let request = api.server.post("/api/v1/drafts").authorization_bearer(CONTACT_CENTRE_TOKEN);
    assert_problem(&request.json(&json!({})).await, 401, "unauthorized");
    for body in [json!({}), json!({"operator": "800101300016", "language": "ru", "said": "x"})] {
        let answer = api.ask("/api/v1/contact-centre/requests", &body).await;
        assert_problem(&answer, 400, "malformed_body");
    }
}

#[tokio::test]
async fn a_caller_without_his_number_answers_a_question_and_whoever_cannot_learns_nothing() {
    let api = Api::new();
    let person = api.world.guardian();
    let number = api.registered(person).await;
    let end: String = number.as_str().chars().filter(|c| *c != '-').skip(6).collect();
    for answer in [("number_end", end.as_str()), ("day", "2026-11-23")] {
        let told = api.question("op-1", person, answer).await;
        told.assert_status_ok();
        assert_eq!(told.json::<Value>()["number"], number.as_str());
    }
    // A stranger's answer, and the IIN of somebody who never asked for anything, are one answer.
    let wrong = api.question("op-1", person, ("day", "2026-11-22")).await;
    let nobody = api.question("op-1", iin(77), ("day", "2026-11-23")).await;
    assert_problem(&wrong, 403, "answer_does_not_fit");
    assert_eq!(wrong.text(), nobody.text());
    api.question("op-1", person, ("number_end", "2222")).await;
    api.question("op-1", person, ("number_end", "3333")).await;
    // Even the right one is not judged any more, for this operator.
    let locked = api.question("op-1", person, ("number_end", &end)).await;
    assert_problem(&locked, 429, "too_often");
    assert_eq!(locked.header("retry-after").to_str().unwrap(), "3601");
    api.question("op-2", person, ("number_end", &end)).await.assert_status_ok();
    api.world.clock.set(moment(3_601));
    api.question("op-1", person, ("number_end", &end)).await.assert_status_ok();
    let rows = api.world.store().audit_of_subject(person, None, 50).await.unwrap();
    let failed: Vec<_> = rows.iter().filter(|row| row.action == "caller_not_recognised").collect();
    assert_eq!(failed.len(), 3);
    assert!(failed.iter().all(|row| row.request.is_empty()));
    let typing = api.question("op-1", person, ("day", "yesterday")).await;
    assert_problem(&typing, 400, "malformed_body");
}

#[tokio::test]
async fn a_ready_notice_is_sent_again_and_not_too_often() {
    let api = Api::new();
    let person = api.world.guardian();
    let number = api.registered(person).await;
    let body = json!({ "operator": "op-1", "language": "kk", "number": number.as_str() });
    let path = "/api/v1/contact-centre/notices";
    assert_problem(&api.ask(path, &body).await, 409, "no_answer_yet");
    api.world.work().await;
    let sent: Value = api.ask(path, &body).await.json();
    assert_eq!(sent["sms"], "not_offered");
    assert_problem(&api.ask(path, &body).await, 429, "too_often");
    let notices = api.world.service.notices_of(person).await.unwrap();
    let again = notices.iter().filter(|one| one.notice.kind == app::NoticeKind::AnsweredAgain);
    assert_eq!(again.count(), 1);
}

#[tokio::test]
async fn a_reported_fault_is_kept_without_anybodys_number() {
    let api = Api::new();
    let path = "/api/v1/contact-centre/faults";
    let report = |words: &str| json!({ "operator": "op-1", "kind": "signing", "words": words });
    api.ask(path, &report("NCALayer не открывается")).await.assert_status_no_content();
    for words in ["", "ИИН 8001 0130 0016", &"я".repeat(501)] {
        assert_problem(&api.ask(path, &report(words)).await, 422, "report_words");
    }
    let counts = api.world.store().fault_counts(jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(counts, [(app::FaultReportKind::Signing, 1)]);
}

#[tokio::test]
async fn a_machine_is_given_sentences_and_hands_over_to_a_person_after_three_misses() {
    let api = Api::new();
    let number = api.registered(api.world.guardian()).await;
    let told = api
        .spoken(&json!({ "language": "kk", "transcript": spelled(&number, Language::Kk) }))
        .await;
    assert_eq!((told["outcome"].as_str(), told["misses"].as_u64()), (Some("told"), Some(0)));
    assert!(told["ssml"].as_str().unwrap().starts_with("<speak version=\"1.1\""));
    let mut misses = 0;
    for expected in ["say_again", "say_again", "operator"] {
        let heard =
            api.spoken(&json!({ "language": "ru", "transcript": "алло", "misses": misses })).await;
        assert_eq!(heard["outcome"], expected);
        assert_eq!(heard["code"], "nothing_heard");
        misses = heard["misses"].as_u64().unwrap();
    }
    let tones = api.spoken(&json!({ "language": "en", "tones": "7422" })).await;
    assert_eq!(
        (tones["outcome"].as_str(), tones["code"].as_str()),
        (Some("say_again"), Some("wrong_length"))
    );
}
