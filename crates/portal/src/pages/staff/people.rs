//! Administrators' pages of who serves: the list, what waits for a second of them, appointing and releasing.
//!
//! An IIN is typed and never shown but for its last four digits; nothing of a person stands in an address. Read next:
//! `app/src/staff/people.rs` for the rules.

use app::{
    AppointError, Appointment, AppointmentId, AppointmentKind, AppointmentOrder, AppointmentState,
    Decide, StaffMember, StaffRole, StaffRoles, Workplace, acts,
};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Bin, Iin, Kato};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::pages::staff::words::department;
use crate::staff::{Desk, DeskVisit};

const LIST: &str = "/staff/people";
const FORM: &str = "/staff/people/new";

type Visit = DeskVisit<acts::ManagePeople>;

/// Somebody who serves, in words.
struct PersonLine {
    name: String,
    iin: String,
    place: String,
    roles: String,
    /// Since when, and which appointment a release would end; `None` where the operator's list names him.
    appointed: Option<(Timestamp, String)>,
    is_me: bool,
}

/// An appointment or a release, in words.
struct AppointmentLine {
    id: String,
    kind: String,
    person: PersonLine,
    reason: String,
    proposer: String,
    proposed_at: Timestamp,
    is_own: bool,
    end: Option<EndLine>,
}

/// What became of it.
struct EndLine {
    state: String,
    by: String,
    at: Timestamp,
    remark: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/people.html")]
struct PeoplePage {
    page: Page,
    desk: Desk,
    fault: Option<String>,
    serving: Vec<PersonLine>,
    waiting: Vec<AppointmentLine>,
    closed: Vec<AppointmentLine>,
}

/// `GET /{language}/staff/people`
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    shown(&visit, None).await
}

async fn shown(visit: &Visit, fault: Option<AppointError>) -> Result<Response, Failure> {
    let people = visit.staff.people(&visit.permit).await.map_err(failure)?;
    let status = if fault.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let mut page = visit.page();
    LIST.clone_into(&mut page.place);
    let me = visit.permit.member().iin;
    let named = people.named.iter().map(|one| PersonLine::of(&page, one, me));
    let appointed = people.appointed.iter().map(|one| {
        let since = one.end.as_ref().map_or(one.proposed.at, |end| end.by.at);
        let line = PersonLine::of(&page, &one.member, me);
        PersonLine { appointed: Some((since, one.id.0.clone())), ..line }
    });
    let serving = named.chain(appointed).collect();
    let (waiting, closed) = people
        .latest
        .iter()
        .map(|one| AppointmentLine::of(&page, one, me))
        .partition(|line| line.end.is_none());
    let fault = fault.map(|error| page.texts().staff_fault(error.code()));
    html(status, &PeoplePage { desk: visit.desk(), fault, serving, waiting, closed, page })
}

impl PersonLine {
    fn of(page: &Page, member: &StaffMember, me: Iin) -> Self {
        Self {
            name: member.name.clone(),
            iin: member.iin.masked(),
            place: place(page, &member.workplace),
            roles: roles(page, &member.roles),
            appointed: None,
            is_me: member.iin == me,
        }
    }
}

impl AppointmentLine {
    fn of(page: &Page, one: &Appointment, me: Iin) -> Self {
        let end = one.end.as_ref().map(|end| EndLine {
            state: state(page, end.state),
            by: end.by.name.clone(),
            at: end.by.at,
            remark: end.remark.clone(),
        });
        Self {
            id: one.id.0.clone(),
            kind: kind(page, one),
            person: PersonLine::of(page, &one.member, me),
            reason: one.reason.clone(),
            proposer: one.proposed.name.clone(),
            proposed_at: one.proposed.at,
            is_own: one.proposed.iin == me,
            end,
        }
    }
}

fn place(page: &Page, workplace: &Workplace) -> String {
    match workplace {
        Workplace::Department(kato) => department(page, kato),
        Workplace::Organisation(bin) => page.with("people-organisation", "bin", &bin.digits()),
    }
}

fn role(page: &Page, role: StaffRole) -> String {
    page.t(&format!("staff-role-{}", role.code()))
}

fn roles(page: &Page, roles: &StaffRoles) -> String {
    roles.iter().map(|one| role(page, one)).collect::<Vec<_>>().join(", ")
}

fn kind(page: &Page, one: &Appointment) -> String {
    let word = match (one.kind, &one.replaces) {
        (AppointmentKind::Appointment, Some(_)) => "change",
        (kind, _) => kind.code(),
    };
    page.t(&format!("people-kind-{word}"))
}

fn state(page: &Page, state: AppointmentState) -> String {
    page.t(&format!("people-state-{}", state.code()))
}

/// What was typed into the form of an appointment.
#[derive(Default)]
struct AppointmentForm {
    iin: String,
    name: String,
    provider: String,
    organisation: String,
    roles: Vec<String>,
    reason: String,
}

#[derive(Template)]
#[template(path = "staff/appointment.html")]
struct AppointmentPage {
    page: Page,
    desk: Desk,
    form: AppointmentForm,
    faults: Vec<FieldFault>,
    /// Departments: code and name.
    departments: Vec<(String, String)>,
    /// Roles: word and text.
    roles: Vec<(&'static str, String)>,
}

impl AppointmentForm {
    fn of(form: &FormFields) -> Self {
        Self {
            iin: form.text("iin").to_owned(),
            name: form.text("name").to_owned(),
            provider: form.text("provider").to_owned(),
            organisation: form.text("organisation").to_owned(),
            roles: form.all("role").map(str::to_owned).collect(),
            reason: form.text("reason").to_owned(),
        }
    }

    fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|one| one == role)
    }

    /// A department, or another organisation, and not both.
    fn workplace(&self) -> Option<Workplace> {
        match (self.provider.is_empty(), self.organisation.is_empty()) {
            (false, true) => Kato::parse(&self.provider).ok().map(Workplace::Department),
            (true, false) => Bin::parse(&self.organisation).ok().map(Workplace::Organisation),
            _ => None,
        }
    }

    fn order(&self, page: &Page) -> Result<AppointmentOrder, FieldFault> {
        let iin = Iin::parse(&self.iin).map_err(|error| FieldFault {
            field: "iin".to_owned(),
            text: page.t(&format!("iin-{}", error.code())),
        })?;
        let workplace = self.workplace();
        let workplace = workplace.ok_or_else(|| field_fault(page, &AppointError::NoDepartment))?;
        let roles: Option<Vec<StaffRole>> =
            self.roles.iter().map(|word| StaffRole::parse(word)).collect();
        let roles = roles.ok_or_else(|| field_fault(page, &AppointError::Roles))?;
        let (name, reason) = (self.name.clone(), self.reason.clone());
        Ok(AppointmentOrder { iin, name, workplace, roles, reason })
    }
}

/// A fault beside the field it is about.
fn field_fault(page: &Page, error: &AppointError) -> FieldFault {
    let field = match error {
        AppointError::Name => "name",
        AppointError::NoDepartment => "provider",
        AppointError::Roles => "roles",
        AppointError::ReasonMissing => "reason",
        _ => "iin",
    };
    FieldFault { field: field.to_owned(), text: page.texts().staff_fault(error.code()) }
}

/// `GET /{language}/staff/people/new`
pub async fn form(visit: Visit) -> Result<Response, Failure> {
    form_page(&visit, AppointmentForm::default(), Vec::new())
}

fn form_page(
    visit: &Visit,
    form: AppointmentForm,
    faults: Vec<FieldFault>,
) -> Result<Response, Failure> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut page = visit.page();
    FORM.clone_into(&mut page.place);
    let department = |one: &domain::Provider| {
        (one.kato.as_str().to_owned(), one.name.on_screen(page.language).to_owned())
    };
    let departments = visit.staff.departments().iter().map(department).collect();
    let roles = StaffRole::ALL.map(|one| (one.code(), role(&page, one))).into();
    html(status, &AppointmentPage { desk: visit.desk(), form, faults, departments, roles, page })
}

/// `POST /{language}/staff/people`
pub async fn propose(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let form = AppointmentForm::of(&form);
    let page = visit.page();
    let order = match form.order(&page) {
        Ok(order) => order,
        Err(fault) => return form_page(&visit, form, vec![fault]),
    };
    match visit.staff.propose_appointment(&visit.permit, order).await {
        Ok(_) => Ok(to_list(&visit)),
        Err(error @ (AppointError::Store(_) | AppointError::Unavailable)) => Err(failure(error)),
        Err(error) => form_page(&visit, form, vec![field_fault(&page, &error)]),
    }
}

/// `POST /{language}/staff/people/{id}/release`
pub async fn release(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let id = AppointmentId(id);
    let reason = form.text("reason");
    let proposed = visit.staff.propose_release(&visit.permit, &id, reason).await;
    done(&visit, proposed.map(|_| ())).await
}

/// `POST /{language}/staff/people/{id}/decide`
pub async fn decide(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let decide = match form.text("outcome") {
        "confirm" => Decide::Confirm,
        "close" => Decide::Close,
        _ => return Err(Failure::Malformed),
    };
    let (id, remark) = (AppointmentId(id), form.text("remark"));
    let decided = visit.staff.decide_appointment(&visit.permit, &id, decide, remark).await;
    done(&visit, decided).await
}

async fn done(visit: &Visit, outcome: Result<(), AppointError>) -> Result<Response, Failure> {
    use AppointError::{Store, Unavailable, Unknown};
    match outcome {
        Ok(()) => Ok(to_list(visit)),
        Err(error @ (Unknown | Store(_) | Unavailable)) => Err(failure(error)),
        Err(error) => shown(visit, Some(error)).await,
    }
}

fn to_list(visit: &Visit) -> Response {
    Redirect::to(&visit.link(LIST)).into_response()
}

/// What is told by a page of errors.
fn failure(error: AppointError) -> Failure {
    match error {
        AppointError::Unknown => Failure::NotFound,
        AppointError::Store(error) => error.into(),
        AppointError::Unavailable => Failure::Unavailable,
        _ => Failure::Broken,
    }
}
