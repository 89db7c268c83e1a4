//! An appointment as it stands in a store's columns, what the journal vouches for of it, and the way back.
//!
//! Which fields go into the digests, and in which order, stands here alone. Read next: `staff_register.rs`.

use domain::Iin;
use jiff::Timestamp;

use super::evidence::Fields;
use super::officers::{StaffMember, Workplace};
use super::staff_register::{
    Appointment, AppointmentBy, AppointmentEnd, AppointmentId, AppointmentKind, AppointmentState,
};
use super::store::StoreError;
use crate::staff::{StaffRole, StaffRoles};

/// An appointment as it stands in the columns.
pub struct AppointmentColumns {
    /// Identifier.
    pub id: String,
    /// Word of the kind.
    pub kind: String,
    /// IIN of whom it is about.
    pub iin: String,
    /// His name.
    pub name: String,
    /// Word of the workplace.
    pub workplace: String,
    /// Words of the roles, with spaces between.
    pub roles: String,
    /// Identifier of the appointment that it ends.
    pub replaces: Option<String>,
    /// Why.
    pub reason: String,
    /// IIN of the proposer.
    pub proposed_by: String,
    /// His name.
    pub proposer_name: String,
    /// Epoch milliseconds.
    pub proposed_at: i64,
    /// Word of the state.
    pub state: String,
    /// IIN of who decided.
    pub decided_by: Option<String>,
    /// His name.
    pub decider_name: Option<String>,
    /// Epoch milliseconds.
    pub decided_at: Option<i64>,
    /// What he said.
    pub remark: Option<String>,
}

impl AppointmentColumns {
    /// As it is to be stored.
    #[must_use]
    pub fn of(appointment: &Appointment) -> Self {
        let Appointment { id, kind, member, replaces, reason, proposed, end } = appointment;
        let by = end.as_ref().map(|end| &end.by);
        Self {
            id: id.0.clone(),
            kind: kind.code().to_owned(),
            iin: member.iin.digits(),
            name: member.name.clone(),
            workplace: member.workplace.code(),
            roles: roles_text(&member.roles),
            replaces: replaces.as_ref().map(|id| id.0.clone()),
            reason: reason.clone(),
            proposed_by: proposed.iin.digits(),
            proposer_name: proposed.name.clone(),
            proposed_at: proposed.at.as_millisecond(),
            state: appointment.state().code().to_owned(),
            decided_by: by.map(|by| by.iin.digits()),
            decider_name: by.map(|by| by.name.clone()),
            decided_at: by.map(|by| by.at.as_millisecond()),
            remark: end.as_ref().and_then(|end| end.remark.clone()),
        }
    }

    /// What the journal vouches for when it was proposed, and again when it was decided.
    #[must_use]
    pub fn digests(&self) -> AppointmentDigests {
        let proposal = Fields::default()
            .text(&self.id)
            .text(&self.kind)
            .text(&self.iin)
            .text(&self.name)
            .text(&self.workplace)
            .text(&self.roles);
        let proposal = optional(proposal, self.replaces.as_deref())
            .text(&self.reason)
            .text(&self.proposed_by)
            .text(&self.proposer_name)
            .integer(self.proposed_at);
        AppointmentDigests { id: self.id.clone(), proposal: proposal.digest(), end: self.end() }
    }

    /// A word of a decision before there is one is none of ours: then there is something the journal does not tell of.
    fn end(&self) -> Option<String> {
        let is_open = self.state == AppointmentState::Open.code();
        let texts = [&self.decided_by, &self.decider_name, &self.remark];
        let is_untouched = texts.iter().all(|text| text.is_none()) && self.decided_at.is_none();
        if is_open && is_untouched {
            return None;
        }
        let at = self.decided_at.map(|at| at.to_string());
        let start = Fields::default().text(&self.id).text(&self.state);
        let fields =
            texts.into_iter().fold(start, |fields, text| optional(fields, text.as_deref()));
        Some(optional(fields, at.as_deref()).digest())
    }

    /// The appointment.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn read(self) -> Result<Appointment, StoreError> {
        let corrupt = StoreError::Corrupt;
        let person = |digits: &str, column| Iin::parse(digits).map_err(|_| corrupt(column));
        let moment =
            |ms, column| Timestamp::from_millisecond(ms).map_err(|_| StoreError::Corrupt(column));
        let state = AppointmentState::parse(&self.state);
        let state = state.ok_or(corrupt("staff_appointments.state"))?;
        let end = match (state, self.decided_by, self.decider_name, self.decided_at) {
            (AppointmentState::Open, None, None, None) => None,
            (AppointmentState::Open, ..) => return Err(corrupt("staff_appointments.decided_by")),
            (state, Some(by), Some(name), Some(at)) => Some(AppointmentEnd {
                state,
                by: AppointmentBy {
                    iin: person(&by, "staff_appointments.decided_by")?,
                    name,
                    at: moment(at, "staff_appointments.decided_at")?,
                },
                remark: self.remark,
            }),
            _ => return Err(corrupt("staff_appointments.decided_by")),
        };
        let workplace = Workplace::parse(&self.workplace);
        let workplace = workplace.ok_or(corrupt("staff_appointments.workplace"))?;
        let roles = roles_of(&self.roles, &workplace).ok_or(corrupt("staff_appointments.roles"))?;
        let kind = AppointmentKind::parse(&self.kind);
        let iin = person(&self.iin, "staff_appointments.iin")?;
        Ok(Appointment {
            id: AppointmentId(self.id),
            kind: kind.ok_or(corrupt("staff_appointments.kind"))?,
            member: StaffMember { iin, name: self.name, workplace, roles },
            replaces: self.replaces.map(AppointmentId),
            reason: self.reason,
            proposed: AppointmentBy {
                iin: person(&self.proposed_by, "staff_appointments.proposed_by")?,
                name: self.proposer_name,
                at: moment(self.proposed_at, "staff_appointments.proposed_at")?,
            },
            end,
        })
    }
}

fn optional(fields: Fields, text: Option<&str>) -> Fields {
    match text {
        Some(text) => fields.integer(1).text(text),
        None => fields.integer(0),
    }
}

fn roles_text(roles: &StaffRoles) -> String {
    roles.iter().map(StaffRole::code).collect::<Vec<_>>().join(" ")
}

fn roles_of(text: &str, workplace: &Workplace) -> Option<StaffRoles> {
    let roles: Option<Vec<StaffRole>> = text.split(' ').map(StaffRole::parse).collect();
    StaffRoles::of(roles?, workplace)
}

/// Digests of what is stored of an appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointmentDigests {
    /// Its identifier.
    pub id: String,
    /// What was proposed.
    pub proposal: String,
    /// What was decided; `None` before.
    pub end: Option<String>,
}

impl AppointmentDigests {
    /// Of what was read; of what cannot be read, something that no digest is like.
    ///
    /// # Errors
    /// All but [`StoreError::Corrupt`].
    pub fn of_read(
        id: String,
        read: Result<AppointmentColumns, StoreError>,
    ) -> Result<Self, StoreError> {
        match read {
            Err(StoreError::Corrupt(column)) => {
                Ok(Self { id, proposal: column.to_owned(), end: None })
            }
            read => Ok(read?.digests()),
        }
    }
}
