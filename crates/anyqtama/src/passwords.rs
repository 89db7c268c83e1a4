//! One-time passwords: their section of the configuration, and the adapters it names.
//!
//! An installation without the section offers none. Read next: `docs/one-time-passwords.md`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adapters::{
    HttpMobileCitizensBase, HttpSmsGateway, HttpSmsSettings, JsonServiceSettings, SmppGateway,
    SmppSettings,
};
use anyhow::{Context, Result, bail};
use app::{OneTimePasswords, SmsGateway};
use serde::{Deserialize, Serialize};

use crate::wiring::{read_authorities, read_secret};

/// How long the base and the gateway may take: somebody waits for them.
const PATIENCE: Duration = Duration::from_secs(5);
/// Silence after which an SMSC is asked whether it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// One-time passwords by SMS.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordsConfig {
    /// Whether they confirm requests.
    #[serde(default)]
    pub requests: RequestsConfig,
    /// Whether signing in asks for one.
    #[serde(default)]
    pub sign_in: SignInConfig,
    /// Whether notices go out by SMS, too.
    #[serde(default)]
    pub notices: NoticesConfig,
    /// Who knows a person's number.
    pub mobile_citizens_base: ServiceAtConfig,
    /// Who the messages are from.
    pub sender: String,
    /// An SMSC.
    pub smpp: Option<SmppConfig>,
    /// Or a gateway over HTTP.
    pub http: Option<ServiceAtConfig>,
}

/// Whether one-time passwords confirm requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestsConfig {
    /// They do not.
    #[default]
    Off,
    /// They do, beside signatures.
    On,
}

/// Whether signing in asks for a one-time password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInConfig {
    /// A signature is enough.
    #[default]
    Off,
    /// Behind the signature.
    SecondStep,
}

/// Whether notices go out by SMS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticesConfig {
    /// They do.
    #[default]
    On,
    /// They stand in the cabinet alone.
    Off,
}

/// A service that takes JSON over HTTP.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAtConfig {
    /// Its address.
    pub url: String,
    /// File with the bearer token it wants.
    pub token_file: Option<PathBuf>,
    /// File with certificates (PEM) of authorities by which its TLS certificate may be known, besides the system's.
    pub authorities_file: Option<PathBuf>,
}

impl ServiceAtConfig {
    fn settings(&self) -> Result<JsonServiceSettings> {
        Ok(JsonServiceSettings {
            url: self.url.clone(),
            token: self.token_file.as_deref().map(read_secret).transpose()?,
            authorities: self.authorities_file.as_deref().map(read_authorities).transpose()?,
            patience: PATIENCE,
        })
    }
}

/// An SMSC.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmppConfig {
    /// `host:port`, tried in turn.
    pub addresses: Vec<String>,
    /// Our name there.
    pub system_id: String,
    /// File with our password there.
    pub password_file: PathBuf,
}

/// What the section names, joined.
pub fn one_time_passwords(section: &PasswordsConfig) -> Result<OneTimePasswords> {
    let base = HttpMobileCitizensBase::new(section.mobile_citizens_base.settings()?);
    Ok(OneTimePasswords {
        base: Arc::new(base.context("one_time_passwords.mobile_citizens_base")?),
        gateway: gateway(section)?,
        requests: section.requests == RequestsConfig::On,
        second_step: section.sign_in == SignInConfig::SecondStep,
        notices: section.notices == NoticesConfig::On,
    })
}

fn gateway(section: &PasswordsConfig) -> Result<Arc<dyn SmsGateway>> {
    let sender = section.sender.clone();
    match (&section.smpp, &section.http) {
        (Some(smpp), None) => {
            let gateway = SmppGateway::new(SmppSettings {
                addresses: smpp.addresses.clone(),
                system_id: smpp.system_id.clone(),
                password: read_secret(&smpp.password_file)?,
                sender,
                patience: PATIENCE,
                keep_alive: KEEP_ALIVE,
            });
            Ok(Arc::new(gateway.context("one_time_passwords.smpp")?))
        }
        (None, Some(http)) => {
            let service = http.settings()?;
            let gateway = HttpSmsGateway::new(HttpSmsSettings { service, sender });
            Ok(Arc::new(gateway.context("one_time_passwords.http")?))
        }
        _ => bail!("one_time_passwords needs either smpp or http, and not both"),
    }
}
