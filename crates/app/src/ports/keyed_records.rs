//! Keys of records on their way into the store, and what became of records that had none.
//!
//! Values only. Read next: `record_desk.rs`.

use crate::import_plan::read_row;
use crate::record_keys::RecordKeys;

/// A record whose keys are to be written.
#[derive(Clone, serde::Serialize)]
pub struct KeyedRecord {
    /// Key of the record.
    pub key: String,
    /// Of which version its keys are.
    pub version: i64,
    /// Its keys.
    #[serde(flatten)]
    pub keys: RecordKeys,
}

/// What became of records that had no keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyedPage {
    /// How many have them now.
    pub written: u64,
    /// Those that nobody can read.
    pub unreadable: Vec<String>,
    /// Behind which record more may have none; `None` where all were looked at.
    pub next: Option<String>,
}

impl KeyedPage {
    /// Of records with their versions and rows as they are stored, at most `limit` in the order of their keys; and what is to
    /// be written of them.
    #[must_use]
    pub fn of(rows: Vec<(String, i64, String)>, limit: u32) -> (Self, Vec<KeyedRecord>) {
        let is_full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
        let next = rows.last().filter(|_| is_full).map(|(key, _, _)| key.clone());
        let (mut keyed, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
        for (key, version, payload) in rows {
            match read_row(&payload) {
                Ok(row) => keyed.push(KeyedRecord { key, version, keys: RecordKeys::of(&row) }),
                Err(_) => unreadable.push(key),
            }
        }
        let written = u64::try_from(keyed.len()).unwrap_or(u64::MAX);
        (Self { written, unreadable, next }, keyed)
    }
}
