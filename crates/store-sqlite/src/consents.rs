//! Consents beside their requests: withdrawals and the register.

use app::{
    AuditEvent, Channel, ConsentEntry, ConsentPeriod, ConsentRegister, ConsentWithdrawal, Step,
    StoreError, StoredDecision, Withdrawn, refused_later,
};
use async_trait::async_trait;
use domain::{Answer, ConsentRecord, Iin, Number};
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as};
use vault::{Vault, row_key};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{from_optional_json, from_word, moment, number, to_ms};
use crate::error::fault;

#[async_trait]
impl ConsentRegister for SqliteStore {
    async fn withdraw_consent(
        &self,
        withdrawal: &ConsentWithdrawal,
        audit: &AuditEvent,
    ) -> Result<Withdrawn, StoreError> {
        withdraw(self, withdrawal, audit).await
    }

    async fn withdrawal_of(
        &self,
        number: &Number,
    ) -> Result<Option<ConsentWithdrawal>, StoreError> {
        let mut connection = self.read().acquire().await.map_err(fault)?;
        let row = withdrawal_row(&mut connection, number).await?;
        row.map(|(at, channel)| read_withdrawal(number, at, &channel)).transpose()
    }

    async fn consents_by(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        let rows: Vec<EntryRow> = query_as(
            "SELECT request.number, applicant, applicant_name, request.channel, accepted_at,
                 withdrawal.at_ms AS withdrawn_at, kind, consent.decision, text_version, language,
                 text, items, confirmation, decided.decision AS decided
             FROM requests AS request
             JOIN consents AS consent
                 ON consent.number = request.number AND kind = 'restricted_data'
             LEFT JOIN consent_withdrawals AS withdrawal ON withdrawal.number = request.number
             LEFT JOIN decisions AS decided ON decided.number = request.number
             WHERE applicant = ? AND accepted_at < ?
             ORDER BY accepted_at DESC, request.number DESC LIMIT ?",
        )
        .bind(self.vault.person(applicant))
        .bind(before.map_or(i64::MAX, to_ms))
        .bind(limit)
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn consents_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        let after = period.after.as_ref();
        let rows: Vec<EntryRow> = query_as(
            "WITH wanted AS (
                 SELECT * FROM (SELECT request.number, accepted_at FROM requests AS request
                     JOIN consents AS consent
                         ON consent.number = request.number AND kind = 'restricted_data'
                     WHERE accepted_at >= $1 AND accepted_at < $2
                         AND (accepted_at, request.number) > ($3, $4)
                     ORDER BY accepted_at, request.number LIMIT $5) AS decided_then
                 UNION
                 SELECT * FROM (SELECT request.number, accepted_at FROM consent_withdrawals AS withdrawal
                     JOIN requests AS request ON request.number = withdrawal.number
                     WHERE at_ms >= $1 AND at_ms < $2 AND (accepted_at, request.number) > ($3, $4)
                     ORDER BY accepted_at, request.number LIMIT $5) AS withdrawn_then)
             SELECT request.number, applicant, applicant_name, request.channel,
                 request.accepted_at,
                 withdrawal.at_ms AS withdrawn_at, kind, consent.decision, text_version, language,
                 text, items, confirmation, decided.decision AS decided
             FROM wanted JOIN requests AS request ON request.number = wanted.number
             JOIN consents AS consent
                 ON consent.number = request.number AND kind = 'restricted_data'
             LEFT JOIN consent_withdrawals AS withdrawal ON withdrawal.number = request.number
             LEFT JOIN decisions AS decided ON decided.number = request.number
             ORDER BY request.accepted_at, request.number LIMIT $5",
        )
        .bind(to_ms(period.from))
        .bind(to_ms(period.until))
        .bind(after.map_or(i64::MIN, |(at, _)| to_ms(*at)))
        .bind(after.map(|(_, number)| number.as_str()).unwrap_or_default())
        .bind(limit)
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }
}

async fn withdraw(
    store: &SqliteStore,
    withdrawal: &ConsentWithdrawal,
    audit: &AuditEvent,
) -> Result<Withdrawn, StoreError> {
    let (number, at) = (&withdrawal.number, to_ms(withdrawal.at));
    let mut transaction = store.write().await?;
    if let Some((before, _)) = withdrawal_row(&mut transaction, number).await? {
        return Ok(Withdrawn::Before(moment(before)?));
    }
    // The version goes up, so that whoever gathered evidence before the withdrawal cannot commit a decision by it.
    query(
        "INSERT INTO consent_withdrawals (number, at_ms, channel) VALUES ($1, $2, $3);
         UPDATE requests SET version = version + 1 WHERE number = $1 AND step = $4;
         UPDATE jobs SET run_at = MIN(run_at, $2) WHERE number = $1;",
    )
    .bind(number.as_str())
    .bind(at)
    .bind(withdrawal.channel.code())
    .bind(Step::Registered.code())
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(Withdrawn::New)
}

/// Moment and channel as they stand.
pub(crate) async fn withdrawal_row(
    connection: &mut SqliteConnection,
    number: &Number,
) -> Result<Option<(i64, String)>, StoreError> {
    query_as("SELECT at_ms, channel FROM consent_withdrawals WHERE number = ?")
        .bind(number.as_str())
        .fetch_optional(connection)
        .await
        .map_err(fault)
}

fn read_withdrawal(
    number: &Number,
    at: i64,
    channel: &str,
) -> Result<ConsentWithdrawal, StoreError> {
    let corrupt = StoreError::Corrupt("consent_withdrawals.channel");
    let channel = Channel::parse(channel).ok_or(corrupt)?;
    Ok(ConsentWithdrawal { number: number.clone(), at: moment(at)?, channel })
}

#[derive(FromRow)]
struct EntryRow {
    number: String,
    applicant: String,
    applicant_name: String,
    channel: String,
    accepted_at: i64,
    withdrawn_at: Option<i64>,
    decided: Option<String>,
    #[sqlx(flatten)]
    record: RecordRow,
}

/// A consent as it stands.
#[derive(FromRow)]
pub(crate) struct RecordRow {
    kind: String,
    decision: String,
    text_version: String,
    language: String,
    text: String,
    items: String,
    confirmation: String,
}

impl RecordRow {
    pub(crate) fn read(self, vault: &Vault, number: &Number) -> Result<ConsentRecord, StoreError> {
        let row = row_key(number.as_str(), &self.kind);
        let items = vault.open(("consents.items", &row), self.items)?;
        let confirmation = vault.open(("consents.confirmation", &row), self.confirmation)?;
        Ok(ConsentRecord {
            kind: from_word(self.kind, "consents.kind")?,
            decision: from_word(self.decision, "consents.decision")?,
            text_version: self.text_version,
            language: from_word(self.language, "consents.language")?,
            text: vault.open(("consents.text", &row), self.text)?,
            items: from_optional_json(&items, "consents.items")?,
            confirmation: from_optional_json(&confirmation, "consents.confirmation")?,
        })
    }
}

impl EntryRow {
    fn read(self, vault: &Vault) -> Result<ConsentEntry, StoreError> {
        let channel = Channel::parse(&self.channel);
        let withdrawn_at = self.withdrawn_at.map(moment).transpose()?;
        let place = ("decisions.decision", self.number.as_str());
        let decided: Option<StoredDecision> =
            self.decided.map(|stored| vault.open_json(place, stored)).transpose()?;
        let without = decided.filter(|one| one.evidence.consent == Answer::Absent);
        let name = vault.open(("requests.applicant_name", &self.number), self.applicant_name)?;
        let number = number(&self.number)?;
        Ok(ConsentEntry {
            record: self.record.read(vault, &number)?,
            number,
            applicant: vault.iin(&self.applicant)?,
            applicant_name: name,
            channel: channel.ok_or(StoreError::Corrupt("requests.channel"))?,
            decided_at: moment(self.accepted_at)?,
            withdrawn_at,
            refused_at: refused_later(without.map(|one| one.decided_at), withdrawn_at),
        })
    }
}
