//! Why there is no answer over SHEP, in words for those who run the service: never a person, never what was sent.

use super::reading::Unfit;

const CODE_CHARACTERS_MAX: usize = 40;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ShepFault {
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
    pub(crate) fn code(&self) -> &'static str {
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
    pub(crate) fn detail(&self) -> String {
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

/// A code as others wrote it, if it looks like one: whatever else stands in its place may name a person.
fn shown(code: &str) -> &str {
    let is_code = code.len() <= CODE_CHARACTERS_MAX
        && code.chars().all(|one| one.is_ascii_alphanumeric() || "-_.:".contains(one));
    let mut digits = code.split(|one: char| !one.is_ascii_digit());
    if is_code && digits.all(|run| run.len() <= 6) { code } else { "a code that is none" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_others_are_shown_and_persons_are_not() {
        for code in ["FAULT-015", "SCSE001", "SBF-VE-8", "soap:Server", "VAL-JSR-001"] {
            assert_eq!(ShepFault::Status(code.to_owned()).detail(), code);
        }
        for text in
            ["800101300016", "IIN-800101300016", "Үлгіұлы", "no such person", "+77010000000"]
        {
            let fault = ShepFault::SoapFault(text.to_owned());
            assert_eq!(fault.detail(), "a code that is none");
            assert_eq!(format!("{fault:?}"), "soap_fault(a code that is none)");
        }
    }
}
