//! What every store promises of the outbox and of people's e-mail addresses: a message for each notice, once, and one messenger
//! at a time; an address once it is confirmed, until it is taken back.

use domain::{Alarm, EmailAddress, Iin};

use super::samples::{answered, draft, event, iin, moment, registration};
use super::store_contract::Fixture;
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    EmailAddresses, EmailCode, EmailTried, EmailTry, EmailTurn, MESSAGE_AGE_MAX, MESSAGE_KEPT,
    MessageChannel, MessageEnd, MessageLease, Notice, NoticeKind, Outbox, Registration, StoreError,
};

const BOTH: [MessageChannel; 2] = MessageChannel::ALL;

/// Makes a test of each promise; the argument is an async function that opens a fresh store.
#[macro_export]
macro_rules! outbox_contract {
    ($open:path) => {
        $crate::store_contract!(@each $open; outbox_contract;
            each_notice_makes_one_message_however_often_and_by_whomever_it_is_filled
            a_notice_of_days_ago_makes_no_message
            one_messenger_at_a_time_has_a_message
            a_message_that_ended_never_comes_up_again_and_the_journal_says_so
            an_address_is_a_persons_once_he_typed_its_code
            codes_are_counted_even_in_parallel
        );
    };
}

async fn fill(outbox: &dyn Outbox) {
    while outbox.fill_outbox(&BOTH, moment(0)).await.unwrap() {}
}

async fn leased(outbox: &dyn Outbox, channel: MessageChannel, at: i64) -> Option<MessageLease> {
    outbox.lease_message(channel, moment(at), moment(at + 60)).await.unwrap()
}

async fn waiting(outbox: &dyn Outbox) -> [u64; 2] {
    let standing = outbox.outbox_standing().await.unwrap();
    assert_eq!(standing.iter().map(|one| one.channel).collect::<Vec<_>>(), BOTH);
    [standing[0].waiting, standing[1].waiting]
}

fn code(digits: &str, seconds: i64) -> EmailCode {
    let address = EmailAddress::parse(&format!("a{digits}@example.kz")).unwrap();
    let drawn = (format!("id-{digits}-{seconds}"), "salt".to_owned(), digits);
    EmailCode::new(iin(1), address, drawn, moment(seconds))
}

fn personal(action: AuditAction, seconds: i64) -> AuditEvent {
    AuditEvent {
        at: moment(seconds),
        actor: Actor::Applicant,
        action,
        request: None,
        subject: Some(iin(1)),
        detail: String::new(),
        evidence: String::new(),
    }
}

async fn typed(emails: &dyn EmailAddresses, digits: &str, seconds: i64) -> EmailTried {
    let attempt = EmailTry { iin: iin(1), digits: digits.to_owned(), at: moment(seconds) };
    let audit = personal(AuditAction::EmailConfirmed, seconds);
    emails.try_email_code(&attempt, &audit).await.unwrap()
}

async fn confirmed(emails: &dyn EmailAddresses, person: Iin, at: i64) -> Option<String> {
    let standing = emails.email_of(person, moment(at)).await.unwrap();
    standing.confirmed.map(|address| address.as_str().to_owned())
}

async fn registered(fixture: &Fixture, person: u32) -> Registration {
    let draft = draft(iin(person), &format!("challenge-{person}"));
    fixture.store.put_draft(&draft).await.unwrap();
    let registration = registration(&draft, u64::from(person), &format!("key-{person}"));
    fixture.store.register(&registration).await.unwrap();
    registration
}

/// Two people, of whom the first left an address: answered with several documents, and told that the term has passed.
async fn notices(fixture: &Fixture) {
    assert_eq!(fixture.emails.put_email_code(&code("111111", 0)).await.unwrap(), EmailTurn::Kept);
    assert!(matches!(typed(&*fixture.emails, "111111", 1).await, EmailTried::Right(_)));
    let first = registered(fixture, 1).await;
    answered(&fixture.store, &first.number, 1).await;
    let registration = registered(fixture, 2).await;
    let notice = Notice { kind: NoticeKind::Overdue, at: moment(1_801) };
    let audit = AuditEvent {
        at: moment(1_801),
        request: Some(registration.number.clone()),
        subject: Some(iin(2)),
        ..personal(AuditAction::Overdue, 1_801)
    };
    let number = &registration.number;
    let raised = fixture.store.raise_alarm(number, Alarm::Overdue, Some(notice), &audit);
    assert!(raised.await.unwrap());
    // Another document of the same answer has a row of its own, and is the same notice.
    let number = first.number;
    let again = AuditEvent {
        request: Some(number.clone()),
        subject: Some(iin(1)),
        ..personal(AuditAction::Issued, 1_802)
    };
    fixture.store.append_audit(&again).await.unwrap();
    // Asked for by callers twice: two occasions.
    for seconds in [1_803, 1_804] {
        let again = AuditEvent {
            request: Some(number.clone()),
            ..personal(AuditAction::NoticeSentAgain, seconds)
        };
        fixture.store.append_audit(&again).await.unwrap();
    }
}

/// The first person's answer and its two repetitions on both ways, the second's on one.
pub async fn each_notice_makes_one_message_however_often_and_by_whomever_it_is_filled(
    fixture: Fixture,
) {
    notices(&fixture).await;
    let fills = (0..4).map(|_| {
        let outbox = fixture.outbox.clone();
        tokio::spawn(async move { fill(&*outbox).await })
    });
    for one in fills.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    fill(&*fixture.outbox).await;
    assert_eq!(waiting(&*fixture.outbox).await, [4, 3]);
    let mut kinds = Vec::new();
    while let Some(lease) = leased(&*fixture.outbox, MessageChannel::Sms, 2_000).await {
        kinds.push(lease.message.topic.kind);
    }
    kinds.sort();
    let again = NoticeKind::AnsweredAgain;
    assert_eq!(kinds, [NoticeKind::Overdue, NoticeKind::Answered, again, again]);
    let oldest = fixture.outbox.outbox_standing().await.unwrap()[0].oldest;
    assert!(oldest.is_some_and(|oldest| oldest < moment(1_801)), "the answer waits longest");
}

/// It stands in the cabinet; nobody is told by message of what is no news.
pub async fn a_notice_of_days_ago_makes_no_message(fixture: Fixture) {
    notices(&fixture).await;
    let since = moment(1_801).checked_add(MESSAGE_AGE_MAX).unwrap();
    while fixture.outbox.fill_outbox(&BOTH, since).await.unwrap() {}
    assert_eq!(waiting(&*fixture.outbox).await, [0, 0]);
    fill(&*fixture.outbox).await;
    assert_eq!(waiting(&*fixture.outbox).await, [0, 0], "the cursor has passed them");
}

/// A lease that ran out counts as a try, and whoever held it writes nothing any more.
pub async fn one_messenger_at_a_time_has_a_message(fixture: Fixture) {
    let registration = registered(&fixture, 1).await;
    let issued = AuditEvent {
        request: Some(registration.number.clone()),
        ..personal(AuditAction::Issued, 10)
    };
    fixture.store.append_audit(&issued).await.unwrap();
    fill(&*fixture.outbox).await;
    let tries = (0..8).map(|_| {
        let outbox = fixture.outbox.clone();
        tokio::spawn(async move { leased(&*outbox, MessageChannel::Sms, 20).await })
    });
    let mut leases = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        leases.extend(one.await.unwrap());
    }
    let [slow] = leases.as_slice() else { panic!("{} leases", leases.len()) };
    let outbox = &*fixture.outbox;
    assert_eq!(slow.message.topic.number, registration.number);
    assert_eq!((slow.message.attempts, slow.message.noticed_at), (0, moment(10)));
    assert_eq!(leased(outbox, MessageChannel::Email, 20).await, None, "nobody left an address");
    assert_eq!(leased(outbox, MessageChannel::Sms, 79).await, None);
    let quick = leased(outbox, MessageChannel::Sms, 80).await.unwrap();
    assert_eq!((quick.message.attempts, quick.fence), (1, slow.fence + 1));
    let ended = personal(AuditAction::MessageTaken, 81);
    for late in [
        outbox.end_message(slow, MessageEnd::Taken, &ended).await,
        outbox.postpone_message(slow, moment(100)).await,
    ] {
        assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    }
    outbox.postpone_message(&quick, moment(200)).await.unwrap();
    let twice = outbox.postpone_message(&quick, moment(200)).await;
    assert!(matches!(twice, Err(StoreError::LeaseLost)), "{twice:?}");
    assert_eq!(leased(outbox, MessageChannel::Sms, 199).await, None, "too early");
    assert_eq!(leased(outbox, MessageChannel::Sms, 200).await.unwrap().message.attempts, 2);
}

/// In the transaction that ends it, and only there.
pub async fn a_message_that_ended_never_comes_up_again_and_the_journal_says_so(fixture: Fixture) {
    notices(&fixture).await;
    fill(&*fixture.outbox).await;
    let outbox = &*fixture.outbox;
    for end in MessageEnd::ALL {
        let lease = leased(outbox, MessageChannel::Sms, 2_000).await.unwrap();
        let audit = event(end.action(), Some(lease.message.topic.number.clone()), Some(iin(1)));
        outbox.end_message(&lease, end, &audit).await.unwrap();
        let twice = outbox.end_message(&lease, end, &audit).await;
        assert!(matches!(twice, Err(StoreError::LeaseLost)), "{twice:?}");
        let rows = fixture.store.audit_from(1, 500).await.unwrap();
        assert_eq!(rows.iter().filter(|row| row.action == end.action().code()).count(), 1);
    }
    fill(outbox).await;
    assert_eq!(leased(outbox, MessageChannel::Sms, 90_000).await, None);
    assert_eq!(waiting(outbox).await, [0, 3]);
    // Rows are kept for far longer than a message is news, and no longer.
    let end = moment(2_000).checked_add(MESSAGE_KEPT).unwrap();
    fixture.store.remove_expired(end).await.unwrap();
    fill(outbox).await;
    assert_eq!(waiting(outbox).await, [0, 0]);
}

/// One that waits for its code leaves the one before in use.
pub async fn an_address_is_a_persons_once_he_typed_its_code(fixture: Fixture) {
    let emails = &*fixture.emails;
    assert_eq!(typed(emails, "111111", 0).await, EmailTried::NoneSent);
    assert_eq!(emails.put_email_code(&code("111111", 0)).await.unwrap(), EmailTurn::Kept);
    let early = emails.put_email_code(&code("222222", 30)).await.unwrap();
    assert_eq!(early, EmailTurn::Wait(moment(60)));
    let standing = emails.email_of(iin(1), moment(30)).await.unwrap();
    let address = |text: &str| EmailAddress::parse(text).unwrap();
    let waits = (address("a111111@example.kz"), moment(1_800));
    assert_eq!((standing.confirmed, standing.waiting), (None, Some(waits)));
    assert_eq!(typed(emails, "222222", 40).await, EmailTried::Wrong { left: 4 });
    assert_eq!(typed(emails, "111111", 50).await, EmailTried::Right(address("a111111@example.kz")));
    assert_eq!(typed(emails, "111111", 51).await, EmailTried::NoneSent, "used up");
    assert_eq!(confirmed(emails, iin(1), 60).await.as_deref(), Some("a111111@example.kz"));
    assert_eq!(confirmed(emails, iin(2), 60).await, None);
    assert_eq!(emails.put_email_code(&code("333333", 100)).await.unwrap(), EmailTurn::Kept);
    assert_eq!(confirmed(emails, iin(1), 101).await.as_deref(), Some("a111111@example.kz"));
    assert!(matches!(typed(emails, "333333", 110).await, EmailTried::Right(_)));
    assert_eq!(confirmed(emails, iin(1), 111).await.as_deref(), Some("a333333@example.kz"));
    // Taken back: with whatever was under way, and the journal says so once.
    assert_eq!(emails.put_email_code(&code("444444", 200)).await.unwrap(), EmailTurn::Kept);
    let removed = personal(AuditAction::EmailRemoved, 210);
    assert!(emails.remove_email(iin(1), moment(210), &removed).await.unwrap());
    assert!(!emails.remove_email(iin(1), moment(211), &removed).await.unwrap());
    assert_eq!(typed(emails, "444444", 212).await, EmailTried::NoneSent);
    let standing = emails.email_of(iin(1), moment(212)).await.unwrap();
    assert_eq!((standing.confirmed, standing.waiting), (None, None));
    let rows = fixture.store.audit_from(1, 100).await.unwrap();
    let actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["email_confirmed", "email_confirmed", "email_removed"]);
    assert!(rows.iter().all(|row| row.detail.is_empty()), "no address in the journal");
}

/// Whoever presses twice at once gets one letter, and tries at once are counted each.
pub async fn codes_are_counted_even_in_parallel(fixture: Fixture) {
    let sends = (0..6).map(|index| {
        let emails = fixture.emails.clone();
        let one = code(&format!("50000{index}"), 0);
        tokio::spawn(async move { emails.put_email_code(&one).await.unwrap() })
    });
    let mut kept = 0;
    for one in sends.collect::<Vec<_>>() {
        kept += usize::from(one.await.unwrap() == EmailTurn::Kept);
    }
    assert_eq!(kept, 1);
    let tries = (0..8).map(|_| {
        let emails = fixture.emails.clone();
        tokio::spawn(async move { typed(&*emails, "999999", 10).await })
    });
    let mut wrong = 0;
    for one in tries.collect::<Vec<_>>() {
        wrong += usize::from(matches!(one.await.unwrap(), EmailTried::Wrong { .. }));
    }
    assert_eq!(wrong, 5);
    fixture.store.remove_expired(moment(3_600)).await.unwrap();
    assert_eq!(
        fixture.emails.put_email_code(&code("600000", 3_600)).await.unwrap(),
        EmailTurn::Kept
    );
}
