//! The outbox: filled from the journal behind a cursor, sent by leases. An end is written with what else this node writes into the
//! journal at that moment.

use app::{
    AuditEvent, Message, MessageChannel, MessageEnd, MessageLease, MessageTopic, NoticeKind,
    OUTBOX_FILL_ROWS, Outbox, OutboxStanding, StoreError,
};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};

use crate::PostgresStore;
use crate::batch;
use crate::codec::{moment, number, to_ms};
use crate::session::Session;

/// [`app::MESSAGE_KEPT`] before `now`.
pub(crate) const EXPIRED: &str = "DELETE FROM outbox WHERE (number, kind, occasion, channel) IN
    (SELECT number, kind, occasion, channel FROM outbox WHERE noticed_at <= $1 - 1209600000
     FOR UPDATE SKIP LOCKED)";

#[async_trait]
impl Outbox for PostgresStore {
    async fn fill_outbox(
        &self,
        channels: &[MessageChannel],
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        // Idle nodes look every moment, and write nothing.
        let is_due = query_as(
            "SELECT head.sequence - cursor.sequence >= $1 OR EXISTS (
                 SELECT 1 FROM audit WHERE audit.sequence > cursor.sequence AND action = ANY ($2))
             FROM outbox_cursor AS cursor, journal_head AS head",
        )
        .bind(OUTBOX_FILL_ROWS)
        .bind(actions());
        let is_due: Option<(bool,)> = self.within(self.optional(is_due)).await?;
        let (is_due,) = is_due.ok_or(StoreError::Corrupt("outbox_cursor"))?;
        if !is_due {
            return Ok(false);
        }
        self.within(async {
            let mut transaction = self.write().await?;
            let outcome = fill_in(&mut transaction, channels, since).await;
            transaction.end(outcome).await
        })
        .await
    }

    /// Nodes pass by what another is leasing at this moment.
    async fn lease_message(
        &self,
        channel: MessageChannel,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<MessageLease>, StoreError> {
        let lease = query_as(
            "WITH turn AS (
                 SELECT number, kind, occasion, channel FROM outbox
                 WHERE channel = $2 AND ended_at IS NULL AND next_at <= $1
                     AND (leased_until IS NULL OR leased_until <= $1)
                 ORDER BY next_at, number, kind, occasion LIMIT 1 FOR UPDATE SKIP LOCKED)
             UPDATE outbox AS one SET
                 attempts = attempts + CASE WHEN leased_until IS NULL THEN 0 ELSE 1 END,
                 fence = fence + 1, leased_until = $3
             FROM turn WHERE (one.number, one.kind, one.occasion, one.channel)
                 = (turn.number, turn.kind, turn.occasion, turn.channel)
             RETURNING one.number, one.kind, one.occasion, one.channel, one.noticed_at,
                 one.attempts, one.fence",
        )
        .bind(to_ms(now))
        .bind(channel.code())
        .bind(to_ms(until));
        let row: Option<Row> = self.within(self.execute_returning(lease)).await?;
        row.map(Row::lease).transpose()
    }

    async fn end_message(
        &self,
        lease: &MessageLease,
        end: MessageEnd,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.within(batch::end_message(self, lease, end, audit)).await
    }

    async fn postpone_message(
        &self,
        lease: &MessageLease,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        let topic = &lease.message.topic;
        let update = query(
            "UPDATE outbox SET next_at = $6, attempts = attempts + 1, leased_until = NULL
             WHERE number = $1 AND kind = $2 AND occasion = $3 AND channel = $4 AND fence = $5
                 AND leased_until IS NOT NULL",
        )
        .bind(topic.number.as_str())
        .bind(topic.kind.code())
        .bind(topic.occasion)
        .bind(lease.message.channel.code())
        .bind(lease.fence)
        .bind(to_ms(next_at));
        let changed = self.within(self.execute(update)).await?;
        if changed == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    async fn outbox_standing(&self) -> Result<Vec<OutboxStanding>, StoreError> {
        let select = query_as(
            "SELECT channel, COUNT(*), MIN(noticed_at) FROM outbox WHERE ended_at IS NULL
             GROUP BY channel",
        );
        let rows: Vec<(String, i64, Option<i64>)> = self.within(self.all(select)).await?;
        MessageChannel::ALL.into_iter().map(|channel| standing(channel, &rows)).collect()
    }
}

/// Ends a message within a batch; its journal row comes with those of the others.
pub(crate) async fn end_in(
    transaction: &mut Session,
    lease: &MessageLease,
    end: MessageEnd,
    at: Timestamp,
) -> Result<(), StoreError> {
    let topic = &lease.message.topic;
    let update = query(
        "UPDATE outbox SET ended_at = $6, outcome = $7, leased_until = NULL
         WHERE number = $1 AND kind = $2 AND occasion = $3 AND channel = $4 AND fence = $5
             AND leased_until IS NOT NULL",
    )
    .bind(topic.number.as_str())
    .bind(topic.kind.code())
    .bind(topic.occasion)
    .bind(lease.message.channel.code())
    .bind(lease.fence)
    .bind(to_ms(at))
    .bind(end.code());
    if transaction.execute(update).await? == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
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
fn actions() -> Vec<&'static str> {
    NoticeKind::ALL.iter().map(|kind| kind.action().code()).collect()
}

/// Of several nodes one has the cursor, and the others pass it by. The head is read first: of rows up to there none is still to
/// be committed, since each was appended under the head's lock.
async fn fill_in(
    transaction: &mut Session,
    channels: &[MessageChannel],
    since: Timestamp,
) -> Result<bool, StoreError> {
    let cursor = query_as("SELECT sequence FROM outbox_cursor FOR UPDATE SKIP LOCKED");
    let Some((begin,)): Option<(i64,)> = transaction.optional(cursor).await? else {
        return Ok(false);
    };
    let head = query_as("SELECT sequence FROM journal_head");
    let (head,): (i64,) =
        transaction.optional(head).await?.ok_or(StoreError::Corrupt("journal_head"))?;
    let end = head.min(begin.saturating_add(OUTBOX_FILL_ROWS));
    let select = query_as(
        "SELECT sequence, at_ms, action, request, subject, detail FROM audit
         WHERE sequence > $1 AND sequence <= $2 AND at_ms >= $3 AND action = ANY ($4)
         ORDER BY sequence",
    )
    .bind(begin)
    .bind(end)
    .bind(to_ms(since))
    .bind(actions());
    let rows: Vec<JournalRow> = transaction.all(select).await?;
    insert(transaction, &rows, channels).await?;
    let forward = query("UPDATE outbox_cursor SET sequence = $1").bind(end);
    transaction.execute(forward).await?;
    Ok(true)
}

/// Each notice once for each channel.
async fn insert(
    transaction: &mut Session,
    rows: &[JournalRow],
    channels: &[MessageChannel],
) -> Result<(), StoreError> {
    let topic = |row: &JournalRow| {
        MessageTopic::of_row(row.sequence, &row.action, &row.request, &row.detail)
    };
    let told: Vec<_> = rows.iter().filter_map(|row| Some((topic(row)?, row))).collect();
    let insert = query(
        "INSERT INTO outbox (number, kind, occasion, channel, noticed_at, next_at)
         SELECT number, kind, occasion, way.channel, noticed_at, noticed_at
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
                 AS told (number, kind, occasion, noticed_at, subject),
             unnest($6::text[]) AS way (channel)
         WHERE way.channel <> 'email'
             OR EXISTS (SELECT 1 FROM email_addresses WHERE iin = told.subject)
         ON CONFLICT DO NOTHING",
    )
    .bind(told.iter().map(|(topic, _)| topic.number.as_str()).collect::<Vec<_>>())
    .bind(told.iter().map(|(topic, _)| topic.kind.code()).collect::<Vec<_>>())
    .bind(told.iter().map(|(topic, _)| topic.occasion).collect::<Vec<_>>())
    .bind(told.iter().map(|(_, row)| row.at_ms).collect::<Vec<_>>())
    .bind(told.iter().map(|(_, row)| row.subject.as_str()).collect::<Vec<_>>())
    .bind(channels.iter().map(|channel| channel.code()).collect::<Vec<_>>());
    transaction.execute(insert).await?;
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
