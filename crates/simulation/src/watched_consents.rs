//! The consents of the store of the stage, which nobody needs to watch: they change nothing under a lease.

use app::{
    AuditEvent, ConsentEntry, ConsentPeriod, ConsentRegister, ConsentWithdrawal, StoreError,
    Withdrawn,
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
