//! Requests confirmed by a one-time password: what is kept of it, and what proves it afterwards.

use std::sync::Arc;

use domain::{Answer, ConsentDecision, Consents, Iin, Language, WardsAsked};
use jiff::SignedDuration;

use super::{World, number_of, world_with};
use crate::audit::{Actor, AuditAction};
use crate::testing::samples::{guardian_record, iin, moment};
use crate::testing::{FakeMobileCitizensBase, FakeSmsGateway, FakeVerifier};
use crate::{
    BreakOrder, Draft, DraftOrder, Entrance, IdempotencyKey, OneTimePasswords, PasswordSubmission,
    Replayed, Session, SessionToken, SmsFault, Store, SubmitError, Submitted,
};

struct Stage {
    world: World,
    gateway: Arc<FakeSmsGateway>,
    numbers: Arc<FakeMobileCitizensBase>,
}

fn stage(second_step: bool) -> Stage {
    let gateway = Arc::new(FakeSmsGateway::default());
    let numbers = Arc::new(FakeMobileCitizensBase::default());
    let offered = OneTimePasswords {
        base: numbers.clone(),
        gateway: gateway.clone(),
        requests: true,
        second_step,
        notices: true,
    };
    let world = world_with(|parts| parts.one_time_passwords = Some(offered));
    numbers.connect(iin(1), "+77010000042");
    world.bank.know(guardian_record(iin(1), &["w1"]));
    Stage { world, gateway, numbers }
}

fn session(iin: Iin) -> Session {
    Session {
        token: SessionToken("token".to_owned()),
        iin,
        name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
        signed_in_at: moment(0),
        expires_at: moment(1_800),
    }
}

impl Stage {
    async fn draft(&self) -> Draft {
        let given = ConsentDecision::Given;
        let order = DraftOrder {
            applicant: iin(1),
            language: Language::En,
            wards: WardsAsked::All,
            consents: Consents { restricted_data: given, protected_secret: given },
            provider: None,
        };
        self.world.service.prepare_draft(order).await.unwrap()
    }

    async fn send(&self, draft: &Draft) -> Result<String, SubmitError> {
        self.world.service.send_request_password(draft, Language::En).await?;
        Ok(self.gateway.last_password())
    }

    async fn confirm(&self, draft: &Draft, typed: &str) -> Result<Submitted, SubmitError> {
        let submission = PasswordSubmission {
            key: IdempotencyKey("key".to_owned()),
            challenge: draft.challenge.clone(),
            typed: typed.to_owned(),
            session: session(iin(1)),
        };
        self.world.service.submit_with_password(submission).await
    }
}

#[tokio::test]
async fn a_request_confirmed_by_a_password_says_so_and_is_proven_like_any_other() {
    let stage = stage(false);
    let draft = stage.draft().await;
    let text = String::from_utf8(draft.document.clone()).unwrap();
    assert!(text.contains("one-time password"), "the text does not claim to be signed");
    let password = stage.send(&draft).await.unwrap();
    let submitted = stage.confirm(&draft, &password).await.unwrap();
    assert!(matches!(submitted, Submitted::New(_)));
    let number = number_of(submitted);
    let store = &stage.world.store;
    let rows = store.audit_of(&number).await.unwrap();
    let row = rows.iter().find(|row| row.action == AuditAction::Registered.code()).unwrap();
    assert_eq!(
        (row.detail.as_str(), row.actor.as_str()),
        ("portal one_time_password", Actor::Applicant.code())
    );
    stage.world.work().await;
    assert!(matches!(stage.world.service.replay(&number).await.unwrap(), Replayed::Same(_)));
    let report = stage.world.service.verify_integrity(&**store, &[]).await.unwrap();
    assert_eq!((report.faults, report.requests), (Vec::new(), 1));
    // Sent again by the same page: the same request, with a password that is used up.
    let again = stage.confirm(&draft, &password).await.unwrap();
    assert!(matches!(again, Submitted::Same(_)));
}

#[tokio::test]
async fn what_hinders_a_registration_leaves_the_password_good() {
    let stage = stage(false);
    let draft = stage.draft().await;
    let password = stage.send(&draft).await.unwrap();
    let (from, to) = (moment(2_000), moment(2_600));
    stage.world.clock.set(moment(0));
    let order = BreakOrder {
        starts_at: from,
        ends_at: to,
        reason_kk: "жөндеу".to_owned(),
        reason_ru: "ремонт".to_owned(),
        reason_en: "repair".to_owned(),
    };
    stage.world.service.announce_break(order).await.unwrap();
    stage.world.clock.set(moment(2_001));
    let late = stage.confirm(&draft, &password).await.unwrap_err();
    assert_eq!(late.code(), "password_none_sent", "{late:?}");
    // A text of its own time: sent and confirmed during the break, it waits for its end with the same password.
    let draft = stage.draft().await;
    let password = stage.send(&draft).await.unwrap();
    let error = stage.confirm(&draft, &password).await.unwrap_err();
    assert!(matches!(error, SubmitError::TechnicalBreak { ends_at } if ends_at == to), "{error:?}");
    stage.world.clock.set(to);
    assert!(matches!(stage.confirm(&draft, &password).await.unwrap(), Submitted::New(_)));
}

#[tokio::test]
async fn two_passwords_of_one_text_make_one_request() {
    let stage = stage(false);
    let draft = stage.draft().await;
    let first = stage.send(&draft).await.unwrap();
    stage.world.clock.advance(SignedDuration::from_secs(60));
    let second = stage.send(&draft).await.unwrap();
    let request = number_of(stage.confirm(&draft, &first).await.unwrap());
    let submission = PasswordSubmission {
        key: IdempotencyKey("another key".to_owned()),
        challenge: draft.challenge.clone(),
        typed: second,
        session: session(iin(1)),
    };
    let again = stage.world.service.submit_with_password(submission).await.unwrap();
    assert!(matches!(&again, Submitted::DraftUsed(_)));
    assert_eq!(number_of(again), request);
}

#[tokio::test]
async fn a_base_or_gateway_that_fails_is_no_answer_and_uses_nothing_up() {
    let stage = stage(false);
    let draft = stage.draft().await;
    stage.numbers.answer(iin(1), Answer::Unavailable);
    assert_eq!(stage.send(&draft).await.unwrap_err().code(), "mobile_citizens_base_unavailable");
    stage.numbers.answer(iin(1), Answer::Absent);
    assert_eq!(stage.send(&draft).await.unwrap_err().code(), "number_not_connected");
    stage.numbers.connect(iin(1), "+77010000042");
    for (fault, code) in [
        (SmsFault::Unreachable("silent".to_owned()), "sms_unreachable"),
        (SmsFault::TryLater, "sms_try_later"),
        (SmsFault::NumberRefused, "sms_number_refused"),
    ] {
        stage.gateway.fail(Some(fault));
        assert_eq!(stage.send(&draft).await.unwrap_err().code(), code);
    }
    stage.gateway.fail(None);
    stage.send(&draft).await.unwrap();
}

#[tokio::test]
async fn a_signature_alone_signs_nobody_in_where_a_second_step_is_asked_for() {
    let stage = stage(true);
    let service = &stage.world.service;
    let challenge = service.prepare_sign_in(Language::En).await.unwrap();
    let cms = FakeVerifier::sign(iin(1), &challenge.document);
    let Entrance::SecondStep(halfway) = service.sign_in(&challenge.id, &cms).await.unwrap() else {
        panic!("a second step is asked for")
    };
    assert!(service.session(&halfway.cookie).await.unwrap().is_none());
    assert!(service.sign_in(&challenge.id, &cms).await.is_err(), "the challenge is used up");
    service.send_sign_in_password(&halfway.cookie, Language::En).await.unwrap();
    let password = stage.gateway.last_password();
    let signed_in = service.sign_in_with_password(&halfway.cookie, &password).await.unwrap();
    assert_eq!(signed_in.session.iin, iin(1));
    assert!(service.session(&signed_in.cookie).await.unwrap().is_some());
    let again = service.sign_in_with_password(&halfway.cookie, &password).await.unwrap_err();
    assert_eq!(again.code(), "challenge_expired");
    let rows = stage.world.store.audit_from(1, 10).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.action.as_str(), row.detail.as_str())).collect();
    assert_eq!(told, [("signed_in", "one_time_password")]);
}
