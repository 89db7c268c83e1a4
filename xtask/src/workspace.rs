//! Where things lie: the checkout, cargo's target folder and what the chores keep in it.
//! Knows no step and no rule. Next: `tools.rs`, which fills the tools folder.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// `-D warnings`, as `cargo clippy` hands it on.
const DENY_WARNINGS: &str = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";

/// The checkout and its target folder.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
    metadata: Value,
}

impl Workspace {
    /// Asks cargo.
    pub fn find() -> Result<Self> {
        let mut cargo = Self::cargo_program();
        cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
        let text = shell::text_of(&mut cargo)?;
        let metadata: Value = serde_json::from_str(&text).context("cargo metadata is no JSON")?;
        let folder = |key: &str| -> Result<PathBuf> {
            let path = metadata.get(key).and_then(Value::as_str);
            Ok(PathBuf::from(path.with_context(|| format!("cargo metadata lacks {key}"))?))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")?, metadata })
    }

    /// Top of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What cargo says of the workspace's own crates.
    pub fn metadata(&self) -> &Value {
        &self.metadata
    }

    /// A place under cargo's target folder.
    pub fn in_target(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    /// The one binary, as the tests are built with it.
    pub fn binary(&self) -> PathBuf {
        self.in_target("debug/anyqtama")
    }

    /// Python with the pinned packages.
    pub fn python(&self) -> PathBuf {
        self.in_target("tools/venv/bin/python")
    }

    /// A program run at the top of the checkout, with the installed tools first in the search path.
    pub fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.root).env("PATH", self.search_path());
        command
    }

    /// The cargo that runs this chore.
    pub fn cargo(&self) -> Command {
        let mut command = Self::cargo_program();
        command.current_dir(&self.root).env("PATH", self.search_path());
        command
    }

    /// The same cargo, with clippy compiling what is ours: `cargo clippy` checks every crate the workspace stands on once more,
    /// and throws away what it made. Here what was looked at is what is tested.
    pub fn linting_cargo(&self) -> Command {
        let mut command = self.cargo();
        command
            .env("RUSTC_WORKSPACE_WRAPPER", Self::clippy_driver())
            .env("CLIPPY_ARGS", DENY_WARNINGS);
        command
    }

    /// A program that must be found among the installed tools or on the machine.
    pub fn has_program(&self, name: &str) -> bool {
        env::split_paths(&self.search_path()).any(|folder| folder.join(name).is_file())
    }

    fn cargo_program() -> Command {
        Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// It lies beside the cargo that runs this chore.
    fn clippy_driver() -> PathBuf {
        let beside = Path::new(Self::cargo_program().get_program()).with_file_name("clippy-driver");
        if beside.is_file() { beside } else { PathBuf::from("clippy-driver") }
    }

    fn search_path(&self) -> std::ffi::OsString {
        let own = self.in_target("tools/bin");
        let given = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(own).chain(env::split_paths(&given));
        env::join_paths(folders).unwrap_or(given)
    }
}
