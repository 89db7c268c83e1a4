//! The port towards a time-stamping authority (RFC 3161).

use async_trait::async_trait;
use jiff::Timestamp;

/// Why no stamp was had; always a reason to try again.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// It does not answer, or not as such an authority does.
    #[error("the time-stamping authority is not available: {0}")]
    Unavailable(String),
    /// It answered that it will not stamp this.
    #[error("the time-stamping authority refused: {0}")]
    Refused(String),
    /// Its stamp does not stand up to checking.
    #[error("the stamp received is not good: {0}")]
    NotGood(&'static str),
}

/// The verdict about a stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StampVerdict {
    /// The digest existed at that moment.
    Valid {
        /// Time of the authority.
        stamped_at: Timestamp,
    },
    /// It proves nothing, for the reason of this stable code.
    Invalid(&'static str),
    /// Cannot be told now, for the reason of this stable code.
    CannotTell(&'static str),
}

/// Stamps digests with a trusted time.
#[async_trait]
pub trait TimeStamper: Send + Sync {
    /// A checked token over a SHA-256 digest.
    ///
    /// # Errors
    /// [`StampError`].
    async fn stamp(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StampError>;

    /// Judges a kept token at a moment.
    fn verify(&self, token: &[u8], digest: &[u8; 32], at: Timestamp) -> StampVerdict;
}
