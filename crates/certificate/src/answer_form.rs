//! The answer to a human review or a complaint: who considered it, what came of it and why, and what may be done next.
//!
//! Words are in `forms/answer.toml`; the reasons are the official's own. See also `refusal_form`.

use domain::{AnswerContent, Bilingual, RecourseBody, RecourseKind, RecourseOutcome};
use serde::Deserialize;

use crate::compose::{Composer, FieldValue, Rule};
use crate::form::{CommonForm, Values};
use crate::refusal_form::section;
use crate::render::RenderFault;
use crate::style::Style;

/// `forms/answer.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerForm {
    title: TitleForm,
    labels: LabelsForm,
    bodies: BodiesForm,
    decision: DecisionForm,
    outcomes: OutcomesForm,
    next: NextForm,
    pub(crate) check: Bilingual,
    pub(crate) law: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TitleForm {
    review: Bilingual,
    complaint: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelsForm {
    applicant: Bilingual,
    recourse: Bilingual,
    request: Bilingual,
    body: Bilingual,
    official: Bilingual,
    reasons: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodiesForm {
    reviewer: Bilingual,
    head: Bilingual,
    quality_control: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionForm {
    heading: Bilingual,
    text: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomesForm {
    upheld: Bilingual,
    record_repaired: Bilingual,
    satisfied: Bilingual,
    partly_satisfied: Bilingual,
    rejected: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NextForm {
    heading: Bilingual,
    record_repaired: Bilingual,
    reviewer: Bilingual,
    head: Bilingual,
    quality_control: Bilingual,
}

impl AnswerForm {
    pub(crate) fn title(&self, content: &AnswerContent) -> &Bilingual {
        // A body above may have answered in the place of another: the document is named after what was asked for.
        match content.outcome.kind() {
            RecourseKind::Review => &self.title.review,
            RecourseKind::Complaint => &self.title.complaint,
        }
    }

    /// Composes everything above the QR code.
    pub(crate) fn compose(
        &self,
        content: &AnswerContent,
        common: &CommonForm,
        mut values: Values,
        composer: &mut Composer<'_>,
    ) -> Result<Values, RenderFault> {
        if let Some(row) = composer.last_row() {
            row.space_below = 6.0;
            row.rule = Some(Rule::Hairline);
        }
        self.compose_fields(content, common, composer)?;
        values.put("outcome", self.outcome(content.outcome).clone());
        section(&self.decision.heading, &[&self.decision.text], &values, composer)?;
        section(&self.next.heading, &[self.next(content)], &values, composer)?;
        if let Some(row) = composer.last_row() {
            row.space_below = 8.0;
            row.rule = Some(Rule::Hairline);
        }
        Ok(values)
    }

    fn compose_fields(
        &self,
        content: &AnswerContent,
        common: &CommonForm,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        let labels = &self.labels;
        let iin = content.applicant_iin.digits();
        let name = &content.applicant_name;
        composer.field(&labels.applicant, &FieldValue::Person { name, iin: &iin })?;
        let registered = common.instant(content.registered_at)?;
        let number = content.recourse_number.as_str();
        let recourse = Bilingual {
            kk: format!("№ {number}, {}", registered.kk),
            ru: format!("№ {number}, {}", registered.ru),
        };
        composer.field(&labels.recourse, &FieldValue::Both(&recourse))?;
        let request = format!("№ {}", content.request_number.as_str());
        composer.field(&labels.request, &FieldValue::Same(&request, Style::Value))?;
        composer.field(&labels.body, &FieldValue::Both(self.body(content.body)))?;
        let official = FieldValue::Same(&content.official_name, Style::Value);
        composer.field(&labels.official, &official)?;
        composer.field(&labels.reasons, &FieldValue::Same(&content.reasons, Style::Value))?;
        Ok(())
    }

    fn body(&self, body: RecourseBody) -> &Bilingual {
        match body {
            RecourseBody::Reviewer => &self.bodies.reviewer,
            RecourseBody::Head => &self.bodies.head,
            RecourseBody::QualityControl => &self.bodies.quality_control,
        }
    }

    fn outcome(&self, outcome: RecourseOutcome) -> &Bilingual {
        match outcome {
            RecourseOutcome::Upheld => &self.outcomes.upheld,
            RecourseOutcome::RecordRepaired => &self.outcomes.record_repaired,
            RecourseOutcome::Satisfied => &self.outcomes.satisfied,
            RecourseOutcome::PartlySatisfied => &self.outcomes.partly_satisfied,
            RecourseOutcome::Rejected => &self.outcomes.rejected,
        }
    }

    fn next(&self, content: &AnswerContent) -> &Bilingual {
        match (content.outcome, content.body) {
            (RecourseOutcome::RecordRepaired, _) => &self.next.record_repaired,
            (_, RecourseBody::Reviewer) => &self.next.reviewer,
            (_, RecourseBody::Head) => &self.next.head,
            (_, RecourseBody::QualityControl) => &self.next.quality_control,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::form::Forms;

    #[test]
    fn whoever_is_refused_again_reads_where_to_go_next() {
        let next = Forms::embedded().unwrap().answer.next;
        for (text, words) in [
            (&next.reviewer.ru, &["5 рабочих дней", "15 рабочих дней", "статья 92"][..]),
            (&next.reviewer.kk, &["5 жұмыс күні", "15 жұмыс күні", "92-бабы"]),
            (&next.head.ru, &["15 рабочих дней", "в суд"]),
            (&next.head.kk, &["15 жұмыс күні", "сотқа"]),
            (&next.quality_control.ru, &["в суд", "91"]),
            (&next.quality_control.kk, &["сотқа", "91"]),
        ] {
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
    }
}
