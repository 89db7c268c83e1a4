//! The nightly look at everything issued, on either database: what it tells and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

#[path = "installation/prepared.rs"]
mod prepared;

use std::process::{Command, Output};

use adapters::{ImportOrder, import_file};
use anyqtama::demo::prepare::Prepared;
use anyqtama::system::SystemClock;
use anyqtama::wiring;
use app::{Channel, DraftOrder, IdempotencyKey, Submission, Submitted, Worker};
use domain::{ConsentDecision, Consents, Kato, Language, WardsAsked};
use jiff::SignedDuration;
use prepared::prepared;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};
use throwaway_postgres::{Cluster, Settings};

/// Two people and what was issued to them.
struct Place {
    _root: tempfile::TempDir,
    config: String,
}

impl Place {
    async fn on(database: Option<String>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("demo");
        let nowhere = ([127, 0, 0, 1], 8080).into();
        let mut prepared = prepared(&folder, nowhere).await;
        if let Some(url) = database {
            prepared.config.database.url = url;
            fill_data_bank(&prepared).await;
        }
        let config = folder.join("anyqtama.toml");
        std::fs::write(&config, toml::to_string(&prepared.config).unwrap()).unwrap();
        for place in 0..2 {
            issue(&prepared, place).await;
        }
        Self { _root: root, config: config.display().to_string() }
    }

    fn recheck(&self, more: &[&str]) -> (i32, Value, String) {
        let program = env!("CARGO_BIN_EXE_anyqtama");
        let mut command = Command::new(program);
        command.args(["recheck", "--json", "--config", &self.config]).args(more);
        let Output { status, stdout, stderr } = command.output().unwrap();
        let told = serde_json::from_slice(&stdout).unwrap_or_default();
        (status.code().unwrap(), told, String::from_utf8(stderr).unwrap())
    }
}

async fn fill_data_bank(prepared: &Prepared) {
    let file = std::fs::read(prepared.folder.path("data-bank.xlsx")).unwrap();
    let store = wiring::open_migrated_store(&prepared.config).await.unwrap();
    let department = Kato::parse("710000000").unwrap();
    let now = app::Clock::now(&SystemClock);
    let order = ImportOrder::of_all(department, now).because("сот шешімі");
    import_file(&*store.registry, file, order).await.unwrap();
    store.close().await;
}

async fn issue(prepared: &Prepared, place: usize) {
    let store = wiring::open_store(&prepared.config).await.unwrap();
    let service = wiring::service(&prepared.config, &store).await.unwrap();
    let given = ConsentDecision::Given;
    let (person, key) = (&prepared.people[place], &prepared.keys[place]);
    let draft = service.prepare_draft(DraftOrder {
        applicant: person.iin,
        language: Language::Kk,
        wards: WardsAsked::All,
        consents: Consents { restricted_data: given, protected_secret: given },
        provider: None,
    });
    let document = draft.await.unwrap().document;
    let cms = key.sign(&document, true, app::Clock::now(&SystemClock)).unwrap();
    let key = IdempotencyKey("k".into());
    let submission = Submission { key, cms, channel: Channel::Api, signed_in: None };
    let Submitted::New(_) = service.submit(submission).await.unwrap() else { panic!("new") };
    while Worker::new(service.clone()).work_once().await.unwrap() {}
    store.close().await;
}

/// What the command tells of two requests of which `changed` alters one document.
async fn assert_told(place: &Place, changed: impl AsyncFnOnce()) {
    let (status, told, said) = place.recheck(&[]);
    assert_eq!(status, 0, "{said}");
    let genuine = told["genuine"].as_u64().unwrap();
    assert!(genuine >= 2 && told["requests"] == 2, "{told}");
    // Two months on the lists of today tell nothing any more; that is no verdict against anything.
    let later = app::Clock::now(&SystemClock) + SignedDuration::from_hours(60 * 24);
    let (status, told, said) = place.recheck(&["--at", &later.to_string()]);
    assert_eq!(status, 3, "{said}");
    assert_eq!((&told["not_genuine"]["count"], &told["genuine"]), (&0.into(), &0.into()));
    assert_eq!(told["cannot_be_checked_now"]["documents"][0]["code"], "crl_stale");
    changed().await;
    let (status, told, said) = place.recheck(&[]);
    assert_eq!(status, 1, "{said}");
    assert_eq!(told["genuine"], genuine - 1);
    let named = told["not_genuine"]["documents"][0]["number"].as_str().unwrap();
    assert_eq!(told["not_genuine"]["documents"][0]["code"], "altered");
    assert!(said.contains(&format!("fault: {named}: not genuine: altered")), "{said}");
    let digits = said.chars().filter(char::is_ascii_digit).count();
    assert!(digits < 12 * 3, "numbers and codes, no person: {said}");
}

const ONE: &str = "SELECT result, bytes FROM sealed_documents ORDER BY result LIMIT 1";

fn altered(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[20_000] ^= 1;
    bytes
}

#[tokio::test]
async fn on_sqlite_every_document_is_judged_and_an_altered_one_is_named() {
    let place = Place::on(None).await;
    let database = std::path::Path::new(&place.config).with_file_name("anyqtama.db");
    assert_told(&place, async || {
        let url = format!("sqlite://{}", database.display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        let triggers: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sealed_documents'",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        for trigger in triggers {
            pool.execute(AssertSqlSafe(format!("DROP TRIGGER {trigger}"))).await.unwrap();
        }
        let (result, bytes): (String, Vec<u8>) = sqlx::query_as(ONE).fetch_one(&pool).await.unwrap();
        let change = sqlx::query("UPDATE sealed_documents SET bytes = ? WHERE result = ?");
        change.bind(altered(bytes)).bind(result).execute(&pool).await.unwrap();
        pool.close().await;
    })
    .await;
}

#[tokio::test]
async fn on_postgres_it_tells_the_same() {
    let cluster = Cluster::start(Settings::fast()).unwrap();
    let url = cluster.url("postgres");
    let place = Place::on(Some(url.clone())).await;
    assert_told(&place, async || {
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        connection.execute("SET session_replication_role = replica").await.unwrap();
        let one = sqlx::query_as(ONE).fetch_one(&mut *connection);
        let (result, bytes): (String, Vec<u8>) = one.await.unwrap();
        let change = sqlx::query("UPDATE sealed_documents SET bytes = $1 WHERE result = $2");
        change.bind(altered(bytes)).bind(result).execute(&mut *connection).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_reached_is_not_called_wrong() {
    let place = Place::on(None).await;
    let (status, _, said) = place.recheck(&[]);
    assert_eq!(status, 0, "{said}");
    let text = std::fs::read_to_string(&place.config).unwrap();
    let away = text.replace("anyqtama.db", "nowhere.db");
    std::fs::write(&place.config, away).unwrap();
    let (status, _, said) = place.recheck(&[]);
    assert_eq!(status, 3, "{said}");
    std::fs::write(&place.config, "nothing").unwrap();
    assert_eq!(place.recheck(&[]).0, 2);
}
