//! How the consent to a draft stands, in words that pages, programs and the journal share.
//!
//! Knows no store and no control. Read next: `asking.rs`.

use jiff::Timestamp;

use crate::ports::{ConsentAsking, ConsentOutcome, Heard, StoreError};

/// How the consent to a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentStage {
    /// The signature over the request is enough, or the person refused in it.
    NotNeeded,
    /// The person is yet to be asked.
    NotAsked,
    /// He was asked, and may answer until then.
    Asked {
        /// When it is too late.
        until: Timestamp,
    },
    /// He was to be asked, but the control did not answer yet; it is tried until then.
    Unheard {
        /// When it is given up.
        until: Timestamp,
    },
    /// He gave it; the request can be registered until then.
    Given {
        /// When what the control gave ends.
        until: Timestamp,
    },
    /// He gave it too long ago.
    Expired,
    /// He refused.
    Refused,
    /// He did not answer in time.
    NoAnswer,
    /// The control did not answer: he is to be asked again.
    Unavailable,
}

impl ConsentStage {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::NotAsked => "not_asked",
            Self::Asked { .. } => "asked",
            Self::Unheard { .. } => "unheard",
            Self::Given { .. } => "given",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::NoAnswer => "no_answer",
            Self::Unavailable => "unavailable",
        }
    }

    /// Stable code of a request that cannot be registered so.
    #[must_use]
    pub fn fault(self) -> &'static str {
        match self {
            Self::NotNeeded | Self::Given { .. } | Self::NotAsked => "consent_not_asked",
            Self::Asked { .. } => "consent_awaited",
            Self::Expired => "consent_expired",
            Self::Refused => "consent_refused",
            Self::NoAnswer => "consent_no_answer",
            Self::Unheard { .. } | Self::Unavailable => "consent_service_unavailable",
        }
    }

    /// Until when it stands so, where it does not stand for good.
    #[must_use]
    pub fn until(self) -> Option<Timestamp> {
        match self {
            Self::Asked { until } | Self::Unheard { until } | Self::Given { until } => Some(until),
            _ => None,
        }
    }

    /// The same within the life of its draft: behind that nothing can be registered, whatever the person answers.
    #[must_use]
    pub(super) fn within(self, draft_ends: Timestamp) -> Self {
        match self {
            Self::Asked { until } => Self::Asked { until: until.min(draft_ends) },
            Self::Unheard { until } => Self::Unheard { until: until.min(draft_ends) },
            Self::Given { until } => Self::Given { until: until.min(draft_ends) },
            other => other,
        }
    }

    /// Whether the request can be registered as far as consent goes.
    #[must_use]
    pub fn lets_register(self) -> bool {
        matches!(self, Self::NotNeeded | Self::Given { .. })
    }

    /// Whether it is nobody's mistake but a fault of the control.
    #[must_use]
    pub fn is_outage(self) -> bool {
        matches!(self, Self::Unheard { .. } | Self::Unavailable)
    }

    /// Whether an answer is waited for.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Asked { .. } | Self::Unheard { .. })
    }
}

/// Why a person was not asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// He was asked often enough; again from then on.
    #[error("the person was asked often enough, again from {until}")]
    Wait {
        /// When he may be asked again.
        until: Timestamp,
    },
    /// The draft cannot be submitted any more.
    #[error("the prepared document has expired")]
    DraftExpired,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AskError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Wait { .. } => "consent_wait",
            Self::DraftExpired => "draft_expired",
            Self::Store(_) => "store_unavailable",
        }
    }
}

/// How a question stands at a moment.
pub(super) fn stage_at(asking: &ConsentAsking, now: Timestamp) -> ConsentStage {
    match (asking.outcome_at(now), &asking.proof) {
        (None, _) if asking.heard == Heard::Silent => ConsentStage::Unheard { until: asking.until },
        (None, _) => ConsentStage::Asked { until: asking.until },
        (Some(ConsentOutcome::Given), Some(kept)) if kept.valid_until > now => {
            ConsentStage::Given { until: kept.valid_until }
        }
        (Some(ConsentOutcome::Given), _) => ConsentStage::Expired,
        (Some(ConsentOutcome::Refused), _) => ConsentStage::Refused,
        (Some(ConsentOutcome::NoAnswer), _) => ConsentStage::NoAnswer,
        (Some(ConsentOutcome::Unavailable), _) => ConsentStage::Unavailable,
    }
}
