//! Keys of the responder: one for each issuing authority, and those with which somebody only pretends to be it.

use std::collections::HashMap;

use jiff::Timestamp;
use rand::Rng;
use signature::Moment;
use signature::ocsp::CertificateId;
use signature::signing::{KeyUses, OcspOrder, OcspStatement, SigningError, Subject};
use signature::x509::Certificate;

use super::center::{Algorithm, Center, Term};
use super::holder::{KeyHolder, PersonKey};
use super::{Authority, AuthorityError, REVOKED_AFTER};

/// Name in the certificates.
const NAME: &str = "OCSP RESPONDER";

/// Keys for answers, and what there is to answer.
#[derive(Clone)]
pub struct OcspKeys {
    branches: Vec<Branch>,
    foreign: KeyHolder,
    /// Serial numbers, which no two authorities give alike: they are drawn.
    revoked: HashMap<Vec<u8>, Moment>,
}

/// An issuing authority, and who answers for it.
#[derive(Clone)]
struct Branch {
    issuer: Certificate,
    own: KeyHolder,
}

/// Who answers a question.
pub(crate) struct Answerer<'a> {
    branch: &'a Branch,
    foreign: &'a KeyHolder,
}

impl OcspKeys {
    /// Who answers about this; nobody for authorities that are not of this demo.
    pub(crate) fn answerer(&self, id: &CertificateId) -> Option<Answerer<'_>> {
        let branch = self.branches.iter().find(|branch| id.is_of(&branch.issuer))?;
        Some(Answerer { branch, foreign: &self.foreign })
    }

    /// What is true of a number.
    pub(crate) fn statement(&self, id: &CertificateId, now: Moment) -> OcspStatement {
        match self.revoked.get(id.serial()) {
            Some(at) if *at <= now => OcspStatement::Revoked(*at),
            _ => OcspStatement::Good,
        }
    }
}

impl Answerer<'_> {
    pub(crate) fn issuer(&self) -> &Certificate {
        &self.branch.issuer
    }

    pub(crate) fn answer(&self, order: &OcspOrder<'_>) -> Result<Vec<u8>, SigningError> {
        self.branch.own.answer(order)
    }

    pub(crate) fn answer_as_foreigner(
        &self,
        order: &OcspOrder<'_>,
    ) -> Result<Vec<u8>, SigningError> {
        self.foreign.answer(order)
    }

    /// The foreign key beside the responder's certificate.
    pub(crate) fn forge(&self, order: &OcspOrder<'_>) -> Result<Vec<u8>, SigningError> {
        let certificate = self.branch.own.certificate.clone();
        KeyHolder { certificate, ..self.foreign.clone() }.answer(order)
    }
}

impl Authority {
    /// Issues the keys of a responder that calls these people's keys revoked, and every other one good.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_ocsp_keys<R: Rng + ?Sized>(
        &self,
        revoked: &[&PersonKey],
        now: Timestamp,
        random: &mut R,
    ) -> Result<OcspKeys, AuthorityError> {
        let subject = Subject { common_name: NAME.to_owned(), ..Subject::default() };
        let term = Term::around(now, 30, 335)?;
        let mut issue = |center: &Center, algorithm| {
            center.issue(&subject, KeyUses::OcspSigning, term, algorithm, random)
        };
        let mut branches = Vec::new();
        for (center, algorithm) in [(&self.gost, Algorithm::Gost), (&self.rsa, Algorithm::Rsa)] {
            let own = issue(center, algorithm)?;
            branches.push(Branch { issuer: center.certificate().clone(), own });
        }
        let foreign = issue(&self.foreign, Algorithm::Gost)?;
        let revoked = revoked.iter().map(|key| &key.holder().certificate);
        let revoked = revoked
            .map(|one| (one.serial().to_vec(), one.not_before().plus_seconds(REVOKED_AFTER)))
            .collect();
        Ok(OcspKeys { branches, foreign, revoked })
    }
}
