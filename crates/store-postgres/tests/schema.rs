//! Both stores have the same schema, and a change of it is seen in review: as what both share, and as each database
//! itself tells it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops where it is broken"
)]

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Executor, query_as, query_scalar};
use store_postgres::{PostgresSettings, PostgresStore};
use store_sqlite::SqliteStore;

/// PostgreSQL alone can empty a table without looking at its rows.
const AGAINST_TRUNCATE: &str = "_not_emptied";

async fn sqlite() -> (SqlitePool, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    (SqlitePool::connect(path.to_str().unwrap()).await.unwrap(), folder)
}

async fn postgres() -> (PgPool, throwaway_postgres::Database) {
    let database = throwaway_postgres::database().unwrap();
    let settings = PostgresSettings::default();
    let store = PostgresStore::connect(&database.url(), settings).await.unwrap();
    store.migrate().await.unwrap();
    (PgPool::connect(&database.url()).await.unwrap(), database)
}

type Lines = Vec<String>;

/// Tables with their columns in order: type, whether empty is allowed, place in the primary key, default.
async fn columns_of_sqlite(pool: &SqlitePool) -> Lines {
    query_scalar(
        "SELECT format('%s.%s %s%s%s%s', list.name, info.name,
             CASE info.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE lower(info.type) END,
             iif(info.\"notnull\", ' not null', ''), iif(info.pk, ' key ' || info.pk, ''),
             coalesce(' default ' || info.dflt_value, ''))
         FROM pragma_table_list AS list JOIN pragma_table_info(list.name) AS info
         WHERE list.schema = 'main' AND list.type = 'table'
             AND list.name NOT LIKE 'sqlite%' AND list.name NOT LIKE '\\_sqlx%' ESCAPE '\\'
         ORDER BY list.name, info.cid",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

async fn columns_of_postgres(pool: &PgPool) -> Lines {
    query_scalar(
        "SELECT format('%s.%s %s%s%s%s', class.relname, attname, format_type(atttypid, atttypmod),
             CASE WHEN attnotnull THEN ' not null' ELSE '' END,
             ' key ' || array_position(conkey, attnum),
             ' default ' || split_part(pg_get_expr(adbin, adrelid), '::', 1))
         FROM pg_class AS class JOIN pg_attribute ON attrelid = class.oid AND attnum > 0
         LEFT JOIN pg_constraint ON conrelid = class.oid AND contype = 'p'
         LEFT JOIN pg_attrdef ON adrelid = class.oid AND adnum = attnum
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
             AND relname <> '_sqlx_migrations' AND NOT attisdropped
         ORDER BY relname COLLATE \"C\", attnum",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Names and kinds of constraints, out of the statements that made the tables.
async fn constraints_of_sqlite(pool: &SqlitePool) -> Lines {
    let tables: Vec<(String, String)> = query_as(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut lines = Lines::new();
    for (table, sql) in tables {
        for part in sql.split("CONSTRAINT ").skip(1) {
            let words: Vec<&str> = part.split_whitespace().collect();
            // A column added later names its foreign key by its target alone.
            let kind = words[1].to_lowercase().replace("references", "foreign");
            lines.push(format!("{table} {} {kind}", words[0]));
        }
    }
    lines.sort();
    lines
}

async fn constraints_of_postgres(pool: &PgPool) -> Lines {
    let mut lines: Lines = query_scalar(
        "SELECT format('%s %s %s', conrelid::regclass, conname, CASE contype
             WHEN 'p' THEN 'primary' WHEN 'f' THEN 'foreign' WHEN 'u' THEN 'unique' ELSE 'check' END)
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace
             AND contype IN ('p', 'f', 'u', 'c') AND conrelid <> '_sqlx_migrations'::regclass",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    lines.sort();
    lines
}

/// Indexes that are not constraints.
async fn indexes_of_sqlite(pool: &SqlitePool) -> Lines {
    let mut lines: Lines = query_scalar(
        "SELECT format('%s %s (%s)%s%s', tables.name, list.name,
             (SELECT group_concat(name, ', ') FROM pragma_index_info(list.name)),
             iif(list.\"unique\", ' unique', ''), iif(list.partial, ' partial', ''))
         FROM sqlite_schema AS tables JOIN pragma_index_list(tables.name) AS list
         WHERE tables.type = 'table' AND list.origin = 'c'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    lines.sort();
    lines
}

async fn indexes_of_postgres(pool: &PgPool) -> Lines {
    let mut lines: Lines = query_scalar(
        "SELECT format('%s %s (%s)%s%s', indrelid::regclass, indexrelid::regclass,
             (SELECT string_agg(attname, ', ' ORDER BY place)
              FROM unnest(indkey) WITH ORDINALITY AS part (number, place)
              JOIN pg_attribute ON attrelid = indrelid AND attnum = part.number),
             CASE WHEN indisunique THEN ' unique' ELSE '' END,
             CASE WHEN indpred IS NOT NULL THEN ' partial' ELSE '' END)
         FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
         WHERE relnamespace = 'public'::regnamespace
             AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid
                 AND contype IN ('p', 'u'))",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    lines.sort();
    lines
}

/// What stands between a beginning and the next quotation mark, wherever it does.
fn quoted_after<'a>(text: &'a str, beginning: &str) -> Vec<&'a str> {
    text.split(beginning).skip(1).filter_map(|rest| rest.split('\'').next()).collect()
}

/// Triggers with the words they refuse with.
async fn triggers_of_sqlite(pool: &SqlitePool) -> Lines {
    let triggers: Vec<(String, String, String)> =
        query_as("SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .fetch_all(pool)
            .await
            .unwrap();
    let mut lines = Lines::new();
    for (table, name, sql) in triggers {
        for words in quoted_after(&sql, &format!("'{name}: ")) {
            lines.push(format!("{table} {name}: {words}"));
        }
    }
    lines.sort();
    lines
}

async fn triggers_of_postgres(pool: &PgPool) -> Lines {
    let triggers: Vec<(String, String, String, String)> = query_as(
        "SELECT tgrelid::regclass::text, tgname::text, pg_get_triggerdef(pg_trigger.oid),
             pg_get_functiondef(tgfoid)
         FROM pg_trigger WHERE NOT tgisinternal",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut lines = Lines::new();
    for (table, name, trigger, function) in triggers {
        let called = trigger.split("EXECUTE FUNCTION").nth(1).unwrap_or_default();
        let own = quoted_after(called, "('");
        for words in own.into_iter().chain(quoted_after(&function, "TG_TABLE_NAME, '")) {
            lines.push(format!("{table} {name}: {words}"));
        }
    }
    lines.sort();
    lines
}

#[tokio::test]
async fn both_stores_have_the_same_schema() {
    let ((sqlite, _folder), (postgres, _database)) = (sqlite().await, postgres().await);
    let columns = columns_of_sqlite(&sqlite).await;
    assert_eq!(columns_of_postgres(&postgres).await, columns);
    let constraints = constraints_of_sqlite(&sqlite).await;
    assert_eq!(constraints_of_postgres(&postgres).await, constraints);
    let indexes = indexes_of_sqlite(&sqlite).await;
    assert_eq!(indexes_of_postgres(&postgres).await, indexes);
    let triggers = triggers_of_sqlite(&sqlite).await;
    let (more, same): (Lines, Lines) =
        triggers_of_postgres(&postgres).await.into_iter().partition(|line| {
            line.split(':').next().is_some_and(|name| name.ends_with(AGAINST_TRUNCATE))
        });
    assert_eq!(same, triggers);
    let parts = [
        ("columns", columns),
        ("constraints", constraints),
        ("indexes", indexes),
        ("triggers", triggers),
        ("in PostgreSQL besides", more),
    ];
    let dump: Lines =
        parts.iter().map(|(part, lines)| format!("{part}\n    {}", lines.join("\n    "))).collect();
    insta::assert_snapshot!("schema", dump.join("\n"));
}

/// Parts of a text that commas part which stand in no parentheses.
fn items(text: &str) -> Lines {
    let (mut items, mut depth) = (vec![String::new()], 0);
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if character == ',' && depth == 0 {
            items.push(String::new());
        } else {
            items.last_mut().unwrap().push(character);
        }
    }
    items
}

/// What each named constraint of SQLite says, as its table was made: table, name, words. A reference of a column is
/// written as one of its table.
async fn definitions_of_sqlite(pool: &SqlitePool) -> Vec<[String; 3]> {
    let tables: Vec<(String, String)> = query_as(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table'
             AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut definitions = Vec::new();
    for (table, sql) in tables {
        let without_comments = sql.lines().filter_map(|line| line.split("--").next());
        let sql = without_comments.collect::<Vec<_>>().join("\n");
        let (_, body) = sql.split_once('(').unwrap();
        let (body, _) = body.rsplit_once(')').unwrap();
        for item in items(body) {
            let column = item.split_whitespace().next().unwrap();
            for constraint in item.split("CONSTRAINT ").skip(1) {
                let (name, words) = constraint.split_once(char::is_whitespace).unwrap();
                let words = match words.trim() {
                    words if words.starts_with("REFERENCES") => {
                        format!("FOREIGN KEY ({column}) {words}")
                    }
                    words => words.to_owned(),
                };
                definitions.push([table.clone(), name.to_owned(), words]);
            }
        }
    }
    definitions
}

/// How PostgreSQL reads a constraint: expressions in its own form, keys with their targets.
async fn read_by_postgres(pool: &PgPool, name: &str) -> String {
    let definition =
        query_scalar("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1");
    definition.bind(name).fetch_one(pool).await.unwrap()
}

/// What SQLite's constraints say is said to PostgreSQL, which must understand it as it does its own: the same
/// expressions, columns, targets, and moments at which they hold.
#[tokio::test]
async fn constraints_of_both_say_the_same() {
    let ((sqlite, _folder), (postgres, _database)) = (sqlite().await, postgres().await);
    let mut compared = [0; 3];
    for [table, name, words] in definitions_of_sqlite(&sqlite).await {
        let Some(kind) =
            ["CHECK", "FOREIGN", "UNIQUE"].iter().position(|kind| words.starts_with(kind))
        else {
            // Primary keys are compared column by column.
            assert!(words.starts_with("PRIMARY KEY"), "{table} {name}: {words}");
            continue;
        };
        let add = format!("ALTER TABLE {table} ADD CONSTRAINT of_sqlite {words}");
        postgres.execute(AssertSqlSafe(add)).await.unwrap();
        let (own, of_sqlite) = (
            read_by_postgres(&postgres, &name).await,
            read_by_postgres(&postgres, "of_sqlite").await,
        );
        assert_eq!(own, of_sqlite, "{table} {name}");
        let drop = format!("ALTER TABLE {table} DROP CONSTRAINT of_sqlite");
        postgres.execute(AssertSqlSafe(drop)).await.unwrap();
        compared[kind] += 1;
    }
    let all: i64 = query_scalar(
        "SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
             AND contype IN ('c', 'f', 'u') AND conrelid <> '_sqlx_migrations'::regclass",
    )
    .fetch_one(&postgres)
    .await
    .unwrap();
    assert_eq!(compared.iter().sum::<i64>(), all);
    assert!(compared.iter().all(|count| *count > 0), "{compared:?}");
}

/// The same for indexes: columns, their order, uniqueness, and for which rows they hold.
#[tokio::test]
async fn indexes_of_both_hold_for_the_same_rows() {
    let ((sqlite, _folder), (postgres, _database)) = (sqlite().await, postgres().await);
    let indexes: Vec<(String, String)> =
        query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
            .fetch_all(&sqlite)
            .await
            .unwrap();
    let mut partial = 0;
    for (name, sql) in indexes {
        let definition = async |name: &str| -> String {
            let select = query_scalar("SELECT pg_get_indexdef($1::regclass)");
            let definition: String = select.bind(name).fetch_one(&postgres).await.unwrap();
            definition.replace(&format!("INDEX {name} "), "INDEX ")
        };
        let own = definition(&name).await;
        postgres.execute(AssertSqlSafe(sql.replacen(&name, "of_sqlite", 1))).await.unwrap();
        assert_eq!(own, definition("of_sqlite").await, "{name}");
        postgres.execute("DROP INDEX of_sqlite").await.unwrap();
        partial += u32::from(own.contains(" WHERE "));
    }
    assert!(partial > 5, "{partial}");
}

/// One migration of each number and name in both, in one order. A number may be left out.
#[tokio::test]
async fn both_stores_have_the_same_migrations() {
    const MIGRATIONS: &str = "SELECT version, description FROM _sqlx_migrations ORDER BY version";
    type Migrations = Vec<(i64, String)>;
    let ((sqlite, _folder), (postgres, _database)) = (sqlite().await, postgres().await);
    let of_sqlite: Migrations = query_as(MIGRATIONS).fetch_all(&sqlite).await.unwrap();
    let of_postgres: Migrations = query_as(MIGRATIONS).fetch_all(&postgres).await.unwrap();
    assert_eq!(of_sqlite, of_postgres);
    let numbers: Vec<i64> = of_sqlite.iter().map(|(number, _)| *number).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}

#[tokio::test]
async fn every_table_is_archived_or_left_out_knowingly() {
    let (pool, _database) = postgres().await;
    let mut tables: Lines =
        query_scalar("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
            .fetch_all(&pool)
            .await
            .unwrap();
    tables.sort();
    tables.retain(|table| !app::ARCHIVED_TABLES.iter().any(|(name, _)| name == table));
    let left_out = [
        "_sqlx_migrations",
        "attempts",
        "challenges",
        "consent_askings",
        "email_codes",
        "erasure_waits",
        "health",
        "import_proposals",
        "officer_sessions",
        "one_time_password_tries",
        "one_time_passwords",
        "passkeys",
        "pending_sign_ins",
        "phone_signings",
        "registry_keys",
        "registry_keys_due",
        "repair_mark",
        "schema_needs",
        "sessions",
    ];
    assert_eq!(tables, left_out);
}

#[tokio::test]
async fn the_schema_of_sqlite_is_known() {
    let (pool, _folder) = sqlite().await;
    let statements: Lines = query_scalar(
        "SELECT sql || ';' FROM sqlite_schema
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'
         ORDER BY type DESC, name",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    insta::assert_snapshot!("schema_of_sqlite", statements.join("\n"));
}

#[tokio::test]
async fn the_schema_of_postgresql_is_known() {
    let (pool, _database) = postgres().await;
    let mut dump = columns_of_postgres(&pool).await;
    for part in [
        "SELECT format('ALTER TABLE %s ADD CONSTRAINT %s %s;', conrelid::regclass, conname,
             pg_get_constraintdef(oid))
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace
             AND contype IN ('p', 'f', 'u', 'c') AND conrelid <> '_sqlx_migrations'::regclass",
        "SELECT pg_get_indexdef(indexrelid) || ';' FROM pg_index
         JOIN pg_class ON pg_class.oid = indexrelid
         WHERE relnamespace = 'public'::regnamespace AND indrelid <> '_sqlx_migrations'::regclass",
        "SELECT pg_get_functiondef(oid) || ';' FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace",
        "SELECT pg_get_triggerdef(oid) || ';' FROM pg_trigger WHERE NOT tgisinternal",
    ] {
        let mut lines: Lines = query_scalar(part).fetch_all(&pool).await.unwrap();
        lines.sort();
        dump.extend(lines);
    }
    insta::assert_snapshot!("schema_of_postgresql", dump.join("\n"));
}
