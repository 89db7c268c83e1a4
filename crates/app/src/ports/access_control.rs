//! The port towards the state's control of access to personal data («Дербес деректерге қол жеткізуді бақылаудың
//! мемлекеттік сервисі»): a person is asked by 1414 and answers by telephone.
//!
//! What it gives is shown to the sources and is secret: nothing here prints it. Read next: `consent_askings.rs`.

use std::fmt;

use async_trait::async_trait;
use domain::Iin;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// What the control gave, for the sources to see. A secret.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessProof {
    /// Its token.
    pub token: String,
    /// The key that goes with it.
    pub public_key: String,
}

impl AccessProof {
    /// By which a proof is known after it was forgotten.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.token.as_bytes()))
    }
}

impl fmt::Debug for AccessProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessProof(•••)")
    }
}

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessQuestion {
    /// Who is asked.
    pub person: Iin,
    /// Whether he was asked already and his answer is waited for: then no other message is sent to him.
    pub is_repeated: bool,
}

/// What came of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessReply {
    /// He gave the consent.
    Given(AccessProof),
    /// He refused it.
    Refused,
    /// He has not answered yet.
    Pending,
    /// The control waited for him in vain.
    NoAnswer,
    /// The control did not answer, or in no form to rely on.
    Silent,
}

/// What was agreed on with the control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTerms {
    /// Its service at the gateway, for the record.
    pub service: String,
    /// How long a person may take to answer.
    pub patience: SignedDuration,
    /// Between two questions about one answer.
    pub pause: SignedDuration,
    /// Longest time one question takes.
    pub exchange: SignedDuration,
    /// How long what it gives is good.
    pub validity: SignedDuration,
}

/// Asks persons for their consent.
#[async_trait]
pub trait AccessControl: Send + Sync {
    /// What was agreed on.
    fn terms(&self) -> &AccessTerms;

    /// Asks once. An answer counts only where it is certainly the control's and about this person.
    async fn ask(&self, question: &AccessQuestion) -> AccessReply;
}

/// What a source is shown, and until when it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptProof {
    /// For the sources.
    pub proof: AccessProof,
    /// From then on it is worth nothing.
    pub valid_until: Timestamp,
}
