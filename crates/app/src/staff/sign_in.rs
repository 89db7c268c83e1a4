//! Signing in of officers: with a key of their department's, and only who is on the list of officers.
//!
//! A text for officers opens no citizen's session and the other way round: each begins differently, is refused by the
//! other's use case, and demands another kind of key.

use domain::{Answer, Language};
use jiff::{SignedDuration, Timestamp};

use super::Staff;
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    Officer, OfficerSession, SignInChallenge, SignaturePurpose, SignatureVerdict, StoreError,
    VerifiedSigner,
};
use crate::sign_in::token_of;
use crate::signed_document::officer_sign_in_document;

/// Begins the identifiers of officers' one-time texts.
pub(crate) const CHALLENGE_PREFIX: &str = "officer-";
/// How long a one-time text is good.
const CHALLENGE: SignedDuration = SignedDuration::from_mins(5);
/// A working day.
const SESSION: SignedDuration = SignedDuration::from_hours(8);
/// An untended screen.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// The end is put off no oftener, so that not every look at a page writes.
const PROLONGED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// An officer who came in.
#[derive(Debug)]
pub struct SignedInOfficer {
    /// Value for the cookie; known to the browser alone.
    pub cookie: String,
    /// Who.
    pub officer: Officer,
}

/// Why nobody came in.
#[derive(Debug, thiserror::Error)]
pub enum OfficerSignInError {
    /// The one-time text does not exist, is another's, or was used.
    #[error("the one-time text is unknown or was used already")]
    UnknownChallenge,
    /// It is too old.
    #[error("the one-time text has expired")]
    Expired,
    /// The signature is not genuine or not fit.
    #[error("the signature was not accepted: {0}")]
    Signature(&'static str),
    /// The organisation of the certificate is no provider of this service.
    #[error("the organisation is no provider")]
    NotProvider,
    /// The person is not on the list of the department's officers.
    #[error("the person is no officer of the department")]
    NotOfficer,
    /// Who it is cannot be told now.
    #[error("who it is cannot be told now: {0}")]
    CannotTell(&'static str),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OfficerSignInError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownChallenge => "challenge_unknown",
            Self::Expired => "challenge_expired",
            Self::Signature(code) | Self::CannotTell(code) => code,
            Self::NotProvider => "not_a_provider",
            Self::NotOfficer => "not_an_officer",
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Staff {
    /// A fresh one-time text for an officer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prepare_sign_in(&self, language: Language) -> Result<SignInChallenge, StoreError> {
        let id = format!("{CHALLENGE_PREFIX}{}", self.parts.ids.token());
        let expires_at = self.after(CHALLENGE);
        let lines = self.texts.officer_sign_in(language, &self.parts.public_url);
        let document = officer_sign_in_document(&id, expires_at, &lines);
        let challenge = SignInChallenge { id, document, expires_at };
        self.parts.store.put_challenge(&challenge).await?;
        Ok(challenge)
    }

    /// Opens a session for the officer who signed the challenge.
    ///
    /// # Errors
    /// [`OfficerSignInError`].
    pub async fn sign_in(
        &self,
        challenge_id: &str,
        cms: &[u8],
    ) -> Result<SignedInOfficer, OfficerSignInError> {
        if !challenge_id.starts_with(CHALLENGE_PREFIX) {
            return Err(OfficerSignInError::UnknownChallenge);
        }
        let challenge = self.parts.store.challenge(challenge_id).await?;
        let challenge = challenge.ok_or(OfficerSignInError::UnknownChallenge)?;
        let now = self.now();
        if challenge.expires_at < now {
            return Err(OfficerSignInError::Expired);
        }
        let purpose = SignaturePurpose::OfficerSignIn;
        match self.parts.verifier.verify(cms, &challenge.document, purpose, now).await {
            SignatureVerdict::Valid(signer) => {
                let officer = self.officer_who_signed(&signer).await?;
                self.open_session(challenge_id, officer, now).await
            }
            SignatureVerdict::Invalid(code) => Err(OfficerSignInError::Signature(code)),
            SignatureVerdict::CannotTell(code) => Err(OfficerSignInError::CannotTell(code)),
        }
    }

    /// Several departments may stand under one BIN: then he is an officer of the one that lists him.
    async fn officer_who_signed(
        &self,
        signer: &VerifiedSigner,
    ) -> Result<Officer, OfficerSignInError> {
        let all = self.parts.providers.all().iter();
        let his = all.filter(|provider| Some(provider.bin) == signer.bin);
        let mut error = OfficerSignInError::NotProvider;
        for provider in his {
            match self.parts.officers.officer(signer.iin, &provider.kato).await {
                Answer::Known(officer) => return Ok(officer),
                Answer::Absent => error = OfficerSignInError::NotOfficer,
                Answer::Unavailable => {
                    return Err(OfficerSignInError::CannotTell("officers_unavailable"));
                }
            }
        }
        Err(error)
    }

    async fn open_session(
        &self,
        challenge_id: &str,
        officer: Officer,
        now: Timestamp,
    ) -> Result<SignedInOfficer, OfficerSignInError> {
        let cookie = format!("{}{}", self.parts.ids.token(), self.parts.ids.token());
        let session = OfficerSession {
            token: token_of(&cookie),
            iin: officer.iin,
            provider: officer.provider.clone(),
            signed_in_at: now,
            expires_at: self.after(IDLE),
            ends_at: self.after(SESSION),
        };
        let audit = AuditEvent {
            at: now,
            actor: Actor::Officer,
            action: AuditAction::SignedIn,
            request: None,
            subject: Some(officer.iin),
            detail: officer.provider.as_str().to_owned(),
            evidence: String::new(),
        };
        match self.parts.office.open_officer_session(challenge_id, &session, &audit).await {
            Ok(()) => Ok(SignedInOfficer { cookie, officer }),
            Err(StoreError::AlreadyUsed) => Err(OfficerSignInError::UnknownChallenge),
            Err(error) => Err(error.into()),
        }
    }

    /// The officer of a cookie: `Absent` where the session has ended or he is on the list no more, `Unavailable` where
    /// the list cannot be read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn officer(&self, cookie: &str) -> Result<Answer<Officer>, StoreError> {
        let now = self.now();
        let office = &self.parts.office;
        let Some(session) = office.officer_session(&token_of(cookie), now).await? else {
            return Ok(Answer::Absent);
        };
        if !self.parts.providers.knows(&session.provider) {
            return Ok(Answer::Absent);
        }
        let officer = self.parts.officers.officer(session.iin, &session.provider).await;
        let expires_at = self.after(IDLE).min(session.ends_at);
        let is_known = matches!(officer, Answer::Known(_));
        if is_known && expires_at.duration_since(session.expires_at) >= PROLONGED_EVERY {
            office.prolong_officer_session(&session.token, expires_at).await?;
        }
        Ok(officer)
    }

    /// Ends the session of a cookie.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sign_out(&self, cookie: &str) -> Result<(), StoreError> {
        self.parts.office.close_officer_session(&token_of(cookie)).await
    }
}
