//! Seals by keys in files: for installations without a device, for demonstrations and tests.
//!
//! Keys are read once, checked against their certificates and never shown. A device would be another implementation of
//! `app::Sealer`. Read next: `key.rs`, and `levels.rs` for time stamps; `signature::pades` makes the seal itself.

#[cfg(test)]
pub(crate) mod authority;
mod key;
mod levels;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use app::{SealError, SealOrder, Sealer};
use async_trait::async_trait;
use der::DateTime;
use domain::Kato;
use jiff::Timestamp;
use signature::pades::{self, SealNotes};

pub use key::KeyFault;
use key::SealKey;
pub use levels::SealLevels;

/// What the seal is put on for, as viewers show it.
const REASON: &str = "Мемлекеттік қызмет көрсету нәтижесі / Результат государственной услуги";

/// The files of one sealing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealFiles {
    /// Private key: PEM, PKCS #8, not encrypted; RSA or P-256.
    pub key: PathBuf,
    /// Its certificate and those above it without the root: PEM.
    pub certificates: PathBuf,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the sealing key {path}: {fault}", path = files.key.display())]
pub struct SealerSetupError {
    /// Which key.
    pub files: SealFiles,
    /// What is wrong with it.
    pub fault: KeyFault,
}

/// Seals with the key of the provider, or with the system's key where a provider has none.
pub struct FileSealer {
    system: SealKey,
    providers: BTreeMap<Kato, SealKey>,
    levels: Option<SealLevels>,
}

impl FileSealer {
    /// Reads every key. Seals have no time stamp (baseline B-B) unless told otherwise.
    ///
    /// # Errors
    /// [`SealerSetupError`] for the first that cannot be used.
    pub fn load(
        system: &SealFiles,
        providers: &BTreeMap<Kato, SealFiles>,
    ) -> Result<Self, SealerSetupError> {
        let load = |files: &SealFiles| {
            SealKey::load(files).map_err(|fault| SealerSetupError { files: files.clone(), fault })
        };
        let providers = providers
            .iter()
            .map(|(kato, files)| Ok((kato.clone(), load(files)?)))
            .collect::<Result<_, SealerSetupError>>()?;
        Ok(Self { system: load(system)?, providers, levels: None })
    }

    /// Every seal reaches a higher level, or is not put on.
    #[must_use]
    pub fn with_levels(self, levels: SealLevels) -> Self {
        Self { levels: Some(levels), ..self }
    }
}

#[async_trait]
impl Sealer for FileSealer {
    async fn seal(&self, unsealed: &[u8], order: &SealOrder) -> Result<Vec<u8>, SealError> {
        let key = self.providers.get(&order.provider.kato).unwrap_or(&self.system);
        let notes = SealNotes {
            sealed_at: pdf_time(order.sealed_at)?,
            name: order.provider.name.kk.clone(),
            reason: REASON.to_owned(),
        };
        let (certificates, sign) = (key.certificates(), |bytes: &[u8]| key.sign(bytes));
        let Some(levels) = &self.levels else {
            return pades::seal(unsealed, &notes, certificates, &sign).map_err(seal_error);
        };
        let room = levels.stamp_room();
        let unstamped = pades::seal_for_stamp(unsealed, &notes, certificates, room, &sign);
        levels.complete(&unstamped.map_err(seal_error)?, certificates).await
    }
}

fn seal_error(error: pades::SealError<KeyFault>) -> SealError {
    match error {
        pades::SealError::Unsuitable(fault) => SealError::Unsuitable(fault.to_string()),
        pades::SealError::Key(fault) => SealError::Unavailable(fault.to_string()),
    }
}

fn pdf_time(at: Timestamp) -> Result<DateTime, SealError> {
    let unsuitable = || SealError::Unsuitable("the time of sealing is out of range".to_owned());
    let seconds = u64::try_from(at.as_second()).map_err(|_| unsuitable())?;
    DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(|_| unsuitable())
}
