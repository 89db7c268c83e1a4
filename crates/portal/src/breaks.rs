//! Technical breaks as every page shows them: asked of the store every few seconds by one of those who come, and kept
//! in between, so that a page costs no question of its own.
//!
//! Whether something may be registered is never decided here: `Service::submit` asks the store itself.

use std::sync::{PoisonError, RwLock};

use app::TechnicalBreak;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::Language;
use jiff::{SignedDuration, Timestamp};

use crate::Shared;

/// How old what is shown may be.
const KEPT: SignedDuration = SignedDuration::from_secs(3);

/// What is known of breaks.
#[derive(Default)]
pub struct Breaks {
    known: RwLock<Known>,
}

#[derive(Clone, Default)]
struct Known {
    asked_at: Option<Timestamp>,
    has_answer: bool,
    breaks: Vec<TechnicalBreak>,
}

impl Breaks {
    /// Breaks that have not ended, the earliest first.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Vec<TechnicalBreak> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.breaks.iter().filter(|one| one.ends_at > now).cloned().collect()
    }

    /// The break that runs now.
    #[must_use]
    pub fn running(&self, now: Timestamp) -> Option<TechnicalBreak> {
        self.at(now).into_iter().find(|one| is_running(one, now))
    }

    /// Whether the store answered when it was asked last.
    #[must_use]
    pub fn store_answers(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).has_answer
    }

    /// Whether the caller is to ask the store now; nobody else is until the answer is old again.
    fn is_to_be_asked(&self, now: Timestamp) -> bool {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let is_due = known.asked_at.is_none_or(|at| now.duration_since(at).abs() >= KEPT);
        if is_due {
            known.asked_at = Some(now);
        }
        is_due
    }

    /// What the store answered; without an answer the breaks known before stay.
    fn learn(&self, answer: Option<Vec<TechnicalBreak>>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.has_answer = answer.is_some();
        if let Some(breaks) = answer {
            known.breaks = breaks;
        }
    }
}

/// Whether a break has begun.
#[must_use]
pub fn is_running(one: &TechnicalBreak, now: Timestamp) -> bool {
    one.starts_at <= now && now < one.ends_at
}

/// What is repaired, in the reader's language.
#[must_use]
pub fn reason(one: &TechnicalBreak, language: Language) -> &str {
    match language {
        Language::Kk => &one.reason_kk,
        Language::Ru => &one.reason_ru,
        Language::En => &one.reason_en,
    }
}

/// Whole seconds until a moment, for `Retry-After`: one at least.
#[must_use]
pub fn seconds_until(moment: Timestamp, now: Timestamp) -> u32 {
    u32::try_from(moment.duration_since(now).as_secs()).unwrap_or_default().saturating_add(1)
}

/// Asks the store where what is known is old.
pub async fn known(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    if portal.breaks.is_to_be_asked(portal.service.now()) {
        let answer = portal.service.breaks().await;
        let answer = answer.inspect_err(|error| tracing::warn!(%error, "breaks are not known"));
        portal.breaks.learn(answer.ok());
    }
    next.run(request).await
}
