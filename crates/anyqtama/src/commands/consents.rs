//! `consents register`: what Article 8 makes the operator register and keep of every consent, into a file of his own.
//!
//! Persons stand in that file and nowhere else: standard output and the log get a count. Read next: `docs/consent.md`.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result};
use app::{ConsentEntry, ConsentPeriod, ErasedConsent, ErasedRequest};
use domain::{ConsentItems, ConsentKind, ConsentSubject};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cli::{ConsentsCommand, RegisterArguments, RegisterFormat};
use crate::commands::Status;
use crate::config::Config;
use crate::output::say;
use crate::wiring;

/// Only the owner reads a register.
const MODE: u32 = 0o600;
/// What a spreadsheet would take for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The columns of the table, in their order.
const COLUMNS: [&str; 20] = [
    "number",
    "applicant_iin",
    "applicant_name",
    "wards",
    "decision",
    "decided_at",
    "withdrawn_at",
    "refused_at",
    "channel",
    "text_version",
    "language",
    "operator_bin",
    "term",
    "third_parties",
    "cross_border",
    "public_sources",
    "data",
    "confirmed_by",
    "confirmed_at",
    "erased_at",
];

/// `consents`
pub async fn run(command: ConsentsCommand) -> Result<Status> {
    match command {
        ConsentsCommand::Register(arguments) => register(&arguments).await,
    }
}

async fn register(arguments: &RegisterArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let service = wiring::service_without_seal(&config, &store).await?;
    let path = &arguments.file;
    let file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    service.note_consents_taken_out(arguments.from, arguments.until).await?;
    let mut writer = RegisterWriter::new(file, arguments.format)?;
    let from = arguments.from.unwrap_or(Timestamp::MIN);
    let until = arguments.until.unwrap_or(Timestamp::MAX);
    let mut period = ConsentPeriod { from, until, after: None };
    loop {
        let entries = service.consent_register(&period).await?;
        let Some(last) = entries.last() else { break };
        period.after = Some((last.decided_at, last.number.clone()));
        for entry in &entries {
            writer.put(&Line::of(entry))?;
        }
    }
    period.after = None;
    loop {
        let erased = service.erased_consent_register(&period).await?;
        let Some(last) = erased.last() else { break };
        period.after = Some((last.accepted_at, last.number.clone()));
        for line in erased.iter().filter_map(Line::of_erased) {
            writer.put(&line)?;
        }
    }
    let count = writer.finish()?;
    store.close().await;
    say(format!("{count} consents are in {}", path.display()));
    Ok(Status::Done)
}

/// A line of the register. What was decided before the items were kept as data has its version of the text alone.
#[derive(Serialize)]
struct Line {
    number: String,
    applicant_iin: String,
    applicant_name: String,
    wards: String,
    decision: Value,
    decided_at: Timestamp,
    withdrawn_at: Option<Timestamp>,
    refused_at: Option<Timestamp>,
    channel: &'static str,
    text_version: String,
    language: &'static str,
    operator_bin: String,
    term: Value,
    third_parties: Value,
    cross_border: Value,
    public_sources: Value,
    data: Value,
    confirmed_by: String,
    confirmed_at: Option<Timestamp>,
    erased_at: Option<Timestamp>,
}

impl Line {
    /// Behind the others: of a request that was erased only number, moments, version of the text and what was answered are left.
    fn of_erased(left: &ErasedRequest) -> Option<Self> {
        let is_of_article_8 = |one: &&ErasedConsent| one.kind == ConsentKind::RestrictedData;
        let consent = left.consents.iter().find(is_of_article_8)?;
        Some(Self {
            number: left.number.to_string(),
            applicant_iin: String::new(),
            applicant_name: String::new(),
            wards: String::new(),
            decision: word(consent.decision),
            decided_at: left.accepted_at,
            withdrawn_at: consent.withdrawn_at,
            refused_at: None,
            channel: left.channel.code(),
            text_version: consent.text_version.clone(),
            language: "",
            operator_bin: String::new(),
            term: Value::Null,
            third_parties: Value::Null,
            cross_border: Value::Null,
            public_sources: Value::Null,
            data: Value::Null,
            confirmed_by: String::new(),
            confirmed_at: None,
            erased_at: Some(left.erased_at),
        })
    }

    fn of(entry: &ConsentEntry) -> Self {
        let record = &entry.record;
        let items = record.items.as_ref();
        let item = |value: fn(&ConsentItems) -> Result<Value, serde_json::Error>| {
            items.and_then(|items| value(items).ok()).unwrap_or(Value::Null)
        };
        let confirmation = record.confirmation.as_ref();
        Self {
            number: entry.number.to_string(),
            applicant_iin: entry.applicant.digits(),
            applicant_name: entry.applicant_name.clone(),
            wards: items.map(wards).unwrap_or_default(),
            decision: word(record.decision),
            decided_at: entry.decided_at,
            withdrawn_at: entry.withdrawn_at,
            refused_at: entry.refused_at,
            channel: entry.channel.code(),
            text_version: record.text_version.clone(),
            language: record.language.code(),
            operator_bin: items.map(|items| items.operator.bin.digits()).unwrap_or_default(),
            term: item(|items| serde_json::to_value(items.term)),
            third_parties: item(|items| serde_json::to_value(items.third_parties)),
            cross_border: item(|items| serde_json::to_value(items.cross_border)),
            public_sources: item(|items| serde_json::to_value(items.public_sources)),
            data: item(|items| serde_json::to_value(&items.data)),
            confirmed_by: confirmation.map(|one| one.service.clone()).unwrap_or_default(),
            confirmed_at: confirmation.map(|one| one.answered_at),
            erased_at: None,
        }
    }
}

fn word(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// `all`, or the IINs of those named.
fn wards(items: &ConsentItems) -> String {
    let named = |subject: &ConsentSubject| match subject {
        ConsentSubject::Applicant { .. } => None,
        ConsentSubject::Ward { iin } => Some(iin.digits()),
        ConsentSubject::AllWards => Some("all".to_owned()),
    };
    items.subjects.iter().filter_map(named).collect::<Vec<_>>().join(" ")
}

struct RegisterWriter {
    file: BufWriter<File>,
    format: RegisterFormat,
    count: u64,
}

impl RegisterWriter {
    fn new(file: File, format: RegisterFormat) -> Result<Self> {
        let mut writer = Self { file: BufWriter::new(file), format, count: 0 };
        if format == RegisterFormat::Csv {
            // Spreadsheets take a table for UTF-8 by this mark alone.
            writer.file.write_all("\u{feff}".as_bytes())?;
            writer.row(&COLUMNS.map(str::to_owned))?;
        }
        Ok(writer)
    }

    fn put(&mut self, line: &Line) -> Result<()> {
        self.count += 1;
        match self.format {
            RegisterFormat::Json => {
                serde_json::to_writer(&mut self.file, line)?;
                self.file.write_all(b"\n")?;
            }
            RegisterFormat::Csv => self.put_row(line)?,
        }
        Ok(())
    }

    fn put_row(&mut self, line: &Line) -> Result<()> {
        let fields = serde_json::to_value(line)?;
        let cells = COLUMNS.map(|name| cell(&shown(fields.get(name).unwrap_or(&Value::Null))));
        self.row(&cells)
    }

    fn row(&mut self, cells: &[String]) -> Result<()> {
        self.file.write_all(cells.join(",").as_bytes())?;
        Ok(self.file.write_all(b"\r\n")?)
    }

    /// On the disk when it is told.
    fn finish(mut self) -> Result<u64> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(self.count)
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Quoted where it must be, and never a formula: a name comes from outside.
fn cell(text: &str) -> String {
    let text = if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_breaks_the_table_or_runs_in_a_spreadsheet() {
        for (text, written) in [
            ("ҮЛГІ АДАМ", "ҮЛГІ АДАМ"),
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("-1,2", "\"'-1,2\""),
            ("one\ntwo", "\"one\ntwo\""),
            ("", ""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
