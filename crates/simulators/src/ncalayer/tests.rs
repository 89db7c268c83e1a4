//! The signer over real loopback sockets, plain and TLS, as a page and a person meet it. Knows no portal.
//! Next: `socket.rs`, `window.rs`; `tests/pages.rs` for pages that are not this file's own.

mod pages;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::authority::tests::{demo_people, judged, now, random, trust};
use crate::authority::{DemoFolder, loopback_certificate};

const SIGN: &str = "1.3.6.1.5.5.7.3.4";
const INDIVIDUAL: &str = "1.2.398.3.3.4.1.1";
const PATIENCE: Duration = Duration::from_secs(20);

struct Running {
    address: SocketAddr,
    desk: Arc<Desk>,
    folder: DemoFolder,
    client: Arc<ClientConfig>,
    _files: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

/// A signer with the keys of three people: in order, of an organisation, expired.
async fn running() -> Running {
    let files = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(files.path());
    let people: Vec<_> = demo_people()
        .into_iter()
        .filter(|one| ["one_ward", "organisation_key", "expired_key"].contains(&one.slug.as_str()))
        .collect();
    let furnished = folder.furnish(&people, &[], now(), &mut random()).unwrap();
    let keys = people.iter().zip(furnished.keys);
    let keys = keys.map(|(one, key)| OfferedKey { key, about: one.about.clone() }).collect();
    let own = loopback_certificate(now()).unwrap();
    let server = tls(&own).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(own.certificate)).unwrap();
    // The certificate is good around the demo's moment, not around the machine's.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_details(provider, Arc::new(DemoTime))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let layer = NcaLayer::bind("127.0.0.1:0".parse().unwrap(), keys, Some(server), Arc::new(now))
        .await
        .unwrap();
    let (address, desk) = (layer.address(), layer.desk());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(layer.serve(async {
        let _ = stopped.await;
    }));
    Running { address, desk, folder, client: Arc::new(client), _files: files, _stop: stop }
}

#[derive(Debug)]
struct DemoTime;

impl rustls::time_provider::TimeProvider for DemoTime {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let seconds = u64::try_from(now().as_second()).ok()?;
        Some(rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

struct Page<S>(WebSocketStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Page<S> {
    async fn open(stream: S, url: &str) -> Self {
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        Self(socket)
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        let frame = tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap();
        serde_json::from_str(frame.unwrap().unwrap().to_text().unwrap()).unwrap()
    }
}

impl Running {
    async fn page(&self) -> Page<TcpStream> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let mut page = Page::open(stream, &format!("ws://{}/", self.address)).await;
        page.hear().await;
        page
    }

    async fn next(&self) -> u64 {
        tokio::time::timeout(PATIENCE, self.desk.next()).await.unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn post(&self, path: &str, origin: Option<&str>, body: Value) -> reqwest::StatusCode {
        let mut request = client().post(self.url(path)).json(&body);
        if let Some(origin) = origin {
            request = request.header("Origin", origin);
        }
        request.send().await.unwrap().status()
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn sign(data: Value, parameters: Value) -> String {
    json!({
        "module": "kz.gov.pki.knca.basics", "method": "sign",
        "args": { "allowedStorages": null, "format": "cms", "data": data,
                  "signingParams": { "decode": true, "encapsulate": true, "digested": false },
                  "signerParams": parameters, "locale": "kk" }
    })
    .to_string()
}

fn usual(content: &str) -> String {
    sign(json!(STANDARD.encode(content)), json!({ "extKeyUsageOids": [SIGN, INDIVIDUAL] }))
}

fn cms_of(text: &Value) -> Vec<u8> {
    let body: String =
        text.as_str().unwrap().lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).unwrap()
}

#[tokio::test]
async fn a_page_gets_a_signature_that_verifies_over_ws() {
    let running = running().await;
    let stream = TcpStream::connect(running.address).await.unwrap();
    let mut page = Page::open(stream, &format!("ws://{}/", running.address)).await;
    assert_eq!(page.hear().await, json!({ "result": { "version": "1.4" } }));
    page.say("--heartbeat--").await;
    assert_eq!(page.hear().await, json!({ "result": { "version": "1.4" } }));
    page.say(&usual("өтініш")).await;
    let id = running.next().await;
    let pending = running.desk.pending();
    assert_eq!(pending[0].texts().collect::<Vec<_>>(), ["өтініш"]);
    assert_eq!(pending[0].fitting_keys().collect::<Vec<_>>(), ["one_ward", "expired_key"]);
    running.desk.sign(id, "one_ward").unwrap();
    let reply = page.hear().await;
    assert_eq!(reply["status"], true);
    let cms = cms_of(&reply["body"]["result"][0]);
    let verdict = judged(&trust(&running.folder), &cms, "өтініш".as_bytes(), now());
    assert_eq!(verdict, format!("valid {}", demo_people()[0].iin.digits()));
}

#[tokio::test]
async fn the_same_port_speaks_wss() {
    let running = running().await;
    let stream = TcpStream::connect(running.address).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = TlsConnector::from(Arc::clone(&running.client));
    let stream = connector.connect(name, stream).await.unwrap();
    let mut page = Page::open(stream, &format!("wss://{}/", running.address)).await;
    assert_eq!(page.hear().await, json!({ "result": { "version": "1.4" } }));
    page.say(&usual("бір")).await;
    let id = running.next().await;
    running.desk.sign(id, "one_ward").unwrap();
    let cms = cms_of(&page.hear().await["body"]["result"][0]);
    assert!(judged(&trust(&running.folder), &cms, "бір".as_bytes(), now()).starts_with("valid"));
}

#[tokio::test]
async fn cancelling_is_an_answer_without_result() {
    let running = running().await;
    let mut page = running.page().await;
    page.say(&usual("x")).await;
    running.desk.cancel(running.next().await).unwrap();
    assert_eq!(page.hear().await, json!({ "status": true, "body": {} }));
}

#[tokio::test]
async fn several_documents_get_a_signature_each() {
    let running = running().await;
    let mut page = running.page().await;
    page.say(&sign(json!([STANDARD.encode("a"), STANDARD.encode("b")]), json!({}))).await;
    running.desk.sign(running.next().await, "one_ward").unwrap();
    let result = page.hear().await["body"]["result"].clone();
    let trust = trust(&running.folder);
    for (text, content) in result.as_array().unwrap().iter().zip([b"a", b"b"]) {
        assert!(judged(&trust, &cms_of(text), content, now()).starts_with("valid"));
    }
}

#[tokio::test]
async fn an_expired_key_may_be_chosen_and_its_signature_is_judged_expired() {
    let running = running().await;
    let mut page = running.page().await;
    page.say(&usual("x")).await;
    running.desk.sign(running.next().await, "expired_key").unwrap();
    let cms = cms_of(&page.hear().await["body"]["result"][0]);
    assert_eq!(judged(&trust(&running.folder), &cms, b"x", now()), "expired");
}

#[tokio::test]
async fn a_key_the_page_does_not_take_leaves_the_request_waiting() {
    let running = running().await;
    let mut page = running.page().await;
    let parameters = json!({ "iin": "000229500008", "extKeyUsageOids": [SIGN] });
    page.say(&sign(json!("QQ=="), parameters)).await;
    let id = running.next().await;
    let refused = running.desk.sign(id, "one_ward");
    assert!(matches!(refused, Err(DeskError::Unfit(Unfit::OtherPerson))));
    assert!(matches!(running.desk.sign(id, "nobody"), Err(DeskError::NoSuchKey)));
    running.desk.cancel(id).unwrap();
    page.hear().await;
    page.say(&usual("x")).await;
    let id = running.next().await;
    let refused = running.desk.sign(id, "organisation_key");
    assert!(matches!(refused, Err(DeskError::Unfit(Unfit::OtherUse))));
    assert_eq!(running.desk.pending().len(), 1);
}

#[tokio::test]
async fn heartbeats_are_answered_while_a_person_thinks_and_a_second_request_is_not_taken() {
    let running = running().await;
    let mut page = running.page().await;
    page.say(&usual("x")).await;
    let id = running.next().await;
    page.say("--heartbeat--").await;
    assert_eq!(page.hear().await["result"]["version"], "1.4");
    page.say(&usual("y")).await;
    assert_eq!(page.hear().await["code"], "INVOCATION_ERROR");
    running.desk.sign(id, "one_ward").unwrap();
    assert_eq!(page.hear().await["status"], true);
}

#[tokio::test]
async fn a_page_that_leaves_takes_its_request_along() {
    let running = running().await;
    let mut page = running.page().await;
    page.say(&usual("x")).await;
    let id = running.next().await;
    drop(page);
    let gone = async {
        let mut changes = running.desk.subscribe();
        while !running.desk.pending().is_empty() {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    assert!(matches!(running.desk.sign(id, "one_ward"), Err(DeskError::NoSuchRequest)));
}

#[tokio::test]
async fn each_fault_is_as_it_was_seen() {
    let running = running().await;
    let mut page = running.page().await;
    running.desk.behave(Behaviour::failing(Fault::RepliesError));
    page.say(&usual("x")).await;
    assert_eq!(page.hear().await["code"], "INVOCATION_ERROR");

    running.desk.behave(Behaviour::failing(Fault::NeverAnswers));
    page.say(&usual("x")).await;
    page.say("--heartbeat--").await;
    assert_eq!(page.hear().await["result"]["version"], "1.4", "nothing came before this");
    assert!(running.desk.pending().is_empty());

    running.desk.behave(Behaviour::failing(Fault::SignsOtherContent));
    page.say(&usual("x")).await;
    running.desk.sign(running.next().await, "one_ward").unwrap();
    let cms = cms_of(&page.hear().await["body"]["result"][0]);
    assert_eq!(judged(&trust(&running.folder), &cms, b"x", now()), "wrong_content");

    let text = Behaviour {
        shape: ReplyShape::Text,
        cms_text: CmsText::Base64,
        ..Behaviour::failing(Fault::OldVersion)
    };
    running.desk.behave(text);
    page.say("--heartbeat--").await;
    assert_eq!(page.hear().await["result"]["version"], "1.1");
    page.say(&usual("x")).await;
    running.desk.sign(running.next().await, "one_ward").unwrap();
    assert!(page.hear().await["body"]["result"].is_string());

    running.desk.behave(Behaviour::failing(Fault::DropsConnection));
    page.say(&usual("x")).await;
    let end = tokio::time::timeout(PATIENCE, page.0.next()).await.unwrap();
    assert!(!matches!(end, Some(Ok(Message::Text(_)))), "{end:?}");
}

#[tokio::test]
async fn xml_documents_are_signed_each_with_a_signature_inside() {
    let running = running().await;
    let mut page = running.page().await;
    let request = json!({
        "module": "kz.gov.pki.knca.basics", "method": "sign",
        "args": { "allowedStorages": null, "format": "xml", "data": ["<a>бір</a>", "<b/>"],
                  "signingParams": {}, "signerParams": { "extKeyUsageOids": [SIGN] }, "locale": "ru" }
    });
    page.say(&request.to_string()).await;
    running.desk.sign(running.next().await, "one_ward").unwrap();
    let result = page.hear().await["body"]["result"].clone();
    let [first, second] = [0, 1].map(|place| result[place].as_str().unwrap().to_owned());
    assert!(
        first.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><a>бір")
    );
    for text in [first, second] {
        assert_eq!(pages::judged_xml(&trust(&running.folder), &text), "valid");
    }
}

#[tokio::test]
async fn a_silent_signer_says_nothing_at_all_and_a_frozen_one_nothing_more() {
    let running = running().await;
    let silence = Duration::from_millis(200);
    running.desk.behave(Behaviour::failing(Fault::SilentAfterOpen));
    let stream = TcpStream::connect(running.address).await.unwrap();
    let mut page = Page::open(stream, &format!("ws://{}/", running.address)).await;
    page.say("--heartbeat--").await;
    assert!(tokio::time::timeout(silence, page.0.next()).await.is_err(), "it spoke");
    running.desk.behave(Behaviour::failing(Fault::Freezes));
    let mut page = running.page().await;
    page.say("--heartbeat--").await;
    page.hear().await;
    page.say(&usual("x")).await;
    page.say("--heartbeat--").await;
    assert!(tokio::time::timeout(silence, page.0.next()).await.is_err(), "it spoke");
}

#[tokio::test]
async fn the_window_shows_what_waits_and_signs_for_its_own_page_alone() {
    let running = running().await;
    let page_of_window = client().get(running.url("/")).send().await.unwrap();
    assert!(
        page_of_window.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    assert!(page_of_window.text().await.unwrap().contains("/window.js"));
    for asset in ["/window.js", "/window.css"] {
        assert!(client().get(running.url(asset)).send().await.unwrap().status().is_success());
    }
    let first: Value =
        client().get(running.url("/pending")).send().await.unwrap().json().await.unwrap();
    let mut page = running.page().await;
    let after = running.url(&format!("/pending?after={}", first["version"]));
    let news = tokio::spawn(async move {
        client().get(after).send().await.unwrap().json::<Value>().await.unwrap()
    });
    page.say(&usual("Мәтін")).await;
    let news = tokio::time::timeout(PATIENCE, news).await.unwrap().unwrap();
    let request = &news["requests"][0];
    assert_eq!(request["documents"], json!([{ "text": "Мәтін" }]));
    assert_eq!(request["keys"].as_array().unwrap().len(), 3);
    let path = format!("/pending/{}/sign", request["id"]);
    let choice = json!({ "person": "one_ward" });
    for origin in [None, Some("https://evil.example"), Some("null"), Some("http://127.0.0.1:1")] {
        assert_eq!(running.post(&path, origin, choice.clone()).await, 403, "{origin:?}");
    }
    let own = running.url("");
    assert_eq!(running.post(&path, Some(&own), json!({ "person": "organisation_key" })).await, 409);
    assert_eq!(running.post(&path, Some(&own), choice.clone()).await, 204);
    assert_eq!(page.hear().await["status"], true);
    assert_eq!(running.post(&path, Some(&own), choice).await, 404);
}

#[tokio::test]
async fn a_domain_that_points_here_is_not_our_page() {
    let running = running().await;
    for path in ["/", "/pending", "/window.js"] {
        let request = client().get(running.url(path)).header("Host", "rebound.example:80");
        assert_eq!(request.send().await.unwrap().status(), 403, "{path}");
    }
}

#[tokio::test]
async fn only_loopback_addresses_are_listened_on() {
    let bound = NcaLayer::bind("0.0.0.0:0".parse().unwrap(), vec![], None, Arc::new(now)).await;
    assert!(matches!(bound.err(), Some(NcaLayerError::NotLoopback)));
}
