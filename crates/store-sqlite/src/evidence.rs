//! What is stored of a request, column by column, as the digests its journal rows carry; roots; number classes.
//!
//! The fields go in as they stand: JSON is not read, but hashed. In which order, `app` says (its `evidence.rs`).

use app::{
    AnswerColumns, ConsentColumns, JournalHead, JournalRoot, RegistrationColumns, RequestColumns,
    StoreError, StoredEvidence, UsedNumberClass, case_digests,
};
use domain::{Number, NumberClass};
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::{Vault, WARD, row_key};

use crate::SqliteStore;
use crate::audit::append;
use crate::case_files::{annulments_of, notes_of};
use crate::codec::number as parse_number;
use crate::consents::withdrawal_row;
use crate::error::fault;
use crate::recourse_rows::recourse_digests;

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

#[derive(FromRow)]
struct ConsentRow {
    place: i64,
    kind: String,
    decision: String,
    text_version: String,
    language: String,
    text: String,
    items: String,
    confirmation: String,
}

impl RegistrationRow {
    fn opened(self, vault: &Vault) -> Result<Self, StoreError> {
        let number = self.number.as_str();
        Ok(Self {
            applicant: vault.digits(self.applicant)?,
            applicant_name: vault.open(("requests.applicant_name", number), self.applicant_name)?,
            request: vault.open(("requests.request", number), self.request)?,
            document: vault.open_bytes(("signed_requests.document", number), self.document)?,
            cms: vault.open_bytes(("signed_requests.cms", number), self.cms)?,
            signature_evidence: vault
                .open(("signed_requests.signature_evidence", number), self.signature_evidence)?,
            number: self.number,
            ..self
        })
    }

    fn columns(&self) -> RegistrationColumns<'_> {
        RegistrationColumns {
            number: &self.number,
            applicant: &self.applicant,
            applicant_name: &self.applicant_name,
            request: &self.request,
            accepted_at: self.accepted_at,
            due_at: self.due_at,
            channel: &self.channel,
            document: &self.document,
            cms: &self.cms,
            signature_evidence: &self.signature_evidence,
            idempotency_key: &self.idempotency_key,
            body_digest: &self.body_digest,
        }
    }
}

impl ConsentRow {
    fn opened(self, vault: &Vault, number: &Number) -> Result<Self, StoreError> {
        let row = row_key(number.as_str(), &self.kind);
        Ok(Self {
            text: vault.open(("consents.text", &row), self.text)?,
            items: vault.open(("consents.items", &row), self.items)?,
            confirmation: vault.open(("consents.confirmation", &row), self.confirmation)?,
            ..self
        })
    }

    fn columns(&self) -> ConsentColumns<'_> {
        ConsentColumns {
            place: self.place,
            kind: &self.kind,
            decision: &self.decision,
            text_version: &self.text_version,
            language: &self.language,
            text: &self.text,
            items: &self.items,
            confirmation: &self.confirmation,
        }
    }
}

impl AnswerRow {
    fn opened(self, vault: &Vault) -> Result<Self, StoreError> {
        let id = self.id.as_str();
        let bytes = |column, bytes: Option<Vec<u8>>| {
            bytes.map(|bytes| vault.open_bytes((column, id), bytes)).transpose()
        };
        Ok(Self {
            ward_key: vault.open_alike(WARD, self.ward_key)?,
            ward_id: self.ward_id.map(|code| vault.open_alike(WARD, code)).transpose()?,
            content: vault.open(("results.content", id), self.content)?,
            unsealed: bytes("unsealed_documents.bytes", self.unsealed)?,
            sealed: bytes("sealed_documents.bytes", self.sealed)?,
            id: self.id,
            ..self
        })
    }

    fn columns(&self) -> AnswerColumns<'_> {
        AnswerColumns {
            id: &self.id,
            place: self.place,
            ward_key: &self.ward_key,
            ward_id: self.ward_id.as_deref(),
            token: &self.token,
            number: &self.number,
            kind: &self.kind,
            content: &self.content,
            digest: self.digest.as_deref(),
            unsealed: self.unsealed.as_deref(),
            sealed: self.sealed.as_deref(),
        }
    }
}

/// One snapshot: the request may move on meanwhile.
pub(crate) async fn evidence(
    store: &SqliteStore,
    number: &Number,
) -> Result<Option<StoredEvidence>, StoreError> {
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    let vault = &store.vault;
    let Some(row) = registration(&mut snapshot, number).await? else { return Ok(None) };
    let row = row.opened(vault)?;
    let answers = answers(&mut snapshot, number).await?;
    let answers: Vec<AnswerRow> =
        answers.into_iter().map(|row| row.opened(vault)).collect::<Result<_, _>>()?;
    let consents = consents(&mut snapshot, number).await?;
    let opened = consents.into_iter().map(|row| row.opened(vault, number));
    let consents: Vec<ConsentRow> = opened.collect::<Result<_, _>>()?;
    let decision: Option<String> = query_scalar("SELECT decision FROM decisions WHERE number = ?")
        .bind(number.as_str())
        .fetch_optional(&mut *snapshot)
        .await
        .map_err(fault)?;
    let place = ("decisions.decision", number.as_str());
    let decision = decision.map(|text| vault.open(place, text)).transpose()?;
    let notices = query_as(
        "SELECT kind, at_ms FROM notices AS notice
         JOIN requests AS request USING (number, applicant)
         WHERE notice.number = ? ORDER BY kind",
    )
    .bind(number.as_str())
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    let withdrawal = withdrawal_row(&mut snapshot, number).await?;
    let annulments = annulments_of(&mut snapshot, vault, number).await?;
    let notes = notes_of(&mut snapshot, vault, number).await?;
    let recourses = recourse_digests(&mut snapshot, vault, number).await?;
    let columns = RequestColumns {
        registration: row.columns(),
        consents: consents.iter().map(ConsentRow::columns).collect(),
        decision: decision.as_deref(),
        answers: answers.iter().map(AnswerRow::columns).collect(),
        state: &row.state,
        version: row.version,
        ended_at: row.ended_at,
        step: &row.step,
        notices,
        alarmed_percent: row.alarmed_percent,
        withdrawal: withdrawal.as_ref().map(|(at, channel)| (*at, channel.as_str())),
        case: case_digests(&annulments, &notes),
        recourses,
    };
    Ok(Some(columns.evidence(number)))
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

async fn consents(
    snapshot: &mut SqliteConnection,
    number: &Number,
) -> Result<Vec<ConsentRow>, StoreError> {
    query_as(
        "SELECT place, kind, decision, text_version, language, text, items, confirmation
         FROM consents WHERE number = ? ORDER BY place",
    )
    .bind(number.as_str())
    .fetch_all(snapshot)
    .await
    .map_err(fault)
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
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
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
