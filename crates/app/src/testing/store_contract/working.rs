//! Leases, fences, versions, crashes.

use domain::{RequestState, WaitingFor};

use super::Fixture;
use crate::ports::{Effect, JobNext, Lease, Step, StoreError, Transition};
use crate::testing::samples::{
    answered, decide, decision, documents, iin, intend, issue, last_step, leased, moment,
    planned_certificate, planned_refusal, registered, registered_at, step, stored,
};

fn is_lost(outcome: Result<(), StoreError>) -> bool {
    matches!(outcome, Err(StoreError::LeaseLost))
}

fn is_stale(outcome: Result<(), StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Stale))
}

/// However many look at once.
pub async fn two_workers_and_one_job_make_one_lease(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.lease_job(moment(1), moment(61)).await.unwrap() })
        })
        .collect();
    let mut leases = Vec::new();
    for worker in workers {
        leases.extend(worker.await.unwrap());
    }
    assert_eq!(leases.len(), 1);
    assert_eq!((&leases[0].number, leases[0].attempts), (&number, 0));
    assert_eq!(store.lease_job(moment(60), moment(120)).await.unwrap(), None);
}

/// Turns are kept, and a postponed job is not taken before its time.
pub async fn the_job_due_longest_comes_first_and_none_too_early(fixture: Fixture) {
    let store = fixture.store;
    let young = registered_at(&store, 1, 1, moment(20)).await;
    let old = registered_at(&store, 2, 2, moment(10)).await;
    assert_eq!(store.lease_job(moment(9), moment(69)).await.unwrap(), None);
    let first = leased(&store, 20).await;
    let second = leased(&store, 20).await;
    assert_eq!((&first.number, &second.number), (&old, &young));
    store.postpone_job(&first, moment(40)).await.unwrap();
    assert_eq!(store.lease_job(moment(39), moment(99)).await.unwrap(), None);
    assert_eq!(leased(&store, 40).await.number, old);
}

/// Somebody was faster; nothing of the slower is kept.
pub async fn a_stale_version_commits_nothing(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let stored_before = stored(&store, &number).await;
    let waiting = step(&stored_before, &lease, Effect::Waiting);
    store.commit(&waiting).await.unwrap();
    let planned = vec![planned_certificate(&number, iin(1), 1)];
    let effect = Effect::Decided(Box::new(decision()), planned);
    assert!(is_stale(store.commit(&step(&stored_before, &lease, effect)).await));
    assert_eq!(stored(&store, &number).await.version, stored_before.version + 1);
    assert!(store.results_of(&number).await.unwrap().is_empty());
    assert_eq!(store.decision(&number).await.unwrap(), None);
}

/// Even at the right version: a decision is made once, bytes are stored once.
pub async fn an_effect_is_stored_once(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let effect = |index| {
        Effect::Decided(Box::new(decision()), vec![planned_certificate(&number, iin(1), index)])
    };
    let first = stored(&store, &number).await;
    store.commit(&step(&first, &lease, effect(1))).await.unwrap();
    let second = stored(&store, &number).await;
    assert!(is_stale(store.commit(&step(&second, &lease, effect(2))).await));
    let early = documents(&store, &number, "sealed").await;
    let early = last_step(&second, &lease, RequestState::Granted, early);
    assert!(is_stale(store.commit(&early).await));
    intend(&store, &lease).await;
    let third = stored(&store, &number).await;
    let other = Effect::Intended(documents(&store, &number, "other").await);
    assert!(is_stale(store.commit(&step(&third, &lease, other)).await));
    let id = store.results_of(&number).await.unwrap()[0].planned.id.clone();
    let bytes = store.unsealed(&id).await.unwrap().unwrap();
    assert!(bytes.starts_with(b"unsealed"));
}

/// A worker who slept through the end of his lease does no harm when he wakes.
pub async fn a_lost_lease_can_neither_commit_nor_postpone(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let slow = leased(&store, 1).await;
    let quick = leased(&store, 61).await;
    assert!(quick.fence > slow.fence);
    let current = stored(&store, &number).await;
    let planned = vec![planned_certificate(&number, iin(1), 1)];
    let effect = Effect::Decided(Box::new(decision()), planned);
    assert!(is_lost(store.commit(&step(&current, &slow, effect)).await));
    assert!(is_lost(store.postpone_job(&slow, moment(2)).await));
    assert_eq!(stored(&store, &number).await, current);
    assert_eq!(store.decision(&number).await.unwrap(), None);
    store.commit(&step(&current, &quick, Effect::Waiting)).await.unwrap();
    let forged = Lease { fence: quick.fence + 1, ..quick };
    assert!(is_lost(store.postpone_job(&forged, moment(2)).await));
}

/// After giving back, the work is anybody's.
pub async fn a_lease_given_back_commits_nothing(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let before = stored(&store, &number).await;
    let waiting = step(&before, &lease, Effect::Waiting);
    store.commit(&Transition { job: JobNext::Again(moment(5)), ..waiting }).await.unwrap();
    let after = stored(&store, &number).await;
    assert!(is_lost(store.commit(&step(&after, &lease, Effect::Waiting)).await));
    assert!(is_lost(store.postpone_job(&lease, moment(6)).await));
}

/// A late worker nobody replaced has done no wrong.
pub async fn a_lease_that_ran_out_but_was_not_taken_still_commits(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let before = stored(&store, &number).await;
    let late = Transition { at: moment(500), ..step(&before, &lease, Effect::Waiting) };
    store.commit(&late).await.unwrap();
    assert_eq!(stored(&store, &number).await.version, 2);
}

/// A job that kills its worker is put off like one that fails.
pub async fn postponing_and_running_out_count_as_attempts(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let first = leased(&store, 1).await;
    store.postpone_job(&first, moment(10)).await.unwrap();
    let second = leased(&store, 10).await;
    let before = stored(&store, &number).await;
    let waiting = step(&before, &second, Effect::Waiting);
    store.commit(&Transition { job: JobNext::Again(moment(20)), ..waiting }).await.unwrap();
    let third = leased(&store, 20).await;
    let fourth = leased(&store, 80).await;
    let attempts: Vec<u32> = [first, second, third, fourth].map(|one| one.attempts).to_vec();
    assert_eq!(attempts, [0, 1, 2, 3]);
}

/// Waiting is no step of the work.
pub async fn waiting_keeps_the_step_and_names_what_for(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let before = stored(&store, &number).await;
    let state = RequestState::Checking(Some(WaitingFor::DataBank));
    let waiting = Transition { state, ..step(&before, &lease, Effect::Waiting) };
    store.commit(&waiting).await.unwrap();
    let after = stored(&store, &number).await;
    assert_eq!((after.step, after.state, after.version), (Step::Registered, state, 2));
    assert_eq!(after.ended_at, None);
}

/// The worker dies after each commit; the next one finds the stored step, the same number and the same bytes.
pub async fn after_a_crash_at_any_step_the_next_worker_goes_on_there(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let first = leased(&store, 0).await;
    let planned = planned_certificate(&number, iin(1), 1);
    decide(&store, &first, vec![planned.clone()]).await;

    let second = leased(&store, 60).await;
    assert_eq!(stored(&store, &number).await.step, Step::Decided);
    assert_eq!(store.results_of(&number).await.unwrap()[0].planned, planned);
    intend(&store, &second).await;

    let third = leased(&store, 120).await;
    assert_eq!(stored(&store, &number).await.step, Step::Intended);
    assert!(store.unsealed(&planned.id).await.unwrap().is_some());
    assert_eq!(store.document(&planned.id).await.unwrap(), None);
    issue(&store, &third, RequestState::Granted).await;

    let ended = stored(&store, &number).await;
    assert_eq!((ended.step, ended.state), (Step::Issued, RequestState::Granted));
    assert_eq!((ended.version, ended.ended_at), (4, Some(moment(2))));
    assert_eq!(store.results_of(&number).await.unwrap().len(), 1);
    assert_eq!(store.lease_job(moment(9_999), moment(10_059)).await.unwrap(), None);
}

/// Whoever still holds a lease on it is told so.
pub async fn an_ended_request_has_no_job(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let before = stored(&store, &number).await;
    answered(&store, &number, 1).await;
    let lease = Lease { number: number.clone(), fence: 1, attempts: 0 };
    assert!(is_lost(store.commit(&step(&before, &lease, Effect::Waiting)).await));
    assert!(is_lost(store.postpone_job(&lease, moment(2)).await));
    assert_eq!(store.lease_job(moment(9_999), moment(10_059)).await.unwrap(), None);
}

/// Work cannot be called done while there is no answer.
pub async fn a_request_cannot_be_forgotten(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let before = stored(&store, &number).await;
    let effect = Effect::Decided(Box::new(decision()), vec![planned_refusal(&number, iin(1), 1)]);
    for effect in [Effect::Waiting, effect] {
        let done = Transition { job: JobNext::Done, ..step(&before, &lease, effect) };
        assert!(store.commit(&done).await.is_err());
    }
    assert_eq!(stored(&store, &number).await, before);
    assert_eq!(leased(&store, 61).await.number, number);
}
