//! Whole stores: for backup while running, for restoring, and for moving from one database to another.
//!
//! Left out is what lives for minutes and proves nothing: sessions, sign-in challenges, one-time passwords, counted attempts and
//! the health check's row; people sign in again, and have another password sent. So are passkeys, which open desks: one that was
//! removed since, because its device was lost, must not come back. So is what the schema says of itself
//! (`schema_needs`). Read next: the `archive.rs` of each store.

use async_trait::async_trait;
use domain::NumberClass;
use jiff::Timestamp;

use super::store::StoreError;
use crate::audit::{Actor, AuditAction, AuditEvent};

/// Restorations at least so far apart begin their search elsewhere.
const CLASS_SECONDS: i64 = 600;

/// Tables of an archive, in an order in which they can be loaded, with the columns their rows are ordered by. Keys come first:
/// by them a loading store knows whether the rest is sealed.
pub const ARCHIVED_TABLES: [(&str, &str); 43] = [
    ("data_keys", "id"),
    ("requests", "number"),
    ("figures", "accepted_at, number"),
    ("synthetic_people", "iin"),
    ("drafts", "challenge"),
    ("idempotency_keys", "applicant, idempotency_key"),
    ("signed_requests", "number"),
    ("consents", "number, kind"),
    ("consent_withdrawals", "number"),
    ("jobs", "number"),
    ("decisions", "number"),
    ("results", "id"),
    ("unsealed_documents", "result"),
    ("sealed_documents", "result"),
    ("notices", "number, kind"),
    ("annulments", "id"),
    ("request_notes", "id"),
    ("recourses", "number"),
    ("recourse_steps", "recourse, place"),
    ("open_recourses", "recourse"),
    ("portal_exchanges", "external_id"),
    ("audit", "sequence"),
    ("erased_requests", "number"),
    ("erased_results", "number"),
    ("erased_consents", "number, kind"),
    ("outbox", "number, kind, occasion, channel"),
    ("outbox_cursor", "id"),
    ("email_addresses", "iin"),
    ("journal_head", "id"),
    ("journal_roots", "day"),
    ("technical_breaks", "id"),
    ("form_versions", "id"),
    ("form_ends", "id"),
    ("number_classes", "place"),
    ("imports", "id"),
    ("registry_records", "record_key"),
    ("registry_versions", "record_key, version"),
    ("record_looks", "id"),
    ("repair_requests", "number"),
    ("repairs_told", "number"),
    ("caller_acts", "id"),
    ("fault_reports", "id"),
    ("staff_appointments", "id"),
];

/// A value of a column.
#[derive(Clone, PartialEq, Eq)]
pub enum ColumnValue {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// What an archive is made of, one after another. It holds personal data, so it has no debugging form.
#[derive(Clone, PartialEq, Eq)]
pub enum ArchiveItem {
    /// From here on rows of this table, with these columns.
    Table {
        /// Its name.
        name: String,
        /// Names of its columns, in the order of values.
        columns: Vec<String>,
    },
    /// A row of the table named last.
    Row(Vec<ColumnValue>),
}

/// Why an archive was not made or not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something is stored already; an archive is taken in by an empty store only.
    #[error("the store is not empty")]
    NotEmpty,
    /// Made on another schema: use the version of the program that made it, then upgrade.
    #[error(
        "the archive has schema {archive}, this program has {program}: restore it with the version that made it, then upgrade"
    )]
    OtherSchema {
        /// Of the archive.
        archive: i64,
        /// Of the program.
        program: i64,
    },
    /// A newer version of the program migrated the database, so this one does not know all there is.
    #[error(
        "the database has schema {database}, this program knows {program}: use the version that migrated it"
    )]
    NewerSchema {
        /// Of the database.
        database: i64,
        /// Of the program.
        program: i64,
    },
    /// What was read is no archive, or not a whole one.
    #[error("the archive cannot be read: {0}")]
    Unreadable(String),
    /// What was written to cannot be written.
    #[error("the archive cannot be written: {0}")]
    Unwritable(String),
}

/// Takes an archive's items.
#[async_trait]
pub trait ArchiveSink: Send {
    /// Takes the next one.
    ///
    /// # Errors
    /// [`ArchiveError::Unwritable`].
    async fn put(&mut self, item: ArchiveItem) -> Result<(), ArchiveError>;
}

/// Gives an archive's items.
#[async_trait]
pub trait ArchiveSource: Send {
    /// Gives the next one; `None` behind the last.
    ///
    /// # Errors
    /// [`ArchiveError::Unreadable`].
    async fn next(&mut self) -> Result<Option<ArchiveItem>, ArchiveError>;
}

/// From which class a store draws numbers from now on, with its journal entry.
#[derive(Clone, Debug)]
pub struct NewNumberClass {
    /// The class.
    pub class: NumberClass,
    /// Entry.
    pub audit: AuditEvent,
}

impl NewNumberClass {
    /// A class that none of those used before is, chosen by the moment, so that two restorations of different backups,
    /// which cannot know of each other, do not choose the same one. `None` where all were used.
    #[must_use]
    pub fn choose(used: &[NumberClass], now: Timestamp) -> Option<Self> {
        let count = i64::from(NumberClass::COUNT);
        let start = now.as_second() / CLASS_SECONDS % count;
        let candidates = (0..count).map(|step| (start + step) % count);
        let class = candidates
            .filter_map(|index| u16::try_from(index).ok().and_then(NumberClass::new))
            .find(|class| !used.contains(class))?;
        let audit = AuditEvent {
            at: now,
            actor: Actor::Operator,
            action: AuditAction::Restored,
            request: None,
            subject: None,
            detail: class.index().to_string(),
            evidence: String::new(),
        };
        Some(Self { class, audit })
    }
}

/// A store as a whole.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Number of the last migration.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn schema_version(&self) -> Result<i64, StoreError>;

    /// Everything in [`ARCHIVED_TABLES`], as it stands at one moment, while others write.
    ///
    /// # Errors
    /// [`ArchiveError`].
    async fn export(&self, sink: &mut dyn ArchiveSink) -> Result<(), ArchiveError>;

    /// Takes everything in, whole or not at all. With a new class the store draws other numbers than the one it
    /// replaces. Returns how many rows.
    ///
    /// # Errors
    /// [`ArchiveError::NotEmpty`], and the others; then nothing was stored.
    async fn load(
        &self,
        source: &mut dyn ArchiveSource,
        class: Option<&NewNumberClass>,
    ) -> Result<u64, ArchiveError>;

    /// Draws from another class from now on: after a recovery that this program did not make.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn start_number_class(&self, class: &NewNumberClass) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_never_chosen_twice_while_one_is_left() {
        let mut used = vec![NumberClass::FIRST];
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        while let Some(chosen) = NewNumberClass::choose(&used, now) {
            assert!(!used.contains(&chosen.class));
            used.push(chosen.class);
        }
        assert_eq!(used.len(), usize::from(NumberClass::COUNT));
    }

    #[test]
    fn restorations_at_different_times_choose_different_classes() {
        let at = |time: &str| {
            let now = format!("2026-11-23T{time}Z").parse().unwrap();
            NewNumberClass::choose(&[NumberClass::FIRST], now).unwrap().class
        };
        assert_ne!(at("10:00:00"), at("10:10:00"));
        assert_ne!(at("10:00:00"), at("23:59:59"));
    }
}
