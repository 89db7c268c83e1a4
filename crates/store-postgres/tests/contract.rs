//! The store passes the suites every store must pass, each promise on a fresh database with keys; and whatever a suite wrote,
//! nothing personal of it stands there in the open.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

mod migrated;

use std::sync::Arc;

use app::testing::record_desk_contract::DeskFixture;
use app::testing::samples::{answered, batch, iin, moment, registered, registry_row};
use app::testing::store_contract::Fixture;
use app::{Registry, Store};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, query_scalar};
use store_postgres::PostgresStore;
use throwaway_postgres::Database;
use vault::{Kept, MasterKeys, PERSONAL_COLUMNS};

use crate::migrated::{migrated_database, opened};

/// A database that is looked through when its test is over.
struct Sealed(Database);

impl Drop for Sealed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let url = self.0.url();
        let look = move || tokio::runtime::Runtime::new().unwrap().block_on(open_columns(&url));
        let open = std::thread::spawn(look).join().unwrap();
        assert_eq!(open, Vec::<String>::new(), "personal data in the open");
    }
}

/// Personal columns in which something stands that nobody sealed.
async fn open_columns(url: &str) -> Vec<String> {
    let open = |(place, kept): &(&str, Kept)| {
        let (table, column) = place.split_once('.').unwrap();
        let is_open = match kept {
            Kept::Alike(_) => format!("{column} <> '' AND {column} !~ '^[A-Za-z0-9_-]{{23,}}$'"),
            Kept::Code => format!("length({column}) <> 24"),
            Kept::Text(_) => format!("{column} <> '' AND {column} NOT LIKE 'p1NFAQ%'"),
            Kept::Bytes(_) => {
                format!("length({column}) > 0 AND substr({column}, 1, 4) <> '\\xa7534501'")
            }
        };
        format!("SELECT '{place}' WHERE EXISTS (SELECT 1 FROM {table} WHERE {is_open})")
    };
    let select = PERSONAL_COLUMNS.iter().map(open).collect::<Vec<_>>().join(" UNION ALL ");
    let mut connection = PgConnection::connect(url).await.unwrap();
    query_scalar(AssertSqlSafe(select)).fetch_all(&mut connection).await.unwrap()
}

async fn without_keys() -> (PostgresStore, Database) {
    let database = migrated_database().await;
    (opened(&database.url()).await, database)
}

async fn fresh() -> (Arc<PostgresStore>, Sealed) {
    let (store, database) = without_keys().await;
    let master = MasterKeys::parse(&MasterKeys::new_line()).unwrap();
    store.unlock(&master, moment(0)).await.unwrap();
    (Arc::new(store), Sealed(database))
}

/// Otherwise looking through would tell nothing.
#[tokio::test]
async fn what_nobody_sealed_is_found() {
    let (store, database) = without_keys().await;
    let walked: Arc<dyn Store> = Arc::new(store.clone());
    let number = registered(&walked, 1).await;
    answered(&walked, &number, 1).await;
    store.apply_import(&batch(1, vec![registry_row(iin(1), "ward")])).await.unwrap();
    let open = open_columns(&database.url()).await;
    for column in [
        "audit.subject",
        "consents.text",
        "drafts.document",
        "registry_keys.ward",
        "requests.request",
        "results.ward_key",
        "sealed_documents.bytes",
    ] {
        assert!(open.contains(&column.to_owned()), "{column}: {open:?}");
    }
}

async fn postgres() -> Fixture {
    let (store, database) = fresh().await;
    Fixture::new(store, database)
}

app::store_contract!(postgres);
app::registry_contract!(postgres);
app::exchange_contract!(postgres);
app::outbox_contract!(postgres);

async fn desk() -> DeskFixture {
    let (store, database) = fresh().await;
    DeskFixture::new(store.clone(), store, database)
}

app::record_desk_contract!(desk);
