//! Reviews and complaints: rows that are added and never change. Read next: `recourse_rows.rs`.

use app::{
    AnswerKey, AuditEvent, Recourse, RecourseCase, RecourseOpened, RecourseProof, RecourseStep,
    RecourseStepKind, Recourses, StoreError,
};
use async_trait::async_trait;
use domain::{Iin, Kato, Number, RecourseBody, RecourseKind};
use sqlx::query::QueryAs;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection, query, query_as, query_scalar};
use vault::{Vault, row_key};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{number as parse_number, to_json, to_ms};
use crate::error::fault;
use crate::recourse_rows::{RecourseRow, StepRow, joined};

#[async_trait]
impl Recourses for SqliteStore {
    async fn open_recourse(
        &self,
        recourse: &Recourse,
        proof: &RecourseProof,
        opened: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<RecourseOpened, StoreError> {
        let mut transaction = self.write().await?;
        if !insert(&mut transaction, &self.vault, recourse, proof).await? {
            let before = before(&mut transaction, &self.vault, recourse).await?;
            return before.map(RecourseOpened::Before).ok_or(StoreError::NumberTaken);
        }
        insert_step(&mut transaction, &self.vault, opened).await?;
        query("INSERT INTO open_recourses (recourse) VALUES ($1)")
            .bind(recourse.number.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(RecourseOpened::New)
    }

    async fn add_recourse_step(
        &self,
        step: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        insert_step(&mut transaction, &self.vault, step).await?;
        if step.kind == RecourseStepKind::Issued {
            query("DELETE FROM open_recourses WHERE recourse = $1")
                .bind(step.recourse.as_str())
                .execute(&mut *transaction)
                .await
                .map_err(fault)?;
        }
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)
    }

    async fn recourse(&self, number: &Number) -> Result<Option<RecourseCase>, StoreError> {
        let select = query_as(
            "SELECT number, request, kind, applicant, provider, form_key, opened_at, asked
             FROM recourses WHERE number = $1",
        );
        Ok(cases(self, select.bind(number.as_str())).await?.into_iter().next())
    }

    async fn recourses_of(&self, request: &Number) -> Result<Vec<RecourseCase>, StoreError> {
        let select = query_as(
            "SELECT number, request, kind, applicant, provider, form_key, opened_at, asked
             FROM recourses WHERE request = $1 ORDER BY opened_at, number",
        );
        cases(self, select.bind(request.as_str())).await
    }

    async fn recourses_by(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let select = query_as(
            "SELECT number, request, kind, applicant, provider, form_key, opened_at, asked
             FROM recourses WHERE applicant = $1 ORDER BY opened_at DESC, number LIMIT $2",
        );
        cases(self, select.bind(self.vault.person(applicant)).bind(limit)).await
    }

    async fn recourses_at(
        &self,
        body: RecourseBody,
        departments: Option<&[Kato]>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let select = query_as(
            "SELECT number, request, recourse.kind, applicant, provider, form_key, opened_at, asked
             FROM recourses AS recourse
             JOIN recourse_steps AS step ON step.recourse = number AND place = (
                 SELECT MAX(place) FROM recourse_steps AS other WHERE other.recourse = number)
             WHERE body = $1 AND ($2 IS NULL OR provider IN (SELECT value FROM json_each($2)))
             ORDER BY step.kind = 'issued', due_at, number LIMIT $3",
        );
        let departments = departments.map(to_json).transpose()?;
        cases(self, select.bind(body.code()).bind(departments).bind(limit)).await
    }

    async fn recourse_departments(&self) -> Result<Vec<Kato>, StoreError> {
        // From each to the next, because there are a hundred among all cases.
        let found: Vec<String> = query_scalar(
            "WITH RECURSIVE department (provider) AS (
                 SELECT MIN(provider) FROM recourses
                 UNION ALL
                 SELECT (SELECT MIN(provider) FROM recourses
                         WHERE provider > department.provider)
                 FROM department WHERE department.provider IS NOT NULL)
             SELECT provider FROM department WHERE provider IS NOT NULL",
        )
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        found.iter().map(|text| department(text)).collect()
    }

    async fn open_recourses(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let select = query_as(
            "SELECT number, request, kind, applicant, provider, form_key, opened_at, asked
             FROM recourses JOIN open_recourses AS open ON open.recourse = number
             WHERE number > $1 ORDER BY number LIMIT $2",
        );
        let after = after.map(|number| number.as_str().to_owned()).unwrap_or_default();
        cases(self, select.bind(after).bind(limit)).await
    }

    async fn recourse_proof(&self, number: &Number) -> Result<Option<RecourseProof>, StoreError> {
        let row: Option<(Vec<u8>, Vec<u8>, String)> =
            query_as("SELECT document, cms, evidence FROM recourses WHERE number = $1")
                .bind(number.as_str())
                .fetch_optional(self.read())
                .await
                .map_err(fault)?;
        let Some((document, cms, evidence)) = row else { return Ok(None) };
        let (vault, number) = (&self.vault, number.as_str());
        Ok(Some(RecourseProof {
            document: vault.open_bytes(("recourses.document", number), document)?,
            cms: vault.open_bytes(("recourses.cms", number), cms)?,
            evidence: vault.open(("recourses.evidence", number), evidence)?,
        }))
    }

    async fn answer_bytes(
        &self,
        number: &Number,
        kind: RecourseStepKind,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let select = "SELECT place, document FROM recourse_steps
             WHERE recourse = $1 AND kind = $2 AND document IS NOT NULL";
        let found: Option<(i64, Vec<u8>)> = query_as(select)
            .bind(number.as_str())
            .bind(kind.code())
            .fetch_optional(self.read())
            .await
            .map_err(fault)?;
        let Some((place, bytes)) = found else { return Ok(None) };
        let row = row_key(number.as_str(), place);
        self.vault.open_bytes(("recourse_steps.document", &row), bytes).map(Some)
    }

    async fn answered_recourse(&self, key: &AnswerKey) -> Result<Option<RecourseCase>, StoreError> {
        let (by, value) = match key {
            AnswerKey::Number(number) => ("number", number.as_str()),
            AnswerKey::Token(token) => ("token", token.0.as_str()),
            AnswerKey::Digest(digest) => ("digest", digest.as_str()),
        };
        let select = query_as(
            "SELECT number, request, kind, applicant, provider, form_key, opened_at, asked
             FROM recourses WHERE number = (
                 SELECT recourse FROM recourse_steps AS found
                 WHERE ($1 = 'number' AND answer_number = $2 OR $1 = 'token' AND token = $2
                         OR $1 = 'digest' AND digest = $2 AND kind = 'issued')
                     AND EXISTS (
                         SELECT 1 FROM recourse_steps AS made
                         WHERE made.recourse = found.recourse AND made.kind = 'issued'))",
        );
        Ok(cases(self, select.bind(by).bind(value)).await?.into_iter().next())
    }
}

fn department(text: &str) -> Result<Kato, StoreError> {
    Kato::parse(text).map_err(|_| StoreError::Corrupt("recourses.provider"))
}

async fn insert(
    connection: &mut SqliteConnection,
    vault: &Vault,
    recourse: &Recourse,
    proof: &RecourseProof,
) -> Result<bool, StoreError> {
    let number = recourse.number.as_str();
    let inserted = query(
        "INSERT INTO recourses
             (number, request, kind, applicant, provider, form_key, opened_at, asked, document,
              cms, evidence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(number)
    .bind(recourse.request.as_str())
    .bind(recourse.kind.code())
    .bind(vault.person(recourse.applicant))
    .bind(recourse.provider.as_str())
    .bind(&recourse.form_key)
    .bind(to_ms(recourse.opened_at))
    .bind(vault.seal_json(("recourses.asked", number), &recourse.asked)?)
    .bind(vault.seal_bytes(("recourses.document", number), &proof.document))
    .bind(vault.seal_bytes(("recourses.cms", number), &proof.cms))
    .bind(vault.seal(("recourses.evidence", number), &proof.evidence))
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(inserted.rows_affected() > 0)
}

/// What the same form led to, or the review the request has; `None` where the number alone is taken.
async fn before(
    connection: &mut SqliteConnection,
    vault: &Vault,
    recourse: &Recourse,
) -> Result<Option<Number>, StoreError> {
    let found: Option<String> = query_scalar(
        "SELECT number FROM recourses WHERE applicant = $1 AND form_key = $2
         UNION ALL
         SELECT number FROM recourses WHERE request = $3 AND kind = 'review' AND $4 LIMIT 1",
    )
    .bind(vault.person(recourse.applicant))
    .bind(&recourse.form_key)
    .bind(recourse.request.as_str())
    .bind(recourse.kind == RecourseKind::Review)
    .fetch_optional(connection)
    .await
    .map_err(fault)?;
    found.as_deref().map(parse_number).transpose()
}

async fn insert_step(
    connection: &mut SqliteConnection,
    vault: &Vault,
    step: &RecourseStep,
) -> Result<(), StoreError> {
    let (answer, row) = (step.answer.as_ref(), row_key(step.recourse.as_str(), step.place));
    let content = answer
        .map(|one| vault.seal_json(("recourse_steps.answer", &row), &one.content))
        .transpose()?;
    let document = step.document.as_ref();
    let sealed =
        document.map(|one| vault.seal_bytes(("recourse_steps.document", &row), &one.bytes));
    let inserted = query(
        "INSERT INTO recourse_steps
             (recourse, place, kind, at_ms, body, due_at, official, words, answer, answer_number,
              token, document, digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
    )
    .bind(step.recourse.as_str())
    .bind(step.place)
    .bind(step.kind.code())
    .bind(to_ms(step.at))
    .bind(step.body.code())
    .bind(to_ms(step.due_at))
    .bind(step.official.map(|iin| vault.person(iin)))
    .bind(vault.seal(("recourse_steps.words", &row), &step.words))
    .bind(content)
    .bind(answer.map(|one| one.content.number.as_str()))
    .bind(answer.map(|one| one.token.0.as_str()))
    .bind(sealed)
    .bind(document.map(|one| one.digest.as_str()))
    .execute(&mut *connection)
    .await
    .map_err(fault)?;
    if inserted.rows_affected() > 0 {
        return Ok(());
    }
    let taken: bool = query_scalar(
        "SELECT EXISTS (
             SELECT 1 FROM recourse_steps WHERE recourse = $1 AND (place = $2 OR kind = 'issued'))",
    )
    .bind(step.recourse.as_str())
    .bind(step.place)
    .fetch_one(connection)
    .await
    .map_err(fault)?;
    Err(if taken { StoreError::Stale } else { StoreError::NumberTaken })
}

async fn cases(
    store: &SqliteStore,
    select: QueryAs<'_, Sqlite, RecourseRow, SqliteArguments>,
) -> Result<Vec<RecourseCase>, StoreError> {
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    let rows = select.fetch_all(&mut *snapshot).await.map_err(fault)?;
    let numbers: Vec<&str> = rows.iter().map(|row| row.number.as_str()).collect();
    let steps: Vec<StepRow> = query_as(
        "SELECT recourse, place, kind, at_ms, body, due_at, official, words, answer, token, digest
         FROM recourse_steps WHERE recourse IN (SELECT value FROM json_each($1))
         ORDER BY recourse, place",
    )
    .bind(to_json(&numbers)?)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    joined(&store.vault, rows, steps)
}
