//! The answer of a time-stamping authority: a token, or why there is none.

use cms::content_info::ContentInfo;
use der::{Decode, Encode, Sequence};

use super::syntax::StatusInfo;
use super::verify::TOKEN_BYTES_MAX;
use crate::verdict::{self, codes};

const GRANTED: u8 = 0;
const GRANTED_WITH_MODIFICATIONS: u8 = 1;

codes! {
    /// How an authority declined (PKIStatus).
    Status {
        /// It will not.
        Rejection = "rejection",
        /// Not yet.
        Waiting = "waiting",
        /// Its certificate is about to be revoked.
        RevocationWarning = "revocation_warning",
        /// Its certificate has been revoked.
        RevocationNotification = "revocation_notification",
    }
}

codes! {
    /// Why it declined (PKIFailureInfo).
    Failure {
        /// The digest's algorithm is not supported.
        BadAlg = "bad_alg",
        /// Not permitted or not supported.
        BadRequest = "bad_request",
        /// Written wrongly.
        BadDataFormat = "bad_data_format",
        /// Its source of time is not available.
        TimeNotAvailable = "time_not_available",
        /// The policy is not one of its own.
        UnacceptedPolicy = "unaccepted_policy",
        /// An extension is not supported.
        UnacceptedExtension = "unaccepted_extension",
        /// Additional information asked for is not available.
        AddInfoNotAvailable = "add_info_not_available",
        /// Anything else on its side.
        SystemFailure = "system_failure",
    }
}

impl Failure {
    /// Its bit in PKIFailureInfo.
    pub(crate) fn bit(self) -> u8 {
        match self {
            Self::BadAlg => 0,
            Self::BadRequest => 2,
            Self::BadDataFormat => 5,
            Self::TimeNotAvailable => 14,
            Self::UnacceptedPolicy => 15,
            Self::UnacceptedExtension => 16,
            Self::AddInfoNotAvailable => 17,
            Self::SystemFailure => 25,
        }
    }
}

/// An answer without a token. What it says in free text is left aside: nobody here decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// How.
    pub status: Status,
    /// Why, as far as it was said in terms of the standard.
    pub failure: Option<Failure>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.failure {
            Some(failure) => write!(formatter, "{}: {failure}", self.status),
            None => write!(formatter, "{}", self.status),
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// A token, DER, unjudged: see [`super::verify_answer`].
    Granted(Vec<u8>),
    /// None.
    Refused(Refusal),
}

/// TimeStampResp.
#[derive(Sequence)]
pub(crate) struct TimeStampResponse {
    pub(crate) status: StatusInfo,
    #[asn1(optional = "true")]
    pub(crate) token: Option<ContentInfo>,
}

/// Reads an answer, DER.
///
/// # Errors
/// [`verdict::Reason::TooLarge`]; [`verdict::Reason::Malformed`], also where a token and the status do not go together.
pub fn read_response(der: &[u8]) -> Result<Response, verdict::Reason> {
    if der.len() > TOKEN_BYTES_MAX {
        return Err(verdict::Reason::TooLarge);
    }
    let malformed = verdict::Reason::Malformed;
    let response = TimeStampResponse::from_der(der).map_err(|_| malformed)?;
    let status = match (response.status.status, response.token) {
        (GRANTED | GRANTED_WITH_MODIFICATIONS, Some(token)) => {
            return token.to_der().map(Response::Granted).map_err(|_| malformed);
        }
        (2, None) => Status::Rejection,
        (3, None) => Status::Waiting,
        (4, None) => Status::RevocationWarning,
        (5, None) => Status::RevocationNotification,
        _ => return Err(malformed),
    };
    let bits = response.status.failure;
    let is_said = |failure: &&Failure| {
        let place = usize::from(failure.bit());
        bits.as_ref().is_some_and(|bits| bits.bits().nth(place) == Some(true))
    };
    let failure = Failure::ALL.iter().find(is_said).copied();
    Ok(Response::Refused(Refusal { status, failure }))
}
