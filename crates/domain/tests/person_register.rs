//! Data bank and register of natural persons together, rule by rule.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashMap;

use domain::{
    AccountingStatus, Act, ActKind, EndOfPlacement, FormOfPlacement, Guardian, GuardianRecord, Iin,
    Kato, LifeStatus, PersonName, Placement, RegisterDisagreement, RegisterFact, RegisteredPerson,
    Role, Ward, WardId, WardRecord, current_appointments, persons_to_ask, with_register,
};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 23);
const GUARDIAN: &str = "800101300016";
const WARD: &str = "150101500011";

fn iin(text: &str) -> Iin {
    Iin::parse(text).unwrap()
}

fn name(surname: &str) -> PersonName {
    PersonName::parse(surname, "Іңкәр", "Һәкімқызы").unwrap()
}

fn placed(number: &str) -> WardRecord {
    let ward = Ward {
        id: WardId("w1".into()),
        name: name("Үсенова"),
        iin: Some(iin(WARD)),
        birth_date: date(2015, 1, 1),
        full_capacity: None,
        died_on: None,
    };
    let act = Act {
        kind: ActKind::Order,
        number: number.into(),
        date: date(2020, 3, 2),
        issuer: "Астана қаласының Білім басқармасы".into(),
    };
    let placement = Placement {
        form: FormOfPlacement::Guardianship,
        act,
        start: date(2020, 3, 2),
        end: None,
        inventory: None,
        provider: Kato::parse("710000000").unwrap(),
    };
    WardRecord { ward, placement }
}

fn record(wards: Vec<WardRecord>) -> GuardianRecord {
    let guardian = Guardian {
        iin: iin(GUARDIAN),
        name: name("Әлімқұлова"),
        birth_date: date(1980, 1, 1),
        address: "Астана".into(),
    };
    let accounting = AccountingStatus::Ended;
    GuardianRecord { guardian, accounting, wards, by_register: Vec::new() }
}

fn known(number: &str, surname: &str, birth_date: Date, life: LifeStatus) -> RegisteredPerson {
    RegisteredPerson { iin: iin(number), name: name(surname), birth_date, life }
}

/// The register's word about both, each as the data bank has it but for what is changed.
fn register(change: impl FnOnce(&mut [RegisteredPerson; 2])) -> HashMap<Iin, RegisteredPerson> {
    let mut both = [
        known(GUARDIAN, "Әлімқұлова", date(1980, 1, 1), LifeStatus::Alive),
        known(WARD, "Үсенова", date(2015, 1, 1), LifeStatus::Alive),
    ];
    change(&mut both);
    both.into_iter().map(|one| (one.iin, one)).collect()
}

#[test]
fn only_who_would_be_named_is_asked_about() {
    assert_eq!(persons_to_ask(&record(vec![placed("1")]), TODAY), [iin(GUARDIAN), iin(WARD)]);
    let mut ended = placed("1");
    ended.placement.end = Some(EndOfPlacement { on: TODAY, reason: "x".into() });
    assert_eq!(persons_to_ask(&record(vec![ended]), TODAY), []);
    assert_eq!(persons_to_ask(&record(vec![]), TODAY), []);
    let mut without = placed("1");
    without.ward.iin = None;
    assert_eq!(persons_to_ask(&record(vec![without]), TODAY), [iin(GUARDIAN)]);
}

#[test]
fn a_register_that_says_the_same_or_nothing_changes_nothing() {
    let recorded = record(vec![placed("1")]);
    let same = with_register(recorded.clone(), &register(|_| {}), TODAY).unwrap();
    assert_eq!(same, recorded);
    let nothing = with_register(recorded.clone(), &HashMap::new(), TODAY).unwrap();
    assert_eq!(nothing, recorded);
}

#[test]
fn a_ward_who_has_died_gets_no_certificate_and_the_evidence_says_by_whom() {
    let told = register(|both| both[1].life = LifeStatus::Died);
    let record = with_register(record(vec![placed("1"), placed("2")]), &told, TODAY).unwrap();
    assert_eq!(current_appointments(&record, TODAY), []);
    let facts: Vec<_> = record.by_register.iter().map(|one| (one.person, &one.fact)).collect();
    assert_eq!(facts, [(iin(WARD), &RegisterFact::Died)], "two acts, one person");
}

#[test]
fn a_changed_surname_is_printed_as_it_is_now_and_the_earlier_is_kept() {
    let told = register(|both| both.iter_mut().for_each(|one| one.name = name("Ахметова")));
    let record = with_register(record(vec![placed("1")]), &told, TODAY).unwrap();
    assert_eq!(record.guardian.name, name("Ахметова"));
    let certified = current_appointments(&record, TODAY);
    assert_eq!((&certified[0].ward_name, certified[0].role), (&name("Ахметова"), Role::Guardian));
    let kept: Vec<_> = record.by_register.iter().map(|one| one.fact.clone()).collect();
    let expected = ["Әлімқұлова", "Үсенова"].map(|surname| RegisterFact::Name(name(surname)));
    assert_eq!(kept, expected);
}

#[test]
fn what_cannot_both_be_right_is_decided_by_nobody() {
    for (change, expected) in [
        (register(|both| both[0].life = LifeStatus::Died), RegisterDisagreement::GuardianDied),
        (register(|both| both[0].birth_date = date(1981, 1, 1)), RegisterDisagreement::BirthDate),
        // On this date hangs whether he is guardian or custodian.
        (register(|both| both[1].birth_date = date(2011, 1, 1)), RegisterDisagreement::BirthDate),
    ] {
        let told = with_register(record(vec![placed("1")]), &change, TODAY);
        assert_eq!(told.unwrap_err(), expected);
    }
}

#[test]
fn evidence_of_the_days_before_the_register_is_read_as_it_was() {
    let text = serde_json::to_string(&record(vec![placed("1")])).unwrap();
    assert!(!text.contains("by_register"), "what was not asked leaves no trace");
    let read: GuardianRecord = serde_json::from_str(&text).unwrap();
    assert_eq!(read, record(vec![placed("1")]));
}
