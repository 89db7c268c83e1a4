//! The portal of the e-government where consent is asked by 1414, and words that were not delivered.

use app::testing::FakeVerifier;
use app::{AccessReply, Exchanges};
use jiff::SignedDuration;

use super::world::{World, external, signed};

#[tokio::test]
async fn the_portal_is_told_that_its_signer_is_asked_and_what_came_of_it() {
    for (reply, states, code) in [
        (None, &["consent_asked", "accepted", "granted"][..], None),
        (
            Some(AccessReply::Refused),
            &["consent_asked", "not_registered"][..],
            Some("consent_refused"),
        ),
        (
            Some(AccessReply::NoAnswer),
            &["consent_asked", "not_registered"][..],
            Some("consent_no_answer"),
        ),
    ] {
        let world = World::new().await;
        let person = world.guardian();
        let control = world.consents.ask_persons();
        let document = world.prepared(person, &[], true).await;
        // A signature may lie at the gateway for as long as a request may be old.
        world.clock.advance(SignedDuration::from_hours(23));
        let request = signed(1, person, FakeVerifier::sign(person, &document));
        world.portal.push(&world.url, &request, None).await.unwrap();
        world.tell().await;
        let (iin, name) = (person.digits(), &request.external_id);
        let state = world.portal.ask_state(&world.url, &iin, name).await.unwrap();
        assert_eq!(state.as_deref(), Some("consent_asked"));
        let told = world.last();
        assert_eq!((&*told.kind, &*told.resolution), ("NOTIFICATION", "NO_RESOLUTION"));
        assert_eq!(told.fault.unwrap().0, "consent_awaited");
        match reply {
            None => control.gives(),
            Some(reply) => control.says(reply),
        }
        world.clock.advance(SignedDuration::from_secs(6));
        world.tell().await;
        world.work().await;
        world.tell().await;
        assert_eq!(world.states(), states);
        assert_eq!(world.requests(person).await, usize::from(code.is_none()));
        if let Some(code) = code {
            let (told, words) = world.last().fault.unwrap();
            assert!(told == code && words.contains("1414"), "{told}: {words}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_not_delivered_comes_again_as_the_same_word() {
    let world = World::new().await;
    let person = world.guardian();
    let request = world.request(1, person).await;
    world.portal.push(&world.url, &request, None).await.unwrap();
    world.tell().await;
    world.work().await;
    world.tell().await;
    let first = world.last();
    world.portal.tell_delivery(&world.url, &first.message_id, "NOT_DELIVERED").await.unwrap();
    world.clock.advance(SignedDuration::from_secs(31));
    world.tell().await;
    let again = world.last();
    assert_ne!(again.message_id, first.message_id);
    assert_eq!((again.status_id, again.documents), (first.status_id, first.documents));
    // Where the gateway does not call us, it is asked.
    world.portal.set_delivery(&again.message_id, "DELIVERY_STOPPED");
    world.clock.advance(SignedDuration::from_secs(31));
    world.desk.ask_deliveries().await.unwrap();
    let kept = world.store.exchange(&external(1)).await.unwrap().unwrap();
    assert!(kept.progress.again && kept.progress.closed_at.is_none());
    world.clock.advance(SignedDuration::from_secs(61));
    world.tell().await;
    world.clock.advance(SignedDuration::from_secs(31));
    world.desk.ask_deliveries().await.unwrap();
    let kept = world.store.exchange(&external(1)).await.unwrap().unwrap();
    assert_eq!(kept.delivery, Some(app::Delivery::Delivered));
    assert_eq!((kept.progress.undelivered, kept.progress.ask_at), (0, None));
    assert_eq!(world.states(), ["accepted", "granted"]);
}
