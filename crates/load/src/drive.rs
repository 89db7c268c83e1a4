//! The two kinds of load. Closed: so many clients, each of which asks anew when it has its answer; it finds what the
//! service can do. Open: so many requests a second, whatever the answers; it finds how long people wait.
//!
//! In the open load a latency counts from the moment at which the request was to be sent, so a service that stands
//! still is not spared the requests that would have come meanwhile.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use anyqtama::demo::client::RequestAnswer;
use tokio::task::JoinSet;

use crate::accounts::Watched;
use crate::latency::Latencies;
use crate::nodes::Node;
use crate::requests::{SignedRequest, patiently};

/// How often a client of the open load asks for its answer.
const POLL: Duration = Duration::from_millis(50);
/// How often a client of the closed load asks, after a first wait as long as answers have taken of late: its questions
/// are no part of what is measured.
const POLL_LATE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(120);
/// So many times in a run it is looked at how much memory is taken.
const MEMORY_LOOKS: usize = 10;
/// One document in so many is fetched and looked at.
const FETCHED: usize = 100;

/// What a load has found.
#[derive(Debug, Default)]
pub struct Found {
    /// From the stored acceptance to the stored end.
    pub stored: Latencies,
    /// From sending to seeing the answer, as a client that asks every 50 milliseconds.
    pub seen: Latencies,
    /// From sending to the registration's answer.
    pub registered: Latencies,
    /// Times a client was told that more is asked than can be done.
    pub told_to_wait: u64,
    /// Questions for the state.
    pub questions: u64,
    /// Answers that were not exactly one certificate.
    pub unexpected: u64,
    /// Answers by then, and the memory each process that serves takes, in megabytes.
    pub memory: Vec<(usize, Vec<u64>)>,
}

/// A load to be driven at nodes.
pub struct Load {
    /// Where to.
    pub nodes: Arc<Vec<Node>>,
    /// What.
    pub requests: Vec<SignedRequest>,
    /// Whose memory is looked at.
    pub watched: Arc<Watched>,
}

struct Driving {
    load: Load,
    next: AtomicUsize,
    /// Microseconds an answer takes, of late.
    expected: AtomicU64,
    found: Mutex<Found>,
}

/// Each of `clients` sends its next request when the one before is answered.
pub async fn closed(load: Load, clients: usize) -> Result<Found> {
    let driving = Arc::new(Driving::of(load));
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let driving = Arc::clone(&driving);
        tasks.spawn(async move {
            loop {
                let index = driving.next.fetch_add(1, Ordering::Relaxed);
                if index >= driving.load.requests.len() {
                    return Ok(());
                }
                let expected = driving.expected.load(Ordering::Relaxed);
                let first = Duration::from_micros(expected);
                driving.one(index, Instant::now(), (first, POLL_LATE)).await?;
            }
        });
    }
    driving.finish(tasks).await
}

/// Sends `rate` requests a second.
pub async fn open(load: Load, rate: f64) -> Result<Found> {
    let driving = Arc::new(Driving::of(load));
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    let mut due = begun;
    for index in 0..driving.load.requests.len() {
        tokio::time::sleep_until(due.into()).await;
        let driving = Arc::clone(&driving);
        tasks.spawn(async move { driving.one(index, due, (POLL, POLL)).await });
        due += Duration::from_secs_f64(1.0 / rate);
    }
    driving.finish(tasks).await
}

impl Driving {
    fn of(load: Load) -> Self {
        let found = Mutex::new(Found::default());
        Self { load, next: AtomicUsize::new(0), expected: AtomicU64::new(0), found }
    }

    async fn finish(self: Arc<Self>, mut tasks: JoinSet<Result<()>>) -> Result<Found> {
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        let driving = Arc::into_inner(self).context("a client goes on")?;
        Ok(driving.found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends one request and waits for its answer: a first wait, then the pause between questions.
    async fn one(&self, index: usize, due: Instant, waits: (Duration, Duration)) -> Result<()> {
        let request = self.load.requests.get(index).context("no such request")?;
        let node = self.load.nodes.get(index % self.load.nodes.len()).context("no such node")?;
        let (number, waited) = patiently(&node.client, request).await?;
        let registered = due.elapsed();
        self.found.lock().unwrap_or_else(PoisonError::into_inner).told_to_wait += waited;
        let (mut pause, mut questions) = (waits.0, 0);
        let answer = loop {
            tokio::time::sleep(pause).await;
            questions += 1;
            let answer = node.client.request(&number).await?;
            if answer.ended_at.is_some() {
                break answer;
            }
            if due.elapsed() > PATIENCE {
                bail!("no answer within {PATIENCE:?}");
            }
            pause = waits.1;
        };
        let seen = due.elapsed();
        if index.is_multiple_of(FETCHED) {
            fetch(node, &answer).await?;
        }
        self.note(&answer, registered, seen, questions)
    }

    fn note(
        &self,
        answer: &RequestAnswer,
        registered: Duration,
        seen: Duration,
        questions: u64,
    ) -> Result<()> {
        let took = answer.milliseconds().and_then(|took| u64::try_from(took).ok()).unwrap_or(0);
        let took = Duration::from_millis(took);
        let last = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let expected = self.expected.load(Ordering::Relaxed);
        self.expected.store((expected.saturating_mul(7) + last) / 8, Ordering::Relaxed);
        let is_certificate = answer.results.iter().all(|one| one.kind == "certificate");
        let as_expected = answer.results.len() == 1 && is_certificate;
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.stored.add(took);
        found.seen.add(seen);
        found.registered.add(registered);
        found.questions += questions;
        found.unexpected += u64::from(!as_expected);
        let answers = found.stored.len();
        if answers.is_multiple_of((self.load.requests.len() / MEMORY_LOOKS).max(1)) {
            found.memory.push((answers, self.load.watched.resident()?));
        }
        Ok(())
    }
}

async fn fetch(node: &Node, answer: &RequestAnswer) -> Result<()> {
    for one in &answer.results {
        let document = node.client.document(&one.id).await?;
        if !document.starts_with(b"%PDF-") {
            bail!("what was issued is no document");
        }
    }
    Ok(())
}
