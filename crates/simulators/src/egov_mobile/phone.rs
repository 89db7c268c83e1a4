//! The application itself: from the code to the signature, step by step or in one go.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Response, Url};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::PhoneKey;
use super::behaviour::Fault;
use super::shapes::{Auth, Invitation, Method, Order, address_of};
use crate::authority::SigningError;
use crate::ncalayer::Clock;

/// What is signed in place of the document by [`Fault::AltersData`].
const OTHER_CONTENT: &[u8] = b"<document>something else</document>";
const PATIENCE: Duration = Duration::from_secs(30);
/// Between the end of an invitation and a signature that comes too late.
const LATE: Duration = Duration::from_secs(2);

/// Why the application stopped.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// Neither a code nor a link of this protocol.
    #[error("this is no code of the protocol")]
    NoCode,
    /// The site is not registered.
    #[error("the site is not registered for the application")]
    UnknownSite,
    /// The site's answer is against the protocol.
    #[error("against the protocol: {0}")]
    Protocol(String),
    /// The site refused.
    #[error("the site answers {}", .0.status)]
    Refused(Answer),
    /// The time is over.
    #[error("the code has expired")]
    Expired,
    /// The network.
    #[error("the site cannot be reached: {0}")]
    Network(#[from] reqwest::Error),
    /// A socket.
    #[error("the site cannot be reached: {0}")]
    Socket(#[from] std::io::Error),
    /// The key failed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// What the site said to a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Stable code, where it is told.
    pub code: Option<String>,
    /// The reason in words, where it is told.
    pub message: Option<String>,
}

impl Answer {
    async fn of(response: Response) -> Result<Self, PhoneError> {
        let status = response.status().as_u16();
        let body = response.bytes().await?;
        let told: Value = serde_json::from_slice(&body).unwrap_or_default();
        let member = |name: &str| told.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        Ok(Self { status, code: member("code"), message: member("message") })
    }
}

/// The application.
pub struct Phone {
    http: reqwest::Client,
    known: Vec<String>,
    clock: Clock,
}

impl Phone {
    /// Talks to these hosts (with their ports) only.
    ///
    /// # Errors
    /// [`PhoneError::Network`].
    pub fn new(known: Vec<String>, clock: Clock) -> Result<Self, PhoneError> {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { http, known, clock })
    }

    /// API 1: what a code or link invites to.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub async fn open(&self, text: &str) -> Result<Invitation, PhoneError> {
        let address = address_of(text).ok_or(PhoneError::NoCode)?;
        if !self.known.iter().any(|host| host == address.authority()) {
            return Err(PhoneError::UnknownSite);
        }
        let response = successful(self.http.get(address.clone()).send().await?).await?;
        let body = response.bytes().await?;
        let invitation = Invitation::read(&body, &address).map_err(PhoneError::Protocol)?;
        match invitation.expires_at() {
            Some(end) if end < (self.clock)() => Err(PhoneError::Expired),
            _ => Ok(invitation),
        }
    }

    /// API 2: what is to be signed.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub async fn fetch(
        &self,
        invitation: &Invitation,
        key: &PhoneKey,
        fault: Option<Fault>,
    ) -> Result<Order, PhoneError> {
        let uri = invitation.uri().clone();
        let request = match invitation.auth() {
            Auth::None => self.http.get(uri),
            Auth::Token => self.http.get(uri).bearer_auth(token(invitation, fault)),
            Auth::Eds => self.http.post(uri).body(signed_uri(invitation, key, fault)?),
        };
        let response = successful(request.send().await?).await?;
        Order::read(&response.bytes().await?).map_err(PhoneError::Protocol)
    }

    /// API 2, the way back: signs and sends. One answer for each time something was sent whole.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub async fn sign(
        &self,
        invitation: &Invitation,
        order: &Order,
        key: &PhoneKey,
        fault: Option<Fault>,
    ) -> Result<Vec<Answer>, PhoneError> {
        let now = (self.clock)();
        match fault {
            Some(Fault::Cancels) => return Ok(Vec::new()),
            Some(Fault::ComesTooLate) => self.sleep_past(invitation, now).await,
            _ => {}
        }
        let first = order.signed(&signatures(order, key, fault, now)?);
        if fault == Some(Fault::BreaksOff) {
            self.break_off(invitation, &first).await?;
            return Ok(Vec::new());
        }
        let mut answers = vec![self.put(invitation, &first, fault).await?];
        match fault {
            Some(Fault::SendsTwice) => answers.push(self.put(invitation, &first, fault).await?),
            Some(Fault::SendsTwiceDifferently) => {
                let later = now.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(now);
                let mut again = signatures(order, key, fault, later)?;
                if order.method() == Method::Xml {
                    again.iter_mut().for_each(|one| one.push(b'\n'));
                }
                answers.push(self.put(invitation, &order.signed(&again), fault).await?);
            }
            _ => {}
        }
        Ok(answers)
    }

    /// Everything, as a person does who reads and agrees.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub async fn run(
        &self,
        text: &str,
        key: &PhoneKey,
        fault: Option<Fault>,
    ) -> Result<Vec<Answer>, PhoneError> {
        let invitation = self.open(text).await?;
        let order = self.fetch(&invitation, key, fault).await?;
        self.sign(&invitation, &order, key, fault).await
    }

    async fn put(
        &self,
        invitation: &Invitation,
        order: &Order,
        fault: Option<Fault>,
    ) -> Result<Answer, PhoneError> {
        let mut request = self.http.put(invitation.uri().clone()).json(order);
        if invitation.auth() == Auth::Token {
            request = request.bearer_auth(token(invitation, fault));
        }
        Answer::of(request.send().await?).await
    }

    async fn sleep_past(&self, invitation: &Invitation, now: Timestamp) {
        let left = invitation.expires_at().map(|end| end.duration_since(now).unsigned_abs());
        tokio::time::sleep(left.unwrap_or_default().saturating_add(LATE)).await;
    }

    /// Half of the signature, and no more.
    async fn break_off(&self, invitation: &Invitation, order: &Order) -> Result<(), PhoneError> {
        let (uri, body) = (invitation.uri(), serde_json::to_vec(order).unwrap_or_default());
        let head = format!(
            "PUT {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            uri.path(),
            uri.authority(),
            invitation.token(),
            body.len()
        );
        let mut stream = TcpStream::connect(uri.authority()).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.get(..body.len() / 2).unwrap_or_default()).await?;
        stream.shutdown().await?;
        Ok(())
    }
}

async fn successful(response: Response) -> Result<Response, PhoneError> {
    if response.status().is_success() {
        Ok(response)
    } else {
        Err(PhoneError::Refused(Answer::of(response).await?))
    }
}

fn token(invitation: &Invitation, fault: Option<Fault>) -> &str {
    if fault == Some(Fault::WrongToken) { "wrong" } else { invitation.token() }
}

/// The document's address, signed with the key for signing in.
fn signed_uri(
    invitation: &Invitation,
    key: &PhoneKey,
    fault: Option<Fault>,
) -> Result<Vec<u8>, SigningError> {
    let elsewhere = Url::parse("https://elsewhere.example/").ok();
    let uri = match (fault, &elsewhere) {
        (Some(Fault::WrongToken), Some(elsewhere)) => elsewhere,
        _ => invitation.uri(),
    };
    let xml = format!("<login><uri>{}</uri></login>", uri.as_str().replace('&', "&amp;"));
    key.entry.holder().sign_xml(xml.as_bytes())
}

fn signatures(
    order: &Order,
    key: &PhoneKey,
    fault: Option<Fault>,
    at: Timestamp,
) -> Result<Vec<Vec<u8>>, PhoneError> {
    let entry = fault == Some(Fault::SignsWithEntryKey);
    let holder = if entry { key.entry.holder() } else { key.signing.holder() };
    let mut signatures = Vec::new();
    for content in order.contents().map_err(PhoneError::Protocol)? {
        let content =
            if fault == Some(Fault::AltersData) { OTHER_CONTENT.to_vec() } else { content };
        signatures.push(match order.method() {
            Method::Xml => holder.sign_xml(&content)?,
            Method::CmsWithData => holder.sign(&content, true, at)?,
            Method::CmsSignOnly => holder.sign(&content, false, at)?,
        });
    }
    Ok(signatures)
}
