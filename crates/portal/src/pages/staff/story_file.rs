//! The story of a request as a signed file: its words in both languages of the law.
//!
//! Read next: `story_view.rs` for the words, `app`'s `story_file.rs` for the seal.

use app::{LookError, RequestStory, StoryFileError, acts};
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::{Bilingual, Language, Sheet, SheetLine, SheetPart};

use super::purpose;
use super::records::failure;
use super::requests::{asked, number_of};
use super::story_view::{Facts, StoryView};
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::Page;
use crate::staff::DeskVisit;

type Visit = DeskVisit<acts::ReadRequests>;

/// `POST /{language}/staff/requests/{number}/file`
pub async fn take_out(
    visit: Visit,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let (number, purpose) = (number_of(&number)?, form.text("purpose"));
    let service = &visit.portal.service;
    let story = match service.story_to_take_out(&visit.permit, &number, purpose).await {
        Ok(story) => story,
        Err(error @ LookError::NoPurpose) => {
            return purpose::page(&visit, asked(&number, purpose, Some(error.code())));
        }
        Err(error) => return Err(failure(error)),
    };
    let sheet = sheet(&visit, &story, purpose).await?;
    let pdf = service.sealed_story(&story, &sheet).await.map_err(|error| match error {
        StoryFileError::Seal(error) => {
            tracing::warn!(%error, "the story of a request is not sealed");
            Failure::Unavailable
        }
        StoryFileError::Render(error) => {
            tracing::error!(%error, "the story of a request is not drawn");
            Failure::Broken
        }
    })?;
    let name = format!("attachment; filename=\"{number}-story.pdf\"");
    let mut answer = ([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response();
    if let Ok(name) = HeaderValue::from_str(&name) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

async fn sheet(visit: &Visit, story: &RequestStory, purpose: &str) -> Result<Sheet, Failure> {
    let pages = [Language::Kk, Language::Ru].map(|language| {
        let portal = &visit.portal;
        Page::new(portal, language, &visit.place, None)
    });
    let [kk, ru] = &pages;
    let views = (
        StoryView::of(visit, kk, story, false).await,
        StoryView::of(visit, ru, story, false).await,
    );
    let t = |key: &str| Bilingual { kk: kk.t(key), ru: ru.t(key) };
    let part = |key: &str, of: &dyn Fn(&StoryView) -> Facts| SheetPart {
        heading: t(key),
        lines: lines(of(&views.0), of(&views.1)),
    };
    let parts = vec![
        part("story-state", &|view| view.asked.clone()),
        part("consents-title", &|view| view.consents.clone()),
        part("story-decision", &|view| view.decision.clone()),
        part("story-documents", &documents),
        part("story-annulments", &annulments),
        part("repair-title", &|view| view.repair.clone()),
        part("recourse-list-title", &recourses),
        part("story-notes", &notes),
        part("story-journal", &events),
    ];
    let number = story.request.number.to_string();
    let data = serde_json::to_vec_pretty(&story.data()).map_err(|_| Failure::Broken)?;
    Ok(Sheet {
        title: Bilingual { kk: kk.t("story-purpose-title"), ru: ru.t("story-purpose-title") },
        provider: visit.portal.service.provider_of(story).name.clone(),
        made_at: visit.portal.service.now(),
        lead: Bilingual {
            kk: kk
                .texts()
                .with_all("story-file-lead", &[("number", &number), ("purpose", purpose)]),
            ru: ru
                .texts()
                .with_all("story-file-lead", &[("number", &number), ("purpose", purpose)]),
        },
        number,
        parts,
        data,
    })
}

/// The same facts in both languages, line by line.
fn lines(kk: Facts, ru: Facts) -> Vec<SheetLine> {
    let line = |(kk, ru): ((String, String), (String, String))| SheetLine {
        label: Bilingual { kk: kk.0, ru: ru.0 },
        value: Bilingual { kk: kk.1, ru: ru.1 },
    };
    kk.into_iter().zip(ru).map(line).collect()
}

fn documents(view: &StoryView) -> Facts {
    let facts = view.documents.iter().flat_map(|one| {
        let annulled = one.annulled.clone().map(|text| format!(" – {text}")).unwrap_or_default();
        let head = (one.kind.clone(), format!("{}{annulled}", one.number));
        std::iter::once(head).chain(one.facts.clone())
    });
    facts.collect()
}

fn annulments(view: &StoryView) -> Facts {
    let facts = view.annulments.iter().flat_map(|one| {
        let head = (one.state.clone(), one.certificate.clone());
        std::iter::once(head).chain(one.facts.clone())
    });
    facts.collect()
}

fn recourses(view: &StoryView) -> Facts {
    let facts = view.recourses.iter().flat_map(|one| {
        let head = (one.title.clone(), one.state.clone());
        std::iter::once(head).chain(one.facts.clone())
    });
    facts.collect()
}

fn notes(view: &StoryView) -> Facts {
    view.notes.iter().map(|one| (one.author.clone(), one.words.clone())).collect()
}

/// The label is what happened; the value when, and by whom.
fn events(view: &StoryView) -> Facts {
    let line = |one: &super::story_view::Event| {
        let value = format!("{}, {} {}", one.when, one.who, one.detail);
        (one.what.clone(), value.trim_end().to_owned())
    };
    view.events.iter().map(line).collect()
}
