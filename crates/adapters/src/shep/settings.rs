//! Where the gateway is, who we are to it, and by which certificates it is known: as configured, and why that cannot be
//! used. Read next: `channel.rs`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Url;
use signature::wss::{PinFault, SignFault};

use crate::seal::KeyFault;

/// The gateway, and we to it.
#[derive(Clone)]
pub struct ShepSettings {
    /// Address of its synchronous channel; `https://…`, or `http://` on this computer.
    pub url: String,
    /// How it calls us.
    pub sender_id: String,
    /// Our password, where it wants one.
    pub password: Option<String>,
    /// PEM file with our private key, RSA.
    pub key_file: PathBuf,
    /// File with our certificate, PEM or DER.
    pub certificate_file: PathBuf,
    /// Files with the certificates it signs with, PEM or DER.
    pub gateway_certificates: Vec<PathBuf>,
    /// Certificates (PEM) of authorities by which its TLS certificate may be known, besides the system's.
    pub authorities: Option<Vec<u8>>,
    /// Time for an answer.
    pub patience: Duration,
    /// How far an answer's date may lie from our clock.
    pub freshness: SignedDuration,
}

/// One service behind the gateway.
#[derive(Clone, Debug)]
pub struct ShepService {
    /// Its identifier in the gateway's register.
    pub service_id: String,
    /// Identifier of a route, where one was agreed on.
    pub route_id: Option<String>,
    /// Whether `correlationId` of its answers is the question's `messageId`. Where it is something of the service's own, it
    /// is not looked at.
    pub correlates: bool,
    /// Status codes that mean: here is the answer.
    pub answered: Vec<String>,
    /// Status codes that mean: there is nothing about this person, for sure.
    pub nothing_found: Vec<String>,
}

/// Why the gateway cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum ShepSetupError {
    /// Not an address of this kind.
    #[error("`{0}` is no address of the gateway: https://, or http:// on this computer")]
    Address(String),
    /// A value is missing.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A status code cannot mean both.
    #[error("status code `{0}` stands in both lists, or twice")]
    StatusTwice(String),
    /// A value is out of bounds.
    #[error("{0}")]
    Bounds(&'static str),
    /// A file.
    #[error("cannot read {path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Our key.
    #[error("key_file: {0}")]
    Key(#[from] KeyFault),
    /// Our certificate.
    #[error("certificate_file: it is no certificate")]
    Certificate,
    /// Our key and certificate together.
    #[error("key_file and certificate_file: {0}")]
    Pair(#[from] SignFault),
    /// The gateway's certificates.
    #[error("gateway_certificates: {0}")]
    Pinned(#[from] PinFault),
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

impl ShepSettings {
    /// What is no file.
    pub(super) fn check(&self) -> Result<(), ShepSetupError> {
        for (name, is_empty) in [
            ("sender_id", self.sender_id.is_empty()),
            ("password_file", self.password.as_deref().is_some_and(str::is_empty)),
            ("gateway_certificates", self.gateway_certificates.is_empty()),
        ] {
            if is_empty {
                return Err(ShepSetupError::Empty(name));
            }
        }
        if self.patience.is_zero() {
            return Err(ShepSetupError::Bounds("the time for an answer must be at least 1 second"));
        }
        let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_hours(1);
        if !bounds.contains(&self.freshness) {
            return Err(ShepSetupError::Bounds("an answer may be 1 to 3600 seconds old"));
        }
        Ok(())
    }

    /// Personal data goes there: over TLS, or within this computer.
    pub(super) fn address(&self) -> Result<Url, ShepSetupError> {
        let url = Url::parse(&self.url).ok().filter(is_fit);
        url.ok_or_else(|| ShepSetupError::Address(self.url.clone()))
    }
}

fn is_fit(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_safe = url.scheme() == "https" || url.scheme() == "http" && is_here;
    is_safe && url.has_host() && url.username().is_empty() && url.password().is_none()
}

impl ShepService {
    /// Whether it can be asked.
    pub(crate) fn check(&self) -> Result<(), ShepSetupError> {
        if self.service_id.is_empty() {
            return Err(ShepSetupError::Empty("service_id"));
        }
        if self.answered.is_empty() {
            return Err(ShepSetupError::Empty("status.answered"));
        }
        let mut codes: Vec<&String> = self.answered.iter().chain(&self.nothing_found).collect();
        codes.sort_unstable();
        match codes.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        }) {
            Some(code) => Err(ShepSetupError::StatusTwice(code.clone())),
            None => Ok(()),
        }
    }
}
