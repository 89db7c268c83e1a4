//! The story of a request as a signed file: what an office hands to a court or a higher body, and anybody can check.
//!
//! The words are the caller's, in both languages; the data inside and the seal are made here. The file is no result of the
//! service and is not kept: its making stands in the journal. Read next: `story.rs`.

use domain::{Number, Provider, Sheet};
use serde_json::{Value, json};

use crate::ports::{
    LookWay, RecourseCase, RecourseStepKind, RenderError, RepairRequest, SealError, SealOrder,
};
use crate::records::LookError;
use crate::service::Service;
use crate::staff::{Permit, acts};
use crate::story::RequestStory;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum StoryFileError {
    /// It cannot be drawn: a fault of the program.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The seal is away: try again.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Service {
    /// The story of a request of one's territory, to be taken out as a file: a look of its own.
    ///
    /// # Errors
    /// [`LookError`]; not found also where it is another territory's.
    pub async fn story_to_take_out(
        &self,
        permit: &Permit<acts::ReadRequests>,
        number: &Number,
        purpose: &str,
    ) -> Result<RequestStory, LookError> {
        self.story_looked_at(permit, number, purpose, LookWay::RequestFile).await
    }

    /// Draws and seals a sheet in the name of the provider that answered the request.
    ///
    /// # Errors
    /// [`StoryFileError`].
    pub async fn sealed_story(
        &self,
        story: &RequestStory,
        sheet: &Sheet,
    ) -> Result<Vec<u8>, StoryFileError> {
        let unsealed = self.parts.renderer.sheet(sheet)?;
        let order =
            SealOrder { provider: self.provider_of(story).clone(), sealed_at: sheet.made_at };
        Ok(self.parts.sealer.seal(&unsealed, &order).await?)
    }

    /// In whose name a story is told: the provider that answered, else the one addressed, else the fallback.
    #[must_use]
    pub fn provider_of(&self, story: &RequestStory) -> &Provider {
        let answering = story.results.first().map(|one| &one.content.provider().kato);
        let kato = answering.or(story.request.request.provider.as_ref());
        kato.map_or_else(|| self.providers().fallback(), |kato| self.providers().of(kato))
    }
}

impl RequestStory {
    /// The same for machines. Rows of the journal come with their hashes, so that they can be held against its roots; of the
    /// evidence there is what it came to, and not the record of the data bank.
    #[must_use]
    pub fn data(&self) -> Value {
        let request = &self.request;
        json!({
            "story_version": 1,
            "number": request.number,
            "applicant": { "iin": request.request.applicant.digits(), "name": request.applicant_name },
            "wards": request.request.wards,
            "channel": request.channel.code(),
            "language": request.request.language,
            "state": request.state.code(),
            "accepted_at": request.clock.accepted_at,
            "due_at": request.clock.due_at,
            "ended_at": request.ended_at,
            "term_exceeded": self.term == domain::Term::Exceeded,
            "consents": self.consents.iter().map(|one| json!({
                "kind": one.kind, "decision": one.decision, "text_version": one.text_version,
                "language": one.language, "text": one.text,
            })).collect::<Vec<_>>(),
            "consent_withdrawn_at": self.withdrawn_at,
            "decision": self.decision.as_ref().map(|one| json!({
                "rule_version": one.rule_version,
                "decided_at": one.decided_at,
                "data_bank_asked_at": one.evidence.data_bank_asked_at,
            })),
            "documents": self.results.iter().map(|one| json!({
                "kind": one.kind.code(), "number": one.number, "sha256": one.digest,
                "facts": one.content,
            })).collect::<Vec<_>>(),
            "annulments": self.annulments.iter().map(|one| json!({
                "certificate": one.certificate, "reason": one.reason.code(), "words": one.words,
                "proposed_at": one.proposed_at,
                "end": one.end.as_ref().map(|end| json!({
                    "outcome": end.outcome.code(), "at": end.at, "remark": end.remark,
                })),
            })).collect::<Vec<_>>(),
            "notes": self.notes.iter().map(|one| json!({
                "author": one.author_name, "workplace": one.workplace.code(), "at": one.at,
                "words": one.words,
            })).collect::<Vec<_>>(),
            "repair": self.repair.as_ref().map(repair),
            "reviews_and_complaints": self.recourses.iter().map(recourse).collect::<Vec<_>>(),
            "journal": self.events.iter().map(|row| json!({
                "sequence": row.sequence, "at_ms": row.at_ms, "actor": row.actor,
                "action": row.action, "detail": row.detail, "evidence": row.evidence,
                "hash": row.hash,
            })).collect::<Vec<_>>(),
        })
    }
}

fn repair(one: &RepairRequest) -> Value {
    json!({
        "provider": one.provider, "opened_at": one.opened_at,
        "act_number": one.act_number, "act_date": one.act_date,
        "answer": one.answer.as_ref().map(|answer| json!({
            "outcome": answer.outcome.code(), "at": answer.at, "words": answer.words,
        })),
    })
}

/// With the words of both sides and who answered; the sealed answer itself is known by its number and digest.
fn recourse(case: &RecourseCase) -> Value {
    let (one, asked) = (&case.recourse, &case.recourse.asked);
    let sealed = case.step(RecourseStepKind::Issued).and_then(|step| step.document.as_ref());
    json!({
        "number": one.number, "kind": one.kind.code(), "provider": one.provider,
        "opened_at": one.opened_at, "channel": asked.channel.code(),
        "grounds": asked.grounds, "words": asked.words, "address": asked.address,
        "comes_late": asked.is_late, "late_reason": asked.late_reason,
        "confirmation": asked.confirmation.code(),
        "steps": case.steps.iter().map(|step| json!({
            "kind": step.kind.code(), "at": step.at, "body": step.body.code(),
            "due_at": step.due_at, "words": step.words,
        })).collect::<Vec<_>>(),
        "answer": case.answer().map(|answer| json!({
            "number": answer.content.number, "body": answer.content.body.code(),
            "outcome": answer.content.outcome.code(), "reasons": answer.content.reasons,
            "official": answer.content.official_name, "at": answer.content.answered_at,
            "sha256": sealed.map(|one| one.digest.as_str()),
        })),
    })
}
