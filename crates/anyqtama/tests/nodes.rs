//! Several nodes on one PostgreSQL database: parallel submissions, nodes that come, go and die with requests in flight.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

mod installation;

use std::collections::BTreeSet;

use anyqtama::demo::client::SubmissionAnswer;
use installation::{Installation, Node, free_port, signed};
use simulators::authority::PersonKey;
use simulators::people::{DemoPerson, Expected};
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

fn granted(installation: &Installation) -> impl Iterator<Item = &(DemoPerson, PersonKey)> {
    let is_granted = |person: &DemoPerson| matches!(person.expected, Expected::Granted { .. });
    installation.people.iter().filter(move |(person, _)| is_granted(person))
}

async fn accepted(node: &Node, key: &str, cms: &[u8]) -> String {
    match node.client.submit(key, cms).await.unwrap() {
        SubmissionAnswer::Accepted(number) => number,
        SubmissionAnswer::Rejected(problem) => panic!("{}", problem.code),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_on_two_nodes_at_once_has_one_request_and_one_number() {
    let Nodes { installation, server: _server } = nodes().await;
    let (first, second) = (installation.node("a", None).await, installation.node("b", None).await);
    for (person, key) in granted(&installation).take(5) {
        // Two tabs: the same document under two keys. Two devices: another document. Repetition: the same key.
        let tab = signed(&first.client, person, key).await.unwrap();
        let device = signed(&second.client, person, key).await.unwrap();
        let (one, two, three, four) = tokio::join!(
            accepted(&first, "tab-1", &tab),
            accepted(&second, "tab-2", &tab),
            accepted(&second, "device-2", &device),
            accepted(&first, "tab-1", &tab),
        );
        let numbers = BTreeSet::from([one.clone(), two, three, four]);
        // The second device may have asked after the first request had its answer: that is a request of its own.
        for number in &numbers {
            assert_eq!(first.client.answer(number).await.unwrap().state, "granted");
        }
        assert_eq!(accepted(&second, "tab-1", &tab).await, one, "{}", person.slug);
        assert!(numbers.len() <= 2, "{}: {numbers:?}", person.slug);
    }
    first.end_gracefully().await;
    second.end_gracefully().await;
    installation.assert_integrity();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_replaced_one_after_another_lose_no_request() {
    let Nodes { installation, server: _server } = nodes().await;
    let mut running = installation.node("generation-0", None).await;
    let mut numbers = Vec::new();
    for (generation, (person, key)) in (1..).zip(granted(&installation).take(6)) {
        let cms = signed(&running.client, person, key).await.unwrap();
        numbers.push(accepted(&running, &person.slug, &cms).await);
        // The next version starts beside it, takes the load, and the old one leaves or dies.
        let next = installation.node(&format!("generation-{generation}"), None).await;
        if generation % 2 == 0 {
            running.end_gracefully().await;
        } else {
            running.kill();
        }
        running = next;
    }
    for number in &numbers {
        assert_eq!(running.client.answer(number).await.unwrap().state, "granted");
    }
    running.end_gracefully().await;
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
    let node = installation.node_with(&config, port, None).await;
    let mut numbers = Vec::new();
    for (person, key) in granted(&installation).take(4) {
        let cms = signed(&node.client, person, key).await.unwrap();
        numbers.push(accepted(&node, &person.slug, &cms).await);
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
        let node = installation.node_with(&config, port, None).await;
        let (person, key) = granted(&installation).next().unwrap();
        let cms = signed(&node.client, person, key).await.unwrap();
        let number = accepted(&node, name, &cms).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn when_the_database_is_killed_and_returns_every_request_ends() {
    let Nodes { installation, mut server } = nodes().await;
    let node = installation.node("steadfast", None).await;
    let mut numbers = Vec::new();
    for (index, (person, key)) in granted(&installation).take(4).enumerate() {
        let cms = signed(&node.client, person, key).await.unwrap();
        numbers.push(accepted(&node, &person.slug, &cms).await);
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
