//! What the gateway and the service behind it take: signed by who may ask, and exactly as the schemas say.

use domain::Iin;
use jiff::{SignedDuration, Timestamp};
use roxmltree::{Document, Node};
use signature::Moment;
use signature::wss::{Soap, verify};

use super::Gateway;
use super::control::{AskedPerson, KDP_SERVICE};
use super::fault::Refusal;
use super::persons::{LookedUp, PERSONS_SERVICE};

/// Namespace of the channel.
pub(super) const CHANNEL: &str = "http://bip.bee.kz/SyncChannel/v10/Types";
/// Namespace of the contract.
pub(super) const CONTRACT: &str = "urn:anyqtama:guardianships:v1";
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// A question that was taken.
pub(super) struct Question {
    pub(super) message_id: String,
    pub(super) about: About,
}

/// How the data of a service's questions are read.
type Reading = for<'a, 'input> fn(Node<'a, 'input>) -> Option<About>;

/// What a question is about.
pub(super) enum About {
    /// The guardianships of a person, and the consent that was shown.
    Guardianships { guardian: Iin, proof: Option<(String, String)> },
    /// A person's consent.
    Consent(AskedPerson),
    /// A person of the register.
    Person(LookedUp),
}

/// A refusal for the sender's doing.
const fn refusal(code: &'static str, message: &'static str) -> Refusal {
    Refusal { code, message }
}

const NOT_SIGNED: Refusal = refusal("SBF-AD-2", "The signature of the message is not accepted");
const NOT_AS_THE_SCHEMA: Refusal = refusal("VAL-R-004", "The message is not as the schema says");
const NOT_ALLOWED: Refusal = refusal("SBF-AD-1", "The sender may not use this service");
const OUTDATED: Refusal = refusal("SBF-VE-1", "The date of the message is not accepted");
const REPEATED: Refusal = refusal("SBF-VE-2", "The message came before");

impl Gateway {
    pub(super) fn count(&self, question: &[u8]) {
        let mut state = self.state();
        state.asked += 1;
        state.last_question = Some(question.to_vec());
    }

    /// Reads and judges an envelope.
    pub(super) fn question(&self, envelope: &[u8]) -> Result<Question, Refusal> {
        let now = (self.clock)();
        let signed = verify(envelope, Soap::V1_1, &self.pinned, Moment(now.as_second()));
        let body = signed.map_err(|_| NOT_SIGNED)?.canonical;
        let body = String::from_utf8(body).map_err(|_| NOT_AS_THE_SCHEMA)?;
        let document = Document::parse(&body).map_err(|_| NOT_AS_THE_SCHEMA)?;
        let head = Head::read(document.root_element()).ok_or(NOT_AS_THE_SCHEMA)?;
        let sender = &self.sender;
        if head.sender_id != sender.id || head.password != Some(sender.password.as_str()) {
            return Err(NOT_ALLOWED);
        }
        let read: Reading = match head.service_id {
            KDP_SERVICE => consent,
            PERSONS_SERVICE => person,
            own if own == sender.service_id => guardianships,
            _ => return Err(NOT_ALLOWED),
        };
        if now.duration_since(head.message_date).abs() > FRESH {
            return Err(OUTDATED);
        }
        if !self.state().message_ids.insert(head.message_id.to_owned()) {
            return Err(REPEATED);
        }
        let about = read(head.data).ok_or(NOT_AS_THE_SCHEMA)?;
        Ok(Question { message_id: head.message_id.to_owned(), about })
    }
}

/// The head of a question, and its data.
struct Head<'a, 'input> {
    message_id: &'a str,
    service_id: &'a str,
    message_date: Timestamp,
    sender_id: &'a str,
    password: Option<&'a str>,
    data: Node<'a, 'input>,
}

impl<'a, 'input> Head<'a, 'input> {
    fn read(body: Node<'a, 'input>) -> Option<Self> {
        let [wrapper] = named(body, CHANNEL, ["SendMessage"])?;
        let [request] = named(wrapper, "", ["request"])?;
        let [info, data] = named(request, "", ["requestInfo", "requestData"])?;
        let [data] = named(data, "", ["data"])?;
        let with_route = ["messageId", "serviceId", "messageDate", "routeId", "sender"];
        let (message_id, service_id, message_date, sender) = match named(info, "", with_route) {
            Some([id, service, date, _, sender]) => (id, service, date, sender),
            None => {
                let without = ["messageId", "serviceId", "messageDate", "sender"];
                let [id, service, date, sender] = named(info, "", without)?;
                (id, service, date, sender)
            }
        };
        let (sender_id, password) = match named(sender, "", ["senderId", "password"]) {
            Some([id, password]) => (id, Some(password)),
            None => {
                let [id] = named(sender, "", ["senderId"])?;
                (id, None)
            }
        };
        Some(Self {
            message_id: text(message_id)?,
            service_id: text(service_id)?,
            message_date: text(message_date)?.parse().ok()?,
            sender_id: text(sender_id)?,
            password: password.and_then(text),
            data,
        })
    }
}

fn guardianships(data: Node<'_, '_>) -> Option<About> {
    let [request] = named(data, CONTRACT, ["guardianshipsRequest"])?;
    let with_proof = named(request, CONTRACT, ["guardianIin", "kdpToken", "publicKey"]);
    let (iin, proof) = match with_proof {
        Some([iin, token, key]) => (iin, Some((text(token)?.to_owned(), text(key)?.to_owned()))),
        None => {
            let [iin] = named(request, CONTRACT, ["guardianIin"])?;
            (iin, None)
        }
    };
    Some(About::Guardianships { guardian: Iin::parse(text(iin)?).ok()?, proof })
}

/// Whether data are declared as of this type. Which namespace it is in cannot be told: the canonical form, which alone is
/// signed, leaves out prefixes that stand in values.
fn is_declared(data: Node<'_, '_>, expected: &str) -> bool {
    let kind = data.attribute(("http://www.w3.org/2001/XMLSchema-instance", "type"));
    kind.is_some_and(|kind| kind.rsplit(':').next() == Some(expected))
}

/// Of the type `Request`, its elements in their order.
fn person(data: Node<'_, '_>) -> Option<About> {
    if !is_declared(data, "Request") {
        return None;
    }
    let with_proof =
        named(data, "", ["messageId", "messageDate", "senderCode", "iin", "kdpToken", "publicKey"]);
    let (id, date, sender, iin, proof) = match with_proof {
        Some([id, date, sender, iin, token, key]) => {
            (id, date, sender, iin, Some((text(token)?.to_owned(), text(key)?.to_owned())))
        }
        None => {
            let without = ["messageId", "messageDate", "senderCode", "iin"];
            let [id, date, sender, iin] = named(data, "", without)?;
            (id, date, sender, iin, None)
        }
    };
    let _: Timestamp = text(date)?.parse().ok()?;
    let is_whole = [id, sender].into_iter().all(|node| text(node).is_some_and(|it| !it.is_empty()));
    let iin = Iin::parse(text(iin)?).ok()?;
    is_whole.then_some(About::Person(LookedUp { iin, proof }))
}

/// Of the type `getUserDataRequest`, its elements in their order.
fn consent(data: Node<'_, '_>) -> Option<About> {
    if !is_declared(data, "getUserDataRequest") {
        return None;
    }
    let mut fields = data.children().filter(|node| !is_blank(*node)).peekable();
    let is = |node: &Node<'_, '_>, name: &str| {
        node.tag_name().name() == name && node.tag_name().namespace().is_none()
    };
    let mut next = |name: &str| {
        let node = fields.next_if(|node| is(node, name))?;
        Some(text(node)?.to_owned())
    };
    let iin = Iin::parse(&next("uin")?).ok()?;
    for name in ["company", "company_bin", "company_responsible"] {
        next(name).filter(|said| !said.is_empty())?;
    }
    next("employee_name");
    let access_names: Vec<String> = std::iter::from_fn(|| next("access_name")).collect();
    next("personal_data_name").filter(|said| !said.is_empty())?;
    let expires_in_ms = next("expiresIn")?.parse().ok()?;
    let by_message = match next("omit-sms")?.as_str() {
        "true" => false,
        "false" => true,
        _ => return None,
    };
    let is_whole = fields.next().is_none() && !access_names.is_empty();
    is_whole.then_some(About::Consent(AskedPerson { iin, by_message, access_names, expires_in_ms }))
}

/// The elements of a node, which must be these in this order.
pub(crate) fn named<'a, 'input, const N: usize>(
    parent: Node<'a, 'input>,
    namespace: &str,
    names: [&str; N],
) -> Option<[Node<'a, 'input>; N]> {
    let inside: Vec<_> = parent.children().filter(|node| !is_blank(*node)).collect();
    let inside: [Node<'a, 'input>; N] = inside.try_into().ok()?;
    let is_it = |(node, name): (&Node<'_, '_>, &str)| {
        node.tag_name().name() == name
            && node.tag_name().namespace().unwrap_or_default() == namespace
    };
    inside.iter().zip(names).all(is_it).then_some(inside)
}

fn is_blank(node: Node<'_, '_>) -> bool {
    node.is_text() && node.text().is_some_and(|text| text.trim().is_empty())
}

pub(crate) fn text<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.children().all(|child| child.is_text()).then(|| node.text()).flatten()
}
