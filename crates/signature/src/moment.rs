//! A moment as this crate counts: whole seconds since 1970-01-01T00:00:00Z. It depends on no calendar library.

use std::time::Duration;

use der::DateTime;
use der::asn1::{GeneralizedTime, UtcTime};
use x509_cert::time::Time;

/// From then on certificates and signatures write years in four digits (RFC 5280, 4.1.2.5; RFC 5652, 11.3).
const YEAR_OF_GENERALIZED_TIME: u16 = 2050;

/// Seconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    pub(crate) fn of(time: &Time) -> Self {
        Self(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
    }

    /// As certificates and signatures write it.
    pub(crate) fn to_time(self) -> der::Result<Time> {
        let out_of_range = || der::Error::from(der::ErrorKind::DateTime);
        let seconds = u64::try_from(self.0).map_err(|_| out_of_range())?;
        let date_time = DateTime::from_unix_duration(Duration::from_secs(seconds))?;
        Ok(if date_time.year() < YEAR_OF_GENERALIZED_TIME {
            Time::UtcTime(UtcTime::from_date_time(date_time)?)
        } else {
            Time::GeneralTime(GeneralizedTime::from_date_time(date_time))
        })
    }

    /// The moment this many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}
