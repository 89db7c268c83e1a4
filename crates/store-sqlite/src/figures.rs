//! Lines the figures are counted from. The triggers of `requests` write them; here they are only read, many as one text,
//! because each row of its own would cost the driver more than reading it.

use app::{FIGURES_SPAN_MS, FigureGroup, FigureLine, Figures, StoreError};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{query_as, query_scalar};

use crate::SqliteStore;
use crate::codec::{moment, number, to_ms};
use crate::error::fault;

/// A line as [`FigureLine::read_all`] reads it.
macro_rules! line {
    () => {
        "accepted_at || ',' || due_at || ',' || COALESCE(ended_at, '') || ',' || channel || ',' || language
             || ',' || addressed || ',' || answered_by || ',' || certificates || ',' || refusals || ',' || ground || ',' || synthetic || ';'"
    };
}

/// The lines of a span as [`FigureGroup::read_all`] reads them. One call of a function writes a line; a dozen joined by `||`
/// would each copy what is there already.
const BETWEEN: &str = "SELECT group_concat(
         concat_ws(',', accepted_at, due_at, COALESCE(ended_at, ''), channel, language, addressed, answered_by,
             certificates, refusals, ground), ';')
     FROM figures WHERE accepted_at >= $1 AND accepted_at < $2 AND synthetic = 0";

#[async_trait]
impl Figures for SqliteStore {
    async fn figures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FigureGroup>, StoreError> {
        let (mut from, until) = (to_ms(from), to_ms(until));
        let mut groups = Vec::new();
        while from < until {
            let end = from.saturating_add(FIGURES_SPAN_MS).min(until);
            let text: Option<String> = query_scalar(BETWEEN)
                .bind(from)
                .bind(end)
                .fetch_one(self.read())
                .await
                .map_err(fault)?;
            groups.extend(FigureGroup::read_all(&text.unwrap_or_default())?);
            from = end;
        }
        Ok(groups)
    }

    async fn figures_of(
        &self,
        numbers: &[Number],
    ) -> Result<Vec<(Number, FigureLine)>, StoreError> {
        let numbers: Vec<Value> = numbers.iter().map(|one| one.as_str().into()).collect();
        let rows: Vec<(String, String)> = query_as(concat!(
            "SELECT number, ",
            line!(),
            " FROM figures WHERE number IN (SELECT value FROM json_each(?))"
        ))
        .bind(Value::from(numbers).to_string())
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        let read = |(text, line): (String, String)| {
            let line = FigureLine::read_all(&line)?.pop();
            Ok((number(&text)?, line.ok_or(StoreError::Corrupt("figures"))?))
        };
        rows.into_iter().map(read).collect()
    }

    async fn first_figure(&self) -> Result<Option<Timestamp>, StoreError> {
        let first: Option<i64> = query_scalar(
            "SELECT accepted_at FROM figures WHERE synthetic = 0 ORDER BY accepted_at LIMIT 1",
        )
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        first.map(moment).transpose()
    }
}
