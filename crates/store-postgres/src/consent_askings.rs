//! Questions to persons about their consent. How often somebody may be asked is the port's rule: what is counted is read
//! under a lock of the person and given to it.

use app::{
    AccessProof, AskingTurn, AuditEvent, ConsentAsking, ConsentAskings, ConsentOutcome, Heard,
    KeptProof, StoreError,
};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, open_some, to_ms};
use crate::one_time_passwords::{PERSON, lock};
use crate::session::Session;

/// Expired rows of the table.
pub(crate) const EXPIRED: &str = "DELETE FROM consent_askings WHERE id IN
     (SELECT id FROM consent_askings WHERE forget_at <= $1 FOR UPDATE SKIP LOCKED)";

#[async_trait]
impl ConsentAskings for PostgresStore {
    async fn begin_asking(
        &self,
        asking: &ConsentAsking,
        audit: &AuditEvent,
    ) -> Result<AskingTurn, StoreError> {
        self.within(begin(self, asking, audit)).await
    }

    async fn asking(&self, challenge: &str) -> Result<Option<ConsentAsking>, StoreError> {
        let select = query_as(
            "SELECT id, challenge, iin, asked_at, until, run_at, exchanges, heard, is_sent,
                 outcome, answered_at, token, public_key, valid_until, forget_at
             FROM consent_askings WHERE challenge = $1 ORDER BY asked_at DESC, id DESC LIMIT 1",
        )
        .bind(challenge);
        let row: Option<AskingRow> = self.within(self.optional(select)).await?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn asking_of(&self, number: &Number) -> Result<Option<ConsentAsking>, StoreError> {
        let select = query_as(
            "SELECT id, asking.challenge, iin, asked_at, until, run_at, exchanges, heard, is_sent,
                 outcome, answered_at, token, public_key, valid_until, forget_at
             FROM consent_askings AS asking
             JOIN drafts AS draft ON draft.challenge = asking.challenge
             WHERE became = $1 ORDER BY asked_at DESC, id DESC LIMIT 1",
        )
        .bind(number.as_str());
        let row: Option<AskingRow> = self.within(self.optional(select)).await?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn challenge_of(&self, number: &Number) -> Result<Option<String>, StoreError> {
        let select = query_as("SELECT challenge FROM drafts WHERE became = $1");
        let select = select.bind(number.as_str());
        let row: Option<(String,)> = self.within(self.optional(select)).await?;
        Ok(row.map(|(challenge,)| challenge))
    }

    async fn take_asking(
        &self,
        id: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let take = query(
            "UPDATE consent_askings SET run_at = $3, exchanges = exchanges + 1
             WHERE outcome IS NULL AND run_at <= $2 AND iin = (SELECT iin FROM consent_askings
                 WHERE id = $1 AND outcome IS NULL AND run_at <= $2)",
        )
        .bind(id)
        .bind(to_ms(now))
        .bind(to_ms(until));
        Ok(self.within(self.execute(take)).await? > 0)
    }

    async fn note_asking(
        &self,
        id: &str,
        heard: Heard,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        let note = query(
            "UPDATE consent_askings SET heard = $2, run_at = $3,
                 is_sent = CASE $2 WHEN 'pending' THEN 1 ELSE is_sent END
             WHERE outcome IS NULL AND iin = (SELECT iin FROM consent_askings
                 WHERE id = $1 AND outcome IS NULL)",
        )
        .bind(id)
        .bind(heard.code())
        .bind(to_ms(run_at));
        self.within(self.execute(note)).await.map(|_| ())
    }

    async fn answer_asking(
        &self,
        id: &str,
        answer: (ConsentOutcome, Timestamp),
        proof: Option<&KeptProof>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.within(answer_asking(self, id, answer, proof, audit)).await
    }

    async fn forget_proofs(&self, number: &Number) -> Result<(), StoreError> {
        let forget = query(
            "UPDATE consent_askings SET token = NULL, public_key = NULL
             WHERE token IS NOT NULL
                 AND challenge IN (SELECT challenge FROM drafts WHERE became = $1)",
        )
        .bind(number.as_str());
        self.within(self.execute(forget)).await.map(|_| ())
    }
}

async fn answer_asking(
    store: &PostgresStore,
    id: &str,
    answer: (ConsentOutcome, Timestamp),
    proof: Option<&KeptProof>,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = answer_in(&mut transaction, id, answer, proof, audit).await;
    transaction.end(outcome).await
}

/// Of all that wait for this person at once: so the token is sealed to the person.
async fn answer_in(
    transaction: &mut Session,
    id: &str,
    (outcome, at): (ConsentOutcome, Timestamp),
    proof: Option<&KeptProof>,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let select = query_as("SELECT iin FROM consent_askings WHERE id = $1").bind(id);
    let whose: Option<(String,)> = transaction.optional(select).await?;
    let place = ("consent_askings.token", whose.as_ref().map_or("", |(code,)| code.as_str()));
    let token = proof.map(|kept| transaction.vault.seal(place, &kept.proof.token));
    let update = query(
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
    .bind(proof.map(|kept| to_ms(kept.valid_until)));
    if transaction.execute(update).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

async fn begin(
    store: &PostgresStore,
    asking: &ConsentAsking,
    audit: &AuditEvent,
) -> Result<AskingTurn, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = begin_in(&mut transaction, asking, audit).await;
    transaction.end(outcome).await
}

async fn begin_in(
    transaction: &mut Session,
    asking: &ConsentAsking,
    audit: &AuditEvent,
) -> Result<AskingTurn, StoreError> {
    let person = transaction.vault.person(asking.iin);
    lock(transaction, PERSON, &person).await?;
    if let Some(open) = open(transaction, asking).await? {
        return Ok(AskingTurn::Running(Box::new(open)));
    }
    let select = query_as("SELECT asked_at FROM consent_askings WHERE iin = $1 ORDER BY asked_at");
    let earlier: Vec<(i64,)> = transaction.all(select.bind(&person)).await?;
    let earlier = earlier.into_iter().map(|(at,)| moment(at)).collect::<Result<Vec<_>, _>>()?;
    if let Some(until) = asking.must_wait(&earlier) {
        return Ok(AskingTurn::Wait(until));
    }
    let beside = query_as(
        "SELECT run_at, exchanges, heard, is_sent FROM consent_askings
         WHERE iin = $1 AND outcome IS NULL AND until > $2
         ORDER BY asked_at DESC, id DESC LIMIT 1",
    )
    .bind(&person)
    .bind(to_ms(asking.asked_at));
    let beside: Option<(i64, i64, String, i64)> = transaction.optional(beside).await?;
    let (run_at, exchanges, heard, is_sent) =
        beside.unwrap_or_else(|| (to_ms(asking.run_at), 0, String::new(), 0));
    let insert = query(
        "INSERT INTO consent_askings
             (id, challenge, iin, asked_at, until, run_at, forget_at, exchanges, heard,
              is_sent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&asking.id)
    .bind(&asking.challenge)
    .bind(&person)
    .bind(to_ms(asking.asked_at))
    .bind(to_ms(asking.until))
    .bind(run_at)
    .bind(to_ms(asking.forget_at))
    .bind(exchanges)
    .bind(heard)
    .bind(is_sent);
    transaction.execute(insert).await?;
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(AskingTurn::Begun)
}

/// The question about the same draft that is still open at the beginning of this one. What is over is closed.
async fn open(
    transaction: &mut Session,
    asking: &ConsentAsking,
) -> Result<Option<ConsentAsking>, StoreError> {
    let close = query(
        "UPDATE consent_askings SET answered_at = until,
             outcome = CASE heard WHEN 'pending' THEN 'no_answer' ELSE 'unavailable' END
         WHERE challenge = $1 AND outcome IS NULL AND until <= $2",
    )
    .bind(&asking.challenge)
    .bind(to_ms(asking.asked_at));
    transaction.execute(close).await?;
    let select = query_as(
        "SELECT id, challenge, iin, asked_at, until, run_at, exchanges, heard, is_sent,
             outcome, answered_at, token, public_key, valid_until, forget_at
         FROM consent_askings WHERE challenge = $1 AND outcome IS NULL",
    )
    .bind(&asking.challenge);
    let row: Option<AskingRow> = transaction.optional(select).await?;
    row.map(|row| row.read(&transaction.vault)).transpose()
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
        let token = open_some(vault, ("consent_askings.token", &self.iin), self.token)?;
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
