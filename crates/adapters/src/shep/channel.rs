//! One question over the synchronous channel and its answer.
//!
//! What comes back is looked at in this order: whether it came in time and as XML, the signature over its body by a
//! certificate of the gateway's, its form, that it belongs to this question, its date, that it did not come before. Only
//! then may somebody read what it says. Read next: `envelope.rs`, `seen.rs`.

use std::sync::{Arc, Mutex, PoisonError};

use app::{Clock, Ids};
use roxmltree::Node;

use super::envelope::{self, Body, RequestInfo, ResponseInfo};
use super::fault::ShepFault;
use super::line::Line;
use super::party::ShepParty;
use super::reading::Unfit;
use super::seen::Seen;
use super::settings::{ShepService, ShepSettings, ShepSetupError};
use super::writing::Writer;

/// The channel to one gateway.
pub(crate) struct SyncChannel {
    line: Line,
    party: ShepParty,
    seen: Mutex<Seen>,
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
        Ok(Self {
            line: Line::new(settings)?,
            party: ShepParty::new(settings, clock, ids)?,
            seen: Mutex::new(Seen::new(settings.freshness)),
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
        let message_id = self.party.uuid();
        let question = self.question(&message_id, service, attributes, data)?;
        let answer = self.line.exchange(question).await?;
        self.judged(&answer, service.correlates.then_some(&*message_id))
    }

    /// A random identifier, for services that want one of their own in the data.
    pub(crate) fn uuid(&self) -> String {
        self.party.uuid()
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
            message_date: self.party.now(),
            route_id: service.route_id.as_deref(),
            sender_id: &self.party.sender_id,
            password: self.party.password.as_deref(),
        };
        self.party.sign(&envelope::request(&info, attributes, data))
    }

    /// `question`: the identifier an answer may name.
    fn judged(&self, answer: &[u8], question: Option<&str>) -> Result<Asked, ShepFault> {
        let body = self.party.judged(answer)?;
        let info = match envelope::body(&body)? {
            Body::Answer(info) => info,
            Body::Fault(fault) => return Err(fault),
        };
        self.require_ours(&info, question)?;
        let names_question = question.is_some() && info.correlation_id.is_some();
        Ok(Asked { status: info.status, names_question, body })
    }

    fn require_ours(&self, info: &ResponseInfo, question: Option<&str>) -> Result<(), ShepFault> {
        if let (Some(question), Some(named)) = (question, &info.correlation_id)
            && question != named
        {
            return Err(ShepFault::OtherQuestion);
        }
        if !self.party.is_fresh(info.response_date) {
            return Err(ShepFault::Stale);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_new(&info.message_id, self.party.now()) {
            Ok(())
        } else {
            Err(ShepFault::Repeated)
        }
    }
}
