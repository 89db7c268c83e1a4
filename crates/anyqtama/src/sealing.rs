//! The seals as the configuration names them.

use std::sync::Arc;

use adapters::{
    FileSealer, GostFactsSigner, KeysInFiles, SealSettings, TokenMechanism, TokenSettings,
};
use anyhow::{Context, Result, bail};
use app::FactsSigner;
use domain::Bin;

use crate::config::{
    FactsKeyConfig, FactsSignatureConfig, KeysInFilesConfig, MechanismConfig, SealConfig,
    TokenConfig, token_choice,
};
use crate::demo::facts_key::load as facts_key_of_demo;
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
        facts_certificate: facts_key(config)?
            .filter(|key| key.demonstration_key.is_none())
            .map(|key| key.certificate.clone()),
    })
}

/// The key that signs facts; `None` where they are not signed.
fn facts_key(config: &SealConfig) -> Result<Option<&FactsKeyConfig>> {
    match (config.facts_signature, &config.facts_key) {
        (FactsSignatureConfig::Off, None) => Ok(None),
        (FactsSignatureConfig::Gost, Some(key)) => Ok(Some(key)),
        (FactsSignatureConfig::Gost, None) => {
            bail!("seal.facts_signature is \"gost\", which needs [seal.facts_key]")
        }
        (FactsSignatureConfig::Off, Some(_)) => bail!(
            "[seal.facts_key] is given, but seal.facts_signature is not \"gost\": nobody would sign with it"
        ),
    }
}

/// Refuses what would sign facts of real documents with a key of demonstrations, or with none. Asked by those who issue:
/// what issues nothing needs no key.
fn check_facts(config: &SealConfig, public_url: &str) -> Result<()> {
    let Some(key) = facts_key(config)? else { return Ok(()) };
    if key.demonstration_key.is_some() {
        if config.keys_in_files != Some(KeysInFilesConfig::Accepted) {
            bail!(
                "seal.facts_key.demonstration_key is a key in a file, which seal.keys_in_files does not accept"
            );
        }
        let rest = public_url.strip_prefix("http://127.0.0.1");
        if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])) {
            bail!(
                "seal.facts_key.demonstration_key is for demonstrations on http://127.0.0.1 alone: this program's own \
                GOST signing is neither constant-time nor certified. Keep the key in a PKCS #11 device"
            );
        }
        return Ok(());
    }
    match &config.token {
        Some(TokenConfig { facts_mechanism: Some(_), .. }) => Ok(()),
        Some(_) => {
            bail!("seal.facts_signature needs seal.token.facts_mechanism, the vendor's number")
        }
        None => bail!("seal.facts_signature needs [seal.token], the device with the key"),
    }
}

/// Who signs facts, where they are signed. One key signs for all providers, so it must be the operator's: a document with
/// anybody else's signature over its facts would be told not genuine.
pub fn facts_signer(
    config: &SealConfig,
    public_url: &str,
    operator: Bin,
    sealer: &FileSealer,
) -> Result<Option<Arc<dyn FactsSigner>>> {
    check_facts(config, public_url)?;
    let Some(signer) = opened_facts_signer(config, sealer)? else { return Ok(None) };
    require_bin(signer.bin().as_deref(), operator)?;
    Ok(Some(Arc::new(signer)))
}

fn require_bin(named: Option<&str>, operator: Bin) -> Result<()> {
    if named.and_then(|bin| Bin::parse(bin).ok()) != Some(operator) {
        let named = named.unwrap_or("none");
        bail!(
            "the certificate of [seal.facts_key] must name the BIN of service.operator_bin; it names {named}"
        );
    }
    Ok(())
}

fn opened_facts_signer(
    config: &SealConfig,
    sealer: &FileSealer,
) -> Result<Option<GostFactsSigner>> {
    let Some(key) = facts_key(config)? else { return Ok(None) };
    let signer = match &key.demonstration_key {
        None => sealer.facts_signer().context("[seal.facts_key]: no signer of facts")?,
        Some(path) => {
            let named = || format!("the key {}", path.display());
            let demonstration = facts_key_of_demo(path).with_context(named)?;
            GostFactsSigner::with_key(
                &key.certificate,
                Arc::new(demonstration),
                Arc::new(SystemClock),
            )?
        }
    };
    Ok(Some(signer))
}

fn token(config: &TokenConfig) -> Result<TokenSettings> {
    let token = token_choice("seal.token", config.label.as_deref(), config.slot)?;
    if config.sessions == 0 || config.sessions > SESSIONS_MAX {
        bail!("seal.token.sessions must be from 1 to {SESSIONS_MAX}");
    }
    Ok(TokenSettings {
        library: config.library.clone(),
        token,
        pin_file: config.pin_file.clone(),
        sessions: usize::try_from(config.sessions)?,
        mechanism: config.mechanism.as_ref().map(mechanism).transpose()?,
        facts_mechanism: config.facts_mechanism.as_ref().map(mechanism).transpose()?,
        labels: config.keys.clone(),
    })
}

fn mechanism(config: &MechanismConfig) -> Result<TokenMechanism> {
    let known = match config {
        MechanismConfig::Name(name) => TokenMechanism::named(name),
        MechanismConfig::Number(number) => TokenMechanism::numbered(*number),
    };
    known.context(
        "seal.token.mechanism and facts_mechanism must be \"rsa-pkcs\", \"sha256-rsa-pkcs\", \"ecdsa\" or a vendor's number from 0x80000000",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use adapters::TokenChoice;

    use super::*;

    fn config() -> TokenConfig {
        TokenConfig {
            library: "/usr/lib/token.so".into(),
            label: Some("anyqtama".to_owned()),
            slot: None,
            pin_file: "pin".into(),
            sessions: 4,
            mechanism: None,
            facts_mechanism: None,
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

    /// Neither `serve` nor `worker` signs with a key of demonstrations unless three places say so.
    #[test]
    fn facts_are_signed_with_a_demonstration_key_only_where_everything_says_demonstration() {
        let demo = "http://127.0.0.1:8080";
        let key = |demonstration: bool| FactsKeyConfig {
            certificate: "facts.pem".into(),
            demonstration_key: demonstration.then(|| "facts.key".into()),
        };
        let gost = |demonstration| SealConfig {
            facts_signature: FactsSignatureConfig::Gost,
            facts_key: Some(key(demonstration)),
            ..SealConfig::at("seal".into())
        };
        let refusal = |config: &SealConfig, url| {
            check_facts(config, url).map_err(|error| error.to_string()).unwrap_err()
        };
        check_facts(&gost(true), demo).unwrap();
        for elsewhere in ["https://anyqtama.example.kz", "http://127.0.0.1.example.kz"] {
            assert!(refusal(&gost(true), elsewhere).contains("nor certified"));
        }
        let refused = SealConfig { keys_in_files: None, ..gost(true) };
        assert!(refusal(&refused, demo).contains("keys_in_files"));
        assert!(refusal(&gost(false), demo).contains("needs [seal.token]"));
        let bare = SealConfig { token: Some(config()), ..gost(false) };
        assert!(refusal(&bare, demo).contains("facts_mechanism"));
        let vendor = Some(MechanismConfig::Number(0x8E00_0014));
        let token = Some(TokenConfig { facts_mechanism: vendor, ..config() });
        let on_token = SealConfig { token, ..gost(false) };
        check_facts(&on_token, "https://anyqtama.example.kz").unwrap();
        let told = settings(&on_token).unwrap();
        assert_eq!(told.facts_certificate, Some("facts.pem".into()));
        let mechanism = told.token.unwrap().facts_mechanism;
        assert_eq!(mechanism, Some(TokenMechanism::Vendor(0x8E00_0014)));
        assert_eq!(settings(&gost(true)).unwrap().facts_certificate, None);
        let without = SealConfig { facts_key: None, ..gost(true) };
        assert!(refusal(&without, demo).contains("needs [seal.facts_key]"));
        let off = SealConfig { facts_signature: FactsSignatureConfig::Off, ..gost(true) };
        assert!(refusal(&off, demo).contains("nobody would sign"));
        check_facts(&SealConfig::at("seal".into()), demo).unwrap();
    }

    /// Told at the start: what such a key signed would be refused by everybody's check.
    #[test]
    fn facts_are_signed_in_the_operators_name_alone() {
        let operator = Bin::parse("210140099997").unwrap();
        require_bin(Some("210140099997"), operator).unwrap();
        for named in [None, Some("rubbish"), Some("120340000011")] {
            let told = require_bin(named, operator).unwrap_err().to_string();
            assert!(told.contains("service.operator_bin"), "{told}");
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
