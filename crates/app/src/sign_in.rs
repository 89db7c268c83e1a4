//! Signing in: a one-time text is signed, the signature judged, a session opened; behind a one-time password where the
//! operator wants that second step (`one_time_password/second_step.rs`).
//!
//! Read next: `identity.rs` for the other way in.

use domain::{Iin, Language};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::identity::KEY_PREFIX;
use crate::one_time_password::{Halfway, PasswordError};
use crate::ports::{
    Session, SessionToken, SignInChallenge, SignaturePurpose, SignatureVerdict, StoreError,
};
use crate::service::Service;
use crate::signed_document::sign_in_document;
use crate::staff::CHALLENGE_PREFIX;

/// A person who came in.
#[derive(Debug)]
pub struct SignedIn {
    /// Value for the cookie; known to the browser alone.
    pub cookie: String,
    /// The session.
    pub session: Session,
}

/// How far a good signature led.
#[derive(Debug)]
pub enum Entrance {
    /// Into the cabinet.
    SignedIn(Box<SignedIn>),
    /// Before the second step.
    SecondStep(Halfway),
}

/// Why nobody came in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The challenge does not exist or was used.
    #[error("the one-time text is unknown or was used already")]
    UnknownChallenge,
    /// The challenge is too old.
    #[error("the one-time text has expired")]
    Expired,
    /// The telephone has not brought a signature yet.
    #[error("the telephone has not brought a signature yet")]
    NotSignedYet,
    /// The signature is not genuine or not fit.
    #[error("the signature was not accepted: {code}")]
    Signature {
        /// Stable code.
        code: &'static str,
    },
    /// The identity provider does not tell who it is.
    #[error("the identity provider told of nobody: {code}")]
    Identity {
        /// Stable code.
        code: &'static str,
    },
    /// Who it is cannot be told now.
    #[error("who it is cannot be told now: {code}")]
    CannotTell {
        /// Stable code.
        code: &'static str,
    },
    /// No password for the second step.
    #[error(transparent)]
    Password(PasswordError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignInError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownChallenge => "challenge_unknown",
            Self::Expired => "challenge_expired",
            Self::NotSignedYet => "phone_not_signed_yet",
            Self::Signature { code } | Self::Identity { code } | Self::CannotTell { code } => code,
            Self::Password(error) => error.code(),
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Service {
    /// A secret for a browser, by which it is known to be the one that began. Of its own, because a one-time text and its
    /// identifier are seen by whatever signs it, and are kept.
    #[must_use]
    pub fn browser_secret(&self) -> String {
        format!("{}{}", self.parts.ids.token(), self.parts.ids.token())
    }

    /// A fresh one-time text.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prepare_sign_in(&self, language: Language) -> Result<SignInChallenge, StoreError> {
        self.sign_in_challenge(language, self.after(self.settings().challenge)).await
    }

    /// The same, good until a moment.
    pub(crate) async fn sign_in_challenge(
        &self,
        language: Language,
        expires_at: Timestamp,
    ) -> Result<SignInChallenge, StoreError> {
        let id = self.parts.ids.token();
        let lines = self.texts.sign_in(language, &self.settings().public_url);
        let document = sign_in_document(&id, expires_at, &lines);
        let challenge = SignInChallenge { id, document, expires_at };
        self.store().put_challenge(&challenge).await?;
        Ok(challenge)
    }

    /// Opens a session for whoever signed the challenge, or asks him for the second step.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in(&self, challenge_id: &str, cms: &[u8]) -> Result<Entrance, SignInError> {
        if [KEY_PREFIX, CHALLENGE_PREFIX].iter().any(|other| challenge_id.starts_with(other)) {
            return Err(SignInError::UnknownChallenge);
        }
        let challenge =
            self.store().challenge(challenge_id).await?.ok_or(SignInError::UnknownChallenge)?;
        let now = self.now();
        if challenge.expires_at < now {
            return Err(SignInError::Expired);
        }
        let purpose = SignaturePurpose::SignIn;
        let verdict = self.parts.verifier.verify(cms, &challenge.document, purpose, now).await;
        let signer = match verdict {
            SignatureVerdict::Valid(signer) => *signer,
            SignatureVerdict::Invalid(code) => return Err(SignInError::Signature { code }),
            SignatureVerdict::CannotTell(code) => return Err(SignInError::CannotTell { code }),
        };
        if self.asks_second_step() {
            return Ok(Entrance::SecondStep(self.hold(challenge_id, signer).await?));
        }
        let used = || SignInError::UnknownChallenge;
        let opened = self.open_session(challenge_id, signer.iin, signer.name, "", used).await?;
        Ok(Entrance::SignedIn(Box::new(opened)))
    }

    /// Uses a challenge up and opens a session for whoever it brought in. `way`: how, where not by a signature.
    pub(crate) async fn open_session(
        &self,
        challenge_id: &str,
        iin: Iin,
        name: String,
        way: &str,
        used: impl FnOnce() -> SignInError + Send,
    ) -> Result<SignedIn, SignInError> {
        let signed_in = self.new_session(iin, name);
        let audit = signed_in.event(way);
        match self.store().open_session(challenge_id, &signed_in.session, &audit).await {
            Err(StoreError::AlreadyUsed) => Err(used()),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(signed_in),
        }
    }

    /// The session of a cookie, if it has not ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn session(&self, cookie: &str) -> Result<Option<Session>, StoreError> {
        self.store().session(&token_of(cookie), self.now()).await
    }

    /// Ends the session of a cookie.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sign_out(&self, cookie: &str) -> Result<(), StoreError> {
        self.store().close_session(&token_of(cookie)).await
    }

    /// A session that is not opened yet.
    pub(crate) fn new_session(&self, iin: Iin, name: String) -> SignedIn {
        let cookie = format!("{}{}", self.parts.ids.token(), self.parts.ids.token());
        let session = Session {
            token: token_of(&cookie),
            iin,
            name,
            signed_in_at: self.now(),
            expires_at: self.after(self.settings().session),
        };
        SignedIn { cookie, session }
    }
}

impl SignedIn {
    /// For the journal. `way`: how, where not by a signature alone.
    pub(crate) fn event(&self, way: &str) -> AuditEvent {
        AuditEvent {
            at: self.session.signed_in_at,
            actor: Actor::Applicant,
            action: AuditAction::SignedIn,
            request: None,
            subject: Some(self.session.iin),
            detail: way.to_owned(),
            evidence: String::new(),
        }
    }
}

pub(crate) fn token_of(cookie: &str) -> SessionToken {
    SessionToken(hex::encode(Sha256::digest(cookie.as_bytes())))
}
