//! Lines the figures are counted from. The triggers of `requests` write them; here they are only read, many as one row.

use app::{FigureGroup, FigureGroups, FigureKind, FigureLine, FigureMoments, Figures, StoreError};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use sqlx::{FromRow, query_as};

use crate::PostgresStore;
use crate::codec::{moment, number, to_ms};

/// A line as [`FigureLine::read_all`] reads it.
macro_rules! line {
    () => {
        "concat(accepted_at, ',', due_at, ',', ended_at, ',', channel, ',', language, ',', addressed, ',',
             answered_by, ',', certificates, ',', refusals, ',', ground, ',', synthetic, ';')"
    };
}

/// What one statement reads: a week of ours. What it takes stays within what the server's memory keeps at hand; months took
/// new pages from the system each time.
const SPAN_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

const CORRUPT: StoreError = StoreError::Corrupt("figures");

/// The lines of a span as [`Columns`], in one row: a row of its own for each would cost the driver more than reading it, a text
/// of all its fields the server. Grouping here would sort, because the server takes arrays for too large to keep by their keys.
const BETWEEN: &str = "SELECT COALESCE(array_agg(accepted_at), '{}') AS accepted_at,
         COALESCE(array_agg(due_at), '{}') AS due_at, COALESCE(array_agg(ended_at), '{}') AS ended_at,
         COALESCE(array_agg(certificates), '{}') AS certificates, COALESCE(array_agg(refusals), '{}') AS refusals,
         COALESCE(string_agg(channel, ',') || ',', '') AS channel,
         COALESCE(string_agg(language, ',') || ',', '') AS language,
         COALESCE(string_agg(addressed, ',') || ',', '') AS addressed,
         COALESCE(string_agg(answered_by, ',') || ',', '') AS answered_by,
         COALESCE(string_agg(ground, ',') || ',', '') AS ground
     FROM figures WHERE accepted_at >= $1 AND accepted_at < $2 AND synthetic = 0";

#[async_trait]
impl Figures for PostgresStore {
    async fn figures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FigureGroup>, StoreError> {
        let (mut from, until) = (to_ms(from), to_ms(until));
        let mut groups = Vec::new();
        while from < until {
            // One span is read by the program while the server puts the next one together.
            let middle = from.saturating_add(SPAN_MS).min(until);
            let end = middle.saturating_add(SPAN_MS).min(until);
            let both = async {
                tokio::try_join!(
                    groups_between(self, from, middle),
                    groups_between(self, middle, end)
                )
            };
            let (first, second) = self.within(both).await?;
            groups.extend(first.into_iter().chain(second));
            from = end;
        }
        Ok(groups)
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

async fn groups_between(
    store: &PostgresStore,
    from: i64,
    until: i64,
) -> Result<Vec<FigureGroup>, StoreError> {
    if from >= until {
        return Ok(Vec::new());
    }
    let columns: Option<Columns> = store.optional(query_as(BETWEEN).bind(from).bind(until)).await?;
    columns.ok_or(CORRUPT)?.groups()
}

/// The lines of a span, column by column: in arrays, and in texts with a comma behind each line's word.
#[derive(FromRow)]
struct Columns {
    accepted_at: Vec<i64>,
    due_at: Vec<i64>,
    ended_at: Vec<Option<i64>>,
    certificates: Vec<i64>,
    refusals: Vec<i64>,
    channel: String,
    language: String,
    addressed: String,
    answered_by: String,
    ground: String,
}

impl Columns {
    fn groups(&self) -> Result<Vec<FigureGroup>, StoreError> {
        let texts =
            [&self.channel, &self.language, &self.addressed, &self.answered_by, &self.ground];
        let mut texts = texts.map(|text| text.split_terminator(','));
        let (mut due_at, mut ended_at) = (self.due_at.iter(), self.ended_at.iter());
        let (mut certificates, mut refusals) = (self.certificates.iter(), self.refusals.iter());
        let mut groups = FigureGroups::default();
        for accepted_at in &self.accepted_at {
            let moments = FigureMoments {
                accepted_at: *accepted_at,
                due_at: *due_at.next().ok_or(CORRUPT)?,
                ended_at: *ended_at.next().ok_or(CORRUPT)?,
            };
            let counts = [certificates.next().ok_or(CORRUPT)?, refusals.next().ok_or(CORRUPT)?];
            let mut words = [""; 5];
            for (word, text) in words.iter_mut().zip(&mut texts) {
                *word = text.next().ok_or(CORRUPT)?;
            }
            let counts = counts.map(|count| *count);
            groups
                .add((words, counts), moments, |(words, counts)| FigureKind::read(words, counts))?;
        }
        // A word with a comma in it would give its rest to the next line.
        if texts.iter_mut().any(|text| text.next().is_some()) {
            Err(CORRUPT)
        } else {
            Ok(groups.finish())
        }
    }
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
