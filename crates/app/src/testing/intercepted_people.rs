//! The register of staff of an intercepted store.

use async_trait::async_trait;
use domain::Iin;

use super::intercepted::{Intercepted, Interceptor};
use crate::audit::AuditEvent;
use crate::ports::{
    Appointment, AppointmentDecided, AppointmentDecision, AppointmentDigests, AppointmentId,
    AppointmentProposed, StaffRegister, StoreError, Workplace,
};

#[async_trait]
impl<I: Interceptor> StaffRegister for Intercepted<I> {
    async fn appointed(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Option<Appointment>, StoreError> {
        self.around("appointed", self.store.appointed(iin, workplace)).await
    }

    async fn appointments_in_force(&self) -> Result<Vec<Appointment>, StoreError> {
        self.around("appointments_in_force", self.store.appointments_in_force()).await
    }

    async fn latest_appointments(&self, limit: u32) -> Result<Vec<Appointment>, StoreError> {
        self.around("latest_appointments", self.store.latest_appointments(limit)).await
    }

    async fn appointment(&self, id: &AppointmentId) -> Result<Option<Appointment>, StoreError> {
        self.around("appointment", self.store.appointment(id)).await
    }

    async fn propose_appointment(
        &self,
        appointment: &Appointment,
        audit: &AuditEvent,
    ) -> Result<AppointmentProposed, StoreError> {
        let call = self.store.propose_appointment(appointment, audit);
        self.around("propose_appointment", call).await
    }

    async fn decide_appointment(
        &self,
        decision: &AppointmentDecision,
        audit: &AuditEvent,
    ) -> Result<AppointmentDecided, StoreError> {
        let call = self.store.decide_appointment(decision, audit);
        self.around("decide_appointment", call).await
    }

    async fn appointment_digests(&self) -> Result<Vec<AppointmentDigests>, StoreError> {
        self.around("appointment_digests", self.store.appointment_digests()).await
    }
}
