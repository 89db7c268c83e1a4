//! A GOST 34.10-2015 private key of 256 bit in software, for tests: nobody issues such keys now.

use const_oid::ObjectIdentifier;
use crypto_bigint::U256;
use der::asn1::{BitString, OctetString};
use der::{Any, Encode, Sequence};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::{SigningAlgorithm, SigningError, SigningKey};
use crate::gost::short::{CURVE, Number, streebog};
use crate::x509::oid;

/// A private key.
#[derive(Clone)]
pub struct ShortGostKey {
    secret: Number,
    public: Vec<u8>,
}

#[derive(Sequence)]
struct Parameters {
    curve: ObjectIdentifier,
    digest: ObjectIdentifier,
}

impl ShortGostKey {
    /// A key of 32 random bytes; `None` for the few values that are no key.
    #[must_use]
    pub fn from_random(random: &[u8; 32]) -> Option<Self> {
        let secret = CURVE.scalar(&U256::from_le_slice(random));
        let (x, y) = CURVE.times_base(&secret)?;
        Some(Self { secret, public: [bytes(&x), bytes(&y)].concat() })
    }
}

impl SigningKey for ShortGostKey {
    fn algorithm(&self) -> SigningAlgorithm {
        SigningAlgorithm::ShortGost2015
    }

    fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, SigningError> {
        let parameters = Parameters { curve: oid::GOST_2015_256_CURVE, digest: oid::STREEBOG_256 };
        let algorithm = AlgorithmIdentifierOwned {
            oid: oid::GOST_2015_256_KEY,
            parameters: Some(Any::encode_from(&parameters)?),
        };
        let octets = OctetString::new(self.public.clone())?.to_der()?;
        Ok(SubjectPublicKeyInfoOwned {
            algorithm,
            subject_public_key: BitString::from_bytes(&octets)?,
        })
    }

    /// The nonce follows from key and digest.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let digest = streebog(message);
        let e = CURVE.digest(&digest);
        let seed = [bytes(&self.secret), digest.to_vec()].concat();
        let k = CURVE.scalar(&U256::from_le_slice(&streebog(&seed)));
        let no_nonce = || SigningError::Key("no nonce of this message".to_owned());
        let r = CURVE.x_of(CURVE.times_base(&k)).ok_or_else(no_nonce)?;
        let s = r * self.secret + k * e;
        Ok([bytes(&r), bytes(&s)].concat())
    }
}

fn bytes(number: &Number) -> Vec<u8> {
    number.retrieve().to_le_bytes().as_ref().to_vec()
}
