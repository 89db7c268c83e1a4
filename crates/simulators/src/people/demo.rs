//! The demo people: who they are, what they ask, with which key they sign, and what the law makes of it.
//!
//! `DIR/people.json` is this, serialised. Knows no key and no certificate. Read next: `situations.rs` for the people
//! themselves, `cast.rs` for how they are put together.

use domain::{Iin, PersonName, RefusalGround, Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cast::Cast;
use super::numbers::Numbers;
use super::{BankRecord, PeopleError, situations};

/// A text in the three languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

/// Somebody a demo shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPerson {
    /// Name of his key file; stable.
    pub slug: String,
    /// Code of the situation; stable. Spouses share one.
    pub situation: String,
    /// The situation in words.
    pub about: Text,
    /// Name, also of the certificate.
    pub name: PersonName,
    /// IIN, also of the certificate.
    pub iin: Iin,
    /// Birth date.
    pub birth_date: Date,
    /// The key he signs with.
    pub key: KeyKind,
    /// What he asks.
    pub ask: Ask,
    /// What the law expects.
    pub expected: Expected,
}

/// Kinds of keys and certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// GOST 34.10-2015-512, an individual's, in order.
    Gost,
    /// RSA-2048, an individual's, in order.
    Rsa,
    /// As `gost`, on the revocation list.
    Revoked,
    /// As `gost`, its term over.
    Expired,
    /// As `gost`, of an authority nobody here trusts.
    Foreign,
    /// As `gost`, of an employee of an organisation and not an individual.
    Organisation,
}

/// An electronic request, as `POST /api/v1/drafts` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Whom the request is for; the person's own IIN in all situations but one.
    pub applicant_iin: Iin,
    /// Which wards.
    pub wards: AskedWards,
    /// Consent under Article 8.
    pub restricted_data: bool,
    /// Consent to the use of legally protected secrets.
    pub protected_secret: bool,
}

/// Which wards somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedWards {
    /// Everyone on record.
    All,
    /// These.
    Named(Vec<Iin>),
}

/// The lawful end of a situation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Expected {
    /// Certificates.
    Granted {
        /// How many.
        certificates: usize,
        /// The role of each, in the order of the wards' birth.
        roles: Vec<Role>,
    },
    /// A reasoned refusal.
    Refused {
        /// The ground.
        ground: RefusalGround,
    },
    /// An error before registration, which is no refusal.
    RejectedBeforeRegistration {
        /// Stable code.
        code: String,
    },
}

/// Everybody, and what the data bank knows of them.
pub(super) fn everybody(
    numbers: &mut Numbers,
    today: Date,
) -> Result<(Vec<DemoPerson>, Vec<BankRecord>), PeopleError> {
    let mut cast = Cast::new(numbers, today);
    situations::ordinary(&mut cast)?;
    situations::without_certificate(&mut cast)?;
    situations::unusual_records(&mut cast)?;
    situations::keys(&mut cast)?;
    situations::named_wards(&mut cast)?;
    situations::telephone(&mut cast)?;
    Ok((cast.people, cast.records))
}
