//! A sealed PDF that somebody shows: whole, sealed by one whose seals count, with facts that name the same provider.
//!
//! Any organisation can have a certificate of the national authority. So a trusted certificate is not enough: its BIN
//! must be the provider's named in the facts, or that of the system's operator.

use std::collections::BTreeSet;
use std::sync::Arc;

use app::{DocumentVerdict, DocumentVerifier};
use domain::{Bin, DocumentContent};
use jiff::Timestamp;
use signature::pades::{self, Level, SealedBy, Verdict};
use signature::x509::Certificate;

use super::{TrustFolder, moment};

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

/// A verdict, and about a genuine document what its seal proves.
pub struct JudgedDocument {
    /// The verdict.
    pub verdict: DocumentVerdict,
    /// Level of the seal, and since when it is proved to exist.
    pub seal: Option<(Level, Option<Timestamp>)>,
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
        let trust = self.trust.current();
        let verdict = pades::verify(pdf, &|certificates, proofs| {
            pades::judge_sealer(&trust, certificates, proofs, moment(at))
        });
        let seal = match &verdict {
            Verdict::Genuine(by) => {
                let stamped_at = by.stamped_at.and_then(|at| Timestamp::from_second(at.0).ok());
                Some((by.level, stamped_at))
            }
            Verdict::NotGenuine(_) | Verdict::Unreadable(_) | Verdict::CannotTell(_) => None,
        };
        let verdict = match verdict {
            Verdict::Genuine(by) => self.judge_content(pdf, &by),
            Verdict::NotGenuine(reason) => DocumentVerdict::NotGenuine(reason.code()),
            Verdict::Unreadable(code) => DocumentVerdict::Unreadable(code),
            Verdict::CannotTell(code) => DocumentVerdict::CannotTell(code),
        };
        JudgedDocument { verdict, seal }
    }

    fn judge_content(&self, pdf: &[u8], by: &SealedBy) -> DocumentVerdict {
        let Some(content) = facts(pdf) else { return DocumentVerdict::Unreadable("no_facts") };
        let provider = match &content {
            DocumentContent::Certificate(certificate) => certificate.provider.bin,
            DocumentContent::Refusal(refusal) => refusal.provider.bin,
        };
        let sealer = Certificate::from_der(&by.certificate).ok().and_then(|one| one.bin());
        let sealer = sealer.and_then(|bin| Bin::parse(&bin).ok());
        if sealer.is_some_and(|sealer| self.sealers.may_seal(sealer, provider)) {
            DocumentVerdict::Genuine(Box::new(content))
        } else {
            DocumentVerdict::NotGenuine("not_a_provider")
        }
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
