//! A gateway that takes JSON over HTTP (`docs/one-time-passwords.md` has the contract): `{"to", "from", "text"}`.

use app::{SmsFault, SmsGateway};
use async_trait::async_trait;
use domain::PhoneNumber;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use crate::json_service::{JsonAnswer, JsonService, JsonServiceError, JsonServiceSettings};

/// Where messages are handed over.
#[derive(Clone)]
pub struct HttpSmsSettings {
    /// Where the gateway is.
    pub service: JsonServiceSettings,
    /// Who the message is from.
    pub sender: String,
}

/// Why no gateway could be made of the settings.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct HttpSmsSetupError(#[from] JsonServiceError);

/// Sends through a gateway.
pub struct HttpSmsGateway {
    service: JsonService,
    sender: String,
}

#[derive(Serialize)]
struct Message<'a> {
    to: &'a str,
    from: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
}

impl HttpSmsGateway {
    /// Over these settings.
    ///
    /// # Errors
    /// [`HttpSmsSetupError`].
    pub fn new(settings: HttpSmsSettings) -> Result<Self, HttpSmsSetupError> {
        let HttpSmsSettings { service, sender } = settings;
        Ok(Self { service: JsonService::new(service)?, sender })
    }
}

#[async_trait]
impl SmsGateway for HttpSmsGateway {
    async fn send(&self, number: &PhoneNumber, text: &str) -> Result<(), SmsFault> {
        let message = Message { to: number.e164(), from: &self.sender, text };
        let answer = self.service.ask(&message).await;
        judged(&answer.map_err(|why| SmsFault::Unreachable(why.to_owned()))?)
    }
}

fn judged(answer: &JsonAnswer) -> Result<(), SmsFault> {
    let code = serde_json::from_slice(&answer.body).map(|problem: Problem| problem.code);
    match (answer.status, code.as_deref()) {
        (StatusCode::OK | StatusCode::ACCEPTED, _) => Ok(()),
        (StatusCode::TOO_MANY_REQUESTS, _) => Err(SmsFault::TryLater),
        (StatusCode::UNPROCESSABLE_ENTITY, Ok("number_refused")) => Err(SmsFault::NumberRefused),
        (status, _) => {
            let status = status.as_u16();
            Err(SmsFault::Unreachable(format!("it answered with status {status}")))
        }
    }
}
