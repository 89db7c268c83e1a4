//! Master keys: they wrap the data keys and lie outside of the database, in a file or in a device that never lets them out.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::cipher::{Cipher, KEY_BYTES, random};

/// Why master keys cannot be used. No text of the file is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeysError {
    /// There is none.
    #[error("there is no master key in it: make one with `anyqtama keys new`")]
    None,
    /// A line is no key.
    #[error("line {0} is no master key: 32 bytes in base64 are expected")]
    Line(usize),
}

/// Why a device did not do what it was asked for, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DeviceFault(pub String);

/// A master key that never leaves its device, which wraps and unwraps by it. It may keep one waiting.
#[async_trait]
pub trait DeviceKey: Send + Sync {
    /// The name by which rows of data keys tell it from others; no other key ever had or gets it.
    fn name(&self) -> &str;

    /// Wraps a key to its label.
    ///
    /// # Errors
    /// [`DeviceFault`].
    async fn wrap(&self, label: &[u8], key: &[u8]) -> Result<Vec<u8>, DeviceFault>;

    /// What was wrapped so; `None` where the device says that it was not, by this key and to this label.
    ///
    /// # Errors
    /// [`DeviceFault`].
    async fn unwrap(
        &self,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, DeviceFault>;
}

/// The master key in use, and those before it, which only unwrap.
pub struct MasterKeys {
    keys: Vec<MasterKey>,
}

/// Where a master key lives.
enum MasterKey {
    /// In a file, and so in this process.
    File { name: String, cipher: Box<Cipher> },
    /// In a device.
    Device(Arc<dyn DeviceKey>),
}

impl MasterKeys {
    /// Reads the text of a key file: a key a line, in base64; the first wraps. Empty lines and lines with `#` tell people
    /// something.
    ///
    /// # Errors
    /// [`MasterKeysError`].
    pub fn parse(text: &str) -> Result<Self, MasterKeysError> {
        let lines = text.lines().map(str::trim).enumerate();
        let told = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let keys = told.map(|(at, line)| {
            let bytes = STANDARD.decode(line).map(Zeroizing::new).ok();
            let key = bytes.as_ref().and_then(|bytes| bytes.as_slice().try_into().ok());
            key.map(MasterKey::new).ok_or(MasterKeysError::Line(at + 1))
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(MasterKeysError::None) } else { Ok(Self { keys }) }
    }

    /// A new key as a line of the file.
    #[must_use]
    pub fn new_line() -> Zeroizing<String> {
        let key = Zeroizing::new(random::<KEY_BYTES>());
        Zeroizing::new(STANDARD.encode(key.as_slice()))
    }

    /// Keys of a device, the one that wraps first.
    #[must_use]
    pub fn in_device(keys: Vec<Arc<dyn DeviceKey>>) -> Self {
        Self { keys: keys.into_iter().map(MasterKey::Device).collect() }
    }

    /// With others behind them, which only unwrap.
    #[must_use]
    pub fn before(mut self, others: Self) -> Self {
        self.keys.extend(others.keys);
        self
    }

    /// Name of the one in use, by which it is told from others and nothing is told of it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.keys.first().map(MasterKey::name).unwrap_or_default()
    }

    /// Whether one of them has this name.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.named(name).is_some()
    }

    pub(crate) async fn wrap(
        &self,
        label: &[u8],
        key: &[u8; KEY_BYTES],
    ) -> Result<Vec<u8>, DeviceFault> {
        match self.keys.first() {
            Some(master) => master.wrap(label, key).await,
            None => Err(DeviceFault("there is no master key".to_owned())),
        }
    }

    /// `None` where it was altered, or no key of ours has the name.
    pub(crate) async fn unwrap(
        &self,
        name: &str,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, DeviceFault> {
        let Some(master) = self.named(name) else { return Ok(None) };
        let opened = master.unwrap(label, wrapped).await?;
        Ok(opened.and_then(|opened| opened.as_slice().try_into().ok().map(Zeroizing::new)))
    }

    fn named(&self, name: &str) -> Option<&MasterKey> {
        self.keys.iter().find(|key| key.name() == name)
    }
}

impl MasterKey {
    fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self::File { name: name_of(key), cipher: Box::new(Cipher::new(key)) }
    }

    fn name(&self) -> &str {
        match self {
            Self::File { name, .. } => name,
            Self::Device(key) => key.name(),
        }
    }

    async fn wrap(&self, label: &[u8], key: &[u8; KEY_BYTES]) -> Result<Vec<u8>, DeviceFault> {
        let wrapped = match self {
            Self::File { cipher, .. } => return Ok(cipher.seal(label, key)),
            Self::Device(device) => device.wrap(label, key).await?,
        };
        // Whatever it sealed would be lost with a key that does not come out of the device again.
        let again = self.unwrap(label, &wrapped).await?;
        if again.is_none_or(|again| again.as_slice() != key) {
            return Err(DeviceFault("what the device wrapped it does not unwrap".to_owned()));
        }
        Ok(wrapped)
    }

    async fn unwrap(
        &self,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, DeviceFault> {
        match self {
            Self::File { cipher, .. } => Ok(cipher.open(label, wrapped).ok().map(Zeroizing::new)),
            Self::Device(device) => device.unwrap(label, wrapped).await,
        }
    }
}

/// A digest of a random key tells nothing of it.
fn name_of(key: &[u8; KEY_BYTES]) -> String {
    let digest = Sha256::new().chain_update(b"anyqtama master key").chain_update(key).finalize();
    hex::encode(digest.iter().take(8).copied().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_keys_and_remarks() {
        let (new, old) = (MasterKeys::new_line(), MasterKeys::new_line());
        let text = format!("# since May\n{}\n\n  {}  \n", *new, *old);
        let keys = MasterKeys::parse(&text).unwrap();
        assert_eq!(keys.keys.len(), 2);
        assert_eq!(keys.name(), MasterKeys::parse(&new).unwrap().name());
        assert!(keys.knows(MasterKeys::parse(&old).unwrap().name()));
        assert!(!MasterKeys::parse(&new).unwrap().knows(MasterKeys::parse(&old).unwrap().name()));
    }

    #[test]
    fn what_is_no_key_is_told_by_its_line() {
        assert_eq!(MasterKeys::parse("# none\n").err(), Some(MasterKeysError::None));
        let long = format!("{}AAAA", *MasterKeys::new_line());
        for wrong in ["password", "c2hvcnQ=", &long] {
            let text = format!("\n{wrong}\n");
            assert_eq!(MasterKeys::parse(&text).err(), Some(MasterKeysError::Line(2)));
        }
    }
}
