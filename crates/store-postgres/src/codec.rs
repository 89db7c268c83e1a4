//! How values stand in columns: moments as epoch milliseconds, words as text, whole values as JSON; what
//! is personal by the vault.

use app::StoreError;
use domain::{Iin, Number};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vault::{Place, Vault};

use crate::error::unwritable;

pub(crate) fn to_ms(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

pub(crate) fn moment(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Corrupt("a moment"))
}

pub(crate) fn number(text: &str) -> Result<Number, StoreError> {
    Number::parse(text).map_err(|_| StoreError::Corrupt("a number"))
}

/// A person, where there is one.
pub(crate) fn some_iin(vault: &Vault, code: Option<&str>) -> Result<Option<Iin>, StoreError> {
    code.map(|code| vault.iin(code)).transpose()
}

/// A sealed text, where there is one.
pub(crate) fn open_some(
    vault: &Vault,
    place: Place<'_>,
    stored: Option<String>,
) -> Result<Option<String>, StoreError> {
    stored.map(|text| vault.open(place, text)).transpose()
}

pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(unwritable)
}

/// The error names the column only; serde's own text would repeat the value.
pub(crate) fn from_json<T: DeserializeOwned>(
    text: &str,
    column: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(column))
}

/// A plain enum from its stable word.
pub(crate) fn from_word<T: DeserializeOwned>(
    word: String,
    column: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_value(Value::String(word)).map_err(|_| StoreError::Corrupt(column))
}

/// Place in a list, from 0.
pub(crate) fn places() -> impl Iterator<Item = i64> {
    0_i64..
}

/// A sealed value; where there is none, the column is empty.
pub(crate) fn open_optional_json<T: DeserializeOwned>(
    vault: &Vault,
    place: Place<'_>,
    stored: String,
) -> Result<Option<T>, StoreError> {
    if stored.is_empty() { Ok(None) } else { vault.open_json(place, stored).map(Some) }
}
