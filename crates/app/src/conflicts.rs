//! What cannot be right, or is hardly so, in the records of a department: rules over present rows, each with a stable code.
//!
//! A finding is work for a person and decides nothing: no certificate is refused by it. What no file may say is refused before
//! it comes in (adapters); these rules also meet what came in before there was a rule, became wrong with time, or stands in
//! two departments' records. Pure. Read next: `records.rs`, which walks a department's records.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Iin, Kato, Placement, Ward, WardId, age_reached_on};
use jiff::civil::Date;

use crate::ports::PresentRecord;
use crate::record_keys::{RecordKeys, is_same_act, text_key};

const AGE_OF_MAJORITY: i16 = 18;

/// What contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// Two persons are guardians of one ward today, and not by one act: guardianships alone are looked at, because other
    /// forms of placement may stand beside each other.
    TwoGuardians,
    /// It ended before it began.
    EndBeforeStart,
    /// The ward is 18 and the placement has no end.
    WardOfAge,
    /// The ward has full capacity and the placement has no end.
    WardFullyCapable,
    /// The ward has died and the placement has no end.
    WardDead,
    /// It began before the ward was born.
    StartBeforeBirth,
    /// The guardian's birth date is another than his IIN's.
    GuardianBirthDate,
    /// The ward's birth date is another than his IIN's.
    WardBirthDate,
    /// One issuer used a number twice in a calendar year: on two days, or on one day for two families. Persons are one family
    /// where they share a ward by this act; so a married couple with two children is one.
    ActNumberTwice,
    /// Children of one name and birth date have two keys, and not both an IIN, which would tell them apart.
    WardUnderTwoKeys,
    /// Two records of one ward that run tell different things of him: what is printed, or from when he has full capacity.
    WardDiffers,
    /// Two records that run are of one guardian, ward and act, whose number is written in two ways.
    SamePlacementTwice,
}

impl ConflictKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::TwoGuardians,
        Self::EndBeforeStart,
        Self::WardOfAge,
        Self::WardFullyCapable,
        Self::WardDead,
        Self::StartBeforeBirth,
        Self::GuardianBirthDate,
        Self::WardBirthDate,
        Self::ActNumberTwice,
        Self::WardUnderTwoKeys,
        Self::WardDiffers,
        Self::SamePlacementTwice,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TwoGuardians => "two_guardians",
            Self::EndBeforeStart => "end_before_start",
            Self::WardOfAge => "ward_of_age",
            Self::WardFullyCapable => "ward_fully_capable",
            Self::WardDead => "ward_dead",
            Self::StartBeforeBirth => "start_before_birth",
            Self::GuardianBirthDate => "guardian_birth_date",
            Self::WardBirthDate => "ward_birth_date",
            Self::ActNumberTwice => "act_number_twice",
            Self::WardUnderTwoKeys => "ward_under_two_keys",
            Self::WardDiffers => "ward_differs",
            Self::SamePlacementTwice => "same_placement_twice",
        }
    }
}

/// A record with what contradicts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What.
    pub kind: ConflictKind,
    /// Key of the other record, where there is one.
    pub other: Option<String>,
    /// Who keeps the other record.
    pub other_kept_by: Option<Kato>,
}

/// Records that may contradict each other, by what they have in common: so that a record is compared only with those it
/// shares a ward, a ward's name and birth date, or an act with, and each is folded once.
pub struct RelatedRecords<'a> {
    by_ward: BTreeMap<&'a WardId, Vec<&'a PresentRecord>>,
    by_ward_person: BTreeMap<String, Vec<&'a PresentRecord>>,
    by_act: BTreeMap<String, Vec<&'a PresentRecord>>,
}

impl<'a> RelatedRecords<'a> {
    /// Of records, whose order is kept.
    #[must_use]
    pub fn of(records: &'a [PresentRecord]) -> Self {
        let mut related = Self {
            by_ward: BTreeMap::new(),
            by_ward_person: BTreeMap::new(),
            by_act: BTreeMap::new(),
        };
        for record in records {
            let RecordKeys { ward_person, act, .. } = RecordKeys::of(&record.row);
            related.by_ward.entry(&record.row.ward.ward.id).or_default().push(record);
            related.by_ward_person.entry(ward_person).or_default().push(record);
            related.by_act.entry(act).or_default().push(record);
        }
        related
    }
}

/// Those of a group that are not the record itself.
fn others<'a>(
    group: Option<&Vec<&'a PresentRecord>>,
    record: &PresentRecord,
) -> Vec<&'a PresentRecord> {
    group.into_iter().flatten().copied().filter(|one| one.key != record.key).collect()
}

/// Everything that contradicts one record on a day, among the records related to it, in the order of the kinds; of each kind
/// the first other record.
#[must_use]
pub fn conflicts(
    record: &PresentRecord,
    related: &RelatedRecords<'_>,
    today: Date,
) -> Vec<Conflict> {
    let RecordKeys { ward_person, act, .. } = RecordKeys::of(&record.row);
    let same_ward = others(related.by_ward.get(&record.row.ward.ward.id), record);
    let same_person = others(related.by_ward_person.get(&ward_person), record);
    let same_act = others(related.by_act.get(&act), record);
    let alone = within(record, today).into_iter().map(|kind| Conflict {
        kind,
        other: None,
        other_kept_by: None,
    });
    let between = [
        (ConflictKind::TwoGuardians, two_guardians(record, &same_ward, today)),
        (ConflictKind::ActNumberTwice, act_number_twice(record, &same_act)),
        (ConflictKind::WardUnderTwoKeys, ward_under_two_keys(record, &same_person)),
        (ConflictKind::WardDiffers, ward_differs(record, &same_ward, today)),
        (ConflictKind::SamePlacementTwice, same_placement_twice(record, &same_ward, today)),
    ];
    let between = between.into_iter().filter_map(|(kind, other)| {
        let other = other?;
        Some(Conflict {
            kind,
            other: Some(other.key.clone()),
            other_kept_by: Some(other.row.ward.placement.provider.clone()),
        })
    });
    let mut found: Vec<Conflict> = alone.chain(between).collect();
    found.sort_by_key(|one| one.kind);
    found
}

/// What contradicts itself within one row.
fn within(record: &PresentRecord, today: Date) -> Vec<ConflictKind> {
    use ConflictKind as K;
    let (guardian, ward) = (&record.row.guardian, &record.row.ward.ward);
    let placement = &record.row.ward.placement;
    let runs = placement.is_current_on(today);
    let capable = ward.full_capacity.as_ref().is_some_and(|capacity| capacity.from <= today);
    let differs = |iin: Option<Iin>, day: Date| {
        iin.and_then(|iin| iin.birth_date()).is_some_and(|own| own != day)
    };
    [
        (K::EndBeforeStart, placement.end.as_ref().is_some_and(|end| end.on < placement.start)),
        (K::WardOfAge, runs && is_of_age(ward, today)),
        (K::WardFullyCapable, runs && capable),
        (K::WardDead, runs && ward.died_on.is_some_and(|day| day <= today)),
        (K::StartBeforeBirth, placement.start < ward.birth_date),
        (K::GuardianBirthDate, differs(Some(guardian.iin), guardian.birth_date)),
        (K::WardBirthDate, differs(ward.iin, ward.birth_date)),
    ]
    .into_iter()
    .filter_map(|(kind, holds)| holds.then_some(kind))
    .collect()
}

fn is_of_age(ward: &Ward, today: Date) -> bool {
    age_reached_on(ward.birth_date, AGE_OF_MAJORITY) <= today
}

fn two_guardians<'a>(
    record: &PresentRecord,
    same_ward: &[&'a PresentRecord],
    today: Date,
) -> Option<&'a PresentRecord> {
    let is_guardianship = |placement: &Placement| {
        placement.form.gives_certificate() && placement.is_current_on(today)
    };
    let own = &record.row.ward.placement;
    if !is_guardianship(own) {
        return None;
    }
    same_ward.iter().copied().find(|other| {
        let placement = &other.row.ward.placement;
        other.row.guardian.iin != record.row.guardian.iin
            && is_guardianship(placement)
            && !is_one_act(own, placement)
    })
}

fn runs(record: &PresentRecord, today: Date) -> bool {
    record.row.ward.placement.is_current_on(today)
}

/// In each of his records a ward stands for himself, so a correction of one leaves the others as they were.
fn ward_differs<'a>(
    record: &PresentRecord,
    same_ward: &[&'a PresentRecord],
    today: Date,
) -> Option<&'a PresentRecord> {
    let own = &record.row.ward.ward;
    let mut running = same_ward.iter().copied().filter(|other| runs(other, today));
    running.find(|other| runs(record, today) && other.row.ward.ward != *own)
}

fn same_placement_twice<'a>(
    record: &PresentRecord,
    same_ward: &[&'a PresentRecord],
    today: Date,
) -> Option<&'a PresentRecord> {
    let mut running = same_ward.iter().copied().filter(|other| runs(other, today));
    running.find(|other| {
        let (own, others) = (&record.row, &other.row);
        runs(record, today)
            && own.guardian.iin == others.guardian.iin
            && is_same_act(&own.ward.placement.act, &others.ward.placement.act)
    })
}

/// As it is recorded: two departments may write one number with and without its sign.
fn is_one_act(one: &Placement, other: &Placement) -> bool {
    let key = |placement: &Placement| {
        let act = &placement.act;
        (text_key(&act.number.replace('№', "")), act.date, text_key(&act.issuer))
    };
    key(one) == key(other)
}

fn act_number_twice<'a>(
    record: &PresentRecord,
    same_act: &[&'a PresentRecord],
) -> Option<&'a PresentRecord> {
    let day = |one: &PresentRecord| one.row.ward.placement.act.date;
    if let Some(other) = same_act.iter().copied().find(|one| day(one) != day(record)) {
        return Some(other);
    }
    let family = family_of(record, same_act);
    same_act.iter().copied().find(|one| !family.contains(&one.row.guardian.iin))
}

/// Everybody who is joined with the record's guardian by wards in common.
fn family_of(record: &PresentRecord, same_act: &[&PresentRecord]) -> BTreeSet<Iin> {
    let mut wards_of: BTreeMap<Iin, BTreeSet<&WardId>> = BTreeMap::new();
    for one in same_act.iter().copied().chain([record]) {
        wards_of.entry(one.row.guardian.iin).or_default().insert(&one.row.ward.ward.id);
    }
    let mut family = BTreeSet::from([record.row.guardian.iin]);
    loop {
        let wards: BTreeSet<&WardId> =
            family.iter().filter_map(|iin| wards_of.get(iin)).flatten().copied().collect();
        let joined = wards_of.iter().filter(|(_, own)| !own.is_disjoint(&wards));
        let next: BTreeSet<Iin> = joined.map(|(iin, _)| *iin).collect();
        if next.len() == family.len() {
            return family;
        }
        family = next;
    }
}

fn ward_under_two_keys<'a>(
    record: &PresentRecord,
    same_person: &[&'a PresentRecord],
) -> Option<&'a PresentRecord> {
    let own = &record.row.ward.ward;
    same_person.iter().copied().find(|other| {
        let ward = &other.row.ward.ward;
        let told_apart = own.iin.zip(ward.iin).is_some_and(|(one, other)| one != other);
        ward.id != own.id && !told_apart
    })
}

#[cfg(test)]
mod tests {
    use domain::{EndOfPlacement, FormOfPlacement, FullCapacity, FullCapacityReason, PersonName};
    use jiff::civil::date;

    use super::*;
    use crate::import::RegistryRow;
    use crate::testing::samples::{iin, registry_row};

    const TODAY: Date = date(2026, 11, 23);

    /// Changes a row of the sample.
    type Edit = fn(&mut RegistryRow);

    /// What the other record is, and what is found between it and the sample.
    type Pair = (&'static str, (u32, &'static str), Edit, &'static [&'static str]);

    fn row(guardian: u32, ward: &str, edit: Edit) -> PresentRecord {
        let mut row = registry_row(iin(guardian), ward);
        if let Some(birth_date) = row.guardian.iin.birth_date() {
            row.guardian.birth_date = birth_date;
        }
        edit(&mut row);
        PresentRecord { key: row.record_key(), row }
    }

    fn codes(record: &PresentRecord, related: &[PresentRecord]) -> Vec<&'static str> {
        conflicts(record, &RelatedRecords::of(related), TODAY)
            .iter()
            .map(|one| one.kind.code())
            .collect()
    }

    fn end(row: &mut RegistryRow, day: Date) {
        let reason = "бас тарту".to_owned();
        row.ward.placement.end = Some(EndOfPlacement { on: day, reason });
    }

    #[test]
    fn a_record_alone_contradicts_itself_by_these_rules() {
        // Of the sample: the ward is born on 2016-05-04, the placement begins on 2020-03-02.
        let table: &[(&str, Edit, &[&str])] = &[
            ("nothing", |_| {}, &[]),
            ("ended before it began", |row| end(row, date(2020, 3, 1)), &["end_before_start"]),
            ("ended on its first day", |row| end(row, date(2020, 3, 2)), &[]),
            ("18 today", |row| row.ward.ward.birth_date = date(2008, 11, 23), &["ward_of_age"]),
            ("18 tomorrow", |row| row.ward.ward.birth_date = date(2008, 11, 24), &[]),
            (
                "18 long ago, and ended",
                |row| {
                    row.ward.ward.birth_date = date(2005, 1, 1);
                    end(row, date(2023, 1, 1));
                },
                &[],
            ),
            (
                "married",
                |row| {
                    let reason = FullCapacityReason::Marriage;
                    row.ward.ward.full_capacity =
                        Some(FullCapacity { reason, from: date(2026, 11, 23) });
                },
                &["ward_fully_capable"],
            ),
            (
                "marries tomorrow",
                |row| {
                    let reason = FullCapacityReason::Marriage;
                    row.ward.ward.full_capacity =
                        Some(FullCapacity { reason, from: date(2026, 11, 24) });
                },
                &[],
            ),
            ("died", |row| row.ward.ward.died_on = Some(date(2025, 1, 1)), &["ward_dead"]),
            (
                "died, and ended",
                |row| {
                    row.ward.ward.died_on = Some(date(2025, 1, 1));
                    end(row, date(2025, 1, 1));
                },
                &[],
            ),
            (
                "begun before the birth",
                |row| row.ward.ward.birth_date = date(2020, 3, 3),
                &["start_before_birth"],
            ),
            (
                "the guardian's IIN says another day",
                |row| row.guardian.birth_date = row.guardian.birth_date.tomorrow().unwrap(),
                &["guardian_birth_date"],
            ),
            (
                "the ward's IIN says another day",
                |row| {
                    row.ward.ward.iin = Some(Iin::parse("150101500011").unwrap());
                },
                &["ward_birth_date"],
            ),
        ];
        for (name, edit, expected) in table {
            let record = row(1, "ward-a", *edit);
            assert_eq!(codes(&record, std::slice::from_ref(&record)), *expected, "{name}");
        }
    }

    #[test]
    fn two_records_contradict_each_other_by_these_rules() {
        let table: &[Pair] = &[
            ("together by one act", (2, "ward-a"), |_| {}, &[]),
            (
                "by one act, written otherwise",
                (2, "ward-a"),
                |row| row.ward.placement.act.number = "№ 17 ө".into(),
                &[],
            ),
            (
                "by another act",
                (2, "ward-a"),
                |row| row.ward.placement.act.number = "18".into(),
                &["two_guardians"],
            ),
            (
                "by another act, ended",
                (2, "ward-a"),
                |row| {
                    row.ward.placement.act.number = "18".into();
                    end(row, date(2021, 1, 1));
                },
                &[],
            ),
            (
                "with a guest family",
                (2, "ward-a"),
                |row| {
                    row.ward.placement.act.number = "18".into();
                    row.ward.placement.form = FormOfPlacement::GuestFamily;
                },
                &[],
            ),
            (
                "the same person by a later act",
                (1, "ward-a"),
                |row| row.ward.placement.act.number = "18".into(),
                &[],
            ),
            (
                "a number on two days of a year",
                (1, "ward-b"),
                |row| {
                    row.ward.ward.name = PersonName::parse("Үсенов", "Арман", "").unwrap();
                    row.ward.placement.act.date = date(2020, 3, 3);
                },
                &["act_number_twice"],
            ),
            (
                "a number in two years",
                (2, "ward-b"),
                |row| {
                    row.ward.ward.name = PersonName::parse("Үсенов", "Арман", "").unwrap();
                    row.ward.placement.act.date = date(2021, 3, 2);
                },
                &[],
            ),
            (
                "a number of two issuers",
                (2, "ward-b"),
                |row| {
                    row.ward.ward.name = PersonName::parse("Үсенов", "Арман", "").unwrap();
                    row.ward.placement.act.issuer = "Абай ауданының әкімі".into();
                },
                &[],
            ),
            (
                "a number for two families",
                (2, "ward-b"),
                |row| row.ward.ward.name = PersonName::parse("Үсенов", "Арман", "").unwrap(),
                &["act_number_twice"],
            ),
            (
                "siblings with one guardian",
                (1, "ward-b"),
                |row| row.ward.ward.name = PersonName::parse("Үсенов", "Арман", "").unwrap(),
                &[],
            ),
            ("one child, two keys", (1, "ward-b"), |_| {}, &["ward_under_two_keys"]),
            (
                "the spouse's record has the child's former name",
                (2, "ward-a"),
                |row| row.ward.ward.name = PersonName::parse("Үсенов", "Арман", "").unwrap(),
                &["ward_differs"],
            ),
            (
                "the spouse's record does not know that the child has full capacity",
                (2, "ward-a"),
                |row| {
                    let reason = FullCapacityReason::Marriage;
                    row.ward.ward.full_capacity =
                        Some(FullCapacity { reason, from: date(2026, 12, 1) });
                },
                &["ward_differs"],
            ),
            (
                "a former guardian's record has the former name",
                (2, "ward-a"),
                |row| {
                    row.ward.ward.name = PersonName::parse("Үсенов", "Арман", "").unwrap();
                    end(row, date(2021, 1, 1));
                },
                &[],
            ),
            (
                "one placement, its act's number written in two ways",
                (1, "ward-a"),
                |row| row.ward.placement.act.number = "№ 17 ө".into(),
                &["same_placement_twice"],
            ),
            (
                "one placement twice, of which one ended",
                (1, "ward-a"),
                |row| {
                    row.ward.placement.act.number = "№ 17 ө".into();
                    end(row, date(2021, 1, 1));
                },
                &[],
            ),
        ];
        let record = row(1, "ward-a", |_| {});
        for (name, (guardian, ward), edit, expected) in table {
            let other = row(*guardian, ward, *edit);
            assert_eq!(codes(&record, &[record.clone(), other.clone()]), *expected, "{name}");
            assert_eq!(codes(&other, &[record.clone(), other.clone()]), *expected, "{name}, again");
            let related = RelatedRecords::of(std::slice::from_ref(&other));
            for found in conflicts(&record, &related, TODAY) {
                assert_eq!(found.other.as_deref(), Some(other.key.as_str()));
                assert_eq!(found.other_kept_by.as_ref(), Some(&other.row.ward.placement.provider));
            }
        }
    }

    #[test]
    fn a_couple_with_two_children_is_one_family_and_namesakes_with_iins_are_two_children() {
        let second = |row: &mut RegistryRow| {
            row.ward.ward.name = PersonName::parse("Үсенов", "Арман", "").unwrap();
        };
        let all = [
            row(1, "ward-a", |_| {}),
            row(2, "ward-a", |_| {}),
            row(1, "ward-b", second),
            row(2, "ward-b", second),
        ];
        for one in &all {
            assert_eq!(codes(one, &all), Vec::<&str>::new());
        }
        let born = |row: &mut RegistryRow, iin: &str| {
            row.ward.ward.iin = Some(Iin::parse(iin).unwrap());
            row.ward.ward.birth_date = date(2015, 1, 1);
        };
        let mut twins = [row(1, "ward-a", |_| {}), row(1, "ward-b", |_| {})];
        born(&mut twins[0].row, "150101500011");
        born(&mut twins[1].row, "150101600028");
        assert_eq!(codes(&twins[0], &twins), Vec::<&str>::new());
    }

    #[test]
    fn every_kind_has_a_code_of_its_own() {
        let codes: BTreeSet<_> = ConflictKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ConflictKind::ALL.len());
    }
}
