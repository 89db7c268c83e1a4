//! How values stand in columns: moments as epoch milliseconds, words as text, whole values as JSON.

use app::StoreError;
use domain::{Iin, Number};
use jiff::Timestamp;
use serde_json::Value;

use crate::error::unwritable;

/// Anything that is kept as JSON.
pub(crate) trait Json: serde::Serialize + serde::de::DeserializeOwned {}
impl<T: serde::Serialize + serde::de::DeserializeOwned> Json for T {}

pub(crate) fn to_ms(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

pub(crate) fn moment(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Corrupt("a moment"))
}

pub(crate) fn number(text: &str) -> Result<Number, StoreError> {
    Number::parse(text).map_err(|_| StoreError::Corrupt("a number"))
}

pub(crate) fn iin(text: &str) -> Result<Iin, StoreError> {
    Iin::parse(text).map_err(|_| StoreError::Corrupt("an IIN"))
}

pub(crate) fn to_json<T: Json>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(unwritable)
}

/// The error names the column only; serde's own text would repeat the value.
pub(crate) fn from_json<T: Json>(text: &str, column: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(column))
}

/// The stable word of a plain enum.
pub(crate) fn to_word<T: Json>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value).map_err(unwritable)? {
        Value::String(word) => Ok(word),
        _ => Err(StoreError::Corrupt("a word")),
    }
}

pub(crate) fn from_word<T: Json>(word: String, column: &'static str) -> Result<T, StoreError> {
    serde_json::from_value(Value::String(word)).map_err(|_| StoreError::Corrupt(column))
}

/// Place in a list, from 0.
pub(crate) fn places() -> impl Iterator<Item = i64> {
    0_i64..
}
