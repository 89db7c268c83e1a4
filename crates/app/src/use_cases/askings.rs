//! Asking a person for his consent before his request is registered, and what follows from each answer.

use std::sync::Arc;

use domain::{
    Answer, ConsentDecision, Consents, DocumentContent, Iin, Language, Number, RefusalGround,
    RequestState, Source, WaitingFor, WardsAsked,
};
use jiff::SignedDuration;

use super::{World, known_guardian, number_of, world, world_with};
use crate::testing::samples::{guardian_record, iin, moment};
use crate::testing::{FakeConsents, FakeControl, FakeVerifier};
use crate::{
    AccessReply, AskError, Channel, ConsentAskings, ConsentStage, DocumentCheck, Draft, DraftOrder,
    Standing, Store, SubmitError, Submitted,
};

/// A world whose persons are asked by telephone.
pub(super) fn asking_world() -> (World, Arc<FakeConsents>) {
    let consents = Arc::new(FakeConsents::default());
    consents.ask_persons();
    let world = world_with(|parts| parts.consents = consents.clone());
    (world, consents)
}

impl World {
    pub(super) async fn draft_of(&self, applicant: Iin, restricted_data: ConsentDecision) -> Draft {
        let consents = Consents { restricted_data, protected_secret: ConsentDecision::Given };
        let (language, wards) = (Language::Kk, WardsAsked::All);
        let order = DraftOrder { applicant, language, wards, consents, provider: None };
        self.service.prepare_draft(order).await.unwrap()
    }

    async fn send(&self, draft: &Draft) -> Result<Submitted, SubmitError> {
        let cms = FakeVerifier::sign(draft.request.applicant, &draft.document);
        self.submit(&draft.challenge, cms).await
    }

    pub(super) fn later(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

pub(super) fn says(control: &FakeControl, word: &str) {
    match word {
        "gives" => control.gives(),
        "refuses" => control.says(AccessReply::Refused),
        "no answer" => control.says(AccessReply::NoAnswer),
        "pending" => control.says(AccessReply::Pending),
        _ => control.says(AccessReply::Silent),
    }
}

#[tokio::test]
async fn only_a_consent_that_was_given_registers_a_request() {
    for (word, at_once, at_the_end, fault) in [
        ("gives", "given", "given", None),
        ("refuses", "refused", "refused", Some("consent_refused")),
        ("no answer", "no_answer", "no_answer", Some("consent_no_answer")),
        ("pending", "asked", "no_answer", Some("consent_no_answer")),
        ("silence", "unheard", "unavailable", Some("consent_service_unavailable")),
    ] {
        let (world, consents) = asking_world();
        let person = known_guardian(&world);
        says(consents.ask_persons(), word);
        let draft = world.draft_of(person, ConsentDecision::Given).await;
        assert_eq!(world.service.consent_stage(&draft).await.unwrap(), ConsentStage::NotAsked);
        let early = world.send(&draft).await;
        assert!(matches!(early, Err(SubmitError::Consent(ConsentStage::NotAsked))), "{word}");
        let stage = world.service.ask_consent(&draft).await.unwrap();
        assert_eq!(stage.code(), at_once, "{word}");
        world.later(300);
        let stage = world.service.consent_stage(&draft).await.unwrap();
        assert_eq!(stage.code(), at_the_end, "{word}");
        let sent = world.send(&draft).await;
        match fault {
            None => assert!(matches!(sent, Ok(Submitted::New(_))), "{word}"),
            Some(code) => assert_eq!(sent.unwrap_err().code(), code, "{word}"),
        }
        let registered = world.service.requests_of(person, None).await.unwrap().len();
        assert_eq!(registered, usize::from(fault.is_none()), "{word}: nothing else is registered");
        let asked = world.bank.asked(person);
        assert_eq!(asked, 0, "{word}: the data bank is not asked before the registration");
    }
}

#[tokio::test]
async fn a_control_that_falls_silent_makes_no_person_who_did_not_answer() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let control = consents.ask_persons();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    says(control, "pending");
    assert_eq!(world.service.ask_consent(&draft).await.unwrap().code(), "asked");
    says(control, "silence");
    world.later(100);
    assert_eq!(world.service.consent_stage(&draft).await.unwrap().code(), "unheard");
    world.later(200);
    let stage = world.service.consent_stage(&draft).await.unwrap();
    assert_eq!(stage.code(), "unavailable");
    let sent = world.send(&draft).await;
    assert_eq!(sent.unwrap_err().code(), "consent_service_unavailable");
    let messages = control.asked().iter().filter(|question| !question.is_repeated).count();
    assert_eq!(messages, 1, "he has the message, and is sent no other for the same question");
    // Back again, it tells what he answered meanwhile.
    control.gives();
    world.later(60);
    assert_eq!(world.service.consent_stage(&draft).await.unwrap().code(), "given");
}

#[tokio::test]
async fn who_did_not_answer_in_time_did_not_whatever_befalls_the_control_later() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let control = consents.ask_persons();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    says(control, "pending");
    world.service.ask_consent(&draft).await.unwrap();
    world.later(295);
    world.service.consent_stage(&draft).await.unwrap();
    says(control, "silence");
    for _ in 0..2 {
        world.later(100);
        assert_eq!(world.service.consent_stage(&draft).await.unwrap(), ConsentStage::NoAnswer);
    }
}

#[tokio::test]
async fn what_confirmed_a_consent_is_proven_with_the_request_and_shown_to_the_data_bank_alone() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    consents.ask_persons().gives();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    world.service.ask_consent(&draft).await.unwrap();
    world.later(60);
    let number = number_of(world.send(&draft).await.unwrap());
    let view = world.service.request_view(&number, None).await.unwrap().unwrap();
    assert_eq!(view.request.clock.accepted_at, moment(60), "the clock starts when all is there");
    let confirmation = view.restricted_consent().unwrap().confirmation.clone().unwrap();
    assert_eq!((confirmation.asked_at, confirmation.answered_at), (moment(0), moment(0)));
    assert_eq!(confirmation.service, "KDP_SERVICE");
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Granted);
    let shown = world.bank.shown();
    assert_eq!(shown.len(), 1);
    assert_eq!(confirmation.token_digest, shown[0].digest());
    let kept = world.store.asking_of(&number).await.unwrap().unwrap();
    assert_eq!(kept.proof, None, "the secrets are forgotten with the answer");
    let rows = world.store.audit_from(1, 100).await.unwrap();
    for printed in rows.iter().map(|row| &row.detail).chain([&format!("{kept:?} {shown:?}")]) {
        assert!(!printed.contains("secret-"), "{printed}");
    }
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!(report.faults, Vec::new());
    let told = world.service.accesses_of(person, None).await.unwrap();
    let ways: Vec<&str> = told
        .lines
        .iter()
        .filter(|line| line.action == "consent_asked")
        .map(|line| line.way.as_str())
        .collect();
    assert_eq!(ways, ["given", "asked"], "he reads that he was asked and what came of it");
}

#[tokio::test]
async fn who_insists_has_his_request_registered_and_refused_without_being_asked() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let draft = world.draft_of(person, ConsentDecision::Refused).await;
    let stage = world.service.ask_consent(&draft).await.unwrap();
    assert_eq!(stage, ConsentStage::NotNeeded);
    let number = number_of(world.send(&draft).await.unwrap());
    world.work().await;
    assert_eq!(ground(&world, &number).await, Some(RefusalGround::NoConsent));
    assert!(consents.ask_persons().asked().is_empty() && world.bank.asked(person) == 0);
}

async fn ground(world: &World, number: &Number) -> Option<RefusalGround> {
    let view = world.service.request_view(number, None).await.unwrap().unwrap();
    view.results.iter().find_map(|one| match &one.content {
        DocumentContent::Refusal(refusal) => Some(refusal.ground),
        DocumentContent::Certificate(_) | DocumentContent::Answer(_) => None,
    })
}

#[tokio::test]
async fn a_person_is_asked_once_however_often_the_button_is_pressed_or_the_page_looks() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let control = consents.ask_persons();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    for _ in 0..3 {
        world.service.ask_consent(&draft).await.unwrap();
        world.service.consent_stage(&draft).await.unwrap();
    }
    assert_eq!(control.asked().len(), 1, "the next look is worth nothing before its turn");
    world.later(5);
    control.gives();
    let stage = world.service.consent_stage(&draft).await.unwrap();
    assert_eq!(stage, ConsentStage::Given { until: moment(5 + 600) });
    let repeated: Vec<bool> = control.asked().iter().map(|one| one.is_repeated).collect();
    assert_eq!(repeated, [false, true], "no second message is sent");
}

#[tokio::test]
async fn a_control_that_was_silent_is_asked_again_with_a_message_and_less_often() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let control = consents.ask_persons();
    control.says(AccessReply::Silent);
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    world.service.ask_consent(&draft).await.unwrap();
    for _ in 0..60 {
        world.later(4);
        world.service.consent_stage(&draft).await.unwrap();
    }
    let asked = control.asked();
    assert!((3..=12).contains(&asked.len()), "{} questions in four minutes", asked.len());
    assert!(asked.iter().all(|one| !one.is_repeated), "nobody knows whether one was sent");
}

#[tokio::test]
async fn another_node_goes_on_with_a_question_when_its_node_is_gone() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    world.service.ask_consent(&draft).await.unwrap();
    world.later(5);
    let open = world.store.asking(&draft.challenge).await.unwrap().unwrap();
    // Its node took it over to ask, and ended before the answer.
    assert!(world.store.take_asking(&open.id, moment(5), moment(40)).await.unwrap());
    consents.ask_persons().gives();
    world.later(30);
    assert!(world.service.consent_stage(&draft).await.unwrap().is_open());
    world.later(5);
    assert!(world.service.consent_stage(&draft).await.unwrap().lets_register());
}

#[tokio::test]
async fn a_consent_counts_for_its_own_person_and_text_and_for_its_own_time() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    consents.ask_persons().gives();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    world.service.ask_consent(&draft).await.unwrap();
    let other = world.draft_of(person, ConsentDecision::Given).await;
    let sent = world.send(&other).await;
    assert_eq!(sent.unwrap_err().code(), "consent_not_asked", "another text");
    let stranger = world.draft_of(iin(2), ConsentDecision::Given).await;
    assert_eq!(world.send(&stranger).await.unwrap_err().code(), "consent_not_asked");
    world.later(600);
    assert_eq!(world.service.consent_stage(&draft).await.unwrap(), ConsentStage::Expired);
    assert_eq!(world.send(&draft).await.unwrap_err().code(), "consent_expired");
    assert!(world.service.ask_consent(&draft).await.unwrap().lets_register(), "asked anew");
    assert!(matches!(world.send(&draft).await, Ok(Submitted::New(_))));
}

#[tokio::test]
async fn a_person_is_not_flooded_with_messages_and_an_expired_text_asks_nobody() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    consents.ask_persons().says(AccessReply::Refused);
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    for _ in 0..5 {
        assert_eq!(world.service.ask_consent(&draft).await.unwrap(), ConsentStage::Refused);
        world.later(1);
    }
    let sixth = world.service.ask_consent(&draft).await;
    assert!(matches!(sixth, Err(AskError::Wait { until }) if until == moment(3_600)));
    assert_eq!(consents.ask_persons().asked().len(), 5);
    world.later(1_800);
    assert!(matches!(world.service.ask_consent(&draft).await, Err(AskError::DraftExpired)));
}

/// A registered request whose proof ended while the data bank was silent.
async fn outlived(world: &World, consents: &FakeConsents, person: Iin) -> Number {
    consents.ask_persons().gives();
    world.bank.go_down();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    world.service.ask_consent(&draft).await.unwrap();
    let number = number_of(world.send(&draft).await.unwrap());
    world.work().await;
    world.later(1_900);
    world.bank.come_up();
    number
}

#[tokio::test]
async fn a_proof_that_ended_in_an_outage_is_asked_for_anew_and_the_request_waits_for_it() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let number = outlived(&world, &consents, person).await;
    let asked = world.bank.asked(person);
    let control = consents.ask_persons();
    control.says(AccessReply::Pending);
    for _ in 0..3 {
        world.work().await;
        world.later(70);
    }
    let waiting = RequestState::Checking(Some(WaitingFor::Consent));
    assert_eq!(world.state(&number).await, waiting);
    assert_eq!(world.bank.asked(person), asked, "not without a proof");
    control.gives();
    for _ in 0..3 {
        world.later(70);
        world.work().await;
    }
    assert_eq!(world.state(&number).await, RequestState::Granted);
}

#[tokio::test]
async fn who_refuses_when_he_is_asked_anew_has_no_consent() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let number = outlived(&world, &consents, person).await;
    consents.ask_persons().says(AccessReply::Refused);
    for _ in 0..4 {
        world.work().await;
        world.later(70);
    }
    assert_eq!(ground(&world, &number).await, Some(RefusalGround::NoConsent));
    let view = world.service.request_view(&number, Some(person)).await.unwrap().unwrap();
    assert!(view.refused_at.is_some() && !view.consent_stands(), "given, and refused afterwards");
    assert!(view.restricted_consent().unwrap().decision.is_given(), "what he signed stays");
    let listed = world.service.consents_by(person, None).await.unwrap();
    assert_eq!((listed[0].refused_at, listed[0].withdrawn_at), (view.refused_at, None));
}

#[tokio::test]
async fn a_consent_is_good_until_the_earlier_of_its_own_end_and_its_texts() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    consents.ask_persons().gives();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    let stage = world.service.ask_consent(&draft).await.unwrap();
    assert_eq!(stage, ConsentStage::Given { until: moment(600) }, "the token ends first");
    world.later(700);
    consents.ask_persons().says(AccessReply::Pending);
    world.later(1_000);
    let stage = world.service.ask_consent(&draft).await.unwrap();
    assert_eq!(stage, ConsentStage::Asked { until: draft.expires_at }, "the text ends first");
    consents.ask_persons().gives();
    world.later(10);
    let stage = world.service.consent_stage(&draft).await.unwrap();
    assert_eq!(stage, ConsentStage::Given { until: draft.expires_at });
}

#[tokio::test]
async fn silence_to_the_second_question_refuses_nobody_and_floods_nobody() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let number = outlived(&world, &consents, person).await;
    let control = consents.ask_persons();
    control.says(AccessReply::Pending);
    for _ in 0..120 {
        world.work().await;
        world.later(60);
    }
    let waiting = RequestState::Checking(Some(WaitingFor::Consent));
    assert_eq!(world.state(&number).await, waiting);
    let messages = control.asked().iter().filter(|one| !one.is_repeated).count();
    assert!(messages <= 1 + 4, "{messages} messages in two hours");
}

#[tokio::test]
async fn nobody_is_asked_anew_while_the_data_bank_is_left_alone() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let number = outlived(&world, &consents, person).await;
    let control = consents.ask_persons();
    let asked = control.asked().len();
    let now = world.service.now();
    for _ in 0..3 {
        world.service.breaker(Source::DataBank).failed(now, 25);
    }
    world.work().await;
    let waiting = RequestState::Checking(Some(WaitingFor::DataBank));
    assert_eq!(world.state(&number).await, waiting);
    assert_eq!(control.asked().len(), asked, "what he gives could be shown to nobody");
    // Its pause is over: this one makes itself ready, and is the canary then.
    for _ in 0..3 {
        world.later(70);
        world.work().await;
    }
    assert_eq!(control.asked().len(), asked + 1);
    assert_eq!(world.state(&number).await, RequestState::Granted);
}

#[tokio::test]
async fn a_silent_control_is_told_however_many_consents_were_signed() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let number = outlived(&world, &consents, person).await;
    consents.ask_persons().says(AccessReply::Silent);
    for _ in 0..3 {
        world.work().await;
        world.later(70);
    }
    let waiting = RequestState::Checking(Some(WaitingFor::Consent));
    assert_eq!(world.state(&number).await, waiting);
    assert_eq!(world.service.contacts().consent.answers, Some(false), "what /health/ready tells");
}

#[tokio::test]
async fn a_question_that_is_kept_no_longer_is_asked_anew() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let number = outlived(&world, &consents, person).await;
    // Its day is over; in a store that was restored there is none either.
    world.store.remove_expired(moment(2 * 86_400)).await.unwrap();
    assert_eq!(world.store.asking_of(&number).await.unwrap(), None);
    for _ in 0..3 {
        world.work().await;
        world.later(70);
    }
    assert_eq!(world.state(&number).await, RequestState::Granted);
    let messages = consents.ask_persons().asked().iter().filter(|one| !one.is_repeated).count();
    assert_eq!(messages, 2, "once before the registration, and once anew");
}

#[tokio::test]
async fn nothing_found_without_a_proof_of_consent_says_nothing_of_a_certificate() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    consents.ask_persons().gives();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    world.service.ask_consent(&draft).await.unwrap();
    let number = number_of(world.send(&draft).await.unwrap());
    world.work().await;
    let view = world.service.request_view(&number, None).await.unwrap().unwrap();
    let certificate = &view.results[0].number;
    for (answer, expected) in [
        (Answer::Absent, Standing::CannotTell),
        (Answer::Known(guardian_record(person, &["w2"])), Standing::NoLongerMatches),
        (Answer::Known(guardian_record(person, &["w1"])), Standing::Matches),
    ] {
        world.bank.answer(person, answer);
        let checked = world.service.check_by_number(certificate, person).await.unwrap();
        let DocumentCheck::Genuine(checked) = checked else { panic!("genuine") };
        assert_eq!(checked.standing, expected);
    }
}

#[tokio::test]
async fn a_withdrawal_forgets_what_the_control_gave() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    consents.ask_persons().gives();
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    world.service.ask_consent(&draft).await.unwrap();
    let number = number_of(world.send(&draft).await.unwrap());
    world.service.withdraw_consent(&number, person, Channel::Portal).await.unwrap();
    assert_eq!(world.store.asking_of(&number).await.unwrap().unwrap().proof, None);
    world.work().await;
    assert_eq!(ground(&world, &number).await, Some(RefusalGround::NoConsent));
    assert_eq!(world.bank.asked(person), 0);
}

#[tokio::test]
async fn without_a_control_nothing_changes() {
    let world = world();
    let person = known_guardian(&world);
    let draft = world.draft_of(person, ConsentDecision::Given).await;
    assert_eq!(world.service.consent_stage(&draft).await.unwrap(), ConsentStage::NotNeeded);
    assert!(matches!(world.send(&draft).await, Ok(Submitted::New(_))));
}

#[tokio::test]
async fn an_answer_that_comes_late_is_used_while_somebody_looks_and_one_person_is_asked_once() {
    let (world, consents) = asking_world();
    let person = known_guardian(&world);
    let one = world.draft_of(person, ConsentDecision::Given).await;
    let other = world.draft_of(person, ConsentDecision::Given).await;
    assert_eq!(world.service.ask_consent(&one).await.unwrap().code(), "asked");
    world.later(10);
    assert_eq!(world.service.ask_consent(&other).await.unwrap().code(), "asked");
    let asked = consents.ask_persons().asked();
    let messages = asked.iter().filter(|question| !question.is_repeated).count();
    assert_eq!(messages, 1, "one message for both drafts");
    world.later(295);
    consents.ask_persons().says(AccessReply::Pending);
    assert_eq!(world.service.consent_stage(&one).await.unwrap(), ConsentStage::NoAnswer);
    consents.ask_persons().gives();
    world.later(20);
    let late = world.service.consent_stage(&one).await.unwrap();
    assert_eq!(late.code(), "given");
    assert_eq!(world.service.consent_stage(&other).await.unwrap(), late, "one answer for both");
    assert!(matches!(world.send(&one).await, Ok(Submitted::New(_))));
    assert!(matches!(world.send(&other).await, Ok(Submitted::Open(_))));
}
