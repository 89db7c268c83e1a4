//! The consents of the store of the stage, which nobody needs to watch: they change nothing under a lease.

use app::{
    AskingTurn, AuditEvent, ConsentAsking, ConsentAskings, ConsentEntry, ConsentOutcome,
    ConsentPeriod, ConsentRegister, ConsentWithdrawal, Heard, KeptProof, StoreError, Withdrawn,
};
use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use crate::watched_store::WatchedStore;

#[async_trait]
impl ConsentRegister for WatchedStore {
    async fn withdraw_consent(
        &self,
        withdrawal: &ConsentWithdrawal,
        audit: &AuditEvent,
    ) -> Result<Withdrawn, StoreError> {
        self.store.withdraw_consent(withdrawal, audit).await
    }

    async fn withdrawal_of(
        &self,
        number: &Number,
    ) -> Result<Option<ConsentWithdrawal>, StoreError> {
        self.store.withdrawal_of(number).await
    }

    async fn consents_by(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        self.store.consents_by(applicant, before, limit).await
    }

    async fn consents_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        self.store.consents_between(period, limit).await
    }
}

#[async_trait]
impl ConsentAskings for WatchedStore {
    async fn begin_asking(
        &self,
        asking: &ConsentAsking,
        audit: &AuditEvent,
    ) -> Result<AskingTurn, StoreError> {
        self.store.begin_asking(asking, audit).await
    }

    async fn asking(&self, challenge: &str) -> Result<Option<ConsentAsking>, StoreError> {
        self.store.asking(challenge).await
    }

    async fn asking_of(&self, number: &Number) -> Result<Option<ConsentAsking>, StoreError> {
        self.store.asking_of(number).await
    }

    async fn challenge_of(&self, number: &Number) -> Result<Option<String>, StoreError> {
        self.store.challenge_of(number).await
    }

    async fn take_asking(
        &self,
        id: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.store.take_asking(id, now, until).await
    }

    async fn note_asking(
        &self,
        id: &str,
        heard: Heard,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.note_asking(id, heard, run_at).await
    }

    async fn answer_asking(
        &self,
        id: &str,
        answer: (ConsentOutcome, Timestamp),
        proof: Option<&KeptProof>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.store.answer_asking(id, answer, proof, audit).await
    }

    async fn forget_proofs(&self, number: &Number) -> Result<(), StoreError> {
        self.store.forget_proofs(number).await
    }
}
