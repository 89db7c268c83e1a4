//! One question to a time-stamping authority and its answer.

use std::time::Duration;

use app::StampError;
use reqwest::Url;
use signature::tsp::{Request, Response, TOKEN_BYTES_MAX, read_response};

use crate::exchange::{Exchange as Http, Kinds, NoAnswer};

/// Media types of RFC 3161.
const KINDS: Kinds = Kinds {
    query: "application/timestamp-query",
    reply: "application/timestamp-reply",
    bytes_max: TOKEN_BYTES_MAX,
};

/// Asks authorities.
pub(super) struct Exchange(Http);

impl Exchange {
    pub(super) fn new(patience: Duration) -> Result<Self, reqwest::Error> {
        Http::new(patience, KINDS).map(Self)
    }

    /// The answer to a request, unjudged; [`StampError::Unavailable`] for whatever is none.
    pub(super) async fn ask(&self, url: &Url, request: &Request) -> Result<Response, StampError> {
        let query = request
            .to_der()
            .map_err(|_| StampError::Unavailable("the request cannot be written".to_owned()))?;
        let answer = self.0.post(url, query).await;
        let answer = answer.map_err(|NoAnswer(why)| StampError::Unavailable(why))?;
        read_response(&answer).map_err(|reason| {
            StampError::Unavailable(format!("its answer cannot be read: {}", reason.code()))
        })
    }
}
