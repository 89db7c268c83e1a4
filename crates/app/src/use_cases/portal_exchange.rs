//! Requests that come over the portal of the e-government: what it is told, and what it is never told.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::*;
use crate::{
    Delivery, ExchangeTaken, Exchanges, ExternalId, LineFault, NewExchange, PortalDesk, PortalLine,
    PortalWord, Said,
};

/// A gateway that notes down what it was told, and can be away.
#[derive(Default)]
pub(super) struct FakeLine {
    told: Mutex<Vec<PortalWord>>,
    is_away: Mutex<bool>,
    /// What it says of the delivery of every message; it says nothing otherwise.
    delivery: Mutex<Option<Delivery>>,
    /// Hears nothing for ever where it is set.
    is_stuck: Mutex<bool>,
    /// Goes down once, as soon as something was told.
    falls: Mutex<Option<Arc<MemoryStore>>>,
}

impl FakeLine {
    pub(super) fn says_of_deliveries(&self, delivery: Option<Delivery>) {
        *self.delivery.lock().unwrap() = delivery;
    }

    pub(super) fn be_stuck(&self) {
        *self.is_stuck.lock().unwrap() = true;
    }

    pub(super) fn be_away(&self, away: bool) {
        *self.is_away.lock().unwrap_or_else(PoisonError::into_inner) = away;
    }

    pub(super) fn words(&self) -> Vec<PortalWord> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn states(&self) -> Vec<&'static str> {
        self.words().iter().map(PortalWord::state).collect()
    }
}

#[async_trait]
impl PortalLine for FakeLine {
    async fn tell(&self, word: &PortalWord) -> Result<String, LineFault> {
        if *self.is_away.lock().unwrap() {
            return Err(LineFault("no_connection"));
        }
        let is_stuck = *self.is_stuck.lock().unwrap();
        if is_stuck {
            std::future::pending::<()>().await;
        }
        let mut told = self.told.lock().unwrap();
        told.push(word.clone());
        if let Some(store) = self.falls.lock().unwrap().take() {
            store.go_down();
        }
        Ok(format!("{{m-{}}}", told.len()))
    }

    async fn delivery(&self, _: &str) -> Result<Delivery, LineFault> {
        self.delivery.lock().unwrap().ok_or(LineFault("no_connection"))
    }
}

pub(super) fn desk(world: &World) -> (PortalDesk, Arc<FakeLine>) {
    let line = Arc::new(FakeLine::default());
    let desk = PortalDesk::new(world.service.clone(), world.store.clone(), line.clone());
    (desk, line)
}

pub(super) fn id() -> ExternalId {
    ExternalId::parse("10100000000001").unwrap()
}

pub(super) fn exchange(applicant: Iin, signature: Vec<u8>) -> NewExchange {
    NewExchange {
        external_id: id(),
        external_chain: "1".to_owned(),
        chain: "{chain}".to_owned(),
        message: "{message}".to_owned(),
        applicant,
        body_digest: "digest".to_owned(),
        signature,
        received_at: moment(0),
    }
}

pub(super) async fn tell_all(desk: &PortalDesk) {
    while desk.work_once().await.unwrap() {}
}

#[tokio::test]
async fn the_portal_is_told_each_state_once_and_the_answer_with_its_documents_last() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    world.bank.go_down();
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    let came = exchange(person, cms);
    assert_eq!(desk.take(&came).await.unwrap(), ExchangeTaken::New);
    assert_eq!(desk.take(&came).await.unwrap(), ExchangeTaken::Same);
    tell_all(&desk).await;
    world.work().await;
    tell_all(&desk).await;
    world.clock.advance(SignedDuration::from_mins(31));
    world.service.raise_alarms().await.unwrap();
    tell_all(&desk).await;
    world.bank.come_up();
    world.clock.advance(SignedDuration::from_mins(10));
    world.work().await;
    tell_all(&desk).await;
    let told = ["accepted", "waiting_for_data_bank", "term_passed", "granted"];
    assert_eq!(line.states(), told);
    let words = line.words();
    let last = words.last().unwrap();
    assert!(last.is_last && words.iter().filter(|word| word.is_last).count() == 1);
    let Said::Request { stored, documents } = &last.said else { panic!("a request") };
    assert_eq!(stored.channel, Channel::EgovPortal);
    let [document] = documents.as_slice() else { panic!("one document") };
    let own = world.service.request_view(&stored.number, Some(person)).await.unwrap().unwrap();
    let sealed = world.service.download(&own.results[0].id, Some(person)).await.unwrap().unwrap();
    assert!(sealed.1 == document.bytes, "byte for byte as in our cabinet");
    let kept = world.store.exchange(&id()).await.unwrap().unwrap().progress;
    assert!(kept.closed_at.is_some() && kept.signature.is_none());
    let view = world.service.request_view(&stored.number, Some(person)).await.unwrap().unwrap();
    let delivered = AuditAction::Delivered.code();
    assert!(view.history.iter().any(|line| line.action == delivered), "the person sees it");
    world.clock.advance(SignedDuration::from_hours(48));
    tell_all(&desk).await;
    assert_eq!(line.states().len(), 4, "nothing is told behind the answer");
}

#[tokio::test]
async fn a_gateway_that_is_away_for_a_while_hears_everything_afterwards() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    line.be_away(true);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    desk.take(&exchange(person, cms)).await.unwrap();
    for _ in 0..6 {
        tell_all(&desk).await;
        world.work().await;
        world.clock.advance(SignedDuration::from_secs(40));
    }
    assert_eq!(line.states(), Vec::<&str>::new());
    let kept = world.store.exchange(&id()).await.unwrap().unwrap().progress;
    assert!(kept.attempts >= 5 && kept.number.is_some());
    line.be_away(false);
    tell_all(&desk).await;
    assert_eq!(line.states(), ["accepted", "granted"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_and_nothing_is_registered() {
    for (wrong, code) in [
        ("bad", "signature_invalid"),
        ("unknown", "draft_unknown"),
        ("another", "someone_elses_signature"),
        ("ward", "ward_not_found_for_applicant"),
        ("late", "draft_expired"),
    ] {
        let world = world();
        let person = known_guardian(&world);
        let (desk, line) = desk(&world);
        let wards = match wrong {
            "ward" => WardsAsked::Named(vec![iin(9)]),
            _ => WardsAsked::All,
        };
        let cms = world.signed(person, wards, ConsentDecision::Given).await;
        let content = world.verifier_content(&cms);
        let cms = match wrong {
            "bad" => FakeVerifier::sign_badly(person, &content),
            "unknown" => {
                let text = String::from_utf8(content).unwrap();
                let place = text.find("\"challenge\": \"").unwrap() + 14;
                let other = format!("{}0000{}", &text[..place], &text[place + 4..]);
                FakeVerifier::sign(person, other.as_bytes())
            }
            _ => cms,
        };
        if wrong == "late" {
            world.clock.advance(SignedDuration::from_mins(31));
        }
        let applicant = if wrong == "another" { iin(2) } else { person };
        desk.take(&exchange(applicant, cms)).await.unwrap();
        tell_all(&desk).await;
        let words = line.words();
        let [word] = words.as_slice() else { panic!("{wrong}: {words:?}") };
        assert_eq!(word.said, Said::NotRegistered { code: code.to_owned() }, "{wrong}");
        assert!(word.is_last);
        assert!(world.service.requests_of(person, None).await.unwrap().is_empty(), "{wrong}");
        world.clock.advance(SignedDuration::from_hours(1));
        tell_all(&desk).await;
        assert_eq!(line.words().len(), 1);
    }
}

#[tokio::test]
async fn a_signature_that_cannot_be_judged_is_kept_and_told_once() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    world.verifier.go_down("ocsp_silent");
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    desk.take(&exchange(person, cms)).await.unwrap();
    for _ in 0..4 {
        tell_all(&desk).await;
        world.clock.advance(SignedDuration::from_secs(40));
    }
    assert_eq!(line.states(), ["signature_waits"]);
    world.verifier.come_up();
    tell_all(&desk).await;
    world.work().await;
    tell_all(&desk).await;
    assert_eq!(line.states(), ["signature_waits", "accepted", "granted"]);
}

#[tokio::test]
async fn a_signature_nobody_could_judge_in_time_is_no_request() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    world.verifier.go_down("ocsp_silent");
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    desk.take(&exchange(person, cms)).await.unwrap();
    tell_all(&desk).await;
    world.clock.advance(SignedDuration::from_mins(31));
    tell_all(&desk).await;
    assert_eq!(line.states(), ["signature_waits", "not_registered"]);
    let kept = world.store.exchange(&id()).await.unwrap().unwrap().progress;
    assert_eq!((kept.fault.as_deref(), kept.signature), (Some("draft_expired"), None));
}

#[tokio::test]
async fn a_crash_anywhere_tells_again_under_the_same_identifier_and_registers_once() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    desk.take(&exchange(person, cms.clone())).await.unwrap();
    // Registered, and gone before anything was noted down.
    let key = IdempotencyKey(format!("egov-portal-{}", id().as_str()));
    let channel = Channel::EgovPortal;
    let submission = Submission { key, cms, channel, signed_in: Some(person) };
    let registered = number_of(world.service.submit(submission).await.unwrap());
    let (now, until) = (world.clock_now(), moment(20));
    world.store.lease_exchange(crate::ExchangeWork::Register, now, until).await.unwrap().unwrap();
    assert!(!desk.work_once().await.unwrap(), "leased by who crashed");
    world.clock.advance(SignedDuration::from_secs(20));
    tell_all(&desk).await;
    let number = world.store.exchange(&id()).await.unwrap().unwrap().progress.number;
    assert_eq!(number, Some(registered));
    world.work().await;
    // Told, and gone before that was noted down.
    *line.falls.lock().unwrap() = Some(world.store.clone());
    assert!(desk.work_once().await.unwrap());
    world.store.come_up();
    assert!(!desk.work_once().await.unwrap(), "leased by who crashed");
    world.clock.advance(SignedDuration::from_secs(20));
    tell_all(&desk).await;
    let words = line.words();
    let [_, granted, again] = words.as_slice() else { panic!("{words:?}") };
    assert_eq!(granted, again, "the same word with the same identifier");
}

#[tokio::test]
async fn nothing_is_told_of_what_came_another_way() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    world.ask(person).await;
    world.work().await;
    tell_all(&desk).await;
    assert_eq!(line.words(), []);
}

#[tokio::test]
async fn who_has_an_open_request_is_told_of_that_one() {
    let world = world();
    let person = known_guardian(&world);
    let (desk, line) = desk(&world);
    world.bank.go_down();
    let open = world.ask(person).await;
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    desk.take(&exchange(person, cms)).await.unwrap();
    tell_all(&desk).await;
    let words = line.words();
    let Said::Request { stored, .. } = &words[0].said else { panic!("{words:?}") };
    assert_eq!(stored.number, open);
}

impl World {
    fn clock_now(&self) -> jiff::Timestamp {
        self.service.now()
    }

    fn verifier_content(&self, cms: &[u8]) -> Vec<u8> {
        crate::SignatureVerifier::content(&*self.verifier, cms).unwrap()
    }
}
