//! Roles of the people who serve, and what each may do: the whole table of permissions.
//!
//! Nobody holds a permission but as a [`Permit`], which this crate alone makes out of a signed-in person and this table. A
//! use case demands the permit of its act, so a page of a clerk cannot even name what a clerk may not do.
//!
//! Read next: `sign_in.rs` for who gets a permit.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use domain::Kato;

use crate::audit::Actor;
use crate::ports::{Officer, SessionWay, StaffMember, Workplace};

/// What somebody is in the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StaffRole {
    /// Keeps the records of an education department.
    Officer,
    /// Leads an education department: answers complaints and confirms what officers propose.
    Head,
    /// Reviews automated refusals.
    Reviewer,
    /// Works for the authority that assesses and controls the quality of state services.
    QualityController,
    /// Answers the telephone 1414.
    ContactCentreOperator,
    /// Watches over personal data.
    DataProtectionOfficer,
    /// Reads all and changes nothing.
    Auditor,
    /// Keeps people and settings, and sees no personal data.
    Administrator,
}

impl StaffRole {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Officer,
        Self::Head,
        Self::Reviewer,
        Self::QualityController,
        Self::ContactCentreOperator,
        Self::DataProtectionOfficer,
        Self::Auditor,
        Self::Administrator,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Head => "head",
            Self::Reviewer => "reviewer",
            Self::QualityController => "quality_controller",
            Self::ContactCentreOperator => "contact_centre_operator",
            Self::DataProtectionOfficer => "data_protection_officer",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether it is held in an education department; the others are held in an organisation of their own.
    #[must_use]
    pub fn is_of_department(self) -> bool {
        matches!(self, Self::Officer | Self::Head | Self::Reviewer)
    }

    /// As whom the journal knows him.
    #[must_use]
    pub fn actor(self) -> Actor {
        match self {
            Self::Officer | Self::Head | Self::Reviewer => Actor::Officer,
            Self::QualityController => Actor::QualityController,
            Self::ContactCentreOperator => Actor::ContactCentre,
            Self::DataProtectionOfficer => Actor::DataProtectionOfficer,
            Self::Auditor => Actor::Auditor,
            Self::Administrator => Actor::Administrator,
        }
    }

    /// The table.
    #[must_use]
    pub fn may(self, act: StaffAct) -> bool {
        use StaffAct as A;
        match self {
            Self::Officer => matches!(
                act,
                A::OpenDesk
                    | A::KeepRecords
                    | A::ReadRequests
                    | A::AnnulCertificates
                    | A::NoteRequests
                    | A::ReadFigures
            ),
            Self::Head => matches!(
                act,
                A::OpenDesk
                    | A::KeepRecords
                    | A::ReadRequests
                    | A::AnnulCertificates
                    | A::NoteRequests
                    | A::AnswerComplaints
                    | A::ReadFigures
            ),
            Self::Reviewer => {
                matches!(
                    act,
                    A::OpenDesk
                        | A::ReadRequests
                        | A::NoteRequests
                        | A::ReviewRefusals
                        | A::ReadFigures
                )
            }
            Self::QualityController => matches!(
                act,
                A::OpenDesk | A::ReadRequests | A::AnswerQualityComplaints | A::ReadFigures
            ),
            Self::ContactCentreOperator => {
                matches!(act, A::OpenDesk | A::ServeCallers | A::ReadFaults)
            }
            Self::DataProtectionOfficer | Self::Auditor => matches!(
                act,
                A::OpenDesk | A::ReadRequests | A::ReadFigures | A::ReadJournal | A::ReadFaults
            ),
            Self::Administrator => {
                matches!(act, A::OpenDesk | A::ManagePeople | A::ReleaseTemplates | A::ReadFigures)
            }
        }
    }
}

/// The roles of one person at one workplace: those of a department may be held together, any other alone. He may serve at
/// another workplace, too, with that one's key; what takes two people compares the persons, so he is nowhere his own second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRoles(BTreeSet<StaffRole>);

impl StaffRoles {
    /// Roles that may be held together at this workplace.
    #[must_use]
    pub fn of(roles: impl IntoIterator<Item = StaffRole>, workplace: &Workplace) -> Option<Self> {
        let roles: BTreeSet<StaffRole> = roles.into_iter().collect();
        let fits = match workplace {
            Workplace::Department(_) => roles.iter().all(|role| role.is_of_department()),
            Workplace::Organisation(_) => {
                roles.len() == 1 && roles.iter().all(|role| !role.is_of_department())
            }
        };
        (fits && !roles.is_empty()).then_some(Self(roles))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = StaffRole> + '_ {
        self.0.iter().copied()
    }

    /// Whether one of them may do this.
    #[must_use]
    pub fn may(&self, act: StaffAct) -> bool {
        self.iter().any(|role| role.may(act))
    }
}

/// Declares the acts: the value for tables and tests, and the type that a permit is for.
macro_rules! acts {
    ($($(#[$about:meta])* $act:ident = $code:literal),+ $(,)?) => {
        /// What people who serve may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum StaffAct {
            $($(#[$about])* $act),+
        }

        impl StaffAct {
            /// Every act.
            pub const ALL: &'static [Self] = &[$(Self::$act),+];

            /// Stable word.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$act => $code),+
                }
            }
        }

        /// The acts as types.
        pub mod acts {
            use super::{Act, StaffAct};

            $(
                $(#[$about])*
                #[derive(Clone, Copy, Debug)]
                pub struct $act;

                impl Act for $act {
                    const ACT: StaffAct = StaffAct::$act;
                }
            )+
        }
    };
}

acts! {
    /// Come in at all, and see what waits.
    OpenDesk = "open_desk",
    /// Keep a department's records: propose, confirm, search, take out, answer requests to repair.
    KeepRecords = "keep_records",
    /// Read the whole story of a request, having said what for.
    ReadRequests = "read_requests",
    /// Annul a certificate, by two pairs of eyes.
    AnnulCertificates = "annul_certificates",
    /// Write a note on a request.
    NoteRequests = "note_requests",
    /// Review automated refusals.
    ReviewRefusals = "review_refusals",
    /// Answer complaints to the head of the provider.
    AnswerComplaints = "answer_complaints",
    /// Answer complaints to the authority of quality control.
    AnswerQualityComplaints = "answer_quality_complaints",
    /// Tell callers of 1414 how it stands.
    ServeCallers = "serve_callers",
    /// Read the faults that callers told of. Their words may name somebody, whatever was asked of those who wrote them down.
    ReadFaults = "read_faults",
    /// Read the figures.
    ReadFigures = "read_figures",
    /// Read the journal.
    ReadJournal = "read_journal",
    /// Release templates of documents and texts, by two pairs of eyes.
    ReleaseTemplates = "release_templates",
    /// Say who serves and as what, by two pairs of eyes.
    ManagePeople = "manage_people",
}

impl StaffAct {
    /// Whether it is done by two pairs of eyes throughout: then whoever came in by a passkey signs in with his digital
    /// signature first. Of [`Self::KeepRecords`] a part is; that part asks for itself.
    #[must_use]
    pub fn needs_signature(self) -> bool {
        matches!(self, Self::AnnulCertificates | Self::ReleaseTemplates | Self::ManagePeople)
    }
}

/// An act as a type.
pub trait Act: Send + Sync + 'static {
    /// Its value.
    const ACT: StaffAct;
}

/// Whose cases somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Territory {
    /// All of them.
    Republic,
    /// Those of one department.
    Of(Kato),
}

impl Territory {
    /// Whether it takes in a department's.
    #[must_use]
    pub fn takes_in(&self, provider: &Kato) -> bool {
        match self {
            Self::Republic => true,
            Self::Of(own) => own == provider,
        }
    }
}

/// Proof that a signed-in person may do `A`.
#[derive(Clone, Debug)]
pub struct Permit<A> {
    member: StaffMember,
    way: SessionWay,
    act: PhantomData<A>,
}

impl<A: Act> Permit<A> {
    /// Of somebody who came in with his digital signature.
    pub(crate) fn of(member: StaffMember) -> Option<Self> {
        let way = SessionWay::Signature;
        member.roles.may(A::ACT).then_some(Self { member, way, act: PhantomData })
    }

    /// Of somebody who came in so.
    pub(crate) fn entered(member: StaffMember, way: SessionWay) -> Option<Self> {
        Self::of(member).map(|permit| Self { way, ..permit })
    }
}

impl<A> Permit<A> {
    /// The same person's permit for another act, where one of his roles has it and the way he came in is enough for it.
    #[must_use]
    pub fn and<B: Act>(&self) -> Option<Permit<B>> {
        let is_enough = self.is_signed() || !B::ACT.needs_signature();
        is_enough.then(|| Permit::entered(self.member.clone(), self.way)).flatten()
    }

    /// Who.
    #[must_use]
    pub fn member(&self) -> &StaffMember {
        &self.member
    }

    /// Whether he came in with his digital signature.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.way == SessionWay::Signature
    }

    /// Whose cases he sees.
    #[must_use]
    pub fn territory(&self) -> Territory {
        match &self.member.workplace {
            Workplace::Department(kato) => Territory::Of(kato.clone()),
            Workplace::Organisation(_) => Territory::Republic,
        }
    }

    /// As whom the journal knows him.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.member.actor()
    }

    /// He as somebody of a department, where he is one.
    #[must_use]
    pub fn officer(&self) -> Option<Officer> {
        match &self.member.workplace {
            Workplace::Department(provider) => Some(Officer {
                iin: self.member.iin,
                name: self.member.name.clone(),
                provider: provider.clone(),
                is_signed: self.is_signed(),
            }),
            Workplace::Organisation(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Bin;

    use super::*;
    use crate::testing::samples::kato;

    fn organisation() -> Workplace {
        Workplace::Organisation(Bin::parse("210140000026").unwrap())
    }

    #[test]
    fn words_lead_back_to_their_roles() {
        for role in StaffRole::ALL {
            assert_eq!(StaffRole::parse(role.code()), Some(role));
            assert!(role.may(StaffAct::OpenDesk), "{role:?}");
        }
        assert_eq!(StaffRole::parse("clerk"), None);
    }

    #[test]
    fn every_act_is_somebodys_and_a_role_outside_departments_is_held_alone() {
        for act in StaffAct::ALL {
            assert!(StaffRole::ALL.iter().any(|role| role.may(*act)), "{act:?}");
        }
        let department = Workplace::Department(kato());
        let pair = [StaffRole::Officer, StaffRole::Reviewer];
        assert!(StaffRoles::of(pair, &department).is_some());
        assert!(StaffRoles::of([], &department).is_none());
        assert!(StaffRoles::of(pair, &organisation()).is_none());
        for role in StaffRole::ALL {
            let is_of_department = role.is_of_department();
            assert_eq!(StaffRoles::of([role], &department).is_some(), is_of_department);
            assert_eq!(StaffRoles::of([role], &organisation()).is_some(), !is_of_department);
        }
        let both = [StaffRole::Auditor, StaffRole::Administrator];
        assert!(StaffRoles::of(both, &organisation()).is_none());
    }

    #[test]
    fn what_one_pair_of_eyes_never_does_alone_needs_a_signature() {
        let needs: Vec<&str> = StaffAct::ALL
            .iter()
            .filter(|act| act.needs_signature())
            .map(|act| act.code())
            .collect();
        assert_eq!(needs, ["annul_certificates", "release_templates", "manage_people"]);
    }

    #[test]
    fn another_permit_remembers_how_he_came_in() {
        let roles = StaffRoles::of([StaffRole::Head], &Workplace::Department(kato())).unwrap();
        let member = crate::testing::of_department(
            crate::testing::samples::iin(1),
            "Басшы",
            &kato(),
            &roles.iter().collect::<Vec<_>>(),
        );
        for way in [SessionWay::Signature, SessionWay::Passkey] {
            let desk = Permit::<acts::OpenDesk>::entered(member.clone(), way).unwrap();
            let is_signed = way == SessionWay::Signature;
            let records = desk.and::<acts::KeepRecords>().unwrap();
            assert_eq!(records.is_signed(), is_signed, "{way:?}");
            assert_eq!(records.officer().unwrap().is_signed, is_signed, "{way:?}");
            assert_eq!(desk.and::<acts::AnnulCertificates>().is_some(), is_signed, "{way:?}");
            assert!(desk.and::<acts::ManagePeople>().is_none(), "none of his roles has it");
        }
    }

    #[test]
    fn who_sees_no_personal_data_has_no_act_that_shows_them() {
        for act in [StaffAct::KeepRecords, StaffAct::ReadRequests, StaffAct::ReadJournal] {
            assert!(!StaffRole::Administrator.may(act));
            assert!(!StaffRole::ContactCentreOperator.may(act));
        }
        assert!(!StaffRole::Administrator.may(StaffAct::ReadFaults));
        for act in StaffAct::ALL {
            let reads = matches!(
                act,
                StaffAct::OpenDesk
                    | StaffAct::ReadRequests
                    | StaffAct::ReadFigures
                    | StaffAct::ReadJournal
                    | StaffAct::ReadFaults
            );
            assert_eq!(StaffRole::Auditor.may(*act), reads, "an auditor changes nothing: {act:?}");
        }
    }
}
