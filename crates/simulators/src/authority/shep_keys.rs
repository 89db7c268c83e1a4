//! Keys of the gateway SHEP and of the system that asks over it, and those with which somebody only pretends to be the
//! gateway.

use jiff::Timestamp;
use rand::Rng;
use signature::signing::{KeyUses, SigningError, Subject};
use signature::wss::{SignError, SignFault, sign_body};

use super::center::{Algorithm, Term};
use super::holder::KeyHolder;
use super::{Authority, AuthorityError, SealHolder};

/// Name in the gateway's certificates.
const NAME: &str = "ДЕМО ШЭП";

/// Who signs an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answering {
    /// The gateway.
    Gateway,
    /// Another of the same name, under the foreign root.
    Stranger,
}

/// The gateway's keys.
#[derive(Clone)]
pub struct ShepKeys {
    own: KeyHolder,
    stranger: KeyHolder,
}

/// Why a message was not signed.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// It does not fit.
    #[error(transparent)]
    Unsuitable(#[from] SignFault),
    /// The key.
    #[error(transparent)]
    Key(SigningError),
}

impl ShepKeys {
    /// Reads what [`Self::to_pems`] wrote.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn from_pems(own: &str, stranger: &str) -> Result<Self, AuthorityError> {
        Ok(Self { own: KeyHolder::from_pem(own)?, stranger: KeyHolder::from_pem(stranger)? })
    }

    /// Both keys with their certificates: the gateway's, the stranger's.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn to_pems(&self) -> Result<[String; 2], AuthorityError> {
        Ok([self.own.to_pem()?, self.stranger.to_pem()?])
    }

    /// The gateway's certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.own.certificate()
    }

    /// The stranger's certificate, DER.
    pub(crate) fn strangers_certificate(&self) -> &[u8] {
        self.stranger.certificate()
    }

    pub(crate) fn sign(
        &self,
        who: Answering,
        envelope: &str,
        body_id: &str,
    ) -> Result<Vec<u8>, MessageError> {
        match who {
            Answering::Gateway => self.own.sign_message(envelope, body_id),
            Answering::Stranger => self.stranger.sign_message(envelope, body_id),
        }
    }
}

impl KeyHolder {
    /// Signs the body of a SOAP message, as the gateway and those who ask over it do.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn sign_message(&self, envelope: &str, body_id: &str) -> Result<Vec<u8>, MessageError> {
        let sign = |bytes: &[u8]| self.private.key().sign(bytes);
        sign_body(envelope, body_id, &self.certificate, &sign).map_err(|error| match error {
            SignError::Unsuitable(fault) => fault.into(),
            SignError::Key(error) => MessageError::Key(error),
        })
    }
}

impl Authority {
    /// Issues the gateway's keys.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_shep_keys<R: Rng + ?Sized>(
        &self,
        algorithm: Algorithm,
        now: Timestamp,
        random: &mut R,
    ) -> Result<ShepKeys, AuthorityError> {
        let subject = Subject { common_name: NAME.to_owned(), ..Subject::default() };
        let term = Term::around(now, 30, 335)?;
        let center = match algorithm {
            Algorithm::Gost => &self.gost,
            Algorithm::Rsa => &self.rsa,
        };
        let own = center.issue(&subject, KeyUses::Seal, term, algorithm, random)?;
        let stranger = self.foreign.issue(&subject, KeyUses::Seal, term, algorithm, random)?;
        Ok(ShepKeys { own, stranger })
    }

    /// Issues the key of the system that asks over the gateway: RSA-2048.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_system_key<R: Rng + ?Sized>(
        &self,
        name: &str,
        bin: &str,
        now: Timestamp,
        random: &mut R,
    ) -> Result<KeyHolder, AuthorityError> {
        let (file, name, bin) = (String::new(), name.to_owned(), bin.to_owned());
        self.issue_seal(&SealHolder { file, name, bin }, now, random)
    }
}
