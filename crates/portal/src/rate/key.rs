//! The names under which attempts are counted in the store: keyed digests, so that who reads the store or a copy of it learns
//! no address, person or number from them. Each span of time has names of its own, so that no two can be told to be one.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::rules::Attempted;

/// The key that all nodes share.
#[derive(Clone)]
pub struct LimitKey([u8; 32]);

impl LimitKey {
    /// Of a secret of any length.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// The name of what somebody tries in the span that begins at a moment.
    pub(super) fn name(&self, attempted: Attempted, who: &str, begins_ms: i64) -> Option<String> {
        // Keys of every length are taken.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(attempted.code().as_bytes());
        mac.update(&[0]);
        mac.update(&begins_ms.to_be_bytes());
        mac.update(who.as_bytes());
        Some(hex::encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for LimitKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LimitKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_nothing_and_is_another_with_each_key_matter_and_span() {
        let (key, other) = (LimitKey::new("one"), LimitKey::new("other"));
        let name = |key: &LimitKey, what, who, begins| key.name(what, who, begins).unwrap();
        let one = name(&key, Attempted::Check, "192.0.2.1", 0);
        assert_eq!(one, name(&LimitKey::new("one"), Attempted::Check, "192.0.2.1", 0));
        assert_eq!(one.len(), 64);
        let others = [
            name(&other, Attempted::Check, "192.0.2.1", 0),
            name(&key, Attempted::SignIn, "192.0.2.1", 0),
            name(&key, Attempted::Check, "192.0.2.2", 0),
            name(&key, Attempted::Check, "192.0.2.1", 60_000),
        ];
        assert!(!others.contains(&one));
        assert_eq!(format!("{key:?}"), "LimitKey(…)");
    }
}
