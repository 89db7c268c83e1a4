//! Requests over the portal of the e-government whose signers are asked for their consent; and what is told again.

use std::sync::Arc;
use std::time::Duration;

use domain::ConsentDecision;

use super::askings::{asking_world, says};
use super::portal_exchange::{FakeLine, desk, exchange, id, tell_all};
use super::*;
use crate::testing::{FakeConsents, FakeVerifier};
use crate::{
    AccessReply, ConsentAskings, Delivery, Draft, Exchanges, ExternalId, NewExchange, PortalDesk,
    Said,
};

struct Asked {
    world: World,
    consents: Arc<FakeConsents>,
    desk: PortalDesk,
    line: Arc<FakeLine>,
    draft: Draft,
    cms: Vec<u8>,
}

/// Somebody's request has come.
async fn asked(word: &str) -> Asked {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    says(consents.ask_persons(), word);
    let (desk, line) = desk(&world);
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    let cms = FakeVerifier::sign(person, &draft.document);
    desk.take(&exchange(person, cms.clone())).await.unwrap();
    Asked { world, consents, desk, line, draft, cms }
}

impl Asked {
    /// Looks every five seconds, as the pause of the control has it.
    async fn pass(&self, seconds: i64) {
        for _ in 0..seconds / 5 {
            tell_all(&self.desk).await;
            self.world.later(5);
        }
        tell_all(&self.desk).await;
    }

    async fn registered(&self) -> usize {
        let person = self.draft.request.applicant;
        self.world.service.requests_of(person, None).await.unwrap().len()
    }

    async fn fault(&self) -> Option<String> {
        self.world.store.exchange(&id()).await.unwrap().unwrap().progress.fault
    }
}

#[tokio::test]
async fn the_signer_is_asked_and_his_yes_registers_what_he_signed() {
    let asked = asked("pending").await;
    asked.pass(60).await;
    assert_eq!(asked.line.states(), ["consent_asked"]);
    assert_eq!(asked.line.words()[0].said, Said::Kept { code: "consent_awaited".to_owned() });
    assert_eq!(asked.registered().await, 0, "the clock does not run yet");
    let questions = asked.consents.ask_persons().asked();
    assert_eq!(questions.iter().filter(|one| !one.is_repeated).count(), 1, "one message");
    asked.consents.ask_persons().gives();
    asked.pass(10).await;
    assert_eq!(asked.registered().await, 1);
    asked.world.work().await;
    tell_all(&asked.desk).await;
    assert_eq!(asked.line.states(), ["consent_asked", "accepted", "granted"]);
}

#[tokio::test]
async fn who_refuses_or_does_not_answer_has_not_insisted_and_nothing_is_registered() {
    for (word, fault, states) in [
        ("refuses", "consent_refused", &["not_registered"][..]),
        ("no answer", "consent_no_answer", &["not_registered"][..]),
        ("pending", "consent_no_answer", &["consent_asked", "not_registered"][..]),
    ] {
        let asked = asked(word).await;
        asked.pass(305).await;
        assert_eq!(asked.line.states(), states, "{word}");
        assert_eq!(asked.fault().await.as_deref(), Some(fault), "{word}");
        assert_eq!(asked.registered().await, 0, "{word}: no refusal on ground 9.2");
        // The portal brings what he signed once more: he is asked once more.
        asked.consents.ask_persons().gives();
        let again = NewExchange {
            external_id: ExternalId::parse("10100000000002").unwrap(),
            received_at: asked.world.service.now(),
            ..exchange(asked.draft.request.applicant, asked.cms.clone())
        };
        asked.desk.take(&again).await.unwrap();
        asked.pass(10).await;
        assert_eq!(asked.registered().await, 1, "{word}");
    }
}

#[tokio::test]
async fn a_control_that_falls_silent_after_its_message_ends_nothing_in_the_persons_name() {
    let asked = asked("pending").await;
    asked.pass(60).await;
    says(asked.consents.ask_persons(), "silence");
    asked.pass(400).await;
    assert_eq!(asked.line.states(), ["consent_asked", "consent_waits"]);
    assert_eq!((asked.fault().await, asked.registered().await), (None, 0));
    asked.consents.ask_persons().gives();
    asked.pass(60).await;
    assert_eq!(asked.registered().await, 1);
}

#[tokio::test]
async fn who_signs_that_he_withholds_it_is_asked_nothing_and_refused_by_ground_9_2() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    let draft = world.draft_of(person, ConsentDecision::Refused).await;
    let cms = FakeVerifier::sign(person, &draft.document);
    desk.take(&exchange(person, cms)).await.unwrap();
    tell_all(&desk).await;
    world.work().await;
    tell_all(&desk).await;
    assert_eq!(line.states(), ["accepted", "refused"]);
    assert!(consents.ask_persons().asked().is_empty());
}

#[tokio::test]
async fn a_silent_control_is_told_as_a_fault_and_a_bad_signature_asks_nobody() {
    let asked = asked("silence").await;
    asked.pass(400).await;
    assert_eq!(asked.line.states(), ["consent_waits"]);
    assert_eq!((asked.fault().await, asked.registered().await), (None, 0));
    asked.consents.ask_persons().gives();
    asked.pass(60).await;
    assert_eq!(asked.registered().await, 1, "nothing was lost but time");
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    let cms = FakeVerifier::sign_badly(person, &draft.document);
    desk.take(&exchange(person, cms)).await.unwrap();
    tell_all(&desk).await;
    assert_eq!(line.states(), ["not_registered"]);
    assert!(consents.ask_persons().asked().is_empty());
}

#[tokio::test]
async fn a_crash_amid_the_question_asks_no_second_one_and_a_draft_that_ends_ends_it() {
    let asked = asked("pending").await;
    asked.pass(10).await;
    // A process died with the lease in its hands, behind the question.
    let now = asked.world.service.now();
    let work = crate::ExchangeWork::Register;
    asked.world.later(5);
    let until = asked.world.service.after(SignedDuration::from_secs(20));
    assert!(now < until);
    let now = asked.world.service.now();
    asked.world.store.lease_exchange(work, now, until).await.unwrap().unwrap();
    asked.pass(30).await;
    let questions = asked.consents.ask_persons().asked();
    assert_eq!(questions.iter().filter(|one| !one.is_repeated).count(), 1);
    let question = asked.world.store.asking(&asked.draft.challenge).await.unwrap().unwrap();
    assert!(question.answer.is_none());
    asked.world.clock.set(asked.draft.expires_at);
    asked.world.later(1);
    asked.consents.ask_persons().says(AccessReply::Silent);
    tell_all(&asked.desk).await;
    assert_eq!(asked.fault().await.as_deref(), Some("draft_expired"));
    assert_eq!(asked.line.states(), ["consent_asked", "not_registered"]);
}

#[tokio::test]
async fn a_gateway_that_never_hears_keeps_nobody_from_registering() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    line.be_stuck();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let desk = Arc::new(desk);
    let running = tokio::spawn({
        let desk = desk.clone();
        async move { desk.run_until(async { drop(stopped.await) }).await }
    });
    let others: Vec<_> = (2..6).map(iin).collect();
    for (index, person) in (1_u32..).zip(std::iter::once(person).chain(others)) {
        let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
        let external_id = ExternalId::parse(&format!("1010{index:010}")).unwrap();
        let came = NewExchange { external_id: external_id.clone(), ..exchange(person, cms) };
        desk.take(&came).await.unwrap();
        let registered = async {
            while world
                .store
                .exchange(&external_id)
                .await
                .unwrap()
                .unwrap()
                .progress
                .number
                .is_none()
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), registered).await.expect("registered");
    }
    assert!(line.words().is_empty());
    running.abort();
    drop(stop);
}

#[tokio::test]
async fn what_was_not_delivered_is_told_again_later_and_later_until_it_is() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    desk.take(&exchange(person, cms)).await.unwrap();
    tell_all(&desk).await;
    desk.note_delivery("{m-1}", Delivery::NotDelivered).await.unwrap();
    tell_all(&desk).await;
    assert_eq!(line.states(), ["accepted"], "not at once");
    world.later(30);
    tell_all(&desk).await;
    let words = line.words();
    assert_eq!(words[0], words[1], "the same word under the same identifier");
    world.work().await;
    tell_all(&desk).await;
    let mut messages = line.words().len();
    for (tries, wait) in [(1, 30), (2, 60), (3, 120), (4, 240)] {
        let last = format!("{{m-{messages}}}");
        desk.note_delivery(&last, Delivery::Stopped).await.unwrap();
        let kept = world.store.exchange(&id()).await.unwrap().unwrap().progress;
        assert_eq!((kept.undelivered, kept.closed_at), (tries, None));
        world.later(wait - 1);
        tell_all(&desk).await;
        assert_eq!(line.words().len(), messages, "{tries}");
        world.later(1);
        tell_all(&desk).await;
        messages += 1;
        assert_eq!(line.words().len(), messages, "{tries}");
    }
    let last = format!("{{m-{messages}}}");
    desk.note_delivery(&last, Delivery::Delivered).await.unwrap();
    desk.note_delivery("{m-1}", Delivery::NotDelivered).await.unwrap();
    world.later(4_000);
    tell_all(&desk).await;
    assert_eq!(line.words().len(), messages);
    let answers: Vec<_> = line.words().into_iter().filter(|word| word.is_last).collect();
    assert_eq!(answers.len(), 5);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    let rows = world.store.audit_from(1, 1_000).await.unwrap();
    let delivered = rows.iter().filter(|row| row.action == AuditAction::Delivered.code()).count();
    assert_eq!(delivered, 1, "the person reads it once");
}

#[tokio::test]
async fn a_gateway_that_does_not_call_us_is_asked_what_was_delivered() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    desk.take(&exchange(person, cms)).await.unwrap();
    tell_all(&desk).await;
    world.work().await;
    tell_all(&desk).await;
    let ask = async |says: Option<Delivery>, seconds: i64| {
        world.later(seconds);
        line.says_of_deliveries(says);
        desk.ask_deliveries().await.unwrap();
        let kept = world.store.exchange(&id()).await.unwrap().unwrap();
        (kept.delivery, kept.progress.again)
    };
    assert_eq!(ask(Some(Delivery::Delivered), 29).await, (None, false), "too early");
    assert_eq!(ask(None, 1).await, (None, false));
    assert_eq!(ask(Some(Delivery::OnDelivery), 240).await, (Some(Delivery::OnDelivery), false));
    assert_eq!(ask(Some(Delivery::NotDelivered), 240).await, (Some(Delivery::NotDelivered), true));
    world.later(30);
    tell_all(&desk).await;
    assert_eq!(line.states(), ["accepted", "granted", "granted"]);
    assert_eq!(ask(Some(Delivery::Delivered), 30).await, (Some(Delivery::Delivered), false));
    assert_eq!(
        ask(Some(Delivery::NotDelivered), 9_000).await.0,
        Some(Delivery::Delivered),
        "known"
    );
}
