//! Signing by telephone over HTTP: what the application is answered, and what the page without script shows meanwhile.

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
use app::{PhoneAuth, PhoneMethod};
use axum_test::{TestResponse, TestServer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Iin;
use portal::EgovMobile;
use serde_json::{Value, json};
use world::World;
use world::browser::{Browser, between, field, location};

const URL: &str = "http://127.0.0.1:8080";
const LANGUAGES: [&str; 3] = ["kk", "ru", "en"];
const AUTHS: [PhoneAuth; 3] = [PhoneAuth::Token, PhoneAuth::Eds, PhoneAuth::None];
const METHODS: [PhoneMethod; 2] = [PhoneMethod::CmsWithData, PhoneMethod::Xml];

fn portal(auth: PhoneAuth, method: PhoneMethod) -> (World, Browser, Phone) {
    portal_of(World::new(URL), auth, method)
}

fn portal_of(world: World, auth: PhoneAuth, method: PhoneMethod) -> (World, Browser, Phone) {
    let link_url = "https://m.egov.kz/mobileSign".to_owned();
    let egov_mobile = Some(EgovMobile { auth, method, link_url });
    let config = portal::PortalConfig { egov_mobile, ..World::config(URL) };
    let router = || portal::router(world.service.clone(), config.clone());
    let browser = Browser { server: TestServer::builder().save_cookies().build(router()) };
    let phone = Phone { server: TestServer::builder().build(router()) };
    (world, browser, phone)
}

fn plain() -> (World, Browser, Phone) {
    portal(PhoneAuth::Token, PhoneMethod::CmsWithData)
}

/// The application: no cookies, no origin.
struct Phone {
    server: TestServer,
}

/// What the application has after API 1 and API 2.
struct Given {
    place: String,
    token: String,
    body: Value,
}

impl Phone {
    /// API 1.
    async fn invited(&self, address: &str) -> Value {
        let answer = self.server.get(address).await;
        answer.assert_status_ok();
        answer.json()
    }

    /// API 1 and 2, as a person who has this IIN.
    async fn given(&self, address: &str, person: Iin) -> Given {
        let invitation = self.invited(address).await;
        let uri = invitation["document"]["uri"].as_str().unwrap();
        let token = invitation["document"]["auth_token"].as_str().unwrap().to_owned();
        let place = uri.strip_prefix(URL).unwrap().to_owned();
        let answer = match invitation["document"]["auth_type"].as_str().unwrap() {
            "Token" => self.server.get(&place).authorization_bearer(&token).await,
            "Eds" => {
                let xml = FakeVerifier::sign(person, uri.as_bytes());
                self.server.post(&place).bytes(xml.into()).await
            }
            "None" => self.server.get(&place).await,
            other => panic!("{other}"),
        };
        answer.assert_status_ok();
        Given { place, token, body: answer.json() }
    }

    async fn put(&self, given: &Given, body: &Value) -> TestResponse {
        let put = self.server.put(&given.place).json(body);
        if given.token.is_empty() {
            put.await
        } else {
            put.authorization_bearer(&given.token).await
        }
    }
}

/// What the application has to sign.
fn document(body: &Value) -> Vec<u8> {
    let document = &body["documentsToSign"][0];
    match document["documentXml"].as_str() {
        Some(xml) => xml.as_bytes().to_vec(),
        None => STANDARD.decode(document["document"]["file"]["data"].as_str().unwrap()).unwrap(),
    }
}

/// The same body with a signature in place of the document.
fn signed(body: &Value, signature: &[u8]) -> Value {
    let mut body = body.clone();
    let document = &mut body["documentsToSign"][0];
    if document["documentXml"].is_string() {
        document["documentXml"] = json!(String::from_utf8(signature.to_vec()).unwrap());
    } else {
        document["document"]["file"]["data"] = json!(STANDARD.encode(signature));
    }
    body
}

/// The address in the link of a page that shows a code.
fn address(html: &str) -> String {
    let link = between(html, "?link=", "&");
    let link = link.replace("%3A", ":").replace("%2F", "/");
    link.strip_prefix(URL).unwrap().to_owned()
}

/// Hidden fields of the form with this address.
fn fields(html: &str, action: &str) -> Vec<(String, String)> {
    let form = between(html, &format!("action=\"{action}\">"), "</form>");
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            (name.to_owned(), rest.split_once('"').unwrap().0.to_owned())
        })
        .collect()
}

async fn post(browser: &Browser, action: &str, fields: &[(String, String)]) -> TestResponse {
    browser.server.post(action).form(&fields).await
}

/// Begins on a page without script; answers the page with the code.
async fn begin(browser: &Browser, page: &str, action: &str) -> String {
    let html = browser.get(page).await.text();
    let answer = post(browser, action, &fields(&html, action)).await;
    answer.assert_status_ok();
    answer.text()
}

async fn sign_in_code(browser: &Browser, language: &str) -> String {
    let page = format!("/{language}/sign-in?next=/request");
    begin(browser, &page, &format!("/{language}/sign-in/phone")).await
}

/// A request that waits for its signature; answers its sign page and the page with the code.
async fn request_code(browser: &Browser, language: &str, person: Iin) -> (String, String) {
    browser.sign_in(language, person).await;
    let page = browser.prepare(language, "give").await;
    let code = begin(browser, &page, &format!("{page}/phone")).await;
    (page, code)
}

#[tokio::test]
async fn one_signs_in_and_signs_a_request_in_every_language_and_way() {
    for language in LANGUAGES {
        for (auth, method) in AUTHS.iter().flat_map(|auth| METHODS.map(|method| (*auth, method))) {
            let (world, browser, phone) = portal(auth, method);
            let person = world.guardian();
            let code = sign_in_code(&browser, language).await;
            assert!(!code.contains('⟦'), "{}", between(&code, "⟦", "⟧"));
            let given = phone.given(&address(&code), person).await;
            assert_eq!(given.body["signMethod"], method.code());
            let signature = FakeVerifier::sign(person, &document(&given.body));
            phone.put(&given, &signed(&given.body, &signature)).await.assert_status_ok();
            let action = format!("/{language}/sign-in/phone");
            let came_in = post(&browser, &action, &fields(&code, &action)).await;
            came_in.assert_status_see_other();
            assert_eq!(location(&came_in), format!("/{language}/request"));

            let page = browser.prepare(language, "give").await;
            let code = begin(&browser, &page, &format!("{page}/phone")).await;
            assert!(!code.contains('⟦'), "{}", between(&code, "⟦", "⟧"));
            let given = phone.given(&address(&code), person).await;
            let signature = FakeVerifier::sign(person, &document(&given.body));
            phone.put(&given, &signed(&given.body, &signature)).await.assert_status_ok();
            let action = format!("{page}/phone");
            let went_on = post(&browser, &action, &fields(&code, &action)).await;
            went_on.assert_status_see_other();
            assert!(location(&went_on).starts_with(&format!("/{language}/requests/S-")));
            assert_eq!(location(&browser.get(&page).await), location(&went_on));
        }
    }
}

#[tokio::test]
async fn the_invitation_and_the_document_are_exactly_those_of_the_protocol() {
    let (world, browser, phone) = plain();
    let person = world.guardian();
    let (_, code) = request_code(&browser, "ru", person).await;
    let link = address(&code);
    assert!(
        code.contains("isi=1476128386&#38;ibi=kz.egov.mobile&#38;apn=kz.mobile.mgov"),
        "{code}"
    );
    let invitation = phone.invited(&link).await;
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&invitation), ["description", "document", "expiry_date", "organisation"]);
    assert_eq!(names(&invitation["organisation"]), ["bin", "nameEn", "nameKz", "nameRu"]);
    assert_eq!(names(&invitation["document"]), ["auth_token", "auth_type", "uri"]);
    assert_eq!(invitation["document"]["auth_type"], "Token");
    let (begun, end) = (world.service.now(), invitation["expiry_date"].as_str().unwrap());
    assert!(end.ends_with(".00+0500"), "{end}");
    assert_eq!(moment(600).duration_since(begun).as_secs(), 600);
    assert!(!invitation.to_string().contains(&person.digits()), "an invitation names nobody");

    let given = phone.given(&link, person).await;
    assert_eq!(names(&given.body), ["documentsToSign", "signMethod"]);
    let all = given.body["documentsToSign"].as_array().unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(names(&all[0]), ["document", "id", "meta", "nameEn", "nameKz", "nameRu"]);
    assert_eq!(all[0]["id"], 1);
    assert_eq!(all[0]["document"]["file"]["mime"], "@file/json");
    let meta = all[0]["meta"].as_array().unwrap();
    assert!(meta.len() > 5 && meta.iter().all(|one| names(one) == ["name", "value"]));
    assert!(meta.iter().any(|one| one["value"].as_str().unwrap().contains(&person.digits())));
}

#[tokio::test]
async fn the_page_is_good_in_every_language_and_keeps_what_was_typed() {
    for language in LANGUAGES {
        let (_, browser, _) = plain();
        let code = sign_in_code(&browser, language).await;
        assert_eq!(code.matches("<h1").count(), 1);
        assert!(!code.contains(" style=") && !code.contains("<style"));
        assert!(code.contains("<svg class=\"qr\" role=\"img\" aria-label=\""));
        let action = format!("/{language}/sign-in/phone");
        let early = post(&browser, &action, &fields(&code, &action)).await;
        early.assert_status_ok();
        let early = early.text();
        assert_eq!(address(&early), address(&code), "the same code is shown again");
        assert!(early.contains("govuk-inset-text"));
    }
}

#[tokio::test]
async fn a_repeated_signature_is_answered_alike_and_another_is_refused() {
    let (world, browser, phone) = plain();
    let person = world.guardian();
    let (_, code) = request_code(&browser, "kk", person).await;
    let given = phone.given(&address(&code), person).await;
    let signature = FakeVerifier::sign(person, &document(&given.body));
    let body = signed(&given.body, &signature);
    for _ in 0..3 {
        phone.put(&given, &body).await.assert_status_ok();
    }
    let other = signed(&given.body, &[&signature[..], b" "].concat());
    let refused = phone.put(&given, &other).await;
    refused.assert_status_forbidden();
    assert_eq!(refused.json::<Value>()["code"], "phone_used");
    let again = phone.server.get(&address(&code)).await;
    again.assert_status(axum::http::StatusCode::GONE);
    let requests = world.service.requests_of(person, None).await.unwrap();
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn a_bad_signature_is_403_with_a_reason_for_both_sides() {
    let (world, browser, phone) = plain();
    let person = world.guardian();
    let (page, code) = request_code(&browser, "en", person).await;
    let given = phone.given(&address(&code), person).await;
    let document = document(&given.body);
    for (signature, expected) in [
        (FakeVerifier::sign(iin(2), &document), "someone_elses_signature"),
        (FakeVerifier::sign(person, b"altered"), "wrong_content"),
        (FakeVerifier::sign_badly(person, &document), "signature_invalid"),
    ] {
        let refused = phone.put(&given, &signed(&given.body, &signature)).await;
        refused.assert_status_forbidden();
        assert_eq!(refused.json::<Value>()["code"], expected);
        assert!(refused.json::<Value>()["message"].as_str().unwrap().len() > 20);
    }
    let action = format!("{page}/phone");
    let told = post(&browser, &action, &fields(&code, &action)).await.text();
    assert!(told.contains("govuk-error-summary"));
    let nonsense = phone.put(&given, &json!({ "signMethod": "XML", "documentsToSign": [] })).await;
    nonsense.assert_status_bad_request();
}

#[tokio::test]
async fn a_fault_of_others_is_503_and_never_403() {
    let (world, browser, phone) = plain();
    let person = world.guardian();
    let (_, code) = request_code(&browser, "kk", person).await;
    let given = phone.given(&address(&code), person).await;
    let body = signed(&given.body, &FakeVerifier::sign(person, &document(&given.body)));
    world.verifier.go_down("ocsp_silent");
    let silent = phone.put(&given, &body).await;
    silent.assert_status_service_unavailable();
    assert_eq!(silent.header("retry-after"), "30");
    assert_eq!(silent.json::<Value>()["code"], "ocsp_silent");
    world.verifier.come_up();
    phone.put(&given, &body).await.assert_status_ok();
    world.store_line.cut();
    let cut = phone.put(&given, &body).await;
    cut.assert_status_service_unavailable();
    assert!(cut.header("content-type").to_str().unwrap().contains("json"));
}

#[tokio::test]
async fn who_signs_while_too_many_wait_may_bring_it_again_as_often_as_it_takes() {
    let world = World::with_room_for(URL, 1);
    let (world, browser, phone) = portal_of(world, PhoneAuth::Token, PhoneMethod::CmsWithData);
    let person = world.guardian();
    let (_, code) = request_code(&browser, "kk", person).await;
    let given = phone.given(&address(&code), person).await;
    let body = signed(&given.body, &FakeVerifier::sign(person, &document(&given.body)));
    Browser::new(&world, URL).ask("kk", iin(2), "refuse").await;
    let second = jiff::SignedDuration::from_secs(1);
    world.clock.advance(second);
    for _ in 0..50 {
        let later = phone.put(&given, &body).await;
        later.assert_status_too_many_requests();
        assert_eq!(later.header("retry-after"), "15");
        let told: Value = later.json();
        assert_eq!(told["code"], "busy", "he has not asked too often");
        assert!(told["message"].as_str().unwrap().contains(" 15 "), "{told}");
    }
    world.work().await;
    world.clock.advance(second);
    phone.put(&given, &body).await.assert_status_ok();
}

#[tokio::test]
async fn without_the_right_words_nothing_is_given_or_taken() {
    let (world, browser, phone) = plain();
    let person = world.guardian();
    let (_, code) = request_code(&browser, "kk", person).await;
    let given = phone.given(&address(&code), person).await;
    let body = signed(&given.body, &FakeVerifier::sign(person, &document(&given.body)));
    phone.server.get(&given.place).await.assert_status_unauthorized();
    phone.server.get(&given.place).authorization_bearer("wrong").await.assert_status_unauthorized();
    phone.server.put(&given.place).json(&body).await.assert_status_unauthorized();
    let nobody = phone.server.get("/mgovSign/0000").await;
    nobody.assert_status_not_found();
    assert_eq!(nobody.json::<Value>()["code"], "phone_unknown");
    phone.server.post(&given.place).text("<a/>").await.assert_status_unauthorized();
    phone
        .server
        .delete(&given.place)
        .await
        .assert_status(axum::http::StatusCode::METHOD_NOT_ALLOWED);
    let large = "a".repeat(600 * 1024);
    let large = phone.server.put(&given.place).authorization_bearer(&given.token).text(large).await;
    large.assert_status(axum::http::StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn who_comes_too_late_is_told_so_on_both_sides() {
    let (world, browser, phone) = plain();
    let person = world.guardian();
    let (page, code) = request_code(&browser, "ru", person).await;
    let given = phone.given(&address(&code), person).await;
    let body = signed(&given.body, &FakeVerifier::sign(person, &document(&given.body)));
    world.clock.set(moment(601));
    let late = phone.put(&given, &body).await;
    late.assert_status_forbidden();
    assert_eq!(late.json::<Value>()["code"], "phone_expired");
    phone.server.get(&address(&code)).await.assert_status(axum::http::StatusCode::GONE);
    let action = format!("{page}/phone");
    let told = post(&browser, &action, &fields(&code, &action)).await.text();
    assert!(!told.contains("class=\"qr\"") && told.contains("govuk-inset-text"));
    let fresh = post(&browser, &action, &fields(&told, &action)).await.text();
    assert!(fresh.contains("class=\"qr\""));
}

/// As the script asks.
async fn state(browser: &Browser, begun: &Value) -> TestResponse {
    browser.get(begun["state"].as_str().unwrap()).await
}

#[tokio::test]
async fn the_script_is_told_how_it_stands_and_no_other_browser_is() {
    let (_, browser, phone) = plain();
    let html = browser.get("/kk/sign-in").await.text();
    let fields = fields(&html, "/kk/sign-in/phone");
    let begun = browser.server.post("/kk/sign-in/phone").form(&fields);
    let begun: Value = begun.add_header("accept", "application/json").await.json();
    let code = begun["html"].as_str().unwrap();
    assert!(code.starts_with("<p") && code.contains("class=\"qr\""));
    assert_eq!(state(&browser, &begun).await.json::<Value>()["state"], "waiting");
    assert!(!begun["state"].as_str().unwrap().contains(&address(code)[10..]));
    phone.server.get(begun["state"].as_str().unwrap()).await.assert_status_not_found();

    let given = phone.given(&address(code), iin(3)).await;
    let bad = FakeVerifier::sign_badly(iin(3), &document(&given.body));
    phone.put(&given, &signed(&given.body, &bad)).await.assert_status_forbidden();
    assert!(state(&browser, &begun).await.json::<Value>()["refusal"].is_string());
    let good = FakeVerifier::sign(iin(3), &document(&given.body));
    phone.put(&given, &signed(&given.body, &good)).await.assert_status_ok();
    let signed = state(&browser, &begun).await.json::<Value>();
    assert_eq!(signed, json!({ "state": "signed" }));

    // Another browser that somehow learnt the identifier gets nowhere with it.
    let (_, other, _) = plain();
    let html = other.get("/kk/sign-in").await.text();
    let mut stolen = self::fields(&html, "/kk/sign-in/phone");
    stolen.push(("phone".to_owned(), begun["id"].as_str().unwrap().to_owned()));
    let answer = post(&other, "/kk/sign-in/phone", &stolen).await;
    answer.assert_status_ok();
    assert!(answer.maybe_header("set-cookie").is_none());

    let mut own = fields;
    own.push(("phone".to_owned(), begun["id"].as_str().unwrap().to_owned()));
    let came_in = post(&browser, "/kk/sign-in/phone", &own).await;
    assert_eq!(location(&came_in), "/kk/cabinet");
}

#[tokio::test]
async fn a_form_of_another_site_begins_nothing() {
    let (world, browser, _) = plain();
    let person = world.guardian();
    let html = browser.get("/kk/sign-in").await.text();
    let challenge = ("challenge".to_owned(), field(&html, "challenge"));
    let foreign = [("token".to_owned(), "0".repeat(64)), challenge];
    post(&browser, "/kk/sign-in/phone", &foreign).await.assert_status_forbidden();
    browser.sign_in("kk", person).await;
    let page = browser.prepare("kk", "give").await;
    let foreign = [("token".to_owned(), "0".repeat(64))];
    post(&browser, &format!("{page}/phone"), &foreign).await.assert_status_forbidden();
}

#[tokio::test]
async fn where_telephones_are_not_used_nothing_is_offered_or_answered() {
    let world = World::new(URL);
    let config = portal::PortalConfig { egov_mobile: None, ..World::config(URL) };
    let router = portal::router(world.service.clone(), config);
    let browser = Browser { server: TestServer::builder().save_cookies().build(router) };
    let html = browser.get("/kk/sign-in").await.text();
    assert!(!html.contains("egov-mobile"));
    browser.get("/mgovSign/0000").await.assert_status_not_found();
    let fields = [
        ("token".to_owned(), field(&html, "token")),
        ("challenge".to_owned(), field(&html, "challenge")),
    ];
    post(&browser, "/kk/sign-in/phone", &fields).await.assert_status_not_found();
}

#[tokio::test]
async fn answers_typed_before_a_session_ended_come_along() {
    let (world, browser, phone) = plain();
    let person = world.guardian();
    let html = browser.get("/kk/sign-in").await.text();
    let mut typed = fields(&html, "/kk/sign-in/phone");
    typed.push(("wards".to_owned(), "named".to_owned()));
    typed.push(("ward".to_owned(), "123".to_owned()));
    let code = post(&browser, "/kk/sign-in/phone", &typed).await.text();
    let given = phone.given(&address(&code), person).await;
    let signature = FakeVerifier::sign(person, &document(&given.body));
    phone.put(&given, &signed(&given.body, &signature)).await.assert_status_ok();
    let form = post(&browser, "/kk/sign-in/phone", &fields(&code, "/kk/sign-in/phone")).await;
    form.assert_status_ok();
    assert!(form.text().contains("value=\"123\""), "what was typed is there again");
}
