//! A moment as this crate counts: whole seconds since 1970-01-01T00:00:00Z. It depends on no calendar library.

use x509_cert::time::Time;

/// Seconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    pub(crate) fn of(time: &Time) -> Self {
        Self(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
    }

    /// The moment this many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}
