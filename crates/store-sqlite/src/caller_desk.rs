//! What is done for callers. How often is the port's rule: what is counted is read under the write lock and given to it.

use app::{
    AuditEvent, CallLine, CallerAct, CallerActKind, CallerDesk, CallerTurn, EarlierAct,
    FaultReport, FaultReportKind, StoreError,
};
use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as};
use vault::{CALL_OPERATOR, Vault};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, number, to_ms};
use crate::error::fault;

#[async_trait]
impl CallerDesk for SqliteStore {
    async fn note_caller_act(
        &self,
        act: &CallerAct,
        audit: &AuditEvent,
    ) -> Result<CallerTurn, StoreError> {
        let mut transaction = self.write().await?;
        if let Some(until) = act.must_wait(&earlier(&mut transaction, &self.vault, act).await?) {
            return Ok(CallerTurn::Wait(until));
        }
        query(
            "INSERT INTO caller_acts (id, at_ms, operator, line, kind, person, number)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&act.id)
        .bind(to_ms(act.at))
        .bind(self.vault.alike(CALL_OPERATOR, &act.operator))
        .bind(act.line.code())
        .bind(act.kind.code())
        .bind(self.vault.person(act.person))
        .bind(act.number.as_ref().map(Number::as_str))
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(CallerTurn::Kept)
    }

    async fn notices_sent_again(
        &self,
        person: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        let rows: Vec<(String, i64)> = query_as(
            "SELECT number, at_ms FROM caller_acts WHERE person = ? AND kind = 'sent_again'
             ORDER BY at_ms DESC, id DESC LIMIT ?",
        )
        .bind(self.vault.person(person))
        .bind(limit)
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|(text, at)| Ok((number(&text)?, moment(at)?))).collect()
    }

    async fn put_fault_report(
        &self,
        report: &FaultReport,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        query(
            "INSERT INTO fault_reports (id, at_ms, operator, line, kind, words)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&report.id)
        .bind(to_ms(report.at))
        .bind(self.vault.alike(CALL_OPERATOR, &report.operator))
        .bind(report.line.code())
        .bind(report.kind.code())
        .bind(self.vault.seal(("fault_reports.words", &report.id), &report.words))
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)
    }

    async fn fault_reports(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<FaultReport>, StoreError> {
        let rows: Vec<ReportRow> = query_as(
            "SELECT id, at_ms, operator, line, kind, words FROM fault_reports WHERE at_ms >= ?
             ORDER BY at_ms DESC, id DESC LIMIT ?",
        )
        .bind(to_ms(since))
        .bind(limit)
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn fault_counts(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(FaultReportKind, u64)>, StoreError> {
        let rows: Vec<(String, i64)> =
            query_as("SELECT kind, COUNT(*) FROM fault_reports WHERE at_ms >= ? GROUP BY kind")
                .bind(to_ms(since))
                .fetch_all(self.read())
                .await
                .map_err(fault)?;
        counts(&rows)
    }
}

/// What was done before and may count.
async fn earlier(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    act: &CallerAct,
) -> Result<Vec<EarlierAct>, StoreError> {
    let rows: Vec<EarlierRow> = query_as(
        "SELECT id, at_ms, kind, person = $1 AS is_same_person, operator = $2 AS is_same_operator,
             number
         FROM caller_acts WHERE person = $1 AND at_ms > $3
         UNION SELECT id, at_ms, kind, person = $1, operator = $2, number
         FROM caller_acts WHERE operator = $2 AND at_ms > $3 AND kind = 'wrong_answer'",
    )
    .bind(vault.person(act.person))
    .bind(vault.alike(CALL_OPERATOR, &act.operator))
    .bind(to_ms(act.counts_since()))
    .fetch_all(transaction)
    .await
    .map_err(fault)?;
    rows.into_iter().map(EarlierRow::read).collect()
}

fn counts(rows: &[(String, i64)]) -> Result<Vec<(FaultReportKind, u64)>, StoreError> {
    let mut counts = Vec::new();
    for kind in FaultReportKind::ALL {
        let Some((_, count)) = rows.iter().find(|(word, _)| word == kind.code()) else { continue };
        let count = u64::try_from(*count).map_err(|_| StoreError::Corrupt("fault_reports"))?;
        counts.push((kind, count));
    }
    Ok(counts)
}

#[derive(FromRow)]
struct EarlierRow {
    at_ms: i64,
    kind: String,
    is_same_person: bool,
    is_same_operator: bool,
    number: Option<String>,
}

impl EarlierRow {
    fn read(self) -> Result<EarlierAct, StoreError> {
        Ok(EarlierAct {
            at: moment(self.at_ms)?,
            kind: CallerActKind::parse(&self.kind)
                .ok_or(StoreError::Corrupt("caller_acts.kind"))?,
            is_same_person: self.is_same_person,
            is_same_operator: self.is_same_operator,
            number: self.number.as_deref().map(number).transpose()?,
        })
    }
}

#[derive(FromRow)]
struct ReportRow {
    id: String,
    at_ms: i64,
    operator: String,
    line: String,
    kind: String,
    words: String,
}

impl ReportRow {
    fn read(self, vault: &Vault) -> Result<FaultReport, StoreError> {
        let words = vault.open(("fault_reports.words", &self.id), self.words)?;
        Ok(FaultReport {
            id: self.id,
            at: moment(self.at_ms)?,
            operator: vault.open_alike(CALL_OPERATOR, self.operator)?,
            line: CallLine::parse(&self.line).ok_or(StoreError::Corrupt("fault_reports.line"))?,
            kind: FaultReportKind::parse(&self.kind)
                .ok_or(StoreError::Corrupt("fault_reports.kind"))?,
            words,
        })
    }
}
