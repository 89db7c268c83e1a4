//! Passkeys by WebAuthn, for the portal's own domain.
//!
//! A credential is one that its device finds by itself and for which it verifies its owner each time; anything less is
//! refused. Challenges are drawn by the library. Knows no person and keeps nothing.

#[cfg(test)]
mod tests;

use app::{
    ClaimedCredential, MadeCredential, PasskeyCeremony, PasskeyFault, PasskeyOwner, Passkeys,
    UsedCredential,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

/// The portal as browsers and devices know it.
pub struct WebauthnPasskeys(Webauthn);

/// Why passkeys cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the portal's address is none that passkeys can be bound to")]
pub struct PasskeysSetupError;

impl WebauthnPasskeys {
    /// For the domain of this address; `None` where it has none: devices bind passkeys to domains and not to numbers.
    ///
    /// # Errors
    /// [`PasskeysSetupError`].
    pub fn new(public_url: &str) -> Result<Option<Self>, PasskeysSetupError> {
        let origin = Url::parse(public_url).map_err(|_| PasskeysSetupError)?;
        let Some(domain) = origin.domain() else { return Ok(None) };
        let builder = WebauthnBuilder::new(domain, &origin).map_err(|_| PasskeysSetupError)?;
        let webauthn = builder.build().map_err(|_| PasskeysSetupError)?;
        Ok(Some(Self(webauthn)))
    }
}

impl Passkeys for WebauthnPasskeys {
    fn begin_making(&self, owner: &PasskeyOwner) -> Result<PasskeyCeremony, PasskeyFault> {
        let handle = Uuid::parse_str(&owner.handle).map_err(|_| PasskeyFault::Broken)?;
        let id = |json: &String| Ok(kept::<Passkey>(json)?.cred_id().clone());
        let known = owner.known.iter().map(id).collect::<Result<Vec<_>, PasskeyFault>>()?;
        let begun =
            self.0.start_passkey_registration(handle, &owner.name, &owner.name, Some(known));
        let (options, state) = begun.map_err(|_| PasskeyFault::Broken)?;
        let mut options = public_key(&options)?;
        // The library leaves it to the device whether it will find the credential by itself.
        let selection = options.pointer_mut("/authenticatorSelection");
        let selection = selection.and_then(Value::as_object_mut).ok_or(PasskeyFault::Broken)?;
        selection.insert("residentKey".to_owned(), "required".into());
        selection.insert("requireResidentKey".to_owned(), true.into());
        Ok(PasskeyCeremony { options: options.to_string(), state: to_be_kept(&state)? })
    }

    fn finish_making(&self, state: &str, answer: &str) -> Result<MadeCredential, PasskeyFault> {
        let state: PasskeyRegistration = kept(state)?;
        let answer: RegisterPublicKeyCredential = sent(answer)?;
        let made = self.0.finish_passkey_registration(&answer, &state).map_err(refused)?;
        let credential_id = URL_SAFE_NO_PAD.encode(made.cred_id());
        Ok(MadeCredential { credential_id, credential: to_be_kept(&made)? })
    }

    fn begin_use(&self) -> Result<PasskeyCeremony, PasskeyFault> {
        let begun = self.0.start_discoverable_authentication();
        let (options, state) = begun.map_err(|_| PasskeyFault::Broken)?;
        // Without the mediation beside it: a button asks, and no field that fills itself in.
        let options = public_key(&options)?.to_string();
        Ok(PasskeyCeremony { options, state: to_be_kept(&state)? })
    }

    fn claimed(&self, answer: &str) -> Result<ClaimedCredential, PasskeyFault> {
        let answer: PublicKeyCredential = sent(answer)?;
        let claimed = self.0.identify_discoverable_authentication(&answer);
        let (handle, id) = claimed.map_err(refused)?;
        let credential_id = URL_SAFE_NO_PAD.encode(id);
        Ok(ClaimedCredential { credential_id, handle: handle.simple().to_string() })
    }

    fn finish_use(
        &self,
        state: &str,
        answer: &str,
        credential: &str,
    ) -> Result<UsedCredential, PasskeyFault> {
        let state: DiscoverableAuthentication = kept(state)?;
        let answer: PublicKeyCredential = sent(answer)?;
        let mut credential: Passkey = kept(credential)?;
        if answer.get_credential_id() != credential.cred_id().as_slice() {
            return Err(PasskeyFault::Refused);
        }
        let judged = self.0.finish_discoverable_authentication_v2(&answer, state, &credential);
        let judged = judged.map_err(refused)?;
        if !judged.user_verified() {
            return Err(PasskeyFault::Refused);
        }
        credential.update_credential(&judged);
        let counter = judged.counter();
        Ok(UsedCredential { credential: to_be_kept(&credential)?, counter })
    }
}

/// The part of the options that a browser is given.
fn public_key(options: &impl Serialize) -> Result<Value, PasskeyFault> {
    let mut options = serde_json::to_value(options).map_err(|_| PasskeyFault::Broken)?;
    options.get_mut("publicKey").map(Value::take).ok_or(PasskeyFault::Broken)
}

fn to_be_kept(value: &impl Serialize) -> Result<String, PasskeyFault> {
    serde_json::to_string(value).map_err(|_| PasskeyFault::Broken)
}

fn kept<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyFault> {
    serde_json::from_str(text).map_err(|_| PasskeyFault::Broken)
}

fn sent<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyFault> {
    serde_json::from_str(text).map_err(|_| PasskeyFault::Malformed)
}

fn refused(error: WebauthnError) -> PasskeyFault {
    match error {
        WebauthnError::CredentialPossibleCompromise => {
            tracing::warn!("a passkey counts less than it did: it may have been copied");
            PasskeyFault::Cloned
        }
        error => {
            tracing::debug!(?error, "a passkey was refused");
            PasskeyFault::Refused
        }
    }
}
