//! Programmable stand-ins for the other ports: time, randomness, data bank, consent, signatures, documents, seals.
//!
//! They know no cryptography and no PDF: a «signature» is readable JSON, a «seal» a last line. Each keeps count of
//! what it was asked, so that a test can say that something was *not* asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{
    Answer, Bin, Consents, DocumentContent, ElectronicRequest, FormWording, GuardianRecord, Iin,
    Sheet,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fake_control::FakeControl;
use crate::phone_signing::{document_in_xml, document_xml};
use crate::ports::{
    AccessControl, AccessProof, Clock, ConsentService, DataBank, DocumentVerdict, DocumentVerifier,
    FactsSigner, Ids, OtherJudge, RenderError, Renderer, Reply, SealError, SealOrder, SealTerm,
    Sealer, SignaturePurpose, SignatureVerdict, SignatureVerifier, StampError, StampVerdict,
    TimeStamper, VerifiedSigner,
};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct FixedClock {
    now: Mutex<Timestamp>,
}

impl FixedClock {
    /// A clock at a moment.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Sets the moment.
    pub fn set(&self, now: Timestamp) {
        *lock(&self.now) = now;
    }

    /// Moves on.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = lock(&self.now);
        *now += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *lock(&self.now)
    }
}

/// A time-stamping authority by a clock of its own; its stamp is its time and the digest.
pub struct FakeStamper {
    clock: Arc<FixedClock>,
    down: AtomicBool,
}

impl FakeStamper {
    /// An authority that works.
    #[must_use]
    pub fn new(clock: Arc<FixedClock>) -> Self {
        Self { clock, down: AtomicBool::new(false) }
    }

    /// From now on it is silent, or answers again.
    pub fn be_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }
}

#[async_trait]
impl TimeStamper for FakeStamper {
    async fn stamp(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StampError> {
        if self.down.load(Ordering::Relaxed) {
            return Err(StampError::Unavailable("it is silent".to_owned()));
        }
        Ok(format!("{} {}", self.clock.now(), hex::encode(digest)).into_bytes())
    }

    fn verify(&self, token: &[u8], digest: &[u8; 32], _at: Timestamp) -> StampVerdict {
        let token = String::from_utf8_lossy(token);
        match token.split_once(' ') {
            Some((at, of)) if of == hex::encode(digest) => {
                StampVerdict::Valid { stamped_at: at.parse().unwrap() }
            }
            _ => StampVerdict::Invalid("other_digest"),
        }
    }
}

/// The same «randomness» for the same seed.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    drawn: Mutex<u64>,
}

impl SeededIds {
    /// Randomness of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: Mutex::new(0) }
    }
}

impl Ids for SeededIds {
    fn fill(&self, buffer: &mut [u8]) {
        let mut drawn = lock(&self.drawn);
        for chunk in buffer.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(self.seed.to_le_bytes());
            hash.update(drawn.to_le_bytes());
            let digest = hash.finalize();
            chunk.iter_mut().zip(digest).for_each(|(byte, random)| *byte = random);
            *drawn += 1;
        }
    }
}

/// A data bank that answers what it was told to; a person nobody spoke of is absent.
#[derive(Debug, Default)]
pub struct FakeDataBank {
    inner: Mutex<DataBankAnswers>,
}

#[derive(Debug, Default)]
struct DataBankAnswers {
    down: bool,
    elsewhere: bool,
    is_compared: bool,
    replies: HashMap<Iin, Reply<GuardianRecord>>,
    asked: HashMap<Iin, usize>,
    shown: Vec<AccessProof>,
}

impl FakeDataBank {
    /// The answer about a person from now on.
    pub fn answer(&self, iin: Iin, answer: Answer<GuardianRecord>) {
        lock(&self.inner).replies.insert(iin, answer.into());
    }

    /// What it says about the person is of no use from now on.
    pub fn mumble(&self, iin: Iin) {
        lock(&self.inner).replies.insert(iin, Reply::Unusable);
    }

    /// The person is known with this record from now on.
    pub fn know(&self, record: GuardianRecord) {
        self.answer(record.guardian.iin, Answer::Known(record));
    }

    /// Unavailable for everybody from now on.
    pub fn go_down(&self) {
        lock(&self.inner).down = true;
    }

    /// Answers again.
    pub fn come_up(&self) {
        lock(&self.inner).down = false;
    }

    /// From now on its records are compared with the register of natural persons.
    pub fn compare(&self) {
        lock(&self.inner).is_compared = true;
    }

    /// From now on it answers by records that are not kept here.
    pub fn be_elsewhere(&self) {
        lock(&self.inner).elsewhere = true;
    }

    /// Proofs of consent it was shown.
    #[must_use]
    pub fn shown(&self) -> Vec<AccessProof> {
        lock(&self.inner).shown.clone()
    }

    /// How often it was asked about a person.
    #[must_use]
    pub fn asked(&self, iin: Iin) -> usize {
        lock(&self.inner).asked.get(&iin).copied().unwrap_or_default()
    }
}

#[async_trait]
impl DataBank for FakeDataBank {
    async fn guardian(&self, iin: Iin) -> Reply<GuardianRecord> {
        let mut inner = lock(&self.inner);
        *inner.asked.entry(iin).or_default() += 1;
        if inner.down {
            return Reply::Silent;
        }
        inner.replies.get(&iin).cloned().unwrap_or(Reply::Absent)
    }

    async fn guardian_by(&self, iin: Iin, proof: &AccessProof) -> Reply<GuardianRecord> {
        lock(&self.inner).shown.push(proof.clone());
        self.guardian(iin).await
    }

    fn is_compared_with_register(&self) -> bool {
        lock(&self.inner).is_compared
    }

    fn is_registry_here(&self) -> bool {
        !lock(&self.inner).elsewhere
    }
}

/// Consent as the request says, unless told otherwise.
#[derive(Debug, Default)]
pub struct FakeConsents {
    answer: Mutex<Option<Answer<Consents>>>,
    control: OnceLock<FakeControl>,
}

impl FakeConsents {
    /// From now on persons are asked by telephone too.
    pub fn ask_persons(&self) -> &FakeControl {
        self.control.get_or_init(FakeControl::default)
    }

    /// The answer for every request from now on; `None` for what the request itself says.
    pub fn answer(&self, answer: Option<Answer<Consents>>) {
        *lock(&self.answer) = answer;
    }
}

#[async_trait]
impl ConsentService for FakeConsents {
    async fn consents(&self, request: &ElectronicRequest) -> Answer<Consents> {
        lock(&self.answer).clone().unwrap_or(Answer::Known(request.consents))
    }

    fn access_control(&self) -> Option<&dyn AccessControl> {
        let control: &dyn AccessControl = self.control.get()?;
        Some(control)
    }
}

#[derive(Serialize, Deserialize)]
struct FakeSignature {
    iin: Iin,
    #[serde(default)]
    bin: Option<Bin>,
    content: String,
    invalid: Option<String>,
}

/// A judge who believes JSON.
#[derive(Debug, Default)]
pub struct FakeVerifier {
    down: Mutex<Option<&'static str>>,
    other_judge: Mutex<Option<OtherJudge>>,
}

impl FakeVerifier {
    /// A «signature» of a person over a content.
    #[must_use]
    pub fn sign(iin: Iin, content: &[u8]) -> Vec<u8> {
        let content = STANDARD.encode(content);
        serde_json::to_vec(&FakeSignature { iin, bin: None, content, invalid: None }).unwrap()
    }

    /// The same for an organisation.
    #[must_use]
    pub fn sign_for(bin: Bin, iin: Iin, content: &[u8]) -> Vec<u8> {
        let (content, bin) = (STANDARD.encode(content), Some(bin));
        serde_json::to_vec(&FakeSignature { iin, bin, content, invalid: None }).unwrap()
    }

    /// A «signature» that is not genuine.
    #[must_use]
    pub fn sign_badly(iin: Iin, content: &[u8]) -> Vec<u8> {
        let (content, invalid) = (STANDARD.encode(content), Some("broken".to_owned()));
        serde_json::to_vec(&FakeSignature { iin, bin: None, content, invalid }).unwrap()
    }

    /// From now on it cannot tell, for this reason.
    pub fn go_down(&self, code: &'static str) {
        *lock(&self.down) = Some(code);
    }

    /// It can tell again.
    pub fn come_up(&self) {
        *lock(&self.down) = None;
    }

    /// Another judge is beside it, of which this is known.
    pub fn beside(&self, judge: OtherJudge) {
        *lock(&self.other_judge) = Some(judge);
    }
}

fn read_signature(cms: &[u8]) -> Result<(FakeSignature, Vec<u8>), &'static str> {
    let signature: FakeSignature = serde_json::from_slice(cms).map_err(|_| "cms_unreadable")?;
    let content = STANDARD.decode(&signature.content).map_err(|_| "cms_unreadable")?;
    Ok((signature, content))
}

#[async_trait]
impl SignatureVerifier for FakeVerifier {
    fn content(&self, cms: &[u8]) -> Result<Vec<u8>, &'static str> {
        let (_, content) = read_signature(cms)?;
        Ok(document_in_xml(&content).unwrap_or(content))
    }

    async fn verify(
        &self,
        cms: &[u8],
        expected: &[u8],
        purpose: SignaturePurpose,
        _at: Timestamp,
    ) -> SignatureVerdict {
        if let Some(code) = *lock(&self.down) {
            return SignatureVerdict::CannotTell(code);
        }
        match read_signature(cms) {
            Err(code) => SignatureVerdict::Invalid(code),
            Ok((signature, _)) if signature.invalid.is_some() => {
                SignatureVerdict::Invalid("signature_invalid")
            }
            Ok((_, content))
                if content != expected && document_xml(expected).as_ref() != Some(&content) =>
            {
                SignatureVerdict::Invalid("content_differs")
            }
            Ok((signature, _))
                if signature.bin.is_some() != (purpose == SignaturePurpose::OfficerSignIn) =>
            {
                SignatureVerdict::Invalid("wrong_role")
            }
            Ok((signature, _)) => SignatureVerdict::Valid(Box::new(VerifiedSigner {
                iin: signature.iin,
                name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
                bin: signature.bin,
                certificate_fingerprint: hex::encode(Sha256::digest(cms)),
                evidence: "{}".to_owned(),
            })),
        }
    }

    async fn verify_uri(&self, xml: &[u8], uri: &str, at: Timestamp) -> SignatureVerdict {
        self.verify(xml, uri.as_bytes(), SignaturePurpose::SignIn, at).await
    }

    fn other_judge(&self) -> Option<OtherJudge> {
        *lock(&self.other_judge)
    }
}

const RENDERED: &[u8] = b"%PDF-fake\n";
const FACTS_SIGNED: &[u8] = b"\n%facts signed ";
const SEALED: &[u8] = b"\n%sealed ";

/// The one character [`FakeRenderer`] cannot print.
pub const UNPRINTABLE: char = '東';

/// A maker of documents whose bytes are their content as JSON.
#[derive(Debug, Default)]
pub struct FakeRenderer {
    fault: Mutex<Option<RenderError>>,
    rendered: Mutex<usize>,
}

impl FakeRenderer {
    /// The error of every rendering from now on; `None` for none.
    pub fn fail(&self, fault: Option<RenderError>) {
        *lock(&self.fault) = fault;
    }

    /// How many documents were rendered.
    #[must_use]
    pub fn rendered(&self) -> usize {
        *lock(&self.rendered)
    }
}

impl Renderer for FakeRenderer {
    fn render(
        &self,
        content: &DocumentContent,
        wording: Option<&FormWording>,
        facts_signature: Option<&[u8]>,
    ) -> Result<Vec<u8>, RenderError> {
        if let Some(fault) = lock(&self.fault).clone() {
            return Err(fault);
        }
        *lock(&self.rendered) += 1;
        let words = wording.map(|wording| serde_json::to_vec(wording).unwrap());
        let rendered = [RENDERED, &self.facts(content), &words.unwrap_or_default()].concat();
        Ok(match facts_signature {
            None => rendered,
            Some(signature) => [&rendered, FACTS_SIGNED, signature].concat(),
        })
    }

    fn sheet(&self, sheet: &Sheet) -> Result<Vec<u8>, RenderError> {
        if let Some(fault) = lock(&self.fault).clone() {
            return Err(fault);
        }
        let lines = sheet.parts.iter().flat_map(|part| &part.lines);
        let lines = lines.map(|one| format!("\n{}: {}", one.label.kk, one.value.kk));
        Ok([RENDERED, &sheet.data, lines.collect::<String>().as_bytes()].concat())
    }

    fn facts(&self, content: &DocumentContent) -> Vec<u8> {
        serde_json::to_vec(content).unwrap()
    }

    fn can_print(&self, text: &str) -> bool {
        !text.contains(UNPRINTABLE)
    }
}

/// A seal that is a last line with its moment; it remembers what it was put on.
#[derive(Debug, Default)]
pub struct FakeSealer {
    fault: Mutex<Option<SealError>>,
    sealed: Mutex<Vec<Vec<u8>>>,
    terms: Mutex<Vec<SealTerm>>,
}

impl FakeSealer {
    /// Gives it certificates.
    pub fn certify(&self, terms: Vec<SealTerm>) {
        *lock(&self.terms) = terms;
    }

    /// The error of every sealing from now on; `None` for none.
    pub fn fail(&self, fault: Option<SealError>) {
        *lock(&self.fault) = fault;
    }

    /// The unsealed bytes it was given, in order.
    #[must_use]
    pub fn sealed(&self) -> Vec<Vec<u8>> {
        lock(&self.sealed).clone()
    }
}

#[async_trait]
impl Sealer for FakeSealer {
    async fn seal(&self, unsealed: &[u8], order: &SealOrder) -> Result<Vec<u8>, SealError> {
        if let Some(fault) = lock(&self.fault).clone() {
            return Err(fault);
        }
        lock(&self.sealed).push(unsealed.to_vec());
        let seal = format!("{} {}", order.provider.kato.as_str(), order.sealed_at);
        Ok([unsealed, SEALED, seal.as_bytes()].concat())
    }

    fn terms(&self) -> Vec<SealTerm> {
        lock(&self.terms).clone()
    }
}

/// A signer of facts that counts: no two of its signatures are the same, as with real keys.
#[derive(Debug, Default)]
pub struct FakeFactsSigner {
    fault: Mutex<Option<SealError>>,
    signed: Mutex<Vec<Vec<u8>>>,
    terms: Mutex<Vec<SealTerm>>,
}

impl FakeFactsSigner {
    /// Gives it certificates.
    pub fn certify(&self, terms: Vec<SealTerm>) {
        *lock(&self.terms) = terms;
    }

    /// The error of every signing from now on; `None` for none.
    pub fn fail(&self, fault: Option<SealError>) {
        *lock(&self.fault) = fault;
    }

    /// The facts it was given, in order.
    #[must_use]
    pub fn signed(&self) -> Vec<Vec<u8>> {
        lock(&self.signed).clone()
    }
}

#[async_trait]
impl FactsSigner for FakeFactsSigner {
    async fn sign(&self, facts: &[u8], signed_at: Timestamp) -> Result<Vec<u8>, SealError> {
        if let Some(fault) = lock(&self.fault).clone() {
            return Err(fault);
        }
        let mut signed = lock(&self.signed);
        signed.push(facts.to_vec());
        let digest = hex::encode(Sha256::digest(facts));
        Ok(format!("{} {digest} {signed_at}", signed.len()).into_bytes())
    }

    fn terms(&self) -> Vec<SealTerm> {
        lock(&self.terms).clone()
    }
}

/// The judge of [`FakeSealer`]'s documents.
#[derive(Debug, Default)]
pub struct FakeDocumentVerifier;

impl DocumentVerifier for FakeDocumentVerifier {
    fn verify(&self, pdf: &[u8], _at: Timestamp) -> DocumentVerdict {
        let Some(body) = pdf.strip_prefix(RENDERED) else {
            return DocumentVerdict::Unreadable("not_a_pdf");
        };
        let seal = body.windows(SEALED.len()).position(|window| window == SEALED);
        let Some(json) = seal.and_then(|place| body.get(..place)) else {
            return DocumentVerdict::NotGenuine("not_sealed");
        };
        let signed = json.windows(FACTS_SIGNED.len()).position(|window| window == FACTS_SIGNED);
        let json = signed.and_then(|place| json.get(..place)).unwrap_or(json);
        match serde_json::from_slice(json) {
            Ok(content) => DocumentVerdict::Genuine(Box::new(content)),
            Err(_) => DocumentVerdict::NotGenuine("altered"),
        }
    }
}
