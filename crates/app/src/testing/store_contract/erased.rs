//! Erasing answered requests: what goes, what is left, and what is not erased.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{ConsentKind, NumberKind, RequestState};
use jiff::Timestamp;

use super::Fixture;
use super::recourses::review_of;
use crate::audit::{
    Actor, AuditAction, AuditFault, AuditRow, chain_hash, verify_chain, verify_chain_with,
};
use crate::erasing_requests::erased_evidence;
use crate::ports::{
    AnnulmentOutcome, Asker, CallLine, CallerAct, CallerActKind, Channel, ConsentPeriod,
    ConsentWithdrawal, Erasable, ErasedKey, ErasedRequest, IdempotencyKey, RequestErasure,
    ResultKind, Store, StoreError, erased_token, erasure_digest,
};
use crate::testing::samples::{
    annulment, answered, decide, end_annulment, event, iin, intend, issue, leased, moment, note,
    number, planned_certificate, planned_refusal, propose_annulment, registered, write_note,
};

const DAY: i64 = 86_400;

fn erasure(numbers: &[domain::Number]) -> RequestErasure {
    RequestErasure {
        numbers: numbers.to_vec(),
        before: moment(60 * DAY),
        at: moment(100 * DAY),
        actor: Actor::System,
    }
}

fn erasable(asker: Asker, behind: Timestamp) -> Erasable {
    Erasable { asker, behind, before: moment(60 * DAY), at: moment(100 * DAY), limit: 10 }
}

async fn names(store: &dyn Store, asker: Asker) -> Vec<domain::Number> {
    let found = store.erasable(&erasable(asker, Timestamp::MIN)).await.unwrap();
    found.into_iter().map(|(number, _)| number).collect()
}

/// The chain with what is erased, and places of the rows that were emptied.
async fn emptied(store: &dyn Store, left: &[ErasedRequest]) -> (Vec<AuditRow>, Vec<i64>) {
    let rows = store.audit_from(1, 1_000).await.unwrap();
    let may_be: BTreeSet<i64> = rows
        .iter()
        .filter(|row| left.iter().any(|one| one.number.as_str() == row.request))
        .map(|row| row.sequence)
        .collect();
    let (_, emptied) = verify_chain_with(&rows, 1, "", &may_be).unwrap();
    (rows, emptied)
}

/// A request with everything that can come of one is gone but for what its certificate vouches for; another one stays whole.
pub async fn of_an_erased_request_is_left_what_its_certificate_vouches_for(fixture: Fixture) {
    let store = fixture.store;
    let one = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let certificate = planned_certificate(&one, iin(1), 1);
    let refusal = planned_refusal(&one, iin(1), 1);
    decide(&store, &lease, vec![certificate.clone(), refusal.clone()]).await;
    intend(&store, &lease).await;
    issue(&store, &lease, RequestState::Granted).await;
    let other = registered(&store, 2).await;
    let kept = answered(&store, &other, 2).await;
    let proposal = annulment(&one, iin(1), 1, 50);
    assert!(propose_annulment(&store, &proposal).await);
    assert!(end_annulment(&store, &proposal, AnnulmentOutcome::Confirmed, 701).await);
    let annulled_at = store.annulled_at(&certificate.id).await.unwrap();
    write_note(&store, &one, "note", 60).await;
    review_of(&store, &one, 1, true).await;
    let withdrawal =
        ConsentWithdrawal { number: one.clone(), at: moment(70), channel: Channel::Portal };
    let row = event(AuditAction::ConsentWithdrawn, Some(one.clone()), Some(iin(1)));
    let row = crate::AuditEvent { evidence: withdrawal.digest(), ..row };
    store.withdraw_consent(&withdrawal, &row).await.unwrap();
    let file = store.result(&certificate.id).await.unwrap().unwrap().digest.unwrap();
    let lines = store.figures_between(moment(-9), moment(9_999)).await.unwrap();
    let measured = store.measured(moment(-9), moment(9_999), moment(9_999)).await.unwrap();
    let before = store.audit_of(&one).await.unwrap();

    assert_eq!(names(&*store, Asker::Person).await, [one.clone(), other.clone()]);
    assert_eq!(store.erase_requests(&erasure(std::slice::from_ref(&one))).await.unwrap(), 1);

    assert!(store.request(&one).await.unwrap().is_none());
    assert!(store.requests_of(iin(1), None, 10).await.unwrap().is_empty());
    assert!(store.results_of(&one).await.unwrap().is_empty());
    assert!(store.document(&certificate.id).await.unwrap().is_none());
    assert!(store.decision(&one).await.unwrap().is_none());
    assert!(store.consents_of(&one).await.unwrap().is_empty());
    assert!(store.withdrawal_of(&one).await.unwrap().is_none());
    assert!(store.notes_of(&one).await.unwrap().is_empty());
    assert!(store.annulments_of(&one).await.unwrap().is_empty());
    assert!(store.recourses_of(&one).await.unwrap().is_empty());
    assert!(store.notices_of(iin(1), 10).await.unwrap().is_empty());
    assert!(store.draft("challenge-1").await.unwrap().is_none());
    let key = IdempotencyKey("key-1".to_owned());
    assert!(store.idempotent(iin(1), &key).await.unwrap().is_none());
    assert!(store.audit_of_subject(iin(1), None, 10).await.unwrap().is_empty());

    let left = store.erased_requests(&[one.clone(), other.clone()]).await.unwrap();
    let [request] = left.as_slice() else { panic!("{left:?}") };
    assert_eq!((&request.number, request.state), (&one, RequestState::Granted));
    assert_eq!(request.erased_at, moment(100 * DAY));
    let kinds: Vec<_> = request.documents.iter().map(|one| (one.kind, one.annulled_at)).collect();
    let all = [
        (ResultKind::Certificate, annulled_at),
        (ResultKind::Refusal, None),
        (ResultKind::Answer, None),
    ];
    assert!(annulled_at.is_some() && kinds.len() == 3 && all.iter().all(|one| kinds.contains(one)));
    let consents: Vec<_> =
        request.consents.iter().map(|one| (one.kind, one.withdrawn_at)).collect();
    let withdrawn = Some(moment(70));
    assert_eq!(
        consents,
        [(ConsentKind::ProtectedSecret, None), (ConsentKind::RestrictedData, withdrawn)]
    );
    let number = certificate.content.number().clone();
    for key in [
        ErasedKey::Number(number.clone()),
        ErasedKey::TokenDigest(erased_token(&certificate.token.0)),
        ErasedKey::FileDigest(file),
    ] {
        let found = store.erased_document(&key).await.unwrap().unwrap();
        assert_eq!((&found.number, found.annulled_at), (&number, annulled_at), "{key:?}");
    }
    let of_other = ErasedKey::Number(kept.content.number().clone());
    assert!(store.erased_document(&of_other).await.unwrap().is_none());
    assert_eq!(store.evidence(&one).await.unwrap(), Some(erased_evidence(request)));
    assert!(store.numbers_after(None, 10).await.unwrap().contains(&one), "that it was is known");

    let (rows, emptied) = emptied(&*store, &left).await;
    assert_eq!(emptied, before.iter().map(|row| row.sequence).collect::<Vec<_>>());
    assert_eq!(verify_chain(&rows, 1, ""), Err(AuditFault::Altered(emptied[0])));
    let proof = &rows[usize::try_from(request.certificate).unwrap() - 1];
    assert!(proof.detail.starts_with("requests 1 ") && proof.subject.is_empty());
    let of_it: Vec<_> = rows.iter().filter(|row| row.request == one.as_str()).cloned().collect();
    assert!(of_it.iter().all(|row| row.subject.is_empty() && row.evidence.is_empty()));
    // Whoever knows all that the row said but its salt cannot try IINs until one fits.
    for (emptied, told) in of_it.iter().zip(&before) {
        let behind = rows.iter().find(|row| row.sequence == emptied.sequence - 1);
        let behind = behind.map(|row| row.hash.as_str()).unwrap_or_default();
        assert_eq!(chain_hash(told, behind), emptied.hash, "{}", told.action);
        let guessed = AuditRow { salt: String::new(), ..told.clone() };
        let fits = chain_hash(&guessed, behind) == emptied.hash;
        let tells_nothing = told.subject.is_empty() && told.evidence.is_empty();
        assert_eq!(fits, tells_nothing, "{}", told.action);
    }
    let under = store.erased_by(request.certificate).await.unwrap();
    assert_eq!((&under, &proof.evidence), (&left, &erasure_digest(&left, &of_it)));

    let counted = store.figures_between(moment(-9), moment(9_999)).await.unwrap();
    assert!(counted.len() == lines.len() && lines.iter().all(|line| counted.contains(line)));
    let now = store.measured(moment(-9), moment(9_999), moment(9_999)).await.unwrap();
    assert_eq!(now.accepted(), measured.accepted());
    assert_eq!(now.kept_and_missed(), measured.kept_and_missed());
    assert!(store.document(&kept.id).await.unwrap().is_some(), "nothing else goes");
    let again = store.erase_requests(&erasure(std::slice::from_ref(&one))).await.unwrap();
    assert_eq!((again, store.audit_from(1, 1_000).await.unwrap().len()), (0, rows.len()));
    assert_eq!(names(&*store, Asker::Person).await, [other]);
    names_nobody_any_more(&store, &one).await;
    let period = |from, until| ConsentPeriod { from, until, after: None };
    let whole = store.erased_between(&period(moment(-9), moment(9)), 10).await.unwrap();
    let withdrawn = store.erased_between(&period(moment(70), moment(71)), 10).await.unwrap();
    let none = store.erased_between(&period(moment(80), moment(90)), 10).await.unwrap();
    assert_eq!((whole.len(), withdrawn.len(), none.len()), (1, 1, 0));
}

/// Whoever looked at the request a moment before it was erased writes nothing about anybody behind that.
async fn names_nobody_any_more(store: &Arc<dyn Store>, erased: &domain::Number) {
    let rows = store.audit_from(1, 1_000).await.unwrap().len();
    let note = note(erased, "late", 60);
    let row = event(AuditAction::RequestNoted, Some(erased.clone()), Some(iin(1)));
    assert!(store.put_note(&note, &row).await.is_err());
    let act = CallerAct {
        id: "late".to_owned(),
        at: moment(61 * DAY),
        operator: "operator".to_owned(),
        line: CallLine::Desk,
        kind: CallerActKind::ByNumber,
        person: iin(1),
        number: Some(erased.clone()),
    };
    let told = event(AuditAction::ToldByPhone, Some(erased.clone()), Some(iin(1)));
    assert!(store.note_caller_act(&act, &told).await.is_err());
    assert_eq!(store.audit_from(1, 1_000).await.unwrap().len(), rows, "with its row");
    let look = event(AuditAction::Downloaded, Some(erased.clone()), Some(iin(1)));
    store.append_audit(&look).await.unwrap();
    assert!(store.audit_of_subject(iin(1), None, 10).await.unwrap().is_empty());
    let rows = store.audit_of(erased).await.unwrap();
    let last = rows.last().unwrap();
    assert!(last.action == look.action.code() && last.subject.is_empty());
    let left = store.erased_requests(std::slice::from_ref(erased)).await.unwrap();
    assert_eq!(store.evidence(erased).await.unwrap(), Some(erased_evidence(&left[0])));
}

/// Neither what is young nor what is open, whoever asks; and what waits is looked at again when its time has come.
pub async fn what_is_young_open_or_waits_is_not_erased(fixture: Fixture) {
    let store = fixture.store;
    let mut numbers = Vec::new();
    for index in 1..=4_u32 {
        let number = registered(&store, index).await;
        answered(&store, &number, index.into()).await;
        numbers.push(number);
    }
    let unanswered = registered(&store, 5).await;
    assert!(propose_annulment(&store, &annulment(&numbers[0], iin(1), 1, 50)).await);
    review_of(&store, &numbers[1], 1, false).await;
    let late = annulment(&numbers[2], iin(3), 3, 61 * DAY);
    assert!(propose_annulment(&store, &late).await);
    assert!(end_annulment(&store, &late, AnnulmentOutcome::TurnedDown, 701).await);
    let last = numbers[3].clone();
    assert_eq!(names(&*store, Asker::Person).await, std::slice::from_ref(&last));
    numbers.push(unanswered);
    let all = erasure(&numbers[..3]);
    assert_eq!(store.erase_requests(&all).await.unwrap(), 0, "each has something open or late");
    let young = RequestErasure { before: moment(0), ..erasure(&numbers) };
    assert_eq!(store.erase_requests(&young).await.unwrap(), 0);
    store.wait_to_erase(&[(last.clone(), moment(101 * DAY))]).await.unwrap();
    assert!(names(&*store, Asker::Person).await.is_empty());
    store.wait_to_erase(&[(last.clone(), moment(99 * DAY))]).await.unwrap();
    assert_eq!(names(&*store, Asker::Person).await, std::slice::from_ref(&last));
    let (_, ended_at) = store.erasable(&erasable(Asker::Person, Timestamp::MIN)).await.unwrap()[0];
    assert!(store.erasable(&erasable(Asker::Person, ended_at)).await.unwrap().is_empty());
    assert_eq!(store.erase_requests(&erasure(&numbers)).await.unwrap(), 1);
    let left = store.erased_requests(&numbers).await.unwrap();
    assert!(left.len() == 1 && left[0].number == last);
}

/// Those of the prober are told apart; and a number that was erased is no free number.
pub async fn synthetic_requests_are_erased_apart_and_no_number_comes_again(fixture: Fixture) {
    let store = fixture.store;
    let person = registered(&store, 1).await;
    answered(&store, &person, 1).await;
    assert!(store.put_synthetic_person(iin(2), moment(0)).await.unwrap());
    let synthetic = registered(&store, 2).await;
    answered(&store, &synthetic, 2).await;
    assert_eq!(names(&*store, Asker::Person).await, [person]);
    assert_eq!(names(&*store, Asker::Synthetic).await, std::slice::from_ref(&synthetic));
    assert_eq!(store.erase_requests(&erasure(&[synthetic])).await.unwrap(), 1);
    assert!(names(&*store, Asker::Synthetic).await.is_empty());
    let next = registered(&store, 3).await;
    let lease = leased(&store, 1).await;
    let mut planned = planned_certificate(&next, iin(3), 2);
    assert!(planned.content.number() == &number(NumberKind::Certificate, 2), "the erased one's");
    let store: Arc<dyn Store> = store;
    let stored = store.request(&next).await.unwrap().unwrap();
    planned.id = crate::ports::ResultId("another".to_owned());
    planned.token = crate::ports::CheckToken("another".to_owned());
    let effect =
        crate::ports::Effect::Decided(Box::new(crate::testing::samples::decision()), vec![planned]);
    let change = crate::testing::samples::step(&stored, &lease, effect);
    let taken = store.commit(&change).await;
    assert!(matches!(taken, Err(StoreError::NumberTaken)), "{taken:?}");
}
