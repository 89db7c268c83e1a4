//! The database: whether it is there, of this version, writes, tells the same time, and has its journal whole.

use app::{StoreError, verify_chain};

use crate::config::{Config, DataBankSource, DatabaseKind};
use crate::wiring::{self, OpenStore};

use super::faults::Fault;
use super::{Findings, faults};

/// Rows of the journal's end that are looked at: all of it is the business of `audit verify`.
const LAST_ROWS: i64 = 2_000;
/// Rows read with one question.
const PAGE: u32 = 1_000;

/// Opens it and looks; changes nothing but the row that trials of writing are made with.
pub async fn look(config: &Config, found: &mut Findings) -> Option<OpenStore> {
    let personal = config.personal_data.as_ref();
    let keys = personal.and_then(|section| section.key_file.as_ref());
    let pin = personal.and_then(|section| section.token.as_ref()).map(|token| &token.pin_file);
    let secrets = [config.database.password_file.as_ref(), keys, pin];
    let missing = secrets.into_iter().flatten().any(|path| std::fs::read(path).is_err());
    let is_named = personal.is_none_or(|section| section.check().is_ok());
    if config.database.kind().is_err() || missing || !is_named {
        // Told already.
        return None;
    }
    let open = match wiring::open_store(config).await {
        Ok(open) => open,
        Err(error) => {
            let what = format!("{}: {error:#}", shown(config));
            found.wrong(fault_of(&error), what);
            return None;
        }
    };
    if config.personal_data.is_none() {
        found.soon(&faults::PERSONAL_DATA_OPEN, shown(config));
    }
    if let Err(error) = open.store.ping().await {
        found.wrong(&faults::DATABASE_READS_ONLY, format!("{}: {error}", shown(config)));
    }
    if let Err(error) = open.ping_replica().await {
        found.soon(&faults::REPLICA, format!("{error:#}"));
    }
    if let Err(error) = open.require_same_clock().await {
        found.wrong(&faults::CLOCK, format!("{error:#}"));
    }
    match journal(&open).await {
        Ok(None) => {}
        Ok(Some(what)) => found.wrong(&faults::JOURNAL_BROKEN, what),
        Err(error) => found.wrong(&faults::DATABASE_UNREACHABLE, error.to_string()),
    }
    registry(config, &open, found).await;
    records(config, &open, found).await;
    Some(open)
}

/// Where it is, without who comes in with which password.
fn shown(config: &Config) -> String {
    let url = &config.database.url;
    match (config.database.kind(), reqwest::Url::parse(url)) {
        (Ok(DatabaseKind::Postgres), Ok(url)) => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}{}", url.host_str().unwrap_or("the local socket"), url.path())
        }
        (Ok(DatabaseKind::Sqlite), _) => url.clone(),
        _ => "database.url".to_owned(),
    }
}

fn fault_of(error: &anyhow::Error) -> &'static Fault {
    if error.is::<adapters::TokenFault>() {
        return &faults::PERSONAL_DATA_TOKEN;
    }
    match error.downcast_ref() {
        Some(vault::UnlockError::NotSealed) => return &faults::PERSONAL_DATA_OPEN,
        Some(vault::UnlockError::Keys(_) | vault::UnlockError::NoMaster) => {
            return &faults::PERSONAL_DATA_KEY;
        }
        Some(vault::UnlockError::Store(_)) => return &faults::DATABASE_UNREACHABLE,
        None => {}
    }
    if error.is::<vault::MasterKeysError>() {
        return &faults::PERSONAL_DATA_KEY;
    }
    use store_postgres::OpenError as Postgres;
    use store_sqlite::OpenError as Sqlite;
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(Postgres::Older(_) | Postgres::NotTheOwner), _) | (_, Some(Sqlite::Older(_))) => {
            &faults::DATABASE_NOT_MIGRATED
        }
        (Some(Postgres::OtherSchema(_) | Postgres::OutdatedProgram { .. }), _)
        | (_, Some(Sqlite::OtherSchema(_) | Sqlite::OutdatedProgram { .. })) => {
            &faults::DATABASE_OTHER_SCHEMA
        }
        _ => &faults::DATABASE_UNREACHABLE,
    }
}

/// The end of the chain, up to its head.
async fn journal(open: &OpenStore) -> Result<Option<String>, StoreError> {
    let head = open.store.journal_head().await?;
    let mut known = (head.sequence - LAST_ROWS).max(0);
    let mut hash = match known {
        0 => String::new(),
        sequence => match open.store.audit_from(sequence, 1).await?.first() {
            Some(row) if row.sequence == sequence => row.hash.clone(),
            _ => return Ok(Some(format!("row {sequence} is missing"))),
        },
    };
    while known < head.sequence {
        let left = u32::try_from(head.sequence - known).unwrap_or(PAGE);
        let rows = open.store.audit_from(known + 1, PAGE.min(left)).await?;
        let Some(last) = rows.last() else {
            return Ok(Some(format!("rows behind {known} are missing")));
        };
        hash = match verify_chain(&rows, known + 1, &hash) {
            Ok(hash) => hash,
            Err(fault) => return Ok(Some(fault.to_string())),
        };
        known = last.sequence;
    }
    Ok((hash != head.hash).then(|| "its last row is not the one that was noted down".to_owned()))
}

/// An empty data bank knows for sure that nobody is a guardian, which is a ground for refusal.
async fn registry(config: &Config, open: &OpenStore, found: &mut Findings) {
    if config.data_bank.source != DataBankSource::Registry {
        return;
    }
    if let Ok(None) = open.registry.last_import_at().await {
        found.wrong(&faults::REGISTRY_EMPTY, "nothing was ever taken in");
    }
}

async fn records(config: &Config, open: &OpenStore, found: &mut Findings) {
    let (Ok(providers), Ok(entered)) = (config.providers(), open.desk.keepers().await) else {
        return;
    };
    let unkept = entered.iter().filter(|entered| providers.keeper(entered).is_none());
    let unkept: Vec<&str> = unkept.map(domain::Kato::as_str).collect();
    if !unkept.is_empty() {
        let what = format!("records entered under {}", unkept.join(", "));
        found.soon(&faults::RECORDS_UNKEPT, what);
    }
}
