//! A database as version 0.1.0 left it (migrations 0001 and 0002), with requests in flight and answered, is brought to
//! the present schema: nothing is lost, the work goes on, and all of it is proven. What was released is never edited.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::borrow::Cow;
use std::sync::Arc;

use app::testing::samples::{
    answered, decision, draft, event, iin, moment, planned_certificate, registration, registry_row,
    stored,
};
use app::testing::service_over;
use app::{
    AuditAction, AuditRow, FigureDifference, FigurePeriod, RecordDesk, RecordQuery, Registration,
    Registry, RegistryRow, Replayed, Step, Store, name_prefix, stored_json, verify_chain,
};
use domain::{Number, PersonName, RequestState};
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, query};
use store_sqlite::SqliteStore;

/// The migrations of version 0.1.0, by SHA-384 of their files. With each release its migrations are added here, and no
/// line is ever changed: databases remember what they were made with, and refuse a program that says otherwise.
const RELEASED: [(i64, &str); 2] = [
    (
        1,
        "03255d38ebae2a94536982abf081df79f8aea9f73771fcfe9dc0da9e1cb8ebe26e7d619f23b1dd061869ca3117d41bfc",
    ),
    (
        2,
        "13007536f04ec768eaf02aa0b8efeb4434df74e31a72950996a3496cd0c26fe9372ebb7d0396b0a4c5edcd7cb6410f8e",
    ),
];

/// The last of them.
const LAST_RELEASED: i64 = 2;

async fn released(path: &std::path::Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let raw = SqlitePool::connect_with(options).await.unwrap();
    let mut migrator: Migrator = sqlx::migrate!("./migrations");
    let first =
        migrator.iter().filter(|one| one.version <= LAST_RELEASED).cloned().collect::<Vec<_>>();
    migrator.migrations = Cow::Owned(first);
    migrator.run(&raw).await.unwrap();
    raw
}

/// A request as 0.1.0 registered it: without digests in its journal row.
async fn register(raw: &SqlitePool, registration: &Registration, journal: &mut Vec<AuditRow>) {
    query(
        "INSERT INTO requests (number, applicant, applicant_name, request, accepted_at, due_at,
             channel, state, step, version)
         VALUES ($1, $2, $3, $4, $5, $6, 'portal', 'accepted', 'registered', 1);
         INSERT INTO signed_requests (number, document, cms, signature_evidence)
         VALUES ($1, $7, $8, '{}');
         INSERT INTO jobs (number, run_at) VALUES ($1, $5);
         INSERT INTO idempotency_keys (applicant, idempotency_key, body_digest, number)
         VALUES ($2, $9, $10, $1);",
    )
    .bind(registration.number.as_str())
    .bind(registration.request.applicant.digits())
    .bind(&registration.applicant_name)
    .bind(stored_json(&registration.request).unwrap())
    .bind(registration.clock.accepted_at.as_millisecond())
    .bind(registration.clock.due_at.as_millisecond())
    .bind(&registration.document)
    .bind(&registration.cms)
    .bind(&registration.key.0)
    .bind(&registration.body_digest)
    .execute(raw)
    .await
    .unwrap();
    append(raw, registration, AuditAction::Registered, journal).await;
}

async fn append(
    raw: &SqlitePool,
    registration: &Registration,
    action: AuditAction,
    journal: &mut Vec<AuditRow>,
) {
    let (number, subject) = (registration.number.clone(), registration.request.applicant);
    let event = event(action, Some(number), Some(subject));
    let hash = journal.last().map(|row| row.hash.clone()).unwrap_or_default();
    let sequence = i64::try_from(journal.len()).unwrap() + 1;
    let row = AuditRow::chained(&event, sequence, &hash);
    query(
        "INSERT INTO audit (sequence, at_ms, actor, action, request, subject, detail, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.sequence)
    .bind(row.at_ms)
    .bind(&row.actor)
    .bind(&row.action)
    .bind(&row.request)
    .bind(&row.subject)
    .bind(&row.detail)
    .bind(&row.hash)
    .execute(raw)
    .await
    .unwrap();
    journal.push(row);
}

/// Takes a request to its answer in the way of 0.1.0.
async fn answer(raw: &SqlitePool, registration: &Registration, journal: &mut Vec<AuditRow>) {
    let number = registration.number.as_str();
    let before = journal.iter().filter(|row| row.action == AuditAction::Issued.code()).count();
    let (applicant, index) = (registration.request.applicant, u64::try_from(before).unwrap() + 1);
    let planned = planned_certificate(&registration.number, applicant, index);
    query(
        "INSERT INTO decisions (number, decision) VALUES ($1, $2);
         INSERT INTO results (id, request, place, ward_key, ward_id, token, number, kind, content)
         VALUES ($3, $1, 0, $4, $4, $5, $6, 'certificate', $7);",
    )
    .bind(number)
    .bind(stored_json(&decision()).unwrap())
    .bind(&planned.id.0)
    .bind(&planned.ward_key.0)
    .bind(&planned.token.0)
    .bind(planned.content.number().as_str())
    .bind(stored_json(&planned.content).unwrap())
    .execute(raw)
    .await
    .unwrap();
    let steps = [
        "UPDATE requests SET step = 'decided', state = 'checking', version = 2 WHERE number = '{}'",
        "INSERT INTO unsealed_documents SELECT id, x'01' FROM results WHERE request = '{}'",
        "UPDATE requests SET step = 'intended', version = 3 WHERE number = '{}'",
        "UPDATE results SET digest = '{digest}' WHERE request = '{}'",
        "INSERT INTO sealed_documents SELECT id, x'0102' FROM results WHERE request = '{}'",
        "DELETE FROM unsealed_documents WHERE result IN (SELECT id FROM results WHERE request = '{}')",
        "UPDATE requests SET step = 'issued', state = 'granted', version = 4, ended_at = accepted_at
         WHERE number = '{}'",
        "DELETE FROM jobs WHERE number = '{}'",
    ];
    for step in steps {
        let step = step.replace("{digest}", &hex::encode(Sha256::digest([1, 2])));
        query(AssertSqlSafe(step.replace("{}", number))).execute(raw).await.unwrap();
    }
    for action in [AuditAction::Decided, AuditAction::Intended, AuditAction::Issued] {
        append(raw, registration, action, journal).await;
    }
}

#[test]
fn what_was_released_is_never_edited() {
    let migrator: Migrator = sqlx::migrate!("./migrations");
    for (version, checksum) in RELEASED {
        let own = migrator.iter().find(|one| one.version == version).expect("it stays");
        assert_eq!(hex::encode(&*own.checksum), checksum, "migration {version} was edited");
    }
    assert_eq!(RELEASED.last().map(|(version, _)| *version), Some(LAST_RELEASED));
}

/// As `audit verify` and `replay --all` prove it: nothing is amiss, and every decision comes out the same.
async fn assert_proven(store: &Arc<dyn Store>, registry: &dyn Registry, decided: &[&Number]) {
    let service = service_over(store.clone());
    let report = service.verify_integrity(registry, &[]).await.unwrap();
    assert_eq!((report.faults, report.doubts), (Vec::new(), Vec::new()));
    assert_eq!((report.requests, report.without_digests), (0, 2), "both from before proof");
    let mut same = Vec::new();
    let numbers = service.numbers_after(None).await.unwrap();
    for number in &numbers {
        match service.replay(number).await.unwrap() {
            Replayed::Same(_) => same.push(number),
            other => assert!(matches!(other, Replayed::Undecided), "{number}"),
        }
    }
    same.sort();
    let mut decided = decided.to_vec();
    decided.sort();
    assert_eq!(same, decided);
}

#[tokio::test]
async fn a_database_of_version_0_1_0_keeps_everything_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let raw = released(&path).await;
    let mut journal = Vec::new();
    let ended = registration(&draft(iin(1), "ended"), 1, "key-1");
    let open = registration(&draft(iin(2), "open"), 2, "key-2");
    register(&raw, &ended, &mut journal).await;
    answer(&raw, &ended, &mut journal).await;
    register(&raw, &open, &mut journal).await;
    raw.close().await;

    let sqlite = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    sqlite.migrate().await.unwrap();
    let registry = sqlite.clone();
    let store: Arc<dyn Store> = Arc::new(sqlite);
    assert_proven(&store, &registry, &[&ended.number]).await;
    let head = store.journal_head().await.unwrap();
    assert_eq!((head.sequence, head.hash), (5, journal[4].hash.clone()));
    verify_chain(&store.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
    let before = stored(&store, &ended.number).await;
    assert_eq!((before.step, before.state), (Step::Issued, RequestState::Granted));
    let results = store.results_of(&ended.number).await.unwrap();
    assert_eq!(store.document(&results[0].planned.id).await.unwrap(), Some(vec![1, 2]));
    // What was in flight is answered by the new version, behind the old journal.
    answered(&store, &open.number, 7).await;
    assert_eq!(stored(&store, &open.number).await.step, Step::Issued);
    verify_chain(&store.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
    assert_eq!(store.audit_from(1, 100).await.unwrap().len(), 8);
    let late = store.lease_job(moment(9), moment(10)).await.unwrap();
    assert!(late.is_none(), "no job is left over");
    assert_proven(&store, &registry, &[&ended.number, &open.number]).await;
}

/// A version of a record as a program without keys writes it.
async fn written_without_keys(raw: &SqlitePool, version: i64, row: &RegistryRow) {
    let mut transaction = raw.begin().await.unwrap();
    query(
        "INSERT INTO imports (id, file_digest, entered_by, entered_at, new_count, changed_count,
             ended_count, unchanged_count) VALUES ($1, '', '101010000', 0, 1, 0, 0, 0);
         INSERT INTO registry_versions (record_key, version, import, place, recorded_at, payload)
             VALUES ($2, $1, $1, 0, 0, $3);
         INSERT INTO registry_records (record_key, guardian, present_version) VALUES ($2, $4, $1)
             ON CONFLICT (record_key) DO UPDATE SET present_version = excluded.present_version;",
    )
    .bind(version)
    .bind(row.record_key())
    .bind(stored_json(row).unwrap())
    .bind(row.guardian.iin.digits())
    .execute(&mut *transaction)
    .await
    .unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn records_that_came_without_keys_get_them_and_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let raw = released(&path).await;
    let first = registry_row(iin(1), "ward-a");
    written_without_keys(&raw, 1, &first).await;
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    let query = |name: &str| RecordQuery::Name {
        prefix: name_prefix(name, "").unwrap(),
        keepers: vec![first.ward.placement.provider.clone()],
    };
    let found = async |name: &str| store.find_records(&query(name), 10).await.unwrap().len();
    assert_eq!(found("алимкулов").await, 0, "not yet");
    assert_eq!(store.write_missing_keys("", 10).await.unwrap().written, 1);
    assert_eq!(store.write_missing_keys("", 10).await.unwrap().written, 0);
    assert_eq!(found("алимкулов").await, 1);
    // A program without keys goes on beside this one for a while.
    let mut renamed = first.clone();
    renamed.guardian.name = PersonName::parse("Өтегенов", "Үсен", "").unwrap();
    written_without_keys(&raw, 2, &renamed).await;
    assert_eq!(found("отегенов").await, 0);
    assert_eq!(store.write_missing_keys("", 10).await.unwrap().written, 1);
    assert_eq!((found("отегенов").await, found("алимкулов").await), (1, 0));
}

/// What was counted of requests from before, and of those that a program without figures goes on registering; and that
/// whatever is altered among the lines shows.
#[tokio::test]
async fn figures_are_those_of_the_journal_for_requests_of_any_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let raw = released(&path).await;
    let mut journal = Vec::new();
    let ended = registration(&draft(iin(1), "ended"), 1, "key-1");
    let open = registration(&draft(iin(2), "open"), 2, "key-2");
    register(&raw, &ended, &mut journal).await;
    answer(&raw, &ended, &mut journal).await;
    register(&raw, &open, &mut journal).await;
    let sqlite = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    sqlite.migrate().await.unwrap();
    let store: Arc<dyn Store> = Arc::new(sqlite);
    let service = service_over(store.clone());
    let period = FigurePeriod::month(domain::astana_date(moment(0)));
    let checked = async || service.check_figures(period).await.unwrap();
    let check = checked().await;
    assert!(check.agrees(), "{:?}", check.differences);
    let whole = &check.by_lines.whole;
    assert_eq!((whole.requests, whole.granted, whole.open, whole.certificates), (2, 1, 1, 1));
    // A program that knows no figures goes on beside this one for a while.
    answer(&raw, &open, &mut journal).await;
    let check = checked().await;
    assert!(check.agrees(), "{:?}", check.differences);
    assert_eq!(check.by_lines.whole.granted, 2);
    let alter = format!("UPDATE figures SET channel = 'api' WHERE number = '{}'", open.number);
    query(AssertSqlSafe(alter)).execute(&raw).await.unwrap();
    assert_eq!(checked().await.differences, [FigureDifference::Unlike(open.number.clone())]);
    let remove = format!("DELETE FROM figures WHERE number = '{}'", open.number);
    query(AssertSqlSafe(remove)).execute(&raw).await.unwrap();
    assert_eq!(checked().await.differences, [FigureDifference::Missing(open.number.clone())]);
}
