//! The consents of an intercepted store.

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use crate::audit::AuditEvent;
use crate::ports::{
    AskingTurn, ConsentAsking, ConsentAskings, ConsentEntry, ConsentOutcome, ConsentPeriod,
    ConsentRegister, ConsentWithdrawal, Heard, KeptProof, StoreError, Withdrawn,
};

#[async_trait]
impl<I: Interceptor> ConsentRegister for Intercepted<I> {
    async fn withdraw_consent(
        &self,
        withdrawal: &ConsentWithdrawal,
        audit: &AuditEvent,
    ) -> Result<Withdrawn, StoreError> {
        let call = self.store.withdraw_consent(withdrawal, audit);
        self.around("withdraw_consent", call).await
    }

    async fn withdrawal_of(
        &self,
        number: &Number,
    ) -> Result<Option<ConsentWithdrawal>, StoreError> {
        self.around("withdrawal_of", self.store.withdrawal_of(number)).await
    }

    async fn consents_by(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        self.around("consents_by", self.store.consents_by(applicant, before, limit)).await
    }

    async fn consents_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        self.around("consents_between", self.store.consents_between(period, limit)).await
    }
}

#[async_trait]
impl<I: Interceptor> ConsentAskings for Intercepted<I> {
    async fn begin_asking(
        &self,
        asking: &ConsentAsking,
        audit: &AuditEvent,
    ) -> Result<AskingTurn, StoreError> {
        self.around("begin_asking", self.store.begin_asking(asking, audit)).await
    }

    async fn asking(&self, challenge: &str) -> Result<Option<ConsentAsking>, StoreError> {
        self.around("asking", self.store.asking(challenge)).await
    }

    async fn asking_of(&self, number: &Number) -> Result<Option<ConsentAsking>, StoreError> {
        self.around("asking_of", self.store.asking_of(number)).await
    }

    async fn challenge_of(&self, number: &Number) -> Result<Option<String>, StoreError> {
        self.around("challenge_of", self.store.challenge_of(number)).await
    }

    async fn take_asking(
        &self,
        id: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.around("take_asking", self.store.take_asking(id, now, until)).await
    }

    async fn note_asking(
        &self,
        id: &str,
        heard: Heard,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.around("note_asking", self.store.note_asking(id, heard, run_at)).await
    }

    async fn answer_asking(
        &self,
        id: &str,
        answer: (ConsentOutcome, Timestamp),
        proof: Option<&KeptProof>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.around("answer_asking", self.store.answer_asking(id, answer, proof, audit)).await
    }

    async fn forget_proofs(&self, number: &Number) -> Result<(), StoreError> {
        self.around("forget_proofs", self.store.forget_proofs(number)).await
    }
}
