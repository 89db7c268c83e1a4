//! Officers at the registry: a search, one record with its history, the list of contradictions, a department's records as a
//! file. Whoever looks says what for, and the look stands in the journal before he sees anything.
//!
//! By IIN anybody in the republic is found; by name and act only what one's own department keeps today.
//! Read next: `ports/record_desk.rs`; `conflicts.rs` for the rules.

use std::collections::{BTreeMap, BTreeSet};

use domain::{GuardianRecord, Iin, Kato};
use jiff::Timestamp;

use crate::audit::Actor;
use crate::collation::kazakh_order;
use crate::import::{ImportOrigin, RecordVersion, RegistryRow};
use crate::ports::{
    LookWay, PresentRecord, RecordDesk, RecordFileError, RecordLook, RecordQuery, StoreError,
    Workplace,
};
use crate::record_keys::{act_prefix, name_prefix};
use crate::service::Service;

/// Records shown of one search.
const FOUND_MAX: u32 = 50;
/// Records read with one question.
pub(crate) const PAGE: u32 = 500;
/// Longest purpose kept, in characters.
const PURPOSE_MAX: usize = 300;

/// An officer at work for his department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtDesk {
    /// The officer.
    pub officer: Iin,
    /// Territory of his department.
    pub department: Kato,
}

/// What an officer looks for.
#[derive(Clone, PartialEq, Eq)]
pub enum Sought {
    /// Guardian or ward with this IIN.
    Iin(Iin),
    /// Guardian or ward with this name, or one that begins so.
    Name {
        /// Surname, or its beginning (three letters at least) where no given name follows.
        surname: String,
        /// Given name or its beginning.
        given: String,
    },
    /// By an act of this number.
    Act(String),
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// Records in the order of the Kazakh alphabet by the guardian's name.
    pub records: Vec<PresentRecord>,
    /// Whether there are more than are shown.
    pub is_cut: bool,
    /// Whether every record has its keys, so that what was not found is not there.
    pub is_complete: bool,
    /// Whether so few letters were typed that surnames alone were sought that have no more.
    pub is_of_whole_surnames: bool,
}

/// A record with everything that was ever known of it.
#[derive(Debug)]
pub struct RecordHistory {
    /// Its versions, the last first.
    pub versions: Vec<RecordVersion>,
    /// All versions of other records of the same guardian, in the order they became known.
    pub others: Vec<RecordVersion>,
    /// Whether the officer's department keeps it. Of a record that another keeps, reasons of ends and corrections and the
    /// officers are left out.
    pub is_own: bool,
    /// Everything that was known of its guardian at the moment asked for, without reasons of ends; `None` where no moment
    /// was asked for, or nothing was known then.
    pub known_then: Option<GuardianRecord>,
}

/// A record of one's own department, to be corrected.
#[derive(Debug)]
pub struct OwnRecord {
    /// What it says now.
    pub row: RegistryRow,
    /// Its present version: whoever corrects it says which one he saw.
    pub version: u32,
    /// What it said before.
    pub earlier: Vec<RecordVersion>,
}

impl OwnRecord {
    /// What it said in a version.
    #[must_use]
    pub fn at(&self, version: u32) -> Option<&RegistryRow> {
        if version == self.version {
            return Some(&self.row);
        }
        let earlier = self.earlier.iter().find(|one| one.version == version);
        earlier.map(|one| &one.row)
    }
}

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// No purpose was told.
    #[error("no purpose is told")]
    NoPurpose,
    /// There is nothing to look for.
    #[error("nothing to look for is told")]
    NothingSought,
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// The file cannot be made.
    #[error(transparent)]
    File(#[from] RecordFileError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LookError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPurpose => "no_purpose",
            Self::NothingSought => "nothing_sought",
            Self::NotFound => "record_not_found",
            Self::File(_) => "export_failed",
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Service {
    pub(crate) fn desk(&self) -> &dyn RecordDesk {
        &*self.parts.desk
    }

    /// Territories whose records a department keeps today (`keepers.rs`): its own, and former ones whose successor it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn kept_by(&self, department: &Kato) -> Result<Vec<Kato>, StoreError> {
        let mut keepers = self.desk().keepers().await?;
        keepers.retain(|entered| self.providers().keeps(department, entered));
        if !keepers.contains(department) {
            keepers.push(department.clone());
        }
        Ok(keepers)
    }

    /// Looks for records.
    ///
    /// # Errors
    /// [`LookError`].
    pub async fn find_records(
        &self,
        at_desk: &AtDesk,
        sought: &Sought,
        purpose: &str,
    ) -> Result<Found, LookError> {
        let purpose = purpose_of(purpose)?;
        let query = self.query(at_desk, sought).await?;
        let is_complete = self.has_all_keys().await;
        let mut records = self.desk().find_records(&query, FOUND_MAX + 1).await?;
        let shown = usize::try_from(FOUND_MAX).unwrap_or(usize::MAX);
        let is_cut = records.len() > shown;
        records.truncate(shown);
        let name = |one: &PresentRecord| one.row.guardian.name.full();
        records.sort_by(|one, other| {
            kazakh_order(&name(one), &name(other)).then_with(|| one.key.cmp(&other.key))
        });
        // Whoever was sought by his number reads of it also where nothing was found.
        let sought = match &query {
            RecordQuery::Iin(iin) => Some(*iin),
            RecordQuery::Name { .. } | RecordQuery::Act { .. } => None,
        };
        let found = records.iter().map(|one| &one.row).flat_map(subjects_of);
        self.note(at_desk, query.way(), &purpose, found.chain(sought).collect()).await?;
        let is_of_whole_surnames = query.is_of_whole_surnames();
        Ok(Found { records, is_cut, is_complete, is_of_whole_surnames })
    }

    async fn query(&self, at_desk: &AtDesk, sought: &Sought) -> Result<RecordQuery, LookError> {
        let prefix = match sought {
            Sought::Iin(iin) => return Ok(RecordQuery::Iin(*iin)),
            Sought::Name { surname, given } => name_prefix(surname, given),
            Sought::Act(number) => act_prefix(number),
        };
        let prefix = prefix.ok_or(LookError::NothingSought)?;
        let keepers = self.kept_by(&at_desk.department).await?;
        Ok(match sought {
            Sought::Act(_) => RecordQuery::Act { prefix, keepers },
            _ => RecordQuery::Name { prefix, keepers },
        })
    }

    /// One record with its history, and what else is known of its guardian; with everything that was known of him at a
    /// moment, where one is asked for.
    ///
    /// # Errors
    /// [`LookError`].
    pub async fn record_history(
        &self,
        at_desk: &AtDesk,
        key: &str,
        (purpose, moment): (&str, Option<Timestamp>),
    ) -> Result<RecordHistory, LookError> {
        let purpose = purpose_of(purpose)?;
        let found = self.desk().guardian_of_record(key).await?;
        let guardian = found.ok_or(LookError::NotFound)?;
        let all = self.desk().history_of(guardian).await?;
        let (mut versions, mut others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|version| version.record == key);
        versions.reverse();
        let present = versions.first().ok_or(LookError::NotFound)?;
        let keeper = &present.row.ward.placement.provider;
        let is_own = self.providers().keeps(&at_desk.department, keeper);
        let ward = present.row.ward.ward.iin;
        let known_then = match moment {
            Some(moment) => self.known_at(guardian, moment).await?,
            None => None,
        };
        let wards_then = known_then.iter().flat_map(|record| &record.wards);
        let wards_then = wards_then.filter_map(|one| one.ward.iin);
        let subjects = std::iter::once(guardian).chain(ward).chain(wards_then).collect();
        self.hide_what_others_keep(at_desk, &mut versions, &mut others);
        self.note(at_desk, LookWay::History, &purpose, subjects).await?;
        Ok(RecordHistory { versions, others, is_own, known_then })
    }

    /// Everything that was known of a person at a moment. Why something ended stays with the department that keeps it.
    async fn known_at(
        &self,
        guardian: Iin,
        moment: Timestamp,
    ) -> Result<Option<GuardianRecord>, StoreError> {
        let mut known = self.desk().guardian_record_at(guardian, moment).await?;
        for record in known.iter_mut().flat_map(|one| &mut one.wards) {
            if let Some(end) = &mut record.placement.end {
                end.reason.clear();
            }
        }
        Ok(known)
    }

    /// Why a record was ended or corrected, and by which officers, is for the department that keeps it now: it is taken out
    /// here, so that no page can show it.
    fn hide_what_others_keep(
        &self,
        at_desk: &AtDesk,
        versions: &mut [RecordVersion],
        others: &mut [RecordVersion],
    ) {
        let keeps = |version: &RecordVersion| {
            let keeper = &version.row.ward.placement.provider;
            self.providers().keeps(&at_desk.department, keeper)
        };
        // The last version of a record says who keeps it; those of other records stand in the order they became known.
        let present = versions.first().into_iter().chain(others.iter());
        let kept: BTreeMap<String, bool> =
            present.map(|version| (version.record.clone(), keeps(version))).collect();
        for version in versions.iter_mut().chain(others) {
            if kept.get(&version.record) != Some(&true) {
                version.origin = ImportOrigin::default();
                if let Some(end) = &mut version.row.ward.placement.end {
                    end.reason.clear();
                }
            }
        }
    }

    /// Whether it is this department that keeps a record, and so can correct it. Shows nothing of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keeps_record(&self, at_desk: &AtDesk, key: &str) -> Result<bool, StoreError> {
        let Some(guardian) = self.desk().guardian_of_record(key).await? else { return Ok(false) };
        let history = self.desk().history_of(guardian).await?;
        let present = history.iter().rev().find(|version| version.record == key);
        Ok(present.is_some_and(|version| {
            self.providers().keeps(&at_desk.department, &version.row.ward.placement.provider)
        }))
    }

    /// A record to be corrected or ended, which only the department can that keeps it. A look like any other.
    ///
    /// # Errors
    /// [`LookError`]; not found where another department keeps it.
    pub async fn own_record(
        &self,
        at_desk: &AtDesk,
        key: &str,
        purpose: &str,
    ) -> Result<OwnRecord, LookError> {
        let history = self.record_history(at_desk, key, (purpose, None)).await?;
        let mut versions = history.versions.into_iter();
        let present = versions.next().filter(|_| history.is_own).ok_or(LookError::NotFound)?;
        let (row, version) = (present.row, present.version);
        Ok(OwnRecord { row, version, earlier: versions.collect() })
    }

    /// Writes down that a preview shows what present records say beside what a proposal would write. Where it shows none it
    /// is no look.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing may be shown.
    pub async fn note_preview<'a>(
        &self,
        at_desk: &AtDesk,
        present: impl Iterator<Item = &'a RegistryRow>,
    ) -> Result<(), StoreError> {
        let subjects: Vec<Iin> = present.flat_map(subjects_of).collect();
        if subjects.is_empty() {
            return Ok(());
        }
        self.note(at_desk, LookWay::Preview, "", subjects).await
    }

    pub(crate) async fn note(
        &self,
        at_desk: &AtDesk,
        way: LookWay,
        purpose: &str,
        subjects: Vec<Iin>,
    ) -> Result<(), StoreError> {
        let look = RecordLook {
            id: self.parts.ids.token(),
            at: self.now(),
            officer: at_desk.officer,
            workplace: Workplace::Department(at_desk.department.clone()),
            actor: Actor::Officer,
            way,
            purpose: purpose.to_owned(),
            request: None,
        };
        let subjects: BTreeSet<Iin> = subjects.into_iter().collect();
        let subjects: Vec<Iin> = subjects.into_iter().collect();
        self.desk().note_look(&look, &subjects).await
    }
}

/// Whose data a record shows.
pub(crate) fn subjects_of(row: &RegistryRow) -> impl Iterator<Item = Iin> + use<> {
    std::iter::once(row.guardian.iin).chain(row.ward.ward.iin)
}

pub(crate) fn purpose_of(text: &str) -> Result<String, LookError> {
    let purpose: String = domain::clean_text(text).chars().take(PURPOSE_MAX).collect();
    if purpose.chars().any(char::is_alphanumeric) { Ok(purpose) } else { Err(LookError::NoPurpose) }
}
