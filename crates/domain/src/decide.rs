//! The decision: the one function that holds the law of the service.
//!
//! It is total: any evidence leads to exactly one [`Decision`]. There are exactly two grounds for refusal (item 9 of
//! the list), and only an authoritative answer leads to one; whatever could not be learned leads to waiting.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Act, Answer, Consents, ElectronicRequest, Evidence, Guardian, GuardianRecord, Iin, Kato,
    PersonName, PropertyInventory, Role, WardId, WardRecord, WardsAsked, astana_date, role_on,
};

/// Version of the rules below; kept with every decision so that it can be repeated years later.
pub const RULE_VERSION: &str = "1";

/// The two grounds of item 9 of the list of basic requirements. There is no third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalGround {
    /// Item 9.1: the Republican Data Bank has no data about the guardian or custodian.
    NoGuardianRecord,
    /// Item 9.2: no consent under Article 8 of Law No. 94-V.
    NoConsent,
}

impl RefusalGround {
    /// Stable word for API, database and documents.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoGuardianRecord => "no_guardian_record",
            Self::NoConsent => "no_consent",
        }
    }

    /// The ground of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::NoGuardianRecord, Self::NoConsent].into_iter().find(|one| one.code() == code)
    }
}

/// Where evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Consent.
    Consent,
    /// The data bank.
    DataBank,
}

/// One ward of the applicant on the day of issue: the substance of one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// The ward's key in the data bank: at most one answer per request and ward.
    pub ward_id: WardId,
    /// The ward's name.
    pub ward_name: PersonName,
    /// The ward's IIN, if any.
    pub ward_iin: Option<Iin>,
    /// The ward's birth date.
    pub ward_birth_date: Date,
    /// Guardian or custodian, by age on the day.
    pub role: Role,
    /// The original act.
    pub act: Act,
    /// Property inventory, if any.
    pub inventory: Option<PropertyInventory>,
    /// Who keeps the record.
    pub provider: Kato,
}

/// One appointment or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Appointment>", into = "Vec<Appointment>")]
pub struct Appointments(Vec<Appointment>);

impl Appointments {
    /// `None` for an empty list: nothing to certify.
    #[must_use]
    pub fn new(list: Vec<Appointment>) -> Option<Self> {
        if list.is_empty() { None } else { Some(Self(list)) }
    }

    /// In the order of the data bank's keys.
    pub fn iter(&self) -> impl Iterator<Item = &Appointment> {
        self.0.iter()
    }
}

impl TryFrom<Vec<Appointment>> for Appointments {
    type Error = &'static str;
    fn try_from(list: Vec<Appointment>) -> Result<Self, Self::Error> {
        Self::new(list).ok_or("a grant certifies at least one appointment")
    }
}

impl From<Appointments> for Vec<Appointment> {
    fn from(list: Appointments) -> Self {
        list.0
    }
}

/// The lawful end of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Certificates; where wards were named, also a refusal about those the bank does not know him as guardian of.
    Granted {
        /// The applicant as recorded.
        guardian: Guardian,
        /// One certificate each.
        appointments: Appointments,
        /// Named wards without a current record; ground 1, for these alone.
        without_record: Vec<Iin>,
    },
    /// A reasoned refusal of the whole request.
    Refused {
        /// The ground.
        ground: RefusalGround,
        /// Who keeps an ended or other record of the applicant and can repair it, where there is one.
        record_kept_by: Option<Kato>,
    },
}

/// What follows from the evidence so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Consent is there and the data bank was not asked yet.
    AskDataBank,
    /// A source did not answer, or its record contradicts itself: wait, and never refuse.
    Wait(Source),
    /// The lawful answer.
    Answer(Outcome),
}

/// Decides a request by its evidence at a moment.
///
/// Consent first: without it the data bank is not asked. Item 9.2 is about Article 8 alone, so refusing the consent
/// to protected secrets does not refuse the service.
#[must_use]
pub fn decide(request: &ElectronicRequest, evidence: &Evidence, now: Timestamp) -> Decision {
    match &evidence.consent {
        Answer::Unavailable => Decision::Wait(Source::Consent),
        Answer::Absent => refuse(RefusalGround::NoConsent, None),
        Answer::Known(Consents { restricted_data, .. }) if !restricted_data.is_given() => {
            refuse(RefusalGround::NoConsent, None)
        }
        Answer::Known(_) => match &evidence.data_bank {
            None => Decision::AskDataBank,
            Some(Answer::Unavailable) => Decision::Wait(Source::DataBank),
            Some(Answer::Absent) => refuse(RefusalGround::NoGuardianRecord, None),
            Some(Answer::Known(record)) => decide_by_record(request, record, astana_date(now)),
        },
    }
}

/// A record about somebody else is a fault of the source. Otherwise item 9.1 is read by the guardianships alone:
/// the accounting status is not looked at, because accounting ends by law when a child is placed
/// (Code on Marriage and Family, Article 118-4).
fn decide_by_record(request: &ElectronicRequest, record: &GuardianRecord, today: Date) -> Decision {
    if record.guardian.iin != request.applicant {
        return Decision::Wait(Source::DataBank);
    }
    let standings = standings(record, today);
    let asked: Vec<&Standing> = match &request.wards {
        WardsAsked::All => standings.iter().collect(),
        WardsAsked::Named(named) => standings.iter().filter(|one| one.is_named_in(named)).collect(),
    };
    let current: Vec<Appointment> =
        asked.iter().filter_map(|one| one.appointment.clone()).collect();
    let contradictory = asked.iter().any(|one| one.appointment.is_none() && one.contradictory);
    let named_individually = matches!(request.wards, WardsAsked::Named(_));
    if contradictory && (named_individually || current.is_empty()) {
        return Decision::Wait(Source::DataBank);
    }
    let without_record = named_without_record(request, &current);
    match Appointments::new(current) {
        Some(appointments) => Decision::Answer(Outcome::Granted {
            guardian: record.guardian.clone(),
            appointments,
            without_record,
        }),
        None => refuse(RefusalGround::NoGuardianRecord, latest_keeper(record)),
    }
}

fn refuse(ground: RefusalGround, record_kept_by: Option<Kato>) -> Decision {
    Decision::Answer(Outcome::Refused { ground, record_kept_by })
}

/// Where the applicant stands towards one ward today.
struct Standing {
    ward_iin: Option<Iin>,
    appointment: Option<Appointment>,
    contradictory: bool,
}

impl Standing {
    fn is_named_in(&self, named: &[Iin]) -> bool {
        self.ward_iin.is_some_and(|iin| named.contains(&iin))
    }
}

/// One standing per ward. Of several current acts on one ward the latest is certified; other forms of placement
/// (patronage, foster, guest, adoption) count for nothing.
fn standings(record: &GuardianRecord, today: Date) -> Vec<Standing> {
    let mut by_ward: BTreeMap<&WardId, Vec<&WardRecord>> = BTreeMap::new();
    for one in record.wards.iter().filter(|one| one.placement.form.gives_certificate()) {
        by_ward.entry(&one.ward.id).or_default().push(one);
    }
    by_ward
        .into_values()
        .map(|records| Standing {
            ward_iin: records.iter().find_map(|one| one.ward.iin),
            contradictory: records.iter().any(|one| one.placement.fault_on(today).is_some()),
            appointment: records
                .iter()
                .filter(|one| one.placement.is_current_on(today))
                .max_by_key(|one| (one.placement.start, one.placement.act.date))
                .and_then(|one| appointment(one, today)),
        })
        .collect()
}

/// Family Code, Article 1: the role follows from the ward's age on the day, whatever the act calls it.
fn appointment(record: &WardRecord, today: Date) -> Option<Appointment> {
    let WardRecord { ward, placement } = record;
    role_on(ward, today).map(|role| Appointment {
        ward_id: ward.id.clone(),
        ward_name: ward.name.clone(),
        ward_iin: ward.iin,
        ward_birth_date: ward.birth_date,
        role,
        act: placement.act.clone(),
        inventory: placement.inventory.clone(),
        provider: placement.provider.clone(),
    })
}

fn named_without_record(request: &ElectronicRequest, current: &[Appointment]) -> Vec<Iin> {
    match &request.wards {
        WardsAsked::All => Vec::new(),
        WardsAsked::Named(named) => named
            .iter()
            .filter(|iin| !current.iter().any(|one| one.ward_iin == Some(**iin)))
            .copied()
            .collect(),
    }
}

/// The wards the person is guardian or custodian of on a day: what a check of a certificate compares with.
#[must_use]
pub fn current_appointments(record: &GuardianRecord, day: Date) -> Vec<Appointment> {
    standings(record, day).into_iter().filter_map(|one| one.appointment).collect()
}

/// The department that keeps the latest record of the applicant.
fn latest_keeper(record: &GuardianRecord) -> Option<Kato> {
    let guardianships = record.wards.iter().filter(|one| one.placement.form.gives_certificate());
    guardianships.max_by_key(|one| one.placement.start).map(|one| one.placement.provider.clone())
}
