//! Taking the signature that a telephone brings: judged and, of a request, registered at once, so that nothing depends on
//! the browser that waits. The same bytes again change nothing; other bytes after them are refused.

use sha2::{Digest, Sha256};

use super::{PhoneError, bears, link_of};
use crate::ports::{
    Channel, IdempotencyKey, PhoneAccepted, PhoneAuth, PhoneSignature, PhoneSigning,
    SignaturePurpose, SignatureVerdict, StoreError,
};
use crate::service::Service;
use crate::signed_document::challenge_of;
use crate::submit::{Submission, SubmitError};

impl Service {
    /// Takes a signature, from an application that bears the token where it was given one. With a signed address it has
    /// only shown that it may read: what it brings speaks for itself.
    ///
    /// # Errors
    /// [`PhoneError`]; then nothing was registered and nobody signed in by it.
    pub async fn take_phone_signature(
        &self,
        token: &str,
        bearer: Option<&str>,
        signature: &[u8],
    ) -> Result<(), PhoneError> {
        let signing = self.kept_signing(token).await?.ok_or(PhoneError::Unknown)?;
        let is_borne = bearer.is_some_and(|bearer| bears(bearer, token));
        if signing.auth == PhoneAuth::Token && !is_borne {
            return Err(PhoneError::Unauthorized);
        }
        let digest = hex::encode(Sha256::digest(signature));
        if let Some(accepted) = &signing.accepted {
            return if accepted.digest == digest { Ok(()) } else { Err(PhoneError::Used) };
        }
        if signing.expires_at <= self.now() {
            return Err(PhoneError::Expired);
        }
        let taken = self.take_fresh(&signing, signature, digest).await;
        if let Err(PhoneError::Refused { code }) = &taken {
            self.store().refuse_phone_signature(&link_of(token), code).await?;
        }
        taken
    }

    async fn take_fresh(
        &self,
        signing: &PhoneSigning,
        signature: &[u8],
        digest: String,
    ) -> Result<(), PhoneError> {
        let bytes = if signing.signer.is_some() {
            self.submit_from_phone(signing, signature).await?;
            None
        } else {
            self.judge_sign_in(signing, signature).await?;
            Some(signature.to_vec())
        };
        let accepted = PhoneSignature { digest, bytes };
        match self.store().accept_phone_signature(&signing.link, &accepted).await {
            Ok(PhoneAccepted::New | PhoneAccepted::Same) => Ok(()),
            Ok(PhoneAccepted::Other) => Err(PhoneError::Used),
            Err(StoreError::AlreadyUsed) => Err(PhoneError::Expired),
            Err(error) => Err(error.into()),
        }
    }

    /// Registers a request. Its key belongs to the signing, so parallel and repeated calls meet in one request.
    async fn submit_from_phone(
        &self,
        signing: &PhoneSigning,
        signature: &[u8],
    ) -> Result<(), PhoneError> {
        let content = self.parts.verifier.content(signature);
        let content = content.map_err(|code| PhoneError::Refused { code })?;
        if challenge_of(&content).as_ref() != Some(&signing.challenge) {
            return Err(PhoneError::Refused { code: "wrong_content" });
        }
        let submission = Submission {
            key: IdempotencyKey(format!("phone-{}", signing.link.0)),
            cms: signature.to_vec(),
            channel: Channel::Portal,
            signed_in: signing.signer,
        };
        self.submit(submission).await.map(|_| ()).map_err(told)
    }

    async fn judge_sign_in(
        &self,
        signing: &PhoneSigning,
        signature: &[u8],
    ) -> Result<(), PhoneError> {
        let document = self.signed_bytes(signing).await?.ok_or(PhoneError::Expired)?;
        let (purpose, now) = (SignaturePurpose::SignIn, self.now());
        match self.parts.verifier.verify(signature, &document, purpose, now).await {
            SignatureVerdict::Valid(_) => Ok(()),
            SignatureVerdict::Invalid(code) => Err(PhoneError::Refused { code }),
            SignatureVerdict::CannotTell(code) => Err(PhoneError::CannotTell { code, from: None }),
        }
    }
}

fn told(error: SubmitError) -> PhoneError {
    match error {
        SubmitError::KeyReused => PhoneError::Used,
        SubmitError::CannotTell { code } => PhoneError::CannotTell { code, from: None },
        SubmitError::TechnicalBreak { ends_at } => {
            PhoneError::CannotTell { code: "technical_break", from: Some(ends_at) }
        }
        // The control of access does not answer: nobody's signature is at fault, and it can be brought again.
        SubmitError::Consent(stage) if stage.is_outage() => {
            PhoneError::CannotTell { code: stage.fault(), from: None }
        }
        SubmitError::Busy(busy) => busy.into(),
        SubmitError::Store(error) => error.into(),
        refused @ (SubmitError::NotOurDocument { .. }
        | SubmitError::DraftExpired
        | SubmitError::Signature { .. }
        | SubmitError::SomeoneElsesSignature
        | SubmitError::Consent(_)
        | SubmitError::Password(_)
        | SubmitError::WardNotFound { .. }) => PhoneError::Refused { code: refused.code() },
    }
}
