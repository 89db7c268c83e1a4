//! A local signer that speaks NCALayer's protocol with the demo people's keys, so that the portal's page runs the same
//! lines against it as against the program on a citizen's computer.
//!
//! One loopback port answers both plain and TLS connections, and on each both the web socket and the signer's window.
//! Knows nothing of the service that asks. Read next: `protocol.rs`, `desk.rs`, `window.rs`.

mod basics;
mod behaviour;
mod common_utils;
mod desk;
mod protocol;
mod socket;
#[cfg(test)]
mod tests;
mod window;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub use behaviour::{Behaviour, CmsText, Fault, ReplyShape};
pub use desk::{Desk, DeskError, Pending, Unfit};

use crate::authority::{LoopbackCertificate, PersonKey};
use crate::connections;
use crate::people::Text;

/// First byte of a TLS handshake record; no HTTP method begins with it.
const TLS_HANDSHAKE: u8 = 0x16;
/// Time for a connection to say what it is: browsers open some in advance and stay silent.
const HANDSHAKE: Duration = Duration::from_secs(20);

/// The moment of a signature; the signer asks no clock of its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A key the window offers.
#[derive(Clone)]
pub struct OfferedKey {
    /// The key.
    pub key: PersonKey,
    /// Whose situation it belongs to.
    pub about: Text,
}

/// Why the signer is not there.
#[derive(Debug, thiserror::Error)]
pub enum NcaLayerError {
    /// The address is not this computer's own.
    #[error("the signer listens on loopback addresses only")]
    NotLoopback,
    /// The address is taken or forbidden.
    #[error("the signer cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

/// How the signer's TLS connections are set up with a certificate of its own.
///
/// # Errors
/// The certificate or its key is none.
pub fn tls(own: &LoopbackCertificate) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(own.key.clone())
        .map_err(|error| rustls::Error::General(error.to_owned()))?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(own.certificate.clone())], key)?;
    Ok(Arc::new(config))
}

/// The signer, listening.
pub struct NcaLayer {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    desk: Arc<Desk>,
}

impl NcaLayer {
    /// Listens on a loopback address; port 0 draws one. Without `tls` only plain connections are answered.
    ///
    /// # Errors
    /// [`NcaLayerError`].
    pub async fn bind(
        address: SocketAddr,
        keys: Vec<OfferedKey>,
        tls: Option<Arc<ServerConfig>>,
        clock: Clock,
    ) -> Result<Self, NcaLayerError> {
        if !address.ip().is_loopback() {
            return Err(NcaLayerError::NotLoopback);
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk::new(keys, clock));
        Ok(Self { listener, address, tls: tls.map(TlsAcceptor::from), desk })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The person's side, for tests and demos without a person.
    #[must_use]
    pub fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, address, tls, desk } = self;
        let router = window::router(desk, address.port());
        let talk = |stream| connection(stream, tls.clone(), router.clone());
        connections::serve(&listener, shutdown, talk).await;
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router) {
    let mut first = [0];
    let peeked = tokio::time::timeout(HANDSHAKE, stream.peek(&mut first)).await;
    if !matches!(peeked, Ok(Ok(1))) {
        return;
    }
    if first != [TLS_HANDSHAKE] {
        return connections::http(stream, router).await;
    }
    let Some(tls) = tls else { return };
    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
        connections::http(stream, router).await;
    }
}
