//! Reviews and complaints at an official's desk: the list, one case after he said what for, and the answer.
//!
//! The same pages for a reviewer, the head of a department and the authority of quality control; whose desk it is follows from
//! the act they came in by. Read next: `app::RecourseSeat`.

use app::{
    AnswerError, AuditAction, AuditRow, CaseFile, RecourseCase, RecourseSeat, SeatAct, SeatError,
};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Number, RecourseBody, RecourseKind, RecourseOutcome};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::recourse::{StepLine, grounds_of, state_of, steps_of, title_of};
use crate::pages::staff::recourse_evidence::{decision_of, results_of};
use crate::staff::{Desk, DeskVisit};

/// Where the desk of a body is.
const fn place(body: RecourseBody) -> &'static str {
    match body {
        RecourseBody::Reviewer => "/staff/reviews",
        RecourseBody::Head => "/staff/complaints",
        RecourseBody::QualityControl => "/staff/quality-complaints",
    }
}

/// A case in a line; it shows nobody's data.
struct Line {
    address: String,
    title: String,
    state: String,
    is_open: bool,
    is_overdue: bool,
    provider: String,
    opened_at: Timestamp,
    due_at: Timestamp,
}

#[derive(Template)]
#[template(path = "staff/recourses.html")]
struct ListPage {
    page: Page,
    desk: Desk,
    title: String,
    lines: Vec<Line>,
    late_reviews: Vec<Line>,
}

#[derive(Template)]
#[template(path = "staff/recourse_purpose.html")]
struct PurposePage {
    page: Page,
    desk: Desk,
    address: String,
    back: String,
    purpose: String,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/recourse.html")]
struct CasePage {
    page: Page,
    desk: Desk,
    address: String,
    back: String,
    purpose: String,
    title: String,
    state: String,
    facts: Vec<(String, String)>,
    grounds: Vec<String>,
    words: String,
    late_reason: Option<String>,
    signed_text: String,
    decision: Vec<(String, String)>,
    results: Vec<(String, String)>,
    story: Vec<(Timestamp, String)>,
    steps: Vec<StepLine>,
    outcomes: Vec<(&'static str, String)>,
    can_answer: bool,
    /// Whose turn it was, where a body above would answer in its place.
    in_place_of: Option<String>,
    can_forward_to: Option<(&'static str, String)>,
    forward_until: Timestamp,
    is_review: bool,
    asked_again: String,
    reasons: String,
    fault: Option<String>,
}

/// `GET /{language}/staff/reviews` and its like
pub async fn list<A: SeatAct>(visit: DeskVisit<A>) -> Result<Response, Failure> {
    let seat = RecourseSeat::of(&visit.permit);
    let service = &visit.portal.service;
    let page = visit.page();
    let own = service.recourses_at(&seat, A::BODY.kind()).await?;
    let late = match A::BODY.kind() {
        RecourseKind::Review => Vec::new(),
        RecourseKind::Complaint => service.recourses_at(&seat, RecourseKind::Review).await?,
    };
    let line = |case: &RecourseCase| line_of(case, &visit, &page);
    let shown = ListPage {
        desk: visit.desk(),
        title: page.t(&format!("staff-recourses-{}", A::BODY.code())),
        lines: own.iter().map(line).collect(),
        late_reviews: late.iter().map(line).collect(),
        page,
    };
    html(StatusCode::OK, &shown)
}

fn line_of<A: SeatAct>(case: &RecourseCase, visit: &DeskVisit<A>, page: &Page) -> Line {
    let is_late = visit.portal.service.is_late(case);
    let is_open = case.answer().is_none();
    Line {
        address: page.link(&format!("{}/{}", place(A::BODY), case.recourse.number)),
        title: title_of(case, page),
        state: state_of(case, is_late, page),
        is_open,
        is_overdue: is_open && is_late,
        provider: page.todays_name(&case.recourse.provider),
        opened_at: case.recourse.opened_at,
        due_at: case.due_at(),
    }
}

/// `GET /{language}/staff/reviews/{number}`: asks what for.
pub async fn ask_purpose<A: SeatAct>(
    visit: DeskVisit<A>,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let number = parsed(&number)?;
    let seat = RecourseSeat::of(&visit.permit);
    visit.portal.service.find_recourse(&seat, &number).await.map_err(failure)?;
    purpose_page(&visit, &number, "", None)
}

fn purpose_page<A: SeatAct>(
    visit: &DeskVisit<A>,
    number: &Number,
    purpose: &str,
    fault: Option<&str>,
) -> Result<Response, Failure> {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = visit.page();
    page.place = format!("{}/{number}", place(A::BODY));
    let shown = PurposePage {
        desk: visit.desk(),
        address: page.link(&page.place),
        back: page.link(place(A::BODY)),
        purpose: purpose.to_owned(),
        fault: fault.map(|code| page.t(&format!("records-fault-{code}"))),
        page,
    };
    html(status, &shown)
}

/// `POST /{language}/staff/reviews/{number}`
pub async fn open<A: SeatAct>(
    visit: DeskVisit<A>,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    case_page(&visit, &parsed(&number)?, &form, None).await
}

async fn case_page<A: SeatAct>(
    visit: &DeskVisit<A>,
    number: &Number,
    form: &FormFields,
    fault: Option<&AnswerError>,
) -> Result<Response, Failure> {
    let (seat, purpose) = (RecourseSeat::of(&visit.permit), form.text("purpose"));
    let file = match visit.portal.service.case_file(&seat, number, purpose).await {
        Ok(file) => file,
        Err(error @ SeatError::NoPurpose) => {
            return purpose_page(visit, number, purpose, Some(error.code()));
        }
        Err(error) => return Err(failure(error)),
    };
    let mut page = visit.page();
    page.place = format!("{}/{number}", place(A::BODY));
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let case = &file.case;
    let asked = &case.recourse.asked;
    let is_late = visit.portal.service.is_late(case);
    let shown = CasePage {
        desk: visit.desk(),
        address: page.link(&page.place),
        back: page.link(place(A::BODY)),
        purpose: purpose.to_owned(),
        title: title_of(case, &page),
        state: state_of(case, is_late, &page),
        facts: facts_of(&file, &page),
        grounds: grounds_of(case, &page),
        words: asked.words.clone(),
        late_reason: asked.is_late.then(|| asked.late_reason.clone()),
        signed_text: signed_text(&file),
        decision: decision_of(&file, &page),
        results: results_of(&file, &page),
        story: file.story.iter().filter_map(|row| story_line(row, &page)).collect(),
        steps: steps_of(case, &page),
        outcomes: outcomes_of(case, &page),
        can_answer: file.can_answer,
        in_place_of: file.in_place_of.map(|body| page.t(&format!("recourse-body-{}", body.code()))),
        can_forward_to: forward_to(visit, &file, &page),
        forward_until: file.forward_until,
        is_review: case.recourse.kind == RecourseKind::Review,
        asked_again: page.t(&format!("staff-recourse-now-{}", file.asked_again.code())),
        reasons: form.text("reasons").to_owned(),
        fault: fault.map(|error| page.texts().staff_fault(error.code())),
        page,
    };
    html(status, &shown)
}

fn forward_to<A: SeatAct>(
    visit: &DeskVisit<A>,
    file: &CaseFile,
    page: &Page,
) -> Option<(&'static str, String)> {
    let other = match A::BODY {
        RecourseBody::Reviewer => return None,
        RecourseBody::Head => RecourseBody::QualityControl,
        RecourseBody::QualityControl => RecourseBody::Head,
    };
    let can = file.can_forward && visit.portal.service.takes_complaints(other);
    can.then(|| (other.code(), page.t(&format!("recourse-body-{}", other.code()))))
}

/// The text that was signed or confirmed, where it is more than the words.
fn signed_text(file: &CaseFile) -> String {
    match file.case.recourse.kind {
        RecourseKind::Review => String::new(),
        RecourseKind::Complaint => String::from_utf8_lossy(&file.proof.document).into_owned(),
    }
}

fn facts_of(file: &CaseFile, page: &Page) -> Vec<(String, String)> {
    let (case, asked) = (&file.case, &file.case.recourse.asked);
    let mut facts = vec![
        (page.t("fact-applicant"), asked.applicant_name.clone()),
        (page.t("iin"), case.recourse.applicant.digits()),
        (page.t("complaint-request"), case.recourse.request.to_string()),
        (page.t("fact-provider"), page.todays_name(&case.recourse.provider)),
        (page.t("recourse-opened"), page.moment(&case.recourse.opened_at)),
        (page.t("recourse-due"), page.moment(&case.due_at())),
    ];
    if !asked.address.is_empty() {
        facts.push((page.t("fact-address"), asked.address.clone()));
    }
    let confirmed = page.t(&format!("recourse-confirmed-{}", asked.confirmation.code()));
    facts.push((page.t("recourse-confirmed"), confirmed));
    facts
}

fn story_line(row: &AuditRow, page: &Page) -> Option<(Timestamp, String)> {
    let action = AuditAction::parse(&row.action)?;
    let at = Timestamp::from_millisecond(row.at_ms).ok()?;
    Some((at, page.t(&format!("journal-action-{}", action.code()))))
}

fn outcomes_of(case: &RecourseCase, page: &Page) -> Vec<(&'static str, String)> {
    let of_kind = RecourseOutcome::ALL.into_iter();
    let of_kind = of_kind.filter(|outcome| outcome.kind() == case.recourse.kind);
    of_kind.map(|one| (one.code(), page.t(&format!("recourse-outcome-{}", one.code())))).collect()
}

/// `POST /{language}/staff/reviews/{number}/answer`
pub async fn answer<A: SeatAct>(
    visit: DeskVisit<A>,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let number = parsed(&number)?;
    let outcome = RecourseOutcome::parse(form.text("outcome")).ok_or(Failure::Malformed)?;
    let seat = RecourseSeat::of(&visit.permit);
    let service = &visit.portal.service;
    let done = service.answer_recourse(&seat, &number, outcome, form.text("reasons")).await;
    after(&visit, &number, &form, done).await
}

/// `POST /{language}/staff/complaints/{number}/forward`
pub async fn forward<A: SeatAct>(
    visit: DeskVisit<A>,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let number = parsed(&number)?;
    let to = RecourseBody::parse(form.text("to")).ok_or(Failure::Malformed)?;
    let seat = RecourseSeat::of(&visit.permit);
    let service = &visit.portal.service;
    let done = service.forward_complaint(&seat, &number, to, form.text("reasons")).await;
    after(&visit, &number, &form, done).await
}

/// Back to the list; or the case again with what is wrong. What is done already by a colleague, the list shows.
async fn after<A: SeatAct>(
    visit: &DeskVisit<A>,
    number: &Number,
    form: &FormFields,
    done: Result<(), AnswerError>,
) -> Result<Response, Failure> {
    match done {
        Ok(()) | Err(AnswerError::Closed) => {
            Ok(Redirect::to(&visit.link(place(A::BODY))).into_response())
        }
        Err(AnswerError::NotFound) => Err(Failure::NotFound),
        Err(AnswerError::Store(error)) => Err(error.into()),
        Err(error) => case_page(visit, number, form, Some(&error)).await,
    }
}

fn parsed(number: &str) -> Result<Number, Failure> {
    Number::parse(number).map_err(|_| Failure::NotFound)
}

fn failure(error: SeatError) -> Failure {
    match error {
        SeatError::Store(error) => error.into(),
        SeatError::NotFound => Failure::NotFound,
        SeatError::NoPurpose => Failure::Malformed,
    }
}
