//! The ASN.1 of RFC 3161, read strictly as DER.

use const_oid::ObjectIdentifier;
use der::asn1::{BitString, Int, OctetString};
use der::{DateTime, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;

use crate::moment::Moment;
use crate::x509::{DigestAlgorithm, has_no_parameters, oid};

/// The one version of requests and tokens.
pub(crate) const VERSION_1: u8 = 1;
/// Characters of a time down to the second: `YYYYMMDDhhmmss`.
const TIME_DIGITS: usize = 14;

/// MessageImprint: what is stamped.
#[derive(Sequence)]
pub(crate) struct Imprint {
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) digest: OctetString,
}

impl Imprint {
    pub(crate) fn of(digest: &[u8; 32]) -> der::Result<Self> {
        let algorithm = AlgorithmIdentifierOwned { oid: oid::SHA256, parameters: None };
        Ok(Self { algorithm, digest: OctetString::new(digest.as_slice())? })
    }

    /// The digest, where it is SHA-256.
    pub(crate) fn sha256(&self) -> Option<[u8; 32]> {
        let is_sha256 = self.algorithm.oid == oid::SHA256 && has_no_parameters(&self.algorithm);
        self.digest.as_bytes().try_into().ok().filter(|_| is_sha256)
    }

    /// Whether it is of these bytes, by any digest accepted in signatures.
    pub(crate) fn is_over(&self, data: &[u8]) -> bool {
        let algorithm = DigestAlgorithm::read(&self.algorithm.oid);
        has_no_parameters(&self.algorithm)
            && algorithm.is_ok_and(|algorithm| algorithm.of(data) == self.digest.as_bytes())
    }
}

/// TimeStampReq.
#[derive(Sequence)]
pub(crate) struct TimeStampRequest {
    pub(crate) version: u8,
    pub(crate) imprint: Imprint,
    #[asn1(optional = "true")]
    pub(crate) policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    pub(crate) nonce: Option<Int>,
    #[asn1(default = "Default::default")]
    pub(crate) wants_certificate: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) extensions: Option<Extensions>,
}

/// PKIStatusInfo.
#[derive(Sequence)]
pub(crate) struct StatusInfo {
    pub(crate) status: u8,
    #[asn1(optional = "true")]
    pub(crate) texts: Option<Vec<String>>,
    #[asn1(optional = "true")]
    pub(crate) failure: Option<BitString>,
}

/// TSTInfo: what the authority states.
#[derive(Sequence)]
pub(crate) struct Statement {
    pub(crate) version: u8,
    pub(crate) policy: ObjectIdentifier,
    pub(crate) imprint: Imprint,
    pub(crate) serial: Int,
    pub(crate) made_at: StampTime,
    #[asn1(optional = "true")]
    pub(crate) accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    pub(crate) ordering: bool,
    #[asn1(optional = "true")]
    pub(crate) nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) authority: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) extensions: Option<Extensions>,
}

/// Accuracy.
#[derive(Sequence)]
pub(crate) struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    milliseconds: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    microseconds: Option<u16>,
}

/// A time that may have fractions of a second, which X.509's times never have.
pub(crate) struct StampTime(String);

impl StampTime {
    /// The moment, without the fraction.
    pub(crate) fn moment(&self) -> Option<Moment> {
        let text = self.0.strip_suffix('Z')?;
        let (whole, fraction) = text.split_at_checked(TIME_DIGITS)?;
        let is_fraction = match fraction.strip_prefix('.') {
            // DER: no zeros at the end.
            Some(digits) => are_digits(digits) && !digits.is_empty() && !digits.ends_with('0'),
            None => fraction.is_empty(),
        };
        if !are_digits(whole) || !is_fraction {
            return None;
        }
        let two = |from: usize| whole.get(from..from + 2)?.parse::<u8>().ok();
        let year = whole.get(..4)?.parse().ok()?;
        let time = DateTime::new(year, two(4)?, two(6)?, two(8)?, two(10)?, two(12)?).ok()?;
        i64::try_from(time.unix_duration().as_secs()).ok().map(Moment)
    }
}

#[cfg(any(test, feature = "signing"))]
impl From<DateTime> for StampTime {
    fn from(time: DateTime) -> Self {
        let text = time.to_string();
        Self(text.chars().filter(|c| c.is_ascii_digit() || *c == 'Z').collect())
    }
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

impl der::FixedTag for StampTime {
    const TAG: der::Tag = der::Tag::GeneralizedTime;
}

impl<'a> der::DecodeValue<'a> for StampTime {
    type Error = der::Error;

    fn decode_value<R: der::Reader<'a>>(reader: &mut R, header: der::Header) -> der::Result<Self> {
        let bytes = reader.read_slice(header.length())?;
        let text = std::str::from_utf8(bytes)?;
        Ok(Self(text.to_owned()))
    }
}

impl der::EncodeValue for StampTime {
    fn value_len(&self) -> der::Result<der::Length> {
        der::Length::try_from(self.0.len())
    }

    fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
        writer.write(self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imprint_may_be_by_any_digest_of_signatures_and_by_no_other() {
        let imprint = |oid: ObjectIdentifier, digest: &[u8]| Imprint {
            algorithm: AlgorithmIdentifierOwned { oid, parameters: None },
            digest: OctetString::new(digest).unwrap(),
        };
        for oid in [oid::SHA256, oid::SHA512, oid::STREEBOG_512] {
            let digest = DigestAlgorithm::read(&oid).unwrap().of(b"signature");
            assert!(imprint(oid, &digest).is_over(b"signature"));
            assert!(!imprint(oid, &digest).is_over(b"another"));
            assert!(!imprint(oid, &[]).is_over(b"signature"));
        }
        let digest = DigestAlgorithm::Sha256.of(b"signature");
        assert!(!imprint(oid::GOST_95_DIGEST, &digest).is_over(b"signature"));
    }

    #[test]
    fn a_time_is_read_to_the_second_with_or_without_a_fraction() {
        let moment = |text: &str| StampTime(text.to_owned()).moment();
        let midnight = Some(Moment(1_790_812_800));
        assert_eq!(moment("20261001000000Z"), midnight);
        assert_eq!(moment("20261001000000.5Z"), midnight);
        assert_eq!(moment("20261001000000.000123Z"), midnight);
        for text in [
            "20261001000000",
            "20261001000000.Z",
            "20261001000000.50Z",
            "20261001000000,5Z",
            "202610010000Z",
            "20261301000000Z",
            "20261001000060.5Z",
            "2026100100000+Z",
            "20261001000000+0500",
            "",
            "Z",
            "ЖЖЖЖЖЖЖZ",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
        let time = DateTime::new(2026, 10, 1, 0, 0, 0).unwrap();
        assert_eq!(StampTime::from(time).0, "20261001000000Z");
    }
}
