//! The process kills itself round every durable step of the worker and the watchdog that is not on the straight way of
//! a request (`crash.rs`): waiting for a silent data bank, putting a job back, alarms, the journal's roots and their
//! stamps, tidying, erasing, checks. Afterwards all is as if it had not.
//!
//! Next: `crash_commands.rs` for commands and for people who sign in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken expectation must stop the test where it is"
)]
#![cfg(feature = "fault-injection")]

mod installation;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use anyqtama::config::Config;
use anyqtama::passwords::{
    NoticesConfig, PasswordsConfig, RequestsConfig, ServiceAtConfig, SignInConfig,
};
use anyqtama::system::randomness;
use app::testing::samples;
use app::{AuditAction, JournalRoot, NoticeKind, verify_chain};
use domain::{Number, RequestState};
use installation::durable::{IN_SILENCE, OF_DUTY, around};
use installation::{CRASH_AT, Installation, Node, asked, free_port, now, until};
use jiff::SignedDuration;
use simulators::authority::{Algorithm, PersonKey};
use simulators::people::DemoPerson;
use simulators::sms::{MobileBase, Phone, Phones, SmsHttpGateway};
use simulators::tsa::{Stamping, Tsa};
use throwaway_postgres::{Cluster, Settings};

const SILENT_WHILE: &str = "ANYQTAMA_DATA_BANK_SILENT_WHILE";
const SEAL_AWAY_WHILE: &str = "ANYQTAMA_SEAL_AWAY_WHILE";
const FACTS_SIGNER_AWAY_WHILE: &str = "ANYQTAMA_FACTS_SIGNER_AWAY_WHILE";
const CLOCK_AHEAD: &str = "ANYQTAMA_CLOCK_AHEAD_SECONDS";
/// More than are erased in one transaction.
const REFUSED: u32 = 51;
/// The least for which the operator may have requests kept.
const KEPT_DAYS: i64 = 366;
/// Failures in a row after which a process leaves a source alone.
const FAILURES_MAX: usize = 3;

#[tokio::test]
async fn on_sqlite_a_crash_while_the_data_bank_is_silent_changes_nothing() {
    Drill::on(Installation::on_sqlite().await).in_silence().await;
}

#[tokio::test]
async fn on_postgres_a_crash_while_the_data_bank_is_silent_changes_nothing() {
    let (installation, _server) = on_postgres().await;
    Drill::on(installation).in_silence().await;
}

#[tokio::test]
async fn on_sqlite_a_crash_of_the_watchdog_or_a_check_changes_nothing() {
    let installation = Installation::on_sqlite().await;
    let backup = installation.folder().join("backup");
    Drill::on(installation).of_duty(Some(backup)).await;
}

#[tokio::test]
async fn on_postgres_a_crash_of_the_watchdog_or_a_check_changes_nothing() {
    let (installation, _server) = on_postgres().await;
    Drill::on(installation).of_duty(None).await;
}

#[tokio::test]
async fn on_sqlite_a_crash_of_a_messenger_loses_no_message_and_ends_it_once() {
    Drill::on(Installation::on_sqlite().await).of_messages().await;
}

async fn on_postgres() -> (Installation, Cluster) {
    let server = Cluster::start(Settings::durable()).unwrap();
    server.create_database("beside").unwrap();
    (Installation::on_postgres(&server.url("beside")).await, server)
}

struct Drill {
    installation: Installation,
    /// While it is there, the data bank is silent.
    silence: PathBuf,
    /// While it is there, the seal is away.
    away: PathBuf,
    /// Those who asked already are behind.
    next: usize,
    /// Points at which a process died.
    died: BTreeSet<String>,
}

impl Drill {
    fn on(installation: Installation) -> Self {
        let silence = installation.folder().join("silent");
        let away = installation.folder().join("away");
        Self { installation, silence, away, next: 0, died: BTreeSet::new() }
    }

    async fn in_silence(mut self) {
        for when in ["before", "after"] {
            self.waiting(when).await;
            self.released(when).await;
            for (ahead, action) in [("1000", AuditAction::Alarmed), ("1801", AuditAction::Overdue)]
            {
                self.alarmed(when, ahead, action).await;
            }
        }
        assert_eq!(self.died, around(&IN_SILENCE));
        self.installation.assert_integrity();
    }

    /// With a folder for a backup of before anything is erased, it is restored at the end.
    async fn of_duty(mut self, backup: Option<PathBuf>) {
        let refused = self.refused().await;
        // The first node of all notes down yesterday's root, so this comes first.
        let authority = self.rooted_and_stamped().await;
        for when in ["before", "after"] {
            for away in [SEAL_AWAY_WHILE, FACTS_SIGNER_AWAY_WHILE] {
                self.put_back(when, away).await;
            }
            self.checked(when).await;
            self.tidied(when).await;
        }
        if let Some(backup) = &backup {
            let config = self.installation.config("backup", free_port(), |_| {});
            succeeded(&self.installation.run(&["backup", backup.to_str().unwrap()], &config));
        }
        self.erased(&refused, &authority).await;
        assert_eq!(self.died, around(&OF_DUTY));
        let proven = |config: &mut Config| config.journal.time_stamp_urls = vec![authority.clone()];
        self.installation.assert_integrity_with(proven);
        if let Some(backup) = backup {
            self.erased_again(&backup, &refused).await;
            self.installation.assert_integrity_with(proven);
        }
    }

    fn person(&mut self) -> (DemoPerson, PersonKey) {
        self.next += 1;
        self.installation.granted().cycle().nth(self.next).unwrap().clone()
    }

    fn silent(&self) -> (&'static str, String) {
        std::fs::write(&self.silence, "").unwrap();
        (SILENT_WHILE, self.silence.display().to_string())
    }

    fn spawn(&self, faults: &[(&str, &str)]) -> Node {
        let port = free_port();
        let config = self.installation.config("faulty", port, |_| {});
        self.installation.start(&config, port, faults)
    }

    /// A node with faults that lives for now.
    async fn node(&self, faults: &[(&str, &str)]) -> Node {
        self.installation.faulty_node("faulty", faults).await
    }

    async fn assert_killed(&mut self, node: &mut Node, point: &str) {
        node.assert_killed_itself(point).await;
        self.died.insert(point.to_owned());
    }

    /// A request that waits for the silent data bank; no node runs.
    async fn request_that_waits(&mut self) -> (DemoPerson, String) {
        let (name, file) = self.silent();
        let person = self.person();
        let node = self.node(&[(name, &file)]).await;
        let number = asked(&node.client, &person).await;
        until_it_waits(&node, &number).await;
        node.end_gracefully().await;
        (person.0, number)
    }

    /// The data bank is silent, and the process dies round noting down that the request waits for it.
    async fn waiting(&mut self, when: &str) {
        let (name, file) = self.silent();
        let person = self.person();
        let point = format!("{when}:commit_waiting");
        let mut node = self.node(&[(name, &file), (CRASH_AT, &point)]).await;
        let number = asked(&node.client, &person).await;
        self.assert_killed(&mut node, &point).await;
        self.answered_once(&person.0, &number).await;
    }

    /// The data bank is back, and the process dies round releasing those who wait.
    async fn released(&mut self, when: &str) {
        let (person, number) = self.request_that_waits().await;
        let in_vain = AuditAction::DataBankAsked;
        let before = self.times(&number, in_vain).await;
        let (name, file) = self.silent();
        let point = format!("{when}:release_waiting");
        let mut node = self.node(&[(name, &file), (CRASH_AT, &point)]).await;
        let other = self.person();
        let other_number = asked(&node.client, &other).await;
        // Having asked so often in vain, this process leaves the source alone, and then has somebody to release.
        until("the data bank is left alone", async || {
            let again = self.times(&number, in_vain).await - before;
            again + self.times(&other_number, in_vain).await >= FAILURES_MAX
        })
        .await;
        std::fs::remove_file(&self.silence).unwrap();
        self.assert_killed(&mut node, &point).await;
        self.answered_once(&person, &number).await;
        self.answered_once(&other.0, &other_number).await;
    }

    /// The seal, or who signs the facts, is away, and the process dies round putting the job back.
    async fn put_back(&mut self, when: &str, away: &str) {
        std::fs::write(&self.away, "").unwrap();
        let person = self.person();
        let point = format!("{when}:postpone_job");
        let faults = [(away, self.away.to_str().unwrap()), (CRASH_AT, &point)];
        let mut node = self.node(&faults).await;
        let number = asked(&node.client, &person).await;
        self.assert_killed(&mut node, &point).await;
        self.answered_once(&person.0, &number).await;
    }

    /// The term is half over, or over, and the process dies round noting that down.
    async fn alarmed(&mut self, when: &str, ahead: &str, action: AuditAction) {
        let (person, number) = self.request_that_waits().await;
        let (name, file) = self.silent();
        let point = format!("{when}:raise_alarm");
        let ahead = (CLOCK_AHEAD, ahead);
        let mut node = self.spawn(&[(name, &file), ahead, (CRASH_AT, &point)]);
        self.assert_killed(&mut node, &point).await;
        let node = self.node(&[(name, &file), ahead]).await;
        until("an alarm", async || self.times(&number, action).await > 0).await;
        node.end_gracefully().await;
        // When to ask the data bank again was noted down by this clock.
        self.answered_once_with(&[ahead], &person, &number).await;
        assert_eq!(self.times(&number, action).await, 1, "{point}: {action:?}");
        let told = self.installation.notices(&person, &number).await;
        let overdue = told.iter().filter(|kind| **kind == NoticeKind::Overdue).count();
        assert_eq!(overdue, usize::from(action == AuditAction::Overdue), "{point}");
    }

    /// Somebody checks a certificate, and the process dies round noting that down: the look is in the journal once or
    /// not at all, and who repeats it is noted down once more.
    async fn checked(&mut self, when: &str) {
        let person = self.person();
        let node = self.node(&[]).await;
        let number = asked(&node.client, &person).await;
        let answer = node.client.answer(&number).await.unwrap();
        node.end_gracefully().await;
        let point = format!("{when}:append_audit");
        let mut node = self.node(&[(CRASH_AT, &point)]).await;
        let certificate = answer.results.first().unwrap();
        let iin = person.0.iin.digits();
        assert!(node.client.check_number(&certificate.number, &iin).await.is_err(), "{point}");
        self.assert_killed(&mut node, &point).await;
        let written = usize::from(when == "after");
        assert_eq!(self.times(&number, AuditAction::Checked).await, written, "{point}");
        let node = self.node(&[]).await;
        let checked = node.client.check_number(&certificate.number, &iin).await.unwrap();
        assert!(checked.is_object(), "{point}");
        node.end_gracefully().await;
        assert_eq!(self.times(&number, AuditAction::Checked).await, written + 1, "{point}");
        self.assert_chain().await;
    }

    /// The process dies round removing what has expired: of two texts the one that has goes, the other stays.
    async fn tidied(&mut self, when: &str) {
        self.next += 1;
        let index = u32::try_from(self.next).unwrap();
        let (old, new) = (format!("old-{index}"), format!("new-{index}"));
        let open = self.installation.store().await;
        for (challenge, minutes) in [(&old, -1), (&new, 60)] {
            let expires_at = now() + SignedDuration::from_mins(minutes);
            let draft = samples::draft(samples::iin(index), challenge);
            open.store.put_draft(&app::Draft { expires_at, ..draft }).await.unwrap();
        }
        open.close().await;
        let point = format!("{when}:remove_expired");
        let mut node = self.spawn(&[(CRASH_AT, &point)]);
        self.assert_killed(&mut node, &point).await;
        assert_eq!(self.has_draft(&old).await, when == "before", "{point}");
        assert!(self.has_draft(&new).await, "{point}");
        let node = self.node(&[]).await;
        until("what has expired goes", async || !self.has_draft(&old).await).await;
        node.end_gracefully().await;
        assert!(self.has_draft(&new).await, "{point}");
    }

    /// Requests that were refused, more of them than are erased in one transaction.
    async fn refused(&self) -> Vec<Number> {
        let open = self.installation.store().await;
        let (store, mut numbers) = (&open.store, Vec::new());
        for index in 1..=REFUSED {
            let number = samples::registered(store, index).await;
            let lease = samples::leased(store, 1).await;
            let refusal = samples::planned_refusal(&number, samples::iin(index), index.into());
            samples::decide(store, &lease, vec![refusal]).await;
            samples::intend(store, &lease).await;
            samples::issue(store, &lease, RequestState::Refused).await;
            numbers.push(number);
        }
        open.close().await;
        numbers
    }

    /// By how much the clock is ahead when those requests have been kept for long enough, and those of these days have not.
    fn when_they_are_over() -> String {
        let over = samples::moment((KEPT_DAYS + 1) * 86_400);
        over.duration_since(now()).as_secs().max(0).to_string()
    }

    /// Their time is over, and the process dies round erasing them, then between two transactions of that: nothing is erased by half, the
    /// next one goes on, and each certificate tells what is true.
    async fn erased(&mut self, refused: &[Number], authority: &str) {
        let ahead = Self::when_they_are_over();
        // The last one gets behind the erasing, and notes down no root of a day to come.
        let points = [
            ("before:erase_requests", 0..1),
            ("after:erase_requests", 1..REFUSED),
            ("before:put_root", REFUSED..REFUSED + 1),
        ];
        for (point, expected) in points {
            let port = free_port();
            let config = self.installation.config("erasing", port, |config| {
                config.retention.requests_days = u32::try_from(KEPT_DAYS).unwrap();
                config.journal.time_stamp_urls = vec![authority.to_owned()];
            });
            let faults = [(CLOCK_AHEAD, ahead.as_str()), (CRASH_AT, point)];
            let mut node = self.installation.start(&config, port, &faults);
            self.assert_killed(&mut node, point).await;
            let open = self.installation.store().await;
            let erased = open.store.erased_requests(refused).await.unwrap().len();
            for number in refused {
                let is_there = open.store.request(number).await.unwrap().is_some();
                assert_eq!(
                    is_there,
                    open.store.decision(number).await.unwrap().is_some(),
                    "{point}"
                );
            }
            open.close().await;
            assert!(expected.contains(&u32::try_from(erased).unwrap()), "{point}: {erased}");
            let verified = self.installation.run_with(&["audit", "verify"], &config, &faults[..1]);
            succeeded(&verified);
            let told = String::from_utf8_lossy(&verified.stdout);
            assert!(told.contains(&format!("; {erased} requests and ")), "{point}: {told}");
        }
    }

    /// What an older backup brings back is erased again by the list of what was erased.
    async fn erased_again(&mut self, backup: &Path, refused: &[Number]) {
        let config = self.installation.config("erasures", free_port(), |_| {});
        let printed = self.installation.run(&["audit", "erasures"], &config);
        succeeded(&printed);
        let list = self.installation.folder().join("erasures.jsonl");
        std::fs::write(&list, &printed.stdout).unwrap();
        let restored = self.installation.folder().join("restored.db");
        self.installation.use_database(&format!("sqlite://{}", restored.display()));
        let config = self.installation.config("restore", free_port(), |_| {});
        let restore = ["restore", "--erasures", list.to_str().unwrap(), backup.to_str().unwrap()];
        let ahead = Self::when_they_are_over();
        let restored = self.installation.run_with(&restore, &config, &[(CLOCK_AHEAD, &ahead)]);
        succeeded(&restored);
        let told = String::from_utf8_lossy(&restored.stdout);
        assert!(
            told.contains(&format!("{REFUSED} requests that had been erased were erased again")),
            "{told}"
        );
        let open = self.installation.store().await;
        assert_eq!(open.store.erased_requests(refused).await.unwrap().len(), refused.len());
        for number in refused {
            assert!(open.store.request(number).await.unwrap().is_none(), "{number}");
        }
        open.close().await;
        let replayed =
            self.installation.run(&["replay", refused.first().unwrap().as_str()], &config);
        assert_eq!(replayed.status.code(), Some(3), "{replayed:?}");
    }

    async fn has_draft(&self, challenge: &str) -> bool {
        let open = self.installation.store().await;
        let draft = open.store.draft(challenge).await.unwrap();
        open.close().await;
        draft.is_some()
    }

    /// A day has ended, and the process dies round noting down the journal's root of it, and then round its stamp: one
    /// root, one stamp. Gives the address of the authority.
    async fn rooted_and_stamped(&mut self) -> String {
        let (address, stamping) = self.authority().await;
        let config = |port| {
            self.installation.config("stamped", port, |config| {
                config.journal.time_stamp_urls = vec![address.clone()];
            })
        };
        let points = ["before:put_root", "after:put_root", "before:stamp_root", "after:stamp_root"];
        for (place, point) in (0..).zip(points) {
            let port = free_port();
            let mut node = self.installation.start(&config(port), port, &[(CRASH_AT, point)]);
            node.assert_killed_itself(point).await;
            self.died.insert(point.to_owned());
            let roots = self.roots().await;
            assert_eq!(roots.len(), usize::from(place > 0), "{point}");
            let stamped = roots.iter().filter(|root| root.stamp.is_some()).count();
            assert_eq!(stamped, usize::from(place > 2), "{point}");
        }
        let before = self.roots().await;
        let port = free_port();
        let node = self.installation.node_with(&config(port), port).await;
        let person = self.person();
        let number = asked(&node.client, &person).await;
        node.client.answer(&number).await.unwrap();
        node.end_gracefully().await;
        assert_eq!(self.roots().await, before, "one root a day, and its first stamp stays");
        assert_eq!(stamping.queries(), 2, "the stamp that was lost, and the one that was stored");
        address
    }

    /// A time-stamping authority under the installation's own roots.
    async fn authority(&self) -> (String, Arc<Stamping>) {
        let authority = &self.installation.authority;
        let keys = authority.issue_stamp_keys(Algorithm::Gost, now(), &mut randomness()).unwrap();
        let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys, Arc::new(now)).await.unwrap();
        let (address, stamping) = (tsa.url(), tsa.stamping());
        tokio::spawn(tsa.serve(std::future::pending()));
        (address, stamping)
    }

    /// The process dies round what it writes of messages: each is taken, once more where the gateway's word was lost, and ends
    /// once.
    async fn of_messages(&mut self) {
        let phones = self.phones();
        let sms = self.sms_gateway(&phones).await;
        let points = ["after:fill_outbox", "before:end_message", "after:end_message"];
        for (point, came) in points.into_iter().zip([1, 2, 1]) {
            let port = free_port();
            let config = self.installation.config("messages", port, |config| {
                config.one_time_passwords = Some(sms.clone());
            });
            let mut node = self.installation.start(&config, port, &[(CRASH_AT, point)]);
            node.wait_until_it_answers().await;
            let person = self.person();
            let number = asked(&node.client, &person).await;
            node.assert_killed_itself(point).await;
            // Behind the end of the lease of whoever died.
            let mut node = self.installation.start(&config, port, &[(CLOCK_AHEAD, "120")]);
            node.wait_until_it_answers().await;
            self.installation.assert_answered_once(&person.0, &number, &node).await;
            let telephone = phones.number_of(person.0.iin).unwrap().unwrap().to_owned();
            let taken = AuditAction::MessageTaken;
            until("its message is taken", async || {
                self.times(&number, taken).await == 1 && phones.received(&telephone).len() == came
            })
            .await;
            node.end_gracefully().await;
            assert_eq!(self.times(&number, taken).await, 1, "{point}");
            let received = phones.received(&telephone);
            assert_eq!(received.len(), came, "{point}");
            assert!(received.iter().all(|one| one.text.contains(&number)), "{point}");
        }
        self.installation.assert_integrity();
    }

    /// Everybody's telephone.
    fn phones(&self) -> Arc<Phones> {
        let phone = |(place, (person, _)): (usize, &(DemoPerson, PersonKey))| Phone {
            iin: person.iin,
            name: String::new(),
            number: Some(format!("+7700{:07}", place)),
        };
        let all = self.installation.people.iter().enumerate().map(phone).collect();
        Arc::new(Phones::new(all, Arc::new(now)))
    }

    /// A gateway and the base of numbers, as a configuration names them.
    async fn sms_gateway(&self, phones: &Arc<Phones>) -> PasswordsConfig {
        let token_file = self.installation.folder().join("sms-token");
        std::fs::write(&token_file, "a-token").unwrap();
        let anywhere = "127.0.0.1:0".parse().unwrap();
        let base = MobileBase::bind(anywhere, "a-token", phones.clone()).await.unwrap();
        let gateway = SmsHttpGateway::bind(anywhere, "a-token", phones.clone()).await.unwrap();
        let service = |url| ServiceAtConfig {
            url,
            token_file: Some(token_file.clone()),
            authorities_file: None,
        };
        let config = PasswordsConfig {
            requests: RequestsConfig::Off,
            sign_in: SignInConfig::Off,
            notices: NoticesConfig::On,
            mobile_citizens_base: service(base.url()),
            sender: "1414".to_owned(),
            smpp: None,
            http: Some(service(gateway.url())),
        };
        tokio::spawn(base.serve(std::future::pending()));
        tokio::spawn(gateway.serve(std::future::pending()));
        config
    }

    /// With everything back and no more faults.
    async fn answered_once(&self, person: &DemoPerson, number: &str) {
        self.answered_once_with(&[], person, number).await;
    }

    async fn answered_once_with(&self, clock: &[(&str, &str)], person: &DemoPerson, number: &str) {
        for file in [&self.silence, &self.away] {
            let _ = std::fs::remove_file(file);
        }
        let node = self.node(clock).await;
        self.installation.assert_answered_once(person, number, &node).await;
        node.end_gracefully().await;
    }

    /// How often the journal tells this of a request.
    async fn times(&self, number: &str, action: AuditAction) -> usize {
        let open = self.installation.store().await;
        let rows = open.store.audit_of(&Number::parse(number).unwrap()).await.unwrap();
        open.close().await;
        rows.iter().filter(|row| AuditAction::parse(&row.action) == Some(action)).count()
    }

    async fn assert_chain(&self) {
        let open = self.installation.store().await;
        let rows = open.store.audit_from(1, 100_000).await.unwrap();
        let head = open.store.journal_head().await.unwrap();
        open.close().await;
        verify_chain(&rows, 1, "").unwrap();
        let last = rows.last().unwrap();
        assert_eq!((last.sequence, &last.hash), (head.sequence, &head.hash));
    }

    async fn roots(&self) -> Vec<JournalRoot> {
        let open = self.installation.store().await;
        let roots = open.store.roots().await.unwrap();
        open.close().await;
        roots
    }
}

async fn until_it_waits(node: &Node, number: &str) {
    let waits = async || node.client.request(number).await.unwrap().state == "checking";
    until("the request waits", waits).await;
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
