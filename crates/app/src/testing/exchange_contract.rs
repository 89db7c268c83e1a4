//! What every store promises of exchanges with the portal of the e-government: each is kept once, worked on by one at a
//! time, and comes up whenever there is something the portal was not told.

use domain::WaitingFor;

use super::samples::{draft, iin, moment, registration, step, stored};
use super::store_contract::Fixture;
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    Delivery, DeliveryNote, Effect, ExchangeLease, ExchangeProgress, ExchangeTaken, ExchangeWork,
    Exchanges, ExternalId, NewExchange, Notice, NoticeKind, StoreError,
};

/// Makes a test of each promise; the argument is an async function that opens a fresh store.
#[macro_export]
macro_rules! exchange_contract {
    ($open:path) => {
        $crate::store_contract!(@each $open; exchange_contract;
            an_exchange_is_kept_once_even_in_parallel
            one_worker_at_a_time_has_an_exchange
            an_exchange_comes_up_whenever_the_portal_does_not_know_the_state
            a_closed_exchange_never_comes_up_again
            registering_and_telling_have_turns_of_their_own
            what_the_gateway_says_of_a_delivery_is_noted_with_the_last_message
        );
    };
}

fn id(index: u64) -> ExternalId {
    ExternalId::parse(&format!("1010{index:010}")).unwrap()
}

fn new(index: u64) -> NewExchange {
    NewExchange {
        external_id: id(index),
        external_chain: format!("chain-{index}"),
        chain: format!("{{chain-{index}}}"),
        message: format!("{{message-{index}}}"),
        applicant: iin(1),
        body_digest: "digest".to_owned(),
        signature: vec![0, 1, 255],
        received_at: moment(0),
    }
}

async fn leased(exchanges: &dyn Exchanges, at: i64) -> Option<ExchangeLease> {
    exchanges.lease_exchange(ExchangeWork::Register, moment(at), moment(at + 20)).await.unwrap()
}

async fn to_tell(exchanges: &dyn Exchanges, at: i64) -> Option<ExchangeLease> {
    exchanges.lease_exchange(ExchangeWork::Tell, moment(at), moment(at + 20)).await.unwrap()
}

/// As it came, whoever brings it again, and told apart from another under its name.
pub async fn an_exchange_is_kept_once_even_in_parallel(fixture: Fixture) {
    let exchanges = fixture.exchanges;
    let tries = (0..8).map(|_| {
        let exchanges = exchanges.clone();
        tokio::spawn(async move { exchanges.take_exchange(&new(1)).await.unwrap() })
    });
    let mut fresh = 0;
    for one in tries.collect::<Vec<_>>() {
        fresh += usize::from(one.await.unwrap() == ExchangeTaken::New);
    }
    assert_eq!(fresh, 1);
    let other = NewExchange { body_digest: "other".to_owned(), ..new(1) };
    assert_eq!(exchanges.take_exchange(&other).await.unwrap(), ExchangeTaken::OtherBody);
    let repeated = NewExchange { message: "{another}".to_owned(), ..new(1) };
    assert_eq!(exchanges.take_exchange(&repeated).await.unwrap(), ExchangeTaken::Same);
    let kept = exchanges.exchange(&id(1)).await.unwrap().unwrap();
    let came = new(1);
    assert_eq!((kept.external_chain, kept.chain), (came.external_chain, came.chain));
    assert_eq!((kept.applicant, kept.received_at), (iin(1), moment(0)));
    let progress = ExchangeProgress { signature: Some(vec![0, 1, 255]), ..Default::default() };
    assert_eq!((kept.progress, kept.delivery), (progress, None));
    assert_eq!(exchanges.exchange(&id(2)).await.unwrap(), None);
}

/// A lease that ran out counts as a try, and whoever held it writes nothing any more.
pub async fn one_worker_at_a_time_has_an_exchange(fixture: Fixture) {
    let exchanges = fixture.exchanges;
    exchanges.take_exchange(&new(1)).await.unwrap();
    let tries = (0..8).map(|_| {
        let exchanges = exchanges.clone();
        tokio::spawn(async move { leased(&*exchanges, 1).await })
    });
    let mut leases = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        leases.extend(one.await.unwrap());
    }
    let [slow] = leases.as_slice() else { panic!("{} leases", leases.len()) };
    assert_eq!(leased(&*exchanges, 20).await, None);
    let quick = leased(&*exchanges, 21).await.unwrap();
    assert_eq!((quick.exchange.progress.attempts, quick.fence), (1, slow.fence + 1));
    let waits = Some(("signature_waits".to_owned(), "ocsp_silent".to_owned()));
    let judged = ExchangeProgress { waits, ..quick.exchange.progress.clone() };
    let late = exchanges.settle_exchange(slow, &judged, moment(22)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    exchanges.settle_exchange(&quick, &judged, moment(30)).await.unwrap();
    let twice = exchanges.settle_exchange(&quick, &judged, moment(30)).await;
    assert!(matches!(twice, Err(StoreError::LeaseLost)), "{twice:?}");
    assert_eq!(leased(&*exchanges, 29).await, None, "too early");
    assert_eq!(leased(&*exchanges, 30).await.unwrap().exchange.progress, judged);
}

/// Nobody who changes a request has to remember the portal.
pub async fn an_exchange_comes_up_whenever_the_portal_does_not_know_the_state(fixture: Fixture) {
    let (store, exchanges) = (fixture.store, fixture.exchanges);
    let draft = draft(iin(1), "challenge");
    store.put_draft(&draft).await.unwrap();
    let registration = registration(&draft, 1, "key");
    store.register(&registration).await.unwrap();
    exchanges.take_exchange(&new(1)).await.unwrap();
    let lease = leased(&*exchanges, 1).await.unwrap();
    let number = Some(registration.number.clone());
    let registered = ExchangeProgress { signature: None, number, ..Default::default() };
    exchanges.settle_exchange(&lease, &registered, moment(1)).await.unwrap();
    let lease = to_tell(&*exchanges, 1).await.unwrap();
    let told = ExchangeProgress {
        told: "accepted".to_owned(),
        told_version: 1,
        last_message: Some("{m-1}".to_owned()),
        ..registered
    };
    exchanges.settle_exchange(&lease, &told, moment(1)).await.unwrap();
    assert_eq!(to_tell(&*exchanges, 1).await, None, "the portal knows");
    let job = store.lease_job(moment(1), moment(21)).await.unwrap().unwrap();
    let request = stored(&store, &registration.number).await;
    let mut waits = step(&request, &job, Effect::Waiting);
    waits.state = domain::RequestState::Checking(Some(WaitingFor::DataBank));
    store.commit(&waits).await.unwrap();
    let lease = to_tell(&*exchanges, 2).await.unwrap();
    assert_eq!(lease.exchange.progress, told);
    let told = ExchangeProgress { told_version: 2, ..told };
    exchanges.settle_exchange(&lease, &told, moment(2)).await.unwrap();
    assert_eq!(to_tell(&*exchanges, 2).await, None);
    let notice = Notice { kind: NoticeKind::Overdue, at: moment(1_801) };
    let audit = overdue(&registration.number);
    let raised =
        store.raise_alarm(&registration.number, domain::Alarm::Overdue, Some(notice), &audit);
    assert!(raised.await.unwrap());
    let lease = to_tell(&*exchanges, 1_801).await.unwrap();
    let told = ExchangeProgress { overdue_told_at: Some(moment(1_801)), ..told };
    exchanges.settle_exchange(&lease, &told, moment(1_801)).await.unwrap();
    assert_eq!(to_tell(&*exchanges, 1_900).await, None);
}

fn overdue(number: &domain::Number) -> AuditEvent {
    AuditEvent {
        at: moment(1_801),
        actor: Actor::System,
        action: AuditAction::Overdue,
        request: Some(number.clone()),
        subject: Some(iin(1)),
        detail: "overdue".to_owned(),
        evidence: String::new(),
    }
}

/// Behind the answer nothing is told.
pub async fn a_closed_exchange_never_comes_up_again(fixture: Fixture) {
    let exchanges = fixture.exchanges;
    for index in 1..=3 {
        exchanges.take_exchange(&new(index)).await.unwrap();
    }
    let first = leased(&*exchanges, 1).await.unwrap();
    assert_eq!(first.exchange.external_id, id(1), "in their order");
    let closed = ExchangeProgress {
        signature: None,
        fault: Some("draft_expired".to_owned()),
        closed_at: Some(moment(1)),
        ..first.exchange.progress.clone()
    };
    exchanges.settle_exchange(&first, &closed, moment(1)).await.unwrap();
    for index in 2..=3 {
        assert_eq!(leased(&*exchanges, 1).await.unwrap().exchange.external_id, id(index));
    }
    assert_eq!(leased(&*exchanges, 2).await, None);
    assert_eq!(exchanges.exchange(&id(1)).await.unwrap().unwrap().progress, closed);
    assert_eq!(exchanges.take_exchange(&new(1)).await.unwrap(), ExchangeTaken::Same);
}

/// A gateway that is slow to hear keeps nobody from registering, and the other way round.
pub async fn registering_and_telling_have_turns_of_their_own(fixture: Fixture) {
    let exchanges = fixture.exchanges;
    exchanges.take_exchange(&new(1)).await.unwrap();
    assert_eq!(to_tell(&*exchanges, 1).await, None, "there is nothing to tell");
    let lease = leased(&*exchanges, 1).await.unwrap();
    let waits = Some(("consent_asked".to_owned(), "consent_awaited".to_owned()));
    let waiting = ExchangeProgress { waits, ..lease.exchange.progress.clone() };
    exchanges.settle_exchange(&lease, &waiting, moment(50)).await.unwrap();
    assert_eq!(leased(&*exchanges, 49).await, None);
    let lease = to_tell(&*exchanges, 2).await.unwrap();
    assert_eq!(lease.exchange.progress, waiting);
    let failed = ExchangeProgress { attempts: 1, ..waiting.clone() };
    exchanges.settle_exchange(&lease, &failed, moment(60)).await.unwrap();
    assert_eq!(to_tell(&*exchanges, 59).await, None);
    let lease = leased(&*exchanges, 50).await.expect("telling did not put it off");
    exchanges.settle_exchange(&lease, &failed, moment(90)).await.unwrap();
    let lease = to_tell(&*exchanges, 60).await.unwrap();
    let told = ExchangeProgress { told: "consent_asked".to_owned(), attempts: 0, ..failed };
    exchanges.settle_exchange(&lease, &told, moment(60)).await.unwrap();
    assert_eq!(to_tell(&*exchanges, 89).await, None, "told once");
    let lease = leased(&*exchanges, 90).await.unwrap();
    let fault = Some("consent_refused".to_owned());
    let ended = ExchangeProgress { signature: None, fault, waits: None, ..told };
    exchanges.settle_exchange(&lease, &ended, moment(90)).await.unwrap();
    assert_eq!(leased(&*exchanges, 99).await, None);
    assert_eq!(to_tell(&*exchanges, 99).await.unwrap().exchange.progress, ended);
}

/// It belongs to whatever was told last.
pub async fn what_the_gateway_says_of_a_delivery_is_noted_with_the_last_message(fixture: Fixture) {
    let exchanges = fixture.exchanges;
    exchanges.take_exchange(&new(1)).await.unwrap();
    let note = |message: &str, delivery, tell_at: Option<i64>, ask_at: Option<i64>| DeliveryNote {
        message: message.to_owned(),
        delivery,
        tell_at: tell_at.map(moment),
        ask_at: ask_at.map(moment),
    };
    let delivered = |message| note(message, Some(Delivery::Delivered), None, None);
    assert!(!exchanges.note_delivery(&delivered("{m-1}")).await.unwrap());
    assert_eq!(exchanges.undelivered("{m-1}").await.unwrap(), None);
    let lease = leased(&*exchanges, 1).await.unwrap();
    let fault = Some("draft_expired".to_owned());
    let ended = ExchangeProgress { signature: None, fault, ..lease.exchange.progress.clone() };
    exchanges.settle_exchange(&lease, &ended, moment(1)).await.unwrap();
    let lease = to_tell(&*exchanges, 1).await.unwrap();
    let told = ExchangeProgress {
        last_message: Some("{m-1}".to_owned()),
        ask_at: Some(moment(30)),
        closed_at: Some(moment(1)),
        ..ended
    };
    exchanges.settle_exchange(&lease, &told, moment(1)).await.unwrap();
    assert_eq!(exchanges.deliveries_to_ask(moment(29), 5).await.unwrap(), Vec::<String>::new());
    assert_eq!(exchanges.deliveries_to_ask(moment(30), 5).await.unwrap(), ["{m-1}"]);
    let on_its_way = note("{m-1}", Some(Delivery::OnDelivery), None, Some(60));
    assert!(exchanges.note_delivery(&on_its_way).await.unwrap());
    assert!(exchanges.note_delivery(&note("{m-1}", None, None, Some(70))).await.unwrap());
    let kept = exchanges.exchange(&id(1)).await.unwrap().unwrap();
    assert_eq!(
        (kept.delivery, kept.progress.ask_at),
        (Some(Delivery::OnDelivery), Some(moment(70)))
    );
    // Not delivered: closed as it was, it is told again, and counted.
    let failed = note("{m-1}", Some(Delivery::NotDelivered), Some(100), None);
    assert!(exchanges.note_delivery(&failed).await.unwrap());
    assert_eq!(exchanges.undelivered("{m-1}").await.unwrap(), Some(1));
    assert_eq!(to_tell(&*exchanges, 99).await, None);
    let lease = to_tell(&*exchanges, 100).await.unwrap();
    let kept = &lease.exchange;
    assert_eq!(kept.delivery, Some(Delivery::NotDelivered));
    let (again, ask_at, closed_at) = (true, None, None);
    let expected = ExchangeProgress { again, undelivered: 1, ask_at, closed_at, ..told };
    assert_eq!(kept.progress, expected);
    let again = ExchangeProgress {
        again: false,
        last_message: Some("{m-2}".to_owned()),
        closed_at: Some(moment(100)),
        ..expected
    };
    exchanges.settle_exchange(&lease, &again, moment(100)).await.unwrap();
    assert_eq!(exchanges.exchange(&id(1)).await.unwrap().unwrap().delivery, None, "of the new one");
    assert!(!exchanges.note_delivery(&failed).await.unwrap(), "of an earlier message");
    assert_eq!(to_tell(&*exchanges, 200).await, None);
    assert!(exchanges.note_delivery(&delivered("{m-2}")).await.unwrap());
    let kept = exchanges.exchange(&id(1)).await.unwrap().unwrap();
    assert_eq!((kept.delivery, kept.progress.undelivered), (Some(Delivery::Delivered), 0));
    assert_eq!(to_tell(&*exchanges, 200).await, None);
}
