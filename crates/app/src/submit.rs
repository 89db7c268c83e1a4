//! Submitting a signed request: the signature is judged, then everything is registered in one transaction. A request
//! confirmed by a one-time password goes the same way from there on (`one_time_password/request.rs`).
//!
//! What is wrong with a signature or with the wards named is an input error and ends here, before registration;
//! none of it is a refusal. From registration on the legal clock runs.

use domain::{Answer, ConsentRecord, Evidence, Iin, LegalClock, NumberKind};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::backlog::Busy;
use crate::consent::ConsentStage;
use crate::evidence::registration_digest;
use crate::one_time_password::PasswordError;
use crate::ports::{
    Channel, Draft, IdempotencyKey, PasswordUse, Registered, Registration, SignaturePurpose,
    SignatureVerdict, StoreError, StoredRequest, VerifiedSigner,
};
use crate::service::Service;
use crate::signed_document::challenge_of;

/// Numbers are random; a second draw is all but certain to be free.
const NUMBER_DRAWS: u32 = 5;

/// A signed request as it arrives.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Chosen by the client.
    pub key: IdempotencyKey,
    /// The signature with the document inside.
    pub cms: Vec<u8>,
    /// Way it came.
    pub channel: Channel,
    /// Who is signed in, where somebody is.
    pub signed_in: Option<Iin>,
}

/// A request whose signature or password was found good, about to be registered.
pub(crate) struct Confirmed {
    pub(crate) key: IdempotencyKey,
    pub(crate) body_digest: String,
    pub(crate) channel: Channel,
    pub(crate) name: String,
    /// Empty where a password confirmed it.
    pub(crate) cms: Vec<u8>,
    pub(crate) evidence: String,
    pub(crate) password: Option<PasswordUse>,
}

impl Confirmed {
    /// For the journal: the way it came, and where it was not a signature, how it was confirmed.
    fn detail(&self) -> String {
        let way = if self.password.is_some() { " one_time_password" } else { "" };
        format!("{}{way}", self.channel.code())
    }
}

/// What became of a submission.
#[derive(Debug)]
pub enum Submitted {
    /// Registered now.
    New(StoredRequest),
    /// The same submission again: the request it led to.
    Same(StoredRequest),
    /// The document was submitted already, from another tab perhaps: the request it became.
    DraftUsed(StoredRequest),
    /// The person has a request that is not answered yet, or had when this document came first: that one.
    Open(StoredRequest),
}

/// Why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The key was used with another body.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// The signed bytes are none of our documents, or their draft is gone.
    #[error("the signed document is not one prepared here: {code}")]
    NotOurDocument {
        /// Stable code.
        code: &'static str,
    },
    /// The document was prepared too long ago.
    #[error("the prepared document has expired")]
    DraftExpired,
    /// The signature is not genuine or not fit.
    #[error("the signature was not accepted: {code}")]
    Signature {
        /// Stable code.
        code: &'static str,
    },
    /// The signature cannot be judged now.
    #[error("the signature cannot be checked now: {code}")]
    CannotTell {
        /// Stable code.
        code: &'static str,
    },
    /// Signed by another person than the applicant.
    #[error("the signature is another person's")]
    SomeoneElsesSignature,
    /// The data bank knows the applicant as guardian, but not of these wards.
    #[error("named wards are not recorded with the applicant")]
    WardNotFound {
        /// Places among the named wards, from 1.
        positions: Vec<usize>,
    },
    /// Repair work is going on: nothing is registered before it ends.
    #[error("a technical break lasts until {ends_at}")]
    TechnicalBreak {
        /// Its planned end.
        ends_at: Timestamp,
    },
    /// The person has not given his consent through the state's control of access.
    #[error("the consent is not there: {}", .0.code())]
    Consent(ConsentStage),
    /// No password confirmed it.
    #[error(transparent)]
    Password(PasswordError),
    /// More is asked than can be done now.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PasswordError> for SubmitError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Store(error) => Self::Store(error),
            other => Self::Password(other),
        }
    }
}

impl SubmitError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyReused => "idempotency_key_reused",
            Self::NotOurDocument { code }
            | Self::Signature { code }
            | Self::CannotTell { code } => code,
            Self::DraftExpired => "draft_expired",
            Self::SomeoneElsesSignature => "someone_elses_signature",
            Self::WardNotFound { .. } => "ward_not_found_for_applicant",
            Self::TechnicalBreak { .. } => "technical_break",
            Self::Consent(stage) => stage.fault(),
            Self::Password(error) => error.code(),
            Self::Busy(busy) => busy.code(),
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Service {
    /// Submits a signed request.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing was registered.
    pub async fn submit(&self, submission: Submission) -> Result<Submitted, SubmitError> {
        let draft = self.draft_of(&submission.cms).await?;
        let now = self.now();
        let body_digest = hex::encode(Sha256::digest(&submission.cms));
        // The same body was judged when it came first; its key may have been revoked since.
        if let Some(same) = self.same_key(&submission.key, &draft, &body_digest).await? {
            return Ok(same);
        }
        let _place = self.place_to_register(&draft).await?;
        let signer = self.judge(&submission, &draft, now).await?;
        let confirmed = Confirmed {
            key: submission.key,
            body_digest,
            channel: submission.channel,
            name: signer.name,
            cms: submission.cms,
            evidence: signer.evidence,
            password: None,
        };
        self.submit_confirmed(draft, confirmed, now).await
    }

    /// The way of every request whose applicant is known to have confirmed it.
    pub(crate) async fn submit_confirmed(
        &self,
        mut draft: Draft,
        confirmed: Confirmed,
        now: Timestamp,
    ) -> Result<Submitted, SubmitError> {
        if let Some(earlier) = self.submitted_before(&draft).await? {
            return Ok(earlier);
        }
        if draft.expires_at < now {
            return Err(SubmitError::DraftExpired);
        }
        if let Some(running) = self.running_break().await? {
            return Err(SubmitError::TechnicalBreak { ends_at: running.ends_at });
        }
        let proof = self.require_consent(&mut draft, now).await?.map_err(SubmitError::Consent)?;
        self.look_at_named_wards(&draft.request, proof.as_ref(), now).await?;
        self.register(draft, confirmed).await
    }

    /// Where a draft led that was submitted already.
    pub(crate) async fn submitted_before(
        &self,
        draft: &Draft,
    ) -> Result<Option<Submitted>, SubmitError> {
        if let Some(number) = &draft.became {
            return Ok(Some(Submitted::DraftUsed(self.stored(number).await?)));
        }
        match &draft.led_to {
            Some(number) => Ok(Some(Submitted::Open(self.stored(number).await?))),
            None => Ok(None),
        }
    }

    /// The prepared document a signature claims to carry.
    async fn draft_of(&self, cms: &[u8]) -> Result<Draft, SubmitError> {
        let content =
            self.parts.verifier.content(cms).map_err(|code| SubmitError::Signature { code })?;
        let challenge = challenge_of(&content)
            .ok_or(SubmitError::NotOurDocument { code: "document_unknown" })?;
        self.store()
            .draft(&challenge)
            .await?
            .ok_or(SubmitError::NotOurDocument { code: "draft_unknown" })
    }

    /// The draft that was signed, whatever may be said of the signature; none where it is gone.
    pub(crate) async fn signed_draft(&self, cms: &[u8]) -> Result<Option<Draft>, StoreError> {
        match self.draft_of(cms).await {
            Ok(draft) => Ok(Some(draft)),
            Err(SubmitError::Store(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Whether what was signed cannot be submitted any more, whatever may be said of the signature.
    pub(crate) async fn is_past(&self, cms: &[u8]) -> Result<bool, StoreError> {
        let draft = self.signed_draft(cms).await?;
        Ok(draft.is_none_or(|draft| draft.expires_at < self.now()))
    }

    async fn judge(
        &self,
        submission: &Submission,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<VerifiedSigner, SubmitError> {
        let purpose = SignaturePurpose::Request;
        let verifier = &self.parts.verifier;
        let signer = match verifier.verify(&submission.cms, &draft.document, purpose, now).await {
            SignatureVerdict::Valid(signer) => *signer,
            SignatureVerdict::Invalid(code) => return Err(SubmitError::Signature { code }),
            SignatureVerdict::CannotTell(code) => return Err(SubmitError::CannotTell { code }),
        };
        let applicant = draft.request.applicant;
        let other_session = submission.signed_in.is_some_and(|iin| iin != applicant);
        if signer.iin != applicant || other_session {
            return Err(SubmitError::SomeoneElsesSignature);
        }
        Ok(signer)
    }

    /// What the key led to before.
    pub(crate) async fn same_key(
        &self,
        key: &IdempotencyKey,
        draft: &Draft,
        body_digest: &str,
    ) -> Result<Option<Submitted>, SubmitError> {
        match self.store().idempotent(draft.request.applicant, key).await? {
            None => Ok(None),
            Some((_, digest)) if digest != body_digest => Err(SubmitError::KeyReused),
            Some((number, _)) => Ok(Some(Submitted::Same(self.stored(&number).await?))),
        }
    }

    async fn register(&self, draft: Draft, confirmed: Confirmed) -> Result<Submitted, SubmitError> {
        let mut registration = self.registration(draft, confirmed);
        for _ in 0..NUMBER_DRAWS {
            registration.audit.evidence = registration_digest(&registration)?;
            match self.store().register(&registration).await {
                Err(StoreError::NumberTaken) => {
                    registration.number = self.draw_number(NumberKind::Request);
                    registration.audit.request = Some(registration.number.clone());
                }
                // The watchdog took the expired draft away between the look at it and this.
                Err(StoreError::AlreadyUsed) => {
                    return Err(SubmitError::NotOurDocument { code: "draft_unknown" });
                }
                Err(error) => return Err(error.into()),
                Ok(registered) => return self.told(registered, &registration).await,
            }
        }
        Err(StoreError::NumberTaken.into())
    }

    async fn told(
        &self,
        registered: Registered,
        registration: &Registration,
    ) -> Result<Submitted, SubmitError> {
        match registered {
            Registered::New => {
                self.work.notify_one();
                Ok(Submitted::New(registration.as_stored()))
            }
            Registered::Same(number) => Ok(Submitted::Same(self.stored(&number).await?)),
            Registered::DraftUsed(number) => Ok(Submitted::DraftUsed(self.stored(&number).await?)),
            Registered::Open(number) => Ok(Submitted::Open(self.stored(&number).await?)),
            Registered::OtherBody => Err(SubmitError::KeyReused),
            Registered::PasswordGone => Err(PasswordError::NoneSent.into()),
        }
    }

    async fn stored(&self, number: &domain::Number) -> Result<StoredRequest, SubmitError> {
        let stored = self.store().request(number).await?;
        Ok(stored.ok_or(StoreError::Corrupt("a registered request is missing"))?)
    }

    fn registration(&self, draft: Draft, confirmed: Confirmed) -> Registration {
        let number = self.draw_number(NumberKind::Request);
        let clock = LegalClock::start(self.now());
        let audit = AuditEvent {
            at: clock.accepted_at,
            actor: Actor::Applicant,
            action: AuditAction::Registered,
            request: Some(number.clone()),
            subject: Some(draft.request.applicant),
            detail: confirmed.detail(),
            evidence: String::new(),
        };
        // The certificate, not whoever prepared the text, says what the person is called.
        let named = |mut consent: ConsentRecord| {
            consent.items = consent.items.map(|items| items.named(&confirmed.name));
            consent
        };
        let consents = draft.consents.into_iter().map(named).collect();
        Registration {
            number,
            request: draft.request,
            applicant_name: confirmed.name,
            clock,
            channel: confirmed.channel,
            challenge: draft.challenge,
            document: draft.document,
            cms: confirmed.cms,
            signature_evidence: confirmed.evidence,
            password: confirmed.password,
            consents,
            key: confirmed.key,
            body_digest: confirmed.body_digest,
            audit,
        }
    }
}

/// Evidence before anybody was asked.
pub(crate) fn no_evidence() -> Evidence {
    Evidence { consent: Answer::Unavailable, data_bank: None, data_bank_asked_at: None }
}
