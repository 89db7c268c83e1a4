//! `cargo xtask package`: the program for release, and the Debian package with it, under `target/package`.
//! Knows nothing of how it is installed. Next: `tree.rs` (what lies where), `sbom.rs`, `../installed/mod.rs` (the test).

mod sbom;
mod tree;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::shell;
use crate::workspace::Workspace;

/// What lintian asks of packages in Debian's own archive: a report that somebody wants it, and a page of the manual, in whose
/// place `docs/commands.md` stands.
const NOT_OURS: [&str; 2] = ["initial-upload-closes-no-bugs", "no-manual-page"];

/// What is packed.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// Pack this program instead of building one for release.
    #[arg(long)]
    pub program: Option<PathBuf>,
    /// Version of the package; that of the workspace with `-1` behind it by default.
    #[arg(long)]
    pub version: Option<String>,
    /// Folder for the package; `target/package` by default.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Leave the package large, which takes seconds less.
    #[arg(long)]
    pub uncompressed: bool,
    /// Build the program in two folders and require the same bytes; packs nothing.
    #[arg(long, conflicts_with_all = ["program", "version", "out", "uncompressed"])]
    pub twice: bool,
}

/// Builds, packs and lets lintian judge.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.twice {
        return twice(workspace);
    }
    let package = build(workspace, options)?;
    println!("{}", package.display());
    verify_units(workspace)?;
    if options.uncompressed {
        return Ok(());
    }
    lint(workspace, &package)
}

/// systemd's own judge of its files, where it is there. The program is named as something that is on this machine.
fn verify_units(workspace: &Workspace) -> Result<()> {
    if !workspace.has_program("systemd-analyze") {
        println!("SKIPPED: systemd-analyze is not installed, so nobody judged the units");
        return Ok(());
    }
    let folder = workspace.in_target("package/units");
    fs::create_dir_all(&folder)?;
    let mut analyze = workspace.program("systemd-analyze");
    analyze.arg("verify");
    for name in ["anyqtama.service", "anyqtama.socket"] {
        let unit = workspace.root().join("data/operations/systemd").join(name);
        let unit = fs::read_to_string(unit)?.replace("/usr/bin/anyqtama", "/usr/bin/true");
        fs::write(folder.join(name), unit)?;
        analyze.arg(folder.join(name));
    }
    shell::run(&mut analyze)
}

/// The package.
pub fn build(workspace: &Workspace, options: &Options) -> Result<PathBuf> {
    let program = match &options.program {
        Some(program) => program.clone(),
        None => release(workspace.root(), &workspace.in_target("package/build"))?,
    };
    let own = version_of_workspace(workspace)?;
    let version = options.version.clone().unwrap_or_else(|| format!("{own}-1"));
    let out = options.out.clone().unwrap_or_else(|| workspace.in_target("package"));
    let epoch = commit_time(workspace.root())?;
    let root = out.join(format!("tree-{version}"));
    let laid = tree::Tree { workspace, root: &root, program: &program, version: &version, epoch };
    let architecture = laid.lay()?;
    sbom::write(workspace, &root.join("usr/share/doc/anyqtama/sbom.cdx.json"), epoch)?;
    laid.describe(&architecture)?;
    let package = out.join(format!("anyqtama_{version}_{architecture}.deb"));
    let mut deb = workspace.program("dpkg-deb");
    deb.args(["--root-owner-group", "--build"]);
    deb.arg(if options.uncompressed { "-Znone" } else { "-Zxz" });
    deb.arg(&root).arg(&package).env("SOURCE_DATE_EPOCH", epoch.to_string());
    shell::run(&mut deb)?;
    fs::remove_dir_all(&root)?;
    Ok(package)
}

/// The program for release, with no folder of this machine in it.
fn release(root: &Path, target: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--locked", "--release", "--package", "anyqtama"]);
    cargo.env("CARGO_TARGET_DIR", target).env("RUSTFLAGS", without_folders(root, target)?);
    cargo.env("SOURCE_DATE_EPOCH", commit_time(root)?.to_string());
    // C parts of libraries name their files, too.
    cargo.env("CFLAGS", format!("-ffile-prefix-map={}=/cargo", cargo_home()?.display()));
    shell::run(&mut cargo)?;
    Ok(target.join("release/anyqtama"))
}

fn without_folders(root: &Path, target: &Path) -> Result<String> {
    let given = env::var("RUSTFLAGS").unwrap_or_default();
    let home = cargo_home()?;
    // Of several that fit, the last counts.
    let folders = [(home.as_path(), "/cargo"), (root, "/anyqtama"), (target, "/target")];
    let remap =
        |(path, name): &(&Path, &str)| format!("--remap-path-prefix={}={name}", path.display());
    let all: Vec<String> = folders.iter().map(remap).collect();
    Ok(format!("{given} {}", all.join(" ")).trim().to_owned())
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    Ok(PathBuf::from(env::var_os("HOME").context("neither CARGO_HOME nor HOME is set")?)
        .join(".cargo"))
}

/// Two builds of the last commit, in two folders.
fn twice(workspace: &Workspace) -> Result<()> {
    let mut digests = Vec::new();
    for name in ["package/one", "package/another-folder"] {
        let folder = workspace.in_target(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let root = folder.parent().context("target/package")?;
        fs::create_dir_all(root)?;
        let mut clone = workspace.program("git");
        clone.args(["clone", "--quiet", "--shared"]).arg(workspace.root()).arg(&folder);
        shell::run(&mut clone)?;
        let program = release(&folder, &folder.join("target"))?;
        let digest = shell::text_of(Command::new("sha256sum").arg(&program))?;
        digests.push(digest.split(' ').next().unwrap_or_default().to_owned());
        println!("{name}: {digest}");
    }
    ensure!(digests.windows(2).all(|pair| pair.first() == pair.last()), "the bytes differ");
    println!("two builds in two folders have the same bytes");
    Ok(())
}

fn version_of_workspace(workspace: &Workspace) -> Result<String> {
    let packages = workspace.metadata().get("packages").and_then(Value::as_array);
    let ours =
        packages.into_iter().flatten().find(|one| one.get("name") == Some(&"anyqtama".into()));
    let version = ours.and_then(|one| one.get("version")).and_then(Value::as_str);
    Ok(version.context("cargo metadata names no version of anyqtama")?.to_owned())
}

/// Of the last commit, in seconds: the time everything in the package bears.
fn commit_time(root: &Path) -> Result<u64> {
    let mut git = Command::new("git");
    let told = shell::text_of(git.current_dir(root).args(["log", "-1", "--format=%ct"]))?;
    told.trim().parse().context("git tells no time of the last commit")
}

/// Debian's own judge, where it is there.
fn lint(workspace: &Workspace, package: &Path) -> Result<()> {
    if !workspace.has_program("lintian") {
        println!("SKIPPED: lintian is not installed, so nobody judged the package");
        return Ok(());
    }
    let mut lintian = workspace.program("lintian");
    lintian.args(["--fail-on", "error,warning", "--suppress-tags", NOT_OURS.join(",").as_str()]);
    shell::run(lintian.arg(package))
}
