//! Revocation lists fetched from where their authorities publish them, into the folder that trust reads.
//!
//! A list takes the place of the one at hand only when it was read whole, a trusted authority signed it, and it is newer;
//! whatever else comes leaves the folder as it was, and why is told to the log. How old the lists at hand are shows by
//! itself: too old, they answer "cannot tell". Knows nothing of who asks. Read next: `fetching.rs` for one address,
//! `../trust_folder.rs` for the reader.

mod fetching;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::{Clock, Ids};
use reqwest::redirect::Policy;
use signature::x509::Crl;

use super::{TrustFolder, moment};
use crate::exchange::plain_http;
use fetching::{Fetched, Host, NotFetched};

/// Largest list taken, in bytes; the national authority's are some tens of megabytes.
const BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How far an authority's clock may be ahead.
const CLOCKS_APART_SECONDS: i64 = 300;
/// After a round in which a list could not be fetched, unless rounds are shorter anyway.
const AGAIN_AFTER_FAULT: Duration = Duration::from_secs(60);

/// One list and where it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListSource {
    /// Name of its file in the folder of lists, `….crl`.
    pub file: String,
    /// Addresses, `http://…`: each in turn, until one gives a list that counts.
    pub urls: Vec<String>,
}

/// What is fetched, where to, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFetcherSettings {
    /// Folder of the lists.
    pub folder: PathBuf,
    /// The lists.
    pub sources: Vec<ListSource>,
    /// Time between two rounds.
    pub every: Duration,
    /// Time for one address to send a whole list.
    pub patience: Duration,
}

/// Why lists cannot be fetched with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ListFetcherSetupError {
    /// Not an address of this kind.
    #[error("`{0}` is no address of a revocation list; these begin with http://")]
    Address(String),
    /// No address.
    #[error("no address is given for the list `{0}`")]
    NoAddress(String),
    /// Not the name of a list's file.
    #[error("`{0}` is no name for a list's file: a plain name that ends with .crl")]
    FileName(String),
    /// Two lists would overwrite each other.
    #[error("two lists are to lie in the file `{0}`")]
    SameFile(String),
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Fetches revocation lists.
pub struct ListFetcher {
    client: reqwest::Client,
    sources: Vec<Source>,
    trust: Arc<TrustFolder>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    every: Duration,
    bytes_max: u64,
}

struct Source {
    name: String,
    file: PathBuf,
    hosts: Vec<Mutex<Host>>,
}

impl ListFetcher {
    /// For lists of authorities trusted here.
    ///
    /// # Errors
    /// [`ListFetcherSetupError`].
    pub fn new(
        settings: ListFetcherSettings,
        trust: Arc<TrustFolder>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ListFetcherSetupError> {
        let mut sources: Vec<Source> = Vec::new();
        for source in settings.sources {
            if sources.iter().any(|one| one.name == source.file) {
                return Err(ListFetcherSetupError::SameFile(source.file));
            }
            sources.push(Source::new(source, &settings.folder)?);
        }
        let client = reqwest::Client::builder()
            .timeout(settings.patience)
            .redirect(Policy::none())
            .no_proxy()
            .build()?;
        let every = settings.every;
        Ok(Self { client, sources, trust, clock, ids, every, bytes_max: BYTES_MAX })
    }

    /// Goes its rounds until `stop` ends; a list that is coming in then is left unfinished, which harms nothing.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let round = async {
                let pause = if self.fetch_all().await {
                    self.every
                } else {
                    self.every.min(AGAIN_AFTER_FAULT)
                };
                tokio::time::sleep(pause).await;
            };
            tokio::select! {
                () = round => {}
                () = &mut stop => return,
            }
        }
    }

    /// One round. `false` where a list could be had from none of its addresses.
    pub async fn fetch_all(&self) -> bool {
        let mut all = true;
        for source in &self.sources {
            all &= self.fetch(source).await;
        }
        all
    }

    async fn fetch(&self, source: &Source) -> bool {
        for host in &source.hosts {
            let asked = host.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let name = asked.name().to_owned();
            match self.fetch_from(source, asked, host).await {
                Ok(Fetched::Unchanged) => return true,
                Ok(Fetched::New) => {
                    tracing::info!(list = source.name, host = name, "a newer revocation list");
                    return true;
                }
                Err(error) => {
                    tracing::warn!(list = source.name, host = name, %error, "no revocation list");
                }
            }
        }
        false
    }

    /// Marks of what a host sent are remembered only once its list lies in its place.
    async fn fetch_from(
        &self,
        source: &Source,
        mut asked: Host,
        host: &Mutex<Host>,
    ) -> Result<Fetched, NotFetched> {
        if !source.file.exists() {
            asked.forget();
        }
        let part = source.part(self.ids.random_u64());
        let Some(part) = asked.download(&self.client, part, self.bytes_max).await? else {
            return Ok(Fetched::Unchanged);
        };
        let fetched = self.take(source, part).await?;
        *host.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        Ok(fetched)
    }

    /// Puts a downloaded list into its place, if it counts. Reading some tens of megabytes keeps nobody else waiting.
    async fn take(&self, source: &Source, part: fetching::Part) -> Result<Fetched, NotFetched> {
        let trust = Arc::clone(&self.trust);
        let (file, now) = (source.file.clone(), moment(self.clock.now()));
        let taken = tokio::task::spawn_blocking(move || {
            let new = Crl::read(&std::fs::read(part.path())?)
                .map_err(|reason| NotFetched::Unreadable(reason.code()))?;
            // Just made by a clock a little ahead of ours it counts too, as it does for whoever judges by it.
            if !new.covers(now) && !new.covers(now.plus_seconds(CLOCKS_APART_SECONDS)) {
                return Err(NotFetched::Outdated);
            }
            let (made_at, issuer, is_delta) =
                (new.this_update(), new.issuer().clone(), new.base().is_some());
            trust
                .current()
                .without_lists()
                .add_list(new)
                .map_err(|error| NotFetched::Untrusted(error.to_string()))?;
            let at_hand = std::fs::read(&file).ok().and_then(|bytes| Crl::read(&bytes).ok());
            if let Some(at_hand) = at_hand {
                let is_other_kind = at_hand.base().is_some() != is_delta;
                if *at_hand.issuer() != issuer {
                    return Err(NotFetched::OtherAuthority);
                }
                // A whole list says more than changes; changes that came first must not keep it out.
                if is_other_kind && is_delta && at_hand.covers(now) {
                    return Err(NotFetched::OtherKind);
                }
                if !is_other_kind && made_at < at_hand.this_update() {
                    return Err(NotFetched::Older);
                }
                if !is_other_kind && made_at == at_hand.this_update() {
                    return Ok(Fetched::Unchanged);
                }
            }
            part.put_at(&file)?;
            Ok(Fetched::New)
        });
        taken.await.map_err(|_| NotFetched::Broken)?
    }
}

impl Source {
    fn new(source: ListSource, folder: &Path) -> Result<Self, ListFetcherSetupError> {
        let ListSource { file, urls } = source;
        let is_plain = Path::new(&file).file_name().is_some_and(|name| name == file.as_str());
        if !is_plain || !file.ends_with(".crl") {
            return Err(ListFetcherSetupError::FileName(file));
        }
        if urls.is_empty() {
            return Err(ListFetcherSetupError::NoAddress(file));
        }
        let host = |text: String| match plain_http(&text) {
            Some(url) => Ok(Mutex::new(Host::at(url))),
            None => Err(ListFetcherSetupError::Address(text)),
        };
        let hosts = urls.into_iter().map(host).collect::<Result<_, _>>()?;
        Ok(Self { file: folder.join(&file), name: file, hosts })
    }

    /// Where the list lies until it counts: beside its place, under a name that no reader looks at and no other process
    /// takes.
    fn part(&self, random: u64) -> PathBuf {
        self.file.with_file_name(format!(".{}.{random:016x}.part", self.name))
    }
}
