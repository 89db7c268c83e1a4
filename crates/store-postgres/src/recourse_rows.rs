//! Reviews and complaints as rows: read back as values, and as the digests their journal rows carry.
//!
//! Knows no statement but those of a snapshot. Read next: `recourses.rs`.

use std::collections::HashMap;

use app::{
    AnswerBytes, CheckToken, PlannedAnswer, Recourse, RecourseCase, RecourseColumns, RecourseStep,
    RecourseStepColumns, RecourseStepKind, StoreError,
};
use domain::{Number, RecourseBody, RecourseKind};
use sqlx::{FromRow, query_as};
use vault::{Vault, row_key};

use crate::codec::{moment, number, some_iin};
use crate::record_desk::kato;
use crate::session::Session;

#[derive(FromRow)]
pub(crate) struct RecourseRow {
    pub(crate) number: String,
    request: String,
    kind: String,
    applicant: String,
    provider: String,
    form_key: String,
    opened_at: i64,
    asked: String,
}

impl RecourseRow {
    fn read(self, vault: &Vault) -> Result<Recourse, StoreError> {
        let kind = RecourseKind::parse(&self.kind);
        Ok(Recourse {
            number: number(&self.number)?,
            request: number(&self.request)?,
            kind: kind.ok_or(StoreError::Corrupt("recourses.kind"))?,
            applicant: vault.iin(&self.applicant)?,
            provider: kato(&self.provider)?,
            form_key: self.form_key,
            opened_at: moment(self.opened_at)?,
            asked: vault.open_json(("recourses.asked", &self.number), self.asked)?,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct StepRow {
    recourse: String,
    place: i64,
    kind: String,
    at_ms: i64,
    body: String,
    due_at: i64,
    official: Option<String>,
    words: String,
    answer: Option<String>,
    token: Option<String>,
    digest: Option<String>,
}

impl StepRow {
    fn read(self, vault: &Vault) -> Result<RecourseStep, StoreError> {
        let corrupt = StoreError::Corrupt;
        let row = row_key(&self.recourse, self.place);
        let place = |column| (column, row.as_str());
        let answer = match (self.answer, self.token) {
            (Some(answer), Some(token)) => {
                let content = vault.open_json(place("recourse_steps.answer"), answer)?;
                Some(PlannedAnswer { content, token: CheckToken(token) })
            }
            _ => None,
        };
        Ok(RecourseStep {
            recourse: number(&self.recourse)?,
            place: self.place.try_into().map_err(|_| corrupt("recourse_steps.place"))?,
            kind: RecourseStepKind::parse(&self.kind).ok_or(corrupt("recourse_steps.kind"))?,
            at: moment(self.at_ms)?,
            body: RecourseBody::parse(&self.body).ok_or(corrupt("recourse_steps.body"))?,
            due_at: moment(self.due_at)?,
            official: some_iin(vault, self.official.as_deref())?,
            words: vault.open(place("recourse_steps.words"), self.words)?,
            answer,
            document: self.digest.map(|digest| AnswerBytes { bytes: Vec::new(), digest }),
        })
    }
}

/// Puts steps to what they are steps of; the order of the cases stays.
pub(crate) fn joined(
    vault: &Vault,
    rows: Vec<RecourseRow>,
    steps: Vec<StepRow>,
) -> Result<Vec<RecourseCase>, StoreError> {
    let mut by_number: HashMap<String, Vec<RecourseStep>> = HashMap::new();
    for step in steps {
        by_number.entry(step.recourse.clone()).or_default().push(step.read(vault)?);
    }
    let case = |row: RecourseRow| {
        let steps = by_number.remove(&row.number).unwrap_or_default();
        Ok(RecourseCase { recourse: row.read(vault)?, steps })
    };
    rows.into_iter().map(case).collect()
}

#[derive(FromRow)]
struct WholeRow {
    number: String,
    request: String,
    kind: String,
    applicant: String,
    provider: String,
    form_key: String,
    opened_at: i64,
    asked: String,
    document: Vec<u8>,
    cms: Vec<u8>,
    evidence: String,
}

#[derive(FromRow)]
struct WholeStepRow {
    recourse: String,
    place: i64,
    kind: String,
    at_ms: i64,
    body: String,
    due_at: i64,
    official: String,
    words: String,
    answer: String,
    answer_number: String,
    token: String,
    document: Vec<u8>,
    digest: String,
}

impl WholeRow {
    fn opened(self, vault: &Vault) -> Result<Self, StoreError> {
        let place = |column| (column, self.number.as_str());
        Ok(Self {
            applicant: vault.digits(self.applicant)?,
            asked: vault.open(place("recourses.asked"), self.asked)?,
            document: vault.open_bytes(place("recourses.document"), self.document)?,
            cms: vault.open_bytes(place("recourses.cms"), self.cms)?,
            evidence: vault.open(place("recourses.evidence"), self.evidence)?,
            ..self
        })
    }

    fn columns(&self) -> RecourseColumns<'_> {
        RecourseColumns {
            number: &self.number,
            request: &self.request,
            kind: &self.kind,
            applicant: &self.applicant,
            provider: &self.provider,
            form_key: &self.form_key,
            opened_at: self.opened_at,
            asked: &self.asked,
            document: &self.document,
            cms: &self.cms,
            evidence: &self.evidence,
        }
    }
}

impl WholeStepRow {
    fn opened(self, vault: &Vault) -> Result<Self, StoreError> {
        let row = row_key(&self.recourse, self.place);
        let place = |column| (column, row.as_str());
        Ok(Self {
            official: vault.digits(self.official)?,
            words: vault.open(place("recourse_steps.words"), self.words)?,
            answer: vault.open(place("recourse_steps.answer"), self.answer)?,
            document: vault.open_bytes(place("recourse_steps.document"), self.document)?,
            ..self
        })
    }

    fn columns(&self) -> RecourseStepColumns<'_> {
        RecourseStepColumns {
            recourse: &self.recourse,
            place: self.place,
            kind: &self.kind,
            at_ms: self.at_ms,
            body: &self.body,
            due_at: self.due_at,
            official: &self.official,
            words: &self.words,
            answer: &self.answer,
            answer_number: &self.answer_number,
            token: &self.token,
            document: &self.document,
            digest: &self.digest,
        }
    }
}

/// One digest for each step, in their own order. A registration goes in with its first step, and shows without one.
fn digests_of(whole: &[WholeRow], steps: &[WholeStepRow]) -> Vec<String> {
    let of_step = |step: &WholeStepRow| {
        let opens = |row: &&WholeRow| step.place == 0 && row.number == step.recourse;
        let columns = step.columns();
        match whole.iter().find(opens) {
            Some(row) => row.columns().digest(&columns),
            None => columns.digest(),
        }
    };
    let has_steps = |row: &WholeRow| steps.iter().any(|step| step.recourse == row.number);
    let without = whole.iter().filter(|row| !has_steps(row)).map(|row| row.number.clone());
    let mut digests: Vec<String> = steps.iter().map(of_step).chain(without).collect();
    digests.sort_unstable();
    digests
}

/// As in [`app::StoredEvidence::recourses`].
pub(crate) async fn recourse_digests(
    snapshot: &mut Session,
    request: &Number,
) -> Result<Vec<String>, StoreError> {
    let select = query_as(
        "SELECT number, request, kind, applicant, provider, form_key, opened_at, asked, document,
             cms, evidence
         FROM recourses WHERE request = $1 ORDER BY number",
    );
    let whole: Vec<WholeRow> = snapshot.all(select.bind(request.as_str())).await?;
    let whole = whole.into_iter().map(|row| row.opened(&snapshot.vault));
    let whole = whole.collect::<Result<Vec<_>, _>>()?;
    if whole.is_empty() {
        return Ok(Vec::new());
    }
    let select = query_as(
        "SELECT recourse, place, step.kind, at_ms, body, due_at,
             COALESCE(official, '') AS official, words, COALESCE(answer, '') AS answer,
             COALESCE(answer_number, '') AS answer_number, COALESCE(token, '') AS token,
             COALESCE(step.document, ''::BYTEA) AS document, COALESCE(digest, '') AS digest
         FROM recourse_steps AS step JOIN recourses ON number = recourse
         WHERE request = $1 ORDER BY recourse, place",
    );
    let steps: Vec<WholeStepRow> = snapshot.all(select.bind(request.as_str())).await?;
    let steps = steps.into_iter().map(|row| row.opened(&snapshot.vault));
    let steps = steps.collect::<Result<Vec<_>, _>>()?;
    Ok(digests_of(&whole, &steps))
}
