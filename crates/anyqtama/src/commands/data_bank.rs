//! `data-bank import` and `data-bank template`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use adapters::{
    FILE_BYTES_MAX, FilePreview, ImportError, ImportOrder, ImportWatch, import_file, preview_file,
};
use anyhow::{Context, Result};
use app::{Clock, ImportSummary, ImportWords, Keepers, OthersRecords, RowChange};
use domain::{Kato, Language};
use serde_json::json;

use crate::cli::{DataBankCommand, ImportArguments};
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, progress, say, say_json};
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
    let mut order = order(arguments, department, &config)?;
    order.watch = ImportWatch::telling(|line, total| {
        if let Some(text) = bar(line, total) {
            progress(&text);
        }
    });
    let done = if arguments.dry_run {
        let preview = preview_file(&*store.registry, bytes, order).await;
        preview.and_then(|preview| {
            let shown = show_preview(&preview, language, arguments);
            if arguments.others_records { Ok(shown) } else { preview.own_records().map(|()| shown) }
        })
    } else {
        let taken_in = import_file(&*store.registry, bytes, order).await;
        taken_in.map(|summary| report(&summary, language, arguments))
    };
    progress("");
    match done {
        Ok(shown) => shown.map(|()| Status::Done),
        Err(error) => refused(error, language, arguments),
    }
}

/// How far a file is read, for some of its lines: what stands there last is the whole, while the registry takes it in.
fn bar(line: u32, total: u32) -> Option<String> {
    const OFTEN: u32 = 500;
    const WIDTH: u32 = 30;
    if total == 0 || (!line.is_multiple_of(OFTEN) && line < total) {
        return None;
    }
    let done = line.min(total);
    let filled = u64::from(done) * u64::from(WIDTH) / u64::from(total);
    let filled = usize::try_from(filled).unwrap_or_default();
    let rest = usize::try_from(WIDTH).unwrap_or_default().saturating_sub(filled);
    Some(format!("[{}{}] {done} / {total}", "#".repeat(filled), ".".repeat(rest)))
}

fn order(arguments: &ImportArguments, department: Kato, config: &Config) -> Result<ImportOrder> {
    let mut order = ImportOrder::of(department, SystemClock.now());
    order.origin.reason.clone_from(&arguments.reason);
    order.terms.previewed.clone_from(&arguments.previewed);
    if arguments.others_records {
        order.terms.others = OthersRecords::Taken;
    }
    order.terms.keepers = Keepers::of_list(config.providers()?);
    Ok(order)
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
                let words = ImportWords::of(language);
                complain(format!("{} (--others-records)", words.others_records(&lines)));
            }
        }
        ImportError::AnotherThanPreviewed => {
            complain(ImportWords::of(language).another_than_previewed());
        }
        ImportError::NoReason => {
            complain(format!("{} (--reason)", ImportWords::of(language).no_reason()));
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
fn show_preview(file: &FilePreview, language: Language, arguments: &ImportArguments) -> Result<()> {
    let preview = &file.preview;
    if arguments.json {
        let ImportSummary { new, changed, ended, unchanged } = preview.summary;
        let line = |change: &RowChange| file.lines.get(change.place).copied().unwrap_or_default();
        let told = |change: &RowChange| json!({ "line": line(change), "effect": change.effect, "kept_by": change.kept_by, "people": change.people });
        return say_json(&json!({
            "new": new, "changed": changed, "ended": ended, "unchanged": unchanged,
            "changes": preview.changes.iter().map(told).collect::<Vec<_>>(),
            "digest": preview.digest,
        }));
    }
    ImportWords::of(language).lines(preview, &file.lines).iter().for_each(say);
    report(&preview.summary, language, arguments)
}

fn report(summary: &ImportSummary, language: Language, arguments: &ImportArguments) -> Result<()> {
    if arguments.json {
        return say_json(summary);
    }
    let words = ImportWords::of(language);
    say(if arguments.dry_run { words.previewed(summary) } else { words.taken_in(summary) });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_lines_tell_how_far_a_file_is_read_and_the_last_one_always() {
        assert_eq!(bar(1, 100_000), None);
        assert_eq!(bar(7, 0), None, "nobody knows how many there are");
        let half = bar(50_000, 100_000).unwrap();
        assert_eq!(half, format!("[{}{}] 50000 / 100000", "#".repeat(15), ".".repeat(15)));
        assert_eq!(bar(3, 3).unwrap(), format!("[{}] 3 / 3", "#".repeat(30)));
        assert_eq!(bar(4, 3).unwrap(), bar(3, 3).unwrap(), "the sheet said less than it has");
    }
}
