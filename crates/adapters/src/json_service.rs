//! One question to a service that takes and gives JSON over HTTP, with a bearer token where one is configured.
//!
//! Held to a time and a size; redirects are not followed, proxies of the environment are not used. What was asked and
//! answered reaches no log: people are named in it.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;

/// Largest answer; those of such services have some hundred bytes.
const BYTES_MAX: usize = 64 * 1024;

/// Why there is no such service.
#[derive(Debug, thiserror::Error)]
pub enum JsonServiceError {
    /// Not an address of this kind.
    #[error("`{0}` is no address of an HTTP service")]
    Address(String),
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// A service at an address.
pub(crate) struct JsonService {
    client: Client,
    url: Url,
    token: Option<String>,
}

/// An answer, its body unread.
pub(crate) struct JsonAnswer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

impl JsonService {
    pub(crate) fn new(
        url: &str,
        token: Option<String>,
        patience: Duration,
    ) -> Result<Self, JsonServiceError> {
        let known = Url::parse(url).ok().filter(|url| url.scheme() == "http" && url.has_host());
        let url = known.ok_or_else(|| JsonServiceError::Address(url.to_owned()))?;
        let client =
            Client::builder().timeout(patience).redirect(Policy::none()).no_proxy().build()?;
        Ok(Self { client, url, token })
    }

    /// The answer to a body; the error is why there is none, in words without a person in them.
    pub(crate) async fn ask(&self, body: &impl Serialize) -> Result<JsonAnswer, &'static str> {
        let mut request = self.client.post(self.url.clone()).json(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let mut response = request.send().await.map_err(|error| why(&error))?;
        let status = response.status();
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
            if BYTES_MAX < body.len().saturating_add(chunk.len()) {
                return Err("its answer is too large");
            }
            body.extend_from_slice(&chunk);
        }
        if !is_json {
            body.clear();
        }
        Ok(JsonAnswer { status, body })
    }
}

fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "there is no connection to it"
    } else {
        "the connection to it broke"
    }
}
