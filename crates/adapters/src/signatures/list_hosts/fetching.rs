//! One list from one address, onto the disk: bounded in time and size, asked for only where it has changed.
//!
//! Knows nothing of what a list says.

use std::fs::{File, rename};
use std::io::Write;
use std::path::{Path, PathBuf};

use reqwest::header::{
    ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Client, Response, StatusCode, Url};

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
}

/// A file on its way; gone unless it is put into its place.
pub(super) struct Part(PathBuf);

impl Host {
    pub(super) fn at(url: Url) -> Self {
        Self { url, marks: Vec::new() }
    }

    pub(super) fn name(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(super) fn forget(&mut self) {
        self.marks.clear();
    }

    /// The list as it comes, at this path; `None` where it is the one that came last.
    pub(super) async fn download(
        &mut self,
        client: &Client,
        path: PathBuf,
        bytes_max: u64,
    ) -> Result<Option<Part>, NotFetched> {
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
        let part = Part(path);
        part.fill(response, bytes_max).await?;
        Ok(Some(part))
    }
}

fn marks_of(response: &Response) -> Vec<(HeaderName, HeaderValue)> {
    [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)]
        .into_iter()
        .filter_map(|(said, asked)| Some((asked, response.headers().get(said)?.clone())))
        .collect()
}

impl Part {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Chunk by chunk, so that a list of tens of megabytes does not lie in memory while it comes.
    async fn fill(&self, mut response: Response, bytes_max: u64) -> Result<(), NotFetched> {
        let mut file = File::create_new(&self.0)?;
        let mut left = bytes_max;
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            let bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            left = left.checked_sub(bytes).ok_or(NotFetched::TooLarge(bytes_max))?;
            file.write_all(&chunk)?;
        }
        file.sync_all()?;
        Ok(())
    }

    /// In one step, so that a reader sees the old list or the new one.
    pub(super) fn put_at(self, place: &Path) -> std::io::Result<()> {
        rename(&self.0, place)?;
        match place.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Renamed it is no longer there, which is how it should be.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn broken(error: reqwest::Error) -> NotFetched {
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
