//! What the gateway takes from the service over the asynchronous channel: words for the portal, questions for what waits,
//! and what became of it. Only what is signed by the service and exactly as the schemas say.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use roxmltree::{Document, Node};
use signature::Moment;
use signature::wss::{Soap, verify_within};

use super::asking::{ASYNC, CONTRACT, enveloped, guid, value, wrapper};
use super::{Behaviour, Portal, PortalFault};
use crate::shep::asking::{named, text};
use crate::shep::{SLOW, Spoil, XML, hang_up, signed};

/// Documents come with it.
pub(super) const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// What the portal was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// How the gateway calls the message.
    pub message_id: String,
    /// `NOTIFICATION` or `RESPONSE`.
    pub kind: String,
    /// The portal's identifier of the request.
    pub external_id: String,
    /// The service's identifier of the word.
    pub status_id: String,
    /// Code of the state.
    pub state: String,
    /// What became of the request.
    pub resolution: String,
    /// Number of the request, where it has one.
    pub number: Option<String>,
    /// Code and Russian words of a fault.
    pub fault: Option<(String, String)>,
    /// Documents.
    pub documents: Vec<ToldDocument>,
}

/// A document the portal got.
#[derive(Clone, PartialEq, Eq)]
pub struct ToldDocument {
    /// Number.
    pub number: String,
    /// `certificate` or `refusal`.
    pub kind: String,
    /// SHA-256, hexadecimal, as told.
    pub sha256: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for ToldDocument {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ToldDocument({}, {} bytes)", self.number, self.bytes.len())
    }
}

/// Why something is not taken.
struct Declined(&'static str);

/// One call of the service.
enum Call {
    Told(Box<Told>, String),
    Fetch(usize),
    Acknowledged(String, String),
    Status(String),
}

pub(super) async fn taken(State(portal): State<Arc<Portal>>, message: Bytes) -> Response {
    match portal.fault() {
        Some(PortalFault::Slow) => tokio::time::sleep(SLOW).await,
        Some(PortalFault::ServerError) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(PortalFault::SoapFault) => return portal.declined("SBF-VE-8", false),
        Some(PortalFault::SignedSoapFault) => return portal.declined("SBF-VE-8", true),
        _ => {}
    }
    portal.state().came.push(message.to_vec());
    let call = match portal.call(&message) {
        Ok(call) => call,
        Err(Declined(code)) => return portal.declined(code, true),
    };
    let is_response = matches!(&call, Call::Told(told, _) if told.kind == "RESPONSE");
    let answer = match portal.answer(call) {
        Ok(answer) => answer,
        Err(Declined(code)) => return portal.declined(code, true),
    };
    match portal.fault() {
        Some(PortalFault::HangsUp) => hang_up(),
        Some(PortalFault::HangsUpOnResponse) if is_response => hang_up(),
        _ => ([(header::CONTENT_TYPE, XML)], answer).into_response(),
    }
}

impl Portal {
    fn declined(&self, code: &str, is_signed: bool) -> Response {
        let date = (self.clock)();
        let text = enveloped(&format!(
            "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{code}</faultstring><detail>\
             <a:sendMessageFault1_sendMessageFault xmlns:a=\"{ASYNC}\"><errorCode>{code}</errorCode>\
             <errorMessage>{code}</errorMessage><errorDate>{date}</errorDate>\
             </a:sendMessageFault1_sendMessageFault></detail></soap:Fault>"
        ));
        let spoil = (!is_signed).then_some(Spoil::Unsigned);
        let envelope = signed(&self.keys, &text, spoil).unwrap_or_default();
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        (status, [(header::CONTENT_TYPE, XML)], envelope).into_response()
    }

    fn call(&self, message: &[u8]) -> Result<Call, Declined> {
        let now = (self.clock)();
        let moment = Moment(now.as_second());
        let body = verify_within(message, MESSAGE_BYTES_MAX, Soap::V1_1, &self.pinned, moment);
        let body = body.map_err(|_| Declined("SBF-AD-2"))?.canonical;
        let body = String::from_utf8(body).map_err(|_| Declined("VAL-R-004"))?;
        let document = Document::parse(&body).map_err(|_| Declined("VAL-R-004"))?;
        let root = document.root_element();
        let unfit = Declined("VAL-R-004");
        if let Some(request) = wrapper(root, ASYNC, "sendMessage") {
            return self.word(request);
        }
        if let Some(request) = wrapper(root, ASYNC, "getMessages") {
            let [date, service, sender, amount] =
                named(request, "", ["requestDate", "serviceId", "sender", "amount"])
                    .ok_or(unfit)?;
            self.require_service(date, service, sender)?;
            let amount = text(amount).and_then(|amount| amount.parse().ok());
            return Ok(Call::Fetch(amount.unwrap_or_default()));
        }
        if let Some(request) = wrapper(root, ASYNC, "getMessageStatus") {
            return self.status_of(request);
        }
        let request = wrapper(root, ASYNC, "sendDeliveryNotification").ok_or(unfit)?;
        let of = |name| value(request, name).ok_or(Declined("VAL-R-004"));
        Ok(Call::Acknowledged(of("messageId")?, of("receiveStatus")?))
    }

    /// Only of messages there are.
    fn status_of(&self, request: Node<'_, '_>) -> Result<Call, Declined> {
        let [id, date, sender] = named(request, "", ["messageId", "requestDate", "sender"])
            .ok_or(Declined("VAL-R-004"))?;
        self.require_sender(date, sender)?;
        let id = text(id).unwrap_or_default().to_owned();
        let is_known = self.state().told.iter().any(|told| told.message_id == id);
        if is_known { Ok(Call::Status(id)) } else { Err(Declined("SBF-VE-4")) }
    }

    fn word(&self, request: Node<'_, '_>) -> Result<Call, Declined> {
        let unfit = || Declined("VAL-R-004");
        let [info, outer] = named(request, "", ["messageInfo", "messageData"]).ok_or_else(unfit)?;
        let [data] = named(outer, "", ["data"]).ok_or_else(unfit)?;
        let [id, chain, service, kind, date, sender] = named(
            info,
            "",
            ["messageId", "correlationId", "serviceId", "messageType", "messageDate", "sender"],
        )
        .ok_or_else(unfit)?;
        // The gateway draws it, so nobody else may.
        if text(id).is_some_and(|id| !id.is_empty()) {
            return Err(unfit());
        }
        self.require_service(date, service, sender)?;
        let chain = text(chain).unwrap_or_default().to_owned();
        if !self.state().open_chains.contains(&chain) {
            return Err(Declined("SBF-VE-3"));
        }
        let kind = text(kind).unwrap_or_default().to_owned();
        let [status] = named(data, CONTRACT, ["typedRequestStatusData"]).ok_or_else(unfit)?;
        let told = told(status, kind).ok_or_else(unfit)?;
        Ok(Call::Told(Box::new(told), chain))
    }

    fn require_service(
        &self,
        date: Node<'_, '_>,
        service: Node<'_, '_>,
        sender: Node<'_, '_>,
    ) -> Result<(), Declined> {
        if text(service) != Some(&*self.service.request_service) {
            return Err(Declined("SBF-AD-1"));
        }
        self.require_sender(date, sender)
    }

    fn require_sender(&self, date: Node<'_, '_>, sender: Node<'_, '_>) -> Result<(), Declined> {
        let [id, password] =
            named(sender, "", ["senderId", "password"]).ok_or(Declined("SBF-AD-1"))?;
        let own = &self.service;
        if text(id) != Some(&*own.id) || text(password) != Some(&*own.password) {
            return Err(Declined("SBF-AD-1"));
        }
        let date: Option<Timestamp> = text(date).and_then(|date| date.parse().ok());
        let date = date.ok_or(Declined("VAL-R-004"))?;
        let is_fresh = (self.clock)().duration_since(date).abs() <= FRESH;
        if is_fresh { Ok(()) } else { Err(Declined("SBF-VE-1")) }
    }

    fn answer(&self, call: Call) -> Result<Vec<u8>, Declined> {
        let fault = self.fault();
        let now = (self.clock)();
        let date = match fault {
            Some(PortalFault::OldDate) => now - SignedDuration::from_hours(24),
            _ => now,
        };
        let (name, content) = match call {
            Call::Told(told, chain) => {
                if let (Some(PortalFault::Replayed), Some(first)) =
                    (fault, &self.state().first_receipt)
                {
                    return Ok(first.clone());
                }
                ("sendMessageResponse", self.receipt(*told, &chain, fault, date)?)
            }
            Call::Fetch(amount) => ("getMessagesResponse", self.waiting(amount, date)),
            Call::Acknowledged(id, status) => {
                let mut state = self.state();
                state.waiting.retain(|(waiting, _, _)| *waiting != id);
                state.acknowledged.push((id, status));
                let content = format!(
                    "<notificationId>1</notificationId><responseDate>{date}</responseDate>\
                     <sessionId>{}</sessionId>",
                    guid()
                );
                ("sendDeliveryNotificationResponse", content)
            }
            Call::Status(id) => {
                let state = self.state().deliveries.get(&id).copied().unwrap_or("DELIVERED");
                let content = format!(
                    "<messageState>{state}</messageState><status><statusCode>1</statusCode>\
                     <statusMessage>{state}</statusMessage><statusDate>{now}</statusDate></status>\
                     <responseDate>{date}</responseDate><sessionId>{}</sessionId>",
                    guid()
                );
                ("getMessageStatusResponse", content)
            }
        };
        let text = enveloped(&format!(
            "<a:{name} xmlns:a=\"{ASYNC}\"><response>{content}</response></a:{name}>"
        ));
        let spoil = match fault {
            Some(PortalFault::Spoilt(spoil)) => Some(spoil),
            _ => None,
        };
        let envelope = signed(&self.keys, &text, spoil).map_err(|_| Declined("SBF-VE-8"))?;
        if name == "sendMessageResponse" {
            self.state().first_receipt.get_or_insert_with(|| envelope.clone());
        }
        Ok(envelope)
    }

    fn receipt(
        &self,
        told: Told,
        chain: &str,
        fault: Option<PortalFault>,
        date: Timestamp,
    ) -> Result<String, Declined> {
        let mut state = self.state();
        let declines = fault == Some(PortalFault::DeclinesOneResponse) && told.kind == "RESPONSE";
        if declines && !state.declined_once {
            state.declined_once = true;
            return Err(Declined("SBF-VE-8"));
        }
        let message_id = guid();
        note(&mut state, Told { message_id: message_id.clone(), ..told });
        let other = guid();
        let chain = if fault == Some(PortalFault::OtherChain) { &other } else { chain };
        if fault == Some(PortalFault::BrokenAnswer) {
            return Ok("<ok></ok>".to_owned());
        }
        Ok(format!(
            "<messageId>{message_id}</messageId><correlationId>{chain}</correlationId>\
             <responseDate>{date}</responseDate><sessionId>{}</sessionId>",
            guid()
        ))
    }

    fn waiting(&self, amount: usize, date: Timestamp) -> String {
        let waiting: Vec<_> = self.state().waiting.iter().take(amount).cloned().collect();
        let messages: String = waiting
            .iter()
            .map(|(id, chain, request)| {
                format!("<messages>{}</messages>", self.message(id, chain, request, None))
            })
            .collect();
        format!("<responseDate>{date}</responseDate><sessionId>{}</sessionId>{messages}", guid())
    }
}

/// A word told again is no second word; it came with another message.
fn note(state: &mut Behaviour, told: Told) {
    match state.told.iter_mut().find(|one| one.status_id == told.status_id) {
        Some(known) => known.message_id = told.message_id,
        None => state.told.push(told),
    }
}

fn told(status: Node<'_, '_>, kind: String) -> Option<Told> {
    let of = |name: &str| value(status, name);
    let child = |name: &str| {
        status.children().find(|node| node.is_element() && node.tag_name().name() == name)
    };
    let fault = match child("fault") {
        Some(fault) => Some((value(fault, "code")?, value(fault, "ruValue")?)),
        None => None,
    };
    let state = child("request").or_else(|| child("state"))?;
    let documents = status.children().filter(|node| node.tag_name().name() == "updatedValues");
    let documents: Option<Vec<_>> = documents.map(document).collect();
    Some(Told {
        message_id: String::new(),
        kind,
        external_id: of("externalRequestId")?,
        status_id: of("statusId")?,
        state: value(state, "code")?,
        resolution: of("resolutionType")?,
        number: child("request").and_then(|request| value(request, "number")),
        fault,
        documents: documents?,
    })
}

fn document(values: Node<'_, '_>) -> Option<ToldDocument> {
    let bytes = STANDARD.decode(value(values, "content")?).ok()?;
    Some(ToldDocument {
        number: value(values, "number")?,
        kind: value(values, "kind")?,
        sha256: value(values, "sha256")?,
        bytes,
    })
}
