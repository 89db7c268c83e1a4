//! A certificate for the signer's own address, self-signed: `wss://127.0.0.1` needs one, and the browser has to be told
//! once to take it, as NCALayer's installer tells it about its own.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::AuthorityError;

/// Days it is good for; browsers take no longer ones.
const DAYS: i64 = 365;

/// Certificate and key, DER.
#[derive(Clone)]
pub struct LoopbackCertificate {
    /// Certificate.
    pub certificate: Vec<u8>,
    /// PKCS #8.
    pub key: Vec<u8>,
}

/// A certificate for `127.0.0.1`, `::1` and `localhost`. Its key comes from the library's own randomness.
///
/// # Errors
/// [`AuthorityError`].
pub fn loopback_certificate(now: Timestamp) -> Result<LoopbackCertificate, AuthorityError> {
    let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned);
    let mut parameters = CertificateParams::new(names)?;
    let day = |hours: i64| -> Result<_, AuthorityError> {
        let span = jiff::Span::new().try_hours(hours)?;
        let date = now.checked_add(span)?.to_zoned(TimeZone::UTC).date();
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        Ok(date_time_ymd(i32::from(date.year()), month, day))
    };
    parameters.not_before = day(-24)?;
    parameters.not_after = day(DAYS * 24)?;
    let key = KeyPair::generate()?;
    let certificate = parameters.self_signed(&key)?;
    Ok(LoopbackCertificate { certificate: certificate.der().to_vec(), key: key.serialize_der() })
}
