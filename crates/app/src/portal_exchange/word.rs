//! What the portal is told: one word about one request, with an identifier of our own that is the same whenever it is told
//! again. Read next: `mod.rs` for when.

use std::fmt;

use domain::{Iin, Number};
use jiff::Timestamp;

use crate::ports::{ExchangeProgress, ExternalId, PortalExchange, ResultKind, StoredRequest};

/// State of a request whose signature waits to be judged.
pub(super) const SIGNATURE_WAITS: &str = "signature_waits";
/// State of a request whose signer is asked for his consent.
pub(super) const CONSENT_ASKED: &str = "consent_asked";
/// State of a request whose signer is to be asked, and cannot be yet.
pub(super) const CONSENT_WAITS: &str = "consent_waits";
/// State of what was not registered.
const NOT_REGISTERED: &str = "not_registered";
/// State of a request whose term has passed without an answer.
pub(super) const TERM_PASSED: &str = "term_passed";

/// A sealed document on its way to the portal's cabinet.
#[derive(Clone, PartialEq, Eq)]
pub struct PortalDocument {
    /// Kind.
    pub kind: ResultKind,
    /// Number.
    pub number: Number,
    /// SHA-256 (hexadecimal) of its bytes.
    pub digest: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for PortalDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PortalDocument({}, {} bytes)", self.number, self.bytes.len())
    }
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It came and cannot be registered yet, for the reason of this stable code.
    Kept {
        /// Stable code.
        code: String,
    },
    /// It was not registered, for the reason of this stable code. That is no refusal.
    NotRegistered {
        /// Stable code.
        code: String,
    },
    /// How it stands with a request.
    Request {
        /// The request.
        stored: Box<StoredRequest>,
        /// Its documents, once it was answered.
        documents: Vec<PortalDocument>,
    },
}

/// A word to the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalWord {
    /// Our own identifier of it.
    pub own_id: String,
    /// How the portal calls the request.
    pub external_id: ExternalId,
    /// How the portal calls its chain of messages.
    pub external_chain: String,
    /// How the gateway calls the chain.
    pub chain: String,
    /// Who asked.
    pub applicant: Iin,
    /// Whether it is the answer, behind which nothing comes.
    pub is_last: bool,
    /// What is said.
    pub said: Said,
    state: &'static str,
    version: i64,
}

impl PortalWord {
    fn new(exchange: &PortalExchange, place: &str, state: &'static str, said: Said) -> Self {
        let version = match &said {
            Said::Request { stored, .. } => stored.version,
            Said::Kept { .. } | Said::NotRegistered { .. } => 0,
        };
        Self {
            own_id: format!("{}-{place}", exchange.external_id.as_str()),
            external_id: exchange.external_id.clone(),
            external_chain: exchange.external_chain.clone(),
            chain: exchange.chain.clone(),
            applicant: exchange.applicant,
            is_last: matches!(said, Said::NotRegistered { .. }),
            said,
            state,
            version,
        }
    }

    /// What waits in a state; nothing where no such state is told.
    pub(super) fn kept(exchange: &PortalExchange, state: &str, code: &str) -> Option<Self> {
        let said = Said::Kept { code: code.to_owned() };
        let (place, state) = [
            ("kept", SIGNATURE_WAITS),
            ("consent-asked", CONSENT_ASKED),
            ("consent-waits", CONSENT_WAITS),
        ]
        .into_iter()
        .find(|(_, known)| *known == state)?;
        Some(Self::new(exchange, place, state, said))
    }

    pub(super) fn not_registered(exchange: &PortalExchange, code: &str) -> Self {
        let said = Said::NotRegistered { code: code.to_owned() };
        Self::new(exchange, "not-registered", NOT_REGISTERED, said)
    }

    /// Always told first, however far the request has come meanwhile: with its number and its term.
    pub(super) fn accepted(exchange: &PortalExchange, stored: StoredRequest) -> Self {
        let said = Said::Request { stored: Box::new(stored), documents: Vec::new() };
        let state = domain::RequestState::Accepted.code();
        Self { version: 1, ..Self::new(exchange, "accepted", state, said) }
    }

    pub(super) fn state_of(exchange: &PortalExchange, stored: StoredRequest) -> Self {
        let (state, place) = (stored.state.code(), stored.version.to_string());
        let said = Said::Request { stored: Box::new(stored), documents: Vec::new() };
        Self::new(exchange, &place, state, said)
    }

    pub(super) fn term_passed(exchange: &PortalExchange, stored: StoredRequest) -> Self {
        let said = Said::Request { stored: Box::new(stored), documents: Vec::new() };
        Self::new(exchange, "term-passed", TERM_PASSED, said)
    }

    pub(super) fn answered(
        exchange: &PortalExchange,
        stored: StoredRequest,
        documents: Vec<PortalDocument>,
    ) -> Self {
        let (state, place) = (stored.state.code(), stored.version.to_string());
        let said = Said::Request { stored: Box::new(stored), documents };
        Self { is_last: true, ..Self::new(exchange, &place, state, said) }
    }

    /// Stable word of what is told: a state of a request, or `signature_waits`, `consent_asked`, `consent_waits`,
    /// `not_registered`, `term_passed`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        self.state
    }

    /// The progress after it was told.
    pub(super) fn told(
        &self,
        before: &ExchangeProgress,
        message: String,
        now: Timestamp,
    ) -> ExchangeProgress {
        let is_term = self.state == TERM_PASSED;
        // Told again, it is the same word; another one was not delivered in vain yet.
        let is_same = before.again && before.told == self.state;
        ExchangeProgress {
            told: self.state.to_owned(),
            // The term passes beside the states: a state that was not told yet is told all the same.
            told_version: if is_term { before.told_version } else { self.version },
            overdue_told_at: if is_term { Some(now) } else { before.overdue_told_at },
            last_message: Some(message),
            again: false,
            undelivered: if is_same { before.undelivered } else { 0 },
            attempts: 0,
            closed_at: self.is_last.then_some(now),
            ..before.clone()
        }
    }
}
