//! Master keys of personal data on a PKCS #11 device: it wraps and unwraps the data keys, and no master key ever leaves it (adr 42).
//!
//! Knows no data key and no database. Master keys are the AES keys of one label; of several the one with the greatest id
//! wraps, the others only unwrap. Read next: `identity.rs` for ids, `crate::token` for the device, `vault` for what is wrapped.

mod identity;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use vault::{DeviceFault, DeviceKey, MasterKeys};
use zeroize::Zeroizing;

use crate::token::{Device, LoggedIn, TokenAccess, TokenFault, Unanswered, patiently};
use identity::Identity;

/// Bytes of an AES-256 key.
const KEY_BYTES: u64 = 32;
/// Bytes of a nonce of AES-GCM.
const NONCE_BYTES: usize = 12;
/// Bits of its tag.
const TAG_BITS: u64 = 128;

/// A token with master keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterTokenSettings {
    /// How it is reached.
    pub access: TokenAccess,
    /// What the master keys on it are called.
    pub label: String,
}

/// The master keys of a label on a token that may be there or not.
#[derive(Clone)]
pub struct MasterToken(Arc<Parts>);

struct Parts {
    device: Device,
    label: String,
    /// A token that hangs holds no more than one thread.
    admission: Arc<Semaphore>,
}

impl MasterToken {
    /// Loads the library; whether the token is there shows later.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub fn open(settings: &MasterTokenSettings) -> Result<Self, TokenFault> {
        let (device, label) = (Device::open(&settings.access, 1)?, settings.label.clone());
        Ok(Self(Arc::new(Parts { device, label, admission: Arc::new(Semaphore::new(1)) })))
    }

    /// The master keys that are on it now, the newest first. It is logged in to for as long as they are held.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub async fn keys(&self) -> Result<MasterKeys, TokenFault> {
        let (connected, found) = self.patiently(|parts| parts.found()).await?;
        let connected = Arc::new(connected);
        let key = |(identity, handle): (Identity, ObjectHandle)| -> Arc<dyn DeviceKey> {
            let (token, connected) = (self.clone(), Arc::clone(&connected));
            Arc::new(KeyOnToken { name: identity.name(), token, connected, handle })
        };
        Ok(MasterKeys::in_device(found.into_iter().map(key).collect()))
    }

    /// Makes a new one, which wraps from now on. Answers its id as hexadecimal digits.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub async fn make_key(&self, now: Timestamp) -> Result<String, TokenFault> {
        self.patiently(move |parts| parts.make(now)).await
    }

    async fn patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Parts) -> Result<T, TokenFault> + Send + 'static,
    ) -> Result<T, TokenFault> {
        let (admission, parts) = (Arc::clone(&self.0.admission), Arc::clone(&self.0));
        let why = |unanswered| match unanswered {
            Unanswered::Late => "it says nothing for too long",
            Unanswered::Stopped => "the program ends",
        };
        let done = patiently(Some(admission), move || work(&parts)).await;
        done.map_err(|unanswered| TokenFault::Silent(why(unanswered).to_owned()))?
    }
}

impl Parts {
    fn found(&self) -> Result<(LoggedIn, Vec<(Identity, ObjectHandle)>), TokenFault> {
        let connected = self.device.connect()?;
        if !connected.mechanisms.contains(&MechanismType::AES_GCM) {
            return Err(TokenFault::Mechanism);
        }
        let found = connected.with(|session| self.look_up(session))?;
        if found.is_empty() {
            return Err(TokenFault::NoMasterKey(self.label.clone()));
        }
        Ok((connected, found))
    }

    /// The newest first.
    fn look_up(&self, session: &Session) -> Result<Vec<(Identity, ObjectHandle)>, TokenFault> {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Label(self.label.as_bytes().to_vec()),
        ];
        let mut found = Vec::new();
        for handle in session.find_objects(&template)? {
            found.push((self.identity(session, handle)?, handle));
        }
        found.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        if found.iter().zip(found.iter().skip(1)).any(|((one, _), (next, _))| one == next) {
            return Err(self.unfit("another has the same id (CKA_ID)"));
        }
        Ok(found)
    }

    fn identity(&self, session: &Session, key: ObjectHandle) -> Result<Identity, TokenFault> {
        let asked = [AttributeType::Id, AttributeType::ValueLen, AttributeType::Sensitive];
        let mut identity = None;
        let (mut is_long, mut is_sensitive) = (false, false);
        for attribute in session.get_attributes(key, &asked)? {
            match attribute {
                Attribute::Id(id) => identity = Identity::new(id),
                Attribute::ValueLen(bytes) => is_long = *bytes == KEY_BYTES,
                Attribute::Sensitive(told) => is_sensitive = told,
                _ => {}
            }
        }
        if !is_long {
            return Err(self.unfit("it is not of 256 bits"));
        }
        if !is_sensitive {
            return Err(self.unfit("it can be read out of the token (CKA_SENSITIVE is not set)"));
        }
        identity.ok_or_else(|| self.unfit("it has no id (CKA_ID)"))
    }

    fn unfit(&self, why: &'static str) -> TokenFault {
        TokenFault::UnfitMasterKey(self.label.clone(), why)
    }

    fn make(&self, now: Timestamp) -> Result<String, TokenFault> {
        let connected = self.device.connect_to_make()?;
        connected.with(|session| {
            let newest = self.look_up(session)?.into_iter().next().map(|(identity, _)| identity);
            let identity = Identity::after(newest.as_ref(), now);
            let template = [
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(KeyType::AES),
                Attribute::ValueLen(KEY_BYTES.into()),
                Attribute::Label(self.label.as_bytes().to_vec()),
                Attribute::Id(identity.bytes().to_vec()),
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Encrypt(true),
                Attribute::Decrypt(true),
            ];
            session.generate_key(&Mechanism::AesKeyGen, &template)?;
            Ok(identity.digits())
        })
    }
}

/// One of them, on a token that was logged in to.
struct KeyOnToken {
    name: String,
    token: MasterToken,
    connected: Arc<LoggedIn>,
    handle: ObjectHandle,
}

impl KeyOnToken {
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session, ObjectHandle) -> Result<T, TokenFault> + Send + 'static,
    ) -> Result<T, DeviceFault> {
        let (connected, handle) = (Arc::clone(&self.connected), self.handle);
        let done = self.token.patiently(move |_| connected.with(|session| work(session, handle)));
        done.await.map_err(|fault| DeviceFault(fault.to_string()))
    }
}

#[async_trait]
impl DeviceKey for KeyOnToken {
    fn name(&self) -> &str {
        &self.name
    }

    async fn wrap(&self, label: &[u8], key: &[u8]) -> Result<Vec<u8>, DeviceFault> {
        let (label, key) = (label.to_vec(), Zeroizing::new(key.to_vec()));
        self.with(move |session, handle| wrapped(session, handle, &label, &key)).await
    }

    async fn unwrap(
        &self,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, DeviceFault> {
        let (label, wrapped) = (label.to_vec(), wrapped.to_vec());
        self.with(move |session, handle| unwrapped(session, handle, &label, &wrapped)).await
    }
}

/// A nonce, and the key under it with its tag.
fn wrapped(
    session: &Session,
    master: ObjectHandle,
    label: &[u8],
    key: &[u8],
) -> Result<Vec<u8>, TokenFault> {
    let mut nonce = [0; NONCE_BYTES];
    session.generate_random_slice(&mut nonce)?;
    let parameters = GcmParams::new(&mut nonce, label, TAG_BITS.into())?;
    let sealed = session.encrypt(&Mechanism::AesGcm(parameters), master, key)?;
    // Some devices choose a nonce of their own and write it over ours.
    Ok([nonce.as_slice(), &sealed].concat())
}

fn unwrapped(
    session: &Session,
    master: ObjectHandle,
    label: &[u8],
    wrapped: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, TokenFault> {
    let Some((nonce, sealed)) = wrapped.split_first_chunk::<NONCE_BYTES>() else { return Ok(None) };
    let mut nonce = *nonce;
    let parameters = GcmParams::new(&mut nonce, label, TAG_BITS.into())?;
    match session.decrypt(&Mechanism::AesGcm(parameters), master, sealed) {
        Ok(key) => Ok(Some(Zeroizing::new(key))),
        Err(Error::Pkcs11(RvError::EncryptedDataInvalid | RvError::EncryptedDataLenRange, _)) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
