//! What the figures of the service are counted from: one line for each request, without anybody's data.
//!
//! A store hands lines over as text, many at once ([`FigureLine::read_all`]): a year has hundreds of thousands. Knows no
//! counting. Read next: `figures/mod.rs`.

use async_trait::async_trait;
use domain::{Kato, Language, LegalClock, Number, RefusalGround};
use jiff::Timestamp;

use super::records::Channel;
use super::store::StoreError;

/// Longest span a store reads with one statement, in milliseconds: a month's lines are a few megabytes of text.
pub const FIGURES_SPAN_MS: i64 = 31 * 24 * 60 * 60 * 1_000;

/// One request, as far as it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureLine {
    /// Accepted and due.
    pub clock: LegalClock,
    /// When it was answered.
    pub ended_at: Option<Timestamp>,
    /// Which way it came.
    pub channel: Channel,
    /// Language of the request; `None` where it cannot be read any more.
    pub language: Option<Language>,
    /// Territory of the department the applicant addressed, where he named one.
    pub addressed: Option<Kato>,
    /// Territory of the department in whose name the first document of the answer was made.
    pub answered_by: Option<Kato>,
    /// Certificates of its answer.
    pub certificates: u32,
    /// Refusals of its answer.
    pub refusals: u32,
    /// Ground of the refusal.
    pub ground: Option<RefusalGround>,
    /// Whether a synthetic person asked: then it counts nowhere.
    pub is_synthetic: bool,
}

impl FigureLine {
    /// The territory it counts for: of the answer, and before that of the department addressed.
    #[must_use]
    pub fn territory(&self) -> Option<&Kato> {
        self.answered_by.as_ref().or(self.addressed.as_ref())
    }

    /// Reads lines as stores write them: behind each line a semicolon, between its fields commas; moments in epoch
    /// milliseconds, words as they stand in the columns, empty where there is nothing.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn read_all(text: &str) -> Result<Vec<Self>, StoreError> {
        text.split_terminator(';').map(Self::read).collect()
    }

    fn read(line: &str) -> Result<Self, StoreError> {
        let mut fields = line.split(',');
        let mut next = || fields.next().ok_or(CORRUPT);
        let line = Self {
            clock: LegalClock { accepted_at: moment(next()?)?, due_at: moment(next()?)? },
            ended_at: optional(next()?).map(moment).transpose()?,
            channel: Channel::parse(next()?).ok_or(CORRUPT)?,
            language: Language::parse(next()?),
            addressed: kato(next()?),
            answered_by: kato(next()?),
            certificates: count(next()?)?,
            refusals: count(next()?)?,
            ground: RefusalGround::parse(next()?),
            is_synthetic: count(next()?)? != 0,
        };
        if fields.next().is_none() { Ok(line) } else { Err(CORRUPT) }
    }
}

const CORRUPT: StoreError = StoreError::Corrupt("figures");

fn optional(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn moment(text: &str) -> Result<Timestamp, StoreError> {
    let ms = text.parse().map_err(|_| CORRUPT)?;
    Timestamp::from_millisecond(ms).map_err(|_| CORRUPT)
}

fn count(text: &str) -> Result<u32, StoreError> {
    text.parse().map_err(|_| CORRUPT)
}

fn kato(text: &str) -> Option<Kato> {
    Kato::parse(text).ok()
}

/// The lines, beside the requests they count.
#[async_trait]
pub trait Figures: Send + Sync {
    /// Lines of requests accepted from a moment on and before another, in no order; without those of synthetic people.
    async fn figures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FigureLine>, StoreError>;

    /// Lines of these requests, of synthetic people too, in no order; one that does not exist has none.
    async fn figures_of(&self, numbers: &[Number])
    -> Result<Vec<(Number, FigureLine)>, StoreError>;

    /// When the first request of all that count was accepted.
    async fn first_figure(&self) -> Result<Option<Timestamp>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_none_of_ours_is_told_and_one_damaged_word_is_nothing() {
        let line = "1000,1801000,,portal,kk,101010000,,0,0,,0;1000,1801000,2000,api,,,710000000,1,1,no_guardian_record,1;";
        let read = FigureLine::read_all(line).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].territory().map(Kato::as_str), Some("101010000"));
        assert_eq!((read[0].ended_at, read[0].language), (None, Some(Language::Kk)));
        assert_eq!(read[1].territory().map(Kato::as_str), Some("710000000"));
        assert_eq!(
            (read[1].language, read[1].ground),
            (None, Some(RefusalGround::NoGuardianRecord))
        );
        assert_eq!((read[1].certificates, read[1].refusals), (1, 1));
        assert!(!read[0].is_synthetic && read[1].is_synthetic);
        assert!(FigureLine::read_all("").unwrap().is_empty());
        for bad in [
            "1000;",
            "x,1,,portal,kk,,,0,0,,0;",
            "1,1,,post,kk,,,0,0,,0;",
            "1,1,,api,kk,,,0,0,,0,;",
            "1,1,,api,kk,,,0,0,;",
        ] {
            assert!(matches!(FigureLine::read_all(bad), Err(StoreError::Corrupt(_))), "{bad}");
        }
    }
}
