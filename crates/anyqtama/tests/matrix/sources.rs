//! The two data banks with everybody in them, and each way in which they fail; and what stands behind the gateway besides:
//! the control of access and the register of natural persons.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adapters::{
    ImportError, ImportOrder, KdpConsent, KdpSettings, KdpWords, OwnRegistry,
    PersonRegisterSettings, ShepDataBank, ShepPersonRegister, ShepService, ShepSettings,
    WithRegister, import_file,
};
use app::DataBank;
use app::testing::{FixedClock, SeededIds};
use domain::{Bin, EndOfPlacement, Kato};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use simulators::authority::{Algorithm, Authority};
use simulators::people::BankRecord;
use simulators::shep::{Bank, Fault, Gateway, KDP_SERVICE, PERSONS_SERVICE, Sender, Shep};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use store_sqlite::SqliteStore;
use tempfile::TempDir;

use crate::NOW;
use crate::cases::{Case, DEPARTMENT, TODAY, Trouble};

const PATIENCE: Duration = Duration::from_secs(20);
const SERVICE: &str = "GUARDIANSHIPS_BY_GUARDIAN";
const PASSWORD: &str = "a password";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The departments' registry, filled from a department's file, and damaged copies of it.
pub struct Registry {
    whole: Arc<OwnRegistry>,
    troubled: HashMap<&'static str, Arc<OwnRegistry>>,
    _folder: TempDir,
}

impl Registry {
    /// With everybody in it. Records that contradict themselves are refused at the door; they stand there as they may in a
    /// database that was filled otherwise.
    pub async fn with(cases: impl Iterator<Item = &Case>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("registry.db");
        let store = SqliteStore::open(file.to_str().unwrap()).await.unwrap();
        store.migrate().await.unwrap();
        let records: Vec<_> =
            cases.flat_map(|case| case.records.clone()).map(as_departments_write).collect();
        let (later, records) = told_otherwise_later(records);
        let (faulty, good): (Vec<_>, Vec<_>) = records.into_iter().partition(is_faulty);
        import(&store, &good).await.unwrap();
        if !later.is_empty() {
            import(&store, &later).await.unwrap();
        }
        for record in &faulty {
            let refused = import(&store, std::slice::from_ref(record)).await;
            assert!(matches!(refused, Err(ImportError::Faults(_))));
        }
        let repaired: Vec<_> = faulty.iter().cloned().map(repaired).collect();
        if !repaired.is_empty() {
            import(&store, &repaired).await.unwrap();
        }
        store.close().await;
        for record in &faulty {
            behind_its_back(&file, &spoiled(record)).await;
        }
        let mut troubled = HashMap::new();
        for (name, change) in [("no use", UNREADABLE), ("about another", ABOUT_ANOTHER)] {
            let copy = folder.path().join(format!("{}.db", name.replace(' ', "_")));
            std::fs::copy(&file, &copy).unwrap();
            behind_its_back(&copy, change).await;
            troubled.insert(name, opened(&copy).await.1);
        }
        let (closed, silent) = opened(&file).await;
        closed.close().await;
        troubled.insert("silent", silent);
        Self { whole: opened(&file).await.1, troubled, _folder: folder }
    }

    /// The data bank in the state that the case wants.
    pub fn bank(&self, case: &Case) -> Arc<dyn DataBank> {
        let name = match case.trouble {
            None => return self.whole.clone(),
            Some(Trouble::Silent) => "silent",
            Some(Trouble::NoUse) => "no use",
            Some(Trouble::AboutAnother) => "about another",
        };
        self.troubled[name].clone()
    }
}

const UNREADABLE: &str = "UPDATE registry_versions SET payload = '{}'";
const ABOUT_ANOTHER: &str = "UPDATE registry_versions SET payload = \
    json_set(payload, '$.guardian.iin', '850101300003')";

/// A department's file has no column for a death: it is an end of the placement.
fn as_departments_write(mut record: BankRecord) -> BankRecord {
    if let Some(on) = record.ward.ward.died_on.take() {
        record.ward.placement.end =
            Some(EndOfPlacement { on, reason: "қайтыс болды".into() });
    }
    record
}

/// What says something else of a ward than a record before it does: no file may say both, so it comes in with another.
fn told_otherwise_later(records: Vec<BankRecord>) -> (Vec<BankRecord>, Vec<BankRecord>) {
    let mut known = HashMap::new();
    records.into_iter().partition(|record| {
        let ward = &record.ward.ward;
        let first = ward.iin.map(|iin| known.entry(iin).or_insert_with(|| ward.clone()).clone());
        first.is_some_and(|first| first != *ward)
    })
}

fn is_faulty(record: &BankRecord) -> bool {
    record.ward.placement.fault_on(TODAY).is_some()
}

fn repaired(mut record: BankRecord) -> BankRecord {
    record.ward.placement.start = record.ward.placement.act.date;
    record.ward.placement.end = None;
    record
}

/// Puts the days of a record back that was repaired to come in.
fn spoiled(record: &BankRecord) -> String {
    let placement = &record.ward.placement;
    let end = match &placement.end {
        Some(end) => format!("json('{{\"on\":\"{}\",\"reason\":\"x\"}}')", end.on),
        None => "NULL".to_owned(),
    };
    format!(
        "UPDATE registry_versions SET payload = json_set(payload, \
        '$.ward.placement.start', '{}', '$.ward.placement.end', {end}) \
        WHERE json_extract(payload, '$.ward.placement.act.number') = '{}'",
        placement.start, placement.act.number
    )
}

async fn import(store: &SqliteStore, records: &[BankRecord]) -> Result<(), ImportError> {
    let file = simulators::data_bank_file::xlsx(records).unwrap();
    let order = ImportOrder::of_all(Kato::parse(DEPARTMENT).unwrap(), now());
    let order = order.because("акт бойынша");
    import_file(store, file, order).await.map(|_| ())
}

async fn opened(file: &Path) -> (SqliteStore, Arc<OwnRegistry>) {
    let store = SqliteStore::open_existing(file.to_str().unwrap()).await.unwrap();
    let clock = Arc::new(FixedClock::new(now()));
    (store.clone(), Arc::new(OwnRegistry::new(Arc::new(store), PATIENCE, clock)))
}

async fn behind_its_back(file: &Path, change: &str) {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::query("DROP TRIGGER registry_versions_fixed").execute(&mut connection).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(change)).execute(&mut connection).await.unwrap();
    let trigger = "CREATE TRIGGER registry_versions_fixed BEFORE UPDATE ON registry_versions BEGIN \
        SELECT RAISE(ABORT, 'registry_versions_fixed: a version does not change'); END";
    sqlx::query(trigger).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

/// What stands behind the gateway.
pub struct BehindShep {
    pub gateway: Arc<Gateway>,
    settings: ShepSettings,
    /// The gateway goes by it, and whoever asks it.
    pub clock: Arc<FixedClock>,
    seeds: AtomicU64,
    _folder: TempDir,
}

impl BehindShep {
    pub async fn with(cases: impl Iterator<Item = &Case>) -> Self {
        let random = &mut StdRng::seed_from_u64(7);
        let authority = Authority::establish(now(), random).unwrap();
        let keys = authority.issue_shep_keys(Algorithm::Rsa, now(), random).unwrap();
        let ours = authority.issue_system_key("anyqtama", "210140000016", now(), random).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let clock = Arc::new(FixedClock::new(now()));
        let sender = Sender {
            id: "anyqtama".to_owned(),
            password: PASSWORD.to_owned(),
            certificate: ours.certificate().to_vec(),
            service_id: SERVICE.to_owned(),
        };
        let records: Vec<BankRecord> = cases.flat_map(|case| case.records.clone()).collect();
        let time = Arc::clone(&clock);
        let time = Arc::new(move || app::Clock::now(&*time));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let shep = Shep::bind(anywhere, keys.clone(), sender, Bank::new(&records), time);
        let shep = shep.await.unwrap();
        let (gateway, url) = (shep.gateway(), shep.url());
        tokio::spawn(shep.serve(std::future::pending()));
        let settings = ShepSettings {
            url,
            sender_id: "anyqtama".to_owned(),
            password: Some(PASSWORD.to_owned()),
            key_file: file("ours.key", ours.key_pem().unwrap().as_bytes()),
            certificate_file: file("ours.pem", ours.to_pem().unwrap().as_bytes()),
            gateway_certificates: vec![file("gateway.cer", keys.certificate())],
            authorities: None,
            patience: PATIENCE,
            freshness: SignedDuration::from_mins(5),
        };
        Self { gateway, settings, clock, seeds: 1.into(), _folder: folder }
    }

    /// Other identifiers for each, because the gateway takes none twice.
    fn ids(&self) -> Arc<SeededIds> {
        Arc::new(SeededIds::new(self.seeds.fetch_add(1, Ordering::Relaxed)))
    }

    /// The data bank.
    pub fn bank(&self) -> Arc<dyn DataBank> {
        let service = service(SERVICE);
        Arc::new(
            ShepDataBank::new(&self.settings, service, self.clock.clone(), self.ids()).unwrap(),
        )
    }

    /// The control of access, by the words of its simulator.
    pub fn control(&self) -> Arc<KdpConsent> {
        let settings = KdpSettings {
            service_id: KDP_SERVICE.to_owned(),
            route_id: None,
            answered: list("SCSS001"),
            company: "Оператор".to_owned(),
            company_bin: Bin::parse("210140000016").unwrap(),
            company_responsible: "Жауапты тұлға".to_owned(),
            employee_name: None,
            access_names: list(SERVICE),
            personal_data_name: "Қорғаншылық туралы мәліметтер".to_owned(),
            validity: Duration::from_mins(10),
            patience: SignedDuration::from_mins(5),
            pause: SignedDuration::from_secs(5),
            omit_sms: false,
            words: KdpWords {
                given: list("VALID"),
                refused: list("INVALID"),
                pending: list("PENDING"),
                no_answer: list("TIMEOUT"),
            },
        };
        let control =
            KdpConsent::new(&self.settings, settings, self.clock.clone(), self.ids()).unwrap();
        Arc::new(control)
    }

    /// A data bank with the register of natural persons, which is behind this gateway, beside it.
    pub fn beside(&self, bank: Arc<dyn DataBank>) -> Arc<dyn DataBank> {
        let settings = PersonRegisterSettings {
            service: service(PERSONS_SERVICE),
            sender_code: "ANYQTAMA".to_owned(),
            found: list("00000"),
            nobody: list("00007"),
            alive: list("0"),
            died: list("3"),
        };
        let clock = self.clock.clone();
        let register =
            ShepPersonRegister::new(&self.settings, settings, clock.clone(), self.ids()).unwrap();
        Arc::new(WithRegister::new(bank, Arc::new(register), clock))
    }
}

/// How the gateway fails where the data bank behind it does.
pub fn fault_of(case: &Case) -> Option<Fault> {
    case.trouble.map(|trouble| match trouble {
        Trouble::Silent => Fault::HangsUp,
        Trouble::NoUse => Fault::SourceDown,
        Trouble::AboutAnother => Fault::SomebodyElse,
    })
}

fn service(id: &str) -> ShepService {
    ShepService {
        service_id: id.to_owned(),
        route_id: None,
        correlates: true,
        answered: list("SCSS001"),
        nothing_found: Vec::new(),
    }
}

fn list(word: &str) -> Vec<String> {
    vec![word.to_owned()]
}
