//! Questions to persons about their consent. How often somebody may be asked is the port's rule: what is counted is read
//! under the write lock and given to it.

use app::{
    AccessProof, AskingTurn, AuditEvent, ConsentAsking, ConsentAskings, ConsentOutcome, Heard,
    KeptProof, StoreError,
};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::error::fault;

/// Expired rows of the table.
pub(crate) const EXPIRED: &str = "DELETE FROM consent_askings WHERE forget_at <= ?";

#[async_trait]
impl ConsentAskings for SqliteStore {
    async fn begin_asking(
        &self,
        asking: &ConsentAsking,
        audit: &AuditEvent,
    ) -> Result<AskingTurn, StoreError> {
        begin(self, asking, audit).await
    }

    async fn asking(&self, challenge: &str) -> Result<Option<ConsentAsking>, StoreError> {
        let row: Option<AskingRow> = query_as(
            "SELECT id, challenge, iin, asked_at, until, run_at, exchanges, heard, is_sent,
                 outcome, answered_at, token, public_key, valid_until, forget_at
             FROM consent_askings WHERE challenge = ? ORDER BY asked_at DESC, id DESC LIMIT 1",
        )
        .bind(challenge)
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn asking_of(&self, number: &Number) -> Result<Option<ConsentAsking>, StoreError> {
        let row: Option<AskingRow> = query_as(
            "SELECT id, asking.challenge, iin, asked_at, until, run_at, exchanges, heard, is_sent,
                 outcome, answered_at, token, public_key, valid_until, forget_at
             FROM consent_askings AS asking
             JOIN drafts AS draft ON draft.challenge = asking.challenge
             WHERE became = ? ORDER BY asked_at DESC, id DESC LIMIT 1",
        )
        .bind(number.as_str())
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn challenge_of(&self, number: &Number) -> Result<Option<String>, StoreError> {
        query_scalar("SELECT challenge FROM drafts WHERE became = ?")
            .bind(number.as_str())
            .fetch_optional(self.read())
            .await
            .map_err(fault)
    }

    async fn take_asking(
        &self,
        id: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let taken = query(
            "UPDATE consent_askings SET run_at = $3, exchanges = exchanges + 1
             WHERE outcome IS NULL AND run_at <= $2 AND iin = (SELECT iin FROM consent_askings
                 WHERE id = $1 AND outcome IS NULL AND run_at <= $2)",
        )
        .bind(id)
        .bind(to_ms(now))
        .bind(to_ms(until))
        .execute(self.write_once())
        .await
        .map_err(fault)?;
        Ok(taken.rows_affected() > 0)
    }

    async fn note_asking(
        &self,
        id: &str,
        heard: Heard,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE consent_askings SET heard = $2, run_at = $3,
                 is_sent = CASE $2 WHEN 'pending' THEN 1 ELSE is_sent END
             WHERE outcome IS NULL AND iin = (SELECT iin FROM consent_askings
                 WHERE id = $1 AND outcome IS NULL)",
        )
        .bind(id)
        .bind(heard.code())
        .bind(to_ms(run_at))
        .execute(self.write_once())
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn answer_asking(
        &self,
        id: &str,
        (outcome, at): (ConsentOutcome, Timestamp),
        proof: Option<&KeptProof>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        let whose: Option<String> = query_scalar("SELECT iin FROM consent_askings WHERE id = ?")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(fault)?;
        // All open questions to one person are answered with one proof, so it is sealed to the person.
        let place = ("consent_askings.token", whose.as_deref().unwrap_or_default());
        let token = proof.map(|kept| self.vault.seal(place, &kept.proof.token));
        let answered = query(
            "UPDATE consent_askings SET outcome = $2, answered_at = $3, token = $4,
                 public_key = $5, valid_until = $6
             WHERE outcome IS NULL AND iin = (SELECT iin FROM consent_askings
                 WHERE id = $1 AND outcome IS NULL)",
        )
        .bind(id)
        .bind(outcome.code())
        .bind(to_ms(at))
        .bind(token)
        .bind(proof.map(|kept| kept.proof.public_key.as_str()))
        .bind(proof.map(|kept| to_ms(kept.valid_until)))
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        if answered.rows_affected() == 0 {
            return Ok(false);
        }
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(true)
    }

    async fn forget_proofs(&self, number: &Number) -> Result<(), StoreError> {
        query(
            "UPDATE consent_askings SET token = NULL, public_key = NULL
             WHERE token IS NOT NULL
                 AND challenge IN (SELECT challenge FROM drafts WHERE became = ?)",
        )
        .bind(number.as_str())
        .execute(self.write_once())
        .await
        .map_err(fault)?;
        Ok(())
    }
}

async fn begin(
    store: &SqliteStore,
    asking: &ConsentAsking,
    audit: &AuditEvent,
) -> Result<AskingTurn, StoreError> {
    let mut transaction = store.write().await?;
    if let Some(open) = open(&mut transaction, &store.vault, asking).await? {
        return Ok(AskingTurn::Running(Box::new(open)));
    }
    let earlier: Vec<i64> =
        query_scalar("SELECT asked_at FROM consent_askings WHERE iin = ? ORDER BY asked_at")
            .bind(store.vault.person(asking.iin))
            .fetch_all(&mut *transaction)
            .await
            .map_err(fault)?;
    let earlier = earlier.into_iter().map(moment).collect::<Result<Vec<_>, _>>()?;
    if let Some(until) = asking.must_wait(&earlier) {
        // What was closed stays closed: an answer that comes late is none.
        transaction.commit().await.map_err(fault)?;
        return Ok(AskingTurn::Wait(until));
    }
    let beside: Option<(i64, i64, String, i64)> = query_as(
        "SELECT run_at, exchanges, heard, is_sent FROM consent_askings
         WHERE iin = ? AND outcome IS NULL AND until > ? ORDER BY asked_at DESC, id DESC LIMIT 1",
    )
    .bind(store.vault.person(asking.iin))
    .bind(to_ms(asking.asked_at))
    .fetch_optional(&mut *transaction)
    .await
    .map_err(fault)?;
    let (run_at, exchanges, heard, is_sent) =
        beside.unwrap_or_else(|| (to_ms(asking.run_at), 0, String::new(), 0));
    query(
        "INSERT INTO consent_askings
             (id, challenge, iin, asked_at, until, run_at, forget_at, exchanges, heard,
              is_sent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&asking.id)
    .bind(&asking.challenge)
    .bind(store.vault.person(asking.iin))
    .bind(to_ms(asking.asked_at))
    .bind(to_ms(asking.until))
    .bind(run_at)
    .bind(to_ms(asking.forget_at))
    .bind(exchanges)
    .bind(heard)
    .bind(is_sent)
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(AskingTurn::Begun)
}

/// The question about the same draft that is still open at the beginning of this one. What is over is closed.
async fn open(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    asking: &ConsentAsking,
) -> Result<Option<ConsentAsking>, StoreError> {
    query(
        "UPDATE consent_askings SET answered_at = until,
             outcome = CASE heard WHEN 'pending' THEN 'no_answer' ELSE 'unavailable' END
         WHERE challenge = ? AND outcome IS NULL AND until <= ?",
    )
    .bind(&asking.challenge)
    .bind(to_ms(asking.asked_at))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    let row: Option<AskingRow> = query_as(
        "SELECT id, challenge, iin, asked_at, until, run_at, exchanges, heard, is_sent,
             outcome, answered_at, token, public_key, valid_until, forget_at
         FROM consent_askings WHERE challenge = ? AND outcome IS NULL",
    )
    .bind(&asking.challenge)
    .fetch_optional(transaction)
    .await
    .map_err(fault)?;
    row.map(|row| row.read(vault)).transpose()
}

#[derive(FromRow)]
struct AskingRow {
    id: String,
    challenge: String,
    iin: String,
    asked_at: i64,
    until: i64,
    run_at: i64,
    exchanges: i64,
    heard: String,
    is_sent: i64,
    outcome: Option<String>,
    answered_at: Option<i64>,
    token: Option<String>,
    public_key: Option<String>,
    valid_until: Option<i64>,
    forget_at: i64,
}

impl AskingRow {
    fn read(self, vault: &Vault) -> Result<ConsentAsking, StoreError> {
        let corrupt = |column| StoreError::Corrupt(column);
        let answer = match (&self.outcome, self.answered_at) {
            (Some(word), Some(at)) => {
                let outcome = ConsentOutcome::parse(word);
                Some((outcome.ok_or(corrupt("consent_askings.outcome"))?, moment(at)?))
            }
            _ => None,
        };
        let place = ("consent_askings.token", self.iin.as_str());
        let token = self.token.map(|token| vault.open(place, token)).transpose()?;
        let proof = match (token, self.public_key, self.valid_until) {
            (Some(token), Some(public_key), Some(until)) => Some(KeptProof {
                proof: AccessProof { token, public_key },
                valid_until: moment(until)?,
            }),
            _ => None,
        };
        let heard = Heard::parse(&self.heard).ok_or(corrupt("consent_askings.heard"))?;
        Ok(ConsentAsking {
            id: self.id,
            challenge: self.challenge,
            iin: vault.iin(&self.iin)?,
            asked_at: moment(self.asked_at)?,
            until: moment(self.until)?,
            run_at: moment(self.run_at)?,
            exchanges: u32::try_from(self.exchanges)
                .map_err(|_| corrupt("consent_askings.exchanges"))?,
            heard,
            // A program of before notes down only what was heard last.
            is_sent: self.is_sent != 0 || heard == Heard::Pending,
            answer,
            proof,
            forget_at: moment(self.forget_at)?,
        })
    }
}
