//! Versions of the forms that documents are written by.

use super::Fixture;
use crate::audit::{AuditAction, AuditEvent, verify_chain};
use crate::ports::{FormId, FormOutcome, StoredForm};
use crate::testing::samples::{event, form_end, form_proposal, iin, moment};

fn released(number: u32, seconds: i64) -> FormOutcome {
    FormOutcome::Released { number, effective_from: moment(seconds) }
}

fn row(action: AuditAction, id: &FormId, evidence: String) -> AuditEvent {
    AuditEvent { detail: id.0.clone(), evidence, ..event(action, None, None) }
}

/// A proposal comes back as it was; of parallel ends one is written.
pub async fn a_proposed_form_is_kept_and_ended_once_even_in_parallel(fixture: Fixture) {
    let store = fixture.store;
    let proposal = form_proposal("form-1", iin(1), 10);
    let audit = row(AuditAction::FormProposed, &proposal.id, proposal.digest().unwrap());
    store.propose_form(&proposal, &audit).await.unwrap();
    assert!(store.propose_form(&proposal, &audit).await.is_err(), "an identifier is used once");
    let open = StoredForm { proposal: proposal.clone(), end: None };
    assert_eq!(store.form(&proposal.id).await.unwrap(), Some(open));
    assert_eq!(store.form(&FormId("form-2".to_owned())).await.unwrap(), None);
    let calls: Vec<_> = (0..4_u32)
        .map(|index| {
            let store = store.clone();
            let outcome = if index == 0 { FormOutcome::TurnedDown } else { released(1, 100) };
            let end = form_end(&proposal, outcome, iin(2 + index), 20);
            let audit = row(AuditAction::FormReleased, &end.id, end.digest());
            tokio::spawn(async move { store.end_form(&end, &audit).await.unwrap() })
        })
        .collect();
    let mut ended = 0;
    for call in calls {
        ended += u32::from(call.await.unwrap());
    }
    assert_eq!(ended, 1);
    let later = form_proposal("form-0", iin(1), 30);
    store.propose_form(&later, &audit).await.unwrap();
    let all = store.forms(10).await.unwrap();
    let ids: Vec<&str> = all.iter().map(|one| one.proposal.id.0.as_str()).collect();
    assert_eq!(ids, ["form-0", "form-1"], "the last first");
    assert!(all[0].end.is_none() && all[1].end.is_some());
    assert_eq!(store.forms(1).await.unwrap().len(), 1);
    let rows = store.audit_from(1, 100).await.unwrap();
    verify_chain(&rows, 1, "").unwrap();
    assert_eq!(rows.len(), 3);
}

/// Neither the program nor a mistake in it can have one person do both.
pub async fn nobody_releases_a_form_he_proposed(fixture: Fixture) {
    let store = fixture.store;
    let proposal = form_proposal("form-1", iin(1), 10);
    let audit = row(AuditAction::FormProposed, &proposal.id, String::new());
    store.propose_form(&proposal, &audit).await.unwrap();
    let own = form_end(&proposal, released(1, 100), iin(1), 20);
    assert!(store.end_form(&own, &audit).await.is_err());
    let mut pretended = form_end(&proposal, released(1, 100), iin(1), 20);
    pretended.proposed_by = iin(2);
    assert!(store.end_form(&pretended, &audit).await.is_err(), "another as proposer");
    let others = form_end(&proposal, FormOutcome::Withdrawn, iin(2), 20);
    assert!(store.end_form(&others, &audit).await.is_err(), "only he takes it back");
    let unknown = form_proposal("form-2", iin(1), 10);
    let unknown = form_end(&unknown, FormOutcome::Withdrawn, iin(1), 20);
    assert!(store.end_form(&unknown, &audit).await.is_err());
    assert_eq!(store.form_in_force(moment(1_000)).await.unwrap(), None);
    assert_eq!(store.audit_from(1, 100).await.unwrap().len(), 1, "nothing of that was written");
    let withdrawn = form_end(&proposal, FormOutcome::Withdrawn, iin(1), 20);
    assert!(store.end_form(&withdrawn, &audit).await.unwrap());
    let end = store.form(&proposal.id).await.unwrap().unwrap().end;
    assert_eq!(end, Some(withdrawn));
}

/// Numbers are given once, and which version is in force depends on the moment alone.
pub async fn a_number_is_one_version_and_the_greatest_that_has_begun_is_in_force(fixture: Fixture) {
    let store = fixture.store;
    assert_eq!(store.last_released_form().await.unwrap(), None);
    for (id, number, from) in [("a", 1, 100), ("b", 2, 100), ("c", 3, 500)] {
        let proposal = form_proposal(id, iin(1), 10);
        let audit = row(AuditAction::FormProposed, &proposal.id, String::new());
        store.propose_form(&proposal, &audit).await.unwrap();
        let end = form_end(&proposal, released(number, from), iin(2), 20);
        assert!(store.end_form(&end, &audit).await.unwrap());
    }
    let proposal = form_proposal("d", iin(1), 10);
    let audit = row(AuditAction::FormProposed, &proposal.id, String::new());
    store.propose_form(&proposal, &audit).await.unwrap();
    let again = form_end(&proposal, released(3, 900), iin(2), 20);
    assert!(!store.end_form(&again, &audit).await.unwrap(), "the number is taken");
    for (second, number) in [(99, None), (100, Some(2)), (499, Some(2)), (500, Some(3))] {
        assert_eq!(store.form_in_force(moment(second)).await.unwrap(), number, "{second}");
    }
    let third = store.released_form(3).await.unwrap().unwrap();
    assert_eq!(third.proposal.id.0, "c");
    assert_eq!(third.released(), Some((3, moment(500))));
    assert_eq!(store.last_released_form().await.unwrap(), Some(third));
    assert_eq!(store.released_form(4).await.unwrap(), None);
}

/// What is read back gives the digests that the journal got.
pub async fn what_is_kept_of_forms_gives_the_digests_of_the_journal(fixture: Fixture) {
    let store = fixture.store;
    let proposal = form_proposal("form-1", iin(1), 10);
    let told = proposal.digest().unwrap();
    let audit = row(AuditAction::FormProposed, &proposal.id, told.clone());
    store.propose_form(&proposal, &audit).await.unwrap();
    let kept = store.form_digests().await.unwrap();
    assert_eq!((kept.proposals, kept.ends), (vec![("form-1".to_owned(), told)], vec![]));
    let end = form_end(&proposal, released(1, 100), iin(2), 20);
    let audit = row(AuditAction::FormReleased, &proposal.id, end.digest());
    assert!(store.end_form(&end, &audit).await.unwrap());
    let kept = store.form_digests().await.unwrap();
    assert_eq!(kept.ends, [("form-1".to_owned(), end.digest())]);
    let stored = store.form(&proposal.id).await.unwrap().unwrap();
    assert_eq!((stored.proposal, stored.end), (proposal, Some(end)));
}
