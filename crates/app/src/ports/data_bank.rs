//! The ports towards the data bank and the person's consent.

use async_trait::async_trait;
use domain::{Answer, Consents, ElectronicRequest, GuardianRecord, Iin};
use jiff::Timestamp;

use super::access_control::{AccessControl, AccessProof};
use crate::StoreError;
use crate::import::{ImportBatch, ImportOutcome, ImportPreview, RecordVersion};
use crate::import_plan::guardian_as_of;

/// The Republican Data Bank as a source of evidence.
#[async_trait]
pub trait DataBank: Send + Sync {
    /// Everything the bank has about a person as guardian or custodian, in any accounting status.
    ///
    /// `Absent` only where the bank answered that it has nothing. `Unusable` where this answer was certainly the
    /// bank's and nothing can be decided by it; a time-out or a fault is `Silent`.
    async fn guardian(&self, iin: Iin) -> Reply<GuardianRecord>;

    /// The same, showing the bank that the person consented. A bank that wants to see nothing answers as ever; whoever
    /// stands before one that does must pass it on.
    async fn guardian_by(&self, iin: Iin, _proof: &AccessProof) -> Reply<GuardianRecord> {
        self.guardian(iin).await
    }

    /// Whether each record is compared with the register of natural persons, so that this source is asked too.
    fn is_compared_with_register(&self) -> bool {
        false
    }

    /// Whether it answers by the registry that departments keep here, so that what they enter is what it knows.
    fn is_registry_here(&self) -> bool {
        false
    }
}

/// What came of a question to a source: its answer, and where there is none, whether the source is at work.
///
/// For a decision both kinds of no answer are the same. For the breaker they are not: what is wrong with one person's
/// record must not keep the source from everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<T> {
    /// This.
    Known(T),
    /// The source's word that there is nothing.
    Absent,
    /// The source answered, and its answer is of no use.
    Unusable,
    /// The source did not answer, or nobody knows whether it did.
    Silent,
}

impl<T> Reply<T> {
    /// For the evidence.
    #[must_use]
    pub fn answer(self) -> Answer<T> {
        match self {
            Self::Known(value) => Answer::Known(value),
            Self::Absent => Answer::Absent,
            Self::Unusable | Self::Silent => Answer::Unavailable,
        }
    }

    /// Whether the source is at work.
    #[must_use]
    pub fn is_sign_of_life(&self) -> bool {
        match self {
            Self::Known(_) | Self::Absent | Self::Unusable => true,
            Self::Silent => false,
        }
    }
}

/// Of a source without unusable answers.
impl<T> From<Answer<T>> for Reply<T> {
    fn from(answer: Answer<T>) -> Self {
        match answer {
            Answer::Known(value) => Self::Known(value),
            Answer::Absent => Self::Absent,
            Answer::Unavailable => Self::Silent,
        }
    }
}

/// Who knows whether the person consented.
#[async_trait]
pub trait ConsentService: Send + Sync {
    /// The consents for one request.
    async fn consents(&self, request: &ElectronicRequest) -> Answer<Consents>;

    /// The state's control of access, where persons are asked through it before their requests are registered; `None`
    /// where the signature over the request is enough.
    fn access_control(&self) -> Option<&dyn AccessControl> {
        None
    }
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

    /// The record of a person as it was known at a moment; `None` where nothing was known of him then.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn guardian_record_at(
        &self,
        guardian: Iin,
        moment: Timestamp,
    ) -> Result<Option<GuardianRecord>, StoreError> {
        Ok(guardian_as_of(&self.history_of(guardian).await?, moment))
    }

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

    /// How many records show another version than their last, or another guardian than it names, or cannot be read; and how
    /// many versions name a record or an import that does not exist.
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
