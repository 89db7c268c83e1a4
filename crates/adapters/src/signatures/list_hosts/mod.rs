//! Revocation lists fetched from where their authorities publish them, into the folder that trust reads.
//!
//! A list takes the place of the one at hand only when it was read whole, a trusted authority signed it, and it is newer;
//! whatever else comes leaves the folder as it was, and why is told to the log. How old the lists at hand are shows by
//! itself: too old, they answer "cannot tell". Knows nothing of who asks. Read next: `fetching.rs` for one address,
//! `place.rs` for the folder, `../trust_folder.rs` for the reader.

mod fetching;
mod place;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::{Clock, Ids};
use der::Encode;
use reqwest::redirect::Policy;
use signature::Moment;
use signature::x509::Crl;

use super::{TrustFolder, moment};
use crate::exchange::plain_http;
use fetching::{Fetched, Host, NotFetched, SentList};
use place::{Part, Place, digest};

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
    place: Place,
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
            if sources.iter().any(|one| one.place.name() == source.file) {
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
                    let list = source.place.name();
                    tracing::info!(list, host = name, "a newer revocation list");
                    return true;
                }
                Err(error) => {
                    let list = source.place.name();
                    tracing::warn!(list, host = name, %error, "no revocation list");
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
        asked.keep_marks_of(source.place.digest().await, moment(self.clock.now()));
        let Some(response) = asked.ask(&self.client).await? else {
            return Ok(Fetched::Unchanged);
        };
        let part = source.place.begin(self.ids.random_u64()).await?;
        part.fill(response, self.bytes_max).await?;
        let (fetched, sent) = self.take(source, part).await?;
        asked.remember(sent);
        *host.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        Ok(fetched)
    }

    /// Puts a downloaded list into its place, if it counts. Reading some tens of megabytes keeps nobody else waiting, and
    /// what takes long is done before the place is held.
    async fn take(&self, source: &Source, part: Part) -> Result<(Fetched, SentList), NotFetched> {
        let bench = Bench { trust: Arc::clone(&self.trust), now: moment(self.clock.now()) };
        let judge = bench.clone();
        let judged = tokio::task::spawn_blocking(move || {
            let bytes = part.read()?;
            let facts = judge.new_list(&bytes)?;
            let sent = SentList { digest: digest(&bytes), next_update: facts.next_update };
            Ok::<_, NotFetched>((part, facts, sent))
        });
        let (part, new, sent) = judged.await.map_err(|_| NotFetched::Broken)??;
        let (place, held) = (source.place.clone(), source.place.lock().await?);
        let put = tokio::task::spawn_blocking(move || {
            let _held = held;
            bench.put(&new, &part, &place)
        });
        Ok((put.await.map_err(|_| NotFetched::Broken)??, sent))
    }
}

/// What lists are judged by.
#[derive(Clone)]
struct Bench {
    trust: Arc<TrustFolder>,
    now: Moment,
}

/// What is compared of a list.
struct Facts {
    /// Name of the issuer, DER.
    issuer: Vec<u8>,
    is_whole: bool,
    this_update: Moment,
    next_update: Moment,
}

impl Facts {
    fn of(list: &Crl) -> Result<Self, NotFetched> {
        let issuer = list.issuer().to_der();
        Ok(Self {
            issuer: issuer.map_err(|_| NotFetched::Unreadable("malformed"))?,
            is_whole: list.base().is_none(),
            this_update: list.this_update(),
            next_update: list.next_update(),
        })
    }

    fn covers(&self, at: Moment) -> bool {
        self.this_update <= at && at <= self.next_update
    }
}

impl Bench {
    /// Just made by a clock a little ahead of ours it counts too, as it does for whoever judges by it.
    fn new_list(&self, list: &[u8]) -> Result<Facts, NotFetched> {
        let list = Crl::read(list).map_err(|reason| NotFetched::Unreadable(reason.code()))?;
        let facts = Facts::of(&list)?;
        if !facts.covers(self.now) && !facts.covers(self.a_little_later()) {
            return Err(NotFetched::Outdated);
        }
        self.require_trusted(list)?;
        Ok(facts)
    }

    fn put(&self, new: &Facts, part: &Part, place: &Place) -> Result<Fetched, NotFetched> {
        if let Some(at_hand) = place.read() {
            if at_hand == part.read()? {
                return Ok(Fetched::Unchanged);
            }
            if let Some(at_hand) = self.at_hand(&at_hand) {
                self.require_newer(new, &at_hand)?;
            }
        }
        place.put(part)?;
        Ok(Fetched::New)
    }

    /// The list at hand, unless it counts for nobody or was not made yet: such a one keeps nothing out.
    fn at_hand(&self, list: &[u8]) -> Option<Facts> {
        let list = Crl::read(list).ok()?;
        let facts = Facts::of(&list).ok()?;
        self.require_trusted(list).ok()?;
        (facts.this_update <= self.a_little_later()).then_some(facts)
    }

    fn require_newer(&self, new: &Facts, at_hand: &Facts) -> Result<(), NotFetched> {
        if at_hand.issuer != new.issuer {
            return Err(NotFetched::OtherAuthority);
        }
        if at_hand.is_whole != new.is_whole {
            // A whole list says more than changes; changes that came first must not keep it out.
            let is_kept = at_hand.is_whole && at_hand.covers(self.now);
            return if is_kept { Err(NotFetched::OtherKind) } else { Ok(()) };
        }
        if new.this_update < at_hand.this_update {
            return Err(NotFetched::Older);
        }
        Ok(())
    }

    fn require_trusted(&self, list: Crl) -> Result<(), NotFetched> {
        let added = self.trust.current().without_lists().add_list(list);
        added.map_err(|error| NotFetched::Untrusted(error.to_string()))
    }

    fn a_little_later(&self) -> Moment {
        self.now.plus_seconds(CLOCKS_APART_SECONDS)
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
        Ok(Self { place: Place::new(folder, &file), hosts })
    }
}
