//! Consents beside their requests: withdrawals and the register.

use app::{
    AuditEvent, Channel, ConsentEntry, ConsentPeriod, ConsentRegister, ConsentWithdrawal, Step,
    StoreError, Withdrawn, refused_later,
};
use async_trait::async_trait;
use domain::{Answer, ConsentRecord, Iin, Number};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sqlx::{FromRow, query, query_as};
use vault::{Vault, row_key};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{from_word, moment, number, open_optional_json, to_ms};
use crate::session::Session;

#[async_trait]
impl ConsentRegister for PostgresStore {
    async fn withdraw_consent(
        &self,
        withdrawal: &ConsentWithdrawal,
        audit: &AuditEvent,
    ) -> Result<Withdrawn, StoreError> {
        self.within(withdraw(self, withdrawal, audit)).await
    }

    async fn withdrawal_of(
        &self,
        number: &Number,
    ) -> Result<Option<ConsentWithdrawal>, StoreError> {
        self.within(withdrawal_of(self, number)).await
    }

    async fn consents_by(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        self.within(consents_by(self, applicant, before, limit)).await
    }

    async fn consents_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        self.within(consents_between(self, period, limit)).await
    }
}

async fn withdrawal_of(
    store: &PostgresStore,
    number: &Number,
) -> Result<Option<ConsentWithdrawal>, StoreError> {
    let select = query_as("SELECT at_ms, channel FROM consent_withdrawals WHERE number = $1");
    let row: Option<(i64, String)> = store.optional(select.bind(number.as_str())).await?;
    row.map(|(at, channel)| read_withdrawal(number, at, &channel)).transpose()
}

async fn consents_by(
    store: &PostgresStore,
    applicant: Iin,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<ConsentEntry>, StoreError> {
    let select = query_as(
        "SELECT request.number, applicant, applicant_name, request.channel, accepted_at,
             withdrawal.at_ms AS withdrawn_at, kind, consent.decision, text_version, language,
             text, items, confirmation, decided.decision AS decided
         FROM requests AS request
         JOIN consents AS consent
             ON consent.number = request.number AND kind = 'restricted_data'
         LEFT JOIN consent_withdrawals AS withdrawal ON withdrawal.number = request.number
         LEFT JOIN decisions AS decided ON decided.number = request.number
         WHERE applicant = $1 AND accepted_at < $2
         ORDER BY accepted_at DESC, request.number DESC LIMIT $3",
    )
    .bind(store.vault.person(applicant))
    .bind(before.map_or(i64::MAX, to_ms))
    .bind(i64::from(limit));
    let rows: Vec<EntryRow> = store.all(select).await?;
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

async fn consents_between(
    store: &PostgresStore,
    period: &ConsentPeriod,
    limit: u32,
) -> Result<Vec<ConsentEntry>, StoreError> {
    let after = period.after.as_ref();
    let select = query_as(
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
    .bind(i64::from(limit));
    let rows: Vec<EntryRow> = store.all(select).await?;
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

async fn withdraw(
    store: &PostgresStore,
    withdrawal: &ConsentWithdrawal,
    audit: &AuditEvent,
) -> Result<Withdrawn, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = withdraw_in(&mut transaction, withdrawal, audit).await;
    transaction.end(outcome).await
}

/// Of parallel calls the second waits at the insertion until the first has committed.
async fn withdraw_in(
    transaction: &mut Session,
    withdrawal: &ConsentWithdrawal,
    audit: &AuditEvent,
) -> Result<Withdrawn, StoreError> {
    let (number, at) = (&withdrawal.number, to_ms(withdrawal.at));
    let insert = query(
        "INSERT INTO consent_withdrawals (number, at_ms, channel) VALUES ($1, $2, $3)
         ON CONFLICT (number) DO NOTHING",
    )
    .bind(number.as_str())
    .bind(at)
    .bind(withdrawal.channel.code());
    if transaction.execute(insert).await? == 0 {
        let before = withdrawal_row(transaction, number).await?;
        let (before, _) = before.ok_or(StoreError::Corrupt("consent_withdrawals"))?;
        return Ok(Withdrawn::Before(moment(before)?));
    }
    // The version goes up, so that whoever gathered evidence before the withdrawal cannot commit a decision by it.
    let update = query("UPDATE requests SET version = version + 1 WHERE number = $1 AND step = $2")
        .bind(number.as_str())
        .bind(Step::Registered.code());
    transaction.execute(update).await?;
    let update = query("UPDATE jobs SET run_at = LEAST(run_at, $2) WHERE number = $1")
        .bind(number.as_str())
        .bind(at);
    transaction.execute(update).await?;
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(Withdrawn::New)
}

/// Moment and channel as they stand.
pub(crate) async fn withdrawal_row(
    transaction: &mut Session,
    number: &Number,
) -> Result<Option<(i64, String)>, StoreError> {
    let select = query_as("SELECT at_ms, channel FROM consent_withdrawals WHERE number = $1");
    transaction.optional(select.bind(number.as_str())).await
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

/// What the register needs of a decision.
#[derive(Deserialize)]
struct Decided {
    evidence: Gathered,
    decided_at: Timestamp,
}

#[derive(Deserialize)]
struct Gathered {
    consent: Answer<IgnoredAny>,
}

impl Decided {
    /// When it was found that there is no consent.
    fn without_consent(self) -> Option<Timestamp> {
        matches!(self.evidence.consent, Answer::Absent).then_some(self.decided_at)
    }
}

impl RecordRow {
    pub(crate) fn read(self, vault: &Vault, number: &Number) -> Result<ConsentRecord, StoreError> {
        let row = row_key(number.as_str(), &self.kind);
        let place = |column| (column, row.as_str());
        let confirmation = place("consents.confirmation");
        Ok(ConsentRecord {
            kind: from_word(self.kind, "consents.kind")?,
            decision: from_word(self.decision, "consents.decision")?,
            text_version: self.text_version,
            language: from_word(self.language, "consents.language")?,
            text: vault.open(place("consents.text"), self.text)?,
            items: open_optional_json(vault, place("consents.items"), self.items)?,
            confirmation: open_optional_json(vault, confirmation, self.confirmation)?,
        })
    }
}

impl EntryRow {
    fn read(self, vault: &Vault) -> Result<ConsentEntry, StoreError> {
        let number = number(&self.number)?;
        let place = |column| (column, number.as_str());
        let channel = Channel::parse(&self.channel);
        let withdrawn_at = self.withdrawn_at.map(moment).transpose()?;
        let decided = self.decided.map(|json| vault.open_json(place("decisions.decision"), json));
        let decided_at = decided.transpose()?.and_then(Decided::without_consent);
        Ok(ConsentEntry {
            applicant: vault.iin(&self.applicant)?,
            applicant_name: vault.open(place("requests.applicant_name"), self.applicant_name)?,
            channel: channel.ok_or(StoreError::Corrupt("requests.channel"))?,
            decided_at: moment(self.accepted_at)?,
            withdrawn_at,
            refused_at: refused_later(decided_at, withdrawn_at),
            record: self.record.read(vault, &number)?,
            number,
        })
    }
}
