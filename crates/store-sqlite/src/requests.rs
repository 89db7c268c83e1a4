//! Registering a request, and reading it again.

use app::{
    Channel, IdempotencyKey, Registered, Registration, Step, StoreError, StoredRequest,
    stored_consents,
};
use domain::{ConsentRecord, Iin, Kato, LegalClock, Number, RequestState};
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as};
use vault::{Vault, row_key};

use crate::SqliteStore;
use crate::audit::{HeadColumns, append_behind};
use crate::codec::{moment, number, to_json, to_ms};
use crate::consents::RecordRow;
use crate::error::{fault, fault_or_taken};
use crate::one_time_passwords;

pub(crate) async fn idempotent(
    store: &SqliteStore,
    applicant: Iin,
    key: &IdempotencyKey,
) -> Result<Option<(Number, String)>, StoreError> {
    let row: Option<(String, String)> = query_as(
        "SELECT number, body_digest FROM idempotency_keys
         WHERE applicant = ? AND idempotency_key = ?",
    )
    .bind(store.vault.person(applicant))
    .bind(&key.0)
    .fetch_optional(store.read())
    .await
    .map_err(fault)?;
    row.map(|(text, digest)| Ok((number(&text)?, digest))).transpose()
}

/// Registers. The write lock is held from the first look on, so of parallel calls one sees what the other wrote.
pub(crate) async fn register(
    store: &SqliteStore,
    registration: &Registration,
) -> Result<Registered, StoreError> {
    let mut transaction = store.write().await?;
    let before = before(&mut transaction, &store.vault, registration).await?;
    if let Some(earlier) = earlier(&before, registration)? {
        if let (Registered::Open(number), None) = (&earlier, &before.led_to) {
            lead(&mut transaction, registration, number).await?;
            transaction.commit().await.map_err(fault)?;
        }
        return Ok(earlier);
    }
    if let Some(password) = &registration.password {
        let at = registration.clock.accepted_at;
        if !one_time_passwords::use_up(&mut transaction, &store.vault, password, at).await? {
            return Ok(Registered::PasswordGone);
        }
    }
    insert(&mut transaction, &store.vault, registration).await?;
    let head = before.head.head()?;
    append_behind(&mut transaction, &store.vault, head, std::slice::from_ref(&registration.audit))
        .await?;
    transaction.commit().await.map_err(fault)?;
    Ok(Registered::New)
}

/// What the key, the draft and the person led to before, each `None` where to nothing; and where the journal ends.
#[derive(FromRow)]
struct Before {
    by_key: Option<String>,
    body_digest: Option<String>,
    draft_known: bool,
    by_draft: Option<String>,
    led_to: Option<String>,
    open: Option<String>,
    #[sqlx(flatten)]
    head: HeadColumns,
}

async fn before(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    registration: &Registration,
) -> Result<Before, StoreError> {
    query_as(
        "SELECT used.number AS by_key, used.body_digest, draft.challenge IS NOT NULL AS draft_known,
             draft.became AS by_draft, draft.led_to, open.number AS open, head.sequence, head.hash
         FROM (SELECT 1)
         LEFT JOIN journal_head AS head ON true
         LEFT JOIN idempotency_keys AS used ON used.applicant = $1 AND used.idempotency_key = $2
         LEFT JOIN drafts AS draft ON draft.challenge = $3 AND draft.applicant = $1
         LEFT JOIN requests AS open ON open.applicant = $1 AND open.ended_at IS NULL",
    )
    .bind(vault.person(registration.request.applicant))
    .bind(&registration.key.0)
    .bind(&registration.challenge)
    .fetch_one(transaction)
    .await
    .map_err(fault)
}

fn earlier(before: &Before, registration: &Registration) -> Result<Option<Registered>, StoreError> {
    if let Some(text) = &before.by_key {
        let same = before.body_digest.as_ref() == Some(&registration.body_digest);
        let number = number(text)?;
        return Ok(Some(if same { Registered::Same(number) } else { Registered::OtherBody }));
    }
    if !before.draft_known {
        return Err(StoreError::AlreadyUsed);
    }
    if let Some(text) = &before.by_draft {
        return Ok(Some(Registered::DraftUsed(number(text)?)));
    }
    let open = before.led_to.as_ref().or(before.open.as_ref());
    open.map(|text| Ok(Registered::Open(number(text)?))).transpose()
}

/// From now on the document leads where its signer was led.
async fn lead(
    transaction: &mut SqliteConnection,
    registration: &Registration,
    open: &Number,
) -> Result<(), StoreError> {
    let update = query("UPDATE drafts SET led_to = ? WHERE challenge = ?");
    let update = update.bind(open.as_str()).bind(&registration.challenge);
    update.execute(transaction).await.map_err(fault)?;
    Ok(())
}

/// All rows at once: each call to the driver costs two thread changes, which is more than the rows themselves.
/// `$1` and not `?1`: the driver miscounts numbered question marks that leave numbers out.
async fn insert(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    registration: &Registration,
) -> Result<(), StoreError> {
    let (number, request) = (registration.number.as_str(), &registration.request);
    let name = vault.seal(("requests.applicant_name", number), &registration.applicant_name);
    let consents = sealed_consents(vault, number, &registration.consents)?;
    query(
        "INSERT INTO requests (number, applicant, applicant_name, request, accepted_at, due_at,
                 channel, state, step, version, asked_language, asked_provider)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $17, $18);
         INSERT INTO signed_requests (number, document, cms, signature_evidence)
             VALUES ($1, $10, $11, $12);
         INSERT INTO consents (number, place, kind, decision, text_version, language, text, items,
                 confirmation)
             SELECT $1, key, value ->> 'kind', value ->> 'decision', value ->> 'text_version',
                 value ->> 'language', value ->> 'text', value ->> 'items',
                 value ->> 'confirmation'
             FROM json_each($13);
         UPDATE drafts SET became = $1 WHERE challenge = $14;
         INSERT INTO jobs (number, run_at) VALUES ($1, $5);
         INSERT INTO idempotency_keys (applicant, idempotency_key, body_digest, number)
             VALUES ($2, $15, $16, $1);",
    )
    .bind(number)
    .bind(vault.person(request.applicant))
    .bind(name)
    .bind(vault.seal_json(("requests.request", number), request)?)
    .bind(to_ms(registration.clock.accepted_at))
    .bind(to_ms(registration.clock.due_at))
    .bind(registration.channel.code())
    .bind(RequestState::Accepted.code())
    .bind(Step::Registered.code())
    .bind(vault.seal_bytes(("signed_requests.document", number), &registration.document))
    .bind(vault.seal_bytes(("signed_requests.cms", number), &registration.cms))
    .bind(
        vault
            .seal(("signed_requests.signature_evidence", number), &registration.signature_evidence),
    )
    .bind(consents)
    .bind(&registration.challenge)
    .bind(&registration.key.0)
    .bind(&registration.body_digest)
    .bind(request.language.code())
    .bind(request.provider.as_ref().map_or("", Kato::as_str))
    .execute(transaction)
    .await
    .map_err(fault_or_taken)?;
    Ok(())
}

/// As one JSON array, each text of a person's sealed.
fn sealed_consents(
    vault: &Vault,
    number: &str,
    consents: &[ConsentRecord],
) -> Result<String, StoreError> {
    let mut stored = stored_consents(consents)?;
    for consent in &mut stored {
        let row = row_key(number, &consent.kind);
        consent.text = vault.seal(("consents.text", &row), &consent.text);
        consent.items = vault.seal(("consents.items", &row), &consent.items);
        consent.confirmation = vault.seal(("consents.confirmation", &row), &consent.confirmation);
    }
    to_json(&stored)
}

#[derive(FromRow)]
pub(crate) struct RequestRow {
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
         FROM requests WHERE number = ? AND request <> ''",
    )
    .bind(number.as_str())
    .fetch_optional(store.read())
    .await
    .map_err(fault)?;
    row.map(|row| read_request(&store.vault, row)).transpose()
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
    .bind(store.vault.person(applicant))
    .bind(before.map_or(i64::MAX, to_ms))
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| read_request(&store.vault, row)).collect()
}

pub(crate) fn read_request(vault: &Vault, row: RequestRow) -> Result<StoredRequest, StoreError> {
    let (accepted_at, due_at) = (moment(row.accepted_at)?, moment(row.due_at)?);
    Ok(StoredRequest {
        request: vault.open_json(("requests.request", &row.number), row.request)?,
        applicant_name: vault.open(("requests.applicant_name", &row.number), row.applicant_name)?,
        number: number(&row.number)?,
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
    let rows: Vec<RecordRow> = query_as(
        "SELECT kind, decision, text_version, language, text, items, confirmation
         FROM consents WHERE number = ? ORDER BY place",
    )
    .bind(number.as_str())
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| row.read(&store.vault, number)).collect()
}
