//! A sealed PDF that somebody shows: whole, sealed by one whose seals count, with facts that name the same provider.
//!
//! Any organisation can have a certificate of the national authority. So a trusted certificate is not enough: its BIN
//! must be the provider's named in the facts, or that of the system's operator. A facts signature, where there is one, is
//! held to the same.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use app::{DocumentVerdict, DocumentVerifier};
use domain::{Bin, DocumentContent};
use jiff::Timestamp;
use signature::Objection;
use signature::cms::DetachedSignature;
use signature::pades::{self, Level, SealedBy, Verdict};
use signature::trust::TrustStore;
use signature::x509::Certificate;

use super::{TrustFolder, moment};
use crate::seal::signature_inside;

/// Whose seals count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sealers {
    /// Seal in every provider's name: the operator's information system.
    pub operators: BTreeSet<Bin>,
    /// Seal in their own name.
    pub providers: BTreeSet<Bin>,
}

impl Sealers {
    fn may_seal(&self, sealer: Bin, provider: Bin) -> bool {
        self.operators.contains(&sealer)
            || (sealer == provider && self.providers.contains(&provider))
    }
}

/// Judges by our own verification over the authorities of a folder.
pub struct OwnDocumentVerifier {
    trust: Arc<TrustFolder>,
    sealers: Sealers,
}

impl OwnDocumentVerifier {
    /// Over this trust, for these sealers.
    #[must_use]
    pub fn new(trust: Arc<TrustFolder>, sealers: Sealers) -> Self {
        Self { trust, sealers }
    }
}

/// A verdict, and about a genuine document what its seal and its facts signature prove.
pub struct JudgedDocument {
    /// The verdict.
    pub verdict: DocumentVerdict,
    /// Level of the seal, and since when it is proved to exist.
    pub seal: Option<(Level, Option<Timestamp>)>,
    /// The good facts signature, where it has one.
    pub facts_signature: Option<FactsSignature>,
    /// What is wrong with the facts signature, or in doubt about it, more exactly than the verdict tells; stable code.
    pub facts_fault: Option<&'static str>,
}

/// A facts signature that was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactsSignature {
    /// Whose: the BIN of the certificate.
    pub bin: Bin,
    /// When its signer says it was made.
    pub signed_at: Option<Timestamp>,
}

/// What stands against a facts signature.
struct FactsFault {
    verdict: DocumentVerdict,
    code: &'static str,
}

/// The signature does not belong to the facts, or is not as it is made.
const WRONG: &str = "facts_signature_wrong";
/// Whose it is does not count.
const REFUSED: &str = "facts_signer_refused";

impl FactsFault {
    fn wrong(code: &'static str) -> Self {
        Self { verdict: DocumentVerdict::NotGenuine(WRONG), code }
    }

    fn refused(code: &'static str) -> Self {
        Self { verdict: DocumentVerdict::NotGenuine(REFUSED), code }
    }
}

impl From<Objection> for FactsFault {
    fn from(objection: Objection) -> Self {
        match objection {
            Objection::Invalid(reason) => Self::refused(reason.code()),
            Objection::CannotTell(doubt) => {
                Self { verdict: DocumentVerdict::CannotTell(doubt.code()), code: doubt.code() }
            }
        }
    }
}

impl DocumentVerifier for OwnDocumentVerifier {
    fn verify(&self, pdf: &[u8], at: Timestamp) -> DocumentVerdict {
        self.judge(pdf, at).verdict
    }
}

impl OwnDocumentVerifier {
    /// The verdict at a moment, with what the seal proves.
    #[must_use]
    pub fn judge(&self, pdf: &[u8], at: Timestamp) -> JudgedDocument {
        let (trust, facts_signature) = (self.trust.current(), OnceCell::new());
        let facts_signature = || facts_signature.get_or_init(|| signature_inside(pdf));
        let verdict = pades::verify(pdf, &|certificates, proofs| {
            let inside = facts_signature().as_ref().ok().and_then(Option::as_ref);
            let inside: Vec<Certificate> =
                inside.map(|one| one.certificate.clone()).into_iter().collect();
            pades::judge_sealer_beside(&trust, certificates, proofs, &inside, moment(at))
        });
        let seal = match &verdict {
            Verdict::Genuine(by) => {
                let stamped_at = by.stamped_at.and_then(|at| Timestamp::from_second(at.0).ok());
                Some((by.level, stamped_at))
            }
            Verdict::NotGenuine(_) | Verdict::Unreadable(_) | Verdict::CannotTell(_) => None,
        };
        let bare = |verdict| JudgedDocument {
            verdict,
            seal: None,
            facts_signature: None,
            facts_fault: None,
        };
        let by = match verdict {
            Verdict::Genuine(by) => by,
            Verdict::NotGenuine(reason) => return bare(DocumentVerdict::NotGenuine(reason.code())),
            Verdict::Unreadable(code) => return bare(DocumentVerdict::Unreadable(code)),
            Verdict::CannotTell(code) => return bare(DocumentVerdict::CannotTell(code)),
        };
        let content = match self.judge_content(pdf, &by) {
            Ok(content) => content,
            Err(verdict) => return JudgedDocument { seal, ..bare(verdict) },
        };
        let signature = facts_signature();
        match self.judge_facts_signature(&trust, signature, content.provider().bin, &by, at) {
            Ok(facts_signature) => JudgedDocument {
                seal,
                facts_signature,
                ..bare(DocumentVerdict::Genuine(Box::new(content)))
            },
            Err(fault) => JudgedDocument { facts_fault: Some(fault.code), ..bare(fault.verdict) },
        }
    }

    fn judge_content(&self, pdf: &[u8], by: &SealedBy) -> Result<DocumentContent, DocumentVerdict> {
        let content = facts(pdf).ok_or(DocumentVerdict::Unreadable("no_facts"))?;
        let sealer = Certificate::from_der(&by.certificate).ok();
        match sealer.and_then(|sealer| self.bin_of(&sealer, content.provider().bin)) {
            Some(_) => Ok(content),
            None => Err(DocumentVerdict::NotGenuine("not_a_provider")),
        }
    }

    /// The BIN of a certificate that counts in a provider's name.
    fn bin_of(&self, certificate: &Certificate, provider: Bin) -> Option<Bin> {
        let bin = certificate.bin().and_then(|bin| Bin::parse(&bin).ok())?;
        self.sealers.may_seal(bin, provider).then_some(bin)
    }

    /// A document need not have one. Where it has, it must be good, by the rules of the seal.
    fn judge_facts_signature(
        &self,
        trust: &TrustStore,
        signature: &Result<Option<DetachedSignature>, &'static str>,
        provider: Bin,
        by: &SealedBy,
        at: Timestamp,
    ) -> Result<Option<FactsSignature>, FactsFault> {
        let signature = signature.as_ref().map_err(|code| FactsFault::wrong(code))?;
        let Some(signature) = signature else { return Ok(None) };
        pades::judge_inside(trust, signature, by, moment(at))?;
        let bin = self.bin_of(&signature.certificate, provider);
        let bin = bin.ok_or_else(|| FactsFault::refused("not_a_provider"))?;
        let signed_at = Timestamp::from_second(signature.signing_time.0).ok();
        Ok(Some(FactsSignature { bin, signed_at }))
    }
}

/// The facts of version 1, if the document carries them.
fn facts(pdf: &[u8]) -> Option<DocumentContent> {
    let json = certificate::extract_facts(pdf).ok()?;
    let mut facts: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&json).ok()?;
    if facts.remove("facts_version")? != 1 {
        return None;
    }
    serde_json::from_value(facts.into()).ok()
}
