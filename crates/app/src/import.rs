//! Taking a department's file into the registry.
//!
//! Reading the file is the adapters' work; here is what a row is, how a record is recognised again, under which terms a
//! file is taken in, and what an import reports. Read next: `import_plan.rs` for what it changes.

use std::fmt;

use domain::{AccountingStatus, Guardian, Iin, Kato, WardRecord};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::keepers::Keepers;
use crate::ports::ProposalId;

/// One line of a department's file: one placement of one ward with one person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RegistryRow {
    /// The person.
    pub guardian: Guardian,
    /// His accounting status, apart from guardianship.
    pub accounting: AccountingStatus,
    /// Ward and placement.
    pub ward: WardRecord,
    /// Number of the ward's birth record or foreign document, if known.
    pub ward_birth_act: Option<String>,
}

impl RegistryRow {
    /// What makes two rows speak of the same placement ([`placement_key`]).
    #[must_use]
    pub fn record_key(&self) -> String {
        placement_key(self.guardian.iin, &self.ward)
    }
}

/// What makes two records speak of the same placement: person, ward and act.
/// A hash, so that no table key or error shows an IIN.
#[must_use]
pub fn placement_key(guardian: Iin, record: &WardRecord) -> String {
    let act = &record.placement.act;
    let mut hash = Sha256::new();
    for part in [
        guardian.digits(),
        record.ward.id.0.clone(),
        format!("{:?}", act.kind),
        act.number.to_lowercase(),
        act.date.to_string(),
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}

/// A checked file, ready to be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportBatch {
    /// SHA-256 of the file, hexadecimal.
    pub file_digest: String,
    /// The department that enters it.
    pub entered_by: Kato,
    /// When.
    pub entered_at: Timestamp,
    /// By whom and why.
    pub origin: ImportOrigin,
    /// Under which terms.
    pub terms: ImportTerms,
    /// Its rows, each record key once.
    pub rows: Vec<RegistryRow>,
}

/// Who entered something, who confirmed it, and why what was known is corrected. All empty where a command of whoever
/// runs the program did it, but for the reason.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ImportOrigin {
    /// The officer.
    pub officer: Option<Iin>,
    /// The second person, who confirmed ends and corrections.
    pub confirmed_by: Option<Iin>,
    /// Why records are corrected, in the officer's words.
    pub reason: Option<String>,
}

impl fmt::Debug for ImportOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ImportOrigin")
            .field("officer", &self.officer)
            .field("confirmed_by", &self.confirmed_by)
            .finish_non_exhaustive()
    }
}

impl ImportOrigin {
    /// Why records may not be ended and corrected, if they may not: nobody may without a reason, and an officer only once
    /// another has confirmed it.
    #[must_use]
    pub fn refuses_corrections(&self) -> Option<ImportRefusal> {
        let has_reason = self.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        let is_seconded = self.confirmed_by.is_some() && self.confirmed_by != self.officer;
        match (self.officer, has_reason && is_seconded) {
            (Some(_), false) => Some(ImportRefusal::SecondPersonMissing),
            (None, _) if !has_reason => Some(ImportRefusal::ReasonMissing),
            _ => None,
        }
    }
}

/// What must hold for a file to be taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportTerms {
    /// Records that another department keeps.
    pub others: OthersRecords,
    /// Digest of the preview that was shown ([`ImportPreview::digest`]); where it is given, nothing else is taken in.
    pub previewed: Option<String>,
    /// The proposal whose bytes they are: it must be open, and is closed by taking it in.
    pub proposal: Option<ProposalId>,
    /// Whose records are whose.
    pub keepers: Keepers,
}

/// What becomes of rows about records that another department keeps, or would keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OthersRecords {
    /// A file with any that says something new is refused.
    #[default]
    Refused,
    /// They are changed like one's own: for a load of many departments' records at once.
    Taken,
}

impl ImportBatch {
    /// The journal entry of an import with its number and the digest of what it brought.
    #[must_use]
    pub fn audit(&self, import: i64, digest: String) -> AuditEvent {
        let actor = if self.origin.officer.is_some() { Actor::Officer } else { Actor::Operator };
        AuditEvent {
            at: self.entered_at,
            actor,
            action: AuditAction::Imported,
            request: None,
            subject: None,
            detail: import.to_string(),
            evidence: digest,
        }
    }
}

impl ImportSummary {
    /// New, changed, ended, unchanged: as they are stored.
    #[must_use]
    pub fn counts(&self) -> [i64; 4] {
        [self.new, self.changed, self.ended, self.unchanged]
            .map(|count| i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// What an import changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportSummary {
    /// Placements not known before.
    pub new: u64,
    /// Placements with other data than before, and new ones that change what was known of a person.
    pub changed: u64,
    /// Of the changed: those that had no end and now have one.
    pub ended: u64,
    /// Placements equal to what is known.
    pub unchanged: u64,
}

/// A field of a row that can differ from what is known. What makes a record the same record again (person, ward, act) is
/// none: with another one it is another record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // The names say it.
pub enum RowField {
    GuardianName,
    GuardianBirthDate,
    GuardianAddress,
    AccountingStatus,
    WardName,
    WardBirthDate,
    WardBirthAct,
    WardFullCapacity,
    WardDeath,
    Form,
    ActIssuer,
    StartDate,
    EndDate,
    EndReason,
    PropertyInventory,
    Provider,
}

impl RowField {
    /// Every field.
    pub const ALL: [Self; 16] = [
        Self::GuardianName,
        Self::GuardianBirthDate,
        Self::GuardianAddress,
        Self::AccountingStatus,
        Self::WardName,
        Self::WardBirthDate,
        Self::WardBirthAct,
        Self::WardFullCapacity,
        Self::WardDeath,
        Self::Form,
        Self::ActIssuer,
        Self::StartDate,
        Self::EndDate,
        Self::EndReason,
        Self::PropertyInventory,
        Self::Provider,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::GuardianName => "guardian_name",
            Self::GuardianBirthDate => "guardian_birth_date",
            Self::GuardianAddress => "guardian_address",
            Self::AccountingStatus => "accounting_status",
            Self::WardName => "ward_name",
            Self::WardBirthDate => "ward_birth_date",
            Self::WardBirthAct => "ward_birth_act",
            Self::WardFullCapacity => "ward_full_capacity",
            Self::WardDeath => "ward_death",
            Self::Form => "form",
            Self::ActIssuer => "act_issuer",
            Self::StartDate => "start_date",
            Self::EndDate => "end_date",
            Self::EndReason => "end_reason",
            Self::PropertyInventory => "property_inventory",
            Self::Provider => "provider",
        }
    }
}

/// What a row does to the record that it is about.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowEffect {
    /// A record nobody knew.
    New,
    /// Other data than before.
    Changed {
        /// What differs.
        fields: Vec<RowField>,
        /// Whether the placement had no end and now has one.
        ends: bool,
    },
}

/// A row that says anything new.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RowChange {
    /// Place of the row among the rows of its file, from 0.
    pub place: usize,
    /// What it does.
    pub effect: RowEffect,
    /// The department that keeps the record, or would keep a new one, where that is another than the one whose file it is.
    pub kept_by: Option<Kato>,
    /// What it changes of persons whom the registry knows from other records too.
    pub people: Vec<PersonChange>,
    /// Whether a running record of the same guardian, ward and act is known already, the act's number written otherwise.
    pub repeats: bool,
}

impl RowChange {
    /// Whether it says something else than was known, of a record or of a person.
    #[must_use]
    pub fn is_correction(&self) -> bool {
        self.effect != RowEffect::New || !self.people.is_empty()
    }
}

/// What a row changes of its guardian, or of its ward, against the row recorded last of that person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PersonChange {
    /// What differs.
    pub fields: Vec<RowField>,
    /// Whether it is the ward, whose other record stays as it is: the guardian's facts are read from the row recorded last.
    pub is_ward: bool,
    /// The department that keeps that row, where that is another than the one whose file it is.
    pub known_by: Option<Kato>,
    /// Key of the record it is compared with.
    #[serde(skip)]
    pub record: String,
    /// Version of that record.
    #[serde(skip)]
    pub version: i64,
}

/// What an import would change, row by row.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ImportPreview {
    /// How many.
    pub summary: ImportSummary,
    /// Rows that say anything new, in the order of the file.
    pub changes: Vec<RowChange>,
    /// Digest of exactly what would be written.
    pub digest: String,
}

impl ImportPreview {
    /// Whether a second person must confirm it: ends and corrections are not for one pair of eyes.
    #[must_use]
    pub fn needs_second_person(&self) -> bool {
        self.summary.changed > 0
    }
}

/// What became of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It is in the registry.
    TakenIn(ImportSummary),
    /// Nothing was written.
    Refused(ImportRefusal),
}

impl ImportOutcome {
    /// How many of which kind, where it was taken in.
    #[must_use]
    pub fn taken_in(&self) -> Option<ImportSummary> {
        match self {
            Self::TakenIn(summary) => Some(*summary),
            Self::Refused(_) => None,
        }
    }
}

/// Why a file that can be read is not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportRefusal {
    /// It changes records that another department keeps; places of its rows, from 0.
    #[error("{} rows change records that another department keeps", .0.len())]
    OthersRecords(Vec<usize>),
    /// The registry has changed since the preview that was confirmed.
    #[error("the registry has changed since the preview")]
    AnotherThanPreviewed,
    /// An officer ends or corrects records, and no second person confirmed it, or no reason is given.
    #[error("ends and corrections need a reason and a second person")]
    SecondPersonMissing,
    /// A command of whoever runs the program ends or corrects records and gives no reason.
    #[error("ends and corrections need a reason")]
    ReasonMissing,
    /// The proposal is closed already.
    #[error("the proposal is closed already")]
    ProposalClosed,
}

/// A version of a record with what is known of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordVersion {
    /// Key of the record ([`RegistryRow::record_key`]).
    pub record: String,
    /// From 1.
    pub version: u32,
    /// Number of the import that brought it.
    pub import: i64,
    /// The department that entered it.
    pub entered_by: Kato,
    /// When.
    pub recorded_at: Timestamp,
    /// By whom and why.
    pub origin: ImportOrigin,
    /// SHA-256 of the file it came from, hexadecimal.
    pub file_digest: String,
    /// What it says.
    pub row: RegistryRow,
}
