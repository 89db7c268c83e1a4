//! `data-bank import` and `data-bank template`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use adapters::{FILE_BYTES_MAX, ImportError, ImportMode, import_file};
use anyhow::{Context, Result};
use app::{Clock, ImportSummary};
use domain::{Kato, Language};
use serde_json::json;

use crate::cli::{DataBankCommand, ImportArguments};
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, say, say_json};
use crate::system::SystemClock;
use crate::wiring;

/// `data-bank …`
pub async fn run(command: &DataBankCommand) -> Result<Status> {
    match command {
        DataBankCommand::Import(arguments) => import(arguments).await,
        DataBankCommand::Template { file } => {
            adapters::template(file).with_context(|| format!("cannot write {}", file.display()))?;
            say(format!("written: {}", file.display()));
            Ok(Status::Done)
        }
    }
}

async fn import(arguments: &ImportArguments) -> Result<Status> {
    let (Ok(provider), Some(language)) =
        (Kato::parse(&arguments.provider), Language::parse(&arguments.language))
    else {
        complain("--provider takes a KATO code of nine digits, --language takes kk, ru or en");
        return Ok(Status::WrongUse);
    };
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let Some(bytes) = read(&arguments.file) else { return Ok(Status::WrongUse) };
    let mode = if arguments.dry_run { ImportMode::DryRun } else { ImportMode::Apply };
    match import_file(&*store.registry, bytes, &provider, SystemClock.now(), mode).await {
        Ok(summary) => {
            report(&summary, arguments)?;
            Ok(Status::Done)
        }
        Err(ImportError::Faults(faults)) => {
            let messages = faults.messages(language);
            if arguments.json {
                say_json(&json!({ "faults": messages }))?;
            } else {
                messages.iter().for_each(complain);
            }
            Ok(Status::Refused)
        }
        Err(error) => Err(error.into()),
    }
}

/// A file over the limit is not loaded: one byte more than the limit is enough to be told so.
fn read(path: &Path) -> Option<Vec<u8>> {
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    match read {
        Ok(_) => Some(bytes),
        Err(error) => {
            complain(format!("cannot read {}: {error}", path.display()));
            None
        }
    }
}

fn report(summary: &ImportSummary, arguments: &ImportArguments) -> Result<()> {
    if arguments.json {
        return say_json(summary);
    }
    let ImportSummary { new, changed, ended, unchanged } = summary;
    let verb = if arguments.dry_run { "would be" } else { "is" };
    say(format!(
        "{new} new, {changed} changed ({ended} of them ended), {unchanged} as before; nothing else {verb} touched"
    ));
    Ok(())
}
