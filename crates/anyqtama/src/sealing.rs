//! The seals as the configuration names them.

use std::sync::Arc;

use adapters::{FileSealer, KeysInFiles, SealSettings, TokenChoice, TokenMechanism, TokenSettings};
use anyhow::{Context, Result, bail};

use crate::config::{KeysInFilesConfig, MechanismConfig, SealConfig, TokenConfig};
use crate::system::SystemClock;

/// Most sessions of a token.
const SESSIONS_MAX: u32 = 256;

/// Reads every key and certificate and opens the token. A token that is away is told to the log and waited for.
pub fn open(config: &SealConfig) -> Result<FileSealer> {
    FileSealer::open(&settings(config)?, Arc::new(SystemClock)).context("the providers' seals")
}

/// What the configuration says, as far as it can be told without opening anything.
pub fn settings(config: &SealConfig) -> Result<SealSettings> {
    Ok(SealSettings {
        folder: config.keys_dir.clone(),
        keys_in_files: match config.keys_in_files {
            Some(KeysInFilesConfig::Accepted) => KeysInFiles::Accepted,
            None => KeysInFiles::Refused,
        },
        token: config.token.as_ref().map(token).transpose()?,
    })
}

fn token(config: &TokenConfig) -> Result<TokenSettings> {
    let token = match (&config.label, config.slot) {
        (Some(label), None) => TokenChoice::Label(label.clone()),
        (None, Some(slot)) => TokenChoice::Slot(slot),
        _ => bail!("seal.token needs either label or slot"),
    };
    if config.sessions == 0 || config.sessions > SESSIONS_MAX {
        bail!("seal.token.sessions must be from 1 to {SESSIONS_MAX}");
    }
    Ok(TokenSettings {
        library: config.library.clone(),
        token,
        pin_file: config.pin_file.clone(),
        sessions: usize::try_from(config.sessions)?,
        mechanism: config.mechanism.as_ref().map(mechanism).transpose()?,
        labels: config.keys.clone(),
    })
}

fn mechanism(config: &MechanismConfig) -> Result<TokenMechanism> {
    let known = match config {
        MechanismConfig::Name(name) => TokenMechanism::named(name),
        MechanismConfig::Number(number) => TokenMechanism::numbered(*number),
    };
    known.context(
        "seal.token.mechanism must be \"rsa-pkcs\", \"sha256-rsa-pkcs\", \"ecdsa\" or a vendor's number from 0x80000000",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn config() -> TokenConfig {
        TokenConfig {
            library: "/usr/lib/token.so".into(),
            label: Some("anyqtama".to_owned()),
            slot: None,
            pin_file: "pin".into(),
            sessions: 4,
            mechanism: None,
            keys: BTreeMap::new(),
        }
    }

    #[test]
    fn a_token_is_named_by_its_label_or_its_slot() {
        assert_eq!(token(&config()).unwrap().token, TokenChoice::Label("anyqtama".to_owned()));
        let by_slot = TokenConfig { label: None, slot: Some(7), ..config() };
        assert_eq!(token(&by_slot).unwrap().token, TokenChoice::Slot(7));
        for wrong in [
            TokenConfig { slot: Some(7), ..config() },
            TokenConfig { label: None, ..config() },
            TokenConfig { sessions: 0, ..config() },
            TokenConfig { sessions: 257, ..config() },
            TokenConfig { mechanism: Some(MechanismConfig::Name("gost".to_owned())), ..config() },
            TokenConfig { mechanism: Some(MechanismConfig::Number(2)), ..config() },
        ] {
            assert!(token(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_mechanism_is_given_by_name_or_by_number() {
        for (text, expected) in [
            ("\"ecdsa\"", TokenMechanism::Ecdsa),
            ("0x40", TokenMechanism::Sha256RsaPkcs),
            ("0x8E000014", TokenMechanism::Vendor(0x8E00_0014)),
        ] {
            let text = format!("library = 'l'\nlabel = 't'\npin_file = 'p'\nmechanism = {text}");
            let config: TokenConfig = toml::from_str(&text).unwrap();
            assert_eq!(token(&config).unwrap().mechanism, Some(expected));
        }
    }
}
