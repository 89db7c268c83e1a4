//! One bound connection to an SMSC. A task owns the socket: it writes what is submitted, matches answers by their
//! sequence numbers, answers the SMSC's own questions, and asks whether it is there when it is silent.
//!
//! The task ends with the connection, and then everybody who waits hears of it.

use std::collections::HashMap;
use std::time::Duration;

use app::SmsFault;
use futures_util::{SinkExt, StreamExt};
use rusmpp::pdus::{BindTransceiver, DeliverSmResp, SubmitSm};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::codec::Framed;

use super::{SmppSettings, text};

/// Messages that may wait to be written.
const WAITING_MAX: usize = 64;
/// Sequence numbers of SMPP 3.4 end here.
const SEQUENCE_MAX: u32 = 0x7fff_ffff;

/// Why a connection is no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("there is no connection")]
    Connect,
    #[error("it did not answer in time")]
    Silent,
    #[error("it refuses to be bound: {0}")]
    Refused(u32),
    #[error("the connection broke")]
    Broken,
    /// Nothing was written.
    #[error("the connection has ended")]
    Ended,
}

impl From<LinkError> for SmsFault {
    fn from(error: LinkError) -> Self {
        Self::Unreachable(error.to_string())
    }
}

type Lines = Framed<TcpStream, CommandCodec>;
type Answer = oneshot::Sender<CommandStatus>;

/// A handle of the connection.
#[derive(Clone)]
pub(super) struct Link {
    to_write: mpsc::Sender<(SubmitSm, Answer)>,
    patience: Duration,
}

impl Link {
    /// Connects and binds.
    pub(super) async fn open(address: &str, settings: &SmppSettings) -> Result<Self, LinkError> {
        let patience = settings.patience;
        let bound = timeout(patience, bind(address, settings)).await;
        let lines = bound.map_err(|_| LinkError::Silent)??;
        let (to_write, waiting) = mpsc::channel(WAITING_MAX);
        let keep_alive = settings.keep_alive;
        let conversation = Conversation {
            lines,
            waiting,
            asked: HashMap::new(),
            sequence: 1,
            patience,
            keep_alive,
            enquired: false,
        };
        tokio::spawn(conversation.hold());
        Ok(Self { to_write, patience })
    }

    pub(super) fn is_up(&self) -> bool {
        !self.to_write.is_closed()
    }

    /// The SMSC's word about a message.
    pub(super) async fn submit(&self, message: SubmitSm) -> Result<CommandStatus, LinkError> {
        let (answer, answered) = oneshot::channel();
        let said = async {
            self.to_write.send((message, answer)).await.map_err(|_| LinkError::Ended)?;
            answered.await.map_err(|_| LinkError::Broken)
        };
        // The wait to be written counts too: an SMSC that reads slowly keeps nobody longer than one that is silent.
        timeout(self.patience, said).await.unwrap_or(Err(LinkError::Silent))
    }
}

async fn bind(address: &str, settings: &SmppSettings) -> Result<Lines, LinkError> {
    let stream = TcpStream::connect(address).await.map_err(|_| LinkError::Connect)?;
    stream.set_nodelay(true).map_err(|_| LinkError::Connect)?;
    let mut lines = Framed::new(stream, CommandCodec::new());
    let bind = BindTransceiver::builder()
        .system_id(text(&settings.system_id).ok_or(LinkError::Connect)?)
        .password(text(&settings.password).ok_or(LinkError::Connect)?)
        .interface_version(InterfaceVersion::Smpp3_4)
        .build();
    let bind = Command::new(CommandStatus::EsmeRok, 1, bind);
    lines.send(bind).await.map_err(|_| LinkError::Broken)?;
    loop {
        let command =
            lines.next().await.ok_or(LinkError::Broken)?.map_err(|_| LinkError::Broken)?;
        match (command.id(), command.status()) {
            (CommandId::BindTransceiverResp, CommandStatus::EsmeRok) => return Ok(lines),
            (CommandId::BindTransceiverResp | CommandId::GenericNack, status) => {
                return Err(LinkError::Refused(status.into()));
            }
            _ => {}
        }
    }
}

/// What the task has in hand.
struct Conversation {
    lines: Lines,
    waiting: mpsc::Receiver<(SubmitSm, Answer)>,
    asked: HashMap<u32, Answer>,
    sequence: u32,
    patience: Duration,
    keep_alive: Duration,
    enquired: bool,
}

impl Conversation {
    /// Until the other side ends it, is silent, or nobody holds the handle any more.
    async fn hold(mut self) {
        let mut heard = Instant::now();
        loop {
            let wait = if self.enquired { self.patience } else { self.keep_alive };
            let goes_on = tokio::select! {
                came = self.lines.next() => match came {
                    Some(Ok(command)) => {
                        heard = Instant::now();
                        self.enquired = false;
                        self.hear(command).await
                    }
                    Some(Err(_)) | None => false,
                },
                submitted = self.waiting.recv() => match submitted {
                    Some((message, answer)) => self.submit(message, answer).await,
                    None => self.unbind().await,
                },
                () = tokio::time::sleep_until(heard + wait) => {
                    heard = Instant::now();
                    !self.enquired && self.enquire().await
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    async fn submit(&mut self, message: SubmitSm, answer: Answer) -> bool {
        self.asked.retain(|_, answer| !answer.is_closed());
        let sequence = self.next();
        self.asked.insert(sequence, answer);
        self.say(sequence, message).await
    }

    async fn enquire(&mut self) -> bool {
        self.enquired = true;
        let sequence = self.next();
        self.say(sequence, Pdu::EnquireLink).await
    }

    async fn unbind(&mut self) -> bool {
        let sequence = self.next();
        self.say(sequence, Pdu::Unbind).await;
        false
    }

    async fn hear(&mut self, command: Command) -> bool {
        let sequence = command.sequence_number();
        match command.id() {
            CommandId::SubmitSmResp | CommandId::GenericNack => {
                if let Some(answer) = self.asked.remove(&sequence) {
                    // Whoever asked may have given up.
                    let _ = answer.send(command.status());
                }
                true
            }
            CommandId::EnquireLink => self.say(sequence, Pdu::EnquireLinkResp).await,
            // Receipts are not asked for; one that comes all the same is taken and dropped.
            CommandId::DeliverSm => self.say(sequence, DeliverSmResp::default()).await,
            CommandId::Unbind => {
                self.say(sequence, Pdu::UnbindResp).await;
                false
            }
            _ => true,
        }
    }

    async fn say(&mut self, sequence: u32, pdu: impl Into<Pdu>) -> bool {
        let command = Command::new(CommandStatus::EsmeRok, sequence, pdu);
        matches!(timeout(self.patience, self.lines.send(command)).await, Ok(Ok(())))
    }

    fn next(&mut self) -> u32 {
        self.sequence =
            if self.sequence >= SEQUENCE_MAX { 2 } else { self.sequence.saturating_add(1) };
        self.sequence
    }
}
