//! Reviews and complaints in the story of a request: what was asked, what became of it, and the number of the sealed answer.
//!
//! Read next: `story_view.rs`.

use app::{RecourseCase, RecourseStepKind, RequestStory};
use domain::RecourseKind;

use super::story_view::Facts;
use crate::page::Page;
use crate::pages::recourse::{grounds_of, state_of, steps_of, title_of};

/// A review or complaint in words.
pub struct Recourse {
    /// What it is, with its number.
    pub title: String,
    /// How it stands.
    pub state: String,
    /// The facts of it.
    pub facts: Facts,
}

/// All about a request.
pub fn of(page: &Page, story: &RequestStory) -> Vec<Recourse> {
    let of_case = |case: &RecourseCase| Recourse {
        title: title_of(case, page),
        state: state_of(case, page.is_late(case), page),
        facts: facts_of(case, page),
    };
    story.recourses.iter().map(of_case).collect()
}

fn facts_of(case: &RecourseCase, page: &Page) -> Facts {
    let (recourse, asked) = (&case.recourse, &case.recourse.asked);
    let mut facts = vec![
        (page.t("recourse-opened"), page.moment(&recourse.opened_at)),
        (page.t("fact-provider"), page.todays_name(&recourse.provider)),
        (page.t("recourse-considers"), page.t(&format!("recourse-body-{}", case.body().code()))),
        (page.t("recourse-due"), page.moment(&case.due_at())),
    ];
    if recourse.kind == RecourseKind::Complaint {
        facts.push((page.t("complaint-grounds"), grounds_of(case, page).join("; ")));
    }
    if !asked.words.is_empty() {
        facts.push((page.t("staff-recourse-words"), asked.words.clone()));
    }
    if asked.is_late {
        facts.push((page.t("staff-recourse-late"), asked.late_reason.clone()));
    }
    facts.extend(steps_of(case, page).into_iter().map(|step| {
        let words = if step.words.is_empty() {
            step.text
        } else {
            format!("{} – {}", step.text, step.words)
        };
        (page.moment(&step.at), words)
    }));
    if let Some(answer) = case.answer() {
        let content = &answer.content;
        let is_sealed = case.step(RecourseStepKind::Issued).is_some();
        let mut number = format!("{}, {}", content.number, content.official_name);
        if !is_sealed {
            number = format!("{number}. {}", page.t("recourse-being-made"));
        }
        facts.push((page.t("recourse-answer"), number));
        facts.push((page.t("staff-recourse-reasons"), content.reasons.clone()));
    }
    facts
}
