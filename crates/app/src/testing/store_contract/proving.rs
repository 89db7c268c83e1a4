//! Evidence: digests of what is stored equal those the journal has of it; roots are kept once.

use domain::RequestState;

use super::Fixture;
use crate::audit::{AuditAction, AuditRow};
use crate::ports::{JournalHead, JournalRoot, UsedNumberClass};
use crate::testing::samples::{
    batch, decide, ended, event, iin, intend, issue, leased, moment, planned_certificate,
    planned_refusal, registered, registry_row,
};

fn of(rows: &[AuditRow], action: AuditAction) -> Option<&str> {
    rows.iter().find(|row| row.action == action.code()).map(|row| row.evidence.as_str())
}

/// Read back from its own columns, each step gives the digest its journal row carries.
pub async fn what_is_stored_gives_the_digests_of_the_journal(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let evidence = store.evidence(&number).await.unwrap().unwrap();
    let rows = store.audit_of(&number).await.unwrap();
    assert_eq!(Some(evidence.registration.as_str()), of(&rows, AuditAction::Registered));
    assert_eq!((evidence.decision, evidence.unsealed, evidence.issued), (None, None, None));
    assert_eq!((evidence.step.as_str(), evidence.alarmed_percent), ("registered", Some(0)));
    let lease = leased(&store, 1).await;
    let planned = vec![
        planned_certificate(&number, iin(1), 1),
        planned_certificate(&number, iin(1), 2),
        planned_refusal(&number, iin(1), 3),
    ];
    decide(&store, &lease, planned).await;
    let evidence = store.evidence(&number).await.unwrap().unwrap();
    let rows = store.audit_of(&number).await.unwrap();
    assert_eq!(evidence.decision.as_deref(), of(&rows, AuditAction::Decided));
    assert_eq!(evidence.unsealed, None);
    intend(&store, &lease).await;
    let evidence = store.evidence(&number).await.unwrap().unwrap();
    let rows = store.audit_of(&number).await.unwrap();
    assert_eq!(evidence.unsealed.as_deref(), of(&rows, AuditAction::Intended));
    issue(&store, &lease, RequestState::Granted).await;
    let evidence = store.evidence(&number).await.unwrap().unwrap();
    let rows = store.audit_of(&number).await.unwrap();
    assert_eq!(evidence.issued.as_deref(), of(&rows, AuditAction::Issued));
    assert_eq!(evidence.decision.as_deref(), of(&rows, AuditAction::Decided));
    assert_eq!((evidence.unsealed, evidence.alarmed_percent), (None, None));
    let told = vec![("answered".to_owned(), moment(2).as_millisecond())];
    assert_eq!((evidence.step.as_str(), evidence.notices), ("issued", told));
    assert!(
        store
            .evidence(&planned_refusal(&number, iin(1), 9).content.number().clone())
            .await
            .unwrap()
            .is_none()
    );
}

/// What an import brought is bound to the journal too.
pub async fn an_import_gives_the_digest_of_the_journal(fixture: Fixture) {
    let rows = vec![registry_row(iin(1), "ward-a"), registry_row(iin(2), "ward-b")];
    fixture.registry.apply_import(&batch(1, rows.clone())).await.unwrap();
    let changed = vec![ended(&rows[1]), rows[0].clone()];
    fixture.registry.apply_import(&batch(2, changed)).await.unwrap();
    let digests = fixture.registry.import_digests().await.unwrap();
    let journal = fixture.store.audit_from(1, 10).await.unwrap();
    let told: Vec<(i64, String)> = journal
        .iter()
        .filter(|row| row.action == AuditAction::Imported.code())
        .map(|row| (row.detail.parse().unwrap(), row.evidence.clone()))
        .collect();
    assert_eq!(told.len(), 2);
    assert_eq!(digests, told);
    assert_eq!(fixture.registry.misplaced_records().await.unwrap(), 0);
}

/// The head is noted down with each append.
pub async fn the_head_is_the_last_row(fixture: Fixture) {
    let store = fixture.store;
    assert_eq!(store.journal_head().await.unwrap(), JournalHead::default());
    registered(&store, 1).await;
    store.append_audit(&event(AuditAction::Checked, None, None)).await.unwrap();
    let rows = store.audit_from(1, 10).await.unwrap();
    let head = store.journal_head().await.unwrap();
    assert_eq!((head.sequence, &head.hash), (2, &rows[1].hash));
}

/// A day has one root, and its stamp never changes.
pub async fn a_day_has_one_root_and_one_stamp(fixture: Fixture) {
    let store = fixture.store;
    let head = |sequence| JournalHead { sequence, hash: format!("{sequence:064}") };
    let root = |day: &str, sequence| JournalRoot {
        day: day.to_owned(),
        head: head(sequence),
        stamp: None,
    };
    let audit = event(AuditAction::RootTaken, None, None);
    assert!(store.put_root(&root("2026-11-23", 5), &audit).await.unwrap());
    assert!(store.put_root(&root("2026-11-22", 3), &audit).await.unwrap());
    assert!(!store.put_root(&root("2026-11-23", 9), &audit).await.unwrap());
    store.stamp_root("2026-11-23", b"stamp").await.unwrap();
    store.stamp_root("2026-11-23", b"another").await.unwrap();
    let stamped = JournalRoot { stamp: Some(b"stamp".to_vec()), ..root("2026-11-23", 5) };
    assert_eq!(store.roots().await.unwrap(), [root("2026-11-22", 3), stamped]);
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 2);
}

/// For walks over everything, page by page.
pub async fn numbers_are_walked_in_their_order(fixture: Fixture) {
    let store = fixture.store;
    let mut numbers = Vec::new();
    for index in 0..5 {
        numbers.push(registered(&store, index).await);
    }
    numbers.sort();
    let first = store.numbers_after(None, 2).await.unwrap();
    assert_eq!(first, numbers[..2]);
    assert_eq!(store.numbers_after(first.last(), 10).await.unwrap(), numbers[2..]);
    assert_eq!(store.numbers_after(numbers.last(), 10).await.unwrap(), []);
}

/// A store that was never restored draws from the first class.
pub async fn a_new_store_draws_numbers_of_the_first_class(fixture: Fixture) {
    let first = UsedNumberClass { place: 1, class: domain::NumberClass::FIRST, since_ms: 0 };
    assert_eq!(fixture.store.number_class().await.unwrap(), first.class);
    assert_eq!(fixture.store.number_classes().await.unwrap(), [first]);
}
