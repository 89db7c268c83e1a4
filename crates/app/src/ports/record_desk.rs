//! What officers ask of the registry, and what a refused person asks of them: records found by keys, looks written down,
//! requests to repair a record, and who is told that his was.
//!
//! Values and the port only. Read next: `record_looks.rs`, `repair_requests.rs`, `../records.rs` and `../repairs.rs`.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::{Iin, Kato, Number};
use jiff::Timestamp;

use super::Registry;
use super::keyed_records::KeyedPage;
use super::record_looks::{LookWay, LookWords, RecordLook};
use super::repair_requests::{RepairAnswer, RepairMark, RepairRequest};
use crate::StoreError;
use crate::audit::AuditEvent;
use crate::import::RegistryRow;

/// The present version of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentRecord {
    /// Key of the record.
    pub key: String,
    /// What it says.
    pub row: RegistryRow,
}

/// By what records are sought.
#[derive(Clone, PartialEq, Eq)]
pub enum RecordQuery {
    /// By the IIN of guardian or ward, wherever the record is kept.
    Iin(Iin),
    /// By the beginning of the name of guardian or ward, among these keepers' records ([`crate::name_prefix`]).
    Name {
        /// Beginning of the key.
        prefix: String,
        /// Territories.
        keepers: Vec<Kato>,
    },
    /// By the number of the act, among these keepers' records ([`crate::act_prefix`]).
    Act {
        /// Beginning of the key.
        prefix: String,
        /// Territories.
        keepers: Vec<Kato>,
    },
}

impl RecordQuery {
    /// The way, for the journal.
    #[must_use]
    pub fn way(&self) -> LookWay {
        match self {
            Self::Iin(_) => LookWay::Iin,
            Self::Name { .. } => LookWay::Name,
            Self::Act { .. } => LookWay::Act,
        }
    }

    /// Whether surnames alone are sought that have no more letters than were typed, because those are too few for a beginning.
    #[must_use]
    pub fn is_of_whole_surnames(&self) -> bool {
        matches!(self, Self::Name { prefix, .. } if prefix.ends_with(' '))
    }
}

impl std::fmt::Debug for RecordQuery {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RecordQuery({})", self.way().code())
    }
}

/// The registry as officers work with it.
#[async_trait]
pub trait RecordDesk: Registry {
    /// Territories under which records are kept, each once.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keepers(&self) -> Result<Vec<Kato>, StoreError>;

    /// Writes the keys of at most `limit` records behind one, in the order of their keys, that a program without keys wrote.
    /// What cannot be read stays without.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn write_missing_keys(&self, after: &str, limit: u32) -> Result<KeyedPage, StoreError>;

    /// Present records, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find_records(
        &self,
        query: &RecordQuery,
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError>;

    /// Present records of these keepers in the order of their keys, behind one, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn records_kept_by(
        &self,
        keepers: &[Kato],
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError>;

    /// Present records, whoever keeps them, that share a ward, a ward's name and birth date or an act with these, which are
    /// among them; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn related_records(
        &self,
        records: &[PresentRecord],
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError>;

    /// Whose record it is.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn guardian_of_record(&self, key: &str) -> Result<Option<Iin>, StoreError>;

    /// Writes a look down, with its journal entries ([`RecordLook::events`]).
    ///
    /// # Errors
    /// [`StoreError`]; then nobody may be shown anything.
    async fn note_look(&self, look: &RecordLook, subjects: &[Iin]) -> Result<(), StoreError>;

    /// What for and where looks were made, by their identifiers; of one that is not there nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn look_words(&self, ids: &[String]) -> Result<HashMap<String, LookWords>, StoreError>;

    /// Keeps a request to repair a record; `false` where this refused request has one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn open_repair(
        &self,
        repair: &RepairRequest,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// The request to repair of a refused request.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn repair_of(&self, number: &Number) -> Result<Option<RepairRequest>, StoreError>;

    /// Requests to repair at these keepers: those without answer first, the oldest first; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn repairs_at(
        &self,
        providers: &[Kato],
        limit: u32,
    ) -> Result<Vec<RepairRequest>, StoreError>;

    /// Answers a request to repair; `false` where it has an answer or does not exist: then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn answer_repair(
        &self,
        number: &Number,
        answer: &RepairAnswer,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// How far people have been told; a store begins with what it has, so that nobody is told of what is long past.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn repair_mark(&self) -> Result<RepairMark, StoreError>;

    /// Notes down how far. A mark that is behind another's in either part leaves that part.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_repair_mark(&self, mark: &RepairMark) -> Result<(), StoreError>;

    /// Number of the last import; 0 where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn last_import(&self) -> Result<i64, StoreError>;

    /// Requests refused, the whole or a part, of people about whom an import wrote, who were not told, in the order of their
    /// numbers, behind one, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn refused_in_import(
        &self,
        import: i64,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError>;

    /// Requests refused as a whole from a moment on, whose people were not told, in the order of their numbers, behind one, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn refused_since(
        &self,
        moment: Timestamp,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError>;

    /// Tells the applicant of a refused request that his record is there now, and answers his request to repair it, if it is
    /// open. `false` where he was told before: then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn tell_repaired(
        &self,
        number: &Number,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Of which refused requests a person was told that his record is there, the last first, and when.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn repairs_told(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::stored_json;
    use crate::testing::samples::{iin, registry_row};

    #[test]
    fn a_record_that_cannot_be_read_keeps_no_other_from_its_keys() {
        let row = registry_row(iin(1), "ward-a");
        let rows = || {
            vec![
                ("a".to_owned(), 1, "{".to_owned()),
                ("b".to_owned(), 2, stored_json(&row).unwrap()),
            ]
        };
        for (limit, next) in [(2, Some("b".to_owned())), (3, None)] {
            let (page, keyed) = KeyedPage::of(rows(), limit);
            let unreadable = vec!["a".to_owned()];
            assert_eq!(page, KeyedPage { written: 1, unreadable, next });
            let [one] = keyed.as_slice() else { panic!("one") };
            assert_eq!((one.key.as_str(), one.version), ("b", 2));
        }
    }
}
