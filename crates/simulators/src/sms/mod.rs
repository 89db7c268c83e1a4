//! Telephones and what leads to them: an SMSC that speaks SMPP, a gateway that takes JSON, the base of mobile citizens, and
//! a page on which the telephones' messages are read.
//!
//! Each can be told to fail in every way such a service fails. Knows nothing of the service that sends. Read next:
//! `phones.rs`, then `smsc.rs`.

mod base;
mod gateway;
mod page;
mod phones;
mod smsc;

pub use base::{BaseFault, BaseState, MobileBase};
pub use gateway::{GatewayFault, GatewayState, SmsHttpGateway};
pub use page::PhonePage;
pub use phones::{Phone, Phones, Received};
pub use smsc::{Smsc, SmscFault, SmscHandle};

use std::net::SocketAddr;

use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::connections;

/// Time for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Why one of them is not there.
#[derive(Debug, thiserror::Error)]
pub enum SmsSimulatorError {
    /// The address is not this computer's own.
    #[error("telephones and what leads to them listen on loopback addresses only")]
    NotLoopback,
    /// The address is taken or forbidden.
    #[error("it cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

pub(crate) async fn listen(
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), SmsSimulatorError> {
    if !address.ip().is_loopback() {
        return Err(SmsSimulatorError::NotLoopback);
    }
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// HTTP, over TLS where there is a certificate, until `shutdown` is there; connections end with it.
async fn serve_http(
    (listener, tls): (TcpListener, Option<TlsAcceptor>),
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) {
    connections::serve(&listener, shutdown, |stream| {
        let (tls, router) = (tls.clone(), router.clone());
        async move {
            match tls {
                None => connections::http(stream, router).await,
                // Whoever does not like the certificate goes away.
                Some(tls) => {
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                        connections::http(stream, router).await;
                    }
                }
            }
        }
    })
    .await;
}

/// Where a listener is found.
fn url_of(address: SocketAddr, tls: Option<&TlsAcceptor>) -> String {
    let scheme = if tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}/")
}
