//! PgBouncer before a server, handing its connections out by the transaction.

use std::env;
use std::fs::{self, File};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cluster::{free_port, new_folder};
use crate::guard::Guard;
use crate::programs::{command, in_path, signal};
use crate::{Cluster, Error};

const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A running PgBouncer. Dropped, it is stopped.
#[derive(Debug)]
pub struct Pooler {
    port: u16,
    folder: PathBuf,
    process: Child,
    _guard: Guard,
}

impl Pooler {
    /// Starts PgBouncer in transaction mode before a server, with that many connections to it per database.
    ///
    /// # Errors
    /// [`Error`].
    pub fn start(server: &Cluster, connections: u32) -> Result<Self, Error> {
        Self::before(server.port, connections)
    }

    /// The same before the server at a port of loopback.
    ///
    /// # Errors
    /// [`Error`].
    pub fn before(server_port: u16, connections: u32) -> Result<Self, Error> {
        let bin = in_path("pgbouncer").ok_or(Error::NotInstalled("pgbouncer", "pgbouncer"))?;
        let folder = new_folder(&env::temp_dir(), "anyqtama-pgbouncer")?;
        let guard = Guard::over(&folder, &folder.join("pid"))?;
        let port = free_port()?;
        let place = folder.display();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={server_port}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {place}/users\npidfile = {place}/pid\n\
             pool_mode = transaction\ndefault_pool_size = {connections}\nmax_client_conn = 500\n\
             server_login_retry = 1\n"
        );
        fs::write(folder.join("pgbouncer.ini"), settings)?;
        fs::write(folder.join("users"), "\"postgres\" \"\"\n")?;
        let log = File::create(folder.join("log"))?;
        let mut pgbouncer = command(&bin.join("pgbouncer"));
        pgbouncer.arg(folder.join("pgbouncer.ini"));
        pgbouncer.process_group(0).stdout(Stdio::null()).stderr(log);
        let process = pgbouncer
            .spawn()
            .map_err(|source| Error::NotRun { program: "pgbouncer".to_owned(), source })?;
        let mut pooler = Self { port, folder, process, _guard: guard };
        pooler.wait_until_up()?;
        Ok(pooler)
    }

    fn wait_until_up(&mut self) -> Result<(), Error> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && self.process.try_wait()?.is_none() {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            sleep(LOOK_AGAIN);
        }
        Err(Error::NotUp(fs::read_to_string(self.folder.join("log"))?))
    }

    /// The address of a database through the pooler.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        signal("INT", &[self.process.id()]).ok();
        self.process.wait().ok();
    }
}
