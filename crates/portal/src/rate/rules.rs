//! What is counted, and how often it may be tried.

use std::num::NonZeroU32;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// What somebody tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// Looks at the page for signing in: each keeps a fresh one-time text. By address.
    SignInPage,
    /// Signing in. By address.
    SignIn,
    /// Submitting on a page. By address.
    Submit,
    /// What telephones bring. By address.
    Phone,
    /// Checking. By address.
    Check,
    /// Calls of a contact centre: one address asks for everybody who calls it.
    ContactCentre,
    /// Checking a certificate by its number and an IIN. By that number, whoever tries: whose it is cannot be found out by
    /// trying one IIN after another from many addresses.
    CheckedNumber,
    /// Preparing a text to be signed. By person.
    Prepared,
    /// Submitting what was signed. By person.
    Submitted,
}

impl Attempted {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SignInPage,
        Self::SignIn,
        Self::Submit,
        Self::Phone,
        Self::Check,
        Self::ContactCentre,
        Self::CheckedNumber,
        Self::Prepared,
        Self::Submitted,
    ];

    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::SignInPage => "sign_in_page",
            Self::SignIn => "sign_in",
            Self::Submit => "submit",
            Self::Phone => "phone",
            Self::Check => "check",
            Self::ContactCentre => "contact_centre",
            Self::CheckedNumber => "checked_number",
            Self::Prepared => "prepared",
            Self::Submitted => "submitted",
        }
    }

    /// So many at once, and as many again in each span of time.
    pub fn rule(self) -> Rule {
        let (at_once, span) = match self {
            Self::SignInPage | Self::SignIn | Self::Submit | Self::Phone | Self::Check => {
                (40, MINUTE)
            }
            Self::ContactCentre => (600, MINUTE),
            Self::CheckedNumber | Self::Prepared => (60, HOUR),
            Self::Submitted => (120, HOUR),
        };
        Rule { at_once: NonZeroU32::new(at_once).unwrap_or(NonZeroU32::MIN), span }
    }
}

/// How often something may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// At once, by one process.
    pub at_once: NonZeroU32,
    /// In this time as many more.
    pub span: Duration,
}

impl Rule {
    /// Within one span, by all processes together: what is allowed at once, and half as much again for those who come back.
    pub fn in_all(self) -> u32 {
        let at_once = self.at_once.get();
        at_once.saturating_add(at_once / 2)
    }

    /// In milliseconds.
    pub fn span_ms(self) -> i64 {
        i64::try_from(self.span.as_millis()).unwrap_or(i64::MAX)
    }
}
