//! One question over the synchronous channel and its answer.
//!
//! What comes back is looked at in this order: whether it came in time and as XML, the signature over its body by a
//! certificate of the gateway's, its form, that it belongs to this question, its date, that it did not come before. Only
//! then may somebody read what it says. Read next: `envelope.rs`, `seen.rs`.

use std::sync::{Arc, Mutex, PoisonError};

use app::{Clock, Ids};
use jiff::{SignedDuration, Timestamp};
use roxmltree::Node;
use signature::Moment;
use signature::wss::{Pinned, Reason, Soap, verify};

use super::envelope::{self, Body, RequestInfo, ResponseInfo};
use super::fault::{ShepFault, unsigned_fault};
use super::key::{MessageKey, read};
use super::line::Line;
use super::reading::Unfit;
use super::seen::Seen;
use super::settings::{ShepService, ShepSettings, ShepSetupError};
use super::writing::Writer;

/// The channel to one gateway.
pub(crate) struct SyncChannel {
    line: Line,
    key: MessageKey,
    gateway: Pinned,
    sender_id: String,
    password: Option<String>,
    freshness: SignedDuration,
    seen: Mutex<Seen>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// An answer that is signed, to our question, fresh, and new.
pub(crate) struct Asked {
    /// What the service says became of the question.
    pub(crate) status: String,
    /// Whether it names our question; if it names one, it is ours.
    pub(crate) names_question: bool,
    body: String,
}

impl Asked {
    /// What its data says; `None` where it has none.
    pub(crate) fn data<T>(
        &self,
        read: impl FnOnce(Node<'_, '_>) -> Result<T, Unfit>,
    ) -> Result<Option<T>, Unfit> {
        envelope::data(&self.body, read)
    }
}

impl SyncChannel {
    /// Over these settings.
    pub(crate) fn new(
        settings: &ShepSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ShepSetupError> {
        settings.check()?;
        let mut gateway = Vec::new();
        for path in &settings.gateway_certificates {
            gateway.extend_from_slice(Pinned::read(&read(path)?)?.certificates());
        }
        Ok(Self {
            line: Line::new(settings)?,
            key: MessageKey::load(settings)?,
            gateway: Pinned::new(gateway)?,
            sender_id: settings.sender_id.clone(),
            password: settings.password.clone(),
            freshness: settings.freshness,
            seen: Mutex::new(Seen::new(settings.freshness)),
            clock,
            ids,
        })
    }

    /// Asks a service.
    pub(crate) async fn ask(
        &self,
        service: &ShepService,
        data: impl FnOnce(&mut Writer) + Send,
    ) -> Result<Asked, ShepFault> {
        self.ask_typed(service, "", data).await
    }

    /// Asks a service that wants the type of the data declared: by these attributes of `data`.
    pub(crate) async fn ask_typed(
        &self,
        service: &ShepService,
        attributes: &str,
        data: impl FnOnce(&mut Writer) + Send,
    ) -> Result<Asked, ShepFault> {
        let message_id = self.uuid();
        let question = self.question(&message_id, service, attributes, data)?;
        let answer = self.line.exchange(question).await?;
        self.judged(&answer, service.correlates.then_some(&*message_id))
    }

    fn question(
        &self,
        message_id: &str,
        service: &ShepService,
        attributes: &str,
        data: impl FnOnce(&mut Writer),
    ) -> Result<Vec<u8>, ShepFault> {
        let info = RequestInfo {
            message_id,
            service_id: &service.service_id,
            message_date: self.clock.now(),
            route_id: service.route_id.as_deref(),
            sender_id: &self.sender_id,
            password: self.password.as_deref(),
        };
        let body_id = format!("id-{}", self.uuid());
        let envelope = envelope::request(&info, attributes, data);
        self.key.sign(&envelope, &body_id).map_err(|_| ShepFault::NotSignedByUs)
    }

    /// `question`: the identifier an answer may name.
    fn judged(&self, answer: &[u8], question: Option<&str>) -> Result<Asked, ShepFault> {
        let now = self.clock.now();
        let signed = verify(answer, Soap::V1_1, &self.gateway, Moment(now.as_second()));
        let signed = signed.map_err(|reason| unsigned(answer, reason))?;
        let body = String::from_utf8(signed.canonical).map_err(|_| ShepFault::Unfit("Body"))?;
        let info = match envelope::body(&body)? {
            Body::Answer(info) => info,
            Body::Fault(fault) => return Err(fault),
        };
        self.require_ours(&info, question, now)?;
        let names_question = question.is_some() && info.correlation_id.is_some();
        Ok(Asked { status: info.status, names_question, body })
    }

    fn require_ours(
        &self,
        info: &ResponseInfo,
        question: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ShepFault> {
        if let (Some(question), Some(named)) = (question, &info.correlation_id)
            && question != named
        {
            return Err(ShepFault::OtherQuestion);
        }
        if now.duration_since(info.response_date).abs() > self.freshness {
            return Err(ShepFault::Stale);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_new(&info.message_id, now) { Ok(()) } else { Err(ShepFault::Repeated) }
    }

    /// Random, version 4.
    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.ids.fill(&mut bytes);
        let random = u128::from_be_bytes(bytes);
        let versioned = random & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let digits = format!("{versioned:032x}");
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
    }
}

/// Nothing in it may be believed; a fault of the channel that nobody signed is told by its name all the same.
fn unsigned(answer: &[u8], reason: Reason) -> ShepFault {
    let text = std::str::from_utf8(answer).unwrap_or_default();
    let between = |begin: &str, end: &str| {
        let (_, rest) = text.split_once(begin)?;
        rest.split_once(end).map(|(inside, _)| inside.to_owned())
    };
    let code = || {
        let own = between("<errorCode>", "</errorCode>");
        own.or_else(|| between("<faultcode>", "</faultcode>"))
    };
    match reason {
        Reason::SecurityMissing => {
            code().map_or_else(|| ShepFault::Signature(reason.code()), unsigned_fault)
        }
        _ => ShepFault::Signature(reason.code()),
    }
}
