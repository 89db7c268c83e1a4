//! Reviews and complaints as they stand in the columns, and the digests their journal rows carry.
//!
//! What is about to be stored and what a store reads back are put into the same columns. Read next: `recourses.rs`, then
//! `../integrity/request.rs` for the comparison.

use super::evidence::Fields;
use super::recourses::{Recourse, RecourseProof, RecourseStep};
use super::store::StoreError;
use crate::evidence::stored_json;

/// A registration as it stands in the columns.
pub struct RecourseColumns<'a> {
    /// Number.
    pub number: &'a str,
    /// Number of the request.
    pub request: &'a str,
    /// Word of the kind.
    pub kind: &'a str,
    /// IIN.
    pub applicant: &'a str,
    /// KATO.
    pub provider: &'a str,
    /// Key of the form.
    pub form_key: &'a str,
    /// Epoch milliseconds.
    pub opened_at: i64,
    /// JSON.
    pub asked: &'a str,
    /// Bytes.
    pub document: &'a [u8],
    /// Bytes.
    pub cms: &'a [u8],
    /// JSON or empty.
    pub evidence: &'a str,
}

/// A step as it stands in the columns; what has no value is empty.
pub struct RecourseStepColumns<'a> {
    /// Number of its review or complaint.
    pub recourse: &'a str,
    /// Place.
    pub place: i64,
    /// Word of the kind.
    pub kind: &'a str,
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Word of the body.
    pub body: &'a str,
    /// Epoch milliseconds.
    pub due_at: i64,
    /// IIN.
    pub official: &'a str,
    /// Words.
    pub words: &'a str,
    /// JSON.
    pub answer: &'a str,
    /// Number of the answer.
    pub answer_number: &'a str,
    /// Token.
    pub token: &'a str,
    /// Bytes.
    pub document: &'a [u8],
    /// Digest kept with them.
    pub digest: &'a str,
}

impl RecourseColumns<'_> {
    /// For the journal's row, with the step that opened it.
    #[must_use]
    pub fn digest(&self, opened: &RecourseStepColumns<'_>) -> String {
        Fields::default()
            .text(self.number)
            .text(self.request)
            .text(self.kind)
            .text(self.applicant)
            .text(self.provider)
            .text(self.form_key)
            .integer(self.opened_at)
            .text(self.asked)
            .bytes(self.document)
            .bytes(self.cms)
            .text(self.evidence)
            .text(&opened.digest())
            .digest()
    }
}

impl RecourseStepColumns<'_> {
    /// For the journal's row.
    #[must_use]
    pub fn digest(&self) -> String {
        Fields::default()
            .text(self.recourse)
            .integer(self.place)
            .text(self.kind)
            .integer(self.at_ms)
            .text(self.body)
            .integer(self.due_at)
            .text(self.official)
            .text(self.words)
            .text(self.answer)
            .text(self.answer_number)
            .text(self.token)
            .bytes(self.document)
            .text(self.digest)
            .digest()
    }
}

/// The digest of an opening.
///
/// # Errors
/// As [`stored_json`].
pub fn opening_digest(
    recourse: &Recourse,
    proof: &RecourseProof,
    opened: &RecourseStep,
) -> Result<String, StoreError> {
    let columns = RecourseColumns {
        number: recourse.number.as_str(),
        request: recourse.request.as_str(),
        kind: recourse.kind.code(),
        applicant: &recourse.applicant.digits(),
        provider: recourse.provider.as_str(),
        form_key: &recourse.form_key,
        opened_at: recourse.opened_at.as_millisecond(),
        asked: &stored_json(&recourse.asked)?,
        document: &proof.document,
        cms: &proof.cms,
        evidence: &proof.evidence,
    };
    with_columns(opened, |step| columns.digest(step))
}

/// The digest of a later step.
///
/// # Errors
/// As [`stored_json`].
pub fn recourse_step_digest(step: &RecourseStep) -> Result<String, StoreError> {
    with_columns(step, |columns| columns.digest())
}

fn with_columns(
    step: &RecourseStep,
    digest: impl FnOnce(&RecourseStepColumns<'_>) -> String,
) -> Result<String, StoreError> {
    let answer = step.answer.as_ref().map(|one| stored_json(&one.content)).transpose()?;
    let official = step.official.map(|iin| iin.digits());
    Ok(digest(&RecourseStepColumns {
        recourse: step.recourse.as_str(),
        place: i64::from(step.place),
        kind: step.kind.code(),
        at_ms: step.at.as_millisecond(),
        body: step.body.code(),
        due_at: step.due_at.as_millisecond(),
        official: official.as_deref().unwrap_or_default(),
        words: &step.words,
        answer: answer.as_deref().unwrap_or_default(),
        answer_number: step.answer.as_ref().map_or("", |one| one.content.number.as_str()),
        token: step.answer.as_ref().map_or("", |one| one.token.0.as_str()),
        document: step.document.as_ref().map_or(&[], |one| one.bytes.as_slice()),
        digest: step.document.as_ref().map_or("", |one| one.digest.as_str()),
    }))
}
