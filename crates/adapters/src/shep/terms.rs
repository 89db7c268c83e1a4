//! Until when messages over SHEP can be signed and believed: the terms of our certificate and of the gateway's.

use app::SealTerm;
use jiff::Timestamp;
use signature::x509::Certificate;

use super::key::read;
use super::settings::{ShepSettings, ShepSetupError};

/// The terms, for those who tell of their ends; `section` of the configuration they stand in.
///
/// # Errors
/// [`ShepSetupError`].
pub fn certificate_terms(
    section: &str,
    settings: &ShepSettings,
) -> Result<Vec<SealTerm>, ShepSetupError> {
    let own = std::iter::once((&settings.certificate_file, "ours"));
    let theirs = settings.gateway_certificates.iter().map(|path| (path, "the gateway's"));
    let mut terms = Vec::new();
    for (path, whose) in own.chain(theirs) {
        let all = Certificate::all_from(&read(path)?).map_err(|_| ShepSetupError::Certificate)?;
        let certificate = path.display().to_string();
        terms.extend(all.iter().filter_map(|one| {
            Some(SealTerm {
                owner: format!("{section} ({whose})"),
                certificate: certificate.clone(),
                not_before: Timestamp::from_second(one.not_before().0).ok()?,
                not_after: Timestamp::from_second(one.not_after().0).ok()?,
            })
        }));
    }
    Ok(terms)
}
