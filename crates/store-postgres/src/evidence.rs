//! What is stored of a request, column by column, as the digests its journal rows carry; roots; number classes.
//!
//! The fields go in as they were written, opened: JSON is not read, but hashed. In which order, `app` says (its `evidence.rs`).

use app::{
    AnswerColumns, AuditEvent, ConsentColumns, JournalHead, JournalRoot, RegistrationColumns,
    RequestColumns, StoreError, StoredEvidence, UsedNumberClass, case_digests,
};
use domain::{Number, NumberClass};
use sqlx::{FromRow, query, query_as};
use vault::{Vault, WARD, row_key};

use crate::PostgresStore;
use crate::audit::append;
use crate::case_files::{annulments_of, notes_of};
use crate::codec::number as parse_number;
use crate::consents::withdrawal_row;
use crate::recourse_rows::recourse_digests;
use crate::session::Session;

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
    alarmed_percent: Option<i64>,
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
        let place = |column| (column, self.number.as_str());
        let evidence = place("signed_requests.signature_evidence");
        Ok(Self {
            applicant: vault.digits(self.applicant)?,
            applicant_name: vault.open(place("requests.applicant_name"), self.applicant_name)?,
            request: vault.open(place("requests.request"), self.request)?,
            document: vault.open_bytes(place("signed_requests.document"), self.document)?,
            cms: vault.open_bytes(place("signed_requests.cms"), self.cms)?,
            signature_evidence: vault.open(evidence, self.signature_evidence)?,
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
        let place = |column| (column, row.as_str());
        Ok(Self {
            text: vault.open(place("consents.text"), self.text)?,
            items: vault.open(place("consents.items"), self.items)?,
            confirmation: vault.open(place("consents.confirmation"), self.confirmation)?,
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
        let bytes = |column, stored: Option<Vec<u8>>| {
            stored.map(|stored| vault.open_bytes((column, id), stored)).transpose()
        };
        Ok(Self {
            ward_key: vault.open_alike(WARD, self.ward_key)?,
            ward_id: self.ward_id.map(|code| vault.open_alike(WARD, code)).transpose()?,
            content: vault.open(("results.content", id), self.content)?,
            unsealed: bytes("unsealed_documents.bytes", self.unsealed)?,
            sealed: bytes("sealed_documents.bytes", self.sealed)?,
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
    store: &PostgresStore,
    number: &Number,
) -> Result<Option<StoredEvidence>, StoreError> {
    let mut snapshot = store.snapshot().await?;
    let outcome = evidence_in(&mut snapshot, number).await;
    snapshot.end(outcome).await
}

async fn evidence_in(
    snapshot: &mut Session,
    number: &Number,
) -> Result<Option<StoredEvidence>, StoreError> {
    let Some(row) = registration(snapshot, number).await? else { return Ok(None) };
    let answers = answers(snapshot, number).await?;
    let consents = consents(snapshot, number).await?;
    let select = query_as("SELECT decision FROM decisions WHERE number = $1").bind(number.as_str());
    let decision: Option<(String,)> = snapshot.optional(select).await?;
    let place = ("decisions.decision", number.as_str());
    let open = |(stored,): (String,)| snapshot.vault.open(place, stored);
    let decision = decision.map(open).transpose()?;
    let select = query_as(
        "SELECT kind, at_ms FROM notices AS notice
         JOIN requests AS request USING (number, applicant)
         WHERE notice.number = $1 ORDER BY kind",
    )
    .bind(number.as_str());
    let notices = snapshot.all(select).await?;
    let withdrawal = withdrawal_row(snapshot, number).await?;
    let annulments = annulments_of(snapshot, number).await?;
    let notes = notes_of(snapshot, number).await?;
    let recourses = recourse_digests(snapshot, number).await?;
    let percent = row.alarmed_percent.map(i32::try_from).transpose();
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
        alarmed_percent: percent.map_err(|_| StoreError::Corrupt("jobs.alarmed_percent"))?,
        withdrawal: withdrawal.as_ref().map(|(at, channel)| (*at, channel.as_str())),
        case: case_digests(&annulments, &notes),
        recourses,
    };
    Ok(Some(columns.evidence(number)))
}

async fn registration(
    snapshot: &mut Session,
    number: &Number,
) -> Result<Option<RegistrationRow>, StoreError> {
    let select = query_as(
        "SELECT request.number, request.applicant, applicant_name, request, accepted_at, due_at,
             channel, COALESCE(document, '') AS document, COALESCE(cms, '') AS cms,
             COALESCE(signature_evidence, '') AS signature_evidence,
             COALESCE(idempotency_key, '') AS idempotency_key,
             COALESCE(body_digest, '') AS body_digest, state, step, version, ended_at,
             job.alarmed_percent
         FROM requests AS request
         LEFT JOIN signed_requests AS signed ON signed.number = request.number
         LEFT JOIN idempotency_keys AS used
             ON used.number = request.number AND used.applicant = request.applicant
         LEFT JOIN jobs AS job ON job.number = request.number
         WHERE request.number = $1",
    )
    .bind(number.as_str());
    let row: Option<RegistrationRow> = snapshot.optional(select).await?;
    row.map(|row| row.opened(&snapshot.vault)).transpose()
}

async fn answers(snapshot: &mut Session, number: &Number) -> Result<Vec<AnswerRow>, StoreError> {
    let select = query_as(
        "SELECT id, results.place, ward_key, ward_id, token, number, kind, content, digest,
             unsealed.bytes AS unsealed, sealed.bytes AS sealed
         FROM results
         LEFT JOIN unsealed_documents AS unsealed ON unsealed.result = id
         LEFT JOIN sealed_documents AS sealed ON sealed.result = id
         WHERE request = $1 ORDER BY place",
    )
    .bind(number.as_str());
    let rows: Vec<AnswerRow> = snapshot.all(select).await?;
    rows.into_iter().map(|row| row.opened(&snapshot.vault)).collect()
}

async fn consents(snapshot: &mut Session, number: &Number) -> Result<Vec<ConsentRow>, StoreError> {
    let select = query_as(
        "SELECT place, kind, decision, text_version, language, text, items, confirmation
         FROM consents WHERE number = $1 ORDER BY place",
    )
    .bind(number.as_str());
    let rows: Vec<ConsentRow> = snapshot.all(select).await?;
    rows.into_iter().map(|row| row.opened(&snapshot.vault, number)).collect()
}

pub(crate) async fn numbers_after(
    store: &PostgresStore,
    after: Option<&Number>,
    limit: u32,
) -> Result<Vec<Number>, StoreError> {
    let select = query_as("SELECT number FROM requests WHERE number > $1 ORDER BY number LIMIT $2")
        .bind(after.map(Number::as_str).unwrap_or_default())
        .bind(i64::from(limit));
    let rows: Vec<(String,)> = store.all(select).await?;
    rows.iter().map(|(text,)| parse_number(text)).collect()
}

pub(crate) async fn journal_head(store: &PostgresStore) -> Result<JournalHead, StoreError> {
    let head = store.optional(query_as("SELECT sequence, hash FROM journal_head")).await?;
    let (sequence, hash) = head.ok_or(StoreError::Corrupt("journal_head"))?;
    Ok(JournalHead { sequence, hash })
}

pub(crate) async fn put_root(
    store: &PostgresStore,
    root: &JournalRoot,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = put_root_in(&mut transaction, root, audit).await;
    transaction.end(outcome).await
}

async fn put_root_in(
    transaction: &mut Session,
    root: &JournalRoot,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let insert = query(
        "INSERT INTO journal_roots (day, sequence, hash, stamp) VALUES ($1, $2, $3, $4)
         ON CONFLICT (day) DO NOTHING",
    )
    .bind(&root.day)
    .bind(root.head.sequence)
    .bind(&root.head.hash)
    .bind(&root.stamp);
    if transaction.execute(insert).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

pub(crate) async fn stamp_root(
    store: &PostgresStore,
    day: &str,
    stamp: &[u8],
) -> Result<(), StoreError> {
    let update = query("UPDATE journal_roots SET stamp = $1 WHERE day = $2 AND stamp IS NULL")
        .bind(stamp)
        .bind(day);
    store.execute(update).await?;
    Ok(())
}

pub(crate) async fn roots(store: &PostgresStore) -> Result<Vec<JournalRoot>, StoreError> {
    let select = query_as("SELECT day, sequence, hash, stamp FROM journal_roots ORDER BY day");
    let rows: Vec<(String, i64, String, Option<Vec<u8>>)> = store.all(select).await?;
    let root = |(day, sequence, hash, stamp)| {
        let head = JournalHead { sequence, hash };
        JournalRoot { day, head, stamp }
    };
    Ok(rows.into_iter().map(root).collect())
}

pub(crate) async fn number_classes(
    store: &PostgresStore,
) -> Result<Vec<UsedNumberClass>, StoreError> {
    let select = query_as("SELECT place, class, since FROM number_classes ORDER BY place");
    let rows: Vec<(i64, i64, i64)> = store.all(select).await?;
    rows.into_iter().map(used_class).collect()
}

fn used_class((place, index, since_ms): (i64, i64, i64)) -> Result<UsedNumberClass, StoreError> {
    let class = u16::try_from(index).ok().and_then(NumberClass::new);
    let class = class.ok_or(StoreError::Corrupt("number_classes.class"))?;
    Ok(UsedNumberClass { place, class, since_ms })
}

pub(crate) async fn number_class(store: &PostgresStore) -> Result<NumberClass, StoreError> {
    let select = query_as("SELECT class FROM number_classes ORDER BY place DESC LIMIT 1");
    let row: Option<(i64,)> = store.optional(select).await?;
    let class = row.and_then(|(class,)| u16::try_from(class).ok());
    class.and_then(NumberClass::new).ok_or(StoreError::Corrupt("number_classes.class"))
}
