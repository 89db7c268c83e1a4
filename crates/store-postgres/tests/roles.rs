//! The roles that `docs/many-nodes.md` recommends, made by the very statements that stand there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where it is broken"
)]

use std::sync::Arc;

use app::testing::samples::{
    answered, batch, event, iin, moment, registered, registry_row, stored,
};
use app::{AuditAction, JournalRoot, Registry, Step, Store, TechnicalBreak, verify_chain};
use sqlx::postgres::PgPool;
use sqlx::query;
use store_postgres::{OpenError, PostgresSettings, PostgresStore};
use throwaway_postgres::{Cluster, Settings};
use vault::MasterKeys;

const GUIDE: &str = include_str!("../../../docs/many-nodes.md");

/// The blocks of SQL of the guide, each as its statements.
fn blocks() -> [Vec<&'static str>; 3] {
    let blocks = GUIDE.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next());
    let statements = |block: &'static str| {
        block.split(';').map(str::trim).filter(|statement| !statement.is_empty()).collect()
    };
    blocks.map(statements).collect::<Vec<_>>().try_into().unwrap()
}

fn run(cluster: &Cluster, database: &str, statements: &[&str]) {
    for statement in statements {
        cluster.run_sql(database, statement).unwrap();
    }
}

fn address(cluster: &Cluster, role: &str) -> String {
    format!("postgres://{role}@127.0.0.1:{}/anyqtama", cluster.port())
}

async fn connected(cluster: &Cluster, role: &str) -> PostgresStore {
    let url = address(cluster, role);
    PostgresStore::connect(&url, PostgresSettings::default()).await.unwrap()
}

#[tokio::test]
async fn the_service_works_with_a_role_that_only_reads_and_writes() {
    let cluster = Cluster::start(Settings::fast()).unwrap();
    let [roles, grants, afterwards] = blocks();
    run(&cluster, "postgres", &roles);
    run(&cluster, "anyqtama", &grants);
    let serving = connected(&cluster, "anyqtama").await;
    let error = serving.migrate().await.unwrap_err();
    assert!(matches!(error, OpenError::NotTheOwner), "{error}");
    assert!(error.to_string().contains("run `anyqtama migrate` with the owner's role"));

    connected(&cluster, "anyqtama_owner").await.migrate().await.unwrap();
    run(&cluster, "anyqtama", &afterwards);
    serving.migrate().await.unwrap();
    serving.require_schema().await.unwrap();
    let master = MasterKeys::parse(&MasterKeys::new_line()).unwrap();
    serving.unlock(&master, moment(0)).await.unwrap();
    let oldest = cluster.run_sql("anyqtama", "SELECT oldest FROM schema_needs").unwrap();
    assert_eq!(oldest.trim(), "28", "its first keys keep out who knows nothing of keys");
    everything_is_written(&serving).await;
    forbidden(&cluster).await;

    // A new version whose migrations were not made yet.
    cluster.run_sql("anyqtama", "DELETE FROM _sqlx_migrations WHERE version = 4").unwrap();
    let error = serving.migrate().await.unwrap_err();
    assert!(matches!(error, OpenError::NotTheOwner), "{error}");
}

/// Each table once.
async fn everything_is_written(serving: &PostgresStore) {
    let store: Arc<dyn Store> = Arc::new(serving.clone());
    store.ping().await.unwrap();
    let number = registered(&store, 1).await;
    answered(&store, &number, 1).await;
    assert_eq!(stored(&store, &number).await.step, Step::Issued);
    serving.apply_import(&batch(1, vec![registry_row(iin(1), "ward-a")])).await.unwrap();
    let planned = TechnicalBreak {
        id: "break".to_owned(),
        starts_at: moment(100),
        ends_at: moment(200),
        reason_kk: "Жабдықты ауыстыру".to_owned(),
        reason_ru: "Замена оборудования".to_owned(),
        reason_en: "New equipment".to_owned(),
        announced_at: moment(0),
        withdrawn_at: None,
    };
    let announced = event(AuditAction::BreakAnnounced, None, None);
    store.put_break(&planned, &announced).await.unwrap();
    let head = store.journal_head().await.unwrap();
    let root = JournalRoot { day: "2026-11-23".to_owned(), head, stamp: None };
    store.put_root(&root, &event(AuditAction::RootTaken, None, None)).await.unwrap();
    store.stamp_root(&root.day, &[1]).await.unwrap();
    store.remove_expired(moment(9_999)).await.unwrap();
    verify_chain(&store.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
}

/// What would take the promises of the schema away.
async fn forbidden(cluster: &Cluster) {
    let raw = PgPool::connect(&address(cluster, "anyqtama")).await.unwrap();
    for statement in [
        "ALTER TABLE audit DISABLE TRIGGER USER",
        "DROP TRIGGER audit_fixed ON audit",
        "SET session_replication_role = replica",
        "TRUNCATE audit",
        "CREATE TABLE own (id BIGINT)",
        "UPDATE schema_needs SET oldest = 99",
        "DELETE FROM _sqlx_migrations",
    ] {
        let error = query(statement).execute(&raw).await.expect_err(statement);
        assert_eq!(error.into_database_error().unwrap().code().unwrap(), "42501", "{statement}");
    }
}
