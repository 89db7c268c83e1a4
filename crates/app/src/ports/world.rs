//! Time and randomness as ports, so that tests and replays hold them in their hands.

use jiff::Timestamp;

/// The wall clock.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Unguessable randomness.
pub trait Ids: Send + Sync {
    /// Fills the buffer from a cryptographic generator.
    fn fill(&self, buffer: &mut [u8]);

    /// 64 random bits, for numbers and jitter.
    fn random_u64(&self) -> u64 {
        let mut buffer = [0; 8];
        self.fill(&mut buffer);
        u64::from_le_bytes(buffer)
    }

    /// 128 random bits as 32 hexadecimal characters, for tokens and keys.
    fn token(&self) -> String {
        let mut buffer = [0; 16];
        self.fill(&mut buffer);
        hex::encode(buffer)
    }
}
