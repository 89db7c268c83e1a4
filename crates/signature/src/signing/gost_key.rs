//! A GOST 34.10-2015-512 private key in software, for demo people and tests.

use const_oid::ObjectIdentifier;
use crypto_bigint::modular::ConstMontyParams;
use crypto_bigint::{NonZero, U512};
use der::asn1::{BitString, OctetString};
use der::pem::LineEnding;
use der::{Any, Decode, Encode, Sequence};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::{SigningAlgorithm, SigningError, SigningKey};
use crate::gost::curve::{GroupOrder, Point, Scalar, combination};
use crate::gost::{digest_scalar, streebog};
use crate::x509::oid;

const PEM_LABEL: &str = "PRIVATE KEY";

/// A private key; its public key is computed once.
#[derive(Clone)]
pub struct GostKey {
    secret: Scalar,
    public: [u8; 128],
}

#[derive(Sequence)]
struct Parameters {
    curve: ObjectIdentifier,
    digest: ObjectIdentifier,
}

/// PKCS #8 as the NCA's key files have it inside.
#[derive(Sequence)]
struct PrivateKeyInfo {
    version: u8,
    algorithm: AlgorithmIdentifierOwned,
    key: OctetString,
}

impl GostKey {
    /// A key of 64 random bytes; `None` for the one value in 2⁵¹² that is no key.
    #[must_use]
    pub fn from_random(random: &[u8; 64]) -> Option<Self> {
        let secret = scalar(random);
        (secret != Scalar::ZERO).then(|| {
            let (x, y) = affine(&times_base(&secret));
            let mut public = [0; 128];
            public.iter_mut().zip(x.into_iter().chain(y)).for_each(|(to, from)| *to = from);
            Self { secret, public }
        })
    }

    /// Reads the PKCS #8 PEM that [`Self::to_pem`] writes.
    ///
    /// # Errors
    /// [`SigningError::Key`] where it is no such key.
    pub fn from_pem(pem: &str) -> Result<Self, SigningError> {
        let not_ours = || SigningError::Key("not a GOST 34.10-2015 key".to_owned());
        let (label, der) = der::pem::decode_vec(pem.as_bytes()).map_err(|_| not_ours())?;
        let info = PrivateKeyInfo::from_der(&der).map_err(|_| not_ours())?;
        let inner = OctetString::from_der(info.key.as_bytes()).map_err(|_| not_ours())?;
        let secret: &[u8; 64] = inner.as_bytes().try_into().map_err(|_| not_ours())?;
        if label != PEM_LABEL || info.algorithm.oid != oid::GOST_2015_512_KEY {
            return Err(not_ours());
        }
        Self::from_random(secret).ok_or_else(not_ours)
    }

    /// PKCS #8 PEM: OCTET STRING { OCTET STRING (64) }, little-endian.
    ///
    /// # Errors
    /// [`SigningError::Encoding`].
    pub fn to_pem(&self) -> Result<String, SigningError> {
        let inner = OctetString::new(self.secret.retrieve().to_le_bytes().as_ref().to_vec())?;
        let info = PrivateKeyInfo {
            version: 0,
            algorithm: key_algorithm()?,
            key: OctetString::new(inner.to_der()?)?,
        };
        let pem = der::pem::encode_string(PEM_LABEL, LineEnding::LF, &info.to_der()?);
        pem.map_err(|error| SigningError::Key(error.to_string()))
    }

    /// The nonce follows from key and digest, so the same message always gets the same signature.
    fn sign_digest(&self, digest: &[u8; 64]) -> [u8; 128] {
        let e = digest_scalar(digest);
        let mut seed = [self.secret.retrieve().to_le_bytes().as_ref(), digest.as_slice()].concat();
        loop {
            let random = streebog(&seed);
            let k = scalar(&random);
            let (x, _) = affine(&times_base(&k));
            let r = scalar(&x);
            let s = r * self.secret + k * e;
            if k != Scalar::ZERO && r != Scalar::ZERO && s != Scalar::ZERO {
                let mut signature = [0; 128];
                let (r, s) = (r.retrieve().to_le_bytes(), s.retrieve().to_le_bytes());
                let bytes = r.as_ref().iter().chain(s.as_ref());
                signature.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                return signature;
            }
            seed = random.to_vec();
        }
    }
}

impl SigningKey for GostKey {
    fn algorithm(&self) -> SigningAlgorithm {
        SigningAlgorithm::Gost2015
    }

    fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, SigningError> {
        let octets = OctetString::new(self.public.to_vec())?.to_der()?;
        let subject_public_key = BitString::from_bytes(&octets)?;
        Ok(SubjectPublicKeyInfoOwned { algorithm: key_algorithm()?, subject_public_key })
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        Ok(self.sign_digest(&streebog(message)).to_vec())
    }
}

fn key_algorithm() -> Result<AlgorithmIdentifierOwned, der::Error> {
    let parameters = Parameters { curve: oid::GOST_2015_512_CURVE, digest: oid::STREEBOG_512 };
    Ok(AlgorithmIdentifierOwned {
        oid: oid::GOST_2015_512_KEY,
        parameters: Some(Any::encode_from(&parameters)?),
    })
}

fn scalar(bytes: &[u8; 64]) -> Scalar {
    let order = NonZero::new(GroupOrder::PARAMS.modulus().get()).into_option();
    let value = U512::from_le_slice(bytes);
    Scalar::new(&order.map_or(U512::ZERO, |order| value.rem_vartime(&order)))
}

fn times_base(scalar: &Scalar) -> Point {
    combination(scalar, &Scalar::ZERO, &Point::base())
}

/// x and y, little-endian.
fn affine(point: &Point) -> ([u8; 64], [u8; 64]) {
    let (x, y) = point.to_affine();
    let bytes = |value: U512| {
        let mut bytes = [0; 64];
        bytes.iter_mut().zip(value.to_le_bytes().as_ref()).for_each(|(to, from)| *to = *from);
        bytes
    };
    (bytes(x.retrieve()), bytes(y.retrieve()))
}
