//! The list of people who serve as it is asked: the operator's list first, then who was appointed by administrators.
//!
//! A fault of either is a fault of the whole: who cannot be looked up in the first is not looked for in the second.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Answer, Iin};

use crate::ports::{StaffList, StaffMember, Store, StoreError, Workplace};

/// A list with the register of appointments behind it.
pub(super) struct WithAppointed {
    pub(super) named: Arc<dyn StaffList>,
    pub(super) register: Arc<dyn Store>,
}

#[async_trait]
impl StaffList for WithAppointed {
    async fn member(&self, iin: Iin, workplace: &Workplace) -> Answer<StaffMember> {
        match self.named.member(iin, workplace).await {
            Answer::Absent => match self.register.appointed(iin, workplace).await {
                Ok(Some(appointment)) => Answer::Known(appointment.member),
                Ok(None) => Answer::Absent,
                Err(error) => {
                    tracing::error!(%error, "who was appointed cannot be told");
                    Answer::Unavailable
                }
            },
            told => told,
        }
    }

    async fn everybody(&self) -> Option<Vec<StaffMember>> {
        let mut everybody = self.named.everybody().await?;
        let appointed = self.register.appointments_in_force().await;
        let told = |error: &StoreError| tracing::error!(%error, "who was appointed cannot be told");
        for one in appointed.inspect_err(told).ok()? {
            let is_he = |other: &StaffMember| {
                other.iin == one.member.iin && other.workplace == one.member.workplace
            };
            if !everybody.iter().any(is_he) {
                everybody.push(one.member);
            }
        }
        Some(everybody)
    }
}
