//! Exchanges with the portal of the e-government: the port and its statements. Whether something is to be told follows
//! from the request itself, so that nobody has to remember to tell it.

use app::{
    Delivery, DeliveryNote, ExchangeLease, ExchangeProgress, ExchangeTaken, ExchangeWork,
    Exchanges, ExternalId, NewExchange, PortalExchange, StoreError,
};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::codec::{moment, number, to_ms};

/// What is to be registered at `$1`.
macro_rules! to_register {
    () => {
        "closed_at IS NULL AND next_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
         AND number IS NULL AND fault IS NULL"
    };
}

/// What is to be told at `$1`.
macro_rules! to_tell {
    () => {
        "closed_at IS NULL AND tell_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
         AND (fault IS NOT NULL
             OR number IS NULL AND waits IS NOT NULL AND (again = 1 OR waits <> told)
             OR number IS NOT NULL AND (again = 1
                 OR EXISTS (SELECT 1 FROM requests
                     WHERE requests.number = portal_exchanges.number
                         AND requests.version > portal_exchanges.told_version)
                 OR overdue_told_at IS NULL AND EXISTS (SELECT 1 FROM notices
                     WHERE notices.number = portal_exchanges.number AND notices.kind = 'overdue')))"
    };
}

macro_rules! columns {
    () => {
        "external_id, external_chain, chain, applicant, received_at, signature, number, fault, waits,
         waits_code, told, told_version, overdue_told_at, last_message, ask_at, again, undelivered,
         delivery, attempts, closed_at, fence"
    };
}

macro_rules! lease {
    ($due:expr, $turn:literal) => {
        concat!(
            "WITH turn AS MATERIALIZED (
                 SELECT external_id AS due FROM portal_exchanges WHERE ",
            $due,
            " ORDER BY ",
            $turn,
            ", external_id LIMIT 1 FOR UPDATE SKIP LOCKED)
             UPDATE portal_exchanges SET
                 attempts = attempts + CASE WHEN leased_until IS NULL THEN 0 ELSE 1 END,
                 fence = fence + 1, leased_until = $2
             FROM turn WHERE external_id = turn.due RETURNING ",
            columns!()
        )
    };
}

#[async_trait]
impl Exchanges for PostgresStore {
    async fn take_exchange(&self, new: &NewExchange) -> Result<ExchangeTaken, StoreError> {
        let place = ("portal_exchanges.signature", new.external_id.as_str());
        let insert = query(
            "INSERT INTO portal_exchanges (external_id, external_chain, chain, message, applicant,
                 body_digest, received_at, signature, next_at, tell_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $7) ON CONFLICT (external_id) DO NOTHING",
        )
        .bind(new.external_id.as_str())
        .bind(&new.external_chain)
        .bind(&new.chain)
        .bind(&new.message)
        .bind(self.vault.person(new.applicant))
        .bind(&new.body_digest)
        .bind(to_ms(new.received_at))
        .bind(self.vault.seal_bytes(place, &new.signature));
        if self.execute(insert).await? == 1 {
            return Ok(ExchangeTaken::New);
        }
        let select = query_as("SELECT body_digest FROM portal_exchanges WHERE external_id = $1")
            .bind(new.external_id.as_str());
        let kept: Option<(String,)> = self.optional(select).await?;
        let (digest,) = kept.ok_or(StoreError::Corrupt("portal_exchanges.external_id"))?;
        let is_same = digest == new.body_digest;
        Ok(if is_same { ExchangeTaken::Same } else { ExchangeTaken::OtherBody })
    }

    async fn exchange(
        &self,
        external_id: &ExternalId,
    ) -> Result<Option<PortalExchange>, StoreError> {
        let select = query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM portal_exchanges WHERE external_id = $1"
        ))
        .bind(external_id.as_str());
        let row: Option<Row> = self.optional(select).await?;
        row.map(|row| row.exchange(&self.vault)).transpose()
    }

    /// Nodes pass by what another is leasing at this moment.
    async fn lease_exchange(
        &self,
        work: ExchangeWork,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ExchangeLease>, StoreError> {
        let lease = query_as(match work {
            ExchangeWork::Register => lease!(to_register!(), "next_at"),
            ExchangeWork::Tell => lease!(to_tell!(), "tell_at"),
        })
        .bind(to_ms(now))
        .bind(to_ms(until));
        let row: Option<Row> = self.execute_returning(lease).await?;
        row.map(|row| row.lease(&self.vault, work)).transpose()
    }

    async fn settle_exchange(
        &self,
        lease: &ExchangeLease,
        progress: &ExchangeProgress,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        let place = ("portal_exchanges.signature", lease.exchange.external_id.as_str());
        let signature = progress.signature.as_deref();
        let update = query(
            "UPDATE portal_exchanges SET signature = $1, number = $2, fault = $3, told = $4,
                 told_version = $5, overdue_told_at = $6, attempts = $8, closed_at = $9,
                 delivery = CASE WHEN last_message = $7 THEN delivery END, last_message = $7,
                 waits = $13, waits_code = $14, ask_at = $15, again = $16, undelivered = $17,
                 next_at = CASE WHEN $18 = 1 THEN next_at ELSE $10 END,
                 tell_at = CASE WHEN $18 = 1 THEN $10 ELSE tell_at END, leased_until = NULL
             WHERE external_id = $11 AND fence = $12 AND leased_until IS NOT NULL",
        )
        .bind(signature.map(|bytes| self.vault.seal_bytes(place, bytes)))
        .bind(progress.number.as_ref().map(domain::Number::as_str))
        .bind(&progress.fault)
        .bind(&progress.told)
        .bind(progress.told_version)
        .bind(progress.overdue_told_at.map(to_ms))
        .bind(&progress.last_message)
        .bind(i64::from(progress.attempts))
        .bind(progress.closed_at.map(to_ms))
        .bind(to_ms(next_at))
        .bind(lease.exchange.external_id.as_str())
        .bind(lease.fence)
        .bind(progress.waits.as_ref().map(|(state, _)| state))
        .bind(progress.waits.as_ref().map_or("", |(_, code)| code))
        .bind(progress.ask_at.map(to_ms))
        .bind(i64::from(progress.again))
        .bind(i64::from(progress.undelivered))
        .bind(i64::from(lease.work == ExchangeWork::Tell));
        if self.execute(update).await? == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    async fn undelivered(&self, message: &str) -> Result<Option<u32>, StoreError> {
        let select = query_as("SELECT undelivered FROM portal_exchanges WHERE last_message = $1");
        let row: Option<(i64,)> = self.optional(select.bind(message)).await?;
        Ok(row.map(|(count,)| u32::try_from(count).unwrap_or(u32::MAX)))
    }

    async fn deliveries_to_ask(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let select = query_as(
            "SELECT last_message FROM portal_exchanges
             WHERE ask_at <= $1 AND last_message IS NOT NULL
             ORDER BY ask_at, last_message LIMIT $2",
        )
        .bind(to_ms(now))
        .bind(i64::from(limit));
        let rows: Vec<(String,)> = self.all(select).await?;
        Ok(rows.into_iter().map(|(message,)| message).collect())
    }

    async fn note_delivery(&self, note: &DeliveryNote) -> Result<bool, StoreError> {
        let update = query(
            "UPDATE portal_exchanges SET delivery = COALESCE($2, delivery), ask_at = $4,
                 undelivered = CASE WHEN $2 = 'DELIVERED' THEN 0 ELSE undelivered END
                     + CASE WHEN $3::bigint IS NULL THEN 0 ELSE 1 END,
                 again = CASE WHEN $3::bigint IS NULL THEN again ELSE 1 END,
                 closed_at = CASE WHEN $3::bigint IS NULL THEN closed_at END,
                 tell_at = COALESCE($3, tell_at)
             WHERE last_message = $1",
        )
        .bind(&note.message)
        .bind(note.delivery.map(Delivery::code))
        .bind(note.tell_at.map(to_ms))
        .bind(note.ask_at.map(to_ms));
        Ok(self.execute(update).await? > 0)
    }
}

#[derive(FromRow)]
struct Row {
    external_id: String,
    external_chain: String,
    chain: String,
    applicant: String,
    received_at: i64,
    signature: Option<Vec<u8>>,
    number: Option<String>,
    fault: Option<String>,
    waits: Option<String>,
    waits_code: String,
    told: String,
    told_version: i64,
    overdue_told_at: Option<i64>,
    last_message: Option<String>,
    ask_at: Option<i64>,
    again: i64,
    undelivered: i64,
    delivery: Option<String>,
    attempts: i64,
    closed_at: Option<i64>,
    fence: i64,
}

impl Row {
    fn lease(self, vault: &Vault, work: ExchangeWork) -> Result<ExchangeLease, StoreError> {
        let fence = self.fence;
        Ok(ExchangeLease { exchange: self.exchange(vault)?, work, fence })
    }

    fn exchange(self, vault: &Vault) -> Result<PortalExchange, StoreError> {
        let corrupt = StoreError::Corrupt;
        let place = ("portal_exchanges.signature", self.external_id.as_str());
        let signature = self.signature.map(|bytes| vault.open_bytes(place, bytes)).transpose()?;
        let attempts =
            u32::try_from(self.attempts).map_err(|_| corrupt("portal_exchanges.attempts"))?;
        let undelivered =
            u32::try_from(self.undelivered).map_err(|_| corrupt("portal_exchanges.undelivered"))?;
        let delivery = self.delivery.as_deref();
        let delivery =
            delivery.map(|word| Delivery::parse(word).ok_or(corrupt("portal_exchanges.delivery")));
        let progress = ExchangeProgress {
            signature,
            number: self.number.as_deref().map(number).transpose()?,
            fault: self.fault,
            waits: self.waits.map(|state| (state, self.waits_code)),
            told: self.told,
            told_version: self.told_version,
            overdue_told_at: self.overdue_told_at.map(moment).transpose()?,
            last_message: self.last_message,
            ask_at: self.ask_at.map(moment).transpose()?,
            again: self.again != 0,
            undelivered,
            attempts,
            closed_at: self.closed_at.map(moment).transpose()?,
        };
        let external_id = ExternalId::parse(&self.external_id);
        Ok(PortalExchange {
            external_id: external_id.ok_or(corrupt("portal_exchanges.external_id"))?,
            external_chain: self.external_chain,
            chain: self.chain,
            applicant: vault.iin(&self.applicant)?,
            received_at: moment(self.received_at)?,
            progress,
            delivery: delivery.transpose()?,
        })
    }
}
