//! The states a request can be in. A technical fault is no state of its own: the request waits and says for what.

use serde::{Deserialize, Serialize};

/// For what a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// The answer about consent.
    Consent,
    /// The data bank, or the repair of a record that contradicts itself.
    DataBank,
}

/// State of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Registered; the legal clock runs.
    Accepted,
    /// Being decided and its documents made, or waiting for a source.
    Checking(Option<WaitingFor>),
    /// Ended with certificates.
    Granted,
    /// Ended with a reasoned refusal.
    Refused,
}

impl RequestState {
    /// Stable word for API and database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Checking(None) => "checking",
            Self::Checking(Some(WaitingFor::Consent)) => "waiting_for_consent",
            Self::Checking(Some(WaitingFor::DataBank)) => "waiting_for_data_bank",
            Self::Granted => "granted",
            Self::Refused => "refused",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Checking(None),
        Self::Checking(Some(WaitingFor::Consent)),
        Self::Checking(Some(WaitingFor::DataBank)),
        Self::Granted,
        Self::Refused,
    ];

    /// Whether the answer is given.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Granted | Self::Refused => true,
            Self::Accepted | Self::Checking(_) => false,
        }
    }
}
