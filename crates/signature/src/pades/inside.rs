//! Whether the certificate of a detached signature inside a sealed file counts, by the rules of the seal itself.
//!
//! The seal covers the signature, so a time stamp over the seal proves when the signature existed too: then its
//! certificate is judged at the stamp's moment, and where lists at hand cannot tell, what the file keeps does. Without a
//! stamp the claimed moment is the signer's word: revoked by now is refused, expired is judged at the claimed moment.
//! Read next: `sealer.rs`, `crate::cms::read_detached`.

use super::sealer::store_of;
use super::verify::SealedBy;
use crate::cms::DetachedSignature;
use crate::moment::Moment;
use crate::trust::{Path, SKEW_SECONDS, Times, TrustStore, TrustUse};
use crate::verdict::{Objection, Reason};
use crate::x509::{Certificate, Revocation};

/// Judges the signer of a detached signature in a file whose seal was found good, at a moment.
///
/// # Errors
/// [`Objection`]: what is wrong, or what cannot be told.
pub fn judge_inside(
    store: &TrustStore,
    signature: &DetachedSignature,
    seal: &SealedBy,
    at: Moment,
) -> Result<(), Objection> {
    let (certificate, claimed) = (&signature.certificate, signature.signing_time);
    let latest = seal.stamped_at.unwrap_or(at).min(at);
    if latest.plus_seconds(SKEW_SECONDS) < claimed || claimed < certificate.not_before() {
        return Err(Reason::NotYetValid.into());
    }
    match seal.stamped_at {
        Some(stamped_at) => {
            when_stamped(store, certificate, seal, Times { signed_at: stamped_at, judged_at: at })
        }
        None => by_word(store, certificate, claimed, at),
    }
}

fn when_stamped(
    store: &TrustStore,
    certificate: &Certificate,
    seal: &SealedBy,
    times: Times,
) -> Result<(), Objection> {
    let signed_at = times.signed_at;
    let later = |revocation: Revocation| signed_at < revocation.revoked_at;
    let path = store.path_for(TrustUse::Seals, certificate, signed_at)?;
    let by_store = path.unrevoked_since(certificate, times, &later).map(|_| ());
    if !matches!(by_store, Err(Objection::CannotTell(_))) {
        return by_store;
    }
    match store_of(store, &seal.kept) {
        Ok(Some(kept)) => {
            let path = kept.path_for(TrustUse::Seals, certificate, signed_at)?;
            match path.unrevoked_but(certificate, signed_at, &later) {
                Err(Objection::CannotTell(_)) => by_store,
                told => told.map(|_| ()),
            }
        }
        Ok(None) | Err(_) => by_store,
    }
}

fn by_word(
    store: &TrustStore,
    certificate: &Certificate,
    claimed: Moment,
    at: Moment,
) -> Result<(), Objection> {
    let unrevoked = |path: Path<'_>, at| path.unrevoked(certificate, at).map(|_| ());
    match store.path_for(TrustUse::Seals, certificate, at) {
        Err(Reason::Expired | Reason::IssuerExpired) => {
            unrevoked(store.path_for(TrustUse::Seals, certificate, claimed)?, claimed)
        }
        path => unrevoked(path?, at),
    }
}
