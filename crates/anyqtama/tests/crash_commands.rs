//! Commands and people who sign in, with the process killed round every durable step of theirs: imports, backups that
//! are taken in, classes of numbers, technical breaks, sign-in. Whole or not at all, and what is repeated comes right.
//!
//! Next: `crash.rs` for the way of a request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]
#![cfg(feature = "fault-injection")]

mod installation;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyqtama::config::Config;
use anyqtama::wiring;
use app::AuditAction;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Iin, astana_date};
use installation::durable::{BY_COMMANDS, around};
use installation::{CRASH_AT, Installation, Node, asked, assert_killed_itself, free_port, now};
use serde_json::Value;
use simulators::authority::PersonKey;
use simulators::data_bank_file;
use simulators::people::{BankRecord, DemoPerson, GUARDIANSHIPS, population};

/// The installation's people.
const SEED: u64 = 20_261_123;
/// Lines of a department's file.
const LINES: usize = 300;

#[tokio::test]
async fn on_sqlite_a_crash_of_a_command_is_whole_or_not_at_all() {
    let installation = Installation::on_sqlite().await;
    let folder = installation.folder();
    let target = |name: &str| format!("sqlite://{}", folder.join(name).display());
    let targets = [target("restored.db"), target("moved.db")];
    Drill::on(installation, targets).run().await;
}

#[tokio::test]
async fn on_postgres_a_crash_of_a_command_is_whole_or_not_at_all() {
    let server = throwaway_postgres::Cluster::start(throwaway_postgres::Settings::durable());
    let server = server.unwrap();
    let [source, restored, moved] = ["commands", "restored", "moved"].map(|name| {
        server.create_database(name).unwrap();
        server.url(name)
    });
    Drill::on(Installation::on_postgres(&source).await, [restored, moved]).run().await;
}

struct Drill {
    installation: Installation,
    /// Empty databases, to be restored into and moved to.
    targets: [String; 2],
    /// Points at which a process died.
    died: BTreeSet<String>,
}

impl Drill {
    fn on(installation: Installation, targets: [String; 2]) -> Self {
        Self { installation, targets, died: BTreeSet::new() }
    }

    async fn run(mut self) {
        self.answer_somebody().await;
        for when in ["before", "after"] {
            self.challenged(when).await;
            self.signed_in(when).await;
            self.signed_out(when).await;
            self.announced_and_withdrawn(when);
            self.imported(when).await;
            self.new_class(when).await;
        }
        self.imports_killed_from_outside().await;
        self.restored().await;
        self.moved().await;
        self.installation.assert_integrity();
        assert!(self.died.remove("amid:load"));
        assert_eq!(self.died, around(&BY_COMMANDS));
    }

    /// So that there are requests and documents to restore and to move.
    async fn answer_somebody(&self) {
        let node = self.installation.node("first", None).await;
        for person in self.installation.granted().take(2) {
            let number = asked(&node.client, person).await;
            assert_eq!(node.client.answer(&number).await.unwrap().state, "granted");
        }
        node.end_gracefully().await;
    }

    fn config(&self) -> PathBuf {
        self.installation.config("command", free_port(), |_| {})
    }

    /// A configuration on another database.
    fn config_on(&self, url: &str) -> PathBuf {
        self.installation
            .config("target", free_port(), |config| url.clone_into(&mut config.database.url))
    }

    /// Runs a command that is to die at a point.
    fn dies(&mut self, point: &str, words: &[&str], config: &Path) {
        let output = self.installation.run_with(words, config, &[(CRASH_AT, point)]);
        assert_killed_itself(&output, point);
        self.died.insert(point.to_owned());
    }

    fn succeeds(&self, words: &[&str], config: &Path) -> Output {
        let output = self.installation.run(words, config);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words:?}: {told}");
        output
    }

    async fn dying_node(&self, point: &str) -> Node {
        self.installation.node("dying", Some(point)).await
    }

    fn signer(&self) -> (DemoPerson, PersonKey) {
        self.installation.people.first().unwrap().clone()
    }

    /// A one-time text is made, and the process dies round storing it: the next one is as good.
    async fn challenged(&mut self, when: &str) {
        let point = format!("{when}:put_challenge");
        let mut node = self.dying_node(&point).await;
        assert!(Browser::new().get(&node, "/kk/sign-in").await.is_err(), "{point}");
        node.assert_killed_itself(&point).await;
        self.died.insert(point);
        let node = self.installation.node("healthy", None).await;
        let browser = Browser::new();
        let form = browser.form(&node, &self.signer()).await;
        assert_eq!(browser.post(&node, "/kk/sign-in", &form).await.unwrap(), 303);
        node.end_gracefully().await;
    }

    /// A text is signed, and the process dies round opening the session: it opened one session or none.
    async fn signed_in(&mut self, when: &str) {
        let before = self.sign_ins().await;
        let point = format!("{when}:open_session");
        let mut node = self.dying_node(&point).await;
        let browser = Browser::new();
        let form = browser.form(&node, &self.signer()).await;
        assert!(browser.post(&node, "/kk/sign-in", &form).await.is_err(), "{point}");
        node.assert_killed_itself(&point).await;
        self.died.insert(point);
        let opened = usize::from(when == "after");
        assert_eq!(self.sign_ins().await, before + opened);
        let node = self.installation.node("healthy", None).await;
        // Whose answer was lost sends the same again: the text is good once.
        let again = browser.post(&node, "/kk/sign-in", &form).await.unwrap();
        assert_eq!(again, if opened == 0 { 303 } else { 422 });
        if opened == 1 {
            let anew = browser.form(&node, &self.signer()).await;
            assert_eq!(browser.post(&node, "/kk/sign-in", &anew).await.unwrap(), 303);
        }
        assert_eq!(browser.get(&node, "/kk/cabinet").await.unwrap().0, 200);
        node.end_gracefully().await;
        assert_eq!(self.sign_ins().await, before + opened + 1);
    }

    /// A person leaves, and the process dies round ending the session: it goes on or has ended.
    async fn signed_out(&mut self, when: &str) {
        let point = format!("{when}:close_session");
        let mut node = self.dying_node(&point).await;
        let browser = Browser::new();
        let form = browser.form(&node, &self.signer()).await;
        assert_eq!(browser.post(&node, "/kk/sign-in", &form).await.unwrap(), 303);
        let (status, cabinet) = browser.get(&node, "/kk/cabinet").await.unwrap();
        assert_eq!(status, 200);
        let leave = [("token", between(&cabinet, "name=\"token\" value=\"", "\""))];
        assert!(browser.post(&node, "/kk/sign-out", &leave).await.is_err(), "{point}");
        node.assert_killed_itself(&point).await;
        self.died.insert(point);
        let node = self.installation.node("healthy", None).await;
        let stays = when == "before";
        let (status, _) = browser.get(&node, "/kk/cabinet").await.unwrap();
        assert_eq!(status, if stays { 200 } else { 303 });
        if stays {
            assert_eq!(browser.post(&node, "/kk/sign-out", &leave).await.unwrap(), 303);
            assert_eq!(browser.get(&node, "/kk/cabinet").await.unwrap().0, 303);
        }
        node.end_gracefully().await;
    }

    async fn sign_ins(&self) -> usize {
        let open = self.installation.store().await;
        let rows = open.store.audit_from(1, 100_000).await.unwrap();
        open.close().await;
        rows.iter().filter(|row| row.action == AuditAction::SignedIn.code()).count()
    }

    /// An operator announces a technical break and takes it back, and each command dies round storing it.
    fn announced_and_withdrawn(&mut self, when: &str) {
        let config = self.config();
        let at = |hours: i64| (now() + jiff::SignedDuration::from_hours(hours)).to_string();
        let words = ["break", "announce", "--kk", "жаңарту", "--ru", "обновление", "--en"];
        let (from, to) = (at(5), at(6));
        let announce = [&words[..], &["renewal", "--from", &from, "--to", &to]].concat();
        let point = format!("{when}:put_break");
        self.dies(&point, &announce, &config);
        let stored = usize::from(when == "after");
        assert_eq!(self.breaks(&config).len(), stored, "{point}");
        if stored == 0 {
            self.succeeds(&announce, &config);
        }
        let id = self.breaks(&config)[0]["id"].as_str().unwrap().to_owned();
        let withdraw = ["break", "withdraw", &id];
        let point = format!("{when}:withdraw_break");
        self.dies(&point, &withdraw, &config);
        assert_eq!(self.breaks(&config).len(), 1 - stored, "{point}");
        self.installation.run(&withdraw, &config);
        assert!(self.breaks(&config).is_empty(), "{point}");
    }

    fn breaks(&self, config: &Path) -> Vec<Value> {
        let listed = self.succeeds(&["break", "list", "--json"], config);
        serde_json::from_slice(&listed.stdout).unwrap()
    }

    /// A department's file that changes much is taken in, and the command dies round storing it: whole or not at all.
    async fn imported(&mut self, when: &str) {
        let config = self.config();
        let file = self.department_file(when);
        let import = file.import();
        let imports = self.imports().await;
        self.refused(&import, &config);
        let point = format!("{when}:apply_import");
        self.dies(&point, &import, &config);
        let written = when == "after";
        assert_eq!(self.taken_in(&file).await, if written { file.guardians.len() } else { 0 });
        assert_eq!(self.imports().await, imports + usize::from(written), "{point}");
        let again = self.succeeds(&import, &config);
        let summary: Value = serde_json::from_slice(&again.stdout).unwrap();
        let all_are_known = summary["new"] == 0 && summary["changed"] == 0;
        assert_eq!(all_are_known, written, "{point}: {summary}");
        assert_eq!(self.taken_in(&file).await, file.guardians.len(), "{point}");
    }

    /// Looked at first, and taken in under no terms that do not hold.
    fn refused(&self, import: &[&str], config: &Path) {
        let with = |more: &[&str]| self.installation.run(&[import, more].concat(), config);
        let preview: Value = serde_json::from_slice(
            &self.succeeds(&[import, &["--dry-run"]].concat(), config).stdout,
        )
        .unwrap();
        let told = preview["changes"].as_array().unwrap();
        assert!(told.iter().any(|change| change["kept_by"] != Value::Null), "{preview}");
        let own: Vec<&str> =
            import.iter().copied().filter(|word| *word != "--others-records").collect();
        for words in [own.clone(), [&own[..], &["--dry-run"]].concat()] {
            let others = self.installation.run(&words, config);
            assert_eq!(others.status.code(), Some(1));
            assert!(String::from_utf8_lossy(&others.stdout).contains("others_records"));
        }
        assert_eq!(with(&["--previewed", "another"]).status.code(), Some(1));
    }

    /// Killed at moments nobody chose, an import is there as a whole or not at all.
    async fn imports_killed_from_outside(&self) {
        let config = self.config();
        for pause in [150, 300, 450, 600] {
            let file = self.department_file(&format!("pause-{pause}"));
            let mut import = self.installation.command(&file.import(), &config);
            let mut import = import.stdout(Stdio::null()).spawn().unwrap();
            tokio::time::sleep(Duration::from_millis(pause)).await;
            import.kill().unwrap();
            import.wait().unwrap();
            let taken_in = self.taken_in(&file).await;
            assert!([0, file.guardians.len()].contains(&taken_in), "{pause} ms: {taken_in}");
        }
    }

    /// A file in which every guardian has moved.
    fn department_file(&self, name: &str) -> DepartmentFile {
        let people = population(SEED, astana_date(now()), GUARDIANSHIPS).unwrap();
        let address = format!("Семей қаласы, {name} көшесі, 1");
        let (first, rest) = people.records.split_at(LINES);
        // Whose placements are not all in the file would live in two places.
        let is_whole =
            |one: &&BankRecord| rest.iter().all(|other| other.guardian.iin != one.guardian.iin);
        let mut records: Vec<BankRecord> = first.iter().filter(is_whole).cloned().collect();
        for record in &mut records {
            record.guardian.address.clone_from(&address);
        }
        let guardians = records.iter().map(|record| record.guardian.iin).collect();
        let path = self.installation.folder().join(format!("{name}.xlsx"));
        std::fs::write(&path, data_bank_file::xlsx(&records).unwrap()).unwrap();
        DepartmentFile { path: path.to_str().unwrap().to_owned(), address, guardians }
    }

    /// How many of the file's guardians live where the file says.
    async fn taken_in(&self, file: &DepartmentFile) -> usize {
        let open = self.installation.store().await;
        let mut moved = 0;
        for guardian in &file.guardians {
            let record = open.registry.guardian_record(*guardian).await.unwrap();
            moved += usize::from(record.is_some_and(|one| one.guardian.address == file.address));
        }
        open.close().await;
        moved
    }

    async fn imports(&self) -> usize {
        let open = self.installation.store().await;
        let imports = open.registry.import_digests().await.unwrap();
        open.close().await;
        imports.len()
    }

    /// Numbers are to come from another class, and the command dies round storing it.
    async fn new_class(&mut self, when: &str) {
        let config = self.config();
        let classes = self.classes().await;
        let point = format!("{when}:start_number_class");
        self.dies(&point, &["new-number-class"], &config);
        let written = usize::from(when == "after");
        assert_eq!(self.classes().await, classes + written, "{point}");
        self.succeeds(&["new-number-class"], &config);
        assert_eq!(self.classes().await, classes + written + 1, "{point}");
    }

    async fn classes(&self) -> usize {
        let open = self.installation.store().await;
        let classes = open.store.number_classes().await.unwrap();
        open.close().await;
        classes.len()
    }

    /// A backup is taken in, and the command dies before, amid and behind it: the target is empty or has everything.
    async fn restored(&mut self) {
        let folder = self.installation.folder().join("backup");
        let folder = folder.to_str().unwrap();
        self.succeeds(&["backup", folder], &self.config());
        let mut all = requests(&self.config()).await.unwrap();
        // The journal tells of the restoration.
        all[1] += 1;
        let config = self.config_on(&self.targets[0].clone());
        for (point, expected) in
            [("before:load", None), ("amid:load", None), ("after:load", Some(all))]
        {
            self.dies(point, &["restore", folder], &config);
            assert_eq!(requests(&config).await, expected, "{point}");
        }
        let again = self.installation.run(&["restore", folder], &config);
        assert_eq!(again.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&again.stderr).contains("not empty"));
        self.succeeds(&["audit", "verify"], &config);
        self.succeeds(&["replay", "--all"], &config);
    }

    /// Everything moves to another database, and the command dies amid it: the target stays empty.
    async fn moved(&mut self) {
        let source = self.config();
        let config = self.config_on(&self.targets[1].clone());
        let words = ["move", "--to-config", config.to_str().unwrap()];
        self.dies("amid:load", &words, &source);
        assert_eq!(requests(&config).await, None);
        self.succeeds(&words, &source);
        assert_eq!(requests(&config).await, requests(&source).await);
        self.succeeds(&["audit", "verify"], &config);
    }
}

/// How many requests, journal rows and imports a database has; `None` where it has nothing at all.
async fn requests(config: &Path) -> Option<[usize; 3]> {
    let open = wiring::open_store(&Config::load(config).unwrap()).await.unwrap();
    let requests = open.store.numbers_after(None, 100_000).await.unwrap().len();
    let rows = open.store.audit_from(1, 100_000).await.unwrap().len();
    let imports = open.registry.import_digests().await.unwrap().len();
    open.close().await;
    let all = [requests, rows, imports];
    (all != [0; 3]).then_some(all)
}

struct DepartmentFile {
    path: String,
    address: String,
    guardians: BTreeSet<Iin>,
}

impl DepartmentFile {
    fn import(&self) -> [&str; 8] {
        let path = self.path.as_str();
        let provider = "--provider=710000000";
        let reason = "--reason=as the act has it";
        [
            "data-bank",
            "import",
            path,
            provider,
            reason,
            "--language=en",
            "--others-records",
            "--json",
        ]
    }
}

/// A browser without JavaScript.
struct Browser(reqwest::Client);

impl Browser {
    fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().cookie_store(true);
        Self(client.redirect(reqwest::redirect::Policy::none()).build().unwrap())
    }

    async fn get(&self, node: &Node, path: &str) -> reqwest::Result<(u16, String)> {
        let answer = self.0.get(format!("{}{path}", node.portal)).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    async fn post(
        &self,
        node: &Node,
        path: &str,
        fields: &[(&str, String)],
    ) -> reqwest::Result<u16> {
        let request = self.0.post(format!("{}{path}", node.portal)).form(fields);
        Ok(request.send().await?.status().as_u16())
    }

    /// The sign-in form, filled in and signed.
    async fn form(
        &self,
        node: &Node,
        (_, key): &(DemoPerson, PersonKey),
    ) -> Vec<(&'static str, String)> {
        let (status, html) = self.get(node, "/kk/sign-in").await.unwrap();
        assert_eq!(status, 200, "{html}");
        let field = |name: &str| between(&html, &format!("name=\"{name}\" value=\""), "\"");
        let document = STANDARD.decode(between(&html, "data-document=\"", "\"")).unwrap();
        let cms = key.sign(&document, true, now()).unwrap();
        vec![
            ("token", field("token")),
            ("challenge", field("challenge")),
            ("signature", STANDARD.encode(cms)),
        ]
    }
}

/// What stands between two texts, the first time.
fn between(html: &str, start: &str, end: &str) -> String {
    let (_, rest) = html.split_once(start).unwrap();
    rest.split_once(end).unwrap().0.to_owned()
}
