//! The outbox: filled from the journal behind a cursor, sent by leases.

use app::{
    AuditEvent, Message, MessageChannel, MessageEnd, MessageLease, MessageTopic, NoticeKind,
    OUTBOX_FILL_ROWS, Outbox, OutboxStanding, StoreError,
};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, number, to_ms};
use crate::error::fault;

/// [`app::MESSAGE_KEPT`] before `now`.
pub(crate) const EXPIRED: &str = "DELETE FROM outbox WHERE noticed_at <= ? - 1209600000";

#[async_trait]
impl Outbox for SqliteStore {
    async fn fill_outbox(
        &self,
        channels: &[MessageChannel],
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        // Idle nodes look every moment: they must not queue for the writing connection.
        let is_due = "SELECT head.sequence - cursor.sequence >= $1 OR EXISTS (
                 SELECT 1 FROM audit WHERE audit.sequence > cursor.sequence
                     AND action IN (SELECT value FROM json_each($2)))
             FROM outbox_cursor AS cursor, journal_head AS head";
        let is_due = query_scalar(is_due).bind(OUTBOX_FILL_ROWS).bind(actions());
        let is_due: Option<bool> = is_due.fetch_optional(self.read()).await.map_err(fault)?;
        if !is_due.ok_or(StoreError::Corrupt("outbox_cursor"))? {
            return Ok(false);
        }
        let mut transaction = self.write().await?;
        fill(&mut transaction, channels, since).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(true)
    }

    async fn lease_message(
        &self,
        channel: MessageChannel,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<MessageLease>, StoreError> {
        let any = "SELECT EXISTS (SELECT 1 FROM outbox WHERE channel = $2 AND ended_at IS NULL
             AND next_at <= $1 AND (leased_until IS NULL OR leased_until <= $1))";
        let any = query_scalar(any).bind(to_ms(now)).bind(channel.code());
        let any: bool = any.fetch_one(self.read()).await.map_err(fault)?;
        if !any {
            return Ok(None);
        }
        let rows: Vec<Row> = query_as(
            "UPDATE outbox SET attempts = attempts + (leased_until IS NOT NULL), fence = fence + 1,
                 leased_until = $3
             WHERE rowid = (SELECT rowid FROM outbox WHERE channel = $2 AND ended_at IS NULL
                 AND next_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
                 ORDER BY next_at, number, kind, occasion LIMIT 1)
             RETURNING number, kind, occasion, channel, noticed_at, attempts, fence",
        )
        .bind(to_ms(now))
        .bind(channel.code())
        .bind(to_ms(until))
        .fetch_all(self.write_once())
        .await
        .map_err(fault)?;
        rows.into_iter().next().map(Row::lease).transpose()
    }

    async fn end_message(
        &self,
        lease: &MessageLease,
        end: MessageEnd,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let update = "UPDATE outbox SET ended_at = $6, outcome = $7, leased_until = NULL
             WHERE number = $1 AND kind = $2 AND occasion = $3 AND channel = $4 AND fence = $5
                 AND leased_until IS NOT NULL";
        let topic = &lease.message.topic;
        let done = query(update)
            .bind(topic.number.as_str())
            .bind(topic.kind.code())
            .bind(topic.occasion)
            .bind(lease.message.channel.code())
            .bind(lease.fence)
            .bind(to_ms(audit.at))
            .bind(end.code())
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)
    }

    async fn postpone_message(
        &self,
        lease: &MessageLease,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        let update = "UPDATE outbox SET next_at = $6, attempts = attempts + 1, leased_until = NULL
             WHERE number = $1 AND kind = $2 AND occasion = $3 AND channel = $4 AND fence = $5
                 AND leased_until IS NOT NULL";
        let topic = &lease.message.topic;
        let done = query(update)
            .bind(topic.number.as_str())
            .bind(topic.kind.code())
            .bind(topic.occasion)
            .bind(lease.message.channel.code())
            .bind(lease.fence)
            .bind(to_ms(next_at))
            .execute(self.write_once())
            .await
            .map_err(fault)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    async fn outbox_standing(&self) -> Result<Vec<OutboxStanding>, StoreError> {
        let rows: Vec<(String, i64, Option<i64>)> = query_as(
            "SELECT channel, COUNT(*), MIN(noticed_at) FROM outbox WHERE ended_at IS NULL
             GROUP BY channel",
        )
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        MessageChannel::ALL.into_iter().map(|channel| standing(channel, &rows)).collect()
    }
}

fn standing(
    channel: MessageChannel,
    rows: &[(String, i64, Option<i64>)],
) -> Result<OutboxStanding, StoreError> {
    let row = rows.iter().find(|(code, ..)| code == channel.code());
    let waiting = row.map_or(0, |(_, count, _)| u64::try_from(*count).unwrap_or_default());
    let oldest = row.and_then(|(.., oldest)| *oldest).map(moment).transpose()?;
    Ok(OutboxStanding { channel, waiting, oldest })
}

/// What the journal says of notices.
fn actions() -> String {
    let actions: Vec<_> = NoticeKind::ALL.iter().map(|kind| kind.action().code()).collect();
    Value::from(actions).to_string()
}

async fn fill(
    transaction: &mut SqliteConnection,
    channels: &[MessageChannel],
    since: Timestamp,
) -> Result<(), StoreError> {
    let ends: (i64, i64) = query_as(
        "SELECT cursor.sequence, MIN(head.sequence, cursor.sequence + ?)
         FROM outbox_cursor AS cursor, journal_head AS head",
    )
    .bind(OUTBOX_FILL_ROWS)
    .fetch_one(&mut *transaction)
    .await
    .map_err(fault)?;
    let rows: Vec<JournalRow> = query_as(
        "SELECT sequence, at_ms, action, request, subject, detail FROM audit
         WHERE sequence > $1 AND sequence <= $2 AND at_ms >= $3
             AND action IN (SELECT value FROM json_each($4))
         ORDER BY sequence",
    )
    .bind(ends.0)
    .bind(ends.1)
    .bind(to_ms(since))
    .bind(actions())
    .fetch_all(&mut *transaction)
    .await
    .map_err(fault)?;
    for row in &rows {
        for channel in channels {
            insert(transaction, row, *channel).await?;
        }
    }
    query("UPDATE outbox_cursor SET sequence = ?")
        .bind(ends.1)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    Ok(())
}

async fn insert(
    transaction: &mut SqliteConnection,
    row: &JournalRow,
    channel: MessageChannel,
) -> Result<(), StoreError> {
    let topic = MessageTopic::of_row(row.sequence, &row.action, &row.request, &row.detail);
    let Some(topic) = topic else { return Ok(()) };
    query(
        "INSERT INTO outbox (number, kind, occasion, channel, noticed_at, next_at)
         SELECT $1, $2, $3, $4, $5, $5
         WHERE $4 <> 'email' OR EXISTS (SELECT 1 FROM email_addresses WHERE iin = $6)
         ON CONFLICT DO NOTHING",
    )
    .bind(topic.number.as_str())
    .bind(topic.kind.code())
    .bind(topic.occasion)
    .bind(channel.code())
    .bind(row.at_ms)
    .bind(&row.subject)
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

#[derive(FromRow)]
struct JournalRow {
    sequence: i64,
    at_ms: i64,
    action: String,
    request: String,
    subject: String,
    detail: String,
}

#[derive(FromRow)]
struct Row {
    number: String,
    kind: String,
    occasion: i64,
    channel: String,
    noticed_at: i64,
    attempts: i64,
    fence: i64,
}

impl Row {
    fn lease(self) -> Result<MessageLease, StoreError> {
        let corrupt = StoreError::Corrupt;
        let number: Number = number(&self.number)?;
        let kind = NoticeKind::parse(&self.kind).ok_or(corrupt("outbox.kind"))?;
        let channel = MessageChannel::parse(&self.channel).ok_or(corrupt("outbox.channel"))?;
        let message = Message {
            topic: MessageTopic { number, kind, occasion: self.occasion },
            channel,
            noticed_at: moment(self.noticed_at)?,
            attempts: u32::try_from(self.attempts).map_err(|_| corrupt("outbox.attempts"))?,
        };
        Ok(MessageLease { message, fence: self.fence })
    }
}
