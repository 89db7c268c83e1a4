//! What is true of a person in the data bank, and which answer the law gives to it: a table of its own, written from
//! the law and not from `domain::decide`, so that the one is held against the other.

use app::testing::UNPRINTABLE;
use app::testing::samples::{ended, guardian_record, iin, registry_row, ward_record};
use domain::{
    EndOfPlacement, FormOfPlacement, GuardianRecord, Iin, PersonName, WardRecord, WardsAsked,
};
use jiff::civil::{Date, date};

/// The ward of [`Fact::ComesOfAge`] is 18 from this day on: the first midnight after a run begins.
const OF_AGE: Date = date(2026, 11, 24);

/// What the bank has of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Nothing.
    Absent,
    /// Guardian of one ward.
    OneWard,
    /// Guardian of two.
    TwoWards,
    /// Guardian of one ward by two acts that both run.
    TwoActsOnOneWard,
    /// Was guardian; it ended.
    Ended,
    /// Guardian of a ward who comes of age while the run lasts.
    ComesOfAge,
    /// Has a child by another form of placement.
    OtherForm,
    /// A guardianship that ended before it began.
    Contradicts,
    /// Guardian of one ward; the record of another contradicts itself.
    ContradictsBeside,
    /// The bank answers with another person's record.
    OtherPerson,
    /// The record has a character that cannot be printed.
    Unprintable,
}

/// For which wards a request asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// For all.
    All,
    /// For the first by its IIN.
    First,
    /// For the second by its IIN.
    Second,
    /// For the first and for a child the person has nothing to do with.
    FirstAndStranger,
    /// For a child the person has nothing to do with.
    Stranger,
}

/// What the law says to facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lawful {
    /// A certificate for each of these wards, and a refusal about those named without record.
    Certificates {
        /// Keys of the wards.
        wards: Vec<String>,
        /// Wards named without record.
        without_record: Vec<Iin>,
    },
    /// Ground 1.
    NoGuardianRecord,
    /// A fault of the data: nothing is decided.
    Wait,
}

/// Where a person stands towards one ward.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Current,
    Past,
    Contradictory,
}

impl Fact {
    /// Every fact.
    pub const ALL: [Self; 11] = [
        Self::Absent,
        Self::OneWard,
        Self::TwoWards,
        Self::TwoActsOnOneWard,
        Self::Ended,
        Self::ComesOfAge,
        Self::OtherForm,
        Self::Contradicts,
        Self::ContradictsBeside,
        Self::OtherPerson,
        Self::Unprintable,
    ];

    /// Stable word.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::OneWard => "one ward",
            Self::TwoWards => "two wards",
            Self::TwoActsOnOneWard => "two acts on one ward",
            Self::Ended => "ended",
            Self::ComesOfAge => "comes of age",
            Self::OtherForm => "other form",
            Self::Contradicts => "contradicts itself",
            Self::ContradictsBeside => "contradicts itself beside a good record",
            Self::OtherPerson => "another person's record",
            Self::Unprintable => "unprintable",
        }
    }

    /// Whether some request waits for its repair.
    pub(crate) fn is_faulty(self) -> bool {
        matches!(
            self,
            Self::Contradicts | Self::ContradictsBeside | Self::OtherPerson | Self::Unprintable
        )
    }

    /// The bank's record; `None` where it has nothing.
    pub(crate) fn record(self, person: u32) -> Option<GuardianRecord> {
        let own =
            |wards: Vec<WardRecord>| GuardianRecord { wards, ..guardian_record(iin(person), &[]) };
        let (first, second) = (ward(person, 0), ward(person, 1));
        Some(match self {
            Self::Absent => return None,
            Self::OneWard => own(vec![first]),
            Self::TwoWards => own(vec![first, second]),
            Self::TwoActsOnOneWard => own(vec![first.clone(), later_act(first)]),
            Self::Ended => own(vec![past(person, first)]),
            Self::ComesOfAge => own(vec![of_age(first)]),
            Self::OtherForm => own(vec![other_form(first)]),
            Self::Contradicts => own(vec![contradictory(first)]),
            Self::ContradictsBeside => own(vec![first, contradictory(second)]),
            Self::OtherPerson => guardian_record(iin(person + 5_000), &["stranger"]),
            Self::Unprintable => {
                let mut record = own(vec![first]);
                record.guardian.address.push(UNPRINTABLE);
                record
            }
        })
    }

    /// The answer the law gives.
    pub(crate) fn lawful(self, person: u32, asked: Asked, day: Date) -> Lawful {
        if self == Self::OtherPerson {
            return Lawful::Wait;
        }
        let asked_for = |place: u32| match asked {
            Asked::All => true,
            Asked::First | Asked::FirstAndStranger => place == 0,
            Asked::Second => place == 1,
            Asked::Stranger => false,
        };
        let standings: Vec<(u32, Standing)> =
            self.standings(day).into_iter().filter(|(place, _)| asked_for(*place)).collect();
        let current: Vec<u32> = standings
            .iter()
            .filter(|(_, standing)| *standing == Standing::Current)
            .map(|(place, _)| *place)
            .collect();
        let contradicts =
            standings.iter().any(|(_, standing)| *standing == Standing::Contradictory);
        if contradicts && (asked != Asked::All || current.is_empty()) {
            return Lawful::Wait;
        }
        if current.is_empty() {
            return Lawful::NoGuardianRecord;
        }
        if self == Self::Unprintable {
            return Lawful::Wait;
        }
        let wards = current.iter().map(|place| ward_key(person, *place)).collect();
        let named = asked.named(person);
        let certified = |iin: &Iin| current.iter().any(|place| ward_iin(person, *place) == *iin);
        let without_record = named.into_iter().filter(|iin| !certified(iin)).collect();
        Lawful::Certificates { wards, without_record }
    }

    fn standings(self, day: Date) -> Vec<(u32, Standing)> {
        match self {
            Self::Absent | Self::OtherForm | Self::OtherPerson => Vec::new(),
            Self::OneWard | Self::TwoActsOnOneWard | Self::Unprintable => {
                vec![(0, Standing::Current)]
            }
            Self::TwoWards => vec![(0, Standing::Current), (1, Standing::Current)],
            Self::Ended => vec![(0, Standing::Past)],
            Self::ComesOfAge if day < OF_AGE => vec![(0, Standing::Current)],
            Self::ComesOfAge => vec![(0, Standing::Past)],
            Self::Contradicts => vec![(0, Standing::Contradictory)],
            Self::ContradictsBeside => vec![(0, Standing::Current), (1, Standing::Contradictory)],
        }
    }
}

impl Asked {
    /// Every way to ask.
    pub const ALL: [Self; 5] =
        [Self::All, Self::First, Self::Second, Self::FirstAndStranger, Self::Stranger];

    fn named(self, person: u32) -> Vec<Iin> {
        let (first, second) = (ward_iin(person, 0), ward_iin(person, 1));
        let stranger = iin(40_000 + person);
        match self {
            Self::All => Vec::new(),
            Self::First => vec![first],
            Self::Second => vec![second],
            Self::FirstAndStranger => vec![first, stranger],
            Self::Stranger => vec![stranger],
        }
    }

    /// As the request says it.
    pub(crate) fn wards(self, person: u32) -> WardsAsked {
        match self {
            Self::All => WardsAsked::All,
            Self::First | Self::Second | Self::FirstAndStranger | Self::Stranger => {
                WardsAsked::named(iin(person), self.named(person)).expect("each is named once")
            }
        }
    }

    /// The way a request asks.
    pub(crate) fn of(person: u32, wards: &WardsAsked) -> Self {
        let asked = Self::ALL.into_iter().find(|asked| asked.wards(person) == *wards);
        asked.expect("only these are asked")
    }
}

fn ward_key(person: u32, place: u32) -> String {
    format!("ward-{person}-{place}")
}

fn ward_iin(person: u32, place: u32) -> Iin {
    iin(10_000 + person * 2 + place)
}

fn ward(person: u32, place: u32) -> WardRecord {
    let mut record = ward_record(&ward_key(person, place));
    record.ward.iin = Some(ward_iin(person, place));
    record
}

fn later_act(mut record: WardRecord) -> WardRecord {
    record.placement.act.number = "18-Ө".to_owned();
    record.placement.start = date(2022, 5, 6);
    record
}

fn past(person: u32, record: WardRecord) -> WardRecord {
    let mut row = registry_row(iin(person), "ward");
    row.ward = record;
    ended(&row).ward
}

fn of_age(mut record: WardRecord) -> WardRecord {
    record.ward.birth_date = date(2008, 11, 24);
    record.ward.name = PersonName::parse("Үсенов", "Дәурен", "").expect("a name");
    record
}

fn other_form(mut record: WardRecord) -> WardRecord {
    record.placement.form = FormOfPlacement::Patronage;
    record
}

fn contradictory(mut record: WardRecord) -> WardRecord {
    let on = date(2019, 1, 1);
    record.placement.end = Some(EndOfPlacement { on, reason: "қате".to_owned() });
    record
}
