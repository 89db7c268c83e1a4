//! Annulments of certificates and notes, in memory.

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::audit::AuditEvent;
use crate::ports::{
    Annulment, AnnulmentEnd, AnnulmentId, AnnulmentOutcome, CaseFiles, RequestCounts, RequestNote,
    ResultId, ResultKind, StoreError, StoredRequest,
};

impl State {
    fn propose_annulment(
        &mut self,
        annulment: &Annulment,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let is_certificate = self.results.iter().any(|one| {
            let content = &one.planned.content;
            one.planned.id == annulment.result
                && one.request == annulment.request
                && *content.number() == annulment.certificate
                && ResultKind::of(content) == ResultKind::Certificate
                && one.digest.is_some()
        });
        if !is_certificate || annulment.end.is_some() {
            return Err(StoreError::Corrupt("annulments"));
        }
        let stands = |one: &Annulment| one.end.is_none() || one.annulled_at().is_some();
        if self.annulments.iter().any(|one| one.result == annulment.result && stands(one)) {
            return Ok(false);
        }
        self.annulments.push(annulment.clone());
        self.append(std::slice::from_ref(audit));
        Ok(true)
    }

    fn end_annulment(&mut self, id: &AnnulmentId, end: &AnnulmentEnd, audit: &AuditEvent) -> bool {
        let may = |one: &Annulment| {
            let is_own = one.proposed_by == end.by;
            one.end.is_none() && is_own == (end.outcome == AnnulmentOutcome::Withdrawn)
        };
        let Some(found) = self.annulments.iter_mut().find(|one| one.id == *id && may(one)) else {
            return false;
        };
        found.end = Some(end.clone());
        self.append(std::slice::from_ref(audit));
        true
    }
}

fn first(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl CaseFiles for MemoryStore {
    async fn propose_annulment(
        &self,
        annulment: &Annulment,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| state.propose_annulment(annulment, audit))
    }

    async fn end_annulment(
        &self,
        id: &AnnulmentId,
        end: &AnnulmentEnd,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| Ok(state.end_annulment(id, end, audit)))
    }

    async fn annulment(&self, id: &AnnulmentId) -> Result<Option<Annulment>, StoreError> {
        self.read(|state| state.annulments.iter().find(|one| one.id == *id).cloned())
    }

    async fn annulments_of(&self, request: &Number) -> Result<Vec<Annulment>, StoreError> {
        let of = |one: &&Annulment| one.request == *request;
        let mut found: Vec<Annulment> =
            self.read(|state| state.annulments.iter().filter(of).cloned().collect())?;
        found.sort_by_key(|one| (one.proposed_at, one.id.clone()));
        Ok(found)
    }

    async fn annulled_at(&self, result: &ResultId) -> Result<Option<Timestamp>, StoreError> {
        self.read(|state| {
            let of_it = state.annulments.iter().filter(|one| one.result == *result);
            of_it.filter_map(Annulment::annulled_at).next()
        })
    }

    async fn open_annulments(&self, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        let is_open = |one: &&Annulment| one.end.is_none();
        let mut found: Vec<Annulment> =
            self.read(|state| state.annulments.iter().filter(is_open).cloned().collect())?;
        found.sort_by_key(|one| (one.proposed_at, one.id.clone()));
        found.truncate(first(limit));
        Ok(found)
    }

    async fn annulled_of(&self, holder: Iin, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        let is_his = |one: &&Annulment| one.holder == holder && one.annulled_at().is_some();
        let mut found: Vec<Annulment> =
            self.read(|state| state.annulments.iter().filter(is_his).cloned().collect())?;
        found.sort_by_key(|one| (std::cmp::Reverse(one.annulled_at()), one.id.clone()));
        found.truncate(first(limit));
        Ok(found)
    }

    async fn put_note(&self, note: &RequestNote, audit: &AuditEvent) -> Result<(), StoreError> {
        self.write(|state| {
            if !state.requests.contains_key(&note.request) {
                return Err(StoreError::Corrupt("a note without its request"));
            }
            state.notes.push(note.clone());
            state.append(std::slice::from_ref(audit));
            Ok(())
        })
    }

    async fn notes_of(&self, request: &Number) -> Result<Vec<RequestNote>, StoreError> {
        let of = |one: &&RequestNote| one.request == *request;
        let mut found: Vec<RequestNote> =
            self.read(|state| state.notes.iter().filter(of).cloned().collect())?;
        found.sort_by_key(|one| (one.at, one.id.clone()));
        Ok(found)
    }

    async fn requests_due(
        &self,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        let is_due =
            |one: &&StoredRequest| one.ended_at.is_none() && one.clock.due_at <= due_before;
        let mut found: Vec<StoredRequest> =
            self.read(|state| state.requests.values().filter(is_due).cloned().collect())?;
        found.sort_by_key(|one| (one.clock.due_at, one.number.clone()));
        found.truncate(first(limit));
        Ok(found)
    }

    async fn request_counts(&self, since: Timestamp) -> Result<RequestCounts, StoreError> {
        self.read(|state| {
            let mut counts = RequestCounts::default();
            for request in state.requests.values() {
                let is_of_today = request.clock.accepted_at >= since;
                counts.accepted += u64::from(is_of_today);
                counts.answered += u64::from(is_of_today && request.ended_at.is_some());
                counts.open += u64::from(request.ended_at.is_none());
            }
            counts
        })
    }
}
