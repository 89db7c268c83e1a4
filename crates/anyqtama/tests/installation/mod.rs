//! An installation under test: the folder of a demo (keys, people, bank, configuration), and processes of the real
//! program on it, on SQLite or on PostgreSQL.

#![allow(dead_code, reason = "each test file uses its part")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use anyqtama::config::Config;
use anyqtama::demo::client::ApiClient;
use anyqtama::demo::prepare::prepare;
use simulators::authority::{DemoFolder, PersonKey};
use simulators::people::DemoPerson;

const STEP: Duration = Duration::from_millis(20);
/// Names the point at which a process kills itself.
pub const CRASH_AT: &str = "ANYQTAMA_CRASH_AT";

pub struct Installation {
    root: tempfile::TempDir,
    database: String,
    pub people: Vec<(DemoPerson, PersonKey)>,
}

impl Installation {
    /// On the demo's own SQLite file.
    pub async fn on_sqlite() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("demo");
        let anywhere = "127.0.0.1:1".parse().unwrap();
        let prepared = prepare(&folder, anywhere, anywhere).await.unwrap();
        let database = prepared.config.database.url;
        let people = DemoFolder::new(&folder).load().unwrap();
        Self { root, database, people }
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
            &["data-bank", "import", bank, "--provider", "710000000", "--language", "en"],
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
        let mut command = program();
        command.args(words).arg("--config").arg(config).envs(faults.iter().copied());
        command.output().unwrap()
    }

    /// Starts a node and waits until it answers.
    pub async fn node(&self, name: &str, crash_at: Option<&str>) -> Node {
        let port = free_port();
        let config = self.config(name, port, |_| {});
        self.node_with(&config, port, crash_at).await
    }

    /// Starts a node with a configuration.
    pub async fn node_with(&self, config: &Path, port: u16, crash_at: Option<&str>) -> Node {
        let faults: Vec<_> = crash_at.map(|point| (CRASH_AT, point)).into_iter().collect();
        let mut node = self.start(config, port, &faults);
        node.wait_until_it_answers().await;
        node
    }

    /// Starts a node with faults in its environment, which may end it at once.
    pub fn start(&self, config: &Path, port: u16, faults: &[(&str, &str)]) -> Node {
        let mut command = program();
        command.arg("serve").arg("--config").arg(config).stdout(Stdio::null());
        let child = command.envs(faults.iter().copied()).spawn().unwrap();
        let token = std::fs::read_to_string(self.folder().join("api-token")).unwrap();
        let portal = format!("http://127.0.0.1:{port}");
        let client = ApiClient::new(&portal, token.trim()).unwrap();
        Node { child, client, portal }
    }

    /// The whole proof over everything stored.
    pub fn assert_integrity(&self) {
        let config = self.config("audit", free_port(), |_| {});
        let verified = self.run(&["audit", "verify"], &config);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
        let replayed = self.run(&["replay", "--all"], &config);
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_anyqtama"))
}

/// Free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A running process.
pub struct Node {
    child: Child,
    pub client: ApiClient,
    pub portal: String,
}

impl Node {
    pub async fn wait_until_it_answers(&mut self) {
        for _ in 0..3_000 {
            let live = reqwest::get(format!("{}/health/live", self.portal)).await;
            if live.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "the node ended while starting");
            tokio::time::sleep(STEP).await;
        }
        panic!("the node does not answer")
    }

    /// Waits until it says that it can serve: the store answers.
    pub async fn wait_until_ready(&self) {
        for _ in 0..3_000 {
            let ready = reqwest::get(format!("{}/health/ready", self.portal)).await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(STEP).await;
        }
        panic!("the node is not ready")
    }

    /// Waits for a process that ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        for _ in 0..3_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(STEP).await;
        }
        panic!("the node goes on")
    }

    /// SIGKILL: nothing is flushed, closed or rolled back.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: it finishes what it has begun and leaves with success.
    pub async fn end_gracefully(mut self) {
        let own = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(own, rustix::process::Signal::TERM).unwrap();
        assert!(self.ended().await.success());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
    let now = app::Clock::now(&anyqtama::system::SystemClock);
    Some(key.sign(&prepared.document, true, now).unwrap())
}
