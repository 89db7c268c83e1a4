//! The consents of an intercepted store.

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use crate::audit::AuditEvent;
use crate::ports::{
    ConsentEntry, ConsentPeriod, ConsentRegister, ConsentWithdrawal, StoreError, Withdrawn,
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
