//! The API as its clients rely on it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

#[allow(dead_code, reason = "each story uses its part")]
mod world;

#[path = "api/annulled.rs"]
mod annulled;
#[path = "api/calls.rs"]
mod calls;
#[path = "api/contact_centre.rs"]
mod contact_centre;
#[path = "api/description.rs"]
mod description;

use app::testing::FakeVerifier;
use app::testing::samples::{iin, moment};
use axum_test::multipart::{MultipartForm, Part};
use axum_test::{TestResponse, TestServer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Iin;
use serde_json::{Value, json};
use world::browser::{Browser, field, signature};
use world::{TOKEN, World};

const URL: &str = "http://127.0.0.1:8080";

struct Api {
    world: World,
    server: TestServer,
}

impl Api {
    fn new() -> Self {
        let world = World::new(URL);
        let server = TestServer::new(portal::router(world.service.clone(), World::config(URL)));
        Self { world, server }
    }

    async fn draft(&self, body: &Value) -> TestResponse {
        self.server.post("/api/v1/drafts").authorization_bearer(TOKEN).json(body).await
    }

    async fn prepared(&self, person: Iin, restricted: bool) -> Vec<u8> {
        let answer = self.draft(&order(person, json!("all"), restricted)).await;
        assert_eq!(answer.status_code(), 201);
        STANDARD.decode(answer.json::<Value>()["document"].as_str().unwrap()).unwrap()
    }

    async fn submit(&self, key: &str, cms: &[u8]) -> TestResponse {
        let body = json!({ "signed_request": STANDARD.encode(cms) });
        let request = self.server.post("/api/v1/requests").authorization_bearer(TOKEN);
        request.add_header("idempotency-key", key).json(&body).await
    }

    async fn get(&self, path: &str) -> TestResponse {
        self.server.get(path).authorization_bearer(TOKEN).await
    }

    /// A person's granted request.
    async fn granted(&self) -> Value {
        let person = self.world.guardian();
        let document = self.prepared(person, true).await;
        let accepted = self.submit("key", &FakeVerifier::sign(person, &document)).await;
        self.world.work().await;
        let number = accepted.json::<Value>()["number"].as_str().unwrap().to_owned();
        self.get(&format!("/api/v1/requests/{number}")).await.json()
    }
}

fn order(person: Iin, wards: Value, restricted: bool) -> Value {
    json!({
        "applicant_iin": person.digits(),
        "language": "kk",
        "wards": wards,
        "consents": { "restricted_data": restricted, "protected_secret": false }
    })
}

fn assert_problem(answer: &TestResponse, status: u16, code: &str) -> Value {
    assert_eq!(answer.status_code(), status, "{code}");
    assert_eq!(answer.content_type(), "application/problem+json");
    let body: Value = answer.json();
    assert_eq!(
        (body["status"].as_u64(), body["code"].as_str()),
        (Some(u64::from(status)), Some(code))
    );
    let detail = body["detail"].as_str().unwrap();
    assert!(!detail.is_empty() && !detail.contains('⟦'), "{detail}");
    assert!(!detail.contains('_'), "{detail}");
    body
}

#[tokio::test]
async fn a_request_goes_its_whole_way_over_the_api() {
    let api = Api::new();
    let person = api.world.guardian();
    let document = api.prepared(person, true).await;
    let accepted = api.submit("key-1", &FakeVerifier::sign(person, &document)).await;
    assert_eq!(accepted.status_code(), 202);
    let body: Value = accepted.json();
    assert_eq!(body["state"], "accepted");
    assert_eq!(body["accepted_at"], "2026-11-23T05:00:00Z");
    assert_eq!(body["due_at"], "2026-11-23T05:30:00Z");
    assert_eq!(accepted.header("location").to_str().unwrap(), body["links"]["self"]);
    let address = body["links"]["self"].as_str().unwrap();
    let pending = api.get(address).await;
    assert!(pending.contains_header("retry-after"));
    api.world.work().await;
    let ended = api.get(address).await;
    assert!(!ended.contains_header("retry-after"));
    let ended: Value = ended.json();
    assert_eq!(
        (ended["state"].as_str(), ended["term"].as_str()),
        (Some("granted"), Some("running"))
    );
    assert_eq!(ended["history"][0]["action"], "registered");
    let result = &ended["results"][0];
    let pdf = api.get(result["document"].as_str().unwrap()).await;
    assert_eq!(pdf.content_type(), "application/pdf");
    assert_eq!(
        pdf.header("etag").to_str().unwrap(),
        format!("\"{}\"", result["sha256"].as_str().unwrap())
    );
    let again = api.get(result["document"].as_str().unwrap()).await;
    assert_eq!(pdf.as_bytes(), again.as_bytes());
}

#[tokio::test]
async fn the_same_key_and_body_give_the_same_answer_and_another_body_a_conflict() {
    let api = Api::new();
    let person = api.world.guardian();
    let document = api.prepared(person, true).await;
    let cms = FakeVerifier::sign(person, &document);
    let first: Value = api.submit("key", &cms).await.json();
    let second: Value = api.submit("key", &cms).await.json();
    assert_eq!(first["number"], second["number"]);
    assert_eq!(
        (first["outcome"].as_str(), second["outcome"].as_str()),
        (Some("registered"), Some("repeated"))
    );
    let other = api.prepared(person, true).await;
    let conflict = api.submit("key", &FakeVerifier::sign(person, &other)).await;
    assert_problem(&conflict, 409, "idempotency_key_reused");
    let open: Value = api.submit("key-2", &FakeVerifier::sign(person, &other)).await.json();
    assert_eq!(
        (open["number"].as_str(), open["outcome"].as_str()),
        (first["number"].as_str(), Some("open_request"))
    );
}

#[tokio::test]
async fn a_source_that_is_down_is_a_sub_state_and_no_refusal() {
    let api = Api::new();
    let person = api.world.guardian();
    api.world.bank.go_down();
    let document = api.prepared(person, true).await;
    let accepted: Value = api.submit("key", &FakeVerifier::sign(person, &document)).await.json();
    api.world.work().await;
    api.world.clock.set(moment(1_801));
    let body: Value = api.get(accepted["links"]["self"].as_str().unwrap()).await.json();
    assert_eq!(body["state"], "checking");
    assert_eq!(body["sub_state"], "waiting_for_data_bank");
    assert_eq!(body["term"], "exceeded");
    assert_eq!(body["results"], json!([]));
}

#[tokio::test]
async fn without_the_token_nothing_is_told() {
    let api = Api::new();
    let person = api.world.guardian();
    let body = order(person, json!("all"), true);
    let nobody = api.server.post("/api/v1/drafts").json(&body).await;
    assert_problem(&nobody, 401, "unauthorized");
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    let wrong = api.server.post("/api/v1/drafts").authorization_bearer("wrong").json(&body).await;
    assert_problem(&wrong, 401, "unauthorized");
    for path in ["/api/v1/requests/S-2222-2222-2", "/api/v1/results/x/document"] {
        assert_problem(&api.server.get(path).await, 401, "unauthorized");
    }
    let closed = portal::PortalConfig { api_token: None, ..World::config(URL) };
    let closed = TestServer::new(portal::router(api.world.service.clone(), closed));
    let answer = closed.post("/api/v1/drafts").authorization_bearer("").json(&body).await;
    assert_problem(&answer, 401, "unauthorized");
}

#[tokio::test]
async fn every_wrong_place_of_a_draft_is_pointed_at() {
    let api = Api::new();
    let body = json!({
        "applicant_iin": "12",
        "language": "de",
        "wards": ["061211600012", "061211600013"],
        "provider": "1",
        "consents": { "restricted_data": true, "protected_secret": true }
    });
    let problem = assert_problem(&api.draft(&body).await, 422, "invalid_body");
    let places: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| (place["pointer"].as_str().unwrap(), place["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            ("/language", "unknown_language"),
            ("/applicant_iin", "not_twelve_digits"),
            ("/provider", "provider_unknown"),
            ("/wards/1", "wrong_check_digit"),
        ]
    );
    let person = iin(1);
    for (wards, code) in [
        (json!([]), "no_ward_named"),
        (json!([person.digits()]), "applicant_named_as_ward"),
        (json!(["061211600012", "061211600012"]), "ward_named_twice"),
        (json!("some"), "wards_unclear"),
    ] {
        assert_problem(&api.draft(&order(person, wards, true)).await, 422, code);
    }
    assert_problem(&api.draft(&json!({ "language": "kk" })).await, 400, "malformed_body");
    let mut unknown = order(person, json!("all"), true);
    unknown["provider"] = json!("750000000");
    assert_problem(&api.draft(&unknown).await, 422, "provider_unknown");
}

#[tokio::test]
async fn what_is_wrong_with_a_submission_has_a_code_of_its_own() {
    let api = Api::new();
    let person = api.world.guardian();
    let document = api.prepared(person, true).await;
    let body = json!({ "signed_request": "AAAA" });
    let no_key = api.server.post("/api/v1/requests").authorization_bearer(TOKEN).json(&body).await;
    assert_problem(&no_key, 400, "idempotency_key_missing");
    let no_base64 = api
        .server
        .post("/api/v1/requests")
        .authorization_bearer(TOKEN)
        .add_header("idempotency-key", "k")
        .json(&json!({ "signed_request": "!" }))
        .await;
    assert_problem(&no_base64, 422, "malformed");
    let foreign = FakeVerifier::sign(person, b"something else");
    assert_problem(&api.submit("k", &foreign).await, 422, "document_unknown");
    let others = FakeVerifier::sign(iin(2), &document);
    assert_problem(&api.submit("k", &others).await, 403, "someone_elses_signature");
    api.world.verifier.go_down("crl_missing");
    let unsure = api.submit("k", &FakeVerifier::sign(person, &document)).await;
    assert_problem(&unsure, 503, "crl_missing");
    assert!(unsure.contains_header("retry-after"));
    api.world.verifier.come_up();
    api.world.clock.set(moment(1_801));
    let late = api.submit("k", &FakeVerifier::sign(person, &document)).await;
    assert_problem(&late, 422, "draft_expired");
}

#[tokio::test]
async fn a_ward_of_somebody_else_is_pointed_at_by_its_place() {
    let api = Api::new();
    let person = api.world.guardian();
    let draft: Value = api.draft(&order(person, json!(["061211600012"]), true)).await.json();
    let document = STANDARD.decode(draft["document"].as_str().unwrap()).unwrap();
    let answer = api.submit("k", &FakeVerifier::sign(person, &document)).await;
    let problem = assert_problem(&answer, 422, "ward_not_found_for_applicant");
    assert_eq!(problem["errors"][0]["pointer"], "/wards/0");
    assert!(!answer.text().contains("061211600012"), "no IIN in an error");
}

#[tokio::test]
async fn problems_are_told_in_the_language_asked_for() {
    let api = Api::new();
    for (accepted, word) in [("", "Мұндай"), ("ru", "Такого"), ("en", "no such")] {
        let request = api.server.get("/api/v1/requests/S-2222").authorization_bearer(TOKEN);
        let answer = request.add_header("accept-language", accepted).await;
        let problem = assert_problem(&answer, 404, "not_found");
        assert!(problem["detail"].as_str().unwrap().contains(word), "{accepted}");
    }
    assert_problem(&api.server.get("/api/v1/nowhere").await, 404, "not_found");
    assert_problem(&api.server.delete("/api/v1/drafts").await, 405, "method_not_allowed");
}

#[tokio::test]
async fn a_check_answers_by_number_by_file_and_by_upload() {
    let api = Api::new();
    let granted = api.granted().await;
    let result = &granted["results"][0];
    let number = result["number"].as_str().unwrap();
    let pdf = api.get(result["document"].as_str().unwrap()).await.into_bytes();
    let by_number = json!({ "number": number.to_lowercase(), "iin": iin(1).digits() });
    let form = MultipartForm::new().add_part("file", Part::bytes(pdf.clone()).file_name("a.pdf"));
    for answer in [
        api.server.post("/api/v1/check").json(&by_number).await,
        api.server.post("/api/v1/check").bytes(pdf).content_type("application/pdf").await,
        api.server.post("/api/v1/check").multipart(form).await,
    ] {
        answer.assert_status_ok();
        let body: Value = answer.json();
        assert_eq!(body["verdict"], "genuine");
        assert_eq!(body["document"]["number"].as_str(), Some(number));
        assert_eq!(body["document"]["standing"], "matches");
        assert_eq!(body["document"]["holder"], "Ә••• Ү•••");
        assert!(!answer.text().contains(&iin(1).digits()));
    }
    let unknown = json!({ "number": number, "iin": iin(2).digits() });
    let unknown: Value = api.server.post("/api/v1/check").json(&unknown).await.json();
    assert_eq!(
        (unknown["verdict"].as_str(), &unknown["document"]),
        (Some("not_found"), &Value::Null)
    );
    let text = api
        .server
        .post("/api/v1/check")
        .bytes("hello".into())
        .content_type("application/pdf")
        .await;
    assert_eq!(text.json::<Value>()["verdict"], "unreadable");
    let wrong = json!({ "number": "A-1", "iin": "1" });
    assert_problem(&api.server.post("/api/v1/check").json(&wrong).await, 422, "number_form");
    let other = api.server.post("/api/v1/check").text("hello").await;
    assert_problem(&other, 415, "unsupported_media_type");
    let large = api
        .server
        .post("/api/v1/check")
        .bytes(vec![0; 3 << 20].into())
        .content_type("application/pdf")
        .await;
    assert_problem(&large, 413, "body_too_large");
    api.world.erase_requests().await;
    let erased: Value = api.server.post("/api/v1/check").json(&by_number).await.json();
    assert_eq!(
        (erased["verdict"].as_str(), &erased["code"]),
        (Some("no_longer_kept"), &Value::Null)
    );
    let request = granted["number"].as_str().unwrap();
    let answer = api.get(&format!("/api/v1/requests/{request}")).await;
    assert_problem(&answer, 410, "no_longer_kept");
    let said = api.said(request, "ru").await;
    assert_problem(&said, 410, "request_erased");
}

#[tokio::test]
async fn the_prepared_document_keeps_its_published_schema() {
    let api = Api::new();
    let schema: Value = api.server.get("/schemas/electronic-request.v1.json").await.json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for wards in [json!("all"), json!(["061211600012"])] {
        for provider in [Value::Null, json!("101010000")] {
            let mut body = order(iin(1), wards.clone(), false);
            body["provider"] = provider;
            let draft: Value = api.draft(&body).await.json();
            let document = STANDARD.decode(draft["document"].as_str().unwrap()).unwrap();
            let document: Value = serde_json::from_slice(&document).unwrap();
            let faults: Vec<_> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
            assert_eq!(faults, [""; 0]);
            assert_eq!(document["challenge"], draft["challenge"]);
            assert_eq!(draft["schema"], "/schemas/electronic-request.v1.json");
        }
    }
    assert!(!validator.is_valid(&json!({ "schema": "electronic-request.v1" })));
    api.server.get("/schemas/facts.v1.json").await.assert_status_ok();
    assert_problem(&api.server.get("/schemas/other.json").await, 404, "not_found");
}

#[tokio::test]
async fn the_monitoring_system_alone_is_told_the_stages_as_lines_of_their_schema() {
    const OWN: &str = "token-of-the-monitoring-system";
    let world = World::new(URL);
    let monitoring =
        Some(portal::Monitoring { token: OWN.to_owned(), service_code: "00800000".to_owned() });
    let config = portal::PortalConfig { monitoring, ..World::config(URL) };
    let server = TestServer::new(portal::router(world.service.clone(), config));
    let api = Api { world, server };
    let person = api.world.guardian();
    api.granted().await;
    let asked = async |token: &str, query: &str| {
        let address = format!("/api/v1/stages{query}");
        api.server.get(&address).authorization_bearer(token).await
    };
    for token in ["", "other", TOKEN] {
        assert_problem(&asked(token, "").await, 401, "unauthorized");
    }
    for query in ["?after=-1", "?after=x", "?limit=0", "?limit=1001", "?after=9223372036854775807"]
    {
        assert_problem(&asked(OWN, query).await, 400, "stages_query");
    }
    let schema: Value = api.server.get("/schemas/stage.v1.json").await.json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let answer = asked(OWN, "").await;
    answer.assert_status_ok();
    assert_eq!(answer.header("content-type"), "application/jsonl");
    assert_eq!(answer.header("x-last-page"), "true");
    let lines: Vec<Value> =
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stages: Vec<_> = lines.iter().map(|line| line["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["registered", "decided", "issued"]);
    for line in &lines {
        assert!(validator.is_valid(line), "{line}");
        assert_eq!(line["service"], "00800000");
    }
    assert_eq!(lines[2]["result"], "certificate");
    assert!(!answer.text().contains(&person.digits()));
    let one = asked(OWN, "?limit=1").await;
    assert_eq!(one.text().lines().count(), 1);
    let next = one.header("x-next-cursor").to_str().unwrap().to_owned();
    let rest = asked(OWN, &format!("?after={next}")).await.text();
    assert_eq!(rest.lines().count(), 2);
}

#[tokio::test]
async fn health_names_the_store_with_the_age_of_its_last_success() {
    let api = Api::new();
    api.server.get("/health/live").await.assert_status_ok();
    let ready = api.server.get("/health/ready").await;
    ready.assert_status_ok();
    assert_eq!(
        ready.json::<Value>()["dependencies"]["store"],
        json!({ "ok": true, "last_success_age_s": 0 })
    );
}

#[tokio::test]
async fn a_program_has_the_person_asked_for_his_consent_before_it_submits() {
    use app::AccessReply;
    for (reply, minutes, state, status, code) in [
        (AccessReply::Refused, 0, "refused", 409, "consent_refused"),
        (AccessReply::NoAnswer, 0, "no_answer", 409, "consent_no_answer"),
        (AccessReply::Pending, 0, "asked", 409, "consent_awaited"),
        (AccessReply::Pending, 6, "no_answer", 409, "consent_no_answer"),
        (AccessReply::Silent, 0, "unheard", 503, "consent_service_unavailable"),
        (AccessReply::Silent, 6, "unavailable", 503, "consent_service_unavailable"),
    ] {
        let api = Api::new();
        let person = api.world.guardian();
        let control = api.world.consents.ask_persons();
        control.says(reply.clone());
        let draft: Value = api.draft(&order(person, json!("all"), true)).await.json();
        assert_eq!(draft["asks_consent"], true);
        let document = STANDARD.decode(draft["document"].as_str().unwrap()).unwrap();
        let cms = FakeVerifier::sign(person, &document);
        assert_problem(&api.submit("k", &cms).await, 409, "consent_not_asked");
        let address = format!("/api/v1/drafts/{}/consent", draft["challenge"].as_str().unwrap());
        assert_eq!(api.get(&address).await.json::<Value>()["state"], "not_asked");
        let ask = async || api.server.post(&address).authorization_bearer(TOKEN).await;
        let asked = ask().await;
        assert_eq!(asked.status_code(), 202);
        api.world.clock.advance(jiff::SignedDuration::from_mins(minutes));
        assert_eq!(api.get(&address).await.json::<Value>()["state"], state, "{reply:?}");
        assert_problem(&api.submit("k", &cms).await, status, code);
        assert!(api.world.service.requests_of(person, None).await.unwrap().is_empty());
        control.gives();
        if minutes == 0 && matches!(reply, AccessReply::Pending | AccessReply::Silent) {
            api.world.clock.advance(jiff::SignedDuration::from_secs(60));
        } else {
            api.world.clock.advance(jiff::SignedDuration::from_secs(1));
            assert_eq!(ask().await.status_code(), 202);
        }
        let given: Value = api.get(&address).await.json();
        assert_eq!(given["state"], "given", "{reply:?}");
        assert!(given["until"].is_string());
        assert_eq!(api.submit("k", &cms).await.status_code(), 202);
    }
}

#[tokio::test]
async fn a_consent_is_asked_with_the_token_for_a_known_document_and_not_without_end() {
    let api = Api::new();
    let person = api.world.guardian();
    let control = api.world.consents.ask_persons();
    control.says(app::AccessReply::Refused);
    let refused: Value = api.draft(&order(person, json!("all"), false)).await.json();
    assert_eq!(refused["asks_consent"], false, "who refuses need not be asked");
    let draft: Value = api.draft(&order(person, json!("all"), true)).await.json();
    let address = format!("/api/v1/drafts/{}/consent", draft["challenge"].as_str().unwrap());
    assert_problem(&api.server.post(&address).await, 401, "unauthorized");
    assert_problem(&api.server.get(&address).await, 401, "unauthorized");
    let unknown = "/api/v1/drafts/nobody/consent";
    assert_problem(&api.get(unknown).await, 404, "not_found");
    let ask = async || api.server.post(&address).authorization_bearer(TOKEN).await;
    for _ in 0..5 {
        assert_eq!(ask().await.status_code(), 202);
        api.world.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    let sixth = ask().await;
    assert_problem(&sixth, 429, "consent_wait");
    assert!(sixth.header("retry-after").to_str().unwrap().parse::<u32>().unwrap() > 3_000);
    assert_eq!(control.asked().len(), 5);
}

#[tokio::test]
async fn how_a_review_stands_is_told_without_its_words() {
    let api = Api::new();
    let document = api.prepared(iin(1), true).await;
    let accepted = api.submit("key", &FakeVerifier::sign(iin(1), &document)).await;
    api.world.work().await;
    let request = accepted.json::<Value>()["number"].as_str().unwrap().to_owned();
    let list = format!("/api/v1/requests/{request}/recourses");
    assert_eq!(api.get(&list).await.json::<Value>(), json!([]));
    let way = (domain::Language::Kk, app::Channel::Portal);
    let number = domain::Number::parse(&request).unwrap();
    let asked = api.world.service.ask_review(iin(1), &number, "құпия сөз", way).await;
    let number = asked.unwrap().unwrap();
    let one = api.get(&format!("/api/v1/recourses/{number}")).await;
    one.assert_status_ok();
    let told: Value = one.json();
    assert_eq!(api.get(&list).await.json::<Value>(), json!([told]));
    assert_eq!((&told["kind"], &told["body"]), (&json!("review"), &json!("reviewer")));
    assert_eq!((&told["overdue"], &told["outcome"]), (&json!(false), &Value::Null));
    assert!(!one.text().contains("құпия") && !one.text().contains(&iin(1).digits()));
    for unknown in ["/api/v1/recourses/Q-2222-2222-2", "/api/v1/requests/S-2222-2222-2/recourses"] {
        assert_eq!(api.get(unknown).await.status_code(), 404, "{unknown}");
    }
}

/// What a person meets who asks on pages: he is told before he signs, loses nothing he did, and is not said to ask too often.
async fn pages_while_too_many_wait(browser: &Browser, address: &str) -> String {
    let form = [("wards", "all"), ("provider", ""), ("restricted", "give"), ("secret", "refuse")];
    for (language, wait) in [("kk", "15 секундтан"), ("ru", "через 15 с"), ("en", "in 15 s")]
    {
        let page = browser.get(&format!("/{language}/request")).await.text();
        let token = field(&page, "token");
        for _ in 0..22 {
            let fields: Vec<_> = form.into_iter().chain([("token", token.as_str())]).collect();
            let told = browser.post(&format!("/{language}/request"), &fields).await;
            told.assert_status_too_many_requests();
            assert_eq!(told.header("retry-after"), "15");
            let html = told.text();
            assert!(html.contains(wait) && html.contains("govuk-error-summary"), "{language}");
            assert!(html.contains("value=\"give\" checked"), "what was filled in stays");
        }
        let shown = browser.get(&address.replace("/en/", &format!("/{language}/"))).await.text();
        assert!(shown.contains(wait), "{language}: told before he signs");
    }
    let html = browser.get(address).await.text();
    let (token, key) = (field(&html, "token"), field(&html, "key"));
    let mut signature = signature(&html, iin(5));
    for _ in 0..45 {
        let fields = [("token", token.as_str()), ("key", &key), ("signature", &signature)];
        let told = browser.post(address, &fields).await;
        told.assert_status_too_many_requests();
        assert_eq!(told.header("retry-after"), "15");
        let html = told.text();
        assert!(html.contains("in 15 s"));
        signature = field(&html, "signature");
    }
    // A complaint has a term of its own: whatever is said of this one, it does not wait for requests.
    let complaint = "/en/requests/S-2222-2222-2/complaint/send";
    let told = browser.post(complaint, &[("token", token.as_str())]).await;
    assert_ne!(told.status_code(), 429);
    signature
}

#[tokio::test]
async fn while_too_many_wait_no_more_are_registered_and_everything_else_goes_on() {
    let world = World::with_room_for(URL, 2);
    let server = TestServer::new(portal::router(world.service.clone(), World::config(URL)));
    let browser = Browser::new(&world, URL);
    browser.sign_in("en", iin(5)).await;
    let address = browser.prepare("en", "give").await;
    let api = Api { world, server };
    let mut signed = Vec::new();
    for person in (1..=3).map(iin) {
        signed.push(FakeVerifier::sign(person, &api.prepared(person, true).await));
    }
    let first = api.submit("key", &signed[0]).await;
    let other = api.submit("key", &signed[1]).await;
    assert_eq!((first.status_code().as_u16(), other.status_code().as_u16()), (202, 202));
    let second = jiff::SignedDuration::from_secs(1);
    api.world.clock.advance(second);
    let refused = api.submit("key", &signed[2]).await;
    let told = assert_problem(&refused, 429, "busy");
    assert_eq!(refused.header("retry-after"), "15");
    assert!(told["detail"].as_str().unwrap().contains(" 15 "), "{told}");
    assert_problem(&api.draft(&order(iin(4), json!("all"), true)).await, 429, "busy");
    let again: Value = api.submit("key", &signed[0]).await.json();
    let number = first.json::<Value>()["number"].as_str().unwrap().to_owned();
    assert_eq!((&again["number"], &again["outcome"]), (&json!(number), &json!("repeated")));
    assert_eq!(api.get(&format!("/api/v1/requests/{number}")).await.status_code(), 200);
    api.server.get("/ru/check").await.assert_status_ok();
    let signature = pages_while_too_many_wait(&browser, &address).await;
    while api.world.worker.work_once().await.unwrap() {}
    api.world.clock.advance(second);
    assert_eq!(api.submit("key", &signed[2]).await.status_code(), 202);
    let html = browser.get(&address).await.text();
    assert!(!html.contains("in 15 s"), "there is room again");
    let (token, key) = (field(&html, "token"), field(&html, "key"));
    let fields = [("token", token.as_str()), ("key", &key), ("signature", &signature)];
    browser.post(&address, &fields).await.assert_status_see_other();
}
