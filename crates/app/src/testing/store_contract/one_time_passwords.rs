//! One-time passwords: bound, counted, used once; and the second step of signing in.

use std::sync::Arc;

use domain::PhoneNumber;

use super::Fixture;
use crate::audit::AuditAction;
use crate::ports::{
    NewPassword, PasswordBinding, PasswordPurpose, PasswordTried, PasswordTry, PasswordTurn,
    PasswordUse, PendingSignIn, Registered, Registration, Session, SessionToken, SignInChallenge,
    Store, StoreError,
};
use crate::testing::samples::{draft, event, iin, moment, number, registered, registration};

const PHONE: &str = "+77010000001";
const OTHER_PHONE: &str = "+77010000002";

fn binding(person: u32, text: &str) -> PasswordBinding {
    PasswordBinding::to(iin(person), PasswordPurpose::Request, text.as_bytes())
}

fn password(binding: &PasswordBinding, phone: &str, digits: &str, at: i64) -> NewPassword {
    let phone = PhoneNumber::parse(phone).unwrap();
    let digest = &binding.document[..8];
    let id = format!("{digits}-{at}-{digest}-{}", phone.last_digits());
    NewPassword::new(binding.clone(), phone, (id, format!("salt-{at}"), digits), moment(at))
}

async fn sent(
    store: &Arc<dyn Store>,
    binding: &PasswordBinding,
    digits: &str,
    at: i64,
) -> NewPassword {
    let password = password(binding, PHONE, digits, at);
    assert_eq!(store.put_password(&password).await.unwrap(), PasswordTurn::Kept);
    password
}

fn attempt(binding: &PasswordBinding, digits: &str, id: &str, at: i64) -> PasswordTry {
    let (id, digits) = (id.to_owned(), digits.to_owned());
    PasswordTry { id, binding: binding.clone(), digits, at: moment(at) }
}

async fn tried(
    store: &Arc<dyn Store>,
    binding: &PasswordBinding,
    digits: &str,
    at: i64,
) -> PasswordTried {
    let id = format!("try-{digits}-{at}-{}-{}", binding.iin.digits(), binding.purpose.code());
    store.try_password(&attempt(binding, digits, &id, at)).await.unwrap()
}

fn is_right(tried: &PasswordTried, password: &NewPassword) -> bool {
    *tried == PasswordTried::Right(Box::new(password.kept.clone()))
}

fn use_of(password: &NewPassword) -> PasswordUse {
    PasswordUse { id: password.kept.id.clone(), binding: password.binding.clone() }
}

/// Looked at it is not used up: the same is right again.
pub async fn a_password_is_right_for_its_person_purpose_and_text_alone(fixture: Fixture) {
    let store = fixture.store;
    let own = binding(1, "text");
    let password = sent(&store, &own, "123456", 0).await;
    assert!(is_right(&tried(&store, &own, "123456", 1).await, &password));
    assert!(is_right(&tried(&store, &own, "123456", 2).await, &password));
    assert_eq!(
        store.passwords(&own, moment(1)).await.unwrap(),
        std::slice::from_ref(&password.kept)
    );
    let sign_in = PasswordBinding { purpose: PasswordPurpose::SignIn, ..own.clone() };
    for other in [binding(1, "another text"), binding(2, "text"), sign_in] {
        assert_eq!(tried(&store, &other, "123456", 3).await, PasswordTried::NoneSent);
        assert_eq!(store.passwords(&other, moment(1)).await.unwrap(), []);
    }
    assert_eq!(tried(&store, &own, "123457", 4).await, PasswordTried::Wrong { left: 4 });
}

/// Whichever message comes first, its password is good.
pub async fn another_password_leaves_the_earlier_ones_good(fixture: Fixture) {
    let store = fixture.store;
    let own = binding(1, "text");
    let first = sent(&store, &own, "111111", 0).await;
    let second = sent(&store, &own, "222222", 60).await;
    let kept = store.passwords(&own, moment(61)).await.unwrap();
    assert_eq!(kept, [second.kept.clone(), first.kept.clone()], "the newest first");
    assert!(is_right(&tried(&store, &own, "111111", 61).await, &first));
    assert!(is_right(&tried(&store, &own, "222222", 62).await, &second));
}

/// At its last moment it is worthless.
pub async fn a_password_is_good_for_a_quarter_of_an_hour(fixture: Fixture) {
    let store = fixture.store;
    let own = binding(1, "text");
    let password = sent(&store, &own, "123456", 0).await;
    assert!(is_right(&tried(&store, &own, "123456", 899).await, &password));
    assert_eq!(tried(&store, &own, "123456", 900).await, PasswordTried::NoneSent);
    assert_eq!(store.passwords(&own, moment(900)).await.unwrap(), []);
}

async fn kept_of(store: &Arc<dyn Store>, passwords: Vec<NewPassword>) -> usize {
    let sends = passwords.into_iter().map(|password| {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.put_password(&password).await.unwrap() })
    });
    let mut kept = 0;
    for send in sends.collect::<Vec<_>>() {
        match send.await.unwrap() {
            PasswordTurn::Kept => kept += 1,
            PasswordTurn::Wait(until) => assert_eq!(until, moment(60)),
        }
    }
    kept
}

/// Eight texts at once, on as many nodes.
pub async fn parallel_sends_to_one_person_make_one_password(fixture: Fixture) {
    let sends = (0..8).map(|index| {
        let phone = format!("+7701000001{index}");
        password(&binding(1, &format!("text {index}")), &phone, "123456", 0)
    });
    assert_eq!(kept_of(&fixture.store, sends.collect()).await, 1);
}

/// Eight people who share a telephone.
pub async fn parallel_sends_to_one_number_make_one_password(fixture: Fixture) {
    let sends =
        (0..8).map(|index| password(&binding(index, &format!("{index}")), PHONE, "123456", 0));
    assert_eq!(kept_of(&fixture.store, sends.collect()).await, 1);
}

/// A minute apart; the sixth waits until the first is an hour old.
pub async fn five_passwords_an_hour_are_sent_and_no_more(fixture: Fixture) {
    let store = fixture.store;
    let own = binding(1, "text");
    let soon = password(&own, PHONE, "000000", 30);
    sent(&store, &own, "000001", 0).await;
    assert_eq!(store.put_password(&soon).await.unwrap(), PasswordTurn::Wait(moment(60)));
    for place in 1..5 {
        sent(&store, &own, "000002", place * 60).await;
    }
    let sixth = password(&own, PHONE, "000003", 600);
    assert_eq!(store.put_password(&sixth).await.unwrap(), PasswordTurn::Wait(moment(3_600)));
    // To another number of the same person, or to somebody else by the same number: the same.
    let elsewhere = password(&own, OTHER_PHONE, "000004", 601);
    assert_eq!(store.put_password(&elsewhere).await.unwrap(), PasswordTurn::Wait(moment(3_600)));
    let somebody = password(&binding(2, "text"), PHONE, "000005", 602);
    assert_eq!(store.put_password(&somebody).await.unwrap(), PasswordTurn::Wait(moment(3_600)));
    sent(&store, &own, "000006", 3_600).await;
}

/// A gateway that is down uses nothing up; and what it said it did not take may come all the same.
pub async fn a_password_the_gateway_did_not_take_does_not_count_and_stays_good(fixture: Fixture) {
    let store = fixture.store;
    let own = binding(1, "text");
    for place in 0..9 {
        let password = sent(&store, &own, &format!("00000{place}"), place).await;
        store.password_not_sent(&password.kept.id).await.unwrap();
    }
    assert!(matches!(tried(&store, &own, "000003", 10).await, PasswordTried::Right(_)));
    sent(&store, &own, "000009", 11).await;
}

/// "Not taken" may mean "sent, but it was not said": such a gateway must not flood a telephone, and the more passwords are
/// good, the easier one is guessed.
pub async fn sends_that_failed_are_ten_in_a_quarter_of_an_hour_and_no_more(fixture: Fixture) {
    let store = fixture.store;
    let (own, shared) = (binding(1, "text"), binding(2, "text"));
    for place in 0..10 {
        let password = sent(&store, &own, &format!("00000{place}"), place).await;
        store.password_not_sent(&password.kept.id).await.unwrap();
    }
    let until = PasswordTurn::Wait(moment(900));
    let elsewhere = password(&binding(1, "another text"), OTHER_PHONE, "111111", 20);
    assert_eq!(store.put_password(&elsewhere).await.unwrap(), until);
    let by_another = password(&shared, PHONE, "111111", 21);
    assert_eq!(store.put_password(&by_another).await.unwrap(), until);
    sent(&store, &own, "111111", 900).await;
}

/// However many nodes ask at once: five are compared, and behind them not even the right one.
pub async fn parallel_wrong_tries_are_five_and_no_more(fixture: Fixture) {
    let store = fixture.store;
    let own = binding(1, "text");
    let password = sent(&store, &own, "123456", 0).await;
    let tries = (0..16).map(|index| {
        let (store, own) = (Arc::clone(&store), own.clone());
        let attempt = attempt(&own, &format!("0000{index:02}"), &format!("try-{index}"), 10);
        tokio::spawn(async move { store.try_password(&attempt).await.unwrap() })
    });
    let (mut left, mut locked) = (Vec::new(), 0);
    for one in tries.collect::<Vec<_>>() {
        match one.await.unwrap() {
            PasswordTried::Wrong { left: tries } => left.push(tries),
            PasswordTried::Locked { until } => {
                assert_eq!(until, moment(910));
                locked += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    left.sort_unstable();
    assert_eq!((left, locked), (vec![0, 1, 2, 3, 4], 11));
    let right = tried(&store, &own, "123456", 11).await;
    assert_eq!(right, PasswordTried::Locked { until: moment(910) });
    // A fresh password opens nothing before the window has passed.
    let fresh = sent(&store, &own, "654321", 60).await;
    let locked = PasswordTried::Locked { until: moment(910) };
    assert_eq!(tried(&store, &own, "654321", 61).await, locked);
    assert_eq!(tried(&store, &own, "654321", 909).await, locked);
    assert!(is_right(&tried(&store, &own, "654321", 910).await, &fresh));
    assert_eq!(password.kept.expires_at, moment(900));
}

/// Whoever guesses at several people's passwords on one telephone has five tries in all.
pub async fn wrong_tries_with_one_number_count_for_everybody_who_has_it(fixture: Fixture) {
    let store = fixture.store;
    for person in 1..=3 {
        let password = password(&binding(person, "text"), PHONE, "123456", 60 * i64::from(person));
        assert_eq!(store.put_password(&password).await.unwrap(), PasswordTurn::Kept);
    }
    for (person, wrong) in
        [(1, "000001"), (1, "000002"), (2, "000003"), (2, "000004"), (3, "000005")]
    {
        let outcome = tried(&store, &binding(person, "text"), wrong, 200).await;
        assert!(matches!(outcome, PasswordTried::Wrong { .. }), "{outcome:?}");
    }
    let outcome = tried(&store, &binding(3, "text"), "123456", 201).await;
    assert_eq!(outcome, PasswordTried::Locked { until: moment(1_100) });
}

/// Whoever can turn the clock back, or a server whose clock was wrong: what was sent and tried "later" counts all the same.
pub async fn a_clock_that_went_back_lifts_no_limit(fixture: Fixture) {
    let store = fixture.store;
    let own = binding(1, "text");
    let password = sent(&store, &own, "123456", 10_000).await;
    let earlier = self::password(&own, OTHER_PHONE, "111111", 3_000);
    assert_eq!(store.put_password(&earlier).await.unwrap(), PasswordTurn::Wait(moment(10_060)));
    for wrong in 0..5 {
        let outcome = tried(&store, &own, &format!("00000{wrong}"), 10_001).await;
        assert_eq!(outcome, PasswordTried::Wrong { left: 4 - wrong });
    }
    let locked = PasswordTried::Locked { until: moment(10_901) };
    assert_eq!(tried(&store, &own, "123456", 3_000).await, locked);
    assert_eq!(password.kept.expires_at, moment(10_900));
}

/// A registration of a draft by a password sent at `moment(0)`.
async fn confirmed(store: &Arc<dyn Store>, person: u32, index: u64) -> (Registration, NewPassword) {
    let draft = draft(iin(person), &format!("draft-{index}"));
    store.put_draft(&draft).await.unwrap();
    let own = PasswordBinding::to(iin(person), PasswordPurpose::Request, &draft.document);
    let password = password(&own, PHONE, "123456", 0);
    assert_eq!(store.put_password(&password).await.unwrap(), PasswordTurn::Kept);
    let mut registration = registration(&draft, index, &format!("key-{index}"));
    registration.cms = Vec::new();
    registration.password = Some(use_of(&password));
    registration.audit.evidence = crate::evidence::registration_digest(&registration).unwrap();
    (registration, password)
}

/// And is used up in the same transaction.
pub async fn a_password_confirms_one_request(fixture: Fixture) {
    let store = fixture.store;
    let (registration, password) = confirmed(&store, 1, 1).await;
    assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
    assert_eq!(tried(&store, &password.binding, "123456", 1).await, PasswordTried::NoneSent);
    assert_eq!(store.passwords(&password.binding, moment(1)).await.unwrap(), []);
    let same = store.register(&registration).await.unwrap();
    assert_eq!(same, Registered::Same(registration.number.clone()));
    let evidence = store.evidence(&registration.number).await.unwrap().unwrap();
    assert_eq!(evidence.registration, registration.audit.evidence);
}

/// Neither one that never was, nor one of another text or person.
pub async fn a_password_that_is_gone_registers_nothing(fixture: Fixture) {
    let store = fixture.store;
    let (registration, password) = confirmed(&store, 1, 1).await;
    let unknown = PasswordUse { id: "never sent".to_owned(), ..use_of(&password) };
    let foreign = PasswordUse { binding: binding(2, "text"), ..use_of(&password) };
    for password in [unknown, foreign] {
        let wrong = Registration { password: Some(password), ..registration.clone() };
        assert_eq!(store.register(&wrong).await.unwrap(), Registered::PasswordGone);
    }
    assert_eq!(store.request(&registration.number).await.unwrap(), None);
    assert!(store.audit_from(1, 10).await.unwrap().is_empty());
    assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
}

/// Whatever kept the request from being registered: the person need not wait for another message.
pub async fn a_registration_that_failed_leaves_the_password_good(fixture: Fixture) {
    let store = fixture.store;
    let taken = registered(&store, 2).await;
    let (registration, password) = confirmed(&store, 1, 1).await;
    let again = Registration { number: taken, ..registration.clone() };
    assert!(matches!(store.register(&again).await, Err(StoreError::NumberTaken)));
    assert!(is_right(&tried(&store, &password.binding, "123456", 1).await, &password));
    assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
    assert_ne!(registration.number, number(domain::NumberKind::Request, 2));
}

fn challenge(id: &str) -> SignInChallenge {
    SignInChallenge { id: id.to_owned(), document: b"sign".to_vec(), expires_at: moment(300) }
}

fn pending(id: &str) -> PendingSignIn {
    let (id, name) = (id.to_owned(), "ӘЛІМҚҰЛОВ ҮСЕН".to_owned());
    PendingSignIn { id, iin: iin(1), name, expires_at: moment(900) }
}

fn session(token: &str) -> Session {
    Session {
        token: SessionToken(token.to_owned()),
        iin: iin(1),
        name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
        signed_in_at: moment(10),
        expires_at: moment(1_810),
    }
}

fn sign_in_binding(pending: &PendingSignIn) -> PasswordBinding {
    PasswordBinding::to(pending.iin, PasswordPurpose::SignIn, pending.id.as_bytes())
}

/// The challenge is used up when the signature is judged, who waits and the password when the session opens.
pub async fn a_second_step_opens_one_session_even_in_parallel(fixture: Fixture) {
    let store = fixture.store;
    store.put_challenge(&challenge("once")).await.unwrap();
    let waiting = pending("pending");
    store.hold_sign_in("once", &waiting).await.unwrap();
    let again = store.hold_sign_in("once", &pending("another")).await;
    assert!(matches!(again, Err(StoreError::AlreadyUsed)), "{again:?}");
    assert_eq!(store.pending_sign_in("another", moment(1)).await.unwrap(), None);
    assert_eq!(store.pending_sign_in("pending", moment(899)).await.unwrap(), Some(waiting.clone()));
    assert_eq!(store.pending_sign_in("pending", moment(900)).await.unwrap(), None);
    let password = sent(&store, &sign_in_binding(&waiting), "123456", 0).await;
    let tries = (0..8).map(|index| {
        let (store, used) = (Arc::clone(&store), use_of(&password));
        tokio::spawn(async move {
            let audit = event(AuditAction::SignedIn, None, Some(iin(1)));
            let session = session(&format!("token-{index}"));
            store.open_session_by_password("pending", &used, &session, &audit).await
        })
    });
    let mut opened = 0;
    for one in tries.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(()) => opened += 1,
            Err(error) => assert!(matches!(error, StoreError::AlreadyUsed), "{error:?}"),
        }
    }
    assert_eq!(opened, 1);
    assert_eq!(store.pending_sign_in("pending", moment(1)).await.unwrap(), None);
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 1);
}

/// One of another pending sign-in, or of a request, opens nothing and is not used up.
pub async fn a_second_step_needs_a_password_of_its_own(fixture: Fixture) {
    let store = fixture.store;
    for id in ["one", "other"] {
        store.put_challenge(&challenge(id)).await.unwrap();
        store.hold_sign_in(id, &pending(id)).await.unwrap();
    }
    let foreign = sent(&store, &sign_in_binding(&pending("other")), "123456", 0).await;
    let mut used = use_of(&foreign);
    used.binding = sign_in_binding(&pending("one"));
    let audit = event(AuditAction::SignedIn, None, Some(iin(1)));
    let session = session("token");
    let opened = store.open_session_by_password("one", &used, &session, &audit).await;
    assert!(matches!(opened, Err(StoreError::AlreadyUsed)), "{opened:?}");
    assert!(store.pending_sign_in("one", moment(1)).await.unwrap().is_some());
    assert_eq!(store.session(&session.token, moment(11)).await.unwrap(), None);
    let right = use_of(&foreign);
    store.open_session_by_password("other", &right, &session, &audit).await.unwrap();
    assert_eq!(store.session(&session.token, moment(11)).await.unwrap(), Some(session));
}

/// Not before they have ceased to count.
pub async fn what_expired_of_passwords_is_removed(fixture: Fixture) {
    let store = fixture.store;
    let own = binding(1, "text");
    for place in 0..5 {
        sent(&store, &own, "123456", place * 60).await;
        tried(&store, &own, "000000", place * 60).await;
    }
    store.put_challenge(&challenge("once")).await.unwrap();
    store.hold_sign_in("once", &pending("pending")).await.unwrap();
    store.remove_expired(moment(300)).await.unwrap();
    let locked = PasswordTried::Locked { until: moment(900) };
    assert_eq!(tried(&store, &own, "123456", 301).await, locked);
    let sixth = password(&own, PHONE, "123456", 301);
    store.remove_expired(moment(1_000)).await.unwrap();
    assert_eq!(store.put_password(&sixth).await.unwrap(), PasswordTurn::Wait(moment(3_600)));
    assert_eq!(store.pending_sign_in("pending", moment(301)).await.unwrap(), None);
    store.remove_expired(moment(4_000)).await.unwrap();
    assert_eq!(store.put_password(&sixth).await.unwrap(), PasswordTurn::Kept);
}
