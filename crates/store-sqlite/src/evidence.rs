//! What is stored of a request, column by column, as the digests its journal rows carry; roots; number classes.
//!
//! The fields go in as they stand, in the order `app` gives them (its `evidence.rs`): JSON is not read, but hashed.

use app::{Fields, JournalHead, JournalRoot, StoreError, StoredEvidence, UsedNumberClass};
use domain::{Number, NumberClass};
use sha2::{Digest, Sha256};
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::number as parse_number;
use crate::error::fault;

#[derive(FromRow)]
struct RegistrationRow {
    number: String,
    applicant: String,
    applicant_name: String,
    request: String,
    accepted_at: i64,
    due_at: i64,
    channel: String,
    document: Vec<u8>,
    cms: Vec<u8>,
    signature_evidence: String,
    idempotency_key: String,
    body_digest: String,
    state: String,
    step: String,
    version: i64,
    ended_at: Option<i64>,
    alarmed_percent: Option<i32>,
}

#[derive(FromRow)]
struct AnswerRow {
    id: String,
    place: i64,
    ward_key: String,
    ward_id: Option<String>,
    token: String,
    number: String,
    kind: String,
    content: String,
    digest: Option<String>,
    unsealed: Option<Vec<u8>>,
    sealed: Option<Vec<u8>>,
}

/// One snapshot: the request may move on meanwhile.
pub(crate) async fn evidence(
    store: &SqliteStore,
    number: &Number,
) -> Result<Option<StoredEvidence>, StoreError> {
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    let Some(row) = registration(&mut snapshot, number).await? else { return Ok(None) };
    let answers = answers(&mut snapshot, number).await?;
    let decision: Option<String> = query_scalar("SELECT decision FROM decisions WHERE number = ?")
        .bind(number.as_str())
        .fetch_optional(&mut *snapshot)
        .await
        .map_err(fault)?;
    let notices = query_as(
        "SELECT kind, at_ms FROM notices AS notice
         JOIN requests AS request USING (number, applicant)
         WHERE notice.number = ? ORDER BY kind",
    )
    .bind(number.as_str())
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    Ok(Some(StoredEvidence {
        number: number.clone(),
        registration: registration_digest(&mut snapshot, &row).await?,
        decision: decision.map(|json| decision_digest(&json, &answers)),
        unsealed: unsealed_digest(&answers),
        issued: issued_digest(&row, &answers),
        step: row.step,
        notices,
        alarmed_percent: row.alarmed_percent,
    }))
}

async fn registration(
    snapshot: &mut SqliteConnection,
    number: &Number,
) -> Result<Option<RegistrationRow>, StoreError> {
    query_as(
        "SELECT request.number, request.applicant, applicant_name, request, accepted_at, due_at,
             channel, COALESCE(document, x'') AS document, COALESCE(cms, x'') AS cms,
             COALESCE(signature_evidence, '') AS signature_evidence,
             COALESCE(idempotency_key, '') AS idempotency_key,
             COALESCE(body_digest, '') AS body_digest, state, step, version, ended_at,
             job.alarmed_percent
         FROM requests AS request
         LEFT JOIN signed_requests AS signed ON signed.number = request.number
         LEFT JOIN idempotency_keys AS used
             ON used.number = request.number AND used.applicant = request.applicant
         LEFT JOIN jobs AS job ON job.number = request.number
         WHERE request.number = ?",
    )
    .bind(number.as_str())
    .fetch_optional(snapshot)
    .await
    .map_err(fault)
}

async fn answers(
    snapshot: &mut SqliteConnection,
    number: &Number,
) -> Result<Vec<AnswerRow>, StoreError> {
    query_as(
        "SELECT id, results.place, ward_key, ward_id, token, number, kind, content, digest,
             unsealed.bytes AS unsealed, sealed.bytes AS sealed
         FROM results
         LEFT JOIN unsealed_documents AS unsealed ON unsealed.result = id
         LEFT JOIN sealed_documents AS sealed ON sealed.result = id
         WHERE request = ? ORDER BY place",
    )
    .bind(number.as_str())
    .fetch_all(snapshot)
    .await
    .map_err(fault)
}

async fn registration_digest(
    snapshot: &mut SqliteConnection,
    row: &RegistrationRow,
) -> Result<String, StoreError> {
    let consents: Vec<(i64, String, String, String, String, String)> = query_as(
        "SELECT place, kind, decision, text_version, language, text
         FROM consents WHERE number = ? ORDER BY place",
    )
    .bind(&row.number)
    .fetch_all(snapshot)
    .await
    .map_err(fault)?;
    let mut fields = Fields::default()
        .text(&row.number)
        .text(&row.applicant)
        .text(&row.applicant_name)
        .text(&row.request)
        .integer(row.accepted_at)
        .integer(row.due_at)
        .text(&row.channel)
        .bytes(&row.document)
        .bytes(&row.cms)
        .text(&row.signature_evidence)
        .text(&row.idempotency_key)
        .text(&row.body_digest);
    for (place, kind, decision, text_version, language, text) in consents {
        fields = fields
            .integer(place)
            .text(&kind)
            .text(&decision)
            .text(&text_version)
            .text(&language)
            .text(&text);
    }
    Ok(fields.digest())
}

fn decision_digest(json: &str, answers: &[AnswerRow]) -> String {
    let add = |fields: Fields, one: &AnswerRow| {
        fields
            .integer(one.place)
            .text(&one.id)
            .text(&one.ward_key)
            .text(one.ward_id.as_deref().unwrap_or_default())
            .text(&one.token)
            .text(&one.number)
            .text(&one.kind)
            .text(&one.content)
    };
    answers.iter().fold(Fields::default().text(json), add).digest()
}

fn unsealed_digest(answers: &[AnswerRow]) -> Option<String> {
    let unsealed = answers.iter().filter_map(|one| Some((&one.id, one.unsealed.as_ref()?)));
    let mut fields = None;
    for (id, bytes) in unsealed {
        fields = Some(fields.unwrap_or_else(Fields::default).text(id).bytes(bytes));
    }
    fields.map(Fields::digest)
}

fn issued_digest(row: &RegistrationRow, answers: &[AnswerRow]) -> Option<String> {
    // A digest or sealed bytes before the end are none of ours: then there is something the journal does not tell of.
    let is_issued = |one: &AnswerRow| one.digest.is_some() || one.sealed.is_some();
    if row.ended_at.is_none() && !answers.iter().any(is_issued) {
        return None;
    }
    let ended_at = row.ended_at.unwrap_or_default();
    let start = Fields::default().text(&row.state).integer(ended_at).integer(row.version);
    let add = |fields: Fields, one: &AnswerRow| {
        let of_bytes = one.sealed.as_ref().map(|bytes| hex::encode(Sha256::digest(bytes)));
        fields
            .text(&one.id)
            .text(one.digest.as_deref().unwrap_or_default())
            .text(&of_bytes.unwrap_or_default())
    };
    Some(answers.iter().fold(start, add).digest())
}

pub(crate) async fn numbers_after(
    store: &SqliteStore,
    after: Option<&Number>,
    limit: u32,
) -> Result<Vec<Number>, StoreError> {
    let rows: Vec<String> =
        query_scalar("SELECT number FROM requests WHERE number > ? ORDER BY number LIMIT ?")
            .bind(after.map(Number::as_str).unwrap_or_default())
            .bind(limit)
            .fetch_all(store.read())
            .await
            .map_err(fault)?;
    rows.iter().map(|text| parse_number(text)).collect()
}

pub(crate) async fn journal_head(store: &SqliteStore) -> Result<JournalHead, StoreError> {
    let (sequence, hash) = query_as("SELECT sequence, hash FROM journal_head")
        .fetch_optional(store.read())
        .await
        .map_err(fault)?
        .ok_or(StoreError::Corrupt("journal_head"))?;
    Ok(JournalHead { sequence, hash })
}

pub(crate) async fn put_root(
    store: &SqliteStore,
    root: &JournalRoot,
    audit: &app::AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let inserted = query(
        "INSERT INTO journal_roots (day, sequence, hash, stamp) VALUES (?, ?, ?, ?)
         ON CONFLICT (day) DO NOTHING",
    )
    .bind(&root.day)
    .bind(root.head.sequence)
    .bind(&root.head.hash)
    .bind(&root.stamp)
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    append(&mut transaction, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(true)
}

pub(crate) async fn stamp_root(
    store: &SqliteStore,
    day: &str,
    stamp: &[u8],
) -> Result<(), StoreError> {
    query("UPDATE journal_roots SET stamp = ? WHERE day = ? AND stamp IS NULL")
        .bind(stamp)
        .bind(day)
        .execute(store.write_once())
        .await
        .map_err(fault)?;
    Ok(())
}

pub(crate) async fn roots(store: &SqliteStore) -> Result<Vec<JournalRoot>, StoreError> {
    let rows: Vec<(String, i64, String, Option<Vec<u8>>)> =
        query_as("SELECT day, sequence, hash, stamp FROM journal_roots ORDER BY day")
            .fetch_all(store.read())
            .await
            .map_err(fault)?;
    let root = |(day, sequence, hash, stamp)| {
        let head = JournalHead { sequence, hash };
        JournalRoot { day, head, stamp }
    };
    Ok(rows.into_iter().map(root).collect())
}

pub(crate) async fn number_classes(
    store: &SqliteStore,
) -> Result<Vec<UsedNumberClass>, StoreError> {
    let rows: Vec<(i64, i64, i64)> =
        query_as("SELECT place, class, since FROM number_classes ORDER BY place")
            .fetch_all(store.read())
            .await
            .map_err(fault)?;
    rows.into_iter().map(used_class).collect()
}

fn used_class((place, index, since_ms): (i64, i64, i64)) -> Result<UsedNumberClass, StoreError> {
    let class = u16::try_from(index).ok().and_then(NumberClass::new);
    let class = class.ok_or(StoreError::Corrupt("number_classes.class"))?;
    Ok(UsedNumberClass { place, class, since_ms })
}

pub(crate) async fn number_class(store: &SqliteStore) -> Result<NumberClass, StoreError> {
    let class: Option<u16> =
        query_scalar("SELECT class FROM number_classes ORDER BY place DESC LIMIT 1")
            .fetch_optional(store.read())
            .await
            .map_err(fault)?;
    class.and_then(NumberClass::new).ok_or(StoreError::Corrupt("number_classes.class"))
}
