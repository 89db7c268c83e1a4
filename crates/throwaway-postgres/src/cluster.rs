//! One server with its folder: start, stop, kill, start again.

use std::env;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::guard::Guard;
use crate::programs::{self, command, own_folder, run, signal};
use crate::{Error, database};

/// Longest a server may take to come up or to go.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A port found free may be taken a moment later.
const TRIES: u32 = 5;

/// Lines of `postgresql.conf` every throw-away server has.
const ALWAYS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 1000
dynamic_shared_memory_type = mmap
jit = off
wal_level = replica
max_wal_senders = 10
wal_keep_size = '512MB'
hot_standby = on
";

/// Nothing reaches the disk in time; for tests that ask nothing of it.
const FAST: &str = "
fsync = off
full_page_writes = off
synchronous_commit = off
";

/// Lines of `postgresql.conf`.
#[derive(Clone, Debug)]
pub struct Settings(String);

impl Settings {
    /// For tests that never pull the plug: does not wait for the disk.
    #[must_use]
    pub fn fast() -> Self {
        Self(format!("{ALWAYS}{FAST}"))
    }

    /// For tests that do, and for measurements: as PostgreSQL is by itself.
    #[must_use]
    pub fn durable() -> Self {
        Self(ALWAYS.to_owned())
    }

    /// With one more setting, which wins over earlier ones.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push_str(&format!("{name} = '{}'\n", value.replace('\'', "''")));
        self
    }
}

/// A running (or stopped) server. Dropped, it is stopped and its folder removed.
#[derive(Debug)]
pub struct Cluster {
    pub(crate) programs: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
    server: Option<Child>,
    _guard: Guard,
}

impl Cluster {
    /// Makes a cluster in the system's temporary folder and starts it.
    ///
    /// # Errors
    /// [`Error`].
    pub fn start(settings: Settings) -> Result<Self, Error> {
        Self::start_in(&env::temp_dir(), settings)
    }

    /// The same in another folder.
    ///
    /// # Errors
    /// [`Error`].
    pub fn start_in(place: &Path, settings: Settings) -> Result<Self, Error> {
        let mut cluster = Self::in_new_folder(place)?;
        let mut initdb = command(&cluster.programs.join("initdb"));
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]);
        run(initdb.arg("--no-instructions").arg("--pgdata").arg(cluster.data()))?;
        let path = cluster.data().join("postgresql.conf");
        let text = fs::read_to_string(&path)?;
        fs::write(&path, text + &settings.0)?;
        cluster.first_start()?;
        Ok(cluster)
    }

    /// A folder and a guard over it; no server yet.
    pub(crate) fn in_new_folder(place: &Path) -> Result<Self, Error> {
        let programs = programs::folder()?;
        let folder = new_folder(place, "anyqtama-postgres")?;
        let guard = Guard::over(&folder, &folder.join("data/postmaster.pid"))?;
        Ok(Self { programs, folder, port: 0, server: None, _guard: guard })
    }

    /// The first start may draw another port.
    pub(crate) fn first_start(&mut self) -> Result<(), Error> {
        let mut outcome = Ok(());
        for _ in 0..TRIES {
            self.port = free_port()?;
            outcome = self.start_again();
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// Starts a server that was stopped or killed, at its old port, and waits until it answers.
    /// A running one stays as it is.
    ///
    /// # Errors
    /// [`Error::NotUp`].
    pub fn start_again(&mut self) -> Result<(), Error> {
        if self.server.is_some() {
            return Ok(());
        }
        let log = File::options().create(true).append(true).open(self.folder.join("log"))?;
        let mut postgres = command(&self.programs.join("postgres"));
        postgres.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        postgres.process_group(0).stdout(Stdio::null()).stderr(log);
        let server = postgres
            .spawn()
            .map_err(|source| Error::NotRun { program: "postgres".to_owned(), source })?;
        self.server = Some(server);
        self.wait_until_up()
    }

    fn wait_until_up(&mut self) -> Result<(), Error> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let ended = match &mut self.server {
                Some(server) => server.try_wait()?.is_some(),
                None => true,
            };
            if ended {
                break;
            }
            let mut ready = command(&self.programs.join("pg_isready"));
            ready.args(["--quiet", "--host=127.0.0.1", "--port", &self.port.to_string()]);
            if programs::output(&mut ready)?.status.success() {
                return Ok(());
            }
            sleep(LOOK_AGAIN);
        }
        self.kill()?;
        Err(Error::NotUp(fs::read_to_string(self.folder.join("log"))?))
    }

    /// Ends the server without a word to it, as a crash of the machine's kernel would short of the disk: the
    /// postmaster and every process it has. Returns when all are gone.
    ///
    /// # Errors
    /// [`Error::Machine`].
    pub fn kill(&mut self) -> Result<(), Error> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        let children = children_of(server.id());
        server.kill()?;
        server.wait()?;
        signal("KILL", &children)?;
        let begun = Instant::now();
        while children.iter().any(|child| is_process(*child)) && begun.elapsed() < PATIENCE {
            sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Freezes the server with all its processes, as a machine does that hangs or is cut off: connections stay open
    /// and nothing answers. [`Self::thaw`] lets it go on.
    ///
    /// # Errors
    /// [`Error::NotRun`].
    pub fn freeze(&self) -> Result<(), Error> {
        self.signal_all("STOP")
    }

    /// Lets a frozen server go on.
    ///
    /// # Errors
    /// [`Error::NotRun`].
    pub fn thaw(&self) -> Result<(), Error> {
        self.signal_all("CONT")
    }

    /// The postmaster first: afterwards it makes no new process.
    fn signal_all(&self, name: &str) -> Result<(), Error> {
        let Some(server) = &self.server else { return Ok(()) };
        signal(name, &[server.id()])?;
        signal(name, &children_of(server.id()))
    }

    /// Stops the server in good order, ending its sessions.
    ///
    /// # Errors
    /// [`Error::NotRun`].
    pub fn stop(&mut self) -> Result<(), Error> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        signal("INT", &[server.id()])?;
        server.wait()?;
        Ok(())
    }

    /// The address of a database, as superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Its port on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a database.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub fn create_database(&self, name: &str) -> Result<(), Error> {
        self.run_sql("postgres", &format!("CREATE DATABASE {}", database::quoted(name))).map(drop)
    }

    /// Changes a setting of the running server, as far as it takes it without a restart.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub fn set(&self, setting: &str, value: &str) -> Result<(), Error> {
        let value = value.replace('\'', "''");
        self.run_sql("postgres", &format!("ALTER SYSTEM SET {setting} = '{value}'"))?;
        self.run_sql("postgres", "SELECT pg_reload_conf()").map(drop)
    }

    /// Runs one statement as superuser; answers the rows, fields parted by `|`.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub fn run_sql(&self, database: &str, sql: &str) -> Result<String, Error> {
        database::psql(&self.programs, &self.url(database), sql)
    }

    /// What the server wrote down.
    ///
    /// # Errors
    /// [`Error::Machine`].
    pub fn log(&self) -> Result<String, Error> {
        Ok(fs::read_to_string(self.folder.join("log"))?)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A frozen server hears no other signal; what is left over the guard cleans up.
        self.thaw().ok();
        self.stop().ok();
    }
}

/// A folder of its own at a place.
pub(crate) fn new_folder(place: &Path, name: &str) -> Result<PathBuf, Error> {
    let folder = place.join(format!("{name}-{:016x}", random()));
    own_folder(&folder)?;
    Ok(folder)
}

/// Different at each call, in each process.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A port nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16, Error> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Processes whose parent is this one.
fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|process| parent_of(*process) == Some(parent)).collect()
}

/// The field after the state, which follows the name in parentheses.
fn parent_of(process: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

fn is_process(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}
