//! Authorities an operator names one by one: each with a name, a file, a fingerprint and what it counts for.
//!
//! The fingerprint is what he compared with the authority's publication; the file only brings the bytes to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use signature::Moment;
use signature::trust::{TrustStore, TrustUse, TrustUses};
use signature::x509::Certificate;

use super::trust_folder::{TrustFolderError, read_file};

/// A named authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// What it is called here.
    pub name: String,
    /// Its certificate, DER or PEM, one.
    pub file: PathBuf,
    /// SHA-256 of the DER, hexadecimal; colons and spaces do not matter.
    pub fingerprint: String,
    /// What certificates under it count for.
    pub uses: Vec<TrustUse>,
}

/// What is wrong with a named authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorFault {
    /// No certificate, or several.
    #[error("the file holds {0} certificates instead of one")]
    NotOne(usize),
    /// No certificate at all.
    #[error("the file is no certificate: {0}")]
    Unreadable(&'static str),
    /// No digest of 32 bytes.
    #[error("the fingerprint is no SHA-256 (64 hexadecimal digits)")]
    FingerprintForm,
    /// Another certificate than the one named.
    #[error("the file does not have this fingerprint; it has {0}")]
    OtherFingerprint(String),
    /// It has expired.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("it is not valid yet")]
    NotYetValid,
    /// It counts for nothing.
    #[error("it names no purpose")]
    NoPurpose,
    /// The same certificate or name stands in an earlier line.
    #[error("its name or certificate is named twice")]
    Twice,
    /// A certificate that may not issue others.
    #[error("it is no certification authority's certificate")]
    NotAnAuthority,
}

/// Reads and checks all of them at a moment; the first fault is told.
pub(super) fn named_authorities(
    anchors: &[Anchor],
    at: Moment,
) -> Result<TrustStore, TrustFolderError> {
    let mut seen = BTreeSet::new();
    let mut authorities = Vec::new();
    for anchor in anchors {
        let bytes = read_file(&anchor.file)?;
        let certificate = checked(anchor, &bytes, at).map_err(|fault| told(anchor, fault))?;
        let is_new = seen.insert(anchor.name.clone().into_bytes())
            && seen.insert(certificate.fingerprint().to_vec());
        if !is_new {
            return Err(told(anchor, AnchorFault::Twice));
        }
        authorities.push((certificate, TrustUses::of(&anchor.uses)));
    }
    let mut store = TrustStore::default();
    store.add_authorities_for(authorities).map_err(|error| TrustFolderError::Untrusted {
        path: Path::new("signatures.anchors").to_owned(),
        error,
    })?;
    Ok(store)
}

fn checked(anchor: &Anchor, bytes: &[u8], at: Moment) -> Result<Certificate, AnchorFault> {
    let mut certificates =
        Certificate::all_from(bytes).map_err(|reason| AnchorFault::Unreadable(reason.code()))?;
    let count = certificates.len();
    let (Some(certificate), 1) = (certificates.pop(), count) else {
        return Err(AnchorFault::NotOne(count));
    };
    let digits = anchor.fingerprint.replace([':', ' '], "");
    let wanted = hex::decode(digits).map_err(|_| AnchorFault::FingerprintForm)?;
    if wanted.len() != certificate.fingerprint().len() {
        return Err(AnchorFault::FingerprintForm);
    }
    if wanted != certificate.fingerprint() {
        return Err(AnchorFault::OtherFingerprint(hex::encode(certificate.fingerprint())));
    }
    if !certificate.may_issue() {
        return Err(AnchorFault::NotAnAuthority);
    }
    if anchor.uses.is_empty() {
        return Err(AnchorFault::NoPurpose);
    }
    if certificate.not_after() < at {
        return Err(AnchorFault::Expired);
    }
    if at < certificate.not_before() {
        return Err(AnchorFault::NotYetValid);
    }
    Ok(certificate)
}

fn told(anchor: &Anchor, fault: AnchorFault) -> TrustFolderError {
    let (name, path) = (anchor.name.clone(), anchor.file.clone());
    TrustFolderError::Anchor { name, path, fault }
}
