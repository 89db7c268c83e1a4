//! What officers propose, as it stands in its rows. Read next: `office.rs`.

use app::{
    ClosedBy, ImportSummary, Proposal, ProposalId, ProposalKind, ProposalPreview, ProposalState,
    StoreError,
};
use domain::{Iin, Kato};
use sqlx::FromRow;
use vault::Vault;

use crate::codec::moment;

#[derive(FromRow)]
pub(crate) struct Row {
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
    /// As it was before it was written.
    fn opened(self, vault: &Vault) -> Result<Self, StoreError> {
        let id = self.id.as_str();
        let some = |column, text: Option<String>| {
            text.map(|text| vault.open((column, id), text)).transpose()
        };
        Ok(Self {
            officer: vault.digits(self.officer)?,
            file_name: vault.open(("import_proposals.file_name", id), self.file_name)?,
            reason: some("import_proposals.reason", self.reason)?,
            preview: some("import_proposals.preview", self.preview)?,
            closed_by: self.closed_by.map(|code| vault.digits(code)).transpose()?,
            remark: some("import_proposals.remark", self.remark)?,
            id: self.id,
            ..self
        })
    }

    pub(crate) fn read(self, vault: &Vault) -> Result<Proposal, StoreError> {
        let row = self.opened(vault)?;
        let (preview, closed) = (row.preview(), row.closed()?);
        Ok(Proposal {
            id: ProposalId(row.id),
            provider: kato(&row.provider)?,
            officer: iin(&row.officer)?,
            kind: ProposalKind::parse(&row.kind)
                .ok_or(StoreError::Corrupt("import_proposals.kind"))?,
            file_name: row.file_name,
            file_digest: row.file_digest,
            reason: row.reason,
            proposed_at: moment(row.proposed_at)?,
            asked_at: row.asked_at.map(moment).transpose()?,
            preview,
            state: ProposalState::parse(&row.state)
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

    fn closed(&self) -> Result<Option<ClosedBy>, StoreError> {
        let (Some(by), Some(at)) = (&self.closed_by, self.closed_at) else { return Ok(None) };
        Ok(Some(ClosedBy { officer: iin(by)?, at: moment(at)?, remark: self.remark.clone() }))
    }
}

fn iin(digits: &str) -> Result<Iin, StoreError> {
    Iin::parse(digits).map_err(|_| StoreError::Corrupt("an IIN"))
}

fn kato(text: &str) -> Result<Kato, StoreError> {
    Kato::parse(text).map_err(|_| StoreError::Corrupt("a provider"))
}
