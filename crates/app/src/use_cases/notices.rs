//! Notices as messages: once each, in the language of the request, with nobody's data in what is kept, whatever gateways do.

use std::sync::Arc;

use domain::{Answer, EmailAddress, Iin, Language, Number};
use jiff::SignedDuration;

use super::{World, known_guardian, number_of, world_with};
use crate::testing::samples::{iin, moment};
use crate::testing::{
    FakeMailer, FakeMobileCitizensBase, FakeNoticeWords, FakeSmsGateway, MemoryStore,
};
use crate::{
    CallDesk, EmailError, Mail, MailFault, MessageChannel, MessageEnd, MessageTurn, Messenger,
    OneTimePasswords, Outbox, SmsFault, SmsOutcome, Store,
};

struct Stage {
    world: World,
    messenger: Messenger,
    gateway: Arc<FakeSmsGateway>,
    numbers: Arc<FakeMobileCitizensBase>,
    mailer: Arc<FakeMailer>,
}

fn stage() -> Stage {
    let gateway = Arc::new(FakeSmsGateway::default());
    let numbers = Arc::new(FakeMobileCitizensBase::default());
    let mailer = Arc::new(FakeMailer::default());
    let (sms, base) = (gateway.clone(), numbers.clone());
    let (requests, second_step, notices) = (false, false, true);
    let offered = OneTimePasswords { base, gateway: sms, requests, second_step, notices };
    let letters = mailer.clone();
    let store = Arc::new(MemoryStore::default());
    let kept = store.clone();
    let mut world = world_with(|parts| {
        parts.one_time_passwords = Some(offered);
        parts.mail = Some(Mail { mailer: letters, addresses: kept.clone() });
        parts.store = kept.clone();
        parts.desk = kept;
    });
    world.store = store;
    numbers.connect(iin(1), "+77010000042");
    let messenger = messenger(&world);
    Stage { world, messenger, gateway, numbers, mailer }
}

fn messenger(world: &World) -> Messenger {
    Messenger::new(world.service.clone(), world.store.clone(), Arc::new(FakeNoticeWords))
}

impl Stage {
    /// A guardian who left an address, with an answered request.
    async fn answered(&self) -> Number {
        let person = known_guardian(&self.world);
        self.leave_email(person).await;
        let number = self.world.ask(person).await;
        self.world.work().await;
        number
    }

    async fn leave_email(&self, person: Iin) {
        let words = |code: &str| ("code".to_owned(), code.to_owned());
        let service = &self.world.service;
        service.leave_email(person, "aigul@example.kz", Language::Ru, words).await.unwrap();
        service.confirm_email(person, &self.mailer.last_code()).await.unwrap();
    }

    /// Letters besides those with codes.
    fn letters(&self) -> Vec<String> {
        let all = self.mailer.taken();
        all.into_iter().filter(|one| one.subject != "code").map(|one| one.text).collect()
    }

    fn pass(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
    }

    async fn waiting(&self) -> [u64; 2] {
        let standing = self.world.store.outbox_standing().await.unwrap();
        [standing[0].waiting, standing[1].waiting]
    }

    async fn ends(&self) -> Vec<(String, String)> {
        let rows = self.world.store.audit_from(1, 500).await.unwrap();
        let told = rows.into_iter().filter(|row| row.action.starts_with("message_"));
        told.map(|row| (row.action, row.detail)).collect()
    }
}

fn said(end: &str, detail: &str) -> (String, String) {
    (format!("message_{end}"), detail.to_owned())
}

#[tokio::test]
async fn a_notice_goes_out_once_on_each_way_in_the_language_of_the_request() {
    let stage = stage();
    let number = stage.answered().await;
    let other = messenger(&stage.world);
    for _ in 0..3 {
        let (one, two) = tokio::join!(stage.messenger.work(), other.work());
        one.unwrap();
        two.unwrap();
        stage.pass(3_600);
    }
    let (telephone, text) = stage.gateway.last();
    assert_eq!(telephone.e164(), "+77010000042");
    assert_eq!((stage.gateway.count(), text), (1, format!("answered {number} kk")));
    assert_eq!(stage.letters(), [format!("answered {number} kk")]);
    let letter = stage.mailer.taken().pop().unwrap();
    assert_eq!((letter.language, letter.key), (Language::Kk, format!("{number}.answered.0")));
    assert_eq!(
        stage.ends().await,
        [said("taken", "sms answered"), said("taken", "email answered")]
    );
    let rows = stage.world.store.audit_of(&number).await.unwrap();
    let told = rows.iter().filter(|row| row.action == "message_taken");
    assert!(told.into_iter().all(|row| row.subject == iin(1).digits()), "in his history");
}

#[tokio::test]
async fn a_dead_gateway_delays_neither_letters_nor_answers_and_is_asked_seldom() {
    let stage = stage();
    stage.gateway.fail(Some(SmsFault::Unreachable("silent".to_owned())));
    let number = stage.answered().await;
    assert!(stage.world.state(&number).await.is_final(), "the answer does not wait");
    stage.messenger.work().await.unwrap();
    assert_eq!(stage.letters().len(), 1);
    assert_eq!(stage.waiting().await, [1, 0]);
    for person in 2..=6 {
        stage.world.bank.know(crate::testing::samples::guardian_record(iin(person), &["w1"]));
        stage.numbers.connect(iin(person), "+77010000043");
        let cms = stage
            .world
            .signed(iin(person), domain::WardsAsked::All, domain::ConsentDecision::Given)
            .await;
        number_of(stage.world.submit(&format!("key-{person}"), cms).await.unwrap());
        stage.world.work().await;
    }
    stage.messenger.work().await.unwrap();
    assert_eq!(stage.waiting().await, [6, 0]);
    // Three silent tries, and the way is left alone: the rest is not even taken up.
    let turn = stage.messenger.turn(MessageChannel::Sms).await.unwrap();
    assert!(matches!(turn, MessageTurn::LeftAlone(_)), "{turn:?}");
    let alone = [(MessageChannel::Sms, true), (MessageChannel::Email, false)];
    assert_eq!(stage.messenger.left_alone(), alone);
    stage.gateway.fail(None);
    for _ in 0..4 {
        stage.pass(600);
        stage.messenger.work().await.unwrap();
    }
    assert_eq!((stage.waiting().await, stage.gateway.count()), ([0, 0], 6));
    assert!(stage.messenger.left_alone().iter().all(|(_, is_alone)| !is_alone));
    assert_eq!(stage.messenger.ended(MessageChannel::Sms, MessageEnd::Taken), 6);
    assert_eq!(stage.messenger.ended(MessageChannel::Email, MessageEnd::Taken), 1);
}

#[tokio::test]
async fn whoever_dies_between_the_gateway_and_the_store_sends_again_and_ends_once() {
    let stage = stage();
    stage.answered().await;
    let channels = stage.messenger.channels();
    while stage.messenger.fill(&channels).await.unwrap() {}
    let (now, until) = (moment(0), moment(90));
    let store = &stage.world.store;
    // A node leased it, handed it over and died.
    let lost = store.lease_message(MessageChannel::Sms, now, until).await.unwrap();
    assert!(lost.is_some());
    let number = domain::PhoneNumber::parse("+77010000042").unwrap();
    crate::SmsGateway::send(&*stage.gateway, &number, "as it was").await.unwrap();
    stage.messenger.work().await.unwrap();
    assert_eq!((stage.gateway.count(), stage.waiting().await), (1, [1, 0]), "it is the other's");
    stage.pass(91);
    stage.messenger.work().await.unwrap();
    stage.messenger.work().await.unwrap();
    assert_eq!(stage.gateway.count(), 2, "at least once");
    let ends = stage.ends().await;
    let of_sms = ends.iter().filter(|(_, detail)| detail == "sms answered");
    assert_eq!(of_sms.count(), 1, "and one end");
}

#[tokio::test]
async fn what_cannot_be_delivered_ends_and_says_why() {
    for (number, fault, end) in [
        (Answer::Absent, None, "had_no_address"),
        (known("+77010000042"), Some(SmsFault::NumberRefused), "refused"),
    ] {
        let stage = stage();
        stage.numbers.answer(iin(1), number);
        stage.gateway.fail(fault);
        stage.mailer.fail(None);
        let request = stage.answered().await;
        stage.mailer.fail(Some(MailFault::AddressRefused));
        stage.messenger.work().await.unwrap();
        assert_eq!(
            stage.ends().await,
            [said(end, "sms answered"), said("refused", "email answered")]
        );
        let notices = stage.world.service.notices_of(iin(1)).await.unwrap();
        assert_eq!(notices[0].number, request, "the cabinet has it all the same");
    }
}

fn known(number: &str) -> Answer<domain::PhoneNumber> {
    Answer::Known(domain::PhoneNumber::parse(number).unwrap())
}

#[tokio::test]
async fn what_is_no_news_any_more_is_given_up() {
    let stage = stage();
    stage.numbers.answer(iin(1), Answer::Unavailable);
    stage.answered().await;
    stage.messenger.work().await.unwrap();
    assert_eq!(stage.waiting().await, [1, 0], "a base that is silent says nothing of a person");
    let mut tries = 0;
    while stage.waiting().await[0] == 1 {
        stage.pass(1_500);
        stage.messenger.work().await.unwrap();
        tries += 1;
    }
    assert!((110..=120).contains(&tries), "two days: {tries}");
    assert_eq!(stage.ends().await.last(), Some(&said("given_up", "sms answered")));
    assert_eq!(stage.messenger.ended(MessageChannel::Sms, MessageEnd::GivenUp), 1);
    stage.numbers.connect(iin(1), "+77010000042");
    stage.pass(60);
    stage.messenger.work().await.unwrap();
    assert_eq!(stage.gateway.count(), 0);
}

#[tokio::test]
async fn that_the_term_has_passed_is_not_sent_behind_the_answer() {
    let stage = stage();
    let person = known_guardian(&stage.world);
    stage.world.bank.go_down();
    let number = stage.world.ask(person).await;
    stage.world.work().await;
    stage.pass(1_801);
    stage.world.service.raise_alarms().await.unwrap();
    stage.gateway.fail(Some(SmsFault::TryLater));
    stage.messenger.work().await.unwrap();
    stage.world.bank.come_up();
    stage.pass(60);
    stage.world.work().await;
    assert!(stage.world.state(&number).await.is_final());
    stage.gateway.fail(None);
    stage.pass(60);
    stage.messenger.work().await.unwrap();
    assert_eq!(stage.gateway.count(), 1);
    assert_eq!(stage.gateway.last().1, format!("answered {number} kk"));
    assert_eq!(
        stage.ends().await,
        [said("given_up", "sms overdue"), said("taken", "sms answered")]
    );
    let given_up = stage.messenger.ended(MessageChannel::Sms, MessageEnd::GivenUp);
    assert_eq!(given_up, 0, "nobody has to be woken for what was overtaken");
}

#[tokio::test]
async fn what_1414_sends_again_goes_the_same_way_once_for_each_wish() {
    let stage = stage();
    let number = stage.answered().await;
    stage.messenger.work().await.unwrap();
    let desk = CallDesk::software("op-1").unwrap();
    for count in 2..=3 {
        stage.pass(700);
        let sent = stage.world.service.send_notice_again(&desk, &number).await.unwrap();
        assert_eq!(sent.sms, SmsOutcome::Queued);
        for _ in 0..2 {
            stage.messenger.work().await.unwrap();
        }
        assert_eq!(stage.gateway.count(), count);
        assert_eq!(stage.gateway.last().1, format!("answered_again {number} kk"));
    }
    stage.numbers.answer(iin(1), Answer::Absent);
    stage.pass(700);
    let sent = stage.world.service.send_notice_again(&desk, &number).await.unwrap();
    assert_eq!(sent.sms, SmsOutcome::NoNumber);
}

#[tokio::test]
async fn an_address_is_confirmed_by_its_code_and_forgotten_when_it_is_taken_back() {
    let stage = stage();
    let (service, person) = (&stage.world.service, iin(1));
    let words = |code: &str| ("code".to_owned(), code.to_owned());
    let bad = service.leave_email(person, "aigul@", Language::Kk, words).await.unwrap_err();
    assert_eq!(bad.code(), "email_address");
    stage.mailer.fail(Some(MailFault::Unreachable("silent".to_owned())));
    let silent = service.leave_email(person, "a@example.kz", Language::Kk, words).await;
    assert_eq!(silent.unwrap_err().code(), "mail_unreachable");
    stage.mailer.fail(None);
    let soon = service.leave_email(person, "a@example.kz", Language::Kk, words).await;
    assert!(matches!(soon, Err(EmailError::Wait(until)) if until == moment(60)), "{soon:?}");
    stage.pass(60);
    stage.leave_email(person).await;
    let standing = service.email_of(person).await.unwrap();
    let address = EmailAddress::parse("aigul@example.kz").unwrap();
    assert_eq!((standing.confirmed, standing.waiting), (Some(address), None));
    let again = service.confirm_email(person, &stage.mailer.last_code()).await.unwrap_err();
    assert_eq!(again.code(), "email_none_sent");
    // A notice that waits when he takes it back goes nowhere.
    stage.mailer.fail(Some(MailFault::TryLater));
    let person = known_guardian(&stage.world);
    stage.world.ask(person).await;
    stage.world.work().await;
    stage.messenger.work().await.unwrap();
    service.remove_email(person).await.unwrap();
    service.remove_email(person).await.unwrap();
    stage.mailer.fail(None);
    stage.pass(600);
    stage.messenger.work().await.unwrap();
    assert_eq!(stage.ends().await.last(), Some(&said("had_no_address", "email answered")));
    assert!(stage.letters().is_empty());
    let rows = stage.world.store.audit_from(1, 500).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.action == "email_removed").count(), 1);
    for row in rows {
        assert!(!row.detail.contains('@') && !row.detail.contains("7701"), "{}", row.action);
    }
}

/// Nothing of the person reaches what is kept of a message: its printed form has every field.
#[tokio::test]
async fn what_is_kept_of_a_message_tells_nothing_of_the_person() {
    let stage = stage();
    let number = stage.answered().await;
    let channels = stage.messenger.channels();
    while stage.messenger.fill(&channels).await.unwrap() {}
    for channel in channels {
        let leased = stage.world.store.lease_message(channel, moment(0), moment(9)).await.unwrap();
        let printed = format!("{:?}", leased.unwrap());
        assert!(printed.contains(number.as_str()), "{printed}");
        for personal in [&*iin(1).digits(), "7701", "aigul", "ӘЛІМ", "w1"] {
            assert!(!printed.contains(personal), "{printed}");
        }
    }
}
