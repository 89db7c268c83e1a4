//! Requests to repair a record at an officer's department, and the answer to one.

use app::{RepairOutcome, RepairRequest};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Number;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::staff::records::at_desk;
use crate::staff::{Desk, OfficerVisit};
use crate::times::date_words;

/// A request to repair in words.
struct RepairLine {
    number: String,
    iin: String,
    opened_at: Timestamp,
    act: Option<String>,
    answer: Option<(String, String, Timestamp)>,
}

#[derive(Template)]
#[template(path = "staff/repairs.html")]
struct RepairsPage {
    page: Page,
    desk: Desk,
    lines: Vec<RepairLine>,
}

/// `GET /{language}/staff/repairs`
pub async fn show(visit: OfficerVisit) -> Result<Response, Failure> {
    let repairs = visit.portal.service.repairs_at(&at_desk(&visit)).await?;
    let page = visit.page();
    let lines = repairs.iter().map(|one| line(one, &page)).collect();
    html(StatusCode::OK, &RepairsPage { desk: visit.desk(), lines, page })
}

fn line(repair: &RepairRequest, page: &Page) -> RepairLine {
    let date = repair.act_date.map(|date| date_words(page.texts(), date));
    let act: Vec<String> = repair.act_number.clone().into_iter().chain(date).collect();
    let answer = repair.answer.as_ref().map(|answer| {
        let text = match answer.outcome {
            RepairOutcome::Entered => page.t("repair-answer-entered"),
            RepairOutcome::NoActFound => page.t("repair-answer-no_act_found"),
        };
        (text, answer.words.clone(), answer.at)
    });
    RepairLine {
        number: repair.number.to_string(),
        iin: repair.applicant.digits(),
        opened_at: repair.opened_at,
        act: (!act.is_empty()).then(|| act.join(", ")),
        answer,
    }
}

/// `POST /{language}/staff/repairs/{number}`
pub async fn answer(
    visit: OfficerVisit,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let number = Number::parse(&number).map_err(|_| Failure::NotFound)?;
    let outcome = RepairOutcome::parse(form.text("outcome")).ok_or(Failure::Malformed)?;
    let service = &visit.portal.service;
    let words = form.text("words");
    let answered = service.answer_repair(&at_desk(&visit), &number, outcome, words).await?;
    if answered.is_none() {
        return Err(Failure::NotFound);
    }
    // Where it was answered meanwhile, by a colleague or an import, the list shows how.
    Ok(Redirect::to(&visit.link("/staff/repairs")).into_response())
}
