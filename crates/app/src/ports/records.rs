//! What is kept: sessions, drafts and requests.
//!
//! Values only; printed for a log or an error they show dots where names and signed bytes are. Read next: `steps.rs`,
//! then `store.rs` for what may be done with them.

use std::fmt;

use domain::{ConsentRecord, ElectronicRequest, Iin, LegalClock, Number, RequestState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::one_time_passwords::PasswordUse;
use crate::audit::AuditEvent;

/// Printed where personal data stands.
pub(super) struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("•••")
    }
}

/// A one-time document for signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInChallenge {
    /// Random token; stands in the document too.
    pub id: String,
    /// The bytes to be signed.
    pub document: Vec<u8>,
    /// From then on it is worthless.
    pub expires_at: Timestamp,
}

/// SHA-256 (hexadecimal) of the session cookie; the cookie itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken(pub String);

/// A signed-in person.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of its cookie.
    pub token: SessionToken,
    /// Who.
    pub iin: Iin,
    /// His name as the certificate has it.
    pub name: String,
    /// When he signed in.
    pub signed_in_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("iin", &self.iin)
            .field("name", &Hidden)
            .field("signed_in_at", &self.signed_in_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A request before it is signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Random challenge; stands in the document too.
    pub challenge: String,
    /// What it asks.
    pub request: ElectronicRequest,
    /// The consents with the texts shown.
    pub consents: Vec<ConsentRecord>,
    /// The exact bytes to be signed.
    pub document: Vec<u8>,
    /// When it was prepared.
    pub prepared_at: Timestamp,
    /// From then on it cannot be submitted.
    pub expires_at: Timestamp,
    /// The request it became, once submitted.
    pub became: Option<Number>,
    /// The request its signer was led to instead, because that one was open when this was submitted. Sent again, it
    /// leads there again, although that one may have ended meanwhile.
    pub led_to: Option<Number>,
}

impl Draft {
    /// The request that stands for it, once it was submitted.
    #[must_use]
    pub fn request_number(&self) -> Option<&Number> {
        self.became.as_ref().or(self.led_to.as_ref())
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Draft")
            .field("request", &self.request)
            .field("document", &Hidden)
            .field("prepared_at", &self.prepared_at)
            .field("expires_at", &self.expires_at)
            .field("became", &self.became)
            .field("led_to", &self.led_to)
            .finish_non_exhaustive()
    }
}

/// Chosen by the client, so that repeating a submission cannot make a second request. Scoped to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

/// Which way a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The citizen portal's pages.
    Portal,
    /// The API.
    Api,
    /// The portal of the e-government, over the gateway.
    EgovPortal,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Portal, Self::Api, Self::EgovPortal];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Api => "api",
            Self::EgovPortal => "egov_portal",
        }
    }

    /// The channel of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }
}

/// A verified request, signed or confirmed by a password, about to be registered.
#[derive(Clone)]
pub struct Registration {
    /// Its number, drawn by the caller.
    pub number: Number,
    /// What it asks.
    pub request: ElectronicRequest,
    /// The applicant's name as his certificate has it.
    pub applicant_name: String,
    /// Accepted and due.
    pub clock: LegalClock,
    /// Way it came.
    pub channel: Channel,
    /// Challenge of the draft it uses up.
    pub challenge: String,
    /// The bytes that were signed.
    pub document: Vec<u8>,
    /// The signature, as it came; empty where a one-time password confirmed the request.
    pub cms: Vec<u8>,
    /// What the verdict on the signature rests on, or how the request was confirmed, as JSON.
    pub signature_evidence: String,
    /// The password that confirmed it, to be used up.
    pub password: Option<PasswordUse>,
    /// Both consents with the texts shown.
    pub consents: Vec<ConsentRecord>,
    /// The client's key.
    pub key: IdempotencyKey,
    /// SHA-256 (hexadecimal) of what was submitted under the key.
    pub body_digest: String,
    /// Journal entry.
    pub audit: AuditEvent,
}

impl fmt::Debug for Registration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registration")
            .field("number", &self.number)
            .field("request", &self.request)
            .field("applicant_name", &Hidden)
            .field("clock", &self.clock)
            .field("channel", &self.channel)
            .field("document", &Hidden)
            .field("cms", &Hidden)
            .finish_non_exhaustive()
    }
}

impl Registration {
    /// The request as a store has it right after registering it.
    #[must_use]
    pub fn as_stored(&self) -> StoredRequest {
        StoredRequest {
            number: self.number.clone(),
            request: self.request.clone(),
            applicant_name: self.applicant_name.clone(),
            clock: self.clock,
            channel: self.channel,
            state: RequestState::Accepted,
            step: Step::Registered,
            version: 1,
            ended_at: None,
        }
    }
}

/// What became of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// A new request, and a job for it.
    New,
    /// The key was used with the same body: the request it led to.
    Same(Number),
    /// The key was used with another body.
    OtherBody,
    /// The draft was submitted already: the request it became.
    DraftUsed(Number),
    /// The person has a request that is not answered yet.
    Open(Number),
    /// The password that confirmed it was used or is gone: nothing was written.
    PasswordGone,
}

/// How far the work on a request has come; the public [`RequestState`] is derived from the same transitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Registered, not decided.
    Registered,
    /// Decided; numbers are given.
    Decided,
    /// The unsealed documents are stored.
    Intended,
    /// The sealed documents are stored; ended.
    Issued,
}

impl Step {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Decided => "decided",
            Self::Intended => "intended",
            Self::Issued => "issued",
        }
    }

    /// The step of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Registered, Self::Decided, Self::Intended, Self::Issued]
            .into_iter()
            .find(|step| step.code() == code)
    }
}

/// A request as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredRequest {
    /// Its number.
    pub number: Number,
    /// What it asks.
    pub request: ElectronicRequest,
    /// The applicant's name as his certificate has it.
    pub applicant_name: String,
    /// Accepted and due.
    pub clock: LegalClock,
    /// Way it came.
    pub channel: Channel,
    /// State shown to people.
    pub state: RequestState,
    /// Step of the work.
    pub step: Step,
    /// Grows by one with each transition.
    pub version: i64,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl fmt::Debug for StoredRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StoredRequest")
            .field("number", &self.number)
            .field("request", &self.request)
            .field("applicant_name", &Hidden)
            .field("clock", &self.clock)
            .field("channel", &self.channel)
            .field("state", &self.state)
            .field("step", &self.step)
            .field("version", &self.version)
            .field("ended_at", &self.ended_at)
            .finish()
    }
}

/// A request without answer, with as much of it as its term asks for: what is unreadable elsewhere in the request keeps
/// nobody from being told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// Its number.
    pub number: Number,
    /// Who asks.
    pub applicant: Iin,
    /// Accepted and due.
    pub clock: LegalClock,
    /// State shown to people.
    pub state: RequestState,
}

impl From<&StoredRequest> for OpenRequest {
    fn from(stored: &StoredRequest) -> Self {
        Self {
            number: stored.number.clone(),
            applicant: stored.request.applicant,
            clock: stored.clock,
            state: stored.state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::{draft, iin, moment, registration};

    #[test]
    fn nothing_printed_shows_a_name_an_iin_or_what_was_signed() {
        let mut draft = draft(iin(1), "challenge");
        draft.document = b"ABABABABAB".to_vec();
        let mut registration = registration(&draft, 1, "key");
        registration.cms = b"CDCDCDCDCD".to_vec();
        let session = Session {
            token: SessionToken("token".to_owned()),
            iin: iin(1),
            name: registration.applicant_name.clone(),
            signed_in_at: moment(0),
            expires_at: moment(1),
        };
        let stored = registration.as_stored();
        let hidden = |bytes: &[u8]| format!("{bytes:?}").replace(['[', ']'], "");
        let (signed, signature) = (hidden(&draft.document), hidden(&registration.cms));
        for printed in [
            format!("{session:?}"),
            format!("{draft:?}"),
            format!("{registration:?}"),
            format!("{stored:?}"),
        ] {
            assert!(printed.contains("•••"), "{printed}");
            let iin = iin(1).digits();
            for secret in [&registration.applicant_name, &iin, &signed, &signature] {
                assert!(!printed.contains(secret.as_str()), "{printed}");
            }
        }
    }
}
