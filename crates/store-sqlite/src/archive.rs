//! The whole store out and in, row by row.
//!
//! Loading goes past the triggers, which hold how rows come about and not how they are put back: they are taken off and
//! put on again in the same transaction. Keys, checks and foreign keys hold throughout.

use app::{
    ARCHIVED_TABLES, Archive, ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource, ColumnValue,
    NewNumberClass, StoreError,
};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    AssertSqlSafe, Column, Row, SqliteConnection, TypeInfo, ValueRef, query, query_as,
    query_scalar, raw_sql,
};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::to_ms;
use crate::error::fault;
use crate::schema::last_known;

/// Where an archive has them, its rows are sealed already.
const KEYS: &str = "data_keys";

#[async_trait]
impl Archive for SqliteStore {
    async fn schema_version(&self) -> Result<i64, StoreError> {
        query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(self.read())
            .await
            .map_err(fault)
    }

    async fn export(&self, sink: &mut dyn ArchiveSink) -> Result<(), ArchiveError> {
        require_own_schema(self).await?;
        let mut snapshot = self.read().begin().await.map_err(fault)?;
        for (table, order) in ARCHIVED_TABLES {
            let columns = columns(&mut snapshot, table).await?;
            let list = columns.join(", ");
            sink.put(ArchiveItem::Table { name: table.to_owned(), columns }).await?;
            let select = AssertSqlSafe(format!("SELECT {list} FROM {table} ORDER BY {order}"));
            let mut rows = query(select).fetch(&mut *snapshot);
            while let Some(row) = rows.try_next().await.map_err(fault)? {
                sink.put(ArchiveItem::Row(values(&row)?)).await?;
            }
        }
        Ok(())
    }

    async fn load(
        &self,
        source: &mut dyn ArchiveSource,
        class: Option<&NewNumberClass>,
    ) -> Result<u64, ArchiveError> {
        require_own_schema(self).await?;
        let mut transaction = self.write().await?;
        require_empty(&mut transaction).await?;
        let triggers = take_triggers_off(&mut transaction).await?;
        // The last by a node that was started on the empty database.
        let seeded = "PRAGMA defer_foreign_keys = ON;
                      DELETE FROM journal_head; DELETE FROM number_classes;
                      DELETE FROM outbox_cursor; DELETE FROM synthetic_people;";
        raw_sql(seeded).execute(&mut *transaction).await.map_err(fault)?;
        let rows = load_rows(&mut transaction, &self.vault, source).await?;
        // Keys are made of the records, and are in no archive.
        let due =
            "INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records";
        raw_sql(due).execute(&mut *transaction).await.map_err(fault)?;
        for trigger in triggers {
            raw_sql(AssertSqlSafe(trigger)).execute(&mut *transaction).await.map_err(fault)?;
        }
        keep_out_older_programs(&mut transaction).await?;
        if let Some(class) = class {
            insert_class(&mut transaction, &self.vault, class).await?;
        }
        transaction.commit().await.map_err(fault)?;
        Ok(rows)
    }

    async fn start_number_class(&self, class: &NewNumberClass) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        insert_class(&mut transaction, &self.vault, class).await?;
        transaction.commit().await.map_err(fault)
    }
}

/// A program that does not know all tables would leave the others out without a word.
async fn require_own_schema(store: &SqliteStore) -> Result<(), ArchiveError> {
    let (database, program) = (store.schema_version().await?, last_known());
    if database > program {
        return Err(ArchiveError::NewerSchema { database, program });
    }
    Ok(())
}

async fn columns(
    connection: &mut SqliteConnection,
    table: &str,
) -> Result<Vec<String>, StoreError> {
    query_scalar("SELECT name FROM pragma_table_info(?) ORDER BY name")
        .bind(table)
        .fetch_all(connection)
        .await
        .map_err(fault)
}

fn values(row: &SqliteRow) -> Result<Vec<ColumnValue>, StoreError> {
    row.columns()
        .iter()
        .map(|column| {
            let place = column.ordinal();
            let value = row.try_get_raw(place).map_err(fault)?;
            if value.is_null() {
                return Ok(ColumnValue::Null);
            }
            match value.type_info().name() {
                "INTEGER" => row.try_get(place).map(ColumnValue::Integer),
                "TEXT" => row.try_get(place).map(ColumnValue::Text),
                _ => row.try_get(place).map(ColumnValue::Bytes),
            }
            .map_err(fault)
        })
        .collect()
}

async fn require_empty(transaction: &mut SqliteConnection) -> Result<(), ArchiveError> {
    let used: bool = query_scalar(
        "SELECT EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM requests)
             OR EXISTS (SELECT 1 FROM imports) OR EXISTS (SELECT 1 FROM drafts)",
    )
    .fetch_one(transaction)
    .await
    .map_err(fault)?;
    if used { Err(ArchiveError::NotEmpty) } else { Ok(()) }
}

/// Answers with what puts them on again.
async fn take_triggers_off(transaction: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let triggers: Vec<(String, String)> =
        query_as("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
            .fetch_all(&mut *transaction)
            .await
            .map_err(fault)?;
    let mut statements = Vec::with_capacity(triggers.len());
    for (name, sql) in triggers {
        let drop = AssertSqlSafe(format!("DROP TRIGGER {name}"));
        raw_sql(drop).execute(&mut *transaction).await.map_err(fault)?;
        statements.push(sql);
    }
    Ok(statements)
}

async fn load_rows(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    source: &mut dyn ArchiveSource,
) -> Result<u64, ArchiveError> {
    let (mut insert, mut rows, mut is_sealed) = (String::new(), 0, false);
    let (mut table, mut columns) = (String::new(), Vec::new());
    while let Some(item) = source.next().await? {
        match item {
            ArchiveItem::Table { name, columns: given } => {
                insert = insert_into(transaction, &name, &given).await?;
                (table, columns) = (name, given);
            }
            ArchiveItem::Row(values) => {
                if table == KEYS && !is_sealed {
                    is_sealed = true;
                    remove_own_keys(transaction).await?;
                }
                let values =
                    if is_sealed { values } else { vault.sealed_row(&table, &columns, values) };
                let mut query = query(AssertSqlSafe(insert.clone()));
                for value in values {
                    query = match value {
                        ColumnValue::Null => query.bind(None::<i64>),
                        ColumnValue::Integer(value) => query.bind(value),
                        ColumnValue::Text(value) => query.bind(value),
                        ColumnValue::Bytes(value) => query.bind(value),
                    };
                }
                query.execute(&mut *transaction).await.map_err(fault)?;
                rows += 1;
            }
        }
    }
    Ok(rows)
}

/// The first ones of an empty store: those of the archive take their place.
async fn remove_own_keys(transaction: &mut SqliteConnection) -> Result<(), StoreError> {
    let delete = raw_sql("DELETE FROM data_keys");
    delete.execute(transaction).await.map_err(fault)?;
    Ok(())
}

/// As the trigger does that keys of the archive passed by.
async fn keep_out_older_programs(transaction: &mut SqliteConnection) -> Result<(), StoreError> {
    let raise = "UPDATE schema_needs SET oldest = 28
                 WHERE oldest < 28 AND EXISTS (SELECT 1 FROM data_keys)";
    raw_sql(raise).execute(transaction).await.map_err(fault)?;
    Ok(())
}

/// Names from outside are taken only where they are names of ours.
async fn insert_into(
    transaction: &mut SqliteConnection,
    table: &str,
    given: &[String],
) -> Result<String, ArchiveError> {
    let known = ARCHIVED_TABLES.iter().any(|(name, _)| *name == table);
    if !known || columns(transaction, table).await? != given {
        return Err(ArchiveError::Unreadable(format!("the table {table:?} is not as here")));
    }
    let places = vec!["?"; given.len()].join(", ");
    Ok(format!("INSERT INTO {table} ({}) VALUES ({places})", given.join(", ")))
}

async fn insert_class(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    class: &NewNumberClass,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO number_classes (place, class, since)
         SELECT COALESCE(MAX(place), 0) + 1, $1, $2 FROM number_classes",
    )
    .bind(class.class.index())
    .bind(to_ms(class.audit.at))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    append(transaction, vault, std::slice::from_ref(&class.audit)).await
}
