//! Who serves by appointment: what administrators propose about people, and what a second one decided of it.
//!
//! Evidence: a row is written once, decided once, and never taken away; both times the journal vouches for it. Who serves
//! follows from the rows: whose appointment was confirmed and replaced by no confirmed one. A part of the store; each method
//! is one transaction. Read next: `appointment_columns.rs` for how they are kept, `../staff/people.rs` for who
//! may do what.

use std::fmt;

use async_trait::async_trait;
use domain::Iin;
use jiff::Timestamp;

use super::appointment_columns::AppointmentDigests;
use super::officers::{StaffMember, Workplace};
use super::records::Hidden;
use super::store::StoreError;
use crate::audit::AuditEvent;

/// Random; stands in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppointmentId(pub String);

/// What is proposed about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentKind {
    /// He is to serve, or to serve as something else.
    Appointment,
    /// He is to serve no more.
    Release,
}

impl AppointmentKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Appointment, Self::Release];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Release => "release",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// How it stands with an appointment or a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentState {
    /// It waits for a second administrator.
    Open,
    /// In force from then on.
    Confirmed,
    /// Turned down by the second administrator.
    TurnedDown,
    /// Taken back by the proposer.
    Withdrawn,
}

impl AppointmentState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Confirmed, Self::TurnedDown, Self::Withdrawn];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::TurnedDown => "turned_down",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Which administrator did something, and when.
#[derive(Clone, PartialEq, Eq)]
pub struct AppointmentBy {
    /// Who.
    pub iin: Iin,
    /// His name then: he may have left since.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

impl fmt::Debug for AppointmentBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AppointmentBy").field("at", &self.at).finish_non_exhaustive()
    }
}

/// What became of an appointment or a release.
#[derive(Clone, PartialEq, Eq)]
pub struct AppointmentEnd {
    /// The state it ends in, which is not [`AppointmentState::Open`].
    pub state: AppointmentState,
    /// By whom.
    pub by: AppointmentBy,
    /// Why, where he said so.
    pub remark: Option<String>,
}

impl fmt::Debug for AppointmentEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = formatter.debug_struct("AppointmentEnd");
        told.field("state", &self.state).field("by", &self.by).finish_non_exhaustive()
    }
}

/// An appointment or a release as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Appointment {
    /// Identifier.
    pub id: AppointmentId,
    /// Which of the two.
    pub kind: AppointmentKind,
    /// Who, where, as what. Of a release: as what he served until then.
    pub member: StaffMember,
    /// The appointment that it ends where it is confirmed: that in force when it was proposed.
    pub replaces: Option<AppointmentId>,
    /// Why, in the proposer's words.
    pub reason: String,
    /// By whom it is proposed.
    pub proposed: AppointmentBy,
    /// What became of it; `None` while it waits.
    pub end: Option<AppointmentEnd>,
}

impl Appointment {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> AppointmentState {
        self.end.as_ref().map_or(AppointmentState::Open, |end| end.state)
    }
}

impl fmt::Debug for Appointment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Appointment")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("member", &self.member)
            .field("replaces", &self.replaces)
            .field("reason", &Hidden)
            .field("proposed", &self.proposed)
            .field("end", &self.end)
            .finish()
    }
}

/// A decision about an open appointment or release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointmentDecision {
    /// Which.
    pub id: AppointmentId,
    /// What becomes of it.
    pub end: AppointmentEnd,
    /// Whether an administrator must stay by appointment, because none is named elsewhere.
    pub keeps_administrator: bool,
}

/// What became of a proposal to appoint or release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentProposed {
    /// It waits for a second administrator.
    Kept,
    /// Another about this person at this workplace waits already; nothing was written.
    AnotherWaits,
    /// Not the appointment that it would end is in force; nothing was written.
    Changed,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentDecided {
    /// It is as decided.
    Done,
    /// There is no such one, or it was decided before; nothing was written.
    Closed,
    /// Nobody would be left to appoint people; nothing was written.
    LastAdministrator,
}

/// Appointments and releases.
#[async_trait]
pub trait StaffRegister: Send + Sync {
    /// The appointment in force of a person at a workplace.
    async fn appointed(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Option<Appointment>, StoreError>;

    /// All appointments in force, by workplace and IIN.
    async fn appointments_in_force(&self) -> Result<Vec<Appointment>, StoreError>;

    /// The open appointments and releases, then the others, the last proposed first; at most `limit`.
    async fn latest_appointments(&self, limit: u32) -> Result<Vec<Appointment>, StoreError>;

    /// An appointment or release.
    async fn appointment(&self, id: &AppointmentId) -> Result<Option<Appointment>, StoreError>;

    /// Keeps an open appointment or release, with its journal entry. Of parallel calls about one person at one workplace
    /// one is [`AppointmentProposed::Kept`].
    async fn propose_appointment(
        &self,
        appointment: &Appointment,
        audit: &AuditEvent,
    ) -> Result<AppointmentProposed, StoreError>;

    /// Decides an open one, with its journal entry: of parallel calls one is [`AppointmentDecided::Done`], and of two that
    /// would each leave one administrator not both.
    ///
    /// # Errors
    /// Where the proposer confirms, or whom it is about decides: that is for no store to keep.
    async fn decide_appointment(
        &self,
        decision: &AppointmentDecision,
        audit: &AuditEvent,
    ) -> Result<AppointmentDecided, StoreError>;

    /// Digests of all of them.
    async fn appointment_digests(&self) -> Result<Vec<AppointmentDigests>, StoreError>;
}
