//! A Debian made afresh in a folder, entered by namespaces of its own: processes end with it, and its ports are nobody
//! else's. Its packages come from where this machine's come from.
//! Knows nothing of the service.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::shell;
use crate::workspace::Workspace;

/// What this machine must have.
const PROGRAMS: [&str; 8] =
    ["dpkg-deb", "ip", "mmdebstrap", "nsenter", "openssl", "pgrep", "strip", "unshare"];
const RELEASE: &str = "bookworm";
/// An archive of the release's base is made anew after so long.
const BASE_LASTS: Duration = Duration::from_secs(7 * 24 * 3_600);

/// What keeps this machine from it, if anything does.
pub fn lacks(workspace: &Workspace) -> Option<String> {
    let root = shell::text_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root {
        return Some("only root can make another root folder".to_owned());
    }
    let missing: Vec<_> =
        PROGRAMS.into_iter().filter(|name| !workspace.has_program(name)).collect();
    if !missing.is_empty() {
        return Some(format!("missing: {}", missing.join(", ")));
    }
    let mut own = Command::new("unshare");
    let own = own.args(["--mount", "--pid", "--net", "--fork", "true"]).output();
    (!own.is_ok_and(|output| output.status.success()))
        .then(|| "no namespaces can be made".to_owned())
}

/// A Debian.
pub struct Debian {
    root: PathBuf,
    /// The first of its processes: with it all others end.
    first: Child,
    inside: String,
}

impl Debian {
    /// Unpacks the base and enters it.
    pub fn fresh(workspace: &Workspace, place: &Path) -> Result<Self> {
        let base = base(workspace, place)?;
        let root = place.join("root");
        if root.exists() {
            fs::remove_dir_all(&root).context("the Debian of before cannot be removed")?;
        }
        fs::create_dir_all(&root)?;
        let mut tar = workspace.program("tar");
        shell::run(
            tar.args(["--extract", "--numeric-owner", "--file"])
                .arg(&base)
                .arg("--directory")
                .arg(&root),
        )?;
        // Nothing is started while packages are installed: nothing is configured then.
        let policy = root.join("usr/sbin/policy-rc.d");
        fs::write(&policy, "#!/bin/sh\nexit 101\n")?;
        fs::set_permissions(&policy, fs::Permissions::from_mode(0o755))?;
        let _ = fs::remove_file(root.join("etc/resolv.conf"));
        fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf"))?;
        for (name, text) in [
            ("etc/hosts", "127.0.0.1 localhost anyqtama.example.kz\n"),
            ("etc/hostname", "anyqtama\n"),
            ("etc/dpkg/dpkg.cfg.d/quick", "force-unsafe-io\n"),
        ] {
            fs::write(root.join(name), text)?;
        }
        let script = "set -e; ip link set lo up; mount --bind \"$0\" \"$0\"; mount -t proc proc \"$0/proc\"; \
            mount -t tmpfs tmpfs \"$0/run\"; mount -t tmpfs tmpfs \"$0/tmp\"; mount --rbind /dev \"$0/dev\"; echo in; exec sleep infinity";
        let mut first = Command::new("unshare");
        first.args(["--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", script]);
        let mut first = first.arg(&root).stdout(Stdio::piped()).spawn()?;
        let mut word = [0; 3];
        let out = first.stdout.as_mut().context("no standard output")?;
        std::io::Read::read_exact(out, &mut word).context("the Debian cannot be entered")?;
        let inside =
            shell::text_of(Command::new("pgrep").args(["--parent", &first.id().to_string()]))?;
        let debian = Self { root, first, inside: inside.trim().to_owned() };
        Ok(debian)
    }

    /// A place in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Copies a folder into it.
    pub fn bring(&self, from: &Path, to: &str) -> Result<()> {
        let target = self.path(to);
        fs::create_dir_all(target.parent().unwrap_or(&self.root))?;
        shell::run(
            Command::new("cp")
                .args(["--recursive", "--no-target-directory"])
                .arg(from)
                .arg(&target),
        )
    }

    /// Copies a program into it.
    pub fn bring_program(&self, from: &Path, to: &str) -> Result<()> {
        let target = self.path(to);
        fs::copy(from, &target)?;
        Ok(fs::set_permissions(&target, fs::Permissions::from_mode(0o755))?)
    }

    /// Runs commands as root in it, and stops at the first that fails. What fetches packages reaches where they are.
    pub fn run(&self, commands: &str) -> Result<()> {
        let fetches = commands.contains("apt-get update");
        let mut enter = self.enter(fetches);
        enter.arg("chroot").arg(&self.root).args(["env", "-i", "HOME=/root", "LC_ALL=C.UTF-8"]);
        enter.arg("PATH=/usr/sbin:/usr/bin:/sbin:/bin").arg("DEBIAN_FRONTEND=noninteractive");
        for (name, value) in
            std::env::vars().filter(|(name, _)| name.to_lowercase().ends_with("_proxy"))
        {
            enter.arg(format!("{name}={value}"));
        }
        enter.args(["bash", "-euo", "pipefail", "-c", commands]);
        let status = enter.stdin(Stdio::null()).status().context("the Debian cannot be entered")?;
        if !status.success() {
            let log = fs::read_to_string(self.path("var/log/anyqtama.log")).unwrap_or_default();
            let last: Vec<_> = log.lines().rev().take(20).collect();
            for line in last.iter().rev() {
                println!("| {line}");
            }
        }
        ensure!(status.success(), "these commands ended with {status}:\n{commands}");
        Ok(())
    }

    /// A program of this machine at the network of that one.
    pub fn beside(&self, workspace: &Workspace, program: &str) -> Command {
        let mut command = workspace.program("nsenter");
        command.args(["--target", &self.inside, "--net", program]);
        command
    }

    fn enter(&self, with_network: bool) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.inside, "--mount", "--pid"]);
        if !with_network {
            command.arg("--net");
        }
        command
    }
}

impl Drop for Debian {
    fn drop(&mut self) {
        let _ = self.first.kill();
        let _ = self.first.wait();
    }
}

/// The release's smallest base, by this machine's own sources.
fn base(workspace: &Workspace, place: &Path) -> Result<PathBuf> {
    let base = place.join(format!("{RELEASE}.tar"));
    let made = fs::metadata(&base).and_then(|metadata| metadata.modified());
    let age = made.ok().and_then(|made| made.elapsed().ok());
    if age.is_some_and(|age| age < BASE_LASTS) {
        return Ok(base);
    }
    let sources = sources()?;
    let unfinished = place.join("unfinished.tar");
    let mut command = workspace.program("mmdebstrap");
    command.args(["--quiet", "--variant=apt", "--mode=root", "--include=ca-certificates"]);
    for option in acquire_options()? {
        command.arg(format!("--aptopt={option}"));
    }
    command.arg(RELEASE).arg(&unfinished).stdin(Stdio::piped());
    command.arg("-");
    let mut child = command.spawn().context("mmdebstrap does not start")?;
    let mut input = child.stdin.take().context("no standard input")?;
    std::io::Write::write_all(&mut input, sources.as_bytes())?;
    drop(input);
    ensure!(child.wait()?.success(), "mmdebstrap ended with a fault");
    fs::rename(&unfinished, &base)?;
    Ok(base)
}

/// How this machine's apt fetches: by a proxy, from a copy of an earlier day.
fn acquire_options() -> Result<Vec<String>> {
    let all = shell::text_of(Command::new("apt-config").arg("dump"))?;
    let wanted = ["Acquire::Check-", "Acquire::http::", "Acquire::https::"];
    let lines = all.lines().filter(|line| wanted.iter().any(|start| line.starts_with(start)));
    Ok(lines.map(|line| line.trim_end_matches(';').to_owned()).collect())
}

/// Debian's own archives among this machine's sources.
fn sources() -> Result<String> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(entries) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    let mut lines = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("list") => {
                lines.extend(text.lines().filter(|line| is_debians(line)).map(str::to_owned))
            }
            Some("sources") => lines.extend(of_stanzas(&text)),
            _ => {}
        }
    }
    ensure!(!lines.is_empty(), "no source of Debian's own packages was found under /etc/apt");
    Ok(lines.join("\n") + "\n")
}

fn is_debians(line: &str) -> bool {
    line.trim_start().starts_with("deb ") && line.contains("debian") && line.contains(RELEASE)
}

/// One line for each stanza of the newer form.
fn of_stanzas(text: &str) -> Vec<String> {
    let stanza = |stanza: &str| {
        let value = |key: &str| {
            let line = stanza.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.strip_prefix(':')?.trim().to_owned())
        };
        let (uris, suites) = (value("URIs")?, value("Suites")?);
        let components = value("Components").unwrap_or_else(|| "main".to_owned());
        let lines = uris.split_whitespace().flat_map(|uri| {
            let line = |suite: &str| format!("deb {uri} {suite} {components}");
            suites.split_whitespace().map(line).collect::<Vec<_>>()
        });
        Some(lines.collect::<Vec<_>>())
    };
    text.split("\n\n").filter_map(stanza).flatten().filter(|line| is_debians(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_debians_own_sources_are_taken() {
        let text = "Types: deb\n# a word\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\n\
                    Types: deb\nURIs: https://others.example/x\nSuites: bookworm\nComponents: main\n";
        assert_eq!(
            of_stanzas(text),
            [
                "deb http://mirror.example/debian bookworm main",
                "deb http://mirror.example/debian bookworm-updates main"
            ]
        );
    }
}
