//! The decision as the law has it, row by row. Each row names its clause: «list» is the list of basic requirements,
//! «Family Code» the Code on Marriage and Family.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use domain::{
    AccountingStatus, Act, ActKind, Answer, ConsentDecision, Consents, Decision, ElectronicRequest,
    EndOfPlacement, Evidence, FormOfPlacement, FullCapacity, FullCapacityReason, Guardian,
    GuardianRecord, Iin, Kato, Language, Outcome, PersonName, Placement, RefusalGround, Role,
    Source, Ward, WardId, WardRecord, WardsAsked, decide,
};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::prelude::*;

const APPLICANT: &str = "000229500008";
const STRANGER: &str = "000229500909";
const WARD_IIN: &str = "061211600012";
const OTHER_WARD_IIN: &str = "000229500910";
/// 23 November 2026, noon in Astana.
const NOW: &str = "2026-11-23T07:00:00Z";
const TODAY: Date = date(2026, 11, 23);

fn iin(text: &str) -> Iin {
    Iin::parse(text).unwrap()
}

fn ward(id: &str, ward_iin: Option<&str>, birth_date: Date) -> Ward {
    Ward {
        id: WardId(id.into()),
        name: PersonName::parse("Үсенова", "Іңкәр", "Һәкімқызы").unwrap(),
        iin: ward_iin.map(iin),
        birth_date,
        full_capacity: None,
        died_on: None,
    }
}

fn placement() -> Placement {
    Placement {
        form: FormOfPlacement::Guardianship,
        act: Act {
            kind: ActKind::Order,
            number: "17-ө".into(),
            date: date(2020, 3, 1),
            issuer: "Семей қаласының білім бөлімі".into(),
        },
        start: date(2020, 3, 1),
        end: None,
        inventory: None,
        provider: Kato::parse("101010000").unwrap(),
    }
}

fn child() -> WardRecord {
    WardRecord { ward: ward("w1", Some(WARD_IIN), date(2016, 5, 5)), placement: placement() }
}

fn record(wards: Vec<WardRecord>) -> GuardianRecord {
    GuardianRecord {
        by_register: Vec::new(),
        guardian: Guardian {
            iin: iin(APPLICANT),
            name: PersonName::parse("Әлімқұлов", "Үсен", "").unwrap(),
            birth_date: date(1980, 1, 1),
            address: "Семей қаласы".into(),
        },
        accounting: AccountingStatus::Ended,
        wards,
    }
}

fn request(wards: WardsAsked) -> ElectronicRequest {
    ElectronicRequest {
        applicant: iin(APPLICANT),
        wards,
        consents: consents(ConsentDecision::Given),
        language: Language::Kk,
        provider: None,
    }
}

fn consents(restricted_data: ConsentDecision) -> Consents {
    Consents { restricted_data, protected_secret: ConsentDecision::Given }
}

fn consented(data_bank: Option<Answer<GuardianRecord>>) -> Evidence {
    Evidence {
        consent: Answer::Known(consents(ConsentDecision::Given)),
        data_bank,
        data_bank_asked_at: None,
    }
}

fn decide_all(wards: Vec<WardRecord>) -> Decision {
    let evidence = consented(Some(Answer::Known(record(wards))));
    decide(&request(WardsAsked::All), &evidence, NOW.parse().unwrap())
}

fn decide_named(named: &[&str], wards: Vec<WardRecord>) -> Decision {
    let evidence = consented(Some(Answer::Known(record(wards))));
    let named = WardsAsked::Named(named.iter().map(|text| iin(text)).collect());
    decide(&request(named), &evidence, NOW.parse().unwrap())
}

/// A decision in few words: roles of the certificates, wards refused, or the ground.
fn words(decision: &Decision) -> String {
    match decision {
        Decision::AskDataBank => "ask".into(),
        Decision::Wait(Source::Consent) => "wait for consent".into(),
        Decision::Wait(Source::DataBank) => "wait for the data bank".into(),
        Decision::Answer(Outcome::Refused { ground, .. }) => format!("refused: {}", ground.code()),
        Decision::Answer(Outcome::Granted { appointments, without_record, .. }) => {
            let roles: Vec<_> = appointments
                .iter()
                .map(|one| match one.role {
                    Role::Guardian => "guardian",
                    Role::Custodian => "custodian",
                })
                .collect();
            let refused = match without_record.len() {
                0 => String::new(),
                count => format!(", {count} without record"),
            };
            format!("granted: {}{refused}", roles.join(" "))
        }
    }
}

fn with(change: impl FnOnce(&mut WardRecord)) -> Vec<WardRecord> {
    let mut one = child();
    change(&mut one);
    vec![one]
}

fn end(on: Date) -> Option<EndOfPlacement> {
    Some(EndOfPlacement { on, reason: "асырап алу".into() })
}

#[test]
fn consent_comes_first_and_its_absence_is_ground_two() {
    let asked = |consent, data_bank| {
        let evidence = Evidence { consent, data_bank, data_bank_asked_at: None };
        words(&decide(&request(WardsAsked::All), &evidence, NOW.parse().unwrap()))
    };
    let known = |decision| Answer::Known(consents(decision));
    let bank = || Some(Answer::Known(record(vec![child()])));
    // List, item 9.2; Law No. 94-V, Article 8.
    assert_eq!(asked(known(ConsentDecision::Refused), None), "refused: no_consent");
    assert_eq!(asked(known(ConsentDecision::Refused), bank()), "refused: no_consent");
    assert_eq!(asked(Answer::Absent, None), "refused: no_consent");
    // A consent service that does not answer is no absence.
    assert_eq!(asked(Answer::Unavailable, None), "wait for consent");
    assert_eq!(asked(Answer::Unavailable, bank()), "wait for consent");
    assert_eq!(asked(known(ConsentDecision::Given), None), "ask");
}

#[test]
fn refusing_the_consent_to_protected_secrets_is_no_ground_for_refusal() {
    // List, item 9.2 names Article 8 of Law No. 94-V and nothing else.
    let consents = Consents {
        restricted_data: ConsentDecision::Given,
        protected_secret: ConsentDecision::Refused,
    };
    let evidence = Evidence {
        consent: Answer::Known(consents),
        data_bank: Some(Answer::Known(record(vec![child()]))),
        data_bank_asked_at: None,
    };
    let mut request = request(WardsAsked::All);
    request.consents = consents;
    assert_eq!(words(&decide(&request, &evidence, NOW.parse().unwrap())), "granted: guardian");
}

#[test]
fn an_outage_is_never_a_refusal() {
    let evidence = consented(Some(Answer::Unavailable));
    let decision = decide(&request(WardsAsked::All), &evidence, NOW.parse().unwrap());
    assert_eq!(decision, Decision::Wait(Source::DataBank));
}

#[test]
fn an_authoritative_absence_is_ground_one() {
    // List, item 9.1.
    let evidence = consented(Some(Answer::Absent));
    let decision = decide(&request(WardsAsked::All), &evidence, NOW.parse().unwrap());
    assert_eq!(words(&decision), "refused: no_guardian_record");
    assert_eq!(words(&decide_all(vec![])), "refused: no_guardian_record");
}

#[test]
fn accounting_in_the_data_bank_never_decides() {
    // Family Code, Article 118-4: accounting ends when the child is placed, so «ended» is the normal case.
    for accounting in [AccountingStatus::Active, AccountingStatus::Ended, AccountingStatus::None] {
        let mut known = record(vec![child()]);
        known.accounting = accounting;
        let evidence = consented(Some(Answer::Known(known)));
        let decision = decide(&request(WardsAsked::All), &evidence, NOW.parse().unwrap());
        assert_eq!(words(&decision), "granted: guardian");
    }
}

#[test]
fn every_state_of_one_record_has_its_lawful_answer() {
    let tomorrow = TODAY.tomorrow().unwrap();
    let yesterday = TODAY.yesterday().unwrap();
    let capacity = |reason, from| Some(FullCapacity { reason, from });
    let rows: Vec<(&str, Vec<WardRecord>, &str)> = vec![
        ("Family Code 1(21): under 14", with(|_| {}), "granted: guardian"),
        (
            "Family Code 1(21): the day before 14",
            with(|one| one.ward.birth_date = date(2012, 11, 24)),
            "granted: guardian",
        ),
        (
            "at 14 a custodian without another act",
            with(|one| one.ward.birth_date = date(2012, 11, 23)),
            "granted: custodian",
        ),
        (
            "the day before 18",
            with(|one| one.ward.birth_date = date(2008, 11, 24)),
            "granted: custodian",
        ),
        (
            "at 18 none",
            with(|one| one.ward.birth_date = date(2008, 11, 23)),
            "refused: no_guardian_record",
        ),
        (
            "Civil Code 22-1: emancipated today",
            with(|one| {
                one.ward.birth_date = date(2010, 1, 1);
                one.ward.full_capacity = capacity(FullCapacityReason::Emancipation, TODAY);
            }),
            "refused: no_guardian_record",
        ),
        (
            "Civil Code 17(2): married tomorrow",
            with(|one| {
                one.ward.birth_date = date(2010, 1, 1);
                one.ward.full_capacity = capacity(FullCapacityReason::Marriage, tomorrow);
            }),
            "granted: custodian",
        ),
        (
            "death of the ward",
            with(|one| one.ward.died_on = Some(yesterday)),
            "refused: no_guardian_record",
        ),
        (
            "ended yesterday",
            with(|one| one.placement.end = end(yesterday)),
            "refused: no_guardian_record",
        ),
        ("ended today", with(|one| one.placement.end = end(TODAY)), "refused: no_guardian_record"),
        ("ends tomorrow", with(|one| one.placement.end = end(tomorrow)), "granted: guardian"),
        ("began today", with(|one| one.placement.start = TODAY), "granted: guardian"),
        (
            "begins tomorrow: a fault of the data",
            with(|one| one.placement.start = tomorrow),
            "wait for the data bank",
        ),
        (
            "ended before it began: a fault of the data",
            with(|one| one.placement.end = end(date(2019, 1, 1))),
            "wait for the data bank",
        ),
        ("a ward without IIN", with(|one| one.ward.iin = None), "granted: guardian"),
    ];
    for (clause, wards, expected) in rows {
        assert_eq!(words(&decide_all(wards)), expected, "{clause}");
    }
}

#[test]
fn only_guardianship_and_custodianship_give_a_certificate() {
    for form in FormOfPlacement::ALL {
        let wards = with(|one| one.placement.form = form);
        let expected = if form == FormOfPlacement::Guardianship {
            "granted: guardian"
        } else {
            "refused: no_guardian_record"
        };
        assert_eq!(words(&decide_all(wards)), expected, "{form:?}");
    }
}

#[test]
fn a_faulty_record_of_one_ward_does_not_keep_the_certificates_of_the_others_back() {
    let mut faulty = child();
    faulty.ward = ward("w2", Some(OTHER_WARD_IIN), date(2013, 1, 1));
    faulty.placement.end = end(date(2019, 1, 1));
    assert_eq!(words(&decide_all(vec![child(), faulty.clone()])), "granted: guardian");
    // Named himself, he is waited for: his record may be repaired.
    let decision = decide_named(&[WARD_IIN, OTHER_WARD_IIN], vec![child(), faulty]);
    assert_eq!(words(&decision), "wait for the data bank");
}

#[test]
fn wards_are_answered_one_by_one_when_named() {
    let mut second = child();
    second.ward = ward("w2", Some(OTHER_WARD_IIN), date(2011, 1, 1));
    let both = vec![child(), second];
    assert_eq!(words(&decide_all(both.clone())), "granted: guardian custodian");
    assert_eq!(words(&decide_named(&[OTHER_WARD_IIN], both.clone())), "granted: custodian");
    let mixed = decide_named(&[WARD_IIN, STRANGER], both.clone());
    assert_eq!(words(&mixed), "granted: guardian, 1 without record");
    assert_eq!(words(&decide_named(&[STRANGER], both)), "refused: no_guardian_record");
}

#[test]
fn of_several_current_acts_on_one_ward_the_latest_is_certified() {
    let mut later = child();
    later.placement.start = date(2023, 1, 1);
    later.placement.act.number = "99".into();
    let decision = decide_all(vec![later, child()]);
    let Decision::Answer(Outcome::Granted { appointments, .. }) = decision else {
        panic!("granted expected")
    };
    let acts: Vec<_> = appointments.iter().map(|one| one.act.number.as_str()).collect();
    assert_eq!(acts, ["99"]);
}

#[test]
fn a_record_about_somebody_else_is_a_fault_of_the_source() {
    let mut other = record(vec![child()]);
    other.guardian.iin = iin(STRANGER);
    let evidence = consented(Some(Answer::Known(other)));
    let decision = decide(&request(WardsAsked::All), &evidence, NOW.parse().unwrap());
    assert_eq!(decision, Decision::Wait(Source::DataBank));
}

#[test]
fn a_refusal_names_who_keeps_the_latest_record() {
    let Decision::Answer(Outcome::Refused { record_kept_by, .. }) =
        decide_all(with(|one| one.placement.end = end(date(2024, 1, 1))))
    else {
        panic!("refused expected")
    };
    assert_eq!(record_kept_by, Kato::parse("101010000").ok());
}

/// What is published of the rules names tests that there are, and the version that decisions keep.
#[test]
fn every_published_rule_is_held_by_tests_there_are() {
    let own = include_str!("decision.rs");
    for rule in domain::RULES {
        assert!(!rule.tests.is_empty(), "{}", rule.code);
        for test in rule.tests {
            assert!(own.contains(&format!("fn {test}()")), "{}: {test}", rule.code);
        }
    }
    assert_eq!(domain::RULE_HISTORY[0].version, domain::RULE_VERSION);
}

#[test]
fn stored_evidence_and_outcome_survive_storing() {
    let evidence = consented(Some(Answer::Known(record(vec![child()]))));
    let text = serde_json::to_string(&evidence).unwrap();
    assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
    let Decision::Answer(outcome) = decide_all(vec![child()]) else { panic!("answer expected") };
    let text = serde_json::to_string(&outcome).unwrap();
    assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
}

fn any_date() -> impl Strategy<Value = Date> {
    (1995i16..2035, 1i8..=12, 1i8..=31)
        .prop_filter_map("no such date", |(year, month, day)| Date::new(year, month, day).ok())
}

fn any_ward_record() -> impl Strategy<Value = WardRecord> {
    let form = (0..FormOfPlacement::ALL.len()).prop_map(|place| FormOfPlacement::ALL[place]);
    let numbers = [None, Some(WARD_IIN), Some(OTHER_WARD_IIN)];
    let ward_iin = (0..3usize).prop_map(move |place| numbers[place]);
    (0..4u8, ward_iin, any_date(), any_date(), proptest::option::of(any_date()), form).prop_map(
        |(id, ward_iin, born, start, ended, form)| {
            let mut one = child();
            one.ward = ward(&format!("w{id}"), ward_iin, born);
            one.placement.start = start;
            one.placement.end = ended.and_then(end);
            one.placement.form = form;
            one
        },
    )
}

proptest! {
    /// Total, and never both answers for one ward: every ward certified is current, a minor and certified once;
    /// a refusal comes only where nothing current and nothing contradictory was asked for.
    #[test]
    fn any_record_leads_to_one_lawful_answer(
        wards in proptest::collection::vec(any_ward_record(), 0..6),
        named in proptest::bool::ANY,
        seconds in 0i64..400_000_000,
    ) {
        let now = Timestamp::from_second(1_700_000_000 + seconds).unwrap();
        let today = domain::astana_date(now);
        let asked = if named { WardsAsked::Named(vec![iin(WARD_IIN)]) } else { WardsAsked::All };
        let known = record(wards.clone());
        let evidence = consented(Some(Answer::Known(known)));
        let relevant = |one: &&WardRecord| one.placement.form == FormOfPlacement::Guardianship;
        match decide(&request(asked), &evidence, now) {
            Decision::Answer(Outcome::Granted { appointments, without_record, .. }) => {
                let ids: Vec<_> = appointments.iter().map(|one| one.ward_id.clone()).collect();
                let mut unique = ids.clone();
                unique.dedup();
                prop_assert_eq!(&ids, &unique);
                for id in &ids {
                    let current = wards.iter().filter(relevant).any(|one| {
                        one.ward.id == *id && one.placement.is_current_on(today)
                    });
                    prop_assert!(current);
                }
                for one in appointments.iter() {
                    prop_assert!(one.ward_iin.is_none_or(|iin| !without_record.contains(&iin)));
                }
            }
            Decision::Answer(Outcome::Refused { ground, .. }) => {
                prop_assert_eq!(ground, RefusalGround::NoGuardianRecord);
            }
            Decision::Wait(source) => {
                prop_assert_eq!(source, Source::DataBank);
                let faulty = wards.iter().filter(relevant)
                    .any(|one| one.placement.fault_on(today).is_some());
                prop_assert!(faulty);
            }
            Decision::AskDataBank => prop_assert!(false, "the bank was asked"),
        }
    }
}
