//! What the proof of everything stored tells: stamps that came in time and those that did not.

use jiff::Timestamp;

use super::*;
use crate::testing::FakeStamper;
use crate::{IntegrityDoubt, IntegrityFault, IntegrityReport, Registered, Store};

async fn verified(world: &World) -> IntegrityReport {
    world.service.verify_integrity(&*world.store, &[]).await.unwrap()
}

/// A world whose days are stamped by an authority with a clock of its own, and that authority.
fn stamped_world() -> (World, Arc<FakeStamper>, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(moment(0)));
    let stamper = Arc::new(FakeStamper::new(clock.clone()));
    let world = world_with(|parts| parts.time_stamper = Some(stamper.clone()));
    (world, stamper, clock)
}

/// The samples begin at ten in the morning in Kazakhstan; the day before ended ten hours ago.
#[tokio::test]
async fn a_stamp_proves_a_day_only_when_it_was_made_when_the_day_had_ended() {
    let cases: [(i64, bool); 6] =
        [(-11, true), (-10, false), (0, false), (14, false), (15, true), (240, true)];
    for (hours, doubtful) in cases {
        let (world, _, clock) = stamped_world();
        world.ask(iin(1)).await;
        clock.advance(SignedDuration::from_hours(hours));
        let stamped_at: Timestamp = crate::Clock::now(&*clock);
        world.service.stamp_roots().await.unwrap();
        let report = verified(&world).await;
        assert_eq!((report.faults, report.stamped_roots), (vec![], 1));
        let day = "2026-11-22".to_owned();
        let doubt = IntegrityDoubt::StampedElsewhen { day, stamped_at };
        assert_eq!(report.doubts, if doubtful { vec![doubt] } else { vec![] }, "{hours}");
    }
}

#[tokio::test]
async fn a_day_that_ended_long_ago_without_a_stamp_is_in_doubt_where_somebody_should_stamp() {
    let (world, stamper, _) = stamped_world();
    stamper.be_down(true);
    world.ask(iin(1)).await;
    assert!(world.service.stamp_roots().await.is_err());
    let report = verified(&world).await;
    assert_eq!((report.doubts, report.unstamped_roots), (vec![], 1), "there is time yet");
    world.clock.advance(SignedDuration::from_hours(15));
    let report = verified(&world).await;
    assert_eq!(report.doubts, [IntegrityDoubt::NotStamped("2026-11-22".to_owned())]);
    assert_eq!(report.faults, []);
    // A copy kept elsewhere vouches for the day instead.
    let kept = world.service.store().roots().await.unwrap();
    let report = world.service.verify_integrity(&*world.store, &kept).await.unwrap();
    assert_eq!((report.faults, report.doubts, report.kept_roots), (vec![], vec![], 1));
    // Where nobody was ever to stamp, that no stamp came says nothing.
    let unstamped = self::world();
    unstamped.ask(iin(1)).await;
    unstamped.service.stamp_roots().await.unwrap();
    unstamped.clock.advance(SignedDuration::from_hours(240));
    assert_eq!(verified(&unstamped).await.doubts, []);
}

/// Registers a request the way it was done before there were digests.
async fn registered_before_proof(store: &Arc<dyn Store>, index: u32) -> Number {
    let draft = samples::draft(iin(index), &format!("challenge-{index}"));
    store.put_draft(&draft).await.unwrap();
    let mut old = samples::registration(&draft, index.into(), &format!("key-{index}"));
    old.audit.evidence = String::new();
    assert_eq!(store.register(&old).await.unwrap(), Registered::New);
    old.number
}

#[tokio::test]
async fn a_request_registered_before_proof_is_compared_with_all_that_needs_no_digest() {
    let world = world();
    let store: Arc<dyn Store> = world.store.clone();
    let number = registered_before_proof(&store, 1).await;
    let report = verified(&world).await;
    assert_eq!((report.faults, report.requests, report.without_digests), (vec![], 0, 1));
    world.work().await;
    let report = verified(&world).await;
    assert_eq!((report.faults, report.without_digests), (vec![], 1));
    // A step of it that the store did not make.
    let step = AuditAction::Decided;
    let event = samples::event(step, Some(number.clone()), Some(iin(1)));
    store.append_audit(&event).await.unwrap();
    let part = "decision";
    assert_eq!(verified(&world).await.faults, [IntegrityFault::Request { number, part }]);
}

/// Otherwise a digest could be emptied together with the chain behind it, and nothing would be compared.
#[tokio::test]
async fn behind_the_first_digest_no_request_is_without() {
    let world = world();
    let store: Arc<dyn Store> = world.store.clone();
    world.ask(iin(9)).await;
    let number = registered_before_proof(&store, 1).await;
    let report = verified(&world).await;
    let part = "registration";
    assert_eq!(report.faults, [IntegrityFault::Request { number, part }]);
    assert_eq!((report.requests, report.without_digests), (1, 0));
}
