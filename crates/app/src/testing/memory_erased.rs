//! Erasing answered requests, in memory.

use domain::{ConsentKind, Number};
use jiff::Timestamp;

use super::memory_state::{KeptErased, State};
use crate::ports::{
    AnnulmentOutcome, Asker, Erasable, ErasedConsent, ErasedDocument, ErasedRequest,
    RequestErasure, ResultKind, StoredRequest, erased_token,
};

impl State {
    /// Answered before a moment, with everything that came of it.
    fn is_over(&self, request: &StoredRequest, before: Timestamp) -> bool {
        let number = &request.number;
        let is_past = |at: Option<Timestamp>| at.is_some_and(|at| at < before);
        let mut recourses = self.recourses.iter().filter(|one| one.request() == number);
        let mut annulments = self.annulments.iter().filter(|one| one.request == *number);
        let mut acts = self.callers.acts.iter().filter(|one| one.number.as_ref() == Some(number));
        let mut exchanges = self.exchanges.values().filter(|one| one.is_of(number));
        let repair = self.desk.repairs.get(number);
        is_past(request.ended_at)
            && recourses.all(|one| is_past(one.made_at()))
            && annulments.all(|one| is_past(one.end.as_ref().map(|end| end.at)))
            && repair.is_none_or(|one| is_past(one.answer.as_ref().map(|answer| answer.at)))
            && exchanges.all(|one| one.closed_before(before))
            && acts.all(|one| one.at < before)
    }

    pub(super) fn erasable(&self, wanted: &Erasable) -> Vec<(Number, Timestamp)> {
        let is_wanted = |one: &&StoredRequest| {
            let is_synthetic = self.synthetic.contains(&one.number);
            let waits = self.erasure_waits.get(&one.number).is_some_and(|at| *at > wanted.at);
            is_synthetic == (wanted.asker == Asker::Synthetic)
                && !waits
                && one.ended_at.is_some_and(|at| at > wanted.behind)
                && self.is_over(one, wanted.before)
        };
        let found = self.requests.values().filter(is_wanted);
        let mut found: Vec<_> =
            found.filter_map(|one| Some((one.number.clone(), one.ended_at?))).collect();
        found.sort_by_key(|(_, ended_at)| *ended_at);
        found.truncate(usize::try_from(wanted.limit).unwrap_or(usize::MAX));
        found
    }

    pub(super) fn left(&self, wanted: impl Fn(&ErasedRequest) -> bool) -> Vec<ErasedRequest> {
        self.erased.values().map(|kept| kept.left.clone()).filter(|one| wanted(one)).collect()
    }

    pub(super) fn erase_requests(&mut self, erasure: &RequestErasure) -> u64 {
        let certificate = i64::try_from(self.audit.len()).unwrap_or(i64::MAX).saturating_add(1);
        let over = self.requests.values().filter(|one| {
            erasure.numbers.contains(&one.number) && self.is_over(one, erasure.before)
        });
        let left: Vec<ErasedRequest> =
            over.filter_map(|one| self.left_of(one, erasure.at, certificate)).collect();
        if left.is_empty() {
            return 0;
        }
        let is_of_them = |number: &str| left.iter().any(|one| one.number.as_str() == number);
        let rows: Vec<_> =
            self.audit.iter().filter(|row| is_of_them(&row.request)).cloned().collect();
        for row in self.audit.iter_mut().filter(|row| is_of_them(&row.request)) {
            row.subject.clear();
            row.evidence.clear();
            row.salt.clear();
        }
        self.append(&[erasure.event(&left, &rows)]);
        for one in &left {
            self.forget(one);
        }
        u64::try_from(left.len()).unwrap_or(u64::MAX)
    }

    fn left_of(
        &self,
        request: &StoredRequest,
        erased_at: Timestamp,
        certificate: i64,
    ) -> Option<ErasedRequest> {
        let number = &request.number;
        let issued = self.results_of(number).filter_map(|one| {
            let confirmed = |annulment: &&crate::ports::Annulment| {
                let end = annulment.end.as_ref();
                annulment.result == one.planned.id
                    && end.is_some_and(|end| end.outcome == AnnulmentOutcome::Confirmed)
            };
            let annulment = self.annulments.iter().find(confirmed);
            Some(ErasedDocument {
                number: one.planned.content.number().clone(),
                kind: ResultKind::of(&one.planned.content),
                token_digest: erased_token(&one.planned.token.0),
                file_digest: one.digest.clone()?,
                annulled_at: annulment.and_then(|one| one.end.as_ref()).map(|end| end.at),
            })
        });
        let of_it = self.recourses.iter().filter(|one| one.request() == number);
        let mut documents: Vec<_> =
            issued.chain(of_it.filter_map(|one| one.erased_answer())).collect();
        documents.sort_by(|one, next| one.number.cmp(&next.number));
        let withdrawn = self.withdrawals.get(number).map(|one| one.at);
        let consents = self.consents.get(number).into_iter().flatten().map(|one| ErasedConsent {
            kind: one.kind,
            decision: one.decision,
            text_version: one.text_version.clone(),
            withdrawn_at: withdrawn.filter(|_| one.kind == ConsentKind::RestrictedData),
        });
        let mut consents: Vec<_> = consents.collect();
        consents.sort_by_key(ErasedConsent::kind_word);
        Some(ErasedRequest {
            number: number.clone(),
            erased_at,
            certificate,
            state: request.state,
            channel: request.channel,
            accepted_at: request.clock.accepted_at,
            due_at: request.clock.due_at,
            ended_at: request.ended_at?,
            version: request.version,
            documents,
            consents,
        })
    }

    fn forget(&mut self, left: &ErasedRequest) {
        let number = &left.number;
        let Some(request) = self.requests.get(number) else { return };
        let kept = KeptErased { left: left.clone(), line: self.figure(request) };
        self.requests.remove(number);
        self.erased.insert(number.clone(), kept);
        self.drafts.retain(|_, draft| draft.request_number() != Some(number));
        self.keys.retain(|_, (of, _)| of != number);
        self.consents.remove(number);
        self.withdrawals.remove(number);
        self.decisions.remove(number);
        self.evidence.remove(number);
        let gone: Vec<_> = self.results_of(number).map(|one| one.planned.id.clone()).collect();
        self.sealed.retain(|id, _| !gone.contains(id));
        self.results.retain(|one| one.request != *number);
        self.notices.retain(|(of, _), _| of != number);
        self.notes.retain(|one| one.request != *number);
        self.annulments.retain(|one| one.request != *number);
        self.recourses.retain(|one| one.request() != number);
        self.desk.repairs.remove(number);
        self.desk.told.remove(number);
        self.exchanges.retain(|_, one| !one.is_of(number));
        self.callers.acts.retain(|one| one.number.as_ref() != Some(number));
        self.erasure_waits.remove(number);
    }
}
