//! Faults planted one by one: each is found, by its name, in words that say what to do, and nothing else is.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyqtama::config::{
    Config, DataBankConfig, DataBankSource, DatabaseConfig, EmailConfig, KeysInFilesConfig,
    MailTlsConfig, OperationsConfig, ProberConfig, SecurityContactConfig, ShepConfig,
    ShepStatusConfig, TlsConfig, TokenConfig,
};
use anyqtama::demo::prepare::{OPERATOR_BIN, Prepared};
use anyqtama::doctor::{Findings, Gravity, examine, faults};
use anyqtama::passwords::{
    NoticesConfig, PasswordsConfig, RequestsConfig, ServiceAtConfig, SignInConfig, SmppConfig,
};
use anyqtama::system::{SystemClock, randomness};
use app::Clock;
use jiff::{SignedDuration, Timestamp};
use simulators::authority::{Algorithm, SealHolder, loopback_certificate};
use simulators::tsa::{Fault, Stamping, Tsa};
use sqlx::Executor;
use sqlx::sqlite::SqlitePool;

use super::{prepared, run, status};

/// The department whose seal stays; the others' are put aside, because each key is tried.
const DEPARTMENT: &str = "710000000";

pub(super) struct Ward {
    root: tempfile::TempDir,
    prepared: Prepared,
    sound: Config,
}

impl Ward {
    /// An installation in which nothing is wrong.
    pub(super) async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("demo");
        let prepared = prepared(&folder, ([127, 0, 0, 1], 8080).into()).await;
        for entry in std::fs::read_dir(folder.join("seal")).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if !name.starts_with("system.") && !name.starts_with(DEPARTMENT) {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        close_to_others(&folder);
        let mut sound = prepared.config.clone();
        sound.portal.listen = format!("127.0.0.1:{}", free_port()).parse().unwrap();
        // The program's own calendar ends some day.
        let year = domain::astana_date(SystemClock.now()).year();
        let years =
            [year, year + 1].map(|year| format!("[[year]]\nyear = {year}\ndays_off = []\n"));
        let calendar = include_str!("../../../../data/working-days.toml");
        let fixed = calendar.split("[[year]]").next().unwrap();
        let path = folder.join("working-days.toml");
        std::fs::write(&path, format!("{fixed}\n{}", years.concat())).unwrap();
        sound.service.working_days_file = Some(path);
        Self { root, prepared, sound }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("demo").join(name)
    }

    /// The same installation somewhere else, to be spoilt.
    pub(super) fn copy(&self, name: &str) -> Spoilt {
        let folder = self.root.path().join(name);
        copy(&self.root.path().join("demo"), &folder);
        let text = toml::to_string(&self.sound).unwrap();
        let (from, to) = (self.root.path().join("demo"), folder.clone());
        let text = text.replace(from.to_str().unwrap(), to.to_str().unwrap());
        Spoilt { config: toml::from_str(&text).unwrap(), folder }
    }
}

pub(super) struct Spoilt {
    pub(super) folder: PathBuf,
    pub(super) config: Config,
}

impl Spoilt {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    /// The codes of what is wrong now, and of what will be.
    async fn codes(&self) -> Vec<&'static str> {
        let found = examine(&self.config).await;
        found.iter().map(|one| one.code).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.file_name().to_str() {
            // Keys of people and the bank's file are nobody's business here.
            Some("people" | "data-bank.xlsx") => {}
            _ if entry.path().is_dir() => copy(&entry.path(), &target),
            _ => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn close_to_others(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            close_to_others(&entry.path());
        } else {
            let rights = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(entry.path(), rights).unwrap();
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn nobody() -> String {
    format!("http://127.0.0.1:{}/", free_port())
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count * 24)
}

/// Looks, and requires this to be found and nothing else.
async fn finds(ward: &Ward, code: &str, spoil: impl FnOnce(&mut Spoilt)) {
    let mut spoilt = ward.copy(&format!("spoilt-{code}"));
    spoil(&mut spoilt);
    assert_eq!(spoilt.codes().await, [code]);
    std::fs::remove_dir_all(&spoilt.folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_without_a_fault_gets_a_clean_bill_and_wrong_use_is_told_apart() {
    let ward = Ward::new().await;
    let sound = ward.copy("sound");
    let found = examine(&sound.config).await;
    assert_eq!(found.iter().collect::<Vec<_>>(), Vec::<&anyqtama::doctor::Finding>::new());
    let config = sound.write("sound.toml", toml::to_string(&sound.config).unwrap());
    let config = config.to_str().unwrap();
    let clean = run(&["doctor", "--config", config]);
    assert_eq!((status(&clean), clean.stdout.as_slice()), (0, b"nothing is wrong\n".as_slice()));
    assert_eq!(status(&run(&["doctor", "--config", "/nowhere.toml"])), 2);
    assert_eq!(status(&run(&["doctor"])), 2);

    // A line that cannot be read may hold a secret: its place is told and not what stands in it.
    let text = std::fs::read_to_string(config).unwrap();
    let broken = text.replace("[database]\n", "[database]\nsecret-of-mine = \"hunter2\"\n");
    let broken = sound.write("broken.toml", broken);
    let told = run(&["doctor", "--json", "--config", broken.to_str().unwrap()]);
    let answer: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((status(&told), &answer["ok"]), (1, &false.into()));
    assert_eq!(answer["findings"][0]["code"], "configuration");
    assert!(answer["findings"][0]["what"].as_str().unwrap().contains(", line "), "{answer}");
    assert!(!answer.to_string().contains("hunter2"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_place_are_named() {
    let ward = Ward::new().await;
    finds(&ward, "configuration", |spoilt| spoilt.config.worker.parallel = 0).await;
    finds(&ward, "public_url", |spoilt| {
        spoilt.config.seal.facts_signature = Default::default();
        spoilt.config.seal.facts_key = None;
        spoilt.config.portal.public_url = "http://anyqtama.example.kz".to_owned();
    })
    .await;
    finds(&ward, "secret_missing", |spoilt| spoilt.remove("contact-centre-token")).await;
    finds(&ward, "secret_empty", |spoilt| drop(spoilt.write("api-token", "\n"))).await;
    finds(&ward, "secret_open", |spoilt| {
        let rights = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(spoilt.path("api-token"), rights).unwrap();
    })
    .await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    finds(&ward, "listen_address", |spoilt| {
        spoilt.config.portal.listen = taken.local_addr().unwrap();
    })
    .await;
    finds(&ward, "listen_address", |spoilt| watched(spoilt, taken.local_addr().unwrap())).await;
    // A port that is free: then it is only that everybody may read there.
    finds(&ward, "metrics_open", |spoilt| watched(spoilt, ([0, 0, 0, 0], free_port()).into()))
        .await;
    finds(&ward, "configuration", |spoilt| spoilt.config.log.filter = "app=loud".to_owned()).await;
    finds(&ward, "security_contact_expired", |spoilt| {
        spoilt.config.portal.security_contact = Some(SecurityContactConfig {
            addresses: vec!["mailto:security@example.kz".to_owned()],
            expires: SystemClock.now() - days(1),
            policy: None,
        });
    })
    .await;
    finds(&ward, "staff_list", |spoilt| drop(spoilt.write("staff.toml", "people = 3"))).await;
    finds(&ward, "working_days_ended", |spoilt| {
        spoilt.write("working-days.toml", "fixed = [{ month = 1, day = 1, moves = true }]\n");
    })
    .await;
    // The list is read by all that judge seals, too.
    let mut spoilt = ward.copy("providers");
    spoilt.config.service.providers_file = Some(spoilt.write("providers.toml", "provider = 1"));
    assert!(spoilt.codes().await.contains(&"providers"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_database_are_named() {
    let ward = Ward::new().await;
    let mut shared = ward.copy("shared");
    let url = format!("postgres://me:hunter2@127.0.0.1:{}/anyqtama", free_port());
    shared.config.database = DatabaseConfig::at(url);
    assert_eq!(shared.codes().await, ["limits_by_process", "database_unreachable"]);
    shared.config.limits.key_file = Some(shared.write("limits-key", "a".repeat(64)));
    assert_eq!(shared.codes().await, ["database_unreachable"]);
    finds(&ward, "database_not_migrated", |spoilt| drop(spoilt.write("anyqtama.db", ""))).await;
    let empty = ward.copy("registry_empty");
    empty.write("anyqtama.db", "");
    anyqtama::wiring::open_migrated_store(&empty.config).await.unwrap().close().await;
    assert_eq!(empty.codes().await, ["registry_empty"]);
    let mut nowhere = ward.copy("nowhere");
    nowhere.config.database = DatabaseConfig::at("sqlite:///nowhere/anyqtama.db".to_owned());
    assert_eq!(nowhere.codes().await, ["folder_not_writable", "database_unreachable"]);
    for (code, sql) in [
        ("database_other_schema", "UPDATE schema_needs SET oldest = 999999"),
        (
            "journal_broken",
            "DROP TRIGGER audit_fixed; UPDATE audit SET detail = detail || '?' WHERE sequence = 1",
        ),
    ] {
        let spoilt = ward.copy(code);
        let pool = SqlitePool::connect(&spoilt.config.database.url).await.unwrap();
        pool.execute(sql).await.unwrap();
        pool.close().await;
        assert_eq!(spoilt.codes().await, [code]);
    }
}

/// Told of at an address.
fn watched(spoilt: &mut Spoilt, listen: SocketAddr) {
    spoilt.config.operations =
        Some(OperationsConfig { listen, worker_listen: None, otlp_url: None, prober: None });
}

/// The seal of a department as its authority issues it at a moment.
fn put_seal(ward: &Ward, spoilt: &Spoilt, bin: &str, at: Timestamp) {
    let holder =
        SealHolder {
            file: DEPARTMENT.to_owned(), name: "Бөлім".to_owned(), bin: bin.to_owned()
        };
    let key = ward.prepared.authority.issue_seal(&holder, at, &mut randomness()).unwrap();
    spoilt.write(&format!("seal/{DEPARTMENT}.pem"), key.to_pem().unwrap());
    spoilt.write(&format!("seal/{DEPARTMENT}.key"), key.key_pem().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_seals_are_named() {
    let ward = Ward::new().await;
    let (now, own) = (SystemClock.now(), "210140000016");
    let key = format!("seal/{DEPARTMENT}.key");
    finds(&ward, "seal_folder", |spoilt| {
        spoilt.remove("seal/system.pem");
        spoilt.remove("seal/system.key");
    })
    .await;
    finds(&ward, "seal_key_missing", |spoilt| spoilt.remove(&key)).await;
    finds(&ward, "seal_key_unusable", |spoilt| {
        std::fs::copy(spoilt.path("seal/system.key"), spoilt.path(&key)).unwrap();
    })
    .await;
    finds(&ward, "seal_key_unusable", |spoilt| drop(spoilt.write(&key, "rubbish"))).await;
    finds(&ward, "seal_of_another", |spoilt| put_seal(&ward, spoilt, "210140000026", now)).await;
    finds(&ward, "seal_ended", |spoilt| put_seal(&ward, spoilt, own, now - days(400))).await;
    for (age, gravity) in [(300, Gravity::Soon), (332, Gravity::Wrong)] {
        let spoilt = ward.copy("ending");
        put_seal(&ward, &spoilt, own, now - days(age));
        let found = examine(&spoilt.config).await;
        let told: Vec<_> = found.iter().map(|one| (one.code, one.gravity)).collect();
        assert_eq!(told, [("seal_ending", gravity)]);
        assert_eq!(found.is_anything_wrong(), gravity == Gravity::Wrong);
    }
    finds(&ward, "facts_key", |spoilt| spoilt.remove("facts/facts.key")).await;
    finds(&ward, "seal_key_in_file", |spoilt| {
        spoilt.config.seal.keys_in_files = None;
        assert_ne!(spoilt.config.seal.keys_in_files, Some(KeysInFilesConfig::Accepted));
    })
    .await;
    finds(&ward, "seal_token", |spoilt| {
        spoilt.config.seal.token = Some(TokenConfig {
            library: "/nowhere/library.so".into(),
            label: Some("anyqtama".to_owned()),
            slot: None,
            pin_file: spoilt.write("pin", "1234"),
            sessions: 1,
            mechanism: None,
            facts_mechanism: None,
            keys: Default::default(),
        });
        spoilt.remove(&key);
    })
    .await;
}

async fn time_stamps(ward: &Ward) -> (String, Arc<Stamping>) {
    let (now, random) = (SystemClock.now(), &mut randomness());
    let keys = ward.prepared.authority.issue_stamp_keys(Algorithm::Rsa, now, random).unwrap();
    let clock = Arc::new(|| SystemClock.now());
    let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys, clock).await.unwrap();
    let (url, stamping) = (tsa.url(), tsa.stamping());
    tokio::spawn(tsa.serve(std::future::pending()));
    (url, stamping)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_trust_and_of_neighbours_are_named() {
    let ward = Ward::new().await;
    finds(&ward, "anchors", |spoilt| {
        std::fs::remove_dir_all(spoilt.path("anchors")).unwrap();
        std::fs::create_dir(spoilt.path("anchors")).unwrap();
    })
    .await;
    finds(&ward, "revocation_list_missing", |spoilt| spoilt.remove("crl/demo_nca_gost.crl")).await;
    finds(&ward, "revocation_list_outdated", |spoilt| {
        let then = SystemClock.now() - days(8);
        let lists = ward.prepared.authority.revocation_lists(&[], then).unwrap();
        let (_, list) = lists.iter().find(|(name, _)| *name == "demo_nca_gost").unwrap();
        spoilt.write("crl/demo_nca_gost.crl", list);
    })
    .await;
    finds(&ward, "responder_silent", |spoilt| {
        spoilt.config.signatures.ocsp_urls = vec![nobody()];
    })
    .await;
    finds(&ward, "time_stamps_silent", |spoilt| {
        spoilt.config.journal.time_stamp_urls = vec![nobody()];
    })
    .await;
    let (url, stamping) = time_stamps(&ward).await;
    let mut stamped = ward.copy("stamped");
    stamped.config.journal.time_stamp_urls = vec![url];
    for (fault, codes) in [
        (None, &[][..]),
        (Some(Fault::StaleTime), &["clock"]),
        (Some(Fault::ForeignAuthority), &["time_stamps_not_good"]),
    ] {
        stamping.fail(fault);
        assert_eq!(stamped.codes().await, codes, "{fault:?}");
    }
    finds(&ward, "neighbour_silent", |spoilt| {
        let (base, secret) = (TcpListener::bind("127.0.0.1:0").unwrap(), "never to be told");
        drop(base);
        spoilt.config.one_time_passwords = Some(PasswordsConfig {
            requests: RequestsConfig::On,
            sign_in: SignInConfig::Off,
            notices: NoticesConfig::Off,
            mobile_citizens_base: ServiceAtConfig {
                url: nobody(),
                token_file: Some(spoilt.write("base-token", secret)),
                authorities_file: None,
            },
            sender: "1414".to_owned(),
            smpp: None::<SmppConfig>,
            http: Some(ServiceAtConfig {
                url: "http://127.0.0.1:9/".to_owned(),
                token_file: None,
                authorities_file: None,
            }),
        });
        // One of the two is enough for this test.
        spoilt.config.one_time_passwords.as_mut().unwrap().http.as_mut().unwrap().url = listening();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_mail_limits_and_of_what_the_service_is_watched_by_are_named() {
    let ward = Ward::new().await;
    let letters = |spoilt: &mut Spoilt, port: u16| {
        spoilt.config.email = Some(EmailConfig {
            host: "127.0.0.1".to_owned(),
            port: Some(port),
            tls: MailTlsConfig::None,
            from: "noreply@example.kz".to_owned(),
            user: Some("anyqtama".to_owned()),
            password_file: Some(spoilt.write("email-password", "never to be told")),
            authorities_file: None,
        });
    };
    finds(&ward, "neighbour_silent", |spoilt| letters(spoilt, free_port())).await;
    finds(&ward, "neighbour_silent", |spoilt| letters(spoilt, mail_server("535 5.7.8 no"))).await;
    let mut sound = ward.copy("letters");
    letters(&mut sound, mail_server("235 2.7.0 yes"));
    assert_eq!(sound.codes().await, [""; 0]);
    finds(&ward, "secret_missing", |spoilt| {
        spoilt.config.limits.key_file = Some(spoilt.path("limits-key"));
    })
    .await;
    finds(&ward, "collector_silent", |spoilt| {
        watched(spoilt, ([127, 0, 0, 1], free_port()).into());
        spoilt.config.operations.as_mut().unwrap().otlp_url = Some(nobody());
    })
    .await;

    let person = &ward.prepared.people[0];
    let prober = |spoilt: &mut Spoilt, iin: String, pem: String| {
        watched(spoilt, ([127, 0, 0, 1], free_port()).into());
        spoilt.config.operations.as_mut().unwrap().prober = Some(ProberConfig {
            iin,
            key_file: spoilt.write("prober.pem", pem),
            authorities_file: None,
            every_seconds: 0,
            patience_seconds: 50,
        });
    };
    let (own, now) = (person.iin.digits(), SystemClock.now());
    let key = |at| {
        let issued = ward.prepared.authority.issue_person(person, at, &mut randomness());
        issued.unwrap().holder().to_pem().unwrap()
    };
    let mut sound = ward.copy("prober");
    prober(&mut sound, own.clone(), key(now));
    assert_eq!(sound.codes().await, [""; 0]);
    let another = ward.prepared.people[1].iin.digits();
    for (iin, pem) in [
        (own.clone(), "rubbish".to_owned()),
        (another, key(now)),
        (own.clone(), key(now - days(900))),
    ] {
        let mut spoilt = ward.copy("prober-spoilt");
        prober(&mut spoilt, iin, pem);
        assert_eq!(spoilt.codes().await, ["prober"]);
        std::fs::remove_dir_all(&spoilt.folder).unwrap();
    }
}

/// A mail server that answers whoever signs in with these words.
fn mail_server(to_login: &'static str) -> u16 {
    use std::io::{BufRead, BufReader, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"220 mail.example.kz ESMTP\r\n").unwrap();
        for line in lines.map_while(Result::ok) {
            let answer = match line.split(' ').next() {
                Some("EHLO") => "250-mail.example.kz\r\n250 AUTH PLAIN",
                Some("AUTH") => to_login,
                _ => "221 2.0.0 good-bye",
            };
            if write!(stream, "{answer}\r\n").is_err() {
                return;
            }
        }
    });
    port
}

/// Somebody who takes connections and answers each with a word of HTTP.
fn listening() -> String {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        }
    });
    url
}

fn put_gateway(ward: &Ward, spoilt: &mut Spoilt, url: String, at: Timestamp) {
    let (authority, random) = (&ward.prepared.authority, &mut randomness());
    let gateway = authority.issue_shep_keys(Algorithm::Rsa, at, random).unwrap();
    let own =
        authority.issue_system_key("anyqtama", OPERATOR_BIN, SystemClock.now(), random).unwrap();
    let shep = ShepConfig {
        url,
        service_id: "GUARDIANSHIPS".to_owned(),
        route_id: None,
        sender_id: "anyqtama".to_owned(),
        password_file: None,
        key_file: spoilt.write("shep.key", own.key_pem().unwrap()),
        certificate_file: spoilt.write("shep.cer", own.certificate()),
        gateway_certificates: vec![spoilt.write("gateway.cer", gateway.certificate())],
        authorities_file: None,
        patience_seconds: 5,
        freshness_seconds: 300,
        correlates: true,
        status: ShepStatusConfig::default(),
    };
    spoilt.config.data_bank =
        DataBankConfig { source: DataBankSource::Shep, shep: Some(shep), person_register: None };
}

/// In lines of 64, as everybody writes it.
fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_gateway_and_of_tls_are_named() {
    let ward = Ward::new().await;
    let now = SystemClock.now();
    finds(&ward, "gateway_silent", |spoilt| put_gateway(&ward, spoilt, nobody(), now)).await;
    finds(&ward, "gateway_certificate_ended", |spoilt| {
        put_gateway(&ward, spoilt, listening(), now - days(3_000));
    })
    .await;
    let tls = |spoilt: &mut Spoilt, at: Timestamp| {
        let made = loopback_certificate(at).unwrap();
        spoilt.config.portal.tls = Some(TlsConfig {
            certificate_file: spoilt.write("tls.pem", pem("CERTIFICATE", &made.certificate)),
            key_file: spoilt.write("tls.key", pem("PRIVATE KEY", &made.key)),
        });
    };
    let mut sound = ward.copy("tls");
    tls(&mut sound, now);
    assert_eq!(sound.codes().await, [""; 0]);
    finds(&ward, "tls_certificate", |spoilt| {
        tls(spoilt, now);
        spoilt.write("tls.key", "rubbish");
    })
    .await;
    finds(&ward, "tls_certificate_ended", |spoilt| tls(spoilt, now - days(400))).await;
    finds(&ward, "tls_certificate_ending", |spoilt| tls(spoilt, now - days(360))).await;
    finds(&ward, "tls_other_name", |spoilt| {
        tls(spoilt, now);
        spoilt.config.seal.facts_signature = Default::default();
        spoilt.config.seal.facts_key = None;
        spoilt.config.portal.public_url = "https://anyqtama.example.kz".to_owned();
    })
    .await;
}

/// An operator shows what the doctor says to whoever helps him.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_faults_at_once_are_all_told_without_a_secret_and_without_a_person() {
    let ward = Ward::new().await;
    let mut spoilt = ward.copy("all");
    spoilt.remove("crl/demo_nca_gost.crl");
    let token = std::fs::read_to_string(ward.path("api-token")).unwrap();
    for name in ["api-token", "monitoring-token"] {
        let rights = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(spoilt.path(name), rights).unwrap();
    }
    spoilt.config.portal.public_url = "http://anyqtama.example.kz".to_owned();
    spoilt.config.signatures.ocsp_urls = vec![nobody()];
    let url = format!("postgres://me:hunter2@127.0.0.1:{}/anyqtama", free_port());
    spoilt.config.database = DatabaseConfig::at(url);
    let found = examine(&spoilt.config).await;
    let codes = codes_of(&found);
    for code in [
        "public_url",
        "secret_open",
        "revocation_list_missing",
        "responder_silent",
        "database_unreachable",
    ] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    let all = serde_json::to_string(&found.iter().collect::<Vec<_>>()).unwrap();
    assert!(!all.contains("hunter2") && !all.contains(token.trim()), "{all}");
    for person in &ward.prepared.people {
        assert!(!all.contains(&person.iin.digits()));
    }
}

fn codes_of(found: &Findings) -> Vec<&'static str> {
    found.iter().map(|one| one.code).collect()
}

#[test]
fn the_operators_document_lists_every_fault_with_what_to_do() {
    let document = include_str!("../../../../docs/operate.md");
    for fault in faults::ALL {
        let row = format!("| `{}` | {} | {} |", fault.code, fault.means, fault.remedy);
        assert!(document.contains(&row), "docs/operate.md lacks\n{row}");
    }
    let rows = document.lines().filter(|line| line.starts_with("| `") && line.contains("` | "));
    let listed =
        rows.filter(|row| faults::ALL.iter().any(|fault| row.contains(fault.code))).count();
    assert!(faults::ALL.len() <= listed);
}
