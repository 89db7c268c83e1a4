//! The list of the people who serve: a TOML file that is read anew each time, so that whoever is taken off it is out at once.
//!
//! A file that cannot be read, or with an entry that cannot, lets nobody in and is told as a fault.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use app::{StaffList, StaffMember, StaffRole, StaffRoles, Workplace};
use async_trait::async_trait;
use domain::{Answer, Bin, Iin, Kato};
use serde::Deserialize;

/// Longer files are a mistake.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// People of a file.
pub struct StaffFile(PathBuf);

/// Why a list of people cannot be used. It names nobody.
#[derive(Debug, thiserror::Error)]
pub enum StaffFault {
    /// The operating system refuses the file.
    #[error("the list of people who serve cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Too long.
    #[error("the list of people who serve is longer than any")]
    TooLong,
    /// It is not as it should be; the parser's own words would repeat what stands there.
    #[error(
        "the list of people who serve is not as it should be: each [[person]] has iin, name, roles, and either provider \
         (for the roles officer, head, reviewer) or organisation (for one of the other roles)"
    )]
    Malformed,
    /// The same person twice at one workplace.
    #[error("the list of people who serve names somebody twice for one workplace")]
    Twice,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    person: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    iin: Iin,
    name: String,
    provider: Option<Kato>,
    organisation: Option<Bin>,
    roles: Vec<String>,
}

impl Entry {
    fn member(self) -> Option<StaffMember> {
        let workplace = match (self.provider, self.organisation) {
            (Some(provider), None) => Workplace::Department(provider),
            (None, Some(organisation)) => Workplace::Organisation(organisation),
            _ => return None,
        };
        let roles: Option<Vec<StaffRole>> =
            self.roles.iter().map(|word| StaffRole::parse(word)).collect();
        let roles = StaffRoles::of(roles?, &workplace)?;
        let name = domain::clean_text(&self.name);
        (!name.is_empty()).then_some(StaffMember { iin: self.iin, name, workplace, roles })
    }
}

impl StaffFile {
    /// People of this file.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Everybody on the list.
    ///
    /// # Errors
    /// [`StaffFault`].
    pub fn read(&self) -> Result<Vec<StaffMember>, StaffFault> {
        if std::fs::metadata(&self.0)?.len() > BYTES_MAX {
            return Err(StaffFault::TooLong);
        }
        parse(&std::fs::read_to_string(&self.0)?)
    }
}

fn parse(text: &str) -> Result<Vec<StaffMember>, StaffFault> {
    let file: File = toml::from_str(text).map_err(|_| StaffFault::Malformed)?;
    let members: Option<Vec<StaffMember>> = file.person.into_iter().map(Entry::member).collect();
    let members = members.ok_or(StaffFault::Malformed)?;
    let mut seen = HashSet::new();
    if members.iter().all(|one| seen.insert((one.iin, &one.workplace))) {
        Ok(members)
    } else {
        Err(StaffFault::Twice)
    }
}

#[async_trait]
impl StaffList for StaffFile {
    async fn member(&self, iin: Iin, workplace: &Workplace) -> Answer<StaffMember> {
        let Some(members) = self.everybody().await else { return Answer::Unavailable };
        let is_it = |one: &StaffMember| one.iin == iin && one.workplace == *workplace;
        members.into_iter().find(is_it).map_or(Answer::Absent, Answer::Known)
    }

    async fn everybody(&self) -> Option<Vec<StaffMember>> {
        let file = Self(self.0.clone());
        let read = tokio::task::spawn_blocking(move || file.read()).await.ok()?;
        let told = |error: &StaffFault| tracing::error!(%error, "nobody can be told to serve here");
        read.inspect_err(told).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "[[person]]\niin = \"000229500008\"\nname = \"Әлімқұлова Г.\"\nprovider = \"710000000\"\n\
                         roles = [\"officer\", \"head\"]\n";

    #[tokio::test]
    async fn who_is_taken_off_the_list_serves_no_more_and_a_broken_list_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staff.toml");
        let list = StaffFile::new(&path);
        let iin = Iin::parse("000229500008").unwrap();
        let place = |code: &str| Workplace::parse(code).unwrap();
        let asked = async |list: &StaffFile| list.member(iin, &place("710000000")).await;
        assert_eq!(asked(&list).await, Answer::Unavailable);
        assert_eq!(list.everybody().await, None);
        std::fs::write(&path, ENTRY).unwrap();
        let Answer::Known(found) = asked(&list).await else { panic!("on the list") };
        assert_eq!(found.roles.iter().collect::<Vec<_>>(), [StaffRole::Officer, StaffRole::Head]);
        assert_eq!(list.member(iin, &place("750000000")).await, Answer::Absent);
        assert_eq!(list.everybody().await, Some(vec![found]));
        std::fs::write(&path, "").unwrap();
        assert_eq!(asked(&list).await, Answer::Absent);
    }

    #[test]
    fn what_is_no_list_lets_nobody_in_and_names_nobody() {
        let organisation =
            ENTRY.replace("provider = \"710000000\"", "organisation = \"210140000026\"");
        let auditor = organisation.replace("\"officer\", \"head\"", "\"auditor\"");
        assert_eq!(parse(&auditor).unwrap().len(), 1);
        for broken in [
            ENTRY.repeat(2),
            ENTRY.replace("name", "names"),
            ENTRY.replace("000229500008", "000229500009"),
            ENTRY.replace("Әлімқұлова Г.", " "),
            ENTRY.replace("\"head\"", "\"chief\""),
            ENTRY.replace("\"officer\", \"head\"", ""),
            ENTRY.replace("provider", "organisation"),
            ENTRY.replace("\"head\"", "\"auditor\""),
            organisation.replace("\"officer\", \"head\"", "\"auditor\", \"administrator\""),
            format!("{ENTRY}organisation = \"210140000026\"\n"),
            organisation,
        ] {
            let told = parse(&broken).unwrap_err().to_string();
            assert!(!told.contains("0002295"), "{told}");
        }
    }

    #[test]
    fn a_list_of_staff_survives_whatever_comes() {
        let sample = include_str!("../../../data/providers.toml");
        crate::surviving::survives_texts("TOML, people who serve", &[sample], "toml", |text| {
            let _ = parse(text);
        });
    }
}
