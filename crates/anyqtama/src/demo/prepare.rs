//! Filling the demo's folder: authority, keys, data bank file, configuration. The same files a real installation has.

use std::net::SocketAddr;
use std::path::PathBuf;

use adapters::{ImportOrder, import_file};
use anyhow::{Context, Result};
use app::{Clock, Ids};
use domain::{Kato, astana_date};
use jiff::civil::Date;
use simulators::authority::{Authority, DemoFolder, Employer, Furnished, PersonKey, SealHolder};
use simulators::data_bank_file;
use simulators::people::{
    DemoMember, DemoPerson, DemoWorkplace, GUARDIANSHIPS, Population, population,
};

use crate::commands::keys::add_master_key;
use crate::config::{
    Config, ConsentConfig, ContactCentreConfig, DataBankConfig, DatabaseConfig, EgovMobileConfig,
    FactsKeyConfig, FactsSignatureConfig, JournalConfig, LimitsConfig, LogConfig, MonitoringConfig,
    Notice, PersonalDataConfig, PortalSection, QualityControlConfig, RetentionConfig, SealConfig,
    ServiceConfig, SignaturesConfig, StaffConfig, WorkerConfig,
};
use crate::demo::folder::{Age, Folder};
use crate::output::say;
use crate::system::{SystemClock, SystemIds, randomness};
use crate::wiring;

/// The same people every day.
pub const SEED: u64 = 20_261_123;
/// The department that enters the demo's file.
const ENTERED_BY: &str = "710000000";
/// BIN of its authority of quality control.
const QUALITY_CONTROL_BIN: &str = "200140009028";
/// BIN of the demo's operator; no organisation has it.
pub const OPERATOR_BIN: &str = "210140099997";
const FILTER: &str = "warn";
/// The token of the monitoring system.
const MONITORING_TOKEN: &str = "monitoring-token";
/// The master keys of personal data.
const MASTER_KEYS: &str = "personal-data.keys";
/// The list of people who serve.
const STAFF: &str = "staff.toml";

/// A prepared demo.
pub struct Prepared {
    /// The folder.
    pub folder: Folder,
    /// The day from which its birthdays are counted.
    pub today: Date,
    /// What it runs with.
    pub config: Config,
    /// The people of the situations.
    pub people: Vec<DemoPerson>,
    /// Their keys, in the same order.
    pub keys: Vec<PersonKey>,
    /// The people who serve, with their keys.
    pub staff: Vec<(DemoMember, PersonKey)>,
    /// Who issued them.
    pub authority: Authority,
}

/// Opens or fills the folder for a portal and a signer at these addresses.
pub async fn prepare(
    path: &std::path::Path,
    portal: SocketAddr,
    signer: SocketAddr,
) -> Result<Prepared> {
    let now = SystemClock.now();
    let today = astana_date(now);
    let (folder, age) = Folder::open(path, today)?;
    folder.begin()?;
    if age == Age::Fresh {
        add_master_key(&folder.path(MASTER_KEYS))?;
    }
    let people = population(SEED, today, GUARDIANSHIPS)?;
    let config = config(&folder, portal, signer);
    let seals = seals(&config)?;
    let keys_folder = DemoFolder::new(&folder.path(""));
    let Furnished { authority, keys } = keys_folder
        .furnish(&people.demo, &seals, now, &mut randomness())
        .context("the demo's certification authority")?;
    keys_folder
        .furnish_facts_key(&authority, &facts_holder(&config)?, now, &mut randomness())
        .context("the demo's key for facts")?;
    let staff = staff(&folder, &keys_folder, &authority, &people, &seals)?;
    folder.write("anyqtama.toml", toml::to_string(&config)?.as_bytes())?;
    if age == Age::Fresh {
        folder.write("api-token", format!("{}\n", SystemIds.token()).as_bytes())?;
        fill_data_bank(&folder, &config, &people).await?;
    }
    if !folder.path(MONITORING_TOKEN).exists() {
        folder.write(MONITORING_TOKEN, format!("{}\n", SystemIds.token()).as_bytes())?;
    }
    // A folder of an earlier version has none.
    if !folder.path("contact-centre-token").exists() {
        let token = format!("{}\n", SystemIds.token());
        folder.write("contact-centre-token", token.as_bytes())?;
    }
    folder.finish(today)?;
    Ok(Prepared { folder, today, config, people: people.demo, keys, staff, authority })
}

/// The people who serve with their keys, and the list of them: for the service, and to be read by people.
fn staff(
    folder: &Folder,
    keys_folder: &DemoFolder,
    authority: &Authority,
    people: &Population,
    seals: &[SealHolder],
) -> Result<Vec<(DemoMember, PersonKey)>> {
    let now = SystemClock.now();
    let mut staff = Vec::new();
    let mut list = String::new();
    for member in &people.staff {
        let (employer, place) = match &member.workplace {
            DemoWorkplace::Provider(kato) => {
                let department = seals.iter().find(|seal| seal.file == *kato);
                let department = department.with_context(|| format!("no department {kato}"))?;
                let (name, bin) = (department.name.clone(), department.bin.clone());
                (Employer { name, bin }, ("provider", kato))
            }
            DemoWorkplace::Organisation { bin, name } => {
                (Employer { name: name.clone(), bin: bin.clone() }, ("organisation", bin))
            }
        };
        let random = &mut randomness();
        let key = keys_folder.furnish_member(authority, member, &employer, now, random);
        staff.push((member.clone(), key.context("the demo's people who serve")?));
        let mut entry = toml::Table::new();
        entry.insert("iin".to_owned(), member.iin.digits().into());
        entry.insert("name".to_owned(), member.name.full().into());
        entry.insert(place.0.to_owned(), place.1.clone().into());
        entry.insert("roles".to_owned(), member.roles.clone().into());
        list.push_str(&format!("[[person]]\n{}\n", toml::to_string(&entry)?));
    }
    folder.write(STAFF, list.as_bytes())?;
    folder.write("staff.json", &serde_json::to_vec_pretty(&people.staff)?)?;
    Ok(staff)
}

/// Sealed, but for the database in a folder of an earlier version.
fn personal_data(folder: &Folder) -> Option<PersonalDataConfig> {
    let key_file = folder.path(MASTER_KEYS);
    key_file.exists().then(|| PersonalDataConfig::in_file(key_file))
}

/// Why records are as they are: a demo that starts again puts back what was corrected in it.
const DEMO_REASON: &str = "Көрсетілім деректері";

/// The demo's bank comes in through the same door as a department's file.
async fn fill_data_bank(folder: &Folder, config: &Config, people: &Population) -> Result<()> {
    let file = data_bank_file::xlsx(&people.records)?;
    folder.write("data-bank.xlsx", &file)?;
    let store = wiring::open_migrated_store(config).await?;
    let department = Kato::parse(ENTERED_BY)?;
    let order = ImportOrder::of_all(department, SystemClock.now()).because(DEMO_REASON);
    let imported = import_file(&*store.registry, file, order).await;
    let summary = imported.context("the demo's data bank file")?;
    store.close().await;
    say(format!("data bank: {} guardianships imported from data-bank.xlsx", summary.new));
    Ok(())
}

/// A seal for each provider in its own name, and the operator's for the others.
fn seals(config: &Config) -> Result<Vec<SealHolder>> {
    let operator = config.operator()?;
    let system = SealHolder {
        file: "system".to_owned(),
        name: operator.name.kk,
        bin: operator.bin.digits(),
    };
    let providers = config.providers()?;
    let own = providers.all().iter().map(|provider| SealHolder {
        file: provider.kato.as_str().to_owned(),
        name: provider.name.kk.clone(),
        bin: provider.bin.digits(),
    });
    Ok(std::iter::once(system).chain(own).collect())
}

/// Whose key signs facts: the operator's, for all providers.
fn facts_holder(config: &Config) -> Result<SealHolder> {
    let operator = config.operator()?;
    Ok(SealHolder { file: "facts".to_owned(), name: operator.name.kk, bin: operator.bin.digits() })
}

/// The authority of the demonstration, under whose BIN its quality controller signs in.
fn quality_control() -> QualityControlConfig {
    let both = |kk: &str, ru: &str| domain::Bilingual { kk: kk.to_owned(), ru: ru.to_owned() };
    QualityControlConfig {
        name: both(
            "Демонстрациялық қызметтер сапасын бақылау органы",
            "Демонстрационный орган по контролю за качеством услуг",
        ),
        bin: QUALITY_CONTROL_BIN.to_owned(),
        address: both("Астана қаласы", "город Астана"),
        phone: "1414".to_owned(),
        kato: "711110000".to_owned(),
    }
}

fn config(folder: &Folder, portal: SocketAddr, signer: SocketAddr) -> Config {
    let text = |kk: &str, ru: &str| domain::Bilingual { kk: kk.to_owned(), ru: ru.to_owned() };
    let path = |name: &str| -> PathBuf { folder.path(name) };
    Config {
        service: ServiceConfig {
            operator_name: text("Демонстрация операторы", "Оператор демонстрации"),
            operator_bin: OPERATOR_BIN.to_owned(),
            providers_file: None,
            successors_file: None,
            fallback_provider: ENTERED_BY.to_owned(),
            working_days_file: None,
            review_working_days: 5,
            quality_control: Some(quality_control()),
        },
        portal: PortalSection {
            listen: portal,
            public_url: format!("http://{portal}"),
            ncalayer_url: format!("wss://{signer}/"),
            api_token_file: Some(path("api-token")),
            tls: None,
            notice: Some(notice(signer)),
            security_contact: None,
        },
        egov_mobile: Some(EgovMobileConfig::default()),
        egov_portal: None,
        database: DatabaseConfig::at(format!("sqlite://{}", path("anyqtama.db").display())),
        personal_data: personal_data(folder),
        data_bank: DataBankConfig::default(),
        consent: ConsentConfig::default(),
        signatures: SignaturesConfig::over(path("anchors"), path("crl")),
        seal: SealConfig {
            facts_signature: FactsSignatureConfig::Gost,
            facts_key: Some(FactsKeyConfig {
                certificate: path("facts/facts.pem"),
                demonstration_key: Some(path("facts/facts.key")),
            }),
            ..SealConfig::at(path("seal"))
        },
        worker: WorkerConfig::default(),
        identity_provider: None,
        journal: JournalConfig::default(),
        staff: Some(StaffConfig { people_file: path(STAFF) }),
        monitoring: Some(MonitoringConfig {
            token_file: path(MONITORING_TOKEN),
            service_code: "demo".to_owned(),
        }),
        one_time_passwords: None,
        email: None,
        contact_centre: ContactCentreConfig { token_file: Some(path("contact-centre-token")) },
        retention: RetentionConfig::default(),
        limits: LimitsConfig::default(),
        log: LogConfig { filter: FILTER.to_owned(), json: false },
        operations: None,
    }
}

fn notice(signer: SocketAddr) -> Notice {
    Notice {
        kk: "Демонстрация: барлық адамдар ойдан шығарылған. Қол қоятын терезені ашыңыз".to_owned(),
        ru: "Демонстрация: все люди вымышлены. Откройте окно подписи".to_owned(),
        en: "Demonstration: all people are made up. Open the signer’s window".to_owned(),
        link: Some(format!("http://{signer}/")),
    }
}
