//! Officers at the registry: what is found and by whom, and that no look goes unnoticed.

use domain::PersonName;
use jiff::civil::date;

use super::*;
use crate::testing::samples::{batch, ended, kato, registry_row};
use crate::{
    AtDesk, AuditRow, ExportFormat, ImportOrigin, LookError, OthersRecords, Registry, RegistryRow,
    Sought, Workplace,
};

fn officer() -> AtDesk {
    AtDesk { officer: iin(700), department: kato() }
}

fn elsewhere() -> Kato {
    Kato::parse("710000000").unwrap()
}

/// Two departments, and what became of a former one.
fn two_departments() -> World {
    world_with(|parts| {
        let mut other = samples::provider();
        other.kato = elsewhere();
        let former = crate::Successor {
            territories: vec!["6328".to_owned()],
            issuers: vec!["Семей қаласы".to_owned()],
            since: None,
            until: Some(date(2022, 6, 8)),
            provider: kato(),
        };
        let successors = crate::Successors::new(vec![former]).unwrap();
        parts.providers = Providers::new(vec![samples::provider(), other], &elsewhere())
            .unwrap()
            .with_successors(successors)
            .unwrap();
    })
}

async fn import(world: &World, seconds: i64, rows: &[RegistryRow]) {
    let mut batch = batch(seconds, rows.to_vec());
    batch.terms.others = OthersRecords::Taken;
    world.store.apply_import(&batch).await.unwrap().taken_in().unwrap();
}

fn named(index: u32, surname: &str, ward: &str) -> RegistryRow {
    let mut row = registry_row(iin(index), ward);
    row.guardian.name = PersonName::parse(surname, "Үсен", "").unwrap();
    row.ward.placement.act.number = format!("{index}-Ө");
    row
}

fn at(mut row: RegistryRow, keeper: &str) -> RegistryRow {
    row.ward.placement.provider = Kato::parse(keeper).unwrap();
    row
}

async fn looks(world: &World) -> Vec<AuditRow> {
    let rows = world.store.audit_from(1, 1_000).await.unwrap();
    let is_look = |row: &AuditRow| row.action.starts_with("record");
    rows.into_iter().filter(is_look).collect()
}

fn by_name(surname: &str) -> Sought {
    Sought::Name { surname: surname.to_owned(), given: String::new() }
}

#[tokio::test]
async fn by_name_an_officer_finds_his_departments_people_in_the_order_of_the_alphabet() {
    let world = two_departments();
    let rows = [
        named(1, "Қалиев", "a"),
        named(2, "Калиев", "b"),
        at(named(3, "Қалиева", "c"), "632810000"),
        at(named(4, "Калиева", "d"), "710000000"),
    ];
    import(&world, 1, &rows).await;
    let found = world.service.find_records(&officer(), &by_name("калиев"), "өтініш").await.unwrap();
    let names: Vec<_> =
        found.records.iter().map(|one| one.row.guardian.name.surname.as_str()).collect();
    assert_eq!(names, ["Калиев", "Қалиев", "Қалиева"], "and what became part of the department");
    assert!(found.is_complete && !found.is_cut);
    let looks = looks(&world).await;
    let mut subjects: Vec<_> = looks.iter().map(|row| row.subject.clone()).collect();
    subjects.sort();
    let mut expected: Vec<_> = (1..4).map(|index| iin(index).digits()).collect();
    expected.sort();
    assert_eq!(subjects, expected);
    assert!(looks.iter().all(|row| row.actor == "officer" && row.detail.starts_with("name ")));
}

#[tokio::test]
async fn by_iin_anybody_is_found_and_an_act_only_in_ones_own_department() {
    let world = two_departments();
    import(&world, 1, &[named(1, "Қалиев", "a"), at(named(4, "Калиева", "d"), "710000000")]).await;
    let find = async |sought: Sought| {
        let found = world.service.find_records(&officer(), &sought, "тексеру").await.unwrap();
        found.records.into_iter().map(|one| one.row.guardian.iin).collect::<Vec<_>>()
    };
    assert_eq!(find(Sought::Iin(iin(4))).await, [iin(4)]);
    assert_eq!(find(Sought::Act("№ 1 ө".to_owned())).await, [iin(1)]);
    assert_eq!(find(Sought::Act("4-Ө".to_owned())).await, []);
    assert_eq!(find(by_name("Калиева")).await, []);
    assert_eq!(looks(&world).await.len(), 4, "a look that finds nothing is one too");
}

#[tokio::test]
async fn whoever_is_sought_by_his_iin_reads_what_for_and_where_also_where_nothing_was_found() {
    let world = two_departments();
    import(&world, 1, &[named(1, "Қалиев", "a")]).await;
    for person in [iin(1), iin(5)] {
        let sought = Sought::Iin(person);
        world.service.find_records(&officer(), &sought, " № 7  шағым ").await.unwrap();
        let told = world.service.accesses_of(person, None).await.unwrap().lines;
        let [line] = told.as_slice() else { panic!("one line: {told:?}") };
        assert_eq!((line.action.as_str(), line.way.as_str()), ("record_looked_at", "iin"));
        assert_eq!(line.purpose, "№ 7 шағым");
        assert_eq!(line.workplace, Some(Workplace::Department(kato())));
    }
    world.service.find_records(&officer(), &by_name("Басқа"), "дау").await.unwrap();
    assert_eq!(looks(&world).await.len(), 3, "by name nobody is sought whom we know");
}

#[tokio::test]
async fn a_preview_is_a_look_at_whom_it_shows_as_recorded_and_at_nobody_else() {
    let world = two_departments();
    world.service.note_preview(&officer(), std::iter::empty()).await.unwrap();
    assert!(looks(&world).await.is_empty(), "new records show nobody's present data");
    let mut row = named(1, "Қалиев", "a");
    row.ward.ward.iin = Some(iin(9));
    let rows = [row.clone(), row, named(2, "Басқа", "b")];
    world.service.note_preview(&officer(), rows.iter()).await.unwrap();
    let mut subjects: Vec<_> = looks(&world).await.into_iter().map(|row| row.subject).collect();
    subjects.sort();
    let mut expected = [iin(1), iin(2), iin(9)].map(|one| one.digits());
    expected.sort();
    assert_eq!(subjects, expected);
    let told = world.service.accesses_of(iin(9), None).await.unwrap().lines;
    assert_eq!((told[0].way.as_str(), told[0].purpose.as_str()), ("preview", ""));
    assert_eq!(told[0].workplace, Some(Workplace::Department(kato())));
}

#[tokio::test]
async fn without_a_purpose_or_anything_to_look_for_nothing_is_shown() {
    let world = two_departments();
    import(&world, 1, &[named(1, "Қалиев", "a")]).await;
    for purpose in ["", "  ", "…", "\u{200b}"] {
        let refused = world.service.find_records(&officer(), &by_name("қ"), purpose).await;
        assert!(matches!(refused, Err(LookError::NoPurpose)), "{purpose}");
    }
    for sought in [by_name(" - "), Sought::Act("№".to_owned())] {
        let refused = world.service.find_records(&officer(), &sought, "өтініш").await;
        assert!(matches!(refused, Err(LookError::NothingSought)));
    }
    let refused = world.service.record_history(&officer(), "unknown", ("өтініш", None)).await;
    assert!(matches!(refused, Err(LookError::NotFound)));
    assert!(looks(&world).await.is_empty());
}

#[tokio::test]
async fn a_record_has_its_history_and_what_was_known_at_a_moment_is_told() {
    let world = two_departments();
    let first = named(1, "Қалиев", "a");
    let mut renamed = first.clone();
    renamed.guardian.name = PersonName::parse("Өтегенов", "Үсен", "").unwrap();
    renamed.guardian.address = "Алматы қаласы".to_owned();
    let mut other = registry_row(iin(1), "b");
    other.guardian = renamed.guardian.clone();
    import(&world, 10, std::slice::from_ref(&first)).await;
    import(&world, 20, &[renamed.clone(), other.clone()]).await;
    let last = ended(&renamed);
    import(&world, 30, std::slice::from_ref(&last)).await;
    let history =
        world.service.record_history(&officer(), &first.record_key(), ("дау", None)).await.unwrap();
    let rows: Vec<_> = history.versions.iter().map(|one| one.row.clone()).collect();
    assert_eq!(rows, [last.clone(), renamed.clone(), first.clone()]);
    assert_eq!(history.others.len(), 1);
    assert!(history.is_own);
    for (seconds, expected) in [
        (9, None),
        (10, Some((&first, vec![&first]))),
        (29, Some((&renamed, vec![&renamed, &other]))),
        (30, Some((&last, vec![&last, &other]))),
    ] {
        let known = world.store.guardian_record_at(iin(1), moment(seconds)).await.unwrap();
        let expected = expected.map(|(latest, rows)| domain::GuardianRecord {
            by_register: Vec::new(),
            guardian: latest.guardian.clone(),
            accounting: latest.accounting,
            wards: rows.iter().map(|row| row.ward.clone()).collect(),
        });
        assert_eq!(known, expected, "{seconds}");
    }
    let of_then = async |seconds: i64| {
        let asked = ("дау", Some(moment(seconds)));
        world.service.record_history(&officer(), &first.record_key(), asked).await.unwrap()
    };
    assert_eq!(of_then(9).await.known_then, None);
    let then = of_then(30).await.known_then.unwrap();
    assert_eq!(then.wards.len(), 2, "the whole person, not this record alone");
    let end = then.wards[0].placement.end.as_ref().unwrap();
    assert!(end.reason.is_empty() && last.ward.placement.end.as_ref().unwrap().on == end.on);
    assert_eq!(
        world.store.guardian_record_at(iin(1), moment(99)).await.unwrap(),
        world.store.guardian_record(iin(1)).await.unwrap(),
        "the last moment is the present"
    );
}

#[tokio::test]
async fn why_and_by_whom_a_record_was_ended_is_for_the_department_that_keeps_it() {
    let world = two_departments();
    let ours = named(1, "Қалиев", "a");
    let theirs = at(registry_row(iin(1), "b"), "710000000");
    import(&world, 10, &[ours.clone(), theirs.clone()]).await;
    let mut ends = batch(20, vec![ended(&ours), ended(&theirs)]);
    ends.terms.others = OthersRecords::Taken;
    ends.origin = ImportOrigin {
        officer: Some(iin(701)),
        confirmed_by: Some(iin(702)),
        reason: Some("бұйрық № 5".to_owned()),
    };
    world.store.apply_import(&ends).await.unwrap().taken_in().unwrap();
    let stranger = AtDesk { department: elsewhere(), ..officer() };
    let reason = |one: &crate::RecordVersion| {
        one.row.ward.placement.end.as_ref().map(|end| end.reason.clone()).unwrap()
    };
    for (desk, key, is_own) in [
        (&officer(), ours.record_key(), true),
        (&officer(), theirs.record_key(), false),
        (&stranger, ours.record_key(), false),
        (&stranger, theirs.record_key(), true),
    ] {
        let seen = world.service.record_history(desk, &key, ("дау", None)).await.unwrap();
        assert_eq!(seen.is_own, is_own);
        // The guardian's other record is the other department's.
        let (last, other) = (&seen.versions[0], seen.others.last().unwrap());
        let (own, foreign) = if is_own { (last, other) } else { (other, last) };
        assert_eq!((&own.origin, reason(own).as_str()), (&ends.origin, "босатылды"));
        assert_eq!((&foreign.origin, reason(foreign).as_str()), (&ImportOrigin::default(), ""));
    }
}

#[tokio::test]
async fn a_record_is_opened_for_correction_by_its_own_department_alone_and_each_look_is_noted() {
    let world = two_departments();
    let (own, former) = (named(1, "Қалиев", "a"), at(named(3, "Қалиева", "c"), "632810000"));
    // In the district of the officer's department, but no provider has this code, and no successor.
    let nobodys = at(named(4, "Қалиева", "d"), "101099999");
    import(&world, 1, &[own.clone(), former.clone(), nobodys.clone()]).await;
    let open = async |desk: &AtDesk, row: &RegistryRow, purpose: &str| {
        world.service.own_record(desk, &row.record_key(), purpose).await
    };
    assert!(matches!(open(&officer(), &own, " ").await, Err(LookError::NoPurpose)));
    assert!(looks(&world).await.is_empty());
    assert_eq!(open(&officer(), &own, "дау").await.unwrap().row, own);
    assert_eq!(open(&officer(), &former, "дау").await.unwrap().row, former);
    let stranger = AtDesk { department: elsewhere(), ..officer() };
    for (desk, row) in [(&stranger, &own), (&stranger, &former), (&officer(), &nobodys)] {
        assert!(matches!(open(desk, row, "дау").await, Err(LookError::NotFound)));
    }
    assert_eq!(looks(&world).await.len(), 5, "an attempt is noted too");
    let found = world.service.find_records(&officer(), &by_name("Қалиева"), "дау").await.unwrap();
    assert_eq!(found.records.len(), 1, "what nobody keeps is found by nobody's name");
    let fallback = world.service.find_records(&stranger, &by_name("Қалиева"), "дау").await;
    assert!(fallback.unwrap().records.is_empty());
}

#[tokio::test]
async fn the_list_of_contradictions_meets_records_of_other_departments_and_ends() {
    let world = two_departments();
    let one = named(1, "Қалиев", "a");
    let mut rows = vec![one.clone(), at(named(2, "Калиева", "a"), "710000000")];
    for (index, length) in (10..20).zip(10..) {
        let mut row = named(index, "Басқа", &format!("w{index}"));
        row.ward.ward.name = PersonName::parse("Бала", &"а".repeat(length), "").unwrap();
        rows.push(row);
    }
    import(&world, 1, &rows).await;
    let page = world.service.conflicts_of(&officer(), None).await.unwrap();
    let found: Vec<_> = page
        .found
        .iter()
        .map(|(record, conflicts)| {
            (record.key.clone(), conflicts.iter().map(|one| one.kind.code()).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(found, [(one.record_key(), vec!["two_guardians"])]);
    let other = page.found[0].1[0].other_kept_by.as_ref();
    assert_eq!(other, Some(&elsewhere()));
    assert_eq!(page.next, None);
    let rest = world.service.conflicts_of(&officer(), Some(&one.record_key())).await.unwrap();
    assert!(rest.found.is_empty());
}

#[tokio::test]
async fn an_export_is_the_departments_records_whole_and_is_noted_once() {
    let world = two_departments();
    let mut rows: Vec<_> =
        (0..1_203).map(|index| named(index, "Қалиев", &format!("w{index}"))).collect();
    rows.push(at(named(2_000, "Бөтен", "x"), "710000000"));
    rows.push(at(named(2_001, "Бұрынғы", "y"), "632810000"));
    import(&world, 1, &rows).await;
    let desk = officer();
    let begin =
        |purpose: &'static str| world.service.export_records(&desk, ExportFormat::Csv, purpose);
    assert!(matches!(begin(" ").await.map(|_| ()), Err(LookError::NoPurpose)));
    let mut export = begin("жылдық есеп").await.unwrap();
    let mut text = Vec::new();
    while let Some(piece) = world.service.export_piece(&mut export).await.unwrap() {
        text.extend(piece);
    }
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), 1_203 + 1 + 1, "with the former territory's, and the end");
    assert!(text.ends_with("end\n") && !text.contains("2000-Ө") && text.contains("2001-Ө"));
    let looks = looks(&world).await;
    assert_eq!(looks.len(), 1);
    assert_eq!((looks[0].action.as_str(), looks[0].subject.as_str()), ("records_exported", ""));
}
