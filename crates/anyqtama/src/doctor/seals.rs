//! The providers' seals: keys, certificates, whose they are and until when.

use std::path::Path;

use adapters::{FileSealer, SealerSetupError};
use app::{FactsSigner, SealAlarm, SealCover, Sealer, seal_covers};
use domain::Bin;
use jiff::Timestamp;
use signature::x509::Certificate;

use crate::config::Config;
use crate::sealing;

use super::faults::Fault;
use super::{Findings, faults};

/// The seal of providers without one of their own.
const SYSTEM: &str = "system";

/// Keys, owners, terms.
pub fn look(config: &Config, now: Timestamp, found: &mut Findings) {
    owners(config, found);
    let sealer = match sealing::open(&config.seal) {
        Ok(sealer) => sealer,
        Err(error) => return found.wrong(fault_of(&error), format!("{error:#}")),
    };
    if let Err(error) = sealer.require_token() {
        return found.wrong(&faults::SEAL_TOKEN, error.to_string());
    }
    let mut terms = sealer.terms();
    if let Some(signer) = facts(config, &sealer, found) {
        terms.extend(signer.terms());
    }
    for cover in seal_covers(&terms, now) {
        tell(&cover, now, found);
    }
}

fn fault_of(error: &anyhow::Error) -> &'static Fault {
    match error.downcast_ref() {
        Some(SealerSetupError::Folder { .. } | SealerSetupError::Name { .. }) => {
            &faults::SEAL_FOLDER
        }
        Some(SealerSetupError::NoSystem { .. } | SealerSetupError::NoCertificate { .. }) => {
            &faults::SEAL_FOLDER
        }
        Some(SealerSetupError::NoKey { .. }) => &faults::SEAL_KEY_MISSING,
        Some(SealerSetupError::KeyInFile { .. }) => &faults::SEAL_KEY_IN_FILE,
        Some(SealerSetupError::Key { .. }) => &faults::SEAL_KEY_UNUSABLE,
        Some(SealerSetupError::Token(_)) => &faults::SEAL_TOKEN,
        Some(SealerSetupError::Rehearsal(_)) | None => &faults::CONFIGURATION,
    }
}

fn facts(
    config: &Config,
    sealer: &FileSealer,
    found: &mut Findings,
) -> Option<std::sync::Arc<dyn FactsSigner>> {
    let operator = config.operator().ok()?.bin;
    match sealing::facts_signer(&config.seal, &config.portal.public_url, operator, sealer) {
        Ok(signer) => signer,
        Err(error) => {
            found.wrong(&faults::FACTS_KEY, format!("{error:#}"));
            None
        }
    }
}

fn tell(cover: &SealCover, now: Timestamp, found: &mut Findings) {
    let SealCover { owner, certificate, .. } = cover;
    let left = format!("seal of {owner}: {} days left by {certificate}", cover.days_left(now));
    match SealAlarm::at(cover.ends_at, now) {
        None => {}
        Some(SealAlarm::SixtyDays | SealAlarm::ThirtyDays) => {
            found.soon(&faults::SEAL_ENDING, left);
        }
        Some(SealAlarm::SevenDays) => found.wrong(&faults::SEAL_ENDING, left),
        Some(SealAlarm::Ended) => {
            let what = format!("seal of {owner}: no certificate is valid now ({certificate})");
            found.wrong(&faults::SEAL_ENDED, what);
        }
    }
}

/// A seal counts in the name of its provider, the operator's in every name.
fn owners(config: &Config, found: &mut Findings) {
    let (Ok(operator), Ok(providers)) = (config.operator(), config.providers()) else { return };
    let Ok(entries) = std::fs::read_dir(&config.seal.keys_dir) else { return };
    let authority = config.service.quality_control.as_ref();
    for path in entries.flatten().map(|entry| entry.path()) {
        let Some(owner) = owner_of(&path) else { continue };
        let own = match owner.as_str() {
            SYSTEM => None,
            kato => providers
                .all()
                .iter()
                .find(|one| one.kato.as_str() == kato)
                .map(|one| one.bin)
                .or_else(|| {
                    authority.filter(|one| one.kato == kato)?.provider().ok().map(|one| one.bin)
                }),
        };
        let Some(named) = bin_of(&path) else { continue };
        let bin = Bin::parse(&named).ok();
        if bin != Some(operator.bin) && (own.is_none() || bin != own) {
            let what = format!("{} names the BIN {named}", path.display());
            found.wrong(&faults::SEAL_OF_ANOTHER, what);
        }
    }
}

/// `710000000` of `710000000.2.pem`.
fn owner_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".pem")?;
    Some(name.split('.').next()?.to_owned())
}

/// The BIN that the first certificate names; an empty word where it names none.
fn bin_of(path: &Path) -> Option<String> {
    let first = Certificate::all_from(&std::fs::read(path).ok()?).ok()?.into_iter().next()?;
    Some(first.bin().unwrap_or_default())
}
