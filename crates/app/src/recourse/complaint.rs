//! A complaint: its exact text with what Article 93 of the Administrative Procedural and Process-Related Code asks of it,
//! signed or confirmed, then registered.
//!
//! The text is made from the form's fields each time, so what was signed is compared with what the fields say now, and nothing
//! need be kept of a form that was never sent. Read next: `opening.rs`.

use domain::{ComplaintGround, Iin, Kato, Language, Number, RecourseBody, RecourseKind};
use jiff::Timestamp;
use serde::Serialize;

use super::opening::NewRecourse;
use super::{says_something, words_of};
use crate::ports::{
    Channel, RecourseAsked, RecourseConfirmation, RecourseProof, SignaturePurpose,
    SignatureVerdict, StoreError, StoredRequest,
};
use crate::service::Service;

/// Longest address and reason of lateness, in characters.
const SHORT_MAX: usize = 500;
const SCHEMA: &str = "urn:anyqtama:complaint:v1";

/// A complaint as its form has it.
#[derive(Clone)]
pub struct ComplaintOrder {
    /// Whose.
    pub applicant: Iin,
    /// About which request.
    pub request: Number,
    /// To whom.
    pub body: RecourseBody,
    /// Why.
    pub grounds: Vec<ComplaintGround>,
    /// Circumstances and evidence.
    pub words: String,
    /// Where he can be written to.
    pub address: String,
    /// Why it comes late, where it does.
    pub late_reason: String,
    /// Language of the text.
    pub language: Language,
    /// Which way it comes.
    pub channel: Channel,
    /// Key of the form.
    pub form_key: String,
    /// When its text was first made.
    pub prepared_at: Timestamp,
}

/// The text of a complaint.
pub struct ComplaintDocument {
    /// The bytes to be signed.
    pub bytes: Vec<u8>,
    /// The department complained about.
    pub provider: Kato,
    /// Whether it comes late.
    pub is_late: bool,
}

/// Why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub enum ComplaintError {
    /// There is no such request of this person's.
    #[error("there is no such request")]
    Unknown,
    /// No ground is named.
    #[error("no ground is named")]
    NoGround,
    /// Nothing is told.
    #[error("no circumstances are told")]
    NoWords,
    /// No address is told.
    #[error("no address is told")]
    NoAddress,
    /// It cannot be sent there from here.
    #[error("this body takes no complaints from here")]
    NoSuchBody,
    /// The text was prepared too long ago, or is not of this time.
    #[error("the prepared text has expired")]
    Expired,
    /// The signature is not genuine, not fit or another person's.
    #[error("the signature was not accepted: {0}")]
    Signature(&'static str),
    /// The signature cannot be judged now.
    #[error("the signature cannot be checked now: {0}")]
    CannotTell(&'static str),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ComplaintError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "request_not_found",
            Self::NoGround => "complaint_no_ground",
            Self::NoWords => "complaint_no_words",
            Self::NoAddress => "complaint_no_address",
            Self::NoSuchBody => "complaint_no_such_body",
            Self::Expired => "complaint_expired",
            Self::Signature(code) | Self::CannotTell(code) => code,
            Self::Store(_) => "store_unavailable",
        }
    }
}

/// Contents of a complaint by Article 93, as they are signed.
#[derive(Serialize)]
struct Contents<'a> {
    schema: &'static str,
    challenge: &'a str,
    prepared_at: Timestamp,
    language: Language,
    addressed_to: &'a str,
    addressed_as: &'static str,
    applicant_name: &'a str,
    applicant_iin: Iin,
    applicant_address: &'a str,
    contested_body: &'a str,
    contested_request: &'a Number,
    grounds: &'a [ComplaintGround],
    circumstances: &'a str,
    comes_late: bool,
    late_reason: &'a str,
    /// The history of the request goes with it, from the journal.
    attached: &'static str,
}

impl Service {
    /// Whether complaints to a body can be filed here.
    #[must_use]
    pub fn takes_complaints(&self, body: RecourseBody) -> bool {
        match body {
            RecourseBody::Reviewer => false,
            RecourseBody::Head => true,
            RecourseBody::QualityControl => self.settings().quality_control.is_some(),
        }
    }

    /// A form's fields, cleaned and found whole.
    ///
    /// # Errors
    /// [`ComplaintError`].
    pub async fn prepare_complaint(
        &self,
        order: &mut ComplaintOrder,
    ) -> Result<ComplaintDocument, ComplaintError> {
        let stored = self.complained(order).await?;
        self.document_of(order, &stored).await
    }

    async fn complained(
        &self,
        order: &mut ComplaintOrder,
    ) -> Result<StoredRequest, ComplaintError> {
        let own = self.own_request(order.applicant, &order.request).await?;
        let stored = own.ok_or(ComplaintError::Unknown)?;
        if order.body.kind() != RecourseKind::Complaint || !self.takes_complaints(order.body) {
            return Err(ComplaintError::NoSuchBody);
        }
        order.words = words_of(&order.words);
        order.address = short(&order.address);
        order.late_reason = short(&order.late_reason);
        order.grounds.sort_unstable();
        order.grounds.dedup();
        if order.grounds.is_empty() {
            return Err(ComplaintError::NoGround);
        }
        if !says_something(&order.words) {
            return Err(ComplaintError::NoWords);
        }
        if !says_something(&order.address) {
            return Err(ComplaintError::NoAddress);
        }
        Ok(stored)
    }

    async fn document_of(
        &self,
        order: &ComplaintOrder,
        stored: &StoredRequest,
    ) -> Result<ComplaintDocument, ComplaintError> {
        let provider = self.contested(stored).await?;
        let is_late = order.prepared_at > self.window(stored).due_at;
        let contested = self.providers().of(&provider);
        let quality = self.settings().quality_control.as_ref();
        let addressed = match order.body {
            RecourseBody::QualityControl => quality.unwrap_or(contested),
            RecourseBody::Head | RecourseBody::Reviewer => contested,
        };
        let contents = Contents {
            schema: SCHEMA,
            challenge: &order.form_key,
            prepared_at: order.prepared_at,
            language: order.language,
            addressed_to: addressed.name.on_screen(order.language),
            addressed_as: order.body.code(),
            applicant_name: &stored.applicant_name,
            applicant_iin: order.applicant,
            applicant_address: &order.address,
            contested_body: contested.name.on_screen(order.language),
            contested_request: &order.request,
            grounds: &order.grounds,
            circumstances: &order.words,
            comes_late: is_late,
            late_reason: &order.late_reason,
            attached: "request_history",
        };
        let bytes = serde_json::to_vec_pretty(&contents)
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(ComplaintDocument { bytes, provider, is_late })
    }

    /// Registers a complaint with the signature over its text, or without one; the same form again is the same complaint.
    ///
    /// # Errors
    /// [`ComplaintError`]; then nothing was registered.
    pub async fn file_complaint(
        &self,
        mut order: ComplaintOrder,
        signature: Option<Vec<u8>>,
    ) -> Result<Number, ComplaintError> {
        let stored = self.complained(&mut order).await?;
        let document = self.document_of(&order, &stored).await?;
        let now = self.now();
        let earliest = now.checked_sub(self.settings().draft).unwrap_or(Timestamp::MIN);
        let confirmation = match &signature {
            Some(_) => RecourseConfirmation::Signature,
            None => RecourseConfirmation::Session,
        };
        if let Some(before) = self.filed_before(&order).await? {
            return Ok(before);
        }
        if order.prepared_at < earliest || order.prepared_at > now {
            return Err(ComplaintError::Expired);
        }
        let evidence = match &signature {
            Some(cms) => self.judged(&order, cms, &document.bytes).await?,
            None => String::new(),
        };
        let asked = RecourseAsked {
            applicant_name: stored.applicant_name.clone(),
            address: order.address,
            language: order.language,
            channel: order.channel,
            grounds: order.grounds,
            words: order.words,
            is_late: document.is_late,
            late_reason: order.late_reason,
            confirmation,
        };
        let new = NewRecourse {
            body: order.body,
            form_key: order.form_key,
            asked,
            proof: RecourseProof {
                document: document.bytes,
                cms: signature.unwrap_or_default(),
                evidence,
            },
        };
        Ok(self.register_recourse(&stored, new).await?)
    }

    /// What the same form led to before: however old it is by now, whoever comes back to it finds that.
    async fn filed_before(&self, order: &ComplaintOrder) -> Result<Option<Number>, StoreError> {
        let cases = self.store().recourses_of(&order.request).await?;
        let same = cases.into_iter().find(|case| {
            case.recourse.form_key == order.form_key && case.recourse.applicant == order.applicant
        });
        Ok(same.map(|case| case.recourse.number))
    }

    async fn judged(
        &self,
        order: &ComplaintOrder,
        cms: &[u8],
        document: &[u8],
    ) -> Result<String, ComplaintError> {
        let purpose = SignaturePurpose::Request;
        match self.parts.verifier.verify(cms, document, purpose, self.now()).await {
            SignatureVerdict::Valid(signer) if signer.iin == order.applicant => Ok(signer.evidence),
            SignatureVerdict::Valid(_) => Err(ComplaintError::Signature("someone_elses_signature")),
            SignatureVerdict::Invalid(code) => Err(ComplaintError::Signature(code)),
            SignatureVerdict::CannotTell(code) => Err(ComplaintError::CannotTell(code)),
        }
    }
}

fn short(text: &str) -> String {
    domain::clean_text(text).chars().take(SHORT_MAX).collect()
}
