//! Forms of documents: which one is in force, what is proposed, and its release by a second administrator.
//!
//! Read next: `app::Service::propose_form` for what is checked, `template_form.rs` for the words as they are typed.

use app::{FormChange, FormError, FormId, FormOutcome, FormView, StoredForm, acts};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{ASTANA_OFFSET, FormVersion, Specimen};
use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::form_words;
use crate::staff::{Desk, DeskVisit};

/// An administrator at the forms.
pub(super) type Visit = DeskVisit<acts::ReleaseTemplates>;

/// A proposal in the list.
struct Line {
    address: String,
    title: String,
    state: String,
    is_open: bool,
    proposer: String,
    proposed_at: Timestamp,
    effective_from: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "staff/templates.html")]
struct TemplatesPage {
    page: Page,
    desk: Desk,
    present: String,
    lines: Vec<Line>,
}

/// How a proposal ended.
struct EndView {
    state: String,
    by: String,
    at: Timestamp,
    words: String,
    effective_from: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "staff/template_proposal.html")]
struct ProposalPage {
    page: Page,
    desk: Desk,
    address: String,
    title: String,
    state: String,
    is_own: bool,
    proposer: String,
    proposed_at: Timestamp,
    based_on: String,
    basis: String,
    reason: String,
    fault: Option<String>,
    /// What is wrong with the words, where that is why they are not released.
    faults: Vec<String>,
    ended: Option<EndView>,
    changes: Vec<FormChange>,
    /// Address and name of each.
    specimens: Vec<(String, String)>,
}

/// `GET /{language}/staff/templates`
pub async fn list(visit: Visit) -> Result<Response, Failure> {
    let (page, service) = (visit.page(), &visit.portal.service);
    let present = service.present_form(&visit.permit).await?;
    let forms = service.forms(&visit.permit).await?;
    let lines = forms.iter().map(|form| line(&page, form)).collect();
    let present = form_words(&page, present);
    html(StatusCode::OK, &TemplatesPage { desk: visit.desk(), present, lines, page })
}

fn line(page: &Page, form: &StoredForm) -> Line {
    Line {
        address: page.link(&format!("/staff/templates/{}", form.proposal.id.0)),
        title: title(page, form),
        state: state(page, form),
        is_open: form.end.is_none(),
        proposer: form.proposal.proposed_name.clone(),
        proposed_at: form.proposal.proposed_at,
        effective_from: form.released().map(|(_, from)| from),
    }
}

fn title(page: &Page, form: &StoredForm) -> String {
    match form.released() {
        Some((number, _)) => {
            let version = form_words(page, FormVersion::Released(number));
            page.with("templates-version", "version", &version)
        }
        None => page.t("templates-proposal"),
    }
}

fn state(page: &Page, form: &StoredForm) -> String {
    let word = form.end.as_ref().map_or("open", |end| end.outcome.code());
    page.t(&format!("templates-state-{word}"))
}

/// `GET /{language}/staff/templates/{id}`
pub async fn show(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    shown(&visit, &FormId(id), None).await
}

async fn shown(visit: &Visit, id: &FormId, error: Option<Fault>) -> Result<Response, Failure> {
    let view = visit.portal.service.form_view(&visit.permit, id).await.map_err(failure)?;
    let status = if error.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let mut page = visit.page();
    page.place = format!("/staff/templates/{}", id.0);
    let (fault, faults) = error.map_or((None, Vec::new()), |error| error.words(&page));
    html(status, &proposal_page(visit, page, view, (fault, faults)))
}

fn proposal_page(
    visit: &Visit,
    page: Page,
    view: FormView,
    (fault, faults): (Option<String>, Vec<String>),
) -> ProposalPage {
    let FormView { form, changes } = view;
    let address = page.link(&page.place);
    let specimen = |one: Specimen| {
        let name = page.t(&format!("specimen-{}", one.code()));
        (format!("{address}/specimens/{}", one.code()), name)
    };
    let ended = form.end.as_ref().map(|end| EndView {
        state: state(&page, &form),
        by: end.name.clone(),
        at: end.at,
        words: end.words.clone(),
        effective_from: match end.outcome {
            FormOutcome::Released { effective_from, .. } => Some(effective_from),
            FormOutcome::TurnedDown | FormOutcome::Withdrawn => None,
        },
    });
    ProposalPage {
        desk: visit.desk(),
        title: title(&page, &form),
        state: state(&page, &form),
        is_own: form.proposal.proposed_by == visit.permit.member().iin,
        proposer: form.proposal.proposed_name.clone(),
        proposed_at: form.proposal.proposed_at,
        based_on: form_words(&page, form.proposal.based_on),
        basis: form.proposal.basis.clone(),
        reason: form.proposal.reason.clone(),
        specimens: Specimen::ALL.into_iter().map(specimen).collect(),
        fault,
        faults,
        ended,
        changes,
        address,
        page,
    }
}

/// `GET /{language}/staff/templates/{id}/specimens/{specimen}`
pub async fn specimen(
    visit: Visit,
    Path((_, id, specimen)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let specimen = Specimen::parse(&specimen).ok_or(Failure::NotFound)?;
    let made = visit.portal.service.specimen(&visit.permit, &FormId(id), specimen).await;
    let bytes = made.map_err(failure)?;
    let name = format!("inline; filename=\"specimen-{}.pdf\"", specimen.code());
    let name = HeaderValue::from_str(&name).map_err(|_| Failure::Broken)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes).into_response())
}

/// `POST /{language}/staff/templates/{id}/release`
pub async fn release(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let id = FormId(id);
    let Some(from) = moment_of(form.text("from")) else {
        return shown(&visit, &id, Some(Fault::Moment)).await;
    };
    let released = visit.portal.service.release_form(&visit.permit, &id, from).await;
    done(&visit, &id, released.map(|_| ())).await
}

/// What was typed as the first moment, by the clock of Kazakhstan: nothing means now; `None` is no moment.
fn moment_of(typed: &str) -> Option<Option<Timestamp>> {
    if typed.is_empty() {
        return Some(None);
    }
    let moment: DateTime = typed.parse().ok()?;
    ASTANA_OFFSET.to_timestamp(moment).ok().map(Some)
}

/// `POST /{language}/staff/templates/{id}/close`
pub async fn close(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let id = FormId(id);
    let closed = visit.portal.service.close_form(&visit.permit, &id, form.text("words")).await;
    done(&visit, &id, closed).await
}

async fn done(
    visit: &Visit,
    id: &FormId,
    outcome: Result<(), FormError>,
) -> Result<Response, Failure> {
    match outcome {
        Ok(()) => Ok(to_form(visit, id)),
        Err(error @ (FormError::Unknown | FormError::Store(_))) => Err(failure(error)),
        Err(error) => shown(visit, id, Some(Fault::Form(error))).await,
    }
}

/// The way to a proposal.
pub(super) fn to_form(visit: &Visit, id: &FormId) -> Response {
    Redirect::to(&visit.link(&format!("/staff/templates/{}", id.0))).into_response()
}

/// What stands in the way of a release.
enum Fault {
    /// What was typed is no moment.
    Moment,
    /// The use case says no.
    Form(FormError),
}

impl Fault {
    /// In words: why, and each fault of the words.
    fn words(self, page: &Page) -> (Option<String>, Vec<String>) {
        match self {
            Self::Moment => (Some(page.texts().staff_fault("form_moment")), Vec::new()),
            Self::Form(error) => {
                let why = page.texts().staff_fault(error.code());
                let faults = match &error {
                    FormError::Faulty(faults) => {
                        faults.iter().map(|fault| wording_fault(page, fault)).collect()
                    }
                    _ => Vec::new(),
                };
                (Some(why), faults)
            }
        }
    }
}

/// What is wrong with a text, or with a document that was tried, in words.
pub(super) fn wording_fault(page: &Page, fault: &domain::WordingFault) -> String {
    let what = page.t(&format!("wording-fault-{}", fault.code));
    format!("{}: {what}", fault.key)
}

/// What is told by a page of errors.
pub(super) fn failure(error: FormError) -> Failure {
    match error {
        FormError::Unknown => Failure::NotFound,
        FormError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "a form cannot be shown");
            Failure::Broken
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_typed_by_the_clock_of_kazakhstan() {
        assert_eq!(moment_of(""), Some(None));
        let typed = moment_of("2026-12-01T09:30");
        assert_eq!(typed, Some(Some("2026-12-01T04:30:00Z".parse().unwrap())));
        assert_eq!(moment_of("tomorrow"), None);
    }
}
