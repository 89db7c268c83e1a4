//! The whole story of one request for those who serve: what was asked, which sources were, what was decided and by which rules,
//! the documents, what the person was told, what came after; and a person's requests by his IIN.
//!
//! Whoever looks says what for, and the look stands in the journal, where the person sees it, before anything is shown. Of
//! another territory's requests nothing is shown, as if there were none. Read next: `annulments.rs`, `records.rs`.

use std::collections::BTreeSet;

use domain::{ConsentRecord, DocumentContent, Iin, Number, Term, WardsAsked};
use jiff::Timestamp;

use crate::annulments::said;
use crate::audit::{AuditAction, AuditEvent, AuditRow};
use crate::cabinet::ResultView;
use crate::ports::{
    Annulment, LookWay, RecordLook, RecourseCase, RepairRequest, RequestNote, StoreError,
    StoredDecision, StoredRequest,
};
use crate::records::{LookError, purpose_of};
use crate::service::Service;
use crate::staff::{Permit, Territory, acts};

/// Requests of one person that are listed.
const LISTED: u32 = 100;

/// Everything that is kept of one request.
#[derive(Clone)]
pub struct RequestStory {
    /// The request.
    pub request: StoredRequest,
    /// Whether the legal term was kept.
    pub term: Term,
    /// Both consents as shown.
    pub consents: Vec<ConsentRecord>,
    /// When the consent under Article 8 was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// The decision with its evidence, once there is one.
    pub decision: Option<StoredDecision>,
    /// Issued documents.
    pub results: Vec<ResultView>,
    /// Proposals to annul them, the earliest first.
    pub annulments: Vec<Annulment>,
    /// Notes, the earliest first.
    pub notes: Vec<RequestNote>,
    /// The request to repair the record, where the person made one.
    pub repair: Option<RepairRequest>,
    /// Reviews and complaints about it, the earliest first.
    pub recourses: Vec<RecourseCase>,
    /// Everything the journal has of it, the earliest first.
    pub events: Vec<AuditRow>,
}

/// Why no note was written.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// No such request, or another territory's.
    #[error("there is no such request")]
    Unknown,
    /// Nothing is written.
    #[error("nothing is written")]
    WordsMissing,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// The whole story of a request of one's territory.
    ///
    /// # Errors
    /// [`LookError`]; not found also where it is another territory's.
    pub async fn request_story(
        &self,
        permit: &Permit<acts::ReadRequests>,
        number: &Number,
        purpose: &str,
    ) -> Result<RequestStory, LookError> {
        self.story_looked_at(permit, number, purpose, LookWay::Request).await
    }

    /// The story, once the look at it is written down.
    pub(crate) async fn story_looked_at(
        &self,
        permit: &Permit<acts::ReadRequests>,
        number: &Number,
        purpose: &str,
        way: LookWay,
    ) -> Result<RequestStory, LookError> {
        let purpose = purpose_of(purpose)?;
        let story = self.story_at(permit, number).await?.ok_or(LookError::NotFound)?;
        self.note_about(permit, way, &purpose, subjects_of(&story), Some(number)).await?;
        Ok(story)
    }

    /// A person's requests of one's territory, newest first.
    ///
    /// # Errors
    /// [`LookError`].
    pub async fn requests_for(
        &self,
        permit: &Permit<acts::ReadRequests>,
        applicant: Iin,
        purpose: &str,
    ) -> Result<Vec<StoredRequest>, LookError> {
        let purpose = purpose_of(purpose)?;
        let mut found = Vec::new();
        for request in self.store().requests_of(applicant, None, LISTED).await? {
            let results = self.issued(&request.number).await?;
            if self.is_of_territory(&request, &results, &permit.territory()) {
                found.push(request);
            }
        }
        let way = LookWay::Requests;
        self.note_about(permit, way, &purpose, vec![applicant], None).await?;
        Ok(found)
    }

    /// Whether there is such a request in one's territory. Shows nobody's data, so it is no look.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_request(
        &self,
        permit: &Permit<acts::ReadRequests>,
        number: &Number,
    ) -> Result<bool, StoreError> {
        let Some(request) = self.store().request(number).await? else { return Ok(false) };
        let results = self.issued(number).await?;
        Ok(self.is_of_territory(&request, &results, &permit.territory()))
    }

    /// Writes a note on a request. It is never changed; that it was written the person sees at once, and its words he may ask
    /// for.
    ///
    /// # Errors
    /// [`NoteError`]; then nothing is written.
    pub async fn write_note(
        &self,
        permit: &Permit<acts::NoteRequests>,
        number: &Number,
        words: &str,
    ) -> Result<(), NoteError> {
        let words = said(words).ok_or(NoteError::WordsMissing)?;
        let stored = self.store().request(number).await?.ok_or(NoteError::Unknown)?;
        let results = self.issued(number).await?;
        if !self.is_of_territory(&stored, &results, &permit.territory()) {
            return Err(NoteError::Unknown);
        }
        let note = RequestNote {
            id: self.parts.ids.token(),
            request: number.clone(),
            author: permit.member().iin,
            author_name: permit.member().name.clone(),
            workplace: permit.member().workplace.clone(),
            at: self.now(),
            words,
        };
        let audit = AuditEvent {
            at: note.at,
            actor: permit.actor(),
            action: AuditAction::RequestNoted,
            request: Some(number.clone()),
            subject: Some(stored.request.applicant),
            detail: note.id.clone(),
            evidence: note.digest(),
        };
        Ok(self.store().put_note(&note, &audit).await?)
    }

    async fn story_at(
        &self,
        permit: &Permit<acts::ReadRequests>,
        number: &Number,
    ) -> Result<Option<RequestStory>, StoreError> {
        let Some(request) = self.store().request(number).await? else { return Ok(None) };
        let results = self.issued(number).await?;
        if !self.is_of_territory(&request, &results, &permit.territory()) {
            return Ok(None);
        }
        let events = self.store().audit_of(number).await?;
        let was_told = events.iter().any(|row| row.action == AuditAction::Overdue.code());
        let end = request.ended_at.unwrap_or_else(|| self.now());
        let term = if was_told { Term::Exceeded } else { request.clock.term_at(end) };
        Ok(Some(RequestStory {
            term,
            consents: self.store().consents_of(number).await?,
            withdrawn_at: self.store().withdrawal_of(number).await?.map(|one| one.at),
            decision: self.store().decision(number).await?,
            annulments: self.store().annulments_of(number).await?,
            notes: self.store().notes_of(number).await?,
            repair: self.desk().repair_of(number).await?,
            recourses: self.store().recourses_of(number).await?,
            request,
            results,
            events,
        }))
    }

    /// A request is its territory's by the documents that answer it, and by the department it is addressed to; one without
    /// either is the fallback's.
    pub(crate) fn is_of_territory(
        &self,
        request: &StoredRequest,
        results: &[ResultView],
        territory: &Territory,
    ) -> bool {
        let answering = results.iter().map(|one| &one.content.provider().kato);
        let mut named = answering.chain(&request.request.provider).peekable();
        if named.peek().is_none() {
            return territory.takes_in(&self.providers().fallback().kato);
        }
        named.any(|kato| self.belongs_to(kato, territory))
    }

    /// Writes a look down: who looked, what for, and whose data it showed.
    pub(crate) async fn note_about<A>(
        &self,
        permit: &Permit<A>,
        way: LookWay,
        purpose: &str,
        subjects: Vec<Iin>,
        request: Option<&Number>,
    ) -> Result<(), StoreError> {
        let member = permit.member();
        let look = RecordLook {
            id: self.parts.ids.token(),
            at: self.now(),
            officer: member.iin,
            workplace: member.workplace.clone(),
            actor: member.actor(),
            way,
            purpose: purpose.to_owned(),
            request: request.cloned(),
        };
        let subjects: BTreeSet<Iin> = subjects.into_iter().collect();
        let subjects: Vec<Iin> = subjects.into_iter().collect();
        self.desk().note_look(&look, &subjects).await
    }
}

/// Whose data a story shows: the applicant's, and those of the children he named and who are certified.
fn subjects_of(story: &RequestStory) -> Vec<Iin> {
    let wards = story.results.iter().filter_map(|one| match &one.content {
        DocumentContent::Certificate(certificate) => certificate.ward_iin,
        DocumentContent::Refusal(_) | DocumentContent::Answer(_) => None,
    });
    let named = match &story.request.request.wards {
        WardsAsked::Named(named) => named.as_slice(),
        WardsAsked::All => &[],
    };
    let named = named.iter().copied();
    std::iter::once(story.request.request.applicant).chain(wards).chain(named).collect()
}
