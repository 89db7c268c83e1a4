//! Revocation lists: read entry by entry into an index of serial numbers, so that a list of a million entries costs
//! little more memory than its numbers.
//!
//! One that holds part of the certificates would make a revoked certificate look good, so it is refused, and so is one
//! that never ends. One that holds changes says which list they build on; `crate::trust` puts them together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use der::asn1::{AnyRef, Uint};
use der::{Decode, Reader, Sequence, SliceReader};
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Raw;
use x509_cert::crl::RevokedCert;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::{Extension, Extensions};
use x509_cert::name::Name;
use x509_cert::time::Time;

use super::{Certificate, IssuerSignature, oid};
use crate::moment::Moment;
use crate::verdict::Reason;

/// Largest list read, in bytes; the national authority's are some tens of megabytes.
const BYTES_MAX: usize = 256 * 1024 * 1024;
/// Largest list whose bytes are held beside its index, so that they can be put into a document.
const KEPT_BYTES_MAX: usize = 256 * 1024;
/// Version 2 as it is encoded.
const VERSION_2: u8 = 1;

/// Why a certificate was revoked, as the authority says (RFC 5280, 5.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationReason {
    /// Not said.
    #[default]
    Unspecified,
    /// The key, or an authority's key, fell into other hands.
    KeyCompromise,
    /// The holder's names or affiliation changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is needed no more.
    CessationOfOperation,
    /// Suspended.
    CertificateHold,
    /// A right was withdrawn.
    PrivilegeWithdrawn,
}

impl From<CrlReason> for RevocationReason {
    fn from(reason: CrlReason) -> Self {
        match reason {
            CrlReason::KeyCompromise | CrlReason::CaCompromise | CrlReason::AaCompromise => {
                Self::KeyCompromise
            }
            CrlReason::AffiliationChanged => Self::AffiliationChanged,
            CrlReason::Superseded => Self::Superseded,
            CrlReason::CessationOfOperation => Self::CessationOfOperation,
            CrlReason::CertificateHold => Self::CertificateHold,
            CrlReason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
            CrlReason::Unspecified | CrlReason::RemoveFromCRL => Self::Unspecified,
        }
    }
}

/// A revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub revoked_at: Moment,
    /// Why.
    pub reason: RevocationReason,
}

/// What a list of changes says about a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Revoked since, or for another reason.
    Revoked(Revocation),
    /// Suspended no more.
    TakenOff,
}

/// A revocation list, whole or of changes.
#[derive(Clone)]
pub struct Crl {
    issuer: Name,
    this_update: Moment,
    next_update: Moment,
    number: Option<Vec<u8>>,
    base: Option<Vec<u8>>,
    entries: Entries,
    signature: IssuerSignature,
    der: Option<Arc<[u8]>>,
}

/// The list, and what comes after it, unread.
#[derive(Sequence)]
struct Outer<'a> {
    body: Body<'a>,
    algorithm: AnyRef<'a>,
    signature: AnyRef<'a>,
}

/// TBSCertList with its entries unread. `nextUpdate` must be there (RFC 5280, 5.1.2.5).
#[derive(Sequence)]
struct Body<'a> {
    #[asn1(optional = "true")]
    version: Option<u8>,
    algorithm: AlgorithmIdentifierOwned,
    issuer: Name,
    this_update: Time,
    next_update: Time,
    #[asn1(optional = "true")]
    revoked: Option<RawEntries<'a>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// A SEQUENCE whose content is read later.
struct RawEntries<'a>(&'a [u8]);

impl der::FixedTag for RawEntries<'_> {
    const TAG: der::Tag = der::Tag::Sequence;
}

impl<'a> der::DecodeValue<'a> for RawEntries<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: der::Header) -> der::Result<Self> {
        reader.read_slice(header.length()).map(Self)
    }
}

impl der::EncodeValue for RawEntries<'_> {
    fn value_len(&self) -> der::Result<der::Length> {
        der::Length::try_from(self.0.len())
    }

    fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
        writer.write(self.0)
    }
}

impl Crl {
    /// Reads DER or PEM.
    ///
    /// # Errors
    /// [`Reason::TooLarge`]; [`Reason::Malformed`], also for a list of a part, or one that announces no next one.
    pub fn read(bytes: &[u8]) -> Result<Self, Reason> {
        if bytes.len() > BYTES_MAX {
            return Err(Reason::TooLarge);
        }
        match der::pem::decode_vec(bytes) {
            Ok(("X509 CRL", der)) => Self::from_der(&der),
            _ => Self::from_der(bytes),
        }
    }

    fn from_der(der: &[u8]) -> Result<Self, Reason> {
        let body = Outer::from_der(der).map_err(|_| Reason::Malformed)?.body;
        let extensions = body.extensions.unwrap_or_default();
        // What builds on another list must be marked so that nobody takes it for the whole (RFC 5280, 5.2.4).
        let is_understood = |one: &Extension| one.critical == (one.extn_id == oid::DELTA_CRL);
        let is_part = !extensions.iter().all(is_understood);
        if is_part || body.version.is_some_and(|version| version != VERSION_2) {
            return Err(Reason::Malformed);
        }
        let number = number_in(&extensions, oid::CRL_NUMBER)?;
        let base = number_in(&extensions, oid::DELTA_CRL)?;
        let kind = if base.is_some() { Kind::Changes } else { Kind::Whole };
        if kind == Kind::Changes && number.is_none() {
            return Err(Reason::Malformed);
        }
        Ok(Self {
            issuer: body.issuer,
            this_update: Moment::of(&body.this_update),
            next_update: Moment::of(&body.next_update),
            number,
            base,
            entries: body
                .revoked
                .map_or_else(|| Ok(Entries::default()), |raw| index(raw.0, kind))?,
            signature: IssuerSignature::read(der, &body.algorithm)?,
            der: (der.len() <= KEPT_BYTES_MAX).then(|| der.into()),
        })
    }

    /// The bytes, DER, where they are few enough to be put into a document.
    #[must_use]
    pub fn der(&self) -> Option<&[u8]> {
        self.der.as_deref()
    }

    /// Issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> Moment {
        self.this_update
    }

    /// When the next one was announced for.
    #[must_use]
    pub fn next_update(&self) -> Moment {
        self.next_update
    }

    /// Its number, big-endian bytes.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_deref()
    }

    /// The number of the list that these changes build on, big-endian bytes; `None` for a whole list.
    #[must_use]
    pub fn base(&self) -> Option<&[u8]> {
        self.base.as_deref()
    }

    /// Whether these are changes since this whole list, or since an older one of which it knows more.
    pub(crate) fn builds_on(&self, whole: &Self) -> bool {
        match (self.base(), self.number(), whole.number()) {
            (Some(base), Some(number), Some(whole)) => {
                size(base) <= size(whole) && size(whole) < size(number)
            }
            _ => false,
        }
    }

    /// How many certificates it revokes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.revoked.len()
    }

    /// Whether it revokes none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.revoked.is_empty()
    }

    /// The revocation of a serial number.
    #[must_use]
    pub fn revocation(&self, serial: &[u8]) -> Option<Revocation> {
        self.entries.revoked.get(serial).copied()
    }

    /// What it changes about a serial number, where it is a list of changes.
    pub(crate) fn change(&self, serial: &[u8]) -> Option<Change> {
        let taken_off = || self.entries.taken_off.contains(serial).then_some(Change::TakenOff);
        self.revocation(serial).map(Change::Revoked).or_else(taken_off)
    }

    /// Whether it speaks about a moment: from its making until the next was announced.
    #[must_use]
    pub fn covers(&self, at: Moment) -> bool {
        self.this_update <= at && at <= self.next_update
    }

    /// Whether the authority signed it.
    ///
    /// # Errors
    /// [`Reason`] where the algorithm cannot be judged.
    pub fn is_issued_by(&self, issuer: &Certificate) -> Result<bool, Reason> {
        self.signature.is_by(issuer.key())
    }
}

/// Numbers of lists are compared by value: longer ones are larger.
fn size(number: &[u8]) -> (usize, &[u8]) {
    (number.len(), number)
}

/// A list's own number, or its base's. Where one stands it must be one.
fn number_in(
    extensions: &[Extension],
    wanted: const_oid::ObjectIdentifier,
) -> Result<Option<Vec<u8>>, Reason> {
    let found = extensions.iter().find(|one| one.extn_id == wanted);
    let read = |one: &Extension| Uint::from_der(one.extn_value.as_bytes());
    let number = found.map(read).transpose().map_err(|_| Reason::Malformed)?;
    Ok(number.map(|number| number.as_bytes().to_vec()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Changes,
}

/// What a list says of the numbers in it.
#[derive(Clone, Default)]
struct Entries {
    revoked: HashMap<Box<[u8]>, Revocation>,
    /// Numbers that a whole list need not name any more.
    taken_off: HashSet<Box<[u8]>>,
}

/// A number named twice counts from its earlier moment, and as revoked; so does one that a whole list calls taken off,
/// which only changes can say.
fn index(entries: &[u8], kind: Kind) -> Result<Entries, Reason> {
    let mut read = Entries::default();
    let mut reader = SliceReader::new(entries).map_err(|_| Reason::Malformed)?;
    while !reader.is_finished() {
        let one = RevokedCert::<Raw>::decode(&mut reader).map_err(|_| Reason::Malformed)?;
        let serial: Box<[u8]> = one.serial_number.as_bytes().into();
        let reason = reason_of(one.crl_entry_extensions.unwrap_or_default())?;
        if reason == CrlReason::RemoveFromCRL && kind == Kind::Changes {
            read.taken_off.insert(serial);
            continue;
        }
        let revoked_at = Moment::of(&one.revocation_date);
        let entry = Revocation { revoked_at, reason: reason.into() };
        let known = read.revoked.entry(serial).or_insert(entry);
        known.revoked_at = known.revoked_at.min(entry.revoked_at);
    }
    Ok(read)
}

/// A critical extension of an entry may say that the certificate is another authority's: such a list is not for us.
fn reason_of(extensions: Extensions) -> Result<CrlReason, Reason> {
    if extensions.iter().any(|one| one.critical) {
        return Err(Reason::Malformed);
    }
    let said = extensions.iter().find(|one| one.extn_id == oid::CRL_REASON);
    let said = said.and_then(|one| CrlReason::from_der(one.extn_value.as_bytes()).ok());
    Ok(said.unwrap_or(CrlReason::Unspecified))
}
