//! What the tests need beyond Rust: Debian packages, cargo-nextest, a Python with pyHanko, the browser's driver, an
//! identity provider, an SMSC.
//! Installs only what is missing, so that a second run takes seconds. Knows no test. Next: `test.rs`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;
use crate::workspace::Workspace;

/// Programs (or files) the tests use, and the Debian package each comes with.
const NEEDED: [(Proof, &str); 19] = [
    (Proof::Program("cc"), "build-essential"),
    (Proof::Program("chromium"), "chromium"),
    (Proof::File("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"), "fonts-dejavu-core"),
    (Proof::Program("git"), "git"),
    (Proof::Program("ip"), "iproute2"),
    (Proof::OpensslEngine("gost"), "libengine-gost-openssl"),
    (Proof::Program("mmdebstrap"), "mmdebstrap"),
    (Proof::Program("openssl"), "openssl"),
    (Proof::Program("pdfsig"), "poppler-utils"),
    (Proof::File("/usr/sbin/pgbouncer"), "pgbouncer"),
    (Proof::Postgres, "postgresql"),
    (Proof::Program("promtool"), "prometheus"),
    (Proof::Program("python3"), "python3"),
    (Proof::PythonModule("ensurepip"), "python3-venv"),
    (Proof::Program("qpdf"), "qpdf"),
    (Proof::Program("softhsm2-util"), "softhsm2"),
    (Proof::Program("xmllint"), "libxml2-utils"),
    (Proof::Program("xmlsec1"), "xmlsec1"),
    (Proof::Program("zbarimg"), "zbar-tools"),
];

/// Folders with npm packages: the browser's driver, and a certified identity provider.
const NPM_FOLDERS: [&str; 3] = ["tests/browser", "tests/identity-provider", "tests/sms"];

const NEXTEST_VERSION: &str = "0.9.143";

/// How one sees that a package is there, on whatever distribution.
enum Proof {
    Program(&'static str),
    File(&'static str),
    PythonModule(&'static str),
    OpensslEngine(&'static str),
    /// Any version: its programs are in no search path.
    Postgres,
}

impl Proof {
    fn holds(&self, workspace: &Workspace) -> bool {
        match self {
            Self::Program(name) => workspace.has_program(name),
            Self::File(path) => Path::new(path).is_file(),
            Self::PythonModule(name) => system_python()
                .args(["-c", &format!("import {name}")])
                .output()
                .is_ok_and(|output| output.status.success()),
            // It ends well even where there is no such engine, and says so.
            Self::OpensslEngine(name) => Command::new("openssl")
                .args(["engine", name])
                .output()
                .is_ok_and(|output| output.stdout.starts_with(format!("({name})").as_bytes())),
            Self::Postgres => throwaway_postgres::is_installed(),
        }
    }
}

/// Brings the machine to where every step can run.
pub fn install(workspace: &Workspace) -> Result<()> {
    debian_packages(workspace)?;
    nextest(workspace)?;
    python_packages(workspace)?;
    for folder in NPM_FOLDERS {
        npm_packages(workspace, folder)?;
    }
    Ok(())
}

/// Tests must not be left out for want of a tool here, and find the pinned Python.
pub fn in_test_surroundings<'a>(
    workspace: &Workspace,
    command: &'a mut Command,
) -> &'a mut Command {
    command.env("ANYQTAMA_REQUIRE_TOOLS", "1").env("ANYQTAMA_PYTHON", workspace.python())
}

fn debian_packages(workspace: &Workspace) -> Result<()> {
    let mut missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(proof, _)| !proof.holds(workspace))
        .map(|(_, package)| *package)
        .collect();
    if !workspace.has_program("node") {
        missing.push("nodejs");
    }
    if !workspace.has_program("npm") {
        missing.push("npm");
    }
    if missing.is_empty() {
        println!("Debian packages: all there");
        return Ok(());
    }
    if !workspace.has_program("apt-get") {
        bail!("missing, and there is no apt-get to install them with: {}", missing.join(", "));
    }
    shell::run(as_root(workspace, "apt-get").args(["update", "--quiet"]))?;
    let mut apt = as_root(workspace, "apt-get");
    apt.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(missing);
    shell::run(&mut apt)
}

fn as_root(workspace: &Workspace, program: &str) -> Command {
    let root = shell::text_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if root {
        workspace.program("env")
    } else {
        let mut command = workspace.program("sudo");
        command.arg("env");
        command
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", program]);
    command
}

/// Built unoptimised, because the runner waits for the tests and not the tests for the runner, and without what fetches new
/// versions of it.
fn nextest(workspace: &Workspace) -> Result<()> {
    if workspace.has_program("cargo-nextest") {
        println!("cargo-nextest: there");
        return Ok(());
    }
    let mut cargo = workspace.cargo();
    cargo.args(["install", "--locked", "--debug", "cargo-nextest", "--version", NEXTEST_VERSION]);
    cargo.args(["--no-default-features", "--features", "default-no-update"]);
    cargo.arg("--root").arg(workspace.in_target("tools"));
    shell::run(
        cargo
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TARGET_DIR", workspace.in_target("tools/build")),
    )
}

fn python_packages(workspace: &Workspace) -> Result<()> {
    let wanted = workspace.root().join("xtask/requirements.txt");
    let mark = workspace.in_target("tools/venv/requirements.txt");
    if same_text(&wanted, &mark) {
        println!("Python packages: all there");
        return Ok(());
    }
    shell::run(
        system_python().args(["-m", "venv", "--clear"]).arg(workspace.in_target("tools/venv")),
    )?;
    let mut pip = workspace.program(workspace.python());
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--requirement",
    ]);
    shell::run(pip.arg(&wanted))?;
    copy(&wanted, &mark)
}

fn npm_packages(workspace: &Workspace, folder: &str) -> Result<()> {
    let path = workspace.root().join(folder);
    let wanted = path.join("package-lock.json");
    let mark = path.join("node_modules/.installed-lock.json");
    if same_text(&wanted, &mark) {
        println!("npm packages of {folder}: all there");
        return Ok(());
    }
    let mut npm = workspace.program("npm");
    npm.current_dir(&path).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.env("PUPPETEER_SKIP_DOWNLOAD", "1").env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    shell::run(&mut npm)?;
    copy(&wanted, &mark)
}

/// Debian's own Python where there is one: a version manager's may lack `venv`.
fn system_python() -> Command {
    let debian = Path::new("/usr/bin/python3");
    Command::new(if debian.is_file() { debian } else { Path::new("python3") })
}

fn same_text(one: &Path, other: &Path) -> bool {
    match (fs::read(one), fs::read(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot write {}", to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_cannot_be_read_are_never_the_same() {
        let absent = Path::new("no/such/file");
        assert!(!same_text(absent, absent));
    }

    #[test]
    fn a_python_module_that_does_not_exist_is_seen_as_missing() {
        let workspace = Workspace::find().unwrap();
        assert!(!Proof::PythonModule("no_such_module_here").holds(&workspace));
    }

    #[test]
    fn tests_are_told_that_no_tool_may_be_missing() {
        let workspace = Workspace::find().unwrap();
        let mut command = Command::new("true");
        in_test_surroundings(&workspace, &mut command);
        let named: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
        assert!(named.contains(&"ANYQTAMA_REQUIRE_TOOLS".into()));
        assert!(named.contains(&"ANYQTAMA_PYTHON".into()));
    }
}
