//! Versions of forms in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::memory_state::{State, unavailable};
use super::memory_store::MemoryStore;
use crate::audit::AuditEvent;
use crate::ports::{
    FormDigests, FormEnd, FormId, FormOutcome, FormProposal, FormVersions, StoreError, StoredForm,
};

/// In the order they were proposed.
pub(super) type FormsState = Vec<StoredForm>;

impl State {
    fn end_form(&mut self, end: &FormEnd, audit: &AuditEvent) -> Result<bool, StoreError> {
        let number = |outcome: FormOutcome| outcome.columns().0;
        let is_taken =
            self.forms.iter().filter_map(|one| one.end.as_ref()).any(|one| {
                number(end.outcome).is_some() && number(one.outcome) == number(end.outcome)
            });
        let open = self.forms.iter_mut().find(|one| one.proposal.id == end.id);
        let open = open.ok_or(unavailable("no such proposal"))?;
        let is_own = end.by == end.proposed_by;
        let is_of_it = open.proposal.proposed_by == end.proposed_by;
        if !is_of_it || is_own != (end.outcome == FormOutcome::Withdrawn) {
            return Err(unavailable("a form is released by two people"));
        }
        if open.end.is_some() || is_taken {
            return Ok(false);
        }
        open.end = Some(end.clone());
        self.append(std::slice::from_ref(audit));
        Ok(true)
    }
}

fn released(form: &StoredForm) -> Option<(u32, Timestamp)> {
    form.released()
}

#[async_trait]
impl FormVersions for MemoryStore {
    async fn propose_form(
        &self,
        proposal: &FormProposal,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| {
            if state.forms.iter().any(|one| one.proposal.id == proposal.id) {
                return Err(unavailable("the identifier is taken"));
            }
            state.forms.push(StoredForm { proposal: proposal.clone(), end: None });
            state.append(std::slice::from_ref(audit));
            Ok(())
        })
    }

    async fn end_form(&self, end: &FormEnd, audit: &AuditEvent) -> Result<bool, StoreError> {
        self.write(|state| state.end_form(end, audit))
    }

    async fn form(&self, id: &FormId) -> Result<Option<StoredForm>, StoreError> {
        self.read(|state| state.forms.iter().find(|one| one.proposal.id == *id).cloned())
    }

    async fn forms(&self, limit: u32) -> Result<Vec<StoredForm>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut forms = self.read(|state| state.forms.clone())?;
        forms.sort_by(|one, other| {
            let key = |form: &StoredForm| (form.proposal.proposed_at, form.proposal.id.clone());
            key(other).cmp(&key(one))
        });
        forms.truncate(limit);
        Ok(forms)
    }

    async fn last_released_form(&self) -> Result<Option<StoredForm>, StoreError> {
        self.read(|state| {
            let released = state.forms.iter().filter(|one| released(one).is_some());
            released.max_by_key(|one| one.released().map(|(number, _)| number)).cloned()
        })
    }

    async fn released_form(&self, number: u32) -> Result<Option<StoredForm>, StoreError> {
        self.read(|state| {
            let is_it = |one: &&StoredForm| released(one).is_some_and(|(own, _)| own == number);
            state.forms.iter().find(is_it).cloned()
        })
    }

    async fn form_in_force(&self, at: Timestamp) -> Result<Option<u32>, StoreError> {
        self.read(|state| {
            let begun = state.forms.iter().filter_map(released);
            let begun = begun.filter(|(_, from)| from.as_millisecond() <= at.as_millisecond());
            begun.map(|(number, _)| number).max()
        })
    }

    async fn form_digests(&self) -> Result<FormDigests, StoreError> {
        let mut digests = FormDigests::default();
        for form in self.read(|state| state.forms.clone())? {
            let id = form.proposal.id.0.clone();
            digests.proposals.push((id.clone(), form.proposal.digest()?));
            digests.ends.extend(form.end.map(|end| (id, end.digest())));
        }
        Ok(digests)
    }
}
