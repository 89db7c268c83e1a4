//! Joining ports to adapters: the one place that names them all.

mod egov_portal;
mod judging;
mod missed_keys;
mod notices;
mod sealed_meanwhile;
mod staff;
mod stamping;
mod unlocking;
mod watching;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adapters::{
    FileSealer, NoSeal, OwnDocumentVerifier, OwnRegistry, PdfRenderer, SealLevels, Sealers,
    TemplateRecordFiles, TrustFolder, WithRegister,
};
use anyhow::{Context, Result, bail};
use app::{
    Archive, Clock, DataBank, EmailAddresses, Exchanges, FactsSigner, OfficeStore, Outbox,
    RecordDesk, Registry, Sealer, Service, ServiceParts, Store,
};
use jiff::{SignedDuration, Timestamp};
use portal::PortalConfig;
use signature::pades::Level;
use store_postgres::{PostgresSettings, PostgresStore, ServerRole};
use store_sqlite::SqliteStore;

use crate::config::{Config, DatabaseConfig, DatabaseKind, MonitoringConfig};
use crate::system::{SystemClock, SystemIds};
use crate::{identity, passwords, sealing};
pub use egov_portal::gateway;
pub use judging::{list_fetcher, trust};
use judging::{responders, verifier};
pub use notices::messenger;
pub use staff::staff;
pub(crate) use stamping::stampers;
use stamping::{seal_stamper, time_stamper};
pub use watching::Pool;

/// How long the registry may take before it counts as unavailable.
const DATA_BANK_PATIENCE: Duration = Duration::from_secs(5);

/// An opened database as its ports.
#[derive(Clone)]
pub struct OpenStore {
    /// Requests and everything about them.
    pub store: Arc<dyn Store>,
    /// The departments' registry.
    pub registry: Arc<dyn Registry>,
    /// The same as officers work with it.
    pub desk: Arc<dyn RecordDesk>,
    /// Officers' sessions and proposals.
    pub office: Arc<dyn OfficeStore>,
    /// All of it as a whole.
    pub archive: Arc<dyn Archive>,
    /// Exchanges with the portal of the e-government.
    pub exchanges: Arc<dyn Exchanges>,
    /// Messages to be sent.
    pub outbox: Arc<dyn Outbox>,
    /// People's e-mail addresses.
    pub emails: Arc<dyn EmailAddresses>,
    replica: Option<PostgresStore>,
    database: Database,
}

#[derive(Clone)]
enum Database {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl OpenStore {
    /// Asks the replica, where one is configured: a node starts and serves without it, so nobody else would notice.
    pub async fn ping_replica(&self) -> Result<()> {
        match &self.replica {
            Some(replica) => replica.ping().await.context("database.replica_url"),
            None => Ok(()),
        }
    }

    /// Ends all connections, after the transactions that run.
    pub async fn close(&self) {
        match &self.database {
            Database::Sqlite(store) => store.close().await,
            Database::Postgres(store) => store.close().await,
        }
        if let Some(replica) = &self.replica {
            replica.close().await;
        }
    }
}

/// Farther apart from the database's, a node's clock is told to the log.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(2);
/// Farther apart, a node does not start: the 30 minutes of the law would be counted from a wrong moment, and what it puts
/// off would come too late for the others.
const CLOCKS_TOO_FAR: SignedDuration = SignedDuration::from_secs(30);

impl OpenStore {
    /// Requires this machine's clock to go with the database server's, by which all nodes are compared.
    pub async fn require_same_clock(&self) -> Result<()> {
        let Database::Postgres(store) = &self.database else { return Ok(()) };
        let before = SystemClock.now();
        let server = store.server_clock().await?;
        judge_clocks(before, server, SystemClock.now())
    }
}

/// The server looked at its clock at some moment between `before` and `after`.
fn judge_clocks(before: Timestamp, server: Timestamp, after: Timestamp) -> Result<()> {
    let apart = before.duration_since(server).max(server.duration_since(after));
    if apart > CLOCKS_TOO_FAR {
        bail!(
            "this machine's clock and the database server's are {} s apart; set both by NTP",
            apart.as_secs()
        );
    }
    if apart > CLOCKS_APART {
        let seconds = apart.as_secs();
        tracing::warn!(seconds, "the database server's clock is apart from this machine's");
    }
    Ok(())
}

/// What is done about a schema older than this version's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OlderSchema {
    Refused,
    Migrated,
}

/// Opens a database that has this version's schema; an older one is refused and stays as it is.
pub async fn open_store(config: &Config) -> Result<OpenStore> {
    open(config, OlderSchema::Refused).await
}

/// Opens the database, made where there is none, and brings it to this version's schema.
pub async fn open_migrated_store(config: &Config) -> Result<OpenStore> {
    open(config, OlderSchema::Migrated).await
}

async fn open(config: &Config, older: OlderSchema) -> Result<OpenStore> {
    let open = match config.database.kind()? {
        DatabaseKind::Sqlite => open_sqlite(&config.database, older).await,
        DatabaseKind::Postgres => open_postgres(&config.database, older).await,
    };
    #[cfg(feature = "fault-injection")]
    let open = open.and_then(armed);
    let open = open?;
    open.unlock(config).await?;
    Ok(open)
}

#[cfg(feature = "fault-injection")]
fn armed(open: OpenStore) -> Result<OpenStore> {
    let registry = crate::fault_injection::armed_registry(open.registry)?;
    let desk = crate::fault_injection::armed_desk(open.desk)?;
    let archive = crate::fault_injection::armed_archive(open.archive)?;
    let exchanges = crate::fault_injection::armed_exchanges(open.exchanges)?;
    let office = crate::fault_injection::armed_office(open.office)?;
    let outbox = crate::fault_injection::armed_outbox(open.outbox)?;
    Ok(OpenStore { registry, desk, archive, exchanges, office, outbox, ..open })
}

async fn open_sqlite(config: &DatabaseConfig, older: OlderSchema) -> Result<OpenStore> {
    let url = &config.url;
    let opened = match older {
        OlderSchema::Refused => SqliteStore::open_existing(url).await,
        OlderSchema::Migrated => SqliteStore::open(url).await,
    };
    let sqlite = opened.with_context(|| format!("cannot open {url}"))?;
    match older {
        OlderSchema::Refused => sqlite.require_schema().await?,
        OlderSchema::Migrated => sqlite.migrate().await.context("cannot migrate the database")?,
    }
    let store = Arc::new(sqlite.clone());
    let database = Database::Sqlite(sqlite);
    Ok(OpenStore {
        store: store.clone(),
        registry: store.clone(),
        exchanges: store.clone(),
        outbox: store.clone(),
        emails: store.clone(),
        desk: store.clone(),
        office: store.clone(),
        archive: store,
        replica: None,
        database,
    })
}

async fn open_postgres(config: &DatabaseConfig, older: OlderSchema) -> Result<OpenStore> {
    let password = config.password_file.as_deref().map(read_secret).transpose()?;
    let settings = |role| PostgresSettings {
        connections_max: config.connections_max,
        pooler: config.pooler,
        password: password.clone(),
        role,
    };
    let postgres = PostgresStore::connect(&config.url, settings(ServerRole::Primary)).await?;
    match older {
        OlderSchema::Refused => postgres.require_schema().await?,
        OlderSchema::Migrated => postgres.migrate().await.context("cannot migrate the database")?,
    }
    let replica = match &config.replica_url {
        Some(url) => {
            let mut replica = PostgresStore::connect(url, settings(ServerRole::Replica)).await?;
            replica.share_vault(&postgres);
            Some(replica)
        }
        None => None,
    };
    let store = Arc::new(postgres.clone());
    let database = Database::Postgres(postgres);
    Ok(OpenStore {
        store: store.clone(),
        registry: store.clone(),
        exchanges: store.clone(),
        outbox: store.clone(),
        emails: store.clone(),
        desk: store.clone(),
        office: store.clone(),
        archive: store,
        replica,
        database,
    })
}

/// The service over a store, with the providers' seals.
pub async fn service(config: &Config, open: &OpenStore) -> Result<Arc<Service>> {
    let trust = trust(config)?;
    let sealer = sealer(config, &trust)?;
    let (url, operator) = (&config.portal.public_url, config.operator()?.bin);
    let facts_signer = sealing::facts_signer(&config.seal, url, operator, &sealer)?;
    joined(config, open, trust, Arc::new(sealer), facts_signer).await
}

/// The service of a process that issues nothing: it needs no keys.
pub async fn service_without_seal(config: &Config, open: &OpenStore) -> Result<Arc<Service>> {
    joined(config, open, trust(config)?, Arc::new(NoSeal), Some(Arc::new(NoSeal))).await
}

async fn joined(
    config: &Config,
    open: &OpenStore,
    trust: Arc<TrustFolder>,
    sealer: Arc<dyn Sealer>,
    facts_signer: Option<Arc<dyn FactsSigner>>,
) -> Result<Arc<Service>> {
    let number_class = open.store.number_class().await.context("the class of numbers")?;
    let replica: Option<Arc<dyn Store>> = match &open.replica {
        Some(replica) => Some(Arc::new(replica.clone())),
        None => None,
    };
    let time_stamper = time_stamper(config, &trust)?;
    let section = config.one_time_passwords.as_ref();
    let one_time_passwords = section.map(passwords::one_time_passwords).transpose()?;
    let parts = ServiceParts {
        store: Arc::clone(&open.store),
        desk: Arc::clone(&open.desk),
        record_files: Arc::new(TemplateRecordFiles),
        replica,
        data_bank: data_bank(config, open)?,
        consents: config.consent.service(&config.data_bank, &config.service)?,
        verifier: judging::with_synthetic_person(config, verifier(config, &trust)?)?,
        identity_provider: identity::provider(config)?,
        document_verifier: Arc::new(judge_of_documents(config, &trust)?),
        renderer: Arc::new(PdfRenderer::new().context("the forms of documents")?),
        sealer,
        facts_signer,
        time_stamper,
        one_time_passwords,
        mail: notices::mail(config, open)?,
        number_class,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        providers: config.providers()?,
        settings: config.settings()?,
    };
    #[cfg(feature = "fault-injection")]
    let parts = crate::fault_injection::armed(parts)?;
    Ok(Arc::new(Service::new(parts)))
}

/// The data bank that is asked, and the register of natural persons beside it where one is configured.
fn data_bank(config: &Config, open: &OpenStore) -> Result<Arc<dyn DataBank>> {
    let bank: Arc<dyn DataBank> = match config.data_bank.over_shep()? {
        Some(bank) => Arc::new(bank),
        None => {
            let (registry, clock) = (Arc::clone(&open.registry), Arc::new(SystemClock));
            Arc::new(OwnRegistry::new(registry, DATA_BANK_PATIENCE, clock))
        }
    };
    Ok(match config.data_bank.person_register()? {
        Some(register) => {
            Arc::new(WithRegister::new(bank, Arc::new(register), Arc::new(SystemClock)))
        }
        None => bank,
    })
}

/// The keys, and what every seal must have besides a signature.
fn sealer(config: &Config, trust: &Arc<TrustFolder>) -> Result<FileSealer> {
    let seal = &config.seal;
    let (keys, level) = (sealing::open(seal)?, seal.level()?);
    if level == Level::Basic {
        return Ok(keys);
    }
    let stamper = seal_stamper(config, trust)?;
    let clock = Arc::new(SystemClock);
    let levels = SealLevels::new(level, stamper, Arc::clone(trust), clock);
    Ok(keys.with_levels(match responders(config)? {
        Some(responders) => levels.asking(responders),
        None => levels,
    }))
}

/// Whose seals count: each provider's in its own name, the operator's in every name.
fn sealers(config: &Config) -> Result<Sealers> {
    Ok(Sealers {
        operators: [config.operator()?.bin].into(),
        providers: config.providers()?.all().iter().map(|provider| provider.bin).collect(),
    })
}

/// Judges sealed documents, over trust of its own.
pub fn document_verifier(config: &Config) -> Result<OwnDocumentVerifier> {
    judge_of_documents(config, &trust(config)?)
}

fn judge_of_documents(config: &Config, trust: &Arc<TrustFolder>) -> Result<OwnDocumentVerifier> {
    Ok(OwnDocumentVerifier::new(Arc::clone(trust), sealers(config)?))
}

/// What the portal needs besides the service.
pub fn portal_config(config: &Config) -> Result<PortalConfig> {
    let api_token = config.portal.api_token_file.as_deref().map(read_secret).transpose()?;
    let contact_centre = config.contact_centre.token_file.as_deref();
    let contact_centre_token = contact_centre.map(read_secret).transpose()?;
    Ok(PortalConfig {
        public_url: config.portal.public_url.clone(),
        ncalayer_url: config.portal.ncalayer_url.clone(),
        egov_mobile: config.egov_mobile.as_ref().map(|egov| portal::EgovMobile {
            auth: egov.auth_type,
            method: egov.sign_method,
            link_url: egov.link_url.clone(),
        }),
        api_token,
        monitoring: config.monitoring.as_ref().map(MonitoringConfig::read).transpose()?,
        contact_centre_token,
        facts_schema: certificate::FACTS_SCHEMA.to_owned(),
        identity_provider: identity::button(config),
        staff: None,
        notice: config.portal.notice.clone().map(|notice| portal::Notice {
            kk: notice.kk,
            ru: notice.ru,
            en: notice.en,
            link: notice.link,
        }),
        security_contact: config.portal.security_contact.as_ref().map(|one| one.contact()),
        limit_key: config.limits.key()?,
    })
}

/// The secret in a file.
pub(crate) fn read_secret(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the secret in {}", path.display()))?;
    Ok(text.trim().to_owned())
}

/// The certificates in a file, unread.
pub(crate) fn read_authorities(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server's clock against this machine's 1000th second, which it took three more to ask.
    fn judged(server: i64) -> Result<()> {
        let second = |second| Timestamp::from_second(second).unwrap();
        judge_clocks(second(1_000), second(server), second(1_003))
    }

    #[test]
    fn a_clock_far_from_the_database_s_starts_no_node() {
        for near in [970, 1_000, 1_002, 1_033] {
            judged(near).unwrap();
        }
        for far in [969, 1_034] {
            let error = judged(far).unwrap_err();
            assert!(error.to_string().contains("31 s apart"), "{error}");
        }
    }
}
