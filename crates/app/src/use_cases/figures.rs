//! Figures and stages over whole journeys: what is counted, what the public sees, what a monitoring system is told.

use jiff::civil::date;

use super::*;
use crate::figures::{FigureAxis, FigurePeriod, RequestStage};
use crate::staff::{Permit, StaffRole, acts};
use crate::testing::{of_department, of_organisation};

fn november() -> FigurePeriod {
    FigurePeriod::month(domain::astana_date(moment(0)))
}

async fn ask_as(world: &World, person: Iin) -> Number {
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    number_of(world.submit("key", cms).await.unwrap())
}

#[tokio::test]
async fn every_request_is_counted_once_for_what_it_led_to() {
    let world = world();
    for person in 1..=3 {
        world.bank.know(guardian_record(iin(person), &["w1", "w2"]));
    }
    for person in 1..=4 {
        ask_as(&world, iin(person)).await;
    }
    world.clock.advance(SignedDuration::from_millis(1_500));
    world.work().await;
    world.bank.go_down();
    ask_as(&world, iin(5)).await;
    world.work().await;
    world.clock.advance(SignedDuration::from_mins(31));
    let report = world.service.figures(november(), None).await.unwrap();
    let whole = &report.whole;
    assert_eq!((whole.requests, whole.granted, whole.no_guardian_record), (5, 3, 1));
    assert_eq!((whole.open, whole.overdue, whole.late), (1, 1, 0));
    assert_eq!((whole.certificates, whole.refusals), (6, 1));
    assert_eq!((whole.median_ms, whole.p95_ms), (Some(1_500), Some(1_500)));
    assert_eq!(whole.within_5_seconds, 4);
    let days = report.table(FigureAxis::Day).unwrap();
    assert_eq!(days.rows.len(), usize::try_from(november().days()).unwrap());
    let territory = report.table(FigureAxis::Territory).unwrap();
    let keys: Vec<_> = territory.rows.iter().map(|row| (&*row.key, row.tally.requests)).collect();
    assert_eq!(keys, [("", 1), (samples::kato().as_str(), 4)], "the open one is nobody's yet");
    assert!(world.service.check_figures(november()).await.unwrap().agrees());
}

#[tokio::test]
async fn a_department_reads_its_own_figures_and_no_others() {
    let world = world();
    let (own, other) = (samples::kato(), Kato::parse("750000000").unwrap());
    let officer = of_department(iin(7), "A", &own, &[StaffRole::Officer]);
    let officer: Permit<acts::ReadFigures> = Permit::of(officer).unwrap();
    let bin = domain::Bin::parse("200140009018").unwrap();
    let auditor = of_organisation(iin(8), "B", bin, StaffRole::Auditor);
    let auditor: Permit<acts::ReadFigures> = Permit::of(auditor).unwrap();
    let sees = async |permit: &Permit<acts::ReadFigures>, territory: Option<&Kato>| {
        let report = world.service.figures_for(permit, november(), territory.cloned()).await;
        report.unwrap().is_some()
    };
    assert!(sees(&officer, Some(&own)).await);
    assert!(!sees(&officer, Some(&other)).await && !sees(&officer, None).await);
    assert!(sees(&auditor, None).await && sees(&auditor, Some(&own)).await);
    assert!(!sees(&auditor, Some(&other)).await, "no such department");
}

#[tokio::test]
async fn the_public_sees_a_month_when_it_is_over() {
    let world = world();
    assert!(world.service.published_months().await.unwrap().is_empty());
    for person in 1..=6 {
        world.bank.know(guardian_record(iin(person), &["w1"]));
        ask_as(&world, iin(person)).await;
    }
    world.work().await;
    let month = november().from();
    assert_eq!(world.service.published_month(month).await.unwrap(), None, "it is not over");
    world.clock.advance(SignedDuration::from_hours(24 * 31));
    let published = world.service.published_month(month).await.unwrap().unwrap();
    assert_eq!((published.total, published.median_ms), (Some(6), None), "six times tell too much");
    assert_eq!(world.service.published_month(date(2020, 1, 1)).await.unwrap(), None);
}

#[tokio::test]
async fn stages_are_told_in_order_from_any_cursor_and_without_anybodys_data() {
    let world = world();
    let person = iin(1);
    world.bank.know(guardian_record(person, &["w1", "w2"]));
    world.bank.go_down();
    let waits = ask_as(&world, person).await;
    world.work().await;
    for _ in 0..400 {
        world.clock.advance(SignedDuration::from_secs(5));
        world.service.raise_alarms().await.unwrap();
    }
    world.bank.come_up();
    for _ in 0..60 {
        world.clock.advance(SignedDuration::from_secs(5));
        world.work().await;
    }
    let refused = ask_as(&world, iin(2)).await;
    world.work().await;
    let all = world.service.stages(0, 100).await.unwrap();
    assert!(all.is_last);
    let told: Vec<_> = all.events.iter().map(|one| (&one.number, one.stage, one.answer)).collect();
    use RequestStage as S;
    assert_eq!(
        told,
        [
            (&waits, S::Registered, None),
            (&waits, S::Waiting, None),
            (&waits, S::Overdue, None),
            (&waits, S::Decided, Some((true, false))),
            // Two certificates are one stage.
            (&waits, S::Issued, Some((true, false))),
            (&refused, S::Registered, None),
            (&refused, S::Decided, Some((false, true))),
            (&refused, S::Issued, Some((false, true))),
        ]
    );
    assert!(all.events.is_sorted_by(|one, other| one.cursor < other.cursor));
    assert!(!format!("{:?}", all.events).contains(&person.digits()));
    // Page by page, from the cursor of the page or of its last event: the same.
    for limit in 1..=3 {
        for by_event in [false, true] {
            let (mut after, mut again) = (0, Vec::new());
            loop {
                let page = world.service.stages(after, limit).await.unwrap();
                assert!(page.events.len() <= limit);
                let last = page.events.last().map(|one| one.cursor);
                after = last.filter(|_| by_event).unwrap_or(page.next);
                again.extend(page.events);
                if page.is_last {
                    break;
                }
            }
            assert_eq!(again, all.events, "{limit} {by_event}");
        }
    }
    let end = world.service.stages(all.next, 100).await.unwrap();
    assert_eq!((end.events.len(), end.next, end.is_last), (0, all.next, true));
}
