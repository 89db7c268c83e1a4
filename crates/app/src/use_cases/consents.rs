//! Withdrawing a consent at every step of a request, and what is fetched after it: nothing.

use domain::{
    Answer, ConsentDecision, DocumentContent, Iin, Number, RefusalGround, RequestState, WardsAsked,
};
use jiff::SignedDuration;

use super::{World, issued, known_guardian, number_of, world};
use crate::testing::samples::iin;
use crate::{
    Channel, DocumentCheck, IntegrityReport, Replayed, SealError, Standing, Store, WithdrawError,
    WithdrawalEffect,
};

impl World {
    async fn withdraw(&self, number: &Number, person: Iin) -> Result<(), WithdrawError> {
        self.service.withdraw_consent(number, person, Channel::Portal).await.map(|_| ())
    }

    async fn effect(&self, number: &Number) -> WithdrawalEffect {
        let view = self.service.request_view(number, None).await.unwrap().unwrap();
        WithdrawalEffect::of(&view.request)
    }

    async fn proven(&self) -> IntegrityReport {
        self.service.verify_integrity(&*self.store, &[]).await.unwrap()
    }

    async fn ground(&self, number: &Number) -> Option<RefusalGround> {
        let view = self.service.request_view(number, None).await.unwrap().unwrap();
        view.results.iter().find_map(|one| match &one.content {
            DocumentContent::Refusal(refusal) => Some(refusal.ground),
            DocumentContent::Certificate(_) | DocumentContent::Answer(_) => None,
        })
    }
}

#[tokio::test]
async fn a_consent_withdrawn_before_the_data_bank_was_asked_ends_in_the_refusal_of_item_9_2() {
    let world = world();
    let person = known_guardian(&world);
    let number = world.ask(person).await;
    assert_eq!(world.effect(&number).await, WithdrawalEffect::EndsRequest);
    world.withdraw(&number, person).await.unwrap();
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Refused);
    assert_eq!(world.ground(&number).await, Some(RefusalGround::NoConsent));
    assert_eq!(world.bank.asked(person), 0, "nothing was fetched after the withdrawal");
    assert!(matches!(world.service.replay(&number).await.unwrap(), Replayed::Same(_)));
    let report = world.proven().await;
    assert_eq!((report.requests, report.faults), (1, Vec::new()));
}

#[tokio::test]
async fn a_consent_withdrawn_while_a_source_is_waited_for_ends_the_waiting_at_once() {
    let world = world();
    let person = known_guardian(&world);
    world.bank.go_down();
    let number = world.ask(person).await;
    world.work().await;
    assert!(!world.state(&number).await.is_final());
    world.bank.come_up();
    assert_eq!(world.effect(&number).await, WithdrawalEffect::EndsRequest);
    let asked = world.bank.asked(person);
    world.withdraw(&number, person).await.unwrap();
    world.work().await;
    assert_eq!(world.ground(&number).await, Some(RefusalGround::NoConsent));
    assert_eq!(world.bank.asked(person), asked);
    assert_eq!(world.proven().await.faults, Vec::new());
}

#[tokio::test]
async fn a_consent_withdrawn_after_the_decision_leaves_the_answer_as_it_is() {
    let world = world();
    let person = known_guardian(&world);
    world.sealer.fail(Some(SealError::Unavailable("away".into())));
    let number = world.ask(person).await;
    world.work().await;
    assert_eq!(world.effect(&number).await, WithdrawalEffect::AnswerStillComes);
    world.withdraw(&number, person).await.unwrap();
    world.sealer.fail(None);
    world.clock.advance(SignedDuration::from_mins(2));
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Granted);
    assert_eq!(world.effect(&number).await, WithdrawalEffect::CertificatesStay);
    assert_eq!(world.proven().await.faults, Vec::new());
}

#[tokio::test]
async fn after_a_withdrawal_a_certificate_is_genuine_and_compared_with_nothing() {
    let world = world();
    let person = known_guardian(&world);
    let (certificate, token, bytes) = issued(&world, person).await;
    let views = world.service.requests_of(person, None).await.unwrap();
    let number = views[0].request.number.clone();
    world.withdraw(&number, person).await.unwrap();
    let asked = world.bank.asked(person);
    for checked in [
        world.service.check_by_token(&token).await.unwrap(),
        world.service.check_by_number(&certificate, person).await.unwrap(),
        world.service.check_pdf(&bytes).await.unwrap(),
    ] {
        let DocumentCheck::Genuine(checked) = checked else { panic!("genuine") };
        assert_eq!(checked.standing, Standing::NotCompared);
    }
    assert_eq!(world.bank.asked(person), asked, "the data bank is not asked any more");
    world.bank.answer(person, Answer::Absent);
    let DocumentCheck::Genuine(checked) = world.service.check_by_token(&token).await.unwrap()
    else {
        panic!("genuine")
    };
    assert_eq!(checked.standing, Standing::NotCompared, "nor does what it would say show");
}

#[tokio::test]
async fn a_withdrawal_is_the_persons_own_once_and_not_for_ever() {
    let world = world();
    let person = known_guardian(&world);
    let number = world.ask(person).await;
    let stranger = world.withdraw(&number, iin(2)).await;
    assert!(matches!(stranger, Err(WithdrawError::Unknown)));
    world.work().await;
    let first = world.service.withdraw_consent(&number, person, Channel::Portal).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(5));
    let again = world.service.withdraw_consent(&number, person, Channel::Portal).await.unwrap();
    assert_eq!(first, again);
    let rows = world.store.audit_of(&number).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.action == "consent_withdrawn").count(), 1);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    let second = number_of(world.submit("another key", cms).await.unwrap());
    world.work().await;
    assert_eq!(world.state(&second).await, RequestState::Granted, "a new consent is a new one");
    let entries = world.service.consents_by(person, None).await.unwrap();
    let withdrawn: Vec<_> = entries.iter().map(|one| one.withdrawn_at).collect();
    assert_eq!(withdrawn, [None, Some(first)]);
}

#[tokio::test]
async fn a_refused_consent_cannot_be_withdrawn() {
    let world = world();
    let person = known_guardian(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Refused).await;
    let number = number_of(world.submit("key", cms).await.unwrap());
    let refused = world.withdraw(&number, person).await;
    assert!(matches!(refused, Err(WithdrawError::NeverGiven)));
    assert_eq!(world.proven().await.faults, Vec::new());
}

#[tokio::test]
async fn the_register_names_the_applicant_as_his_certificate_does() {
    let world = world();
    let person = known_guardian(&world);
    let number = world.ask(person).await;
    let view = world.service.request_view(&number, Some(person)).await.unwrap().unwrap();
    let items = view.restricted_consent().unwrap().items.clone().unwrap();
    let name = view.request.applicant_name.clone();
    let subject = domain::ConsentSubject::Applicant { iin: person, name: Some(name) };
    assert_eq!(items.subjects, [subject, domain::ConsentSubject::AllWards]);
}

#[tokio::test]
async fn that_the_register_was_taken_out_is_one_row_about_nobody() {
    let world = world();
    let person = known_guardian(&world);
    world.ask(person).await;
    let from = "2026-11-01T00:00:00Z".parse().unwrap();
    world.service.note_consents_taken_out(Some(from), None).await.unwrap();
    let rows = world.store.audit_from(1, 1_000).await.unwrap();
    let last = rows.last().unwrap();
    assert_eq!((last.action.as_str(), last.actor.as_str()), ("consents_exported", "operator"));
    assert_eq!((last.subject.as_str(), last.detail.as_str()), ("", "2026-11-01T00:00:00Z .."));
    assert_eq!(world.proven().await.faults, Vec::new());
}

#[tokio::test]
async fn where_records_are_compared_with_the_register_of_persons_the_row_says_so() {
    for (is_down, word) in [(false, "known_compared"), (true, "unavailable_compared")] {
        let world = world();
        let person = known_guardian(&world);
        world.bank.compare();
        if is_down {
            world.bank.go_down();
        }
        world.ask(person).await;
        world.work().await;
        let told = world.service.accesses_of(person, None).await.unwrap();
        let asked = told.lines.iter().find(|line| line.action == "data_bank_asked").unwrap();
        assert_eq!(asked.way, word);
    }
    let world = world();
    world.bank.compare();
    world.ask(iin(3)).await;
    world.work().await;
    let told = world.service.accesses_of(iin(3), None).await.unwrap();
    let asked = told.lines.iter().find(|line| line.action == "data_bank_asked").unwrap();
    assert_eq!(asked.way, "absent", "of whom the bank has nothing the register is not asked");
}
