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

use axum::Router;
use tokio::net::TcpListener;

use crate::connections;

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

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), SmsSimulatorError> {
    if !address.ip().is_loopback() {
        return Err(SmsSimulatorError::NotLoopback);
    }
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// HTTP until `shutdown` is there; connections end with it.
async fn serve_http(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) {
    connections::serve(&listener, shutdown, |stream| connections::http(stream, router.clone()))
        .await;
}
