//! What every record desk promises: each record is found by its present keys, a look leaves its rows, a request to repair is
//! answered once, and nobody is told twice.

use std::any::Any;
use std::sync::Arc;

use domain::{Kato, Number, PersonName, RequestState};

use super::samples::{
    batch, decide, ended, event, iin, intend, issue, kato, leased, moment, planned_certificate,
    planned_refusal, registered, registry_row,
};
use crate::audit::{Actor, AuditAction};
use crate::import::{OthersRecords, RegistryRow};
use crate::ports::{
    Erasure, KeptKind, KeyedPage, LookWay, LookWords, PresentRecord, RecordDesk, RecordLook,
    RecordQuery, RepairAnswer, RepairMark, RepairOutcome, RepairRequest, Store, Workplace,
};
use crate::record_keys::{act_prefix, name_prefix};

/// A fresh, empty store under test as a desk.
pub struct DeskFixture {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The same store as desk.
    pub desk: Arc<dyn RecordDesk>,
    _kept: Box<dyn Any + Send + Sync>,
}

impl DeskFixture {
    /// Both ports of one store.
    pub fn new(
        store: Arc<dyn Store>,
        desk: Arc<dyn RecordDesk>,
        kept: impl Any + Send + Sync,
    ) -> Self {
        Self { store, desk, _kept: Box::new(kept) }
    }

    async fn import(&self, seconds: i64, rows: &[RegistryRow]) {
        let mut batch = batch(seconds, rows.to_vec());
        batch.terms.others = OthersRecords::Taken;
        self.desk.apply_import(&batch).await.unwrap().taken_in().unwrap();
    }

    async fn found(&self, query: &RecordQuery) -> Vec<RegistryRow> {
        let mut found = self.desk.find_records(query, 50).await.unwrap();
        found.sort_by_key(|one| one.row.ward.ward.id.clone());
        found.into_iter().map(|one| one.row).collect()
    }

    /// A request that ended with a refusal at `moment(2)`.
    async fn refused(&self, index: u32) -> Number {
        let number = registered(&self.store, index).await;
        let lease = leased(&self.store, 1).await;
        let planned = planned_refusal(&number, iin(index), u64::from(index));
        decide(&self.store, &lease, vec![planned]).await;
        intend(&self.store, &lease).await;
        issue(&self.store, &lease, RequestState::Refused).await;
        number
    }

    /// A request that ended with a certificate, and a refusal about another ward that was named.
    async fn partly_refused(&self, index: u32) -> Number {
        let number = registered(&self.store, index).await;
        let lease = leased(&self.store, 1).await;
        let (applicant, index) = (iin(index), u64::from(index));
        let planned = vec![
            planned_certificate(&number, applicant, index),
            planned_refusal(&number, applicant, index + 100),
        ];
        decide(&self.store, &lease, planned).await;
        intend(&self.store, &lease).await;
        issue(&self.store, &lease, RequestState::Granted).await;
        number
    }
}

/// Makes a test of each promise; the argument is an async function that opens a fresh store.
#[macro_export]
macro_rules! record_desk_contract {
    ($open:path) => {
        $crate::store_contract!(@each $open; record_desk_contract;
            an_iin_finds_guardian_and_ward_wherever_they_are_kept
            a_name_finds_records_of_the_asked_keepers_by_what_they_say_today
            an_act_is_found_by_its_number
            records_are_walked_once_each_in_the_order_of_their_keys
            related_records_share_a_ward_or_an_act
            a_look_leaves_a_row_for_each_person
            what_a_look_was_for_is_read_by_its_identifier
            a_repair_is_asked_for_once_and_answered_once
            a_refused_person_is_told_once_and_his_open_repair_is_answered
            what_was_looked_through_is_not_looked_through_again
        );
    };
}

fn other_kato() -> Kato {
    Kato::parse("710000000").unwrap()
}

fn at(row: &RegistryRow, keeper: Kato) -> RegistryRow {
    let mut row = row.clone();
    row.ward.placement.provider = keeper;
    row
}

/// A guardian of one region is found from any other.
pub async fn an_iin_finds_guardian_and_ward_wherever_they_are_kept(fixture: DeskFixture) {
    let mut one = registry_row(iin(1), "ward-a");
    one.ward.ward.iin = Some(iin(9));
    let rows = [one.clone(), at(&registry_row(iin(1), "ward-b"), other_kato())];
    fixture.import(1, &rows).await;
    fixture.import(2, &[registry_row(iin(2), "ward-c")]).await;
    assert_eq!(fixture.found(&RecordQuery::Iin(iin(1))).await, rows);
    assert_eq!(fixture.found(&RecordQuery::Iin(iin(9))).await, [one]);
    assert!(fixture.found(&RecordQuery::Iin(iin(7))).await.is_empty());
    let mut keepers = fixture.desk.keepers().await.unwrap();
    keepers.sort();
    assert_eq!(keepers, [kato(), other_kato()]);
    let missing = fixture.desk.write_missing_keys("", 100).await.unwrap();
    assert_eq!(missing, KeyedPage::default(), "each came with its keys");
    let key = rows[0].record_key();
    assert_eq!(fixture.desk.guardian_of_record(&key).await.unwrap(), Some(iin(1)));
    assert_eq!(fixture.desk.guardian_of_record("").await.unwrap(), None);
}

/// A changed name is found by what it is now, and a record of another department is not found by name at all.
pub async fn a_name_finds_records_of_the_asked_keepers_by_what_they_say_today(
    fixture: DeskFixture,
) {
    let named = |text: &str, index: u32, ward: &str| {
        let mut row = registry_row(iin(index), ward);
        row.guardian.name = PersonName::parse(text, "Үсен", "").unwrap();
        row
    };
    let (mine, theirs) = (named("Қожахметов", 1, "a"), named("Кожахметова", 2, "b"));
    fixture.import(1, &[mine.clone(), at(&theirs, other_kato()), named("Ғаббас", 3, "c")]).await;
    let query = |surname: &str, given: &str| RecordQuery::Name {
        prefix: name_prefix(surname, given).unwrap(),
        keepers: vec![kato()],
    };
    assert_eq!(fixture.found(&query("кожах", "")).await, std::slice::from_ref(&mine));
    assert_eq!(fixture.found(&query("Кожахметов", "усе")).await, std::slice::from_ref(&mine));
    assert!(fixture.found(&query("Кожах", "Усен")).await.is_empty());
    let wards = fixture.found(&query("Усенова", "Инкар")).await;
    assert_eq!(wards.len(), 2, "by the ward's name, of this keeper alone");
    let renamed = named("Өтегенов", 1, "a");
    fixture.import(2, std::slice::from_ref(&renamed)).await;
    assert!(fixture.found(&query("кожах", "")).await.is_empty());
    assert_eq!(fixture.found(&query("отеген", "")).await, [renamed]);
    // One letter or two find who is called so, and neither longer surnames nor the whole department.
    let short = [named("Ән", 4, "d"), named("Ю", 5, "e")];
    fixture.import(3, &[short[0].clone(), short[1].clone()]).await;
    fixture.import(4, &[named("Ануаров", 6, "f"), named("Югай", 7, "g")]).await;
    for (surname, given, found) in [
        ("Ан", "", &short[..1]),
        ("ән", "Үсен", &short[..1]),
        ("ю", "", &short[1..]),
        ("Ю", "үс", &short[1..]),
        ("Ю", "Б", &[]),
        ("Юг", "", &[]),
        ("А", "", &[]),
    ] {
        assert_eq!(fixture.found(&query(surname, given)).await, found, "{surname} {given}");
    }
}

/// With the number as anybody would type it.
pub async fn an_act_is_found_by_its_number(fixture: DeskFixture) {
    let mut other = registry_row(iin(2), "b");
    other.ward.placement.act.number = "17-Ө/1".to_owned();
    let row = registry_row(iin(1), "a");
    fixture.import(1, &[row.clone(), other]).await;
    let query = |keeper| RecordQuery::Act {
        prefix: act_prefix("№ 17 о").unwrap(),
        keepers: vec![keeper],
    };
    assert_eq!(fixture.found(&query(kato())).await, [row]);
    assert!(fixture.found(&query(other_kato())).await.is_empty());
}

/// An export or a list of contradictions leaves nobody out.
pub async fn records_are_walked_once_each_in_the_order_of_their_keys(fixture: DeskFixture) {
    let mut rows: Vec<RegistryRow> =
        (0..7).map(|index| registry_row(iin(index), &format!("w{index}"))).collect();
    rows.push(at(&registry_row(iin(8), "w8"), other_kato()));
    fixture.import(1, &rows).await;
    fixture.import(2, &[ended(&rows[3])]).await;
    let (mut walked, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = fixture.desk.records_kept_by(&[kato()], after.as_deref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        assert!(page.len() <= 3);
        walked.extend(page.into_iter().map(|one| one.key));
    }
    let mut expected: Vec<String> = rows[..7].iter().map(RegistryRow::record_key).collect();
    expected.sort();
    assert_eq!(walked, expected);
    let both = fixture.desk.records_kept_by(&[kato(), other_kato()], None, 100).await.unwrap();
    assert_eq!(both.len(), 8);
    let changed = both.iter().find(|one| one.key == rows[3].record_key()).unwrap();
    assert_eq!(changed.row, ended(&rows[3]), "the present version");
}

/// What a rule compares is found wherever it is kept.
pub async fn related_records_share_a_ward_or_an_act(fixture: DeskFixture) {
    let one = registry_row(iin(1), "a");
    let mut same_ward = at(&registry_row(iin(2), "a"), other_kato());
    same_ward.ward.placement.act.number = "5".to_owned();
    let same_act = registry_row(iin(3), "b");
    let mut neither = registry_row(iin(4), "c");
    neither.ward.placement.act.number = "6".to_owned();
    neither.ward.ward.name = PersonName::parse("Басқа", "Бала", "").unwrap();
    let mut namesake = registry_row(iin(5), "d");
    namesake.ward.placement.act.number = "7".to_owned();
    let rows = [one.clone(), same_ward, same_act, neither.clone(), namesake];
    fixture.import(1, &rows).await;
    let asked = PresentRecord { key: one.record_key(), row: one };
    let related = fixture.desk.related_records(&[asked], 100).await.unwrap();
    let mut found: Vec<String> = related.into_iter().map(|one| one.key).collect();
    found.sort();
    let others = rows.iter().filter(|row| **row != neither);
    let mut expected: Vec<String> = others.map(RegistryRow::record_key).collect();
    expected.sort();
    assert_eq!(found, expected);
}

/// The journal names whose data was looked at, and what for is kept beside it.
pub async fn a_look_leaves_a_row_for_each_person(fixture: DeskFixture) {
    let look = |id: &str, way| RecordLook {
        id: id.to_owned(),
        at: moment(5),
        officer: iin(70),
        workplace: Workplace::Department(kato()),
        actor: Actor::Officer,
        way,
        purpose: "өтініш бойынша".to_owned(),
        request: None,
    };
    fixture.desk.note_look(&look("l1", LookWay::Name), &[iin(1), iin(2)]).await.unwrap();
    fixture.desk.note_look(&look("l2", LookWay::Iin), &[]).await.unwrap();
    fixture.desk.note_look(&look("l3", LookWay::Export), &[]).await.unwrap();
    let rows = fixture.store.audit_from(1, 10).await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.action.as_str(), row.subject.as_str(), row.detail.as_str()))
        .collect();
    let (one, two) = (iin(1).digits(), iin(2).digits());
    assert_eq!(
        told,
        [
            ("record_looked_at", one.as_str(), "name l1"),
            ("record_looked_at", two.as_str(), "name l1"),
            ("record_looked_at", "", "iin l2"),
            ("records_exported", "", "export l3"),
        ]
    );
    assert!(rows.iter().all(|row| row.actor == Actor::Officer.code()));
    assert_eq!(rows[0].evidence, look("l1", LookWay::Name).digest());
    let (kind, before, at) = (KeptKind::RecordLooks, moment(6), moment(100 * 86_400));
    let erasure = Erasure { kind, before, limit: 10, at };
    assert_eq!(fixture.store.erase(&erasure).await.unwrap(), 3);
    assert_eq!(fixture.store.erase(&erasure).await.unwrap(), 0);
}

/// The person reads what for and where, never who.
pub async fn what_a_look_was_for_is_read_by_its_identifier(fixture: DeskFixture) {
    let bin = domain::Bin::parse("200140009018").unwrap();
    let looks = [
        ("l1", Workplace::Department(kato()), "өтініш № 7 бойынша"),
        ("l2", Workplace::Organisation(bin), ""),
        ("l3", Workplace::Department(other_kato()), "басқа"),
    ];
    for (id, workplace, purpose) in looks.clone() {
        let look = RecordLook {
            id: id.to_owned(),
            at: moment(5),
            officer: iin(70),
            workplace,
            actor: Actor::Officer,
            way: LookWay::Preview,
            purpose: purpose.to_owned(),
            request: None,
        };
        fixture.desk.note_look(&look, &[iin(1)]).await.unwrap();
    }
    let ids = ["l1", "l2", "l9"].map(str::to_owned);
    let words = fixture.desk.look_words(&ids).await.unwrap();
    let expected = looks.into_iter().take(2).map(|(id, workplace, purpose)| {
        let purpose = purpose.to_owned();
        (id.to_owned(), LookWords { workplace: Some(workplace), purpose })
    });
    assert_eq!(words, expected.collect());
    assert!(fixture.desk.look_words(&[]).await.unwrap().is_empty());
}

fn repair(number: &Number, index: u32) -> RepairRequest {
    RepairRequest {
        number: number.clone(),
        applicant: iin(index),
        provider: kato(),
        opened_at: moment(100),
        act_number: Some("17-Ө".to_owned()),
        act_date: Some(jiff::civil::date(2020, 3, 2)),
        answer: None,
    }
}

/// Whoever clicks twice asks once.
pub async fn a_repair_is_asked_for_once_and_answered_once(fixture: DeskFixture) {
    let (one, two) = (fixture.refused(1).await, fixture.refused(2).await);
    let asked = event(AuditAction::RepairAsked, Some(one.clone()), Some(iin(1)));
    let (first, mut second) = (repair(&one, 1), repair(&two, 2));
    second.act_number = None;
    second.act_date = None;
    second.opened_at = moment(90);
    assert!(fixture.desk.open_repair(&first, &asked).await.unwrap());
    assert!(!fixture.desk.open_repair(&first, &asked).await.unwrap());
    assert!(fixture.desk.open_repair(&second, &asked).await.unwrap());
    assert!(fixture.desk.repair_of(&one).await.unwrap() == Some(first.clone()));
    let order = |repairs: Vec<RepairRequest>| -> Vec<Number> {
        repairs.into_iter().map(|one| one.number).collect()
    };
    let open = fixture.desk.repairs_at(&[kato()], 10).await.unwrap();
    assert_eq!(order(open), [two.clone(), one.clone()], "the oldest first");
    assert!(fixture.desk.repairs_at(&[other_kato()], 10).await.unwrap().is_empty());
    let answer = RepairAnswer {
        outcome: RepairOutcome::NoActFound,
        at: moment(200),
        officer: Some(iin(70)),
        words: "мұндай бұйрық жоқ".to_owned(),
    };
    let answered = event(AuditAction::RepairAnswered, Some(two.clone()), Some(iin(2)));
    let before = fixture.store.audit_from(1, 100).await.unwrap().len();
    assert!(fixture.desk.answer_repair(&two, &answer, &answered).await.unwrap());
    assert!(!fixture.desk.answer_repair(&two, &answer, &answered).await.unwrap());
    assert_eq!(fixture.store.audit_from(1, 100).await.unwrap().len(), before + 1);
    let all = fixture.desk.repairs_at(&[kato()], 10).await.unwrap();
    assert!(all[1].answer == Some(answer));
    assert_eq!(order(all), [one.clone(), two.clone()], "what is open comes first");
    let (kind, before, at) = (KeptKind::RepairRequests, moment(201), moment(300));
    let erased = fixture.store.erase(&Erasure { kind, before, limit: 10, at }).await;
    assert_eq!(erased.unwrap(), 1, "what is open stays");
    assert!(fixture.desk.repair_of(&two).await.unwrap().is_none());
    assert!(fixture.desk.repair_of(&one).await.unwrap().is_some());
}

/// However often a node looks, and however many do.
pub async fn a_refused_person_is_told_once_and_his_open_repair_is_answered(fixture: DeskFixture) {
    let number = fixture.refused(1).await;
    let audit = event(AuditAction::RepairTold, Some(number.clone()), Some(iin(1)));
    let asked = event(AuditAction::RepairAsked, Some(number.clone()), Some(iin(1)));
    fixture.desk.open_repair(&repair(&number, 1), &asked).await.unwrap();
    let tell = || fixture.desk.tell_repaired(&number, moment(300), &audit);
    let told = [tell().await.unwrap(), tell().await.unwrap()];
    assert_eq!(told, [true, false]);
    let answer = fixture.desk.repair_of(&number).await.unwrap().unwrap().answer.unwrap();
    assert!(answer.outcome == RepairOutcome::Entered && answer.officer.is_none());
    assert_eq!(answer.at, moment(300));
    let told = fixture.desk.repairs_told(iin(1), 10).await.unwrap();
    assert_eq!(told, [(number.clone(), moment(300))]);
    assert!(fixture.desk.repairs_told(iin(2), 10).await.unwrap().is_empty());
    assert!(fixture.desk.refused_since(moment(0), None, 10).await.unwrap().is_empty());
}

/// An import leads to the refused people it is about; a refusal that came later is found by its own moment.
pub async fn what_was_looked_through_is_not_looked_through_again(fixture: DeskFixture) {
    let mut numbers = Vec::new();
    for index in 1..4 {
        numbers.push(fixture.refused(index).await);
    }
    let partly = fixture.partly_refused(5).await;
    let granted = registered(&fixture.store, 4).await;
    let mark = fixture.desk.repair_mark().await.unwrap();
    assert_eq!(mark.import, 0);
    fixture.import(60, &[registry_row(iin(1), "a"), registry_row(iin(1), "b")]).await;
    fixture.import(61, &[registry_row(iin(3), "a"), registry_row(iin(4), "c")]).await;
    assert_eq!(fixture.desk.last_import().await.unwrap(), 2);
    let desk = &fixture.desk;
    assert_eq!(desk.refused_in_import(1, None, 10).await.unwrap(), [numbers[0].clone()]);
    assert_eq!(desk.refused_in_import(2, None, 10).await.unwrap(), [numbers[2].clone()]);
    let after = Some(&numbers[0]);
    assert!(desk.refused_in_import(1, after, 10).await.unwrap().is_empty());
    let mut sorted = numbers.clone();
    sorted.sort();
    assert_eq!(desk.refused_since(moment(0), None, 10).await.unwrap(), sorted);
    assert_eq!(desk.refused_since(moment(0), None, 2).await.unwrap(), sorted[..2]);
    assert_eq!(desk.refused_since(moment(0), Some(&sorted[0]), 10).await.unwrap(), sorted[1..]);
    assert_eq!(desk.refused_since(moment(2), None, 10).await.unwrap(), sorted);
    assert!(desk.refused_since(moment(3), None, 10).await.unwrap().is_empty());
    assert!(!sorted.contains(&granted), "what is open is no refusal");
    fixture.import(62, &[registry_row(iin(5), "e")]).await;
    assert_eq!(desk.refused_in_import(3, None, 10).await.unwrap(), [partly], "refused in part");
    for (import, until, expected) in [(2, 30, (2, 30)), (1, 40, (2, 40)), (3, 20, (3, 40))] {
        let mark = RepairMark { import, refused_until: moment(until) };
        desk.put_repair_mark(&mark).await.unwrap();
        let kept = desk.repair_mark().await.unwrap();
        assert_eq!((kept.import, kept.refused_until), (expected.0, moment(expected.1)));
    }
}
