//! Reviews and complaints: rows that are added and never change. Read next: `recourse_rows.rs`.

use app::{
    AnswerKey, AuditEvent, Recourse, RecourseCase, RecourseOpened, RecourseProof, RecourseStep,
    RecourseStepKind, Recourses, StoreError,
};
use async_trait::async_trait;
use domain::{Iin, Kato, Number, RecourseBody, RecourseKind};
use sqlx::{query, query_as};
use vault::row_key;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{number as parse_number, to_ms};
use crate::recourse_rows::{RecourseRow, StepRow, joined};
use crate::session::{Read, Session};

#[async_trait]
impl Recourses for PostgresStore {
    async fn open_recourse(
        &self,
        recourse: &Recourse,
        proof: &RecourseProof,
        opened: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<RecourseOpened, StoreError> {
        self.within(open(self, recourse, proof, opened, audit)).await
    }

    async fn add_recourse_step(
        &self,
        step: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.within(add_step(self, step, audit)).await
    }

    async fn recourse(&self, number: &Number) -> Result<Option<RecourseCase>, StoreError> {
        let select = query_as(
            "SELECT number, request, kind, applicant, provider, form_key, opened_at, asked
             FROM recourses WHERE number = $1",
        );
        let found = self.within(cases(self, select.bind(number.as_str()))).await?;
        Ok(found.into_iter().next())
    }

    async fn recourses_of(&self, request: &Number) -> Result<Vec<RecourseCase>, StoreError> {
        let select = query_as(
            "SELECT number, request, kind, applicant, provider, form_key, opened_at, asked
             FROM recourses WHERE request = $1 ORDER BY opened_at, number",
        );
        self.within(cases(self, select.bind(request.as_str()))).await
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
        let select = select.bind(self.vault.person(applicant)).bind(i64::from(limit));
        self.within(cases(self, select)).await
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
             WHERE body = $1 AND ($2::TEXT[] IS NULL OR provider = ANY($2))
             ORDER BY step.kind = 'issued', due_at, number LIMIT $3",
        );
        let departments: Option<Vec<String>> =
            departments.map(|all| all.iter().map(|one| one.as_str().to_owned()).collect());
        let select = select.bind(body.code()).bind(departments).bind(i64::from(limit));
        self.within(cases(self, select)).await
    }

    async fn recourse_departments(&self) -> Result<Vec<Kato>, StoreError> {
        // From each to the next, because there are a hundred among all cases.
        let select = query_as(
            "WITH RECURSIVE department (provider) AS (
                 SELECT MIN(provider) FROM recourses
                 UNION ALL
                 SELECT (SELECT MIN(provider) FROM recourses
                         WHERE provider > department.provider)
                 FROM department WHERE department.provider IS NOT NULL)
             SELECT provider FROM department WHERE provider IS NOT NULL",
        );
        let found: Vec<(String,)> = self.within(self.all(select)).await?;
        let department = |(text,): &(String,)| {
            Kato::parse(text).map_err(|_| StoreError::Corrupt("recourses.provider"))
        };
        found.iter().map(department).collect()
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
        self.within(cases(self, select.bind(after).bind(i64::from(limit)))).await
    }

    async fn recourse_proof(&self, number: &Number) -> Result<Option<RecourseProof>, StoreError> {
        let select = query_as("SELECT document, cms, evidence FROM recourses WHERE number = $1");
        let row: Option<(Vec<u8>, Vec<u8>, String)> =
            self.within(self.optional(select.bind(number.as_str()))).await?;
        let (vault, place) = (&self.vault, |column| (column, number.as_str()));
        row.map(|(document, cms, evidence)| {
            Ok(RecourseProof {
                document: vault.open_bytes(place("recourses.document"), document)?,
                cms: vault.open_bytes(place("recourses.cms"), cms)?,
                evidence: vault.open(place("recourses.evidence"), evidence)?,
            })
        })
        .transpose()
    }

    async fn answer_bytes(
        &self,
        number: &Number,
        kind: RecourseStepKind,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let select = query_as(
            "SELECT place, document FROM recourse_steps
             WHERE recourse = $1 AND kind = $2 AND document IS NOT NULL",
        );
        let select = select.bind(number.as_str()).bind(kind.code());
        let found: Option<(i64, Vec<u8>)> = self.within(self.optional(select)).await?;
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
        let found = self.within(cases(self, select.bind(by).bind(value))).await?;
        Ok(found.into_iter().next())
    }
}

async fn open(
    store: &PostgresStore,
    recourse: &Recourse,
    proof: &RecourseProof,
    opened: &RecourseStep,
    audit: &AuditEvent,
) -> Result<RecourseOpened, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = open_in(&mut transaction, recourse, proof, opened, audit).await;
    transaction.end(outcome).await
}

async fn open_in(
    transaction: &mut Session,
    recourse: &Recourse,
    proof: &RecourseProof,
    opened: &RecourseStep,
    audit: &AuditEvent,
) -> Result<RecourseOpened, StoreError> {
    if !insert(transaction, recourse, proof).await? {
        let before = before(transaction, recourse).await?;
        return before.map(RecourseOpened::Before).ok_or(StoreError::NumberTaken);
    }
    insert_step(transaction, opened).await?;
    let insert = query("INSERT INTO open_recourses (recourse) VALUES ($1)");
    transaction.execute(insert.bind(recourse.number.as_str())).await?;
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(RecourseOpened::New)
}

async fn add_step(
    store: &PostgresStore,
    step: &RecourseStep,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let outcome = add_step_in(&mut transaction, step, audit).await;
    transaction.end(outcome).await
}

async fn add_step_in(
    transaction: &mut Session,
    step: &RecourseStep,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    insert_step(transaction, step).await?;
    if step.kind == RecourseStepKind::Issued {
        let delete = query("DELETE FROM open_recourses WHERE recourse = $1");
        transaction.execute(delete.bind(step.recourse.as_str())).await?;
    }
    append(transaction, std::slice::from_ref(audit)).await
}

/// Of parallel calls the second waits here until the first has committed.
async fn insert(
    transaction: &mut Session,
    recourse: &Recourse,
    proof: &RecourseProof,
) -> Result<bool, StoreError> {
    let (vault, place) = (&transaction.vault, |column| (column, recourse.number.as_str()));
    let insert = query(
        "INSERT INTO recourses
             (number, request, kind, applicant, provider, form_key, opened_at, asked, document,
              cms, evidence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(recourse.number.as_str())
    .bind(recourse.request.as_str())
    .bind(recourse.kind.code())
    .bind(vault.person(recourse.applicant))
    .bind(recourse.provider.as_str())
    .bind(&recourse.form_key)
    .bind(to_ms(recourse.opened_at))
    .bind(vault.seal_json(place("recourses.asked"), &recourse.asked)?)
    .bind(vault.seal_bytes(place("recourses.document"), &proof.document))
    .bind(vault.seal_bytes(place("recourses.cms"), &proof.cms))
    .bind(vault.seal(place("recourses.evidence"), &proof.evidence));
    Ok(transaction.execute(insert).await? > 0)
}

/// What the same form led to, or the review the request has; `None` where the number alone is taken.
async fn before(
    transaction: &mut Session,
    recourse: &Recourse,
) -> Result<Option<Number>, StoreError> {
    let select = query_as(
        "SELECT number FROM recourses WHERE applicant = $1 AND form_key = $2
         UNION ALL
         SELECT number FROM recourses WHERE request = $3 AND kind = 'review' AND $4 LIMIT 1",
    )
    .bind(transaction.vault.person(recourse.applicant))
    .bind(&recourse.form_key)
    .bind(recourse.request.as_str())
    .bind(recourse.kind == RecourseKind::Review);
    let found: Option<(String,)> = transaction.optional(select).await?;
    found.map(|(number,)| parse_number(&number)).transpose()
}

async fn insert_step(transaction: &mut Session, step: &RecourseStep) -> Result<(), StoreError> {
    let (answer, document) = (step.answer.as_ref(), step.document.as_ref());
    let row = row_key(step.recourse.as_str(), step.place);
    let (vault, place) = (&transaction.vault, |column| (column, row.as_str()));
    let content = answer
        .map(|one| vault.seal_json(place("recourse_steps.answer"), &one.content))
        .transpose()?;
    let bytes = document.map(|one| vault.seal_bytes(place("recourse_steps.document"), &one.bytes));
    let insert = query(
        "INSERT INTO recourse_steps
             (recourse, place, kind, at_ms, body, due_at, official, words, answer, answer_number,
              token, document, digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
    )
    .bind(step.recourse.as_str())
    .bind(i64::from(step.place))
    .bind(step.kind.code())
    .bind(to_ms(step.at))
    .bind(step.body.code())
    .bind(to_ms(step.due_at))
    .bind(step.official.map(|iin| vault.person(iin)))
    .bind(vault.seal(place("recourse_steps.words"), &step.words))
    .bind(content)
    .bind(answer.map(|one| one.content.number.as_str()))
    .bind(answer.map(|one| one.token.0.as_str()))
    .bind(bytes)
    .bind(document.map(|one| one.digest.as_str()));
    if transaction.execute(insert).await? > 0 {
        return Ok(());
    }
    let select = query_as(
        "SELECT EXISTS (
             SELECT 1 FROM recourse_steps WHERE recourse = $1 AND (place = $2 OR kind = 'issued'))",
    )
    .bind(step.recourse.as_str())
    .bind(i64::from(step.place));
    let taken: Option<(bool,)> = transaction.optional(select).await?;
    Err(if taken == Some((true,)) { StoreError::Stale } else { StoreError::NumberTaken })
}

async fn cases(
    store: &PostgresStore,
    select: Read<'_, RecourseRow>,
) -> Result<Vec<RecourseCase>, StoreError> {
    let mut snapshot = store.snapshot().await?;
    let outcome = cases_in(&mut snapshot, select).await;
    snapshot.end(outcome).await
}

async fn cases_in(
    snapshot: &mut Session,
    select: Read<'_, RecourseRow>,
) -> Result<Vec<RecourseCase>, StoreError> {
    let rows = snapshot.all(select).await?;
    let numbers: Vec<String> = rows.iter().map(|row| row.number.clone()).collect();
    let select = query_as(
        "SELECT recourse, place, kind, at_ms, body, due_at, official, words, answer, token, digest
         FROM recourse_steps WHERE recourse = ANY($1) ORDER BY recourse, place",
    );
    let steps: Vec<StepRow> = snapshot.all(select.bind(numbers)).await?;
    joined(&snapshot.vault, rows, steps)
}
