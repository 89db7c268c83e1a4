//! The providers' seals: where keys and certificates are, and what a seal carries. Read next: `docs/seal-keys.md`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use adapters::TokenChoice;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use signature::pades::Level;

use super::{FactsKeyConfig, FactsSignatureConfig};

/// The providers' seals.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealConfig {
    /// Folder with certificates, and with keys where these lie in files: `KATO.pem` and `KATO.key` per provider,
    /// `system.pem` and `system.key` for those without.
    pub keys_dir: PathBuf,
    /// Whether private keys may lie in files.
    pub keys_in_files: Option<KeysInFilesConfig>,
    /// Level of every seal: `b-b`, `b-t`, `b-lt` or `b-lta`.
    pub profile: Option<String>,
    /// Addresses of time-stamping authorities for seals, tried in turn.
    #[serde(default)]
    pub time_stamp_urls: Vec<String>,
    /// Policy asked for, an object identifier.
    pub time_stamp_policy: Option<String>,
    /// Whether the facts inside are signed too: `off` or `gost`.
    #[serde(default)]
    pub facts_signature: FactsSignatureConfig,
    /// With which key.
    pub facts_key: Option<FactsKeyConfig>,
    /// The device with the other keys.
    pub token: Option<TokenConfig>,
}

impl SealConfig {
    /// Keys in files of this folder, which is accepted, and no time stamps.
    pub fn at(keys_dir: PathBuf) -> Self {
        Self {
            keys_dir,
            keys_in_files: Some(KeysInFilesConfig::Accepted),
            profile: None,
            time_stamp_urls: Vec::new(),
            time_stamp_policy: None,
            facts_signature: FactsSignatureConfig::Off,
            facts_key: None,
            token: None,
        }
    }

    /// The level of every seal. Without a word about it and without an authority it is the basic one; where an
    /// authority is named, so must be what for: no seal is ever less than somebody thinks it is.
    pub fn level(&self) -> Result<Level> {
        let Some(profile) = &self.profile else {
            if self.time_stamp_urls.is_empty() {
                return Ok(Level::Basic);
            }
            bail!("seal.time_stamp_urls is given, so seal.profile must be too: b-t, b-lt or b-lta");
        };
        let level: Level = profile.parse().context("seal.profile")?;
        match (level, self.time_stamp_urls.is_empty()) {
            (Level::Basic, false) => {
                bail!("seal.profile is b-b, which needs no seal.time_stamp_urls")
            }
            (Level::Basic, true) | (_, false) => Ok(level),
            (_, true) => bail!("seal.profile is {level}, which needs seal.time_stamp_urls"),
        }
    }
}

/// The one thing that can be said about private keys in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeysInFilesConfig {
    /// Whoever reads a file can seal in the provider's name, and the operator takes that risk.
    Accepted,
}

/// A PKCS #11 device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenConfig {
    /// Its library.
    pub library: PathBuf,
    /// Label of the token.
    pub label: Option<String>,
    /// Or the number of its slot.
    pub slot: Option<u64>,
    /// File with the user's PIN.
    pub pin_file: PathBuf,
    /// Seals made at the same time.
    #[serde(default = "default_sessions")]
    pub sessions: u32,
    /// How it signs, where the usual is not right.
    pub mechanism: Option<MechanismConfig>,
    /// How it signs facts with a GOST key: a vendor's number.
    pub facts_mechanism: Option<MechanismConfig>,
    /// Labels of private keys, where they are called otherwise than the certificates' files.
    #[serde(default)]
    pub keys: BTreeMap<String, String>,
}

/// What tells the token of a section from others.
///
/// # Errors
/// Neither label nor slot is given, or both are.
pub(crate) fn token_choice(
    section: &str,
    label: Option<&str>,
    slot: Option<u64>,
) -> Result<TokenChoice> {
    match (label, slot) {
        (Some(label), None) => Ok(TokenChoice::Label(label.to_owned())),
        (None, Some(slot)) => Ok(TokenChoice::Slot(slot)),
        _ => bail!("{section} needs either label or slot"),
    }
}

/// A mechanism of PKCS #11.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MechanismConfig {
    /// By name.
    Name(String),
    /// By number.
    Number(u64),
}

fn default_sessions() -> u32 {
    4
}
