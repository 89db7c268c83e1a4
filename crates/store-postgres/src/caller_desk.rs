//! What is done for callers. How often is the port's rule: what is counted is read under locks of the person and of the
//! operator, and given to it.

use app::{
    AuditEvent, CallLine, CallerAct, CallerActKind, CallerDesk, CallerTurn, EarlierAct,
    FaultReport, FaultReportKind, StoreError,
};
use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::{CALL_OPERATOR, Vault};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, number, to_ms};
use crate::one_time_passwords::{PERSON, lock};
use crate::session::Session;

/// Class of advisory locks; an operator's is always taken behind a person's.
const OPERATOR: i32 = 1_735_903;

#[async_trait]
impl CallerDesk for PostgresStore {
    async fn note_caller_act(
        &self,
        act: &CallerAct,
        audit: &AuditEvent,
    ) -> Result<CallerTurn, StoreError> {
        self.within(note(self, act, audit)).await
    }

    async fn notices_sent_again(
        &self,
        person: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        let select = query_as(
            "SELECT number, at_ms FROM caller_acts WHERE person = $1 AND kind = 'sent_again'
             ORDER BY at_ms DESC, id DESC LIMIT $2",
        )
        .bind(self.vault.person(person))
        .bind(i64::from(limit));
        let rows: Vec<(String, i64)> = self.within(self.all(select)).await?;
        rows.into_iter().map(|(text, at)| Ok((number(&text)?, moment(at)?))).collect()
    }

    async fn put_fault_report(
        &self,
        report: &FaultReport,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.within(put_report(self, report, audit)).await
    }

    async fn fault_reports(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<FaultReport>, StoreError> {
        let select = query_as(
            "SELECT id, at_ms, operator, line, kind, words FROM fault_reports WHERE at_ms >= $1
             ORDER BY at_ms DESC, id DESC LIMIT $2",
        )
        .bind(to_ms(since))
        .bind(i64::from(limit));
        let rows: Vec<ReportRow> = self.within(self.all(select)).await?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn fault_counts(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(FaultReportKind, u64)>, StoreError> {
        let select =
            query_as("SELECT kind, COUNT(*) FROM fault_reports WHERE at_ms >= $1 GROUP BY kind");
        let rows: Vec<(String, i64)> = self.within(self.all(select.bind(to_ms(since)))).await?;
        counts(&rows)
    }
}

async fn note(
    store: &PostgresStore,
    act: &CallerAct,
    audit: &AuditEvent,
) -> Result<CallerTurn, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = note_in(&mut transaction, act, audit).await;
    transaction.end(outcome).await
}

async fn note_in(
    transaction: &mut Session,
    act: &CallerAct,
    audit: &AuditEvent,
) -> Result<CallerTurn, StoreError> {
    let person = transaction.vault.person(act.person);
    let operator = transaction.vault.alike(CALL_OPERATOR, &act.operator);
    lock(transaction, PERSON, &person).await?;
    lock(transaction, OPERATOR, &operator).await?;
    if let Some(until) = act.must_wait(&earlier(transaction, act).await?) {
        return Ok(CallerTurn::Wait(until));
    }
    let insert = query(
        "INSERT INTO caller_acts (id, at_ms, operator, line, kind, person, number)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&act.id)
    .bind(to_ms(act.at))
    .bind(operator)
    .bind(act.line.code())
    .bind(act.kind.code())
    .bind(person)
    .bind(act.number.as_ref().map(Number::as_str));
    transaction.execute(insert).await?;
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(CallerTurn::Kept)
}

async fn put_report(
    store: &PostgresStore,
    report: &FaultReport,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let outcome = put_report_in(&mut transaction, report, audit).await;
    transaction.end(outcome).await
}

async fn put_report_in(
    transaction: &mut Session,
    report: &FaultReport,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO fault_reports (id, at_ms, operator, line, kind, words)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&report.id)
    .bind(to_ms(report.at))
    .bind(transaction.vault.alike(CALL_OPERATOR, &report.operator))
    .bind(report.line.code())
    .bind(report.kind.code())
    .bind(transaction.vault.seal(("fault_reports.words", &report.id), &report.words));
    transaction.execute(insert).await?;
    append(transaction, std::slice::from_ref(audit)).await
}

/// What was done before and may count.
async fn earlier(
    transaction: &mut Session,
    act: &CallerAct,
) -> Result<Vec<EarlierAct>, StoreError> {
    let select = query_as(
        "SELECT id, at_ms, kind, person = $1 AS is_same_person, operator = $2 AS is_same_operator,
             number
         FROM caller_acts WHERE person = $1 AND at_ms > $3
         UNION SELECT id, at_ms, kind, person = $1, operator = $2, number
         FROM caller_acts WHERE operator = $2 AND at_ms > $3 AND kind = 'wrong_answer'",
    )
    .bind(transaction.vault.person(act.person))
    .bind(transaction.vault.alike(CALL_OPERATOR, &act.operator))
    .bind(to_ms(act.counts_since()));
    let rows: Vec<EarlierRow> = transaction.all(select).await?;
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
        Ok(FaultReport {
            at: moment(self.at_ms)?,
            operator: vault.open_alike(CALL_OPERATOR, self.operator)?,
            line: CallLine::parse(&self.line).ok_or(StoreError::Corrupt("fault_reports.line"))?,
            kind: FaultReportKind::parse(&self.kind)
                .ok_or(StoreError::Corrupt("fault_reports.kind"))?,
            words: vault.open(("fault_reports.words", &self.id), self.words)?,
            id: self.id,
        })
    }
}
