//! One page's conversation over its web socket: greeting, heartbeats, requests to sign one after another.
//!
//! Read next: `protocol.rs` for the words, `desk.rs` for the person's side.

use std::sync::Arc;

use axum::extract::ws::{Message as Frame, WebSocket};

use super::behaviour::{Behaviour, Fault};
use super::common_utils;
use super::desk::{Desk, Reply};
use super::protocol::{self, AnswerForm, Message, SignRequest};

/// What happens after a frame.
enum Next {
    Continue,
    Leave,
}

/// Talks until the page leaves.
pub(super) async fn converse(mut socket: WebSocket, desk: Arc<Desk>, origin: String) {
    if desk.behaviour().is(Fault::SilentAfterOpen) {
        return hear_in_silence(&mut socket).await;
    }
    if socket.send(protocol::version(desk.behaviour()).into()).await.is_err() {
        return;
    }
    // Language of the older module's windows, as it was chosen last.
    let mut locale = "kk".to_owned();
    while let Some(Ok(frame)) = socket.recv().await {
        let Frame::Text(text) = frame else { continue };
        let behaviour = desk.behaviour();
        let next = match protocol::read(&text, behaviour) {
            Ok(Message::Sign(mut request)) => {
                request.locale.get_or_insert_with(|| locale.clone());
                sign(&mut socket, &desk, *request, &origin).await
            }
            Ok(Message::Locale(chosen)) => {
                locale = chosen;
                answer(&mut socket, common_utils::obeyed()).await
            }
            Ok(Message::Heartbeat) => answer(&mut socket, protocol::version(behaviour)).await,
            Ok(Message::Tokens) => answer(&mut socket, tokens(behaviour)).await,
            Err(refusal) => answer(&mut socket, protocol::refused(&refusal)).await,
        };
        if matches!(next, Next::Leave) {
            return;
        }
    }
}

fn tokens(behaviour: Behaviour) -> String {
    common_utils::done(&serde_json::json!(behaviour.tokens))
}

/// Takes whatever the page says and says nothing, until it leaves.
async fn hear_in_silence(socket: &mut WebSocket) {
    while let Some(Ok(frame)) = socket.recv().await {
        if matches!(frame, Frame::Close(_)) {
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
    let behaviour = desk.behaviour();
    if let Some(told) = behaviour.told() {
        return answer(socket, protocol::failure(request.form, &told)).await;
    }
    match behaviour.fault {
        Some(Fault::DropsConnection) => Next::Leave,
        Some(Fault::NeverAnswers) => Next::Continue,
        Some(Fault::Freezes) => {
            hear_in_silence(socket).await;
            Next::Leave
        }
        _ => wait_for_person(socket, desk, request, origin).await,
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
                return tell(socket, ticket.request(), reply, desk.behaviour()).await;
            }
            frame = socket.recv() => match frame {
                Some(Ok(Frame::Text(text))) => text,
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return Next::Leave,
                Some(Ok(_)) => continue,
            },
        };
        // One request at a time: the window shows one, so another one meanwhile is an error of the page.
        let behaviour = desk.behaviour();
        let said = match protocol::read(&text, behaviour) {
            Ok(Message::Heartbeat) => protocol::version(behaviour),
            Ok(Message::Tokens) => tokens(behaviour),
            Ok(Message::Locale(_)) => protocol::failure(AnswerForm::LegacyOne, &Busy),
            Ok(Message::Sign(request)) => protocol::failure(request.form, &Busy),
            Err(refusal) => protocol::refused(&refusal),
        };
        if matches!(answer(socket, said).await, Next::Leave) {
            return Next::Leave;
        }
    }
}

/// Tells the page what the person answered, in whatever way the program is to fail at that.
async fn tell(
    socket: &mut WebSocket,
    request: &SignRequest,
    reply: Reply,
    behaviour: Behaviour,
) -> Next {
    tokio::time::sleep(behaviour.delay()).await;
    let text = match reply {
        Reply::Cancelled => protocol::cancelled(request.form),
        Reply::Signed { signatures, certificate } => {
            protocol::signed(request, &signatures, certificate.as_deref(), behaviour)
        }
    };
    match behaviour.fault {
        Some(Fault::ClosesAfterSigning) => Next::Leave,
        Some(Fault::Malformed) => {
            answer(socket, text.chars().take(text.chars().count() / 2).collect()).await
        }
        _ => answer(socket, text).await,
    }
}

/// The window is open for an earlier request of the same page.
#[derive(Debug, thiserror::Error)]
#[error("an earlier request of this page is still waiting")]
struct Busy;
