//! Whether a certificate may seal documents: a trusted authority's, for binding its holder, unrevoked.
//!
//! Without a time stamp the claimed time is the sealer's word. So a certificate revoked by the moment of judging is
//! refused whatever time the seal claims; only expiry is forgiven, because it says nothing against older seals.
//! Whose seals count is not decided here. Read next: `crate::trust`.

use der::DateTime;

use super::signed_data::SealCertificates;
use super::verify::Trust;
use crate::trust::{ChainEvidence, TrustStore};
use crate::x509::Certificate;
use crate::{Moment, Objection, Reason};

/// By how much the sealer's clock may run ahead of ours, in seconds.
const SKEW_SECONDS: i64 = 300;

/// Judges the certificates of a seal at a moment; for [`super::verify`].
#[must_use]
pub fn judge_sealer(
    store: &TrustStore,
    certificates: &SealCertificates,
    claimed: Option<DateTime>,
    at: Moment,
) -> Trust {
    let Some(claimed) = claimed.and_then(moment) else { return Trust::Refused("no_sealing_time") };
    if at.plus_seconds(SKEW_SECONDS) < claimed {
        return Trust::Refused("sealed_in_future");
    }
    match judge(store, certificates, claimed, at) {
        Ok(()) => Trust::Trusted,
        Err(Objection::Invalid(reason)) => Trust::Refused(reason.code()),
        Err(Objection::CannotTell(doubt)) => Trust::Unknown(doubt.code()),
    }
}

fn judge(
    store: &TrustStore,
    certificates: &SealCertificates,
    claimed: Moment,
    at: Moment,
) -> Result<(), Objection> {
    let sealing = Certificate::from_der(&certificates.sealing_der())?;
    if !sealing.may_bind() {
        return Err(Reason::WrongKeyUsage.into());
    }
    let evidence = match store.judge(&sealing, at) {
        Err(Objection::Invalid(Reason::Expired | Reason::IssuerExpired)) => {
            store.judge(&sealing, claimed)?
        }
        other => other?,
    };
    if claimed < sealing.not_before() {
        return Err(Reason::NotYetValid.into());
    }
    if sealing.not_after() < claimed {
        return Err(Reason::Expired.into());
    }
    require_known_issuers(certificates, &evidence)
}

/// The signature does not protect the certificates above the sealing one, so they must be the trusted ones themselves.
fn require_known_issuers(
    certificates: &SealCertificates,
    evidence: &ChainEvidence,
) -> Result<(), Objection> {
    for der in certificates.issuers_der() {
        let issuer = Certificate::from_der(&der)?;
        if !evidence.authorities.contains(&issuer.fingerprint()) {
            return Err(Reason::UnknownIssuer.into());
        }
    }
    Ok(())
}

fn moment(time: DateTime) -> Option<Moment> {
    i64::try_from(time.unix_duration().as_secs()).ok().map(Moment)
}
