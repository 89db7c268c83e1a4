//! The list of officers: a TOML file that is read anew each time, so that whoever is taken off it is out at once.
//!
//! A file that cannot be read, or with an entry that cannot, lets nobody in and is told as a fault.

use std::path::{Path, PathBuf};

use app::{Officer, OfficerList};
use async_trait::async_trait;
use domain::{Answer, Iin, Kato};
use serde::Deserialize;

/// Longer files are a mistake.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Officers of a file.
pub struct OfficersFile(PathBuf);

/// Why a list of officers cannot be used. It names nobody.
#[derive(Debug, thiserror::Error)]
pub enum OfficersFault {
    /// The operating system refuses the file.
    #[error("the list of officers cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Too long.
    #[error("the list of officers is longer than any")]
    TooLong,
    /// It is not as it should be; the parser's own words would repeat what stands there.
    #[error(
        "the list of officers is not as it should be: each [[officer]] has iin, name and provider"
    )]
    Malformed,
    /// The same person twice in one department.
    #[error("the list of officers names somebody twice for one provider")]
    Twice,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    officer: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    iin: Iin,
    name: String,
    provider: Kato,
}

impl OfficersFile {
    /// Officers of this file.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Everybody on the list.
    ///
    /// # Errors
    /// [`OfficersFault`].
    pub fn read(&self) -> Result<Vec<Officer>, OfficersFault> {
        if std::fs::metadata(&self.0)?.len() > BYTES_MAX {
            return Err(OfficersFault::TooLong);
        }
        parse(&std::fs::read_to_string(&self.0)?)
    }
}

fn parse(text: &str) -> Result<Vec<Officer>, OfficersFault> {
    let file: File = toml::from_str(text).map_err(|_| OfficersFault::Malformed)?;
    let officer = |entry: Entry| Officer {
        iin: entry.iin,
        name: domain::clean_text(&entry.name),
        provider: entry.provider,
    };
    let officers: Vec<Officer> = file.officer.into_iter().map(officer).collect();
    let mut seen = std::collections::HashSet::new();
    for officer in &officers {
        if officer.name.is_empty() {
            return Err(OfficersFault::Malformed);
        }
        if !seen.insert((officer.iin, officer.provider.as_str())) {
            return Err(OfficersFault::Twice);
        }
    }
    Ok(officers)
}

#[async_trait]
impl OfficerList for OfficersFile {
    async fn officer(&self, iin: Iin, provider: &Kato) -> Answer<Officer> {
        let file = Self(self.0.clone());
        let read = tokio::task::spawn_blocking(move || file.read()).await;
        let officers = match read {
            Ok(Ok(officers)) => officers,
            Ok(Err(error)) => {
                tracing::error!(%error, "nobody can be told to be an officer");
                return Answer::Unavailable;
            }
            Err(_) => return Answer::Unavailable,
        };
        let his = |one: &Officer| one.iin == iin && one.provider == *provider;
        officers.into_iter().find(his).map_or(Answer::Absent, Answer::Known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str =
        "[[officer]]\niin = \"000229500008\"\nname = \"Әлімқұлова Г.\"\nprovider = \"710000000\"\n";

    #[tokio::test]
    async fn who_is_taken_off_the_list_is_no_officer_and_a_broken_list_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("officers.toml");
        let list = OfficersFile::new(&path);
        let (iin, kato) = (Iin::parse("000229500008").unwrap(), Kato::parse("710000000").unwrap());
        let asked = async |list: &OfficersFile| list.officer(iin, &kato).await;
        assert_eq!(asked(&list).await, Answer::Unavailable);
        std::fs::write(&path, ENTRY).unwrap();
        assert!(matches!(asked(&list).await, Answer::Known(officer) if officer.provider == kato));
        let other = Kato::parse("750000000").unwrap();
        assert_eq!(list.officer(iin, &other).await, Answer::Absent);
        std::fs::write(&path, "").unwrap();
        assert_eq!(asked(&list).await, Answer::Absent);
        for broken in [
            ENTRY.repeat(2),
            ENTRY.replace("name", "names"),
            ENTRY.replace("000229500008", "000229500009"),
            ENTRY.replace("Әлімқұлова Г.", " "),
        ] {
            std::fs::write(&path, &broken).unwrap();
            assert_eq!(asked(&list).await, Answer::Unavailable);
            let told = list.read().unwrap_err().to_string();
            assert!(!told.contains("0002295"), "{told}");
        }
    }
}
