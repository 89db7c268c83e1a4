//! What the people must be like for a demo and tests to rest on them. Knows no file or key. Next: `situations/mod.rs`.

use std::collections::{BTreeMap, HashSet};

use domain::{
    Answer, ConsentDecision, Consents, Decision, ElectronicRequest, Evidence, FormOfPlacement,
    Language, Outcome, PersonName, WardsAsked, age_reached_on, decide, role_on,
};
use jiff::Timestamp;
use jiff::civil::date;

use super::*;

const TODAY: Date = date(2026, 11, 23);

fn everybody() -> Population {
    population(1, TODAY, GUARDIANSHIPS).unwrap()
}

#[test]
fn the_same_seed_and_day_give_the_same_people() {
    assert_eq!(everybody(), everybody());
    let other = population(2, TODAY, GUARDIANSHIPS).unwrap();
    assert_ne!(everybody().records, other.records);
    assert_eq!(everybody().demo, other.demo, "demo people are the same whatever the seed");
}

#[test]
fn every_number_is_valid_matches_its_birth_date_and_belongs_to_one_person() {
    let people = everybody();
    let mut owners: BTreeMap<Iin, (PersonName, Date)> = BTreeMap::new();
    let guardians = people
        .records
        .iter()
        .map(|one| (one.guardian.iin, one.guardian.name.clone(), one.guardian.birth_date));
    let wards = people.records.iter().filter_map(|one| {
        one.ward.ward.iin.map(|iin| (iin, one.ward.ward.name.clone(), one.ward.ward.birth_date))
    });
    let demo = people.demo.iter().map(|one| (one.iin, one.name.clone(), one.birth_date));
    for (iin, name, birth_date) in guardians.chain(wards).chain(demo) {
        assert_eq!(Iin::parse(&iin.digits()), Ok(iin));
        assert_eq!(iin.birth_date(), Some(birth_date));
        let owner = owners.entry(iin).or_insert_with(|| (name.clone(), birth_date));
        assert_eq!(*owner, (name, birth_date));
    }
    assert!(owners.len() > 3_000, "{}", owners.len());
}

#[test]
fn there_are_as_many_guardianships_as_asked_for_and_some_of_everything() {
    let people = everybody();
    let count =
        |test: &dyn Fn(&BankRecord) -> bool| people.records.iter().filter(|one| test(one)).count();
    assert!(count(&|one| one.ward.placement.form.gives_certificate()) >= GUARDIANSHIPS);
    for form in FormOfPlacement::ALL {
        assert!(count(&|one| one.ward.placement.form == form) > 5, "{form:?}");
    }
    for kind in [domain::ActKind::Order, domain::ActKind::Decision, domain::ActKind::Resolution] {
        assert!(count(&|one| one.ward.placement.act.kind == kind) > 50, "{kind:?}");
    }
    for status in [AccountingStatus::Active, AccountingStatus::Ended, AccountingStatus::None] {
        assert!(count(&|one| one.accounting == status) > 50, "{status:?}");
    }
    assert!(count(&|one| one.ward.ward.iin.is_none()) > 50, "wards without a number");
    assert!(count(&|one| one.ward.placement.inventory.is_some()) > 50, "inventories");
    assert!(count(&|one| one.ward.placement.end.is_some()) > 50, "ended");
    assert!(count(&|one| one.ward.ward.full_capacity.is_some()) > 5, "full capacity");
    assert!(count(&|one| one.guardian.name.patronymic.is_none()) > 50, "no patronymic");
    assert!(count(&|one| one.guardian.name.surname.as_str().contains('-')) > 20, "double names");
    assert!(count(&|one| role_on(&one.ward.ward, TODAY).is_none()) > 50, "adults");
    for kato in PROVIDER_KATO {
        assert!(count(&|one| one.ward.placement.provider.as_str() == kato) > 5, "{kato}");
    }
    for name in ["Нұр-Сұлтан", "Капшага", "Восточно-Казахстанской", "Оңтүстік Қазақстан"]
    {
        assert!(count(&|one| one.ward.placement.act.issuer.contains(name)) > 0, "{name}");
    }
}

#[test]
fn wards_are_shared_by_spouses_and_pass_from_one_guardian_to_the_next() {
    let people = everybody();
    let mut by_ward: BTreeMap<&domain::WardId, Vec<&BankRecord>> = BTreeMap::new();
    for one in &people.records {
        by_ward.entry(&one.ward.ward.id).or_default().push(one);
    }
    let shared = |test: &dyn Fn(&BankRecord, &BankRecord) -> bool| {
        by_ward
            .values()
            .filter(|records| records.windows(2).any(|two| test(two[0], two[1])))
            .count()
    };
    assert!(shared(&|one, other| one.ward.placement.act == other.ward.placement.act) > 50);
    let followed = shared(&|one, other| {
        one.ward.placement.end.as_ref().is_some_and(|end| end.on == other.ward.placement.start)
    });
    assert!(followed > 30, "{followed}");
}

#[test]
fn every_kazakh_letter_occurs_and_so_do_latin_names() {
    let people = everybody();
    let all: String = people.records.iter().map(|one| one.guardian.name.full()).collect();
    for letter in "әғқңөұүһі".chars() {
        assert!(all.contains(letter), "{letter}");
    }
    for letter in "ӘҒҚӨҰҮҺІ".chars() {
        assert!(all.contains(letter), "{letter}");
    }
    for name in ["Müller", "Łukasz", "Nguyễn", "Ёлкин"] {
        assert!(all.contains(name), "{name}");
    }
}

#[test]
fn no_record_contradicts_itself() {
    for BankRecord { guardian, ward: record, ward_birth_act, .. } in everybody().records {
        let (ward, placement) = (record.ward, record.placement);
        assert!(placement.act.date <= placement.start && placement.start <= TODAY);
        assert_eq!(placement.fault_on(TODAY), None);
        assert!(ward.birth_date <= placement.start);
        assert!(placement.start < age_reached_on(ward.birth_date, 18));
        assert!(age_reached_on(guardian.birth_date, 18) <= placement.start);
        assert!(ward.iin.is_some() || ward_birth_act.is_some());
        assert!(!placement.act.issuer.is_empty() && !guardian.address.is_empty());
    }
}

#[test]
fn a_person_and_a_ward_are_written_the_same_in_all_their_records() {
    let people = everybody();
    let mut placements = HashSet::new();
    for one in &people.records {
        let record = people.record_of(one.guardian.iin).unwrap();
        assert_eq!((&record.guardian, record.accounting), (&one.guardian, one.accounting));
        let act = &one.ward.placement.act;
        let key = (one.guardian.iin, one.ward.ward.id.clone(), act.number.clone(), act.date);
        assert!(placements.insert(key), "the same placement twice");
    }
}

/// The law's answer to a demo person, as the domain decides it; signatures are not looked at.
fn decided(people: &Population, person: &DemoPerson, now: Timestamp) -> Decision {
    let ask = &person.ask;
    let consents = Consents {
        restricted_data: ConsentDecision::from_answer(ask.restricted_data),
        protected_secret: ConsentDecision::from_answer(ask.protected_secret),
    };
    let wards = match &ask.wards {
        AskedWards::All => WardsAsked::All,
        AskedWards::Named(named) => WardsAsked::named(person.iin, named.clone()).unwrap(),
    };
    let (applicant, language) = (ask.applicant_iin, Language::Kk);
    let request = ElectronicRequest { applicant, wards, consents, language, provider: None };
    let evidence = Evidence {
        consent: Answer::Known(consents),
        data_bank: Some(people.record_of(person.iin).map_or(Answer::Absent, Answer::Known)),
        data_bank_asked_at: None,
    };
    decide(&request, &evidence, now)
}

#[test]
fn the_domain_decides_each_situation_as_written_down_here_on_any_day() {
    for (today, now) in [
        (TODAY, "2026-11-23T06:00:00Z"),
        (date(2027, 2, 28), "2027-02-28T06:00:00Z"),
        (date(2028, 2, 29), "2028-02-29T06:00:00Z"),
        (date(2026, 12, 31), "2026-12-31T06:00:00Z"),
    ] {
        let people = population(1, today, 1).unwrap();
        for person in &people.demo {
            let decision = decided(&people, person, now.parse().unwrap());
            match (&person.expected, decision) {
                (
                    Expected::Granted { certificates, roles },
                    Decision::Answer(Outcome::Granted { appointments, .. }),
                ) => {
                    let mut found: Vec<_> = appointments.iter().collect();
                    found.sort_by_key(|one| one.ward_birth_date);
                    let found: Vec<_> = found.iter().map(|one| one.role).collect();
                    assert_eq!(&found, roles, "{} on {today}", person.slug);
                    assert_eq!(found.len(), *certificates);
                }
                (
                    Expected::Refused { ground },
                    Decision::Answer(Outcome::Refused { ground: decided, .. }),
                ) => assert_eq!(*ground, decided, "{} on {today}", person.slug),
                (Expected::RejectedBeforeRegistration { .. }, _) => {}
                (expected, decision) => {
                    panic!("{} on {today}: {expected:?}, {decision:?}", person.slug)
                }
            }
        }
    }
}

#[test]
fn each_demo_person_has_his_own_slug_and_every_kind_of_key_occurs() {
    let people = everybody();
    let slugs: HashSet<&str> = people.demo.iter().map(|one| one.slug.as_str()).collect();
    assert_eq!(slugs.len(), people.demo.len());
    let keys: HashSet<KeyKind> = people.demo.iter().map(|one| one.key).collect();
    assert_eq!(keys.len(), 6);
    let text = serde_json::to_string(&people.demo).unwrap();
    let again: Vec<DemoPerson> = serde_json::from_str(&text).unwrap();
    assert_eq!(again, people.demo);
}

#[test]
fn the_ward_asked_for_in_vain_is_another_persons() {
    let people = everybody();
    let person = people.demo.iter().find(|one| one.slug == "named_ward_not_his").unwrap();
    let AskedWards::Named(named) = &person.ask.wards else { panic!("names a ward") };
    let his = people.record_of(person.iin).unwrap();
    assert!(!his.wards.is_empty());
    assert!(his.wards.iter().all(|one| one.ward.iin != Some(named[0])));
    assert!(people.records.iter().any(|one| one.ward.ward.iin == Some(named[0])));
}
