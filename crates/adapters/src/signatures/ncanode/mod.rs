//! NCANode, an HTTP service around KalkanCrypt, as a judge of citizens' signatures: for operators whom the law binds to a
//! certified means.
//!
//! We still read the CMS ourselves, hold its content to the stored bytes and the certificate to the service's demands:
//! nobody else can. Whether the signature is right, the certificate genuine, valid and not revoked, NCANode says.
//! Its answers are signed by nobody and it is told personal data, so it is reached on this computer only (adr 20).
//! Read next: `answer.rs` for what its answers are worth, `both.rs` for two judges.

mod answer;
mod both;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app::{
    Admission, Breaker, Clock, Contact, Ids, OtherJudge, SignaturePurpose, SignatureVerdict,
    SignatureVerifier,
};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::Url;
use serde_json::json;
use signature::cms::{self, Claim, Content};
use signature::{Doubt, Objection, Reason};

use super::citizen::{policy, signer_of};
use super::{TrustFolder, moment};
use crate::exchange::{Exchange, Kinds, Reply, loopback_http};
use answer::{Known, conclude};

pub use both::BothVerifiers;

/// Its answers repeat keys and names and grow with the number of responders; this is many times the usual.
const KINDS: Kinds =
    Kinds { query: "application/json", reply: "application/json", bytes_max: 256 * 1024 };
const PLACE: &str = "cms/verify";

/// Where NCANode listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NcaNodeSettings {
    /// Addresses on this computer, `http://127.0.0.1:14579`: each in turn, until one gives an answer of use.
    pub urls: Vec<String>,
    /// Time for one address to answer in full; it asks responders itself meanwhile.
    pub patience: Duration,
}

/// Why NCANode cannot be asked with these settings.
#[derive(Debug, thiserror::Error)]
pub enum NcaNodeSetupError {
    /// Nobody to ask.
    #[error("no address of NCANode is given")]
    NoAddress,
    /// Not an address of this computer.
    #[error(
        "`{0}` is no address of NCANode on this computer (http://127.0.0.1:14579); nobody signs its answers"
    )]
    Address(String),
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Judges by what NCANode says.
pub struct NcaNodeVerifier {
    trust: Arc<TrustFolder>,
    exchange: Exchange,
    nodes: Vec<Node>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    contact: Mutex<Contact>,
}

struct Node {
    url: Url,
    breaker: Mutex<Breaker>,
}

impl NcaNodeVerifier {
    /// Asks at these addresses. `trust` only tells whether an authority NCANode does not know is strange to us too.
    ///
    /// # Errors
    /// [`NcaNodeSetupError`].
    pub fn new(
        settings: &NcaNodeSettings,
        trust: Arc<TrustFolder>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, NcaNodeSetupError> {
        let node = |text: &String| {
            let url = loopback_http(&format!("{}/{PLACE}", text.trim_end_matches('/')));
            let url = url.ok_or_else(|| NcaNodeSetupError::Address(text.clone()))?;
            Ok(Node { url, breaker: Mutex::default() })
        };
        let nodes: Vec<Node> =
            settings.urls.iter().map(node).collect::<Result<_, NcaNodeSetupError>>()?;
        if nodes.is_empty() {
            return Err(NcaNodeSetupError::NoAddress);
        }
        let exchange = Exchange::new(settings.patience, KINDS)?;
        Ok(Self { trust, exchange, nodes, clock, ids, contact: Mutex::default() })
    }

    /// The verdict, and the answer it rests on.
    pub(super) async fn judge(
        &self,
        cms: &[u8],
        expected: &[u8],
        purpose: SignaturePurpose,
        at: Timestamp,
    ) -> (SignatureVerdict, Option<Vec<u8>>) {
        let claim = match Claim::read(cms, Content::Attached(expected)) {
            Ok(claim) => claim,
            Err(reason) => return (SignatureVerdict::Invalid(reason.code()), None),
        };
        let body = match self.answer(&claim, at).await {
            Ok(body) => body,
            Err(objection) => return (verdict_of(objection), None),
        };
        // A key's uses and its holder's IIN are its certificate's words, worth something only now.
        let verdict = match claim.fits(policy(purpose)) {
            Ok(()) => signer_of(claim.certificate(), evidence(&claim, &body)),
            Err(reason) => SignatureVerdict::Invalid(reason.code()),
        };
        (verdict, Some(body))
    }

    /// An answer that says that the signature is genuine and the certificate good.
    async fn answer(&self, claim: &Claim, at: Timestamp) -> Result<Vec<u8>, Objection> {
        let known =
            Known { certificate: claim.certificate(), mistrusted: self.mistrust(claim, at), at };
        let query = json!({
            "cms": STANDARD.encode(claim.der()),
            "revocationCheck": ["OCSP", "CRL"],
        });
        let mut told = Doubt::OtherJudgeSilent;
        for node in &self.nodes {
            let body = match self.ask(node, query.to_string().into_bytes()).await {
                Some(Reply::Answer(body)) => body,
                // It declines what it cannot read, a digest that is wrong, and whatever fails within it. What does not
                // hold by our own arithmetic either is no matter of its health.
                Some(Reply::Declined(status)) => {
                    claim.check_signature()?;
                    tracing::warn!(status, "NCANode declined to judge");
                    continue;
                }
                None => continue,
            };
            match conclude(&body, known) {
                Ok(()) => return Ok(body),
                Err(Objection::CannotTell(doubt)) => {
                    tracing::warn!(code = doubt.code(), "an answer of NCANode is of no use");
                    told = doubt;
                }
                Err(invalid) => return Err(invalid),
            }
        }
        Err(told.into())
    }

    /// Why its authority is not trusted here either, where it is not.
    fn mistrust(&self, claim: &Claim, at: Timestamp) -> Option<Reason> {
        let judged = claim.check_certificate(&self.trust.current(), moment(at));
        let Err(Objection::Invalid(reason)) = judged else { return None };
        let of_strangers =
            [Reason::UnknownIssuer, Reason::GovernmentAuthority, Reason::BankAuthority];
        of_strangers.contains(&reason).then_some(reason)
    }

    async fn ask(&self, node: &Node, query: Vec<u8>) -> Option<Reply> {
        if node.breaker().admit(self.clock.now()) != Admission::Ask {
            return None;
        }
        let answer = self.exchange.ask(&node.url, query).await;
        let now = self.clock.now();
        match answer {
            Ok(reply) => {
                node.breaker().answered();
                *self.contact() = Contact { answers: Some(true), last_success_at: Some(now) };
                Some(reply)
            }
            Err(error) => {
                tracing::warn!(%error, "NCANode did not answer");
                node.breaker().failed(now, self.ids.random_u64());
                self.contact().answers = Some(false);
                None
            }
        }
    }

    /// A panic elsewhere does not spoil the state.
    fn contact(&self) -> MutexGuard<'_, Contact> {
        self.contact.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Node {
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SignatureVerifier for NcaNodeVerifier {
    fn content(&self, cms: &[u8]) -> Result<Vec<u8>, &'static str> {
        cms::attached_content(cms).map_err(Reason::code)
    }

    async fn verify(
        &self,
        cms: &[u8],
        expected: &[u8],
        purpose: SignaturePurpose,
        at: Timestamp,
    ) -> SignatureVerdict {
        self.judge(cms, expected, purpose, at).await.0
    }

    /// It is asked about CMS only; the configuration offers no way to sign that needs this.
    async fn verify_uri(&self, _: &[u8], _: &str, _: Timestamp) -> SignatureVerdict {
        SignatureVerdict::Invalid(Reason::Malformed.code())
    }

    fn other_judge(&self) -> Option<OtherJudge> {
        Some(OtherJudge { contact: *self.contact(), disagreements: 0 })
    }
}

/// What is kept: the certificate, and the answer as it came.
fn evidence(claim: &Claim, body: &[u8]) -> String {
    json!({
        "certificate": STANDARD.encode(claim.certificate().der()),
        "ncanode_answer": STANDARD.encode(body),
    })
    .to_string()
}

fn verdict_of(objection: Objection) -> SignatureVerdict {
    match objection {
        Objection::Invalid(reason) => SignatureVerdict::Invalid(reason.code()),
        Objection::CannotTell(doubt) => SignatureVerdict::CannotTell(doubt.code()),
    }
}
