//! Checks over a replica that answers, lags, fails or hangs.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use std::time::Instant;

use super::*;
use crate::StoreError;
use crate::testing::{Intercepted, Interceptor, Moment};

/// How a replica behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replica {
    Answers,
    Fails,
    Hangs,
}

struct Behaving {
    how: Replica,
    asked: Arc<AtomicU32>,
}

#[async_trait]
impl Interceptor for Behaving {
    fn before(&self, _call: &'static str) -> Result<(), StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.how == Replica::Fails {
            return Err(StoreError::Unavailable("the replica is away".into()));
        }
        Ok(())
    }

    fn after(&self, _call: &'static str) -> Result<(), StoreError> {
        Ok(())
    }

    async fn hold(&self, _moment: Moment, _call: &'static str) {
        if self.how == Replica::Hangs {
            self.asked.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
    }
}

/// A world with a replica over a store of its own, or over the primary's.
fn with_replica(how: Replica, of: Option<Arc<dyn Store>>) -> (World, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let behaving = Behaving { how, asked: asked.clone() };
    let world = world_with(|parts| {
        let replica = Intercepted::new(of.unwrap_or_else(|| parts.store.clone()), behaving);
        parts.replica = Some(Arc::new(replica));
    });
    (world, asked)
}

/// Each way of checking, answered by the primary where the replica cannot.
async fn every_check_finds(world: &World) {
    let person = known_guardian(world);
    let (number, token, bytes) = issued(world, person).await;
    for found in [
        world.service.check_by_number(&number, person).await.unwrap(),
        world.service.check_by_token(&token).await.unwrap(),
        world.service.check_pdf(&bytes).await.unwrap(),
    ] {
        assert!(matches!(found, DocumentCheck::Genuine(_)), "{found:?}");
    }
}

#[tokio::test]
async fn a_replica_that_hangs_costs_a_check_one_second_and_the_primary_answers() {
    let (world, asked) = with_replica(Replica::Hangs, None);
    let begun = Instant::now();
    every_check_finds(&world).await;
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert!(begun.elapsed() <= Duration::from_millis(3_100), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_replica_that_stays_away_is_left_alone_and_asked_again_later() {
    let (world, asked) = with_replica(Replica::Fails, None);
    let person = known_guardian(&world);
    let (number, ..) = issued(&world, person).await;
    let check = async || world.service.check_by_number(&number, person).await.unwrap();
    for _ in 0..10 {
        assert!(matches!(check().await, DocumentCheck::Genuine(_)));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    world.clock.advance(SignedDuration::from_secs(20));
    assert!(matches!(check().await, DocumentCheck::Genuine(_)));
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn while_the_replica_is_away_or_late_the_primary_answers() {
    let empty: Arc<dyn Store> = Arc::new(MemoryStore::default());
    for (how, of) in [(Replica::Fails, None), (Replica::Answers, Some(empty))] {
        let (world, asked) = with_replica(how, of);
        every_check_finds(&world).await;
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn a_replica_that_knows_the_document_spares_the_primary() {
    let asked = Arc::new(AtomicU32::new(0));
    let counting = Behaving { how: Replica::Answers, asked: asked.clone() };
    let world = world_with(|parts| {
        parts.replica = Some(parts.store.clone());
        parts.store = Arc::new(Intercepted::new(parts.store.clone(), counting));
    });
    let person = known_guardian(&world);
    let (number, ..) = issued(&world, person).await;
    let before = asked.load(Ordering::SeqCst);
    world.service.check_by_number(&number, person).await.unwrap();
    // Whether it was annulled and the consent withdrawn, of which a copy may not know yet; and the journal's row.
    assert_eq!(asked.load(Ordering::SeqCst) - before, 3);
}
