//! The process kills itself round every durable step that is not on the straight way of a request (`crash.rs`): waiting
//! for a silent data bank, alarms, the journal's roots, breaks, imports, checks. Afterwards all is as if it had not.
//!
//! What is left out: sign-in challenges and sessions, which nobody misses; people sign in again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken expectation must stop the test where it is"
)]
#![cfg(feature = "fault-injection")]

mod installation;

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::time::Duration;

use anyqtama::config::Config;
use anyqtama::demo::client::{RequestAnswer, SubmissionAnswer};
use anyqtama::wiring;
use app::{AuditAction, NoticeKind};
use domain::Number;
use installation::{CRASH_AT, Installation, Node, free_port, signed};
use serde_json::Value;
use simulators::authority::PersonKey;
use simulators::people::{DemoPerson, Expected};

const SIGKILL: i32 = 9;
const SILENT_WHILE: &str = "ANYQTAMA_DATA_BANK_SILENT_WHILE";
const CLOCK_AHEAD: &str = "ANYQTAMA_CLOCK_AHEAD_SECONDS";
const LOOKS: u32 = 1_500;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

#[tokio::test]
async fn on_sqlite_a_crash_beside_the_way_changes_nothing() {
    Drill::on(Installation::on_sqlite().await).run().await;
}

#[tokio::test]
async fn on_postgres_a_crash_beside_the_way_changes_nothing() {
    let server = throwaway_postgres::Cluster::start(throwaway_postgres::Settings::durable());
    let server = server.unwrap();
    server.create_database("beside").unwrap();
    Drill::on(Installation::on_postgres(&server.url("beside")).await).run().await;
}

struct Drill {
    installation: Installation,
    /// While it is there, the data bank is silent.
    silence: PathBuf,
    /// Those who asked already are behind.
    next: usize,
}

impl Drill {
    fn on(installation: Installation) -> Self {
        let silence = installation.folder().join("silent");
        Self { installation, silence, next: 0 }
    }

    async fn run(mut self) {
        for when in ["before", "after"] {
            self.waiting(when).await;
            self.released(when).await;
            for (ahead, action) in [("1000", AuditAction::Alarmed), ("1801", AuditAction::Overdue)]
            {
                self.alarmed(when, ahead, action).await;
            }
            self.checked(when).await;
            self.broken_for_repair(when);
            self.imported(when);
        }
        // Two days that end: the clock of the second is a day farther ahead.
        self.rooted("before", "90000").await;
        self.rooted("after", "176400").await;
        self.installation.assert_integrity();
    }

    fn person(&mut self) -> (DemoPerson, PersonKey) {
        let granted = |(person, _): &&(DemoPerson, PersonKey)| {
            matches!(person.expected, Expected::Granted { .. })
        };
        let mut people = self.installation.people.iter().filter(granted).cycle();
        self.next += 1;
        people.nth(self.next).unwrap().clone()
    }

    fn silent(&self) -> [(&'static str, String); 1] {
        std::fs::write(&self.silence, "").unwrap();
        [(SILENT_WHILE, self.silence.display().to_string())]
    }

    fn spawn(&self, faults: &[(&str, &str)]) -> Node {
        let port = free_port();
        let config = self.installation.config("faulty", port, |_| {});
        self.installation.start(&config, port, faults)
    }

    /// A node with faults that lives for now.
    async fn node(&self, faults: &[(&str, &str)]) -> Node {
        let mut node = self.spawn(faults);
        node.wait_until_it_answers().await;
        node
    }

    /// A request that waits for the silent data bank; no node runs.
    async fn request_that_waits(&mut self) -> (DemoPerson, String) {
        let [(name, file)] = self.silent();
        let (person, key) = self.person();
        let node = self.node(&[(name, &file)]).await;
        let number = submit(&node, &person, &key).await;
        until(&node, &number, |answer| answer.state == "checking").await;
        node.end_gracefully().await;
        (person, number)
    }

    /// The data bank is silent, and the process dies round noting down that the request waits for it.
    async fn waiting(&mut self, when: &str) {
        let [(name, file)] = self.silent();
        let (person, key) = self.person();
        let point = format!("{when}:commit_waiting");
        let mut node = self.node(&[(name, &file), (CRASH_AT, &point)]).await;
        let number = submit(&node, &person, &key).await;
        assert_killed(&mut node, &point).await;
        self.answered_once(&person, &number, &point).await;
    }

    /// The data bank is back, and the process dies round releasing those who wait.
    async fn released(&mut self, when: &str) {
        let (person, number) = self.request_that_waits().await;
        let [(name, file)] = self.silent();
        let point = format!("{when}:release_waiting");
        let mut node = self.node(&[(name, &file), (CRASH_AT, &point)]).await;
        // Enough silence that this process leaves the source alone, and then has somebody to release.
        let (other, key) = self.person();
        let other_number = submit(&node, &other, &key).await;
        until(&node, &other_number, |answer| answer.state == "checking").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        std::fs::remove_file(&self.silence).unwrap();
        assert_killed(&mut node, &point).await;
        self.answered_once(&person, &number, &point).await;
        self.answered_once(&other, &other_number, &point).await;
    }

    /// The term is half over, or over, and the process dies round noting that down.
    async fn alarmed(&mut self, when: &str, ahead: &str, action: AuditAction) {
        let (person, number) = self.request_that_waits().await;
        let [(name, file)] = self.silent();
        let point = format!("{when}:raise_alarm");
        let ahead = (CLOCK_AHEAD, ahead);
        let mut node = self.spawn(&[(name, &file), ahead, (CRASH_AT, &point)]);
        assert_killed(&mut node, &point).await;
        let node = self.node(&[(name, &file), ahead]).await;
        for look in 0.. {
            if self.actions(&number).await.contains(&action) {
                break;
            }
            assert!(look < LOOKS, "{point}: no alarm");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        node.end_gracefully().await;
        // When to ask the data bank again was noted down by this clock.
        self.answered_once_with(&[ahead], &person, &number, &point).await;
        let times = self.actions(&number).await.into_iter().filter(|one| *one == action).count();
        assert_eq!(times, 1, "{point}: {action:?}");
        let told = self.notices(&person, &number).await;
        let overdue = told.iter().filter(|kind| **kind == NoticeKind::Overdue).count();
        assert_eq!(overdue, usize::from(action == AuditAction::Overdue), "{point}");
    }

    /// Somebody checks a certificate, and the process dies round noting that down.
    async fn checked(&mut self, when: &str) {
        let (person, key) = self.person();
        let node = self.node(&[]).await;
        let number = submit(&node, &person, &key).await;
        let answer = node.client.answer(&number).await.unwrap();
        node.end_gracefully().await;
        let point = format!("{when}:append_audit");
        let mut node = self.node(&[(CRASH_AT, &point)]).await;
        let certificate = answer.results.first().unwrap();
        let iin = person.iin.digits();
        assert!(node.client.check_number(&certificate.number, &iin).await.is_err(), "{point}");
        assert_killed(&mut node, &point).await;
        let node = self.node(&[]).await;
        let checked = node.client.check_number(&certificate.number, &iin).await.unwrap();
        assert!(checked.is_object(), "{point}");
        node.end_gracefully().await;
    }

    /// An operator announces a technical break and takes it back, and each command dies round storing it.
    fn broken_for_repair(&self, when: &str) {
        let config = self.installation.config("command", free_port(), |_| {});
        let at = |hours: i64| {
            let now = app::Clock::now(&anyqtama::system::SystemClock);
            now.checked_add(jiff::SignedDuration::from_hours(hours)).unwrap().to_string()
        };
        let words = ["break", "announce", "--kk", "жаңарту", "--ru", "обновление", "--en"];
        let (from, to) = (at(5), at(6));
        let announce = [&words[..], &["renewal", "--from", &from, "--to", &to]].concat();
        let point = format!("{when}:put_break");
        let died = self.installation.run_with(&announce, &config, &[(CRASH_AT, &point)]);
        assert_eq!(died.status.signal(), Some(SIGKILL), "{point}");
        let stored = usize::from(when == "after");
        assert_eq!(self.breaks(&config).len(), stored, "{point}");
        if stored == 0 {
            assert!(self.installation.run(&announce, &config).status.success(), "{point}");
        }
        let id =
            self.breaks(&config).first().unwrap().get("id").unwrap().as_str().map(String::from);
        let withdraw = ["break", "withdraw", &id.unwrap()];
        let point = format!("{when}:withdraw_break");
        let died = self.installation.run_with(&withdraw, &config, &[(CRASH_AT, &point)]);
        assert_eq!(died.status.signal(), Some(SIGKILL), "{point}");
        assert_eq!(self.breaks(&config).len(), 1 - stored, "{point}");
        self.installation.run(&withdraw, &config);
        assert!(self.breaks(&config).is_empty(), "{point}");
    }

    fn breaks(&self, config: &std::path::Path) -> Vec<Value> {
        let listed = self.installation.run(&["break", "list", "--json"], config);
        serde_json::from_slice(&listed.stdout).unwrap()
    }

    /// A department's file is taken in, and the command dies round storing it: whole or not at all.
    fn imported(&self, when: &str) {
        let config = self.installation.config("command", free_port(), |_| {});
        let bank = self.installation.folder().join("data-bank.xlsx");
        let bank = bank.to_str().unwrap();
        let import = ["data-bank", "import", bank, "--provider", "710000000", "--language", "en"];
        let point = format!("{when}:apply_import");
        let died = self.installation.run_with(&import, &config, &[(CRASH_AT, &point)]);
        assert_eq!(died.status.signal(), Some(SIGKILL), "{point}");
        let again = self.installation.run(&import, &config);
        assert!(again.status.success(), "{point}: {}", String::from_utf8_lossy(&again.stderr));
    }

    /// A day ends, and the process dies round noting down the journal's root of it.
    async fn rooted(&self, when: &str, ahead: &str) {
        let before = self.roots().await;
        let point = format!("{when}:put_root");
        let mut node = self.spawn(&[(CLOCK_AHEAD, ahead), (CRASH_AT, &point)]);
        assert_killed(&mut node, &point).await;
        assert_eq!(self.roots().await, before + usize::from(when == "after"), "{point}");
        let node = self.node(&[(CLOCK_AHEAD, ahead)]).await;
        for look in 0.. {
            if self.roots().await == before + 1 {
                break;
            }
            assert!(look < LOOKS, "{point}: no root");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        node.end_gracefully().await;
        assert_eq!(self.roots().await, before + 1, "{point}: one root a day");
    }

    /// With the data bank back and no more faults.
    async fn answered_once(&self, person: &DemoPerson, number: &str, point: &str) {
        self.answered_once_with(&[], person, number, point).await;
    }

    async fn answered_once_with(
        &self,
        clock: &[(&str, &str)],
        person: &DemoPerson,
        number: &str,
        point: &str,
    ) {
        let _ = std::fs::remove_file(&self.silence);
        let node = self.node(clock).await;
        let answer = node.client.answer(number).await.unwrap();
        node.end_gracefully().await;
        assert_eq!(answer.state, "granted", "{point}");
        for action in ["registered", "decided", "intended"] {
            let times = answer.history.iter().filter(|line| line.action == action).count();
            assert_eq!(times, 1, "{point}: {action}");
        }
        let told = self.notices(person, number).await;
        let issued = told.iter().filter(|kind| **kind == NoticeKind::Answered).count();
        assert_eq!(issued, 1, "{point}: told once");
    }

    async fn store(&self) -> wiring::OpenStore {
        let path = self.installation.config("look", free_port(), |_| {});
        wiring::open_store(&Config::load(&path).unwrap()).await.unwrap()
    }

    async fn actions(&self, number: &str) -> Vec<AuditAction> {
        let open = self.store().await;
        let rows = open.store.audit_of(&Number::parse(number).unwrap()).await.unwrap();
        open.close().await;
        rows.iter().filter_map(|row| AuditAction::parse(&row.action)).collect()
    }

    async fn notices(&self, person: &DemoPerson, number: &str) -> Vec<NoticeKind> {
        let open = self.store().await;
        let told = open.store.notices_of(person.iin, 100).await.unwrap();
        open.close().await;
        told.iter().filter(|one| one.number.as_str() == number).map(|one| one.notice.kind).collect()
    }

    async fn roots(&self) -> usize {
        let open = self.store().await;
        let roots = open.store.roots().await.unwrap();
        open.close().await;
        roots.len()
    }
}

async fn submit(node: &Node, person: &DemoPerson, key: &PersonKey) -> String {
    let cms = signed(&node.client, person, key).await.unwrap();
    let key = hex::encode(app::Clock::now(&anyqtama::system::SystemClock).to_string());
    match node.client.submit(&key, &cms).await.unwrap() {
        SubmissionAnswer::Accepted(number) => number,
        SubmissionAnswer::Rejected(problem) => panic!("{}: {}", person.slug, problem.code),
    }
}

async fn until(node: &Node, number: &str, is_so: impl Fn(&RequestAnswer) -> bool) {
    for _ in 0..LOOKS {
        if is_so(&node.client.request(number).await.unwrap()) {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("the request does not come so far")
}

async fn assert_killed(node: &mut Node, point: &str) {
    let died = node.ended().await;
    assert_eq!(died.signal(), Some(SIGKILL), "{point}: {died}");
}
