//! Whole ways of requests.

use app::testing::FakeVerifier;
use app::testing::samples::iin;
use app::{Channel, Delivery, Exchanges};
use simulators::authority::Algorithm;
use simulators::egov_portal::DraftAnswer;

use super::world::{World, ask, external, signed};

#[tokio::test]
async fn what_a_person_signs_on_the_portal_is_answered_into_his_cabinet_there() {
    for algorithm in [Algorithm::Rsa, Algorithm::Gost] {
        let world = World::of(algorithm).await;
        let person = world.guardian();
        let request = world.request(1, person).await;
        world.portal.push(&world.url, &request, None).await.unwrap();
        world.tell().await;
        world.work().await;
        world.tell().await;
        assert_eq!(world.states(), ["accepted", "granted"]);
        let answer = world.last();
        assert_eq!((&*answer.kind, &*answer.resolution), ("RESPONSE", "POSITIVE"));
        let [document] = answer.documents.as_slice() else { panic!("one document") };
        // Both portals show the same.
        let own = world.service.requests_of(person, None).await.unwrap();
        let [own] = own.as_slice() else { panic!("one request") };
        assert_eq!(own.request.channel, Channel::EgovPortal);
        assert_eq!(own.request.number.as_str(), answer.number.unwrap());
        assert_eq!(own.results[0].digest, document.sha256);
        let sealed = world.service.download(&own.results[0].id, Some(person)).await.unwrap();
        assert!(sealed.unwrap().1 == document.bytes, "byte for byte");
        for name in [own.request.number.as_str(), &request.external_id] {
            let state = world.portal.ask_state(&world.url, &person.digits(), name).await.unwrap();
            assert_eq!(state.as_deref(), Some("granted"));
            let stranger = iin(2).digits();
            let others = world.portal.ask_state(&world.url, &stranger, name).await.unwrap();
            assert_eq!(others, None, "another person's does not exist");
        }
    }
}

#[tokio::test]
async fn a_request_that_is_fetched_goes_the_same_way_and_is_acknowledged() {
    let world = World::new().await;
    let person = world.guardian();
    let request = world.request(1, person).await;
    world.portal.let_wait(&request);
    assert_eq!(world.poll.once().await.unwrap(), 1);
    assert_eq!(world.poll.once().await.unwrap(), 0, "nothing waits any more");
    world.tell().await;
    world.work().await;
    world.tell().await;
    assert_eq!(world.states(), ["accepted", "granted"]);
    let said: Vec<_> = world.portal.acknowledged().into_iter().map(|(_, said)| said).collect();
    assert_eq!(said, ["MESSAGE_ACCEPTED"]);
    // While the store is away it is left where it is, and comes again.
    let other = signed(2, person, b"x".to_vec());
    world.portal.let_wait(&other);
    world.store.go_down();
    world.poll.once().await.unwrap();
    world.store.come_up();
    let said = world.portal.acknowledged().last().unwrap().1.clone();
    assert_eq!(said, "MESSAGE_NOT_ACCTEPTED");
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_refused_and_holds_up_none_behind_it() {
    let world = World::new().await;
    let person = world.guardian();
    let request = world.request(1, person).await;
    world.portal.let_wait_without_chain(&signed(2, person, b"x".to_vec()));
    world.portal.let_wait(&request);
    assert_eq!(world.poll.once().await.unwrap(), 1);
    let said: Vec<_> = world.portal.acknowledged().into_iter().map(|(_, said)| said).collect();
    assert_eq!(said, ["MESSAGE_NOT_ACCTEPTED", "MESSAGE_ACCEPTED"]);
    assert_eq!(world.poll.once().await.unwrap(), 0, "nothing waits any more");
    world.tell().await;
    world.work().await;
    world.tell().await;
    assert_eq!(world.states(), ["accepted", "granted"]);
}

#[tokio::test]
async fn who_gave_no_consent_or_has_no_record_gets_the_document_of_the_refusal() {
    let world = World::new().await;
    let person = world.guardian();
    let unknown = iin(5);
    for (id, person, consent) in [(1, person, false), (2, unknown, true)] {
        let document = world.prepared(person, &[], consent).await;
        let request = signed(id, person, FakeVerifier::sign(person, &document));
        world.portal.push(&world.url, &request, None).await.unwrap();
        world.tell().await;
        world.work().await;
        world.tell().await;
        let answer = world.last();
        assert_eq!((&*answer.state, &*answer.resolution), ("refused", "NEGATIVE"));
        assert_eq!(answer.external_id, request.external_id);
        assert_eq!(answer.documents[0].kind, "refusal");
    }
}

#[tokio::test]
async fn an_error_in_what_came_is_told_in_words_and_is_no_refusal() {
    let world = World::new().await;
    let person = world.guardian();
    let named = world.prepared(person, &[iin(9)], true).await;
    let document = world.prepared(person, &[], true).await;
    for (id, signature, code) in [
        (1, FakeVerifier::sign_badly(person, &document), "signature_invalid"),
        (2, FakeVerifier::sign(person, b"{}"), "document_unknown"),
        (3, FakeVerifier::sign(iin(2), &document), "someone_elses_signature"),
        (4, FakeVerifier::sign(person, &named), "ward_not_found_for_applicant"),
    ] {
        let request = signed(id, person, signature);
        world.portal.push(&world.url, &request, None).await.unwrap();
        world.tell().await;
        let told = world.last();
        assert_eq!((&*told.state, &*told.resolution), ("not_registered", "NOT_REGISTERED"));
        let (told_code, words) = told.fault.unwrap();
        assert_eq!(told_code, code);
        assert!(words.contains('.'), "{words}");
        assert!(told.documents.is_empty());
    }
    assert_eq!(world.requests(person).await, 0);
    // What can be said before somebody signs is said then.
    let own = ask(person, &[person], true);
    let answer = world.portal.ask_draft(&world.url, &own, None).await.unwrap();
    assert_eq!(answer, DraftAnswer::Fault("applicant_named_as_ward".to_owned()));
}

#[tokio::test]
async fn the_same_request_twice_is_one_and_another_under_its_name_is_none() {
    let world = World::new().await;
    let person = world.guardian();
    let request = world.request(1, person).await;
    for _ in 0..3 {
        world.portal.push(&world.url, &request, None).await.unwrap();
        world.portal.let_wait(&request);
        world.poll.once().await.unwrap();
        world.tell().await;
        world.work().await;
    }
    world.tell().await;
    assert_eq!(world.requests(person).await, 1);
    assert_eq!(world.states(), ["accepted", "granted"]);
    let mut other = world.request(1, person).await;
    let error = world.portal.push(&world.url, &other, None).await.unwrap_err();
    assert!(error.to_string().contains("REQUEST_ID_USED"), "{error}");
    other.signature = request.signature;
    other.iin = iin(2).digits();
    let error = world.portal.push(&world.url, &other, None).await.unwrap_err();
    assert!(error.to_string().contains("REQUEST_ID_USED"), "{error}");
    assert_eq!(world.requests(person).await, 1);
}

#[tokio::test]
async fn the_gateways_word_of_a_delivery_is_noted() {
    let world = World::new().await;
    let person = world.guardian();
    let request = world.request(1, person).await;
    world.portal.push(&world.url, &request, None).await.unwrap();
    world.tell().await;
    world.work().await;
    world.tell().await;
    let message = world.last().message_id;
    world.portal.tell_delivery(&world.url, &message, "DELIVERED").await.unwrap();
    let kept = world.store.exchange(&external(1)).await.unwrap().unwrap();
    assert_eq!(kept.delivery, Some(Delivery::Delivered));
    assert!(world.portal.tell_delivery(&world.url, &message, "LOST").await.is_err());
}
