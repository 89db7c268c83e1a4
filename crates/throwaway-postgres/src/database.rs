//! A fresh database for one test, on a server shared by all of them or started for this process.

use std::env;
use std::fs::File;
use std::path::Path;
use std::sync::OnceLock;

use crate::cluster::random;
use crate::programs::{self, command, run};
use crate::{Cluster, Error, Settings};

/// Names the server shared by all tests: the address of a superuser's database on it.
pub const SERVER_VARIABLE: &str = "ANYQTAMA_TEST_POSTGRES";

/// The server of this process, where none is shared.
static OWN: OnceLock<Result<Cluster, Error>> = OnceLock::new();

/// An empty database. Dropped, it is removed with whatever sessions it has.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

/// Makes an empty database on the server of [`SERVER_VARIABLE`], or on one started once for this process.
///
/// # Errors
/// [`Error`]; a test without its server fails.
pub fn database() -> Result<Database, Error> {
    Database::create(server()?, "template1")
}

/// A database that begins as all under this name do: as the first who wanted one filled it. He is given the address of an
/// empty one and leaves no connection to it; hundreds of tests need not make the same tables.
///
/// # Errors
/// [`Error`].
pub async fn database_like<F: Future<Output = ()>>(
    pattern: &str,
    fill: impl FnOnce(String) -> F,
) -> Result<Database, Error> {
    let server = server()?;
    let lock = File::create(env::temp_dir().join(format!("anyqtama-{pattern}.lock")))?;
    lock.lock()?;
    let programs = programs::folder()?;
    let find = format!("SELECT 1 FROM pg_database WHERE datname = '{pattern}'");
    if psql(&programs, &server, &find)?.trim().is_empty() {
        let filled = Database::create(server.clone(), "template1")?;
        fill(filled.url()).await;
        let rename =
            format!("ALTER DATABASE {} RENAME TO {}", quoted(&filled.name), quoted(pattern));
        psql(&programs, &server, &rename)?;
    }
    drop(lock);
    Database::create(server, pattern)
}

fn server() -> Result<String, Error> {
    env::var(SERVER_VARIABLE).or_else(|_| own_server())
}

fn own_server() -> Result<String, Error> {
    match OWN.get_or_init(|| Cluster::start(Settings::fast())) {
        Ok(cluster) => Ok(cluster.url("postgres")),
        Err(error) => Err(Error::NotUp(error.to_string())),
    }
}

impl Database {
    fn create(server: String, pattern: &str) -> Result<Self, Error> {
        let name = format!("test_{:016x}", random());
        let create = format!("CREATE DATABASE {} TEMPLATE {}", quoted(&name), quoted(pattern));
        psql(&programs::folder()?, &server, &create)?;
        Ok(Self { server, name })
    }

    /// Its address, as superuser.
    #[must_use]
    pub fn url(&self) -> String {
        let before_name = self.server.rsplit_once('/').map_or("", |(before, _)| before);
        format!("{before_name}/{}", self.name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port of its server.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let (before_name, _) = self.server.rsplit_once('/')?;
        before_name.rsplit_once(':')?.1.parse().ok()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let remove = format!("DROP DATABASE {} WITH (FORCE)", quoted(&self.name));
        // What cannot be removed goes with its server.
        programs::folder().and_then(|programs| psql(&programs, &self.server, &remove)).ok();
    }
}

/// A name as SQL writes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// One statement by PostgreSQL's own client; answers the rows, fields parted by `|`.
pub(crate) fn psql(programs: &Path, url: &str, sql: &str) -> Result<String, Error> {
    let mut psql = command(&programs.join("psql"));
    psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]);
    run(psql.args(["--dbname", url, "--command", sql]))
}
