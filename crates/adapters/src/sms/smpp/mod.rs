//! An SMSC over SMPP 3.4: one connection, bound as transceiver, kept up by `enquire_link` and made anew when it broke.
//!
//! Addresses are tried in turn. A message whose answer does not come is not sent again elsewhere: it may be on its way.
//! Read next: `link.rs` for one connection, `parts.rs` for long messages.

mod link;
mod parts;

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use app::{SmsFault, SmsGateway};
use async_trait::async_trait;
use domain::PhoneNumber;
use rusmpp::CommandStatus;
use rusmpp::pdus::SubmitSm;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, Npi, Ton};
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::link::{Link, LinkError};
use self::parts::{Part, parts};

/// Longest names of SMPP 3.4, without their closing zero.
const SYSTEM_ID_MAX: usize = 15;
const PASSWORD_MAX: usize = 8;
/// Longest sender of letters that networks show.
const SENDER_MAX: usize = 11;

/// How an SMSC is reached.
#[derive(Clone)]
pub struct SmppSettings {
    /// `host:port`, tried in turn.
    pub addresses: Vec<String>,
    /// Our name there.
    pub system_id: String,
    /// Our password there.
    pub password: String,
    /// Who the message is from: a name of letters or a short number.
    pub sender: String,
    /// Time for connecting and binding, and for each answer.
    pub patience: Duration,
    /// Silence after which the connection is asked whether it is still there.
    pub keep_alive: Duration,
}

/// Why no gateway could be made of the settings.
#[derive(Debug, thiserror::Error)]
pub enum SmppSetupError {
    /// Nobody to connect to.
    #[error("no address of an SMSC is given")]
    NoAddress,
    /// Too long, or not of ASCII.
    #[error("{0} is empty, too long for SMPP or not of ASCII")]
    Name(&'static str),
}

/// What came of connecting last.
#[derive(Default)]
struct Connecting {
    link: Option<Link>,
    failed: Option<(Instant, SmsFault)>,
}

/// Sends through an SMSC.
pub struct SmppGateway {
    settings: SmppSettings,
    /// Whoever finds no connection makes one, and the others wait for it.
    connecting: Mutex<Connecting>,
    reference: AtomicU8,
}

impl SmppGateway {
    /// Connects when something is to be sent.
    ///
    /// # Errors
    /// [`SmppSetupError`].
    pub fn new(settings: SmppSettings) -> Result<Self, SmppSetupError> {
        if settings.addresses.is_empty() {
            return Err(SmppSetupError::NoAddress);
        }
        require("system_id", &settings.system_id, 1, SYSTEM_ID_MAX)?;
        require("the password", &settings.password, 0, PASSWORD_MAX)?;
        require("sender", &settings.sender, 1, SENDER_MAX)?;
        Ok(Self { settings, connecting: Mutex::default(), reference: AtomicU8::new(0) })
    }

    /// Who waited while another tried in vain is told the same: one after the other they would wait without end, and knock
    /// at an SMSC in distress as often as there are people.
    async fn link(&self) -> Result<Link, SmsFault> {
        let came = Instant::now();
        let mut kept = self.connecting.lock().await;
        if let Some(link) = kept.link.as_ref().filter(|link| link.is_up()) {
            return Ok(link.clone());
        }
        if let Some((_, fault)) = kept.failed.as_ref().filter(|(at, _)| came <= *at) {
            return Err(fault.clone());
        }
        match self.connect().await {
            Ok(link) => Ok(kept.link.insert(link).clone()),
            Err(fault) => {
                *kept = Connecting { link: None, failed: Some((Instant::now(), fault.clone())) };
                Err(fault)
            }
        }
    }

    async fn connect(&self) -> Result<Link, SmsFault> {
        let mut last = SmsFault::Unreachable("nobody was asked".to_owned());
        for address in &self.settings.addresses {
            match Link::open(address, &self.settings).await {
                Ok(link) => return Ok(link),
                Err(error) => {
                    tracing::warn!(address, %error, "no connection to an SMSC");
                    last = error.into();
                }
            }
        }
        Err(last)
    }

    async fn submit(&self, number: &PhoneNumber, part: Part) -> Result<(), SmsFault> {
        let message = self.message(number, &part).ok_or_else(unwritable)?;
        match self.link().await?.submit(message.clone()).await {
            // It ended before this was written: nothing went out.
            Err(LinkError::Ended) => {}
            outcome => return judged(outcome),
        }
        judged(self.link().await?.submit(message).await)
    }

    fn message(&self, number: &PhoneNumber, part: &Part) -> Option<SubmitSm> {
        let sender = &self.settings.sender;
        let is_short_number = sender.bytes().all(|byte| byte.is_ascii_digit());
        let source = if is_short_number {
            (Ton::NetworkSpecific, Npi::Unknown)
        } else {
            (Ton::Alphanumeric, Npi::Unknown)
        };
        let class = EsmClass::default();
        let class = if part.has_header { class.with_udhi_indicator() } else { class };
        let message = SubmitSm::builder()
            .source_addr_ton(source.0)
            .source_addr_npi(source.1)
            .source_addr(text(sender)?)
            .dest_addr_ton(Ton::International)
            .dest_addr_npi(Npi::Isdn)
            .destination_addr(text(number.e164().trim_start_matches('+'))?)
            .esm_class(class)
            .data_coding(DataCoding::Ucs2)
            .short_message(OctetString::from_slice(&part.bytes).ok()?)
            .build();
        Some(message)
    }
}

#[async_trait]
impl SmsGateway for SmppGateway {
    async fn send(&self, number: &PhoneNumber, text: &str) -> Result<(), SmsFault> {
        let reference = self.reference.fetch_add(1, Ordering::Relaxed);
        for part in parts(text, reference).map_err(|_| unwritable())? {
            self.submit(number, part).await?;
        }
        Ok(())
    }
}

fn require(name: &'static str, text: &str, min: usize, max: usize) -> Result<(), SmppSetupError> {
    let fits = text.is_ascii() && (min..=max).contains(&text.len());
    if fits { Ok(()) } else { Err(SmppSetupError::Name(name)) }
}

/// A text with its closing zero.
fn text<const MIN: usize, const MAX: usize>(text: &str) -> Option<COctetString<MIN, MAX>> {
    COctetString::from_vec([text.as_bytes(), &[0]].concat()).ok()
}

fn unwritable() -> SmsFault {
    SmsFault::Unreachable("the message cannot be written as SMPP".to_owned())
}

/// What the SMSC's word means to whoever wants to send.
fn judged(outcome: Result<CommandStatus, LinkError>) -> Result<(), SmsFault> {
    match outcome? {
        CommandStatus::EsmeRok => Ok(()),
        CommandStatus::EsmeRthrottled | CommandStatus::EsmeRmsgqful => Err(SmsFault::TryLater),
        CommandStatus::EsmeRinvdstadr
        | CommandStatus::EsmeRinvdstton
        | CommandStatus::EsmeRinvdstnpi => Err(SmsFault::NumberRefused),
        other => Err(SmsFault::Unreachable(format!("the SMSC answered {}", u32::from(other)))),
    }
}
