//! Backups that were altered, and databases that are moved from one kind to the other and back.
//!
//! Next: `backup_running.rs` for a backup that is taken while people submit.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

mod installation;

use std::path::Path;
use std::process::Output;

use anyqtama::config::{Config, PersonalDataConfig};
use anyqtama::wiring;
use installation::{Installation, Node, asked, free_port};
use sqlx::Executor;
use sqlx::sqlite::SqlitePool;
use throwaway_postgres::{Cluster, Settings};

/// Numbers and sealed bytes of the answers to a request.
async fn answer(node: &Node, number: &str) -> Vec<(String, Vec<u8>)> {
    let answer = node.client.answer(number).await.unwrap();
    assert_eq!(answer.state, "granted");
    let mut documents = Vec::new();
    for result in answer.results {
        documents.push((result.number, node.client.document(&result.id).await.unwrap()));
    }
    documents.sort();
    documents
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn fails_with(output: &Output, word: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(word), "{told}");
}

#[tokio::test]
async fn an_altered_or_incomplete_backup_is_refused_by_the_name_of_its_file() {
    let mut installation = Installation::on_sqlite().await;
    let backup = installation.folder().join("backup");
    let config = installation.config("backup", free_port(), |_| {});
    succeeded(&installation.run(&["backup", text(&backup)], &config));
    fails_with(&installation.run(&["backup", text(&backup)], &config), "exists already");
    let url = format!("sqlite://{}", installation.folder().join("restored.db").display());
    installation.use_database(&url);
    let config = installation.config("restore", free_port(), |_| {});
    let file = backup.join("registry_versions.jsonl");
    let whole = std::fs::read(&file).unwrap();
    let mut altered = whole.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    for broken in [altered.as_slice(), &whole[..middle], b""] {
        std::fs::write(&file, broken).unwrap();
        let refused = installation.run(&["restore", text(&backup)], &config);
        fails_with(&refused, "registry_versions.jsonl was altered");
    }
    std::fs::write(&file, &whole).unwrap();
    std::fs::rename(backup.join("manifest.json"), backup.join("manifest.away")).unwrap();
    fails_with(&installation.run(&["restore", text(&backup)], &config), "manifest.json");
    std::fs::rename(backup.join("manifest.away"), backup.join("manifest.json")).unwrap();
    // A list of what had been erased: one that cannot be read begins nothing, and what is not there is erased already.
    let list = installation.folder().join("erasures.jsonl");
    let restore = ["restore", "--erasures", text(&list), text(&backup)];
    std::fs::write(&list, "{}\n").unwrap();
    let wrong = installation.run(&restore, &config);
    assert_eq!(wrong.status.code(), Some(2), "{}", String::from_utf8_lossy(&wrong.stderr));
    let number = domain::Number::from_random(domain::NumberKind::Request, 1);
    let line = serde_json::json!({ "number": number, "erased_at": "2026-11-23T05:00:00Z" });
    std::fs::write(&list, format!("{line}\n")).unwrap();
    let restored = installation.run(&restore, &config);
    succeeded(&restored);
    let told = String::from_utf8_lossy(&restored.stdout).into_owned();
    assert!(told.contains("0 requests that had been erased were erased again"), "{told}");
    let printed = installation.run(&["audit", "erasures"], &config);
    assert!(printed.status.success() && printed.stdout.is_empty());
    installation.assert_integrity();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_moves_from_sqlite_to_postgres_and_back() {
    let server = Cluster::start(Settings::durable()).unwrap();
    server.create_database("target").unwrap();
    let mut installation = Installation::on_sqlite().await;
    let node = installation.node("before", None).await;
    let mut numbers = Vec::new();
    for person in installation.granted().take(2) {
        numbers.push(asked(&node.client, person).await);
    }
    let before = answer(&node, &numbers[0]).await;
    node.end_gracefully().await;
    let back = format!("sqlite://{}", installation.folder().join("back.db").display());
    for (target, by_config) in [(server.url("target"), false), (back, true)] {
        let config = installation.config("move", free_port(), |_| {});
        installation.use_database(&target);
        let target_config = installation.config("target", free_port(), |_| {});
        let key_file = installation.folder().join("another.keys");
        std::fs::write(&key_file, vault::MasterKeys::new_line().as_bytes()).unwrap();
        let another = installation.config("another", free_port(), |config| {
            config.personal_data = Some(PersonalDataConfig::in_file(key_file));
        });
        // Nobody could read there what was moved; so nothing is, and the next move finds it empty.
        let refused = installation.run(&["move", "--to-config", text(&another)], &config);
        fails_with(&refused, "[personal_data]");
        let way = if by_config { ["--to-config", text(&target_config)] } else { ["--to", &target] };
        succeeded(&installation.run(&["move", way[0], way[1]], &config));
        fails_with(&installation.run(&["move", way[0], way[1]], &config), "not empty");
        let node = installation.node("after", None).await;
        assert_eq!(answer(&node, &numbers[0]).await, before, "byte for byte");
        answer(&node, &numbers[1]).await;
        node.end_gracefully().await;
        installation.assert_integrity();
    }
}

#[tokio::test]
async fn after_another_kind_of_recovery_numbers_come_from_another_class() {
    let installation = Installation::on_sqlite().await;
    let config = installation.config("class", free_port(), |_| {});
    let first = installation.run(&["new-number-class"], &config);
    let second = installation.run(&["new-number-class"], &config);
    succeeded(&first);
    succeeded(&second);
    assert_ne!(first.stdout, second.stdout);
    installation.assert_integrity();
}

/// Runs statements on the installation's SQLite file, past its triggers.
async fn tamper(installation: &Installation, statements: &[&'static str]) {
    let config = installation.config("tamper", free_port(), |_| {});
    let url = Config::load(&config).unwrap().database.url;
    let raw = SqlitePool::connect(&url).await.unwrap();
    for statement in statements {
        raw.execute(*statement).await.unwrap();
    }
    raw.close().await;
}

#[tokio::test]
async fn a_doubt_fails_no_restoration_and_a_fault_does() {
    let mut installation = Installation::on_sqlite().await;
    let config = installation.config("roots", free_port(), |_| {});
    let loaded = Config::load(&config).unwrap();
    let store = wiring::open_store(&loaded).await.unwrap();
    wiring::service(&loaded, &store).await.unwrap().stamp_roots().await.unwrap();
    store.close().await;
    // Stamped once, and now nobody is configured who could judge the stamp.
    tamper(&installation, &["UPDATE journal_roots SET stamp = x'00'"]).await;
    let folder = installation.folder();
    let (doubtful, faulty) = (folder.join("doubtful"), folder.join("faulty"));
    succeeded(&installation.run(&["backup", text(&doubtful)], &config));
    let change = "UPDATE audit SET detail = 'x' WHERE sequence = 1";
    tamper(&installation, &["DROP TRIGGER audit_fixed", change]).await;
    succeeded(&installation.run(&["backup", text(&faulty)], &config));
    let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let url = |name: &str| format!("sqlite://{}", folder.join(name).display());
    installation.use_database(&url("doubtful.db"));
    let config = installation.config("doubtful", free_port(), |_| {});
    let restored = installation.run(&["restore", text(&doubtful)], &config);
    succeeded(&restored);
    assert!(told(&restored).contains("doubt: the stamp of"), "{}", told(&restored));
    let moved = installation.run(&["move", "--to", &url("moved.db"), "--json"], &config);
    succeeded(&moved);
    let moved: serde_json::Value = serde_json::from_slice(&moved.stdout).unwrap();
    assert_eq!((&moved["integrity"], &moved["doubts"]), (&true.into(), &1.into()));
    assert_eq!(installation.run(&["audit", "verify"], &config).status.code(), Some(3));

    installation.use_database(&url("faulty.db"));
    let config = installation.config("faulty", free_port(), |_| {});
    let restored = installation.run(&["restore", text(&faulty)], &config);
    fails_with(&restored, "fault: the journal was altered at row 1");
    assert!(told(&restored).contains("everything was written"), "{}", told(&restored));
    assert_eq!(installation.run(&["audit", "verify"], &config).status.code(), Some(1));
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
