//! Many stored requests in little time: copies of one that was really answered, under other numbers and people, written
//! by SQL past the triggers. Documents, signatures and whatever else no index holds and nobody reads are cut to a few
//! dozen bytes, or the disk would be full of them; the copies' journal rows are not chained, so such a database serves
//! a measurement and nothing else.
//!
//! Read next: `run.rs`.

use anyhow::{Context, Result, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, query_as, query_scalar, raw_sql};
use throwaway_postgres::Cluster;

use crate::installation::Installation;

const SERVER: &str = "postgres";
/// A request that was really answered: copies have longer numbers.
const EXAMPLE: &str =
    "SELECT number FROM requests WHERE step = 'issued' AND length(number) < 18 LIMIT 1";

/// Copies written in one transaction: a log of all at once would need as much room as they do.
const AT_ONCE: u64 = 250_000;

/// Tables that belong to a request, in an order in which each finds what it names. `{number}` is the example's.
const COPIES: &str = "
INSERT INTO requests (number, applicant, applicant_name, request, accepted_at, due_at, channel, state, step, version,
        ended_at)
    SELECT 'S-' || copy.key, copy.person, one.applicant_name, one.request, one.accepted_at - copy.i * 100,
        one.due_at - copy.i * 100, one.channel, one.state, one.step, one.version, one.ended_at - copy.i * 100
    FROM load_copies AS copy, requests AS one WHERE one.number = '{number}';
INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed, answered_by, certificates,
        refusals, ground)
    SELECT one.accepted_at - copy.i * 100, 'S-' || copy.key, one.due_at - copy.i * 100, one.ended_at - copy.i * 100,
        one.channel, one.language, one.addressed, one.answered_by, one.certificates, one.refusals, one.ground
    FROM load_copies AS copy, figures AS one WHERE one.number = '{number}';
INSERT INTO drafts (challenge, applicant, request, consents, document, prepared_at, expires_at, became)
    SELECT 'load-' || copy.key, copy.person, one.request, '[]', substr(one.document, 1, 40),
        one.prepared_at - copy.i * 100, one.expires_at - copy.i * 100, 'S-' || copy.key
    FROM load_copies AS copy, drafts AS one WHERE one.became = '{number}';
INSERT INTO idempotency_keys (applicant, idempotency_key, body_digest, number)
    SELECT copy.person, 'load-' || copy.key, one.body_digest, 'S-' || copy.key
    FROM load_copies AS copy, idempotency_keys AS one WHERE one.number = '{number}';
INSERT INTO signed_requests (number, document, cms, signature_evidence)
    SELECT 'S-' || copy.key, substr(one.document, 1, 40), substr(one.cms, 1, 40),
        substr(one.signature_evidence, 1, 40)
    FROM load_copies AS copy, signed_requests AS one WHERE one.number = '{number}';
INSERT INTO consents (number, place, kind, decision, text_version, language, text)
    SELECT 'S-' || copy.key, one.place, one.kind, one.decision, one.text_version, one.language,
        substr(one.text, 1, 40)
    FROM load_copies AS copy, consents AS one WHERE one.number = '{number}';
INSERT INTO decisions (number, decision)
    SELECT 'S-' || copy.key, substr(one.decision, 1, 40)
    FROM load_copies AS copy, decisions AS one WHERE one.number = '{number}';
INSERT INTO results (id, request, place, ward_key, ward_id, token, number, kind, content, digest)
    SELECT 'load-' || copy.key, 'S-' || copy.key, one.place, one.ward_key, one.ward_id, 'load-' || copy.key,
        'C-' || copy.key, one.kind, substr(one.content, 1, 40), copy.key || copy.key || copy.key || copy.key
    FROM load_copies AS copy, results AS one WHERE one.request = '{number}' AND one.place = 0;
INSERT INTO sealed_documents (result, bytes)
    SELECT 'load-' || copy.key, substr(one.bytes, 1, 40)
    FROM load_copies AS copy, sealed_documents AS one
    JOIN results ON results.id = one.result WHERE results.request = '{number}' AND results.place = 0;
INSERT INTO notices (number, kind, applicant, at_ms)
    SELECT 'S-' || copy.key, one.kind, copy.person, one.at_ms - copy.i * 100
    FROM load_copies AS copy, notices AS one WHERE one.number = '{number}';
INSERT INTO audit (sequence, at_ms, actor, action, request, subject, detail, evidence, hash)
    SELECT head.sequence + (copy.i - {first}) * one.rows + one.place, one.at_ms, one.actor, one.action,
        'S-' || copy.key, copy.person, one.detail, one.evidence, copy.key || substr(one.hash, 17)
    FROM load_copies AS copy, journal_head AS head,
        (SELECT audit.*, ROW_NUMBER() OVER (ORDER BY sequence) AS place, COUNT(*) OVER () AS rows
         FROM audit WHERE request = '{number}' AND request <> '') AS one
    ORDER BY 1;
UPDATE journal_head SET sequence = (SELECT MAX(sequence) FROM audit),
    hash = (SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1);
DROP TABLE load_copies;
";

/// For the connection that fills and no other: room for its indexes in memory, and no wait for the disk.
const FAST: &str = "PRAGMA cache_size = -4000000; PRAGMA synchronous = OFF;";

/// Indexes are made anew when all rows are there, because growing them row by row takes many times as long.
const WITHOUT_INDEXES: &str = "UPDATE pg_index SET indisready = false, indisvalid = false
    WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)";

/// Adds as many answered requests.
pub async fn fill(installation: &Installation, count: u64) -> Result<()> {
    if let Some(cluster) = &installation.cluster {
        cluster.run_sql(SERVER, WITHOUT_INDEXES)?;
    }
    let mut first = 1;
    while first <= count {
        let last = count.min(first + AT_ONCE - 1);
        match &installation.cluster {
            Some(cluster) => fill_postgres(cluster, first, last)?,
            None => fill_sqlite(installation.database_url(), first, last).await?,
        }
        first = last + 1;
    }
    let Some(cluster) = &installation.cluster else { return Ok(()) };
    for tidy in ["REINDEX SCHEMA public", "VACUUM ANALYZE", "CHECKPOINT"] {
        cluster.run_sql(SERVER, tidy)?;
    }
    Ok(())
}

fn copies_of(number: &str, first: u64) -> Result<String> {
    let is_number = |text: &str| text.bytes().all(|one| one.is_ascii_alphanumeric() || one == b'-');
    ensure!(!number.is_empty() && is_number(number), "no request was answered yet");
    Ok(COPIES.replace("{number}", number).replace("{first}", &first.to_string()))
}

fn fill_postgres(cluster: &Cluster, first: u64, last: u64) -> Result<()> {
    let number = cluster.run_sql(SERVER, EXAMPLE)?;
    let copies = copies_of(number.trim(), first)?;
    // The digits of a hash stand for drawn numbers: neighbours in time are none in an index.
    let fill = format!(
        "SET session_replication_role = replica; SET statement_timeout = 0;
         CREATE TABLE load_copies AS SELECT i, upper(substr(md5(i::text), 1, 16)) AS key,
             '9' || substr(translate(md5((i / 3)::text), 'abcdef', '012345'), 1, 11) AS person
         FROM generate_series({first}, {last}) AS i;
         {copies}"
    );
    cluster.run_sql(SERVER, &fill)?;
    Ok(())
}

async fn fill_sqlite(url: &str, first: u64, last: u64) -> Result<()> {
    let options: SqliteConnectOptions = url.parse()?;
    let mut database = options.foreign_keys(false).disable_statement_logging().connect().await?;
    let number: Option<String> = query_scalar(EXAMPLE).fetch_optional(&mut database).await?;
    let copies = copies_of(&number.context("no request was answered yet")?, first)?;
    let make = format!(
        "CREATE TABLE load_copies AS
         WITH RECURSIVE counted (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM counted WHERE i < {last})
         SELECT i, hex(randomblob(8)) AS key,
             printf('9%011d', (i / 3 * 2654435761) % 100000000000) AS person
         FROM counted;"
    );
    let triggers: Vec<(String, String)> =
        query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .fetch_all(&mut database)
            .await?;
    let drop: String = triggers.iter().map(|(name, _)| format!("DROP TRIGGER {name};\n")).collect();
    let again: String = triggers.iter().map(|(_, sql)| format!("{sql};\n")).collect();
    let fill = format!("{FAST} BEGIN IMMEDIATE; {drop} {make} {copies} {again} COMMIT;");
    say(&mut database, fill).await?;
    say(&mut database, "PRAGMA wal_checkpoint(TRUNCATE)".to_owned()).await?;
    Ok(database.close().await?)
}

async fn say(database: &mut SqliteConnection, statements: String) -> Result<()> {
    raw_sql(AssertSqlSafe(statements)).execute(database).await?;
    Ok(())
}
