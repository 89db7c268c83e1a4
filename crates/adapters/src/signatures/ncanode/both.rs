//! Two judges: ours and NCANode. Only what both say is a verdict; where they differ nobody is accepted or refused, and
//! whoever runs the service is told at once, since one of the two is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::{OtherJudge, SignaturePurpose, SignatureVerdict, SignatureVerifier};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use signature::{Doubt, Reason, xml};

use super::NcaNodeVerifier;
use crate::OwnVerifier;

/// Judges by our own verification, held to NCANode's.
pub struct BothVerifiers {
    own: OwnVerifier,
    node: Arc<NcaNodeVerifier>,
    disagreements: AtomicU64,
}

impl BothVerifiers {
    /// These two.
    #[must_use]
    pub fn new(own: OwnVerifier, node: NcaNodeVerifier) -> Self {
        Self { own, node: Arc::new(node), disagreements: AtomicU64::new(0) }
    }

    fn disagree(
        &self,
        cms: &[u8],
        own: &SignatureVerdict,
        other: &SignatureVerdict,
    ) -> SignatureVerdict {
        self.disagreements.fetch_add(1, Ordering::Relaxed);
        // The digest finds the message again where somebody kept it; it says nothing of whose it is.
        tracing::error!(
            own = code_of(own),
            ncanode = code_of(other),
            cms_sha256 = hex::encode(Sha256::digest(cms)),
            "two judges of one signature disagree; nobody was accepted or refused by it"
        );
        SignatureVerdict::CannotTell(Doubt::JudgesDisagree.code())
    }
}

#[async_trait]
impl SignatureVerifier for BothVerifiers {
    fn content(&self, cms: &[u8]) -> Result<Vec<u8>, &'static str> {
        self.node.content(cms)
    }

    async fn verify(
        &self,
        cms: &[u8],
        expected: &[u8],
        purpose: SignaturePurpose,
        at: Timestamp,
    ) -> SignatureVerdict {
        // Of XML signatures only one of the two can judge, so none counts here.
        if xml::is_xml(cms) {
            return SignatureVerdict::Invalid(Reason::Malformed.code());
        }
        let own = self.own.verify(cms, expected, purpose, at).await;
        if matches!(own, SignatureVerdict::CannotTell(_)) {
            return own;
        }
        let (other, answer) = self.node.judge(cms, expected, purpose, at).await;
        match (own, other) {
            (SignatureVerdict::Valid(mut own), SignatureVerdict::Valid(other))
                if own.certificate_fingerprint == other.certificate_fingerprint =>
            {
                own.evidence = with_answer(&own.evidence, &answer.unwrap_or_default());
                SignatureVerdict::Valid(own)
            }
            (own @ SignatureVerdict::Invalid(_), SignatureVerdict::Invalid(_)) => own,
            (_, SignatureVerdict::CannotTell(doubt)) => SignatureVerdict::CannotTell(doubt),
            (own, other) => self.disagree(cms, &own, &other),
        }
    }

    async fn verify_uri(&self, xml: &[u8], uri: &str, at: Timestamp) -> SignatureVerdict {
        self.node.verify_uri(xml, uri, at).await
    }

    fn other_judge(&self) -> Option<OtherJudge> {
        let disagreements = self.disagreements.load(Ordering::Relaxed);
        self.node.other_judge().map(|judge| OtherJudge { disagreements, ..judge })
    }
}

fn code_of(verdict: &SignatureVerdict) -> &'static str {
    match verdict {
        SignatureVerdict::Valid(_) => "valid",
        SignatureVerdict::Invalid(code) | SignatureVerdict::CannotTell(code) => code,
    }
}

/// Our evidence with NCANode's answer beside it.
fn with_answer(evidence: &str, answer: &[u8]) -> String {
    let read = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(evidence);
    let mut evidence = read.unwrap_or_default();
    evidence.insert("ncanode_answer".to_owned(), STANDARD.encode(answer).into());
    serde_json::Value::from(evidence).to_string()
}
