//! Questions to persons about their consent, in memory.

use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;

use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::audit::AuditEvent;
use crate::ports::{
    AskingTurn, ConsentAsking, ConsentAskings, ConsentOutcome, Heard, KeptProof, StoreError,
};

impl State {
    fn begin_asking(&mut self, asking: &ConsentAsking, audit: &AuditEvent) -> AskingTurn {
        let of_draft =
            |one: &&mut ConsentAsking| one.challenge == asking.challenge && one.answer.is_none();
        for open in self.askings.iter_mut().filter(of_draft) {
            match open.outcome_at(asking.asked_at) {
                Some(outcome) => open.answer = Some((outcome, open.until)),
                None => return AskingTurn::Running(Box::new(open.clone())),
            }
        }
        let own = self.askings.iter().filter(|one| one.iin == asking.iin);
        let earlier: Vec<Timestamp> = own.map(|one| one.asked_at).collect();
        if let Some(until) = asking.must_wait(&earlier) {
            return AskingTurn::Wait(until);
        }
        let is_beside = |one: &&ConsentAsking| {
            one.iin == asking.iin && one.answer.is_none() && one.until > asking.asked_at
        };
        let mut begun = asking.clone();
        let beside = self.askings.iter().filter(is_beside);
        if let Some(beside) = beside.max_by_key(|one| (one.asked_at, one.id.clone())) {
            begun.run_at = beside.run_at;
            begun.exchanges = beside.exchanges;
            begun.heard = beside.heard;
            begun.is_sent = beside.is_sent;
        }
        self.askings.push(begun);
        self.append(std::slice::from_ref(audit));
        AskingTurn::Begun
    }

    fn asking(&self, challenge: &str) -> Option<ConsentAsking> {
        let of_draft = self.askings.iter().filter(|one| one.challenge == challenge);
        of_draft.max_by_key(|one| (one.asked_at, one.id.clone())).cloned()
    }

    /// The open questions to the person of this one, where it is open itself: to him they are one.
    fn open_askings(&mut self, id: &str) -> Vec<&mut ConsentAsking> {
        let own = self.askings.iter().find(|one| one.id == id && one.answer.is_none());
        let Some(person) = own.map(|one| one.iin) else { return Vec::new() };
        let is_open = |one: &&mut ConsentAsking| one.iin == person && one.answer.is_none();
        self.askings.iter_mut().filter(is_open).collect()
    }

    fn challenge_of(&self, number: &Number) -> Option<String> {
        let became = |draft: &&crate::ports::Draft| draft.became.as_ref() == Some(number);
        self.drafts.values().find(became).map(|draft| draft.challenge.clone())
    }
}

#[async_trait]
impl ConsentAskings for MemoryStore {
    async fn begin_asking(
        &self,
        asking: &ConsentAsking,
        audit: &AuditEvent,
    ) -> Result<AskingTurn, StoreError> {
        self.write(|state| Ok(state.begin_asking(asking, audit)))
    }

    async fn asking(&self, challenge: &str) -> Result<Option<ConsentAsking>, StoreError> {
        self.read(|state| state.asking(challenge))
    }

    async fn asking_of(&self, number: &Number) -> Result<Option<ConsentAsking>, StoreError> {
        self.read(|state| state.asking(&state.challenge_of(number)?))
    }

    async fn challenge_of(&self, number: &Number) -> Result<Option<String>, StoreError> {
        self.read(|state| state.challenge_of(number))
    }

    async fn take_asking(
        &self,
        id: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let open = state.open_askings(id);
            if !open.iter().any(|one| one.id == id && one.run_at <= now) {
                return Ok(false);
            }
            for one in open.into_iter().filter(|one| one.run_at <= now) {
                one.run_at = until;
                one.exchanges = one.exchanges.saturating_add(1);
            }
            Ok(true)
        })
    }

    async fn note_asking(
        &self,
        id: &str,
        heard: Heard,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|state| {
            for open in state.open_askings(id) {
                (open.heard, open.run_at) = (heard, run_at);
                open.is_sent |= heard == Heard::Pending;
            }
            Ok(())
        })
    }

    async fn answer_asking(
        &self,
        id: &str,
        answer: (ConsentOutcome, Timestamp),
        proof: Option<&KeptProof>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let open = state.open_askings(id);
            if open.is_empty() {
                return Ok(false);
            }
            for one in open {
                (one.answer, one.proof) = (Some(answer), proof.cloned());
            }
            state.append(std::slice::from_ref(audit));
            Ok(true)
        })
    }

    async fn forget_proofs(&self, number: &Number) -> Result<(), StoreError> {
        self.write(|state| {
            let challenge = state.challenge_of(number);
            let of_draft = |one: &&mut ConsentAsking| Some(&one.challenge) == challenge.as_ref();
            state.askings.iter_mut().filter(of_draft).for_each(|one| one.proof = None);
            Ok(())
        })
    }
}
