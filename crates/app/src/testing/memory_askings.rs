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
        self.askings.push(asking.clone());
        self.append(std::slice::from_ref(audit));
        AskingTurn::Begun
    }

    fn asking(&self, challenge: &str) -> Option<ConsentAsking> {
        let of_draft = self.askings.iter().filter(|one| one.challenge == challenge);
        of_draft.max_by_key(|one| (one.asked_at, one.id.clone())).cloned()
    }

    fn open_asking(&mut self, id: &str) -> Option<&mut ConsentAsking> {
        self.askings.iter_mut().find(|one| one.id == id && one.answer.is_none())
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
            let Some(open) = state.open_asking(id).filter(|one| one.run_at <= now) else {
                return Ok(false);
            };
            open.run_at = until;
            open.exchanges = open.exchanges.saturating_add(1);
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
            if let Some(open) = state.open_asking(id) {
                (open.heard, open.run_at) = (heard, run_at);
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
            let Some(open) = state.open_asking(id) else { return Ok(false) };
            (open.answer, open.proof) = (Some(answer), proof.cloned());
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
