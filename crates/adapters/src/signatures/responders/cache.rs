//! Good answers, used again for a short time. Nothing else is: who was revoked a moment ago may be on hold no more, and
//! what was of no use may be mended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use signature::ocsp::Answer;

/// Answers kept at most; some kilobytes each.
const ANSWERS_MAX: usize = 2_000;

type Fingerprint = [u8; 32];

pub(super) struct Cache {
    keep: SignedDuration,
    kept: Mutex<HashMap<Fingerprint, Kept>>,
}

struct Kept {
    answer: Arc<Answer>,
    since: Timestamp,
}

impl Cache {
    pub(super) fn new(keep_seconds: i64) -> Self {
        Self { keep: SignedDuration::from_secs(keep_seconds), kept: Mutex::default() }
    }

    pub(super) fn find(&self, certificate: &Fingerprint, now: Timestamp) -> Option<Arc<Answer>> {
        let kept = self.locked();
        let found = kept.get(certificate).filter(|one| self.is_fresh(one, now))?;
        Some(Arc::clone(&found.answer))
    }

    pub(super) fn put(&self, certificate: Fingerprint, answer: &Arc<Answer>, now: Timestamp) {
        if self.keep.is_zero() {
            return;
        }
        let mut kept = self.locked();
        if ANSWERS_MAX <= kept.len() {
            kept.retain(|_, one| self.is_fresh(one, now));
        }
        if ANSWERS_MAX <= kept.len() {
            kept.clear();
        }
        kept.insert(certificate, Kept { answer: Arc::clone(answer), since: now });
    }

    /// A clock set back makes an answer no younger.
    fn is_fresh(&self, kept: &Kept, now: Timestamp) -> bool {
        let age = now.duration_since(kept.since);
        !age.is_negative() && age < self.keep
    }

    /// A panic elsewhere does not spoil the state.
    fn locked(&self) -> MutexGuard<'_, HashMap<Fingerprint, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
