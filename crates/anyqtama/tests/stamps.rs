//! The real program and a time-stamping authority over HTTP: a day that has ended gets its stamp, `audit verify` counts
//! it, and an authority that is away keeps nobody from anything.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

mod installation;

use std::process::Output;
use std::sync::Arc;

use anyqtama::system::randomness;
use installation::{Installation, Node, asked, free_port, now, until};
use simulators::authority::Algorithm;
use simulators::tsa::{Fault, Stamping, Tsa};
use sqlx::Executor;
use sqlx::sqlite::SqlitePool;

/// An authority of the installation's own country, listening.
async fn authority(installation: &Installation, algorithm: Algorithm) -> (String, Arc<Stamping>) {
    let keys = installation.authority.issue_stamp_keys(algorithm, now(), &mut randomness());
    let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys.unwrap(), Arc::new(now)).await;
    let tsa = tsa.unwrap();
    let (url, stamping) = (tsa.url(), tsa.stamping());
    tokio::spawn(tsa.serve(std::future::pending()));
    (url, stamping)
}

/// A node that has its days stamped by one of these.
async fn stamped_node(installation: &Installation, urls: &[String]) -> Node {
    let port = free_port();
    let config = installation.config("stamped", port, |config| {
        config.journal.time_stamp_urls = urls.to_vec();
    });
    installation.node_with(&config, port).await
}

fn verify(installation: &Installation, urls: &[String]) -> Output {
    let config = installation.config("verify", free_port(), |config| {
        config.journal.time_stamp_urls = urls.to_vec();
    });
    installation.run(&["audit", "verify"], &config)
}

async fn stamps(installation: &Installation) -> Vec<Option<Vec<u8>>> {
    let open = installation.store().await;
    let roots = open.store.roots().await.unwrap();
    open.close().await;
    roots.into_iter().map(|root| root.stamp).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_ended_is_stamped_over_http_and_verified() {
    for algorithm in [Algorithm::Gost, Algorithm::Rsa] {
        let installation = Installation::on_sqlite().await;
        let (url, stamping) = authority(&installation, algorithm).await;
        // The first of two addresses refuses connections, as one that is away does.
        let urls = [format!("http://127.0.0.1:{}/", free_port()), url];
        let node = stamped_node(&installation, &urls).await;
        until("stamped", async || stamps(&installation).await.iter().any(Option::is_some)).await;
        let number = asked(&node.client, installation.granted().next().unwrap()).await;
        node.client.answer(&number).await.unwrap();
        node.end_gracefully().await;
        assert_eq!((stamps(&installation).await.len(), stamping.queries()), (1, 1));

        let verified = verify(&installation, &urls);
        let told = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert_eq!(
            verified.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&verified.stderr)
        );
        assert!(told.contains("1 days stamped, 0 not yet"), "{told}");

        // Whoever puts another stamp in its place is found.
        let stamp = stamps(&installation).await[0].clone().unwrap();
        let mut altered = stamp.clone();
        *altered.last_mut().unwrap() ^= 1;
        put_stamp(&installation, &altered).await;
        let verified = verify(&installation, &urls);
        let told = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert_eq!(verified.status.code(), Some(1), "{told}");
        assert!(told.contains("fault: the stamp of"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_no_authority_answers_rightly_people_are_answered_and_the_day_waits_for_its_stamp() {
    let installation = Installation::on_sqlite().await;
    let (url, stamping) = authority(&installation, Algorithm::Gost).await;
    let urls = [url];
    let mut people = installation.granted();
    for fault in [Fault::Down, Fault::Refuses, Fault::OtherDigest, Fault::ForeignAuthority] {
        stamping.fail(fault);
        let node = stamped_node(&installation, &urls).await;
        let number = asked(&node.client, people.next().unwrap()).await;
        assert_eq!(node.client.answer(&number).await.unwrap().state, "granted", "{fault:?}");
        node.end_gracefully().await;
        assert_eq!(stamps(&installation).await, [None], "{fault:?}");
        // There is time yet: it is no fault of anybody's, and no doubt.
        let verified = verify(&installation, &urls);
        assert_eq!(verified.status.code(), Some(0), "{fault:?}");
        assert!(String::from_utf8_lossy(&verified.stdout).contains("0 days stamped, 1 not yet"));
    }
    stamping.fail(None);
    let node = stamped_node(&installation, &urls).await;
    until("stamped", async || stamps(&installation).await[0].is_some()).await;
    node.end_gracefully().await;
    assert_eq!(verify(&installation, &urls).status.code(), Some(0));
}

/// Past the triggers.
async fn put_stamp(installation: &Installation, stamp: &[u8]) {
    let config = installation.config("tamper", free_port(), |_| {});
    let url = anyqtama::config::Config::load(&config).unwrap().database.url;
    let raw = SqlitePool::connect(&url).await.unwrap();
    raw.execute("DROP TRIGGER journal_roots_fixed").await.unwrap();
    sqlx::query("UPDATE journal_roots SET stamp = $1").bind(stamp).execute(&raw).await.unwrap();
    raw.close().await;
}
