//! More than the service can do: requests are sent at a rate whatever comes back, for so long, and whoever is told to come again
//! does not. Then somebody asks as usual until all is as before, and every request that was accepted is asked for: none may be
//! lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::drive::Load;
use crate::latency::Latencies;
use crate::nodes::Node;
use crate::requests::{SignedRequest, accepted};

/// Requests kept for those who ask afterwards.
pub const PROBES: usize = 400;
/// How often somebody asks afterwards.
const PROBE_EVERY: Duration = Duration::from_millis(250);
/// All is as before when a request is answered within it.
const AS_BEFORE: Duration = Duration::from_secs(1);
/// Every accepted request has its answer within it.
const ALL_ANSWERED: Duration = Duration::from_secs(1_800);
const PATIENCE: Duration = Duration::from_secs(60);

/// What an overload has found.
#[derive(Debug, Default)]
pub struct Overload {
    /// Sent.
    pub offered: u64,
    /// For how long.
    pub lasted: Duration,
    /// Registered, each with a number of its own.
    pub accepted: u64,
    /// Told the number of a request of theirs that waited.
    pub again: u64,
    /// Told to come again by 429 with `Retry-After`.
    pub told_to_wait: u64,
    /// Any other answer, by status; 0 where none came.
    pub others: BTreeMap<u16, u64>,
    /// How long those waited who were told to come again.
    pub refusals: Latencies,
    /// From acceptance to answer, of those accepted.
    pub answered: Latencies,
    /// Accepted and never answered.
    pub lost: u64,
    /// From the end of the overload to a request that was accepted at once and answered within a second.
    pub recovered: Duration,
}

#[derive(Default)]
struct Noted {
    found: Overload,
    numbers: BTreeSet<String>,
}

/// Sends all but the last requests at a rate, then probes, then looks for what was accepted.
pub async fn overload(mut load: Load, rate: f64) -> Result<Overload> {
    ensure!(load.requests.len() > PROBES, "too few requests for an overload");
    let probes = load.requests.split_off(load.requests.len() - PROBES);
    let nodes = Arc::clone(&load.nodes);
    let noted = Arc::new(Mutex::new(Noted::default()));
    let http = Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let begun = Instant::now();
    let mut sending = JoinSet::new();
    for (index, request) in load.requests.into_iter().enumerate() {
        let place = u32::try_from(index)?;
        let due = begun + Duration::from_secs_f64(f64::from(place) / rate);
        tokio::time::sleep_until(due.into()).await;
        let (nodes, noted, http) = (Arc::clone(&nodes), Arc::clone(&noted), http.clone());
        sending.spawn(async move { send(&nodes, index, &request, &http, &noted).await });
    }
    let over = Instant::now();
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    let recovered = until_as_before(&nodes, &probes, over).await?;
    let noted = Arc::into_inner(noted).context("a client goes on")?;
    let Noted { mut found, numbers } = noted.into_inner().unwrap_or_else(PoisonError::into_inner);
    (found.recovered, found.lasted) = (recovered, over.duration_since(begun));
    found.accepted = u64::try_from(numbers.len())?;
    look_for(&nodes, numbers, &mut found).await?;
    Ok(found)
}

async fn send(
    nodes: &[Node],
    index: usize,
    request: &SignedRequest,
    http: &Client,
    noted: &Mutex<Noted>,
) -> Result<()> {
    let node = nodes.get(index % nodes.len()).context("no such node")?;
    let body = json!({ "signed_request": STANDARD.encode(&request.cms) });
    let post = http.post(format!("{}/api/v1/requests", node.address)).bearer_auth(&node.token);
    let since = Instant::now();
    let answer = post.header("Idempotency-Key", &request.key).json(&body).send().await;
    let took = since.elapsed();
    let (status, may_return) = answer.as_ref().map_or((0, false), |answer| {
        (answer.status().as_u16(), answer.headers().contains_key(RETRY_AFTER))
    });
    let number = match answer {
        Ok(answer) if answer.status() == StatusCode::ACCEPTED => {
            let told: Value = answer.json().await?;
            told.get("number").and_then(Value::as_str).map(str::to_owned)
        }
        Ok(_) | Err(_) => None,
    };
    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
    noted.found.offered += 1;
    match number {
        Some(number) => {
            // Who asked before and waits for his answer is told the number he has.
            noted.found.again += u64::from(!noted.numbers.insert(number));
        }
        None if status == 429 && may_return => {
            noted.found.told_to_wait += 1;
            noted.found.refusals.add(took);
        }
        None => *noted.found.others.entry(status).or_default() += 1,
    }
    Ok(())
}

/// Asks as anybody would until a request goes through as fast as usual; how long that was since the end of the overload.
async fn until_as_before(
    nodes: &[Node],
    probes: &[SignedRequest],
    over: Instant,
) -> Result<Duration> {
    let node = nodes.first().context("nobody serves")?;
    for request in probes {
        let asked = Instant::now();
        if let Ok(number) = accepted(&node.client, request).await {
            // He is told in good time, or asks again some time.
            while asked.elapsed() < AS_BEFORE {
                let answer = node.client.request(&number).await;
                if answer.is_ok_and(|answer| answer.ended_at.is_some()) {
                    return Ok(over.elapsed());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        tokio::time::sleep(PROBE_EVERY).await;
    }
    bail!("the service does not recover")
}

async fn look_for(nodes: &[Node], numbers: BTreeSet<String>, found: &mut Overload) -> Result<()> {
    let node = nodes.first().context("nobody serves")?;
    let begun = Instant::now();
    for number in numbers {
        loop {
            let answer = node.client.request(&number).await?;
            if let Some(took) = answer.milliseconds().and_then(|took| u64::try_from(took).ok()) {
                found.answered.add(Duration::from_millis(took));
                break;
            }
            if begun.elapsed() > ALL_ANSWERED {
                found.lost += 1;
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}
