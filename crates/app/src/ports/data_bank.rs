//! The ports towards the data bank and the person's consent.

use async_trait::async_trait;
use domain::{Answer, Consents, ElectronicRequest, GuardianRecord, Iin, Number};
use jiff::Timestamp;

use crate::StoreError;
use crate::import::{ImportBatch, ImportOutcome, ImportPreview, RecordVersion};

/// The Republican Data Bank as a source of evidence.
#[async_trait]
pub trait DataBank: Send + Sync {
    /// Everything the bank has about a person as guardian or custodian, in any accounting status.
    ///
    /// `Absent` only where the bank answered that it has nothing; a time-out, a fault or an answer that cannot be
    /// read is `Unavailable`.
    async fn guardian(&self, iin: Iin) -> Answer<GuardianRecord>;
}

/// Who knows whether the person consented.
#[async_trait]
pub trait ConsentService: Send + Sync {
    /// The consents for one request.
    async fn consents(&self, number: &Number, request: &ElectronicRequest) -> Answer<Consents>;
}

/// The registry the departments keep: our own data bank, with history.
#[async_trait]
pub trait Registry: Send + Sync {
    /// The present record of a person; `None` where there is none at all.
    ///
    /// # Errors
    /// [`StoreError`], which the data bank answers as unavailable.
    async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError>;

    /// Every version of every record that has ever been about this person as guardian or custodian: records in the order
    /// they became known, each with its versions from the first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn history_of(&self, guardian: Iin) -> Result<Vec<RecordVersion>, StoreError>;

    /// What a batch would change, row by row, without changing it. Its terms decide nothing here.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportPreview, StoreError>;

    /// Takes a batch in, whole or not at all, where its terms hold. The same batch again changes nothing: a record equal
    /// to the present version makes no new version; a different one makes a new version and keeps the old.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportOutcome, StoreError>;

    /// Digests of what each import brought, by its number: of each version in the order of the file its record key,
    /// version and row as stored ([`crate::ImportDigests`]).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError>;

    /// How many records show another version than their last, or another guardian than it names; and how many
    /// versions name a record or an import that does not exist.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn misplaced_records(&self) -> Result<u64, StoreError>;

    /// When something was taken in last; `None` where nothing ever was, and so nobody can be absent.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError>;
}
