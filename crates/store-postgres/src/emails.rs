//! People's e-mail addresses and codes on their way to one. How often a code is sent and tried is the port's rule: what is counted
//! is read under a lock of the person.

use app::{
    AuditEvent, EmailAddresses, EmailCode, EmailStanding, EmailTried, EmailTry, EmailTurn,
    StoreError,
};
use async_trait::async_trait;
use domain::{EmailAddress, Iin};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{iin, moment, to_ms};
use crate::one_time_passwords::{PERSON, lock};
use crate::session::Session;

/// [`app::EMAIL_CODE_KEPT`] before `now`.
pub(crate) const EXPIRED: &str = "DELETE FROM email_codes WHERE id IN
    (SELECT id FROM email_codes WHERE sent_at <= $1 - 3600000 FOR UPDATE SKIP LOCKED)";

#[async_trait]
impl EmailAddresses for PostgresStore {
    async fn email_of(&self, person: Iin, now: Timestamp) -> Result<EmailStanding, StoreError> {
        let confirmed =
            query_as("SELECT address FROM email_addresses WHERE iin = $1").bind(person.digits());
        let confirmed: Option<(String,)> = self.within(self.optional(confirmed)).await?;
        let waiting = query_as(
            "SELECT address, expires_at FROM email_codes WHERE iin = $1 AND expires_at > $2
             ORDER BY sent_at DESC, id DESC LIMIT 1",
        )
        .bind(person.digits())
        .bind(to_ms(now));
        let waiting: Option<(String, i64)> = self.within(self.optional(waiting)).await?;
        let waiting = waiting.map(|(text, until)| Ok((address(&text)?, moment(until)?)));
        let confirmed = confirmed.map(|(text,)| address(&text)).transpose()?;
        Ok(EmailStanding { confirmed, waiting: waiting.transpose()? })
    }

    async fn put_email_code(&self, code: &EmailCode) -> Result<EmailTurn, StoreError> {
        self.within(async {
            let mut transaction = self.write().await?;
            let outcome = put_in(&mut transaction, code).await;
            transaction.end(outcome).await
        })
        .await
    }

    async fn try_email_code(
        &self,
        attempt: &EmailTry,
        audit: &AuditEvent,
    ) -> Result<EmailTried, StoreError> {
        self.within(async {
            let mut transaction = self.write().await?;
            let outcome = try_in(&mut transaction, attempt, audit).await;
            transaction.end(outcome).await
        })
        .await
    }

    async fn remove_email(
        &self,
        person: Iin,
        now: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.within(async {
            let mut transaction = self.write().await?;
            let outcome = remove_in(&mut transaction, person, now, audit).await;
            transaction.end(outcome).await
        })
        .await
    }
}

async fn put_in(transaction: &mut Session, code: &EmailCode) -> Result<EmailTurn, StoreError> {
    let digits = code.iin.digits();
    lock(transaction, PERSON, &digits).await?;
    let earlier = query_as("SELECT sent_at FROM email_codes WHERE iin = $1 AND sent_at > $2")
        .bind(digits.as_str())
        .bind(to_ms(code.counts_since()));
    let earlier: Vec<(i64,)> = transaction.all(earlier).await?;
    let earlier = earlier.into_iter().map(|(at,)| moment(at)).collect::<Result<Vec<_>, _>>()?;
    if let Some(until) = code.must_wait(&earlier) {
        return Ok(EmailTurn::Wait(until));
    }
    let insert = query(
        "INSERT INTO email_codes (id, iin, address, salt, hash, sent_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&code.id)
    .bind(digits)
    .bind(code.address.as_str())
    .bind(&code.salt)
    .bind(&code.hash)
    .bind(to_ms(code.sent_at))
    .bind(to_ms(code.expires_at));
    transaction.execute(insert).await?;
    Ok(EmailTurn::Kept)
}

async fn try_in(
    transaction: &mut Session,
    attempt: &EmailTry,
    audit: &AuditEvent,
) -> Result<EmailTried, StoreError> {
    let digits = attempt.iin.digits();
    lock(transaction, PERSON, &digits).await?;
    let select = query_as(
        "SELECT id, iin, address, salt, hash, sent_at, expires_at, wrong FROM email_codes
         WHERE iin = $1 AND expires_at > $2 ORDER BY sent_at DESC, id DESC",
    )
    .bind(digits.as_str())
    .bind(to_ms(attempt.at));
    let rows: Vec<Row> = transaction.all(select).await?;
    let codes = rows.into_iter().map(Row::code).collect::<Result<Vec<_>, _>>()?;
    let tried = attempt.judge(&codes);
    match &tried {
        EmailTried::Right(address) => {
            confirm(transaction, attempt, address).await?;
            append(transaction, std::slice::from_ref(audit)).await?;
        }
        EmailTried::Wrong { .. } => {
            let count = "UPDATE email_codes SET wrong = wrong + 1
                 WHERE iin = $1 AND expires_at > $2";
            let count = query(count).bind(digits).bind(to_ms(attempt.at));
            transaction.execute(count).await?;
        }
        EmailTried::NoneSent => {}
    }
    Ok(tried)
}

async fn confirm(
    transaction: &mut Session,
    attempt: &EmailTry,
    address: &EmailAddress,
) -> Result<(), StoreError> {
    let put = query(
        "INSERT INTO email_addresses (iin, address, confirmed_at) VALUES ($1, $2, $3)
         ON CONFLICT (iin) DO UPDATE SET address = $2, confirmed_at = $3",
    )
    .bind(attempt.iin.digits())
    .bind(address.as_str())
    .bind(to_ms(attempt.at));
    transaction.execute(put).await?;
    end_codes(transaction, attempt.iin, attempt.at).await
}

async fn remove_in(
    transaction: &mut Session,
    person: Iin,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    lock(transaction, PERSON, &person.digits()).await?;
    let remove = query("DELETE FROM email_addresses WHERE iin = $1").bind(person.digits());
    let is_removed = transaction.execute(remove).await? > 0;
    end_codes(transaction, person, now).await?;
    if is_removed {
        append(transaction, std::slice::from_ref(audit)).await?;
    }
    Ok(is_removed)
}

/// They stay to be counted, and are good for nothing.
async fn end_codes(
    transaction: &mut Session,
    person: Iin,
    now: Timestamp,
) -> Result<(), StoreError> {
    let end = query("UPDATE email_codes SET expires_at = LEAST(expires_at, $2) WHERE iin = $1")
        .bind(person.digits())
        .bind(to_ms(now));
    transaction.execute(end).await?;
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
    fn code(self) -> Result<EmailCode, StoreError> {
        Ok(EmailCode {
            iin: iin(&self.iin)?,
            address: address(&self.address)?,
            sent_at: moment(self.sent_at)?,
            expires_at: moment(self.expires_at)?,
            wrong: u32::try_from(self.wrong).unwrap_or(u32::MAX),
            id: self.id,
            salt: self.salt,
            hash: self.hash,
        })
    }
}
