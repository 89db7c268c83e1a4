//! `/.well-known/security.txt` (RFC 9116): where to report a weakness of this service, for whoever finds one.
//!
//! Knows no use case. Nothing is told where nobody is named, or where what was named has expired: a report to an address
//! that nobody reads is lost.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::Shared;
use crate::failure::Failure;

/// Whom to tell of a weakness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityContact {
    /// Addresses (`mailto:`, `https:`, `tel:`), the preferred one first.
    pub addresses: Vec<String>,
    /// Until when they are good.
    pub expires: Timestamp,
    /// Where the policy on reports stands.
    pub policy: Option<String>,
}

impl SecurityContact {
    fn text(&self, public_url: &str) -> String {
        let mut lines: Vec<String> =
            self.addresses.iter().map(|address| format!("Contact: {address}")).collect();
        lines.push(format!("Expires: {}", self.expires));
        lines.push("Preferred-Languages: kk, ru, en".to_owned());
        lines.push(format!("Canonical: {public_url}/.well-known/security.txt"));
        lines.extend(self.policy.iter().map(|policy| format!("Policy: {policy}")));
        lines.join("\n") + "\n"
    }
}

/// `GET /.well-known/security.txt`
pub async fn show(State(portal): State<Shared>) -> Result<Response, Failure> {
    let contact = portal.config.security_contact.as_ref().ok_or(Failure::NotFound)?;
    if contact.expires <= portal.service.now() {
        return Err(Failure::NotFound);
    }
    let text = contact.text(portal.config.public_url.trim_end_matches('/'));
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
