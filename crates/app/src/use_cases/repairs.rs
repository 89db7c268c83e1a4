//! A person refused for want of a record asks for its repair, and hears of it once it is there.

use super::*;
use crate::testing::samples::{batch, event, kato, registry_row};
use crate::{
    ActRecalled, AskedAgain, AtDesk, AuditAction, NoticeKind, OthersRecords, RecordDesk, Registry,
    RegistryRow, RepairMark, RepairOutcome, RepairRequest,
};

async fn import(world: &World, seconds: i64, rows: &[RegistryRow]) {
    let mut batch = batch(seconds, rows.to_vec());
    batch.terms.others = OthersRecords::Taken;
    world.store.apply_import(&batch).await.unwrap().taken_in().unwrap();
    for row in rows {
        know(world, row.guardian.iin).await;
    }
}

/// The bank answers by the registry.
async fn know(world: &World, person: Iin) {
    world.bank.know(world.store.guardian_record(person).await.unwrap().unwrap());
}

/// A person of whom the bank knows nothing asks and is refused.
async fn refused(world: &World, index: u32) -> Number {
    let cms = world.signed(iin(index), WardsAsked::All, ConsentDecision::Given).await;
    let key = format!("key-{index}-{}", world.service.now());
    let number = number_of(world.submit(&key, cms).await.unwrap());
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Refused);
    number
}

async fn told(world: &World, index: u32) -> usize {
    let notices = world.service.notices_of(iin(index)).await.unwrap();
    notices.iter().filter(|one| one.notice.kind == NoticeKind::RecordRepaired).count()
}

fn officer() -> AtDesk {
    AtDesk { officer: iin(700), department: kato() }
}

#[tokio::test]
async fn whoever_was_refused_is_told_once_when_an_import_brings_his_record() {
    let world = world();
    let number = refused(&world, 1).await;
    let other = refused(&world, 2).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    world.clock.advance(SignedDuration::from_hours(3));
    import(&world, 10_000, &[registry_row(iin(1), "ward-a")]).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    import(&world, 10_001, &[registry_row(iin(1), "ward-b")]).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0, "once for one refusal");
    assert_eq!((told(&world, 1).await, told(&world, 2).await), (1, 0));
    let view = world.service.repair_view(iin(1), &number).await.unwrap();
    assert!(view.told_at.is_some() && !view.can_ask);
    let view = world.service.repair_view(iin(2), &other).await.unwrap();
    assert!(view.told_at.is_none() && view.can_ask);
    let rows = world.store.audit_of(&number).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.action == "repair_told").count(), 1);
}

#[tokio::test]
async fn a_record_that_would_not_be_certified_is_no_repair() {
    let world = world();
    let person = iin(1);
    refused(&world, 1).await;
    let mut row = registry_row(person, "ward-a");
    row.ward.placement.form = domain::FormOfPlacement::GuestFamily;
    import(&world, 10, std::slice::from_ref(&row)).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    import(&world, 11, &[crate::testing::samples::ended(&registry_row(person, "ward-b"))]).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    row.ward.placement.form = domain::FormOfPlacement::Guardianship;
    import(&world, 12, &[row]).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1, "repaired by a later version");
}

#[tokio::test]
async fn whoever_has_asked_again_by_himself_is_not_told_of_the_request_before() {
    let world = world();
    let first = refused(&world, 1).await;
    world.clock.advance(SignedDuration::from_mins(1));
    let second = refused(&world, 1).await;
    import(&world, 100, &[registry_row(iin(1), "ward-a")]).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
    let told = world.store.repairs_told(iin(1), 10).await.unwrap();
    assert_eq!(told.iter().map(|(number, _)| number).collect::<Vec<_>>(), [&second]);
    assert!(first != second);
}

#[tokio::test]
async fn a_record_that_came_before_the_refusal_was_written_is_told_of_too() {
    let world = world();
    // The bank had answered, the import came, and a node had looked through it before the refusal was written.
    import(&world, 1, &[registry_row(iin(1), "ward-a")]).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    world.bank.answer(iin(1), domain::Answer::Absent);
    refused(&world, 1).await;
    know(&world, iin(1)).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
}

/// As the register of natural persons has it, which stands beside the registry: the child of the record died.
fn with_dead_wards(mut record: domain::GuardianRecord) -> domain::GuardianRecord {
    for one in &mut record.wards {
        one.ward.died_on = Some(one.placement.start);
    }
    record
}

#[tokio::test]
async fn whoever_would_be_refused_by_what_stands_beside_the_registry_is_not_told() {
    let world = world();
    let number = refused(&world, 1).await;
    import(&world, 10, &[registry_row(iin(1), "ward-a")]).await;
    let record = world.store.guardian_record(iin(1)).await.unwrap().unwrap();
    world.bank.know(with_dead_wards(record));
    for second in 11..14 {
        import(&world, second, &[registry_row(iin(2), &format!("w{second}"))]).await;
        assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    }
    let stored = world.store.request(&number).await.unwrap().unwrap();
    assert_eq!(world.service.asked_again(&stored).await.unwrap(), AskedAgain::Refused);
}

#[tokio::test]
async fn a_silent_source_ends_the_round_and_nobody_is_forgotten_or_asked_about_again_once_told() {
    let world = world();
    let number = refused(&world, 1).await;
    import(&world, 10, &[registry_row(iin(1), "ward-a")]).await;
    world.bank.go_down();
    let stored = world.store.request(&number).await.unwrap().unwrap();
    assert_eq!(world.service.asked_again(&stored).await.unwrap(), AskedAgain::Unheard);
    world.clock.advance(SignedDuration::from_hours(1));
    for _ in 0..3 {
        assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    }
    world.bank.come_up();
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
    let asked = world.bank.asked(iin(1));
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    assert_eq!(world.bank.asked(iin(1)), asked);
}

#[tokio::test]
async fn by_what_is_of_no_use_nobody_is_told_and_the_others_are() {
    let world = world();
    let number = refused(&world, 1).await;
    refused(&world, 2).await;
    import(&world, 10, &[registry_row(iin(1), "ward-a"), registry_row(iin(2), "ward-b")]).await;
    world.bank.mumble(iin(1));
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
    assert_eq!((told(&world, 1).await, told(&world, 2).await), (0, 1));
    let stored = world.store.request(&number).await.unwrap().unwrap();
    assert_eq!(world.service.asked_again(&stored).await.unwrap(), AskedAgain::Unclear);
}

#[tokio::test]
async fn where_the_data_bank_is_elsewhere_the_registry_here_tells_nobody_anything() {
    let world = world();
    let number = refused(&world, 1).await;
    import(&world, 10, &[registry_row(iin(1), "ward-a")]).await;
    world.bank.be_elsewhere();
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    let stored = world.store.request(&number).await.unwrap().unwrap();
    assert_eq!(world.service.asked_again(&stored).await.unwrap(), AskedAgain::Unclear);
}

#[tokio::test]
async fn after_a_consent_was_withdrawn_nothing_is_looked_up_and_nobody_told() {
    let world = world();
    let number = refused(&world, 1).await;
    import(&world, 10, &[registry_row(iin(1), "ward-a")]).await;
    world.service.withdraw_consent(&number, iin(1), crate::Channel::Portal).await.unwrap();
    let asked = world.bank.asked(iin(1));
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    assert_eq!(world.bank.asked(iin(1)), asked);
    let stored = world.store.request(&number).await.unwrap().unwrap();
    assert_eq!(world.service.asked_again(&stored).await.unwrap(), AskedAgain::ConsentWithdrawn);
}

#[tokio::test]
async fn a_refusal_for_want_of_consent_is_no_want_of_a_record() {
    let world = world();
    import(&world, 1, &[registry_row(iin(1), "ward-a")]).await;
    let cms = world.signed(iin(1), WardsAsked::All, ConsentDecision::Refused).await;
    let number = number_of(world.submit("key", cms).await.unwrap());
    world.work().await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
    assert!(!world.service.repair_view(iin(1), &number).await.unwrap().can_ask);
    assert!(!world.service.ask_repair(iin(1), &number, ActRecalled::default()).await.unwrap());
}

/// A process that dies at any point of a round leaves a round to be repeated, and nobody is told twice or forgotten.
#[tokio::test]
async fn a_round_broken_off_anywhere_is_made_up_for() {
    for told_before in 0..3_usize {
        for mark_before in [false, true] {
            let world = world();
            let mut numbers = Vec::new();
            for index in 1..4 {
                numbers.push(refused(&world, index).await);
            }
            let rows: Vec<_> =
                (1..4).map(|index| registry_row(iin(index), &format!("w{index}"))).collect();
            import(&world, 50, &rows).await;
            let mut in_order = numbers.clone();
            in_order.sort();
            for number in in_order.iter().take(told_before) {
                let subject = world.store.request(number).await.unwrap().unwrap();
                let audit = samples::event(
                    AuditAction::RepairTold,
                    Some(number.clone()),
                    Some(subject.request.applicant),
                );
                assert!(world.store.tell_repaired(number, moment(60), &audit).await.unwrap());
            }
            if mark_before && told_before == 2 {
                // Died between the mark of the import and that of the refusals.
                let mark = RepairMark { import: 1, refused_until: jiff::Timestamp::UNIX_EPOCH };
                world.store.put_repair_mark(&mark).await.unwrap();
            }
            let left = 3 - u64::try_from(told_before).unwrap();
            assert_eq!(world.service.tell_repaired().await.unwrap(), left);
            assert_eq!(world.service.tell_repaired().await.unwrap(), 0);
            for index in 1..4 {
                assert_eq!(told(&world, index).await, 1);
            }
        }
    }
}

#[tokio::test]
async fn a_store_that_is_away_amid_a_round_makes_nobody_forgotten() {
    let world = world();
    refused(&world, 1).await;
    import(&world, 50, &[registry_row(iin(1), "w1")]).await;
    world.store.go_down();
    assert!(world.service.tell_repaired().await.is_err());
    world.store.come_up();
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
}

#[tokio::test]
async fn a_request_to_repair_goes_to_the_department_and_an_import_answers_it() {
    let world = world();
    let number = refused(&world, 1).await;
    let date = Some(jiff::civil::date(2020, 3, 2));
    let act = ActRecalled { number: " 17-Ө ", date, department: None };
    assert!(world.service.ask_repair(iin(1), &number, act).await.unwrap());
    assert!(
        world
            .service
            .ask_repair(iin(1), &number, ActRecalled { number: "other", ..act })
            .await
            .unwrap()
    );
    assert!(!world.service.ask_repair(iin(2), &number, act).await.unwrap(), "not his");
    let open = world.service.repairs_at(&officer()).await.unwrap();
    let [repair] = open.as_slice() else { panic!("one") };
    assert_eq!((repair.act_number.as_deref(), repair.act_date), (Some("17-Ө"), date));
    let view = world.service.repair_view(iin(1), &number).await.unwrap();
    assert!(!view.can_ask && view.repair.as_ref() == Some(repair));
    import(&world, 50, &[registry_row(iin(1), "w1")]).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
    let answered = world.service.repair_view(iin(1), &number).await.unwrap().repair.unwrap();
    assert!(answered.answer.is_some_and(|one| one.outcome == RepairOutcome::Entered));
    let history = world.service.request_view(&number, Some(iin(1))).await.unwrap().unwrap().history;
    let actions: Vec<_> = history.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions[actions.len() - 2..], ["repair_asked", "repair_told"]);
}

#[tokio::test]
async fn an_officer_of_the_department_alone_answers_that_there_is_no_such_act() {
    let world = world();
    let number = refused(&world, 1).await;
    world.service.ask_repair(iin(1), &number, ActRecalled::default()).await.unwrap();
    let stranger = AtDesk { department: Kato::parse("710000000").unwrap(), ..officer() };
    let outcome = RepairOutcome::NoActFound;
    let answer = async |desk: &AtDesk| {
        world.service.answer_repair(desk, &number, outcome, "мұндай акт жоқ").await.unwrap()
    };
    let waiting = async |kato: Kato| world.service.open_repairs(&kato).await.unwrap();
    assert_eq!(answer(&stranger).await, None);
    assert_eq!((waiting(kato()).await, waiting(stranger.department.clone()).await), (1, 0));
    assert_eq!(answer(&officer()).await, Some(true));
    assert_eq!(waiting(kato()).await, 0);
    assert_eq!(answer(&officer()).await, Some(false));
    let repair = world.service.repair_view(iin(1), &number).await.unwrap().repair.unwrap();
    assert!(repair.answer.is_some_and(|one| one.words == "мұндай акт жоқ"));
    import(&world, 50, &[registry_row(iin(1), "w1")]).await;
    assert_eq!(world.service.tell_repaired().await.unwrap(), 1, "he is told all the same");
}

#[tokio::test]
async fn a_request_to_repair_reaches_the_department_that_the_person_names() {
    let elsewhere = Kato::parse("710000000").unwrap();
    let former = Kato::parse("632810000").unwrap();
    let unknown = Kato::parse("471010000").unwrap();
    for (named, reached) in [
        (None, kato()),
        (Some(&elsewhere), elsewhere.clone()),
        (Some(&former), elsewhere.clone()),
        (Some(&unknown), kato()),
    ] {
        let world = reformed(&elsewhere);
        let number = refused(&world, 1).await;
        let act = ActRecalled { number: "17", date: None, department: named };
        assert!(world.service.ask_repair(iin(1), &number, act).await.unwrap());
        let at = AtDesk { department: reached, ..officer() };
        assert_eq!(world.service.repairs_at(&at).await.unwrap().len(), 1, "{named:?}");
    }
}

#[tokio::test]
async fn a_request_to_repair_of_a_department_of_former_days_is_its_successors() {
    let (elsewhere, former) =
        (Kato::parse("710000000").unwrap(), Kato::parse("632810000").unwrap());
    let world = reformed(&elsewhere);
    let number = refused(&world, 1).await;
    let mut row = registry_row(iin(2), "w2");
    row.ward.placement.provider = former.clone();
    import(&world, 5, &[row]).await;
    let asked = RepairRequest {
        number: number.clone(),
        applicant: iin(1),
        provider: former,
        opened_at: world.service.now(),
        act_number: None,
        act_date: None,
        answer: None,
    };
    let audit = event(AuditAction::RepairAsked, Some(number.clone()), Some(iin(1)));
    world.store.open_repair(&asked, &audit).await.unwrap();
    let successor = AtDesk { department: elsewhere.clone(), ..officer() };
    assert_eq!(world.service.open_repairs(&elsewhere).await.unwrap(), 1);
    let [open] = &world.service.repairs_at(&successor).await.unwrap()[..] else {
        panic!("one request to repair is open")
    };
    assert!(*open == asked);
    assert!(world.service.repairs_at(&officer()).await.unwrap().is_empty());
    let answer = async |desk: &AtDesk| {
        world.service.answer_repair(desk, &number, RepairOutcome::NoActFound, "жоқ").await.unwrap()
    };
    assert_eq!(answer(&officer()).await, None);
    assert_eq!(answer(&successor).await, Some(true));
}

/// A department elsewhere that took another over.
fn reformed(successor: &Kato) -> World {
    world_with(|parts| {
        let other = domain::Provider { kato: successor.clone(), ..samples::provider() };
        let took_over = crate::Successor {
            territories: vec!["6328".to_owned()],
            issuers: Vec::new(),
            since: None,
            until: None,
            provider: successor.clone(),
        };
        let successors = crate::Successors::new(vec![took_over]).unwrap();
        parts.providers = Providers::new(vec![samples::provider(), other], &kato())
            .unwrap()
            .with_successors(successors)
            .unwrap();
    })
}
