//! One certification authority: its key, its certificate, what it issues.
//!
//! Read next: `mod.rs` for the four of them.

use jiff::{Span, Timestamp, ToSpan};
use rand::Rng;
use signature::Moment;
use signature::signing::{
    CertificateOrder, CrlOrder, GostKey, KeyUses, Subject, issue_certificate, issue_crl,
};
use signature::x509::Certificate;

use super::AuthorityError;
use super::holder::{KeyHolder, Private};
use super::rsa_key::RsaKey;

/// Bytes of a serial number, as long as the national authority's.
const SERIAL_BYTES: usize = 20;
/// How long a revocation list speaks.
const LIST_HOURS: i64 = 7 * 24;

/// Kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// GOST 34.10-2015, 512 bit.
    Gost,
    /// RSA-2048.
    Rsa,
}

impl Algorithm {
    pub(super) fn generate<R: Rng + ?Sized>(
        self,
        random: &mut R,
    ) -> Result<Private, AuthorityError> {
        match self {
            Self::Rsa => Ok(Private::Rsa(RsaKey::generate()?)),
            Self::Gost => loop {
                let mut bytes = [0; 64];
                random.fill_bytes(&mut bytes);
                if let Some(key) = GostKey::from_random(&bytes) {
                    return Ok(Private::Gost(key));
                }
            },
        }
    }
}

/// The term of a certificate in hours around a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) from: Moment,
    pub(super) until: Moment,
}

impl Term {
    /// From so many days before a moment to so many after; negative counts lie on the other side.
    pub(super) fn around(now: Timestamp, before: i64, after: i64) -> Result<Self, AuthorityError> {
        let days =
            |count: i64| -> Result<Span, AuthorityError> { Ok(Span::new().try_hours(24 * count)?) };
        let from = moment(now.checked_sub(days(before)?)?);
        Ok(Self { from, until: moment(now.checked_add(days(after)?)?) })
    }
}

/// A certification authority.
#[derive(Clone)]
pub(super) struct Center {
    holder: KeyHolder,
}

impl Center {
    /// A root: it signs itself.
    pub(super) fn root<R: Rng + ?Sized>(
        name: &str,
        algorithm: Algorithm,
        now: Timestamp,
        random: &mut R,
    ) -> Result<Self, AuthorityError> {
        let private = algorithm.generate(random)?;
        let order = AuthorityOrder { name, term: Term::around(now, 1_000, 7_000)? };
        let certificate = order.certificate(None, &private, &private, random)?;
        Ok(Self { holder: KeyHolder { private, certificate, chain: Vec::new() } })
    }

    /// An issuing authority under this root.
    pub(super) fn issuing<R: Rng + ?Sized>(
        &self,
        name: &str,
        algorithm: Algorithm,
        now: Timestamp,
        random: &mut R,
    ) -> Result<Self, AuthorityError> {
        let private = algorithm.generate(random)?;
        let order = AuthorityOrder { name, term: Term::around(now, 900, 3_000)? };
        let certificate = order.certificate(Some(self), &private, &self.holder.private, random)?;
        Ok(Self { holder: KeyHolder { private, certificate, chain: Vec::new() } })
    }

    pub(super) fn from_pem(pem: &str) -> Result<Self, AuthorityError> {
        Ok(Self { holder: KeyHolder::from_pem(pem)? })
    }

    pub(super) fn to_pem(&self) -> Result<String, AuthorityError> {
        self.holder.to_pem()
    }

    pub(super) fn certificate(&self) -> &Certificate {
        &self.holder.certificate
    }

    /// Issues to a holder whose key is of the given kind.
    pub(super) fn issue<R: Rng + ?Sized>(
        &self,
        subject: &Subject,
        uses: KeyUses,
        term: Term,
        algorithm: Algorithm,
        random: &mut R,
    ) -> Result<KeyHolder, AuthorityError> {
        let private = algorithm.generate(random)?;
        let order = CertificateOrder {
            serial: &serial(random),
            subject,
            public_key: private.key().public_key()?,
            not_before: term.from,
            not_after: term.until,
            uses,
        };
        let der = issue_certificate(&order, Some(self.certificate()), self.holder.private.key())?;
        Ok(KeyHolder { private, certificate: read(&der)?, chain: vec![self.certificate().clone()] })
    }

    /// The list of what it revoked, made at a moment.
    pub(super) fn list(
        &self,
        revoked: &[(Vec<u8>, Moment)],
        now: Timestamp,
    ) -> Result<Vec<u8>, AuthorityError> {
        let order = CrlOrder {
            this_update: moment(now),
            next_update: moment(now.checked_add(LIST_HOURS.hours())?),
            number: u64::try_from(now.as_second()).unwrap_or(1),
            revoked,
        };
        Ok(issue_crl(&order, self.certificate(), self.holder.private.key())?)
    }
}

/// An authority's certificate to be made.
struct AuthorityOrder<'a> {
    name: &'a str,
    term: Term,
}

impl AuthorityOrder<'_> {
    fn certificate<R: Rng + ?Sized>(
        &self,
        issuer: Option<&Center>,
        own: &Private,
        signing: &Private,
        random: &mut R,
    ) -> Result<Certificate, AuthorityError> {
        let subject = Subject { common_name: self.name.to_owned(), ..Subject::default() };
        let order = CertificateOrder {
            serial: &serial(random),
            subject: &subject,
            public_key: own.key().public_key()?,
            not_before: self.term.from,
            not_after: self.term.until,
            uses: KeyUses::Authority,
        };
        read(&issue_certificate(&order, issuer.map(Center::certificate), signing.key())?)
    }
}

/// A positive number without leading zeros, so that it reads back as written.
fn serial<R: Rng + ?Sized>(random: &mut R) -> [u8; SERIAL_BYTES] {
    let mut serial = [0; SERIAL_BYTES];
    random.fill_bytes(&mut serial);
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    serial
}

fn read(der: &[u8]) -> Result<Certificate, AuthorityError> {
    Certificate::from_der(der).map_err(|reason| AuthorityError::Certificate(reason.code()))
}

pub(super) fn moment(at: Timestamp) -> Moment {
    Moment(at.as_second())
}
