//! Signings by telephone.

use super::Fixture;
use crate::ports::{
    PhoneAccepted, PhoneAuth, PhoneLinkHash, PhoneMethod, PhoneSignature, PhoneSigning, StoreError,
};
use crate::testing::samples::{iin, moment};

fn signing(link: &str) -> PhoneSigning {
    PhoneSigning {
        link: PhoneLinkHash(link.to_owned()),
        challenge: "challenge".to_owned(),
        signer: Some(iin(1)),
        auth: PhoneAuth::Token,
        method: PhoneMethod::CmsWithData,
        begun_at: moment(0),
        expires_at: moment(600),
        kept_until: moment(900),
        accepted: None,
        refusal: None,
    }
}

fn signature(digest: &str) -> PhoneSignature {
    PhoneSignature { digest: digest.to_owned(), bytes: Some(vec![0, 1, 255]) }
}

/// Each word of it comes back, also where nobody is expected.
pub async fn a_signing_by_telephone_is_kept_as_it_was_begun(fixture: Fixture) {
    let store = fixture.store;
    let begun = signing("one");
    let other = PhoneSigning {
        signer: None,
        auth: PhoneAuth::Eds,
        method: PhoneMethod::Xml,
        ..signing("other")
    };
    for one in [&begun, &other] {
        store.put_phone_signing(one).await.unwrap();
        assert_eq!(store.phone_signing(&one.link).await.unwrap().as_ref(), Some(one));
    }
    let nobody = PhoneLinkHash("nobody".to_owned());
    assert_eq!(store.phone_signing(&nobody).await.unwrap(), None);
    let accepted = store.accept_phone_signature(&nobody, &signature("a")).await;
    assert!(matches!(accepted, Err(StoreError::AlreadyUsed)), "{accepted:?}");
    store.refuse_phone_signature(&nobody, "expired").await.unwrap();
}

/// Whoever comes second hears whether it was he.
pub async fn of_parallel_signatures_by_telephone_one_is_accepted(fixture: Fixture) {
    let store = fixture.store;
    let link = signing("one").link;
    store.put_phone_signing(&signing("one")).await.unwrap();
    let tries = (0..8).map(|index| {
        let (store, link) = (store.clone(), link.clone());
        tokio::spawn(async move {
            let signature = signature(&format!("digest-{}", index % 2));
            store.accept_phone_signature(&link, &signature).await.unwrap()
        })
    });
    let mut new = 0;
    for one in tries.collect::<Vec<_>>() {
        new += usize::from(one.await.unwrap() == PhoneAccepted::New);
    }
    assert_eq!(new, 1);
    let accepted = store.phone_signing(&link).await.unwrap().unwrap().accepted.unwrap();
    assert_eq!(accepted.bytes, Some(vec![0, 1, 255]));
    let again = store.accept_phone_signature(&link, &accepted).await.unwrap();
    assert_eq!(again, PhoneAccepted::Same);
    let other = store.accept_phone_signature(&link, &signature("third")).await.unwrap();
    assert_eq!(other, PhoneAccepted::Other);
    assert_eq!(store.phone_signing(&link).await.unwrap().unwrap().accepted, Some(accepted));
}

/// The last reason counts, and none once there is a signature.
pub async fn why_a_signature_by_telephone_was_refused_is_told_until_one_is_accepted(
    fixture: Fixture,
) {
    let store = fixture.store;
    let link = signing("one").link;
    let refusal = async || store.phone_signing(&link).await.unwrap().unwrap().refusal;
    store.put_phone_signing(&signing("one")).await.unwrap();
    for code in ["expired", "revoked"] {
        store.refuse_phone_signature(&link, code).await.unwrap();
        assert_eq!(refusal().await.as_deref(), Some(code));
    }
    store.accept_phone_signature(&link, &signature("a")).await.unwrap();
    assert_eq!(refusal().await, None);
    store.refuse_phone_signature(&link, "late").await.unwrap();
    assert_eq!(refusal().await, None);
}

/// Signed or not.
pub async fn a_signing_by_telephone_is_forgotten_at_its_end(fixture: Fixture) {
    let store = fixture.store;
    for name in ["waiting", "signed"] {
        store.put_phone_signing(&signing(name)).await.unwrap();
    }
    let signed = signing("signed").link;
    store.accept_phone_signature(&signed, &signature("a")).await.unwrap();
    store.remove_expired(moment(899)).await.unwrap();
    assert!(store.phone_signing(&signed).await.unwrap().is_some());
    store.remove_expired(moment(900)).await.unwrap();
    for name in ["waiting", "signed"] {
        assert_eq!(store.phone_signing(&signing(name).link).await.unwrap(), None, "{name}");
    }
}
