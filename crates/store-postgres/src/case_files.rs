//! Annulments of certificates and notes, beside their requests.

use app::{
    Annulment, AnnulmentEnd, AnnulmentId, AnnulmentOutcome, AnnulmentReason, AuditEvent, CaseFiles,
    RequestCounts, RequestNote, ResultId, StoreError, StoredRequest, Workplace,
};
use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, number, open_some, to_ms};
use crate::record_desk::kato;
use crate::requests::{RequestRow, read_request};
use crate::session::Session;

#[async_trait]
impl CaseFiles for PostgresStore {
    async fn propose_annulment(
        &self,
        annulment: &Annulment,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.within(async {
            let mut transaction = self.write().await?;
            let outcome = propose_in(&mut transaction, annulment, audit).await;
            transaction.end(outcome).await
        })
        .await
    }

    async fn end_annulment(
        &self,
        id: &AnnulmentId,
        end: &AnnulmentEnd,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.within(async {
            let mut transaction = self.write().await?;
            let outcome = end_in(&mut transaction, id, end, audit).await;
            transaction.end(outcome).await
        })
        .await
    }

    async fn annulment(&self, id: &AnnulmentId) -> Result<Option<Annulment>, StoreError> {
        let select = query_as(
            "SELECT id, result, certificate, request, holder, provider, reason, words, proposed_by,
                 proposed_at, outcome, ended_by, ended_at, remark
             FROM annulments WHERE id = $1",
        )
        .bind(&id.0);
        let row: Option<AnnulmentRow> = self.within(self.optional(select)).await?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn annulments_of(&self, request: &Number) -> Result<Vec<Annulment>, StoreError> {
        self.within(async {
            let mut snapshot = self.snapshot().await?;
            let outcome = annulments_of(&mut snapshot, request).await;
            snapshot.end(outcome).await
        })
        .await
    }

    async fn annulled_at(&self, result: &ResultId) -> Result<Option<Timestamp>, StoreError> {
        let select =
            query_as("SELECT ended_at FROM annulments WHERE result = $1 AND outcome = 'confirmed'")
                .bind(&result.0);
        let row: Option<(i64,)> = self.within(self.optional(select)).await?;
        row.map(|(at,)| moment(at)).transpose()
    }

    async fn open_annulments(&self, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        let select = query_as(
            "SELECT id, result, certificate, request, holder, provider, reason, words, proposed_by,
                 proposed_at, outcome, ended_by, ended_at, remark
             FROM annulments WHERE outcome IS NULL ORDER BY proposed_at, id LIMIT $1",
        )
        .bind(i64::from(limit));
        let rows: Vec<AnnulmentRow> = self.within(self.all(select)).await?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn annulled_of(&self, holder: Iin, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        let select = query_as(
            "SELECT id, result, certificate, request, holder, provider, reason, words, proposed_by,
                 proposed_at, outcome, ended_by, ended_at, remark
             FROM annulments WHERE holder = $1 AND outcome = 'confirmed'
             ORDER BY ended_at DESC, id LIMIT $2",
        )
        .bind(self.vault.person(holder))
        .bind(i64::from(limit));
        let rows: Vec<AnnulmentRow> = self.within(self.all(select)).await?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn put_note(&self, note: &RequestNote, audit: &AuditEvent) -> Result<(), StoreError> {
        self.within(async {
            let mut transaction = self.write().await?;
            let outcome = put_note_in(&mut transaction, note, audit).await;
            transaction.end(outcome).await
        })
        .await
    }

    async fn notes_of(&self, request: &Number) -> Result<Vec<RequestNote>, StoreError> {
        self.within(async {
            let mut snapshot = self.snapshot().await?;
            let outcome = notes_of(&mut snapshot, request).await;
            snapshot.end(outcome).await
        })
        .await
    }

    async fn requests_due(
        &self,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        let select = query_as(
            "SELECT number, applicant_name, request, accepted_at, due_at, channel, state, step, version,
                 ended_at
             FROM requests WHERE ended_at IS NULL AND due_at <= $1 ORDER BY due_at, number LIMIT $2",
        )
        .bind(to_ms(due_before))
        .bind(i64::from(limit));
        let rows: Vec<RequestRow> = self.within(self.all(select)).await?;
        rows.into_iter().map(|row| read_request(&self.vault, row)).collect()
    }

    async fn request_counts(&self, since: Timestamp) -> Result<RequestCounts, StoreError> {
        let select = query_as(
            "SELECT COUNT(*), COUNT(ended_at),
                 (SELECT COUNT(*) FROM requests WHERE ended_at IS NULL)
             FROM requests WHERE accepted_at >= $1",
        )
        .bind(to_ms(since));
        let row: Option<(i64, i64, i64)> = self.within(self.optional(select)).await?;
        let (accepted, answered, open) = row.unwrap_or_default();
        Ok(RequestCounts {
            accepted: accepted.unsigned_abs(),
            answered: answered.unsigned_abs(),
            open: open.unsigned_abs(),
        })
    }
}

/// Of parallel proposals the second waits at the insertion until the first has committed.
async fn propose_in(
    transaction: &mut Session,
    annulment: &Annulment,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let (vault, id) = (&transaction.vault, annulment.id.0.as_str());
    let insert = query(
        "INSERT INTO annulments (id, result, certificate, request, holder, provider, reason, words,
             proposed_by, proposed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (result) WHERE outcome IS NULL OR outcome = 'confirmed' DO NOTHING",
    )
    .bind(id)
    .bind(&annulment.result.0)
    .bind(annulment.certificate.as_str())
    .bind(annulment.request.as_str())
    .bind(vault.person(annulment.holder))
    .bind(annulment.provider.as_str())
    .bind(annulment.reason.code())
    .bind(vault.seal(("annulments.words", id), &annulment.words))
    .bind(vault.person(annulment.proposed_by))
    .bind(to_ms(annulment.proposed_at));
    if transaction.execute(insert).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

async fn end_in(
    transaction: &mut Session,
    id: &AnnulmentId,
    end: &AnnulmentEnd,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let update = query(
        "UPDATE annulments SET outcome = $2, ended_by = $3, ended_at = $4, remark = $5
         WHERE id = $1 AND outcome IS NULL AND ($2 = 'withdrawn') = (proposed_by = $3)",
    )
    .bind(&id.0)
    .bind(end.outcome.code())
    .bind(transaction.vault.person(end.by))
    .bind(to_ms(end.at))
    .bind(transaction.vault.seal(("annulments.remark", &id.0), &end.remark));
    if transaction.execute(update).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

async fn put_note_in(
    transaction: &mut Session,
    note: &RequestNote,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let (vault, id) = (&transaction.vault, note.id.as_str());
    let insert = query(
        "INSERT INTO request_notes (id, request, author, author_name, workplace, at_ms, words)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(note.request.as_str())
    .bind(vault.person(note.author))
    .bind(vault.seal(("request_notes.author_name", id), &note.author_name))
    .bind(note.workplace.code())
    .bind(to_ms(note.at))
    .bind(vault.seal(("request_notes.words", id), &note.words));
    transaction.execute(insert).await?;
    append(transaction, std::slice::from_ref(audit)).await
}

/// As they stand.
pub(crate) async fn annulments_of(
    session: &mut Session,
    request: &Number,
) -> Result<Vec<Annulment>, StoreError> {
    let select = query_as(
        "SELECT id, result, certificate, request, holder, provider, reason, words, proposed_by,
             proposed_at, outcome, ended_by, ended_at, remark
         FROM annulments WHERE request = $1 ORDER BY proposed_at, id",
    )
    .bind(request.as_str());
    let rows: Vec<AnnulmentRow> = session.all(select).await?;
    rows.into_iter().map(|row| row.read(&session.vault)).collect()
}

/// As they stand.
pub(crate) async fn notes_of(
    session: &mut Session,
    request: &Number,
) -> Result<Vec<RequestNote>, StoreError> {
    let select = query_as(
        "SELECT id, request, author, author_name, workplace, at_ms, words
         FROM request_notes WHERE request = $1 ORDER BY at_ms, id",
    )
    .bind(request.as_str());
    let rows: Vec<NoteRow> = session.all(select).await?;
    rows.into_iter().map(|row| row.read(&session.vault)).collect()
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
        let remark = open_some(vault, ("annulments.remark", &self.id), self.remark)?;
        let end = match (self.outcome, self.ended_by, self.ended_at) {
            (Some(outcome), Some(by), Some(at)) => Some(AnnulmentEnd {
                outcome: AnnulmentOutcome::parse(&outcome)
                    .ok_or(StoreError::Corrupt("annulments.outcome"))?,
                by: vault.iin(&by)?,
                at: moment(at)?,
                remark: remark.unwrap_or_default(),
            }),
            (None, None, None) if remark.is_none() => None,
            _ => return Err(StoreError::Corrupt("annulments.outcome")),
        };
        Ok(Annulment {
            result: ResultId(self.result),
            certificate: number(&self.certificate)?,
            request: number(&self.request)?,
            holder: vault.iin(&self.holder)?,
            provider: kato(&self.provider)?,
            reason: AnnulmentReason::parse(&self.reason)
                .ok_or(StoreError::Corrupt("annulments.reason"))?,
            words: vault.open(("annulments.words", &self.id), self.words)?,
            proposed_by: vault.iin(&self.proposed_by)?,
            proposed_at: moment(self.proposed_at)?,
            end,
            id: AnnulmentId(self.id),
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
        let author_name = ("request_notes.author_name", self.id.as_str());
        Ok(RequestNote {
            request: number(&self.request)?,
            author: vault.iin(&self.author)?,
            author_name: vault.open(author_name, self.author_name)?,
            workplace: Workplace::parse(&self.workplace)
                .ok_or(StoreError::Corrupt("request_notes.workplace"))?,
            at: moment(self.at_ms)?,
            words: vault.open(("request_notes.words", &self.id), self.words)?,
            id: self.id,
        })
    }
}
