//! Several nodes on one PostgreSQL database: parallel submissions, nodes that come, go and die with requests in flight.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

#[path = "nodes/abuse.rs"]
mod abuse;
#[path = "nodes/collector.rs"]
mod collector;
mod installation;
#[path = "nodes/operations.rs"]
mod operations;
#[path = "nodes/personal_data.rs"]
mod personal_data;

use std::collections::BTreeSet;

use installation::{Installation, accepted, free_port, signed, until};
use throwaway_postgres::{Cluster, Pooler, Settings};

struct Nodes {
    server: Cluster,
    installation: Installation,
}

async fn nodes() -> Nodes {
    let server = Cluster::start(Settings::durable()).unwrap();
    server.create_database("nodes").unwrap();
    let installation = Installation::on_postgres(&server.url("nodes")).await;
    Nodes { server, installation }
}

/// While nobody works on it, the person's one open request is all there is: nothing depends on who is faster.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_on_two_nodes_at_once_has_one_request_and_one_number() {
    let Nodes { installation, server: _server } = nodes().await;
    let first = installation.node_without_worker("a").await;
    let second = installation.node_without_worker("b").await;
    let (one, two) = (&first.client, &second.client);
    let mut submitted = Vec::new();
    for person in installation.granted().take(5) {
        // Two tabs: the same document under two keys. Two devices: another document. Repetition: the same key.
        let tab = signed(one, &person.0, &person.1).await.unwrap();
        let device = signed(two, &person.0, &person.1).await.unwrap();
        let numbers: [String; 6] = tokio::join!(
            accepted(one, "tab-1", &tab),
            accepted(two, "tab-2", &tab),
            accepted(two, "device-2", &device),
            accepted(one, "device-1", &device),
            accepted(one, "tab-1", &tab),
            accepted(two, "tab-1", &tab),
        )
        .into();
        let numbers = BTreeSet::from(numbers);
        assert_eq!(numbers.len(), 1, "{}: {numbers:?}", person.0.slug);
        submitted.push((person, numbers, tab, device));
    }
    let worker = installation.node("worker", None).await;
    for (person, numbers, tab, device) in &submitted {
        let number = numbers.first().unwrap();
        installation.assert_answered_once(&person.0, number, &worker).await;
        // A document that led to it leads there for good.
        for (key, cms) in [("tab-1", tab), ("device-2", device), ("late", device)] {
            assert_eq!(&accepted(&worker.client, key, cms).await, number, "{key}");
        }
    }
    let open = installation.store().await;
    let all = open.store.numbers_after(None, 100).await.unwrap();
    open.close().await;
    assert_eq!(all.len(), submitted.len());
    for node in [first, second, worker] {
        node.end_gracefully().await;
    }
    installation.assert_integrity();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_a_pooler_the_whole_journey_runs() {
    let Nodes { installation, server } = nodes().await;
    let pooler = Pooler::start(&server, 3).unwrap();
    let port = free_port();
    let config = installation.config("pooled", port, |config| {
        config.database.url = pooler.url("nodes");
        config.database.pooler = true;
    });
    let node = installation.node_with(&config, port).await;
    let mut numbers = Vec::new();
    for (person, key) in installation.granted().take(4) {
        let cms = signed(&node.client, person, key).await.unwrap();
        numbers.push(accepted(&node.client, &person.slug, &cms).await);
    }
    for number in &numbers {
        assert_eq!(node.client.answer(number).await.unwrap().state, "granted");
    }
    node.end_gracefully().await;
    installation.assert_integrity();
}

/// One replica refuses connections, the other takes them and never says a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_starts_and_works_while_its_replica_is_away() {
    let Nodes { installation, server: _server } = nodes().await;
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = mute.local_addr().unwrap().port();
    for (name, replica) in [("refused", free_port()), ("silent", silent)] {
        let port = free_port();
        let config = installation.config(name, port, |config| {
            let url = format!("postgres://postgres@127.0.0.1:{replica}/nodes");
            config.database.replica_url = Some(url);
        });
        let node = installation.node_with(&config, port).await;
        let (person, key) = installation.granted().next().unwrap();
        let cms = signed(&node.client, person, key).await.unwrap();
        let number = accepted(&node.client, name, &cms).await;
        let answer = node.client.answer(&number).await.unwrap();
        assert_eq!(answer.state, "granted");
        let begun = std::time::Instant::now();
        let document = node.client.document(&answer.results[0].id).await.unwrap();
        let checked = node.client.check_file(document).await.unwrap();
        assert_eq!(checked["document"]["number"], answer.results[0].number.as_str(), "{checked}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
        node.end_gracefully().await;
    }
    installation.assert_integrity();
}

/// A standby that follows is what checks are answered from; what it does not have yet comes from the primary.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn checks_are_answered_from_a_standby_that_follows() {
    let Nodes { installation, server } = nodes().await;
    // The standby's own log tells what it was asked.
    server.set("log_statement", "all").unwrap();
    let standby = server.standby("replica").unwrap();
    let port = free_port();
    let config = installation.config("with-replica", port, |config| {
        config.database.replica_url = Some(standby.url("nodes"));
    });
    let node = installation.node_with(&config, port).await;
    let looks = || standby.log().unwrap().matches("FROM results").count();
    let mut people = installation.granted();
    let (person, key) = people.next().unwrap();
    let cms = signed(&node.client, person, key).await.unwrap();
    let number = accepted(&node.client, "first", &cms).await;
    let answer = node.client.answer(&number).await.unwrap();
    let certificate = &answer.results[0];
    let issued = "SELECT count(*) FROM sealed_documents";
    let all = server.run_sql("nodes", issued).unwrap();
    until("it follows", async || standby.run_sql("nodes", issued).unwrap() == all).await;

    let document = node.client.document(&certificate.id).await.unwrap();
    let before = looks();
    let by_number = node.client.check_number(&certificate.number, &person.iin.digits()).await;
    let by_file = node.client.check_file(document).await.unwrap();
    for checked in [by_number.unwrap(), by_file] {
        assert_eq!(checked["document"]["number"], certificate.number.as_str(), "{checked}");
    }
    assert_eq!(looks(), before + 2, "each check looked there");

    // A standby that stands still knows nothing of what is issued now: nobody is told that it is not genuine.
    standby.run_sql("nodes", "SELECT pg_wal_replay_pause()").unwrap();
    let (person, key) = people.next().unwrap();
    let cms = signed(&node.client, person, key).await.unwrap();
    let number = accepted(&node.client, "second", &cms).await;
    let late = node.client.answer(&number).await.unwrap();
    let before = looks();
    let checked = node.client.check_number(&late.results[0].number, &person.iin.digits()).await;
    assert_eq!(checked.unwrap()["document"]["number"], late.results[0].number.as_str());
    assert_eq!(looks(), before + 1, "it was asked first");
    node.end_gracefully().await;
    installation.assert_integrity();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn when_the_database_is_killed_and_returns_every_request_ends() {
    let Nodes { installation, mut server } = nodes().await;
    let node = installation.node("steadfast", None).await;
    let mut numbers = Vec::new();
    for (index, (person, key)) in installation.granted().take(4).enumerate() {
        let cms = signed(&node.client, person, key).await.unwrap();
        numbers.push(accepted(&node.client, &person.slug, &cms).await);
        if index % 2 == 1 {
            server.kill().unwrap();
            server.start_again().unwrap();
            node.wait_until_ready().await;
        }
    }
    for number in &numbers {
        assert_eq!(node.client.answer(number).await.unwrap().state, "granted");
    }
    node.end_gracefully().await;
    installation.assert_integrity();
}
