//! The package on a clean Debian: `docs/operate.md` run block by block in a root folder made afresh, the journey over nginx,
//! and an upgrade while people ask.
//! Knows no command of the document; what it adds is the operator's material, something that plays systemd, and the people.
//! Next: `document.rs`, `debian.rs`.

mod debian;
mod document;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::package::{self, Options};
use crate::shell;
use crate::workspace::Workspace;
use debian::Debian;

/// The document that is run.
const DOCUMENT: &str = "docs/operate.md";
/// Behind the block of this section the journey is walked; during that one, people ask all the time.
const CHECK: &str = "8. Check";
const UPGRADE: &str = "10. Upgrade";
/// People ask for so long before the upgrade and after it.
const AROUND: Duration = Duration::from_secs(2);
/// How many walk the journey: all the demo has, and after secrets were changed only a few.
const EVERYBODY: u32 = 100;
const SOME: u32 = 2;
const VERSION: &str = "1.0.0-1";
const NEXT_VERSION: &str = "1.0.1-1";

/// Runs everything; answers a closing line.
pub fn run(workspace: &Workspace) -> Result<String> {
    if let Some(lacks) = debian::lacks(workspace) {
        let told = format!("     Package: SKIPPED, {lacks}");
        println!("{told}");
        return Ok(told);
    }
    let started = Instant::now();
    let place = workspace.in_target("installed");
    let material = material(workspace, &place)?;
    let debian = Debian::fresh(workspace, &place)?;
    debian.bring(&material, "srv/material")?;
    for (version, folder) in [(VERSION, "srv/packages"), (NEXT_VERSION, "srv/packages/next")] {
        pack(workspace, version, &debian.path(folder))?;
    }
    debian.bring_program(&workspace.root().join("tests/package/systemctl"), "usr/bin/systemctl")?;
    let blocks = document::blocks(&fs::read_to_string(workspace.root().join(DOCUMENT))?)?;
    for section in [CHECK, UPGRADE] {
        ensure!(blocks.iter().any(|one| one.section == section), "{DOCUMENT} lacks `{section}`");
    }
    let journey = Journey { workspace, debian: &debian, material: &material };
    for block in &blocks {
        println!("-- {}", block.section);
        if block.section == UPGRADE {
            // The package's own script replaces the running version from now on.
            debian.run("mkdir -p /run/systemd/system && rm /usr/sbin/policy-rc.d")?;
            journey.during(&place.join("stop"), || debian.run(&block.text))?;
        } else {
            debian.run(&block.text)?;
        }
        if block.section == CHECK {
            journey.once(EVERYBODY)?;
        }
    }
    journey.once(SOME)?;
    drop(debian);
    // Of use only where something failed.
    fs::remove_dir_all(place.join("root"))?;
    let seconds = started.elapsed().as_secs();
    Ok(format!(
        "     Package: {} blocks of {DOCUMENT} run on a clean Debian in {seconds} s",
        blocks.len()
    ))
}

/// The debug program under a release's name: what is tried is how it is installed.
fn pack(workspace: &Workspace, version: &str, out: &Path) -> Result<()> {
    fs::create_dir_all(out)?;
    let options = Options {
        program: Some(workspace.binary()),
        version: Some(version.to_owned()),
        out: Some(out.to_owned()),
        uncompressed: true,
        twice: false,
    };
    package::build(workspace, &options)?;
    Ok(())
}

/// What others give an operator, here by the demo's authority: anchors, lists, seals, providers, records; people's keys.
fn material(workspace: &Workspace, place: &Path) -> Result<PathBuf> {
    let folder = place.join("material");
    let addresses = folder.join("addresses.json");
    let _ = fs::remove_file(&addresses);
    fs::create_dir_all(place)?;
    let mut demo = workspace.program(workspace.binary());
    demo.args(["demo", "--listen", "127.0.0.1:0", "--signer-listen", "127.0.0.1:0"]);
    demo.args(["--phone-listen", "127.0.0.1:0", "--phones-listen", "127.0.0.1:0"]);
    demo.arg("--data").arg(&folder).stdout(Stdio::null());
    let mut demo = Ended(demo.spawn().context("the demo does not start")?);
    let patience = Instant::now();
    while !addresses.exists() {
        ensure!(demo.0.try_wait()?.is_none(), "the demo ended");
        ensure!(patience.elapsed() < Duration::from_secs(120), "the demo is not there in time");
        thread::sleep(Duration::from_millis(100));
    }
    drop(demo);
    fs::copy(workspace.root().join("data/providers.toml"), folder.join("providers.toml"))?;
    fs::create_dir_all(folder.join("tls"))?;
    let mut openssl = workspace.program("openssl");
    openssl.current_dir(folder.join("tls")).args(["req", "-x509", "-newkey", "rsa:2048", "-nodes"]);
    openssl.args(["-days", "90", "-subj", "/CN=anyqtama.example.kz", "-keyout", "privkey.pem"]);
    openssl.args(["-addext", "subjectAltName=DNS:anyqtama.example.kz", "-out", "fullchain.pem"]);
    shell::text_of(&mut openssl)?;
    Ok(folder)
}

/// A process that ends with whoever started it.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// People at their own machines.
struct Journey<'a> {
    workspace: &'a Workspace,
    debian: &'a Debian,
    material: &'a Path,
}

impl Journey<'_> {
    fn once(&self, people: u32) -> Result<()> {
        shell::run(self.command().arg("once").arg(people.to_string()))
    }

    /// They ask before, during and after what is done.
    fn during(&self, stop: &Path, done: impl FnOnce() -> Result<()>) -> Result<()> {
        let _ = fs::remove_file(stop);
        let people = self.command().arg("until").arg(stop).spawn();
        let mut people = Ended(people.context("nobody asks")?);
        thread::sleep(AROUND);
        let outcome = done();
        thread::sleep(AROUND);
        fs::write(stop, "")?;
        let ended = people.0.wait()?;
        outcome?;
        if !ended.success() {
            bail!("requests were lost while the version was replaced");
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = self.debian.beside(self.workspace, "python3");
        command.arg(self.workspace.root().join("tests/package/journey.py"));
        command.env("JOURNEY_BINARY", self.workspace.binary());
        command.env("JOURNEY_MATERIAL", self.material);
        command.env("JOURNEY_TOKEN", self.debian.path("etc/anyqtama/api-token"));
        command
    }
}
