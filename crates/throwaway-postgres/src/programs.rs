//! Finding PostgreSQL's programs and running them as somebody they accept: they refuse to run as root.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::Error;

/// Where Debian puts each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The account Debian's package makes.
const ACCOUNT: &str = "postgres";

/// The folder with the newest server's programs.
pub(crate) fn folder() -> Result<PathBuf, Error> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let newest = versions
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .max_by_key(|folder| version(folder));
    newest.or_else(|| in_path("initdb")).ok_or(Error::NotInstalled("initdb", "postgresql"))
}

/// Whether a server can be started on this machine at all.
#[must_use]
pub fn is_installed() -> bool {
    folder().is_ok()
}

fn version(bin: &Path) -> u32 {
    let name = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).unwrap_or(0)
}

/// The folder of PATH that has a program; the system's own folders are looked into as well.
pub(crate) fn in_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(system).find(|folder| folder.join(program).is_file())
}

/// A command that runs as an account the servers accept; its process is the program itself.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // A setting of whoever runs the tests must not lead a throw-away server's programs to a real one.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("PG")) {
            command.env_remove(name);
        }
    }
    command.current_dir("/").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    command
}

/// Runs a program to its end and hands back what it wrote; a failure carries its words.
pub(crate) fn run(command: &mut Command) -> Result<String, Error> {
    let output = output(command)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Error::Failed { program: name(command), said })
}

/// Runs a program to its end, whatever that is.
pub(crate) fn output(command: &mut Command) -> Result<Output, Error> {
    command.output().map_err(|source| Error::NotRun { program: name(command), source })
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Sends processes a signal (`KILL`, `STOP`, …), by the shell's own `kill`; those gone already are no failure.
pub(crate) fn signal(name: &str, processes: &[u32]) -> Result<(), Error> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "name=$1; shift; for each; do kill -s \"$name\" \"$each\"; done", "signal"]);
    output(shell.arg(name).args(processes.iter().map(ToString::to_string))).map(drop)
}

/// Makes a folder that belongs to whoever the servers run as.
pub(crate) fn own_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path)?;
    if is_root() {
        run(Command::new("chown").arg(format!("{ACCOUNT}:")).arg(path))?;
    }
    run(Command::new("chmod").arg("700").arg(path)).map(drop)
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
