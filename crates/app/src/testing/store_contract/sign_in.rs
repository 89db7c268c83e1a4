//! Challenges, sessions and drafts.

use super::Fixture;
use crate::audit::AuditAction;
use crate::ports::{Registered, Session, SessionToken, SignInChallenge, StoreError};
use crate::testing::samples::{draft, event, iin, moment, registered, registration};

fn challenge(id: &str, expires_at: i64) -> SignInChallenge {
    let document = format!("sign {id}").into_bytes();
    SignInChallenge { id: id.to_owned(), document, expires_at: moment(expires_at) }
}

fn session(token: &str, expires_at: i64) -> Session {
    Session {
        token: SessionToken(token.to_owned()),
        iin: iin(1),
        name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
        signed_in_at: moment(0),
        expires_at: moment(expires_at),
    }
}

/// Of parallel uses of one challenge one opens a session, and only its journal entry is written.
pub async fn a_challenge_opens_one_session_even_in_parallel(fixture: Fixture) {
    let store = fixture.store;
    let challenge = challenge("once", 300);
    store.put_challenge(&challenge).await.unwrap();
    assert_eq!(store.challenge("once").await.unwrap(), Some(challenge));
    let tries = (0..8).map(|index| {
        let store = store.clone();
        tokio::spawn(async move {
            let audit = event(AuditAction::SignedIn, None, Some(iin(1)));
            store.open_session("once", &session(&format!("token-{index}"), 600), &audit).await
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
    assert_eq!(store.challenge("once").await.unwrap(), None);
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 1);
    let mut sessions = 0;
    for index in 0..8 {
        let token = SessionToken(format!("token-{index}"));
        sessions += usize::from(store.session(&token, moment(1)).await.unwrap().is_some());
    }
    assert_eq!(sessions, 1);
}

/// At its last moment a session is over.
pub async fn a_session_ends_by_time_or_by_choice(fixture: Fixture) {
    let store = fixture.store;
    store.put_challenge(&challenge("once", 300)).await.unwrap();
    let session = session("token", 600);
    let audit = event(AuditAction::SignedIn, None, Some(iin(1)));
    store.open_session("once", &session, &audit).await.unwrap();
    let found = store.session(&session.token, moment(599)).await.unwrap();
    assert_eq!(found.as_ref(), Some(&session));
    assert_eq!(store.session(&session.token, moment(600)).await.unwrap(), None);
    store.close_session(&session.token).await.unwrap();
    assert_eq!(store.session(&session.token, moment(1)).await.unwrap(), None);
    store.close_session(&session.token).await.unwrap();
}

/// Submitted drafts stay: they tell which request they became or led to.
pub async fn what_expired_is_removed_and_the_rest_stays(fixture: Fixture) {
    let store = fixture.store;
    store.put_challenge(&challenge("old", 10)).await.unwrap();
    store.put_challenge(&challenge("young", 20)).await.unwrap();
    let number = registered(&store, 1).await;
    store.put_draft(&draft(iin(2), "old-draft")).await.unwrap();
    let led = draft(iin(1), "led");
    store.put_draft(&led).await.unwrap();
    let outcome = store.register(&registration(&led, 2, "key-2")).await.unwrap();
    assert_eq!(outcome, Registered::Open(number.clone()));
    store.remove_expired(moment(10)).await.unwrap();
    assert_eq!(store.challenge("old").await.unwrap(), None);
    assert!(store.challenge("young").await.unwrap().is_some());
    assert!(store.draft("old-draft").await.unwrap().is_some());
    store.remove_expired(moment(1_800)).await.unwrap();
    assert_eq!(store.draft("old-draft").await.unwrap(), None);
    let submitted = store.draft("challenge-1").await.unwrap().unwrap();
    assert_eq!(submitted.became.as_ref(), Some(&number));
    let led = store.draft("led").await.unwrap().unwrap();
    assert_eq!(led.led_to, Some(number));
}

/// Byte for byte, because these bytes are signed.
pub async fn a_draft_is_kept_with_its_exact_bytes(fixture: Fixture) {
    let store = fixture.store;
    let mut draft = draft(iin(1), "challenge");
    draft.document = (0..=255).collect();
    store.put_draft(&draft).await.unwrap();
    assert_eq!(store.draft("challenge").await.unwrap(), Some(draft));
    assert_eq!(store.draft("another").await.unwrap(), None);
}
