//! Where tests keep what they throw away: in memory where there is room, since hundreds of databases come and go, and a disk's
//! file system would take more time over their files than the tests take. Knows no test. Next: `test.rs`.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use anyhow::{Context, Result};

use crate::shell;
use crate::workspace::Workspace;

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";
/// What must be free there, in megabytes.
const ROOM_MB: u64 = 6_000;
const NAME: &str = "anyqtama-tests-";

/// A folder that is removed with whatever is left in it.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one, and removes those of runs that were killed.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        let place = if has_room(workspace) { PathBuf::from(MEMORY) } else { env::temp_dir() };
        remove_abandoned(&place);
        let folder = place.join(format!("{NAME}{}", process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn has_room(workspace: &Workspace) -> bool {
    let mut df = workspace.program("df");
    let said = shell::text_of(df.args(["--output=avail", "--block-size=1M", MEMORY]));
    said.is_ok_and(|said| free_mb(&said).is_some_and(|free| free >= ROOM_MB))
}

/// The second line of what `df` says, under its head.
fn free_mb(said: &str) -> Option<u64> {
    said.lines().nth(1)?.trim().parse().ok()
}

fn remove_abandoned(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let run = entry.file_name().to_str().and_then(|name| name.strip_prefix(NAME)?.parse().ok());
        if run.is_some_and(|run: u32| !Path::new(&format!("/proc/{run}")).exists()) {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_read_under_its_head() {
        assert_eq!(free_mb(" Avail\n 23456\n"), Some(23_456));
        assert_eq!(free_mb("df: no such file\n"), None);
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_a_running_one_uses_is_not() {
        let place = env::temp_dir().join(format!("scratch-of-{}", process::id()));
        let [mine, gone] = [process::id(), u32::MAX].map(|run| place.join(format!("{NAME}{run}")));
        for folder in [&mine, &gone] {
            fs::create_dir_all(folder).unwrap();
        }
        remove_abandoned(&place);
        assert!(mine.exists() && !gone.exists());
        fs::remove_dir_all(place).unwrap();
    }
}
