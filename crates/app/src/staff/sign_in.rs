//! Signing in of staff: with a key of their organisation's, and only who is on the list of staff.
//!
//! A text for officers opens no citizen's session and the other way round: each begins differently, is refused by the
//! other's use case, and demands another kind of key.

use domain::{Answer, Language};
use jiff::{SignedDuration, Timestamp};

use super::Staff;
use super::passkeys::CEREMONY_PREFIX;
use super::roles::{Act, Permit};
use crate::audit::{AuditAction, AuditEvent};
use crate::ports::{
    OfficerSession, SessionWay, SignInChallenge, SignaturePurpose, SignatureVerdict, StaffMember,
    StoreError, VerifiedSigner, Workplace,
};
use crate::sign_in::token_of;
use crate::signed_document::officer_sign_in_document;

/// Begins the identifiers of officers' one-time texts.
pub(crate) const CHALLENGE_PREFIX: &str = "officer-";
/// How long a one-time text is good.
pub(super) const CHALLENGE: SignedDuration = SignedDuration::from_mins(5);
/// A working day.
const SESSION: SignedDuration = SignedDuration::from_hours(8);
/// An untended screen.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// The end is put off no oftener, so that not every look at a page writes.
const PROLONGED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Somebody who came in.
#[derive(Debug)]
pub struct SignedInMember {
    /// Value for the cookie; known to the browser alone.
    pub cookie: String,
    /// Who.
    pub member: StaffMember,
}

/// What becomes of somebody who wants to do `A`.
#[derive(Debug)]
pub enum Entry<A> {
    /// He may.
    Granted(Permit<A>),
    /// He serves, but not as somebody who may.
    NotAllowed,
    /// He may, but came in by a passkey, and this needs his digital signature.
    NeedsSignature,
    /// He is not signed in, not any more, or off the list.
    SignedOut,
    /// Who he is cannot be told now.
    Unavailable,
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
    ) -> Result<SignedInMember, OfficerSignInError> {
        let is_ceremony = challenge_id.starts_with(CEREMONY_PREFIX);
        if is_ceremony || !challenge_id.starts_with(CHALLENGE_PREFIX) {
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
                let member = self.member_who_signed(&signer).await?;
                self.open_session(challenge_id, member, now).await
            }
            SignatureVerdict::Invalid(code) => Err(OfficerSignInError::Signature(code)),
            SignatureVerdict::CannotTell(code) => Err(OfficerSignInError::CannotTell(code)),
        }
    }

    /// Several departments may stand under one BIN: then he serves in the one that lists him.
    async fn member_who_signed(
        &self,
        signer: &VerifiedSigner,
    ) -> Result<StaffMember, OfficerSignInError> {
        let all = self.parts.providers.all().iter();
        let departments = all.filter(|provider| Some(provider.bin) == signer.bin);
        let departments = departments.map(|one| Workplace::Department(one.kato.clone()));
        let organisation = signer.bin.map(Workplace::Organisation);
        let mut error = OfficerSignInError::NotProvider;
        for workplace in departments.chain(organisation) {
            match self.parts.people.member(signer.iin, &workplace).await {
                Answer::Known(member) => return Ok(member),
                Answer::Absent if matches!(workplace, Workplace::Department(_)) => {
                    error = OfficerSignInError::NotOfficer;
                }
                Answer::Absent => {}
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
        member: StaffMember,
        now: Timestamp,
    ) -> Result<SignedInMember, OfficerSignInError> {
        let (cookie, session) = self.fresh_session(&member, now, SessionWay::Signature);
        let audit = AuditEvent {
            at: now,
            actor: member.actor(),
            action: AuditAction::SignedIn,
            request: None,
            subject: Some(member.iin),
            detail: member.workplace.code(),
            evidence: String::new(),
        };
        match self.parts.office.open_officer_session(challenge_id, &session, &audit).await {
            Ok(()) => Ok(SignedInMember { cookie, member }),
            Err(StoreError::AlreadyUsed) => Err(OfficerSignInError::UnknownChallenge),
            Err(error) => Err(error.into()),
        }
    }

    /// A session and the value of its cookie.
    pub(super) fn fresh_session(
        &self,
        member: &StaffMember,
        now: Timestamp,
        way: SessionWay,
    ) -> (String, OfficerSession) {
        let cookie = format!("{}{}", self.parts.ids.token(), self.parts.ids.token());
        let session = OfficerSession {
            token: token_of(&cookie),
            iin: member.iin,
            workplace: member.workplace.clone(),
            way,
            signed_in_at: now,
            expires_at: self.after(IDLE),
            ends_at: self.after(SESSION),
        };
        (cookie, session)
    }

    /// Whether the person of a cookie may do `A`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enter<A: Act>(&self, cookie: &str) -> Result<Entry<A>, StoreError> {
        Ok(match self.entered(cookie).await? {
            Answer::Known((member, way)) => match Permit::entered(member, way) {
                None => Entry::NotAllowed,
                Some(permit) if A::ACT.needs_signature() && !permit.is_signed() => {
                    Entry::NeedsSignature
                }
                Some(permit) => Entry::Granted(permit),
            },
            Answer::Absent => Entry::SignedOut,
            Answer::Unavailable => Entry::Unavailable,
        })
    }

    /// The person of a cookie.
    #[cfg(test)]
    pub(crate) async fn member(&self, cookie: &str) -> Result<Answer<StaffMember>, StoreError> {
        Ok(match self.entered(cookie).await? {
            Answer::Known((member, _)) => Answer::Known(member),
            Answer::Absent => Answer::Absent,
            Answer::Unavailable => Answer::Unavailable,
        })
    }

    /// The person of a cookie and how he came in: `Absent` where the session has ended or he is on the list no more,
    /// `Unavailable` where the list cannot be read.
    async fn entered(&self, cookie: &str) -> Result<Answer<(StaffMember, SessionWay)>, StoreError> {
        let now = self.now();
        let office = &self.parts.office;
        let Some(session) = office.officer_session(&token_of(cookie), now).await? else {
            return Ok(Answer::Absent);
        };
        if let Workplace::Department(kato) = &session.workplace
            && !self.parts.providers.knows(kato)
        {
            return Ok(Answer::Absent);
        }
        let member = self.parts.people.member(session.iin, &session.workplace).await;
        let expires_at = self.after(IDLE).min(session.ends_at);
        let is_known = matches!(member, Answer::Known(_));
        if is_known && expires_at.duration_since(session.expires_at) >= PROLONGED_EVERY {
            office.prolong_officer_session(&session.token, expires_at).await?;
        }
        Ok(match member {
            Answer::Known(member) => Answer::Known((member, session.way)),
            Answer::Absent => Answer::Absent,
            Answer::Unavailable => Answer::Unavailable,
        })
    }

    /// Ends the session of a cookie.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sign_out(&self, cookie: &str) -> Result<(), StoreError> {
        self.parts.office.close_officer_session(&token_of(cookie)).await
    }
}
