//! Revocation lists: parsed once, looked up by serial number.

use std::collections::HashMap;

use der::Decode;
use der::asn1::Uint;
use x509_cert::certificate::Raw;
use x509_cert::crl::CertificateList;
use x509_cert::ext::pkix::CrlNumber;
use x509_cert::name::Name;

use super::{Certificate, is_signed_by};
use crate::moment::Moment;
use crate::verdict::Reason;

/// Largest list read, in bytes; the national authority's are some tens of megabytes.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// A revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub revoked_at: Moment,
}

/// A revocation list.
#[derive(Clone)]
pub struct Crl {
    der: Vec<u8>,
    issuer: Name,
    this_update: Moment,
    next_update: Option<Moment>,
    number: Option<Vec<u8>>,
    revoked: HashMap<Vec<u8>, Revocation>,
}

impl Crl {
    /// Reads DER or PEM.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] or [`Reason::Malformed`].
    pub fn read(bytes: &[u8]) -> Result<Self, Reason> {
        if bytes.len() > BYTES_MAX {
            return Err(Reason::TooLarge);
        }
        let der = match der::pem::decode_vec(bytes) {
            Ok(("X509 CRL", der)) => der,
            _ => bytes.to_vec(),
        };
        let list = CertificateList::<Raw>::from_der(&der).map_err(|_| Reason::Malformed)?;
        let body = list.tbs_cert_list;
        let number = body.crl_extensions.iter().flatten().find_map(|one| {
            let is_number = one.extn_id == <CrlNumber as const_oid::AssociatedOid>::OID;
            is_number.then(|| Uint::from_der(one.extn_value.as_bytes()).ok())?
        });
        let revoked = body.revoked_certificates.unwrap_or_default().into_iter().map(|one| {
            let revoked_at = Moment::of(&one.revocation_date);
            (one.serial_number.as_bytes().to_vec(), Revocation { revoked_at })
        });
        Ok(Self {
            issuer: body.issuer,
            this_update: Moment::of(&body.this_update),
            next_update: body.next_update.as_ref().map(Moment::of),
            number: number.map(|number| number.as_bytes().to_vec()),
            revoked: revoked.collect(),
            der,
        })
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

    /// Its number, big-endian bytes.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_deref()
    }

    /// The revocation of a serial number.
    #[must_use]
    pub fn revocation(&self, serial: &[u8]) -> Option<Revocation> {
        self.revoked.get(serial).copied()
    }

    /// Whether it speaks about a moment: from its making until the next was announced.
    #[must_use]
    pub fn covers(&self, at: Moment) -> bool {
        self.this_update <= at && self.next_update.is_none_or(|next| at <= next)
    }

    /// Whether the authority signed it.
    ///
    /// # Errors
    /// [`Reason`] where the algorithm cannot be judged.
    pub fn is_issued_by(&self, issuer: &Certificate) -> Result<bool, Reason> {
        is_signed_by(&self.der, issuer.key())
    }
}
