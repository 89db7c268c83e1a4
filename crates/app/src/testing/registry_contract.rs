//! What every registry promises: nothing is overwritten, the same file twice changes nothing, a preview is true.

use domain::{AccountingStatus, PersonName, WardId};

use super::samples::{batch, ended, iin, moment, registry_row};
use super::store_contract::Fixture;
use crate::import::{ImportSummary, RegistryRow};

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
        );
    };
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
    fixture.registry.apply_import(&batch(1, rows.clone())).await.unwrap();
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    assert_eq!(record.guardian, rows[0].guardian);
    assert_eq!(record.wards, [rows[0].ward.clone(), rows[1].ward.clone()]);
    let other = fixture.registry.guardian_record(iin(2)).await.unwrap().unwrap();
    assert_eq!(other.wards, [rows[2].ward.clone()]);
}

/// A department may send its file as often as it likes.
pub async fn the_same_file_again_changes_nothing(fixture: Fixture) {
    let rows = vec![registry_row(iin(1), "ward-a"), registry_row(iin(2), "ward-b")];
    let first = fixture.registry.apply_import(&batch(1, rows.clone())).await.unwrap();
    assert_eq!(first, ImportSummary { new: 2, ..ImportSummary::default() });
    let before = fixture.registry.guardian_record(iin(1)).await.unwrap();
    let again = fixture.registry.apply_import(&batch(2, rows)).await.unwrap();
    assert_eq!(again, ImportSummary { unchanged: 2, ..ImportSummary::default() });
    assert_eq!(fixture.registry.guardian_record(iin(1)).await.unwrap(), before);
    assert_eq!(fixture.registry.last_import_at().await.unwrap(), Some(moment(2)));
}

/// New, changed, ended and unchanged are counted apart; an end counts once.
pub async fn a_change_makes_a_version_and_is_counted(fixture: Fixture) {
    let rows: Vec<RegistryRow> =
        ["a", "b", "c"].iter().map(|ward| registry_row(iin(1), ward)).collect();
    fixture.registry.apply_import(&batch(1, rows.clone())).await.unwrap();
    let mut renamed = rows[1].clone();
    renamed.ward.ward.name = PersonName::parse("Серікова", "Іңкәр", "").unwrap();
    let next = vec![ended(&rows[0]), renamed.clone(), rows[2].clone(), registry_row(iin(1), "d")];
    let summary = fixture.registry.apply_import(&batch(2, next.clone())).await.unwrap();
    assert_eq!(summary, ImportSummary { new: 1, changed: 2, ended: 1, unchanged: 1 });
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    let expected: Vec<_> = next.iter().map(|row| row.ward.clone()).collect();
    assert_eq!(record.wards, expected);
    let mut later = ended(&rows[0]);
    later.accounting = AccountingStatus::None;
    let summary = fixture.registry.apply_import(&batch(3, vec![later])).await.unwrap();
    assert_eq!(summary, ImportSummary { changed: 1, ..ImportSummary::default() });
}

/// The preview is what a person confirms.
pub async fn a_preview_tells_what_the_import_does_and_changes_nothing(fixture: Fixture) {
    let row = registry_row(iin(1), "ward-a");
    let first = batch(1, vec![row.clone()]);
    let preview = fixture.registry.preview_import(&first).await.unwrap();
    assert_eq!(fixture.registry.guardian_record(iin(1)).await.unwrap(), None);
    assert_eq!(fixture.registry.last_import_at().await.unwrap(), None);
    assert_eq!(fixture.registry.apply_import(&first).await.unwrap(), preview);
    let second = batch(2, vec![ended(&row), registry_row(iin(1), "ward-b")]);
    let preview = fixture.registry.preview_import(&second).await.unwrap();
    assert_eq!(fixture.registry.apply_import(&second).await.unwrap(), preview);
    assert_eq!(preview, ImportSummary { new: 1, changed: 1, ended: 1, unchanged: 0 });
}

/// The freshest row knows the present name and address, whichever ward it is about.
pub async fn a_persons_own_facts_come_from_the_row_recorded_last(fixture: Fixture) {
    let first = registry_row(iin(1), "ward-a");
    let second = registry_row(iin(1), "ward-b");
    fixture.registry.apply_import(&batch(1, vec![first.clone(), second])).await.unwrap();
    let mut moved = first;
    moved.guardian.address = "Алматы қаласы".to_owned();
    moved.accounting = AccountingStatus::Active;
    fixture.registry.apply_import(&batch(2, vec![moved.clone()])).await.unwrap();
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
        fixture.registry.apply_import(&batch(seconds, vec![row])).await.unwrap();
    }
    let record = fixture.registry.guardian_record(iin(1)).await.unwrap().unwrap();
    assert_eq!(record.wards, [row.ward]);
}

/// A region's file is one transaction.
pub async fn two_thousand_rows_are_taken_in_at_once(fixture: Fixture) {
    let rows: Vec<RegistryRow> =
        (0..2_000).map(|index| registry_row(iin(index), &format!("ward-{index}"))).collect();
    let summary = fixture.registry.apply_import(&batch(1, rows.clone())).await.unwrap();
    assert_eq!(summary, ImportSummary { new: 2_000, ..ImportSummary::default() });
    let summary = fixture.registry.apply_import(&batch(2, rows)).await.unwrap();
    assert_eq!(summary, ImportSummary { unchanged: 2_000, ..ImportSummary::default() });
    assert!(fixture.registry.guardian_record(iin(1_999)).await.unwrap().is_some());
}
