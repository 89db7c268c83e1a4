//! Officers: their sessions, and what they propose to take into the registry.
//!
//! Read next: `registry.rs` for taking a proposal in.

use std::collections::HashMap;

use app::{
    AuditEvent, ImportBatch, ImportSummary, NewProposal, OfficeStore, OfficerSession, Proposal,
    ProposalEnd, ProposalId, ProposalPreview, RegistryRow, SessionToken, SessionWay, StoreError,
    Workplace, read_row,
};
use async_trait::async_trait;
use domain::Kato;
use jiff::Timestamp;
use sqlx::{SqliteConnection, query, query_as, query_scalar};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::error::fault;
use crate::proposal_rows::Row;
use crate::registry;

/// What goes when it has expired.
pub(crate) const EXPIRED: [&str; 2] = [
    "DELETE FROM officer_sessions WHERE expires_at <= ?",
    "DELETE FROM import_proposals WHERE kept_until <= ?",
];

#[async_trait]
impl OfficeStore for SqliteStore {
    async fn open_officer_session(
        &self,
        challenge_id: &str,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let used = query("DELETE FROM challenges WHERE id = ?")
            .bind(challenge_id)
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        if used.rows_affected() == 0 {
            return Err(StoreError::AlreadyUsed);
        }
        insert_session(&mut transaction, &self.vault, session).await?;
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)
    }

    async fn officer_session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<OfficerSession>, StoreError> {
        let row: Option<(String, String, String, i64, i64, i64)> = query_as(
            "SELECT iin, provider, way, signed_in_at, expires_at, ends_at FROM officer_sessions
             WHERE token = ? AND expires_at > ?",
        )
        .bind(&token.0)
        .bind(to_ms(now))
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        row.map(|(digits, provider, way, signed_in_at, expires_at, ends_at)| {
            Ok(OfficerSession {
                token: token.clone(),
                iin: self.vault.iin(&digits)?,
                workplace: workplace(&provider)?,
                way: session_way(&way)?,
                signed_in_at: moment(signed_in_at)?,
                expires_at: moment(expires_at)?,
                ends_at: moment(ends_at)?,
            })
        })
        .transpose()
    }

    async fn prolong_officer_session(
        &self,
        token: &SessionToken,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE officer_sessions SET expires_at = MIN(ends_at, ?2)
             WHERE token = ?1 AND expires_at < ?2",
        )
        .bind(&token.0)
        .bind(to_ms(expires_at))
        .execute(self.write_once())
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn close_officer_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        query("DELETE FROM officer_sessions WHERE token = ?")
            .bind(&token.0)
            .execute(self.write_once())
            .await
            .map_err(fault)?;
        Ok(())
    }

    async fn present_records(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, RegistryRow>, StoreError> {
        let mut connection = self.read().acquire().await.map_err(fault)?;
        let rows = registry::present_rows(&mut connection, &self.vault, keys).await?;
        let read = |(key, (_, payload)): (String, (i64, String))| Ok((key, read_row(&payload)?));
        rows.into_iter().map(read).collect()
    }

    async fn put_proposal(&self, proposal: &NewProposal) -> Result<(), StoreError> {
        let (vault, id) = (&self.vault, proposal.id.0.as_str());
        let reason = proposal.reason.as_ref();
        query(
            "INSERT INTO import_proposals (id, provider, officer, kind, file_name, file_digest,
                 content, reason, proposed_at, state, kept_until)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
        )
        .bind(&proposal.id.0)
        .bind(proposal.provider.as_str())
        .bind(self.vault.person(proposal.officer))
        .bind(proposal.kind.code())
        .bind(vault.seal(("import_proposals.file_name", id), &proposal.file_name))
        .bind(&proposal.file_digest)
        .bind(vault.seal_bytes(("import_proposals.content", id), &proposal.content))
        .bind(reason.map(|text| vault.seal(("import_proposals.reason", id), text)))
        .bind(to_ms(proposal.proposed_at))
        .bind(to_ms(proposal.kept_until))
        .execute(self.write_once())
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn proposal(
        &self,
        id: &ProposalId,
        provider: &Kato,
    ) -> Result<Option<Proposal>, StoreError> {
        let row: Option<Row> = query_as(
            "SELECT id, provider, officer, kind, file_name, file_digest, reason, proposed_at, asked_at,
                 faults, new_count, changed_count, ended_count, unchanged_count, preview, state,
                 closed_by, closed_at, remark
             FROM import_proposals WHERE id = ? AND provider = ?",
        )
        .bind(&id.0)
        .bind(provider.as_str())
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn proposal_content(&self, id: &ProposalId) -> Result<Option<Vec<u8>>, StoreError> {
        let content: Option<Option<Vec<u8>>> =
            query_scalar("SELECT content FROM import_proposals WHERE id = ?")
                .bind(&id.0)
                .fetch_optional(self.read())
                .await
                .map_err(fault)?;
        let place = ("import_proposals.content", id.0.as_str());
        content.flatten().map(|bytes| self.vault.open_bytes(place, bytes)).transpose()
    }

    async fn proposals_of(&self, provider: &Kato, limit: u32) -> Result<Vec<Proposal>, StoreError> {
        let rows: Vec<Row> = query_as(
            "SELECT id, provider, officer, kind, file_name, file_digest, reason, proposed_at, asked_at,
                 faults, new_count, changed_count, ended_count, unchanged_count, preview, state,
                 closed_by, closed_at, remark
             FROM import_proposals WHERE provider = ?
             ORDER BY state <> 'open', proposed_at DESC, id LIMIT ?",
        )
        .bind(provider.as_str())
        .bind(limit)
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn note_preview(
        &self,
        id: &ProposalId,
        preview: &ProposalPreview,
    ) -> Result<bool, StoreError> {
        let (faults, counts, digest) = columns(preview);
        let [new, changed, ended, unchanged] = counts;
        let done = query(
            "UPDATE import_proposals SET faults = ?, new_count = ?, changed_count = ?,
                 ended_count = ?, unchanged_count = ?, preview = ?
             WHERE id = ? AND state = 'open'",
        )
        .bind(faults)
        .bind(new)
        .bind(changed)
        .bind(ended)
        .bind(unchanged)
        .bind(digest.map(|text| self.vault.seal(("import_proposals.preview", &id.0), text)))
        .bind(&id.0)
        .execute(self.write_once())
        .await
        .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }

    async fn ask_second_person(
        &self,
        id: &ProposalId,
        reason: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = query(
            "UPDATE import_proposals SET reason = ?, asked_at = ?
             WHERE id = ? AND state = 'open' AND asked_at IS NULL",
        )
        .bind(self.vault.seal(("import_proposals.reason", &id.0), reason))
        .bind(to_ms(at))
        .bind(&id.0)
        .execute(self.write_once())
        .await
        .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }

    async fn close_proposal(&self, id: &ProposalId, end: &ProposalEnd) -> Result<bool, StoreError> {
        let remark = end.by.remark.as_ref();
        let done = query(
            "UPDATE import_proposals SET state = ?, closed_by = ?, closed_at = ?, remark = ?,
                 content = NULL
             WHERE id = ? AND state = 'open'",
        )
        .bind(end.state.code())
        .bind(self.vault.person(end.by.officer))
        .bind(to_ms(end.by.at))
        .bind(remark.map(|text| self.vault.seal(("import_proposals.remark", &id.0), text)))
        .bind(&id.0)
        .execute(self.write_once())
        .await
        .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }
}

pub(crate) async fn insert_session(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    session: &OfficerSession,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO officer_sessions (token, iin, provider, way, signed_in_at, expires_at, ends_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&session.token.0)
    .bind(vault.person(session.iin))
    .bind(session.workplace.code())
    .bind(session.way.code())
    .bind(to_ms(session.signed_in_at))
    .bind(to_ms(session.expires_at))
    .bind(to_ms(session.ends_at))
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

/// Closes the proposal that a batch takes in, in its transaction. `false` where it is closed already, or is another's or of
/// other bytes.
pub(crate) async fn take_in(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    batch: &ImportBatch,
    summary: ImportSummary,
) -> Result<bool, StoreError> {
    let (Some(id), Some(officer)) = (&batch.terms.proposal, batch.origin.officer) else {
        return Ok(batch.terms.proposal.is_none());
    };
    let [new, changed, ended, unchanged] = summary.counts();
    let done = query(
        "UPDATE import_proposals SET state = 'taken_in', content = NULL, closed_by = ?, closed_at = ?,
             new_count = ?, changed_count = ?, ended_count = ?, unchanged_count = ?
         WHERE id = ? AND state = 'open' AND provider = ? AND officer = ? AND file_digest = ?",
    )
    .bind(vault.person(batch.origin.confirmed_by.unwrap_or(officer)))
    .bind(to_ms(batch.entered_at))
    .bind(new)
    .bind(changed)
    .bind(ended)
    .bind(unchanged)
    .bind(&id.0)
    .bind(batch.entered_by.as_str())
    .bind(vault.person(officer))
    .bind(&batch.file_digest)
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(done.rows_affected() == 1)
}

/// Faults; new, changed, ended, unchanged; digest.
fn columns(preview: &ProposalPreview) -> (i64, [Option<i64>; 4], Option<&str>) {
    match preview {
        ProposalPreview::Faulty(faults) => {
            (i64::try_from(*faults).unwrap_or(i64::MAX), [None; 4], None)
        }
        ProposalPreview::Readable { summary, digest } => {
            (0, summary.counts().map(Some), Some(digest))
        }
    }
}

fn workplace(code: &str) -> Result<Workplace, StoreError> {
    Workplace::parse(code).ok_or(StoreError::Corrupt("a workplace"))
}

fn session_way(code: &str) -> Result<SessionWay, StoreError> {
    SessionWay::parse(code).ok_or(StoreError::Corrupt("officer_sessions.way"))
}
