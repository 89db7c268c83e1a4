//! The whole store out and in, row by row.
//!
//! Loading goes past the triggers, which hold how rows come about and not how they are put back: they are switched off
//! and on again in the same transaction, which only the owner of the tables may. Keys, checks and foreign keys hold
//! throughout. Rows go out as they stand, sealed where they are; those of an open database are sealed on their way into one
//! with keys.

use app::{
    ARCHIVED_TABLES, Archive, ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource, ColumnValue,
    NewNumberClass, StoreError,
};
use async_trait::async_trait;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column, FromRow, Row, TypeInfo, ValueRef, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::to_ms;
use crate::schema::last_known;
use crate::session::Session;

/// Rows fetched and inserted at a time. Documents are tens of kilobytes each.
const ROWS_AT_ONCE: usize = 200;
/// The table of the keys by which the rows of the others are sealed; it comes first.
const DATA_KEYS: &str = "data_keys";

#[async_trait]
impl Archive for PostgresStore {
    async fn schema_version(&self) -> Result<i64, StoreError> {
        let select = query_as("SELECT MAX(version) FROM _sqlx_migrations");
        let row: Option<(Option<i64>,)> = self.optional(select).await?;
        row.and_then(|(version,)| version).ok_or(StoreError::Corrupt("_sqlx_migrations"))
    }

    async fn export(&self, sink: &mut dyn ArchiveSink) -> Result<(), ArchiveError> {
        require_own_schema(self).await?;
        let mut snapshot = self.long_snapshot().await?;
        let outcome = export_in(&mut snapshot, sink).await;
        let told = outcome.as_ref().map_or_else(|_| Err(StoreError::Stale), |()| Ok(()));
        // What went wrong while exporting is told, and not how the session ended behind it.
        let ended = snapshot.end(told).await;
        outcome.and(ended.map_err(ArchiveError::from))
    }

    async fn load(
        &self,
        source: &mut dyn ArchiveSource,
        class: Option<&NewNumberClass>,
    ) -> Result<u64, ArchiveError> {
        require_own_schema(self).await?;
        let mut transaction = self.long_write().await?;
        let outcome = load_in(&mut transaction, source, class).await;
        let told = outcome.as_ref().map_or_else(|_| Err(StoreError::Stale), |_| Ok(()));
        let ended = transaction.end(told).await;
        match outcome {
            Ok(rows) => ended.map(|()| rows).map_err(ArchiveError::from),
            Err(error) => Err(error),
        }
    }

    async fn start_number_class(&self, class: &NewNumberClass) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let outcome = insert_class(&mut transaction, class).await;
        transaction.end(outcome).await
    }
}

/// A program that does not know all tables would leave the others out without a word.
async fn require_own_schema(store: &PostgresStore) -> Result<(), ArchiveError> {
    let (database, program) = (store.schema_version().await?, last_known());
    if database > program {
        return Err(ArchiveError::NewerSchema { database, program });
    }
    Ok(())
}

async fn export_in(snapshot: &mut Session, sink: &mut dyn ArchiveSink) -> Result<(), ArchiveError> {
    for (table, order) in ARCHIVED_TABLES {
        let columns: Vec<String> = columns(snapshot, table).await?.into_iter().map(name).collect();
        let list = columns.join(", ");
        sink.put(ArchiveItem::Table { name: table.to_owned(), columns }).await?;
        let cursor = format!(
            "DECLARE archive_{table} CURSOR FOR SELECT {list} FROM {table} ORDER BY {order}"
        );
        snapshot.execute(query(AssertSqlSafe(cursor))).await?;
        loop {
            let fetch = format!("FETCH {ROWS_AT_ONCE} FROM archive_{table}");
            let rows: Vec<Values> = snapshot.all(query_as(AssertSqlSafe(fetch))).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                sink.put(ArchiveItem::Row(row.0)).await?;
            }
        }
        snapshot.execute(query(AssertSqlSafe(format!("CLOSE archive_{table}")))).await?;
    }
    Ok(())
}

/// A row whose columns are not known beforehand.
struct Values(Vec<ColumnValue>);

impl FromRow<'_, PgRow> for Values {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let value = |place: usize| {
            let value = row.try_get_raw(place)?;
            if value.is_null() {
                return Ok(ColumnValue::Null);
            }
            match value.type_info().name() {
                "INT8" => row.try_get(place).map(ColumnValue::Integer),
                "TEXT" => row.try_get(place).map(ColumnValue::Text),
                _ => row.try_get(place).map(ColumnValue::Bytes),
            }
        };
        row.columns()
            .iter()
            .map(|column| value(column.ordinal()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Names and types.
async fn columns(session: &mut Session, table: &str) -> Result<Vec<(String, String)>, StoreError> {
    let select = query_as(
        "SELECT column_name::text, data_type::text FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1
         ORDER BY column_name COLLATE \"C\"",
    )
    .bind(table);
    session.all(select).await
}

fn name((name, _): (String, String)) -> String {
    name
}

async fn load_in(
    transaction: &mut Session,
    source: &mut dyn ArchiveSource,
    class: Option<&NewNumberClass>,
) -> Result<u64, ArchiveError> {
    require_empty(transaction).await?;
    triggers(transaction, "DISABLE").await?;
    // The last by a node that was started on the empty database.
    for seeded in [
        "DELETE FROM journal_head",
        "DELETE FROM number_classes",
        "DELETE FROM outbox_cursor",
        "DELETE FROM synthetic_people",
    ] {
        transaction.execute(query(seeded)).await?;
    }
    let vault = transaction.vault.clone();
    let (seals, mut has_keys) = (vault.has_keys(), false);
    let mut loading: Option<Loading> = None;
    let mut rows = 0;
    while let Some(item) = source.next().await? {
        match item {
            ArchiveItem::Table { name, columns } => {
                if let Some(loading) = loading.take() {
                    loading.finish(transaction).await?;
                }
                loading = Some(Loading::begin(transaction, name, columns).await?);
            }
            ArchiveItem::Row(values) => {
                let no_table = || ArchiveError::Unreadable("a row before any table".to_owned());
                let loading = loading.as_mut().ok_or_else(no_table)?;
                if loading.table == DATA_KEYS && !has_keys {
                    // By them its rows are sealed; those made for this database have sealed nothing.
                    transaction.execute(query("DELETE FROM data_keys")).await?;
                    has_keys = true;
                }
                let values =
                    if seals && !has_keys { loading.sealed(&vault, values) } else { values };
                loading.take(transaction, values).await?;
                rows += 1;
            }
        }
    }
    if let Some(loading) = loading {
        loading.finish(transaction).await?;
    }
    // Keys are made of the records, and are in no archive.
    let due = "INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records";
    transaction.execute(query(due)).await?;
    // What is checked at the end otherwise is checked now: a table with checks to come cannot be altered.
    transaction.execute(query("SET CONSTRAINTS ALL IMMEDIATE")).await?;
    triggers(transaction, "ENABLE").await?;
    keep_out_older_programs(transaction).await?;
    if let Some(class) = class {
        insert_class(transaction, class).await?;
    }
    Ok(rows)
}

async fn require_empty(transaction: &mut Session) -> Result<(), ArchiveError> {
    let select = query_as(
        "SELECT EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM requests)
             OR EXISTS (SELECT 1 FROM imports) OR EXISTS (SELECT 1 FROM drafts)",
    );
    let used: Option<(bool,)> = transaction.optional(select).await?;
    if used == Some((false,)) { Ok(()) } else { Err(ArchiveError::NotEmpty) }
}

/// As the trigger does that keys of the archive passed by.
async fn keep_out_older_programs(transaction: &mut Session) -> Result<(), StoreError> {
    let raise = query(
        "UPDATE schema_needs SET oldest = 28
         WHERE oldest < 28 AND EXISTS (SELECT 1 FROM data_keys)",
    );
    transaction.execute(raise).await.map(|_| ())
}

async fn triggers(transaction: &mut Session, how: &str) -> Result<(), StoreError> {
    for (table, _) in ARCHIVED_TABLES {
        let alter = format!("ALTER TABLE {table} {how} TRIGGER USER");
        transaction.execute(query(AssertSqlSafe(alter))).await?;
    }
    Ok(())
}

/// Rows of one table on their way in.
struct Loading {
    table: String,
    columns: Vec<String>,
    insert: String,
    types: Vec<String>,
    rows: Vec<Vec<ColumnValue>>,
}

impl Loading {
    /// Names from outside are taken only where they are names of ours.
    async fn begin(
        transaction: &mut Session,
        table: String,
        given: Vec<String>,
    ) -> Result<Self, ArchiveError> {
        let known = ARCHIVED_TABLES.iter().any(|(name, _)| *name == table);
        let own = columns(transaction, &table).await?;
        if !known || !own.iter().map(|(name, _)| name).eq(given.iter()) {
            return Err(ArchiveError::Unreadable(format!("the table {table:?} is not as here")));
        }
        let arrays: Vec<String> =
            (1..).zip(&own).map(|(place, (_, kind))| format!("${place}::{kind}[]")).collect();
        let (list, arrays) = (given.join(", "), arrays.join(", "));
        let insert = format!("INSERT INTO {table} ({list}) SELECT * FROM unnest({arrays})");
        let types = own.into_iter().map(|(_, kind)| kind).collect();
        Ok(Self { table, columns: given, insert, types, rows: Vec::new() })
    }

    /// A row of an open database as it stands in one with keys.
    fn sealed(&self, vault: &Vault, values: Vec<ColumnValue>) -> Vec<ColumnValue> {
        vault.sealed_row(&self.table, &self.columns, values)
    }

    async fn take(
        &mut self,
        transaction: &mut Session,
        values: Vec<ColumnValue>,
    ) -> Result<(), ArchiveError> {
        if values.len() != self.types.len() {
            return Err(ArchiveError::Unreadable("a row with other columns".to_owned()));
        }
        self.rows.push(values);
        if self.rows.len() >= ROWS_AT_ONCE { self.write(transaction).await } else { Ok(()) }
    }

    async fn finish(mut self, transaction: &mut Session) -> Result<(), ArchiveError> {
        self.write(transaction).await
    }

    /// One array for each column.
    async fn write(&mut self, transaction: &mut Session) -> Result<(), ArchiveError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let mut insert = query(AssertSqlSafe(self.insert.clone()));
        for (place, kind) in self.types.iter().enumerate() {
            let column = rows.iter().map(|row| row.get(place));
            insert = match kind.as_str() {
                "bigint" => insert.bind(column.map(integer).collect::<Result<Vec<_>, _>>()?),
                "text" => insert.bind(column.map(text).collect::<Result<Vec<_>, _>>()?),
                _ => insert.bind(column.map(bytes).collect::<Result<Vec<_>, _>>()?),
            };
        }
        transaction.execute(insert).await?;
        Ok(())
    }
}

fn integer(value: Option<&ColumnValue>) -> Result<Option<i64>, ArchiveError> {
    match value {
        Some(ColumnValue::Null) => Ok(None),
        Some(ColumnValue::Integer(value)) => Ok(Some(*value)),
        _ => Err(ArchiveError::Unreadable("a number was expected".to_owned())),
    }
}

fn text(value: Option<&ColumnValue>) -> Result<Option<String>, ArchiveError> {
    match value {
        Some(ColumnValue::Null) => Ok(None),
        Some(ColumnValue::Text(value)) => Ok(Some(value.clone())),
        _ => Err(ArchiveError::Unreadable("a text was expected".to_owned())),
    }
}

fn bytes(value: Option<&ColumnValue>) -> Result<Option<Vec<u8>>, ArchiveError> {
    match value {
        Some(ColumnValue::Null) => Ok(None),
        Some(ColumnValue::Bytes(value)) => Ok(Some(value.clone())),
        _ => Err(ArchiveError::Unreadable("bytes were expected".to_owned())),
    }
}

async fn insert_class(transaction: &mut Session, class: &NewNumberClass) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO number_classes (place, class, since)
         SELECT COALESCE(MAX(place), 0) + 1, $1, $2 FROM number_classes",
    )
    .bind(i64::from(class.class.index()))
    .bind(to_ms(class.audit.at));
    transaction.execute(insert).await?;
    append(transaction, std::slice::from_ref(&class.audit)).await
}
