//! One sealing key with its certificates.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use signature::pades::{CertificatesFault, SealCertificates};
use zeroize::Zeroizing;

use super::SealFiles;

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
    /// The certificate file is no PEM.
    #[error("the certificates are not PEM")]
    CertificateForm,
    /// A certificate is not usable.
    #[error(transparent)]
    Certificates(#[from] CertificatesFault),
    /// The key does not belong to the first certificate.
    #[error("the key does not belong to the certificate")]
    OtherKey,
    /// The library declined to sign.
    #[error("signing failed")]
    Signing,
}

enum Private {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// A key and its certificates, known to belong together.
pub(super) struct SealKey {
    private: Private,
    certificates: SealCertificates,
}

impl SealKey {
    pub(super) fn load(files: &SealFiles) -> Result<Self, KeyFault> {
        let pem = Zeroizing::new(std::fs::read(&files.key)?);
        let (label, der) = der::pem::decode_vec(&pem).map_err(|_| KeyFault::KeyForm)?;
        let der = Zeroizing::new(der);
        if label != "PRIVATE KEY" {
            return Err(KeyFault::KeyForm);
        }
        let private = match RsaKeyPair::from_pkcs8(&der) {
            Ok(key) => Private::Rsa(key),
            Err(_) => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der)
                .map(Private::P256)
                .map_err(|_| KeyFault::KeyKind)?,
        };
        let certificates = certificates(&std::fs::read(&files.certificates)?)?;
        let key = Self { private, certificates };
        key.prove()?;
        Ok(key)
    }

    /// A key that does not belong to its certificate would seal documents that nobody accepts.
    fn prove(&self) -> Result<(), KeyFault> {
        let message = b"proof of possession";
        let signature = self.sign(message)?;
        if self.certificates.fits(message, &signature) { Ok(()) } else { Err(KeyFault::OtherKey) }
    }

    pub(super) fn certificates(&self) -> &SealCertificates {
        &self.certificates
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let random = SystemRandom::new();
        match &self.private {
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
}

fn certificates(pem: &[u8]) -> Result<SealCertificates, KeyFault> {
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
