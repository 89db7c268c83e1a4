//! Saying who serves, by two pairs of eyes: an administrator proposes to appoint or release somebody, a second one
//! confirms it or turns it down, and only then it is in force.
//!
//! Nobody decides about himself or confirms what he proposed. Whom the operator's list names is not appointed or released
//! here: that list goes before. Read next: `../ports/staff_register.rs` for what is kept.

use domain::{Answer, Iin};

use super::Staff;
use super::proposals::said;
use super::roles::{Permit, StaffAct, StaffRole, StaffRoles, acts};
use crate::audit::{AuditAction, AuditEvent};
use crate::ports::{
    Appointment, AppointmentBy, AppointmentColumns, AppointmentDecided, AppointmentDecision,
    AppointmentEnd, AppointmentId, AppointmentKind, AppointmentProposed, AppointmentState,
    StaffMember, StoreError, Workplace,
};

/// Closed ones that are listed, with the open ones.
const LISTED: u32 = 100;
/// Longest name that is kept.
const NAME_CHARS_MAX: usize = 200;

/// Everybody who serves, and what is proposed about somebody.
pub struct People {
    /// Named in the operator's list.
    pub named: Vec<StaffMember>,
    /// Appointments in force.
    pub appointed: Vec<Appointment>,
    /// The open appointments and releases, then the last closed ones.
    pub latest: Vec<Appointment>,
}

/// Somebody who is to be appointed.
pub struct AppointmentOrder {
    /// Who.
    pub iin: Iin,
    /// His name.
    pub name: String,
    /// Where.
    pub workplace: Workplace,
    /// As what.
    pub roles: Vec<StaffRole>,
    /// Why.
    pub reason: String,
}

/// What somebody decides about an open appointment or release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decide {
    /// A second administrator confirms it.
    Confirm,
    /// He turns it down, or the proposer takes it back.
    Close,
}

/// Why nobody was appointed or released. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AppointError {
    /// No such one.
    #[error("there is no such appointment")]
    Unknown,
    /// It was decided before.
    #[error("the appointment was decided already")]
    Closed,
    /// Somebody decides about himself.
    #[error("nobody appoints or releases himself")]
    Oneself,
    /// Only another administrator may confirm.
    #[error("only another administrator may confirm")]
    OwnProposal,
    /// The name is missing or too long.
    #[error("the name is missing or too long")]
    Name,
    /// The department is none of this service's.
    #[error("there is no such department")]
    NoDepartment,
    /// The roles are none, or may not be held together there.
    #[error("these roles may not be held there")]
    Roles,
    /// A reason is missing or too long.
    #[error("a reason is missing or too long")]
    ReasonMissing,
    /// The operator's list names him.
    #[error("the operator's list names the person")]
    Named,
    /// Another proposal about him waits.
    #[error("another proposal about the person waits")]
    AnotherWaits,
    /// He serves as just that already.
    #[error("the person serves so already")]
    Same,
    /// Nobody would be left to appoint people.
    #[error("nobody would be left to appoint people")]
    LastAdministrator,
    /// What is in force changed meanwhile.
    #[error("what is in force has changed")]
    Changed,
    /// The operator's list cannot be read.
    #[error("the list of people who serve cannot be read")]
    Unavailable,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AppointError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "appointment_unknown",
            Self::Closed => "appointment_closed",
            Self::Oneself => "appointment_oneself",
            Self::OwnProposal => "appointment_own",
            Self::Name => "appointment_name",
            Self::NoDepartment => "appointment_workplace",
            Self::Roles => "appointment_roles",
            Self::ReasonMissing => "proposal_reason",
            Self::Named => "appointment_named",
            Self::AnotherWaits => "appointment_another",
            Self::Same => "appointment_same",
            Self::LastAdministrator => "appointment_last",
            Self::Changed => "appointment_changed",
            Self::Unavailable => "officers_unavailable",
            Self::Store(_) => "store_unavailable",
        }
    }
}

type Permitted = Permit<acts::ManagePeople>;

impl Staff {
    /// Everybody who serves, and what waits for a second administrator.
    ///
    /// # Errors
    /// [`AppointError::Unavailable`], and the store's.
    pub async fn people(&self, _permit: &Permitted) -> Result<People, AppointError> {
        let register = &self.parts.store;
        Ok(People {
            named: self.named.everybody().await.ok_or(AppointError::Unavailable)?,
            appointed: register.appointments_in_force().await?,
            latest: register.latest_appointments(LISTED).await?,
        })
    }

    /// How many of these wait for somebody to confirm them; `None` where that is not his. A number shows nobody, so whoever
    /// came in by a passkey is told it, too, and signs before he opens them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_appointments<A>(
        &self,
        permit: &Permit<A>,
    ) -> Result<Option<usize>, StoreError> {
        let member = permit.member();
        if !member.roles.may(StaffAct::ManagePeople) {
            return Ok(None);
        }
        let latest = self.parts.store.latest_appointments(LISTED).await?;
        let is_for_him = |one: &&Appointment| {
            let is_his_own = [one.proposed.iin, one.member.iin].contains(&member.iin);
            one.end.is_none() && !is_his_own
        };
        Ok(Some(latest.iter().filter(is_for_him).count()))
    }

    /// Proposes to appoint somebody, or to let him serve as something else.
    ///
    /// # Errors
    /// [`AppointError`].
    pub async fn propose_appointment(
        &self,
        permit: &Permitted,
        order: AppointmentOrder,
    ) -> Result<AppointmentId, AppointError> {
        let name = domain::clean_text(&order.name);
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(AppointError::Name);
        }
        if let Workplace::Department(kato) = &order.workplace
            && !self.parts.providers.knows(kato)
        {
            return Err(AppointError::NoDepartment);
        }
        let roles = StaffRoles::of(order.roles, &order.workplace).ok_or(AppointError::Roles)?;
        let member = StaffMember { iin: order.iin, name, workplace: order.workplace, roles };
        self.require_not_named(&member).await?;
        let present = self.parts.store.appointed(member.iin, &member.workplace).await?;
        if present.as_ref().is_some_and(|one| one.member == member) {
            return Err(AppointError::Same);
        }
        let replaces = present.map(|one| one.id);
        let kind = AppointmentKind::Appointment;
        self.propose_about(permit, (kind, member, replaces), &order.reason).await
    }

    /// Proposes to release whom an appointment in force lets serve.
    ///
    /// # Errors
    /// [`AppointError`].
    pub async fn propose_release(
        &self,
        permit: &Permitted,
        id: &AppointmentId,
        reason: &str,
    ) -> Result<AppointmentId, AppointError> {
        let found = self.parts.store.appointment(id).await?.ok_or(AppointError::Unknown)?;
        let member = found.member;
        let present = self.parts.store.appointed(member.iin, &member.workplace).await?;
        if present.is_none_or(|one| one.id != *id) {
            return Err(AppointError::Changed);
        }
        let about = (AppointmentKind::Release, member, Some(id.clone()));
        self.propose_about(permit, about, reason).await
    }

    async fn propose_about(
        &self,
        permit: &Permitted,
        about: (AppointmentKind, StaffMember, Option<AppointmentId>),
        reason: &str,
    ) -> Result<AppointmentId, AppointError> {
        let (kind, member, replaces) = about;
        if member.iin == permit.member().iin {
            return Err(AppointError::Oneself);
        }
        let reason = said(reason).ok_or(AppointError::ReasonMissing)?;
        let id = AppointmentId(self.parts.ids.token());
        let proposed = self.by(permit);
        let appointment =
            Appointment { id: id.clone(), kind, member, replaces, reason, proposed, end: None };
        let evidence = AppointmentColumns::of(&appointment).digests().proposal;
        let audit = audit(permit, &appointment, AuditAction::AppointmentProposed, evidence);
        match self.parts.store.propose_appointment(&appointment, &audit).await? {
            AppointmentProposed::Kept => Ok(id),
            AppointmentProposed::AnotherWaits => Err(AppointError::AnotherWaits),
            AppointmentProposed::Changed => Err(AppointError::Changed),
        }
    }

    /// Confirms an open appointment or release, turns it down, or takes it back.
    ///
    /// # Errors
    /// [`AppointError`]; then nothing has changed.
    pub async fn decide_appointment(
        &self,
        permit: &Permitted,
        id: &AppointmentId,
        decide: Decide,
        remark: &str,
    ) -> Result<(), AppointError> {
        let mut open = self.parts.store.appointment(id).await?.ok_or(AppointError::Unknown)?;
        if open.end.is_some() {
            return Err(AppointError::Closed);
        }
        let me = permit.member().iin;
        if open.member.iin == me {
            return Err(AppointError::Oneself);
        }
        let is_own = open.proposed.iin == me;
        let state = match decide {
            Decide::Confirm if is_own => return Err(AppointError::OwnProposal),
            Decide::Confirm => AppointmentState::Confirmed,
            Decide::Close if is_own => AppointmentState::Withdrawn,
            Decide::Close => AppointmentState::TurnedDown,
        };
        let remark = said(remark);
        if state == AppointmentState::TurnedDown && remark.is_none() {
            return Err(AppointError::ReasonMissing);
        }
        let keeps_administrator = match decide {
            Decide::Confirm => !self.is_administrator_named().await?,
            Decide::Close => false,
        };
        let end = AppointmentEnd { state, by: self.by(permit), remark };
        open.end = Some(end.clone());
        let evidence = AppointmentColumns::of(&open).digests().end.unwrap_or_default();
        let audit = audit(permit, &open, AuditAction::AppointmentDecided, evidence);
        let decision = AppointmentDecision { id: id.clone(), end, keeps_administrator };
        match self.parts.store.decide_appointment(&decision, &audit).await? {
            AppointmentDecided::Done => Ok(()),
            AppointmentDecided::Closed => Err(AppointError::Closed),
            AppointmentDecided::LastAdministrator => Err(AppointError::LastAdministrator),
        }
    }

    /// Whom the operator's list names serves by that list, whatever was decided here.
    async fn require_not_named(&self, member: &StaffMember) -> Result<(), AppointError> {
        match self.named.member(member.iin, &member.workplace).await {
            Answer::Known(_) => Err(AppointError::Named),
            Answer::Absent => Ok(()),
            Answer::Unavailable => Err(AppointError::Unavailable),
        }
    }

    async fn is_administrator_named(&self) -> Result<bool, AppointError> {
        let named = self.named.everybody().await.ok_or(AppointError::Unavailable)?;
        let is_one =
            |one: &StaffMember| one.roles.iter().any(|role| role == StaffRole::Administrator);
        Ok(named.iter().any(is_one))
    }

    fn by(&self, permit: &Permitted) -> AppointmentBy {
        let member = permit.member();
        AppointmentBy { iin: member.iin, name: member.name.clone(), at: self.now() }
    }
}

fn audit(
    permit: &Permitted,
    appointment: &Appointment,
    action: AuditAction,
    evidence: String,
) -> AuditEvent {
    let by = appointment.end.as_ref().map_or(&appointment.proposed, |end| &end.by);
    AuditEvent {
        at: by.at,
        actor: permit.actor(),
        action,
        request: None,
        subject: Some(appointment.member.iin),
        detail: appointment.id.0.clone(),
        evidence,
    }
}
