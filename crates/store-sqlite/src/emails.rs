//! People's e-mail addresses and codes on their way to one. How often a code is sent and tried is the port's rule.

use app::{
    AuditEvent, EmailAddresses, EmailCode, EmailStanding, EmailTried, EmailTry, EmailTurn,
    StoreError,
};
use async_trait::async_trait;
use domain::{EmailAddress, Iin};
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::error::fault;

/// [`app::EMAIL_CODE_KEPT`] before `now`.
pub(crate) const EXPIRED: &str = "DELETE FROM email_codes WHERE sent_at <= ? - 3600000";

#[async_trait]
impl EmailAddresses for SqliteStore {
    async fn email_of(&self, person: Iin, now: Timestamp) -> Result<EmailStanding, StoreError> {
        let whose = self.vault.person(person);
        let confirmed: Option<String> =
            query_scalar("SELECT address FROM email_addresses WHERE iin = ?")
                .bind(&whose)
                .fetch_optional(self.read())
                .await
                .map_err(fault)?;
        let waiting: Option<(String, String, i64)> = query_as(
            "SELECT id, address, expires_at FROM email_codes WHERE iin = ? AND expires_at > ?
             ORDER BY sent_at DESC, id DESC LIMIT 1",
        )
        .bind(&whose)
        .bind(to_ms(now))
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        let opened = |(id, text, until): (String, String, i64)| {
            Ok((address(&self.vault.open(("email_codes.address", &id), text)?)?, moment(until)?))
        };
        let place = ("email_addresses.address", whose.as_str());
        let confirmed = confirmed.map(|text| self.vault.open(place, text)).transpose()?;
        let confirmed = confirmed.map(|text| address(&text)).transpose()?;
        let waiting = waiting.map(opened);
        Ok(EmailStanding { confirmed, waiting: waiting.transpose()? })
    }

    async fn put_email_code(&self, code: &EmailCode) -> Result<EmailTurn, StoreError> {
        let mut transaction = self.write().await?;
        let earlier: Vec<i64> =
            query_scalar("SELECT sent_at FROM email_codes WHERE iin = ? AND sent_at > ?")
                .bind(self.vault.person(code.iin))
                .bind(to_ms(code.counts_since()))
                .fetch_all(&mut *transaction)
                .await
                .map_err(fault)?;
        let earlier = earlier.into_iter().map(moment).collect::<Result<Vec<_>, _>>()?;
        if let Some(until) = code.must_wait(&earlier) {
            return Ok(EmailTurn::Wait(until));
        }
        query(
            "INSERT INTO email_codes (id, iin, address, salt, hash, sent_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&code.id)
        .bind(self.vault.person(code.iin))
        .bind(self.vault.seal(("email_codes.address", &code.id), code.address.as_str()))
        .bind(&code.salt)
        .bind(&code.hash)
        .bind(to_ms(code.sent_at))
        .bind(to_ms(code.expires_at))
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        transaction.commit().await.map_err(fault)?;
        Ok(EmailTurn::Kept)
    }

    async fn try_email_code(
        &self,
        attempt: &EmailTry,
        audit: &AuditEvent,
    ) -> Result<EmailTried, StoreError> {
        let mut transaction = self.write().await?;
        let rows: Vec<Row> = query_as(
            "SELECT id, iin, address, salt, hash, sent_at, expires_at, wrong FROM email_codes
             WHERE iin = ? AND expires_at > ? ORDER BY sent_at DESC, id DESC",
        )
        .bind(self.vault.person(attempt.iin))
        .bind(to_ms(attempt.at))
        .fetch_all(&mut *transaction)
        .await
        .map_err(fault)?;
        let codes =
            rows.into_iter().map(|row| row.code(&self.vault)).collect::<Result<Vec<_>, _>>()?;
        let tried = attempt.judge(&codes);
        match &tried {
            EmailTried::Right(address) => {
                confirm(&mut transaction, &self.vault, attempt, address).await?;
                append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
            }
            EmailTried::Wrong { .. } => {
                query("UPDATE email_codes SET wrong = wrong + 1 WHERE iin = ? AND expires_at > ?")
                    .bind(self.vault.person(attempt.iin))
                    .bind(to_ms(attempt.at))
                    .execute(&mut *transaction)
                    .await
                    .map_err(fault)?;
            }
            EmailTried::NoneSent => {}
        }
        transaction.commit().await.map_err(fault)?;
        Ok(tried)
    }

    async fn remove_email(
        &self,
        person: Iin,
        now: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        let removed = query("DELETE FROM email_addresses WHERE iin = ?")
            .bind(self.vault.person(person))
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        let is_removed = removed.rows_affected() > 0;
        end_codes(&mut transaction, &self.vault, person, now).await?;
        if is_removed {
            append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        }
        transaction.commit().await.map_err(fault)?;
        Ok(is_removed)
    }
}

async fn confirm(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    attempt: &EmailTry,
    address: &EmailAddress,
) -> Result<(), StoreError> {
    let whose = vault.person(attempt.iin);
    query(
        "INSERT INTO email_addresses (iin, address, confirmed_at) VALUES ($1, $2, $3)
         ON CONFLICT (iin) DO UPDATE SET address = $2, confirmed_at = $3",
    )
    .bind(&whose)
    .bind(vault.seal(("email_addresses.address", &whose), address.as_str()))
    .bind(to_ms(attempt.at))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    end_codes(transaction, vault, attempt.iin, attempt.at).await
}

/// They stay to be counted, and are good for nothing.
async fn end_codes(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    person: Iin,
    now: Timestamp,
) -> Result<(), StoreError> {
    query("UPDATE email_codes SET expires_at = MIN(expires_at, $2) WHERE iin = $1")
        .bind(vault.person(person))
        .bind(to_ms(now))
        .execute(transaction)
        .await
        .map_err(fault)?;
    Ok(())
}

fn address(text: &str) -> Result<EmailAddress, StoreError> {
    EmailAddress::parse(text).map_err(|_| StoreError::Corrupt("an e-mail address"))
}

#[derive(FromRow)]
struct Row {
    id: String,
    iin: String,
    address: String,
    salt: String,
    hash: String,
    sent_at: i64,
    expires_at: i64,
    wrong: i64,
}

impl Row {
    fn code(self, vault: &Vault) -> Result<EmailCode, StoreError> {
        Ok(EmailCode {
            iin: vault.iin(&self.iin)?,
            address: address(&vault.open(("email_codes.address", &self.id), self.address)?)?,
            sent_at: moment(self.sent_at)?,
            expires_at: moment(self.expires_at)?,
            wrong: u32::try_from(self.wrong).unwrap_or(u32::MAX),
            id: self.id,
            salt: self.salt,
            hash: self.hash,
        })
    }
}
