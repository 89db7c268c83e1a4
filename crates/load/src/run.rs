//! One run in its order: installation, stored requests, nodes, documents and signatures, warm-up, load, figures.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::accounts::Watched;
use crate::drive::{Found, Load, closed, open};
use crate::installation::Installation;
use crate::nodes::Node;
use crate::overload::{Overload, PROBES, overload};
use crate::people::Person;
use crate::report::{Measured, print, print_drafts};
use crate::requests::{SignedRequest, prepare};
use crate::status::{Looks, READERS};
use crate::{Database, Options, seed};

const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Runs the load, prints its figures and hands them over.
pub async fn run(options: &Options) -> Result<Measured> {
    check(options)?;
    let mut installation = Installation::prepare(options).await?;
    let mut people = std::mem::take(&mut installation.people);
    let readers = people.split_off(people.len().saturating_sub(READERS));
    let people = Arc::new(people);
    let mut nodes = Vec::new();
    for index in 0..options.nodes {
        nodes.push(Node::start(&installation, index).await?);
    }
    let nodes = Arc::new(nodes);
    let ids = nodes.iter().map(Node::id).collect();
    let watched = Arc::new(Watched { nodes: ids, postgres: installation.postgres()? });

    let before = watched.read()?;
    let all = options.warm_up + options.count();
    let mut warm_up = prepare(&nodes, &people, all).await?;
    print_drafts(u32::try_from(all)?, &watched.read()?.since(&before));
    let requests = warm_up.split_off(options.warm_up);
    let load = |requests: Vec<SignedRequest>| Load {
        nodes: Arc::clone(&nodes),
        requests,
        watched: Arc::clone(&watched),
    };
    closed(load(warm_up), options.in_flight).await?;
    if options.stored > 0 {
        seed::fill(&installation, options.stored).await?;
    }
    if let Some(file) = &options.wait_for {
        println!("ready, waiting for {}", file.display());
        while !file.exists() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    let measured = measure(options, &installation, load(requests), &readers).await?;
    let measured = print(options, measured);
    for node in Arc::into_inner(nodes).context("a client goes on")? {
        node.end()?;
    }
    Ok(measured)
}

fn check(options: &Options) -> Result<()> {
    let Options { nodes, workers, people, in_flight, warm_up, .. } = *options;
    let requests = options.count();
    ensure!(nodes > 0 && workers > 0 && requests > 0, "nothing to do");
    ensure!(options.database == Database::Postgres || nodes == 1, "SQLite is for one node");
    ensure!(people >= 2 * in_flight, "one person has one open request: more people are needed");
    ensure!(
        options.stored == 0 || warm_up > 0,
        "stored requests are copies of those of the warm-up"
    );
    ensure!(!options.overload || options.rate.is_some(), "an overload needs a rate");
    ensure!(!options.overload || requests > PROBES, "an overload needs more requests");
    Ok(())
}

async fn measure(
    options: &Options,
    installation: &Installation,
    load: Load,
    readers: &[Person],
) -> Result<Measured> {
    let (watched, count) = (Arc::clone(&load.watched), u32::try_from(load.requests.len())?);
    let looks = match options.status_rate {
        Some(rate) => Some(Looks::begin(&load.nodes, readers, rate).await?),
        None => None,
    };
    let before = watched.read()?;
    let (found, overload) = driven(options, load).await?;
    let spent = watched.read()?.since(&before);
    let status = match looks {
        Some(looks) => Some(looks.end().await?),
        None => None,
    };
    let (memory, size) = (watched.memory()?, installation.size_megabytes()?);
    let database = installation.database()?;
    Ok(Measured { count, found, spent, memory, size, database, status, overload })
}

async fn driven(options: &Options, load: Load) -> Result<(Found, Option<Overload>)> {
    match (options.rate, options.overload) {
        (Some(rate), true) => Ok((Found::default(), Some(overload(load, rate).await?))),
        (Some(rate), false) => Ok((open(load, rate).await?, None)),
        (None, _) => Ok((closed(load, options.in_flight).await?, None)),
    }
}
