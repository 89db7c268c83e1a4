//! The process is killed in the middle of its work and started again: nothing acknowledged is lost, each request ends
//! once, under its number.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::zombie_processes,
    reason = "a broken expectation must stop the test where it is"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyqtama::demo::client::{ApiClient, SubmissionAnswer};
use simulators::authority::{DemoFolder, PersonKey};
use simulators::people::{DemoPerson, Expected};

struct Demo(Child);

impl Demo {
    /// Starts the real program and waits until its portal answers.
    async fn start(folder: &Path) -> (Self, ApiClient) {
        let _ = std::fs::remove_file(folder.join("addresses.json"));
        let child = Command::new(env!("CARGO_BIN_EXE_anyqtama"))
            .args(["demo", "--listen", "127.0.0.1:0", "--signer-listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let demo = Self(child);
        for _ in 0..600 {
            if let Ok(text) = std::fs::read(folder.join("addresses.json"))
                && let Ok(addresses) = serde_json::from_slice::<serde_json::Value>(&text)
            {
                let token = std::fs::read_to_string(folder.join("api-token")).unwrap();
                let portal = addresses["portal"].as_str().unwrap();
                return (demo, ApiClient::new(portal, token.trim()).unwrap());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the demo did not start")
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn submit(client: &ApiClient, person: &DemoPerson, key: &PersonKey) -> String {
    let body = serde_json::json!({
        "applicant_iin": person.iin.digits(),
        "language": "kk",
        "wards": "all",
        "consents": { "restricted_data": true, "protected_secret": true },
    });
    let prepared = client.draft(&body).await.unwrap();
    let cms = key.sign(&prepared.document, true, app::Clock::now(&anyqtama::system::SystemClock));
    match client.submit(&person.slug, &cms.unwrap()).await.unwrap() {
        SubmissionAnswer::Accepted(number) => number,
        SubmissionAnswer::Rejected(problem) => panic!("{}: {}", person.slug, problem.code),
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_it_acknowledged() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("demo");
    let (demo, client) = Demo::start(&folder).await;
    let people = DemoFolder::new(&folder).load().unwrap();
    let mut accepted = Vec::new();
    let granted = |person: &DemoPerson| matches!(person.expected, Expected::Granted { .. });
    for (person, key) in people.iter().filter(|(person, _)| granted(person)).take(8) {
        accepted.push((person.slug.clone(), submit(&client, person, key).await));
    }
    demo.kill();

    let (demo, client) = Demo::start(&folder).await;
    for (slug, number) in &accepted {
        let answer = tokio::time::timeout(Duration::from_secs(150), client.answer(number));
        let answer = answer.await.unwrap().unwrap();
        assert_eq!(answer.state, "granted", "{slug}");
        let mut numbers: Vec<_> = answer.results.iter().map(|result| &result.number).collect();
        let all = numbers.len();
        numbers.dedup();
        assert!(all > 0 && numbers.len() == all, "{slug}: each ward once");
    }
    demo.kill();
    let config = folder.join("anyqtama.toml");
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_anyqtama"));
        command.args(words).arg("--config").arg(&config).output().unwrap()
    };
    let journal = run(&["audit", "verify"]);
    assert!(journal.status.success(), "{}", String::from_utf8_lossy(&journal.stderr));
    for (slug, number) in &accepted {
        assert!(run(&["replay", number]).status.success(), "{slug}");
    }
}
