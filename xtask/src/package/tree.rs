//! What lies where in the Debian package, and what dpkg is told of it.
//! Knows nothing of building. Next: `sbom.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;
use crate::workspace::Workspace;

/// Files of the repository, where they go, and their rights.
const FILES: [(&str, &str); 17] = [
    ("data/operations/systemd/anyqtama.service", "lib/systemd/system/anyqtama.service"),
    ("data/operations/systemd/anyqtama.socket", "lib/systemd/system/anyqtama.socket"),
    ("anyqtama.example.toml", "etc/anyqtama/anyqtama.toml"),
    ("data/operations/Containerfile", "usr/share/anyqtama/Containerfile"),
    ("data/operations/nginx.conf", "usr/share/anyqtama/nginx.conf"),
    ("data/providers.toml", "usr/share/anyqtama/providers.toml"),
    ("data/successors.toml", "usr/share/anyqtama/successors.toml"),
    ("data/working-days.toml", "usr/share/anyqtama/working-days.toml"),
    ("data/operations/debian/copyright", "usr/share/doc/anyqtama/copyright"),
    ("docs/operate.md", "usr/share/doc/anyqtama/operate.md"),
    ("docs/commands.md", "usr/share/doc/anyqtama/commands.md"),
    ("docs/many-nodes.md", "usr/share/doc/anyqtama/many-nodes.md"),
    ("docs/seal-keys.md", "usr/share/doc/anyqtama/seal-keys.md"),
    ("docs/master-key.md", "usr/share/doc/anyqtama/master-key.md"),
    ("docs/backup.md", "usr/share/doc/anyqtama/backup.md"),
    ("docs/data-bank-file.md", "usr/share/doc/anyqtama/data-bank-file.md"),
    ("docs/proof.md", "usr/share/doc/anyqtama/proof.md"),
];
/// What dpkg runs.
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];
/// What an operator changes and an upgrade leaves alone.
const CONFFILES: &str = "/etc/anyqtama/anyqtama.toml\n";
const MAINTAINER: &str = "The Anyqtama contributors <anyqtama@example.kz>";

/// A package that is laid out.
pub struct Tree<'a> {
    /// Where everything comes from.
    pub workspace: &'a Workspace,
    /// Where it is laid out.
    pub root: &'a Path,
    /// The program.
    pub program: &'a Path,
    /// Version of the package.
    pub version: &'a str,
    /// The time of everything, in seconds.
    pub epoch: u64,
}

impl Tree<'_> {
    /// Lays the files out; answers the architecture.
    pub fn lay(&self) -> Result<String> {
        if self.root.exists() {
            fs::remove_dir_all(self.root)?;
        }
        for (from, to) in FILES {
            self.put(&self.workspace.root().join(from), to, 0o644)?;
        }
        let program = self.root.join("usr/bin/anyqtama");
        self.put(self.program, "usr/bin/anyqtama", 0o755)?;
        shell::run(Command::new("strip").arg("--strip-unneeded").arg(&program))?;
        for name in SCRIPTS {
            let script = self.workspace.root().join("data/operations/debian").join(name);
            self.put(&script, &format!("DEBIAN/{name}"), 0o755)?;
        }
        self.changelog()?;
        Ok(shell::text_of(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned())
    }

    /// Everything dpkg reads.
    pub fn describe(&self, architecture: &str) -> Result<()> {
        self.write("DEBIAN/conffiles", CONFFILES)?;
        let kilobytes = shell::text_of(Command::new("du").args(["-sk"]).arg(self.root))?;
        let kilobytes = kilobytes.split_whitespace().next().unwrap_or_default().to_owned();
        let control = format!(
            "Package: anyqtama\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\n\
             Installed-Size: {kilobytes}\nDepends: adduser, init-system-helpers (>= 1.54), {libraries}\n\
             Recommends: ca-certificates\nSuggests: nginx, postgresql\nSection: web\nPriority: optional\n\
             Description: certificates on guardianship and custodianship of children\n \
             The state service of Kazakhstan that gives guardians their certificates, fully\n \
             automatically: portal, worker, check page, and the commands of an operator.\n .\n \
             How to bring it to work stands in /usr/share/doc/anyqtama/operate.md.\n",
            version = self.version,
            libraries = self.libraries()?,
        );
        self.write("DEBIAN/control", &control)?;
        let sums = "find . -path ./DEBIAN -prune -o -type f -printf '%P\\0' | sort -z | xargs -0 md5sum > DEBIAN/md5sums";
        shell::text_of(Command::new("sh").current_dir(self.root).args(["-c", sums]))?;
        self.set_rights("DEBIAN/md5sums", 0o644)
    }

    /// The packages of the libraries the program is linked with.
    fn libraries(&self) -> Result<String> {
        let place = self.root.join("debian");
        fs::create_dir_all(&place)?;
        fs::write(
            place.join("control"),
            "Source: anyqtama\n\nPackage: anyqtama\nArchitecture: any\n",
        )?;
        let mut command = Command::new("dpkg-shlibdeps");
        command.current_dir(self.root).args(["-O", "-eusr/bin/anyqtama"]);
        let told = shell::text_of(&mut command);
        fs::remove_dir_all(&place)?;
        let told = told?;
        let line = told.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
        Ok(line.context("dpkg-shlibdeps names no libraries")?.to_owned())
    }

    fn changelog(&self) -> Result<()> {
        let mut date = Command::new("date");
        date.env("LC_ALL", "C").args(["-u", "-R", "-d", &format!("@{}", self.epoch)]);
        let text = format!(
            "anyqtama ({}) unstable; urgency=medium\n\n  * See CHANGELOG.md of the program.\n\n -- {MAINTAINER}  {}\n",
            self.version,
            shell::text_of(&mut date)?.trim()
        );
        let path = "usr/share/doc/anyqtama/changelog.Debian";
        self.write(path, &text)?;
        shell::text_of(Command::new("gzip").arg("-9n").arg(self.root.join(path)))?;
        Ok(())
    }

    fn put(&self, from: &Path, to: &str, rights: u32) -> Result<()> {
        let place = self.root.join(to);
        make_folder_of(&place)?;
        fs::copy(from, &place).with_context(|| format!("cannot pack {}", from.display()))?;
        self.set_rights(to, rights)
    }

    fn write(&self, to: &str, text: &str) -> Result<()> {
        let place = self.root.join(to);
        make_folder_of(&place)?;
        fs::write(&place, text)?;
        self.set_rights(to, 0o644)
    }

    fn set_rights(&self, path: &str, rights: u32) -> Result<()> {
        Ok(fs::set_permissions(self.root.join(path), fs::Permissions::from_mode(rights))?)
    }
}

/// With the rights that folders of a package have, whatever this account's are.
fn make_folder_of(place: &Path) -> Result<()> {
    let Some(folder) = place.parent() else { return Ok(()) };
    if folder.exists() {
        return Ok(());
    }
    make_folder_of(folder)?;
    fs::create_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?)
}
