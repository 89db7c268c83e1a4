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
#[path = "crash/office.rs"]
mod office;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use anyqtama::demo::client::SubmissionAnswer;
use app::NoticeKind;
use installation::durable::{
    BY_COMMANDS, BY_OFFICERS, BY_TELEPHONE, IN_SILENCE, NOT_DRILLED, OF_DUTY, ON_THE_WAY, READS,
    around, commits, methods,
};
use installation::{CRASH_AT, Installation, accepted, assert_once, free_port, signed};
use simulators::authority::PersonKey;
use simulators::people::DemoPerson;

/// Names a folder in which every seal that was made is kept.
const SEALS_KEPT_IN: &str = "ANYQTAMA_SEALS_KEPT_IN";

/// Those at which documents lie ready to be sealed.
const HOLD_INTENDED: [&str; 4] =
    ["after:commit_intended", "before:seal", "after:seal", "before:commit_issued"];

/// What was done before a point is not done again behind it: the next process would die where it began to.
fn not_again(point: &str) -> Option<&'static str> {
    match point {
        "after:commit_decided"
        | "before:sign_facts"
        | "after:sign_facts"
        | "before:render"
        | "after:render"
        | "before:commit_intended" => Some("before:commit_decided"),
        "after:commit_issued" => Some("before:seal"),
        point if HOLD_INTENDED.contains(&point) => Some("before:sign_facts"),
        _ => None,
    }
}

#[test]
fn every_method_of_the_stores_reads_or_is_drilled_or_has_a_reason() {
    let store = methods(include_str!("../../app/src/ports/store.rs"), "Store");
    let consents =
        methods(include_str!("../../app/src/ports/consent_register.rs"), "ConsentRegister");
    let cases = methods(include_str!("../../app/src/ports/case_files.rs"), "CaseFiles");
    let askings = methods(include_str!("../../app/src/ports/consent_askings.rs"), "ConsentAskings");
    let callers = methods(include_str!("../../app/src/ports/caller_desk.rs"), "CallerDesk");
    let recourses = methods(include_str!("../../app/src/ports/recourses.rs"), "Recourses");
    let forms = methods(include_str!("../../app/src/ports/form_versions.rs"), "FormVersions");
    let people = methods(include_str!("../../app/src/ports/staff_register.rs"), "StaffRegister");
    let archive = methods(include_str!("../../app/src/ports/archive.rs"), "Archive");
    let registry = methods(include_str!("../../app/src/ports/data_bank.rs"), "Registry");
    let desk = methods(include_str!("../../app/src/ports/record_desk.rs"), "RecordDesk");
    let figures = methods(include_str!("../../app/src/ports/figures.rs"), "Figures");
    let operations = methods(include_str!("../../app/src/ports/operations.rs"), "Operations");
    let office = methods(include_str!("../../app/src/ports/officers.rs"), "OfficeStore");
    let erasures = methods(include_str!("../../app/src/ports/erasures.rs"), "Erasures");
    let attempts = methods(include_str!("../../app/src/ports/attempts.rs"), "Attempts");
    let passkeys = methods(include_str!("../../app/src/ports/passkeys.rs"), "PasskeyStore");
    let written = [
        store, consents, askings, figures, archive, registry, desk, cases, callers, recourses,
        attempts, erasures, forms, office, operations, passkeys, people,
    ]
    .concat()
    .into_iter()
    .flat_map(|method| if method == "commit" { commits() } else { vec![method] });
    let (reads, writes): (BTreeSet<String>, BTreeSet<String>) =
        written.partition(|method| READS.contains(&method.as_str()));
    assert_eq!(reads, READS.map(str::to_owned).into());
    let writes: Vec<&str> = writes.iter().map(String::as_str).collect();
    let documents = around(&["sign_facts", "render", "seal"]);
    let named = [
        around(&IN_SILENCE),
        around(&OF_DUTY),
        around(&BY_COMMANDS),
        around(&BY_OFFICERS),
        around(&BY_TELEPHONE),
        ON_THE_WAY.map(str::to_owned).into(),
    ];
    let named: BTreeSet<String> = named.into_iter().flatten().collect();
    let excused: BTreeSet<String> =
        NOT_DRILLED.iter().map(|(point, _)| (*point).to_owned()).collect();
    let known = &(&named | &excused) - &documents;
    assert_eq!(known, around(&writes));
    assert_eq!(&named & &excused, BTreeSet::new(), "what is drilled needs no excuse");
}

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
    let seals = installation.folder().join("seals-kept");
    std::fs::create_dir(&seals).unwrap();
    let mut people = installation.granted().cycle();
    for point in ON_THE_WAY {
        let (person, key) = people.next().unwrap();
        survive(installation, point, person, key, &seals).await;
    }
    installation.assert_integrity();
    assert_no_seal_is_an_orphan(installation, &seals).await;
}

/// Whatever was ever sealed is a document that somebody was given: one that was sealed again came out the same.
async fn assert_no_seal_is_an_orphan(installation: &Installation, kept: &Path) {
    let open = installation.store().await;
    let mut issued = BTreeSet::new();
    for number in open.store.numbers_after(None, 1_000).await.unwrap() {
        for result in open.store.results_of(&number).await.unwrap() {
            assert!(issued.insert(result.digest.unwrap()));
        }
    }
    open.close().await;
    let sealed = std::fs::read_dir(kept).unwrap();
    let sealed: BTreeSet<String> =
        sealed.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(issued.len() >= ON_THE_WAY.len());
    assert_eq!(sealed, issued);
}

/// One request with a crash at a point of its way.
async fn survive(
    installation: &Installation,
    point: &str,
    person: &DemoPerson,
    key: &PersonKey,
    seals: &Path,
) {
    let kept = (SEALS_KEPT_IN, seals.to_str().unwrap());
    let mut node = installation.faulty_node("dying", &[(CRASH_AT, point), kept]).await;
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
    node.assert_killed_itself(point).await;
    let intended = intended(installation).await;
    assert_eq!(intended.is_empty(), !HOLD_INTENDED.contains(&point), "{point}");

    let again = not_again(point).map(|point| (CRASH_AT, point));
    let faults: Vec<_> = again.into_iter().chain([kept]).collect();
    let node = installation.faulty_node("healthy", &faults).await;
    // Who got no answer repeats what he did, as every client must: with the same key, if he came that far.
    let cms = match cms {
        Some(cms) => cms,
        None => signed(&node.client, person, key).await.unwrap(),
    };
    let number = accepted(&node.client, &idempotency_key, &cms).await;
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
    assert_eq!(installation.notices(person, &number).await, [NoticeKind::Answered], "{point}");
    replayed(installation, &number, point);
}

/// What lies in the store to be sealed, by the result it belongs to.
async fn intended(installation: &Installation) -> HashMap<String, Vec<u8>> {
    let open = installation.store().await;
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

fn replayed(installation: &Installation, number: &str, point: &str) {
    let config = installation.config("replay", free_port(), |_| {});
    let output = installation.run(&["replay", number], &config);
    assert!(output.status.success(), "{point}");
}

#[tokio::test]
async fn a_process_killed_from_outside_loses_nothing_it_acknowledged() {
    let installation = Installation::on_sqlite().await;
    let node = installation.node("first", None).await;
    let mut given = Vec::new();
    for (person, key) in installation.granted().take(8) {
        let cms = signed(&node.client, person, key).await.unwrap();
        given.push((person, accepted(&node.client, &person.slug, &cms).await));
    }
    node.kill();
    let node = installation.node("second", None).await;
    for (person, number) in &given {
        let answer = tokio::time::timeout(Duration::from_secs(60), node.client.answer(number));
        assert_once(&person.slug, person, &answer.await.unwrap().unwrap());
    }
    node.end_gracefully().await;
    installation.assert_integrity();
}
