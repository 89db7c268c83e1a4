//! An SMSC that speaks SMPP 3.4 to whoever binds, joins the parts of long messages, and delivers to [`Phones`].
//!
//! Read next: `phones.rs`.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use rusmpp::pdus::{BindTransceiver, BindTransceiverResp, SubmitSm, SubmitSmResp};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::COctetString;
use rusmpp::values::GsmFeatures;
use rusmpp::{Command, CommandStatus, Pdu};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::Framed;

use super::phones::Phones;
use super::{SmsSimulatorError, listen};
use crate::connections;

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmscFault {
    /// Connections are closed at once.
    Down,
    /// Nobody may bind.
    RefuseBind,
    /// It answers nothing, not even whether it is there.
    Silent,
    /// `ESME_RTHROTTLED` to every message.
    Throttle,
    /// `ESME_RMSGQFUL` to every message.
    QueueFull,
    /// `ESME_RINVDSTADR` to every message.
    RefuseNumber,
    /// `ESME_RSYSERR` to every message.
    SystemError,
    /// The connection ends when a message comes.
    Drop,
}

/// The account that may bind.
#[derive(Clone)]
struct Account {
    system_id: String,
    password: String,
}

/// How it behaves, and what it counts.
struct State {
    phones: Arc<Phones>,
    account: Account,
    fault: Mutex<Option<SmscFault>>,
    binds: AtomicUsize,
    submitted: AtomicUsize,
    enquired: AtomicUsize,
    parts: Mutex<HashMap<LongMessage, BTreeMap<u8, String>>>,
}

/// A long message whose parts come: sender, number and reference.
type LongMessage = (String, String, u8);

/// The SMSC, listening.
pub struct Smsc {
    listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
}

/// To make it fail and to count.
#[derive(Clone)]
pub struct SmscHandle(Arc<State>);

impl SmscHandle {
    /// From now on it fails so; `None` for not.
    pub fn fail(&self, fault: Option<SmscFault>) {
        *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// How often somebody was bound.
    #[must_use]
    pub fn binds(&self) -> usize {
        self.0.binds.load(Ordering::Relaxed)
    }

    /// How many messages or parts came, taken or not.
    #[must_use]
    pub fn submitted(&self) -> usize {
        self.0.submitted.load(Ordering::Relaxed)
    }

    /// How often it was asked whether it is there.
    #[must_use]
    pub fn enquired(&self) -> usize {
        self.0.enquired.load(Ordering::Relaxed)
    }
}

impl Smsc {
    /// Listens on a loopback address; port 0 draws one. Who binds must name this account.
    ///
    /// # Errors
    /// [`SmsSimulatorError`].
    pub async fn bind(
        address: SocketAddr,
        (system_id, password): (&str, &str),
        phones: Arc<Phones>,
    ) -> Result<Self, SmsSimulatorError> {
        let (listener, address) = listen(address).await?;
        let account = Account { system_id: system_id.to_owned(), password: password.to_owned() };
        let state = Arc::new(State {
            phones,
            account,
            fault: Mutex::default(),
            binds: AtomicUsize::new(0),
            submitted: AtomicUsize::new(0),
            enquired: AtomicUsize::new(0),
            parts: Mutex::default(),
        });
        Ok(Self { listener, address, state })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// To make it fail and to count.
    #[must_use]
    pub fn handle(&self) -> SmscHandle {
        SmscHandle(Arc::clone(&self.state))
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, state, .. } = self;
        connections::serve(&listener, shutdown, |stream| {
            let state = Arc::clone(&state);
            async move { state.talk(stream).await }
        })
        .await;
    }
}

/// What is said to a command.
enum Reply {
    Say(CommandStatus, Box<Pdu>),
    Nothing,
    End,
}

impl Reply {
    fn say(status: CommandStatus, pdu: impl Into<Pdu>) -> Self {
        Self::Say(status, Box::new(pdu.into()))
    }
}

impl State {
    fn fault(&self) -> Option<SmscFault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn talk(&self, stream: TcpStream) {
        if self.fault() == Some(SmscFault::Down) {
            return;
        }
        let mut lines = Framed::new(stream, CommandCodec::new());
        let mut is_bound = false;
        while let Some(Ok(command)) = lines.next().await {
            let sequence = command.sequence_number();
            match self.reply(&command, &mut is_bound) {
                Reply::Say(status, pdu) => {
                    let answer = Command::new(status, sequence, *pdu);
                    if lines.send(answer).await.is_err() {
                        return;
                    }
                }
                Reply::Nothing => {}
                Reply::End => return,
            }
        }
    }

    fn reply(&self, command: &Command, is_bound: &mut bool) -> Reply {
        let ok = CommandStatus::EsmeRok;
        if self.fault() == Some(SmscFault::Silent) {
            return Reply::Nothing;
        }
        match command.pdu() {
            Some(Pdu::BindTransceiver(bind)) => {
                let status = self.bound(bind);
                *is_bound = status == ok;
                Reply::say(status, BindTransceiverResp::default())
            }
            Some(Pdu::EnquireLink) => {
                self.enquired.fetch_add(1, Ordering::Relaxed);
                Reply::say(ok, Pdu::EnquireLinkResp)
            }
            Some(Pdu::SubmitSm(message)) if *is_bound => self.submitted(message),
            Some(Pdu::SubmitSm(_)) => {
                Reply::say(CommandStatus::EsmeRinvbndsts, SubmitSmResp::default())
            }
            Some(Pdu::Unbind) => Reply::say(ok, Pdu::UnbindResp),
            _ => Reply::Nothing,
        }
    }

    fn bound(&self, bind: &BindTransceiver) -> CommandStatus {
        let known = bind.system_id.as_str() == self.account.system_id
            && bind.password.as_str() == self.account.password;
        match self.fault() {
            Some(SmscFault::RefuseBind) => CommandStatus::EsmeRbindfail,
            _ if !known => CommandStatus::EsmeRinvpaswd,
            _ => {
                self.binds.fetch_add(1, Ordering::Relaxed);
                CommandStatus::EsmeRok
            }
        }
    }

    fn submitted(&self, message: &SubmitSm) -> Reply {
        let place = self.submitted.fetch_add(1, Ordering::Relaxed);
        let status = match self.fault() {
            Some(SmscFault::Drop) => return Reply::End,
            Some(SmscFault::Throttle) => CommandStatus::EsmeRthrottled,
            Some(SmscFault::QueueFull) => CommandStatus::EsmeRmsgqful,
            Some(SmscFault::RefuseNumber) => CommandStatus::EsmeRinvdstadr,
            Some(SmscFault::SystemError) => CommandStatus::EsmeRsyserr,
            _ => {
                self.take(message);
                CommandStatus::EsmeRok
            }
        };
        let id = COctetString::from_string(format!("{place}\0")).unwrap_or_default();
        Reply::say(status, SubmitSmResp::builder().message_id(id).build())
    }

    /// Delivers a message, a long one with its last part.
    fn take(&self, message: &SubmitSm) {
        let to = format!("+{}", message.destination_addr.as_str());
        let from = message.source_addr.as_str().to_owned();
        let bytes = message.short_message().as_ref();
        let has_header = message.esm_class.gsm_features == GsmFeatures::UdhiIndicator;
        match (has_header, bytes) {
            (true, [5, 0, 3, reference, total, place, rest @ ..]) => {
                let mut kept = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
                let key = (from.clone(), to.clone(), *reference);
                let parts = kept.entry(key.clone()).or_default();
                parts.insert(*place, text_of(rest));
                if parts.len() == usize::from(*total) {
                    let text = parts.values().map(String::as_str).collect();
                    kept.remove(&key);
                    self.phones.receive(&to, &from, text);
                }
            }
            _ => self.phones.receive(&to, &from, text_of(bytes)),
        }
    }
}

/// UCS-2, the one coding it takes.
fn text_of(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => u16::from(b'?'),
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
