//! PKCS #11 devices, whatever their keys are for: found, logged in to, lost and found again.
//!
//! Knows no key. Every call blocks; `patience.rs` keeps them off the threads that answer people. Read next: `library.rs`,
//! `device.rs`; then `seal/pkcs11/`, which seals with keys on a token, and `master_token/`, which wraps by them.

mod device;
mod fault;
mod library;
mod patience;
#[cfg(test)]
pub(crate) mod testing;

use std::fmt;
use std::path::PathBuf;

pub(crate) use device::{Device, LoggedIn};
pub use fault::TokenFault;
pub(crate) use patience::{Unanswered, patiently};

/// Where a token is, and what opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAccess {
    /// The device's PKCS #11 library.
    pub library: PathBuf,
    /// Which token.
    pub token: TokenChoice,
    /// File with the user's PIN.
    pub pin_file: PathBuf,
}

/// What tells a token from the others of its library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenChoice {
    /// The label it was initialised with.
    Label(String),
    /// The number of its slot.
    Slot(u64),
}

impl fmt::Display for TokenChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => write!(formatter, "called {label}"),
            Self::Slot(number) => write!(formatter, "in slot {number}"),
        }
    }
}
