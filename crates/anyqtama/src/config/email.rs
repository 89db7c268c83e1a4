//! `[email]`: letters about notices, to people who left an address.
//!
//! Read next: `docs/notices.md`.

use std::path::PathBuf;
use std::time::Duration;

use adapters::{MailTls, SmtpMailer, SmtpSettings};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::wiring::{read_authorities, read_secret};

/// How long a mail server may take for a letter; some look the sender up first.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// Its name.
    pub host: String,
    /// Its port; the usual one of the protection without it.
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: MailTlsConfig,
    /// Who the letters are from.
    pub from: String,
    /// Our name there, where it wants one.
    pub user: Option<String>,
    /// File with our password there.
    pub password_file: Option<PathBuf>,
    /// File with certificates (PEM) of authorities by which its certificate may be known, besides the system's.
    pub authorities_file: Option<PathBuf>,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTlsConfig {
    /// From STARTTLS on, which must be offered.
    #[default]
    Starttls,
    /// From the first byte.
    Implicit,
    /// Not at all: on this computer.
    None,
}

impl MailTlsConfig {
    fn usual_port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

impl EmailConfig {
    /// The server it names.
    ///
    /// # Errors
    /// A file that cannot be read, and what does not go together.
    pub fn mailer(&self) -> Result<SmtpMailer> {
        let login = match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), read_secret(file)?)),
            (None, None) => None,
            _ => bail!("email.user and email.password_file go together"),
        };
        let authorities = self.authorities_file.as_deref().map(read_authorities).transpose()?;
        let settings = SmtpSettings {
            host: self.host.clone(),
            port: self.port.unwrap_or_else(|| self.tls.usual_port()),
            tls: match self.tls {
                MailTlsConfig::Starttls => MailTls::Starttls,
                MailTlsConfig::Implicit => MailTls::Implicit,
                MailTlsConfig::None => MailTls::None,
            },
            authorities,
            from: self.from.clone(),
            login,
            patience: PATIENCE,
        };
        SmtpMailer::new(settings).context("email")
    }
}
