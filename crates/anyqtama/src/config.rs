//! The configuration: one TOML file, every key in `anyqtama.example.toml` (a test proves the example is complete).
//! Secrets are file paths, never values.

mod address;
mod consent;
mod contact_centre;
mod data_bank;
mod egov_mobile;
mod egov_portal;
mod email;
mod facts;
mod limits;
mod monitoring;
mod operations;
mod person_register;
mod personal_data;
mod providers;
mod recourse;
mod retention;
mod seal;
mod security_contact;
mod signatures;
mod staff;
mod successors;
mod tls;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use app::{Providers, Settings};
use domain::{Bilingual, Bin, Kato};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

pub use crate::identity::{ButtonConfig, ClaimsConfig, IdentityProviderConfig};
use crate::passwords::PasswordsConfig;
pub(crate) use address::{host, is_private};
pub use consent::{ConsentConfig, ConsentSource, KdpConfig, KdpWordsConfig};
pub use contact_centre::ContactCentreConfig;
pub use data_bank::{DataBankConfig, DataBankSource, ShepConfig, ShepStatusConfig};
pub use egov_mobile::EgovMobileConfig;
pub use egov_portal::EgovPortalConfig;
pub use email::{EmailConfig, MailTlsConfig};
pub use facts::{FactsKeyConfig, FactsSignatureConfig};
pub use limits::LimitsConfig;
pub use monitoring::MonitoringConfig;
pub use operations::{OperationsConfig, ProberConfig};
pub use person_register::PersonRegisterConfig;
pub use personal_data::{MasterPlace, MasterPlaceConfig, MasterTokenConfig, PersonalDataConfig};
pub use providers::provider_list;
pub use recourse::QualityControlConfig;
pub(crate) use recourse::working_days;
pub use retention::RetentionConfig;
pub(crate) use seal::token_choice;
pub use seal::{KeysInFilesConfig, MechanismConfig, SealConfig, TokenConfig};
pub use security_contact::SecurityContactConfig;
pub use signatures::{AnchorConfig, JudgeConfig, ListConfig, PurposeConfig, SignaturesConfig};
pub use staff::StaffConfig;
pub use tls::TlsConfig;

/// A working configuration.
#[cfg(test)]
pub(crate) const EXAMPLE: &str = include_str!("../../../anyqtama.example.toml");

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who runs the service.
    pub service: ServiceConfig,
    /// The portal and API.
    pub portal: PortalSection,
    /// Signing by telephone; without it nobody is offered to.
    pub egov_mobile: Option<EgovMobileConfig>,
    /// The portal of the e-government as a channel, where it is one.
    pub egov_portal: Option<EgovPortalConfig>,
    /// The database.
    pub database: DatabaseConfig,
    /// How personal data are sealed in it; without it they stand open.
    pub personal_data: Option<PersonalDataConfig>,
    /// Where guardianships are looked up.
    #[serde(default)]
    pub data_bank: DataBankConfig,
    /// How consent is asked.
    #[serde(default)]
    pub consent: ConsentConfig,
    /// Judging citizens' signatures.
    pub signatures: SignaturesConfig,
    /// The providers' seals.
    pub seal: SealConfig,
    /// The identity provider people may sign in at.
    pub identity_provider: Option<IdentityProviderConfig>,
    /// Workers.
    #[serde(default)]
    pub worker: WorkerConfig,
    /// The journal.
    #[serde(default)]
    pub journal: JournalConfig,
    /// Officers of education departments; without it they have no pages.
    pub staff: Option<StaffConfig>,
    /// The system that monitors the stages of services; without it nobody is told.
    pub monitoring: Option<MonitoringConfig>,
    /// One-time passwords by SMS; none are offered without it.
    pub one_time_passwords: Option<PasswordsConfig>,
    /// Letters about notices; none are sent without it.
    pub email: Option<EmailConfig>,
    /// The contact centre's own software.
    #[serde(default)]
    pub contact_centre: ContactCentreConfig,
    /// How long what is no evidence is kept.
    #[serde(default)]
    pub retention: RetentionConfig,
    /// How attempts are counted.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// Logs.
    #[serde(default)]
    pub log: LogConfig,
    /// Metrics, traces and a prober; none without it.
    pub operations: Option<OperationsConfig>,
}

/// Who runs the service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// Operator of personal data, named in the consent.
    pub operator_name: Bilingual,
    /// His BIN.
    pub operator_bin: String,
    /// TOML list of providers; the sample list without it.
    pub providers_file: Option<PathBuf>,
    /// TOML list of what became of former offices; see data/successors.toml.
    pub successors_file: Option<PathBuf>,
    /// KATO of the provider that answers where no territory is known.
    pub fallback_provider: String,
    /// TOML calendar of working days; the program's own without it.
    pub working_days_file: Option<PathBuf>,
    /// Working days a reviewer of an automated refusal has.
    #[serde(default = "default_review_days")]
    pub review_working_days: u8,
    /// The authority that complaints about quality go to, where they are taken here.
    pub quality_control: Option<QualityControlConfig>,
}

/// The portal and API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalSection {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address people see; QR codes lead there.
    pub public_url: String,
    /// Where NCALayer listens on the citizen's own computer.
    #[serde(default = "default_ncalayer_url")]
    pub ncalayer_url: String,
    /// File with the bearer token of API clients; without it the API answers nobody.
    pub api_token_file: Option<PathBuf>,
    /// TLS, where no proxy stands in front.
    pub tls: Option<TlsConfig>,
    /// Notice on top of every page, as in a demonstration.
    pub notice: Option<Notice>,
    /// Whom to tell of a weakness; without it nobody is named.
    pub security_contact: Option<SecurityContactConfig>,
}

/// A notice in three languages, with a link if there is more to see.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// In Kazakh.
    pub kk: String,
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
    /// Address of the link.
    pub link: Option<String>,
}

/// The database.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite://PATH` or `postgres://USER@HOST/DATABASE`.
    pub url: String,
    /// File with the password of the PostgreSQL user, where it is not trusted otherwise.
    pub password_file: Option<PathBuf>,
    /// A standby of PostgreSQL for checks by third parties.
    pub replica_url: Option<String>,
    /// Most connections of this process to PostgreSQL.
    #[serde(default = "default_connections_max")]
    pub connections_max: u32,
    /// Whether a pooler that lends connections by the transaction stands before PostgreSQL.
    #[serde(default)]
    pub pooler: bool,
}

impl DatabaseConfig {
    /// An address with what else is as in a new installation.
    pub fn at(url: String) -> Self {
        let connections_max = default_connections_max();
        Self { url, password_file: None, replica_url: None, connections_max, pooler: false }
    }

    /// Which database the address names.
    pub fn kind(&self) -> Result<DatabaseKind> {
        let is_postgres =
            |url: &str| url.starts_with("postgres://") || url.starts_with("postgresql://");
        let kind = match &self.url {
            url if url.starts_with("sqlite://") => DatabaseKind::Sqlite,
            url if is_postgres(url) => DatabaseKind::Postgres,
            _ => bail!("database.url must begin with sqlite:// or postgres://"),
        };
        let only_postgres =
            self.replica_url.is_some() || self.password_file.is_some() || self.pooler;
        if kind == DatabaseKind::Sqlite && only_postgres {
            bail!("database.replica_url, password_file and pooler are for PostgreSQL");
        }
        if self.replica_url.as_ref().is_some_and(|url| !is_postgres(url)) {
            bail!("database.replica_url must begin with postgres://");
        }
        if self.connections_max == 0 {
            bail!("database.connections_max must be at least 1");
        }
        Ok(kind)
    }
}

/// The databases a store can be kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file of this machine.
    Sqlite,
    /// A server that any number of nodes share.
    Postgres,
}

/// Workers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerConfig {
    /// Requests advanced at the same time by this process.
    pub parallel: usize,
    /// How long a request stays with a worker that gives no sign of life, before another takes it up.
    pub lease_seconds: u32,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { parallel: 2, lease_seconds: 20 }
    }
}

/// The journal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalConfig {
    /// Addresses of time-stamping authorities, tried in turn; without them days are not stamped.
    pub time_stamp_urls: Vec<String>,
    /// Policy asked for, an object identifier.
    pub time_stamp_policy: Option<String>,
}

/// Logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Filter as of the tracing library: `info`, `app=debug,info`.
    pub filter: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".to_owned(), json: false }
    }
}

fn default_connections_max() -> u32 {
    10
}

fn default_review_days() -> u8 {
    5
}

fn default_ncalayer_url() -> String {
    "wss://127.0.0.1:13579/".to_owned()
}

impl Config {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self> {
        let config = Self::read(path)?;
        config.check()?;
        Ok(config)
    }

    /// Reads a file, unchecked.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("in {}", path.display()))
    }

    /// What the types cannot hold.
    pub fn check(&self) -> Result<()> {
        if !address::is_private(&self.portal.public_url) {
            bail!("portal.public_url must begin with https:// (plain http only on this computer)");
        }
        if let Some(contact) = &self.portal.security_contact {
            contact.check()?;
        }
        if let Some(egov_mobile) = &self.egov_mobile {
            egov_mobile.check(self.signatures.judge)?;
        }
        if let Some(personal_data) = &self.personal_data {
            personal_data.check()?;
        }
        self.data_bank.check(&self.worker)?;
        if let Some(egov_portal) = &self.egov_portal {
            egov_portal.check(&self.worker)?;
        }
        self.consent.check(&self.data_bank)?;
        self.signatures.check()?;
        if self.worker.parallel == 0 {
            bail!("worker.parallel must be at least 1");
        }
        if self.worker.lease_seconds == 0 {
            bail!("worker.lease_seconds must be at least 1");
        }
        if let Some(operations) = &self.operations {
            operations.check(self)?;
        }
        crate::logging::filter(&self.log)?;
        self.database.kind()?;
        crate::sealing::settings(&self.seal)?;
        self.seal.level()?;
        self.retention.retention()?;
        self.limits.waiting_max()?;
        self.operator()?;
        self.providers()?;
        Ok(())
    }

    /// Address of the collector of traces.
    pub fn otlp_url(&self) -> Option<&str> {
        self.operations.as_ref()?.otlp_url.as_deref()
    }

    /// The operator named in consents.
    pub fn operator(&self) -> Result<app::Operator> {
        let bin = Bin::parse(&self.service.operator_bin).context("service.operator_bin")?;
        Ok(app::Operator { name: self.service.operator_name.clone(), bin })
    }

    /// What the use cases are set to.
    pub fn settings(&self) -> Result<Settings> {
        let service = &self.service;
        let quality_control = service.quality_control.as_ref();
        let quality_control = quality_control.map(QualityControlConfig::provider).transpose()?;
        // Its answers are sealed by its own seal or the system's, never by a department's.
        if let Some(authority) = &quality_control
            && self.providers()?.knows(&authority.kato)
        {
            bail!("service.quality_control.kato is the territory of a provider");
        }
        let working_days = recourse::working_days(service.working_days_file.as_deref())?;
        Ok(Settings {
            lease: SignedDuration::from_secs(self.worker.lease_seconds.into()),
            working_days: Arc::new(working_days),
            review_days: recourse::review_days(service.review_working_days)?,
            quality_control,
            waiting_max: Some(self.limits.waiting_max()?),
            retention: self.retention.retention()?,
            ..Settings::new(&self.portal.public_url, self.operator()?)
        })
    }

    /// The providers.
    pub fn providers(&self) -> Result<Providers> {
        let fallback =
            Kato::parse(&self.service.fallback_provider).context("service.fallback_provider")?;
        let all = provider_list(self.service.providers_file.as_deref())?;
        let (own, file) =
            (self.service.providers_file.is_some(), self.service.successors_file.as_deref());
        Ok(Providers::new(all, &fallback)?.with_successors(successors::successors(file, own)?)?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use signature::pades::Level;

    use super::*;
    use crate::passwords::{
        NoticesConfig, RequestsConfig, ServiceAtConfig, SignInConfig, SmppConfig,
    };

    #[test]
    fn the_example_is_a_working_configuration() {
        let mut config: Config = toml::from_str(EXAMPLE).unwrap();
        config.check().unwrap();
        config.limits.waiting_max = 0;
        let refused = config.check().unwrap_err().to_string();
        assert!(refused.contains("limits.waiting_max is 0: then nobody"), "{refused}");
    }

    #[test]
    fn a_configuration_survives_whatever_comes() {
        crate::surviving::survives_texts("TOML, configuration", &[EXAMPLE], "toml", |text| {
            let _ = toml::from_str::<Config>(text).map(|config| config.check());
        });
    }

    /// Every key there is, given or commented out, stands in the example with a word about it.
    #[test]
    fn the_example_names_every_key() {
        let config: Config = toml::from_str(EXAMPLE).unwrap();
        let mut full = config;
        full.service.providers_file = Some("providers.toml".into());
        full.service.successors_file = Some("successors.toml".into());
        full.service.working_days_file = Some("working-days.toml".into());
        let both = || Bilingual { kk: "…".to_owned(), ru: "…".to_owned() };
        full.service.quality_control = Some(QualityControlConfig {
            name: both(),
            bin: "…".to_owned(),
            address: both(),
            phone: "…".to_owned(),
            kato: "…".to_owned(),
        });
        full.portal.api_token_file = Some("token".into());
        full.operations = Some(OperationsConfig {
            listen: ([127, 0, 0, 1], 9464).into(),
            worker_listen: Some(([127, 0, 0, 1], 9465).into()),
            otlp_url: Some("http://127.0.0.1:4318".to_owned()),
            prober: Some(ProberConfig {
                iin: "…".to_owned(),
                key_file: "prober.pem".into(),
                authorities_file: Some("tls.pem".into()),
                every_seconds: 60,
                patience_seconds: 50,
            }),
        });
        full.portal.tls =
            Some(TlsConfig { certificate_file: "tls.pem".into(), key_file: "tls.key".into() });
        full.monitoring =
            Some(MonitoringConfig { token_file: "token".into(), service_code: "00000".to_owned() });
        full.contact_centre.token_file = Some("token".into());
        full.limits.key_file = Some("key".into());
        full.signatures.anchors = vec![AnchorConfig {
            name: "A".to_owned(),
            file: "a.cer".into(),
            fingerprint: "00".to_owned(),
            purposes: vec![PurposeConfig::Citizens],
        }];
        full.journal.time_stamp_policy = Some("1.2.3".to_owned());
        full.seal.profile = Some("b-lta".to_owned());
        full.seal.time_stamp_policy = Some("1.2.3".to_owned());
        full.database.password_file = Some("password".into());
        full.database.replica_url = Some("postgres://standby/anyqtama".to_owned());
        let word = || String::from("…");
        full.personal_data = Some(PersonalDataConfig {
            key_file: Some("keys".into()),
            move_to: Some(MasterPlaceConfig::Token),
            token: Some(MasterTokenConfig {
                library: "library.so".into(),
                label: Some(word()),
                slot: Some(1),
                pin_file: "pin".into(),
                key: word(),
            }),
        });
        full.seal.keys_in_files = Some(KeysInFilesConfig::Accepted);
        full.seal.facts_key = Some(FactsKeyConfig {
            certificate: "facts.pem".into(),
            demonstration_key: Some("facts.key".into()),
        });
        full.seal.token = Some(TokenConfig {
            library: "library.so".into(),
            label: Some(word()),
            slot: Some(1),
            pin_file: "pin".into(),
            sessions: 4,
            mechanism: Some(MechanismConfig::Number(1)),
            facts_mechanism: Some(MechanismConfig::Number(1)),
            keys: BTreeMap::from([("system".to_owned(), word())]),
        });
        full.identity_provider = Some(IdentityProviderConfig {
            issuer: word(),
            client_id: word(),
            client_secret_file: Some("secret".into()),
            scopes: vec![word()],
            acr_values: vec![word()],
            algorithms: vec![word()],
            authorities_file: Some("tls.pem".into()),
            claims: ClaimsConfig::default(),
            button: ButtonConfig { kk: word(), ru: word(), en: word() },
        });
        let service = ServiceAtConfig {
            url: word(),
            token_file: Some("token".into()),
            authorities_file: Some("tls.pem".into()),
        };
        full.one_time_passwords = Some(PasswordsConfig {
            requests: RequestsConfig::On,
            sign_in: SignInConfig::SecondStep,
            notices: NoticesConfig::On,
            mobile_citizens_base: service.clone(),
            sender: word(),
            smpp: Some(SmppConfig {
                addresses: vec![word()],
                system_id: word(),
                password_file: "password".into(),
            }),
            http: Some(service),
        });
        full.data_bank.shep = Some(shep());
        full.data_bank.person_register = Some(person_register());
        full.egov_portal = Some(egov_portal());
        full.staff = Some(StaffConfig { people_file: "staff.toml".into() });
        full.consent.kdp = Some(kdp());
        full.portal.notice =
            Some(Notice { kk: word(), ru: word(), en: word(), link: Some(word()) });
        full.portal.security_contact = Some(SecurityContactConfig {
            addresses: vec![word()],
            expires: jiff::Timestamp::UNIX_EPOCH,
            policy: Some(word()),
        });
        let toml::Value::Table(sections) = toml::Value::try_from(&full).unwrap() else {
            panic!("a table")
        };
        for (section, keys) in sections {
            require_named(&section, keys.as_table().unwrap());
        }
    }

    fn kdp() -> KdpConfig {
        let word = || String::from("…");
        let words = KdpWordsConfig { given: vec![word()], ..KdpWordsConfig::default() };
        KdpConfig {
            service_id: word(),
            route_id: Some(word()),
            company: Some(word()),
            company_bin: Some(word()),
            company_responsible: word(),
            employee_name: Some(word()),
            access_names: vec![word()],
            personal_data_name: word(),
            expires_in_seconds: 3_600,
            patience_seconds: 300,
            exchange_seconds: 30,
            pause_seconds: 5,
            omit_sms: false,
            answered: vec![word()],
            words,
        }
    }

    fn person_register() -> PersonRegisterConfig {
        let list = || vec![String::from("…")];
        PersonRegisterConfig {
            service_id: "…".to_owned(),
            route_id: Some("…".to_owned()),
            sender_code: "…".to_owned(),
            answered: list(),
            found: list(),
            nobody: list(),
            alive: list(),
            died: list(),
        }
    }

    fn shep() -> ShepConfig {
        let word = || String::from("…");
        ShepConfig {
            url: word(),
            service_id: word(),
            route_id: Some(word()),
            sender_id: word(),
            password_file: Some("password".into()),
            key_file: "key".into(),
            certificate_file: "certificate".into(),
            gateway_certificates: vec!["certificate".into()],
            authorities_file: Some("tls.pem".into()),
            patience_seconds: 5,
            freshness_seconds: 300,
            correlates: true,
            status: ShepStatusConfig { nothing_found: vec![word()], ..ShepStatusConfig::default() },
        }
    }

    fn egov_portal() -> EgovPortalConfig {
        let word = || String::from("…");
        EgovPortalConfig {
            listen: "127.0.0.1:8090".parse().unwrap(),
            url: word(),
            draft_service_id: "draft".to_owned(),
            state_service_id: "state".to_owned(),
            request_service_id: word(),
            route_id: Some(word()),
            portal_sender_id: word(),
            service_type: word(),
            sender_id: word(),
            password_file: Some("password".into()),
            key_file: "key".into(),
            certificate_file: "certificate".into(),
            gateway_certificates: vec!["certificate".into()],
            authorities_file: Some("tls.pem".into()),
            patience_seconds: 10,
            freshness_seconds: 300,
            request_age_hours: 24,
            poll_seconds: 0,
        }
    }

    #[test]
    fn the_egov_portal_is_answered_within_a_lease_by_services_that_differ() {
        let mut config: Config = toml::from_str(EXAMPLE).unwrap();
        let mut told = |change: fn(&mut EgovPortalConfig)| {
            let mut portal = egov_portal();
            change(&mut portal);
            config.egov_portal = Some(portal);
            config.check().err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(told(|_| {}), "");
        assert!(told(|portal| portal.patience_seconds = 20).contains("lease_seconds"));
        assert!(told(|portal| portal.request_age_hours = 0).contains("request_age_hours"));
        assert!(told(|portal| portal.request_age_hours = 721).contains("720"));
        assert!(told(|portal| portal.state_service_id = "draft".to_owned()).contains("differ"));
        assert!(told(|portal| portal.service_type = String::new()).contains("empty"));
    }

    fn require_named(section: &str, keys: &toml::Table) {
        for (key, value) in keys {
            let mut lines = EXAMPLE.lines().map(|line| line.trim_start_matches(['#', ' ']));
            let below = format!("[{section}.{key}]");
            let heads = [format!("{key} ="), below.clone(), format!("[{below}]")];
            let named = lines.any(|line| heads.iter().any(|head| line.starts_with(head)));
            assert!(named, "{section}.{key} is missing in anyqtama.example.toml");
            if let Some(table) = value.as_array().and_then(|all| all.first()?.as_table()) {
                require_named(&format!("{section}.{key}"), table);
            }
            if let (Some(table), true) = (value.as_table(), EXAMPLE.contains(&below)) {
                require_named(&format!("{section}.{key}"), table);
            }
        }
    }

    #[test]
    fn the_level_of_seals_is_never_lower_than_what_is_written() {
        let level = |profile: Option<&str>, urls: &[&str]| {
            let urls = urls.iter().map(|url| (*url).to_owned()).collect();
            let seal = SealConfig {
                profile: profile.map(str::to_owned),
                time_stamp_urls: urls,
                ..SealConfig::at("seal".into())
            };
            seal.level().map_err(|error| format!("{error:#}"))
        };
        let tsa = ["http://tsp.example"];
        assert_eq!(level(None, &[]), Ok(Level::Basic));
        assert_eq!(level(Some("b-b"), &[]), Ok(Level::Basic));
        for known in [Level::Stamped, Level::LongTerm, Level::Archived] {
            assert_eq!(level(Some(known.code()), &tsa), Ok(known));
            assert!(level(Some(known.code()), &[]).unwrap_err().contains("needs"));
        }
        assert!(level(None, &tsa).unwrap_err().contains("seal.profile must be"));
        assert!(level(Some("b-b"), &tsa).unwrap_err().contains("needs no"));
        assert!(level(Some("best"), &tsa).unwrap_err().contains("b-lta"));
    }

    #[test]
    fn a_data_bank_behind_shep_needs_its_section_and_answers_within_a_lease() {
        let text = EXAMPLE.replace("source = \"registry\"", "source = \"shep\"");
        let mut config: Config = toml::from_str(&text).unwrap();
        let told = |config: &Config| config.check().unwrap_err().to_string();
        assert!(told(&config).contains("needs the section data_bank.shep"));
        config.data_bank.shep = Some(shep());
        config.check().unwrap();
        config.worker.lease_seconds = 5;
        assert!(told(&config).contains("less than worker.lease_seconds"));
        config.data_bank.source = DataBankSource::Registry;
        config.check().unwrap();
    }

    #[test]
    fn the_register_of_persons_needs_the_gateway_and_the_codes_of_the_dead() {
        let mut config: Config = toml::from_str(EXAMPLE).unwrap();
        let told = |config: &Config| config.check().unwrap_err().to_string();
        config.data_bank.person_register = Some(person_register());
        assert!(told(&config).contains("needs the gateway of the section data_bank.shep"));
        config.data_bank.shep = Some(shep());
        config.check().unwrap();
        let is_idle = |config: &Config| config.data_bank.has_idle_shep(&config.consent);
        assert!(!is_idle(&config), "the register is asked over it");
        config.worker.lease_seconds = 10;
        assert!(told(&config).contains("twice data_bank.shep.patience_seconds"));
        config.data_bank.person_register = None;
        assert!(is_idle(&config));
        config.consent.source = ConsentSource::Kdp;
        assert!(!is_idle(&config), "the control of access is");
        config.consent.source = ConsentSource::Signed;
        config.check().unwrap();
        let section = "sender_code = \"ANYQTAMA\"";
        let absent = toml::from_str::<PersonRegisterConfig>(section).unwrap_err();
        assert!(absent.to_string().contains("died"), "{absent}");
        let least = format!("{section}\ndied = [\"3\"]");
        let least: PersonRegisterConfig = toml::from_str(&least).unwrap();
        assert_eq!((least.found, least.alive), (vec!["00000".to_owned()], vec!["0".to_owned()]));
        assert!(least.nobody.is_empty());
        assert_eq!(least.service_id, "GBDFL_UniversalServiceSync");
    }

    #[test]
    fn consent_through_the_control_of_access_needs_its_section_and_the_gateway() {
        let mut config: Config = toml::from_str(EXAMPLE).unwrap();
        config.consent.source = ConsentSource::Kdp;
        let told = |config: &Config| config.check().unwrap_err().to_string();
        assert!(told(&config).contains("needs the section consent.kdp"));
        config.consent.kdp = Some(kdp());
        assert!(told(&config).contains("the gateway of the section data_bank.shep"));
        config.data_bank.shep = Some(shep());
        config.check().unwrap();
        config.consent.kdp = Some(KdpConfig { exchange_seconds: 0, ..kdp() });
        assert!(told(&config).contains("exchange_seconds"));
    }

    #[test]
    fn no_answer_is_waited_for_behind_the_end_of_a_prepared_text_and_a_long_token_is_told() {
        let mut config: Config = toml::from_str(EXAMPLE).unwrap();
        config.consent.source = ConsentSource::Kdp;
        config.data_bank.shep = Some(shep());
        let with = |patience_seconds, expires_in_seconds| {
            Some(KdpConfig { patience_seconds, expires_in_seconds, ..kdp() })
        };
        config.consent.kdp = with(1_800, 600);
        assert!(config.check().unwrap_err().to_string().contains("patience_seconds"));
        for (expires_in_seconds, is_told) in [(600, false), (1_800, false), (1_801, true)] {
            config.consent.kdp = with(1_799, expires_in_seconds);
            config.check().unwrap();
            assert_eq!(config.consent.outlives_its_draft(), is_told);
        }
        config.consent.source = ConsentSource::Signed;
        assert!(!config.consent.outlives_its_draft(), "nobody is asked through it");
    }

    #[test]
    fn the_egov_portal_and_the_control_of_access_go_together() {
        let mut config: Config = toml::from_str(EXAMPLE).unwrap();
        config.egov_portal = Some(egov_portal());
        config.data_bank.shep = Some(shep());
        config.consent.kdp = Some(kdp());
        config.consent.source = ConsentSource::Kdp;
        config.check().unwrap();
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let text = EXAMPLE.replace("listen =", "lissten =");
        assert!(toml::from_str::<Config>(&text).is_err());
    }
}
