//! Reviews and complaints in the cabinet: what can be done about a request, on its own page; one case with its answer.
//!
//! Read next: `complaint.rs` for the form of a complaint.

use app::{Channel, RecourseCase, RecourseStepKind, RecourseView};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Number, RecourseBody, RecourseKind, RecourseOutcome};
use jiff::Timestamp;
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::repair::again;
use crate::visitor::Person;

/// What can be done about a request, in words.
pub struct Recourse {
    /// Number of the request.
    pub number: String,
    /// Token of the form that asks for a review; `None` where none can be asked for.
    pub review_token: Option<String>,
    /// Last moment of a complaint in time.
    pub complain_until: Timestamp,
    /// Whether a complaint would be late.
    pub is_late: bool,
    /// What was asked for so far.
    pub lines: Vec<CaseLine>,
}

/// A case in a line.
pub struct CaseLine {
    /// Its address.
    pub address: String,
    /// What it is, with its number.
    pub title: String,
    /// How it stands.
    pub state: String,
    /// Whether it waits for an answer.
    pub is_open: bool,
    /// When it was registered.
    pub opened_at: Timestamp,
    /// Until when it must be answered, while it is not.
    pub due_at: Option<Timestamp>,
    /// The request it is about.
    pub request: String,
}

impl Recourse {
    /// For the pages of a request.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn of(person: &Person, number: &Number, page: &Page) -> Result<Self, Failure> {
        let service = &person.visitor.portal.service;
        let view = service.recourse_view(person.session.iin, number).await?;
        let view = view.ok_or(Failure::NotFound)?;
        Ok(Self::shown(&view, number, (person, page)))
    }

    fn shown(view: &RecourseView, number: &Number, (person, page): (&Person, &Page)) -> Self {
        Self {
            number: number.to_string(),
            review_token: view.can_ask_review.then(|| person.token.clone()),
            complain_until: view.window.due_at,
            is_late: view.is_late,
            lines: view.cases.iter().map(|case| line_of(case, (person, page))).collect(),
        }
    }
}

fn line_of(case: &RecourseCase, (person, page): (&Person, &Page)) -> CaseLine {
    let is_open = case.answer().is_none();
    let is_late = person.visitor.portal.service.is_late(case);
    CaseLine {
        address: page.link(&format!("/recourses/{}", case.recourse.number)),
        title: title_of(case, page),
        state: state_of(case, is_late, page),
        is_open,
        opened_at: case.recourse.opened_at,
        due_at: is_open.then(|| case.due_at()),
        request: case.recourse.request.to_string(),
    }
}

/// What it is, with its number.
#[must_use]
pub fn title_of(case: &RecourseCase, page: &Page) -> String {
    let key = match case.recourse.kind {
        RecourseKind::Review => "recourse-title-review",
        RecourseKind::Complaint => "recourse-title-complaint",
    };
    page.with(key, "number", case.recourse.number.as_str())
}

/// How it stands, in words.
#[must_use]
pub fn state_of(case: &RecourseCase, is_late: bool, page: &Page) -> String {
    match case.answer() {
        Some(answer) => page.t(&format!("recourse-outcome-{}", answer.content.outcome.code())),
        None if is_late => page.t("recourse-state-overdue"),
        None => page.t("recourse-state-open"),
    }
}

#[derive(Template)]
#[template(path = "recourses.html")]
struct ListPage {
    page: Page,
    lines: Vec<CaseLine>,
}

/// `GET /{language}/cabinet/recourses`
pub async fn list(person: Person) -> Result<Response, Failure> {
    let page = person.page();
    let cases = person.visitor.portal.service.recourses_by(person.session.iin).await?;
    let lines = cases.iter().map(|case| line_of(case, (&person, &page))).collect();
    html(StatusCode::OK, &ListPage { lines, page })
}

/// `POST /{language}/requests/{number}/review`: twice is the same as once.
pub async fn ask_review(
    person: Person,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let number = Number::parse(&number).map_err(|_| Failure::NotFound)?;
    let service = &person.visitor.portal.service;
    let way = (person.visitor.language, Channel::Portal);
    let asked = service.ask_review(person.session.iin, &number, form.text("words"), way).await?;
    Ok(to_case(&person, &asked.ok_or(Failure::NotFound)?))
}

/// The page of a case.
pub(super) fn to_case(person: &Person, number: &Number) -> Response {
    Redirect::to(&person.visitor.link(&format!("/recourses/{number}"))).into_response()
}

/// A step in words.
pub struct StepLine {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// In an official's words.
    pub words: String,
}

/// The answer in words.
struct AnswerBlock {
    outcome: String,
    reasons: String,
    official: String,
    number: String,
    at: Timestamp,
    is_issued: bool,
    next: String,
    again: Option<String>,
}

#[derive(Template)]
#[template(path = "recourse_case.html")]
struct CasePage {
    page: Page,
    line: CaseLine,
    body: String,
    provider: String,
    words: String,
    grounds: Vec<String>,
    confirmation: String,
    is_late: bool,
    is_overdue: bool,
    steps: Vec<StepLine>,
    answer: Option<AnswerBlock>,
    quality: bool,
}

/// `GET /{language}/recourses/{number}`
pub async fn show(
    person: Person,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let case = own_case(&person, &number).await?;
    let page = person.page();
    let (recourse, asked) = (&case.recourse, &case.recourse.asked);
    let shown = CasePage {
        line: line_of(&case, (&person, &page)),
        body: page.t(&format!("recourse-body-{}", case.body().code())),
        provider: page.todays_name(&recourse.provider),
        words: asked.words.clone(),
        grounds: grounds_of(&case, &page),
        confirmation: page.t(&format!("recourse-confirmed-{}", asked.confirmation.code())),
        is_late: asked.is_late,
        is_overdue: case.answer().is_none() && person.visitor.portal.service.is_late(&case),
        steps: steps_of(&case, &page),
        answer: answer_of(&case, &page),
        quality: person.visitor.portal.service.takes_complaints(RecourseBody::QualityControl),
        page,
    };
    html(StatusCode::OK, &shown)
}

async fn own_case(person: &Person, number: &str) -> Result<RecourseCase, Failure> {
    let number = Number::parse(number).map_err(|_| Failure::NotFound)?;
    let service = &person.visitor.portal.service;
    let case = service.own_recourse(person.session.iin, &number).await?;
    case.ok_or(Failure::NotFound)
}

/// Grounds of a complaint in words.
#[must_use]
pub fn grounds_of(case: &RecourseCase, page: &Page) -> Vec<String> {
    let grounds = case.recourse.asked.grounds.iter();
    grounds.map(|ground| page.t(&format!("complaint-ground-{}", ground.code()))).collect()
}

/// What the person is to know of the steps.
#[must_use]
pub fn steps_of(case: &RecourseCase, page: &Page) -> Vec<StepLine> {
    let line = |step: &app::RecourseStep| {
        let is_told =
            !matches!(step.kind, RecourseStepKind::NearlyDue | RecourseStepKind::Intended);
        let body = page.t(&format!("recourse-body-{}", step.body.code()));
        is_told.then(|| StepLine {
            at: step.at,
            text: page.with(&format!("recourse-step-{}", step.kind.code()), "body", &body),
            words: step.words.clone(),
        })
    };
    case.steps.iter().filter_map(line).collect()
}

fn answer_of(case: &RecourseCase, page: &Page) -> Option<AnswerBlock> {
    let content = &case.answer()?.content;
    let is_repaired = content.outcome == RecourseOutcome::RecordRepaired;
    Some(AnswerBlock {
        outcome: page.t(&format!("recourse-outcome-{}", content.outcome.code())),
        reasons: content.reasons.clone(),
        official: content.official_name.clone(),
        number: content.number.to_string(),
        at: content.answered_at,
        is_issued: case.step(RecourseStepKind::Issued).is_some(),
        next: if is_repaired {
            page.t("recourse-next-record_repaired")
        } else {
            page.t(&format!("recourse-next-{}", content.body.code()))
        },
        again: is_repaired.then(|| again(page, &case.recourse.request)),
    })
}

/// Whether the browser should show the PDF rather than save it.
#[derive(Debug, Default, Deserialize)]
pub struct Showing {
    #[serde(default)]
    show: String,
}

/// `GET /{language}/recourses/{number}/answer`: the sealed answer.
pub async fn answer(
    person: Person,
    Path((_, number)): Path<(String, String)>,
    Query(showing): Query<Showing>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let number = Number::parse(&number).map_err(|_| Failure::NotFound)?;
    let service = &person.visitor.portal.service;
    let found = service.download_answer(person.session.iin, &number).await?;
    let sealed = found.ok_or(Failure::NotFound)?;
    let tag = format!("\"{}\"", sealed.digest);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|list| list.split(',').any(|one| one.trim() == tag)) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let way = if showing.show == "1" { "inline" } else { "attachment" };
    let disposition = format!("{way}; filename=\"{}.pdf\"", sealed.content.number);
    let mut answer = ([(header::CONTENT_TYPE, "application/pdf")], sealed.bytes).into_response();
    let fields = [
        (header::ETAG, tag),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
    Ok(answer)
}
