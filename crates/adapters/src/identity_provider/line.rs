//! The line to the provider: HTTP held to a time, a size and the addresses that are fit to be asked.
//!
//! Goes where it is told and nowhere else: redirects are not followed, proxies of the environment are not used.

use std::future::Future;
use std::pin::Pin;

use openidconnect::http::{HeaderValue, Response, header};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

use super::Fault;
use super::settings::{IdentityProviderSettings, IdentityProviderSetupError, is_fit};
use crate::tls::{AuthoritiesError, trusting};

/// Largest answer, in bytes; real ones have some kilobytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct LineFault(pub(super) &'static str);

/// HTTP to one provider.
pub(super) struct Line {
    client: Client,
    /// A provider on this machine, without TLS.
    is_plain: bool,
}

impl Line {
    pub(super) fn new(
        settings: &IdentityProviderSettings,
    ) -> Result<Self, IdentityProviderSetupError> {
        let client =
            Client::builder().timeout(settings.patience).redirect(Policy::none()).no_proxy();
        let client =
            trusting(client, settings.authorities.as_deref()).map_err(|error| match error {
                AuthoritiesError::Empty => IdentityProviderSetupError::Empty("authorities_file"),
                AuthoritiesError::Unreadable(error) => error.into(),
            })?;
        let is_plain = settings.issuer.starts_with("http://");
        Ok(Self { client: client.build()?, is_plain })
    }

    /// Whether an address the provider tells may be asked.
    pub(super) fn is_fit(&self, url: &Url) -> bool {
        is_fit(url, self.is_plain)
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, LineFault> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string());
        let url = url.map_err(|_| LineFault("the provider tells an address that is none"))?;
        if !self.is_fit(&url) {
            return Err(LineFault("the provider tells an address that must not be asked"));
        }
        let request = self.client.request(parts.method, url).headers(parts.headers).body(body);
        let mut answer = request.send().await.map_err(broken)?;
        if answer.status().is_redirection() {
            return Err(LineFault("the provider points elsewhere"));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if ANSWER_BYTES_MAX < body.len() + chunk.len() {
                return Err(LineFault("the provider's answer is too large"));
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = Response::new(body);
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = answer.headers().clone();
        Ok(whole)
    }

    /// What the provider tells of the person who bears a token; `None` where it tells nothing there.
    pub(super) async fn user_info(
        &self,
        address: Option<&Url>,
        token: &str,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some(address) = address else { return Ok(None) };
        let unreadable = Fault::Unavailable("the provider's access token cannot be sent back");
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| unreadable)?;
        let mut request = HttpRequest::new(Vec::new());
        *request.uri_mut() = address.as_str().parse().map_err(|_| unreadable)?;
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.exchange(request).await.map_err(|fault| Fault::Unavailable(fault.0))?;
        if answer.status() != StatusCode::OK {
            return Err(Fault::Unavailable("the provider tells nothing more of the person"));
        }
        Ok(Some(answer.into_body()))
    }
}

impl<'line> AsyncHttpClient<'line> for Line {
    type Error = LineFault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, LineFault>> + Send + 'line>>;

    fn call(&'line self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

fn broken(error: reqwest::Error) -> LineFault {
    LineFault(if error.is_timeout() {
        "the provider did not answer in time"
    } else if error.is_connect() {
        "there is no connection to the provider"
    } else {
        "the connection to the provider broke"
    })
}
