//! Signed requests, made before they are sent: the service prepares each document, its person signs it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use anyqtama::demo::client::{ApiClient, SubmissionAnswer};
use anyqtama::system::SystemClock;
use app::Clock;
use serde_json::json;
use tokio::task::JoinSet;

use crate::nodes::Node;
use crate::people::Person;

/// Documents asked for at the same time.
const AT_ONCE: usize = 4;

/// A request ready to be sent.
pub struct SignedRequest {
    /// Its idempotency key.
    pub key: String,
    /// The signature with the document inside.
    pub cms: Vec<u8>,
}

/// Prepares and signs as many requests; the people take turns, so that two requests of one are far apart.
pub async fn prepare(
    nodes: &Arc<Vec<Node>>,
    people: &Arc<Vec<Person>>,
    count: usize,
) -> Result<Vec<SignedRequest>> {
    let mut tasks = JoinSet::new();
    for first in 0..AT_ONCE {
        let (nodes, people) = (Arc::clone(nodes), Arc::clone(people));
        tasks.spawn(async move {
            let mut made = Vec::new();
            for index in (first..count).step_by(AT_ONCE) {
                made.push((index, one(&nodes, &people, index).await?));
            }
            anyhow::Ok(made)
        });
    }
    let mut all = Vec::with_capacity(count);
    while let Some(made) = tasks.join_next().await {
        all.append(&mut made??);
    }
    all.sort_unstable_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, request)| request).collect())
}

/// What a client does who is told that more is asked than can be done: it waits as long as it is told, and sends again.
const TOLD_TO_WAIT: Duration = Duration::from_secs(2);

/// Sends one until it is registered; its number, and how often it was told to wait.
pub async fn patiently(client: &ApiClient, request: &SignedRequest) -> Result<(String, u64)> {
    let mut waited = 0;
    loop {
        match client.submit(&request.key, &request.cms).await? {
            SubmissionAnswer::Accepted(number) => return Ok((number, waited)),
            SubmissionAnswer::Rejected(problem) if problem.code == "busy" => {
                waited += 1;
                tokio::time::sleep(TOLD_TO_WAIT).await;
            }
            SubmissionAnswer::Rejected(problem) => bail!("rejected: {}", problem.code),
        }
    }
}

/// Sends one; its number.
pub async fn accepted(client: &ApiClient, request: &SignedRequest) -> Result<String> {
    match client.submit(&request.key, &request.cms).await? {
        SubmissionAnswer::Accepted(number) => Ok(number),
        SubmissionAnswer::Rejected(problem) => bail!("rejected: {}", problem.code),
    }
}

async fn one(nodes: &[Node], people: &[Person], index: usize) -> Result<SignedRequest> {
    let Person { person, key } = people.get(index % people.len()).context("nobody asks")?.clone();
    let node = nodes.get(index % nodes.len()).context("nobody serves")?;
    let body = json!({
        "applicant_iin": person.iin.digits(),
        "language": "kk",
        "wards": "all",
        "consents": { "restricted_data": true, "protected_secret": true },
    });
    let document = node.client.draft(&body).await?.document;
    let sign = move || key.sign(&document, true, SystemClock.now());
    let cms = tokio::task::spawn_blocking(sign).await??;
    Ok(SignedRequest { key: format!("load-{index}"), cms })
}
