//! Annulments of certificates and notes, beside their requests.

use app::{
    Annulment, AnnulmentEnd, AnnulmentId, AnnulmentOutcome, AnnulmentReason, AuditEvent, CaseFiles,
    RequestCounts, RequestNote, ResultId, StoreError, StoredRequest, Workplace,
};
use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, number, to_ms};
use crate::error::fault;
use crate::record_desk::kato;
use crate::requests::{RequestRow, read_request};

#[async_trait]
impl CaseFiles for SqliteStore {
    async fn propose_annulment(
        &self,
        annulment: &Annulment,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        propose(self, annulment, audit).await
    }

    async fn end_annulment(
        &self,
        id: &AnnulmentId,
        end: &AnnulmentEnd,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        close(self, id, end, audit).await
    }

    async fn annulment(&self, id: &AnnulmentId) -> Result<Option<Annulment>, StoreError> {
        let row: Option<AnnulmentRow> = query_as(
            "SELECT id, result, certificate, request, holder, provider, reason, words, proposed_by,
                 proposed_at, outcome, ended_by, ended_at, remark
             FROM annulments WHERE id = ?",
        )
        .bind(&id.0)
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn annulments_of(&self, request: &Number) -> Result<Vec<Annulment>, StoreError> {
        let mut connection = self.read().acquire().await.map_err(fault)?;
        annulments_of(&mut connection, &self.vault, request).await
    }

    async fn annulled_at(&self, result: &ResultId) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = query_scalar(
            "SELECT ended_at FROM annulments WHERE result = ? AND outcome = 'confirmed'",
        )
        .bind(&result.0)
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        at.map(moment).transpose()
    }

    async fn open_annulments(&self, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        let rows: Vec<AnnulmentRow> = query_as(
            "SELECT id, result, certificate, request, holder, provider, reason, words, proposed_by,
                 proposed_at, outcome, ended_by, ended_at, remark
             FROM annulments WHERE outcome IS NULL ORDER BY proposed_at, id LIMIT ?",
        )
        .bind(limit)
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn annulled_of(&self, holder: Iin, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        let rows: Vec<AnnulmentRow> = query_as(
            "SELECT id, result, certificate, request, holder, provider, reason, words, proposed_by,
                 proposed_at, outcome, ended_by, ended_at, remark
             FROM annulments WHERE holder = ? AND outcome = 'confirmed'
             ORDER BY ended_at DESC, id LIMIT ?",
        )
        .bind(self.vault.person(holder))
        .bind(limit)
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn put_note(&self, note: &RequestNote, audit: &AuditEvent) -> Result<(), StoreError> {
        put_note(self, note, audit).await
    }

    async fn notes_of(&self, request: &Number) -> Result<Vec<RequestNote>, StoreError> {
        let mut connection = self.read().acquire().await.map_err(fault)?;
        notes_of(&mut connection, &self.vault, request).await
    }

    async fn requests_due(
        &self,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        let rows: Vec<RequestRow> = query_as(
            "SELECT number, applicant_name, request, accepted_at, due_at, channel, state, step, version,
                 ended_at
             FROM requests WHERE ended_at IS NULL AND due_at <= ? ORDER BY due_at, number LIMIT ?",
        )
        .bind(to_ms(due_before))
        .bind(limit)
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|row| read_request(&self.vault, row)).collect()
    }

    async fn request_counts(&self, since: Timestamp) -> Result<RequestCounts, StoreError> {
        let (accepted, answered, open): (i64, i64, i64) = query_as(
            "SELECT COUNT(*), COUNT(ended_at),
                 (SELECT COUNT(*) FROM requests WHERE ended_at IS NULL)
             FROM requests WHERE accepted_at >= ?",
        )
        .bind(to_ms(since))
        .fetch_one(self.read())
        .await
        .map_err(fault)?;
        Ok(RequestCounts {
            accepted: accepted.unsigned_abs(),
            answered: answered.unsigned_abs(),
            open: open.unsigned_abs(),
        })
    }
}

async fn propose(
    store: &SqliteStore,
    annulment: &Annulment,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let proposed = query(
        "INSERT INTO annulments (id, result, certificate, request, holder, provider, reason, words,
             proposed_by, proposed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (result) WHERE outcome IS NULL OR outcome = 'confirmed' DO NOTHING",
    )
    .bind(&annulment.id.0)
    .bind(&annulment.result.0)
    .bind(annulment.certificate.as_str())
    .bind(annulment.request.as_str())
    .bind(store.vault.person(annulment.holder))
    .bind(annulment.provider.as_str())
    .bind(annulment.reason.code())
    .bind(store.vault.seal(("annulments.words", &annulment.id.0), &annulment.words))
    .bind(store.vault.person(annulment.proposed_by))
    .bind(to_ms(annulment.proposed_at))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    if proposed.rows_affected() == 0 {
        return Ok(false);
    }
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(true)
}

async fn close(
    store: &SqliteStore,
    id: &AnnulmentId,
    end: &AnnulmentEnd,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let ended = query(
        "UPDATE annulments SET outcome = $2, ended_by = $3, ended_at = $4, remark = $5
         WHERE id = $1 AND outcome IS NULL AND ($2 = 'withdrawn') = (proposed_by = $3)",
    )
    .bind(&id.0)
    .bind(end.outcome.code())
    .bind(store.vault.person(end.by))
    .bind(to_ms(end.at))
    .bind(store.vault.seal(("annulments.remark", &id.0), &end.remark))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(true)
}

async fn put_note(
    store: &SqliteStore,
    note: &RequestNote,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    query(
        "INSERT INTO request_notes (id, request, author, author_name, workplace, at_ms, words)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&note.id)
    .bind(note.request.as_str())
    .bind(store.vault.person(note.author))
    .bind(store.vault.seal(("request_notes.author_name", &note.id), &note.author_name))
    .bind(note.workplace.code())
    .bind(to_ms(note.at))
    .bind(store.vault.seal(("request_notes.words", &note.id), &note.words))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)
}

/// As they stand.
pub(crate) async fn annulments_of(
    connection: &mut SqliteConnection,
    vault: &Vault,
    request: &Number,
) -> Result<Vec<Annulment>, StoreError> {
    let rows: Vec<AnnulmentRow> = query_as(
        "SELECT id, result, certificate, request, holder, provider, reason, words, proposed_by,
             proposed_at, outcome, ended_by, ended_at, remark
         FROM annulments WHERE request = ? ORDER BY proposed_at, id",
    )
    .bind(request.as_str())
    .fetch_all(connection)
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| row.read(vault)).collect()
}

/// As they stand.
pub(crate) async fn notes_of(
    connection: &mut SqliteConnection,
    vault: &Vault,
    request: &Number,
) -> Result<Vec<RequestNote>, StoreError> {
    let rows: Vec<NoteRow> = query_as(
        "SELECT id, request, author, author_name, workplace, at_ms, words
         FROM request_notes WHERE request = ? ORDER BY at_ms, id",
    )
    .bind(request.as_str())
    .fetch_all(connection)
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| row.read(vault)).collect()
}

#[derive(FromRow)]
struct AnnulmentRow {
    id: String,
    result: String,
    certificate: String,
    request: String,
    holder: String,
    provider: String,
    reason: String,
    words: String,
    proposed_by: String,
    proposed_at: i64,
    outcome: Option<String>,
    ended_by: Option<String>,
    ended_at: Option<i64>,
    remark: Option<String>,
}

impl AnnulmentRow {
    fn read(self, vault: &Vault) -> Result<Annulment, StoreError> {
        let id = self.id.as_str();
        let open = |column, text| vault.open((column, id), text);
        let has_remark = self.remark.is_some();
        let remark = open("annulments.remark", self.remark.unwrap_or_default())?;
        let words = open("annulments.words", self.words)?;
        let end = match (self.outcome, self.ended_by, self.ended_at) {
            (Some(outcome), Some(by), Some(at)) => Some(AnnulmentEnd {
                outcome: AnnulmentOutcome::parse(&outcome)
                    .ok_or(StoreError::Corrupt("annulments.outcome"))?,
                by: vault.iin(&by)?,
                at: moment(at)?,
                remark,
            }),
            (None, None, None) if !has_remark => None,
            _ => return Err(StoreError::Corrupt("annulments.outcome")),
        };
        Ok(Annulment {
            id: AnnulmentId(self.id),
            result: ResultId(self.result),
            certificate: number(&self.certificate)?,
            request: number(&self.request)?,
            holder: vault.iin(&self.holder)?,
            provider: kato(&self.provider)?,
            reason: AnnulmentReason::parse(&self.reason)
                .ok_or(StoreError::Corrupt("annulments.reason"))?,
            words,
            proposed_by: vault.iin(&self.proposed_by)?,
            proposed_at: moment(self.proposed_at)?,
            end,
        })
    }
}

#[derive(FromRow)]
struct NoteRow {
    id: String,
    request: String,
    author: String,
    author_name: String,
    workplace: String,
    at_ms: i64,
    words: String,
}

impl NoteRow {
    fn read(self, vault: &Vault) -> Result<RequestNote, StoreError> {
        Ok(RequestNote {
            request: number(&self.request)?,
            author: vault.iin(&self.author)?,
            author_name: vault.open(("request_notes.author_name", &self.id), self.author_name)?,
            workplace: Workplace::parse(&self.workplace)
                .ok_or(StoreError::Corrupt("request_notes.workplace"))?,
            at: moment(self.at_ms)?,
            words: vault.open(("request_notes.words", &self.id), self.words)?,
            id: self.id,
        })
    }
}
