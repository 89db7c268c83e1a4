//! The legal clock over an outage: breaker, alarms, notices, technical breaks, and the proof of all of it.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::audit::AuditRow;
use crate::ports::{NoticeKind, StampError, StampVerdict, StoredNotice, TimeStamper};
use crate::technical_break::{BreakError, BreakOrder};
use crate::watchdog::Watchdog;

/// Moves time on in steps of five seconds, with work and watchdog in each.
async fn live(world: &World, seconds: i64) {
    for _ in 0..seconds / 5 {
        world.clock.advance(SignedDuration::from_secs(5));
        world.work().await;
        world.service.raise_alarms().await.unwrap();
    }
}

async fn ask_as(world: &World, person: Iin) -> Number {
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    number_of(world.submit("key", cms).await.unwrap())
}

async fn kinds(world: &World, person: Iin) -> Vec<NoticeKind> {
    let notices = world.service.notices_of(person).await.unwrap();
    notices.iter().map(|one| one.notice.kind).collect()
}

async fn rows(world: &World, number: &Number, action: AuditAction) -> Vec<AuditRow> {
    let rows = world.service.store().audit_of(number).await.unwrap();
    rows.into_iter().filter(|row| row.action == action.code()).collect()
}

#[tokio::test]
async fn forty_minutes_without_data_bank_refuse_nobody_and_tell_everybody_once() {
    let world = world();
    let people: Vec<Iin> = (1..=6).map(iin).collect();
    for person in &people {
        world.bank.know(guardian_record(*person, &["w1"]));
    }
    world.bank.go_down();
    let mut numbers = Vec::new();
    for person in &people {
        numbers.push(ask_as(&world, *person).await);
        live(&world, 30).await;
    }
    live(&world, 40 * 60).await;
    for (number, person) in numbers.iter().zip(&people) {
        let waiting = RequestState::Checking(Some(WaitingFor::DataBank));
        assert_eq!(world.state(number).await, waiting);
        assert_eq!(kinds(&world, *person).await, [NoticeKind::Overdue]);
        let alarmed = rows(&world, number, AuditAction::Alarmed).await;
        let details: Vec<_> = alarmed.iter().map(|row| row.detail.as_str()).collect();
        assert_eq!(details, ["half_term", "most_of_term", "nearly_due"]);
    }
    assert_eq!(world.service.exceptions(None).await.unwrap().len(), 6);
    world.bank.come_up();
    live(&world, 60).await;
    for (number, person) in numbers.iter().zip(&people) {
        assert_eq!(world.state(number).await, RequestState::Granted);
        assert_eq!(kinds(&world, *person).await, [NoticeKind::Answered, NoticeKind::Overdue]);
        assert_eq!(rows(&world, number, AuditAction::Overdue).await.len(), 1);
    }
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!((report.faults, report.requests), (vec![], 6));
}

#[tokio::test]
async fn an_answer_of_no_use_about_one_person_keeps_the_data_bank_from_nobody() {
    let world = world();
    let (first, second) = (iin(1), iin(2));
    world.bank.mumble(first);
    world.bank.know(guardian_record(second, &["w1"]));
    let waits = ask_as(&world, first).await;
    live(&world, 30 * 60).await;
    assert!(world.bank.asked(first) > 5, "again and again");
    assert_eq!(world.service.contacts().data_bank.answers, Some(true), "what /health/ready tells");
    assert!(world.service.breaker(domain::Source::DataBank).is_closed());
    let answered = ask_as(&world, second).await;
    world.work().await;
    assert_eq!(world.state(&answered).await, RequestState::Granted);
    assert_eq!(world.bank.asked(second), 1);
    let waiting = RequestState::Checking(Some(WaitingFor::DataBank));
    assert_eq!(world.state(&waits).await, waiting, "never refused for it");
    // A canary is answered by it too, and those who wait are released.
    world.bank.go_down();
    let third = iin(3);
    world.bank.know(guardian_record(third, &["w1"]));
    let late = ask_as(&world, third).await;
    live(&world, 120).await;
    assert!(!world.service.breaker(domain::Source::DataBank).is_closed());
    assert_eq!(world.service.contacts().data_bank.answers, Some(false));
    world.bank.come_up();
    live(&world, 60).await;
    assert_eq!(world.state(&late).await, RequestState::Granted);
    world.bank.know(guardian_record(first, &["w1"]));
    live(&world, 60 * 60).await;
    assert_eq!(world.state(&waits).await, RequestState::Granted, "once the record is repaired");
}

#[tokio::test]
async fn a_silent_source_is_left_alone_but_for_its_canaries() {
    let world = world();
    world.bank.go_down();
    for index in 1..=40 {
        ask_as(&world, iin(index)).await;
    }
    live(&world, 600).await;
    let asked: usize = (1..=40).map(|index| world.bank.asked(iin(index))).sum();
    assert!((40..=80).contains(&asked), "one canary in some fifteen seconds: {asked}");
}

#[tokio::test]
async fn when_the_source_returns_the_oldest_request_is_answered_first() {
    let world = world();
    world.bank.go_down();
    let mut numbers = Vec::new();
    for index in 1..=10 {
        world.bank.know(guardian_record(iin(index), &["w1"]));
        numbers.push(ask_as(&world, iin(index)).await);
        live(&world, 5).await;
    }
    live(&world, 120).await;
    world.bank.come_up();
    live(&world, 20).await;
    let journal = world.service.store().audit_from(1, 1_000).await.unwrap();
    let decided: Vec<_> = journal
        .iter()
        .filter(|row| row.action == AuditAction::Decided.code())
        .map(|row| row.request.clone())
        .collect();
    assert_eq!(decided.len(), 10);
    // The canary is whoever asked last; behind it they come by age.
    let behind: Vec<_> = decided[1..].to_vec();
    let by_age: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    let expected: Vec<_> = by_age.into_iter().filter(|one| *one != decided[0]).collect();
    assert_eq!(behind, expected);
}

#[tokio::test]
async fn an_answer_after_everything_stood_still_tells_of_the_missed_term_too() {
    let world = world();
    let person = known_guardian(&world);
    let number = ask_as(&world, person).await;
    world.clock.advance(SignedDuration::from_hours(2));
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Granted);
    assert_eq!(kinds(&world, person).await, [NoticeKind::Overdue, NoticeKind::Answered]);
    let exceptions = world.service.exceptions(None).await.unwrap();
    assert_eq!(exceptions.len(), 1);
    assert!(exceptions[0].request.ended_at.is_some());
}

#[tokio::test]
async fn a_timely_answer_is_told_once_and_alarms_nobody() {
    let world = world();
    let person = known_guardian(&world);
    let number = ask_as(&world, person).await;
    world.work().await;
    live(&world, 3_600).await;
    let notices = world.service.notices_of(person).await.unwrap();
    let [StoredNotice { number: told, notice }] = notices.as_slice() else { panic!("one") };
    assert_eq!((told, notice.kind), (&number, NoticeKind::Answered));
    assert!(rows(&world, &number, AuditAction::Alarmed).await.is_empty());
}

fn order(world: &World, starts: i64, ends: i64) -> BreakOrder {
    let at = |minutes| world.service.now() + SignedDuration::from_mins(minutes);
    BreakOrder {
        starts_at: at(starts),
        ends_at: at(ends),
        reason_kk: "Жабдықты ауыстыру".to_owned(),
        reason_ru: "Замена оборудования".to_owned(),
        reason_en: "New equipment".to_owned(),
    }
}

#[tokio::test]
async fn a_break_is_announced_earlier_than_the_term_is_long() {
    let world = world();
    let announce =
        async |starts, ends| world.service.announce_break(order(&world, starts, ends)).await;
    assert!(matches!(announce(29, 60).await, Err(BreakError::TooSoon)));
    assert!(matches!(announce(60, 60).await, Err(BreakError::EndsBeforeItStarts)));
    let mut silent = order(&world, 60, 90);
    silent.reason_ru = " ".to_owned();
    let silent = world.service.announce_break(silent).await;
    assert!(matches!(silent, Err(BreakError::ReasonMissing)));
    let planned = announce(30, 60).await.unwrap();
    assert_eq!(world.service.breaks().await.unwrap(), [planned]);
}

#[tokio::test]
async fn a_break_stops_no_clock_and_registers_nothing() {
    let world = world();
    let (before, during) = (known_guardian(&world), iin(2));
    world.bank.know(guardian_record(during, &["w2"]));
    let planned = world.service.announce_break(order(&world, 30, 90)).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(29));
    let cms = world.signed(during, WardsAsked::All, ConsentDecision::Given).await;
    let number = ask_as(&world, before).await;
    let due_at = world.service.request_view(&number, None).await.unwrap().unwrap();
    world.clock.advance(SignedDuration::from_mins(2));
    let refused = world.submit("key", cms.clone()).await.unwrap_err();
    assert_eq!(refused.code(), "technical_break");
    assert!(
        matches!(refused, SubmitError::TechnicalBreak { ends_at } if ends_at == planned.ends_at)
    );
    // What was registered before is worked on, under the clock it began with.
    world.work().await;
    let after = world.service.request_view(&number, None).await.unwrap().unwrap();
    assert_eq!(after.request.clock, due_at.request.clock);
    assert_eq!(after.request.state, RequestState::Granted);
    assert!(world.service.withdraw_break(&planned.id).await.unwrap());
    assert!(!world.service.withdraw_break(&planned.id).await.unwrap());
    assert!(world.submit("key", cms).await.is_ok());
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn a_day_that_ended_has_one_root_in_the_journal() {
    let world = world();
    known_guardian(&world);
    world.ask(iin(1)).await;
    world.service.stamp_roots().await.unwrap();
    let first = world.service.store().roots().await.unwrap();
    assert_eq!((first.len(), first[0].day.as_str()), (1, "2026-11-22"));
    world.work().await;
    world.service.stamp_roots().await.unwrap();
    assert_eq!(world.service.store().roots().await.unwrap(), first);
    world.clock.advance(SignedDuration::from_hours(24));
    world.service.stamp_roots().await.unwrap();
    assert_eq!(world.service.store().roots().await.unwrap().len(), 2);
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!((report.faults, report.unstamped_roots), (vec![], 2));
}

/// An authority that takes every question and answers none.
struct SilentAuthority;

#[async_trait]
impl TimeStamper for SilentAuthority {
    async fn stamp(&self, _: &[u8; 32]) -> Result<Vec<u8>, StampError> {
        std::future::pending().await
    }

    fn verify(&self, _: &[u8], _: &[u8; 32], _: Timestamp) -> StampVerdict {
        StampVerdict::CannotTell("silent")
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_authority_holds_up_no_alarm_and_no_end() {
    let world = world_with(|parts| parts.time_stamper = Some(Arc::new(SilentAuthority)));
    let person = known_guardian(&world);
    ask_as(&world, person).await;
    let watchdog = Watchdog::new(world.service.clone());
    let life = async {
        tokio::time::sleep(Duration::from_secs(70)).await;
        assert!(!world.service.store().roots().await.unwrap().is_empty(), "it was to be stamped");
        world.clock.advance(SignedDuration::from_mins(31));
        tokio::time::sleep(Duration::from_secs(6)).await;
    };
    let ended = tokio::time::timeout(Duration::from_secs(100), watchdog.run_until(life)).await;
    assert!(ended.is_ok(), "it does not end");
    assert_eq!(kinds(&world, person).await, [NoticeKind::Overdue]);
}

/// Clocks of nodes differ: one tells that the term has passed, another answers before it has.
#[tokio::test]
async fn who_was_told_that_the_term_has_passed_is_not_told_that_it_had_not() {
    let world = world();
    let person = known_guardian(&world);
    let number = ask_as(&world, person).await;
    world.clock.advance(SignedDuration::from_mins(30) + SignedDuration::from_secs(1));
    world.service.raise_alarms().await.unwrap();
    world.clock.advance(-SignedDuration::from_secs(20));
    world.work().await;
    let view = world.service.request_view(&number, Some(person)).await.unwrap().unwrap();
    assert_eq!(view.request.state, RequestState::Granted);
    assert!(view.request.ended_at.unwrap() < view.request.clock.due_at);
    assert_eq!(view.term, domain::Term::Exceeded);
}
