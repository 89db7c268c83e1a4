//! The people who serve: who they are, and what is kept of officers' work before it is in the registry.
//!
//! Read next: `proposals.rs` for what officers propose, `../staff/roles.rs` for what each may do.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use domain::{Answer, Bin, Iin, Kato};
use jiff::Timestamp;

use super::passkeys::PasskeyStore;
use super::proposals::{NewProposal, Proposal, ProposalEnd, ProposalId, ProposalPreview};
use super::records::SessionToken;
use super::store::StoreError;
use crate::audit::{Actor, AuditEvent};
use crate::import::RegistryRow;
use crate::staff::StaffRoles;

/// Somebody of an education department at its records. Only this crate makes one, of who holds the permit.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Officer {
    /// Who.
    pub iin: Iin,
    /// His name.
    pub name: String,
    /// The department: territory of the provider.
    pub provider: Kato,
    /// Whether he came in with his digital signature: without it he confirms nothing of another's.
    pub is_signed: bool,
}

impl fmt::Debug for Officer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Officer").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// Where somebody serves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Workplace {
    /// An education department: territory of the provider.
    Department(Kato),
    /// Another organisation.
    Organisation(Bin),
}

impl Workplace {
    /// Stable word: nine digits of a territory, or twelve of an organisation.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Department(kato) => kato.as_str().to_owned(),
            Self::Organisation(bin) => bin.digits(),
        }
    }

    /// The workplace of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let organisation = || Bin::parse(code).map(Self::Organisation);
        Kato::parse(code).map(Self::Department).or_else(|_| organisation()).ok()
    }
}

/// Somebody who serves, as the list of staff has him.
#[derive(Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// Who.
    pub iin: Iin,
    /// His name.
    pub name: String,
    /// Where.
    pub workplace: Workplace,
    /// As what.
    pub roles: StaffRoles,
}

impl StaffMember {
    /// As whom the journal knows him.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.roles.iter().next().map_or(Actor::Officer, crate::staff::StaffRole::actor)
    }
}

impl fmt::Debug for StaffMember {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = formatter.debug_struct("StaffMember");
        told.field("workplace", &self.workplace).field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// Knows who serves where, and as what. It is asked anew each time, so that whoever is taken off is out at once.
#[async_trait]
pub trait StaffList: Send + Sync {
    /// Who has this IIN at this workplace; `Unavailable` where the list cannot be read.
    async fn member(&self, iin: Iin, workplace: &Workplace) -> Answer<StaffMember>;

    /// Everybody who serves; `None` where the list cannot be read.
    async fn everybody(&self) -> Option<Vec<StaffMember>>;
}

/// By what a session was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionWay {
    /// A digital signature.
    Signature,
    /// A passkey.
    Passkey,
}

impl SessionWay {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Passkey => "passkey",
        }
    }

    /// The way of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Signature, Self::Passkey].into_iter().find(|way| way.code() == code)
    }
}

/// A signed-in person of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficerSession {
    /// Hash of its cookie.
    pub token: SessionToken,
    /// Who.
    pub iin: Iin,
    /// Where he serves.
    pub workplace: Workplace,
    /// By what he came in.
    pub way: SessionWay,
    /// When he signed in.
    pub signed_in_at: Timestamp,
    /// When it ends where nothing is done in it.
    pub expires_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
}

/// Keeps the sessions of staff, their passkeys and what they propose. Each method is one transaction.
#[async_trait]
pub trait OfficeStore: PasskeyStore + Send + Sync {
    /// Uses a challenge up and opens a session.
    ///
    /// # Errors
    /// [`StoreError::AlreadyUsed`] where the challenge is gone: then nothing is opened.
    async fn open_officer_session(
        &self,
        challenge_id: &str,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// The session of a cookie's hash, if it has not ended at `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn officer_session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<OfficerSession>, StoreError>;

    /// Puts off the end of a session that has not ended, never beyond its last moment and never back.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn prolong_officer_session(
        &self,
        token: &SessionToken,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends a session; ending it twice is no error.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn close_officer_session(&self, token: &SessionToken) -> Result<(), StoreError>;

    /// The present versions of these records, by their keys; of what is not known nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn present_records(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, RegistryRow>, StoreError>;

    /// Keeps a proposal.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_proposal(&self, proposal: &NewProposal) -> Result<(), StoreError>;

    /// A proposal, if it is this department's.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn proposal(
        &self,
        id: &ProposalId,
        provider: &Kato,
    ) -> Result<Option<Proposal>, StoreError>;

    /// The bytes of an open proposal.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn proposal_content(&self, id: &ProposalId) -> Result<Option<Vec<u8>>, StoreError>;

    /// A department's proposals: the open ones first, then the others; the last first; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn proposals_of(&self, provider: &Kato, limit: u32) -> Result<Vec<Proposal>, StoreError>;

    /// Notes down what reading an open proposal came to. `false` where it is closed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn note_preview(
        &self,
        id: &ProposalId,
        preview: &ProposalPreview,
    ) -> Result<bool, StoreError>;

    /// Asks a second person: from then on it waits for one. `false` where it is closed or waits already.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn ask_second_person(
        &self,
        id: &ProposalId,
        reason: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Closes an open proposal without taking it in, and drops its bytes. `false` where it is closed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn close_proposal(&self, id: &ProposalId, end: &ProposalEnd) -> Result<bool, StoreError>;
}
