//! Versions of the forms that documents are written by.

use app::{
    AuditEvent, FormColumns, FormDigests, FormEnd, FormEndColumns, FormId, FormOutcome,
    FormProposal, FormVersions, StoreError, StoredForm,
};
use async_trait::async_trait;
use domain::FormVersion;
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::{Vault, or_unopenable};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{from_json, moment, open_some, to_json, to_ms};
use crate::session::Session;

#[async_trait]
impl FormVersions for PostgresStore {
    async fn propose_form(
        &self,
        proposal: &FormProposal,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.within(propose(self, proposal, audit)).await
    }

    async fn end_form(&self, end: &FormEnd, audit: &AuditEvent) -> Result<bool, StoreError> {
        self.within(end_form(self, end, audit)).await
    }

    async fn form(&self, id: &FormId) -> Result<Option<StoredForm>, StoreError> {
        self.within(form(self, id)).await
    }

    async fn forms(&self, limit: u32) -> Result<Vec<StoredForm>, StoreError> {
        self.within(forms(self, limit)).await
    }

    async fn last_released_form(&self) -> Result<Option<StoredForm>, StoreError> {
        self.within(last_released(self)).await
    }

    async fn released_form(&self, number: u32) -> Result<Option<StoredForm>, StoreError> {
        self.within(released(self, number)).await
    }

    async fn form_in_force(&self, at: Timestamp) -> Result<Option<u32>, StoreError> {
        self.within(in_force(self, at)).await
    }

    async fn form_digests(&self) -> Result<FormDigests, StoreError> {
        self.within(digests(self)).await
    }
}

async fn propose(
    store: &PostgresStore,
    proposal: &FormProposal,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let outcome = propose_in(&mut transaction, proposal, audit).await;
    transaction.end(outcome).await
}

async fn propose_in(
    transaction: &mut Session,
    proposal: &FormProposal,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let (vault, id) = (&transaction.vault, proposal.id.0.as_str());
    let insert = query(
        "INSERT INTO form_versions
             (id, based_on, wording, basis, reason, proposed_by, proposed_name, proposed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&proposal.id.0)
    .bind(proposal.based_on.code())
    .bind(to_json(&proposal.wording)?)
    .bind(vault.seal(("form_versions.basis", id), &proposal.basis))
    .bind(vault.seal(("form_versions.reason", id), &proposal.reason))
    .bind(vault.person(proposal.proposed_by))
    .bind(vault.seal(("form_versions.proposed_name", id), &proposal.proposed_name))
    .bind(to_ms(proposal.proposed_at));
    transaction.execute(insert).await?;
    append(transaction, std::slice::from_ref(audit)).await
}

async fn end_form(
    store: &PostgresStore,
    end: &FormEnd,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = end_in(&mut transaction, end, audit).await;
    transaction.end(outcome).await
}

/// Of parallel calls the second waits at the insertion until the first has committed.
async fn end_in(
    transaction: &mut Session,
    end: &FormEnd,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let (number, effective_from) = end.outcome.columns();
    let insert = query(
        "INSERT INTO form_ends
             (id, proposed_by, outcome, number, effective_from, words, ended_by, ended_name,
             ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(&end.id.0)
    .bind(transaction.vault.person(end.proposed_by))
    .bind(end.outcome.code())
    .bind(number)
    .bind(effective_from)
    .bind(transaction.vault.seal(("form_ends.words", &end.id.0), &end.words))
    .bind(transaction.vault.person(end.by))
    .bind(transaction.vault.seal(("form_ends.ended_name", &end.id.0), &end.name))
    .bind(to_ms(end.at));
    if transaction.execute(insert).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

async fn form(store: &PostgresStore, id: &FormId) -> Result<Option<StoredForm>, StoreError> {
    let select = query_as(
        "SELECT form.id, based_on, wording, basis, reason, form.proposed_by, proposed_name,
             proposed_at, outcome, number, effective_from, words, ended_by, ended_name, ended_at
         FROM form_versions AS form LEFT JOIN form_ends AS ended ON ended.id = form.id
         WHERE form.id = $1",
    )
    .bind(&id.0);
    let row: Option<FormRow> = store.optional(select).await?;
    row.map(|row| row.read(&store.vault)).transpose()
}

async fn forms(store: &PostgresStore, limit: u32) -> Result<Vec<StoredForm>, StoreError> {
    let select = query_as(
        "SELECT form.id, based_on, wording, basis, reason, form.proposed_by, proposed_name,
             proposed_at, outcome, number, effective_from, words, ended_by, ended_name, ended_at
         FROM form_versions AS form LEFT JOIN form_ends AS ended ON ended.id = form.id
         ORDER BY proposed_at DESC, form.id DESC LIMIT $1",
    )
    .bind(i64::from(limit));
    let rows: Vec<FormRow> = store.all(select).await?;
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

async fn last_released(store: &PostgresStore) -> Result<Option<StoredForm>, StoreError> {
    let select = query_as(
        "SELECT form.id, based_on, wording, basis, reason, form.proposed_by, proposed_name,
             proposed_at, outcome, number, effective_from, words, ended_by, ended_name, ended_at
         FROM form_ends AS ended JOIN form_versions AS form ON form.id = ended.id
         WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1",
    );
    let row: Option<FormRow> = store.optional(select).await?;
    row.map(|row| row.read(&store.vault)).transpose()
}

async fn released(store: &PostgresStore, number: u32) -> Result<Option<StoredForm>, StoreError> {
    let select = query_as(
        "SELECT form.id, based_on, wording, basis, reason, form.proposed_by, proposed_name,
             proposed_at, outcome, number, effective_from, words, ended_by, ended_name, ended_at
         FROM form_ends AS ended JOIN form_versions AS form ON form.id = ended.id
         WHERE number = $1",
    )
    .bind(i64::from(number));
    let row: Option<FormRow> = store.optional(select).await?;
    row.map(|row| row.read(&store.vault)).transpose()
}

async fn in_force(store: &PostgresStore, at: Timestamp) -> Result<Option<u32>, StoreError> {
    let select = query_as("SELECT MAX(number) FROM form_ends WHERE effective_from <= $1");
    let row: Option<(Option<i64>,)> = store.optional(select.bind(to_ms(at))).await?;
    let corrupt = |_| StoreError::Corrupt("form_ends.number");
    row.and_then(|(number,)| number).map(u32::try_from).transpose().map_err(corrupt)
}

async fn digests(store: &PostgresStore) -> Result<FormDigests, StoreError> {
    let proposals: Vec<ProposalRow> = store
        .all(query_as(
            "SELECT id, based_on, wording, basis, reason, proposed_by, proposed_name, proposed_at
             FROM form_versions ORDER BY id",
        ))
        .await?;
    let ends: Vec<EndRow> = store
        .all(query_as(
            "SELECT id, proposed_by, outcome, number, effective_from, words, ended_by, ended_name,
                 ended_at
             FROM form_ends ORDER BY id",
        ))
        .await?;
    let proposals = proposals.into_iter().map(|row| row.digest(&store.vault));
    let ends = ends.into_iter().map(|row| row.digest(&store.vault));
    Ok(FormDigests {
        proposals: proposals.collect::<Result<_, _>>()?,
        ends: ends.collect::<Result<_, _>>()?,
    })
}

#[derive(FromRow)]
struct FormRow {
    id: String,
    based_on: String,
    wording: String,
    basis: String,
    reason: String,
    proposed_by: String,
    proposed_name: String,
    proposed_at: i64,
    outcome: Option<String>,
    number: Option<i64>,
    effective_from: Option<i64>,
    words: Option<String>,
    ended_by: Option<String>,
    ended_name: Option<String>,
    ended_at: Option<i64>,
}

impl FormRow {
    fn read(self, vault: &Vault) -> Result<StoredForm, StoreError> {
        let based_on = FormVersion::parse(&self.based_on);
        let proposed_name = ("form_versions.proposed_name", self.id.as_str());
        let ended_name = ("form_ends.ended_name", self.id.as_str());
        let ended_name = open_some(vault, ended_name, self.ended_name)?;
        let proposal = FormProposal {
            id: FormId(self.id.clone()),
            based_on: based_on.map_err(|_| StoreError::Corrupt("form_versions.based_on"))?,
            wording: from_json(&self.wording, "form_versions.wording")?,
            basis: vault.open(("form_versions.basis", &self.id), self.basis)?,
            reason: vault.open(("form_versions.reason", &self.id), self.reason)?,
            proposed_by: vault.iin(&self.proposed_by)?,
            proposed_name: vault.open(proposed_name, self.proposed_name)?,
            proposed_at: moment(self.proposed_at)?,
        };
        let (Some(outcome), Some(by), Some(at)) = (self.outcome, self.ended_by, self.ended_at)
        else {
            return Ok(StoredForm { proposal, end: None });
        };
        let outcome = FormOutcome::parse(&outcome, self.number, self.effective_from);
        let words = self.words.unwrap_or_default();
        let words = vault.open(("form_ends.words", &self.id), words)?;
        let end = FormEnd {
            id: FormId(self.id),
            proposed_by: proposal.proposed_by,
            outcome: outcome.ok_or(StoreError::Corrupt("form_ends.outcome"))?,
            words,
            by: vault.iin(&by)?,
            name: ended_name.unwrap_or_default(),
            at: moment(at)?,
        };
        Ok(StoredForm { proposal, end: Some(end) })
    }
}

#[derive(FromRow)]
struct ProposalRow {
    id: String,
    based_on: String,
    wording: String,
    basis: String,
    reason: String,
    proposed_by: String,
    proposed_name: String,
    proposed_at: i64,
}

impl ProposalRow {
    fn digest(self, vault: &Vault) -> Result<(String, String), StoreError> {
        let open = |column, text| or_unopenable(vault.open((column, &self.id), text));
        let proposed_by = or_unopenable(vault.digits(self.proposed_by))?;
        let proposed_name = open("form_versions.proposed_name", self.proposed_name)?;
        let basis = open("form_versions.basis", self.basis)?;
        let reason = open("form_versions.reason", self.reason)?;
        let columns = FormColumns {
            id: &self.id,
            based_on: &self.based_on,
            wording: &self.wording,
            basis: &basis,
            reason: &reason,
            proposed_by: &proposed_by,
            proposed_name: &proposed_name,
            proposed_at: self.proposed_at,
        };
        let digest = columns.digest();
        Ok((self.id, digest))
    }
}

#[derive(FromRow)]
struct EndRow {
    id: String,
    proposed_by: String,
    outcome: String,
    number: Option<i64>,
    effective_from: Option<i64>,
    words: String,
    ended_by: String,
    ended_name: String,
    ended_at: i64,
}

impl EndRow {
    fn digest(self, vault: &Vault) -> Result<(String, String), StoreError> {
        let open = |column, text| or_unopenable(vault.open((column, &self.id), text));
        let proposed_by = or_unopenable(vault.digits(self.proposed_by))?;
        let ended_by = or_unopenable(vault.digits(self.ended_by))?;
        let ended_name = open("form_ends.ended_name", self.ended_name)?;
        let words = open("form_ends.words", self.words)?;
        let columns = FormEndColumns {
            id: &self.id,
            proposed_by: &proposed_by,
            outcome: &self.outcome,
            number: self.number,
            effective_from: self.effective_from,
            words: &words,
            ended_by: &ended_by,
            ended_name: &ended_name,
            ended_at: self.ended_at,
        };
        let digest = columns.digest();
        Ok((self.id, digest))
    }
}
