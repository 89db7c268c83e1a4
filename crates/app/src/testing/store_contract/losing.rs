//! Answers that are lost: the store has done it, and whoever asked for it heard nothing and asks again. It is known, and
//! nothing is written twice.

use std::sync::Arc;

use domain::{Alarm, RequestState, WaitingFor};

use super::Fixture;
use crate::audit::{AuditAction, AuditRow};
use crate::ports::{
    Effect, JobNext, JournalHead, JournalRoot, Lease, Notice, NoticeKind, Registered, Session,
    SessionToken, SignInChallenge, Store, StoreError, StoredDecision, StoredEvidence, StoredNotice,
    StoredRequest, StoredResult, TechnicalBreak, Transition,
};
use crate::testing::samples::{
    decision, documents, draft, event, iin, last_step, leased, moment, planned_certificate,
    planned_refusal, registered, registration, step, stored,
};
use crate::testing::{Intercepted, Interceptor};

/// Whatever is done, nobody hears of it: the connection breaks between commit and acknowledgement.
struct AnswersLost;

impl Interceptor for AnswersLost {
    fn before(&self, _call: &'static str) -> Result<(), StoreError> {
        Ok(())
    }

    fn after(&self, _call: &'static str) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("the answer was lost".into()))
    }
}

fn deaf(store: &Arc<dyn Store>) -> Intercepted<AnswersLost> {
    Intercepted::new(store.clone(), AnswersLost)
}

fn is_unheard<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

/// Everything the store tells of a request.
#[derive(PartialEq)]
struct Picture {
    request: StoredRequest,
    evidence: Option<StoredEvidence>,
    decision: Option<StoredDecision>,
    results: Vec<StoredResult>,
    unsealed: Vec<Option<Vec<u8>>>,
    sealed: Vec<Option<Vec<u8>>>,
    notices: Vec<StoredNotice>,
    journal: Vec<AuditRow>,
    head: JournalHead,
}

async fn picture(store: &Arc<dyn Store>, lease: &Lease) -> Picture {
    let number = &lease.number;
    let results = store.results_of(number).await.unwrap();
    let (mut unsealed, mut sealed) = (Vec::new(), Vec::new());
    for result in &results {
        unsealed.push(store.unsealed(&result.planned.id).await.unwrap());
        sealed.push(store.document(&result.planned.id).await.unwrap());
    }
    let request = stored(store, number).await;
    Picture {
        evidence: store.evidence(number).await.unwrap(),
        decision: store.decision(number).await.unwrap(),
        notices: store.notices_of(request.request.applicant, 100).await.unwrap(),
        journal: store.audit_from(1, 100).await.unwrap(),
        head: store.journal_head().await.unwrap(),
        request,
        results,
        unsealed,
        sealed,
    }
}

/// Makes a step whose answer is lost, and makes it again: what the store says to that.
async fn repeated(store: &Arc<dyn Store>, transition: &Transition) -> StoreError {
    let before = picture(store, &transition.lease).await;
    let unheard = deaf(store).commit(transition).await;
    assert!(is_unheard(&unheard), "{unheard:?}");
    let done = picture(store, &transition.lease).await;
    assert!(done != before, "it was done");
    assert_eq!(done.request.version, transition.expected_version + 1);
    let error = store.commit(transition).await.unwrap_err();
    assert!(picture(store, &transition.lease).await == done, "nothing is written twice");
    error
}

/// Whoever still holds his lease learns that somebody (he himself) was faster, and reads how far it came.
pub async fn a_step_whose_answer_was_lost_is_stale_when_it_is_made_again(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let is_stale = |error: &StoreError| matches!(error, StoreError::Stale);
    let now = stored(&store, &number).await;
    let state = RequestState::Checking(Some(WaitingFor::DataBank));
    let waiting = Transition { state, ..step(&now, &lease, Effect::Waiting) };
    let error = repeated(&store, &waiting).await;
    assert!(is_stale(&error), "{error:?}");

    let now = stored(&store, &number).await;
    let planned =
        vec![planned_certificate(&number, iin(1), 1), planned_refusal(&number, iin(1), 2)];
    let decided = step(&now, &lease, Effect::Decided(Box::new(decision()), planned));
    let error = repeated(&store, &decided).await;
    assert!(is_stale(&error), "{error:?}");

    let now = stored(&store, &number).await;
    let unsealed = documents(&store, &number, "unsealed").await;
    let error = repeated(&store, &step(&now, &lease, Effect::Intended(unsealed))).await;
    assert!(is_stale(&error), "{error:?}");

    // With the last step the job has ended, and with it the lease.
    let now = stored(&store, &number).await;
    let sealed = documents(&store, &number, "sealed").await;
    let issued = last_step(&now, &lease, RequestState::Granted, sealed);
    let error = repeated(&store, &issued).await;
    assert!(matches!(error, StoreError::LeaseLost | StoreError::Stale), "{error:?}");
    assert_eq!(store.lease_job(moment(9_999), moment(10_059)).await.unwrap(), None);
}

/// The next worker makes the same step with other documents: the first ones count.
pub async fn behind_a_lost_answer_the_next_worker_finds_the_step_made(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let now = stored(&store, &number).await;
    let effect = |index| {
        Effect::Decided(Box::new(decision()), vec![planned_certificate(&number, iin(1), index)])
    };
    assert!(is_unheard(&deaf(&store).commit(&step(&now, &lease, effect(1))).await));
    let next = leased(&store, 61).await;
    let done = picture(&store, &next).await;
    let error = store.commit(&step(&now, &next, effect(2))).await.unwrap_err();
    assert!(matches!(error, StoreError::Stale), "{error:?}");
    assert!(picture(&store, &next).await == done);
    assert_eq!(done.results[0].planned, planned_certificate(&number, iin(1), 1));
}

/// A job given back is given back once: the attempts do not grow a second time.
pub async fn a_job_given_back_without_an_answer_is_given_back_once(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    assert!(is_unheard(&deaf(&store).postpone_job(&lease, moment(10)).await));
    let again = store.postpone_job(&lease, moment(99)).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
    let next = leased(&store, 10).await;
    assert_eq!((next.attempts, next.fence > lease.fence), (1, true));
    let now = stored(&store, &number).await;
    let job = JobNext::Again(moment(20));
    let waiting = Transition { job, ..step(&now, &next, Effect::Waiting) };
    let error = repeated(&store, &waiting).await;
    assert!(matches!(error, StoreError::LeaseLost | StoreError::Stale), "{error:?}");
    assert_eq!(leased(&store, 20).await.attempts, 2);
    // A lease nobody heard of runs out.
    assert!(is_unheard(&deaf(&store).lease_job(moment(80), moment(140)).await));
    assert_eq!(store.lease_job(moment(139), moment(199)).await.unwrap(), None);
    assert_eq!(leased(&store, 140).await.number, number);
}

/// Registered once, with one number, under one key.
pub async fn a_registration_whose_answer_was_lost_is_the_same_when_it_comes_again(
    fixture: Fixture,
) {
    let store = fixture.store;
    let draft = draft(iin(1), "challenge");
    store.put_draft(&draft).await.unwrap();
    let first = registration(&draft, 1, "key");
    assert!(is_unheard(&deaf(&store).register(&first).await));
    let journal = store.audit_from(1, 100).await.unwrap();
    // The person who repeats is given another number by chance; it is not used.
    let again = registration(&draft, 2, "key");
    let told = store.register(&again).await.unwrap();
    assert_eq!(told, Registered::Same(first.number.clone()));
    assert_eq!(store.request(&again.number).await.unwrap(), None);
    assert!(store.audit_from(1, 100).await.unwrap() == journal);
    assert_eq!(store.numbers_after(None, 10).await.unwrap(), [first.number]);
}

/// Alarms, roots, stamps, breaks, sign-in: each once, whoever repeats it.
pub async fn what_was_noted_down_without_an_answer_is_noted_down_once(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let unheard = deaf(&store);
    let audit = event(AuditAction::Overdue, Some(number.clone()), Some(iin(1)));
    let notice = Notice { kind: NoticeKind::Overdue, at: moment(1_801) };
    let alarm = async |store: &dyn Store| {
        store.raise_alarm(&number, Alarm::Overdue, Some(notice), &audit).await
    };
    assert!(is_unheard(&alarm(&unheard).await));
    assert!(!alarm(&*store).await.unwrap());

    let head = store.journal_head().await.unwrap();
    let root = JournalRoot { day: "2026-11-22".to_owned(), head, stamp: None };
    let audit = event(AuditAction::RootTaken, None, None);
    assert!(is_unheard(&unheard.put_root(&root, &audit).await));
    assert!(!store.put_root(&root, &audit).await.unwrap());
    assert!(is_unheard(&unheard.stamp_root(&root.day, b"stamp").await));
    store.stamp_root(&root.day, b"another").await.unwrap();
    let stamped = JournalRoot { stamp: Some(b"stamp".to_vec()), ..root };
    assert_eq!(store.roots().await.unwrap(), [stamped]);

    store
        .put_break(&planned_break(), &event(AuditAction::BreakAnnounced, None, None))
        .await
        .unwrap();
    let audit = event(AuditAction::BreakWithdrawn, None, None);
    assert!(is_unheard(&unheard.withdraw_break("break", moment(50), &audit).await));
    assert!(!store.withdraw_break("break", moment(60), &audit).await.unwrap());

    let (challenge, session) = (challenge(), session());
    store.put_challenge(&challenge).await.unwrap();
    let audit = event(AuditAction::SignedIn, None, Some(iin(1)));
    assert!(is_unheard(&unheard.open_session(&challenge.id, &session, &audit).await));
    let again = store.open_session(&challenge.id, &session, &audit).await;
    assert!(matches!(again, Err(StoreError::AlreadyUsed)), "{again:?}");

    let rows = store.audit_from(1, 100).await.unwrap();
    let words: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    let once = [
        AuditAction::Registered,
        AuditAction::Overdue,
        AuditAction::RootTaken,
        AuditAction::BreakAnnounced,
        AuditAction::BreakWithdrawn,
        AuditAction::SignedIn,
    ];
    assert_eq!(words, once.map(AuditAction::code));
    assert_eq!(store.notices_of(iin(1), 10).await.unwrap().len(), 1);
    crate::audit::verify_chain(&rows, 1, "").unwrap();
}

fn planned_break() -> TechnicalBreak {
    TechnicalBreak {
        id: "break".to_owned(),
        starts_at: moment(100),
        ends_at: moment(200),
        reason_kk: "Жабдықты ауыстыру".to_owned(),
        reason_ru: "Замена оборудования".to_owned(),
        reason_en: "New equipment".to_owned(),
        announced_at: moment(0),
        withdrawn_at: None,
    }
}

fn challenge() -> SignInChallenge {
    SignInChallenge { id: "once".to_owned(), document: b"sign".to_vec(), expires_at: moment(300) }
}

fn session() -> Session {
    Session {
        token: SessionToken("token".to_owned()),
        iin: iin(1),
        name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
        signed_in_at: moment(0),
        expires_at: moment(600),
    }
}
