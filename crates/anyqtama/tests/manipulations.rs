//! Two hundred manipulations of each database by SQL, behind the program's back and with every trigger and foreign key
//! switched off: each is found. Some databases are sealed: there whatever was altered does not even open.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::testing::samples::{
    annulment, answered, batch, decide, end_annulment, ended, event, form_end, form_proposal, iin,
    intend, kato, leased, moment, planned_certificate, planned_refusal, propose_annulment,
    provider, registered, registry_row, write_note,
};
use app::testing::{
    FakeConsents, FakeDataBank, FakeDocumentVerifier, FakeRecordFiles, FakeRenderer, FakeSealer,
    FakeStamper, FakeVerifier, FixedClock, MemoryStore, SeededIds, of_department,
};
use app::{
    Actor, AnnulmentOutcome, Appointment, AppointmentBy, AppointmentColumns, AppointmentDecided,
    AppointmentDecision, AppointmentEnd, AppointmentId, AppointmentKind, AppointmentProposed,
    AppointmentState, Archive, AuditAction, AuditEvent, AuditFault, AuditRow, BreakOrder, Channel,
    CheckToken, ComplaintOrder, ErasedRequest, FormOutcome, IntegrityDoubt, IntegrityFault,
    IntegrityReport, JournalRoot, NewNumberClass, Operator, PlannedAnswer, Providers, RecourseStep,
    RecourseStepKind, Registry, RequestErasure, Service, ServiceParts, Settings, StaffRole, Store,
    StoreError, chain_hash, erasure_digest, recourse_step_digest,
};
use domain::{
    AnswerContent, ComplaintGround, Language, Number, NumberClass, NumberKind, RULE_VERSION,
    RecourseBody, RecourseOutcome,
};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Executor};
use store_postgres::{PostgresSettings, PostgresStore};
use store_sqlite::SqliteStore;
use throwaway_postgres::Cluster;
use vault::{MasterKeys, PERSONAL_COLUMNS};

const MANIPULATIONS: usize = 200;
const SEED: u64 = 20_261_123;
/// Seconds after the samples begin: a month.
const STAMPED_ANEW: i64 = 30 * 24 * 3_600;

/// Kind of a column, for a change that its type takes.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Bytes,
}
use Kind::{Bytes, Integer, Text};

/// What is no evidence stands in the decision, and nowhere else.
const DECISION: &str = include_str!("../../../docs/adr/0012-what-the-journal-proves.md");

/// A table with the columns that are evidence.
struct Table {
    name: String,
    /// Its key, by which rows are told apart.
    order: String,
    columns: Vec<(String, Kind)>,
}

/// Columns of the decision's list, as `table.column` or `table.*`.
fn exceptions() -> BTreeSet<&'static str> {
    DECISION.split("```").nth(1).unwrap().split_whitespace().collect()
}

/// Name of a table and a column, type, and place in the key.
type ColumnRow = (String, String, String, i64);

/// Everything the schema has and the decision does not except. So a new column is evidence until somebody says no.
async fn tables(sqlite: &SqlitePool) -> Vec<Table> {
    let columns: Vec<ColumnRow> = sqlx::query_as(
        "SELECT one.name, field.name, field.type, field.pk
         FROM sqlite_master AS one, pragma_table_info(one.name) AS field
         WHERE one.type = 'table' AND one.name <> '_sqlx_migrations'
             AND one.name NOT LIKE 'sqlite%'
         ORDER BY one.name, field.pk, field.name",
    )
    .fetch_all(sqlite)
    .await
    .unwrap();
    let mut unused = exceptions();
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for (name, column, kind, key) in columns {
        let (whole, one) = (format!("{name}.*"), format!("{name}.{column}"));
        let is_excepted = exceptions().contains(&*whole) || exceptions().contains(&*one);
        unused.retain(|exception| *exception != whole && *exception != one);
        let fresh = || Table { name: name.clone(), order: String::new(), columns: Vec::new() };
        let table = tables.entry(name.clone()).or_insert_with(fresh);
        if key > 0 {
            let comma = if table.order.is_empty() { "" } else { ", " };
            table.order = format!("{}{comma}{column}", table.order);
        }
        if !is_excepted {
            let kind = match kind.as_str() {
                "TEXT" => Text,
                "INTEGER" => Integer,
                "BLOB" => Bytes,
                other => panic!("{other}"),
            };
            table.columns.push((column, kind));
        }
    }
    assert_eq!(unused, BTreeSet::new(), "the decision excepts what is not there");
    tables.into_values().filter(|table| !table.columns.is_empty()).collect()
}

/// Which SQL the database speaks, where they differ.
#[derive(Clone, Copy)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    fn changed(self, column: &str, kind: Kind) -> String {
        match (kind, self) {
            (Text, _) => format!("COALESCE({column}, '') || 'x'"),
            (Integer, _) => format!("COALESCE({column}, 0) + 101"),
            (Bytes, Self::Sqlite) => format!("CAST(COALESCE({column}, x'') || x'00' AS BLOB)"),
            (Bytes, Self::Postgres) => format!("COALESCE({column}, '') || '\\x00'::bytea"),
        }
    }
}

/// The row at a place, counted round, in the order of the key.
fn row_at(Table { name, order, .. }: &Table, place: u32) -> String {
    let key = order.replace(", ", " || '|' || ");
    format!(
        "{key} = (SELECT {key} FROM {name} ORDER BY {order} LIMIT 1 OFFSET {place} % (
            SELECT CASE COUNT(*) WHEN 0 THEN 1 ELSE COUNT(*) END FROM {name}))"
    )
}

/// Statements of one random manipulation.
fn manipulation(random: &mut StdRng, dialect: Dialect, tables: &[Table]) -> Vec<String> {
    let table = &tables[random.random_range(0..tables.len())];
    let place: u32 = random.random_range(0..1_000);
    let (name, chosen) = (&table.name, row_at(table, place));
    match random.random_range(0..8) {
        0 | 1 => vec![format!("DELETE FROM {name} WHERE {chosen}")],
        2 => {
            let cut = random.random_range(1..5);
            vec![format!(
                "DELETE FROM audit WHERE sequence > (SELECT MAX(sequence) - {cut} FROM audit)"
            )]
        }
        // Two rows of the journal change places.
        3 => {
            let (one, other) = (1 + place % 20, 22 + place % 7);
            vec![
                format!("UPDATE audit SET sequence = -1 WHERE sequence = {one}"),
                format!("UPDATE audit SET sequence = {one} WHERE sequence = {other}"),
                format!("UPDATE audit SET sequence = {other} WHERE sequence = -1"),
            ]
        }
        _ => {
            let (column, kind) = &table.columns[random.random_range(0..table.columns.len())];
            let changed = dialect.changed(column, *kind);
            vec![format!("UPDATE {name} SET {column} = {changed} WHERE {chosen}")]
        }
    }
}

fn service(store: Arc<dyn Store>) -> Arc<Service> {
    let provider = provider();
    let operator = Operator { name: provider.name.clone(), bin: provider.bin };
    Arc::new(Service::new(ServiceParts {
        store,
        desk: Arc::new(MemoryStore::default()),
        record_files: Arc::new(FakeRecordFiles),
        replica: None,
        data_bank: Arc::new(FakeDataBank::default()),
        consents: Arc::new(FakeConsents::default()),
        verifier: Arc::new(FakeVerifier::default()),
        identity_provider: None,
        document_verifier: Arc::new(FakeDocumentVerifier),
        renderer: Arc::new(FakeRenderer::default()),
        sealer: Arc::new(FakeSealer::default()),
        facts_signer: None,
        time_stamper: Some(Arc::new(FakeStamper::new(Arc::new(FixedClock::new(moment(3_600)))))),
        one_time_passwords: None,
        mail: None,
        number_class: NumberClass::FIRST,
        clock: Arc::new(FixedClock::new(moment(3_600))),
        ids: Arc::new(SeededIds::new(1)),
        providers: Providers::new(vec![provider], &kato()).unwrap(),
        settings: Settings::new("https://anyqtama.example", operator),
    }))
}

/// A form that was released, one that was turned down, and one that is open.
async fn fill_forms(store: &Arc<dyn Store>) {
    let released = FormOutcome::Released { number: 1, effective_from: moment(60) };
    let outcomes = [Some(released), Some(FormOutcome::TurnedDown), None];
    for (id, outcome) in ["form-a", "form-b", "form-c"].into_iter().zip(outcomes) {
        let row = |action, evidence| AuditEvent {
            detail: id.to_owned(),
            evidence,
            ..event(action, None, None)
        };
        let proposal = form_proposal(id, iin(70), 10);
        let audit = row(AuditAction::FormProposed, proposal.digest().unwrap());
        store.propose_form(&proposal, &audit).await.unwrap();
        if let Some(outcome) = outcome {
            let end = form_end(&proposal, outcome, iin(71), 20);
            let action = match outcome {
                FormOutcome::Released { .. } => AuditAction::FormReleased,
                FormOutcome::TurnedDown | FormOutcome::Withdrawn => AuditAction::FormClosed,
            };
            assert!(store.end_form(&end, &row(action, end.digest())).await.unwrap());
        }
    }
}

/// Appointments: in force, released, turned down and open.
async fn appoint(store: &Arc<dyn Store>) {
    use AppointmentState::{Confirmed, Open, TurnedDown};
    let by = |seed, at| AppointmentBy { iin: iin(seed), name: "Ү".to_owned(), at: moment(at) };
    let told = |one: &Appointment, action, evidence| {
        let row = event(action, None, Some(one.member.iin));
        AuditEvent { detail: one.id.0.clone(), evidence, ..row }
    };
    let sketches = [
        ("a", 1, None, Confirmed),
        ("b", 2, None, Confirmed),
        ("c", 1, Some("a"), Confirmed),
        ("d", 2, Some("b"), TurnedDown),
        ("e", 3, None, Open),
    ];
    for (id, who, replaces, state) in sketches {
        let release = replaces.map(|_| AppointmentKind::Release);
        let mut one = Appointment {
            id: AppointmentId(id.to_owned()),
            kind: release.unwrap_or(AppointmentKind::Appointment),
            member: of_department(iin(600 + who), "Қ", &kato(), &[StaffRole::Officer]),
            replaces: replaces.map(|id| AppointmentId(id.to_owned())),
            reason: "№ 5".to_owned(),
            proposed: by(701, 1),
            end: None,
        };
        let evidence = AppointmentColumns::of(&one).digests().proposal;
        let row = told(&one, AuditAction::AppointmentProposed, evidence);
        let proposed = store.propose_appointment(&one, &row).await.unwrap();
        assert_eq!(proposed, AppointmentProposed::Kept);
        if state == Open {
            continue;
        }
        let end = AppointmentEnd { state, by: by(702, 2), remark: Some("№ 6".to_owned()) };
        one.end = Some(end.clone());
        let evidence = AppointmentColumns::of(&one).digests().end.unwrap();
        let row = told(&one, AuditAction::AppointmentDecided, evidence);
        let id = one.id.clone();
        let decision = AppointmentDecision { id, end, keeps_administrator: false };
        let decided = store.decide_appointment(&decision, &row).await.unwrap();
        assert_eq!(decided, AppointmentDecided::Done);
    }
}

/// Requests at every step, imports, appointments, a root, breaks, forms, alarms, notices and a class of numbers.
async fn fill(store: &Arc<dyn Store>, registry: &dyn Registry, archive: &dyn Archive) {
    let class = NewNumberClass::choose(&[NumberClass::FIRST], moment(0)).unwrap();
    archive.start_number_class(&class).await.unwrap();
    let row = registry_row(iin(1), "ward-a");
    let rows = vec![row.clone(), registry_row(iin(2), "ward-b"), registry_row(iin(3), "ward-c")];
    registry.apply_import(&batch(1, rows)).await.unwrap();
    registry.apply_import(&batch(2, vec![ended(&row)])).await.unwrap();
    appoint(store).await;
    for index in 1..=5_u32 {
        let number = registered(store, index).await;
        answered(store, &number, index.into()).await;
    }
    let erased = registered(store, 21).await;
    answered(store, &erased, 21).await;
    fill_forms(store).await;
    let service = service(Arc::clone(store));
    for person in [iin(2), iin(4)] {
        let given = store.requests_of(person, None, 1).await.unwrap();
        let number = &given[0].number;
        service.withdraw_consent(number, person, Channel::Portal).await.unwrap();
    }
    complain(store, &service).await;
    use AnnulmentOutcome::{Confirmed, TurnedDown, Withdrawn};
    let ends = [Some((Confirmed, 701)), Some((TurnedDown, 701)), Some((Withdrawn, 700)), None];
    for (index, end) in (1..=4_u32).zip(ends) {
        let person = iin(index);
        let request = store.requests_of(person, None, 1).await.unwrap()[0].number.clone();
        let annulment = annulment(&request, person, index.into(), 100 + i64::from(index));
        assert!(propose_annulment(store, &annulment).await);
        if let Some((outcome, by)) = end {
            assert!(end_annulment(store, &annulment, outcome, by).await);
        }
        write_note(store, &request, &format!("note-{index}"), 200).await;
    }
    service.stamp_roots().await.unwrap();
    let (before, at) = (moment(60 * 86_400), moment(100 * 86_400));
    let erasure = RequestErasure { numbers: vec![erased], before, at, actor: Actor::System };
    assert_eq!(store.erase_requests(&erasure).await.unwrap(), 1);
    let in_hours = |hours| service.now() + SignedDuration::from_hours(hours);
    for hours in [2, 5] {
        let order = BreakOrder {
            starts_at: in_hours(hours),
            ends_at: in_hours(hours + 1),
            reason_kk: "Жабдықты ауыстыру".to_owned(),
            reason_ru: "Замена оборудования".to_owned(),
            reason_en: "New equipment".to_owned(),
        };
        let planned = service.announce_break(order).await.unwrap();
        if hours == 5 {
            assert!(service.withdraw_break(&planned.id).await.unwrap());
        }
    }
    for (index, steps) in [(11_u32, 0), (12, 1), (13, 2)] {
        let number = registered(store, index).await;
        if steps > 0 {
            let lease = leased(store, 1).await;
            let planned = vec![
                planned_certificate(&number, iin(index), u64::from(index)),
                planned_refusal(&number, iin(index), u64::from(index)),
            ];
            // Others are due too: work on the one that was registered last only.
            assert_eq!(lease.number, number);
            decide(store, &lease, planned).await;
            if steps > 1 {
                intend(store, &lease).await;
            }
        }
        service.raise_alarms().await.unwrap();
    }
    store.append_audit(&event(AuditAction::Checked, None, None)).await.unwrap();
}

/// Two complaints about a request, one of them answered.
async fn complain(store: &Arc<dyn Store>, service: &Arc<Service>) {
    let request = store.requests_of(iin(1), None, 1).await.unwrap().remove(0).number;
    for key in ["form-1", "form-2"] {
        let order = ComplaintOrder {
            applicant: iin(1),
            request: request.clone(),
            body: RecourseBody::Head,
            grounds: vec![ComplaintGround::ImproperService],
            words: "Анықтамада қате бар".to_owned(),
            address: "Астана".to_owned(),
            late_reason: String::new(),
            language: Language::Kk,
            channel: Channel::Portal,
            form_key: key.to_owned(),
            prepared_at: service.now(),
        };
        let number = service.file_complaint(order, None).await.unwrap();
        if key == "form-1" {
            answer(store, service, &number).await;
        }
    }
    assert_eq!(service.look_after_recourses().await.unwrap(), 2);
}

async fn answer(store: &Arc<dyn Store>, service: &Service, number: &Number) {
    let case = store.recourse(number).await.unwrap().unwrap();
    let opened = case.steps[0].clone();
    let content = AnswerContent {
        number: Number::from_random(NumberKind::Answer, 1),
        recourse_number: number.clone(),
        request_number: case.recourse.request.clone(),
        body: opened.body,
        registered_at: opened.at,
        answered_at: service.now(),
        applicant_name: case.recourse.asked.applicant_name.clone(),
        applicant_iin: iin(1),
        outcome: RecourseOutcome::Satisfied,
        reasons: "Дұрыс".to_owned(),
        official_name: "СЕЙІТОВА".to_owned(),
        provider: provider(),
        check_url: "https://anyqtama.example/kk/c/1".to_owned(),
        rule_version: RULE_VERSION.to_owned(),
        form_version: None,
    };
    let token = CheckToken("token-of-answer".to_owned());
    let step = RecourseStep {
        place: 1,
        kind: RecourseStepKind::Answered,
        official: Some(iin(7)),
        answer: Some(PlannedAnswer { content, token }),
        ..opened
    };
    let request = Some(case.recourse.request.clone());
    let row = event(AuditAction::RecourseAnswered, request, Some(iin(1)));
    let evidence = recourse_step_digest(&step).unwrap();
    store.add_recourse_step(&step, &AuditEvent { evidence, ..row }).await.unwrap();
}

async fn verified(
    store: Arc<dyn Store>,
    registry: &dyn Registry,
) -> Result<IntegrityReport, StoreError> {
    service(store).verify_integrity(registry, &[]).await
}

/// The key under which all sealed databases of these tests are.
const MASTER: &str = "c3ludGhldGljIG1hc3RlciBrZXkgb2YgdGVzdHMgMDE=";

/// How personal data stand in a database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Open,
    Sealed,
}

impl Stand {
    fn master(self) -> Option<MasterKeys> {
        (self == Self::Sealed).then(|| MasterKeys::parse(MASTER).unwrap())
    }
}

/// Found: a fault in the report, or rows that cannot even be read.
fn is_found(outcome: &Result<IntegrityReport, StoreError>) -> bool {
    outcome.as_ref().map_or(true, |report| !report.faults.is_empty())
}

async fn sqlite(path: &Path) -> SqliteStore {
    SqliteStore::open(path.to_str().unwrap()).await.unwrap()
}

async fn unlocked(path: &Path, stand: Stand) -> SqliteStore {
    let store = sqlite(path).await;
    if let Some(master) = stand.master() {
        store.unlock(&master, moment(0)).await.unwrap();
    }
    store
}

/// A filled store and copies of it that somebody tampers with.
struct Sqlite {
    stand: Stand,
    folder: tempfile::TempDir,
    tables: Vec<Table>,
}

impl Sqlite {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn new(stand: Stand) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut original = Self { stand, folder, tables: Vec::new() };
        let path = original.path("original.db");
        let store = sqlite(&path).await;
        store.migrate().await.unwrap();
        store.close().await;
        let store = unlocked(&path, stand).await;
        let filled: Arc<dyn Store> = Arc::new(store.clone());
        fill(&filled, &store, &store).await;
        let report = verified(filled, &store).await.unwrap();
        assert_eq!((report.faults, report.requests, report.imports), (vec![], 8, 2));
        assert_eq!((report.erased, report.emptied_rows > 3, report.doubts.len()), (1, true, 0));
        store.close().await;
        let options = SqliteConnectOptions::new().filename(original.path("original.db"));
        let raw = SqlitePool::connect_with(options).await.unwrap();
        original.tables = tables(&raw).await;
        raw.close().await;
        original
    }

    /// What is found in a copy after these statements; `None` where the schema refused one or there was no such row.
    async fn after(&self, statements: &[String]) -> Option<Result<IntegrityReport, StoreError>> {
        let copy = self.path("copy.db");
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(self.path(&format!("copy.db{suffix}")));
        }
        std::fs::copy(self.path("original.db"), &copy).unwrap();
        let options = SqliteConnectOptions::new().filename(&copy).foreign_keys(false);
        let options = options.pragma("ignore_check_constraints", "ON");
        let options = options.synchronous(SqliteSynchronous::Off);
        let raw = SqlitePool::connect_with(options).await.unwrap();
        let triggers: Vec<String> =
            sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                .fetch_all(&raw)
                .await
                .unwrap();
        let drop: String = triggers.iter().map(|name| format!("DROP TRIGGER {name};")).collect();
        raw.execute(AssertSqlSafe(drop)).await.unwrap();
        let mut done = true;
        for statement in statements {
            let outcome = raw.execute(AssertSqlSafe(statement.clone())).await;
            done &= outcome.is_ok_and(|done| done.rows_affected() > 0);
        }
        raw.close().await;
        if !done {
            return None;
        }
        let store = unlocked(&copy, self.stand).await;
        let outcome = verified(Arc::new(store.clone()), &store).await;
        store.close().await;
        Some(outcome)
    }
}

/// The same on PostgreSQL.
struct Postgres {
    stand: Stand,
    server: Cluster,
    admin: PgPool,
}

impl Postgres {
    async fn open(&self, name: &str) -> PostgresStore {
        let settings = PostgresSettings { connections_max: 2, ..PostgresSettings::default() };
        PostgresStore::connect(&self.server.url(name), settings).await.unwrap()
    }

    async fn unlocked(&self, name: &str) -> PostgresStore {
        let store = self.open(name).await;
        if let Some(master) = self.stand.master() {
            store.unlock(&master, moment(0)).await.unwrap();
        }
        store
    }

    async fn new(stand: Stand) -> Self {
        let server = Cluster::start(throwaway_postgres::Settings::fast()).unwrap();
        server.create_database("original").unwrap();
        let admin = PgPool::connect(&server.url("postgres")).await.unwrap();
        let original = Self { stand, server, admin };
        let store = original.open("original").await;
        store.migrate().await.unwrap();
        store.close().await;
        let store = original.unlocked("original").await;
        let filled: Arc<dyn Store> = Arc::new(store.clone());
        fill(&filled, &store, &store).await;
        assert_eq!(verified(filled, &store).await.unwrap().faults, vec![]);
        store.close().await;
        original
    }

    /// Every column that is evidence, as `table.column`.
    async fn columns(&self) -> BTreeSet<String> {
        let raw = PgPool::connect(&self.server.url("original")).await.unwrap();
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT table_name::text, column_name::text FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'",
        )
        .fetch_all(&raw)
        .await
        .unwrap();
        raw.close().await;
        let exceptions = exceptions();
        let is_evidence = |(table, column): &(String, String)| {
            let (whole, one) = (format!("{table}.*"), format!("{table}.{column}"));
            !exceptions.contains(&*whole) && !exceptions.contains(&*one)
        };
        let columns = columns.into_iter().filter(is_evidence);
        columns.map(|(table, column)| format!("{table}.{column}")).collect()
    }

    async fn after(&self, statements: &[String]) -> Option<Result<IntegrityReport, StoreError>> {
        let create = "CREATE DATABASE copy TEMPLATE original";
        self.admin.execute(create).await.unwrap();
        let raw = PgPool::connect(&self.server.url("copy")).await.unwrap();
        let mut connection = raw.acquire().await.unwrap();
        connection.execute("SET session_replication_role = replica").await.unwrap();
        let mut done = true;
        for statement in statements {
            let outcome = connection.execute(AssertSqlSafe(statement.clone())).await;
            done &= outcome.is_ok_and(|done| done.rows_affected() > 0);
        }
        drop(connection);
        raw.close().await;
        let mut outcome = None;
        if done {
            let store = self.unlocked("copy").await;
            outcome = Some(verified(Arc::new(store.clone()), &store).await);
            store.close().await;
        }
        self.admin.execute("DROP DATABASE copy WITH (FORCE)").await.unwrap();
        outcome
    }
}

fn columns(tables: &[Table]) -> BTreeSet<String> {
    let of = |table: &Table| -> Vec<String> {
        table.columns.iter().map(|(column, _)| format!("{}.{column}", table.name)).collect()
    };
    tables.iter().flat_map(of).collect()
}

/// A column that nobody put into a digest would show here, on the day it comes. What is sealed does not open any more, and that ends
/// no verification: it is told where, as any other change is.
#[tokio::test]
async fn a_change_of_any_column_of_evidence_in_any_row_is_found() {
    // From both ends: requests without answer, and with one.
    const PLACES: [u32; 5] = [0, 3, 4, 7, 1_000_000];
    let original = Sqlite::new(Stand::Sealed).await;
    let is_sealed = |column: &str| PERSONAL_COLUMNS.iter().any(|(sealed, _)| *sealed == column);
    let mut changed = BTreeSet::new();
    for table in &original.tables {
        for (column, kind) in &table.columns {
            let value = Dialect::Sqlite.changed(column, *kind);
            for place in PLACES {
                let row = row_at(table, place);
                let update = format!("UPDATE {} SET {column} = {value} WHERE {row}", table.name);
                let statements = [update];
                let Some(outcome) = original.after(&statements).await else { continue };
                assert!(is_found(&outcome), "not found: {statements:?}");
                let column = format!("{}.{column}", table.name);
                assert!(outcome.is_ok() || !is_sealed(&column), "{column}: {outcome:?}");
                changed.insert(column);
            }
        }
    }
    assert_eq!(changed, columns(&original.tables), "each was changed at least once");
    for column in ["version", "state"] {
        let value = Dialect::Sqlite.changed(column, if column == "state" { Text } else { Integer });
        let update = format!("UPDATE requests SET {column} = {value} WHERE ended_at IS NOT NULL");
        assert!(is_found(&original.after(&[update]).await.unwrap()), "{column} of an answered one");
    }
    tell_all_at_once(&original).await;
}

/// One letter of several sealed values, and something that is not sealed.
async fn tell_all_at_once(original: &Sqlite) {
    let altered = |table: &str, column: &str, row: &str| {
        let other = format!("CASE substr({column}, 21, 1) WHEN 'A' THEN 'B' ELSE 'A' END");
        let value = format!("substr({column}, 1, 20) || {other} || substr({column}, 22)");
        format!("UPDATE {table} SET {column} = {value} WHERE {row}")
    };
    let statements = [
        altered("consents", "text", "number = (SELECT MIN(number) FROM consents)"),
        altered("registry_versions", "payload", "import = 2"),
        altered("form_versions", "reason", "id = 'form-a'"),
        altered("staff_appointments", "name", "id = 'e'"),
        "UPDATE technical_breaks SET reason_kk = 'x'".to_owned(),
    ];
    let faults = original.after(&statements).await.unwrap().unwrap().faults;
    let is_there = |fault: &IntegrityFault| faults.contains(fault);
    let is_of_request = |fault: &IntegrityFault| {
        matches!(fault, IntegrityFault::Request { part: "consents.text", .. })
    };
    assert!(faults.iter().any(is_of_request), "{faults:?}");
    assert!(is_there(&IntegrityFault::Import(2)), "{faults:?}");
    assert!(is_there(&IntegrityFault::Form("form-a".to_owned())), "{faults:?}");
    assert!(is_there(&IntegrityFault::Appointment("e".to_owned())), "{faults:?}");
    assert!(is_there(&IntegrityFault::Records(1)), "{faults:?}");
    let is_break = |fault: &IntegrityFault| matches!(fault, IntegrityFault::Break(_));
    assert_eq!(faults.iter().filter(|fault| is_break(fault)).count(), 2, "{faults:?}");
    let row = "sequence = (SELECT MAX(sequence) FROM audit WHERE subject <> '')";
    let subject = altered("audit", "subject", row);
    let faults = original.after(&[subject]).await.unwrap().unwrap().faults;
    assert!(matches!(faults[..], [IntegrityFault::Chain(AuditFault::Altered(_))]), "{faults:?}");
}

#[tokio::test]
async fn two_hundred_manipulations_of_sqlite_are_found() {
    let original = Sqlite::new(Stand::Open).await;
    let mut random = StdRng::seed_from_u64(SEED);
    let mut done = 0;
    while done < MANIPULATIONS {
        let statements = manipulation(&mut random, Dialect::Sqlite, &original.tables);
        let Some(outcome) = original.after(&statements).await else { continue };
        assert!(is_found(&outcome), "not found: {statements:?}");
        done += 1;
    }
}

#[tokio::test]
async fn two_hundred_manipulations_of_postgres_are_found() {
    let original = Postgres::new(Stand::Sealed).await;
    let tables = Sqlite::new(Stand::Open).await.tables;
    assert_eq!(original.columns().await, columns(&tables), "the stores are twins");
    let mut random = StdRng::seed_from_u64(SEED);
    let mut done = 0;
    while done < MANIPULATIONS {
        let statements = manipulation(&mut random, Dialect::Postgres, &tables);
        let Some(outcome) = original.after(&statements).await else { continue };
        assert!(is_found(&outcome), "not found: {statements:?}");
        done += 1;
    }
}

/// Rows put in by SQL that look like rows of ours, and what is told of them.
fn forgeries() -> Vec<(Vec<String>, IntegrityFault)> {
    let import = "INSERT INTO imports (id, file_digest, entered_by, entered_at, new_count,
             changed_count, ended_count, unchanged_count)
         SELECT 77, file_digest, entered_by, entered_at, 1, 0, 0, 0 FROM imports WHERE id = 1";
    let version = |import: i64, version: &str| {
        format!(
            "INSERT INTO registry_versions
                 (record_key, version, import, place, recorded_at, payload)
             SELECT record_key, {version}, {import}, 77, recorded_at, payload
             FROM registry_versions WHERE import = 1 AND place = 1"
        )
    };
    let present = "UPDATE registry_records SET present_version = 2 WHERE record_key IN (
             SELECT record_key FROM registry_versions WHERE import = 1 AND place = 1)";
    let record = "INSERT INTO registry_records (record_key, guardian, present_version)
         SELECT 'forged', guardian, 1 FROM registry_records WHERE record_key IN (
             SELECT record_key FROM registry_versions WHERE import = 1 AND place = 1)";
    let record_version = version(77, "1").replace("SELECT record_key", "SELECT 'forged'");
    let many = |statements: &[&str]| statements.iter().map(ToString::to_string).collect();
    vec![
        (many(&[import]), IntegrityFault::Import(77)),
        (many(&[import, &version(77, "2"), present]), IntegrityFault::Import(77)),
        (many(&[import, record, &record_version]), IntegrityFault::Import(77)),
        (many(&[&version(77, "2"), present]), IntegrityFault::Records(1)),
        (many(&[record, &record_version]), IntegrityFault::Records(1)),
        (many(&[&version(1, "2"), present]), IntegrityFault::Import(1)),
        // What is told of the records does not depend on other faults.
        (many(&["DELETE FROM notices", &version(77, "2"), present]), IntegrityFault::Records(1)),
        (many(&["UPDATE registry_versions SET payload = 'x'"]), IntegrityFault::Records(3)),
        (
            many(&["INSERT INTO technical_breaks (id, starts_at, ends_at, reason_kk, reason_ru,
                     reason_en, announced_at)
                 SELECT 'forged', starts_at, ends_at, reason_kk, reason_ru, reason_en, announced_at
                 FROM technical_breaks WHERE withdrawn_at IS NULL"]),
            IntegrityFault::Break("forged".to_owned()),
        ),
        (
            many(&["INSERT INTO form_versions (id, based_on, wording, basis, reason, proposed_by,
                     proposed_name, proposed_at)
                 SELECT 'forged', based_on, wording, basis, reason, proposed_by, proposed_name,
                     proposed_at
                 FROM form_versions WHERE id = 'form-a'"]),
            IntegrityFault::Form("forged".to_owned()),
        ),
        (
            many(&[
                "INSERT INTO form_ends (id, proposed_by, outcome, number, effective_from, words,
                     ended_by, ended_name, ended_at)
                 SELECT 'form-c', proposed_by, outcome, 2, effective_from, words, ended_by,
                     ended_name, ended_at
                 FROM form_ends WHERE id = 'form-a'",
            ]),
            IntegrityFault::Form("form-c".to_owned()),
        ),
        (
            many(&[
                "INSERT INTO staff_appointments (id, kind, iin, name, workplace, roles, reason,
                     proposed_by, proposer_name, proposed_at, state, decided_by, decider_name,
                     decided_at)
                 SELECT 'forged', kind, '000229500008', name, workplace, roles, reason, proposed_by,
                     proposer_name, proposed_at, state, decided_by, decider_name, decided_at
                 FROM staff_appointments WHERE id = 'b'",
            ]),
            IntegrityFault::Appointment("forged".to_owned()),
        ),
        (
            many(&["INSERT INTO number_classes (place, class, since) VALUES (3, 500, 1)"]),
            IntegrityFault::NumberClasses,
        ),
        (many(&["DELETE FROM number_classes WHERE place = 2"]), IntegrityFault::NumberClasses),
    ]
}

fn is_told(outcome: Option<Result<IntegrityReport, StoreError>>, fault: &IntegrityFault) -> bool {
    outcome.unwrap().unwrap().faults.contains(fault)
}

#[tokio::test]
async fn each_forged_row_in_sqlite_is_told_by_its_name() {
    let original = Sqlite::new(Stand::Open).await;
    for (statements, fault) in forgeries() {
        assert!(is_told(original.after(&statements).await, &fault), "{statements:?}");
    }
}

#[tokio::test]
async fn each_forged_row_in_postgres_is_told_by_its_name() {
    let original = Postgres::new(Stand::Open).await;
    for (statements, fault) in forgeries() {
        assert!(is_told(original.after(&statements).await, &fault), "{statements:?}");
    }
}

/// Who owns the database can write the whole journal anew, with hashes and roots that fit; but not what was noted down
/// of it elsewhere.
#[tokio::test]
async fn a_journal_written_anew_is_found_by_a_root_kept_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let store = sqlite(&path).await;
    store.migrate().await.unwrap();
    let filled: Arc<dyn Store> = Arc::new(store.clone());
    fill(&filled, &store, &store).await;
    let kept = filled.roots().await.unwrap();
    let mut rows = filled.audit_from(1, 1_000).await.unwrap();
    rows[1].subject = iin(77).digits();
    let erased = rows.iter().rev().find(|row| row.action == AuditAction::Erased.code()).unwrap();
    let left = filled.erased_by(erased.sequence).await.unwrap();
    write_anew(&path, &mut rows, kept[0].clone(), &left).await;
    let service = service(filled);
    let without = service.verify_integrity(&store, &[]).await.unwrap();
    assert_eq!(without.faults, vec![]);
    // Nobody can have it stamped at that time any more.
    let (day, stamped_at) = (kept[0].day.clone(), moment(STAMPED_ANEW));
    assert_eq!(without.doubts, vec![IntegrityDoubt::StampedElsewhen { day, stamped_at }]);
    let report = service.verify_integrity(&store, &kept).await.unwrap();
    assert_eq!(report.faults, vec![IntegrityFault::KeptRoot(kept[0].day.clone())]);
}

/// Gives the rows the hashes that fit, and the root and the certificate of what was erased the hash and the digest that fit.
async fn write_anew(
    path: &Path,
    rows: &mut [AuditRow],
    mut root: JournalRoot,
    left: &[ErasedRequest],
) {
    let options = SqliteConnectOptions::new().filename(path);
    let raw = SqlitePool::connect_with(options).await.unwrap();
    for trigger in ["audit_fixed", "journal_head_forward", "journal_roots_fixed"] {
        raw.execute(AssertSqlSafe(format!("DROP TRIGGER {trigger}"))).await.unwrap();
    }
    let mut hash = String::new();
    let mut emptied: Vec<AuditRow> = Vec::new();
    for row in rows {
        if row.action == AuditAction::Erased.code() {
            row.evidence = erasure_digest(left, &emptied);
        }
        if row.action == AuditAction::RootTaken.code() {
            row.evidence = hex::encode(root.digest());
        }
        hash = chain_hash(row, &hash);
        row.hash.clone_from(&hash);
        if left.iter().any(|one| one.number.as_str() == row.request) {
            emptied.push(row.clone());
        }
        if row.sequence == root.head.sequence {
            root.head.hash.clone_from(&hash);
        }
        let (AuditRow { sequence, subject, .. }, evidence) = (&row, row.proof());
        let update = format!(
            "UPDATE audit SET hash = '{hash}', subject = '{subject}', evidence = '{evidence}'
             WHERE sequence = {sequence}"
        );
        raw.execute(AssertSqlSafe(update)).await.unwrap();
    }
    let head = format!("UPDATE journal_head SET hash = '{hash}'");
    raw.execute(AssertSqlSafe(head)).await.unwrap();
    let stamp = format!("{} {}", moment(STAMPED_ANEW), hex::encode(root.digest()));
    let root = format!(
        "UPDATE journal_roots SET hash = '{}', stamp = CAST('{stamp}' AS BLOB)",
        root.head.hash
    );
    raw.execute(AssertSqlSafe(root)).await.unwrap();
    raw.close().await;
}
