//! One question over HTTP and its answer, held to a time, a size, a status and a media type.
//!
//! Goes where it is told and nowhere else: redirects are not followed, proxies of the environment are not used.

use std::time::Duration;

use app::StampError;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use signature::tsp::{Request, Response, TOKEN_BYTES_MAX, read_response};

/// Media types of RFC 3161.
const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// Asks authorities.
pub(super) struct Exchange {
    client: Client,
}

impl Exchange {
    pub(super) fn new(patience: Duration) -> Result<Self, reqwest::Error> {
        let client =
            Client::builder().timeout(patience).redirect(Policy::none()).no_proxy().build()?;
        Ok(Self { client })
    }

    /// The answer to a request, unjudged; [`StampError::Unavailable`] for whatever is none.
    pub(super) async fn ask(&self, url: &Url, request: &Request) -> Result<Response, StampError> {
        let query = request.to_der().map_err(|_| unavailable("the request cannot be written"))?;
        let answer = self.fetch(url, query).await?;
        read_response(&answer).map_err(|reason| {
            StampError::Unavailable(format!("its answer cannot be read: {}", reason.code()))
        })
    }

    async fn fetch(&self, url: &Url, query: Vec<u8>) -> Result<Vec<u8>, StampError> {
        let request = self.client.post(url.clone());
        let request = request.header(CONTENT_TYPE, QUERY).header(ACCEPT, REPLY).body(query);
        let response = request.send().await.map_err(broken)?;
        if response.status() != StatusCode::OK {
            let status = response.status().as_u16();
            return Err(StampError::Unavailable(format!("it answered with status {status}")));
        }
        if !is_reply(&response) {
            return Err(unavailable("it answered with another media type"));
        }
        body(response).await
    }
}

fn is_reply(response: &reqwest::Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case(REPLY)
}

/// The body, left alone as soon as it is larger than any answer.
async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, StampError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if TOKEN_BYTES_MAX < body.len() + chunk.len() {
            return Err(unavailable("its answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broken(error: reqwest::Error) -> StampError {
    if error.is_timeout() {
        unavailable("it did not answer in time")
    } else if error.is_connect() {
        unavailable("there is no connection to it")
    } else {
        unavailable("the connection to it broke")
    }
}

fn unavailable(why: &str) -> StampError {
    StampError::Unavailable(why.to_owned())
}
