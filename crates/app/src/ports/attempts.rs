//! How often somebody tries something, counted for all nodes of a service together. Whoever counts decides what is too
//! often; here is only a number under a name that nobody can turn back into an address or a person.
//!
//! Read next: `portal/src/rate/mod.rs`, which makes the names.

use async_trait::async_trait;
use jiff::Timestamp;

use super::store::StoreError;

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// A keyed digest of what is tried, by whom and in which span of time.
    pub whom: String,
    /// When the span is over and the count forgotten.
    pub forget_at: Timestamp,
}

/// Counts attempts.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// Counts one more and answers how many there are by now, this one among them. Of parallel calls each gets a number of
    /// its own. What a crash loses is no evidence: then somebody may try once more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn count_attempt(&self, attempt: &Attempt) -> Result<u32, StoreError>;

    /// Counts one fewer; the last one stays.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn take_back_attempt(&self, attempt: &Attempt) -> Result<(), StoreError>;
}
