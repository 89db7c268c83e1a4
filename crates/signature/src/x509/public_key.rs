//! Public keys and what they verify.

use const_oid::ObjectIdentifier;
use der::Encode;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs8::DecodePublicKey;
use sha2::{Digest, Sha256, Sha512};
use spki::SubjectPublicKeyInfoOwned;

use super::oid;
use crate::gost;
use crate::verdict::Reason;

/// Kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// GOST 34.10-2015, 512 bit.
    Gost2015,
    /// GOST 34.10-2015, 256 bit.
    ShortGost2015,
    /// RSA of 2048 bit or more.
    Rsa,
    /// Elliptic curve P-256.
    P256,
    /// GOST 34.310-2004: to be renewed.
    OldGost2004,
    /// Anything else.
    Other,
}

/// A public key of a certificate.
#[derive(Clone)]
pub struct PublicKey(Key);

#[derive(Clone)]
enum Key {
    Gost2015(Box<gost::PublicKey>),
    ShortGost2015(Box<gost::short::PublicKey>),
    Rsa(Box<rsa::RsaPublicKey>),
    P256(Box<p256::ecdsa::VerifyingKey>),
    OldGost2004,
    Other,
}

const RSA_BITS_MIN: usize = 2_048;

impl PublicKey {
    /// Reads a key; a kind nobody knows here is still a key, it only verifies nothing.
    pub(crate) fn read(info: &SubjectPublicKeyInfoOwned) -> Self {
        let key = match info.algorithm.oid {
            oid::GOST_2015_512_KEY => read_gost(info).map(|key| Key::Gost2015(Box::new(key))),
            oid::GOST_2015_256_KEY => {
                read_short_gost(info).map(|key| Key::ShortGost2015(Box::new(key)))
            }
            oid::RSA_KEY => read_rsa(info).map(|key| Key::Rsa(Box::new(key))),
            oid::EC_KEY => read_p256(info).map(|key| Key::P256(Box::new(key))),
            oid::GOST_2004_KEY => Some(Key::OldGost2004),
            _ => None,
        };
        Self(key.unwrap_or(Key::Other))
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self.0 {
            Key::Gost2015(_) => KeyKind::Gost2015,
            Key::ShortGost2015(_) => KeyKind::ShortGost2015,
            Key::Rsa(_) => KeyKind::Rsa,
            Key::P256(_) => KeyKind::P256,
            Key::OldGost2004 => KeyKind::OldGost2004,
            Key::Other => KeyKind::Other,
        }
    }

    /// Whether `signature` is this key's over a digest.
    pub(crate) fn verifies(
        &self,
        algorithm: DigestAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<bool, Reason> {
        match (&self.0, algorithm) {
            (Key::Gost2015(key), DigestAlgorithm::Streebog512) => {
                let digest = digest.try_into().map_err(|_| Reason::Malformed)?;
                Ok(key.verifies(digest, signature))
            }
            (Key::ShortGost2015(key), DigestAlgorithm::Streebog256) => {
                let digest = digest.try_into().map_err(|_| Reason::Malformed)?;
                Ok(key.verifies(digest, signature))
            }
            (Key::Rsa(key), DigestAlgorithm::Sha256) => {
                Ok(key.verify(rsa::Pkcs1v15Sign::new::<Sha256>(), digest, signature).is_ok())
            }
            (Key::Rsa(key), DigestAlgorithm::Sha512) => {
                Ok(key.verify(rsa::Pkcs1v15Sign::new::<Sha512>(), digest, signature).is_ok())
            }
            (Key::P256(key), DigestAlgorithm::Sha256) => {
                let signature = p256::ecdsa::Signature::from_der(signature);
                Ok(signature.is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()))
            }
            (Key::OldGost2004, _) => Err(Reason::OldGost2004),
            _ => Err(Reason::UnsupportedAlgorithm),
        }
    }
}

/// BIT STRING { OCTET STRING (128) }, x‖y little-endian, on the one curve the NCA uses.
fn read_gost(info: &SubjectPublicKeyInfoOwned) -> Option<gost::PublicKey> {
    let bytes = info.subject_public_key.as_bytes()?;
    gost::PublicKey::from_bytes(bytes.strip_prefix(&[0x04, 0x81, 0x80])?)
}

/// BIT STRING { OCTET STRING (64) }, x‖y little-endian, on the curve it names.
fn read_short_gost(info: &SubjectPublicKeyInfoOwned) -> Option<gost::short::PublicKey> {
    let parameters: Vec<ObjectIdentifier> = info.algorithm.parameters.as_ref()?.decode_as().ok()?;
    let bytes = info.subject_public_key.as_bytes()?.strip_prefix(&[0x04, 0x40])?;
    let names_curve = parameters.first() == Some(&oid::GOST_2015_256_CURVE);
    names_curve.then(|| gost::short::PublicKey::from_bytes(bytes))?
}

fn read_rsa(info: &SubjectPublicKeyInfoOwned) -> Option<rsa::RsaPublicKey> {
    let key = rsa::RsaPublicKey::from_public_key_der(&info.to_der().ok()?).ok()?;
    (rsa::traits::PublicKeyParts::size(&key) * 8 >= RSA_BITS_MIN).then_some(key)
}

fn read_p256(info: &SubjectPublicKeyInfoOwned) -> Option<p256::ecdsa::VerifyingKey> {
    let curve: ObjectIdentifier = info.algorithm.parameters.as_ref()?.decode_as().ok()?;
    let bytes = info.subject_public_key.as_bytes()?;
    (curve == oid::P256).then(|| p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).ok())?
}

/// A digest that signatures are made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DigestAlgorithm {
    Streebog256,
    Streebog512,
    Sha256,
    Sha512,
}

impl DigestAlgorithm {
    pub(crate) fn read(algorithm: &ObjectIdentifier) -> Result<Self, Reason> {
        match *algorithm {
            oid::STREEBOG_256 => Ok(Self::Streebog256),
            oid::STREEBOG_512 => Ok(Self::Streebog512),
            oid::SHA256 => Ok(Self::Sha256),
            oid::SHA512 => Ok(Self::Sha512),
            oid::GOST_95_DIGEST => Err(Reason::OldGost2004),
            _ => Err(Reason::UnsupportedAlgorithm),
        }
    }

    pub(crate) fn of(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Streebog256 => gost::short::streebog(data).to_vec(),
            Self::Streebog512 => gost::streebog(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }
}

/// The digest a signature algorithm goes with. In a CMS plain RSA takes the signer's own (`declared`).
pub(crate) fn signature_digest(
    algorithm: &ObjectIdentifier,
    declared: Option<DigestAlgorithm>,
) -> Result<DigestAlgorithm, Reason> {
    let fixed = match *algorithm {
        oid::GOST_2015_256_SIGNATURE => DigestAlgorithm::Streebog256,
        oid::GOST_2015_512_SIGNATURE => DigestAlgorithm::Streebog512,
        oid::RSA_SHA256 | oid::ECDSA_SHA256 => DigestAlgorithm::Sha256,
        oid::RSA_SHA512 => DigestAlgorithm::Sha512,
        oid::RSA_KEY => return declared.ok_or(Reason::UnsupportedAlgorithm),
        oid::GOST_2004_SIGNATURE | oid::GOST_2004_SIGNATURE_ALIAS => {
            return Err(Reason::OldGost2004);
        }
        _ => return Err(Reason::UnsupportedAlgorithm),
    };
    match declared {
        Some(declared) if declared != fixed => Err(Reason::Malformed),
        _ => Ok(fixed),
    }
}
