//! One page's conversation over its web socket: greeting, heartbeats, requests to sign one after another.
//!
//! Read next: `protocol.rs` for the words, `desk.rs` for the person's side.

use std::sync::Arc;

use axum::extract::ws::{Message as Frame, WebSocket};

use super::behaviour::Fault;
use super::desk::{Desk, Reply};
use super::protocol::{self, Message, SignRequest};

/// The simulated program failed because it was told to.
#[derive(Debug, thiserror::Error)]
#[error("the program was told to fail")]
struct ToldToFail;

/// What happens after a frame.
enum Next {
    Continue,
    Leave,
}

/// Talks until the page leaves.
pub(super) async fn converse(mut socket: WebSocket, desk: Arc<Desk>, origin: String) {
    if socket.send(protocol::version(desk.behaviour()).into()).await.is_err() {
        return;
    }
    while let Some(Ok(frame)) = socket.recv().await {
        let Frame::Text(text) = frame else { continue };
        let next = match protocol::read(&text) {
            Ok(Message::Heartbeat) => {
                answer(&mut socket, protocol::version(desk.behaviour())).await
            }
            Ok(Message::Sign(request)) => sign(&mut socket, &desk, *request, &origin).await,
            Err(misunderstanding) => {
                answer(&mut socket, protocol::failure(&misunderstanding)).await
            }
        };
        if matches!(next, Next::Leave) {
            return;
        }
    }
}

async fn answer(socket: &mut WebSocket, text: String) -> Next {
    if socket.send(text.into()).await.is_ok() { Next::Continue } else { Next::Leave }
}

async fn sign(
    socket: &mut WebSocket,
    desk: &Arc<Desk>,
    request: SignRequest,
    origin: &str,
) -> Next {
    match desk.behaviour().fault {
        Some(Fault::DropsConnection) => Next::Leave,
        Some(Fault::NeverAnswers) => Next::Continue,
        Some(Fault::RepliesError) => answer(socket, protocol::failure(&ToldToFail)).await,
        Some(Fault::SignsOtherContent | Fault::OldVersion) | None => {
            wait_for_person(socket, desk, request, origin).await
        }
    }
}

/// Waits for the person, answers heartbeats meanwhile, and withdraws the request when the page leaves.
async fn wait_for_person(
    socket: &mut WebSocket,
    desk: &Arc<Desk>,
    request: SignRequest,
    origin: &str,
) -> Next {
    let mut ticket = desk.put(request, origin.to_owned());
    loop {
        let text = tokio::select! {
            reply = ticket.reply() => {
                let text = match reply {
                    Reply::Cancelled => protocol::cancelled(),
                    Reply::Signed { signatures, certificate } => {
                        protocol::signed(&signatures, certificate.as_deref(), desk.behaviour())
                    }
                };
                return answer(socket, text).await;
            }
            frame = socket.recv() => match frame {
                Some(Ok(Frame::Text(text))) => text,
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return Next::Leave,
                Some(Ok(_)) => continue,
            },
        };
        // One request at a time: the window shows one, so another one meanwhile is an error of the page.
        let said = match protocol::read(&text) {
            Ok(Message::Heartbeat) => protocol::version(desk.behaviour()),
            Ok(Message::Sign(_)) => protocol::failure(&Busy),
            Err(misunderstanding) => protocol::failure(&misunderstanding),
        };
        if matches!(answer(socket, said).await, Next::Leave) {
            return Next::Leave;
        }
    }
}

/// The window is open for an earlier request of the same page.
#[derive(Debug, thiserror::Error)]
#[error("an earlier request of this page is still waiting")]
struct Busy;
