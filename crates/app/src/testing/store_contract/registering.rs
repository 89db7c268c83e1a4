//! One person, one draft, one key: one request, however often and however parallel it is submitted.

use std::sync::Arc;

use domain::{LegalClock, NumberKind, RequestState};

use super::Fixture;
use crate::ports::{
    Draft, IdempotencyKey, Registered, Registration, Step, Store, StoreError, StoredRequest,
};
use crate::testing::samples::{
    answered, consents, draft, iin, moment, number, registered, registered_at, registration, stored,
};

const PARALLEL: u64 = 8;

async fn in_parallel(
    store: &Arc<dyn Store>,
    registrations: Vec<Registration>,
) -> Vec<(Registration, Registered)> {
    let tasks: Vec<_> = registrations
        .into_iter()
        .map(|registration| {
            let store = store.clone();
            tokio::spawn(async move {
                let registered = store.register(&registration).await.unwrap();
                (registration, registered)
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// Exactly one is new; the others were led to it in the way asked for.
async fn assert_one_new(
    store: &Arc<dyn Store>,
    outcomes: Vec<(Registration, Registered)>,
    led: impl Fn(domain::Number) -> Registered,
) {
    let (new, led_there): (Vec<_>, Vec<_>) =
        outcomes.into_iter().partition(|(_, registered)| *registered == Registered::New);
    assert_eq!(new.len(), 1);
    let winner = new[0].0.number.clone();
    for (loser, registered) in led_there {
        assert_eq!(registered, led(winner.clone()));
        assert_eq!(store.request(&loser.number).await.unwrap(), None);
    }
    let all = store.requests_of(iin(1), None, 100).await.unwrap();
    assert_eq!(all.iter().map(|one| &one.number).collect::<Vec<_>>(), [&winner]);
    assert_eq!(store.audit_from(1, 100).await.unwrap().len(), 1);
}

async fn put_draft(store: &Arc<dyn Store>, person: u32, challenge: &str) -> Draft {
    let draft = draft(iin(person), challenge);
    store.put_draft(&draft).await.unwrap();
    draft
}

/// Request, consents, draft, key and job are there together.
pub async fn a_request_is_registered_with_everything(fixture: Fixture) {
    let store = fixture.store;
    let draft = put_draft(&store, 1, "challenge").await;
    let registration = registration(&draft, 7, "key");
    assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
    let expected = StoredRequest {
        number: registration.number.clone(),
        request: draft.request.clone(),
        applicant_name: registration.applicant_name.clone(),
        clock: LegalClock::start(moment(0)),
        channel: registration.channel,
        state: RequestState::Accepted,
        step: Step::Registered,
        version: 1,
        ended_at: None,
    };
    assert_eq!(store.request(&registration.number).await.unwrap(), Some(expected));
    assert_eq!(store.consents_of(&registration.number).await.unwrap(), consents());
    let became = store.draft("challenge").await.unwrap().unwrap().became;
    assert_eq!(became.as_ref(), Some(&registration.number));
    let led_to = store.idempotent(iin(1), &registration.key).await.unwrap();
    assert_eq!(led_to, Some((registration.number.clone(), registration.body_digest.clone())));
    let lease = store.lease_job(moment(0), moment(60)).await.unwrap().unwrap();
    assert_eq!((lease.number, lease.attempts), (registration.number.clone(), 0));
    assert_eq!(store.audit_of(&registration.number).await.unwrap().len(), 1);
}

/// A click repeated by a browser or an API client.
pub async fn the_same_key_and_body_in_parallel_make_one_request(fixture: Fixture) {
    let store = fixture.store;
    let draft = put_draft(&store, 1, "challenge").await;
    let all = (0..PARALLEL).map(|index| registration(&draft, index, "key")).collect();
    let outcomes = in_parallel(&store, all).await;
    assert_one_new(&store, outcomes, Registered::Same).await;
}

/// The same signed document sent from two tabs.
pub async fn the_same_draft_under_other_keys_makes_one_request(fixture: Fixture) {
    let store = fixture.store;
    let draft = put_draft(&store, 1, "challenge").await;
    let all =
        (0..PARALLEL).map(|index| registration(&draft, index, &format!("key-{index}"))).collect();
    let outcomes = in_parallel(&store, all).await;
    assert_one_new(&store, outcomes, Registered::DraftUsed).await;
}

/// Two documents signed by the same person while none is answered.
pub async fn parallel_drafts_of_one_person_make_one_open_request(fixture: Fixture) {
    let store = fixture.store;
    let mut all = Vec::new();
    for index in 0..PARALLEL {
        let draft = put_draft(&store, 1, &format!("challenge-{index}")).await;
        all.push(registration(&draft, index, &format!("key-{index}")));
    }
    let outcomes = in_parallel(&store, all).await;
    assert_one_new(&store, outcomes, Registered::Open).await;
}

/// A document that was led to an open request leads there for good: the same click again, after that one has its answer,
/// asks nothing anew. Another document does.
pub async fn a_document_led_to_the_open_request_is_led_there_for_good(fixture: Fixture) {
    let store = fixture.store;
    let first = registration(&put_draft(&store, 1, "first").await, 1, "key-1");
    let led = registration(&put_draft(&store, 1, "led").await, 2, "key-2");
    assert_eq!(store.register(&first).await.unwrap(), Registered::New);
    let open = Registered::Open(first.number.clone());
    assert_eq!(store.register(&led).await.unwrap(), open);
    let draft = store.draft("led").await.unwrap().unwrap();
    assert_eq!((draft.became, draft.led_to), (None, Some(first.number.clone())));
    answered(&store, &first.number, 3).await;
    for key in ["key-2", "key-3"] {
        let again = Registration { key: IdempotencyKey(key.to_owned()), ..led.clone() };
        assert_eq!(store.register(&again).await.unwrap(), open);
    }
    let next = registration(&put_draft(&store, 1, "next").await, 4, "key-2");
    assert_eq!(store.register(&next).await.unwrap(), Registered::New);
}

/// A key that was used for something else must not answer for this.
pub async fn the_same_key_with_another_body_is_told_apart(fixture: Fixture) {
    let store = fixture.store;
    let first = put_draft(&store, 1, "first").await;
    let second = put_draft(&store, 1, "second").await;
    assert_eq!(store.register(&registration(&first, 1, "key")).await.unwrap(), Registered::New);
    let other = store.register(&registration(&second, 2, "key")).await.unwrap();
    assert_eq!(other, Registered::OtherBody);
    assert_eq!(store.draft("second").await.unwrap().unwrap().became, None);
}

/// Clients choose keys without knowing of each other.
pub async fn a_key_belongs_to_one_person(fixture: Fixture) {
    let store = fixture.store;
    for person in [1, 2] {
        let draft = put_draft(&store, person, &format!("challenge-{person}")).await;
        let registration = registration(&draft, person.into(), "the same key");
        assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
    }
    let key = IdempotencyKey("the same key".to_owned());
    assert_eq!(store.idempotent(iin(3), &key).await.unwrap(), None);
}

/// The draft is what the person was shown; without it nothing is registered.
pub async fn a_draft_nobody_prepared_or_of_another_person_registers_nothing(fixture: Fixture) {
    let store = fixture.store;
    let unknown = registration(&draft(iin(1), "unknown"), 1, "key-1");
    put_draft(&store, 2, "another's").await;
    let others = registration(&draft(iin(1), "another's"), 2, "key-2");
    for registration in [unknown, others] {
        let error = store.register(&registration).await.unwrap_err();
        assert!(matches!(error, StoreError::AlreadyUsed), "{error:?}");
        assert_eq!(store.request(&registration.number).await.unwrap(), None);
    }
    assert!(store.audit_from(1, 10).await.unwrap().is_empty());
}

/// Numbers are drawn at random; a collision is drawn again.
pub async fn a_taken_number_registers_nothing_and_another_draw_does(fixture: Fixture) {
    let store = fixture.store;
    registered(&store, 1).await;
    let draft = put_draft(&store, 2, "challenge").await;
    let mut registration = registration(&draft, 1, "key");
    let error = store.register(&registration).await.unwrap_err();
    assert!(matches!(error, StoreError::NumberTaken), "{error:?}");
    assert_eq!(store.draft("challenge").await.unwrap().unwrap().became, None);
    registration.number = number(NumberKind::Request, 2);
    assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
}

/// Only an open request bars another one; old keys and drafts still lead to the old one.
pub async fn an_answered_person_can_ask_again(fixture: Fixture) {
    let store = fixture.store;
    let first = registered(&store, 1).await;
    answered(&store, &first, 1).await;
    let second = registered_at(&store, 1, 2, moment(100)).await;
    assert_eq!(stored(&store, &second).await.state, RequestState::Accepted);
    let old = draft(iin(1), "challenge-1");
    let repeated = store.register(&registration(&old, 3, "key-1")).await.unwrap();
    assert_eq!(repeated, Registered::Same(first.clone()));
    let used = store.register(&registration(&old, 3, "key-3")).await.unwrap();
    assert_eq!(used, Registered::DraftUsed(first));
}

/// Each page begins where the one before ended; nobody else's requests are among them.
pub async fn requests_are_listed_newest_first_page_by_page(fixture: Fixture) {
    let store = fixture.store;
    let mut expected = Vec::new();
    for index in 0..5_i64 {
        let identifier = u64::try_from(index).unwrap();
        let number = registered_at(&store, 1, identifier, moment(index - 10)).await;
        answered(&store, &number, identifier).await;
        expected.insert(0, number);
    }
    registered_at(&store, 2, 100, moment(-5)).await;
    let (mut pages, mut before) = (Vec::new(), None);
    loop {
        let page = store.requests_of(iin(1), before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.clock.accepted_at);
        pages.push(page.into_iter().map(|one| one.number).collect::<Vec<_>>());
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat(), expected);
    assert!(store.requests_of(iin(3), None, 10).await.unwrap().is_empty());
}
