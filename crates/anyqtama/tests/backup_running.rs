//! The drill: a backup is taken while requests are in flight and people go on submitting, the database is lost, the
//! backup is restored. The export is held at its first row, so that all of this really happens while it runs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]
#![cfg(feature = "fault-injection")]

mod installation;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::{Number, NumberClass};
use installation::{HOLD_AT, Hold, Installation, Node, asked, free_port, until};
use serde_json::Value;
use simulators::authority::PersonKey;
use simulators::people::DemoPerson;
use throwaway_postgres::{Cluster, Settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_sqlite_backup_has_everything_and_repeats_no_number() {
    let installation = Installation::on_sqlite().await;
    let folder = installation.folder();
    let url = format!("sqlite://{}", folder.join("restored.db").display());
    drill(installation, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_postgres_backup_has_everything_and_repeats_no_number() {
    let server = Cluster::start(Settings::durable()).unwrap();
    server.create_database("original").unwrap();
    server.create_database("restored").unwrap();
    let installation = Installation::on_postgres(&server.url("original")).await;
    drill(installation, &server.url("restored")).await;
}

/// Numbers and sealed bytes.
type Documents = BTreeMap<String, Vec<u8>>;
/// Requests with their documents.
type Answers = BTreeMap<String, Documents>;

/// What people were told before the database was lost.
struct Told {
    /// Answered before the backup.
    before: Answers,
    /// Accepted before the backup, answered behind its moment.
    in_flight: Answers,
    /// Accepted and answered behind its moment.
    late: Answers,
}

impl Told {
    /// Every number of a request or a document.
    fn numbers(&self) -> BTreeSet<&String> {
        let all = self.before.iter().chain(&self.in_flight).chain(&self.late);
        all.flat_map(|(number, documents)| documents.keys().chain([number])).collect()
    }
}

async fn drill(mut installation: Installation, restored: &str) {
    let backup = installation.folder().join("backup");
    let told = back_up_while_people_submit(&installation, &backup).await;

    installation.use_database(restored);
    let config = installation.config("restore", free_port(), |_| {});
    let output = installation.run(&["restore", backup.to_str().unwrap()], &config);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let again = installation.run(&["restore", backup.to_str().unwrap()], &config);
    assert!(String::from_utf8_lossy(&again.stderr).contains("not empty"));
    let tries = std::fs::read_to_string(backup.join("restorations.jsonl")).unwrap();
    assert_eq!(tries.lines().count(), 2, "each try is noted down before it is made");

    let node = installation.node("restored", None).await;
    for (number, documents) in &told.before {
        assert_eq!(&documents_of(&node, number).await, documents, "byte for byte");
    }
    // In flight then, answered now, under the numbers they had: a document that was planned then is the same again,
    // seal and all, and another one bears a number that nobody has seen.
    let class = class_in(&words);
    assert_ne!(class, NumberClass::FIRST);
    let mut same = 0;
    for (number, documents) in &told.in_flight {
        for (number, document) in documents_of(&node, number).await {
            match documents.get(&number) {
                Some(known) => assert_eq!(&document, known, "{number}"),
                None => assert_eq!(class_of(&number), class, "{number}"),
            }
            same += usize::from(documents.contains_key(&number));
        }
    }
    assert!(same > 0, "documents lay ready to be sealed");
    for person in installation.granted().take(3) {
        let number = asked(&node.client, person).await;
        for number in documents_of(&node, &number).await.keys().chain([&number]) {
            assert_eq!(class_of(number), class, "{number}");
            assert!(!told.numbers().contains(number));
        }
    }
    node.end_gracefully().await;
    installation.assert_integrity();
}

/// People are answered, others wait, the backup begins, yet others submit while it goes on, and the rest is written.
async fn back_up_while_people_submit(installation: &Installation, backup: &Path) -> Told {
    let sealing = Hold::at(installation, "before:seal", "sealing");
    sealing.release();
    let node = installation.faulty_node("original", &[(HOLD_AT, &sealing.at)]).await;
    let mut people = installation.granted().cycle();
    let before = submitted(&node, people.by_ref().take(2)).await;
    let before = answers(&node, &before).await;
    sealing.hold_again();
    let in_flight = submitted(&node, people.by_ref().take(3)).await;
    sealing.reached().await;

    let export = Hold::at(installation, "amid:export", "export");
    let config = installation.config("backup", free_port(), |_| {});
    let mut command = installation.command(&["backup", backup.to_str().unwrap()], &config);
    let mut running = command.env(HOLD_AT, &export.at).spawn().unwrap();
    export.reached().await;
    // The moment of the backup is over. Who submits now is not in it, and those who waited are answered meanwhile.
    let mut late = submitted(&node, people.by_ref().take(2)).await;
    sealing.release();
    let in_flight = answers(&node, &in_flight).await;
    assert!(running.try_wait().unwrap().is_none(), "the backup still runs");
    export.release();
    // And while it writes the rest.
    late.extend(submitted(&node, people.by_ref().take(2)).await);
    let late = answers(&node, &late).await;
    until("the backup is written", async || running.try_wait().unwrap().is_some()).await;
    assert!(running.wait().unwrap().success());
    node.kill();

    assert_holds(backup, &before, &in_flight);
    let told = Told { before, in_flight, late };
    assert!(told.numbers().iter().all(|number| class_of(number) == NumberClass::FIRST));
    told
}

async fn submitted<'a>(
    node: &Node,
    people: impl Iterator<Item = &'a (DemoPerson, PersonKey)>,
) -> Vec<String> {
    let mut numbers = Vec::new();
    for person in people {
        numbers.push(asked(&node.client, person).await);
    }
    numbers
}

async fn answers(node: &Node, numbers: &[String]) -> Answers {
    let mut answers = Answers::new();
    for number in numbers {
        answers.insert(number.clone(), documents_of(node, number).await);
    }
    answers
}

/// Exactly what was acknowledged before the backup's moment is in it, as it was then.
fn assert_holds(backup: &Path, before: &Answers, in_flight: &Answers) {
    let manifest = std::fs::read_to_string(backup.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let tables = manifest["tables"].as_array().unwrap();
    let requests = tables.iter().find(|table| table["name"] == "requests").unwrap();
    let columns = requests["columns"].as_array().unwrap();
    let place = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let (number, ended_at) = (place("number"), place("ended_at"));
    let rows = std::fs::read_to_string(backup.join("requests.jsonl")).unwrap();
    let mut stored = BTreeMap::new();
    for row in rows.lines() {
        let row: Vec<Value> = serde_json::from_str(row).unwrap();
        stored.insert(row[number].as_str().unwrap().to_owned(), !row[ended_at].is_null());
    }
    let then = before.keys().map(|number| (number.clone(), true));
    let then = then.chain(in_flight.keys().map(|number| (number.clone(), false)));
    assert_eq!(stored, then.collect());
}

async fn documents_of(node: &Node, number: &str) -> Documents {
    let answer = node.client.answer(number).await.unwrap();
    assert_eq!(answer.state, "granted");
    let mut documents = Documents::new();
    for result in answer.results {
        documents.insert(result.number, node.client.document(&result.id).await.unwrap());
    }
    documents
}

fn class_of(number: &str) -> NumberClass {
    Number::parse(number).unwrap().class()
}

/// The class that `restore` says numbers are drawn from now.
fn class_in(words: &str) -> NumberClass {
    let (_, rest) = words.split_once("from class ").unwrap();
    let index = rest.split_whitespace().next().unwrap();
    NumberClass::new(index.parse().unwrap()).unwrap()
}
