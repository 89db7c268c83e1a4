//! `data-bank import` and `data-bank template`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use adapters::{FILE_BYTES_MAX, FilePreview, ImportError, ImportOrder, import_file, preview_file};
use anyhow::{Context, Result};
use app::{Clock, ImportSummary, OthersRecords, RowChange, RowEffect};
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
    let (Ok(department), Some(language)) =
        (Kato::parse(&arguments.provider), Language::parse(&arguments.language))
    else {
        complain("--provider takes a KATO code of nine digits, --language takes kk, ru or en");
        return Ok(Status::WrongUse);
    };
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let Some(bytes) = read(&arguments.file) else { return Ok(Status::WrongUse) };
    let order = order(arguments, department);
    let done = if arguments.dry_run {
        let preview = preview_file(&*store.registry, bytes, order).await;
        preview.and_then(|preview| {
            let shown = show_preview(&preview, arguments);
            if arguments.others_records { Ok(shown) } else { preview.own_records().map(|()| shown) }
        })
    } else {
        let taken_in = import_file(&*store.registry, bytes, order).await;
        taken_in.map(|summary| report(&summary, arguments))
    };
    match done {
        Ok(shown) => shown.map(|()| Status::Done),
        Err(error) => refused(error, language, arguments),
    }
}

fn order(arguments: &ImportArguments, department: Kato) -> ImportOrder {
    let mut order = ImportOrder::of(department, SystemClock.now());
    order.origin.reason.clone_from(&arguments.reason);
    order.terms.previewed.clone_from(&arguments.previewed);
    if arguments.others_records {
        order.terms.others = OthersRecords::Taken;
    }
    order
}

fn refused(error: ImportError, language: Language, arguments: &ImportArguments) -> Result<Status> {
    match error {
        ImportError::Faults(faults) => {
            let messages = faults.messages(language);
            if arguments.json {
                say_json(&json!({ "faults": messages }))?;
            } else {
                messages.iter().for_each(complain);
            }
        }
        ImportError::OthersRecords(lines) => {
            if arguments.json {
                say_json(&json!({ "others_records": lines }))?;
            } else {
                let lines = lines.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
                complain(format!(
                    "nothing is taken in: other departments keep the records of lines {lines} \
                     (--others-records changes them all the same)"
                ));
            }
        }
        ImportError::AnotherThanPreviewed => {
            complain("nothing is taken in: the registry has changed since the preview; look again");
        }
        error => return Err(error.into()),
    }
    Ok(Status::Refused)
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

/// What would change, line by line, in words that name fields and nobody.
fn show_preview(file: &FilePreview, arguments: &ImportArguments) -> Result<()> {
    let line = |change: &RowChange| file.lines.get(change.place).copied().unwrap_or_default();
    let lines: Vec<(u32, &RowChange)> =
        file.preview.changes.iter().map(|change| (line(change), change)).collect();
    if arguments.json {
        let ImportSummary { new, changed, ended, unchanged } = file.preview.summary;
        let told = |(line, change): &(u32, &RowChange)| json!({ "line": line, "effect": change.effect, "kept_by": change.kept_by });
        return say_json(&json!({
            "new": new, "changed": changed, "ended": ended, "unchanged": unchanged,
            "changes": lines.iter().map(told).collect::<Vec<_>>(),
            "digest": file.preview.digest,
        }));
    }
    for (line, change) in lines {
        let keeper = change.kept_by.as_ref().map(|keeper| format!(", kept by {}", keeper.as_str()));
        let what = match &change.effect {
            RowEffect::New => "new".to_owned(),
            RowEffect::Changed { fields, ends } => {
                let fields = fields.iter().map(|field| field.code()).collect::<Vec<_>>().join(", ");
                format!("{} ({fields})", if *ends { "ended" } else { "changed" })
            }
        };
        say(format!("line {line}: {what}{}", keeper.unwrap_or_default()));
    }
    report(&file.preview.summary, arguments)
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
