//! Keys of the other kinds, made from public constants: they protect nothing.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest, Sha256, Sha512};
use signature::signing::{SigningAlgorithm, SigningError, SigningKey};
use spki::SubjectPublicKeyInfoOwned;

const P: &str = "FF13C8B498EAD7636C775B621ECA6F4A36F4DA2A122281F6BB17C8DE2C29CBDDFD70CEA39342CBD08CEB48C446A8923A2F4CADFC067E3CDD7525C7C1C951F472FE0BC48F190F5277FA916C37113802E1427D24B76CDD33C3B426BEFC7AA822F35EF2120D01227D217240B89BC799ACC6E7E8F3BB2457155D042E428904068C7F";
const Q: &str = "CC24860647047B729BA42B2FF53253CB4E11AE3B0284422A7E8FF0CF1D6086402242C7DF66F6A856670F19447406B99314E86C9AD27E5F03BA5B61C0D6A5509989C210C76BC269C51AC40695D2E488834DC41C128FEE20EDED7416E460A2D56F1874DBE03FA493F8DDC94E18811691803DFD4A5D820C4EA163D76B76F3FB728B";

/// RSA-2048.
pub struct Rsa {
    key: RsaPrivateKey,
    algorithm: SigningAlgorithm,
}

pub fn rsa(algorithm: SigningAlgorithm) -> Rsa {
    let prime = |hex| BoxedUint::from_be_hex(hex, 1_024).unwrap();
    let exponent = BoxedUint::from(65_537u64);
    Rsa { key: RsaPrivateKey::from_p_q(prime(P), prime(Q), exponent).unwrap(), algorithm }
}

impl Rsa {
    /// PKCS #8, for programs that sign with it.
    pub fn to_pem(&self) -> String {
        self.key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
    }
}

impl SigningKey for Rsa {
    fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, SigningError> {
        let der = self.key.to_public_key().to_public_key_der().unwrap();
        Ok(der.decode_msg().unwrap())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let signature = if self.algorithm == SigningAlgorithm::RsaSha512 {
            self.key.sign(Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message))
        } else {
            self.key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
        };
        signature.map_err(|error| SigningError::Key(error.to_string()))
    }
}

/// P-256.
pub struct P256(p256::ecdsa::SigningKey);

pub fn p256() -> P256 {
    p256_of(7)
}

/// One of several.
pub fn p256_of(number: u8) -> P256 {
    P256(p256::ecdsa::SigningKey::from_slice(&[number; 32]).unwrap())
}

impl SigningKey for P256 {
    fn algorithm(&self) -> SigningAlgorithm {
        SigningAlgorithm::EcdsaSha256
    }

    fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, SigningError> {
        Ok(self.0.verifying_key().to_public_key_der().unwrap().decode_msg().unwrap())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let signature: p256::ecdsa::Signature =
            self.0.sign_prehash(&Sha256::digest(message)).unwrap();
        Ok(signature.to_der().as_bytes().to_vec())
    }
}
