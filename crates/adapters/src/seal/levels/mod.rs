//! What follows the signature of a seal, up to the level wanted: stamps of authorities, the proofs kept in the file, and
//! at the end the judgement anybody else would come to. Whether seal and authority are revoked is asked of responders first;
//! what they say is kept in place of lists.
//!
//! Nothing here knows the key. Whatever is missing — a stamp, a list of the day — makes the seal unavailable for now:
//! nothing leaves with less than its level. Read next: `signature::pades`.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::{Clock, SealError, TimeStamper};
use signature::ocsp::Answer;
use signature::pades::{
    self, Kept, Level, SealCertificates, SealFault, Unstamped, Verdict, judge_sealer_beside, keep,
    stamp_document,
};
use signature::trust::{ChainProof, TrustStore};
use signature::tsp;
use signature::x509::Certificate;
use signature::{Moment, Objection};

use crate::seal::{signature_inside, signer_inside};
use crate::signatures::{Responders, TrustFolder, moment};

/// Room for the first stamp, in bytes; afterwards those seen tell how much is wanted.
const STAMP_ROOM: usize = 4_096;
/// By how much a stamp may be larger than all before.
const STAMP_SPARE: usize = 256;
/// How often a file is stamped anew because another authority answered than the one whose proofs it keeps.
const ATTEMPTS: usize = 3;
/// Largest list kept beside an answer that makes it unnecessary, in bytes.
const LIST_BESIDE_BYTES_MAX: usize = 64 * 1024;
/// Most bytes of proofs put into one document.
const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// From where stamps and proofs come.
pub struct SealLevels {
    level: Level,
    stamper: Arc<dyn TimeStamper>,
    trust: Arc<TrustFolder>,
    clock: Arc<dyn Clock>,
    /// Who is asked whether the certificates are revoked, before the lists are looked at.
    responders: Option<Responders>,
    list_beside_bytes_max: usize,
    /// The largest stamp so far.
    stamp_bytes: AtomicUsize,
}

impl SealLevels {
    /// Up to this level, with stamps from there, and proofs from the folders of trust.
    #[must_use]
    pub fn new(
        level: Level,
        stamper: Arc<dyn TimeStamper>,
        trust: Arc<TrustFolder>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (responders, stamp_bytes) = (None, AtomicUsize::new(0));
        let list_beside_bytes_max = LIST_BESIDE_BYTES_MAX;
        Self { level, stamper, trust, clock, responders, list_beside_bytes_max, stamp_bytes }
    }

    /// Asks these responders first, and keeps what they say, beside small lists.
    #[must_use]
    pub fn asking(self, responders: Responders) -> Self {
        Self { responders: Some(responders), ..self }
    }

    /// As if every list were too large to be kept beside an answer.
    #[cfg(test)]
    pub(super) fn without_lists_beside(self) -> Self {
        Self { list_beside_bytes_max: 0, ..self }
    }

    /// As if the largest stamp so far had so many bytes.
    #[cfg(test)]
    pub(super) fn stamp_bytes_for_tests(&self, bytes: usize) {
        self.stamp_bytes.store(bytes, Ordering::Relaxed);
    }

    /// How much room a stamp is left.
    pub(super) fn stamp_room(&self) -> usize {
        match self.stamp_bytes.load(Ordering::Relaxed) {
            0 => STAMP_ROOM,
            seen => seen.saturating_add(STAMP_SPARE),
        }
    }

    /// The file at its level, from a signature that waits for its stamp.
    pub(super) async fn complete(
        &self,
        unstamped: &Unstamped,
        certificates: &SealCertificates,
    ) -> Result<Vec<u8>, SealError> {
        let (mut file, authority) = self.stamp(unstamped).await?;
        if self.level >= Level::LongTerm {
            file = self.with_proofs(&file, certificates, authority).await?;
        }
        self.require_genuine(&file)?;
        Ok(file)
    }

    /// The stamp over a file belongs to what the file keeps proofs about, so with another authority it is made again.
    async fn with_proofs(
        &self,
        stamped: &[u8],
        certificates: &SealCertificates,
        authority: Certificate,
    ) -> Result<Vec<u8>, SealError> {
        let mut authorities = vec![authority];
        let facts = signer_inside(stamped);
        for _ in 0..ATTEMPTS {
            let kept = self.proofs(certificates, facts.as_ref(), &authorities).await?;
            let file = keep(stamped, &kept).map_err(|fault| unsuitable(&fault))?;
            if self.level < Level::Archived {
                return Ok(file);
            }
            let unstamped =
                stamp_document(&file, self.stamp_room()).map_err(|fault| unsuitable(&fault))?;
            let (file, authority) = self.stamp(&unstamped).await?;
            if authorities.iter().any(|one| one.issuer() == authority.issuer()) {
                return Ok(file);
            }
            authorities.push(authority);
        }
        Err(unavailable("the time-stamping authorities answer by turns".to_owned()))
    }

    /// The file with its stamp, and whose stamp it is.
    async fn stamp(&self, unstamped: &Unstamped) -> Result<(Vec<u8>, Certificate), SealError> {
        let digest = unstamped.digest();
        let stamped = self.stamper.stamp(&digest).await;
        let token = stamped.map_err(|error| unavailable(format!("no time stamp: {error}")))?;
        self.stamp_bytes.fetch_max(token.len(), Ordering::Relaxed);
        let file = unstamped.stamped(&token).map_err(|fault| match fault {
            // The next attempt leaves the room that this one lacked.
            SealFault::StampTooLarge => unavailable(fault.to_string()),
            _ => unsuitable(&fault),
        })?;
        match tsp::verify(&token, &digest, &self.trust.current(), self.now()) {
            tsp::Verdict::Valid(stamp) => Ok((file, stamp.certificate)),
            tsp::Verdict::Invalid(reason) => Err(unavailable(format!("no time stamp: {reason}"))),
            tsp::Verdict::CannotTell(doubt) => Err(unavailable(format!("no time stamp: {doubt}"))),
        }
    }

    async fn proofs(
        &self,
        certificates: &SealCertificates,
        facts: Option<&Certificate>,
        authorities: &[Certificate],
    ) -> Result<Kept, SealError> {
        let trust = self.trust.current();
        let sealing = Certificate::from_der(&certificates.sealing_der());
        let sealing = sealing.map_err(|reason| unavailable(format!("the seal: {reason}")))?;
        let mut kept = Kept::default();
        self.add_proof(&mut kept, &trust, &sealing, "the seal").await?;
        if let Some(signer) = facts {
            self.add_proof(&mut kept, &trust, signer, "the facts signature").await?;
        }
        for authority in authorities {
            self.add_proof(&mut kept, &trust, authority, "the time stamp").await?;
        }
        let Kept { certificates, lists, answers } = &kept;
        let bytes: usize = certificates.iter().chain(lists).chain(answers).map(Vec::len).sum();
        if bytes > KEPT_BYTES_MAX {
            return Err(unavailable("the revocation lists are too large to be kept".to_owned()));
        }
        Ok(kept)
    }

    /// By a responder's answer where one is had, with the lists beside it where they are small; else by the lists at hand.
    async fn add_proof(
        &self,
        kept: &mut Kept,
        trust: &TrustStore,
        certificate: &Certificate,
        whose: &str,
    ) -> Result<(), SealError> {
        let now = self.now();
        if let Some(answer) = self.answer(trust, certificate).await {
            match trust.proof_by_answer(certificate, &answer, now) {
                Ok(proof) => {
                    add_chain(kept, &proof, whose)?;
                    put(&mut kept.answers, answer.der());
                    self.add_small_lists(kept, trust.proof(certificate, now).ok().as_ref());
                    return Ok(());
                }
                // It is revoked, or was never issued: no list says better.
                Err(Objection::Invalid(reason)) => return Err(objected(whose, reason.code())),
                Err(Objection::CannotTell(_)) => {}
            }
        }
        let proof = trust.proof(certificate, now);
        let proof = proof.map_err(|objection| objected(whose, objection.code()))?;
        add_chain(kept, &proof, whose)
    }

    /// Puts lists beside an answer: some programs look at answers only where a certificate names its responder.
    fn add_small_lists(&self, kept: &mut Kept, proof: Option<&ChainProof<'_>>) {
        let lists = proof.into_iter().flat_map(|proof| &proof.lists);
        for der in lists.filter_map(|list| list.der()) {
            if der.len() <= self.list_beside_bytes_max {
                put(&mut kept.lists, der);
            }
        }
    }

    async fn answer(&self, trust: &TrustStore, certificate: &Certificate) -> Option<Arc<Answer>> {
        let responders = self.responders.as_ref()?;
        let chain = trust.authorities_above(certificate, self.now()).ok()?;
        responders.ask(certificate, &chain).await.ok()
    }

    /// A certificate that expired, was revoked or is of nobody trusted here makes no document that counts.
    fn require_genuine(&self, file: &[u8]) -> Result<(), SealError> {
        let (trust, facts) = (self.trust.current(), signature_inside(file));
        let facts = facts.map_err(|code| objected("the facts signature", code))?;
        let inside: Vec<Certificate> = facts.iter().map(|one| one.certificate.clone()).collect();
        let verdict = pades::verify(file, &|certificates, proofs| {
            judge_sealer_beside(&trust, certificates, proofs, &inside, self.now())
        });
        let why = match verdict {
            Verdict::Genuine(by) if by.level >= self.level => {
                let judge = |one| pades::judge_inside(&trust, one, &by, self.now());
                let judged = facts.as_ref().map_or(Ok(()), judge);
                return judged
                    .map_err(|objection| objected("the facts signature", objection.code()));
            }
            Verdict::Genuine(by) => by.level.code(),
            Verdict::NotGenuine(reason) => reason.code(),
            Verdict::Unreadable(code) | Verdict::CannotTell(code) => code,
        };
        Err(unavailable(format!("the sealed document does not stand up to checking: {why}")))
    }

    fn now(&self) -> Moment {
        moment(self.clock.now())
    }
}

/// Puts the authorities above a certificate and their lists to the others.
fn add_chain(kept: &mut Kept, proof: &ChainProof<'_>, whose: &str) -> Result<(), SealError> {
    for authority in &proof.authorities {
        put(&mut kept.certificates, authority.der());
    }
    for list in &proof.lists {
        let der = list.der();
        put(&mut kept.lists, der.ok_or_else(|| objected(whose, "crl_too_large"))?);
    }
    Ok(())
}

fn objected(whose: &str, code: &str) -> SealError {
    unavailable(format!("{whose}: {code}"))
}

fn put(all: &mut Vec<Vec<u8>>, one: &[u8]) {
    if all.iter().all(|known| known != one) {
        all.push(one.to_vec());
    }
}

fn unavailable(why: String) -> SealError {
    SealError::Unavailable(why)
}

fn unsuitable(fault: &SealFault) -> SealError {
    SealError::Unsuitable(fault.to_string())
}
