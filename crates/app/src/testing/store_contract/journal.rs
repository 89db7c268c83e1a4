//! The journal: one chain, written with what it tells of.

use super::Fixture;
use crate::audit::{AuditAction, AuditFault, verify_chain};
use crate::ports::{Effect, Lease, StoreError};
use crate::testing::samples::{answered, event, iin, registered, step, stored};

/// Sequences from 1, readable in pieces and by request.
pub async fn the_journal_is_one_chain_without_gaps(fixture: Fixture) {
    let store = fixture.store;
    let first = registered(&store, 1).await;
    answered(&store, &first, 1).await;
    registered(&store, 2).await;
    store.append_audit(&event(AuditAction::Checked, None, None)).await.unwrap();
    let rows = store.audit_from(1, 100).await.unwrap();
    let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    let expected = ["registered", "decided", "intended", "issued", "registered", "checked"];
    assert_eq!(actions, expected);
    verify_chain(&rows, 1, "").unwrap();
    let piece = store.audit_from(3, 2).await.unwrap();
    verify_chain(&piece, 3, &rows[1].hash).unwrap();
    assert_eq!(piece.len(), 2);
    assert!(store.audit_of(&first).await.unwrap() == rows[..4]);
    assert!(store.audit_from(7, 10).await.unwrap().is_empty());
}

/// Writers that meet wait for each other.
pub async fn parallel_entries_keep_the_chain_whole(fixture: Fixture) {
    let store = fixture.store;
    let writers: Vec<_> = (0..20)
        .map(|index| {
            let store = store.clone();
            tokio::spawn(async move {
                let subject = Some(iin(index));
                store.append_audit(&event(AuditAction::Checked, None, subject)).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let rows = store.audit_from(1, 100).await.unwrap();
    assert_eq!(rows.len(), 20);
    verify_chain(&rows, 1, "").unwrap();
}

/// Whatever is changed in a stored row, the chain shows the place.
pub async fn an_altered_or_missing_row_is_found(fixture: Fixture) {
    let store = fixture.store;
    for index in 0..4 {
        let audit = event(AuditAction::Checked, None, Some(iin(index)));
        store.append_audit(&audit).await.unwrap();
    }
    let rows = store.audit_from(1, 100).await.unwrap();
    let alterations: [fn(&mut crate::audit::AuditRow); 6] = [
        |row| row.at_ms += 1,
        |row| row.actor = "system".to_owned(),
        |row| row.action = "downloaded".to_owned(),
        |row| row.request = "S-2222-2222-2".to_owned(),
        |row| row.subject = String::new(),
        |row| row.detail.push('!'),
    ];
    for alter in alterations {
        let mut altered = rows.clone();
        alter(&mut altered[2]);
        assert_eq!(verify_chain(&altered, 1, ""), Err(AuditFault::Altered(3)));
    }
    let mut shorter = rows.clone();
    shorter.remove(1);
    assert_eq!(verify_chain(&shorter, 1, ""), Err(AuditFault::Gap(3)));
}

/// An entry stands or falls with its transaction.
pub async fn what_was_not_committed_is_not_in_the_journal(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let before = stored(&store, &number).await;
    let lease = Lease { number: number.clone(), fence: 1, attempts: 0 };
    let outcome = store.commit(&step(&before, &lease, Effect::Waiting)).await;
    assert!(matches!(outcome, Err(StoreError::LeaseLost)));
    assert_eq!(store.audit_from(1, 100).await.unwrap().len(), 1);
}

/// For health checks.
pub async fn a_store_that_works_says_so(fixture: Fixture) {
    fixture.store.ping().await.unwrap();
    fixture.store.ping().await.unwrap();
}

/// What was done with a person's data is found page by page, the newest first, and nothing of anybody else.
pub async fn rows_about_a_person_are_found_newest_first_page_by_page(fixture: Fixture) {
    let store = fixture.store;
    for (action, person) in [
        (AuditAction::SignedIn, Some(1)),
        (AuditAction::Checked, Some(2)),
        (AuditAction::Downloaded, Some(1)),
        (AuditAction::RootTaken, None),
        (AuditAction::Checked, Some(1)),
    ] {
        store.append_audit(&event(action, None, person.map(iin))).await.unwrap();
    }
    let sequences = async |before, limit| -> Vec<i64> {
        let rows = store.audit_of_subject(iin(1), before, limit).await.unwrap();
        rows.iter().map(|row| row.sequence).collect()
    };
    assert_eq!(sequences(None, 2).await, [5, 3]);
    assert_eq!(sequences(Some(3), 2).await, [1]);
    assert!(sequences(Some(1), 2).await.is_empty());
    assert!(store.audit_of_subject(iin(3), None, 10).await.unwrap().is_empty());
}
