//! How long the pages of figures take over a year of 300,000 requests, by the clock on the wall: the real portal over a SQLite
//! file, then over a PostgreSQL server of its own. Requests are written by SQL, the triggers count them.
//! Run with `cargo bench -p anyqtama --bench figures`; arguments set the number of requests and name one of the two stores.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that fails must stop, and its report goes to the terminal"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::testing::samples::{self, iin, moment};
use app::testing::{
    FakeFiles, FakeStaffList, FakeVerifier, FixedClock, SeededIds, of_organisation, service_with,
};
use app::{
    Actor, AuditAction, AuditEvent, FigurePeriod, OfficeStore, OfficerSession, Providers, Registry,
    Service, SessionToken, SessionWay, SignInChallenge, Staff, StaffParts, StaffRole, Store,
    Workplace,
};
use axum_test::TestServer;
use domain::{Bin, Kato, Provider};
use portal::PortalConfig;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, raw_sql};
use store_postgres::{PostgresSettings, PostgresStore};
use store_sqlite::SqliteStore;
use throwaway_postgres::{Cluster, Settings};

const URL: &str = "http://127.0.0.1:8080";
const COOKIE: &str = "a-session-for-the-measurement";
/// Departments of the republic, about as many as there are.
const DEPARTMENTS: u32 = 230;
const TIMES: u32 = 5;
/// A year before the moment of the samples, in milliseconds.
const YEAR_MS: i64 = 365 * 24 * 3_600_000;

/// Requests spread over a year and all departments; one of fifty is open, one of ten refused.
fn rows(count: u64, series: &str, text: &str) -> String {
    let begin = moment(0).as_millisecond() - YEAR_MS;
    let ended = |i: &str| {
        format!(
            "CASE WHEN {i} % 50 = 0 THEN NULL ELSE {begin} + {i} * {YEAR_MS} / {count} + 900 + ({i} * 7919) % 9000 END"
        )
    };
    let (at, end) = (format!("{begin} + i * {YEAR_MS} / {count}"), ended("i"));
    format!(
        "INSERT INTO requests (number, applicant, applicant_name, request, accepted_at, due_at, channel, state,
             step, version, ended_at)
         SELECT 'S-' || i, {text}, 'ӘЛІМҚҰЛОВ ҮСЕН',
             '{{\"applicant\":\"000229500008\",\"wards\":\"all\",\"language\":\"' || CASE i % 10 WHEN 0 THEN 'en' WHEN 1 THEN 'ru' WHEN 2 THEN 'ru' ELSE 'kk' END || '\"}}',
             {at}, {at} + 1800000, CASE i % 3 WHEN 0 THEN 'portal' WHEN 1 THEN 'egov_portal' ELSE 'api' END,
             CASE WHEN i % 50 = 0 THEN 'accepted' WHEN i % 10 = 1 THEN 'refused' ELSE 'granted' END,
             CASE WHEN i % 50 = 0 THEN 'registered' ELSE 'issued' END, 4, {end}
         FROM {series};
         UPDATE figures SET answered_by = CAST(101000000 + (accepted_at / 1000) % {DEPARTMENTS} * 100 AS TEXT),
             certificates = CASE WHEN accepted_at % 10 = 1 THEN 0 ELSE 1 END,
             refusals = CASE WHEN accepted_at % 10 < 2 THEN 1 ELSE 0 END,
             ground = CASE WHEN accepted_at % 10 < 2 THEN 'no_guardian_record' ELSE '' END
         WHERE ended_at IS NOT NULL;"
    )
}

fn providers() -> Providers {
    let department = |place: u32| Provider {
        kato: Kato::parse(&(101_000_000 + place * 100).to_string()).unwrap(),
        ..samples::provider()
    };
    let all: Vec<Provider> = (0..DEPARTMENTS).map(department).collect();
    let fallback = all.first().unwrap().kato.clone();
    Providers::new(all, &fallback).unwrap()
}

async fn server<S>(store: Arc<S>) -> (Arc<Service>, TestServer)
where
    S: Store + OfficeStore + Registry + 'static,
{
    let clock = Arc::new(FixedClock::new(moment(3_600)));
    let organisation = Bin::parse("200140009018").unwrap();
    let auditor = of_organisation(iin(1), "A", organisation, StaffRole::Auditor);
    let people = FakeStaffList::default();
    people.list(std::slice::from_ref(&auditor));
    let challenge = SignInChallenge {
        id: "challenge".to_owned(),
        document: Vec::new(),
        expires_at: moment(7_200),
    };
    store.put_challenge(&challenge).await.unwrap();
    let session = OfficerSession {
        token: SessionToken(hex::encode(Sha256::digest(COOKIE.as_bytes()))),
        iin: auditor.iin,
        workplace: Workplace::Organisation(organisation),
        way: SessionWay::Signature,
        signed_in_at: moment(3_600),
        expires_at: moment(7_200),
        ends_at: moment(7_200),
    };
    let audit = AuditEvent {
        at: moment(3_600),
        actor: Actor::Auditor,
        action: AuditAction::SignedIn,
        request: None,
        subject: None,
        detail: String::new(),
        evidence: String::new(),
    };
    store.open_officer_session("challenge", &session, &audit).await.unwrap();
    let staff = Staff::new(StaffParts {
        store: store.clone(),
        office: store.clone(),
        registry: store.clone(),
        files: Arc::new(FakeFiles),
        people: Arc::new(people),
        verifier: Arc::new(FakeVerifier::default()),
        clock,
        ids: Arc::new(SeededIds::new(9)),
        providers: providers(),
        public_url: URL.to_owned(),
    });
    let service = Arc::new(service_with(store, providers()));
    let config = PortalConfig {
        public_url: URL.to_owned(),
        ncalayer_url: "wss://127.0.0.1:13579/".to_owned(),
        egov_mobile: None,
        api_token: None,
        contact_centre_token: None,
        monitoring: None,
        facts_schema: "{}".to_owned(),
        identity_provider: None,
        staff: Some(Arc::new(staff)),
        notice: None,
        security_contact: None,
        limit_key: None,
    };
    let mut server = TestServer::new(portal::router(service.clone(), config));
    server.add_header("cookie", format!("staff={COOKIE}"));
    (service, server)
}

async fn told<T>(name: &str, work: impl AsyncFn() -> T) {
    work().await;
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        work().await;
        times.push(begun.elapsed());
    }
    times.sort();
    let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    println!(
        "{name:<48} {:>7.0} ms, at worst {:>7.0} ms",
        ms(times.get(times.len() / 2)),
        ms(times.last())
    );
}

async fn measure<S>(name: &str, store: Arc<S>)
where
    S: Store + OfficeStore + Registry + 'static,
{
    println!("{name}");
    let (service, server) = server(store).await;
    let today = domain::astana_date(moment(0));
    let year = FigurePeriod::last_days(today, 365);
    told("lines of the year, counted", async || {
        service.figures(year, None).await.unwrap();
    })
    .await;
    let query = format!("from={}&to={}", year.from(), year.to());
    let month = FigurePeriod::last_month(today).from().strftime("%Y-%m").to_string();
    for address in [
        format!("/kk/staff/figures?{query}"),
        format!("/kk/staff/figures?{query}&territory=101000000"),
        format!("/kk/staff/figures/export?format=xlsx&{query}"),
        format!("/kk/staff/figures/export?format=csv&{query}"),
        "/kk/staff/figures".to_owned(),
        "/kk/figures".to_owned(),
        format!("/kk/figures/{month}"),
        format!("/kk/figures/{month}.csv"),
        "/kk/automated-decision".to_owned(),
    ] {
        told(&address.replace(&query, "YEAR"), async || {
            server.get(&address).await.assert_status_ok();
        })
        .await;
    }
}

async fn sqlite(count: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    let series = format!(
        "(WITH RECURSIVE one(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM one WHERE i < {count}) SELECT i FROM one)"
    );
    let mut raw = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let begun = Instant::now();
    raw_sql(AssertSqlSafe(rows(count, &series, "printf('%012d', i)")))
        .execute(&mut raw)
        .await
        .unwrap();
    println!("{count} requests written in {:.0} s", begun.elapsed().as_secs_f64());
    measure("SQLite", Arc::new(store)).await;
}

async fn postgres(count: u64) {
    let cluster = Cluster::start(Settings::durable()).unwrap();
    let url = cluster.url("postgres");
    let settings = PostgresSettings::default();
    let store = PostgresStore::connect(&url, settings).await.unwrap();
    store.migrate().await.unwrap();
    let mut raw = sqlx::PgConnection::connect(&url).await.unwrap();
    let series = format!("generate_series(1::bigint, {count}) AS one(i)");
    let begun = Instant::now();
    raw_sql(AssertSqlSafe(rows(count, &series, "lpad(i::text, 12, '0')")))
        .execute(&mut raw)
        .await
        .unwrap();
    println!("{count} requests written in {:.0} s", begun.elapsed().as_secs_f64());
    // As the server does by itself within a minute; over a year it has.
    raw_sql("VACUUM ANALYZE").execute(&mut raw).await.unwrap();
    measure("PostgreSQL", Arc::new(store)).await;
}

#[tokio::main]
async fn main() {
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(300_000);
    if std::env::args().all(|argument| argument != "postgres") {
        sqlite(count).await;
    }
    if std::env::args().all(|argument| argument != "sqlite") {
        postgres(count).await;
    }
}
