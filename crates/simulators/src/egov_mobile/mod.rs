//! A telephone with the application eGov Mobile: it reads a QR code's text or a link, asks the site for the document, shows
//! it, signs and sends the signature, as the protocol "mobileSign" has it.
//!
//! Holds the site to the protocol strictly and can be told to fail in every way such a telephone fails. Knows nothing of
//! the service. Read next: `shapes.rs` for the protocol, `phone.rs` for the application, `window.rs` for its screen.

mod behaviour;
mod phone;
mod shapes;
#[cfg(test)]
mod tests;
mod window;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

pub use behaviour::Fault;
pub use phone::{Answer, Phone, PhoneError};
pub use shapes::{Auth, Invitation, Method, Order, address_of};

use crate::authority::PersonKey;
use crate::connections;
use crate::ncalayer::Clock;
use crate::people::Text;

/// The keys of one person on the telephone.
#[derive(Clone)]
pub struct PhoneKey {
    /// For signing documents.
    pub signing: PersonKey,
    /// For signing in.
    pub entry: PersonKey,
    /// Whose situation it belongs to.
    pub about: Text,
}

/// Why the telephone is not there.
#[derive(Debug, thiserror::Error)]
pub enum EgovMobileError {
    /// The address is not this computer's own.
    #[error("the telephone listens on loopback addresses only")]
    NotLoopback,
    /// The address is taken or forbidden.
    #[error("the telephone cannot listen: {0}")]
    Io(#[from] std::io::Error),
    /// The telephone cannot be made.
    #[error(transparent)]
    Phone(#[from] PhoneError),
}

/// The telephone's screen, listening.
pub struct EgovMobile {
    listener: TcpListener,
    address: SocketAddr,
    screen: Arc<window::Screen>,
}

impl EgovMobile {
    /// Listens on a loopback address; port 0 draws one. It talks to these hosts only, as the application does to those
    /// that are registered for it.
    ///
    /// # Errors
    /// [`EgovMobileError`].
    pub async fn bind(
        address: SocketAddr,
        keys: Vec<PhoneKey>,
        known: Vec<String>,
        clock: Clock,
    ) -> Result<Self, EgovMobileError> {
        if !address.ip().is_loopback() {
            return Err(EgovMobileError::NotLoopback);
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let phone = Phone::new(known, clock)?;
        Ok(Self { listener, address, screen: Arc::new(window::Screen { phone, keys }) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, address, screen } = self;
        let router = window::router(screen, address.port());
        let talk = |stream| connections::http(stream, router.clone());
        connections::serve(&listener, shutdown, talk).await;
    }
}
