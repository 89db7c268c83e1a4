//! The proof while others write: at each moment of a verification each kind of write comes in between once, and what it
//! stores is never taken for a fault.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::*;
use crate::testing::{Intercepted, Interceptor, Moment};
use crate::{BreakOrder, IntegrityReport, Registry, StoreError};

/// What somebody does while the verification runs.
#[derive(Clone, Copy, Debug)]
enum Write {
    Request,
    Step,
    Alarm,
    Break,
    Withdrawal,
    Import,
    Root,
}

const WRITES: [Write; 7] = [
    Write::Request,
    Write::Step,
    Write::Alarm,
    Write::Break,
    Write::Withdrawal,
    Write::Import,
    Write::Root,
];

/// Somebody who writes at one moment of those he is told of.
struct Meanwhile {
    world: World,
    write: Write,
    at: usize,
    moments: Arc<AtomicUsize>,
}

#[async_trait]
impl Interceptor for Meanwhile {
    fn before(&self, _call: &'static str) -> Result<(), StoreError> {
        Ok(())
    }

    fn after(&self, _call: &'static str) -> Result<(), StoreError> {
        Ok(())
    }

    async fn hold(&self, _moment: Moment, _call: &'static str) {
        if self.moments.fetch_add(1, Ordering::Relaxed) == self.at {
            self.world.write(self.write).await;
        }
    }
}

fn in_hours(world: &World, hours: i64) -> BreakOrder {
    let starts_at = world.service.now() + SignedDuration::from_hours(hours);
    BreakOrder {
        starts_at,
        ends_at: starts_at + SignedDuration::from_hours(1),
        reason_kk: "Жабдықты ауыстыру".to_owned(),
        reason_ru: "Замена оборудования".to_owned(),
        reason_en: "New equipment".to_owned(),
    }
}

impl World {
    async fn write(&self, write: Write) {
        let rows = self.service.store().journal_head().await.unwrap().sequence;
        match write {
            Write::Request => {
                self.ask(iin(50)).await;
            }
            Write::Step => assert!(self.worker.work_once().await.unwrap()),
            Write::Alarm => {
                self.clock.advance(SignedDuration::from_mins(20));
                assert!(self.service.raise_alarms().await.unwrap() > 0);
            }
            Write::Break => {
                self.service.announce_break(in_hours(self, 9)).await.unwrap();
            }
            Write::Withdrawal => {
                let standing = self.service.breaks().await.unwrap();
                assert!(self.service.withdraw_break(&standing[0].id).await.unwrap());
            }
            Write::Import => self.import(2).await,
            Write::Root => {
                self.clock.advance(SignedDuration::from_hours(24));
                self.service.stamp_roots().await.unwrap();
            }
        }
        assert!(self.service.store().journal_head().await.unwrap().sequence > rows);
    }

    async fn import(&self, index: u32) {
        let rows = vec![samples::registry_row(iin(index), "ward")];
        self.store.apply_import(&samples::batch(i64::from(index), rows)).await.unwrap();
    }
}

/// Something of each kind, an answer that lies there and one that is awaited.
async fn filled() -> World {
    let world = world();
    world.import(1).await;
    world.service.stamp_roots().await.unwrap();
    world.service.announce_break(in_hours(&world, 5)).await.unwrap();
    known_guardian(&world);
    world.ask(iin(1)).await;
    world.work().await;
    world.ask(iin(2)).await;
    world
}

/// The report, and how many moments there were to come in between.
async fn verified_while(write: Write, at: usize) -> (IntegrityReport, usize) {
    let writer = filled().await;
    let (store, moments) = (writer.store.clone(), Arc::new(AtomicUsize::new(0)));
    let meanwhile = Meanwhile { world: writer, write, at, moments: moments.clone() };
    let watched = Arc::new(Intercepted::new(store.clone(), meanwhile));
    let verifier = world_with(|parts| parts.store = watched);
    let report = verifier.service.verify_integrity(&*store, &[]).await.unwrap();
    (report, moments.load(Ordering::Relaxed))
}

#[tokio::test]
async fn what_is_written_during_a_verification_is_never_a_fault() {
    let (undisturbed, moments) = verified_while(Write::Request, usize::MAX).await;
    assert_eq!((undisturbed.faults, undisturbed.requests), (vec![], 2));
    assert!(moments > 20, "{moments}");
    for write in WRITES {
        for at in 0..moments {
            let (report, _) = verified_while(write, at).await;
            assert_eq!(report.faults, [], "{write:?} at {at}");
            assert!(report.requests >= 2 && report.imports >= 1);
        }
    }
}
