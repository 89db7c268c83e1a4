//! Our key: signs what we send. Kept in a file; what it signs are questions, no documents.

use std::path::Path;

use signature::wss::{SignError, sign_body};
use signature::x509::Certificate;

use super::SOAP;
use super::settings::{ShepSettings, ShepSetupError};
use crate::seal::FileKey;

/// Our key with its certificate.
pub(super) struct MessageKey {
    key: FileKey,
    certificate: Certificate,
}

impl MessageKey {
    /// Reads both, and signs something to see that they belong together.
    pub(super) fn load(settings: &ShepSettings) -> Result<Self, ShepSetupError> {
        let certificate = read(&settings.certificate_file)?;
        let certificate = Certificate::all_from(&certificate).ok();
        let certificate = certificate.and_then(|all| all.into_iter().next());
        let certificate = certificate.ok_or(ShepSetupError::Certificate)?;
        let key = Self { key: FileKey::load(&settings.key_file)?, certificate };
        let sample = format!(
            "<s:Envelope xmlns:s=\"{SOAP}\"><s:Body><sample xmlns=\"\"/></s:Body></s:Envelope>"
        );
        match key.sign(&sample, "sample") {
            Ok(_) => Ok(key),
            Err(SignError::Unsuitable(fault)) => Err(fault.into()),
            Err(SignError::Key(fault)) => Err(fault.into()),
        }
    }

    /// The envelope with its body signed.
    pub(super) fn sign(
        &self,
        envelope: &str,
        body_id: &str,
    ) -> Result<Vec<u8>, SignError<crate::seal::KeyFault>> {
        sign_body(envelope, body_id, &self.certificate, &|bytes| self.key.sign(bytes))
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, ShepSetupError> {
    std::fs::read(path).map_err(|error| ShepSetupError::File { path: path.to_owned(), error })
}
