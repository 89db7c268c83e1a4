//! How consent is asked: by the text that is signed, or before that by telephone through the state's control of access.
//! Read next: `docs/consent.md`.

use std::sync::Arc;
use std::time::Duration;

use adapters::{KdpConsent, KdpSettings, KdpWords, SignedConsent};
use anyhow::{Context, Result, bail};
use app::{ConsentService, DRAFT_LASTS};
use domain::Bin;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{DataBankConfig, ServiceConfig};
use crate::system::{SystemClock, SystemIds};

/// How consent is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentConfig {
    /// Which way.
    pub source: ConsentSource,
    /// The control of access, where it is the one that asks.
    pub kdp: Option<KdpConfig>,
}

/// Ways there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentSource {
    /// The signature over the request covers its consents.
    #[default]
    Signed,
    /// The person answers 1414 besides, before his request is registered.
    Kdp,
}

/// The control of access behind SHEP.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KdpConfig {
    /// How its service is called at the gateway.
    #[serde(default = "default_service_id")]
    pub service_id: String,
    /// How the route is called, where one was agreed on.
    pub route_id: Option<String>,
    /// Who asks; the operator without it.
    pub company: Option<String>,
    /// His BIN; the operator's without it.
    pub company_bin: Option<String>,
    /// Who is responsible there.
    pub company_responsible: String,
    /// Who works with the data, where the control wants a person named.
    pub employee_name: Option<String>,
    /// Services the consent is for, as the gateway calls them.
    pub access_names: Vec<String>,
    /// Which data, in words for the person.
    pub personal_data_name: String,
    /// Seconds for which what it gives is good.
    #[serde(default = "default_expires_in_seconds")]
    pub expires_in_seconds: u32,
    /// Seconds a person may take to answer.
    #[serde(default = "default_patience_seconds")]
    pub patience_seconds: u32,
    /// Seconds for one exchange with it.
    #[serde(default = "default_exchange_seconds")]
    pub exchange_seconds: u32,
    /// Seconds between two questions about one answer.
    #[serde(default = "default_pause_seconds")]
    pub pause_seconds: u32,
    /// Whether no message is sent by it, because the person is asked by other means.
    #[serde(default)]
    pub omit_sms: bool,
    /// Status codes of the gateway that mean: here is the answer.
    #[serde(default = "default_answered")]
    pub answered: Vec<String>,
    /// What the words of its own status mean.
    pub words: KdpWordsConfig,
}

/// Words of the control's status; every other one is a fault.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KdpWordsConfig {
    /// The person gave the consent.
    pub given: Vec<String>,
    /// He refused it.
    pub refused: Vec<String>,
    /// He has not answered yet.
    pub pending: Vec<String>,
    /// He did not answer in the control's own time.
    pub no_answer: Vec<String>,
}

fn default_service_id() -> String {
    "KDP_SERVICE".to_owned()
}

fn default_expires_in_seconds() -> u32 {
    1_800
}

fn default_patience_seconds() -> u32 {
    300
}

fn default_exchange_seconds() -> u32 {
    30
}

fn default_pause_seconds() -> u32 {
    5
}

fn default_answered() -> Vec<String> {
    vec!["SCSS001".to_owned()]
}

impl ConsentConfig {
    /// What the types cannot hold.
    pub fn check(&self, data_bank: &DataBankConfig) -> Result<()> {
        let Some(kdp) = self.kdp_to_ask()? else { return Ok(()) };
        if data_bank.shep.is_none() {
            bail!("consent.source is kdp, which needs the gateway of the section data_bank.shep");
        }
        if kdp.exchange_seconds == 0 {
            bail!("consent.kdp.exchange_seconds must be at least 1");
        }
        if seconds(kdp.patience_seconds) >= DRAFT_LASTS {
            bail!(
                "consent.kdp.patience_seconds must be less than {}: a prepared text ends then, and an answer that comes later registers nothing",
                DRAFT_LASTS.as_secs()
            );
        }
        Ok(())
    }

    /// Whether what the control gives outlives the text that it is asked for. It is of use then only to a request that waits
    /// for a source, and the law wants no consent that lasts longer than its purpose.
    pub fn outlives_its_draft(&self) -> bool {
        let kdp = self.kdp.as_ref().filter(|_| self.source == ConsentSource::Kdp);
        kdp.is_some_and(|kdp| seconds(kdp.expires_in_seconds) > DRAFT_LASTS)
    }

    /// Who knows whether a person consented. Nobody is asked yet.
    pub fn service(
        &self,
        data_bank: &DataBankConfig,
        service: &ServiceConfig,
    ) -> Result<Arc<dyn ConsentService>> {
        let Some(kdp) = self.kdp_to_ask()? else { return Ok(Arc::new(SignedConsent)) };
        self.check(data_bank)?;
        let Some(shep) = &data_bank.shep else { bail!("the section data_bank.shep is missing") };
        let mut gateway = shep.settings().context("data_bank.shep")?;
        gateway.patience = Duration::from_secs(kdp.exchange_seconds.into());
        let settings = kdp.settings(service)?;
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let consent = KdpConsent::new(&gateway, settings, clock, ids).context("consent.kdp")?;
        Ok(Arc::new(consent))
    }

    fn kdp_to_ask(&self) -> Result<Option<&KdpConfig>> {
        match (self.source, &self.kdp) {
            (ConsentSource::Signed, _) => Ok(None),
            (ConsentSource::Kdp, Some(kdp)) => Ok(Some(kdp)),
            (ConsentSource::Kdp, None) => {
                bail!("consent.source is kdp, which needs the section consent.kdp")
            }
        }
    }
}

fn seconds(seconds: u32) -> SignedDuration {
    SignedDuration::from_secs(seconds.into())
}

impl KdpConfig {
    fn settings(&self, service: &ServiceConfig) -> Result<KdpSettings> {
        let bin = self.company_bin.as_ref().unwrap_or(&service.operator_bin);
        Ok(KdpSettings {
            service_id: self.service_id.clone(),
            route_id: self.route_id.clone(),
            answered: self.answered.clone(),
            company: self.company.clone().unwrap_or_else(|| service.operator_name.ru.clone()),
            company_bin: Bin::parse(bin)
                .map_err(|error| anyhow::anyhow!("consent.kdp.company_bin: {error}"))?,
            company_responsible: self.company_responsible.clone(),
            employee_name: self.employee_name.clone(),
            access_names: self.access_names.clone(),
            personal_data_name: self.personal_data_name.clone(),
            validity: Duration::from_secs(self.expires_in_seconds.into()),
            patience: seconds(self.patience_seconds),
            pause: seconds(self.pause_seconds),
            omit_sms: self.omit_sms,
            words: KdpWords {
                given: self.words.given.clone(),
                refused: self.words.refused.clone(),
                pending: self.words.pending.clone(),
                no_answer: self.words.no_answer.clone(),
            },
        })
    }
}
