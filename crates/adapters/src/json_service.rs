//! One question to a service that takes and gives JSON over HTTP, with a bearer token where one is configured.
//!
//! Over TLS, or plainly on this machine and within a protected network. Held to a time and a size; redirects are not
//! followed, proxies of the environment are not used. What was asked and answered reaches no log: people are named in it.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;

use crate::exchange::loopback_http;
use crate::tls::trusting;

/// Largest answer; those of such services have some hundred bytes.
const BYTES_MAX: usize = 64 * 1024;

/// Why there is no such service.
#[derive(Debug, thiserror::Error)]
pub enum JsonServiceError {
    /// Not an address of this kind.
    #[error("`{0}` is no address of an HTTP service")]
    Address(String),
    /// Authorities that would be asked for nothing.
    #[error("authorities are given, but `{0}` does not begin with https://")]
    NoTls(String),
    /// The file of authorities.
    #[error("authorities_file: {0}")]
    Authorities(String),
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Where a service is.
#[derive(Clone)]
pub struct JsonServiceSettings {
    /// Address, `https://…`, or `http://…` where nobody else hears.
    pub url: String,
    /// Bearer token.
    pub token: Option<String>,
    /// Certificates (PEM) of authorities by which its TLS certificate may be known, besides the system's.
    pub authorities: Option<Vec<u8>>,
    /// Time for an answer.
    pub patience: Duration,
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
    pub(crate) fn new(settings: JsonServiceSettings) -> Result<Self, JsonServiceError> {
        let JsonServiceSettings { url, token, authorities, patience } = settings;
        let is_fit = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let known = Url::parse(&url).ok().filter(is_fit);
        let known = known.ok_or_else(|| JsonServiceError::Address(url.clone()))?;
        if authorities.is_some() && known.scheme() != "https" {
            return Err(JsonServiceError::NoTls(url));
        }
        if known.scheme() != "https" && loopback_http(&url).is_none() {
            let host = known.host_str().unwrap_or_default();
            tracing::warn!(host, "spoken to without TLS; personal data pass over that network");
        }
        let client = Client::builder().timeout(patience).redirect(Policy::none()).no_proxy();
        let client = trusting(client, authorities.as_deref());
        let client = client.map_err(|error| JsonServiceError::Authorities(error.to_string()))?;
        Ok(Self { client: client.build()?, url: known, token })
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
