//! More than can be done: every way to ask is told when to come again, and nothing else is touched by it.

use super::portal_exchange::{desk, exchange, tell_all};
use super::*;
use crate::testing::{FakeMobileCitizensBase, FakeSmsGateway};
use crate::{
    Busy, Draft, DraftError, ExchangeTaken, ExternalId, NewExchange, OneTimePasswords,
    PasswordSubmission, PhoneAuth, PhoneBegun, PhoneError, PhoneMethod, PhonePurpose, PhoneState,
    PhoneWay, Said, Session, SessionToken, TakeError, phone_bearer,
};

const SECRET: &str = "the browser's cookie";

/// Two may wait, and the fifth person has a telephone for passwords.
fn narrow() -> (World, Arc<FakeSmsGateway>) {
    let gateway = Arc::new(FakeSmsGateway::default());
    let base = Arc::new(FakeMobileCitizensBase::default());
    base.connect(iin(5), "+77010000042");
    let offered = OneTimePasswords {
        base,
        gateway: gateway.clone(),
        requests: true,
        second_step: false,
        notices: false,
    };
    let world = world_with(|parts| {
        parts.one_time_passwords = Some(offered);
        parts.settings.waiting_max = Some(2);
    });
    (world, gateway)
}

impl World {
    async fn to_be_signed(&self, person: Iin) -> Result<Draft, DraftError> {
        let given = ConsentDecision::Given;
        let consents = Consents { restricted_data: given, protected_secret: given };
        let (language, wards) = (Language::Kk, WardsAsked::All);
        let order = DraftOrder { applicant: person, language, wards, consents, provider: None };
        self.service.prepare_draft(order).await
    }

    async fn bring(&self, begun: &PhoneBegun, signature: &[u8]) -> Result<(), PhoneError> {
        let bearer = phone_bearer(&begun.token);
        self.service.take_phone_signature(&begun.token, Some(&bearer), signature).await
    }

    async fn confirm(&self, draft: &Draft, typed: &str) -> Result<Submitted, SubmitError> {
        let session = Session {
            token: SessionToken("token".to_owned()),
            iin: draft.request.applicant,
            name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
            signed_in_at: moment(0),
            expires_at: moment(1_800),
        };
        let (challenge, typed) = (draft.challenge.clone(), typed.to_owned());
        let key = IdempotencyKey("password".to_owned());
        let submission = PasswordSubmission { key, challenge, typed, session };
        self.service.submit_with_password(submission).await
    }

    /// Looks anew how many wait.
    fn look_again(&self) {
        self.clock.advance(SignedDuration::from_secs(1));
    }
}

#[tokio::test]
async fn while_too_many_wait_every_way_to_ask_is_told_to_come_again_and_nothing_else_is() {
    let (world, gateway) = narrow();
    let (desk, line) = desk(&world);
    let mut signed = Vec::new();
    for person in (1..=7).map(iin) {
        signed.push(world.signed(person, WardsAsked::All, ConsentDecision::Given).await);
    }
    let by_phone = world.to_be_signed(iin(4)).await.unwrap();
    let by_password = world.to_be_signed(iin(5)).await.unwrap();
    let way = PhoneWay { auth: PhoneAuth::Token, method: PhoneMethod::CmsWithData };
    let purpose = PhonePurpose::Request(&by_phone);
    let begun = world.service.begin_phone_signing(purpose, way, SECRET).await.unwrap();
    let kept = exchange(iin(6), signed[5].clone());
    assert_eq!(desk.take(&kept).await.unwrap(), ExchangeTaken::New);
    let first = number_of(world.submit("one", signed[0].clone()).await.unwrap());
    world.submit("two", signed[1].clone()).await.unwrap();
    world.look_again();

    let later = Busy { retry_after_s: 15 };
    let refused = world.to_be_signed(iin(8)).await;
    assert!(matches!(refused, Err(DraftError::Busy(busy)) if busy == later), "before he signs");
    let refused = world.submit("three", signed[2].clone()).await;
    assert!(matches!(refused, Err(SubmitError::Busy(busy)) if busy == later));
    let signature = FakeVerifier::sign(iin(4), &by_phone.document);
    assert!(matches!(world.bring(&begun, &signature).await, Err(PhoneError::Busy(_))));
    let begun = world.service.phone_begun(&begun.id, SECRET).await.unwrap().unwrap();
    let state = world.service.phone_state(&begun).await.unwrap();
    assert!(matches!(state, PhoneState::Waiting { refusal: None, .. }), "nothing is wrong with it");
    let external_id = ExternalId::parse("10100000000002").unwrap();
    let other = NewExchange { external_id, ..exchange(iin(7), signed[6].clone()) };
    assert!(matches!(desk.take(&other).await, Err(TakeError::Busy(_))), "the gateway keeps it");
    assert_eq!(desk.take(&kept).await.unwrap(), ExchangeTaken::Same, "what is ours stays ours");
    tell_all(&desk).await;
    assert_eq!(line.states(), ["signature_waits"], "it is told why it waits, once");
    assert!(matches!(&line.words()[0].said, Said::Kept { code } if code == "busy"));
    assert_eq!(world.store.numbers_after(None, 10).await.unwrap().len(), 2);

    let again = world.submit("one", signed[0].clone()).await.unwrap();
    assert!(matches!(&again, Submitted::Same(stored) if stored.number == first));
    let tab = world.submit("a tab", signed[0].clone()).await.unwrap();
    assert!(matches!(&tab, Submitted::DraftUsed(stored) if stored.number == first));
    world.service.send_request_password(&by_password, Language::Kk).await.unwrap();
    let confirmed = world.confirm(&by_password, &gateway.last_password()).await;
    assert!(matches!(confirmed, Ok(Submitted::New(_))), "it is good for minutes only");

    world.work().await;
    world.look_again();
    assert!(matches!(world.submit("three", signed[2].clone()).await, Ok(Submitted::New(_))));
    world.bring(&begun, &signature).await.unwrap();
    world.work().await;
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(desk.take(&other).await.unwrap(), ExchangeTaken::New);
    tell_all(&desk).await;
    assert_eq!(line.states(), ["signature_waits", "accepted", "accepted"]);
}

#[tokio::test]
async fn only_so_many_are_prepared_and_registered_at_the_same_time() {
    let (world, gateway) = narrow();
    let signed = world.signed(iin(1), WardsAsked::All, ConsentDecision::Given).await;
    let draft = world.to_be_signed(iin(5)).await.unwrap();
    world.service.send_request_password(&draft, Language::Kk).await.unwrap();
    let number = number_of(world.submit("one", signed.clone()).await.unwrap());
    let places: Vec<_> = (0..128).map(|_| world.service.place().unwrap()).collect();
    let soon = Busy { retry_after_s: 2 };
    assert!(
        matches!(world.to_be_signed(iin(2)).await, Err(DraftError::Busy(busy)) if busy == soon)
    );
    assert!(matches!(world.submit("two", signed.clone()).await, Err(SubmitError::Busy(_))));
    for _ in 0..10 {
        let confirmed = world.confirm(&draft, "000000").await;
        assert!(matches!(confirmed, Err(SubmitError::Busy(_))), "that is no try");
    }
    let again = world.submit("one", signed).await.unwrap();
    assert_eq!(number_of(again), number, "who was answered before is answered again");
    drop(places);
    let confirmed = world.confirm(&draft, &gateway.last_password()).await;
    assert!(matches!(confirmed, Ok(Submitted::New(_))));
}
