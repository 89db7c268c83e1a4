//! What can be wrong with a token and its keys, in words for operators.

use cryptoki::error::{Error, RvError};

/// Why a token does not do what it is for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// The library is not there or is none.
    #[error("the token's library cannot be loaded: {0}")]
    Library(String),
    /// The PIN's file cannot be read.
    #[error("the token's PIN cannot be read: {0}")]
    PinFile(String),
    /// No such token now.
    #[error("the token {0} is not there")]
    Absent(String),
    /// It is there and does not do what it is asked to.
    #[error("the token does not answer: {0}")]
    Silent(String),
    /// More sessions are asked for than there are.
    #[error("all sessions of the token are in use")]
    Busy,
    /// Several tokens bear the label.
    #[error("more than one token is called {0}: name its slot instead")]
    Ambiguous(String),
    /// The PIN is wrong, expired or was never set.
    #[error(
        "the token refused the PIN ({0}); it is not tried again, because tokens lock after a few wrong ones: \
        correct the PIN's file, then start anew"
    )]
    Pin(String),
    /// The next wrong PIN would lock it.
    #[error(
        "the token has one try of its PIN left: log in with its own tool first, then start anew"
    )]
    LastTry,
    /// Locked.
    #[error("the token's PIN is locked: its administrator must unlock it")]
    Locked,
    /// No private key of the label.
    #[error("the token has no private key called {0}")]
    NoKey(String),
    /// Several private keys of the label.
    #[error("the token has more than one private key called {0}")]
    ManyKeys(String),
    /// The key is of a kind that seals are not made with.
    #[error("the key is neither RSA nor P-256; seals with GOST keys are not made by this version")]
    KeyKind,
    /// The token cannot sign with such a key in the way that is asked for.
    #[error("the token offers no mechanism for such a key, or not the one configured")]
    Mechanism,
    /// The key of the label is not the certificate's.
    #[error("the token's key {0} does not belong to the certificate")]
    OtherKey(String),
    /// No AES key of the label.
    #[error(
        "the token has no AES key called {0}; `anyqtama keys new --config FILE` makes one there"
    )]
    NoMasterKey(String),
    /// A key of the label is none that others may be wrapped by.
    #[error("a key called {0} on the token cannot be a master key: {1}")]
    UnfitMasterKey(String, &'static str),
}

impl TokenFault {
    /// Whether it may pass by itself, so that waiting is right.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Absent(_) | Self::Silent(_) | Self::Busy => true,
            Self::Library(_)
            | Self::PinFile(_)
            | Self::Ambiguous(_)
            | Self::Pin(_)
            | Self::LastTry
            | Self::Locked
            | Self::NoKey(_)
            | Self::ManyKeys(_)
            | Self::KeyKind
            | Self::Mechanism
            | Self::OtherKey(_)
            | Self::NoMasterKey(_)
            | Self::UnfitMasterKey(..) => false,
        }
    }

    /// A refusal to log in: about the PIN, or about anything else.
    pub(super) fn of_login(error: Error) -> Self {
        let Error::Pkcs11(code, _) = &error else { return error.into() };
        match code {
            RvError::PinLocked => Self::Locked,
            RvError::PinIncorrect
            | RvError::PinInvalid
            | RvError::PinLenRange
            | RvError::PinExpired
            | RvError::UserPinNotInitialized => Self::Pin(format!("{code:?}")),
            _ => error.into(),
        }
    }
}

impl From<Error> for TokenFault {
    fn from(error: Error) -> Self {
        match error {
            Error::LibraryLoading(_) | Error::MissingSymbol(_) => Self::Library(error.to_string()),
            Error::Pkcs11(RvError::TokenNotPresent | RvError::SlotIdInvalid, _) => {
                Self::Absent("of that slot".to_owned())
            }
            // The codes' own texts are paragraphs of the standard.
            Error::Pkcs11(code, function) => Self::Silent(format!("{function:?}: {code:?}")),
            other => Self::Silent(other.to_string()),
        }
    }
}
