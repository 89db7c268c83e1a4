//! Archives of a whole store as a folder: one file of JSON lines per table, and a manifest with their digests, which is
//! written last. A folder under another name than it was asked for, or without manifest, is no archive.
//!
//! It holds everything the database holds: it is to be kept like the database. Read next: `writing.rs`, `reading.rs`,
//! `pipe.rs` for moving without a folder.

mod pipe;
mod reading;
mod writing;

use std::path::PathBuf;

use app::{ArchiveError, ColumnValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use pipe::{Digests, pipe};
pub use reading::ArchiveReader;
pub use writing::ArchiveWriter;

/// Form of the folder.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
/// Restorations made from the archive, one a line.
const RESTORATIONS: &str = "restorations.jsonl";

/// What the manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of the folder.
    pub format: u32,
    /// Number of the last migration.
    pub schema_version: i64,
    /// When it was begun (RFC 3339).
    pub begun_at: jiff::Timestamp,
    /// Its tables, in the order of loading.
    pub tables: Vec<TableFile>,
}

/// A table's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// Name of the table; the file's name is this with `.jsonl`.
    pub name: String,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// Hexadecimal SHA-256 of the file.
    pub sha256: String,
}

impl Manifest {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Rows of one table.
    #[must_use]
    pub fn rows_of(&self, table: &str) -> u64 {
        self.tables.iter().find(|one| one.name == table).map_or(0, |one| one.rows)
    }
}

fn file_of(folder: &std::path::Path, table: &str) -> PathBuf {
    folder.join(format!("{table}.jsonl"))
}

/// A row as a line: numbers and texts as they are, bytes as an object, so that a text never reads as bytes.
fn line(values: Vec<ColumnValue>) -> String {
    let value = |value| match value {
        ColumnValue::Null => Value::Null,
        ColumnValue::Integer(value) => Value::from(value),
        ColumnValue::Text(value) => Value::from(value),
        ColumnValue::Bytes(value) => serde_json::json!({ "base64": STANDARD.encode(value) }),
    };
    Value::Array(values.into_iter().map(value).collect()).to_string()
}

fn values(line: &str) -> Result<Vec<ColumnValue>, ArchiveError> {
    let no_row = || ArchiveError::Unreadable("a line is no row".to_owned());
    let row: Vec<Value> = serde_json::from_str(line).map_err(|_| no_row())?;
    let value = |value| match value {
        Value::Null => Ok(ColumnValue::Null),
        Value::Number(value) => value.as_i64().map(ColumnValue::Integer).ok_or_else(no_row),
        Value::String(value) => Ok(ColumnValue::Text(value)),
        Value::Object(object) => object
            .get("base64")
            .and_then(Value::as_str)
            .and_then(|text| STANDARD.decode(text).ok())
            .map(ColumnValue::Bytes)
            .ok_or_else(no_row),
        Value::Bool(_) | Value::Array(_) => Err(no_row()),
    };
    row.into_iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back_as_it_went() {
        let row = vec![
            ColumnValue::Null,
            ColumnValue::Integer(i64::MIN),
            ColumnValue::Integer(i64::MAX),
            ColumnValue::Text("Үсен «{\"base64\":\"AA==\"}»\n".to_owned()),
            ColumnValue::Bytes(vec![0, 255, 10]),
            ColumnValue::Bytes(Vec::new()),
        ];
        let line = line(row.clone());
        assert!(!line.contains('\n'));
        assert!(values(&line).unwrap() == row);
        for broken in ["", "{}", "[true]", "[1.5]", "[[]]", "[{\"base64\":\"?\"}]"] {
            assert!(values(broken).is_err(), "{broken}");
        }
    }
}
