//! Appointments and releases in memory.

use std::cmp::Reverse;

use async_trait::async_trait;
use domain::Iin;

use super::MemoryStore;
use super::memory_state::{State, unavailable};
use crate::audit::AuditEvent;
use crate::ports::{
    Appointment, AppointmentColumns, AppointmentDecided, AppointmentDecision, AppointmentDigests,
    AppointmentId, AppointmentKind, AppointmentProposed, AppointmentState, StaffMember,
    StaffRegister, StoreError, Workplace,
};
use crate::staff::StaffRole;

#[derive(Clone, Default)]
pub(super) struct PeopleState {
    appointments: Vec<Appointment>,
}

fn is_administrator(member: &StaffMember) -> bool {
    member.roles.iter().any(|role| role == StaffRole::Administrator)
}

impl PeopleState {
    fn in_force(&self) -> impl Iterator<Item = &Appointment> {
        let confirmed = |one: &&Appointment| one.state() == AppointmentState::Confirmed;
        let is_replaced = move |one: &Appointment| {
            let mut confirmed = self.appointments.iter().filter(confirmed);
            confirmed.any(|next| next.replaces.as_ref() == Some(&one.id))
        };
        let appointments = self.appointments.iter().filter(confirmed);
        appointments
            .filter(|one| one.kind == AppointmentKind::Appointment)
            .filter(move |one| !is_replaced(one))
    }

    fn of(&self, iin: Iin, workplace: &Workplace) -> Option<&Appointment> {
        self.in_force().find(|one| one.member.iin == iin && one.member.workplace == *workplace)
    }

    fn proposed(&self, new: &Appointment) -> AppointmentProposed {
        let (iin, workplace) = (new.member.iin, &new.member.workplace);
        let waits = |one: &Appointment| {
            one.end.is_none() && one.member.iin == iin && one.member.workplace == *workplace
        };
        if self.appointments.iter().any(waits) {
            return AppointmentProposed::AnotherWaits;
        }
        if self.of(iin, workplace).map(|one| &one.id) != new.replaces.as_ref() {
            return AppointmentProposed::Changed;
        }
        AppointmentProposed::Kept
    }

    /// Whether no administrator would be left by appointment.
    fn loses_administrator(&self, open: &Appointment) -> bool {
        let is_replaced = |one: &&Appointment| Some(&one.id) == open.replaces.as_ref();
        let lost =
            self.in_force().find(is_replaced).is_some_and(|one| is_administrator(&one.member));
        let stays = open.kind == AppointmentKind::Appointment && is_administrator(&open.member);
        let mut others = self.in_force().filter(|one| !is_replaced(one));
        lost && !stays && !others.any(|one| is_administrator(&one.member))
    }
}

impl State {
    fn decide_appointment(
        &mut self,
        decision: &AppointmentDecision,
        audit: &AuditEvent,
    ) -> Result<AppointmentDecided, StoreError> {
        let AppointmentDecision { id, end, keeps_administrator } = decision;
        let mut all = self.people.appointments.iter();
        let place = all.position(|one| one.id == *id && one.end.is_none());
        let Some(place) = place else { return Ok(AppointmentDecided::Closed) };
        let open = &self.people.appointments[place];
        let confirms = end.state == AppointmentState::Confirmed;
        let confirms_own = confirms && end.by.iin == open.proposed.iin;
        if confirms_own || end.by.iin == open.member.iin {
            return Err(unavailable("nobody decides so about himself"));
        }
        if confirms && *keeps_administrator && self.people.loses_administrator(open) {
            return Ok(AppointmentDecided::LastAdministrator);
        }
        self.people.appointments[place].end = Some(end.clone());
        self.append(std::slice::from_ref(audit));
        Ok(AppointmentDecided::Done)
    }
}

#[async_trait]
impl StaffRegister for MemoryStore {
    async fn appointed(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Option<Appointment>, StoreError> {
        self.read(|state| state.people.of(iin, workplace).cloned())
    }

    async fn appointments_in_force(&self) -> Result<Vec<Appointment>, StoreError> {
        self.read(|state| {
            let mut all: Vec<Appointment> = state.people.in_force().cloned().collect();
            all.sort_by_key(|one| (one.member.workplace.code(), one.member.iin));
            all
        })
    }

    async fn latest_appointments(&self, limit: u32) -> Result<Vec<Appointment>, StoreError> {
        self.read(|state| {
            let mut all = state.people.appointments.clone();
            all.sort_by_key(|one| (one.end.is_some(), Reverse(one.proposed.at), one.id.clone()));
            all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            all
        })
    }

    async fn appointment(&self, id: &AppointmentId) -> Result<Option<Appointment>, StoreError> {
        self.read(|state| state.people.appointments.iter().find(|one| one.id == *id).cloned())
    }

    async fn propose_appointment(
        &self,
        appointment: &Appointment,
        audit: &AuditEvent,
    ) -> Result<AppointmentProposed, StoreError> {
        self.write(|state| {
            if appointment.proposed.iin == appointment.member.iin || appointment.end.is_some() {
                return Err(unavailable("nobody is appointed so"));
            }
            let proposed = state.people.proposed(appointment);
            if proposed == AppointmentProposed::Kept {
                state.people.appointments.push(appointment.clone());
                state.append(std::slice::from_ref(audit));
            }
            Ok(proposed)
        })
    }

    async fn decide_appointment(
        &self,
        decision: &AppointmentDecision,
        audit: &AuditEvent,
    ) -> Result<AppointmentDecided, StoreError> {
        self.write(|state| state.decide_appointment(decision, audit))
    }

    async fn appointment_digests(&self) -> Result<Vec<AppointmentDigests>, StoreError> {
        self.read(|state| {
            let digests = |one: &Appointment| AppointmentColumns::of(one).digests();
            state.people.appointments.iter().map(digests).collect()
        })
    }
}
