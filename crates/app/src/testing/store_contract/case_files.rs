//! Annulments of certificates, notes, and what is counted of requests.

use domain::Number;

use super::Fixture;
use crate::audit::{AuditAction, AuditEvent, verify_chain};
use crate::ports::{
    Annulment, AnnulmentEnd, AnnulmentId, AnnulmentOutcome, RequestCounts, RequestNote, Store,
    Workplace, case_digests,
};
use crate::testing::samples::{
    annulment, answered, event, iin, kato, moment, registered, registered_at, stored,
};

/// A proposal to annul the first person's certificate with this index, and its journal entry.
fn proposal(request: &Number, index: u64, id: &str, seconds: i64) -> (Annulment, AuditEvent) {
    let annulment = annulment(request, iin(1), index, seconds);
    let annulment = Annulment { id: AnnulmentId(id.to_owned()), ..annulment };
    let row = event(AuditAction::AnnulmentProposed, Some(request.clone()), Some(iin(1)));
    let evidence = annulment.proposal_digest();
    (annulment, AuditEvent { at: moment(seconds), evidence, ..row })
}

fn end(
    annulment: &Annulment,
    outcome: AnnulmentOutcome,
    by: u32,
    seconds: i64,
) -> (AnnulmentEnd, AuditEvent) {
    let (at, remark) = (moment(seconds), "ескерту".to_owned());
    let end = AnnulmentEnd { outcome, by: iin(by), at, remark };
    let row = event(end.action(), Some(annulment.request.clone()), Some(iin(1)));
    let audit = AuditEvent { at, evidence: end.digest(&annulment.id), ..row };
    (end, audit)
}

async fn rows(store: &dyn Store, action: AuditAction) -> usize {
    let rows = store.audit_from(1, 1_000).await.unwrap();
    verify_chain(&rows, 1, "").unwrap();
    rows.iter().filter(|row| row.action == action.code()).count()
}

/// One proposal and one journal row, however many come at once; and the digests are those of the journal.
pub async fn a_certificate_has_one_proposal_even_in_parallel(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    answered(&store, &request, 1).await;
    let calls: Vec<_> = (0..4)
        .map(|index| {
            let (one, audit) = proposal(&request, 1, &format!("a{index}"), 100 + index);
            let store = store.clone();
            tokio::spawn(async move { store.propose_annulment(&one, &audit).await.unwrap() })
        })
        .collect();
    let mut proposed = 0;
    for call in calls {
        proposed += usize::from(call.await.unwrap());
    }
    assert_eq!((proposed, rows(&*store, AuditAction::AnnulmentProposed).await), (1, 1));
    let all = store.annulments_of(&request).await.unwrap();
    let open = store.open_annulments(10).await.unwrap();
    assert_eq!((all.len(), &open), (1, &all));
    assert_eq!(store.annulment(&all[0].id).await.unwrap().as_ref(), all.first());
    assert_eq!(store.annulled_at(&all[0].result).await.unwrap(), None, "a proposal annuls nothing");
    let evidence = store.evidence(&request).await.unwrap().unwrap();
    assert_eq!(evidence.case, case_digests(&all, &[]));
}

/// Whoever proposed it never ends it otherwise than by taking it back, whatever the caller believes; another never does that.
pub async fn an_annulment_takes_two_people(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    answered(&store, &request, 1).await;
    let (one, audit) = proposal(&request, 1, "a1", 100);
    assert!(store.propose_annulment(&one, &audit).await.unwrap());
    for (outcome, by) in [
        (AnnulmentOutcome::Confirmed, 700),
        (AnnulmentOutcome::TurnedDown, 700),
        (AnnulmentOutcome::Withdrawn, 701),
    ] {
        let (end, audit) = end(&one, outcome, by, 200);
        assert!(!store.end_annulment(&one.id, &end, &audit).await.unwrap(), "{outcome:?} {by}");
    }
    let (confirmed, audit) = end(&one, AnnulmentOutcome::Confirmed, 701, 300);
    assert!(store.end_annulment(&one.id, &confirmed, &audit).await.unwrap());
    let (late, audit) = end(&one, AnnulmentOutcome::Withdrawn, 700, 400);
    assert!(!store.end_annulment(&one.id, &late, &audit).await.unwrap(), "it is ended");
    assert_eq!(store.annulled_at(&one.result).await.unwrap(), Some(moment(300)));
    let kept = store.annulment(&one.id).await.unwrap().unwrap();
    assert_eq!(kept, Annulment { end: Some(confirmed), ..one.clone() });
    assert!(store.open_annulments(10).await.unwrap().is_empty());
    assert_eq!(store.annulled_of(iin(1), 10).await.unwrap(), [kept]);
    assert!(store.annulled_of(iin(2), 10).await.unwrap().is_empty());
    let (again, audit) = proposal(&request, 1, "a2", 500);
    assert!(!store.propose_annulment(&again, &audit).await.unwrap(), "annulled once for all");
    let evidence = store.evidence(&request).await.unwrap().unwrap();
    let all = store.annulments_of(&request).await.unwrap();
    assert_eq!(evidence.case, case_digests(&all, &[]));
    assert_eq!(rows(&*store, AuditAction::CertificateAnnulled).await, 1);
}

/// A proposal that came to nothing makes room for another, and stays.
pub async fn a_dropped_proposal_makes_room_for_another(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    answered(&store, &request, 1).await;
    for (index, (outcome, by)) in
        [(AnnulmentOutcome::Withdrawn, 700), (AnnulmentOutcome::TurnedDown, 701)]
            .into_iter()
            .enumerate()
    {
        let seconds = 100 + i64::try_from(index).unwrap();
        let (one, audit) = proposal(&request, 1, &format!("a{index}"), seconds);
        assert!(store.propose_annulment(&one, &audit).await.unwrap());
        let (end, audit) = end(&one, outcome, by, seconds);
        assert!(store.end_annulment(&one.id, &end, &audit).await.unwrap());
    }
    let all = store.annulments_of(&request).await.unwrap();
    assert!(all.iter().all(|one| one.annulled_at().is_none()) && all.len() == 2);
    assert_eq!(store.annulled_at(&all[0].result).await.unwrap(), None);
}

/// Only an issued certificate of the very request; then nothing is in the journal.
pub async fn what_is_no_issued_certificate_cannot_be_annulled(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let (unknown, audit) = proposal(&request, 1, "a1", 100);
    assert!(store.propose_annulment(&unknown, &audit).await.is_err());
    answered(&store, &request, 1).await;
    let other = registered(&store, 2).await;
    let (strange, audit) = proposal(&request, 1, "a1", 100);
    let strange = Annulment { request: other, ..strange };
    assert!(store.propose_annulment(&strange, &audit).await.is_err());
    assert_eq!(rows(&*store, AuditAction::AnnulmentProposed).await, 0);
}

/// The request, its decision and its bytes stay as they were.
pub async fn an_annulment_changes_nothing_of_the_request(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let planned = answered(&store, &request, 1).await;
    let before = (
        stored(&store, &request).await,
        store.results_of(&request).await.unwrap(),
        store.document(&planned.id).await.unwrap(),
    );
    let (one, audit) = proposal(&request, 1, "a1", 100);
    store.propose_annulment(&one, &audit).await.unwrap();
    let (end, audit) = end(&one, AnnulmentOutcome::Confirmed, 701, 300);
    store.end_annulment(&one.id, &end, &audit).await.unwrap();
    let after = (
        stored(&store, &request).await,
        store.results_of(&request).await.unwrap(),
        store.document(&planned.id).await.unwrap(),
    );
    assert_eq!(before, after);
}

/// Notes come back in their order, and the journal vouches for them.
pub async fn a_note_is_kept_with_its_request(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let note = |id: &str, seconds: i64| RequestNote {
        id: id.to_owned(),
        request: request.clone(),
        author: iin(700),
        author_name: "ӘЛІМҚҰЛОВ <ҮСЕН>".to_owned(),
        workplace: Workplace::Department(kato()),
        at: moment(seconds),
        words: format!("ескертпе {id}"),
    };
    for note in [note("n2", 20), note("n1", 10)] {
        let row = event(AuditAction::RequestNoted, Some(request.clone()), Some(iin(1)));
        let audit = AuditEvent { evidence: note.digest(), ..row };
        store.put_note(&note, &audit).await.unwrap();
    }
    let notes = store.notes_of(&request).await.unwrap();
    assert_eq!(notes, [note("n1", 10), note("n2", 20)]);
    let evidence = store.evidence(&request).await.unwrap().unwrap();
    assert_eq!(evidence.case, case_digests(&[], &notes));
    let unknown = Number::from_random(domain::NumberKind::Request, 9);
    let strange = RequestNote { request: unknown.clone(), ..note("n3", 30) };
    let audit = event(AuditAction::RequestNoted, Some(unknown), None);
    assert!(store.put_note(&strange, &audit).await.is_err());
    assert_eq!(rows(&*store, AuditAction::RequestNoted).await, 2);
}

/// What is due comes in its order, and what needs nobody is counted.
pub async fn requests_are_counted_and_the_due_ones_come_first(fixture: Fixture) {
    let store = fixture.store;
    let first = registered_at(&store, 1, 1, moment(0)).await;
    answered(&store, &first, 1).await;
    let third = registered_at(&store, 3, 3, moment(200)).await;
    let second = registered_at(&store, 2, 2, moment(100)).await;
    let due = |until: i64| {
        let (store, until) = (store.clone(), moment(1_800 + until));
        async move { store.requests_due(until, 10).await.unwrap() }
    };
    let numbers = |found: Vec<crate::ports::StoredRequest>| {
        found.into_iter().map(|one| one.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(due(200).await), [second.clone(), third]);
    assert_eq!(numbers(due(199).await), [second]);
    let counts = |accepted, answered, open| RequestCounts { accepted, answered, open };
    assert_eq!(store.request_counts(moment(0)).await.unwrap(), counts(3, 1, 2));
    assert_eq!(store.request_counts(moment(1)).await.unwrap(), counts(2, 0, 2));
}
