//! Answers that came before: a second one with the same identifier is a copy of the first.
//!
//! An answer older than the window is refused by its date, so nothing has to be remembered for longer than that.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// Identifiers of the answers within a window.
pub struct Seen {
    window: SignedDuration,
    /// Digests, which are short whatever came, with the moment from which they may be forgotten.
    until: HashMap<[u8; 32], Timestamp>,
    swept_at: Timestamp,
}

impl Seen {
    /// None came yet.
    #[must_use]
    pub fn new(window: SignedDuration) -> Self {
        Self { window, until: HashMap::new(), swept_at: Timestamp::MIN }
    }

    /// Notes an answer whose date lies within the window; `false` where it came before.
    pub fn is_new(&mut self, message_id: &str, now: Timestamp) -> bool {
        self.sweep(now);
        // Its date may lie ahead of our clock by a window, and counts for another one behind it.
        let until = now.checked_add(self.window * 2).unwrap_or(Timestamp::MAX);
        let digest = Sha256::digest(message_id.as_bytes()).into();
        self.until.insert(digest, until).is_none()
    }

    fn sweep(&mut self, now: Timestamp) {
        let is_due = now.duration_since(self.swept_at).abs() >= self.window;
        if is_due {
            self.until.retain(|_, until| now <= *until);
            self.swept_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_new_once_and_forgotten_when_its_date_refuses_it() {
        let window = SignedDuration::from_mins(5);
        let mut seen = Seen::new(window);
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let after = |minutes| start + SignedDuration::from_mins(minutes);
        assert!(seen.is_new("a", start));
        assert!(seen.is_new("b", start));
        assert!(!seen.is_new("a", after(1)));
        assert!(!seen.is_new("b", after(10)), "its date may have been five minutes ahead");
        for minutes in 11..60 {
            assert!(seen.is_new(&format!("{minutes}"), after(minutes)));
        }
        assert!(seen.until.len() < 20, "{}", seen.until.len());
    }
}
