//! One key at work, and the form of what it seals: version, number of the key, nonce, ciphertext with its tag.

use aes_gcm_siv::aead::{Aead, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce};

/// Length of a key in bytes.
pub(crate) const KEY_BYTES: usize = 32;
/// Length of a nonce in bytes.
const NONCE_BYTES: usize = 12;
/// Length of a salt in bytes.
const SALT_BYTES: usize = 16;
/// What sealed bytes begin with: no PDF, DER or JSON does.
const MAGIC: [u8; 4] = *b"\xa7SE\x01";

/// It does not open: another key, another place, or altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unopenable;

/// A key, ready to be used.
#[derive(Clone)]
pub(crate) struct Cipher(Aes256GcmSiv);

impl Cipher {
    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(Aes256GcmSiv::new(key.into()))
    }

    /// Seals to a place, under a nonce of its own.
    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce = random::<NONCE_BYTES>();
        let mut sealed = nonce.to_vec();
        sealed.extend(self.seal_under(nonce, place, plain));
        sealed
    }

    /// The same text at the same place always gives the same bytes, which is all they tell.
    pub(crate) fn seal_alike(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        self.seal_under([0; NONCE_BYTES], place, plain)
    }

    pub(crate) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unopenable> {
        let (nonce, ciphertext) = sealed.split_first_chunk().ok_or(Unopenable)?;
        self.open_under(*nonce, place, ciphertext)
    }

    pub(crate) fn open_alike(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unopenable> {
        self.open_under([0; NONCE_BYTES], place, sealed)
    }

    fn seal_under(&self, nonce: [u8; NONCE_BYTES], place: &[u8], plain: &[u8]) -> Vec<u8> {
        let payload = Payload { msg: plain, aad: place };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload);
        // It refuses more than 64 GiB only, which no database takes. Rather nothing is stored than what would never open again.
        assert!(sealed.is_ok(), "more than the cipher takes at once");
        sealed.unwrap_or_default()
    }

    fn open_under(
        &self,
        nonce: [u8; NONCE_BYTES],
        place: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, Unopenable> {
        let payload = Payload { msg: ciphertext, aad: place };
        self.0.decrypt(&Nonce::from(nonce), payload).map_err(|_| Unopenable)
    }
}

/// Of the thread's generator: what is drawn here changes nothing that anybody could repeat.
#[allow(clippy::disallowed_methods, reason = "nonces and keys are nobody's to choose")]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    rand::random()
}

/// A random part of a hash, in hexadecimal: who has the hash cannot find by trying what it is over.
#[must_use]
pub fn salt() -> String {
    hex::encode(random::<SALT_BYTES>())
}

/// Sealed bytes with the number of the key in front.
pub(crate) fn framed(key: u32, sealed: &[u8]) -> Vec<u8> {
    [MAGIC.as_slice(), key.to_be_bytes().as_slice(), sealed].concat()
}

/// The number of the key, and what it sealed; `None` where it is none of ours.
pub(crate) fn unframed(framed: &[u8]) -> Option<(u32, &[u8])> {
    let rest = framed.strip_prefix(MAGIC.as_slice())?;
    let (key, sealed) = rest.split_first_chunk()?;
    Some((u32::from_be_bytes(*key), sealed))
}
