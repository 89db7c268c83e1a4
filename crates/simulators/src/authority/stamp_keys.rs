//! Keys of the time-stamping authority, and those with which somebody only pretends to be it.

use jiff::Timestamp;
use rand::Rng;
use signature::signing::{KeyUses, SigningError, Subject, TimeStampOrder};

use super::center::{Algorithm, Term};
use super::holder::KeyHolder;
use super::{Authority, AuthorityError};

/// Name in the certificates.
const NAME: &str = "ДЕМО УАҚЫТ БЕЛГІСІ ҚЫЗМЕТІ";

/// Who signs a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamper {
    /// The authority.
    Own,
    /// Another of the same name, under the foreign root.
    Foreign,
    /// The foreign key beside the authority's certificate.
    Forger,
}

/// Keys for time stamps.
#[derive(Clone)]
pub struct StampKeys {
    algorithm: Algorithm,
    own: KeyHolder,
    foreign: KeyHolder,
}

impl StampKeys {
    /// Kind of the keys.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The authority's certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.own.certificate()
    }

    pub(crate) fn stamp(
        &self,
        stamper: Stamper,
        order: &TimeStampOrder<'_>,
    ) -> Result<Vec<u8>, SigningError> {
        match stamper {
            Stamper::Own => self.own.stamp(order),
            Stamper::Foreign => self.foreign.stamp(order),
            Stamper::Forger => {
                let certificate = self.own.certificate.clone();
                KeyHolder { certificate, ..self.foreign.clone() }.stamp(order)
            }
        }
    }
}

impl Authority {
    /// Issues the keys of a time-stamping authority.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_stamp_keys<R: Rng + ?Sized>(
        &self,
        algorithm: Algorithm,
        now: Timestamp,
        random: &mut R,
    ) -> Result<StampKeys, AuthorityError> {
        let subject = Subject { common_name: NAME.to_owned(), ..Subject::default() };
        let term = Term::around(now, 30, 335)?;
        let center = match algorithm {
            Algorithm::Gost => &self.gost,
            Algorithm::Rsa => &self.rsa,
        };
        let own = center.issue(&subject, KeyUses::TimeStamping, term, algorithm, random)?;
        let foreign =
            self.foreign.issue(&subject, KeyUses::TimeStamping, term, algorithm, random)?;
        Ok(StampKeys { algorithm, own, foreign })
    }
}
