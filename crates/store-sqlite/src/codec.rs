//! How values stand in columns: moments as epoch milliseconds, words as text, whole values as JSON.

use app::StoreError;
use domain::Number;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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

/// The same where there may be none: then the column is empty.
pub(crate) fn from_optional_json<T: DeserializeOwned>(
    text: &str,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    if text.is_empty() { Ok(None) } else { from_json(text, column).map(Some) }
}
