//! What staff do about a request that is decided: they annul its certificates by two, write notes, and read its story; and
//! nobody of another territory does.

use super::*;
use crate::testing::samples::kato;
use crate::testing::{of_department, of_organisation};
use crate::{
    Act, ActRecalled, AnnulmentError, AnnulmentOutcome, AnnulmentReason, AtDesk, JournalQuery,
    LookError, NoteError, NoticeKind, Permit, StaffRole, acts,
};

/// Somebody of the usual department.
fn officer<A: Act>(index: u32) -> Permit<A> {
    Permit::of(of_department(iin(700 + index), "Әлия", &kato(), &[StaffRole::Officer])).unwrap()
}

fn elsewhere() -> Kato {
    Kato::parse("750000000").unwrap()
}

/// Somebody of a department elsewhere.
fn far<A: Act>() -> Permit<A> {
    Permit::of(of_department(iin(790), "Ли", &elsewhere(), &[StaffRole::Head])).unwrap()
}

fn auditor<A: Act>() -> Permit<A> {
    let bin = domain::Bin::parse("200140009018").unwrap();
    Permit::of(of_organisation(iin(791), "Ким", bin, StaffRole::Auditor)).unwrap()
}

fn two_departments(parts: &mut ServiceParts) {
    let far = domain::Provider { kato: elsewhere(), ..samples::provider() };
    parts.providers = Providers::new(vec![samples::provider(), far], &kato()).unwrap();
}

/// A world with an issued certificate: its holder, its request, its number.
async fn certified() -> (World, Iin, Number, Number) {
    let world = world_with(two_departments);
    let person = known_guardian(&world);
    let request = world.ask(person).await;
    world.work().await;
    let view = world.service.request_view(&request, Some(person)).await.unwrap().unwrap();
    let certificate = view.results[0].number.clone();
    (world, person, request, certificate)
}

/// Looks at somebody's data as he reads of them: action, way, purpose.
async fn seen_by(world: &World, person: Iin) -> Vec<Seen> {
    let told = world.service.accesses_of(person, None).await.unwrap();
    let is_look = |line: &crate::Access| line.action.ends_with("looked_at");
    let looks = told.lines.into_iter().filter(is_look);
    looks.map(|line| Seen(line.action, line.way, line.purpose)).collect()
}

#[derive(Debug, PartialEq)]
struct Seen(String, String, String);

impl From<(&str, &str, &str)> for Seen {
    fn from((action, way, purpose): (&str, &str, &str)) -> Self {
        Self(action.to_owned(), way.to_owned(), purpose.to_owned())
    }
}

async fn standing(world: &World, certificate: &Number, person: Iin) -> Standing {
    match world.service.check_by_number(certificate, person).await.unwrap() {
        DocumentCheck::Genuine(document) => document.standing,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_people_annul_a_certificate_and_everybody_is_told_what_is_his_to_know() {
    let (world, person, request, certificate) = certified().await;
    let service = &world.service;
    let reason = AnnulmentReason::FalseDocuments;
    let propose = |permit: Permit<acts::AnnulCertificates>, words: &'static str| {
        let (service, certificate) = (service.clone(), certificate.clone());
        async move { service.propose_annulment(&permit, &certificate, reason, words).await }
    };
    assert!(matches!(propose(far(), "x").await, Err(AnnulmentError::Unknown)), "elsewhere");
    assert!(matches!(propose(officer(1), " — ").await, Err(AnnulmentError::WordsMissing)));
    let id = propose(officer(1), "бұйрық жалған").await.unwrap();
    assert!(matches!(propose(officer(2), "x").await, Err(AnnulmentError::Already)));
    assert_eq!(standing(&world, &certificate, person).await, Standing::Matches, "not yet");
    let end = |permit: Permit<acts::AnnulCertificates>, outcome, remark: &'static str| {
        let (service, id) = (service.clone(), id.clone());
        async move { service.end_annulment(&permit, &id, outcome, remark).await }
    };
    let confirmed = AnnulmentOutcome::Confirmed;
    assert!(matches!(end(officer(1), confirmed, "").await, Err(AnnulmentError::OwnProposal)));
    assert!(matches!(end(far(), confirmed, "").await, Err(AnnulmentError::Unknown)));
    let withdrawn = end(officer(2), AnnulmentOutcome::Withdrawn, "").await;
    assert!(matches!(withdrawn, Err(AnnulmentError::NotProposer)));
    let silent = end(officer(2), AnnulmentOutcome::TurnedDown, "").await;
    assert!(matches!(silent, Err(AnnulmentError::WordsMissing)));
    let nothing = service.look_at_annulment(&officer(2), &id, " ").await;
    assert!(matches!(nothing, Err(AnnulmentError::NoPurpose)));
    let far_away = service.look_at_annulment(&far(), &id, "растау").await;
    assert!(matches!(far_away, Err(AnnulmentError::Unknown)));
    assert_eq!(seen_by(&world, person).await, [], "nothing was shown");
    let seen = service.look_at_annulment(&officer(2), &id, "растау").await.unwrap();
    assert_eq!(seen.words, "бұйрық жалған");
    let look = ("request_looked_at", "annulment", "растау");
    assert_eq!(seen_by(&world, person).await, [look.into()]);
    assert_eq!(service.open_annulments(&officer(2)).await.unwrap().len(), 1);
    assert!(service.open_annulments(&far()).await.unwrap().is_empty());
    world.clock.advance(SignedDuration::from_hours(1));
    end(officer(2), confirmed, "").await.unwrap();
    assert!(matches!(end(officer(3), confirmed, "").await, Err(AnnulmentError::Ended)));
    let at = service.now();
    // Before anything else: neither what the data bank says nor whether it answers matters any more.
    world.bank.go_down();
    assert_eq!(standing(&world, &certificate, person).await, Standing::Annulled { at });
    let view = service.request_view(&request, Some(person)).await.unwrap().unwrap();
    let annulment = view.results[0].annulment.as_ref().unwrap();
    assert_eq!((annulment.reason, &*annulment.words), (reason, "бұйрық жалған"));
    assert!(view.history.iter().any(|line| line.action == "certificate_annulled"));
    let notices = service.notices_of(person).await.unwrap();
    assert_eq!(notices[0].notice.kind, NoticeKind::CertificateAnnulled);
    let told = service.accesses_of(person, None).await.unwrap();
    let actions: Vec<_> = told.lines.iter().map(|line| line.action.as_str()).collect();
    assert!(actions.contains(&"annulment_proposed") && actions.contains(&"certificate_annulled"));
    let bytes = service.download(&view.results[0].id, Some(person)).await.unwrap();
    assert!(bytes.is_some(), "what was issued stays");
    let report = service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn only_a_certificate_can_be_annulled() {
    let world = world();
    let request = world.ask(iin(1)).await;
    world.work().await;
    let view = world.service.request_view(&request, None).await.unwrap().unwrap();
    let refusal = &view.results[0].number;
    let reason = AnnulmentReason::WrongFacts;
    for number in [refusal, &request] {
        let proposed = world.service.propose_annulment(&officer(1), number, reason, "x").await;
        assert!(matches!(proposed, Err(AnnulmentError::Unknown)), "{number}");
    }
}

#[tokio::test]
async fn a_story_is_opened_by_its_territory_for_a_purpose_and_the_person_sees_it() {
    let (world, person, request, _) = certified().await;
    let service = &world.service;
    let none = service.request_story(&officer(1), &request, " ").await;
    assert!(matches!(none, Err(LookError::NoPurpose)));
    let far_away = service.request_story(&far(), &request, "тексеру").await;
    assert!(matches!(far_away, Err(LookError::NotFound)));
    assert!(!service.has_request(&far(), &request).await.unwrap());
    let rows = world.store.audit_of(&request).await.unwrap();
    assert!(!rows.iter().any(|row| row.action == "request_looked_at"), "nothing was shown");
    service.write_note(&officer(1), &request, "қоңырау шалды").await.unwrap();
    let noted = service.write_note(&far(), &request, "x").await;
    assert!(matches!(noted, Err(NoteError::Unknown)));
    let story = service.request_story(&officer(1), &request, "шағым № 7").await.unwrap();
    assert_eq!(story.results.len(), 1);
    assert_eq!(story.notes[0].author_name, "Әлия");
    assert!(story.decision.is_some() && story.consents.len() == 2);
    let told = service.accesses_of(person, None).await.unwrap();
    let looks = told.lines.iter().filter(|line| line.action == "request_looked_at");
    assert_eq!(looks.map(|line| line.request.clone()).collect::<Vec<_>>(), [Some(request.clone())]);
    let read = service.request_story(&auditor(), &request, "тексеру").await.unwrap();
    assert_eq!(read.notes.len(), 1, "an auditor reads every territory");
    assert!(
        Permit::<acts::NoteRequests>::of(auditor::<acts::ReadRequests>().member().clone())
            .is_none()
    );
    let seen = [
        ("request_looked_at", "request", "тексеру").into(),
        ("request_looked_at", "request", "шағым № 7").into(),
    ];
    assert_eq!(seen_by(&world, person).await, seen, "the newest first");
    let found = service.requests_for(&officer(1), person, "іздеу").await.unwrap();
    assert_eq!(found.iter().map(|one| &one.number).collect::<Vec<_>>(), [&request]);
    assert!(service.requests_for(&far(), person, "іздеу").await.unwrap().is_empty());
    let report = service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!(report.faults, []);
}

/// What the person did against the answer belongs to the story, with what came of it.
#[tokio::test]
async fn a_story_tells_reviews_complaints_and_the_request_to_repair() {
    let world = world_with(two_departments);
    let service = &world.service;
    let request = world.ask(iin(1)).await;
    world.work().await;
    let way = (Language::Kk, Channel::Portal);
    let review = service.ask_review(iin(1), &request, "актім бар", way).await.unwrap().unwrap();
    assert!(
        service
            .ask_repair(iin(1), &request, ActRecalled { number: "17-Ө", ..ActRecalled::default() })
            .await
            .unwrap()
    );
    let reviewer = of_department(iin(700), "Сейітова", &kato(), &[StaffRole::Reviewer]);
    let seat = crate::RecourseSeat::of(&Permit::<acts::ReviewRefusals>::of(reviewer).unwrap());
    let upheld = domain::RecourseOutcome::Upheld;
    service.answer_recourse(&seat, &review, upheld, "жазба жоқ").await.unwrap();
    service.look_after_recourses().await.unwrap();
    let story = service.request_story(&auditor(), &request, "тексеру").await.unwrap();
    let data = story.data();
    assert_eq!(data["repair"]["act_number"], "17-Ө");
    let told = &data["reviews_and_complaints"][0];
    assert_eq!((&told["number"], &told["words"]), (&review.as_str().into(), &"актім бар".into()));
    assert_eq!(told["steps"].as_array().unwrap().len(), 4);
    let answer = &told["answer"];
    assert_eq!((&answer["reasons"], &answer["body"]), (&"жазба жоқ".into(), &"reviewer".into()));
    assert!(answer["number"].as_str().unwrap().starts_with('J'), "{answer}");
    assert_eq!(answer["sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn a_child_named_in_a_request_reads_that_its_story_was_shown() {
    let world = world();
    let person = known_guardian(&world);
    let mut record = samples::guardian_record(person, &["w1"]);
    record.wards[0].ward.iin = Some(iin(8));
    world.bank.know(record);
    let named = domain::WardsAsked::named(person, vec![iin(8)]).unwrap();
    let cms = world.signed(person, named, domain::ConsentDecision::Refused).await;
    let request = number_of(world.submit("key", cms).await.unwrap());
    world.work().await;
    let story = world.service.request_story(&officer(1), &request, "тексеру").await.unwrap();
    assert!(story.results.iter().all(|one| one.kind != crate::ResultKind::Certificate));
    let look = ("request_looked_at", "request", "тексеру");
    assert_eq!(seen_by(&world, iin(8)).await, [look.into()]);
}

#[tokio::test]
async fn the_journal_is_read_by_day_request_and_kind_and_reading_it_is_a_row() {
    let (world, person, request, _) = certified().await;
    let service = &world.service;
    let today = domain::astana_date(service.now());
    world.clock.advance(SignedDuration::from_hours(48));
    let read = |query: JournalQuery, purpose: &'static str| {
        let service = service.clone();
        async move { service.read_journal(&auditor(), &query, purpose).await.unwrap() }
    };
    let of_today = JournalQuery { day: Some(today), ..JournalQuery::default() };
    let page = read(of_today.clone(), "").await;
    assert!(page.rows.iter().any(|row| row.action == "issued"));
    assert!(page.rows.iter().all(|row| row.subject.is_empty()), "nobody is named");
    let later = JournalQuery { day: Some(today.tomorrow().unwrap()), ..JournalQuery::default() };
    assert!(read(later, "").await.rows.is_empty());
    let issued = JournalQuery { action: Some(AuditAction::Issued), ..of_today };
    let page = read(issued, "тексеру").await;
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].subject, person.digits());
    let of_request = JournalQuery { request: Some(request), ..JournalQuery::default() };
    assert!(read(of_request, "").await.rows.len() >= 4);
    let all = world.store.audit_from(1, 1_000).await.unwrap();
    assert_eq!(all.iter().filter(|row| row.action == "journal_read").count(), 4);
    let told = service.accesses_of(person, None).await.unwrap();
    assert_eq!(told.lines.iter().filter(|line| line.action == "journal_read").count(), 1);
}

#[tokio::test]
async fn what_needs_somebody_is_found_and_the_rest_is_counted() {
    let world = world_with(two_departments);
    let service = &world.service;
    world.bank.go_down();
    world.ask(iin(1)).await;
    assert!(
        service.due_requests(&officer::<acts::OpenDesk>(1)).await.unwrap().is_empty(),
        "there is time"
    );
    world.work().await;
    world.clock.advance(SignedDuration::from_mins(25));
    let due = service.due_requests(&officer::<acts::OpenDesk>(1)).await.unwrap();
    assert_eq!(due.len(), 1);
    assert!(service.due_requests(&far::<acts::OpenDesk>()).await.unwrap().is_empty());
    assert_eq!(service.what_is_down()[0].what, "data_bank");
    let counts = service.todays_requests().await.unwrap();
    assert_eq!((counts.accepted, counts.answered, counts.open), (1, 0, 1));
    let at_desk = AtDesk { officer: iin(701), department: kato() };
    assert!(service.conflict_count(&at_desk).is_none());
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(service.conflict_count(&at_desk).unwrap().records, 0);
}
