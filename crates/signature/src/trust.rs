//! Whom we trust: certification authorities and their revocation lists, verified once when they are taken in.
//!
//! Roots are trusted because an operator put them here; an issuing authority because a root signed it. A certificate
//! somebody brings is judged against these, never against what he brings along. Read next: `trust/path.rs` for
//! revocation, `trust/lists.rs` for which list counts.

mod evidence;
mod lists;
mod path;
mod strangers;
mod uses;

use std::fmt;

use crate::moment::Moment;
use crate::ocsp::Answer;
use crate::verdict::{Doubt, Objection, Reason};
use crate::x509::{Certificate, Crl};

pub use evidence::{ChainEvidence, Delta, ListEvidence, OcspEvidence, RevocationEvidence};
use lists::{Current, Lists};
pub use path::Online;
pub(crate) use path::{Path, Times};
use strangers::stranger;
pub use uses::{TrustUse, TrustUses};

/// Longest chain of authorities above a certificate.
const CHAIN_MAX: usize = 4;
/// By how much clocks of authorities may run ahead of ours, in seconds.
pub(crate) const SKEW_SECONDS: i64 = 300;

/// A verified authority with its lists.
#[derive(Clone)]
struct Authority {
    certificate: Certificate,
    /// Place of its own issuer among the authorities; `None` for a root.
    issuer: Option<usize>,
    uses: TrustUses,
    lists: Lists,
}

/// Authorities and revocation lists.
#[derive(Clone, Default)]
pub struct TrustStore {
    authorities: Vec<Authority>,
    /// Responders' answers kept with a document, unjudged.
    answers: Vec<Vec<u8>>,
}

/// Why something was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// A certificate that may not issue others.
    #[error("the certificate is no certification authority's")]
    NotAnAuthority,
    /// More authorities above each other than they themselves, or this crate, allow.
    #[error("the chain of authorities is too long")]
    ChainTooLong,
    /// An issuing authority whose root is not here.
    #[error("the authority's own issuer is not trusted")]
    IssuerUnknown,
    /// A list of an authority that is not here, or not signed by it.
    #[error("the revocation list is of no trusted authority")]
    ListOfNobody,
}

/// The authorities above a certificate and their lists, the direct issuer first.
#[derive(Clone)]
pub struct ChainProof<'a> {
    /// Certificates, the root's last.
    pub authorities: Vec<&'a Certificate>,
    /// The lists of each.
    pub lists: Vec<&'a Crl>,
}

impl TrustStore {
    /// Takes authorities in, in any order: roots are those that signed themselves.
    ///
    /// # Errors
    /// [`TrustError`]; the store then holds what could be verified so far.
    pub fn add_authorities(&mut self, certificates: Vec<Certificate>) -> Result<(), TrustError> {
        self.add_authorities_for(
            certificates.into_iter().map(|one| (one, TrustUses::ALL)).collect(),
        )
    }

    /// The same, each for certain uses. What an authority above is not trusted for, those below it are not either.
    ///
    /// # Errors
    /// [`TrustError`]; the store then holds what could be verified so far.
    pub fn add_authorities_for(
        &mut self,
        authorities: Vec<(Certificate, TrustUses)>,
    ) -> Result<(), TrustError> {
        if authorities.iter().any(|(one, _)| !one.may_issue()) {
            return Err(TrustError::NotAnAuthority);
        }
        let (roots, mut others): (Vec<_>, Vec<_>) =
            authorities.into_iter().partition(|(one, _)| one.is_self_signed());
        for (root, uses) in roots {
            self.put(root, None, uses);
        }
        while !others.is_empty() {
            let before = others.len();
            let mut left = Vec::new();
            for (one, uses) in others {
                match self.issuer_of(&one) {
                    Ok(issuer) if !self.has_room_below(issuer) => {
                        return Err(TrustError::ChainTooLong);
                    }
                    Ok(issuer) => self.put(one, Some(issuer), uses),
                    Err(_) => left.push((one, uses)),
                }
            }
            others = left;
            if others.len() == before {
                return Err(TrustError::IssuerUnknown);
            }
        }
        Ok(())
    }

    /// Trusts an authority that did not sign itself, without its root: then it is the end of its chains.
    ///
    /// # Errors
    /// [`TrustError::NotAnAuthority`].
    pub fn pin_authority(&mut self, certificate: Certificate) -> Result<(), TrustError> {
        if !certificate.may_issue() {
            return Err(TrustError::NotAnAuthority);
        }
        self.put(certificate, None, TrustUses::ALL);
        Ok(())
    }

    /// Takes a revocation list in, whole or of changes, beside older ones of the same authority.
    ///
    /// # Errors
    /// [`TrustError::ListOfNobody`].
    pub fn add_list(&mut self, list: Crl) -> Result<(), TrustError> {
        let owner = self.authorities.iter_mut().find(|authority| {
            authority.certificate.subject() == list.issuer()
                && authority.certificate.may_issue_lists()
                && list.is_issued_by(&authority.certificate) == Ok(true)
        });
        owner.ok_or(TrustError::ListOfNobody)?.lists.add(list);
        Ok(())
    }

    /// Takes in a responder's answer that a document keeps. It is judged when it is needed, as of a moment close to it, and
    /// says more than any list.
    pub(crate) fn add_kept_answer(&mut self, der: &[u8]) {
        self.answers.push(der.to_vec());
    }

    /// The same authorities without lists and answers, for reading the lists anew.
    #[must_use]
    pub fn without_lists(&self) -> Self {
        let strip = |one: &Authority| Authority {
            certificate: one.certificate.clone(),
            issuer: one.issuer,
            uses: one.uses,
            lists: Lists::default(),
        };
        Self { authorities: self.authorities.iter().map(strip).collect(), answers: Vec::new() }
    }

    /// Whether this certificate, DER, is one of the authorities'.
    pub(crate) fn holds(&self, der: &[u8]) -> bool {
        self.authorities.iter().any(|one| one.certificate.der() == der)
    }

    /// What somebody needs to judge a certificate later with no network: the authorities above it, and of each the list
    /// that speaks about a moment.
    ///
    /// # Errors
    /// [`Objection`]: the certificate is not good at that moment, or a list is missing or not of it.
    pub fn proof(
        &self,
        certificate: &Certificate,
        at: Moment,
    ) -> Result<ChainProof<'_>, Objection> {
        let path = self.path(certificate, at)?;
        path.unrevoked(certificate, at)?;
        let authorities = path.chain.iter().map(|one| &one.certificate).collect();
        let lists = path.chain.iter().map(|one| one.lists.at(at)).collect::<Result<Vec<_>, _>>()?;
        let lists = lists.iter().flat_map(Current::lists).collect();
        Ok(ChainProof { authorities, lists })
    }

    /// The authorities above a certificate at a moment, its issuer first: whom to ask about it.
    ///
    /// # Errors
    /// [`Reason`]: it is of nobody trusted here, or not valid at that moment.
    pub fn authorities_above(
        &self,
        certificate: &Certificate,
        at: Moment,
    ) -> Result<Vec<&Certificate>, Reason> {
        Ok(self.path(certificate, at)?.certificates())
    }

    /// As [`Self::proof`], where a responder's answer speaks about the certificate itself: then only the lists of the
    /// authorities above its issuer are needed.
    ///
    /// # Errors
    /// [`Objection`].
    pub fn proof_by_answer(
        &self,
        certificate: &Certificate,
        answer: &Answer,
        at: Moment,
    ) -> Result<ChainProof<'_>, Objection> {
        let path = self.path(certificate, at)?;
        path.by_answer(certificate, Times { signed_at: at, judged_at: at }, answer)?;
        let authorities = path.certificates();
        let upper = path.chain.iter().skip(1);
        let lists = upper.map(|one| one.lists.at(at)).collect::<Result<Vec<_>, _>>()?;
        let lists = lists.iter().flat_map(Current::lists).collect();
        Ok(ChainProof { authorities, lists })
    }

    /// Authorities whose lists do not speak about a moment, and why. One that only issues other authorities needs no list;
    /// where it has some, an outdated one is told all the same.
    #[must_use]
    pub fn silent_lists(&self, at: Moment) -> Vec<(&Certificate, Doubt)> {
        let has_others_below = |place| self.authorities.iter().any(|one| one.issuer == Some(place));
        let silent = |(place, one): (usize, &'_ Authority)| {
            let doubt = one.lists.at(at).err()?;
            (doubt != Doubt::CrlMissing || !has_others_below(place)).then_some(doubt)
        };
        let all = self.authorities.iter().enumerate();
        all.filter_map(|(place, one)| Some((&one.certificate, silent((place, one))?))).collect()
    }

    /// How many authorities are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.authorities.len()
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.authorities.is_empty()
    }

    /// Judges a certificate at a moment: issued by a trusted authority, valid, not revoked.
    ///
    /// # Errors
    /// [`Objection`]: what is wrong, or what cannot be told.
    pub fn judge(&self, certificate: &Certificate, at: Moment) -> Result<ChainEvidence, Objection> {
        self.path(certificate, at)?.unrevoked(certificate, at)
    }

    /// The same for a use: an authority that is not trusted for it counts as unknown.
    ///
    /// # Errors
    /// [`Objection`]: what is wrong, or what cannot be told.
    pub fn judge_for(
        &self,
        wanted: TrustUse,
        certificate: &Certificate,
        at: Moment,
    ) -> Result<ChainEvidence, Objection> {
        self.path_for(wanted, certificate, at)?.unrevoked(certificate, at)
    }

    /// The first half of a judgement for a use.
    pub(crate) fn path_for(
        &self,
        wanted: TrustUse,
        certificate: &Certificate,
        at: Moment,
    ) -> Result<Path<'_>, Reason> {
        let issuer = self.issuer_of(certificate);
        let counts = |issuer| self.chain_from(issuer).iter().all(|one| one.uses.has(wanted));
        match issuer {
            Ok(issuer) if !counts(issuer) => Err(Reason::UnknownIssuer),
            Err(Reason::UnknownIssuer) if wanted == TrustUse::Signatures => {
                Err(stranger(certificate))
            }
            _ => self.path(certificate, at),
        }
    }

    /// The first half of a judgement: issued by a trusted authority, and everything valid at the moment.
    pub(crate) fn path(&self, certificate: &Certificate, at: Moment) -> Result<Path<'_>, Reason> {
        let issuer = self.issuer_of(certificate)?;
        if at < certificate.not_before() {
            return Err(Reason::NotYetValid);
        }
        if certificate.not_after() < at {
            return Err(Reason::Expired);
        }
        let chain = self.chain_from(issuer);
        for authority in &chain {
            let authority = &authority.certificate;
            if at < authority.not_before() || authority.not_after() < at {
                return Err(Reason::IssuerExpired);
            }
        }
        if certificate.has_unknown_limits() {
            return Err(Reason::WrongKeyUsage);
        }
        Ok(Path { chain, answers: &self.answers })
    }

    /// Whether one more authority may stand under this one, and certificates under that.
    fn has_room_below(&self, issuer: usize) -> bool {
        let chain = self.chain_from(issuer);
        let allowed = chain.iter().zip(1..).all(|(authority, below)| {
            authority.certificate.authorities_below_max().is_none_or(|max| below <= max)
        });
        allowed && chain.len() < CHAIN_MAX
    }

    /// The authority that signed a certificate. Several may have one name: after a change of keys, for instance.
    fn issuer_of(&self, certificate: &Certificate) -> Result<usize, Reason> {
        let mut objection = Reason::UnknownIssuer;
        for (place, authority) in self.authorities.iter().enumerate() {
            if authority.certificate.subject() != certificate.issuer() {
                continue;
            }
            match certificate.is_issued_by(&authority.certificate) {
                Ok(true) => return Ok(place),
                Ok(false) => {}
                Err(reason) => objection = reason,
            }
        }
        Err(objection)
    }

    fn chain_from(&self, issuer: usize) -> Vec<&Authority> {
        let first = self.authorities.get(issuer);
        std::iter::successors(first, |one| self.authorities.get(one.issuer?)).collect()
    }

    fn put(&mut self, certificate: Certificate, issuer: Option<usize>, uses: TrustUses) {
        if self.authorities.iter().all(|one| one.certificate.der() != certificate.der()) {
            self.authorities.push(Authority { certificate, issuer, uses, lists: Lists::default() });
        }
    }
}

impl fmt::Debug for TrustStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TrustStore({} authorities)", self.len())
    }
}
