//! Passkeys of people who serve: who judges them, and what is kept of them.
//!
//! No evidence: what was done in a session stands in the journal. They are in no archive either, or a restored store would
//! bring back a passkey that was removed since; their owners register them again. Read next: `../staff/passkeys.rs`.

use std::fmt;

use async_trait::async_trait;
use domain::Iin;
use jiff::Timestamp;

use super::officers::{OfficerSession, Workplace};
use super::records::Hidden;
use super::store::StoreError;
use crate::audit::AuditEvent;

/// A ceremony that a browser is to complete: what it is given, and what is kept here until it answers.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeyCeremony {
    /// Options for the browser, as JSON.
    pub options: String,
    /// Secret of the server, as JSON.
    pub state: String,
}

/// For whom a passkey is made.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeyOwner {
    /// 32 hexadecimal characters by which his device knows him; random, the same for all his passkeys.
    pub handle: String,
    /// Told by his device when he chooses.
    pub name: String,
    /// Credentials as JSON that he has already: his device makes no second one beside them.
    pub known: Vec<String>,
}

/// A credential that was just made.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeCredential {
    /// Its identifier, as text.
    pub credential_id: String,
    /// Its public key and whatever is needed to judge it, as JSON.
    pub credential: String,
}

/// Whose credential an answer claims to be, before it is judged.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimedCredential {
    /// Identifier of the credential, as text.
    pub credential_id: String,
    /// As in [`PasskeyOwner::handle`].
    pub handle: String,
}

/// A credential after it was used.
#[derive(Clone, PartialEq, Eq)]
pub struct UsedCredential {
    /// As [`MadeCredential::credential`], brought up to date.
    pub credential: String,
    /// How often it was used, as its device counts; always 0 where it does not.
    pub counter: u32,
}

/// Why a ceremony came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyFault {
    /// What the browser sent cannot be read.
    #[error("the answer cannot be read")]
    Malformed,
    /// It is not the answer to this ceremony, not of this portal, not by this credential, or nobody was verified.
    #[error("the answer was not accepted")]
    Refused,
    /// The device counts less than it did: there may be a copy of the credential.
    #[error("the credential may have been copied")]
    Cloned,
    /// What was kept cannot be read: a fault of the program.
    #[error("what was kept of a passkey cannot be read")]
    Broken,
}

impl PasskeyFault {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "passkey_malformed",
            Self::Refused => "passkey_refused",
            Self::Cloned => "passkey_cloned",
            Self::Broken => "passkey_broken",
        }
    }
}

/// Judges passkeys. It asks nobody, so it has no third answer.
pub trait Passkeys: Send + Sync {
    /// Begins to make a credential that its device finds by itself, and that demands its owner each time.
    ///
    /// # Errors
    /// [`PasskeyFault::Broken`].
    fn begin_making(&self, owner: &PasskeyOwner) -> Result<PasskeyCeremony, PasskeyFault>;

    /// Judges a browser's answer to that.
    ///
    /// # Errors
    /// [`PasskeyFault`].
    fn finish_making(&self, state: &str, answer: &str) -> Result<MadeCredential, PasskeyFault>;

    /// Begins a use by whoever has a credential.
    ///
    /// # Errors
    /// [`PasskeyFault::Broken`].
    fn begin_use(&self) -> Result<PasskeyCeremony, PasskeyFault>;

    /// Whose credential a browser's answer to that claims to be. Nothing is judged yet.
    ///
    /// # Errors
    /// [`PasskeyFault`].
    fn claimed(&self, answer: &str) -> Result<ClaimedCredential, PasskeyFault>;

    /// Judges the answer by the credential as it is kept.
    ///
    /// # Errors
    /// [`PasskeyFault`].
    fn finish_use(
        &self,
        state: &str,
        answer: &str,
        credential: &str,
    ) -> Result<UsedCredential, PasskeyFault>;
}

/// Random; stands in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PasskeyId(pub String);

/// A passkey as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Identifier.
    pub id: PasskeyId,
    /// Identifier of its credential.
    pub credential_id: String,
    /// As in [`PasskeyOwner::handle`].
    pub handle: String,
    /// Whose.
    pub iin: Iin,
    /// As somebody of which workplace.
    pub workplace: Workplace,
    /// What he calls it.
    pub name: String,
    /// As in [`MadeCredential::credential`].
    pub credential: String,
    /// As in [`UsedCredential::counter`].
    pub counter: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last.
    pub used_at: Option<Timestamp>,
    /// It is kept no longer, unless it is used.
    pub kept_until: Timestamp,
}

impl fmt::Debug for Passkey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Passkey")
            .field("id", &self.id)
            .field("workplace", &self.workplace)
            .field("credential", &Hidden)
            .field("created_at", &self.created_at)
            .field("used_at", &self.used_at)
            .finish_non_exhaustive()
    }
}

/// A use of a passkey, to be noted down with the session it opens.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeyUse {
    /// Which.
    pub id: PasskeyId,
    /// The credential brought up to date.
    pub used: UsedCredential,
    /// When.
    pub at: Timestamp,
    /// It is kept no longer, unless it is used again.
    pub kept_until: Timestamp,
}

/// Keeps passkeys. Each method is one transaction.
#[async_trait]
pub trait PasskeyStore: Send + Sync {
    /// Uses a challenge up and keeps a passkey. `false` where its credential is kept already: then nothing is.
    ///
    /// # Errors
    /// [`StoreError::AlreadyUsed`] where the challenge is gone.
    async fn add_passkey(
        &self,
        challenge_id: &str,
        passkey: &Passkey,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Somebody's passkeys at a workplace, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn passkeys_of(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Vec<Passkey>, StoreError>;

    /// The passkey of a credential.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn passkey(&self, credential_id: &str) -> Result<Option<Passkey>, StoreError>;

    /// Removes a passkey of this person at this workplace. `false` where he has no such one: then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn remove_passkey(
        &self,
        id: &PasskeyId,
        owner: (Iin, &Workplace),
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Uses a challenge up, notes down the use of a passkey and opens a session.
    ///
    /// # Errors
    /// [`StoreError::AlreadyUsed`] where the challenge or the passkey is gone, or the device counts no more than it did:
    /// then nothing is opened.
    async fn open_session_by_passkey(
        &self,
        challenge_id: &str,
        using: &PasskeyUse,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;
}
