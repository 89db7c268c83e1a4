//! One run in its order: installation, stored requests, nodes, documents and signatures, warm-up, load, figures.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::accounts::Watched;
use crate::drive::{Load, closed, open};
use crate::installation::Installation;
use crate::nodes::Node;
use crate::report::{Measured, print, print_drafts};
use crate::requests::{SignedRequest, prepare};
use crate::{Database, Options, seed};

const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Runs the load and prints its figures.
pub async fn run(options: &Options) -> Result<()> {
    check(options)?;
    let mut installation = Installation::prepare(options).await?;
    let people = Arc::new(std::mem::take(&mut installation.people));
    let mut nodes = Vec::new();
    for index in 0..options.nodes {
        nodes.push(Node::start(&installation, index).await?);
    }
    let nodes = Arc::new(nodes);
    let ids = nodes.iter().map(Node::id).collect();
    let watched = Watched { nodes: ids, postgres: installation.postgres()? };

    let before = watched.read()?;
    let all = options.warm_up + options.requests;
    let mut warm_up = prepare(&nodes, &people, all).await?;
    print_drafts(u32::try_from(all)?, &watched.read()?.since(&before));
    let requests = warm_up.split_off(options.warm_up);
    closed(load(&nodes, warm_up), options.in_flight).await?;
    if options.stored > 0 {
        seed::fill(&installation, options.stored).await?;
    }
    if let Some(file) = &options.wait_for {
        println!("ready, waiting for {}", file.display());
        while !file.exists() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    let measured = measure(options, &watched, load(&nodes, requests), &installation).await?;
    print(options, measured);
    for node in Arc::into_inner(nodes).context("a client goes on")? {
        node.end()?;
    }
    Ok(())
}

fn check(options: &Options) -> Result<()> {
    let Options { nodes, workers, people, in_flight, warm_up, requests, .. } = *options;
    ensure!(nodes > 0 && workers > 0 && requests > 0, "nothing to do");
    ensure!(options.database == Database::Postgres || nodes == 1, "SQLite is for one node");
    ensure!(people >= 2 * in_flight, "one person has one open request: more people are needed");
    ensure!(
        options.stored == 0 || warm_up > 0,
        "stored requests are copies of those of the warm-up"
    );
    Ok(())
}

fn load(nodes: &Arc<Vec<Node>>, requests: Vec<SignedRequest>) -> Load {
    Load { nodes: Arc::clone(nodes), requests }
}

async fn measure(
    options: &Options,
    watched: &Watched,
    load: Load,
    installation: &Installation,
) -> Result<Measured> {
    let count = u32::try_from(load.requests.len())?;
    let before = watched.read()?;
    let found = match options.rate {
        Some(rate) => open(load, rate).await?,
        None => closed(load, options.in_flight).await?,
    };
    let spent = watched.read()?.since(&before);
    let (memory, database) = (watched.memory()?, installation.size_megabytes()?);
    Ok(Measured { count, found, spent, memory, database })
}
