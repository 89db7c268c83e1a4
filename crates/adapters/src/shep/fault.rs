//! Why there is no answer over SHEP, in words for those who run the service: never a person, never what was sent.

use signature::wss::Reason;

use super::reading::Unfit;

const CODE_CHARACTERS_MAX: usize = 20;
/// As many as a day of birth has, and fewer than any IIN or telephone number.
const CODE_DIGITS_MAX: usize = 6;
/// How codes of the gateway begin; a digit or a hyphen follows.
const KNOWN_CODES: [&str; 5] = ["SCSE", "SCSS", "FAULT", "SBF", "VAL"];

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq)]
pub enum ShepFault {
    /// Our own message could not be signed.
    NotSignedByUs,
    /// Nobody took the connection.
    NoConnection,
    /// Nothing came in time.
    TimedOut,
    /// The connection ended before the answer did.
    ConnectionBroke,
    /// Another status of HTTP than an answer has.
    HttpStatus(u16),
    /// No XML.
    MediaType,
    /// Larger than any answer.
    TooLarge,
    /// A fault of the channel, with its code.
    SoapFault(String),
    /// The signature over the body, by the code of its reason.
    Signature(&'static str),
    /// Signed, and not as the schema says.
    Unfit(&'static str),
    /// Of another day or hour.
    Stale,
    /// It came before.
    Repeated,
    /// To another question.
    OtherQuestion,
    /// The service says with this code that it did not do it.
    Status(String),
    /// The service says it did it, and there is nothing.
    NoData,
    /// About somebody else.
    SomebodyElse,
    /// It says that there is nothing, and not to whose question.
    NobodysAbsence,
    /// Status and data contradict each other.
    Contradiction,
    /// The record contradicts itself: so, by a code.
    RecordContradictsItself(&'static str),
}

impl ShepFault {
    /// Stable code, for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSignedByUs => "not_signed_by_us",
            Self::NoConnection => "no_connection",
            Self::TimedOut => "timed_out",
            Self::ConnectionBroke => "connection_broke",
            Self::HttpStatus(_) => "http_status",
            Self::MediaType => "media_type",
            Self::TooLarge => "too_large",
            Self::SoapFault(_) => "soap_fault",
            Self::Signature(_) => "signature",
            Self::Unfit(_) => "not_as_the_schema",
            Self::Stale => "stale",
            Self::Repeated => "repeated",
            Self::OtherQuestion => "other_question",
            Self::Status(_) => "status",
            Self::NoData => "no_data",
            Self::SomebodyElse => "somebody_else",
            Self::NobodysAbsence => "nobodys_absence",
            Self::Contradiction => "contradiction",
            Self::RecordContradictsItself(_) => "record_contradicts_itself",
        }
    }

    /// What else there is to tell.
    pub fn detail(&self) -> String {
        match self {
            Self::HttpStatus(status) => status.to_string(),
            Self::SoapFault(code) | Self::Status(code) => shown(code).to_owned(),
            Self::Signature(said) | Self::Unfit(said) | Self::RecordContradictsItself(said) => {
                (*said).to_owned()
            }
            _ => String::new(),
        }
    }
}

impl std::fmt::Debug for ShepFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}({})", self.code(), self.detail())
    }
}

impl From<Unfit> for ShepFault {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit.0)
    }
}

/// Nothing in it may be believed; a fault of the channel that nobody signed is told by its name all the same.
pub(super) fn unsigned(answer: &[u8], reason: Reason) -> ShepFault {
    let text = std::str::from_utf8(answer).unwrap_or_default();
    let between = |begin: &str, end: &str| {
        let (_, rest) = text.split_once(begin)?;
        rest.split_once(end).map(|(inside, _)| inside.to_owned())
    };
    let code = || {
        let own = between("<errorCode>", "</errorCode>");
        own.or_else(|| between("<faultcode>", "</faultcode>"))
    };
    match reason {
        Reason::SecurityMissing => {
            code().map_or_else(|| ShepFault::Signature(reason.code()), unsigned_fault)
        }
        _ => ShepFault::Signature(reason.code()),
    }
}

/// The fault of the channel that nobody signed. Anybody may have written it, so of codes only the gateway's are kept.
fn unsigned_fault(code: String) -> ShepFault {
    let is_after_prefix = |one: char| one.is_ascii_digit() || one == '-';
    let is_known = KNOWN_CODES.iter().any(|prefix| {
        code.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(is_after_prefix))
    });
    ShepFault::SoapFault(if is_known { code } else { String::new() })
}

/// A code as others wrote it, if it looks like one: whatever else stands in its place may name a person.
fn shown(code: &str) -> &str {
    let is_of_code =
        |one: char| one.is_ascii_uppercase() || one.is_ascii_digit() || one == '-' || one == '_';
    let digits = code.chars().filter(char::is_ascii_digit).count();
    let is_code = code.len() <= CODE_CHARACTERS_MAX
        && code.starts_with(|one: char| one.is_ascii_uppercase())
        && code.chars().all(is_of_code)
        && (1..=CODE_DIGITS_MAX).contains(&digits);
    if is_code { code } else { "a code that is none" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSONS: [&str; 9] = [
        "800101300016",
        "IIN-800101300016",
        "800101-300016",
        "8-0-0-1-0-1-3-0-0-0-1-6",
        "Akhmetova",
        "AKHMETOVA",
        "Үлгіұлы",
        "no such person",
        "+77010000000",
    ];

    #[test]
    fn codes_of_others_are_shown_and_persons_are_not() {
        for code in ["FAULT-015", "SCSE001", "SBF-VE-8", "VAL-JSR-001"] {
            assert_eq!(ShepFault::Status(code.to_owned()).detail(), code);
            assert_eq!(unsigned_fault(code.to_owned()).detail(), code);
        }
        for text in PERSONS {
            for fault in [
                ShepFault::Status(text.to_owned()),
                ShepFault::SoapFault(text.to_owned()),
                unsigned_fault(text.to_owned()),
            ] {
                assert_eq!(fault.detail(), "a code that is none", "{text}");
                assert!(!format!("{fault:?}").contains(text));
            }
        }
    }

    #[test]
    fn of_faults_that_nobody_signed_only_the_gateways_own_codes_are_kept() {
        for text in ["AKHMETOVA1", "VALERIA-1", "SBFOV1", "soap:Server", "VAL-800101300016", ""] {
            assert_eq!(unsigned_fault(text.to_owned()).detail(), "a code that is none", "{text}");
        }
    }
}
