//! Officers: their sessions, and what they propose to take into the registry.
//!
//! Read next: `registry.rs` for taking a proposal in.

use std::collections::HashMap;

use app::{
    AuditEvent, ClosedBy, ImportBatch, ImportSummary, NewProposal, OfficeStore, OfficerSession,
    Proposal, ProposalEnd, ProposalId, ProposalKind, ProposalPreview, ProposalState, RegistryRow,
    SessionToken, SessionWay, StoreError, Workplace, read_row,
};
use async_trait::async_trait;
use domain::Kato;
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, open_some, to_ms};
use crate::registry;
use crate::session::Session;

/// What goes when it has expired.
pub(crate) const EXPIRED: [&str; 2] = [
    "DELETE FROM officer_sessions WHERE token IN
         (SELECT token FROM officer_sessions WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
    "DELETE FROM import_proposals WHERE id IN
         (SELECT id FROM import_proposals WHERE kept_until <= $1 FOR UPDATE SKIP LOCKED)",
];

#[async_trait]
impl OfficeStore for PostgresStore {
    async fn open_officer_session(
        &self,
        challenge_id: &str,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let outcome = open_in(&mut transaction, challenge_id, session, audit).await;
        transaction.end(outcome).await
    }

    async fn officer_session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<OfficerSession>, StoreError> {
        let select = query_as(
            "SELECT iin, provider, way, signed_in_at, expires_at, ends_at FROM officer_sessions
             WHERE token = $1 AND expires_at > $2",
        )
        .bind(&token.0)
        .bind(to_ms(now));
        let row: Option<(String, String, String, i64, i64, i64)> = self.optional(select).await?;
        row.map(|(person, provider, way, signed_in_at, expires_at, ends_at)| {
            Ok(OfficerSession {
                token: token.clone(),
                iin: self.vault.iin(&person)?,
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
        let statement = query(
            "UPDATE officer_sessions SET expires_at = LEAST(ends_at, $2)
             WHERE token = $1 AND expires_at < $2",
        )
        .bind(&token.0)
        .bind(to_ms(expires_at));
        self.execute(statement).await?;
        Ok(())
    }

    async fn close_officer_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        let statement = query("DELETE FROM officer_sessions WHERE token = $1").bind(&token.0);
        self.execute(statement).await?;
        Ok(())
    }

    async fn present_records(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, RegistryRow>, StoreError> {
        let rows = self.all(registry::present_rows(keys)).await?;
        let rows = registry::by_key(&self.vault, rows)?;
        let read = |(key, (_, payload)): (String, (i64, String))| Ok((key, read_row(&payload)?));
        rows.into_iter().map(read).collect()
    }

    async fn put_proposal(&self, proposal: &NewProposal) -> Result<(), StoreError> {
        let (vault, id) = (&self.vault, proposal.id.0.as_str());
        let reason = proposal.reason.as_ref();
        let statement = query(
            "INSERT INTO import_proposals (id, provider, officer, kind, file_name, file_digest,
                 content, reason, proposed_at, state, kept_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10)",
        )
        .bind(id)
        .bind(proposal.provider.as_str())
        .bind(vault.person(proposal.officer))
        .bind(proposal.kind.code())
        .bind(vault.seal(("import_proposals.file_name", id), &proposal.file_name))
        .bind(&proposal.file_digest)
        .bind(vault.seal_bytes(("import_proposals.content", id), &proposal.content))
        .bind(reason.map(|text| vault.seal(("import_proposals.reason", id), text)))
        .bind(to_ms(proposal.proposed_at))
        .bind(to_ms(proposal.kept_until));
        self.execute(statement).await?;
        Ok(())
    }

    async fn proposal(
        &self,
        id: &ProposalId,
        provider: &Kato,
    ) -> Result<Option<Proposal>, StoreError> {
        let select = query_as(
            "SELECT id, provider, officer, kind, file_name, file_digest, reason, proposed_at, asked_at,
                 faults, new_count, changed_count, ended_count, unchanged_count, preview, state,
                 closed_by, closed_at, remark
             FROM import_proposals WHERE id = $1 AND provider = $2",
        )
        .bind(&id.0)
        .bind(provider.as_str());
        let row: Option<Row> = self.optional(select).await?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn proposal_content(&self, id: &ProposalId) -> Result<Option<Vec<u8>>, StoreError> {
        let select = query_as("SELECT content FROM import_proposals WHERE id = $1").bind(&id.0);
        let row: Option<(Option<Vec<u8>>,)> = self.optional(select).await?;
        let place = ("import_proposals.content", id.0.as_str());
        let content = row.and_then(|(content,)| content);
        content.map(|bytes| self.vault.open_bytes(place, bytes)).transpose()
    }

    async fn proposals_of(&self, provider: &Kato, limit: u32) -> Result<Vec<Proposal>, StoreError> {
        let select = query_as(
            "SELECT id, provider, officer, kind, file_name, file_digest, reason, proposed_at, asked_at,
                 faults, new_count, changed_count, ended_count, unchanged_count, preview, state,
                 closed_by, closed_at, remark
             FROM import_proposals WHERE provider = $1
             ORDER BY state <> 'open', proposed_at DESC, id LIMIT $2",
        )
        .bind(provider.as_str())
        .bind(i64::from(limit));
        let rows: Vec<Row> = self.all(select).await?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn note_preview(
        &self,
        id: &ProposalId,
        preview: &ProposalPreview,
    ) -> Result<bool, StoreError> {
        let (faults, counts, digest) = columns(preview);
        let [new, changed, ended, unchanged] = counts;
        let update = query(
            "UPDATE import_proposals SET faults = $1, new_count = $2, changed_count = $3,
                 ended_count = $4, unchanged_count = $5, preview = $6
             WHERE id = $7 AND state = 'open'",
        )
        .bind(faults)
        .bind(new)
        .bind(changed)
        .bind(ended)
        .bind(unchanged)
        .bind(digest.map(|text| self.vault.seal(("import_proposals.preview", &id.0), text)))
        .bind(&id.0);
        Ok(self.execute(update).await? == 1)
    }

    async fn ask_second_person(
        &self,
        id: &ProposalId,
        reason: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = query(
            "UPDATE import_proposals SET reason = $1, asked_at = $2
             WHERE id = $3 AND state = 'open' AND asked_at IS NULL",
        )
        .bind(self.vault.seal(("import_proposals.reason", &id.0), reason))
        .bind(to_ms(at))
        .bind(&id.0);
        Ok(self.execute(update).await? == 1)
    }

    async fn close_proposal(&self, id: &ProposalId, end: &ProposalEnd) -> Result<bool, StoreError> {
        let (vault, remark) = (&self.vault, end.by.remark.as_ref());
        let update = query(
            "UPDATE import_proposals SET state = $1, closed_by = $2, closed_at = $3, remark = $4,
                 content = NULL
             WHERE id = $5 AND state = 'open'",
        )
        .bind(end.state.code())
        .bind(vault.person(end.by.officer))
        .bind(to_ms(end.by.at))
        .bind(remark.map(|text| vault.seal(("import_proposals.remark", &id.0), text)))
        .bind(&id.0);
        Ok(self.execute(update).await? == 1)
    }
}

async fn open_in(
    transaction: &mut Session,
    challenge_id: &str,
    session: &OfficerSession,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let open = query(
        "WITH used AS (DELETE FROM challenges WHERE id = $1 RETURNING id)
         INSERT INTO officer_sessions (token, iin, provider, way, signed_in_at, expires_at, ends_at)
         SELECT $2, $3, $4, $5, $6, $7, $8 FROM used",
    )
    .bind(challenge_id)
    .bind(&session.token.0)
    .bind(transaction.vault.person(session.iin))
    .bind(session.workplace.code())
    .bind(session.way.code())
    .bind(to_ms(session.signed_in_at))
    .bind(to_ms(session.expires_at))
    .bind(to_ms(session.ends_at));
    if transaction.execute(open).await? == 0 {
        return Err(StoreError::AlreadyUsed);
    }
    append(transaction, std::slice::from_ref(audit)).await
}

pub(crate) async fn insert_session(
    transaction: &mut Session,
    session: &OfficerSession,
) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO officer_sessions (token, iin, provider, way, signed_in_at, expires_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&session.token.0)
    .bind(transaction.vault.person(session.iin))
    .bind(session.workplace.code())
    .bind(session.way.code())
    .bind(to_ms(session.signed_in_at))
    .bind(to_ms(session.expires_at))
    .bind(to_ms(session.ends_at));
    transaction.execute(insert).await?;
    Ok(())
}

/// Closes the proposal that a batch takes in, in its transaction. `false` where it is closed already, or is another's or of
/// other bytes.
pub(crate) async fn take_in(
    transaction: &mut Session,
    batch: &ImportBatch,
    summary: ImportSummary,
) -> Result<bool, StoreError> {
    let (Some(id), Some(officer)) = (&batch.terms.proposal, batch.origin.officer) else {
        return Ok(batch.terms.proposal.is_none());
    };
    let [new, changed, ended, unchanged] = summary.counts();
    let update = query(
        "UPDATE import_proposals SET state = 'taken_in', content = NULL, closed_by = $1, closed_at = $2,
             new_count = $3, changed_count = $4, ended_count = $5, unchanged_count = $6
         WHERE id = $7 AND state = 'open' AND provider = $8 AND officer = $9 AND file_digest = $10",
    )
    .bind(transaction.vault.person(batch.origin.confirmed_by.unwrap_or(officer)))
    .bind(to_ms(batch.entered_at))
    .bind(new)
    .bind(changed)
    .bind(ended)
    .bind(unchanged)
    .bind(&id.0)
    .bind(batch.entered_by.as_str())
    .bind(transaction.vault.person(officer))
    .bind(&batch.file_digest);
    Ok(transaction.execute(update).await? == 1)
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

#[derive(FromRow)]
struct Row {
    id: String,
    provider: String,
    officer: String,
    kind: String,
    file_name: String,
    file_digest: String,
    reason: Option<String>,
    proposed_at: i64,
    asked_at: Option<i64>,
    faults: Option<i64>,
    new_count: Option<i64>,
    changed_count: Option<i64>,
    ended_count: Option<i64>,
    unchanged_count: Option<i64>,
    preview: Option<String>,
    state: String,
    closed_by: Option<String>,
    closed_at: Option<i64>,
    remark: Option<String>,
}

impl Row {
    fn opened(self, vault: &Vault) -> Result<Self, StoreError> {
        let id = self.id.as_str();
        Ok(Self {
            file_name: vault.open(("import_proposals.file_name", id), self.file_name)?,
            reason: open_some(vault, ("import_proposals.reason", id), self.reason)?,
            preview: open_some(vault, ("import_proposals.preview", id), self.preview)?,
            remark: open_some(vault, ("import_proposals.remark", id), self.remark)?,
            ..self
        })
    }

    fn read(self, vault: &Vault) -> Result<Proposal, StoreError> {
        self.opened(vault)?.proposal(vault)
    }

    fn proposal(self, vault: &Vault) -> Result<Proposal, StoreError> {
        let (preview, closed) = (self.preview(), self.closed(vault)?);
        Ok(Proposal {
            id: ProposalId(self.id),
            provider: kato(&self.provider)?,
            officer: vault.iin(&self.officer)?,
            kind: ProposalKind::parse(&self.kind)
                .ok_or(StoreError::Corrupt("import_proposals.kind"))?,
            file_name: self.file_name,
            file_digest: self.file_digest,
            reason: self.reason,
            proposed_at: moment(self.proposed_at)?,
            asked_at: self.asked_at.map(moment).transpose()?,
            preview,
            state: ProposalState::parse(&self.state)
                .ok_or(StoreError::Corrupt("import_proposals.state"))?,
            closed,
        })
    }

    fn preview(&self) -> Option<ProposalPreview> {
        let count = |column: Option<i64>| u64::try_from(column.unwrap_or_default()).unwrap_or(0);
        match (self.faults?, &self.preview) {
            (0, Some(digest)) => {
                let summary = ImportSummary {
                    new: count(self.new_count),
                    changed: count(self.changed_count),
                    ended: count(self.ended_count),
                    unchanged: count(self.unchanged_count),
                };
                Some(ProposalPreview::Readable { summary, digest: digest.clone() })
            }
            (faults, _) => Some(ProposalPreview::Faulty(count(Some(faults)))),
        }
    }

    fn closed(&self, vault: &Vault) -> Result<Option<ClosedBy>, StoreError> {
        let (Some(by), Some(at)) = (&self.closed_by, self.closed_at) else { return Ok(None) };
        let officer = vault.iin(by)?;
        Ok(Some(ClosedBy { officer, at: moment(at)?, remark: self.remark.clone() }))
    }
}

fn kato(text: &str) -> Result<Kato, StoreError> {
    Kato::parse(text).map_err(|_| StoreError::Corrupt("a provider"))
}

fn workplace(code: &str) -> Result<Workplace, StoreError> {
    Workplace::parse(code).ok_or(StoreError::Corrupt("a workplace"))
}

fn session_way(code: &str) -> Result<SessionWay, StoreError> {
    SessionWay::parse(code).ok_or(StoreError::Corrupt("officer_sessions.way"))
}
