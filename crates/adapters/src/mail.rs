//! Letters over SMTP: with TLS from the first byte or from STARTTLS on, plainly on this computer alone.
//!
//! One connection for each letter, held to a time: what broke off or came late is never spoken on, so that no answer is taken for
//! that of another letter. Of what a server says only its code goes on: its words name the address. Read next: `docs/notices.md`.

use std::time::{Duration, SystemTime};

use app::{Letter, MailFault, Mailer};
use async_trait::async_trait;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Code;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// TLS from the first byte (usually port 465).
    Implicit,
    /// Plain until STARTTLS, which must be offered (usually port 587).
    Starttls,
    /// None: on this computer.
    None,
}

/// Where letters are handed over.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Name of the server; its certificate must be for it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub tls: MailTls,
    /// Certificates (PEM) of authorities by which its certificate may be known, besides the system's.
    pub authorities: Option<Vec<u8>>,
    /// Who the letters are from, `name@example.kz` or `Name <name@example.kz>`.
    pub from: String,
    /// Our name and password there.
    pub login: Option<(String, String)>,
    /// Time for a letter.
    pub patience: Duration,
}

/// Why no mailer could be made of the settings.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSetupError {
    /// Not an address to send from.
    #[error("from is no e-mail address")]
    From,
    /// Letters with addresses would pass a network in plain text.
    #[error("without TLS only a server on this computer is spoken to")]
    Plain,
    /// Authorities that would be asked for nothing, or are none.
    #[error("authorities_file: {0}")]
    Authorities(&'static str),
    /// TLS.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// Sends letters through a server.
pub struct SmtpMailer {
    host: String,
    port: u16,
    tls: Option<TlsParameters>,
    is_implicit: bool,
    from: Mailbox,
    hello: ClientId,
    login: Option<Credentials>,
    patience: Duration,
}

/// Where it stopped, and the code the server gave, where it gave one.
struct Stopped {
    at: &'static str,
    code: Option<u16>,
}

impl SmtpMailer {
    /// Over these settings.
    ///
    /// # Errors
    /// [`SmtpSetupError`].
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpSetupError> {
        let SmtpSettings { host, port, tls, authorities, from, login, patience } = settings;
        let from: Mailbox = from.parse().map_err(|_| SmtpSetupError::From)?;
        let is_implicit = tls == MailTls::Implicit;
        let tls = match tls {
            MailTls::Implicit | MailTls::Starttls => Some(tls_of(&host, authorities.as_deref())?),
            MailTls::None if authorities.is_some() => {
                return Err(SmtpSetupError::Authorities("it is for TLS alone"));
            }
            MailTls::None if !is_this_computer(&host) => return Err(SmtpSetupError::Plain),
            MailTls::None => None,
        };
        let hello = ClientId::Domain(from.email.domain().to_owned());
        let login = login.map(|(user, password)| Credentials::new(user, password));
        Ok(Self { host, port, tls, is_implicit, from, hello, login, patience })
    }

    /// Goes as far as a letter would before it names anybody: connects, shakes hands, signs in.
    ///
    /// # Errors
    /// [`MailFault`], with where it stopped.
    pub async fn call(&self) -> Result<(), MailFault> {
        let mut line = self.line().await.map_err(|stopped| stopped.fault())?;
        let _ = line.quit().await;
        Ok(())
    }

    async fn line(&self) -> Result<AsyncSmtpConnection, Stopped> {
        let mut line = self.connect().await.map_err(stopped("connect"))?;
        if let Some(login) = &self.login {
            line.auth(DEFAULT_MECHANISMS, login).await.map_err(stopped("auth"))?;
        }
        Ok(line)
    }

    async fn hand_over(&self, letter: &Letter) -> Result<(), Stopped> {
        let to: Address = letter.to.as_str().parse().map_err(|_| Stopped::without_code("to"))?;
        let bytes = self.bytes(letter, &to).ok_or_else(|| Stopped::without_code("letter"))?;
        let mut line = self.line().await?;
        let from = Mail::new(Some(self.from.email.clone()), Vec::new());
        line.command(from).await.map_err(stopped("mail"))?;
        line.command(Rcpt::new(to, Vec::new())).await.map_err(stopped(RCPT))?;
        line.command(Data).await.map_err(stopped("data"))?;
        line.message(&bytes).await.map_err(stopped("message"))?;
        // It is taken: how the server says good-bye changes nothing.
        let _ = line.quit().await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let place = (self.host.as_str(), self.port);
        let at_once = self.tls.clone().filter(|_| self.is_implicit);
        let patience = Some(self.patience);
        let line = AsyncSmtpConnection::connect_tokio1(place, patience, &self.hello, at_once, None);
        let mut line = line.await?;
        if let (Some(tls), false) = (&self.tls, self.is_implicit) {
            line.starttls(tls.clone(), &self.hello).await?;
        }
        Ok(line)
    }

    /// The letter in ASCII, whatever its language.
    fn bytes(&self, letter: &Letter, to: &Address) -> Option<Vec<u8>> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{}@{}>", letter.key, self.from.email.domain())))
            .date(SystemTime::from(letter.at))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", letter.language.code()));
        let part = SinglePart::plain(letter.text.clone());
        Some(message.singlepart(part).ok()?.formatted())
    }
}

/// The step at which a server speaks of the person's address.
const RCPT: &str = "rcpt";

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, letter: &Letter) -> Result<(), MailFault> {
        match tokio::time::timeout(self.patience, self.hand_over(letter)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(stopped)) => Err(stopped.fault()),
            Err(_) => Err(MailFault::Unreachable("it did not answer in time".to_owned())),
        }
    }
}

impl Stopped {
    fn without_code(at: &'static str) -> Self {
        Self { at, code: None }
    }

    /// Only what is said of the address for good, and not of us or of the letter, ends a message.
    fn fault(&self) -> MailFault {
        match (self.at, self.code) {
            ("to", _) | (RCPT, Some(550 | 551 | 553 | 556)) => MailFault::AddressRefused,
            (_, Some(421 | 450..=452)) => MailFault::TryLater,
            (at, Some(code)) => MailFault::Unreachable(format!("it answered {at} with {code}")),
            (at, None) => MailFault::Unreachable(format!("it broke off at {at}")),
        }
    }
}

fn stopped(at: &'static str) -> impl Fn(Error) -> Stopped {
    move |error| Stopped { at, code: error.status().map(|code: Code| u16::from(code)) }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn tls_of(host: &str, authorities: Option<&[u8]>) -> Result<TlsParameters, SmtpSetupError> {
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authorities {
        if !pem.windows(PEM.len()).any(|window| window == PEM) {
            return Err(SmtpSetupError::Authorities("there is no certificate in it"));
        }
        let certificate = Certificate::from_pem(pem);
        let certificate = certificate.map_err(|_| SmtpSetupError::Authorities("unreadable"))?;
        tls = tls.add_root_certificate(certificate);
    }
    tls.build_rustls().map_err(|error| SmtpSetupError::Tls(error.to_string()))
}

const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn is_this_computer(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
