//! One question over HTTP and its answer, held to a time, a size, a status and a media type.
//!
//! Goes where it is told and nowhere else: redirects are not followed, proxies of the environment are not used. Plain
//! HTTP will do where the answer is signed and the question no secret.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

/// What is sent and what must come back.
#[derive(Clone, Copy)]
pub(crate) struct Kinds {
    /// Media type of the question.
    pub(crate) query: &'static str,
    /// Media type of the answer.
    pub(crate) reply: &'static str,
    /// Largest answer, in bytes.
    pub(crate) bytes_max: usize,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoAnswer(pub(crate) String);

/// What came back.
pub(crate) enum Reply {
    /// The body of an answer.
    Answer(Vec<u8>),
    /// The service will not answer this question; its status.
    Declined(u16),
}

/// Asks by POST.
pub(crate) struct Exchange {
    client: Client,
    kinds: Kinds,
}

impl Exchange {
    /// `patience`: time for one address to answer in full.
    pub(crate) fn new(patience: Duration, kinds: Kinds) -> Result<Self, reqwest::Error> {
        let client =
            Client::builder().timeout(patience).redirect(Policy::none()).no_proxy().build()?;
        Ok(Self { client, kinds })
    }

    /// The answer to a question.
    pub(crate) async fn post(&self, url: &Url, query: Vec<u8>) -> Result<Vec<u8>, NoAnswer> {
        match self.ask(url, query).await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Declined(status) => Err(NoAnswer(format!("it answered with status {status}"))),
        }
    }

    /// The same for whom a question that is declined (status 4xx) is no sign of a service that fails.
    pub(crate) async fn ask(&self, url: &Url, query: Vec<u8>) -> Result<Reply, NoAnswer> {
        let Kinds { query: kind, reply, bytes_max } = self.kinds;
        let request = self.client.post(url.clone());
        let request = request.header(CONTENT_TYPE, kind).header(ACCEPT, reply).body(query);
        let response = request.send().await.map_err(broken)?;
        let status = response.status();
        if status.is_client_error() {
            return Ok(Reply::Declined(status.as_u16()));
        }
        if status != StatusCode::OK {
            return Err(NoAnswer(format!("it answered with status {}", status.as_u16())));
        }
        if !is_of_kind(&response, reply) {
            return Err(no_answer("it answered with another media type"));
        }
        body(response, bytes_max).await.map(Reply::Answer)
    }
}

/// An address of this kind of service.
pub(crate) fn plain_http(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| url.scheme() == "http" && url.has_host())
}

/// An address on this computer: for services whose answers nobody signed, or that are told personal data.
pub(crate) fn loopback_http(text: &str) -> Option<Url> {
    plain_http(text).filter(|url| {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// Whether an address is one of plain HTTP on this computer, which nobody reads on the way.
#[must_use]
pub fn is_on_this_computer(text: &str) -> bool {
    loopback_http(text).is_some()
}

fn is_of_kind(response: &reqwest::Response, wanted: &str) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case(wanted)
}

/// The body, left alone as soon as it is larger than any answer.
async fn body(mut response: reqwest::Response, bytes_max: usize) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if bytes_max < body.len() + chunk.len() {
            return Err(no_answer("its answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broken(error: reqwest::Error) -> NoAnswer {
    if error.is_timeout() {
        no_answer("it did not answer in time")
    } else if error.is_connect() {
        no_answer("there is no connection to it")
    } else {
        no_answer("the connection to it broke")
    }
}

fn no_answer(why: &str) -> NoAnswer {
    NoAnswer(why.to_owned())
}
