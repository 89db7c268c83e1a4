//! The providers' seals: which key seals, where it lives, and the seal put on.
//!
//! Keys live in files or in a PKCS #11 device; either way they are checked against their certificates and never shown.
//! Read next: `keys.rs` (which key), `folder.rs` (where from), `pkcs11/` (the device), `rehearsal.rs` (the test before each
//! seal), `levels/` (time stamps and proofs after it), `facts_signer.rs` (the GOST signature inside); `signature::pades` makes the seal itself.

#[cfg(test)]
pub(crate) mod authority;
mod facts_signer;
#[cfg(test)]
mod facts_tests;
mod folder;
mod key;
mod keys;
mod levels;
mod pkcs11;
mod rehearsal;
#[cfg(test)]
mod rotation_tests;
mod term;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::{Clock, FactsSigner, SealError, SealOrder, SealTerm, Sealer};
use async_trait::async_trait;
use der::DateTime;
use domain::Kato;
use jiff::Timestamp;
use signature::pades::{self, SealNotes, Unstamped};

pub use facts_signer::{FactsKey, GostFactsSigner};
pub(crate) use facts_signer::{signature_inside, signer_inside};
pub use folder::{KeysInFiles, SealFiles, SealSettings, SealerSetupError};
pub(crate) use key::FileKey;
pub use key::KeyFault;
use keys::{SealKey, SealKeys};
pub use levels::SealLevels;
pub use pkcs11::{TokenMechanism, TokenSettings};
use rehearsal::Rehearsal;

use crate::token::TokenFault;

/// What the seal is put on for, as viewers show it.
const REASON: &str = "Мемлекеттік қызмет көрсету нәтижесі / Результат государственной услуги";

/// Seals with a key of the provider, or with one of the system's where a provider has none.
pub struct FileSealer {
    keys: SealKeys,
    rehearsal: Arc<Rehearsal>,
    levels: Option<SealLevels>,
    facts_signer: Option<GostFactsSigner>,
}

impl FileSealer {
    /// Reads a folder of seals and opens the token. Seals have no time stamp (baseline B-B) unless told otherwise.
    ///
    /// # Errors
    /// [`SealerSetupError`]. A token that is away is none: see [`Self::require_token`].
    pub fn open(settings: &SealSettings, clock: Arc<dyn Clock>) -> Result<Self, SealerSetupError> {
        let (keys, facts_signer) = folder::open(settings, clock)?;
        Ok(Self { facts_signer, ..Self::with(keys)? })
    }

    /// The same with keys in files.
    ///
    /// # Errors
    /// [`SealerSetupError`] for the first that cannot be used.
    pub fn load(
        system: &SealFiles,
        providers: &BTreeMap<Kato, SealFiles>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SealerSetupError> {
        Self::with(folder::load(system, providers, clock)?)
    }

    fn with(keys: SealKeys) -> Result<Self, SealerSetupError> {
        let rehearsal = Arc::new(Rehearsal::new()?);
        Ok(Self { keys, rehearsal, levels: None, facts_signer: None })
    }

    /// Every seal reaches a higher level, or is not put on.
    #[must_use]
    pub fn with_levels(self, levels: SealLevels) -> Self {
        Self { levels: Some(levels), ..self }
    }

    /// Who signs facts with a key on the token, where one does.
    #[must_use]
    pub fn facts_signer(&self) -> Option<GostFactsSigner> {
        self.facts_signer.clone()
    }

    /// Requires the token, where there is one, to be there with all its keys.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub fn require_token(&self) -> Result<(), TokenFault> {
        self.keys.present()
    }
}

#[async_trait]
impl Sealer for FileSealer {
    async fn seal(&self, unsealed: &[u8], order: &SealOrder) -> Result<Vec<u8>, SealError> {
        let key = self.keys.of(&order.provider.kato)?;
        let notes = SealNotes {
            sealed_at: pdf_time(key.claimed(order.sealed_at))?,
            name: order.provider.name.kk.clone(),
            reason: REASON.to_owned(),
        };
        let (unsealed, rehearsal) = (unsealed.to_vec(), Arc::clone(&self.rehearsal));
        let Some(levels) = &self.levels else {
            let sealed = key.work(move |key| {
                rehearsal.passes(&unsealed, &notes)?;
                signed(key, &unsealed, &notes)
            });
            return sealed.await?;
        };
        let (room, certificates) = (levels.stamp_room(), key.certificates().clone());
        let unstamped = key.work(move |key| {
            rehearsal.passes(&unsealed, &notes)?;
            signed_for_stamp(key, &unsealed, &notes, room)
        });
        // An authority is waited for with neither a thread nor the device in hand.
        levels.complete(&unstamped.await??, &certificates).await
    }

    fn terms(&self) -> Vec<SealTerm> {
        self.keys.terms()
    }
}

/// No seal at all: for commands that issue nothing, so that they need neither keys nor the device.
pub struct NoSeal;

#[async_trait]
impl Sealer for NoSeal {
    async fn seal(&self, _unsealed: &[u8], _order: &SealOrder) -> Result<Vec<u8>, SealError> {
        Err(SealError::Unavailable("this command seals nothing".to_owned()))
    }
}

/// A document that lacks what its installation demands must not be stored.
#[async_trait]
impl FactsSigner for NoSeal {
    async fn sign(&self, _facts: &[u8], _signed_at: Timestamp) -> Result<Vec<u8>, SealError> {
        Err(SealError::Unavailable("this command signs nothing".to_owned()))
    }
}

fn signed(key: &SealKey, unsealed: &[u8], notes: &SealNotes) -> Result<Vec<u8>, SealError> {
    let sign = |bytes: &[u8]| key.sign(bytes);
    pades::seal(unsealed, notes, key.certificates(), &sign).map_err(seal_error)
}

fn signed_for_stamp(
    key: &SealKey,
    unsealed: &[u8],
    notes: &SealNotes,
    room: usize,
) -> Result<Unstamped, SealError> {
    let sign = |bytes: &[u8]| key.sign(bytes);
    pades::seal_for_stamp(unsealed, notes, key.certificates(), room, &sign).map_err(seal_error)
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
