//! The process kills itself before and after every durable step of a request, and is started again: one request, one
//! number, one answer, one notice; what was stored as that which is to be sealed is what is sealed, and nothing else.
//!
//! Next: `crash_beside.rs` for the durable steps beside this way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]
#![cfg(feature = "fault-injection")]

mod installation;

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use anyqtama::config::Config;
use anyqtama::demo::client::{RequestAnswer, SubmissionAnswer};
use anyqtama::wiring::{self, OpenStore};
use app::NoticeKind;
use installation::{Installation, signed};
use simulators::authority::PersonKey;
use simulators::people::{DemoPerson, Expected};

/// Before and after every durable step on the way from a prepared request to its answer, and round what makes the
/// documents between them. (An idle worker looks for work all the time, so there is no «before» of its lease.)
const POINTS: [&str; 15] = [
    "before:put_draft",
    "after:put_draft",
    "before:register",
    "after:register",
    "after:lease_job",
    "before:commit_decided",
    "after:commit_decided",
    "before:render",
    "after:render",
    "before:commit_intended",
    "after:commit_intended",
    "before:seal",
    "after:seal",
    "before:commit_issued",
    "after:commit_issued",
];

/// Those at which documents lie ready to be sealed.
const HOLD_INTENDED: [&str; 4] =
    ["after:commit_intended", "before:seal", "after:seal", "before:commit_issued"];

const SIGKILL: i32 = 9;

#[tokio::test]
async fn on_sqlite_a_crash_at_any_step_changes_nothing_of_the_answer() {
    drill(&Installation::on_sqlite().await).await;
}

#[tokio::test]
async fn on_postgres_a_crash_at_any_step_changes_nothing_of_the_answer() {
    let server = throwaway_postgres::Cluster::start(throwaway_postgres::Settings::durable());
    let server = server.unwrap();
    server.create_database("crash").unwrap();
    drill(&Installation::on_postgres(&server.url("crash")).await).await;
}

async fn drill(installation: &Installation) {
    let mut people = installation.people.iter().filter(|(person, _)| is_granted(person)).cycle();
    for point in POINTS {
        let (person, key) = people.next().unwrap();
        survive(installation, point, person, key).await;
    }
    installation.assert_integrity();
}

fn is_granted(person: &DemoPerson) -> bool {
    matches!(person.expected, Expected::Granted { .. })
}

/// One request with a crash at a point of its way.
async fn survive(installation: &Installation, point: &str, person: &DemoPerson, key: &PersonKey) {
    let mut node = installation.node("dying", Some(point)).await;
    let idempotency_key = point.replace(':', "-");
    let cms = signed(&node.client, person, key).await;
    let told = match &cms {
        None => None,
        Some(cms) => match node.client.submit(&idempotency_key, cms).await {
            Ok(SubmissionAnswer::Accepted(number)) => Some(number),
            Ok(SubmissionAnswer::Rejected(problem)) => panic!("{point}: {}", problem.code),
            Err(_) => None,
        },
    };
    let died = node.ended().await;
    assert_eq!(died.signal(), Some(SIGKILL), "{point}: {died}");
    let intended = intended(installation).await;
    assert_eq!(intended.is_empty(), !HOLD_INTENDED.contains(&point), "{point}");

    let node = installation.node("healthy", None).await;
    // Who got no answer repeats what he did, as every client must: with the same key, if he came that far.
    let cms = match cms {
        Some(cms) => cms,
        None => signed(&node.client, person, key).await.unwrap(),
    };
    let SubmissionAnswer::Accepted(number) =
        node.client.submit(&idempotency_key, &cms).await.unwrap()
    else {
        panic!("{point}: the repetition was not accepted")
    };
    assert_eq!(told.as_ref().unwrap_or(&number), &number, "{point}: the same number");
    let answer = node.client.answer(&number).await.unwrap();
    assert_once(point, person, &answer);
    for result in &answer.results {
        let sealed = node.client.document(&result.id).await.unwrap();
        let unsealed = intended.get(&result.id);
        // A seal is appended: what it seals stays as it was, byte for byte.
        assert!(unsealed.is_none_or(|unsealed| sealed.starts_with(unsealed)), "{point}");
        assert_eq!(intended.is_empty(), unsealed.is_none(), "{point}: rendered anew");
    }
    node.end_gracefully().await;
    assert_eq!(notices(installation, person, &number).await, [NoticeKind::Answered], "{point}");
    replayed(installation, &number, point);
}

/// What lies in the store to be sealed, by the result it belongs to.
async fn intended(installation: &Installation) -> HashMap<String, Vec<u8>> {
    let open = opened(installation).await;
    let mut intended = HashMap::new();
    for number in open.store.numbers_after(None, 1_000).await.unwrap() {
        for result in open.store.results_of(&number).await.unwrap() {
            let id = result.planned.id;
            if let Some(bytes) = open.store.unsealed(&id).await.unwrap() {
                intended.insert(id.0, bytes);
            }
        }
    }
    open.close().await;
    intended
}

async fn notices(
    installation: &Installation,
    person: &DemoPerson,
    number: &str,
) -> Vec<NoticeKind> {
    let open = opened(installation).await;
    let told = open.store.notices_of(person.iin, 100).await.unwrap();
    open.close().await;
    let of_request = told.into_iter().filter(|one| one.number.as_str() == number);
    of_request.map(|one| one.notice.kind).collect()
}

async fn opened(installation: &Installation) -> OpenStore {
    let path = installation.config("look", installation::free_port(), |_| {});
    wiring::open_store(&Config::load(&path).unwrap()).await.unwrap()
}

/// The history has each step of the answer once; results are one per ward.
fn assert_once(point: &str, person: &DemoPerson, answer: &RequestAnswer) {
    let Expected::Granted { .. } = &person.expected else { panic!("granted people only") };
    assert_eq!(answer.state, "granted", "{point}");
    for action in ["registered", "decided", "intended"] {
        let times = answer.history.iter().filter(|line| line.action == action).count();
        assert_eq!(times, 1, "{point}: {action}");
    }
    let issued = answer.history.iter().filter(|line| line.action == "issued").count();
    assert_eq!(issued, answer.results.len(), "{point}: issued");
    let mut numbers: Vec<_> = answer.results.iter().map(|one| &one.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), answer.results.len(), "{point}: each answer once");
    assert!(!numbers.is_empty(), "{point}");
}

fn replayed(installation: &Installation, number: &str, point: &str) {
    let config = installation.config("replay", installation::free_port(), |_| {});
    let output = installation.run(&["replay", number], &config);
    assert!(output.status.success(), "{point}");
}

#[tokio::test]
async fn a_process_killed_from_outside_loses_nothing_it_acknowledged() {
    let installation = Installation::on_sqlite().await;
    let node = installation.node("first", None).await;
    let mut accepted = Vec::new();
    for (person, key) in installation.people.iter().filter(|(person, _)| is_granted(person)).take(8)
    {
        let cms = signed(&node.client, person, key).await.unwrap();
        match node.client.submit(&person.slug, &cms).await.unwrap() {
            SubmissionAnswer::Accepted(number) => accepted.push((person, number)),
            SubmissionAnswer::Rejected(problem) => panic!("{}: {}", person.slug, problem.code),
        }
    }
    node.kill();
    let node = installation.node("second", None).await;
    for (person, number) in &accepted {
        let answer = tokio::time::timeout(Duration::from_secs(60), node.client.answer(number));
        assert_once(&person.slug, person, &answer.await.unwrap().unwrap());
    }
    node.end_gracefully().await;
    installation.assert_integrity();
}
