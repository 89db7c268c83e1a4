//! The demo's folder: everything it needs, made once a day, because birthdays in it are counted from today.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::civil::Date;

/// Tells a folder of ours from somebody else's.
const MARK: &str = "demo-day";

/// A folder of the demo.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// Whether the folder is ready or to be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Of today.
    Today,
    /// New, or emptied because it was of another day.
    Fresh,
}

impl Folder {
    /// Opens a folder, empties it if it is a demo of another day, and makes it if it is not there.
    pub fn open(path: &Path, today: Date) -> Result<(Self, Age)> {
        let folder = Self(std::path::absolute(path)?);
        let mark = folder.path(MARK);
        match std::fs::read_to_string(&mark) {
            Ok(day) if day.trim() == today.to_string() => return Ok((folder, Age::Today)),
            Ok(_) => std::fs::remove_dir_all(&folder.0)?,
            Err(_) if is_empty(&folder.0) => {}
            Err(_) => bail!(
                "{} is not empty and no demo made it; choose another folder with --data",
                folder.0.display()
            ),
        }
        std::fs::create_dir_all(&folder.0)
            .with_context(|| format!("cannot make {}", folder.0.display()))?;
        Ok((folder, Age::Fresh))
    }

    /// Marks the folder as ready: the last step, so that a demo that was broken off begins anew.
    pub fn finish(&self, today: Date) -> Result<()> {
        self.write(MARK, format!("{today}\n").as_bytes())
    }

    /// Marks the folder as ours while it is being filled.
    pub fn begin(&self) -> Result<()> {
        self.write(MARK, b"being made\n")
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file inside.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name);
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_folder_is_kept_for_its_day_and_made_anew_on_the_next() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("demo");
        let (folder, age) = Folder::open(&path, date(2026, 11, 23)).unwrap();
        assert_eq!(age, Age::Fresh);
        folder.begin().unwrap();
        folder.write("something", b"x").unwrap();
        let (folder, age) = Folder::open(&path, date(2026, 11, 23)).unwrap();
        assert_eq!(age, Age::Fresh, "it was broken off while being made");
        folder.finish(date(2026, 11, 23)).unwrap();
        assert_eq!(Folder::open(&path, date(2026, 11, 23)).unwrap().1, Age::Today);
        assert_eq!(Folder::open(&path, date(2026, 11, 24)).unwrap().1, Age::Fresh);
        assert!(!path.join("something").exists());
    }

    #[test]
    fn somebody_elses_folder_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("photo.jpg"), b"x").unwrap();
        assert!(Folder::open(root.path(), date(2026, 11, 23)).is_err());
        assert!(root.path().join("photo.jpg").exists());
    }
}
