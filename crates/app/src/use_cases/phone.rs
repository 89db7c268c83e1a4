//! Signing by telephone: what a person, his telephone and strangers can do with a link.

use std::sync::Arc;

use domain::{ConsentDecision, Consents, Iin, Language, WardsAsked};
use jiff::SignedDuration;

use super::{World, world, world_with};
use crate::testing::samples::iin;
use crate::testing::{FakeConsents, FakeVerifier};
use crate::{
    AccessReply, Draft, DraftOrder, Entrance, PhoneAuth, PhoneBegun, PhoneError, PhoneMethod,
    PhonePurpose, PhoneRight, PhoneState, PhoneWay, SignInError, Store, document_xml, phone_bearer,
};

const SECRET: &str = "the browser's cookie";
const WAY: PhoneWay = PhoneWay { auth: PhoneAuth::Token, method: PhoneMethod::CmsWithData };

impl World {
    async fn prepared(&self, applicant: Iin) -> Draft {
        let consents = Consents {
            restricted_data: ConsentDecision::Given,
            protected_secret: ConsentDecision::Given,
        };
        let (language, wards) = (Language::Kk, WardsAsked::All);
        let order = DraftOrder { applicant, language, wards, consents, provider: None };
        self.service.prepare_draft(order).await.unwrap()
    }

    async fn by_phone(&self, draft: &Draft) -> PhoneBegun {
        let purpose = PhonePurpose::Request(draft);
        self.service.begin_phone_signing(purpose, WAY, SECRET).await.unwrap()
    }

    async fn sign_in_by_phone(&self, way: PhoneWay) -> PhoneBegun {
        let purpose = PhonePurpose::SignIn(Language::Ru);
        self.service.begin_phone_signing(purpose, way, SECRET).await.unwrap()
    }

    async fn document(&self, begun: &PhoneBegun) -> Vec<u8> {
        let bearer = phone_bearer(&begun.token);
        let right = PhoneRight::Bearer(&bearer);
        self.service.phone_document(&begun.token, right).await.unwrap().document
    }

    async fn take(&self, begun: &PhoneBegun, signature: &[u8]) -> Result<(), PhoneError> {
        let bearer = phone_bearer(&begun.token);
        self.service.take_phone_signature(&begun.token, Some(&bearer), signature).await
    }

    async fn phone_state(&self, begun: &PhoneBegun) -> PhoneState {
        let begun = self.service.phone_begun(&begun.id, SECRET).await.unwrap().unwrap();
        self.service.phone_state(&begun).await.unwrap()
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

fn code(taken: Result<(), PhoneError>) -> &'static str {
    taken.unwrap_err().code()
}

#[tokio::test]
async fn a_request_signed_by_telephone_is_registered_at_once() {
    let world = world();
    let draft = world.prepared(iin(1)).await;
    let begun = world.by_phone(&draft).await;
    let until = begun.signing.expires_at;
    assert_eq!(world.phone_state(&begun).await, PhoneState::Waiting { refusal: None, until });
    let document = world.document(&begun).await;
    assert_eq!(document, draft.document);
    world.take(&begun, &FakeVerifier::sign(iin(1), &document)).await.unwrap();
    let PhoneState::Registered(number) = world.phone_state(&begun).await else { panic!() };
    assert!(world.store.request(&number).await.unwrap().is_some());
}

#[tokio::test]
async fn a_silent_control_of_access_is_no_fault_of_the_signature() {
    let consents = Arc::new(FakeConsents::default());
    consents.ask_persons().says(AccessReply::Silent);
    let world = world_with(|parts| parts.consents = consents.clone());
    let draft = world.prepared(iin(1)).await;
    world.service.ask_consent(&draft).await.unwrap();
    let begun = world.by_phone(&draft).await;
    let document = world.document(&begun).await;
    let taken = world.take(&begun, &FakeVerifier::sign(iin(1), &document)).await;
    let Err(PhoneError::CannotTell { code, .. }) = taken else { panic!("a fault expected") };
    assert_eq!(code, "consent_service_unavailable");
    let until = begun.signing.expires_at;
    assert_eq!(world.phone_state(&begun).await, PhoneState::Waiting { refusal: None, until });
}

#[tokio::test]
async fn the_same_signature_again_changes_nothing_and_another_is_refused() {
    let world = world();
    let draft = world.prepared(iin(1)).await;
    let begun = world.by_phone(&draft).await;
    let signature = FakeVerifier::sign(iin(1), &draft.document);
    world.take(&begun, &signature).await.unwrap();
    world.wait(700);
    world.take(&begun, &signature).await.unwrap();
    let other = [signature.as_slice(), b" "].concat();
    assert_eq!(code(world.take(&begun, &other).await), "phone_used");
    let bearer = phone_bearer(&begun.token);
    let again = world.service.phone_document(&begun.token, PhoneRight::Bearer(&bearer)).await;
    assert!(matches!(again, Err(PhoneError::Used)));
    let all = world.store.requests_of(iin(1), None, 10).await.unwrap();
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn signatures_that_arrive_at_the_same_time_make_one_request() {
    let world = world();
    let draft = world.prepared(iin(1)).await;
    let begun = world.by_phone(&draft).await;
    let signature = FakeVerifier::sign(iin(1), &draft.document);
    let tries = (0..8).map(|index| {
        let (service, token) = (world.service.clone(), begun.token.clone());
        let bytes = [signature.as_slice(), if index % 2 == 0 { b"" } else { b" " }].concat();
        let bearer = phone_bearer(&token);
        tokio::spawn(
            async move { service.take_phone_signature(&token, Some(&bearer), &bytes).await },
        )
    });
    let mut taken = 0;
    for one in tries.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(()) => taken += 1,
            Err(error) => assert_eq!(error.code(), "phone_used"),
        }
    }
    assert_eq!(taken, 4);
    assert_eq!(world.store.requests_of(iin(1), None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_not_accepted_is_told_to_both_sides_and_may_be_tried_again() {
    let world = world();
    let draft = world.prepared(iin(1)).await;
    let begun = world.by_phone(&draft).await;
    let other = world.prepared(iin(1)).await;
    for (signature, expected) in [
        (FakeVerifier::sign(iin(2), &draft.document), "someone_elses_signature"),
        (FakeVerifier::sign_badly(iin(1), &draft.document), "signature_invalid"),
        (FakeVerifier::sign(iin(1), &other.document), "wrong_content"),
        (FakeVerifier::sign(iin(1), b"altered"), "wrong_content"),
        (b"nothing of the kind".to_vec(), "cms_unreadable"),
    ] {
        assert_eq!(code(world.take(&begun, &signature).await), expected);
        let PhoneState::Waiting { refusal, .. } = world.phone_state(&begun).await else { panic!() };
        assert_eq!(refusal.as_deref(), Some(expected));
    }
    world.take(&begun, &FakeVerifier::sign(iin(1), &draft.document)).await.unwrap();
    assert!(matches!(world.phone_state(&begun).await, PhoneState::Registered(_)));
}

#[tokio::test]
async fn what_cannot_be_judged_now_is_no_refusal() {
    let world = world();
    let draft = world.prepared(iin(1)).await;
    let begun = world.by_phone(&draft).await;
    let signature = FakeVerifier::sign(iin(1), &draft.document);
    world.verifier.go_down("ocsp_silent");
    let taken = world.take(&begun, &signature).await;
    assert!(matches!(taken, Err(PhoneError::CannotTell { code: "ocsp_silent", .. })), "{taken:?}");
    let PhoneState::Waiting { refusal, .. } = world.phone_state(&begun).await else { panic!() };
    assert_eq!(refusal, None);
    world.verifier.come_up();
    world.take(&begun, &signature).await.unwrap();
}

#[tokio::test]
async fn a_link_ends_and_never_outlives_its_document() {
    let world = world();
    let draft = world.prepared(iin(1)).await;
    let begun = world.by_phone(&draft).await;
    world.wait(601);
    let signature = FakeVerifier::sign(iin(1), &draft.document);
    assert_eq!(code(world.take(&begun, &signature).await), "phone_expired");
    assert_eq!(world.phone_state(&begun).await, PhoneState::Expired);
    assert!(matches!(world.service.phone_invitation(&begun.token).await, Err(PhoneError::Expired)));
    world.wait(600);
    let late = world.by_phone(&draft).await;
    assert_eq!(late.signing.expires_at, draft.expires_at);
    world.wait(500);
    assert_eq!(code(world.take(&begun, &signature).await), "phone_unknown");
}

#[tokio::test]
async fn the_document_is_given_to_who_has_the_right_to_it() {
    let world = world();
    let nothing = PhoneRight::Nothing;
    let token = world.sign_in_by_phone(WAY).await.token;
    for wrong in [nothing, PhoneRight::Bearer("wrong"), PhoneRight::Bearer(&token)] {
        let given = world.service.phone_document(&token, wrong).await;
        assert!(matches!(given, Err(PhoneError::Unauthorized)));
    }
    let taken = world.service.take_phone_signature(&token, None, b"anything").await;
    assert!(matches!(taken, Err(PhoneError::Unauthorized)));
    let open = world.sign_in_by_phone(PhoneWay { auth: PhoneAuth::None, ..WAY }).await.token;
    assert!(world.service.phone_document(&open, nothing).await.is_ok());
    assert!(matches!(
        world.service.phone_document("unknown", nothing).await,
        Err(PhoneError::Unknown)
    ));
}

#[tokio::test]
async fn a_request_is_given_to_nobody_but_its_applicant_where_he_must_sign_the_address() {
    let world = world();
    let draft = world.prepared(iin(1)).await;
    let way = PhoneWay { auth: PhoneAuth::Eds, ..WAY };
    let purpose = PhonePurpose::Request(&draft);
    let begun = world.service.begin_phone_signing(purpose, way, SECRET).await.unwrap();
    let uri = "https://anyqtama.example/mgovSign/1/document";
    let ask = async |xml: Vec<u8>| {
        let right = PhoneRight::SignedUri { xml: &xml, uri };
        world.service.phone_document(&begun.token, right).await.map(|given| given.document)
    };
    let his = FakeVerifier::sign(iin(1), uri.as_bytes());
    assert_eq!(ask(his.clone()).await.unwrap(), draft.document);
    let others = ask(FakeVerifier::sign(iin(2), uri.as_bytes())).await.unwrap_err();
    assert_eq!(others.code(), "someone_elses_signature");
    let elsewhere = ask(FakeVerifier::sign(iin(1), b"https://elsewhere")).await.unwrap_err();
    assert!(matches!(elsewhere, PhoneError::Refused { .. }));
    world.verifier.go_down("crl_stale");
    assert!(matches!(ask(his).await, Err(PhoneError::CannotTell { .. })));
    let bearer = phone_bearer(&begun.token);
    let given = world.service.phone_document(&begun.token, PhoneRight::Bearer(&bearer)).await;
    assert!(matches!(given, Err(PhoneError::Unauthorized)));
}

#[tokio::test]
async fn the_browser_that_began_signs_in_once_and_no_other_does() {
    let world = world();
    let begun = world.sign_in_by_phone(WAY).await;
    let early = world.service.sign_in_by_phone(&begun.id, SECRET).await;
    assert!(matches!(early, Err(SignInError::NotSignedYet)));
    let document = world.document(&begun).await;
    world.take(&begun, &FakeVerifier::sign(iin(7), &document)).await.unwrap();
    assert_eq!(world.phone_state(&begun).await, PhoneState::SignedIn);
    assert!(world.service.phone_begun(&begun.id, "another browser").await.unwrap().is_none());
    let stolen = world.service.sign_in_by_phone(&begun.id, "another browser").await;
    assert!(matches!(stolen, Err(SignInError::UnknownChallenge)));
    // Signed in the last second, gone on with a little later.
    world.wait(310);
    let entrance = world.service.sign_in_by_phone(&begun.id, SECRET).await.unwrap();
    let Entrance::SignedIn(signed_in) = entrance else { panic!("no second step is asked for") };
    assert_eq!(signed_in.session.iin, iin(7));
    let again = world.service.sign_in_by_phone(&begun.id, SECRET).await;
    assert!(matches!(again, Err(SignInError::UnknownChallenge)));
}

#[tokio::test]
async fn a_sign_in_refuses_what_a_request_refuses() {
    let world = world();
    let begun = world.sign_in_by_phone(WAY).await;
    let document = world.document(&begun).await;
    let bad = FakeVerifier::sign_badly(iin(1), &document);
    assert_eq!(code(world.take(&begun, &bad).await), "signature_invalid");
    let signature = FakeVerifier::sign(iin(1), &document);
    world.verifier.go_down("ocsp_silent");
    assert_eq!(code(world.take(&begun, &signature).await), "ocsp_silent");
    world.verifier.come_up();
    world.take(&begun, &signature).await.unwrap();
    let other = FakeVerifier::sign(iin(2), &document);
    assert_eq!(code(world.take(&begun, &other).await), "phone_used");
    world.store.go_down();
    assert!(matches!(world.take(&begun, &other).await, Err(PhoneError::Store(_))));
}

#[tokio::test]
async fn the_xml_form_of_a_request_is_as_good_as_its_bytes() {
    let world = world();
    let draft = world.prepared(iin(1)).await;
    let way = PhoneWay { method: PhoneMethod::Xml, ..WAY };
    let purpose = PhonePurpose::Request(&draft);
    let begun = world.service.begin_phone_signing(purpose, way, SECRET).await.unwrap();
    let xml = document_xml(&draft.document).unwrap();
    world.take(&begun, &FakeVerifier::sign(iin(1), &xml)).await.unwrap();
    assert!(matches!(world.phone_state(&begun).await, PhoneState::Registered(_)));
}
