//! What systemd and the program tell each other: the socket it holds for us, and how far we are. Elsewhere neither is there,
//! and nothing is missed.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::net::TcpListener;

/// The socket that was opened for us, where connections wait while one process takes another's place; else one of our own.
///
/// # Errors
/// Nothing can be listened at.
pub async fn listener(listen: SocketAddr) -> Result<TcpListener> {
    match ListenFd::from_env().take_tcp_listener(0).context("the socket handed to us")? {
        Some(socket) => {
            socket.set_nonblocking(true)?;
            Ok(TcpListener::from_std(socket)?)
        }
        None => {
            TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))
        }
    }
}

/// We serve.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// We finish what was begun.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd cannot be told");
    }
}
