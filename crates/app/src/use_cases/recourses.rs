//! A refused person has a person look again, and complains: terms, territories, double clicks, answers that survive anything.

use domain::{Bin, ComplaintGround, NumberKind, RecourseBody, RecourseKind, RecourseOutcome};

use super::*;
use crate::staff::{Permit, StaffRole, acts};
use crate::testing::samples::{batch, kato, provider, registry_row};
use crate::testing::{of_department, of_organisation};
use crate::{
    ActRecalled, AnswerError, AnswerKey, ComplaintError, ComplaintOrder, NoticeKind, OthersRecords,
    RecourseCase, RecourseConfirmation, RecourseSeat, RecourseStepKind, Recourses, Registry,
    SeatAct, SeatError,
};

const PORTAL: (Language, Channel) = (Language::Ru, Channel::Portal);
const PURPOSE: &str = "қайта қарау";

fn courts() -> World {
    world_with(|parts| parts.settings.quality_control = Some(provider()))
}

/// Somebody of the department, or of another one.
fn of_here<A: SeatAct>(role: StaffRole, department: &Kato) -> RecourseSeat {
    let member = of_department(iin(700), "СЕЙІТОВА ІҢКӘР", department, &[role]);
    RecourseSeat::of(&Permit::<A>::of(member).unwrap())
}

fn reviewer() -> RecourseSeat {
    of_here::<acts::ReviewRefusals>(StaffRole::Reviewer, &kato())
}

fn head() -> RecourseSeat {
    of_here::<acts::AnswerComplaints>(StaffRole::Head, &kato())
}

fn quality() -> RecourseSeat {
    let bin = Bin::parse("210140000026").unwrap();
    let member = of_organisation(iin(701), "ӘБІШЕВ", bin, StaffRole::QualityController);
    RecourseSeat::of(&Permit::<acts::AnswerQualityComplaints>::of(member).unwrap())
}

async fn refused(world: &World) -> Number {
    let number = world.ask(iin(1)).await;
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Refused);
    number
}

async fn case(world: &World, number: &Number) -> RecourseCase {
    world.service.own_recourse(iin(1), number).await.unwrap().unwrap()
}

fn complaint(world: &World, request: &Number, body: RecourseBody, key: &str) -> ComplaintOrder {
    ComplaintOrder {
        applicant: iin(1),
        request: request.clone(),
        body,
        grounds: vec![ComplaintGround::Other, ComplaintGround::UnjustifiedRefusal],
        words: "  Акт бар,   бірақ бас тартты ".to_owned(),
        address: "Астана, Мәңгілік Ел 1".to_owned(),
        late_reason: String::new(),
        language: Language::Kk,
        channel: Channel::Portal,
        form_key: key.to_owned(),
        prepared_at: world.service.now(),
    }
}

async fn kinds(world: &World) -> Vec<NoticeKind> {
    let notices = world.service.notices_of(iin(1)).await.unwrap();
    notices.into_iter().map(|one| one.notice.kind).collect()
}

async fn assert_proven(world: &World) {
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn a_review_is_asked_once_upheld_with_reasons_and_answered_by_a_sealed_document() {
    let world = courts();
    let request = refused(&world).await;
    let decision = world.store.decision(&request).await.unwrap();
    let ask = || world.service.ask_review(iin(1), &request, " актім  бар ", PORTAL);
    let number = ask().await.unwrap().unwrap();
    assert_eq!((ask().await.unwrap(), number.kind()), (Some(number.clone()), NumberKind::Recourse));
    let opened = case(&world, &number).await;
    assert_eq!(
        (opened.recourse.asked.words.as_str(), opened.body()),
        ("актім бар", RecourseBody::Reviewer)
    );
    // Five working days behind Monday the 23rd: Monday the 30th ends.
    assert_eq!(opened.due_at(), "2026-11-30T18:59:59.999Z".parse().unwrap());

    let seat = reviewer();
    let waiting = world.service.recourses_at(&seat, RecourseKind::Review).await.unwrap();
    assert!(waiting == [opened]);
    let nothing = world.service.case_file(&seat, &number, " . ").await;
    assert!(matches!(nothing, Err(SeatError::NoPurpose)));
    let file = world.service.case_file(&seat, &number, PURPOSE).await.unwrap();
    let Replayed::Same(used) = &file.replayed else { panic!("made again") };
    assert_eq!(Some(&**used), decision.as_ref());
    assert_eq!(file.forward_until, "2026-11-26T18:59:59.999Z".parse().unwrap());
    assert!(file.can_answer && file.results.len() == 1);
    assert_eq!(file.asked_again, crate::AskedAgain::Refused);
    let looked = world.service.accesses_of(iin(1), None).await.unwrap();

    let look = looked.lines.iter().find(|one| one.action == "record_looked_at").unwrap();
    assert_eq!((look.way.as_str(), look.purpose.as_str()), ("recourse", PURPOSE));
    assert!(look.workplace.is_some(), "the person sees it, where and what for");

    let unprintable = format!("жоқ {UNPRINTABLE}");
    let answer = |outcome, reasons| world.service.answer_recourse(&seat, &number, outcome, reasons);
    for (outcome, reasons, code) in [
        (RecourseOutcome::Rejected, "себеп", "recourse_no_outcome"),
        (RecourseOutcome::Upheld, " - ", "recourse_no_reasons"),
        (RecourseOutcome::Upheld, &unprintable, "recourse_unprintable"),
        (RecourseOutcome::RecordRepaired, "түзетілді", "recourse_not_repaired"),
    ] {
        assert_eq!(answer(outcome, reasons).await.unwrap_err().code(), code);
    }
    answer(RecourseOutcome::Upheld, "Банкте жазба жоқ").await.unwrap();
    let again = answer(RecourseOutcome::Upheld, "Банкте жазба жоқ").await;
    assert!(matches!(again, Err(AnswerError::Closed)), "a second click changes nothing");
    assert!(world.service.download_answer(iin(1), &number).await.unwrap().is_none());
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 2);
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 0);

    let sealed = world.service.download_answer(iin(1), &number).await.unwrap().unwrap();
    assert_eq!(sealed.content.outcome, RecourseOutcome::Upheld);
    assert_eq!(sealed.content.number.kind(), NumberKind::Answer);
    assert!(world.service.download_answer(iin(2), &number).await.unwrap().is_none());
    let checked = world.service.check_pdf(&sealed.bytes).await.unwrap();
    let DocumentCheck::Genuine(document) = checked else { panic!("{checked:?}") };
    assert_eq!((document.kind, document.standing), (ResultKind::Answer, Standing::NotApplicable));
    let answered = case(&world, &number).await;
    let token = answered.answer().unwrap().token.clone();
    assert!(matches!(
        world.service.check_by_token(&token).await.unwrap(),
        DocumentCheck::Genuine(_)
    ));
    assert!(kinds(&world).await.contains(&NoticeKind::RecourseAnswered));
    assert_eq!(world.store.decision(&request).await.unwrap(), decision, "it stays as it was made");
    assert_proven(&world).await;
}

#[tokio::test]
async fn a_review_ends_with_the_record_repaired_once_the_same_request_would_be_granted() {
    let world = courts();
    let request = refused(&world).await;
    let number = world.service.ask_review(iin(1), &request, "", PORTAL).await.unwrap().unwrap();
    let mut batch = batch(10, vec![registry_row(iin(1), "ward-a")]);
    batch.terms.others = OthersRecords::Taken;
    world.store.apply_import(&batch).await.unwrap().taken_in().unwrap();
    world.bank.know(world.store.guardian_record(iin(1)).await.unwrap().unwrap());
    let (seat, outcome) = (reviewer(), RecourseOutcome::RecordRepaired);
    world.service.answer_recourse(&seat, &number, outcome, "Жазба енгізілді").await.unwrap();
    world.service.look_after_recourses().await.unwrap();
    let told = kinds(&world).await;
    assert!(told.contains(&NoticeKind::RecordRepaired), "with the way to ask again");
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0, "told once");
    let view = world.service.repair_view(iin(1), &request).await.unwrap();
    assert!(view.told_at.is_some());
    assert_eq!(world.state(&request).await, RequestState::Refused);
    assert_proven(&world).await;
}

#[tokio::test]
async fn only_a_refusal_of_ones_own_is_reviewed() {
    let world = courts();
    let granted = known_guardian(&world);
    let number = world.ask(granted).await;
    assert_eq!(
        world.service.ask_review(granted, &number, "", PORTAL).await.unwrap(),
        None,
        "not yet"
    );
    world.work().await;
    assert_eq!(world.service.ask_review(granted, &number, "", PORTAL).await.unwrap(), None);
    assert_eq!(world.service.ask_review(iin(2), &number, "", PORTAL).await.unwrap(), None);
    assert!(world.service.recourse_view(iin(2), &number).await.unwrap().is_none());
    assert!(!world.service.recourse_view(granted, &number).await.unwrap().unwrap().can_ask_review);
}

#[tokio::test]
async fn another_department_sees_no_case_and_the_republic_sees_its_own() {
    let world = courts();
    let request = refused(&world).await;
    let review = world.service.ask_review(iin(1), &request, "", PORTAL).await.unwrap().unwrap();
    let order = complaint(&world, &request, RecourseBody::Head, "form-1");
    let complaint = world.service.file_complaint(order, None).await.unwrap();
    let elsewhere = Kato::parse("750000000").unwrap();
    let far = [
        of_here::<acts::ReviewRefusals>(StaffRole::Reviewer, &elsewhere),
        of_here::<acts::AnswerComplaints>(StaffRole::Head, &elsewhere),
    ];
    for (seat, number, is_there) in [
        (&far[0], &review, false),
        (&far[1], &complaint, false),
        (&reviewer(), &review, true),
        (&reviewer(), &complaint, false),
        (&head(), &complaint, true),
        (&head(), &review, false),
        (&quality(), &complaint, false),
        (&quality(), &review, false),
    ] {
        let found = world.service.find_recourse(seat, number).await;
        assert_eq!(found.is_ok(), is_there);
        let file = world.service.case_file(seat, number, PURPOSE).await;
        assert_eq!(file.is_ok(), is_there);
        let outcome =
            if *number == review { RecourseOutcome::Upheld } else { RecourseOutcome::Rejected };
        if !is_there {
            let answered = world.service.answer_recourse(seat, number, outcome, "себеп").await;
            assert!(matches!(answered, Err(AnswerError::NotFound)));
        }
    }
    for seat in &far {
        let kind = seat.body().kind();
        assert!(world.service.recourses_at(seat, kind).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn past_its_term_a_review_is_seen_above_and_the_person_is_told_once() {
    let world = courts();
    let request = refused(&world).await;
    let number = world.service.ask_review(iin(1), &request, "", PORTAL).await.unwrap().unwrap();
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 0);
    world.clock.advance(SignedDuration::from_hours(24 * 6 + 15));
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 1, "its last day has begun");
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 0);
    assert!(!kinds(&world).await.contains(&NoticeKind::RecourseOverdue));
    assert!(world.service.find_recourse(&head(), &number).await.is_err());
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 1);
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 0);
    assert_eq!(kinds(&world).await[0], NoticeKind::RecourseOverdue);
    for seat in [head(), quality()] {
        let late = world.service.recourses_at(&seat, RecourseKind::Review).await.unwrap();
        assert_eq!(late.len(), 1);
        let file = world.service.case_file(&seat, &number, PURPOSE).await.unwrap();
        assert!(file.can_answer && !file.can_forward);
        assert_eq!(file.in_place_of, Some(RecourseBody::Reviewer));
    }
    // The real answer still comes from below.
    let (seat, outcome) = (reviewer(), RecourseOutcome::Upheld);
    world.service.answer_recourse(&seat, &number, outcome, "кешікті").await.unwrap();
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 2);
    assert_proven(&world).await;
}

/// Whoever is not above, or comes before the term has passed, answers nothing.
#[tokio::test]
async fn past_its_term_a_body_above_answers_in_the_place_of_another() {
    use RecourseOutcome::{Rejected, Satisfied, Upheld};
    let world = courts();
    let request = refused(&world).await;
    let file = |body, key| {
        let order = complaint(&world, &request, body, key);
        world.service.file_complaint(order, None)
    };
    let review = world.service.ask_review(iin(1), &request, "", PORTAL).await.unwrap().unwrap();
    let to_head = file(RecourseBody::Head, "form-1").await.unwrap();
    let to_quality = file(RecourseBody::QualityControl, "form-2").await.unwrap();
    let far =
        of_here::<acts::AnswerComplaints>(StaffRole::Head, &Kato::parse("750000000").unwrap());
    let (above, authority, below) = (head(), quality(), reviewer());
    let tried = [
        (&above, &review, Upheld),
        (&authority, &review, Upheld),
        (&authority, &to_head, Rejected),
        (&below, &to_head, Rejected),
        (&above, &to_quality, Rejected),
        (&far, &review, Upheld),
    ];
    let answer = |seat, number, outcome| {
        world.service.answer_recourse(seat, number, outcome, "басшы қарады")
    };
    for (seat, number, outcome) in tried {
        let early = answer(seat, number, outcome).await;
        assert!(matches!(early, Err(AnswerError::NotFound)), "{outcome:?}");
    }
    world.clock.advance(SignedDuration::from_hours(24 * 8));
    for (seat, number, outcome) in &tried[3..] {
        let other = answer(seat, number, *outcome).await;
        assert!(matches!(other, Err(AnswerError::NotFound)), "not above: {outcome:?}");
    }
    let waiting = world.service.waiting_recourses(&above).await.unwrap();
    assert_eq!((waiting.count, waiting.late), (2, 2));
    let waiting = world.service.waiting_recourses(&authority).await.unwrap();
    assert_eq!((waiting.count, waiting.late), (3, 2), "its own, and what others did not answer");

    let to = RecourseBody::Head;
    let sent = world.service.forward_complaint(&authority, &to_head, to, "басшыға").await;
    assert!(matches!(sent, Err(AnswerError::NoSuchBody)), "no new term for who was late");
    let before = case(&world, &review).await;
    answer(&above, &review, Upheld).await.unwrap();
    answer(&authority, &to_head, Satisfied).await.unwrap();
    let slower = answer(&below, &review, Upheld).await;
    assert!(matches!(slower, Err(AnswerError::Closed)), "somebody above was faster");
    let after = case(&world, &review).await;
    assert_eq!((after.body(), after.first_due_at()), (RecourseBody::Head, before.due_at()));
    let calendar = domain::WorkingDays::default();
    let term = domain::recourse_term(RecourseBody::Head, before.due_at(), 5, &calendar);
    assert_eq!(after.due_at(), term.due_at, "its own term, from the end of the one that passed");
    assert!(world.service.is_late(&after), "the answer came late all the same");
    world.service.look_after_recourses().await.unwrap();
    for (number, body) in [(&review, RecourseBody::Head), (&to_head, RecourseBody::QualityControl)]
    {
        let sealed = world.service.download_answer(iin(1), number).await.unwrap().unwrap();
        assert_eq!(sealed.content.body, body, "the document names who considered it");
    }
    let answered = world.service.recourses_at(&above, RecourseKind::Review).await.unwrap();
    assert_eq!(answered.len(), 1);
    assert_proven(&world).await;
}

/// Without an authority of quality control nobody answers in its name.
#[tokio::test]
async fn an_authority_that_is_not_configured_answers_nothing() {
    let world = world();
    let request = refused(&world).await;
    let number = world.service.ask_review(iin(1), &request, "", PORTAL).await.unwrap().unwrap();
    world.clock.advance(SignedDuration::from_hours(24 * 8));
    let upheld = RecourseOutcome::Upheld;
    let answered = world.service.answer_recourse(&quality(), &number, upheld, "себеп").await;
    assert!(matches!(answered, Err(AnswerError::Closed)));
}

/// A department that is none of today's any more leaves its cases to its successor.
#[tokio::test]
async fn cases_of_a_department_of_former_days_are_its_successors() {
    let elsewhere = Kato::parse("750000000").unwrap();
    let far = domain::Provider { kato: elsewhere.clone(), ..provider() };
    let world = world_with(|parts| {
        let successor = crate::Successor {
            territories: vec!["6328".to_owned()],
            issuers: Vec::new(),
            since: None,
            until: None,
            provider: kato(),
        };
        parts.providers = Providers::new(vec![provider(), far], &elsewhere)
            .unwrap()
            .with_successors(crate::Successors::new(vec![successor]).unwrap())
            .unwrap();
    });
    let request = refused(&world).await;
    let order = complaint(&world, &request, RecourseBody::Head, "form-1");
    let template = world.service.file_complaint(order, None).await.unwrap();
    let template = case(&world, &template).await;
    let proof = world.store.recourse_proof(&template.recourse.number).await.unwrap().unwrap();
    let mut old = template.recourse.clone();
    old.number = samples::number(NumberKind::Recourse, 77);
    old.form_key = "form-2".to_owned();
    old.provider = Kato::parse("632810000").unwrap();
    let opened = crate::RecourseStep { recourse: old.number.clone(), ..template.steps[0].clone() };
    let event = samples::event(AuditAction::ComplaintFiled, Some(request), Some(iin(1)));
    world.store.open_recourse(&old, &proof, &opened, &event).await.unwrap();
    let listed = world.service.recourses_at(&head(), RecourseKind::Complaint).await.unwrap();
    assert!(listed.iter().any(|one| one.recourse.number == old.number));
    let other = of_here::<acts::AnswerComplaints>(StaffRole::Head, &elsewhere);
    assert!(world.service.find_recourse(&other, &old.number).await.is_err());
    let rejected = RecourseOutcome::Rejected;
    world.service.answer_recourse(&head(), &old.number, rejected, "себеп").await.unwrap();
    let content = case(&world, &old.number).await.answer().unwrap().content.clone();
    assert_eq!(content.provider.kato, kato(), "in the name of today's department");
}

/// An IIN of a child, which the bank's birth date does not contradict.
fn child(serial: u32) -> Iin {
    let parsed = |digit: u32| Iin::parse(&format!("1605046{serial:04}{digit}"));
    (0..10).find_map(|digit| parsed(digit).ok()).unwrap()
}

/// Two wards are named, one of whom the bank does not know: the refusal of a part is a refusal.
#[tokio::test]
async fn a_refusal_of_a_part_is_reviewed_and_repaired_like_one_of_the_whole() {
    let world = courts();
    let (known, unknown) = (child(1), child(20));
    let mut record = guardian_record(iin(1), &["w1"]);
    record.wards[0].ward.iin = Some(known);
    world.bank.know(record);
    let named = WardsAsked::named(iin(1), vec![known, unknown]).unwrap();
    world.bank.go_down();
    let cms = world.signed(iin(1), named, ConsentDecision::Given).await;
    let request = number_of(world.submit("one", cms).await.unwrap());
    let view = world.service.recourse_view(iin(1), &request).await.unwrap().unwrap();
    assert!(!view.can_ask_review, "nothing is refused yet");
    world.work().await;
    world.bank.come_up();
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    assert_eq!(world.state(&request).await, RequestState::Granted);
    assert!(world.service.recourse_view(iin(1), &request).await.unwrap().unwrap().can_ask_review);
    let number = world.service.ask_review(iin(1), &request, "", PORTAL).await.unwrap().unwrap();
    let repaired = RecourseOutcome::RecordRepaired;
    let import = |seconds, ward: &'static str, iin_of_ward| {
        let mut row = registry_row(iin(1), ward);
        row.ward.ward.iin = Some(iin_of_ward);
        let mut batch = batch(seconds, vec![row]);
        batch.terms.others = OthersRecords::Taken;
        let store = world.store.clone();
        async move { store.apply_import(&batch).await.unwrap().taken_in().unwrap() }
    };
    import(10, "w1", known).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0, "that ward was granted before");
    let early = world.service.answer_recourse(&reviewer(), &number, repaired, "түзетілді").await;
    assert!(matches!(early, Err(AnswerError::NotRepaired)));
    assert!(world.service.repair_view(iin(1), &request).await.unwrap().can_ask);
    assert!(
        world
            .service
            .ask_repair(iin(1), &request, ActRecalled { number: "17-Ө", ..ActRecalled::default() })
            .await
            .unwrap()
    );
    import(11, "w2", unknown).await;
    let mut record = guardian_record(iin(1), &["w1", "w2"]);
    record.wards[0].ward.iin = Some(known);
    record.wards[1].ward.iin = Some(unknown);
    world.bank.know(record);
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
    world.service.answer_recourse(&reviewer(), &number, repaired, "түзетілді").await.unwrap();
    assert_proven(&world).await;
}

#[tokio::test]
async fn a_complaint_is_signed_or_confirmed_and_the_same_form_is_one_complaint() {
    let world = courts();
    let request = refused(&world).await;
    let mut order = complaint(&world, &request, RecourseBody::Head, "form-1");
    let document = world.service.prepare_complaint(&mut order).await.unwrap();
    let text = String::from_utf8(document.bytes.clone()).unwrap();
    for part in ["Акт бар, бірақ бас тартты", "Мәңгілік Ел 1", &iin(1).digits(), request.as_str()]
    {
        assert!(text.contains(part), "{part}");
    }
    assert!(!document.is_late);
    let foreign = FakeVerifier::sign(iin(2), &document.bytes);
    let filed = world.service.file_complaint(order.clone(), Some(foreign)).await;
    assert_eq!(filed.unwrap_err().code(), "someone_elses_signature");
    let signed = FakeVerifier::sign(iin(1), &document.bytes);
    let other_text = ComplaintOrder { words: "басқа".to_owned(), ..order.clone() };
    let filed = world.service.file_complaint(other_text, Some(signed.clone())).await;
    assert!(matches!(filed, Err(ComplaintError::Signature(_))), "the text was changed");
    let number = world.service.file_complaint(order.clone(), Some(signed.clone())).await.unwrap();
    for _ in 0..2 {
        let again = world.service.file_complaint(order.clone(), Some(signed.clone())).await;
        assert_eq!(again.unwrap(), number);
    }
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(world.service.file_complaint(order.clone(), Some(signed)).await.unwrap(), number);
    let stored = case(&world, &number).await;
    assert_eq!(stored.recourse.asked.confirmation, RecourseConfirmation::Signature);
    let proof = world.store.recourse_proof(&number).await.unwrap().unwrap();
    assert_eq!(proof.document, document.bytes);

    let old = ComplaintOrder { form_key: "form-2".to_owned(), ..order };
    assert!(matches!(world.service.file_complaint(old, None).await, Err(ComplaintError::Expired)));
    let plain = complaint(&world, &request, RecourseBody::QualityControl, "form-3");
    let second = world.service.file_complaint(plain, None).await.unwrap();
    let stored = case(&world, &second).await;
    assert_eq!(stored.recourse.asked.confirmation, RecourseConfirmation::Session);
    assert_eq!(stored.due_at(), "2026-12-14T18:59:59.999Z".parse().unwrap(), "15 working days");
    assert_proven(&world).await;
}

#[tokio::test]
async fn what_article_93_asks_for_is_asked_for() {
    let world = world();
    let request = refused(&world).await;
    let order = complaint(&world, &request, RecourseBody::Head, "form-1");
    type Change = fn(&mut ComplaintOrder);
    let changed: [(&str, Change); 6] = [
        ("complaint_no_ground", |one| one.grounds.clear()),
        ("complaint_no_words", |one| one.words = " … ".to_owned()),
        ("complaint_no_address", |one| one.address.clear()),
        ("complaint_no_such_body", |one| one.body = RecourseBody::QualityControl),
        ("complaint_no_such_body", |one| one.body = RecourseBody::Reviewer),
        ("request_not_found", |one| one.applicant = iin(2)),
    ];
    for (code, change) in changed {
        let mut order = order.clone();
        change(&mut order);
        let refused = world.service.file_complaint(order, None).await;
        assert_eq!(refused.unwrap_err().code(), code);
    }
    assert!(world.service.recourses_by(iin(1)).await.unwrap().is_empty());
}

/// Article 92: a missed term is no ground to refuse it.
#[tokio::test]
async fn a_complaint_past_three_months_is_accepted_and_marked() {
    let world = courts();
    let request = refused(&world).await;
    world.clock.advance(SignedDuration::from_hours(24 * 91));
    assert!(!world.service.recourse_view(iin(1), &request).await.unwrap().unwrap().is_late);
    world.clock.advance(SignedDuration::from_hours(48));
    assert!(world.service.recourse_view(iin(1), &request).await.unwrap().unwrap().is_late);
    let mut order = complaint(&world, &request, RecourseBody::Head, "form-1");
    order.late_reason = "ауырып жаттым".to_owned();
    let number = world.service.file_complaint(order, None).await.unwrap();
    let stored = case(&world, &number).await;
    assert!(stored.recourse.asked.is_late && stored.recourse.asked.late_reason == "ауырып жаттым");
}

#[tokio::test]
async fn a_complaint_that_went_to_the_wrong_body_is_sent_on_with_a_new_term() {
    let world = courts();
    let request = refused(&world).await;
    let order = complaint(&world, &request, RecourseBody::Head, "form-1");
    let number = world.service.file_complaint(order, None).await.unwrap();
    let (head, quality, to) = (head(), quality(), RecourseBody::QualityControl);
    let own = world.service.forward_complaint(&head, &number, RecourseBody::Head, "өзіме").await;
    assert!(matches!(own, Err(AnswerError::NoSuchBody)));
    let mute = world.service.forward_complaint(&head, &number, to, "").await;
    assert!(matches!(mute, Err(AnswerError::NoReasons)));
    world.clock.advance(SignedDuration::from_hours(24));
    world.service.forward_complaint(&head, &number, to, "сапа органына арналған").await.unwrap();
    let twice = world.service.forward_complaint(&head, &number, to, "тағы").await;
    assert!(matches!(twice, Err(AnswerError::Closed)));
    let sent = case(&world, &number).await;
    assert_eq!((sent.body(), sent.steps.len()), (to, 2));
    assert_eq!(sent.due_at(), "2026-12-15T18:59:59.999Z".parse().unwrap());
    assert_eq!(kinds(&world).await[0], NoticeKind::RecourseForwarded);
    let outcome = RecourseOutcome::Satisfied;
    let late = world.service.answer_recourse(&head, &number, outcome, "енді жоқ").await;
    assert!(matches!(late, Err(AnswerError::Closed)));
    assert!(
        world.service.case_file(&head, &number, PURPOSE).await.is_ok(),
        "he sees what became of it"
    );
    world.service.answer_recourse(&quality, &number, outcome, "дұрыс шағым").await.unwrap();
    world.service.look_after_recourses().await.unwrap();
    let sealed = world.service.download_answer(iin(1), &number).await.unwrap().unwrap();
    assert_eq!(sealed.content.body, to);
    assert_proven(&world).await;
}

/// A term that was near or past at one body begins anew at the next, and so do its alarms.
#[tokio::test]
async fn alarms_belong_to_the_body_whose_turn_it_is() {
    let world = courts();
    let request = refused(&world).await;
    let order = complaint(&world, &request, RecourseBody::Head, "form-1");
    let number = world.service.file_complaint(order, None).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(24 * 8));
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 1);
    let to = RecourseBody::QualityControl;
    world.service.forward_complaint(&head(), &number, to, "кеш болса да").await.unwrap();
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 0);
    world.clock.advance(SignedDuration::from_hours(24 * 22));
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 1);
    let stored = case(&world, &number).await;
    let overdue = stored.steps.iter().filter(|one| one.kind == RecourseStepKind::Overdue);
    assert_eq!(overdue.count(), 2);
    assert_proven(&world).await;
}

/// The seal may be away for days: what was stored is what is sealed in the end.
#[tokio::test]
async fn an_answer_whose_seal_is_away_waits_and_is_sealed_as_it_was_stored() {
    let world = courts();
    let request = refused(&world).await;
    let number = world.service.ask_review(iin(1), &request, "", PORTAL).await.unwrap().unwrap();
    let (seat, outcome) = (reviewer(), RecourseOutcome::Upheld);
    world.service.answer_recourse(&seat, &number, outcome, "Банкте жазба жоқ").await.unwrap();
    world.renderer.fail(Some(RenderError::Failed("broken".to_owned())));
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 0);
    world.renderer.fail(None);
    world.sealer.fail(Some(SealError::Unavailable("away".to_owned())));
    assert_eq!(
        world.service.look_after_recourses().await.unwrap(),
        0,
        "rendered, and then it stops"
    );
    let waiting = case(&world, &number).await;
    assert_eq!(waiting.last().unwrap().kind, RecourseStepKind::Intended);
    let kind = RecourseStepKind::Intended;
    let stored = world.store.answer_bytes(&number, kind).await.unwrap().unwrap();
    let rendered = world.renderer.rendered();
    world.sealer.fail(None);
    assert_eq!(world.service.look_after_recourses().await.unwrap(), 1);
    assert_eq!(world.renderer.rendered(), rendered, "nothing is rendered twice");
    assert_eq!(world.sealer.sealed().last(), Some(&stored));
    let issued = case(&world, &number).await;
    let key = AnswerKey::Number(issued.answer().unwrap().content.number.clone());
    let found = world.store.answered_recourse(&key).await.unwrap().unwrap();
    assert_eq!(found.recourse.number, number);
}

#[tokio::test]
async fn a_child_in_the_evidence_of_a_case_reads_that_it_was_shown() {
    let world = courts();
    let mut record = samples::guardian_record(iin(1), &["w1", "w2"]);
    for (one, ward) in record.wards.iter_mut().zip([8, 9]) {
        one.ward.iin = Some(iin(ward));
        let reason = "босатылды".to_owned();
        let end = domain::EndOfPlacement { on: jiff::civil::date(2026, 11, 1), reason };
        one.placement.end = Some(end);
    }
    world.bank.know(record);
    let request = refused(&world).await;
    let number = world.service.ask_review(iin(1), &request, "актім бар", PORTAL).await.unwrap();
    world.service.case_file(&reviewer(), &number.unwrap(), PURPOSE).await.unwrap();
    for child in [8, 9] {
        let told = world.service.accesses_of(iin(child), None).await.unwrap().lines;
        let [line] = told.as_slice() else { panic!("one line: {told:?}") };
        assert_eq!((line.way.as_str(), line.purpose.as_str()), ("recourse", PURPOSE));
        assert!(line.request.is_some() && !line.is_own_request, "a request of another's");
    }
    let told = world.service.accesses_of(iin(1), None).await.unwrap().lines;
    assert!(told.iter().any(|line| line.way == "recourse" && line.is_own_request), "{told:?}");
    assert_proven(&world).await;
}
