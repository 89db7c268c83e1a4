//! A private key in a file, and the certificates of a seal as they are read.
//!
//! Which key seals is not decided here. Read next: `keys.rs`.

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use signature::pades::{CertificatesFault, SealCertificates};
use zeroize::Zeroizing;

use crate::token::TokenFault;

/// Why a key is not usable.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// A file cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The key file is no PEM of an unencrypted PKCS #8 key.
    #[error("the key is not PEM with one unencrypted PKCS #8 key")]
    KeyForm,
    /// Neither RSA nor P-256.
    #[error("the key is neither RSA nor P-256")]
    KeyKind,
    /// The certificate is not for signing facts.
    #[error("the certificate has no GOST 34.10-2015 key of 512 bit that binds its holder")]
    NotGost,
    /// The certificate file is no PEM.
    #[error("the certificates are not PEM")]
    CertificateForm,
    /// A certificate is not usable.
    #[error(transparent)]
    Certificates(#[from] CertificatesFault),
    /// The certificate names a period that no calendar has.
    #[error("the certificate's period of validity cannot be read")]
    Term,
    /// The key does not belong to the first certificate.
    #[error("the key does not belong to the certificate")]
    OtherKey,
    /// The library declined to sign.
    #[error("signing failed")]
    Signing,
    /// The device.
    #[error(transparent)]
    Token(#[from] TokenFault),
}

enum Private {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// A private key in this process's memory.
pub(crate) struct FileKey(Private);

impl FileKey {
    pub(crate) fn load(path: &Path) -> Result<Self, KeyFault> {
        let pem = Zeroizing::new(std::fs::read(path)?);
        let (label, der) = der::pem::decode_vec(&pem).map_err(|_| KeyFault::KeyForm)?;
        let der = Zeroizing::new(der);
        if label == "PRIVATE KEY" { Self::from_pkcs8(&der) } else { Err(KeyFault::KeyForm) }
    }

    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFault> {
        let private = match RsaKeyPair::from_pkcs8(der) {
            Ok(key) => Private::Rsa(key),
            Err(_) => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der)
                .map(Private::P256)
                .map_err(|_| KeyFault::KeyKind)?,
        };
        Ok(Self(private))
    }

    /// RSA PKCS #1 v1.5 or ECDSA in DER, with SHA-256.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let random = SystemRandom::new();
        match &self.0 {
            Private::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature)
                    .map_err(|_| KeyFault::Signing)?;
                Ok(signature)
            }
            Private::P256(key) => key
                .sign(&random, bytes)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyFault::Signing),
        }
    }

    /// A key that does not belong to its certificate would seal documents that nobody accepts.
    pub(super) fn prove(&self, certificates: &SealCertificates) -> Result<(), KeyFault> {
        let signature = self.sign(PROOF)?;
        if certificates.fits(PROOF, &signature) { Ok(()) } else { Err(KeyFault::OtherKey) }
    }
}

/// What a key signs to show that it belongs to its certificate.
pub(super) const PROOF: &[u8] = b"proof of possession";

/// The certificates of a PEM file, the sealing one first.
pub(super) fn certificates(pem: &[u8]) -> Result<SealCertificates, KeyFault> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = std::str::from_utf8(pem).map_err(|_| KeyFault::CertificateForm)?;
    let mut ders = Vec::new();
    for part in text.split_inclusive(END) {
        // Text between certificates is allowed, as in bundles that name them.
        let Some(start) = part.find("-----BEGIN CERTIFICATE-----") else { continue };
        let block = part.get(start..).unwrap_or_default();
        let (_, der) =
            der::pem::decode_vec(block.as_bytes()).map_err(|_| KeyFault::CertificateForm)?;
        ders.push(der);
    }
    let (sealing, issuers) = ders.split_first().ok_or(KeyFault::CertificateForm)?;
    Ok(SealCertificates::from_der(sealing, issuers.iter().map(Vec::as_slice))?)
}
