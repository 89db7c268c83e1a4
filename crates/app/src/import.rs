//! Taking a department's file into the registry.
//!
//! Reading the file is the adapters' work; here is what a row is, how a record is recognised again,
//! and what an import reports. Read next: `import_plan.rs` for what it changes.

use domain::{AccountingStatus, Guardian, Kato, WardRecord};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::audit::{Actor, AuditAction, AuditEvent};

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
    /// What makes two rows speak of the same placement: person, ward and act.
    /// A hash, so that no table key or error shows an IIN.
    #[must_use]
    pub fn record_key(&self) -> String {
        let act = &self.ward.placement.act;
        let mut hash = Sha256::new();
        for part in [
            self.guardian.iin.digits(),
            self.ward.ward.id.0.clone(),
            format!("{:?}", act.kind),
            act.number.to_lowercase(),
            act.date.to_string(),
        ] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hex::encode(hash.finalize())
    }
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
    /// Its rows, each record key once.
    pub rows: Vec<RegistryRow>,
}

impl ImportBatch {
    /// The journal entry of an import with its number and the digest of what it brought.
    #[must_use]
    pub fn audit(&self, import: i64, digest: String) -> AuditEvent {
        AuditEvent {
            at: self.entered_at,
            actor: Actor::Operator,
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
    /// Placements with other data than before.
    pub changed: u64,
    /// Of the changed: those that had no end and now have one.
    pub ended: u64,
    /// Placements equal to what is known.
    pub unchanged: u64,
}
