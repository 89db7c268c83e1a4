//! Rows of an open archive on their way into a sealed store.

use app::ColumnValue;

use crate::columns::{Kept, PERSONAL_COLUMNS};
use crate::vault::{Vault, row_key as joined};

impl Vault {
    /// The row of a table as it stands in a sealed store. Without keys it stays as it is.
    #[must_use]
    pub fn sealed_row(
        &self,
        table: &str,
        columns: &[String],
        values: Vec<ColumnValue>,
    ) -> Vec<ColumnValue> {
        let kept: Vec<Option<(&'static str, Kept)>> =
            columns.iter().map(|column| kept(table, column)).collect();
        // Codes first: the key of a row may be one.
        let coded: Vec<ColumnValue> =
            values.into_iter().zip(&kept).map(|(value, kept)| self.coded(*kept, value)).collect();
        let keys: Vec<String> = kept.iter().map(|kept| row_key(*kept, columns, &coded)).collect();
        let sealed = coded.into_iter().zip(kept).zip(keys);
        sealed.map(|((value, kept), key)| self.sealed_value(kept, &key, value)).collect()
    }

    fn coded(&self, kept: Option<(&'static str, Kept)>, value: ColumnValue) -> ColumnValue {
        match (kept, value) {
            (Some((_, Kept::Alike(kind))), ColumnValue::Text(text)) => {
                ColumnValue::Text(self.alike(kind, &text))
            }
            (Some((column, Kept::Code)), ColumnValue::Text(text)) => {
                ColumnValue::Text(self.code(column, &text))
            }
            (_, value) => value,
        }
    }

    fn sealed_value(
        &self,
        kept: Option<(&'static str, Kept)>,
        key: &str,
        value: ColumnValue,
    ) -> ColumnValue {
        match (kept, value) {
            (Some((column, Kept::Text(_))), ColumnValue::Text(text)) => {
                ColumnValue::Text(self.seal((column, key), &text))
            }
            (Some((column, Kept::Bytes(_))), ColumnValue::Bytes(bytes)) => {
                ColumnValue::Bytes(self.seal_bytes((column, key), &bytes))
            }
            (_, value) => value,
        }
    }
}

fn kept(table: &str, column: &str) -> Option<(&'static str, Kept)> {
    let is_it = |name: &str| name.split_once('.') == Some((table, column));
    PERSONAL_COLUMNS.into_iter().find(|(name, _)| is_it(name))
}

fn row_key(
    kept: Option<(&'static str, Kept)>,
    columns: &[String],
    coded: &[ColumnValue],
) -> String {
    let Some((_, Kept::Text(key) | Kept::Bytes(key))) = kept else { return String::new() };
    let part = |name: &str| {
        let place = columns.iter().position(|column| column == name);
        match place.and_then(|place| coded.get(place)) {
            Some(ColumnValue::Text(text)) => text.clone(),
            Some(ColumnValue::Integer(number)) => number.to_string(),
            _ => String::new(),
        }
    };
    match key.split_once(", ") {
        Some((first, second)) => joined(&part(first), part(second)),
        None => part(key),
    }
}
