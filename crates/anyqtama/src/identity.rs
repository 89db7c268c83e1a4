//! The identity provider: its section of the configuration, and its port made of that.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adapters::{IdentityProviderSettings, OidcIdentityProvider};
use anyhow::{Context, Result};
use app::IdentityProvider;
use portal::Notice;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::system::{SystemClock, SystemIds};
use crate::wiring::{read_authorities, read_secret};

/// How long the provider may take for one answer: somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where people come back to; registered with the provider.
const RETURN: &str = "/sign-in/callback";

/// An OpenID Connect provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProviderConfig {
    /// Its address, exactly as it calls itself.
    pub issuer: String,
    /// How it calls us.
    pub client_id: String,
    /// File with our secret, where it gave us one.
    pub client_secret_file: Option<PathBuf>,
    /// What is asked for.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Levels of assurance, one of which there must be.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// Algorithms by which it may sign.
    #[serde(default = "default_algorithms")]
    pub algorithms: Vec<String>,
    /// File with certificates (PEM) of authorities by which its TLS certificate may be known, besides the system's.
    pub authorities_file: Option<PathBuf>,
    /// Where in what it tells the IIN and the name are.
    #[serde(default)]
    pub claims: ClaimsConfig,
    /// What the button says.
    pub button: ButtonConfig,
}

/// Names of claims.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimsConfig {
    /// The one with the IIN.
    pub iin: String,
    /// Those that make up the name, in their order.
    pub name: Vec<String>,
}

impl Default for ClaimsConfig {
    fn default() -> Self {
        Self { iin: "iin".to_owned(), name: vec!["name".to_owned()] }
    }
}

/// A text in three languages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonConfig {
    /// In Kazakh.
    pub kk: String,
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

fn default_scopes() -> Vec<String> {
    ["openid", "profile"].map(str::to_owned).to_vec()
}

fn default_algorithms() -> Vec<String> {
    ["RS256", "ES256"].map(str::to_owned).to_vec()
}

/// The provider, where one is configured. It is not asked yet.
pub fn provider(config: &Config) -> Result<Option<Arc<dyn IdentityProvider>>> {
    let Some(section) = &config.identity_provider else { return Ok(None) };
    let provider = provider_of(section, &config.portal.public_url).context("identity_provider")?;
    Ok(Some(Arc::new(provider)))
}

fn provider_of(section: &IdentityProviderConfig, public_url: &str) -> Result<OidcIdentityProvider> {
    let authorities = section.authorities_file.as_deref().map(read_authorities).transpose()?;
    let settings = IdentityProviderSettings {
        issuer: section.issuer.clone(),
        client_id: section.client_id.clone(),
        client_secret: section.client_secret_file.as_deref().map(read_secret).transpose()?,
        scopes: section.scopes.clone(),
        iin_claim: section.claims.iin.clone(),
        name_claims: section.claims.name.clone(),
        acr_values: section.acr_values.clone(),
        algorithms: section.algorithms.clone(),
        return_url: format!("{}{RETURN}", public_url.trim_end_matches('/')),
        authorities,
        patience: PATIENCE,
    };
    Ok(OidcIdentityProvider::new(settings, Arc::new(SystemClock), Arc::new(SystemIds))?)
}

/// What the button says, where there is one.
#[must_use]
pub fn button(config: &Config) -> Option<Notice> {
    let button = &config.identity_provider.as_ref()?.button;
    let (kk, ru, en) = (button.kk.clone(), button.ru.clone(), button.en.clone());
    Some(Notice { kk, ru, en, link: None })
}
