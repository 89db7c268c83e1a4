//! Pages of states, looked at so many times a second beside a load: by people who have signed in, each at his own answered
//! request. A latency counts from the moment at which the look was due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::browser::Browser;
use crate::latency::Latencies;
use crate::nodes::Node;
use crate::people::Person;
use crate::requests::{accepted, prepare};

/// Whose pages are looked at, in turn.
pub const READERS: usize = 8;

/// Somebody with an answered request.
struct Reader {
    browser: Browser,
    number: String,
}

/// Looks that go on until they are told to end.
pub struct Looks {
    end: watch::Sender<bool>,
    looking: tokio::task::JoinHandle<Result<Latencies>>,
}

impl Looks {
    /// Has each of these people ask, sign in, and look, all together so many times a second.
    pub async fn begin(nodes: &Arc<Vec<Node>>, people: &[Person], rate: f64) -> Result<Self> {
        let mut readers = Vec::new();
        let node = nodes.first().context("nobody serves")?;
        let everybody = Arc::new(people.to_vec());
        for (request, person) in prepare(nodes, &everybody, people.len()).await?.iter().zip(people)
        {
            let number = accepted(&node.client, request).await?;
            node.client.answer(&number).await?;
            let browser = Browser::of(person, &node.address).await?;
            readers.push(Arc::new(Reader { browser, number }));
        }
        let (end, told) = watch::channel(false);
        Ok(Self { end, looking: tokio::spawn(look(readers, rate, told)) })
    }

    /// What was found by now, and no more looks.
    pub async fn end(self) -> Result<Latencies> {
        self.end.send_replace(true);
        self.looking.await?
    }
}

async fn look(
    readers: Vec<Arc<Reader>>,
    rate: f64,
    told: watch::Receiver<bool>,
) -> Result<Latencies> {
    let mut looks = JoinSet::new();
    let mut due = Instant::now();
    for reader in readers.iter().cycle() {
        if *told.borrow() {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let (reader, since) = (Arc::clone(reader), due);
        looks.spawn(async move {
            let path = format!("/kk/requests/{}", reader.number);
            reader.browser.look(&path, &reader.number, since).await
        });
        due += Duration::from_secs_f64(1.0 / rate);
    }
    let mut found = Latencies::default();
    while let Some(took) = looks.join_next().await {
        found.add(took??);
    }
    Ok(found)
}
