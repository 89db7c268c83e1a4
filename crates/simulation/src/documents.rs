//! The seal and the time stamps of the stage. The seal differs each time, as real signatures do, so that a document
//! sealed and stored twice shows; and it looks up whether what it is given was stored.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use app::testing::FakeSealer;
use app::{SealError, SealOrder, SealTerm, Sealer, StampError, StampVerdict, Store, TimeStamper};
use async_trait::async_trait;
use domain::DocumentContent;
use jiff::Timestamp;

use crate::breach::Breach;
use crate::coverage::Counter;
use crate::gate::Gate;
use crate::weather::{Mood, Weather};

const RENDERED: &[u8] = b"%PDF-fake\n";

/// The provider's seal.
pub(crate) struct WatchedSealer {
    pub(crate) sealer: FakeSealer,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) gate: Gate,
    pub(crate) weather: Weather,
    pub(crate) counter: Counter,
    pub(crate) drawn: AtomicU64,
    breach: Mutex<Option<Breach>>,
}

impl WatchedSealer {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        gate: Gate,
        weather: Weather,
        counter: Counter,
    ) -> Self {
        let (sealer, drawn, breach) = (FakeSealer::default(), AtomicU64::new(0), Mutex::default());
        Self { sealer, store, gate, weather, counter, drawn, breach }
    }

    pub(crate) fn breach(&self) -> Option<Breach> {
        self.breach.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// As unsealed bytes now, or as the beginning of sealed ones where somebody was faster.
    async fn was_stored(&self, unsealed: &[u8]) -> Option<bool> {
        let json = unsealed.strip_prefix(RENDERED)?;
        let content: DocumentContent = serde_json::from_slice(json).ok()?;
        let request = match &content {
            DocumentContent::Certificate(certificate) => &certificate.request_number,
            DocumentContent::Refusal(refusal) => &refusal.request_number,
            DocumentContent::Answer(answer) => &answer.request_number,
        };
        let results = self.store.results_of(request).await.ok()?;
        let result = results.iter().find(|one| one.planned.content == content)?;
        if let Some(stored) = self.store.unsealed(&result.planned.id).await.ok()? {
            return Some(stored == unsealed);
        }
        let sealed = self.store.document(&result.planned.id).await.ok()??;
        self.counter.count("seal", "after another had sealed");
        Some(sealed.starts_with(unsealed))
    }
}

#[async_trait]
impl Sealer for WatchedSealer {
    async fn seal(&self, unsealed: &[u8], order: &SealOrder) -> Result<Vec<u8>, SealError> {
        let mood = self.weather.moods().sealer;
        match mood {
            Mood::Well => {}
            Mood::Down => {
                self.counter.count("seal", "unavailable");
                return Err(SealError::Unavailable("the device is away".to_owned()));
            }
            Mood::Slow => self.gate.stop("seal").await,
        }
        if self.was_stored(unsealed).await != Some(true) {
            let mut breach = self.breach.lock().unwrap_or_else(PoisonError::into_inner);
            *breach = Some(Breach::of("nothing is sealed that was not stored", "unknown bytes"));
        }
        self.counter.count("seal", "sealed");
        let mut sealed = self.sealer.seal(unsealed, order).await?;
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        sealed.extend_from_slice(format!(" {drawn}").as_bytes());
        Ok(sealed)
    }

    fn terms(&self) -> Vec<SealTerm> {
        self.sealer.terms()
    }
}

/// A time-stamping authority whose stamp is the digest itself.
pub(crate) struct Stamper {
    pub(crate) weather: Weather,
    pub(crate) gate: Gate,
}

#[async_trait]
impl TimeStamper for Stamper {
    async fn stamp(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StampError> {
        let mood = self.weather.moods().stamper;
        match mood {
            Mood::Well => {}
            Mood::Down => return Err(StampError::Unavailable("it is silent".to_owned())),
            Mood::Slow => self.gate.stop("time stamp").await,
        }
        Ok(digest.to_vec())
    }

    fn verify(&self, token: &[u8], digest: &[u8; 32], at: Timestamp) -> StampVerdict {
        if token == digest {
            StampVerdict::Valid { stamped_at: at }
        } else {
            StampVerdict::Invalid("other_digest")
        }
    }
}
