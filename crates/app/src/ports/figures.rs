//! What the figures of the service are counted from: one line for each request, without anybody's data.
//!
//! A year has hundreds of thousands of lines, which differ in their moments and hardly in anything else: a store hands them over
//! as groups of lines that count alike, each group's words read once. Knows no counting. Read next: `figures/mod.rs`.

use std::collections::HashMap;
use std::hash::Hash;

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
    /// What it has in common with lines that count alike.
    #[must_use]
    pub fn kind(&self) -> FigureKind {
        FigureKind {
            channel: self.channel,
            language: self.language,
            addressed: self.addressed.clone(),
            answered_by: self.answered_by.clone(),
            certificates: self.certificates,
            refusals: self.refusals,
            ground: self.ground,
        }
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
        let clock = LegalClock { accepted_at: moment(next()?)?, due_at: moment(next()?)? };
        let ended_at = optional(next()?).map(moment).transpose()?;
        let kind = kind(&mut fields)?;
        let is_synthetic = count(fields.next().ok_or(CORRUPT)?)? != 0;
        let FigureKind { channel, language, addressed, answered_by, .. } = kind;
        let FigureKind { certificates, refusals, ground, .. } = kind;
        let line = Self {
            clock,
            ended_at,
            channel,
            language,
            addressed,
            answered_by,
            certificates,
            refusals,
            ground,
            is_synthetic,
        };
        if fields.next().is_none() { Ok(line) } else { Err(CORRUPT) }
    }
}

/// Everything of a line but its moments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FigureKind {
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
}

impl FigureKind {
    /// Reads channel, language, territories addressed and answering, and ground, as they stand in the columns, and the counts of
    /// certificates and refusals.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn read(words: [&str; 5], counts: [i64; 2]) -> Result<Self, StoreError> {
        let [channel, language, addressed, answered_by, ground] = words;
        let [certificates, refusals] =
            counts.map(|count| u32::try_from(count).map_err(|_| CORRUPT));
        Ok(Self {
            channel: Channel::parse(channel).ok_or(CORRUPT)?,
            language: Language::parse(language),
            addressed: kato(addressed),
            answered_by: kato(answered_by),
            certificates: certificates?,
            refusals: refusals?,
            ground: RefusalGround::parse(ground),
        })
    }

    /// The territory it counts for: of the answer, and before that of the department addressed.
    #[must_use]
    pub fn territory(&self) -> Option<&Kato> {
        self.answered_by.as_ref().or(self.addressed.as_ref())
    }
}

/// The moments of a line, in epoch milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FigureMoments {
    /// Accepted.
    pub accepted_at: i64,
    /// Due.
    pub due_at: i64,
    /// Answered.
    pub ended_at: Option<i64>,
}

/// Lines that count alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureGroup {
    /// What they have in common.
    pub kind: FigureKind,
    /// The moments of each.
    pub lines: Vec<FigureMoments>,
}

impl FigureGroup {
    /// Lines put into groups.
    #[must_use]
    pub fn of(lines: &[FigureLine]) -> Vec<Self> {
        let mut groups: HashMap<FigureKind, Vec<FigureMoments>> = HashMap::new();
        for line in lines {
            groups.entry(line.kind()).or_default().push(FigureMoments {
                accepted_at: line.clock.accepted_at.as_millisecond(),
                due_at: line.clock.due_at.as_millisecond(),
                ended_at: line.ended_at.map(Timestamp::as_millisecond),
            });
        }
        groups.into_iter().map(|(kind, lines)| Self { kind, lines }).collect()
    }

    /// Reads lines into groups: between lines a semicolon, in each what [`FigureLine::read_all`] reads, but without its last
    /// field.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn read_all(text: &str) -> Result<Vec<Self>, StoreError> {
        let mut groups = FigureGroups::default();
        for line in text.split_terminator(';') {
            let (moments, words) = moments_of(line).ok_or(CORRUPT)?;
            groups.add(words, moments, kind_of)?;
        }
        Ok(groups.finish())
    }
}

/// Groups while lines are read into them: what their lines have in common is read once, when the first of them comes.
pub struct FigureGroups<W> {
    places: HashMap<W, usize>,
    groups: Vec<FigureGroup>,
}

impl<W: Eq + Hash> Default for FigureGroups<W> {
    fn default() -> Self {
        Self { places: HashMap::new(), groups: Vec::new() }
    }
}

impl<W: Copy + Eq + Hash> FigureGroups<W> {
    /// Takes in a line by its words, as the store has them.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for words that mean nothing.
    pub fn add(
        &mut self,
        words: W,
        moments: FigureMoments,
        read: impl Fn(W) -> Result<FigureKind, StoreError>,
    ) -> Result<(), StoreError> {
        let place = match self.places.get(&words) {
            Some(place) => *place,
            None => {
                self.groups.push(FigureGroup { kind: read(words)?, lines: Vec::new() });
                self.places.insert(words, self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        self.groups.get_mut(place).ok_or(CORRUPT)?.lines.push(moments);
        Ok(())
    }

    /// All of them.
    #[must_use]
    pub fn finish(self) -> Vec<FigureGroup> {
        self.groups
    }
}

/// The moments of a line and the words behind them.
fn moments_of(line: &str) -> Option<(FigureMoments, &str)> {
    let (accepted_at, rest) = line.split_once(',')?;
    let (due_at, rest) = rest.split_once(',')?;
    let (ended_at, words) = rest.split_once(',')?;
    let ended_at = optional(ended_at).map(str::parse).transpose().ok()?;
    let (accepted_at, due_at) = (accepted_at.parse().ok()?, due_at.parse().ok()?);
    Some((FigureMoments { accepted_at, due_at, ended_at }, words))
}

fn kind_of(words: &str) -> Result<FigureKind, StoreError> {
    let mut fields = words.split(',');
    let kind = kind(&mut fields)?;
    if fields.next().is_none() { Ok(kind) } else { Err(CORRUPT) }
}

fn kind<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Result<FigureKind, StoreError> {
    let mut next = || fields.next().ok_or(CORRUPT);
    let (channel, language, addressed, answered_by) = (next()?, next()?, next()?, next()?);
    let counts = [count(next()?)?, count(next()?)?].map(i64::from);
    FigureKind::read([channel, language, addressed, answered_by, next()?], counts)
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
    /// Lines of requests accepted from a moment on and before another, in no order, in groups of which several may be alike;
    /// without those of synthetic people.
    async fn figures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FigureGroup>, StoreError>;

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
        let territory = |line: &FigureLine| line.kind().territory().cloned().map(String::from);
        assert_eq!(territory(&read[0]).as_deref(), Some("101010000"));
        assert_eq!((read[0].ended_at, read[0].language), (None, Some(Language::Kk)));
        assert_eq!(territory(&read[1]).as_deref(), Some("710000000"));
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

    #[test]
    fn groups_are_read_as_lines_are() {
        let lines = [
            "1000,1801000,,portal,kk,101010000,,0,0,",
            "2000,1802000,2500,portal,kk,,710000000,1,0,",
            "3000,1803000,3700,portal,kk,,710000000,1,0,",
            "1000,1801000,2000,api,,,710000000,0,1,no_guardian_record",
            "4000,1804000,9000,portal,kk,,710000000,1,1,no_consent",
        ];
        let each: String = lines.iter().map(|line| format!("{line},0;")).collect();
        let mut expected = FigureGroup::of(&FigureLine::read_all(&each).unwrap());
        let mut read = FigureGroup::read_all(&lines.join(";")).unwrap();
        for groups in [&mut expected, &mut read] {
            groups.sort_by_key(|group| group.lines[0].accepted_at + i64::from(group.kind.refusals));
        }
        assert_eq!(read, expected);
        assert_eq!(read.iter().map(|group| group.lines.len()).collect::<Vec<_>>(), [1, 1, 2, 1]);
        assert!(FigureGroup::read_all("").unwrap().is_empty());
        for bad in ["1000", "1,1,,post,kk,,,0,0,", "1,1,,api,kk,,,0,0,,0", "1,x,,api,kk,,,0,0,"] {
            assert!(matches!(FigureGroup::read_all(bad), Err(StoreError::Corrupt(_))), "{bad}");
        }
    }
}
