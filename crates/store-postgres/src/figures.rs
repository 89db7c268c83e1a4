//! Lines the figures are counted from. The triggers of `requests` write them; here they are only read, many as one text,
//! because each row of its own would cost the driver more than reading it.

use app::{FIGURES_SPAN_MS, FigureLine, Figures, StoreError};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use sqlx::query_as;

use crate::PostgresStore;
use crate::codec::{moment, number, to_ms};

/// A line as [`FigureLine::read_all`] reads it.
macro_rules! line {
    () => {
        "concat(accepted_at, ',', due_at, ',', ended_at, ',', channel, ',', language, ',', addressed, ',',
             answered_by, ',', certificates, ',', refusals, ',', ground, ',', synthetic, ';')"
    };
}

#[async_trait]
impl Figures for PostgresStore {
    async fn figures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FigureLine>, StoreError> {
        let (mut from, until) = (to_ms(from), to_ms(until));
        let mut lines = Vec::new();
        while from < until {
            let end = from.saturating_add(FIGURES_SPAN_MS).min(until);
            let text = self.within(text_between(self, from, end)).await?;
            lines.extend(FigureLine::read_all(&text)?);
            from = end;
        }
        Ok(lines)
    }

    async fn figures_of(
        &self,
        numbers: &[Number],
    ) -> Result<Vec<(Number, FigureLine)>, StoreError> {
        self.within(figures_of(self, numbers)).await
    }

    async fn first_figure(&self) -> Result<Option<Timestamp>, StoreError> {
        self.within(first_figure(self)).await
    }
}

async fn text_between(store: &PostgresStore, from: i64, until: i64) -> Result<String, StoreError> {
    let select = query_as(concat!(
        "SELECT string_agg(",
        line!(),
        ", '') FROM figures WHERE accepted_at >= $1 AND accepted_at < $2 AND synthetic = 0"
    ))
    .bind(from)
    .bind(until);
    let text: Option<(Option<String>,)> = store.optional(select).await?;
    Ok(text.and_then(|(text,)| text).unwrap_or_default())
}

async fn figures_of(
    store: &PostgresStore,
    numbers: &[Number],
) -> Result<Vec<(Number, FigureLine)>, StoreError> {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let select =
        query_as(concat!("SELECT number, ", line!(), " FROM figures WHERE number = ANY($1)"))
            .bind(numbers);
    let rows: Vec<(String, String)> = store.all(select).await?;
    let read = |(text, line): (String, String)| {
        let line = FigureLine::read_all(&line)?.pop();
        Ok((number(&text)?, line.ok_or(StoreError::Corrupt("figures"))?))
    };
    rows.into_iter().map(read).collect()
}

async fn first_figure(store: &PostgresStore) -> Result<Option<Timestamp>, StoreError> {
    let select = query_as(
        "SELECT accepted_at FROM figures WHERE synthetic = 0 ORDER BY accepted_at LIMIT 1",
    );
    let first: Option<(i64,)> = store.optional(select).await?;
    first.map(|(first,)| moment(first)).transpose()
}
