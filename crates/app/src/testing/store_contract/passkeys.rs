//! Passkeys: each its owner's, and used up with a challenge.

use std::sync::Arc;

use super::Fixture;
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    OfficerSession, Passkey, PasskeyId, PasskeyUse, SessionToken, SessionWay, SignInChallenge,
    Store, StoreError, UsedCredential, Workplace,
};
use crate::testing::samples::{event, iin, kato, moment};

fn passkey(id: &str, person: u32) -> Passkey {
    Passkey {
        id: PasskeyId(id.to_owned()),
        credential_id: format!("credential of {id}"),
        handle: "ab".repeat(16),
        iin: iin(person),
        workplace: Workplace::Department(kato()),
        name: "Менің кілтім".to_owned(),
        credential: "{}".to_owned(),
        counter: 0,
        created_at: moment(1),
        used_at: None,
        kept_until: moment(1_000),
    }
}

fn audit(action: AuditAction) -> AuditEvent {
    AuditEvent { actor: Actor::Officer, ..event(action, None, Some(iin(501))) }
}

async fn challenge(store: &Arc<dyn Store>, id: &str) {
    let (id, document) = (id.to_owned(), b"{}".to_vec());
    store.put_challenge(&SignInChallenge { id, document, expires_at: moment(60) }).await.unwrap();
}

/// Kept with a challenge of its own.
async fn added(fixture: &Fixture, passkey: &Passkey) -> bool {
    let id = format!("made-{}", passkey.id.0);
    challenge(&fixture.store, &id).await;
    let audit = audit(AuditAction::PasskeyAdded);
    fixture.office.add_passkey(&id, passkey, &audit).await.unwrap()
}

fn using(id: &str, counter: u32) -> PasskeyUse {
    PasskeyUse {
        id: PasskeyId(id.to_owned()),
        used: UsedCredential { credential: format!("{{\"n\":{counter}}}"), counter },
        at: moment(9),
        kept_until: moment(2_000),
    }
}

fn session(token: &str) -> OfficerSession {
    OfficerSession {
        token: SessionToken(token.to_owned()),
        iin: iin(501),
        workplace: Workplace::Department(kato()),
        way: SessionWay::Passkey,
        signed_in_at: moment(9),
        expires_at: moment(100),
        ends_at: moment(250),
    }
}

/// Nobody else finds it in his list or removes it, and no credential is two people's.
pub async fn a_passkey_is_its_owners_and_its_credential_is_kept_once(fixture: Fixture) {
    let office = &fixture.office;
    let (one, two) = (passkey("a", 501), passkey("b", 501));
    let gone = office.add_passkey("none", &one, &audit(AuditAction::PasskeyAdded)).await;
    assert!(matches!(gone, Err(StoreError::AlreadyUsed)));
    assert!(added(&fixture, &one).await && added(&fixture, &two).await);
    let same = Passkey { credential_id: one.credential_id.clone(), ..passkey("c", 502) };
    assert!(!added(&fixture, &same).await);
    assert!(fixture.store.challenge("made-a").await.unwrap().is_none());
    let department = Workplace::Department(kato());
    let own = office.passkeys_of(iin(501), &department).await.unwrap();
    assert_eq!(own, [one.clone(), two.clone()]);
    assert!(office.passkeys_of(iin(502), &department).await.unwrap().is_empty());
    let elsewhere = Workplace::parse("210140000026").unwrap();
    assert!(office.passkeys_of(iin(501), &elsewhere).await.unwrap().is_empty());
    assert_eq!(office.passkey(&one.credential_id).await.unwrap(), Some(one.clone()));
    assert_eq!(office.passkey("unknown").await.unwrap(), None);
    let removed = audit(AuditAction::PasskeyRemoved);
    for (who, place) in [(iin(502), &department), (iin(501), &elsewhere)] {
        assert!(!office.remove_passkey(&one.id, (who, place), &removed).await.unwrap());
    }
    assert!(office.remove_passkey(&one.id, (iin(501), &department), &removed).await.unwrap());
    assert!(!office.remove_passkey(&one.id, (iin(501), &department), &removed).await.unwrap());
    assert_eq!(office.passkeys_of(iin(501), &department).await.unwrap(), [two]);
    assert_eq!(fixture.store.audit_from(1, 10).await.unwrap().len(), 3);
}

/// The counter goes up, and a copy that is behind opens nothing.
pub async fn a_passkey_opens_one_session_for_each_challenge_even_in_parallel(fixture: Fixture) {
    let (store, office) = (&fixture.store, &fixture.office);
    added(&fixture, &passkey("a", 501)).await;
    let open = async |challenge_id: &str, counter: u32, token: &str| {
        let audit = audit(AuditAction::SignedIn);
        let using = using("a", counter);
        office.open_session_by_passkey(challenge_id, &using, &session(token), &audit).await
    };
    let without = open("none", 5, "zero").await;
    assert!(matches!(without, Err(StoreError::AlreadyUsed)));
    challenge(store, "used").await;
    let (one, two) = tokio::join!(open("used", 5, "one"), open("used", 6, "two"));
    assert_eq!(u32::from(one.is_ok()) + u32::from(two.is_ok()), 1);
    let won = if one.is_ok() { ("one", 5) } else { ("two", 6) };
    let opened = office.officer_session(&SessionToken(won.0.to_owned()), moment(10)).await.unwrap();
    assert_eq!(opened, Some(session(won.0)));
    let kept = office.passkey("credential of a").await.unwrap().unwrap();
    assert_eq!((kept.counter, kept.used_at), (won.1, Some(moment(9))));
    assert_eq!(kept.credential, format!("{{\"n\":{}}}", won.1));
    challenge(store, "copy").await;
    for behind in [0, won.1] {
        let copied = open("copy", behind, "three").await;
        assert!(matches!(copied, Err(StoreError::AlreadyUsed)), "{behind}");
    }
    assert!(store.challenge("copy").await.unwrap().is_some(), "nothing was used up");
    open("copy", 7, "three").await.unwrap();
    added(&fixture, &passkey("b", 501)).await;
    for token in ["four", "five"] {
        challenge(store, token).await;
        let audit = audit(AuditAction::SignedIn);
        let using = using("b", 0);
        office.open_session_by_passkey(token, &using, &session(token), &audit).await.unwrap();
    }
}

/// Each use puts the end off.
pub async fn a_passkey_nobody_used_for_long_is_forgotten(fixture: Fixture) {
    added(&fixture, &passkey("a", 501)).await;
    added(&fixture, &passkey("b", 501)).await;
    challenge(&fixture.store, "used").await;
    let audit = audit(AuditAction::SignedIn);
    let office = &fixture.office;
    office.open_session_by_passkey("used", &using("b", 1), &session("one"), &audit).await.unwrap();
    fixture.store.remove_expired(moment(1_000)).await.unwrap();
    let left = office.passkeys_of(iin(501), &Workplace::Department(kato())).await.unwrap();
    assert_eq!(left.iter().map(|one| one.id.0.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(left[0].kept_until, moment(2_000));
}
