//! Registering a request, and reading it again.

use app::{
    Channel, IdempotencyKey, Registered, Registration, Step, StoreError, StoredConsent,
    StoredRequest, stored_consents,
};
use domain::{ConsentRecord, Iin, Kato, LegalClock, Number, RequestState};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::{Vault, row_key};

use crate::PostgresStore;
use crate::codec::{moment, number, to_json, to_ms};
use crate::consents::RecordRow;
use crate::one_time_passwords;
use crate::session::Session;

pub(crate) async fn idempotent(
    store: &PostgresStore,
    applicant: Iin,
    key: &IdempotencyKey,
) -> Result<Option<(Number, String)>, StoreError> {
    let select = query_as(
        "SELECT number, body_digest FROM idempotency_keys
         WHERE applicant = $1 AND idempotency_key = $2",
    )
    .bind(store.vault.person(applicant))
    .bind(&key.0);
    let row: Option<(String, String)> = store.optional(select).await?;
    row.map(|(text, digest)| Ok((number(&text)?, digest))).transpose()
}

/// Registers, but for the journal row, which goes in with those of its batch. Batches follow one another, so of
/// parallel calls with the same key, draft or person each sees what the one before wrote.
pub(crate) async fn register_in(
    transaction: &mut Session,
    registration: &Registration,
) -> Result<Registered, StoreError> {
    let before = before(transaction, registration).await?;
    if let Some(earlier) = earlier(&before, registration)? {
        if let (Registered::Open(number), None) = (&earlier, &before.led_to) {
            lead(transaction, registration, number).await?;
        }
        return Ok(earlier);
    }
    // Where the insertion fails, all of the transaction is undone, this too.
    if let Some(password) = &registration.password {
        let at = registration.clock.accepted_at;
        if !one_time_passwords::use_up(transaction, password, at).await? {
            return Ok(Registered::PasswordGone);
        }
    }
    insert(transaction, registration).await?;
    Ok(Registered::New)
}

/// What the key, the draft and the person led to before; each `None` where to nothing.
#[derive(FromRow)]
struct Before {
    by_key: Option<String>,
    body_digest: Option<String>,
    draft_known: bool,
    by_draft: Option<String>,
    led_to: Option<String>,
    open: Option<String>,
}

async fn before(
    transaction: &mut Session,
    registration: &Registration,
) -> Result<Before, StoreError> {
    let select = query_as(
        "SELECT used.number AS by_key, used.body_digest, draft.challenge IS NOT NULL AS draft_known,
             draft.became AS by_draft, draft.led_to, open.number AS open
         FROM (SELECT 1) AS always
         LEFT JOIN idempotency_keys AS used ON used.applicant = $1 AND used.idempotency_key = $2
         LEFT JOIN drafts AS draft ON draft.challenge = $3 AND draft.applicant = $1
         LEFT JOIN requests AS open ON open.applicant = $1 AND open.ended_at IS NULL",
    )
    .bind(transaction.vault.person(registration.request.applicant))
    .bind(&registration.key.0)
    .bind(&registration.challenge);
    let before: Option<Before> = transaction.optional(select).await?;
    before.ok_or(StoreError::Corrupt("a row that is always there"))
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
    transaction: &mut Session,
    registration: &Registration,
    open: &Number,
) -> Result<(), StoreError> {
    let update = query(
        "UPDATE drafts SET led_to = $1
         WHERE challenge = $2 AND became IS NULL AND led_to IS NULL",
    );
    let update = update.bind(open.as_str()).bind(&registration.challenge);
    transaction.execute(update).await.map(|_| ())
}

/// All rows with one statement. Every part takes up what the one before returned: without a draft that is still there and
/// held until the end there is no request, the request is the first row of all, and a number that exists is told by its
/// own constraint.
async fn insert(transaction: &mut Session, registration: &Registration) -> Result<(), StoreError> {
    let (vault, number) = (&transaction.vault, registration.number.as_str());
    let (name, request) = (&registration.applicant_name, &registration.request);
    let evidence = &registration.signature_evidence;
    let insert = query(
        "WITH draft AS (
             SELECT challenge FROM drafts
             WHERE challenge = $14 AND applicant = $2 AND became IS NULL FOR UPDATE),
         request AS (
             INSERT INTO requests (number, applicant, applicant_name, request, accepted_at, due_at,
                 channel, state, step, version, asked_language, asked_provider)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $17, $18 FROM draft
             RETURNING number),
         signed AS (
             INSERT INTO signed_requests (number, document, cms, signature_evidence)
             SELECT number, $10, $11, $12 FROM request),
         consented AS (
             INSERT INTO consents (number, place, kind, decision, text_version, language, text,
                 items, confirmation)
             SELECT number, place - 1, value ->> 'kind', value ->> 'decision',
                 value ->> 'text_version', value ->> 'language', value ->> 'text',
                 value ->> 'items', value ->> 'confirmation'
             FROM request,
                 json_array_elements($13::json) WITH ORDINALITY AS shown (value, place)),
         used AS (
             UPDATE drafts SET became = request.number FROM request WHERE challenge = $14),
         job AS (
             INSERT INTO jobs (number, run_at) SELECT number, $5 FROM request)
         INSERT INTO idempotency_keys (applicant, idempotency_key, body_digest, number)
         SELECT $2, $15, $16, number FROM request",
    )
    .bind(number)
    .bind(vault.person(request.applicant))
    .bind(vault.seal(("requests.applicant_name", number), name))
    .bind(vault.seal_json(("requests.request", number), request)?)
    .bind(to_ms(registration.clock.accepted_at))
    .bind(to_ms(registration.clock.due_at))
    .bind(registration.channel.code())
    .bind(RequestState::Accepted.code())
    .bind(Step::Registered.code())
    .bind(vault.seal_bytes(("signed_requests.document", number), &registration.document))
    .bind(vault.seal_bytes(("signed_requests.cms", number), &registration.cms))
    .bind(vault.seal(("signed_requests.signature_evidence", number), evidence))
    .bind(to_json(&sealed_consents(vault, registration)?)?)
    .bind(&registration.challenge)
    .bind(&registration.key.0)
    .bind(&registration.body_digest)
    .bind(request.language.code())
    .bind(request.provider.as_ref().map_or("", Kato::as_str));
    if transaction.execute(insert).await? == 1 { Ok(()) } else { Err(StoreError::AlreadyUsed) }
}

/// As they stand in their table: they travel there within JSON.
fn sealed_consents(
    vault: &Vault,
    registration: &Registration,
) -> Result<Vec<StoredConsent>, StoreError> {
    let number = registration.number.as_str();
    let mut consents = stored_consents(&registration.consents)?;
    for one in &mut consents {
        let row = row_key(number, &one.kind);
        one.text = vault.seal(("consents.text", &row), &one.text);
        one.items = vault.seal(("consents.items", &row), &one.items);
        one.confirmation = vault.seal(("consents.confirmation", &row), &one.confirmation);
    }
    Ok(consents)
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
    store: &PostgresStore,
    number: &Number,
) -> Result<Option<StoredRequest>, StoreError> {
    let select = query_as(
        "SELECT number, applicant_name, request, accepted_at, due_at, channel, state, step,
             version, ended_at
         FROM requests WHERE number = $1 AND request <> ''",
    )
    .bind(number.as_str());
    store.optional(select).await?.map(|row| read_request(&store.vault, row)).transpose()
}

pub(crate) async fn requests_of(
    store: &PostgresStore,
    applicant: Iin,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<StoredRequest>, StoreError> {
    let select = query_as(
        "SELECT number, applicant_name, request, accepted_at, due_at, channel, state, step,
             version, ended_at
         FROM requests WHERE applicant = $1 AND accepted_at < $2
         ORDER BY accepted_at DESC, number DESC LIMIT $3",
    )
    .bind(store.vault.person(applicant))
    .bind(before.map_or(i64::MAX, to_ms))
    .bind(i64::from(limit));
    let rows: Vec<RequestRow> = store.all(select).await?;
    rows.into_iter().map(|row| read_request(&store.vault, row)).collect()
}

pub(crate) fn read_request(vault: &Vault, row: RequestRow) -> Result<StoredRequest, StoreError> {
    let (accepted_at, due_at) = (moment(row.accepted_at)?, moment(row.due_at)?);
    let name = ("requests.applicant_name", row.number.as_str());
    Ok(StoredRequest {
        number: number(&row.number)?,
        request: vault.open_json(("requests.request", &row.number), row.request)?,
        applicant_name: vault.open(name, row.applicant_name)?,
        clock: LegalClock { accepted_at, due_at },
        channel: Channel::parse(&row.channel).ok_or(StoreError::Corrupt("requests.channel"))?,
        state: RequestState::parse(&row.state).ok_or(StoreError::Corrupt("requests.state"))?,
        step: Step::parse(&row.step).ok_or(StoreError::Corrupt("requests.step"))?,
        version: row.version,
        ended_at: row.ended_at.map(moment).transpose()?,
    })
}

pub(crate) async fn consents_of(
    store: &PostgresStore,
    number: &Number,
) -> Result<Vec<ConsentRecord>, StoreError> {
    let select = query_as(
        "SELECT kind, decision, text_version, language, text, items, confirmation
         FROM consents WHERE number = $1 ORDER BY place",
    )
    .bind(number.as_str());
    let rows: Vec<RecordRow> = store.all(select).await?;
    rows.into_iter().map(|row| row.read(&store.vault, number)).collect()
}
