//! Attempts that are counted for all nodes.

use std::collections::BTreeSet;

use super::Fixture;
use crate::ports::Attempt;
use crate::testing::samples::moment;

fn attempt(whom: &str, seconds: i64) -> Attempt {
    Attempt { whom: whom.to_owned(), forget_at: moment(seconds) }
}

/// None is counted twice, and none is lost.
pub async fn attempts_in_parallel_get_a_number_each(fixture: Fixture) {
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.count_attempt(&attempt("one", 60)).await.unwrap() })
        })
        .collect();
    let mut counts = BTreeSet::new();
    for call in calls {
        counts.insert(call.await.unwrap());
    }
    assert_eq!(counts, (1..=20).collect());
    let (store, another) = (fixture.store, attempt("another", 60));
    assert_eq!(store.count_attempt(&another).await.unwrap(), 1);
    for _ in 0..3 {
        store.take_back_attempt(&attempt("one", 60)).await.unwrap();
        store.take_back_attempt(&another).await.unwrap();
        store.take_back_attempt(&attempt("nobody", 60)).await.unwrap();
    }
    assert_eq!(store.count_attempt(&attempt("one", 60)).await.unwrap(), 18);
    assert_eq!(store.count_attempt(&another).await.unwrap(), 2, "the last one stays");
}

/// And counts from the beginning then.
pub async fn attempts_are_forgotten_when_their_time_is_over(fixture: Fixture) {
    let store = fixture.store;
    store.count_attempt(&attempt("short", 60)).await.unwrap();
    store.count_attempt(&attempt("long", 3_600)).await.unwrap();
    store.remove_expired(moment(59)).await.unwrap();
    assert_eq!(store.count_attempt(&attempt("short", 60)).await.unwrap(), 2);
    store.remove_expired(moment(60)).await.unwrap();
    assert_eq!(store.count_attempt(&attempt("short", 120)).await.unwrap(), 1);
    assert_eq!(store.count_attempt(&attempt("long", 3_600)).await.unwrap(), 2);
}
