//! Consents beside their requests: withdrawals and the register.

use domain::{
    Answer, ConsentConfirmation, ConsentDecision, ConsentItems, ConsentKind, ConsentOperator,
    ConsentSubject, Evidence, RequestState,
};
use jiff::Timestamp;

use super::Fixture;
use crate::audit::{AuditAction, AuditEvent, verify_chain};
use crate::evidence::registration_digest;
use crate::ports::{
    Channel, ConsentPeriod, ConsentWithdrawal, Effect, StoreError, StoredDecision, Withdrawn,
};
use crate::testing::samples::{
    answered, decision, draft, event, iin, leased, moment, planned_certificate, provider,
    registered, registered_at, registration, step, stored,
};

/// The withdrawal of a request's consent at `moment(seconds)`, and its journal entry.
fn withdrawal(number: &domain::Number, seconds: i64) -> (ConsentWithdrawal, AuditEvent) {
    let (at, channel) = (moment(seconds), Channel::Portal);
    let withdrawal = ConsentWithdrawal { number: number.clone(), at, channel };
    let row = event(AuditAction::ConsentWithdrawn, Some(number.clone()), Some(iin(1)));
    let audit = AuditEvent { at, evidence: withdrawal.digest(), ..row };
    (withdrawal, audit)
}

/// Items and confirmation come back as they were, and the journal vouches for them.
pub async fn a_consent_keeps_its_items_and_what_confirmed_it(fixture: Fixture) {
    let store = fixture.store;
    let operator = ConsentOperator { name: provider().name, bin: provider().bin };
    let subjects = vec![
        ConsentSubject::Applicant {
            iin: iin(1), name: Some("ӘЛІМҚҰЛОВ \"ҮСЕН\" <&>".to_owned())
        },
        ConsentSubject::AllWards,
    ];
    let mut draft = draft(iin(1), "challenge");
    let restricted = &mut draft.consents[0];
    restricted.items = Some(ConsentItems::of(operator, subjects));
    restricted.confirmation = Some(ConsentConfirmation {
        service: "KDP_SERVICE".to_owned(),
        asked_at: moment(-60),
        answered_at: moment(-30),
        token_digest: "ab".repeat(32),
    });
    store.put_draft(&draft).await.unwrap();
    let kept = store.draft("challenge").await.unwrap().unwrap();
    assert_eq!(kept.consents, draft.consents);
    let mut registration = registration(&draft, 1, "key");
    registration.audit.evidence = registration_digest(&registration).unwrap();
    store.register(&registration).await.unwrap();
    assert_eq!(store.consents_of(&registration.number).await.unwrap(), draft.consents);
    let evidence = store.evidence(&registration.number).await.unwrap().unwrap();
    assert_eq!(evidence.registration, registration.audit.evidence);
}

/// One withdrawal and one journal row, however often it comes.
pub async fn a_consent_is_withdrawn_once_even_in_parallel(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    assert_eq!(store.withdrawal_of(&number).await.unwrap(), None);
    let calls: Vec<_> = (0..4)
        .map(|index| {
            let (store, (withdrawal, audit)) = (store.clone(), withdrawal(&number, 10 + index));
            tokio::spawn(async move { store.withdraw_consent(&withdrawal, &audit).await.unwrap() })
        })
        .collect();
    let mut told = Vec::new();
    for call in calls {
        told.push(call.await.unwrap());
    }
    assert_eq!(told.iter().filter(|one| **one == Withdrawn::New).count(), 1);
    let kept = store.withdrawal_of(&number).await.unwrap().unwrap();
    assert!(told.contains(&Withdrawn::Before(kept.at)));
    let rows = store.audit_from(1, 100).await.unwrap();
    verify_chain(&rows, 1, "").unwrap();
    assert_eq!(rows.iter().filter(|row| row.action == "consent_withdrawn").count(), 1);
    let evidence = store.evidence(&number).await.unwrap().unwrap();
    assert_eq!(evidence.withdrawal, Some(kept.digest()));
}

/// A withdrawal without its request is none.
pub async fn a_consent_nobody_gave_cannot_be_withdrawn(fixture: Fixture) {
    let store = fixture.store;
    let unknown = domain::Number::from_random(domain::NumberKind::Request, 9);
    let (withdrawal, audit) = withdrawal(&unknown, 10);
    assert!(store.withdraw_consent(&withdrawal, &audit).await.is_err());
    assert!(store.audit_from(1, 10).await.unwrap().is_empty());
}

/// What a worker found before the withdrawal he cannot commit after it; and his request comes up at once.
pub async fn a_withdrawal_amid_the_work_undoes_what_was_found_before(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let before = stored(&store, &number).await;
    let (withdrawal, audit) = withdrawal(&number, 2);
    assert_eq!(store.withdraw_consent(&withdrawal, &audit).await.unwrap(), Withdrawn::New);
    let planned = vec![planned_certificate(&number, iin(1), 1)];
    let effect = Effect::Decided(Box::new(decision()), planned.clone());
    let outdated = store.commit(&step(&before, &lease, effect.clone())).await;
    assert!(matches!(outdated, Err(StoreError::Stale)));
    store.postpone_job(&lease, moment(600)).await.unwrap();
    let again = self::withdrawal(&number, 3);
    let told = store.withdraw_consent(&again.0, &again.1).await.unwrap();
    assert_eq!(told, Withdrawn::Before(moment(2)));
    let lease = leased(&store, 600).await;
    let now = stored(&store, &number).await;
    store.commit(&step(&now, &lease, effect)).await.unwrap();
}

/// Who waits for a source need not wait any longer.
pub async fn a_withdrawal_lets_the_request_come_up(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    store.postpone_job(&lease, moment(600)).await.unwrap();
    assert!(store.lease_job(moment(10), moment(70)).await.unwrap().is_none());
    let (withdrawal, audit) = withdrawal(&number, 10);
    store.withdraw_consent(&withdrawal, &audit).await.unwrap();
    assert_eq!(leased(&store, 10).await.number, number);
}

/// What was decided stays as it is.
pub async fn a_withdrawal_after_the_decision_changes_no_request(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    answered(&store, &number, 1).await;
    let before = stored(&store, &number).await;
    let (withdrawal, audit) = withdrawal(&number, 100);
    assert_eq!(store.withdraw_consent(&withdrawal, &audit).await.unwrap(), Withdrawn::New);
    assert_eq!(stored(&store, &number).await, before);
    assert_eq!(before.state, RequestState::Granted);
}

/// A person's newest first, everybody's the earliest first; each once, page by page.
pub async fn the_register_has_every_consent_once(fixture: Fixture) {
    let store = fixture.store;
    let mut numbers = Vec::new();
    for (person, index) in [(1, 1), (2, 2), (3, 3), (1, 4)] {
        let at = moment(i64::from(index > 1));
        let number = registered_at(&store, person, index, at).await;
        answered(&store, &number, index).await;
        numbers.push(number);
    }
    let (withdrawal, audit) = withdrawal(&numbers[0], 500);
    store.withdraw_consent(&withdrawal, &audit).await.unwrap();
    let own = store.consents_by(iin(1), None, 10).await.unwrap();
    let named: Vec<_> = own.iter().map(|one| (one.number.clone(), one.withdrawn_at)).collect();
    assert_eq!(named, [(numbers[3].clone(), None), (numbers[0].clone(), Some(moment(500)))]);
    assert_eq!(store.consents_by(iin(1), Some(moment(1)), 10).await.unwrap().len(), 1);
    assert_eq!(own[0].record.kind, ConsentKind::RestrictedData);
    assert_eq!(own[0].record.decision, ConsentDecision::Given);
    let whole = ConsentPeriod { from: Timestamp::UNIX_EPOCH, until: Timestamp::MAX, after: None };
    let mut walked = Vec::new();
    let mut period = whole.clone();
    loop {
        let page = store.consents_between(&period, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        period.after = Some((last.decided_at, last.number.clone()));
        walked.extend(page);
    }
    let all = store.consents_between(&whole, 10).await.unwrap();
    assert_eq!((walked.len(), &walked), (4, &all));
    assert!(all.is_sorted_by_key(|one| one.decided_at));
    let short = ConsentPeriod { from: moment(1), until: moment(2), after: None };
    assert_eq!(store.consents_between(&short, 10).await.unwrap().len(), 3);
    // What was withdrawn then, although it was given before.
    for (from, until, found) in [(400, 501, 1), (400, 500, 0), (500, 600, 1), (1, 501, 4)] {
        let period = ConsentPeriod { from: moment(from), until: moment(until), after: None };
        let listed = store.consents_between(&period, 10).await.unwrap();
        assert_eq!(listed.len(), found, "{from}..{until}");
        let last = listed.last().map(|one| (one.decided_at, one.number.clone()));
        let behind = ConsentPeriod { after: last.clone(), ..period };
        assert!(last.is_none() || store.consents_between(&behind, 10).await.unwrap().is_empty());
    }
}

/// Given with the request, refused when it was asked for anew: by what the decision was made. What was withdrawn before the
/// decision is no refusal; what was withdrawn behind it is both.
pub async fn a_refusal_after_the_registration_stands_beside_the_consent(fixture: Fixture) {
    let store = fixture.store;
    for (index, person, withdrawn, refused) in
        [(1, 1, None, true), (2, 2, Some(5), false), (3, 3, Some(900), true)]
    {
        let number = registered(&store, person).await;
        if let Some(seconds) = withdrawn.filter(|at| *at < 100) {
            let (withdrawal, audit) = withdrawal(&number, seconds);
            store.withdraw_consent(&withdrawal, &audit).await.unwrap();
        }
        let lease = leased(&store, 10).await;
        let before = stored(&store, &number).await;
        let decided = StoredDecision { decided_at: moment(100), ..decision() };
        let evidence = Evidence { consent: Answer::Absent, ..decided.evidence.clone() };
        let decided = StoredDecision { evidence, ..decided };
        let planned = vec![planned_certificate(&number, iin(person), index)];
        let effect = Effect::Decided(Box::new(decided), planned);
        store.commit(&step(&before, &lease, effect)).await.unwrap();
        if let Some(seconds) = withdrawn.filter(|at| *at > 100) {
            let (withdrawal, audit) = withdrawal(&number, seconds);
            store.withdraw_consent(&withdrawal, &audit).await.unwrap();
        }
        let listed = store.consents_by(iin(person), None, 10).await.unwrap();
        let expected = refused.then(|| moment(100));
        assert_eq!(
            (listed[0].refused_at, listed[0].withdrawn_at),
            (expected, withdrawn.map(moment))
        );
        assert!(listed[0].record.decision.is_given(), "what was signed stays");
    }
}
