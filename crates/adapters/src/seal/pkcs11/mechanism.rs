//! How a token is asked to sign: the mechanism, what it is given, and what is made of its answer.
//!
//! Knows no session.

use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;
use cryptoki::mechanism::{Mechanism, MechanismType};
use der::asn1::UintRef;
use der::{Encode, Sequence};
use sha2::{Digest, Sha256};
use signature::x509::KeyKind;

use crate::token::TokenFault;

/// The DER of a DigestInfo for SHA-256 up to the digest (RFC 8017, 9.2).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
/// CKM_VENDOR_DEFINED.
const VENDOR_FIRST: u32 = 0x8000_0000;
/// Bytes of one half of a P-256 signature.
const HALF: usize = 32;

/// A mechanism for signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenMechanism {
    /// CKM_RSA_PKCS: the digest is made here.
    RsaPkcs,
    /// CKM_SHA256_RSA_PKCS: the token makes the digest.
    Sha256RsaPkcs,
    /// CKM_ECDSA: the digest is made here.
    Ecdsa,
    /// A vendor's own, which makes the digest itself.
    Vendor(u32),
}

impl TokenMechanism {
    /// By its name in configurations.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "rsa-pkcs" => Some(Self::RsaPkcs),
            "sha256-rsa-pkcs" => Some(Self::Sha256RsaPkcs),
            "ecdsa" => Some(Self::Ecdsa),
            _ => None,
        }
    }

    /// By its number in PKCS #11: one of those that have a name, or a vendor's.
    #[must_use]
    pub fn numbered(number: u64) -> Option<Self> {
        match u32::try_from(number).ok()? {
            0x0001 => Some(Self::RsaPkcs),
            0x0040 => Some(Self::Sha256RsaPkcs),
            0x1041 => Some(Self::Ecdsa),
            vendors if vendors >= VENDOR_FIRST => Some(Self::Vendor(vendors)),
            _ => None,
        }
    }

    /// Those to look for where none is configured, the better first.
    fn usual(kind: KeyKind) -> &'static [Self] {
        match kind {
            KeyKind::Rsa => &[Self::Sha256RsaPkcs, Self::RsaPkcs],
            KeyKind::P256 => &[Self::Ecdsa],
            KeyKind::Gost2015 | KeyKind::ShortGost2015 | KeyKind::OldGost2004 | KeyKind::Other => {
                &[]
            }
        }
    }

    fn fits(self, kind: KeyKind) -> bool {
        matches!(self, Self::Vendor(_)) || Self::usual(kind).contains(&self)
    }

    /// The one for a key of this kind, among those the token offers.
    pub(super) fn choose(
        configured: Option<Self>,
        kind: KeyKind,
        offered: &[MechanismType],
    ) -> Result<Self, TokenFault> {
        let wanted = configured.as_ref().map_or(Self::usual(kind), std::slice::from_ref);
        let found = wanted.iter().find(|one| {
            let offers = one.call().is_ok_and(|call| offered.contains(&call.mechanism_type()));
            one.fits(kind) && offers
        });
        found.copied().ok_or(TokenFault::Mechanism)
    }

    /// As the library takes it.
    pub(super) fn call(self) -> Result<Mechanism<'static>, TokenFault> {
        Ok(match self {
            Self::RsaPkcs => Mechanism::RsaPkcs,
            Self::Sha256RsaPkcs => Mechanism::Sha256RsaPkcs,
            Self::Ecdsa => Mechanism::Ecdsa,
            Self::Vendor(number) => {
                let kind = MechanismType::new_vendor_defined(number.into())
                    .map_err(|_| TokenFault::Mechanism)?;
                Mechanism::VendorDefined(VendorDefinedMechanism::new::<()>(kind, None))
            }
        })
    }

    /// What the token is given of a message.
    pub(super) fn input(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::RsaPkcs => [DIGEST_INFO.as_slice(), &Sha256::digest(message)].concat(),
            Self::Ecdsa => Sha256::digest(message).to_vec(),
            Self::Sha256RsaPkcs | Self::Vendor(_) => message.to_vec(),
        }
    }
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// The signature as CMS carries it: tokens give the two numbers of ECDSA one after the other.
pub(super) fn output(kind: KeyKind, signature: Vec<u8>) -> Result<Vec<u8>, TokenFault> {
    if kind != KeyKind::P256 {
        return Ok(signature);
    }
    let encoded = || -> Option<Vec<u8>> {
        let (r, s) = signature.split_at_checked(HALF).filter(|(_, s)| s.len() == HALF)?;
        let (r, s) = (UintRef::new(r).ok()?, UintRef::new(s).ok()?);
        EcdsaSignature { r, s }.to_der().ok()
    };
    encoded().ok_or_else(|| TokenFault::Silent("it gave no ECDSA signature".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mechanism_has_a_name_or_a_number_and_nothing_else_passes() {
        let named = TokenMechanism::named;
        assert_eq!(named("rsa-pkcs"), TokenMechanism::numbered(1));
        assert_eq!(named("sha256-rsa-pkcs"), TokenMechanism::numbered(0x40));
        assert_eq!(named("ecdsa"), TokenMechanism::numbered(0x1041));
        assert_eq!(named("RSA"), None);
        let gost = 0x8E00_0014;
        assert_eq!(TokenMechanism::numbered(gost), Some(TokenMechanism::Vendor(0x8E00_0014)));
        for other in [0, 2, 0x7FFF_FFFF, 0x1_0000_0000] {
            assert_eq!(TokenMechanism::numbered(other), None, "{other:#x}");
        }
    }

    #[test]
    fn a_key_is_signed_with_by_a_mechanism_that_fits_it_and_is_offered() {
        let choose = TokenMechanism::choose;
        let all = [MechanismType::RSA_PKCS, MechanismType::SHA256_RSA_PKCS, MechanismType::ECDSA];
        let vendor = TokenMechanism::Vendor(0x8000_0001);
        for (configured, kind, offered, expected) in [
            (None, KeyKind::Rsa, &all[..], Some(TokenMechanism::Sha256RsaPkcs)),
            (None, KeyKind::Rsa, &all[..1], Some(TokenMechanism::RsaPkcs)),
            (None, KeyKind::P256, &all, Some(TokenMechanism::Ecdsa)),
            (None, KeyKind::P256, &all[..2], None),
            (None, KeyKind::Gost2015, &all, None),
            (Some(TokenMechanism::RsaPkcs), KeyKind::Rsa, &all, Some(TokenMechanism::RsaPkcs)),
            (Some(TokenMechanism::RsaPkcs), KeyKind::P256, &all, None),
            (Some(vendor), KeyKind::Rsa, &all, None),
        ] {
            assert_eq!(choose(configured, kind, offered).ok(), expected, "{configured:?} {kind:?}");
        }
    }

    #[test]
    fn the_two_numbers_of_a_token_become_der_without_needless_zeros() {
        let mut halves = vec![0; 64];
        halves[31] = 1;
        halves[32] = 0x80;
        let der = output(KeyKind::P256, halves).unwrap();
        let mut expected = vec![0x30, 0x26, 0x02, 0x01, 0x01, 0x02, 0x21, 0x00, 0x80];
        expected.resize(40, 0);
        assert_eq!(der, expected);
        assert!(output(KeyKind::P256, vec![1; 63]).is_err());
        assert_eq!(output(KeyKind::Rsa, vec![7; 256]).unwrap(), vec![7; 256]);
    }
}
