//! The throw-away servers do what tests of crashes and failovers rest on.

#![allow(clippy::unwrap_used, reason = "a test stops where it is broken")]

use std::path::PathBuf;

use throwaway_postgres::{Cluster, Pooler, Settings, database};

fn count(cluster: &Cluster, database: &str) -> String {
    cluster.run_sql(database, "SELECT count(*) FROM kept").unwrap().trim().to_owned()
}

#[test]
fn what_was_committed_survives_a_kill_and_the_folder_goes_with_the_cluster() {
    let mut cluster = Cluster::start(Settings::durable()).unwrap();
    cluster.create_database("one").unwrap();
    cluster.run_sql("one", "CREATE TABLE kept AS SELECT 1 AS value").unwrap();
    cluster.kill().unwrap();
    assert!(cluster.run_sql("one", "SELECT 1").is_err());
    cluster.start_again().unwrap();
    assert_eq!(count(&cluster, "one"), "1");
    assert!(cluster.log().unwrap().contains("was not properly shut down"));
    cluster.stop().unwrap();
    cluster.start_again().unwrap();
    assert_eq!(count(&cluster, "one"), "1");
    let place = cluster.run_sql("one", "SHOW data_directory").unwrap();
    let place = PathBuf::from(place.trim());
    assert!(place.exists());
    drop(cluster);
    assert!(!place.exists());
}

#[test]
fn a_synchronous_standby_has_every_commit_when_it_takes_over() {
    let mut primary = Cluster::start(Settings::durable()).unwrap();
    let standby = primary.standby("second").unwrap();
    primary.wait_for_standby("second").unwrap();
    primary.run_sql("postgres", "CREATE TABLE kept (value INT)").unwrap();
    primary.run_sql("postgres", "INSERT INTO kept VALUES (1)").unwrap();
    assert!(standby.run_sql("postgres", "CREATE TABLE other (value INT)").is_err());
    primary.kill().unwrap();
    standby.promote().unwrap();
    assert_eq!(count(&standby, "postgres"), "1");
    standby.run_sql("postgres", "INSERT INTO kept VALUES (2)").unwrap();
}

#[test]
fn the_pooler_lends_connections_by_the_transaction() {
    let cluster = Cluster::start(Settings::fast()).unwrap();
    let pooler = Pooler::start(&cluster, 1).unwrap();
    assert_ne!(pooler.url("postgres"), cluster.url("postgres"));
}

#[test]
fn each_test_has_a_database_of_its_own() {
    let (first, second) = (database().unwrap(), database().unwrap());
    assert_ne!(first.url(), second.url());
    assert!(first.url().ends_with(first.name()));
}
