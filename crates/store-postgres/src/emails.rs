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
use vault::{Place, Vault};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::one_time_passwords::{PERSON, lock};
use crate::session::Session;

/// [`app::EMAIL_CODE_KEPT`] before `now`.
pub(crate) const EXPIRED: &str = "DELETE FROM email_codes WHERE id IN
    (SELECT id FROM email_codes WHERE sent_at <= $1 - 3600000 FOR UPDATE SKIP LOCKED)";

#[async_trait]
impl EmailAddresses for PostgresStore {
    async fn email_of(&self, person: Iin, now: Timestamp) -> Result<EmailStanding, StoreError> {
        let person = self.vault.person(person);
        let confirmed = query_as("SELECT address FROM email_addresses WHERE iin = $1");
        let confirmed = confirmed.bind(&person);
        let confirmed: Option<(String,)> = self.within(self.optional(confirmed)).await?;
        let waiting = query_as(
            "SELECT id, address, expires_at FROM email_codes WHERE iin = $1 AND expires_at > $2
             ORDER BY sent_at DESC, id DESC LIMIT 1",
        )
        .bind(&person)
        .bind(to_ms(now));
        let waiting: Option<(String, String, i64)> = self.within(self.optional(waiting)).await?;
        let waiting = waiting.map(|(id, text, until)| {
            Ok((address(&self.vault, ("email_codes.address", &id), text)?, moment(until)?))
        });
        let place = ("email_addresses.address", person.as_str());
        let confirmed = confirmed.map(|(text,)| address(&self.vault, place, text)).transpose()?;
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
    let person = transaction.vault.person(code.iin);
    lock(transaction, PERSON, &person).await?;
    let earlier = query_as("SELECT sent_at FROM email_codes WHERE iin = $1 AND sent_at > $2")
        .bind(&person)
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
    .bind(person)
    .bind(transaction.vault.seal(("email_codes.address", &code.id), code.address.as_str()))
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
    let person = transaction.vault.person(attempt.iin);
    lock(transaction, PERSON, &person).await?;
    let select = query_as(
        "SELECT id, iin, address, salt, hash, sent_at, expires_at, wrong FROM email_codes
         WHERE iin = $1 AND expires_at > $2 ORDER BY sent_at DESC, id DESC",
    )
    .bind(&person)
    .bind(to_ms(attempt.at));
    let rows: Vec<Row> = transaction.all(select).await?;
    let code = |row: Row| row.code(&transaction.vault);
    let codes = rows.into_iter().map(code).collect::<Result<Vec<_>, _>>()?;
    let tried = attempt.judge(&codes);
    match &tried {
        EmailTried::Right(address) => {
            confirm(transaction, attempt, address).await?;
            append(transaction, std::slice::from_ref(audit)).await?;
        }
        EmailTried::Wrong { .. } => {
            let count = "UPDATE email_codes SET wrong = wrong + 1
                 WHERE iin = $1 AND expires_at > $2";
            let count = query(count).bind(person).bind(to_ms(attempt.at));
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
    let (vault, person) = (&transaction.vault, transaction.vault.person(attempt.iin));
    let put = query(
        "INSERT INTO email_addresses (iin, address, confirmed_at) VALUES ($1, $2, $3)
         ON CONFLICT (iin) DO UPDATE SET address = $2, confirmed_at = $3",
    )
    .bind(&person)
    .bind(vault.seal(("email_addresses.address", &person), address.as_str()))
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
    let whose = transaction.vault.person(person);
    lock(transaction, PERSON, &whose).await?;
    let remove = query("DELETE FROM email_addresses WHERE iin = $1").bind(whose);
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
        .bind(transaction.vault.person(person))
        .bind(to_ms(now));
    transaction.execute(end).await?;
    Ok(())
}

fn address(vault: &Vault, place: Place<'_>, stored: String) -> Result<EmailAddress, StoreError> {
    let text = vault.open(place, stored)?;
    EmailAddress::parse(&text).map_err(|_| StoreError::Corrupt("an e-mail address"))
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
            address: address(vault, ("email_codes.address", &self.id), self.address)?,
            sent_at: moment(self.sent_at)?,
            expires_at: moment(self.expires_at)?,
            wrong: u32::try_from(self.wrong).unwrap_or(u32::MAX),
            id: self.id,
            salt: self.salt,
            hash: self.hash,
        })
    }
}
