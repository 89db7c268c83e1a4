//! In which ways a telephone, or whoever holds it, fails. Another person's key, or one that is expired or revoked, is no
//! behaviour: it is a key.

use serde::{Deserialize, Serialize};

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Reads, and cancels: nothing is sent.
    Cancels,
    /// Signs something else.
    AltersData,
    /// Sends the same signature a second time.
    SendsTwice,
    /// Signs a second time and sends that too.
    SendsTwiceDifferently,
    /// Brings another token than the invitation's, or signs another address.
    WrongToken,
    /// Waits until the time is over before it sends.
    ComesTooLate,
    /// Signs the document with the key for signing in.
    SignsWithEntryKey,
    /// Breaks off in the middle of sending.
    BreaksOff,
}

impl Fault {
    /// Each of them.
    pub const ALL: [Self; 8] = [
        Self::Cancels,
        Self::AltersData,
        Self::SendsTwice,
        Self::SendsTwiceDifferently,
        Self::WrongToken,
        Self::ComesTooLate,
        Self::SignsWithEntryKey,
        Self::BreaksOff,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cancels => "cancels",
            Self::AltersData => "alters_data",
            Self::SendsTwice => "sends_twice",
            Self::SendsTwiceDifferently => "sends_twice_differently",
            Self::WrongToken => "wrong_token",
            Self::ComesTooLate => "comes_too_late",
            Self::SignsWithEntryKey => "signs_with_entry_key",
            Self::BreaksOff => "breaks_off",
        }
    }

    /// The way of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}
