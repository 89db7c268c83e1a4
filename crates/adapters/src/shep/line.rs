//! HTTP to the gateway: SOAP 1.1, held to a time and a size.
//!
//! Goes where it is told and nowhere else: redirects are not followed, proxies of the environment are not used.

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use super::fault::ShepFault;
use super::settings::{ShepSettings, ShepSetupError};
use crate::tls::{AuthoritiesError, trusting};

/// A guardian of thirty wards has some forty kilobytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
const MEDIA_TYPE: &str = "text/xml";

/// The line to one gateway.
pub(crate) struct Line {
    client: Client,
    url: Url,
}

impl Line {
    pub(crate) fn new(settings: &ShepSettings) -> Result<Self, ShepSetupError> {
        let url = settings.address()?;
        let client =
            Client::builder().timeout(settings.patience).redirect(Policy::none()).no_proxy();
        let client =
            trusting(client, settings.authorities.as_deref()).map_err(|error| match error {
                AuthoritiesError::Empty => ShepSetupError::Empty("authorities_file"),
                AuthoritiesError::Unreadable(error) => error.into(),
            })?;
        Ok(Self { client: client.build()?, url })
    }

    /// The envelope that answers one. A fault of the channel comes with status 500.
    pub(crate) async fn exchange(&self, envelope: Vec<u8>) -> Result<Vec<u8>, ShepFault> {
        let request = self.client.post(self.url.clone());
        let request = request.header(CONTENT_TYPE, "text/xml; charset=utf-8");
        let request = request.header(ACCEPT, MEDIA_TYPE).header("SOAPAction", "\"\"");
        let response = request.body(envelope).send().await.map_err(broken)?;
        let status = response.status();
        if status != StatusCode::OK && status != StatusCode::INTERNAL_SERVER_ERROR {
            return Err(ShepFault::HttpStatus(status.as_u16()));
        }
        if !is_xml(&response) {
            return Err(match status {
                StatusCode::OK => ShepFault::MediaType,
                _ => ShepFault::HttpStatus(status.as_u16()),
            });
        }
        whole(response).await
    }
}

fn is_xml(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case(MEDIA_TYPE)
}

/// Left alone as soon as it is larger than any answer.
async fn whole(mut response: Response) -> Result<Vec<u8>, ShepFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if ANSWER_BYTES_MAX < body.len().saturating_add(chunk.len()) {
            return Err(ShepFault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broken(error: reqwest::Error) -> ShepFault {
    if error.is_timeout() {
        ShepFault::TimedOut
    } else if error.is_connect() {
        ShepFault::NoConnection
    } else {
        ShepFault::ConnectionBroke
    }
}
