//! What staff add to a request that is decided by nobody: annulments of its certificates, and notes. A decision is never altered.
//!
//! A part of the store; each method is one transaction. Read next: `annulments.rs`, then `../annulments.rs`.

use std::fmt;

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use super::annulments::{Annulment, AnnulmentEnd, AnnulmentId};
use super::evidence::Fields;
use super::officers::Workplace;
use super::records::{Hidden, StoredRequest};
use super::steps::ResultId;
use super::store::StoreError;
use crate::audit::{AuditAction, AuditEvent};

/// A note of one of staff on a request. It is never changed.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestNote {
    /// Identifier.
    pub id: String,
    /// The request.
    pub request: Number,
    /// Who wrote it.
    pub author: Iin,
    /// His name then.
    pub author_name: String,
    /// Where he served.
    pub workplace: Workplace,
    /// When.
    pub at: Timestamp,
    /// The note.
    pub words: String,
}

impl RequestNote {
    /// Of what is stored of it: for its journal row.
    #[must_use]
    pub fn digest(&self) -> String {
        Fields::default()
            .text(&self.id)
            .text(self.request.as_str())
            .text(&self.author.digits())
            .text(&self.author_name)
            .text(&self.workplace.code())
            .integer(self.at.as_millisecond())
            .text(&self.words)
            .digest()
    }
}

impl fmt::Debug for RequestNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestNote")
            .field("request", &self.request)
            .field("at", &self.at)
            .field("words", &Hidden)
            .finish_non_exhaustive()
    }
}

/// What is stored beside a request, as the words and digests of the journal rows that must tell of it, sorted.
#[must_use]
pub fn case_digests(annulments: &[Annulment], notes: &[RequestNote]) -> Vec<(String, String)> {
    let row = |action: AuditAction, digest: String| (action.code().to_owned(), digest);
    let of = |one: &Annulment| {
        let proposed = row(AuditAction::AnnulmentProposed, one.proposal_digest());
        let closed = one.end.as_ref().map(|end| row(end.action(), end.digest(&one.id)));
        std::iter::once(proposed).chain(closed).collect::<Vec<_>>()
    };
    let written = notes.iter().map(|one| row(AuditAction::RequestNoted, one.digest()));
    let mut digests: Vec<_> = annulments.iter().flat_map(of).chain(written).collect();
    digests.sort();
    digests
}

impl AnnulmentEnd {
    /// What the journal calls it.
    #[must_use]
    pub fn action(&self) -> AuditAction {
        match self.outcome {
            super::AnnulmentOutcome::Confirmed => AuditAction::CertificateAnnulled,
            super::AnnulmentOutcome::TurnedDown | super::AnnulmentOutcome::Withdrawn => {
                AuditAction::AnnulmentDropped
            }
        }
    }
}

/// How many requests there are, for whom nobody need do anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// Accepted since a moment.
    pub accepted: u64,
    /// Of them answered.
    pub answered: u64,
    /// Without answer, whenever they were accepted.
    pub open: u64,
}

/// Annulments and notes beside their requests.
#[async_trait]
pub trait CaseFiles: Send + Sync {
    /// Keeps a proposal to annul, with its journal entry. `false` where the certificate has an open or confirmed one: then
    /// nothing is written.
    async fn propose_annulment(
        &self,
        annulment: &Annulment,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Ends a proposal, with its journal entry. `false` where it is ended already, or where the person may not: whoever
    /// proposed it only takes it back, and nobody else does.
    async fn end_annulment(
        &self,
        id: &AnnulmentId,
        end: &AnnulmentEnd,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// A proposal to annul.
    async fn annulment(&self, id: &AnnulmentId) -> Result<Option<Annulment>, StoreError>;

    /// All of one request, the earliest first.
    async fn annulments_of(&self, request: &Number) -> Result<Vec<Annulment>, StoreError>;

    /// Since when a certificate is annulled; `None` where it is not.
    async fn annulled_at(&self, result: &ResultId) -> Result<Option<Timestamp>, StoreError>;

    /// Those that wait for a second person, of every territory, the earliest first.
    async fn open_annulments(&self, limit: u32) -> Result<Vec<Annulment>, StoreError>;

    /// Annulled certificates of one holder, the last first.
    async fn annulled_of(&self, holder: Iin, limit: u32) -> Result<Vec<Annulment>, StoreError>;

    /// Keeps a note, with its journal entry.
    async fn put_note(&self, note: &RequestNote, audit: &AuditEvent) -> Result<(), StoreError>;

    /// Notes on a request, the earliest first.
    async fn notes_of(&self, request: &Number) -> Result<Vec<RequestNote>, StoreError>;

    /// Requests without answer that are due not later than a moment, the one due first first.
    async fn requests_due(
        &self,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError>;

    /// How many requests there are since a moment.
    async fn request_counts(&self, since: Timestamp) -> Result<RequestCounts, StoreError>;
}
