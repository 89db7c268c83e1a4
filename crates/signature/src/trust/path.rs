//! The authorities above a certificate, and whether it is revoked: by a responder's answer where there is a usable one,
//! by the lists at hand where there is none, and otherwise it cannot be told.

use super::Authority;
use super::evidence::{ChainEvidence, OcspEvidence, RevocationEvidence};
use crate::moment::Moment;
use crate::ocsp::{Answer, CertificateId, Status, judge_kept};
use crate::verdict::{Doubt, Objection, Reason};
use crate::x509::{Certificate, Revocation};

/// What was learnt from responders about a certificate.
#[derive(Clone, Copy, Debug)]
pub enum Online<'a> {
    /// Nobody was asked: the lists alone decide.
    NotAsked,
    /// There is no usable answer, for this reason: the lists at hand decide, and where they cannot, this is the doubt.
    Failed(Doubt),
    /// A usable answer.
    Answered(&'a Answer),
}

/// When it was signed, as far as that is proven, and when it is judged.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) signed_at: Moment,
    pub(crate) judged_at: Moment,
}

/// The authorities above a certificate, the direct issuer first.
pub(crate) struct Path<'a> {
    pub(super) chain: Vec<&'a Authority>,
    /// Answers kept with a document, unjudged.
    pub(super) answers: &'a [Vec<u8>],
}

impl<'a> Path<'a> {
    /// Their certificates.
    pub(crate) fn certificates(&self) -> Vec<&'a Certificate> {
        self.chain.iter().map(|one| &one.certificate).collect()
    }

    /// Whether this certificate, DER, is one of the authorities'.
    pub(crate) fn holds(&self, der: &[u8]) -> bool {
        self.chain.iter().any(|one| one.certificate.der() == der)
    }

    /// The last moment at which the certificate and all above it are valid.
    pub(crate) fn ends(&self, certificate: &Certificate) -> Moment {
        let above = self.chain.iter().map(|one| one.certificate.not_after());
        above.fold(certificate.not_after(), Moment::min)
    }

    /// The second half of a judgement, by lists. The list of the direct issuer must be at hand; those of higher
    /// authorities are looked at where they are.
    pub(crate) fn unrevoked(
        &self,
        certificate: &Certificate,
        at: Moment,
    ) -> Result<ChainEvidence, Objection> {
        self.unrevoked_but(certificate, at, &|_| false)
    }

    /// The same by a responder's answer first. What was revoked after it had signed has signed all the same.
    pub(crate) fn unrevoked_online(
        &self,
        certificate: &Certificate,
        times: Times,
        online: Online<'_>,
    ) -> Result<ChainEvidence, Objection> {
        let later = |revocation: Revocation| times.signed_at < revocation.revoked_at;
        let by_lists = || self.unrevoked_since(certificate, times, &later);
        let by_lists_but = |doubt: Doubt| match by_lists() {
            Err(Objection::CannotTell(_)) => Err(doubt.into()),
            told => told,
        };
        match online {
            Online::NotAsked => by_lists(),
            Online::Failed(doubt) => by_lists_but(doubt),
            Online::Answered(answer) => match self.by_answer(certificate, times, answer) {
                Err(Objection::CannotTell(doubt)) => by_lists_but(doubt),
                told => told,
            },
        }
    }

    /// By lists, about a signature of the moment `signed_at`. Lists of the moment of judging tell most. Once
    /// certificates have expired they fall silent, so then the last ones before that speak, or those of the moment of
    /// signing.
    pub(crate) fn unrevoked_since(
        &self,
        certificate: &Certificate,
        times: Times,
        forgiven: &dyn Fn(Revocation) -> bool,
    ) -> Result<ChainEvidence, Objection> {
        let end = self.ends(certificate);
        let told = self.unrevoked_but(certificate, times.judged_at.min(end), forgiven);
        if end < times.judged_at && matches!(told, Err(Objection::CannotTell(_))) {
            return self.unrevoked_but(certificate, times.signed_at, forgiven);
        }
        told
    }

    /// By an answer kept with a document, else by lists; some revocations are forgiven.
    pub(crate) fn unrevoked_but(
        &self,
        certificate: &Certificate,
        at: Moment,
        forgiven: &dyn Fn(Revocation) -> bool,
    ) -> Result<ChainEvidence, Objection> {
        let counts = |revocation: Revocation| revocation.revoked_at <= at && !forgiven(revocation);
        self.require_authorities(at, &counts)?;
        let issuer = self.chain.first().ok_or(Reason::UnknownIssuer)?;
        if let Some(answer) = self.kept_answer(certificate, &issuer.certificate, at) {
            return match answer.status() {
                Status::Revoked(revocation) if counts(revocation) => Err(Reason::Revoked.into()),
                Status::NeverIssued => Err(Reason::NeverIssued.into()),
                Status::Good | Status::Revoked(_) => Ok(self.by(&answer)),
            };
        }
        let lists = issuer.lists.at(at)?;
        if lists.revocation(certificate.serial()).is_some_and(counts) {
            return Err(Reason::Revoked.into());
        }
        Ok(self.evidence(RevocationEvidence::List(lists.evidence())))
    }

    /// By an answer. Of a certificate that had expired before it, a responder may have forgotten everything.
    pub(super) fn by_answer(
        &self,
        certificate: &Certificate,
        times: Times,
        answer: &Answer,
    ) -> Result<ChainEvidence, Objection> {
        let issuer = self.chain.first().ok_or(Reason::UnknownIssuer)?;
        if *answer.id() != CertificateId::of(certificate, &issuer.certificate) {
            return Err(Doubt::OcspOtherCertificate.into());
        }
        let counts = |revocation: Revocation| revocation.revoked_at <= times.signed_at;
        self.require_authorities(times.judged_at.min(self.ends(certificate)), &counts)?;
        let is_forgotten = certificate.not_after() < answer.this_update();
        match answer.status() {
            Status::Revoked(revocation) if counts(revocation) => Err(Reason::Revoked.into()),
            Status::Good | Status::NeverIssued if is_forgotten => Err(Doubt::OcspUnknown.into()),
            Status::NeverIssued => Err(Reason::NeverIssued.into()),
            Status::Good | Status::Revoked(_) => Ok(self.by(answer)),
        }
    }

    /// The kept answer about a certificate that is of a moment, if there is one.
    fn kept_answer(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: Moment,
    ) -> Option<Answer> {
        if self.answers.is_empty() {
            return None;
        }
        let (id, chain) = (CertificateId::of(certificate, issuer), self.certificates());
        self.answers.iter().find_map(|der| judge_kept(der, &id, &chain, at).ok())
    }

    fn by(&self, answer: &Answer) -> ChainEvidence {
        self.evidence(RevocationEvidence::Ocsp(OcspEvidence {
            response: answer.der().to_vec(),
            this_update: answer.this_update(),
            produced_at: answer.produced_at(),
        }))
    }

    fn require_authorities(
        &self,
        at: Moment,
        counts: &dyn Fn(Revocation) -> bool,
    ) -> Result<(), Reason> {
        for pair in self.chain.windows(2) {
            let [lower, upper] = pair else { continue };
            let Ok(lists) = upper.lists.at(at) else { continue };
            if lists.revocation(lower.certificate.serial()).is_some_and(counts) {
                return Err(Reason::UnknownIssuer);
            }
        }
        Ok(())
    }

    fn evidence(&self, revocation: RevocationEvidence) -> ChainEvidence {
        ChainEvidence {
            authorities: self.chain.iter().map(|one| one.certificate.fingerprint()).collect(),
            chain: self.chain.iter().map(|one| one.certificate.der().to_vec()).collect(),
            revocation,
        }
    }
}
