//! An RSA-2048 private key: of the authority's RSA branch, of seals, and of people who still have one.
//!
//! Its primes come from the library's own randomness, the one thing here that is not given.

use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use der::Decode;
use der::pem::LineEnding;
use signature::signing::{SigningAlgorithm, SigningError, SigningKey};
use spki::SubjectPublicKeyInfoOwned;

const PEM_LABEL: &str = "PRIVATE KEY";

/// A private key.
#[derive(Clone)]
pub struct RsaKey(Arc<RsaKeyPair>);

impl RsaKey {
    /// A new key of 2048 bit.
    ///
    /// # Errors
    /// [`SigningError::Key`] where the library declines.
    pub fn generate() -> Result<Self, SigningError> {
        RsaKeyPair::generate(KeySize::Rsa2048)
            .map(|pair| Self(Arc::new(pair)))
            .map_err(|_| SigningError::Key("no RSA key could be made".to_owned()))
    }

    /// Reads PKCS #8 PEM.
    ///
    /// # Errors
    /// [`SigningError::Key`] where it is no RSA key.
    pub fn from_pem(pem: &str) -> Result<Self, SigningError> {
        let not_ours = || SigningError::Key("not an RSA key".to_owned());
        let (_, der) = der::pem::decode_vec(pem.as_bytes()).map_err(|_| not_ours())?;
        RsaKeyPair::from_pkcs8(&der).map(|pair| Self(Arc::new(pair))).map_err(|_| not_ours())
    }

    /// PKCS #8 PEM.
    ///
    /// # Errors
    /// [`SigningError::Key`].
    pub fn to_pem(&self) -> Result<String, SigningError> {
        let der = self.0.as_der().map_err(|_| SigningError::Key("no PKCS #8".to_owned()))?;
        der::pem::encode_string(PEM_LABEL, LineEnding::LF, der.as_ref())
            .map_err(|error| SigningError::Key(error.to_string()))
    }
}

impl SigningKey for RsaKey {
    fn algorithm(&self) -> SigningAlgorithm {
        SigningAlgorithm::RsaSha256
    }

    fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, SigningError> {
        let der = self.0.public_key().as_der();
        let der = der.map_err(|_| SigningError::Key("no public key".to_owned()))?;
        Ok(SubjectPublicKeyInfoOwned::from_der(der.as_ref())?)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SigningError::Key("RSA declined to sign".to_owned()))?;
        Ok(signature)
    }
}
