//! Signing in at an identity provider: the person is sent there and comes back with a one-time code.
//!
//! What must be remembered between the two lies in the store under a digest of the state, which travels through the
//! provider, and of the browser's own secret, which does not: whoever has only one of them finds nothing. It is used up by
//! the session it opens. Knows nothing of the protocol. Read next: `ports/identity.rs`; `sign_in.rs` for the other way.

use domain::Language;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ports::{IdentityProvider, IdentityReply, IdentityVerdict, SignInChallenge};
use crate::service::Service;
use crate::sign_in::{SignInError, SignedIn};

/// How long a person may be away: long enough for a code by SMS and a forgotten password.
const AWAY: SignedDuration = SignedDuration::from_mins(15);
/// Begins the keys of what is remembered, so that no one-time text to be signed is taken for it, nor it for one.
pub(crate) const KEY_PREFIX: &str = "identity-";
/// The way in, as the journal tells it.
const WAY: &str = "identity_provider";

/// A person on his way to the provider.
#[derive(Debug)]
pub struct IdentityBegun {
    /// Where he is sent.
    pub address: String,
    /// The secret his browser keeps meanwhile.
    pub browser: String,
}

/// A person back from the provider, before he is believed.
pub struct IdentityReturn {
    /// The language he left in.
    pub language: Language,
    /// The place he wanted to go to.
    pub next: String,
    id: String,
    remembered: String,
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    language: String,
    next: String,
    provider: String,
}

impl Service {
    /// Whether there is a provider to be sent to.
    #[must_use]
    pub fn has_identity_provider(&self) -> bool {
        self.parts.identity_provider.is_some()
    }

    /// Sends a person to the provider. A browser that is on its way already, in another tab, keeps its secret.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn begin_identity(
        &self,
        language: Language,
        next: &str,
        browser: Option<String>,
    ) -> Result<IdentityBegun, SignInError> {
        let ids = &self.parts.ids;
        let secret = || format!("{}{}", ids.token(), ids.token());
        let state = secret();
        let browser = browser.filter(|kept| is_secret(kept)).unwrap_or_else(secret);
        let beginning = self.provider()?.begin(&state, language).await;
        let beginning = beginning.map_err(|code| SignInError::CannotTell { code })?;
        let remembered = Remembered {
            language: language.code().to_owned(),
            next: next.to_owned(),
            provider: beginning.remembered,
        };
        let document = serde_json::to_vec(&remembered).map_err(|_| unknown())?;
        let id = key(&state, &browser);
        let expires_at = self.after(AWAY);
        self.store().put_challenge(&SignInChallenge { id, document, expires_at }).await?;
        Ok(IdentityBegun { address: beginning.address, browser })
    }

    /// What was remembered of a person who comes back.
    ///
    /// # Errors
    /// [`SignInError`]: also where another browser began, or this one began too long ago or came in already.
    pub async fn identity_return(
        &self,
        state: &str,
        browser: &str,
    ) -> Result<IdentityReturn, SignInError> {
        if !is_secret(state) || !is_secret(browser) {
            return Err(unknown());
        }
        let id = key(state, browser);
        let kept = self.store().challenge(&id).await?.ok_or_else(unknown)?;
        if kept.expires_at < self.now() {
            return Err(unknown());
        }
        let remembered: Remembered =
            serde_json::from_slice(&kept.document).map_err(|_| unknown())?;
        let language = Language::parse(&remembered.language).ok_or_else(unknown)?;
        let Remembered { next, provider, .. } = remembered;
        Ok(IdentityReturn { language, next, id, remembered: provider })
    }

    /// Opens a session for whoever the provider says it is.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn finish_identity(
        &self,
        back: &IdentityReturn,
        reply: &IdentityReply,
    ) -> Result<SignedIn, SignInError> {
        match self.provider()?.finish(reply, &back.remembered).await {
            IdentityVerdict::Known(person) => {
                self.open_session(&back.id, person.iin, person.name, WAY, unknown).await
            }
            IdentityVerdict::Refused(code) => Err(SignInError::Identity { code }),
            IdentityVerdict::CannotTell(code) => Err(SignInError::CannotTell { code }),
        }
    }

    fn provider(&self) -> Result<&dyn IdentityProvider, SignInError> {
        let none = SignInError::CannotTell { code: "identity_unavailable" };
        self.parts.identity_provider.as_deref().ok_or(none)
    }
}

fn unknown() -> SignInError {
    SignInError::Identity { code: "identity_unknown" }
}

/// Two tokens of the generator, as both secrets are.
fn is_secret(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn key(state: &str, browser: &str) -> String {
    let mut hash = Sha256::new();
    for part in [KEY_PREFIX, state, browser] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    format!("{KEY_PREFIX}{}", hex::encode(hash.finalize()))
}
