//! Our side of the asynchronous channel where we call the gateway: telling a word, fetching what waits for us, and saying
//! what became of what was fetched.
//!
//! An answer counts as one over the synchronous channel does: signed by the gateway, of the form, fresh, of this chain. Read
//! next: `async_messages.rs`, `party.rs`.

use std::sync::Arc;

use app::{Clock, Delivery, Ids};
use roxmltree::Node;

use super::ASYNC_CHANNEL;
use super::async_messages::{
    AsyncMessage, MessageKind, Outgoing, Receipt, message_id_in, message_in, sender,
};
use super::fault::ShepFault;
use super::line::Line;
use super::party::ShepParty;
use super::reading::{Children, Unfit, moment, parse, written};
use super::settings::{ShepSettings, ShepSetupError};
use super::soap::{enveloped, only_element};
use super::writing::Writer;

/// A message that was fetched and is not as the schema says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// How the gateway calls it, where that can be read.
    pub message_id: Option<String>,
    /// At which element.
    pub unfit: Unfit,
}

/// The channel of one exchange of services at one gateway.
pub struct AsyncChannel {
    line: Line,
    party: Arc<ShepParty>,
    service_id: String,
    route_id: Option<String>,
}

impl AsyncChannel {
    /// Over these settings.
    ///
    /// # Errors
    /// [`ShepSetupError`].
    pub fn new(
        settings: &ShepSettings,
        service_id: &str,
        route_id: Option<&str>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ShepSetupError> {
        if service_id.is_empty() {
            return Err(ShepSetupError::Empty("service_id"));
        }
        Ok(Self {
            line: Line::new(settings)?,
            party: Arc::new(ShepParty::new(settings, clock, ids)?),
            service_id: service_id.to_owned(),
            route_id: route_id.map(ToOwned::to_owned),
        })
    }

    /// We and the gateway, for what comes from it.
    #[must_use]
    pub fn party(&self) -> Arc<ShepParty> {
        Arc::clone(&self.party)
    }

    /// The service it is for.
    #[must_use]
    pub fn service_id(&self) -> &str {
        &self.service_id
    }

    /// Sends a message of a chain.
    ///
    /// # Errors
    /// [`ShepFault`]: it may have been taken all the same.
    pub async fn send(
        &self,
        kind: MessageKind,
        chain: &str,
        data: impl FnOnce(&mut Writer) + Send,
    ) -> Result<Receipt, ShepFault> {
        let message = Outgoing {
            kind,
            chain,
            service_id: &self.service_id,
            route_id: self.route_id.as_deref(),
            date: self.party.now(),
            sender_id: &self.party.sender_id,
            password: self.party.password.as_deref(),
        };
        let envelope = enveloped("sendMessage", ASYNC_CHANNEL, |wrapper| {
            wrapper.element("request", |request| message.write(request, data));
        });
        let receipt = self.call(&envelope, "sendMessageResponse", Receipt::read).await?;
        if receipt.chain != chain {
            return Err(ShepFault::OtherQuestion);
        }
        if !self.party.is_fresh(receipt.date) {
            return Err(ShepFault::Stale);
        }
        Ok(receipt)
    }

    /// Fetches what waits for us, at most so many. `read` is given each message with its data; what it makes of them comes
    /// back in their order. One that cannot be read is told apart from those beside it, or it would come with them again
    /// and again.
    ///
    /// # Errors
    /// [`ShepFault`].
    pub async fn fetch<T: Send>(
        &self,
        amount: u32,
        read: impl Fn(AsyncMessage, Node<'_, '_>) -> T + Send,
    ) -> Result<Vec<Result<T, Unread>>, ShepFault> {
        let envelope = enveloped("getMessages", ASYNC_CHANNEL, |wrapper| {
            wrapper.element("request", |request| {
                request.text("requestDate", &written(self.party.now()));
                request.text("serviceId", &self.service_id);
                sender(request, &self.party.sender_id, self.party.password.as_deref());
                request.text("amount", &amount.to_string());
            });
        });
        let (date, all) = self
            .call(&envelope, "getMessagesResponse", |response| {
                let mut response = Children::of(response, None)?;
                let date = moment(&response.text("responseDate")?).ok_or(Unfit("responseDate"))?;
                response.text("sessionId")?;
                let mut all = Vec::new();
                while let Some(message) = response.optional("messages") {
                    all.push(match message_in(message) {
                        Ok((head, data)) => Ok(read(head, data)),
                        Err(unfit) => Err(Unread { message_id: message_id_in(message), unfit }),
                    });
                }
                response.end()?;
                Ok((date, all))
            })
            .await?;
        if self.party.is_fresh(date) { Ok(all) } else { Err(ShepFault::Stale) }
    }

    /// Says whether a message that was fetched is ours from now on. Where it is not, `refusal` names the code of why, and
    /// whether it may come again.
    ///
    /// # Errors
    /// [`ShepFault`].
    pub async fn acknowledge(
        &self,
        message_id: &str,
        refusal: Option<(&str, bool)>,
    ) -> Result<(), ShepFault> {
        let now = written(self.party.now());
        let envelope = enveloped("sendDeliveryNotification", ASYNC_CHANNEL, |wrapper| {
            wrapper.element("request", |request| {
                request.element("notification", |notification| {
                    notification.text("messageId", message_id);
                    notification.text("serviceId", &self.service_id);
                    notification.text("notificationDate", &now);
                    notification
                        .element("deliveryStatus", |status| delivery_status(status, refusal, &now));
                });
                request.text("requestDate", &now);
                sender(request, &self.party.sender_id, self.party.password.as_deref());
            });
        });
        let date = self
            .call(&envelope, "sendDeliveryNotificationResponse", |response| {
                let mut response = Children::of(response, None)?;
                response.text("notificationId")?;
                let date = moment(&response.text("responseDate")?).ok_or(Unfit("responseDate"))?;
                response.text("sessionId")?;
                response.end()?;
                Ok(date)
            })
            .await?;
        if self.party.is_fresh(date) { Ok(()) } else { Err(ShepFault::Stale) }
    }

    /// What the gateway says of the delivery of a message of ours. Its answer names neither message nor chain: it is signed
    /// and fresh, and that is all that can be asked of it.
    ///
    /// # Errors
    /// [`ShepFault`].
    pub async fn status(&self, message_id: &str) -> Result<Delivery, ShepFault> {
        let envelope = enveloped("getMessageStatus", ASYNC_CHANNEL, |wrapper| {
            wrapper.element("request", |request| {
                request.text("messageId", message_id);
                request.text("requestDate", &written(self.party.now()));
                sender(request, &self.party.sender_id, self.party.password.as_deref());
            });
        });
        let read = |response: Node<'_, '_>| {
            let mut response = Children::of(response, None)?;
            let state = Delivery::parse(&response.text("messageState")?);
            let state = state.ok_or(Unfit("messageState"))?;
            let mut status = Children::of(response.element("status")?, None)?;
            status.text("statusCode")?;
            status.text("statusMessage")?;
            moment(&status.text("statusDate")?).ok_or(Unfit("statusDate"))?;
            status.end()?;
            let date = moment(&response.text("responseDate")?).ok_or(Unfit("responseDate"))?;
            response.optional_text("sessionId")?;
            response.end()?;
            Ok((date, state))
        };
        let (date, state) = self.call(&envelope, "getMessageStatusResponse", read).await?;
        if self.party.is_fresh(date) { Ok(state) } else { Err(ShepFault::Stale) }
    }

    async fn call<T>(
        &self,
        envelope: &str,
        answer: &'static str,
        read: impl FnOnce(Node<'_, '_>) -> Result<T, Unfit>,
    ) -> Result<T, ShepFault> {
        let message = self.party.sign(envelope)?;
        let came = self.line.exchange(message).await?;
        let body = self.party.judged(&came)?;
        let document = parse(&body)?;
        let wrapper = only_element(document.root_element())?;
        let is_it = wrapper.tag_name().name() == answer
            && wrapper.tag_name().namespace() == Some(ASYNC_CHANNEL);
        if !is_it {
            return Err(Unfit(answer).into());
        }
        let mut inside = Children::of(wrapper, None)?;
        let response = inside.element("response")?;
        inside.end()?;
        Ok(read(response)?)
    }
}

fn delivery_status(status: &mut Writer, refusal: Option<(&str, bool)>, now: &str) {
    let (receive, resend) = match refusal {
        None => ("MESSAGE_ACCEPTED", "NOT_RESEND"),
        // Written so by the gateway.
        Some((_, true)) => ("MESSAGE_NOT_ACCTEPTED", "RESEND"),
        Some((_, false)) => ("MESSAGE_NOT_ACCTEPTED", "NOT_RESEND"),
    };
    status.text("receiveStatus", receive);
    status.text("statusDate", now);
    status.text("resendMessage", resend);
    if let Some((code, _)) = refusal {
        status.element("error", |error| {
            error.text("errorCode", code);
            error.text("errorMessage", code);
            error.text("errorDate", now);
        });
    }
}
