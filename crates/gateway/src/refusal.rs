//! What is not taken, and how that is said: a fault of the channel as its schema has it, by a code that never names a
//! person.

use adapters::shep::{
    ASYNC_CLIENT, SOAP, SYNC_CHANNEL, ShepFault, ShepParty, Unfit, Writer, written,
};

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing of it may be believed: its signature.
    Signature(&'static str),
    /// Signed, and not as the schema says, at this element.
    Unfit(&'static str),
    /// Of another day or hour.
    Stale,
    /// It came before.
    Repeated,
    /// Sent by somebody else than the portal.
    Sender,
    /// For a service we are not.
    Service,
    /// A kind of message that is not sent here.
    Kind,
    /// Another request of the portal had this identifier.
    OtherBody,
    /// We cannot take it now: it may come again.
    NotNow,
}

impl Refusal {
    /// Stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Signature(_) => "SIGNATURE_NOT_ACCEPTED",
            Self::Unfit(_) => "NOT_AS_THE_SCHEMA",
            Self::Stale => "DATE_NOT_ACCEPTED",
            Self::Repeated => "MESSAGE_REPEATED",
            Self::Sender => "SENDER_NOT_ACCEPTED",
            Self::Service => "SERVICE_UNKNOWN",
            Self::Kind => "MESSAGE_TYPE_NOT_ACCEPTED",
            Self::OtherBody => "REQUEST_ID_USED",
            Self::NotNow => "NOT_NOW",
        }
    }

    /// What else there is to tell: the reason of a signature, or the element.
    pub(crate) fn detail(self) -> &'static str {
        match self {
            Self::Signature(detail) | Self::Unfit(detail) => detail,
            _ => "",
        }
    }

    /// Whether it may be taken when it comes again.
    pub(crate) fn may_come_again(self) -> bool {
        self == Self::NotNow
    }
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit.0)
    }
}

impl From<ShepFault> for Refusal {
    fn from(fault: ShepFault) -> Self {
        match fault {
            ShepFault::Signature(reason) => Self::Signature(reason),
            ShepFault::Unfit(element) => Self::Unfit(element),
            ShepFault::SoapFault(_) => Self::Signature("security_missing"),
            _ => Self::Unfit("Body"),
        }
    }
}

/// Which operation was called, so far as it matters for how a fault of it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    SyncSendMessage,
    SendMessage,
    ChangeStatus,
}

impl Operation {
    fn fault(self) -> (&'static str, &'static str) {
        match self {
            Self::SyncSendMessage => ("SendMessageFault1_SendMessageFault", SYNC_CHANNEL),
            Self::SendMessage => ("sendMessageFault1_sendMessageFault", ASYNC_CLIENT),
            Self::ChangeStatus => (
                "changeMassageStatusNotificationFault1_changeMassageStatusNotificationFault",
                ASYNC_CLIENT,
            ),
        }
    }
}

/// The fault, signed by us.
pub(crate) fn fault(party: &ShepParty, operation: Operation, refusal: Refusal) -> Vec<u8> {
    let (name, namespace) = operation.fault();
    let side = if refusal.may_come_again() { "soap:Server" } else { "soap:Client" };
    let message = match refusal.detail() {
        "" => refusal.code().to_owned(),
        detail => format!("{}: {detail}", refusal.code()),
    };
    let mut writer = Writer::default();
    writer.element_with("soap:Envelope", &format!("xmlns:soap=\"{SOAP}\""), |envelope| {
        envelope.element("soap:Body", |body| {
            body.element("soap:Fault", |fault| {
                fault.text("faultcode", side);
                fault.text("faultstring", &message);
                fault.element("detail", |detail| {
                    let namespace = format!("xmlns:f=\"{namespace}\"");
                    detail.element_with(&format!("f:{name}"), &namespace, |info| {
                        info.text("errorCode", refusal.code());
                        info.text("errorMessage", &message);
                        info.text("errorDate", &written(party.now()));
                    });
                });
            });
        });
    });
    let envelope = writer.finish();
    party.sign(&envelope).unwrap_or_else(|_| envelope.into_bytes())
}
