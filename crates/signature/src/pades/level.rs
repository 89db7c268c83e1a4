//! How much of a seal can be proved, and for how long: the baseline levels of PAdES (ETSI EN 319 142-1).

use std::fmt;
use std::str::FromStr;

/// A level; each has all that the one before has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// B-B: a signature and a claimed time.
    Basic,
    /// B-T: a trusted authority stamped the signature.
    Stamped,
    /// B-LT: certificates and revocation lists are kept in the file.
    LongTerm,
    /// B-LTA: all of it is stamped.
    Archived,
}

/// A text that names no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a level of a seal is b-b, b-t, b-lt or b-lta")]
pub struct NotALevel;

impl Level {
    /// Each of them, the lowest first.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Stamped, Self::LongTerm, Self::Archived];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Basic => "b-b",
            Self::Stamped => "b-t",
            Self::LongTerm => "b-lt",
            Self::Archived => "b-lta",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Level {
    type Err = NotALevel;

    fn from_str(text: &str) -> Result<Self, NotALevel> {
        Self::ALL.into_iter().find(|level| level.code() == text).ok_or(NotALevel)
    }
}
