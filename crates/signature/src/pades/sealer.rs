//! Whether a certificate may seal documents: a trusted authority's, for binding its holder, unrevoked; and when it did.
//!
//! A time stamp proves that the seal existed at its moment. Then the certificate is judged at that moment: that it
//! expired or was revoked later says nothing against the seal. Without a stamp the claimed time is the sealer's word. So
//! a certificate revoked by the moment of judging is then refused whatever time the seal claims; only expiry is
//! forgiven, because it says nothing against older seals.
//!
//! Lists at hand speak first, because they tell most; where they cannot tell, those kept in the file do. Whose seals
//! count is not decided here. Read next: `crate::trust`, `crate::tsp`.

use der::DateTime;

use super::document_stamp::Stamped;
use super::kept::Kept;
use super::level::Level;
use super::signed_data::SealCertificates;
use super::verify::{Proofs, Trust};
use crate::ocsp::{CertificateId, judge_kept};
use crate::trust::{ChainEvidence, TrustStore, TrustUse};
use crate::tsp::{self, Stamp};
use crate::x509::{Certificate, Crl, Revocation};
use crate::{Doubt, Moment, Objection, Reason};

/// By how much the sealer's clock may run ahead of ours, or of an authority's, in seconds.
const SKEW_SECONDS: i64 = 300;

/// What stands against a seal.
pub(super) enum Against {
    Code(&'static str),
    BadStamp(&'static str),
    Objection(Objection),
}

impl<O: Into<Objection>> From<O> for Against {
    fn from(objection: O) -> Self {
        Self::Objection(objection.into())
    }
}

/// Judges the certificates of a seal at a moment; for [`super::verify`].
#[must_use]
pub fn judge_sealer(
    store: &TrustStore,
    certificates: &SealCertificates,
    proofs: &Proofs,
    at: Moment,
) -> Trust {
    judge_sealer_beside(store, certificates, proofs, &[], at)
}

/// The same for a file with signatures inside by these others ([`super::judge_inside`]): it may keep answers about them.
#[must_use]
pub fn judge_sealer_beside(
    store: &TrustStore,
    certificates: &SealCertificates,
    proofs: &Proofs,
    inside: &[Certificate],
    at: Moment,
) -> Trust {
    match judge(store, certificates, proofs, inside, at) {
        Ok(None) => Trust::Trusted,
        Ok(Some((stamped_at, level))) => Trust::Stamped(stamped_at, level),
        Err(Against::Code(code)) => Trust::Refused(code),
        Err(Against::BadStamp(code)) => Trust::BadStamp(code),
        Err(Against::Objection(Objection::Invalid(reason))) => Trust::Refused(reason.code()),
        Err(Against::Objection(Objection::CannotTell(doubt))) => Trust::Unknown(doubt.code()),
    }
}

fn judge(
    store: &TrustStore,
    certificates: &SealCertificates,
    proofs: &Proofs,
    inside: &[Certificate],
    at: Moment,
) -> Result<Option<(Moment, Level)>, Against> {
    let claimed = proofs.claimed_at.and_then(moment).ok_or(Against::Code("no_sealing_time"))?;
    if at.plus_seconds(SKEW_SECONDS) < claimed {
        return Err(Against::Code("sealed_in_future"));
    }
    let sealing = Certificate::from_der(&certificates.sealing_der())?;
    if !sealing.may_bind() {
        return Err(Reason::WrongKeyUsage.into());
    }
    let kept = store_of(store, &proofs.kept)?;
    require_known_answers(store, certificates, proofs, inside)?;
    require_known_proofs(store, certificates, proofs)?;
    let judgement = Judgement { store, kept, certificates, sealing, at };
    let stamp = proofs.stamp.as_ref().map(|one| judgement.stamp(one)).transpose()?;
    let stamps = proofs.document_stamps.iter().map(|one| judgement.stamp(one));
    let stamps = stamps.collect::<Result<Vec<_>, _>>()?;
    let archived = stamps.iter().any(|one| matches!(one, Finding::Good { .. }));
    match stamp.iter().chain(&stamps).find_map(Finding::good) {
        Some((made_at, _)) if made_at.plus_seconds(SKEW_SECONDS) < claimed => {
            Err(Against::Code("sealed_in_future"))
        }
        Some((made_at, lasting)) => {
            let lasting_seal = judgement.sealed_when_stamped(made_at)?;
            let level = match (&stamp, lasting && lasting_seal, archived) {
                (Some(Finding::Good { .. }), true, true) => Level::Archived,
                (Some(Finding::Good { .. }), true, false) => Level::LongTerm,
                (Some(Finding::Good { .. }), false, _) => Level::Stamped,
                _ => Level::Basic,
            };
            Ok(Some((made_at, level)))
        }
        None => {
            let doubt = stamp.iter().chain(&stamps).find_map(Finding::doubt);
            judgement.sealed_as_claimed(claimed, doubt).map(|()| None)
        }
    }
}

/// What became of a stamp whose every byte was found right.
enum Finding {
    /// Good, also by what the file keeps alone (`lasting`).
    Good { stamp: Box<Stamp>, lasting: bool },
    /// Its authority's key is in doubt: it proves nothing, and says nothing against the seal.
    Revoked,
    /// Cannot be told now.
    Unknown(Doubt),
}

impl Finding {
    fn good(&self) -> Option<(Moment, bool)> {
        match self {
            Self::Good { stamp, lasting } => Some((stamp.made_at, *lasting)),
            Self::Revoked | Self::Unknown(_) => None,
        }
    }

    fn doubt(&self) -> Option<Doubt> {
        match self {
            Self::Unknown(doubt) => Some(*doubt),
            Self::Good { .. } | Self::Revoked => None,
        }
    }
}

/// One judgement, and what it rests on.
struct Judgement<'a> {
    store: &'a TrustStore,
    /// The same authorities with the lists of the file alone.
    kept: Option<TrustStore>,
    certificates: &'a SealCertificates,
    sealing: Certificate,
    at: Moment,
}

impl Judgement<'_> {
    fn stamp(&self, stamped: &Stamped) -> Result<Finding, Against> {
        let Stamped { token, digest } = stamped;
        let by_kept = self.kept.as_ref().and_then(|kept| {
            // Not later than the stamp itself: kept lists fall silent soon after they were kept.
            let (stated, _) = tsp::stated(token)?;
            match tsp::verify(token, digest, kept, stated.min(self.at)) {
                tsp::Verdict::Valid(stamp) => Some(stamp),
                tsp::Verdict::Invalid(_) | tsp::Verdict::CannotTell(_) => None,
            }
        });
        match (tsp::verify(token, digest, self.store, self.at), by_kept) {
            (tsp::Verdict::Valid(stamp), by_kept) => {
                Ok(Finding::Good { stamp, lasting: by_kept.is_some() })
            }
            (tsp::Verdict::Invalid(tsp::Reason::Signature(Reason::Revoked)), _) => {
                Ok(Finding::Revoked)
            }
            (tsp::Verdict::Invalid(reason), _) => Err(Against::BadStamp(reason.code())),
            (tsp::Verdict::CannotTell(_), Some(stamp)) => {
                Ok(Finding::Good { stamp, lasting: true })
            }
            (tsp::Verdict::CannotTell(doubt), None) => Ok(Finding::Unknown(doubt)),
        }
    }

    /// Whether the certificate was good when the seal was stamped; and whether what the file keeps says so alone.
    fn sealed_when_stamped(&self, stamped: Moment) -> Result<bool, Objection> {
        let later = |revocation: Revocation| stamped < revocation.revoked_at;
        let path = self.store.path_for(TrustUse::Seals, &self.sealing, stamped)?;
        let end = path.ends(&self.sealing);
        let by_kept = self.kept.as_ref().map(|kept| {
            kept.path_for(TrustUse::Seals, &self.sealing, stamped)?.unrevoked_but(
                &self.sealing,
                stamped,
                &later,
            )
        });
        let lasting = match &by_kept {
            None | Some(Err(Objection::CannotTell(_))) => false,
            Some(Ok(_)) => true,
            Some(Err(objection)) => return Err(*objection),
        };
        let mut by_store = path.unrevoked_but(&self.sealing, self.at.min(end), &later);
        // An authority stops listing what has expired, so then the lists of the stamp's moment speak.
        if end < self.at && matches!(by_store, Err(Objection::CannotTell(_))) {
            by_store = path.unrevoked_but(&self.sealing, stamped, &later);
        }
        let evidence = match (by_store, by_kept) {
            (Err(Objection::CannotTell(_)), Some(Ok(evidence))) => evidence,
            (by_store, _) => by_store?,
        };
        require_known_issuers(self.certificates, &evidence)?;
        Ok(lasting)
    }

    /// Whether the certificate is good now, or was until it expired and when it claims to have sealed. Where a stamp is
    /// in doubt, what this rule finds wrong is in doubt too: the stamp may prove it right.
    fn sealed_as_claimed(&self, claimed: Moment, doubt: Option<Doubt>) -> Result<(), Against> {
        match (self.sealed_by_word(claimed), doubt) {
            (Err(Objection::Invalid(reason)), Some(doubt)) if is_of_time(reason) => {
                Err(doubt.into())
            }
            (judged, _) => Ok(judged?),
        }
    }

    fn sealed_by_word(&self, claimed: Moment) -> Result<(), Objection> {
        let evidence = match self.store.judge_for(TrustUse::Seals, &self.sealing, self.at) {
            Err(Objection::Invalid(Reason::Expired | Reason::IssuerExpired)) => {
                self.store.judge_for(TrustUse::Seals, &self.sealing, claimed)?
            }
            other => other?,
        };
        if claimed < self.sealing.not_before() {
            return Err(Reason::NotYetValid.into());
        }
        if self.sealing.not_after() < claimed {
            return Err(Reason::Expired.into());
        }
        require_known_issuers(self.certificates, &evidence)
    }
}

/// Whether another time of sealing could take the reason away.
fn is_of_time(reason: Reason) -> bool {
    let of_time = [Reason::Revoked, Reason::Expired, Reason::IssuerExpired, Reason::NotYetValid];
    of_time.contains(&reason)
}

/// The authorities with the lists and answers that the file keeps; each list must be one of theirs.
pub(super) fn store_of(store: &TrustStore, kept: &Kept) -> Result<Option<TrustStore>, Against> {
    if kept.is_empty() {
        return Ok(None);
    }
    let mut kept_store = store.without_lists();
    for der in &kept.lists {
        kept_store.add_list(Crl::read(der)?).map_err(|_| Reason::UnknownIssuer)?;
    }
    kept.answers.iter().for_each(|der| kept_store.add_kept_answer(der));
    Ok(Some(kept_store))
}

/// A stamp over the whole file protects what it keeps. Without one, everything kept must be known by itself: lists by
/// their signatures, certificates as those of seal, stamp and authorities.
fn require_known_proofs(
    store: &TrustStore,
    certificates: &SealCertificates,
    proofs: &Proofs,
) -> Result<(), Against> {
    if !proofs.document_stamps.is_empty() {
        return Ok(());
    }
    let beside = proofs.stamp.as_ref().and_then(|stamp| tsp::stated(&stamp.token));
    let mut known = beside.map(|(_, certificates)| certificates).unwrap_or_default();
    known.push(certificates.sealing_der());
    known.extend(certificates.issuers_der());
    let is_known = |der: &Vec<u8>| known.contains(der) || store.holds(der);
    if proofs.kept.certificates.iter().all(is_known) {
        Ok(())
    } else {
        Err(Reason::UnknownIssuer.into())
    }
}

/// Each answer must be one of a responder that may speak, about the certificate of the seal, of a stamp or of a signature
/// inside, and of the time of a stamp: nothing else is ever kept here, whoever stamped it.
fn require_known_answers(
    store: &TrustStore,
    certificates: &SealCertificates,
    proofs: &Proofs,
    inside: &[Certificate],
) -> Result<(), Against> {
    let answers = &proofs.kept.answers;
    if answers.is_empty() {
        return Ok(());
    }
    let mut subjects = Vec::new();
    for stamp in proofs.stamp.iter().chain(&proofs.document_stamps) {
        let Some((stated, beside)) = tsp::stated(&stamp.token) else { continue };
        for der in std::iter::once(certificates.sealing_der()).chain(beside) {
            subjects.push((Certificate::from_der(&der)?, stated));
        }
        subjects.extend(inside.iter().map(|one| (one.clone(), stated)));
    }
    let is_about = |answer: &[u8], (certificate, stated): &(Certificate, Moment)| {
        let Ok(chain) = store.authorities_above(certificate, *stated) else { return false };
        let Some(issuer) = chain.first() else { return false };
        judge_kept(answer, &CertificateId::of(certificate, issuer), &chain, *stated).is_ok()
    };
    if answers.iter().all(|answer| subjects.iter().any(|subject| is_about(answer, subject))) {
        Ok(())
    } else {
        Err(Against::Code("seal_form"))
    }
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
