//! Requests as anybody may send them, changed in every way, through the whole portal: each is answered, and none by a fault of
//! ours. A panic would be answered with 500, so that status is what is looked for.

#![allow(missing_docs, clippy::print_stderr, reason = "a test that says what it measured")]

#[path = "../../../signature/tests/survive/inputs.rs"]
mod inputs;
#[path = "../../../signature/tests/survive/measure.rs"]
mod measure;

use std::cell::Cell;
use std::net::SocketAddr;

use app::testing::samples::iin;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use measure::{Parser, survive, wanted};
use tower::ServiceExt;

use crate::world::{CONTACT_CENTRE_TOKEN, TOKEN, World};

const URL: &str = "http://127.0.0.1:8080";
/// Inputs of each kind where nobody asks for more.
const FEW: u64 = 200;

/// A portal that answers one request after another, each from an address of its own.
struct Portal {
    runtime: tokio::runtime::Runtime,
    router: Router,
    _world: World,
    asked: Cell<u32>,
}

impl Portal {
    fn new() -> Self {
        let world = World::new(URL);
        let router = portal::router(world.service.clone(), World::config(URL));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, router, _world: world, asked: Cell::new(0) }
    }

    /// Sends a request, where it is one at all, and requires an answer that is no fault.
    fn answers(&self, request: Result<Request<Body>, axum::http::Error>) {
        let Ok(mut request) = request else { return };
        self.asked.set(self.asked.get() + 1);
        let address = std::net::Ipv4Addr::from(0x0A00_0000 + self.asked.get() / 20);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 1_000))));
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.unwrap();
            assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        });
    }

    fn post(&self, path: &str, kind: &str, token: &str, body: &[u8]) {
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.answers(request.header("idempotency-key", "k").body(Body::from(body.to_vec())));
    }
}

fn survives(name: &'static str, samples: &[&str], corpus: &str, parse: impl Fn(&[u8])) {
    let samples = samples.iter().map(|text| text.as_bytes().to_vec()).collect();
    survive(&Parser::new(name, samples, parse).with_corpus(corpus), wanted(FEW));
}

#[test]
fn forms_survive_whatever_comes() {
    let portal = Portal::new();
    let parts = "--b\r\nContent-Disposition: form-data; name=\"number\"\r\n\r\nA-2345-6789-X\r\n--b\r\n\
        Content-Disposition: form-data; name=\"document\"; filename=\"a.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n";
    survives("multipart form", &[parts], "multipart", |body| {
        let kind = "multipart/form-data; boundary=b";
        portal.post("/kk/check", kind, "", body);
        portal.post("/api/v1/check", kind, TOKEN, body);
    });
    let fields = format!("number=A-2345-6789-X&iin={}&by=number&next=%2Fcabinet", iin(3).digits());
    survives("urlencoded form", &[&fields], "form", |body| {
        for place in ["/ru/check", "/en/sign-in", "/kk/help"] {
            portal.post(place, "application/x-www-form-urlencoded", "", body);
        }
    });
}

#[test]
fn the_api_survives_whatever_comes() {
    let portal = Portal::new();
    let person = iin(3).digits();
    let samples = [
        format!(
            "{{\"applicant_iin\":\"{person}\",\"language\":\"kk\",\"wards\":[\"{person}\"],\
            \"consents\":{{\"restricted_data\":true,\"protected_secret\":false}},\"provider\":null}}"
        ),
        format!("{{\"number\":\"A-2345-6789-X\",\"iin\":\"{person}\"}}"),
        "{\"signed_request\":\"MIIBszCCAVmg\"}".to_owned(),
        "{\"signMethod\":\"XML\",\"documentsToSign\":[{\"id\":1,\"documentXml\":\"<a/>\"}]}"
            .to_owned(),
        "{\"operator\":\"1\",\"said\":\"S 2345\",\"number\":\"S-2345-6789-A\",\"language\":\"ru\"}"
            .to_owned(),
    ];
    let samples: Vec<&str> = samples.iter().map(String::as_str).collect();
    survives("JSON of the API", &samples, "json", |body| {
        for place in ["/api/v1/drafts", "/api/v1/requests", "/api/v1/check", "/api/v1/knowledge"] {
            portal.post(place, "application/json", TOKEN, body);
        }
        for place in ["requests", "persons", "notices", "faults"] {
            let place = format!("/api/v1/contact-centre/{place}");
            portal.post(&place, "application/json", CONTACT_CENTRE_TOKEN, body);
        }
        portal.post("/api/v1/ivr", "application/json", CONTACT_CENTRE_TOKEN, body);
        let put = Request::put("/mgovSign/0000/document").body(Body::from(body.to_vec()));
        portal.answers(put);
    });
}

#[test]
fn codes_addresses_and_heads_survive_whatever_comes() {
    let portal = Portal::new();
    let code = "/kk/c/0123456789abcdef0123456789abcdef";
    survives(
        "QR code, addresses",
        &[code, "/ru/requests/S-2345-6789-A?page=2&next=/a"],
        "address",
        |input| {
            let Ok(text) = std::str::from_utf8(input) else { return };
            let Ok(uri) = text.parse::<Uri>() else { return };
            if uri.authority().is_none() {
                portal.answers(Request::builder().method(Method::GET).uri(uri).body(Body::empty()));
            }
            let packed = format!("/en/c/{}", hex_of(input));
            portal.answers(Request::get(packed).body(Body::empty()));
        },
    );
    let languages = ["ru-RU,ru;q=0.9,en-US;q=0.8,kk;q=0.1", "*;q=0", "en;q=0.333;level=1"];
    survives("Accept-Language, other heads", &languages, "head", |input| {
        let Ok(value) = HeaderValue::from_bytes(input) else { return };
        let mut request = Request::get("/");
        for name in ["accept-language", "cookie", "x-forwarded-for", "authorization", "range"] {
            request = request.header(name, &value);
        }
        portal.answers(request.body(Body::empty()));
    });
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().take(200).map(|byte| format!("%{byte:02x}")).collect()
}
