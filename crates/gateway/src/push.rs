//! The asynchronous channel where the gateway calls us: it brings requests, and tells what became of our messages.

use adapters::shep::{
    ASYNC_CHANNEL, ASYNC_CLIENT, AsyncMessage, Children, Unfit, enveloped, message_in, moment,
    only_element, parse, written,
};
use app::Delivery;
use jiff::Timestamp;
use roxmltree::Node;

use crate::Gateway;
use crate::form::Form;
use crate::refusal::{Operation, Refusal};

/// A call of the gateway, read.
enum Call {
    Message(AsyncMessage, Box<Form>),
    Delivery(Delivered),
}

/// What became of a message of ours.
struct Delivered {
    message_id: String,
    state: Delivery,
    session: Option<String>,
}

impl Gateway {
    /// Answers a call with a signed envelope.
    pub(crate) async fn pushed(&self, message: &[u8]) -> Result<Vec<u8>, (Operation, Refusal)> {
        let body = self.party.judged(message);
        let body = body.map_err(|fault| (Operation::SendMessage, fault.into()))?;
        match self.call(&body)? {
            Call::Message(head, form) => {
                let taken = self.take(&head, *form).await;
                taken.map_err(|refusal| (Operation::SendMessage, refusal))?;
                self.signed(Operation::SendMessage, &self.receipt(&head))
            }
            Call::Delivery(delivery) => {
                let noted = self.note(&delivery).await;
                noted.map_err(|refusal| (Operation::ChangeStatus, refusal))?;
                self.signed(Operation::ChangeStatus, &self.noted(&delivery))
            }
        }
    }

    fn call(&self, body: &str) -> Result<Call, (Operation, Refusal)> {
        let unknown = |unfit: Unfit| (Operation::SendMessage, unfit.into());
        let document = parse(body).map_err(unknown)?;
        let wrapper = only_element(document.root_element());
        let wrapper = wrapper.map_err(|fault| (Operation::SendMessage, fault.into()))?;
        match (wrapper.tag_name().name(), wrapper.tag_name().namespace()) {
            ("sendMessage", Some(ASYNC_CHANNEL)) => {
                self.message(wrapper).map_err(|refusal| (Operation::SendMessage, refusal))
            }
            ("changeMassageStatusNotification", Some(ASYNC_CLIENT)) => {
                self.delivery(wrapper).map_err(|refusal| (Operation::ChangeStatus, refusal))
            }
            _ => Err(unknown(Unfit("Body"))),
        }
    }

    fn message(&self, wrapper: Node<'_, '_>) -> Result<Call, Refusal> {
        let (head, data) = message_in(request_in(wrapper)?)?;
        self.require_request(&head)?;
        Ok(Call::Message(head, Box::new(Form::read(data)?)))
    }

    fn delivery(&self, wrapper: Node<'_, '_>) -> Result<Call, Refusal> {
        let mut request = Children::of(request_in(wrapper)?, None)?;
        let mut notification = Children::of(request.element("notification")?, None)?;
        notification.text("notificationId")?;
        let message_id = notification.text("messageId")?;
        date(&mut notification, "notificationDate")?;
        let state = notification.text("messageState")?;
        let state = Delivery::parse(&state).ok_or(Unfit("messageState"))?;
        let mut status = Children::of(notification.element("status")?, None)?;
        status.text("statusCode")?;
        status.text("statusMessage")?;
        date(&mut status, "statusDate")?;
        status.end()?;
        notification.optional("error");
        notification.end()?;
        let sent = date(&mut request, "requestDate")?;
        let session = request.optional_text("sessionId")?;
        request.end()?;
        if !self.party.is_fresh(sent) {
            return Err(Refusal::Stale);
        }
        Ok(Call::Delivery(Delivered { message_id, state, session }))
    }

    async fn note(&self, delivery: &Delivered) -> Result<(), Refusal> {
        let Delivered { message_id, state, .. } = delivery;
        self.desk.note_delivery(message_id, *state).await.map_err(|error| {
            tracing::error!(%error, "what became of a message cannot be noted now");
            Refusal::NotNow
        })
    }

    fn receipt(&self, head: &AsyncMessage) -> String {
        enveloped("sendMessageResponse", ASYNC_CHANNEL, |wrapper| {
            wrapper.element("response", |response| {
                response.text("messageId", &head.message_id);
                response.text("correlationId", &head.chain);
                response.text("responseDate", &written(self.party.now()));
            });
        })
    }

    fn noted(&self, delivery: &Delivered) -> String {
        let own = || format!("{{{}}}", self.party.uuid());
        let session = delivery.session.clone().unwrap_or_else(own);
        enveloped("changeMassageStatusNotificationResponse", ASYNC_CLIENT, |wrapper| {
            wrapper.element("response", |response| {
                response.text("responseDate", &written(self.party.now()));
                response.text("sessionId", &session);
            });
        })
    }

    pub(crate) fn signed(
        &self,
        operation: Operation,
        envelope: &str,
    ) -> Result<Vec<u8>, (Operation, Refusal)> {
        self.party.sign(envelope).map_err(|_| {
            tracing::error!("an answer to the gateway could not be signed");
            (operation, Refusal::NotNow)
        })
    }
}

pub(crate) fn request_in<'a, 'input>(wrapper: Node<'a, 'input>) -> Result<Node<'a, 'input>, Unfit> {
    let mut inside = Children::of(wrapper, None)?;
    let request = inside.element("request")?;
    inside.end()?;
    Ok(request)
}

fn date(children: &mut Children<'_, '_>, name: &'static str) -> Result<Timestamp, Unfit> {
    moment(&children.text(name)?).ok_or(Unfit(name))
}
