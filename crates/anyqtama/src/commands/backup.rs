//! `backup`, `restore`, `move` and `new-number-class`.

use adapters::{ArchiveReader, ArchiveWriter, Digests, pipe};
use anyhow::{Context, Result, bail};
use app::{
    Archive, ArchiveError, Clock, ErasedAgain, ErasureLine, IntegrityReport, NewNumberClass,
};
use serde_json::json;

use crate::cli::{BackupArguments, ConfigArguments, MoveArguments, RestoreArguments};
use crate::commands::Status;
use crate::commands::audit::{read_erasures, tell_findings};
use crate::config::{Config, DatabaseConfig};
use crate::output::{complain, say, say_json};
use crate::system::SystemClock;
use crate::wiring::{self, OpenStore};

/// `backup DIR`
pub async fn backup(arguments: &BackupArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let schema_version = store.archive.schema_version().await?;
    let mut writer = ArchiveWriter::begin(&arguments.folder, schema_version, SystemClock.now())?;
    store.archive.export(&mut writer).await?;
    let manifest = writer.finish()?;
    store.close().await;
    let (rows, requests) = (manifest.rows(), manifest.rows_of("requests"));
    if arguments.json {
        say_json(&json!({ "rows": rows, "requests": requests }))?;
    } else {
        say(format!("{rows} rows, {requests} requests in {}", arguments.folder.display()));
    }
    Ok(Status::Done)
}

/// `restore DIR`
pub async fn restore(arguments: &RestoreArguments) -> Result<Status> {
    let erasures = match arguments.erasures.as_deref().map(read_erasures).transpose() {
        Ok(erasures) => erasures.unwrap_or_default(),
        Err(error) => {
            complain(format!("--erasures: {error:#}"));
            return Ok(Status::WrongUse);
        }
    };
    let arguments = &arguments.backup;
    let mut reader = ArchiveReader::open(&arguments.folder)?;
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_migrated_store(&config).await?;
    let (archive, program) =
        (reader.manifest().schema_version, store.archive.schema_version().await?);
    if archive != program {
        return Err(ArchiveError::OtherSchema { archive, program }.into());
    }
    let class = unused_class(&reader.used_classes()?)?;
    // Before it is made: a class noted down for nothing is lost, one used unnoted could be used again.
    reader.note_restoration(class.class, class.audit.at)?;
    let rows = store.archive.load(&mut reader, Some(&class)).await?;
    // It may have brought its own data keys.
    store.unlock(&config).await.context(
        "everything was written, but does not open: name the master key that the backup was made under in [personal_data], and then \
        run `anyqtama audit verify`",
    )?;
    let requests = reader.manifest().rows_of("requests");
    let again = erased_again(&config, &store, &erasures).await?;
    let found = verified(&config, &store).await?;
    store.close().await;
    let (whole, doubts) = (found.faults.is_empty(), found.doubts.len());
    if arguments.json {
        say_json(&json!({
            "rows": rows, "requests": requests, "integrity": whole, "doubts": doubts,
            "erased_again": again.erased,
        }))?;
    } else {
        if !erasures.is_empty() {
            say(format!("{} requests that had been erased were erased again", again.erased));
        }
        let class = class.class.index();
        say(format!("{rows} rows, {requests} requests; numbers are drawn from class {class} now"));
    }
    let status = judged(&found);
    Ok(if again.open.is_empty() { status } else { Status::Refused })
}

/// An older backup may have them without an answer or with something open: then a person must see to it.
async fn erased_again(
    config: &Config,
    store: &OpenStore,
    erasures: &[ErasureLine],
) -> Result<ErasedAgain> {
    if erasures.is_empty() {
        return Ok(ErasedAgain::default());
    }
    let service = wiring::service_without_seal(config, store).await?;
    let again = service.erase_again(erasures).await?;
    for number in &again.open {
        complain(format!(
            "request {number} had been erased, and cannot be here: it is open in this backup"
        ));
    }
    Ok(again)
}

/// `move --to URL` or `move --to-config FILE`
pub async fn move_store(arguments: &MoveArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let target_config = target_of(arguments, &config)?;
    let from = wiring::open_store(&config).await?;
    // Rows go as they stand, so whoever serves from the target needs the keys they stand under: known before anything is written.
    from.opens_with(&target_config).await.context("what --to-config says in [personal_data]")?;
    let to = wiring::open_migrated_store(&target_config).await.context("the target")?;
    let (mut sink, mut source) = pipe();
    // Each side lets go of its end when it ends, or the other would wait for it for ever.
    let export = async move { (from.archive.export(&mut sink).await, from) };
    let load = async move { (to.archive.load(&mut source, None).await, to) };
    let ((exported, from), (loaded, to)) = tokio::join!(export, load);
    let rows = match (exported, loaded) {
        (Ok(()), Ok(rows)) => rows,
        // Where the target gave up, the source only tells that nobody listens any more.
        (_, Err(error)) | (Err(error), Ok(_)) => return Err(error.into()),
    };
    to.unlock(&target_config).await?;
    let same = digests(&*from.archive).await? == digests(&*to.archive).await?;
    let found = verified(&target_config, &to).await?;
    let (whole, doubts) = (found.faults.is_empty(), found.doubts.len());
    from.close().await;
    to.close().await;
    if !same {
        complain("the databases differ: was the service still running?");
    }
    if arguments.json {
        say_json(&json!({ "rows": rows, "same": same, "integrity": whole, "doubts": doubts }))?;
    } else if same && whole {
        say(format!("{rows} rows, each of them compared; now set database.url to the new address"));
    }
    let status = judged(&found);
    Ok(if same { status } else { Status::Refused })
}

/// Nothing of the source's database: its password, pooler and replica are another server's.
fn target_of(arguments: &MoveArguments, config: &Config) -> Result<Config> {
    let (database, personal_data) = match (&arguments.to, &arguments.to_config) {
        (Some(url), _) => (DatabaseConfig::at(url.clone()), config.personal_data.clone()),
        (None, Some(file)) => {
            let target = Config::load(file).context("--to-config")?;
            (target.database, target.personal_data)
        }
        (None, None) => bail!("--to or --to-config is missing"),
    };
    Ok(Config { database, personal_data, ..config.clone() })
}

/// `new-number-class`
pub async fn new_number_class(arguments: &ConfigArguments) -> Result<Status> {
    let config = Config::load(&arguments.config)?;
    let store = wiring::open_store(&config).await?;
    let used =
        store.store.number_classes().await?.iter().map(|used| used.class).collect::<Vec<_>>();
    let class = unused_class(&used)?;
    store.archive.start_number_class(&class).await?;
    store.close().await;
    say(format!("numbers are drawn from class {} now; restart every node", class.class.index()));
    Ok(Status::Done)
}

fn unused_class(used: &[domain::NumberClass]) -> Result<NewNumberClass> {
    match NewNumberClass::choose(used, SystemClock.now()) {
        Some(class) => Ok(class),
        None => bail!("every class of numbers was used"),
    }
}

async fn digests(
    archive: &dyn Archive,
) -> Result<std::collections::BTreeMap<String, (u64, String)>> {
    let mut digests = Digests::default();
    archive.export(&mut digests).await?;
    Ok(digests.finish())
}

/// Everything in the database against its journal, as `audit verify` does.
async fn verified(config: &Config, store: &OpenStore) -> Result<IntegrityReport> {
    let service = wiring::service_without_seal(config, store).await?;
    let verify = async || service.verify_integrity(&*store.registry, &[]).await;
    store.with_all_keys(config, verify).await
}

/// What a doubt names was so before: everything was written as it was, so it is done.
fn judged(found: &IntegrityReport) -> Status {
    tell_findings(found);
    if !found.faults.is_empty() {
        complain("everything was written, but it is not as its journal says: do not serve from it");
        return Status::Refused;
    }
    if !found.doubts.is_empty() {
        complain("everything was written and is as its journal says; only the doubts above remain");
    }
    Status::Done
}
