//! An installation as an operator would have it: folder, database, data bank, a configuration for each node.
//!
//! Read next: `nodes.rs` for the processes on it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use anyqtama::config::Config;
use anyqtama::demo::prepare::prepare;
use anyqtama::system::SystemClock;
use app::Clock;
use throwaway_postgres::{Cluster, Settings};

use crate::people::{Person, furnish};
use crate::status::READERS;
use crate::{Database, Options, accounts};

/// The department in whose name the data bank's file is entered.
const ENTERED_BY: &str = "710000000";
const SERVER: &str = "postgres";

/// Everything the load needs, before any process serves.
pub struct Installation {
    folder: PathBuf,
    program: PathBuf,
    config: Config,
    /// The server, where there is one.
    pub cluster: Option<Cluster>,
    /// Who asks.
    pub people: Vec<Person>,
    // Removed last, when nobody uses it any more.
    _root: tempfile::TempDir,
}

impl Installation {
    /// Prepares folder, keys, database and data bank.
    pub async fn prepare(options: &Options) -> Result<Self> {
        let root = tempfile::tempdir()?;
        let folder = root.path().join("installation");
        let anywhere = ([127, 0, 0, 1], 1).into();
        let mut config = prepare(&folder, anywhere, anywhere).await?.config;
        let (people, file) = furnish(&folder, options.people + READERS, SystemClock.now())?;
        let cluster = match options.database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start(server_settings(options)?)?),
        };
        config.database.url = match &cluster {
            None => format!("sqlite://{}", folder.join("load.db").display()),
            Some(cluster) => cluster.url(SERVER),
        };
        config.portal.notice = None;
        config.worker.parallel = options.workers;
        if options.unsealed {
            config.personal_data = None;
        }
        if let Some(waiting_max) = options.waiting_max {
            config.limits.waiting_max = waiting_max;
        }
        let program = options.program.clone();
        let installation = Self { folder, program, config, cluster, people, _root: root };
        installation.fill_data_bank(&file)?;
        Ok(installation)
    }

    fn fill_data_bank(&self, file: &[u8]) -> Result<()> {
        let path = self.folder.join("load.xlsx");
        std::fs::write(&path, file)?;
        let config = self.config_file("import", 1)?;
        let mut import = self.command(&config, &["data-bank", "import"]);
        import.arg(&path).args(["--provider", ENTERED_BY, "--others-records"]);
        for mut command in [self.command(&config, &["migrate"]), import] {
            let output = command.output().with_context(|| self.program.display().to_string())?;
            ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Writes the configuration of a node that listens at a port.
    pub fn config_file(&self, name: &str, port: u16) -> Result<PathBuf> {
        let mut config = self.config.clone();
        config.portal.listen = ([127, 0, 0, 1], port).into();
        let path = self.folder.join(format!("{name}.toml"));
        std::fs::write(&path, toml::to_string(&config)?)?;
        Ok(path)
    }

    /// A command of the program with a configuration.
    pub fn command(&self, config: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--config").arg(config);
        command
    }

    /// The secret of API clients.
    pub fn token(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.folder.join("api-token"))?.trim().to_owned())
    }

    /// Address of the database.
    pub fn database_url(&self) -> &str {
        &self.config.database.url
    }

    /// The first process of the database server.
    pub fn postgres(&self) -> Result<Option<u32>> {
        let Some(cluster) = &self.cluster else { return Ok(None) };
        let select = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
        let checkpointer = cluster.run_sql(SERVER, select)?.trim().parse()?;
        accounts::parent_of(checkpointer).map(Some)
    }

    /// The database with its version.
    pub fn database(&self) -> Result<String> {
        let Some(cluster) = &self.cluster else { return Ok("SQLite".to_owned()) };
        let version = cluster.run_sql(SERVER, "SHOW server_version")?;
        let version = version.split_whitespace().next().unwrap_or_default();
        Ok(format!("PostgreSQL {version}"))
    }

    /// Size of the database in megabytes.
    pub fn size_megabytes(&self) -> Result<u64> {
        match &self.cluster {
            None => Ok(std::fs::metadata(self.folder.join("load.db"))?.len() / 1_000_000),
            Some(cluster) => {
                let size =
                    cluster.run_sql(SERVER, "SELECT pg_database_size(current_database())")?;
                Ok(size.trim().parse::<u64>()? / 1_000_000)
            }
        }
    }
}

/// As PostgreSQL is by itself, with the memory and the log size that its own manual advises for a server of this size.
fn server_settings(options: &Options) -> Result<Settings> {
    let settings = Settings::durable().with("shared_buffers", "1GB").with("max_wal_size", "4GB");
    options.server_setting.iter().try_fold(settings, |settings, given| {
        let (name, value) = given.split_once('=').context("--server-setting needs NAME=VALUE")?;
        Ok(settings.with(name, value))
    })
}
