//! An installation under test: the folder of a demo (keys, people, bank, configuration), and processes of the real
//! program on it, on SQLite or on PostgreSQL.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod durable;
mod prepared;

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use anyqtama::config::Config;
use anyqtama::demo::client::{ApiClient, RequestAnswer, SubmissionAnswer};
use anyqtama::wiring::{self, OpenStore};
use app::NoticeKind;
use prepared::prepared;
use rustix::process::{Pid, Signal, kill_process};
use simulators::authority::{Authority, DemoFolder, PersonKey};
use simulators::people::{DemoPerson, Expected};

const STEP: Duration = Duration::from_millis(20);
/// A minute of steps: longer waits nobody for anything.
const STEPS: u32 = 3_000;
/// Names the point at which a process kills itself.
pub const CRASH_AT: &str = "ANYQTAMA_CRASH_AT";
/// Names points at which a process waits while a file is there.
pub const HOLD_AT: &str = "ANYQTAMA_HOLD_AT";
const SIGKILL: i32 = 9;

pub struct Installation {
    root: tempfile::TempDir,
    database: String,
    pub authority: Authority,
    pub people: Vec<(DemoPerson, PersonKey)>,
}

impl Installation {
    /// On the demo's own SQLite file.
    pub async fn on_sqlite() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("demo");
        let anywhere = "127.0.0.1:1".parse().unwrap();
        let prepared = prepared(&folder, anywhere).await;
        let database = prepared.config.database.url;
        let people = DemoFolder::new(&folder).load().unwrap();
        Self { root, database, authority: prepared.authority, people }
    }

    /// On a PostgreSQL database, with the same data bank.
    pub async fn on_postgres(url: &str) -> Self {
        let mut installation = Self::on_sqlite().await;
        installation.database = url.to_owned();
        let config = installation.config("import", free_port(), |_| {});
        let migrated = installation.run(&["migrate"], &config);
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        let bank = installation.folder().join("data-bank.xlsx");
        let bank = bank.to_str().unwrap();
        let imported = installation.run(
            &["data-bank", "import", bank, "--provider", "710000000", "--others-records"],
            &config,
        );
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
        installation
    }

    /// From now on everything runs on another database.
    pub fn use_database(&mut self, url: &str) {
        url.clone_into(&mut self.database);
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join("demo")
    }

    /// A configuration of this installation for a node.
    pub fn config(&self, name: &str, port: u16, change: impl FnOnce(&mut Config)) -> PathBuf {
        let mut config = Config::load(&self.folder().join("anyqtama.toml")).unwrap();
        config.database.url.clone_from(&self.database);
        config.portal.listen = format!("127.0.0.1:{port}").parse().unwrap();
        config.worker.lease_seconds = 2;
        change(&mut config);
        let path = self.folder().join(format!("{name}.toml"));
        std::fs::write(&path, toml::to_string(&config).unwrap()).unwrap();
        path
    }

    /// Runs a command of the program to its end.
    pub fn run(&self, words: &[&str], config: &Path) -> Output {
        self.run_with(words, config, &[])
    }

    /// The same, with faults in its environment.
    pub fn run_with(&self, words: &[&str], config: &Path, faults: &[(&str, &str)]) -> Output {
        self.command(words, config).envs(faults.iter().copied()).output().unwrap()
    }

    /// A command of the program, not run yet.
    pub fn command(&self, words: &[&str], config: &Path) -> Command {
        let mut command = program();
        command.args(words).arg("--config").arg(config);
        command
    }

    /// Starts a node and waits until it answers.
    pub async fn node(&self, name: &str, crash_at: Option<&str>) -> Node {
        let faults: Vec<_> = crash_at.map(|point| (CRASH_AT, point)).into_iter().collect();
        self.faulty_node(name, &faults).await
    }

    /// The same, with faults in its environment.
    pub async fn faulty_node(&self, name: &str, faults: &[(&str, &str)]) -> Node {
        let port = free_port();
        let config = self.config(name, port, |_| {});
        let mut node = self.start(&config, port, faults);
        node.wait_until_it_answers().await;
        node
    }

    /// Starts a node that has no worker and waits until it answers.
    pub async fn node_without_worker(&self, name: &str) -> Node {
        let port = free_port();
        let config = self.config(name, port, |_| {});
        let mut serve = serve(&config);
        serve.arg("--no-worker");
        let mut node = self.node_of(serve, port);
        node.wait_until_it_answers().await;
        node
    }

    /// Starts a node with a configuration.
    pub async fn node_with(&self, config: &Path, port: u16) -> Node {
        let mut node = self.start(config, port, &[]);
        node.wait_until_it_answers().await;
        node
    }

    /// Starts a node with faults in its environment, which may end it at once.
    pub fn start(&self, config: &Path, port: u16, faults: &[(&str, &str)]) -> Node {
        let mut serve = serve(config);
        serve.envs(faults.iter().copied());
        self.node_of(serve, port)
    }

    /// Starts a node by a command of its own.
    pub fn node_of(&self, mut serve: Command, port: u16) -> Node {
        let process = Process(serve.spawn().unwrap());
        let token = std::fs::read_to_string(self.folder().join("api-token")).unwrap();
        let portal = format!("http://127.0.0.1:{port}");
        let client = ApiClient::new(&portal, token.trim()).unwrap();
        Node { process, client, portal }
    }

    /// Starts a worker alone.
    pub fn worker(&self, name: &str, faults: &[(&str, &str)]) -> Process {
        let config = self.config(name, free_port(), |_| {});
        let mut command = program();
        command.arg("worker").arg("--config").arg(config).envs(faults.iter().copied());
        Process(command.spawn().unwrap())
    }

    /// People with a certificate to be given, each with his key.
    pub fn granted(&self) -> impl Iterator<Item = &(DemoPerson, PersonKey)> + Clone {
        let is_granted = |person: &DemoPerson| matches!(person.expected, Expected::Granted { .. });
        self.people.iter().filter(move |(person, _)| is_granted(person))
    }

    /// What is stored, past all nodes.
    pub async fn store(&self) -> OpenStore {
        let path = self.config("look", free_port(), |_| {});
        wiring::open_store(&Config::load(&path).unwrap()).await.unwrap()
    }

    /// What the applicant was told about a request.
    pub async fn notices(&self, person: &DemoPerson, number: &str) -> Vec<NoticeKind> {
        let open = self.store().await;
        let told = open.store.notices_of(person.iin, 100).await.unwrap();
        open.close().await;
        told.iter().filter(|one| one.number.as_str() == number).map(|one| one.notice.kind).collect()
    }

    /// Requires a request's answer to be there once: one step of each kind, one result for each ward, one notice.
    pub async fn assert_answered_once(&self, person: &DemoPerson, number: &str, node: &Node) {
        let answer = node.client.answer(number).await.unwrap();
        assert_once(number, person, &answer);
        let told = self.notices(person, number).await;
        let answered = told.iter().filter(|kind| **kind == NoticeKind::Answered).count();
        assert_eq!(answered, 1, "{number}: told once");
    }

    /// The whole proof over everything stored.
    pub fn assert_integrity(&self) {
        self.assert_integrity_with(|_| {});
    }

    /// The same, with something else configured.
    pub fn assert_integrity_with(&self, change: impl FnOnce(&mut Config)) {
        let config = self.config("audit", free_port(), change);
        let verified = self.run(&["audit", "verify"], &config);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
        let replayed = self.run(&["replay", "--all"], &config);
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_anyqtama"))
}

/// `serve` with a configuration, not run yet.
pub fn serve(config: &Path) -> Command {
    let mut command = program();
    command.arg("serve").arg("--config").arg(config).stdout(Stdio::null());
    command
}

/// Free a moment ago.
pub fn free_port() -> u16 {
    // Not among those that connections going out are given: a node that was killed would find its own taken by one of
    // them when it starts again.
    loop {
        let port = rand::random_range(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Looks again and again, a minute at most.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..STEPS {
        if is_so().await {
            return;
        }
        tokio::time::sleep(STEP).await;
    }
    panic!("{what}: it does not come to it")
}

/// A file that holds whoever comes to a point as long as it is there.
pub struct Hold {
    file: PathBuf,
    /// As the environment names it.
    pub at: String,
}

impl Hold {
    pub fn at(installation: &Installation, point: &str, name: &str) -> Self {
        let file = installation.folder().join(format!("hold-{name}"));
        std::fs::write(&file, "").unwrap();
        let at = format!("{point}={}", file.display());
        Self { file, at }
    }

    fn marker(&self) -> PathBuf {
        let mut marker = self.file.clone().into_os_string();
        marker.push(".reached");
        marker.into()
    }

    /// Waits until somebody is held.
    pub async fn reached(&self) {
        until(&self.at, async || self.marker().exists()).await;
    }

    /// Lets everybody go on.
    pub fn release(&self) {
        std::fs::remove_file(&self.file).unwrap();
    }

    /// Holds those who come from now on.
    pub fn hold_again(&self) {
        let _ = std::fs::remove_file(self.marker());
        std::fs::write(&self.file, "").unwrap();
    }
}

/// A running process.
pub struct Process(Child);

impl Process {
    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it goes on.
    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Waits for it to end by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        for _ in 0..STEPS {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(STEP).await;
        }
        panic!("the process goes on")
    }

    /// SIGKILL: nothing is flushed, closed or rolled back.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM, and nobody waits.
    pub fn terminate(&self) {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
    }

    /// SIGTERM: it finishes what it has begun and leaves with success.
    pub async fn end_gracefully(mut self) {
        self.terminate();
        assert!(self.ended().await.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running process that answers over HTTP.
pub struct Node {
    pub process: Process,
    pub client: ApiClient,
    pub portal: String,
}

impl Node {
    pub async fn wait_until_it_answers(&mut self) {
        for _ in 0..STEPS {
            let live = reqwest::get(format!("{}/health/live", self.portal)).await;
            if live.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(self.process.is_running(), "the node ended while starting");
            tokio::time::sleep(STEP).await;
        }
        panic!("the node does not answer")
    }

    /// Waits until it says that it can serve: the store answers.
    pub async fn wait_until_ready(&self) {
        until("ready", async || {
            let ready = reqwest::get(format!("{}/health/ready", self.portal)).await;
            ready.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Requires it to have killed itself.
    pub async fn assert_killed_itself(&mut self, point: &str) {
        let died = self.process.ended().await;
        assert_eq!(died.signal(), Some(SIGKILL), "{point}: {died}");
    }

    /// SIGKILL.
    pub fn kill(self) {
        self.process.kill();
    }

    /// SIGTERM.
    pub async fn end_gracefully(self) {
        self.process.end_gracefully().await;
    }
}

/// Requires a command to have killed itself.
pub fn assert_killed_itself(output: &Output, point: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(SIGKILL), "{point}: {told}");
}

/// The signed request of a person.
pub async fn signed(client: &ApiClient, person: &DemoPerson, key: &PersonKey) -> Option<Vec<u8>> {
    let body = serde_json::json!({
        "applicant_iin": person.iin.digits(),
        "language": "kk",
        "wards": "all",
        "consents": { "restricted_data": true, "protected_secret": true },
    });
    let prepared = client.draft(&body).await.ok()?;
    Some(key.sign(&prepared.document, true, now()).unwrap())
}

pub fn now() -> jiff::Timestamp {
    app::Clock::now(&anyqtama::system::SystemClock)
}

/// Submits, and requires it to be accepted.
pub async fn accepted(client: &ApiClient, key: &str, cms: &[u8]) -> String {
    match client.submit(key, cms).await.unwrap() {
        SubmissionAnswer::Accepted(number) => number,
        SubmissionAnswer::Rejected(problem) => panic!("{key}: {}", problem.code),
    }
}

/// A new request of a person.
pub async fn asked(client: &ApiClient, (person, key): &(DemoPerson, PersonKey)) -> String {
    let cms = signed(client, person, key).await.unwrap();
    accepted(client, &format!("{}-{}", person.slug, now().as_nanosecond()), &cms).await
}

/// The history has each step of the answer once; results are one per ward.
pub fn assert_once(what: &str, person: &DemoPerson, answer: &RequestAnswer) {
    let Expected::Granted { .. } = &person.expected else { panic!("granted people only") };
    assert_eq!(answer.state, "granted", "{what}");
    for action in ["registered", "decided", "intended"] {
        let times = answer.history.iter().filter(|line| line.action == action).count();
        assert_eq!(times, 1, "{what}: {action}");
    }
    let issued = answer.history.iter().filter(|line| line.action == "issued").count();
    assert_eq!(issued, answer.results.len(), "{what}: issued");
    let mut numbers: Vec<_> = answer.results.iter().map(|one| &one.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), answer.results.len(), "{what}: each answer once");
    assert!(!numbers.is_empty(), "{what}");
}
