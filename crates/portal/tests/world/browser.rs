//! A browser without JavaScript: cookies, forms read from the page itself, and a signer beside it.

use app::testing::FakeVerifier;
use axum_test::{TestResponse, TestServer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Iin;

use super::World;

/// One browser.
pub struct Browser {
    pub server: TestServer,
}

impl Browser {
    pub fn new(world: &World, public_url: &str) -> Self {
        Self::over(world, World::config(public_url))
    }

    pub fn over(world: &World, config: portal::PortalConfig) -> Self {
        let router = portal::router(world.service.clone(), config);
        Self { server: TestServer::builder().save_cookies().build(router) }
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.server.get(path).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        self.server.post(path).form(&fields).await
    }

    /// Signs in as a person; ends on the cabinet.
    pub async fn sign_in(&self, language: &str, person: Iin) -> TestResponse {
        let page = self.get(&format!("/{language}/sign-in")).await;
        page.assert_status_ok();
        let html = page.text();
        let signature = signature(&html, person);
        let fields = [
            ("token", field(&html, "token")),
            ("challenge", field(&html, "challenge")),
            ("next", field(&html, "next")),
            ("signature", signature),
        ];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.post(&format!("/{language}/sign-in"), &fields).await;
        answer.assert_status_see_other();
        answer
    }

    /// Prepares a request for all wards; answers the address of its sign page.
    pub async fn prepare(&self, language: &str, consent: &str) -> String {
        let form = self.get(&format!("/{language}/request")).await.text();
        let token = field(&form, "token");
        let fields = [
            ("token", token.as_str()),
            ("wards", "all"),
            ("provider", ""),
            ("restricted", consent),
            ("secret", "refuse"),
        ];
        let answer = self.post(&format!("/{language}/request"), &fields).await;
        answer.assert_status_see_other();
        location(&answer)
    }

    /// Signs and sends a prepared request.
    pub async fn sign(&self, address: &str, person: Iin) -> TestResponse {
        let page = self.get(address).await;
        page.assert_status_ok();
        let html = page.text();
        let (token, key) = (field(&html, "token"), field(&html, "key"));
        let signature = signature(&html, person);
        let fields = [("token", token.as_str()), ("key", &key), ("signature", &signature)];
        self.post(address, &fields).await
    }

    /// The whole way to a registered request; answers its address.
    pub async fn ask(&self, language: &str, person: Iin, consent: &str) -> String {
        self.sign_in(language, person).await;
        let address = self.prepare(language, consent).await;
        let answer = self.sign(&address, person).await;
        answer.assert_status_see_other();
        location(&answer)
    }
}

/// Where an answer leads.
pub fn location(answer: &TestResponse) -> String {
    answer.header("location").to_str().unwrap().to_owned()
}

/// The value of a hidden field of a page.
pub fn field(html: &str, name: &str) -> String {
    between(html, &format!("name=\"{name}\" value=\""), "\"")
}

/// What stands between two texts, the first time.
pub fn between(html: &str, start: &str, end: &str) -> String {
    let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("no {start} in the page"));
    rest.split_once(end).unwrap().0.to_owned()
}

/// The document a page asks to sign.
pub fn document(html: &str) -> Vec<u8> {
    STANDARD.decode(between(html, "data-document=\"", "\"")).unwrap()
}

/// A signature over it, as text.
pub fn signature(html: &str, person: Iin) -> String {
    STANDARD.encode(FakeVerifier::sign(person, &document(html)))
}
