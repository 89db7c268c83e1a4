//! The register of staff of the store of the stage, which nobody needs to watch: it changes nothing under a lease.

use app::{
    Appointment, AppointmentDecided, AppointmentDecision, AppointmentDigests, AppointmentId,
    AppointmentProposed, AuditEvent, StaffRegister, StoreError, Workplace,
};
use async_trait::async_trait;
use domain::Iin;

use crate::watched_store::WatchedStore;

#[async_trait]
impl StaffRegister for WatchedStore {
    async fn appointed(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Option<Appointment>, StoreError> {
        self.store.appointed(iin, workplace).await
    }

    async fn appointments_in_force(&self) -> Result<Vec<Appointment>, StoreError> {
        self.store.appointments_in_force().await
    }

    async fn latest_appointments(&self, limit: u32) -> Result<Vec<Appointment>, StoreError> {
        self.store.latest_appointments(limit).await
    }

    async fn appointment(&self, id: &AppointmentId) -> Result<Option<Appointment>, StoreError> {
        self.store.appointment(id).await
    }

    async fn propose_appointment(
        &self,
        appointment: &Appointment,
        audit: &AuditEvent,
    ) -> Result<AppointmentProposed, StoreError> {
        self.store.propose_appointment(appointment, audit).await
    }

    async fn decide_appointment(
        &self,
        decision: &AppointmentDecision,
        audit: &AuditEvent,
    ) -> Result<AppointmentDecided, StoreError> {
        self.store.decide_appointment(decision, audit).await
    }

    async fn appointment_digests(&self) -> Result<Vec<AppointmentDigests>, StoreError> {
        self.store.appointment_digests().await
    }
}
