//! The second step of signing in: the signature was good, and a password to the number bound to the IIN opens the session.
//!
//! There is no way past it: who has no number, or whose password cannot be sent now, is told so and what to do, and is
//! not signed in.

use std::fmt;

use domain::Language;
use sha2::{Digest, Sha256};

use super::{PasswordError, SentPassword};
use crate::ports::{
    PasswordBinding, PasswordPurpose, PasswordUse, PendingSignIn, StoreError, VerifiedSigner,
};
use crate::service::Service;
use crate::sign_in::{SignInError, SignedIn};

/// Who has signed and is asked for a password yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Halfway {
    /// Value for a cookie; known to the browser alone.
    pub cookie: String,
}

impl fmt::Debug for Halfway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Halfway(•••)")
    }
}

/// How far the second step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStep {
    /// When it is too late.
    pub expires_at: jiff::Timestamp,
    /// The password under way.
    pub sent: Option<SentPassword>,
}

impl Service {
    /// Whether a signature alone does not sign in.
    pub(crate) fn asks_second_step(&self) -> bool {
        self.offered(|parts| parts.second_step).is_ok()
    }

    /// Keeps who signed until the second step.
    pub(crate) async fn hold(
        &self,
        challenge_id: &str,
        signer: VerifiedSigner,
    ) -> Result<Halfway, SignInError> {
        let cookie = format!("{}{}", self.parts.ids.token(), self.parts.ids.token());
        let pending = PendingSignIn {
            id: id_of(&cookie),
            iin: signer.iin,
            name: signer.name,
            expires_at: self.after(self.settings().second_step),
        };
        match self.store().hold_sign_in(challenge_id, &pending).await {
            Err(StoreError::AlreadyUsed) => Err(SignInError::UnknownChallenge),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(Halfway { cookie }),
        }
    }

    /// How far the second step behind a cookie is; `None` where there is none or it is too late.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn second_step(&self, cookie: &str) -> Result<Option<SecondStep>, StoreError> {
        let Some(pending) = self.pending(cookie).await? else { return Ok(None) };
        let sent = self.sent(&binding_of(&pending)).await?;
        Ok(Some(SecondStep { expires_at: pending.expires_at, sent }))
    }

    /// Sends a password for the second step behind a cookie.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn send_sign_in_password(
        &self,
        cookie: &str,
        language: Language,
    ) -> Result<SentPassword, SignInError> {
        let parts = self.offered(|parts| parts.second_step)?;
        let pending = self.pending(cookie).await?.ok_or(SignInError::Expired)?;
        Ok(self.send_bound(parts, binding_of(&pending), language).await?)
    }

    /// Opens the session of the second step behind a cookie.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_with_password(
        &self,
        cookie: &str,
        typed: &str,
    ) -> Result<SignedIn, SignInError> {
        self.offered(|parts| parts.second_step)?;
        let pending = self.pending(cookie).await?.ok_or(SignInError::Expired)?;
        let binding = binding_of(&pending);
        let kept = self.tried(binding.clone(), typed).await?;
        let signed_in = self.new_session(pending.iin, pending.name);
        let audit = signed_in.event("one_time_password");
        let password = PasswordUse { id: kept.id, binding };
        let session = &signed_in.session;
        let opened =
            self.store().open_session_by_password(&pending.id, &password, session, &audit).await;
        match opened {
            Err(StoreError::AlreadyUsed) => Err(SignInError::Expired),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(signed_in),
        }
    }

    async fn pending(&self, cookie: &str) -> Result<Option<PendingSignIn>, StoreError> {
        self.store().pending_sign_in(&id_of(cookie), self.now()).await
    }
}

/// The pending sign-in itself is what is confirmed: it is random and exists once.
fn binding_of(pending: &PendingSignIn) -> PasswordBinding {
    PasswordBinding::to(pending.iin, PasswordPurpose::SignIn, pending.id.as_bytes())
}

fn id_of(cookie: &str) -> String {
    hex::encode(Sha256::digest(cookie.as_bytes()))
}

impl From<PasswordError> for SignInError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Store(error) => Self::Store(error),
            other => Self::Password(other),
        }
    }
}
