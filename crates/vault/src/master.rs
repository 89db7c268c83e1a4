//! Master keys: they wrap the data keys and lie outside of the database.

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

/// The master key in use, and those before it, which only unwrap.
pub struct MasterKeys {
    keys: Vec<MasterKey>,
}

struct MasterKey {
    name: String,
    cipher: Cipher,
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

    /// Name of the one in use: a digest, by which it is told from others and nothing is told of it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.keys.first().map(|key| key.name.as_str()).unwrap_or_default()
    }

    /// Whether one of them has this name.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.named(name).is_some()
    }

    pub(crate) fn wrap(&self, label: &[u8], key: &[u8; KEY_BYTES]) -> Vec<u8> {
        self.keys.first().map(|master| master.cipher.seal(label, key)).unwrap_or_default()
    }

    pub(crate) fn unwrap(
        &self,
        name: &str,
        label: &[u8],
        wrapped: &[u8],
    ) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
        let opened = self.named(name)?.cipher.open(label, wrapped).ok().map(Zeroizing::new)?;
        opened.as_slice().try_into().ok().map(Zeroizing::new)
    }

    fn named(&self, name: &str) -> Option<&MasterKey> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl MasterKey {
    fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self { name: name_of(key), cipher: Cipher::new(key) }
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
