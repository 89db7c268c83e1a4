//! What every registry promises: nothing is overwritten, the same file twice changes nothing, a preview is true.

use domain::{AccountingStatus, Kato, PersonName, WardId};

use super::samples::{
    batch, ended, iin, moment, provider as provider_sample, registered, registry_row,
};
use super::store_contract::Fixture;
use crate::import::{
    ImportBatch, ImportOrigin, ImportOutcome, ImportRefusal, ImportSummary, ImportTerms,
    OthersRecords, RegistryRow, RowChange, RowEffect, RowField,
};
use crate::{Keepers, Providers, Successor, Successors};

/// Makes a test of each promise; the argument is an async function that opens a fresh store.
#[macro_export]
macro_rules! registry_contract {
    ($open:path) => {
        $crate::store_contract!(@each $open; registry_contract;
            an_unknown_person_has_no_record
            a_person_has_all_his_placements_current_and_ended
            the_same_file_again_changes_nothing
            a_change_makes_a_version_and_is_counted
            a_preview_tells_what_the_import_does_and_changes_nothing
            a_persons_own_facts_come_from_the_row_recorded_last
            a_value_that_returns_is_a_change_again
            two_thousand_rows_are_taken_in_at_once
            requests_come_in_beside_an_import
            a_preview_tells_each_row_that_says_anything_new
            a_correction_of_a_ward_tells_which_record_stays_otherwise
            a_placement_that_is_there_already_is_told
            a_correction_without_a_reason_is_refused
            another_departments_record_is_changed_only_under_terms_that_allow_it
            what_was_not_previewed_is_not_taken_in
            every_version_is_kept_with_who_entered_it_and_why
            a_new_record_that_changes_a_person_is_a_correction
            a_record_of_a_former_territory_is_its_successors
        );
    };
}

async fn import(fixture: &Fixture, batch: &ImportBatch) -> ImportSummary {
    fixture.registry.apply_import(batch).await.unwrap().taken_in().unwrap()
}

/// Absence is told apart from an empty record.
pub async fn an_unknown_person_has_no_record(fixture: Fixture) {
    assert_eq!(fixture.registry.guardian_record(iin(1)).await.unwrap(), None);
    assert_eq!(fixture.registry.last_import_at().await.unwrap(), None);
}

/// Ended placements stay, because no decision may mistake an end for an absence of records.
pub async fn a_person_has_all_his_placements_current_and_ended(fixture: Fixture) {
    let rows = vec![
        registry_row(iin(1), "ward-b"),
        ended(&registry_row(iin(1), "ward-a")),
        registry_row(iin(2), "ward-c"),
    ];
    import(&fixture, &batch(1, rows.clone())).await;
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    assert_eq!(record.guardian, rows[0].guardian);
    assert_eq!(record.wards, [rows[0].ward.clone(), rows[1].ward.clone()]);
    let other = fixture.registry.guardian_record(iin(2)).await.unwrap().unwrap();
    assert_eq!(other.wards, [rows[2].ward.clone()]);
}

/// A department may send its file as often as it likes.
pub async fn the_same_file_again_changes_nothing(fixture: Fixture) {
    let rows = vec![registry_row(iin(1), "ward-a"), registry_row(iin(2), "ward-b")];
    let first = import(&fixture, &batch(1, rows.clone())).await;
    assert_eq!(first, ImportSummary { new: 2, ..ImportSummary::default() });
    let before = fixture.registry.guardian_record(iin(1)).await.unwrap();
    let again = import(&fixture, &batch(2, rows)).await;
    assert_eq!(again, ImportSummary { unchanged: 2, ..ImportSummary::default() });
    assert_eq!(fixture.registry.guardian_record(iin(1)).await.unwrap(), before);
    assert_eq!(fixture.registry.last_import_at().await.unwrap(), Some(moment(2)));
}

/// New, changed, ended and unchanged are counted apart; an end counts once.
pub async fn a_change_makes_a_version_and_is_counted(fixture: Fixture) {
    let rows: Vec<RegistryRow> =
        ["a", "b", "c"].iter().map(|ward| registry_row(iin(1), ward)).collect();
    import(&fixture, &batch(1, rows.clone())).await;
    let mut renamed = rows[1].clone();
    renamed.ward.ward.name = PersonName::parse("Серікова", "Іңкәр", "").unwrap();
    let next = vec![ended(&rows[0]), renamed.clone(), rows[2].clone(), registry_row(iin(1), "d")];
    let summary = import(&fixture, &batch(2, next.clone())).await;
    assert_eq!(summary, ImportSummary { new: 1, changed: 2, ended: 1, unchanged: 1 });
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    let expected: Vec<_> = next.iter().map(|row| row.ward.clone()).collect();
    assert_eq!(record.wards, expected);
    let mut later = ended(&rows[0]);
    later.accounting = AccountingStatus::None;
    let summary = import(&fixture, &batch(3, vec![later])).await;
    assert_eq!(summary, ImportSummary { changed: 1, ..ImportSummary::default() });
}

/// The preview is what a person confirms.
pub async fn a_preview_tells_what_the_import_does_and_changes_nothing(fixture: Fixture) {
    let row = registry_row(iin(1), "ward-a");
    let first = batch(1, vec![row.clone()]);
    let preview = fixture.registry.preview_import(&first).await.unwrap();
    assert_eq!(fixture.registry.guardian_record(iin(1)).await.unwrap(), None);
    assert_eq!(fixture.registry.last_import_at().await.unwrap(), None);
    assert_eq!(import(&fixture, &first).await, preview.summary);
    let second = batch(2, vec![ended(&row), registry_row(iin(1), "ward-b")]);
    let preview = fixture.registry.preview_import(&second).await.unwrap();
    assert_eq!(import(&fixture, &second).await, preview.summary);
    assert_eq!(preview.summary, ImportSummary { new: 1, changed: 1, ended: 1, unchanged: 0 });
}

/// The freshest row knows the present name and address, whichever ward it is about.
pub async fn a_persons_own_facts_come_from_the_row_recorded_last(fixture: Fixture) {
    let first = registry_row(iin(1), "ward-a");
    let second = registry_row(iin(1), "ward-b");
    import(&fixture, &batch(1, vec![first.clone(), second])).await;
    let mut moved = first;
    moved.guardian.address = "Алматы қаласы".to_owned();
    moved.accounting = AccountingStatus::Active;
    import(&fixture, &batch(2, vec![moved.clone()])).await;
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    assert_eq!(record.guardian, moved.guardian);
    assert_eq!(record.accounting, AccountingStatus::Active);
    let wards: Vec<WardId> = record.wards.into_iter().map(|one| one.ward.id).collect();
    assert_eq!(wards, [WardId("ward-a".into()), WardId("ward-b".into())]);
}

/// Only the present version counts for «unchanged», not an older one.
pub async fn a_value_that_returns_is_a_change_again(fixture: Fixture) {
    let row = registry_row(iin(1), "ward-a");
    for (seconds, row) in [(1, row.clone()), (2, ended(&row)), (3, row.clone())] {
        import(&fixture, &batch(seconds, vec![row])).await;
    }
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    assert_eq!(record.wards, [row.ward]);
}

/// A region's file is one transaction.
pub async fn two_thousand_rows_are_taken_in_at_once(fixture: Fixture) {
    let rows: Vec<RegistryRow> =
        (0..2_000).map(|index| registry_row(iin(index), &format!("ward-{index}"))).collect();
    let summary = import(&fixture, &batch(1, rows.clone())).await;
    assert_eq!(summary, ImportSummary { new: 2_000, ..ImportSummary::default() });
    let summary = import(&fixture, &batch(2, rows)).await;
    assert_eq!(summary, ImportSummary { unchanged: 2_000, ..ImportSummary::default() });
    assert!(fixture.registry.guardian_record(iin(1_999)).await.unwrap().is_some());
}

/// A department takes its file in by day, when people ask: they may wait for it, and are turned away by nothing.
pub async fn requests_come_in_beside_an_import(fixture: Fixture) {
    let rows: Vec<RegistryRow> =
        (0..1_000).map(|index| registry_row(iin(index), &format!("ward-{index}"))).collect();
    let batch = batch(1, rows);
    let people = async {
        for person in 1..=10 {
            registered(&fixture.store, person).await;
        }
    };
    let (summary, ()) = tokio::join!(import(&fixture, &batch), people);
    assert_eq!(summary, ImportSummary { new: 1_000, ..ImportSummary::default() });
}

/// An officer confirms what he sees: row by row, with the fields that differ.
pub async fn a_preview_tells_each_row_that_says_anything_new(fixture: Fixture) {
    let rows: Vec<RegistryRow> =
        ["a", "b", "c"].iter().map(|ward| registry_row(iin(1), ward)).collect();
    import(&fixture, &batch(1, rows.clone())).await;
    let mut moved = rows[1].clone();
    moved.guardian.address = "Алматы қаласы".to_owned();
    moved.ward_birth_act = Some("10-77".to_owned());
    let next = vec![rows[2].clone(), ended(&rows[0]), moved, registry_row(iin(1), "d")];
    let preview = fixture.registry.preview_import(&batch(2, next)).await.unwrap();
    let changed = |place, fields: &[RowField], ends| RowChange {
        place,
        effect: RowEffect::Changed { fields: fields.to_vec(), ends },
        kept_by: None,
        people: vec![],
        repeats: false,
    };
    let address_and_birth_act = [RowField::GuardianAddress, RowField::WardBirthAct];
    let expected = [
        changed(1, &[RowField::EndDate, RowField::EndReason], true),
        changed(2, &address_and_birth_act, false),
        RowChange {
            place: 3,
            effect: RowEffect::New,
            kept_by: None,
            people: vec![],
            repeats: false,
        },
    ];
    assert_eq!(preview.changes, expected);
    assert!(preview.needs_second_person());
    let new = batch(3, vec![registry_row(iin(1), "e")]);
    assert!(!fixture.registry.preview_import(&new).await.unwrap().needs_second_person());
}

/// A record is its keeper's: another department's file changes nothing of it by mistake.
pub async fn another_departments_record_is_changed_only_under_terms_that_allow_it(
    fixture: Fixture,
) {
    let row = registry_row(iin(1), "ward-a");
    import(&fixture, &batch(1, vec![row.clone()])).await;
    let others = Kato::parse("750000000").unwrap();
    assert_ne!(row.ward.placement.provider, others);
    // One's own new record, another's new record, and a change of another's.
    let mut own = registry_row(iin(1), "ward-b");
    own.ward.placement.provider = others.clone();
    let rows = vec![own, registry_row(iin(1), "ward-c"), ended(&row)];
    let mut foreign = ImportBatch { entered_by: others, ..batch(2, rows) };
    let preview = fixture.registry.preview_import(&foreign).await.unwrap();
    let keeper = Some(row.ward.placement.provider.clone());
    let kept_by: Vec<_> = preview.changes.iter().map(|change| change.kept_by.clone()).collect();
    assert_eq!(kept_by, [None, keeper.clone(), keeper]);
    let outcome = fixture.registry.apply_import(&foreign).await.unwrap();
    assert_eq!(outcome, ImportOutcome::Refused(ImportRefusal::OthersRecords(vec![1, 2])));
    assert_eq!(fixture.registry.history_of(iin(1)).await.unwrap().len(), 1, "a part was taken in");
    // The same row without any news harms nobody.
    let unchanged = ImportBatch { rows: vec![row], ..foreign.clone() };
    assert_eq!(import(&fixture, &unchanged).await.unchanged, 1);
    foreign.terms.others = OthersRecords::Taken;
    assert_eq!(import(&fixture, &foreign).await, preview.summary);
}

/// Between the look and the confirmation somebody else may have changed the same records.
pub async fn what_was_not_previewed_is_not_taken_in(fixture: Fixture) {
    let row = registry_row(iin(1), "ward-a");
    import(&fixture, &batch(1, vec![row.clone()])).await;
    let seen = batch(2, vec![ended(&row)]);
    let preview = fixture.registry.preview_import(&seen).await.unwrap();
    let terms = ImportTerms { previewed: Some(preview.digest), ..ImportTerms::default() };
    let mut moved = row;
    moved.guardian.address = "Алматы қаласы".to_owned();
    import(&fixture, &batch(3, vec![moved.clone()])).await;
    let confirmed = ImportBatch { terms: terms.clone(), entered_at: moment(4), ..seen };
    let outcome = fixture.registry.apply_import(&confirmed).await.unwrap();
    assert_eq!(outcome, ImportOutcome::Refused(ImportRefusal::AnotherThanPreviewed));
    // It comes before anything else that is wrong with it: a second person missing, another's record.
    let mut lacking = confirmed.clone();
    lacking.origin.officer = Some(iin(501));
    lacking.entered_by = Kato::parse("750000000").unwrap();
    let outcome = fixture.registry.apply_import(&lacking).await.unwrap();
    assert_eq!(outcome, ImportOutcome::Refused(ImportRefusal::AnotherThanPreviewed));
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    assert_eq!((record.guardian, record.wards), (moved.guardian, vec![moved.ward]));
    let preview = fixture.registry.preview_import(&confirmed).await.unwrap();
    let terms = ImportTerms { previewed: Some(preview.digest), ..terms };
    assert_eq!(import(&fixture, &ImportBatch { terms, ..confirmed }).await.ended, 1);
}

/// Who entered what, when, from which file: asked years later, by the person or in a dispute.
pub async fn every_version_is_kept_with_who_entered_it_and_why(fixture: Fixture) {
    let row = registry_row(iin(1), "ward-a");
    let reason = Some("тегі өзгерді".to_owned());
    let origin = ImportOrigin { officer: Some(iin(7)), confirmed_by: Some(iin(8)), reason };
    let corrected = ImportBatch { origin: origin.clone(), ..batch(2, vec![ended(&row)]) };
    for batch in [&batch(1, vec![row.clone(), registry_row(iin(2), "ward-b")]), &corrected] {
        import(&fixture, batch).await;
    }
    let history = fixture.registry.history_of(iin(1)).await.unwrap();
    let [first, second] = &history[..] else { panic!("{} versions", history.len()) };
    let entered = batch(1, vec![]).origin;
    assert_eq!((&first.row, &first.origin, first.version), (&row, &entered, 1));
    assert_eq!((&second.row, &second.origin, second.version), (&corrected.rows[0], &origin, 2));
    assert_eq!((first.import, second.import, second.recorded_at), (1, 2, moment(2)));
    assert_eq!(
        (&second.entered_by, &second.file_digest),
        (&corrected.entered_by, &corrected.file_digest)
    );
    assert_eq!((&first.record, &row.record_key()), (&second.record, &first.record));
    assert_eq!(fixture.registry.history_of(iin(3)).await.unwrap(), []);
}

/// A new placement may carry another name or address of somebody who is known, by another department even: two persons
/// look at it, and see what changes.
pub async fn a_new_record_that_changes_a_person_is_a_correction(fixture: Fixture) {
    let mut known = registry_row(iin(1), "ward-a");
    known.ward.ward.iin = Some(iin(2));
    let mut elder = registry_row(iin(1), "ward-z");
    elder.guardian.address = "бұрынғы мекенжай".to_owned();
    import(&fixture, &batch(1, vec![elder])).await;
    import(&fixture, &batch(2, vec![known.clone()])).await;
    let elsewhere = Kato::parse("750000000").unwrap();
    let mut plain = registry_row(iin(1), "ward-b");
    plain.ward.placement.provider = elsewhere.clone();
    let mut moved = plain.clone();
    moved.guardian.address = "Алматы қаласы".to_owned();
    moved.guardian.name = PersonName::parse("Серікова", "Іңкәр", "").unwrap();
    // The same child with another guardian, under another name; that its birth record is not named says nothing.
    let mut child = registry_row(iin(3), "ward-a");
    child.ward.placement.provider = elsewhere.clone();
    child.ward.ward.iin = Some(iin(2));
    child.ward.ward.name = PersonName::parse("Серікова", "Айым", "").unwrap();
    child.ward_birth_act = None;
    for (row, counted) in [(&plain, (1, 0)), (&moved, (0, 1)), (&child, (0, 1))] {
        let batch = ImportBatch { entered_by: elsewhere.clone(), ..batch(3, vec![row.clone()]) };
        let preview = fixture.registry.preview_import(&batch).await.unwrap();
        assert_eq!((preview.summary.new, preview.summary.changed), counted);
        assert_eq!(preview.changes[0].effect, RowEffect::New);
    }
    let mut alone = ImportBatch { entered_by: elsewhere, ..batch(3, vec![moved.clone(), child]) };
    let preview = fixture.registry.preview_import(&alone).await.unwrap();
    let people: Vec<_> = preview.changes.iter().flat_map(|change| &change.people).collect();
    let [guardian, ward] = &people[..] else { panic!("{people:?}") };
    assert_eq!(guardian.fields, [RowField::GuardianName, RowField::GuardianAddress]);
    assert_eq!(ward.fields, [RowField::WardName]);
    for one in people {
        assert_eq!((&one.record, one.version), (&known.record_key(), 1));
        assert_eq!(one.known_by.as_ref(), Some(&known.ward.placement.provider));
    }
    alone.origin.officer = Some(iin(501));
    let refused = fixture.registry.apply_import(&alone).await.unwrap();
    assert_eq!(refused, ImportOutcome::Refused(ImportRefusal::SecondPersonMissing));
    // What was shown of the person is bound too, although what would be written stays the same.
    alone.terms.previewed = Some(preview.digest);
    alone.origin.confirmed_by = Some(iin(502));
    alone.origin.reason = Some("көшті".to_owned());
    let mut other_address = known;
    other_address.guardian.address = "басқа мекенжай".to_owned();
    import(&fixture, &batch(4, vec![other_address])).await;
    let refused = fixture.registry.apply_import(&alone).await.unwrap();
    assert_eq!(refused, ImportOutcome::Refused(ImportRefusal::AnotherThanPreviewed));
    alone.terms.previewed = Some(fixture.registry.preview_import(&alone).await.unwrap().digest);
    assert_eq!(import(&fixture, &alone).await.changed, 2);
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    assert_eq!(record.guardian, moved.guardian);
    // An older record that is corrected brings its old address back: that is told as well, and its own fields once.
    let mut back = registry_row(iin(1), "ward-z");
    back.guardian.address = "бұрынғы мекенжай".to_owned();
    back.ward_birth_act = Some("10-77".to_owned());
    let preview = fixture.registry.preview_import(&batch(5, vec![back])).await.unwrap();
    let [change] = &preview.changes[..] else { panic!("one row") };
    assert!(
        matches!(&change.effect, RowEffect::Changed { fields, .. } if *fields == [RowField::WardBirthAct])
    );
    assert_eq!(change.people[0].fields, [RowField::GuardianName, RowField::GuardianAddress]);
}

/// A ward's facts are read from each record for itself, with an IIN or without: whoever corrects one of two spouses' is told
/// that the other stays as it was; not where the file brings both, nor where the other has ended.
pub async fn a_correction_of_a_ward_tells_which_record_stays_otherwise(fixture: Fixture) {
    let (one, two) = (registry_row(iin(1), "ward-a"), registry_row(iin(2), "ward-a"));
    let former = ended(&registry_row(iin(3), "ward-a"));
    let rows = vec![one.clone(), two.clone(), former, registry_row(iin(4), "ward-d")];
    import(&fixture, &batch(1, rows)).await;
    let renamed = |row: &RegistryRow| {
        let mut row = row.clone();
        row.ward.ward.name = PersonName::parse("Серікова", "Айым", "").unwrap();
        row
    };
    let previewed = async |rows: Vec<RegistryRow>| {
        fixture.registry.preview_import(&batch(2, rows)).await.unwrap()
    };
    let preview = previewed(vec![renamed(&one)]).await;
    let [change] = &preview.changes[..] else { panic!("one row") };
    let [ward] = &change.people[..] else { panic!("{:?}", change.people) };
    assert_eq!((&ward.fields[..], ward.is_ward), (&[RowField::WardName][..], true));
    assert_eq!((&ward.record, ward.version), (&two.record_key(), 1));
    assert!(preview.needs_second_person());
    let both = previewed(vec![renamed(&one), renamed(&two)]).await;
    assert!(both.changes.iter().all(|change| change.people.is_empty()), "{:?}", both.changes);
    let ends = previewed(vec![ended(&renamed(&one))]).await;
    assert!(ends.changes[0].people.is_empty(), "of what ends nothing is printed");
    let alone = previewed(vec![renamed(&registry_row(iin(4), "ward-d"))]).await;
    assert!(alone.changes[0].people.is_empty(), "nobody else has this ward");
}

/// The same guardian, ward and act, its number written otherwise, makes a second record: ending one leaves the other. The
/// preview says so.
pub async fn a_placement_that_is_there_already_is_told(fixture: Fixture) {
    let known = registry_row(iin(1), "ward-a");
    import(&fixture, &batch(1, vec![known.clone()])).await;
    let written = |number: &str| {
        let mut row = known.clone();
        row.ward.placement.act.number = number.to_owned();
        row
    };
    let again = format!("№ {}", known.ward.placement.act.number.replace('-', " "));
    for (row, repeats) in [
        (written(&again), true),
        (written("18"), false),
        (ended(&written(&again)), false),
        (
            RegistryRow { guardian: registry_row(iin(2), "ward-a").guardian, ..written(&again) },
            false,
        ),
    ] {
        let preview = fixture.registry.preview_import(&batch(2, vec![row])).await.unwrap();
        assert_eq!(preview.changes[0].effect, RowEffect::New);
        assert_eq!(preview.changes[0].repeats, repeats);
    }
    import(&fixture, &batch(3, vec![ended(&known)])).await;
    let batch = batch(4, vec![written(&again)]);
    let preview = fixture.registry.preview_import(&batch).await.unwrap();
    assert!(!preview.changes[0].repeats, "what ended may begin anew");
}

/// Nobody ends or corrects anything without saying why, whoever runs the program neither.
pub async fn a_correction_without_a_reason_is_refused(fixture: Fixture) {
    let row = registry_row(iin(1), "ward-a");
    let silent = |seconds, rows| {
        let mut batch = batch(seconds, rows);
        batch.origin.reason = None;
        batch
    };
    import(&fixture, &silent(1, vec![row.clone()])).await;
    for reason in [None, Some("  ".to_owned())] {
        let mut ends = silent(2, vec![ended(&row)]);
        ends.origin.reason = reason;
        let outcome = fixture.registry.apply_import(&ends).await.unwrap();
        assert_eq!(outcome, ImportOutcome::Refused(ImportRefusal::ReasonMissing));
    }
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    assert_eq!(record.wards, std::slice::from_ref(&row.ward));
    assert_eq!(import(&fixture, &silent(3, vec![row.clone()])).await.unchanged, 1);
    assert_eq!(import(&fixture, &batch(4, vec![ended(&row)])).await.ended, 1);
}

/// One rule for all: what a department finds as its own it can change, also where it is entered under a former code.
pub async fn a_record_of_a_former_territory_is_its_successors(fixture: Fixture) {
    let former = Kato::parse("632810000").unwrap();
    let mut row = registry_row(iin(1), "ward-a");
    row.ward.placement.provider = former.clone();
    let mut loaded = batch(1, vec![row.clone()]);
    loaded.terms.others = OthersRecords::Taken;
    import(&fixture, &loaded).await;
    let entered_by = batch(2, vec![]).entered_by;
    let exact = fixture.registry.preview_import(&batch(2, vec![ended(&row)])).await.unwrap();
    assert_eq!(exact.changes[0].kept_by, Some(former));
    let mut succeeding = batch(2, vec![ended(&row)]);
    succeeding.terms.keepers = successor_of(&["6328"], &entered_by);
    assert_eq!(import(&fixture, &succeeding).await.ended, 1);
    // Nobody keeps it, and its region's or the fallback department does not become its keeper.
    let mut nobodys = batch(3, vec![row.clone()]);
    nobodys.terms.keepers = successor_of(&["19"], &entered_by);
    let outcome = fixture.registry.apply_import(&nobodys).await.unwrap();
    assert_eq!(outcome, ImportOutcome::Refused(ImportRefusal::OthersRecords(vec![0])));
}

fn successor_of(territories: &[&str], provider: &Kato) -> Keepers {
    let successor = Successor {
        territories: territories.iter().map(|text| (*text).to_owned()).collect(),
        issuers: vec![],
        since: None,
        until: None,
        provider: provider.clone(),
    };
    let today = domain::Provider { kato: provider.clone(), ..provider_sample() };
    let providers = Providers::new(vec![today], provider).unwrap();
    let successors = Successors::new(vec![successor]).unwrap();
    Keepers::of_list(providers.with_successors(successors).unwrap())
}
