//! One list from one address, asked for only where it has changed.
//!
//! What an address said of the list it sent is believed only while that very list lies in its place and speaks of the
//! present: "not changed" is a word about that list and about no other. Knows nothing of where lists lie.

use reqwest::header::{
    ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Client, Response, StatusCode, Url};
use signature::Moment;

use super::place::ListDigest;

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fetched {
    /// The list at hand is as new as any.
    Unchanged,
    /// A newer one lies in its place.
    New,
}

/// Why no list came.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotFetched {
    /// No whole answer, or none with a list.
    #[error("{0}")]
    NoAnswer(String),
    /// More bytes than any list has.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// Not a list.
    #[error("it cannot be read: {0}")]
    Unreadable(&'static str),
    /// Nobody trusted here signed it.
    #[error("it does not count: {0}")]
    Untrusted(String),
    /// Its time is over, or has not begun.
    #[error("it does not speak of this moment")]
    Outdated,
    /// Changes in the place of a whole list.
    #[error("it tells changes, and the one at hand is whole")]
    OtherKind,
    /// Of another authority than the one whose list lies there.
    #[error("it is another authority's than the one at hand")]
    OtherAuthority,
    /// Published before the one at hand.
    #[error("it is older than the one at hand")]
    Older,
    /// Another process has the place, and does not let go of it.
    #[error("another process holds its place")]
    Busy,
    /// The disk.
    #[error("it cannot be kept: {0}")]
    Disk(#[from] std::io::Error),
    /// A fault of the program.
    #[error("reading it broke off")]
    Broken,
}

/// An address, and what it said of the list it sent last, by which it tells whether there is another.
#[derive(Clone)]
pub(super) struct Host {
    url: Url,
    marks: Vec<(HeaderName, HeaderValue)>,
    /// The list these marks are of.
    sent: Option<SentList>,
}

/// A list that came from a host and was found to count.
#[derive(Clone, Copy)]
pub(super) struct SentList {
    pub(super) digest: ListDigest,
    /// When the next one was announced for.
    pub(super) next_update: Moment,
}

impl Host {
    pub(super) fn at(url: Url) -> Self {
        Self { url, marks: Vec::new(), sent: None }
    }

    pub(super) fn name(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Forgets the marks unless they are of the list at hand and that is not overdue: a host that says "not changed" of an
    /// overdue list has none that counts, and must say so by sending it.
    pub(super) fn keep_marks_of(&mut self, at_hand: Option<ListDigest>, now: Moment) {
        let is_at_hand = |sent: SentList| Some(sent.digest) == at_hand && now <= sent.next_update;
        if !self.sent.is_some_and(is_at_hand) {
            self.marks.clear();
        }
    }

    pub(super) fn remember(&mut self, sent: SentList) {
        self.sent = Some(sent);
    }

    /// The list as it begins to come; `None` where it is the one that came last.
    pub(super) async fn ask(&mut self, client: &Client) -> Result<Option<Response>, NotFetched> {
        let mut request = client.get(self.url.clone());
        for (name, value) in &self.marks {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(broken)?;
        match response.status() {
            StatusCode::NOT_MODIFIED if !self.marks.is_empty() => return Ok(None),
            StatusCode::OK => {}
            status => {
                let status = status.as_u16();
                return Err(NotFetched::NoAnswer(format!("it answered with status {status}")));
            }
        }
        self.marks = marks_of(&response);
        Ok(Some(response))
    }
}

fn marks_of(response: &Response) -> Vec<(HeaderName, HeaderValue)> {
    [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)]
        .into_iter()
        .filter_map(|(said, asked)| Some((asked, response.headers().get(said)?.clone())))
        .collect()
}

pub(super) fn broken(error: reqwest::Error) -> NotFetched {
    NotFetched::NoAnswer(
        if error.is_timeout() {
            "it did not come in time"
        } else if error.is_connect() {
            "there is no connection to the host"
        } else {
            "the connection broke"
        }
        .to_owned(),
    )
}
