//! A look of one of staff at people's data: in which way, what for, and what the journal has of it.
//!
//! Read next: `record_desk.rs` for where it is kept, `../access.rs` for how the person reads of it.

use domain::{Iin, Number};
use jiff::Timestamp;

use super::Fields;
use super::officers::Workplace;
use crate::audit::{Actor, AuditAction, AuditEvent};

/// In which way one of staff looked at people's records or requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookWay {
    /// Search by IIN.
    Iin,
    /// Search by name.
    Name,
    /// Search by the number of the act.
    Act,
    /// One record with its history.
    History,
    /// The list of contradictions.
    Conflicts,
    /// All records of the department as a file.
    Export,
    /// The list of requests to repair a record.
    Repairs,
    /// The whole story of one request.
    Request,
    /// A person's requests.
    Requests,
    /// The story of a request as a signed file.
    RequestFile,
    /// A proposal to annul a certificate.
    Annulment,
    /// The journal.
    Journal,
    /// A review or complaint with everything the decision used.
    Recourse,
    /// What a proposal would change, with the old values beside the new ones.
    Preview,
}

impl LookWay {
    /// Every way.
    pub const ALL: [Self; 14] = [
        Self::Iin,
        Self::Name,
        Self::Act,
        Self::History,
        Self::Conflicts,
        Self::Export,
        Self::Repairs,
        Self::Request,
        Self::Requests,
        Self::RequestFile,
        Self::Annulment,
        Self::Journal,
        Self::Recourse,
        Self::Preview,
    ];

    /// The way of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }

    /// What the journal calls such a look.
    #[must_use]
    pub fn action(self) -> AuditAction {
        match self {
            Self::Iin
            | Self::Name
            | Self::Act
            | Self::History
            | Self::Conflicts
            | Self::Repairs
            | Self::Recourse
            | Self::Preview => AuditAction::RecordLookedAt,
            Self::Export => AuditAction::RecordsExported,
            Self::Request | Self::Requests | Self::Annulment => AuditAction::RequestLookedAt,
            Self::RequestFile => AuditAction::RequestExported,
            Self::Journal => AuditAction::JournalRead,
        }
    }

    /// Whether nobody is asked what for, because the list or table itself is the work: then this way says it.
    #[must_use]
    pub fn is_work_itself(self) -> bool {
        matches!(self, Self::Conflicts | Self::Repairs | Self::Preview)
    }

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Iin => "iin",
            Self::Name => "name",
            Self::Act => "act",
            Self::History => "history",
            Self::Conflicts => "conflicts",
            Self::Export => "export",
            Self::Repairs => "repairs",
            Self::Request => "request",
            Self::Requests => "requests",
            Self::RequestFile => "request_file",
            Self::Annulment => "annulment",
            Self::Journal => "journal",
            Self::Recourse => "recourse",
            Self::Preview => "preview",
        }
    }
}

/// A look of one of staff at people's records or requests, written down before he sees them.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordLook {
    /// Identifier.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub officer: Iin,
    /// Where he serves.
    pub workplace: Workplace,
    /// As whom the journal knows him.
    pub actor: Actor,
    /// In which way.
    pub way: LookWay,
    /// What for, in his words; empty where the way says it ([`LookWay::is_work_itself`]).
    pub purpose: String,
    /// At which request, where it was at one; stands in the journal alone.
    pub request: Option<Number>,
}

impl RecordLook {
    /// The journal's rows: one for each person whose data is shown, or one where nobody's is.
    #[must_use]
    pub fn events(&self, subjects: &[Iin]) -> Vec<AuditEvent> {
        let event = |subject: Option<Iin>| AuditEvent {
            at: self.at,
            actor: self.actor,
            action: self.way.action(),
            request: self.request.clone(),
            subject,
            detail: format!("{} {}", self.way.code(), self.id),
            evidence: self.digest(),
        };
        match subjects {
            [] => vec![event(None)],
            subjects => subjects.iter().map(|subject| event(Some(*subject))).collect(),
        }
    }

    /// Way and identifier of a look, from a row of the journal; `None` where the row tells of something else.
    #[must_use]
    pub fn of_row(action: &str, detail: &str) -> Option<(LookWay, String)> {
        let (way, id) = detail.split_once(' ')?;
        let way = LookWay::parse(way)?;
        (way.action().code() == action && !id.is_empty()).then(|| (way, id.to_owned()))
    }

    /// Of what is stored of it.
    #[must_use]
    pub fn digest(&self) -> String {
        Fields::default()
            .text(&self.id)
            .integer(self.at.as_millisecond())
            .text(&self.officer.digits())
            .text(&self.workplace.code())
            .text(self.way.code())
            .text(&self.purpose)
            .digest()
    }
}

/// What is kept of a look beside its journal rows, as the person reads it. Who exactly looked is not among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookWords {
    /// Where whoever looked serves; `None` where what is stored is no workplace, which keeps nobody from the rest.
    pub workplace: Option<Workplace>,
    /// What for, in his words; empty where nobody asked him.
    pub purpose: String,
}

impl LookWords {
    /// From what a store keeps.
    #[must_use]
    pub fn stored(workplace: &str, purpose: String) -> Self {
        Self { workplace: Workplace::parse(workplace), purpose }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_a_look_is_split_into_its_way_and_its_identifier() {
        for way in LookWay::ALL {
            assert_eq!(LookWay::parse(way.code()), Some(way));
            let detail = format!("{} 0a1b", way.code());
            let of_row = RecordLook::of_row(way.action().code(), &detail);
            assert_eq!(of_row, Some((way, "0a1b".to_owned())));
        }
        for (action, detail) in [
            ("checked", "name 0a1b"),
            ("record_looked_at", "name"),
            ("record_looked_at", "name "),
            ("record_looked_at", "a_newer_way 0a1b"),
            ("journal_read", "name 0a1b"),
        ] {
            assert_eq!(RecordLook::of_row(action, detail), None, "{action} {detail}");
        }
    }
}
