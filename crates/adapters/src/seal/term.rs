//! From when to when a certificate counts, and which of several keys seals at a moment.
//!
//! Pure: knows no key, file or clock. Read next: `keys.rs`.

use jiff::{SignedDuration, Timestamp};
use signature::pades::SealCertificates;
use signature::x509::Certificate;

use super::key::KeyFault;

/// A newer key is used once it is good for so long; else the one that is good longest.
const RESERVE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A period of validity, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Term {
    /// The sealing certificate's.
    pub(super) fn of(certificates: &SealCertificates) -> Result<Self, KeyFault> {
        let certificate =
            Certificate::from_der(&certificates.sealing_der()).map_err(|_| KeyFault::Term)?;
        Self::of_certificate(&certificate)
    }

    /// A certificate's.
    pub(super) fn of_certificate(certificate: &Certificate) -> Result<Self, KeyFault> {
        let at = |moment: signature::Moment| {
            Timestamp::from_second(moment.0).map_err(|_| KeyFault::Term)
        };
        Ok(Self {
            not_before: at(certificate.not_before())?,
            not_after: at(certificate.not_after())?,
        })
    }

    pub(super) fn holds(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// The place of the key that seals now: the newest that is valid and stays so for a while; without such a one, the valid
/// one that stays so longest. `None` where none is valid.
pub(super) fn choose(terms: &[Term], now: Timestamp) -> Option<usize> {
    let valid = || terms.iter().enumerate().filter(|(_, term)| term.holds(now));
    let settled = valid().filter(|(_, term)| term.not_after.duration_since(now) >= RESERVE);
    let newest = settled.max_by_key(|(_, term)| (term.not_before, term.not_after));
    let chosen = newest.or_else(|| valid().max_by_key(|(_, term)| term.not_after));
    chosen.map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days of a calendar that begins on day 0.
    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    fn term(from: i64, to: i64) -> Term {
        Term { not_before: day(from), not_after: day(to) }
    }

    #[test]
    fn the_newest_valid_key_with_days_to_spare_seals() {
        let (old, new, short) = (term(0, 365), term(300, 665), term(310, 325));
        for (terms, at, expected) in [
            (&[old][..], -1, None),
            (&[old], 0, Some(0)),
            (&[old], 365, Some(0)),
            (&[old], 366, None),
            (&[old, new], 299, Some(0)),
            (&[old, new], 300, Some(1)),
            (&[new, old], 300, Some(0)),
            (&[old, new], 400, Some(1)),
            // Newer, but it ends in five days: the other stays.
            (&[old, short], 315, Some(1)),
            (&[old, short], 320, Some(0)),
            // Nothing has days to spare: the longest.
            (&[term(0, 364), term(100, 362)], 360, Some(0)),
            (&[], 0, None),
        ] {
            assert_eq!(choose(terms, day(at)), expected, "{terms:?} on day {at}");
        }
    }
}
