//! What is not the portal's word, or not now, or not as agreed: nothing of it has any effect.

use app::Exchanges;
use app::testing::samples::iin;
use jiff::SignedDuration;
use simulators::egov_portal::Wrong;
use simulators::shep::Spoil;

use super::world::{World, ask, external};

const WRONG: [(Wrong, &str); 14] = [
    (Wrong::Spoilt(Spoil::Unsigned), "SIGNATURE_NOT_ACCEPTED: security_missing"),
    (Wrong::Spoilt(Spoil::Stranger), "SIGNATURE_NOT_ACCEPTED: not_pinned"),
    (Wrong::Spoilt(Spoil::Forger), "SIGNATURE_NOT_ACCEPTED: signature_mismatch"),
    (Wrong::Spoilt(Spoil::BrokenXml), "SIGNATURE_NOT_ACCEPTED: xml_malformed"),
    (Wrong::Spoilt(Spoil::Altered), "SIGNATURE_NOT_ACCEPTED: digest_mismatch"),
    (Wrong::Spoilt(Spoil::BodyInHeader), "SIGNATURE_NOT_ACCEPTED: part_elsewhere"),
    (Wrong::Spoilt(Spoil::SameId), "SIGNATURE_NOT_ACCEPTED: part_elsewhere"),
    (Wrong::Spoilt(Spoil::TwoBodies), "SIGNATURE_NOT_ACCEPTED: envelope_form"),
    (Wrong::Old, "DATE_NOT_ACCEPTED"),
    (Wrong::Future, "DATE_NOT_ACCEPTED"),
    (Wrong::Sender, "SENDER_NOT_ACCEPTED"),
    (Wrong::Service, "SERVICE_UNKNOWN"),
    (Wrong::Schema, "NOT_AS_THE_SCHEMA"),
    (Wrong::Oversized, "status 413"),
];

#[tokio::test]
async fn nothing_that_is_wrong_is_taken_and_each_is_told_why() {
    let world = World::new().await;
    let person = world.guardian();
    let request = world.request(1, person).await;
    for (wrong, words) in WRONG {
        let pushed = world.portal.push(&world.url, &request, Some(wrong)).await.unwrap_err();
        assert!(pushed.to_string().contains(words), "{wrong:?}: {pushed}");
        let draft = ask(person, &[], true);
        let asked = world.portal.ask_draft(&world.url, &draft, Some(wrong)).await.unwrap_err();
        assert!(asked.to_string().contains(words), "{wrong:?}: {asked}");
    }
    assert_eq!(world.store.exchange(&external(1)).await.unwrap(), None);
    world.tell().await;
    assert!(world.portal.told().is_empty());
}

#[tokio::test]
async fn a_question_that_comes_again_is_not_answered_again() {
    let world = World::new().await;
    let person = world.guardian();
    let id = external(1);
    let question = world.portal.signed_state_question(&person.digits(), id.as_str()).unwrap();
    let url = format!("{}/shep/sync", world.url);
    world.portal.send(&url, question.clone()).await.unwrap();
    let again = world.portal.send(&url, question.clone()).await.unwrap_err();
    assert!(again.to_string().contains("MESSAGE_REPEATED"), "{again}");
    world.clock.advance(SignedDuration::from_mins(6));
    let late = world.portal.send(&url, question).await.unwrap_err();
    assert!(late.to_string().contains("DATE_NOT_ACCEPTED"), "{late}");
}

#[tokio::test]
async fn a_message_counts_at_its_own_place_only() {
    let world = World::new().await;
    let person = world.guardian();
    let question = world.portal.signed_state_question(&person.digits(), "10100000000001").unwrap();
    let url = format!("{}/shep/async", world.url);
    let error = world.portal.send(&url, question).await.unwrap_err();
    assert!(error.to_string().contains("NOT_AS_THE_SCHEMA"), "{error}");
    let client = reqwest::Client::new();
    for (path, kind, expected) in
        [("sync", "application/json", 415), ("async", "text/html", 415), ("sync", "text/xml", 500)]
    {
        let url = format!("{}/shep/{path}", world.url);
        let answer = client.post(&url).header("content-type", kind).body("<a/>").send().await;
        assert_eq!(answer.unwrap().status().as_u16(), expected);
        assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), 405);
    }
}

#[tokio::test]
async fn while_the_store_is_away_the_gateway_is_told_to_come_again() {
    let world = World::new().await;
    let person = world.guardian();
    let request = world.request(1, person).await;
    world.store.go_down();
    let error = world.portal.push(&world.url, &request, None).await.unwrap_err();
    assert!(error.to_string().contains("NOT_NOW"), "{error}");
    let draft = ask(person, &[], true);
    let error = world.portal.ask_draft(&world.url, &draft, None).await.unwrap_err();
    assert!(error.to_string().contains("NOT_NOW"), "{error}");
    world.store.come_up();
    world.portal.push(&world.url, &request, None).await.unwrap();
    // A gateway that was itself away for hours brings it late, and it is taken.
    let other = world.request(2, person).await;
    world.clock.advance(SignedDuration::from_hours(20));
    world.portal.push(&world.url, &other, None).await.unwrap();
}

#[tokio::test]
async fn while_too_many_wait_the_gateway_keeps_what_it_has() {
    let world = World::new().await;
    let person = world.guardian();
    let (pushed, fetched) = (world.request(1, person).await, world.request(2, iin(9)).await);
    for other in 2..=4 {
        let request = world.request(u64::from(other) + 10, iin(other)).await;
        world.portal.push(&world.url, &request, None).await.unwrap();
    }
    world.tell().await;
    let second = SignedDuration::from_secs(1);
    world.clock.advance(second);
    let draft = ask(person, &[], true);
    let error = world.portal.ask_draft(&world.url, &draft, None).await.unwrap_err();
    assert!(error.to_string().contains("NOT_NOW"), "told before he signs: {error}");
    let error = world.portal.push(&world.url, &pushed, None).await.unwrap_err();
    assert!(error.to_string().contains("NOT_NOW"), "{error}");
    world.portal.let_wait(&fetched);
    assert_eq!(world.poll.once().await.unwrap(), 0);
    world.work().await;
    world.clock.advance(second);
    world.portal.push(&world.url, &pushed, None).await.unwrap();
    assert_eq!(world.poll.once().await.unwrap(), 1);
}
