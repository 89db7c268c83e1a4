//! Messages of the asynchronous channel: as they are sent, and as they come, by push or by poll. Children are unqualified.
//!
//! The gateway draws identifiers of messages and chains. Knows no service's data. Read next: `async_channel.rs`.

use jiff::Timestamp;
use roxmltree::Node;

use super::reading::{Children, Unfit, moment, written};
use super::writing::Writer;

const KEY_CHARACTERS_MAX: usize = 30;
const VALUE_CHARACTERS_MAX: usize = 500;

/// Kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// The first of a chain.
    Request,
    /// New data.
    Update,
    /// Word of a state.
    Notification,
    /// The answer.
    Response,
}

impl MessageKind {
    /// Word of the schema.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Update => "UPDATE",
            Self::Notification => "NOTIFICATION",
            Self::Response => "RESPONSE",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let mut all = [Self::Request, Self::Update, Self::Notification, Self::Response].into_iter();
        all.find(|kind| kind.code() == code)
    }
}

/// The head of a message that came.
#[derive(Clone, PartialEq, Eq)]
pub struct AsyncMessage {
    /// How the gateway calls it.
    pub message_id: String,
    /// How the gateway calls the chain.
    pub chain: String,
    /// The service it is meant for.
    pub service_id: String,
    /// Its kind.
    pub kind: MessageKind,
    /// When its sender wrote it.
    pub date: Timestamp,
    /// Who sent it.
    pub sender_id: String,
}

impl std::fmt::Debug for AsyncMessage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "AsyncMessage({}, {})", self.kind.code(), self.date)
    }
}

/// A message that is sent.
pub(super) struct Outgoing<'a> {
    pub(super) kind: MessageKind,
    pub(super) chain: &'a str,
    pub(super) service_id: &'a str,
    pub(super) route_id: Option<&'a str>,
    pub(super) date: Timestamp,
    pub(super) sender_id: &'a str,
    pub(super) password: Option<&'a str>,
}

impl Outgoing<'_> {
    pub(super) fn write(&self, request: &mut Writer, data: impl FnOnce(&mut Writer)) {
        request.element("messageInfo", |info| {
            info.text("messageId", "");
            info.text("correlationId", self.chain);
            info.text("serviceId", self.service_id);
            info.text("messageType", self.kind.code());
            info.optional("routeId", self.route_id);
            info.text("messageDate", &written(self.date));
            sender(info, self.sender_id, self.password);
        });
        request.element("messageData", |outer| outer.element("data", data));
    }
}

pub(super) fn sender(writer: &mut Writer, id: &str, password: Option<&str>) {
    writer.element("sender", |sender| {
        sender.text("senderId", id);
        sender.optional("password", password);
    });
}

/// The head and the data of a message that came: in `request` of a push, or one of `messages` of a poll.
///
/// # Errors
/// [`Unfit`].
pub fn message_in<'a, 'input>(
    message: Node<'a, 'input>,
) -> Result<(AsyncMessage, Node<'a, 'input>), Unfit> {
    let mut children = Children::of(message, None)?;
    let info = head(children.element("messageInfo")?)?;
    let outer = children.element("messageData")?;
    children.end()?;
    let mut outer = Children::of(outer, None)?;
    let data = outer.element("data")?;
    outer.end()?;
    Ok((info, data))
}

/// How the gateway calls a message of which nothing else can be read; `None` where not even that can.
pub(super) fn message_id_in(message: Node<'_, '_>) -> Option<String> {
    let mut children = Children::of(message, None).ok()?;
    let mut info = Children::of(children.optional("messageInfo")?, None).ok()?;
    named(&mut info, "messageId").ok()
}

fn head(info: Node<'_, '_>) -> Result<AsyncMessage, Unfit> {
    let mut info = Children::of(info, None)?;
    let message_id = named(&mut info, "messageId")?;
    let chain = named(&mut info, "correlationId")?;
    let service_id = info.text("serviceId")?;
    let kind = MessageKind::parse(&info.text("messageType")?).ok_or(Unfit("messageType"))?;
    info.optional_text("routeId")?;
    let date = moment(&info.text("messageDate")?).ok_or(Unfit("messageDate"))?;
    let mut sender = Children::of(info.element("sender")?, None)?;
    let sender_id = sender.text("senderId")?;
    sender.optional_text("password")?;
    sender.end()?;
    while let Some(property) = info.optional("properties") {
        let mut property = Children::of(property, None)?;
        let is_long = |text: String, most| text.chars().count() > most;
        if is_long(property.text("key")?, KEY_CHARACTERS_MAX)
            || is_long(property.text("value")?, VALUE_CHARACTERS_MAX)
        {
            return Err(Unfit("properties"));
        }
        property.end()?;
    }
    info.optional_text("sessionId")?;
    info.end()?;
    Ok(AsyncMessage { message_id, chain, service_id, kind, date, sender_id })
}

/// What the gateway always fills in on the way to a receiver.
fn named(info: &mut Children<'_, '_>, name: &'static str) -> Result<String, Unfit> {
    let text = info.text(name)?;
    let is_fit = !text.trim().is_empty() && text.chars().count() <= VALUE_CHARACTERS_MAX;
    if is_fit { Ok(text) } else { Err(Unfit(name)) }
}

/// What the gateway answers to a message it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// How the gateway calls the message from now on.
    pub message_id: String,
    /// How it calls the chain.
    pub chain: String,
    /// When it took it.
    pub date: Timestamp,
}

impl Receipt {
    pub(super) fn read(response: Node<'_, '_>) -> Result<Self, Unfit> {
        let mut response = Children::of(response, None)?;
        let message_id = named(&mut response, "messageId")?;
        let chain = named(&mut response, "correlationId")?;
        let date = moment(&response.text("responseDate")?).ok_or(Unfit("responseDate"))?;
        response.optional_text("sessionId")?;
        response.end()?;
        Ok(Self { message_id, chain, date })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shep::parse;
    use crate::surviving::survives_texts;

    #[test]
    fn messages_of_the_asynchronous_channel_survive_whatever_comes() {
        let samples = [
            include_str!("../../../../docs/shep/examples/async-send-message.xml"),
            include_str!("../../../../docs/shep/examples/async-send-message-answer.xml"),
            include_str!("../../../../docs/shep/examples/async-get-messages-answer.xml"),
        ];
        survives_texts("SHEP, asynchronous channel", &samples, "soap", |text| {
            let Ok(document) = parse(text) else { return };
            for node in document.descendants().filter(Node::is_element).take(20) {
                let _ = message_in(node);
                let _ = message_id_in(node);
                let _ = Receipt::read(node);
            }
        });
    }
}
