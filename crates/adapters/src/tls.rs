//! Whom a service is known by over TLS: the system's authorities and, where they are given, some more.

use reqwest::{Certificate, ClientBuilder};

/// Why authorities cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthoritiesError {
    /// The file adds nobody: a mistake to hear of at the start, and not when somebody waits.
    #[error("there is no certificate of an authority in it")]
    Empty,
    /// Rubbish.
    #[error("{0}")]
    Unreadable(#[from] reqwest::Error),
}

/// A client that trusts these authorities (PEM) besides the system's.
pub(crate) fn trusting(
    client: ClientBuilder,
    authorities: Option<&[u8]>,
) -> Result<ClientBuilder, AuthoritiesError> {
    let Some(pem) = authorities else { return Ok(client) };
    let authorities = Certificate::from_pem_bundle(pem)?;
    if authorities.is_empty() {
        return Err(AuthoritiesError::Empty);
    }
    Ok(client.tls_certs_merge(authorities))
}
