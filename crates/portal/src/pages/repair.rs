//! A refused person's request that a department enter or repair his record: how it stands, on the pages of the refusal, and
//! the form that asks for it.

use app::{ActRecalled, RepairOutcome, RepairView};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Kato, Number};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::Page;
use crate::visitor::Person;

/// How it stands, in words.
pub struct Repair {
    /// Number of the refused request.
    pub number: String,
    /// Token of the form; `None` where nothing can be asked for any more.
    pub token: Option<String>,
    /// Departments to choose from: territory and name.
    pub departments: Vec<(String, String)>,
    /// The department asked, and when.
    pub asked: Option<(String, Timestamp)>,
    /// The department's answer in a line, with its own words, and when.
    pub answer: Option<(String, String, Timestamp)>,
    /// Where to ask for the certificate again, once the record is there.
    pub again: Option<String>,
}

impl Repair {
    /// For a page; `None` where the request was not refused for want of a record.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn of(
        person: &Person,
        number: &Number,
        page: &Page,
    ) -> Result<Option<Self>, Failure> {
        let service = &person.visitor.portal.service;
        let view = service.repair_view(person.session.iin, number).await?;
        let has_any = view.can_ask || view.repair.is_some() || view.told_at.is_some();
        Ok(has_any.then(|| Self::shown(&view, number, &person.token, page)))
    }

    fn shown(view: &RepairView, number: &Number, token: &str, page: &Page) -> Self {
        let repair = view.repair.as_ref();
        let asked = repair.map(|repair| {
            let name = page.todays_name(&repair.provider);
            (name, repair.opened_at)
        });
        let answer = repair.and_then(|repair| repair.answer.as_ref()).map(|answer| {
            let text = match answer.outcome {
                RepairOutcome::Entered => page.t("repair-answer-entered"),
                RepairOutcome::NoActFound => page.t("repair-answer-no_act_found"),
            };
            (text, answer.words.clone(), answer.at)
        });
        let departments = if view.can_ask { page.providers() } else { Vec::new() };
        Self {
            number: number.to_string(),
            departments,
            token: view.can_ask.then(|| token.to_owned()),
            asked,
            answer,
            again: view.told_at.map(|_| again(page, number)),
        }
    }
}

/// The form of a new request with the answers of an earlier one.
#[must_use]
pub fn again(page: &Page, number: &Number) -> String {
    page.link(&format!("/request?again={number}"))
}

/// `POST /{language}/requests/{number}/repair`
pub async fn ask(
    person: Person,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let number = Number::parse(&number).map_err(|_| Failure::NotFound)?;
    // What cannot be read is no reason to keep the request back: the department asks.
    let date: Option<Date> = form.text("act_date").trim().parse().ok();
    let department = Kato::parse(form.text("department")).ok();
    let act =
        ActRecalled { number: form.text("act_number"), date, department: department.as_ref() };
    let service = &person.visitor.portal.service;
    let asked = service.ask_repair(person.session.iin, &number, act).await?;
    if !asked {
        return Err(Failure::NotFound);
    }
    let place = format!("/requests/{number}#repair");
    Ok(Redirect::to(&person.visitor.link(&place)).into_response())
}
