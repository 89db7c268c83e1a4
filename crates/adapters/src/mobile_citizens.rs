//! The base of mobile citizens over HTTP and JSON (`docs/one-time-passwords.md` has the contract). The real base's own
//! contract is not public: whoever has it puts a small translator in front, or writes an adapter of its own beside this.
//!
//! Whatever is not exactly one of the two answers of the contract is a fault of the base and says nothing about a person.

use app::MobileCitizensBase;
use async_trait::async_trait;
use domain::{Answer, Iin, PhoneNumber};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use crate::json_service::{JsonAnswer, JsonService, JsonServiceError, JsonServiceSettings};

/// Why no base could be made of the settings.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MobileCitizensSetupError(#[from] JsonServiceError);

/// The base at an address.
pub struct HttpMobileCitizensBase(JsonService);

#[derive(Serialize)]
struct Question {
    iin: String,
}

/// `number` must be there, if only as `null`: an empty object is no answer.
#[derive(Deserialize)]
struct Number {
    #[serde(deserialize_with = "Option::deserialize")]
    number: Option<String>,
}

impl HttpMobileCitizensBase {
    /// Over these settings.
    ///
    /// # Errors
    /// [`MobileCitizensSetupError`].
    pub fn new(settings: JsonServiceSettings) -> Result<Self, MobileCitizensSetupError> {
        Ok(Self(JsonService::new(settings)?))
    }
}

#[async_trait]
impl MobileCitizensBase for HttpMobileCitizensBase {
    async fn number_of(&self, iin: Iin) -> Answer<PhoneNumber> {
        match self.0.ask(&Question { iin: iin.digits() }).await {
            Ok(answer) => judged(&answer),
            Err(why) => {
                tracing::warn!(why, "the base of mobile citizens gave no answer");
                Answer::Unavailable
            }
        }
    }
}

fn judged(answer: &JsonAnswer) -> Answer<PhoneNumber> {
    let number = (answer.status == StatusCode::OK)
        .then(|| serde_json::from_slice::<Number>(&answer.body).ok())
        .flatten();
    let number = match number {
        Some(Number { number: None }) => return Answer::Absent,
        Some(Number { number: Some(text) }) => PhoneNumber::parse(&text).ok(),
        None => None,
    };
    match number {
        Some(number) => Answer::Known(number),
        None => {
            let status = answer.status.as_u16();
            tracing::warn!(status, "the answer of the base of mobile citizens cannot be read");
            Answer::Unavailable
        }
    }
}
