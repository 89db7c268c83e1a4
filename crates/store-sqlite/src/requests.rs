//! Registering a request, and reading it again.

use app::{Channel, IdempotencyKey, Registered, Registration, Step, StoreError, StoredRequest};
use domain::{ConsentRecord, Iin, LegalClock, Number, RequestState};
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{from_json, from_word, moment, number, places, to_json, to_ms, to_word};
use crate::error::{fault, fault_or_taken};

pub(crate) async fn idempotent(
    store: &SqliteStore,
    applicant: Iin,
    key: &IdempotencyKey,
) -> Result<Option<(Number, String)>, StoreError> {
    let mut connection = store.read().acquire().await.map_err(fault)?;
    led_to(&mut connection, applicant, key).await
}

/// Registers. The write lock is held from the first look on, so of parallel calls one sees what the other wrote.
pub(crate) async fn register(
    store: &SqliteStore,
    registration: &Registration,
) -> Result<Registered, StoreError> {
    let mut transaction = store.write().await?;
    if let Some(earlier) = earlier(&mut transaction, registration).await? {
        return Ok(earlier);
    }
    insert_request(&mut transaction, registration).await?;
    insert_signed(&mut transaction, registration).await?;
    insert_consents(&mut transaction, registration).await?;
    insert_job_and_key(&mut transaction, registration).await?;
    append(&mut transaction, std::slice::from_ref(&registration.audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(Registered::New)
}

/// What the key, the draft or the person led to before.
async fn earlier(
    transaction: &mut SqliteConnection,
    registration: &Registration,
) -> Result<Option<Registered>, StoreError> {
    let applicant = registration.request.applicant;
    if let Some((number, digest)) = led_to(transaction, applicant, &registration.key).await? {
        let same = digest == registration.body_digest;
        return Ok(Some(if same { Registered::Same(number) } else { Registered::OtherBody }));
    }
    let became: Option<Option<String>> =
        query_scalar("SELECT became FROM drafts WHERE challenge = ? AND applicant = ?")
            .bind(&registration.challenge)
            .bind(applicant.digits())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(fault)?;
    match became {
        None => return Err(StoreError::AlreadyUsed),
        Some(Some(text)) => return Ok(Some(Registered::DraftUsed(number(&text)?))),
        Some(None) => {}
    }
    let open: Option<String> =
        query_scalar("SELECT number FROM requests WHERE applicant = ? AND ended_at IS NULL")
            .bind(applicant.digits())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(fault)?;
    open.map(|text| number(&text).map(Registered::Open)).transpose()
}

async fn led_to(
    connection: &mut SqliteConnection,
    applicant: Iin,
    key: &IdempotencyKey,
) -> Result<Option<(Number, String)>, StoreError> {
    let row: Option<(String, String)> = query_as(
        "SELECT number, body_digest FROM idempotency_keys
         WHERE applicant = ? AND idempotency_key = ?",
    )
    .bind(applicant.digits())
    .bind(&key.0)
    .fetch_optional(connection)
    .await
    .map_err(fault)?;
    row.map(|(text, digest)| Ok((number(&text)?, digest))).transpose()
}

async fn insert_request(
    transaction: &mut SqliteConnection,
    registration: &Registration,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO requests (number, applicant, applicant_name, request, accepted_at, due_at,
             channel, state, step, version)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
    )
    .bind(registration.number.as_str())
    .bind(registration.request.applicant.digits())
    .bind(&registration.applicant_name)
    .bind(to_json(&registration.request)?)
    .bind(to_ms(registration.clock.accepted_at))
    .bind(to_ms(registration.clock.due_at))
    .bind(registration.channel.code())
    .bind(RequestState::Accepted.code())
    .bind(Step::Registered.code())
    .execute(transaction)
    .await
    .map_err(fault_or_taken)?;
    Ok(())
}

async fn insert_signed(
    transaction: &mut SqliteConnection,
    registration: &Registration,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO signed_requests (number, document, cms, signature_evidence)
         VALUES (?, ?, ?, ?)",
    )
    .bind(registration.number.as_str())
    .bind(&registration.document)
    .bind(&registration.cms)
    .bind(&registration.signature_evidence)
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    query("UPDATE drafts SET became = ? WHERE challenge = ?")
        .bind(registration.number.as_str())
        .bind(&registration.challenge)
        .execute(transaction)
        .await
        .map_err(fault)?;
    Ok(())
}

async fn insert_consents(
    transaction: &mut SqliteConnection,
    registration: &Registration,
) -> Result<(), StoreError> {
    for (place, consent) in places().zip(&registration.consents) {
        query(
            "INSERT INTO consents (number, place, kind, decision, text_version, language, text)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(registration.number.as_str())
        .bind(place)
        .bind(to_word(&consent.kind)?)
        .bind(to_word(&consent.decision)?)
        .bind(&consent.text_version)
        .bind(to_word(&consent.language)?)
        .bind(&consent.text)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    }
    Ok(())
}

async fn insert_job_and_key(
    transaction: &mut SqliteConnection,
    registration: &Registration,
) -> Result<(), StoreError> {
    query("INSERT INTO jobs (number, run_at) VALUES (?, ?)")
        .bind(registration.number.as_str())
        .bind(to_ms(registration.clock.accepted_at))
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    query(
        "INSERT INTO idempotency_keys (applicant, idempotency_key, body_digest, number)
         VALUES (?, ?, ?, ?)",
    )
    .bind(registration.request.applicant.digits())
    .bind(&registration.key.0)
    .bind(&registration.body_digest)
    .bind(registration.number.as_str())
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

#[derive(FromRow)]
struct RequestRow {
    number: String,
    applicant_name: String,
    request: String,
    accepted_at: i64,
    due_at: i64,
    channel: String,
    state: String,
    step: String,
    version: i64,
    ended_at: Option<i64>,
}

pub(crate) async fn request(
    store: &SqliteStore,
    number: &Number,
) -> Result<Option<StoredRequest>, StoreError> {
    let row: Option<RequestRow> = query_as(
        "SELECT number, applicant_name, request, accepted_at, due_at, channel, state, step,
             version, ended_at
         FROM requests WHERE number = ?",
    )
    .bind(number.as_str())
    .fetch_optional(store.read())
    .await
    .map_err(fault)?;
    row.map(read_request).transpose()
}

pub(crate) async fn requests_of(
    store: &SqliteStore,
    applicant: Iin,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<StoredRequest>, StoreError> {
    let rows: Vec<RequestRow> = query_as(
        "SELECT number, applicant_name, request, accepted_at, due_at, channel, state, step,
             version, ended_at
         FROM requests WHERE applicant = ? AND accepted_at < ?
         ORDER BY accepted_at DESC, number DESC LIMIT ?",
    )
    .bind(applicant.digits())
    .bind(before.map_or(i64::MAX, to_ms))
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(read_request).collect()
}

fn read_request(row: RequestRow) -> Result<StoredRequest, StoreError> {
    let (accepted_at, due_at) = (moment(row.accepted_at)?, moment(row.due_at)?);
    Ok(StoredRequest {
        number: number(&row.number)?,
        request: from_json(&row.request, "requests.request")?,
        applicant_name: row.applicant_name,
        clock: LegalClock { accepted_at, due_at },
        channel: Channel::parse(&row.channel).ok_or(StoreError::Corrupt("requests.channel"))?,
        state: RequestState::parse(&row.state).ok_or(StoreError::Corrupt("requests.state"))?,
        step: Step::parse(&row.step).ok_or(StoreError::Corrupt("requests.step"))?,
        version: row.version,
        ended_at: row.ended_at.map(moment).transpose()?,
    })
}

pub(crate) async fn consents_of(
    store: &SqliteStore,
    number: &Number,
) -> Result<Vec<ConsentRecord>, StoreError> {
    let rows: Vec<(String, String, String, String, String)> = query_as(
        "SELECT kind, decision, text_version, language, text
         FROM consents WHERE number = ? ORDER BY place",
    )
    .bind(number.as_str())
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter()
        .map(|(kind, decision, text_version, language, text)| {
            Ok(ConsentRecord {
                kind: from_word(kind, "consents.kind")?,
                decision: from_word(decision, "consents.decision")?,
                text_version,
                language: from_word(language, "consents.language")?,
                text,
            })
        })
        .collect()
}
