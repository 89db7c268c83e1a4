//! Annulling a certificate: the list of proposals that wait with the form that makes one, one proposal, and what is done with it.
//!
//! The list names certificates by their numbers, which shows nobody; one proposal opens for a purpose, and its holder sees the
//! look. Read next: `app`'s `annulments.rs` for the rules.

use app::{
    Annulment, AnnulmentEnd, AnnulmentError, AnnulmentId, AnnulmentOutcome, AnnulmentReason, acts,
};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Number;
use jiff::Timestamp;
use serde::Deserialize;

use super::names::name_at;
use super::purpose;
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::staff::{Desk, DeskVisit};

type Visit = DeskVisit<acts::AnnulCertificates>;

/// A proposal in a list.
struct Line {
    address: String,
    certificate: String,
    reason: String,
    proposer: String,
    proposed_at: Timestamp,
    is_own: bool,
}

/// What was typed into the form.
#[derive(Default)]
struct Typed {
    certificate: String,
    reason: String,
    words: String,
}

#[derive(Template)]
#[template(path = "staff/annulments.html")]
struct AnnulmentsPage {
    page: Page,
    desk: Desk,
    lines: Vec<Line>,
    typed: Typed,
    reasons: Vec<(&'static str, String)>,
    fault: Option<String>,
}

/// Of which certificate, where one comes from its request.
#[derive(Debug, Default, Deserialize)]
pub struct Of {
    #[serde(default)]
    certificate: String,
}

/// `GET /{language}/staff/annulments`
pub async fn list(visit: Visit, Query(of): Query<Of>) -> Result<Response, Failure> {
    let certificate = Number::parse(&of.certificate).map(|number| number.to_string());
    let typed = Typed { certificate: certificate.unwrap_or_default(), ..Typed::default() };
    list_page(&visit, typed, None).await
}

async fn list_page(visit: &Visit, typed: Typed, fault: Option<&str>) -> Result<Response, Failure> {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = visit.page();
    let mut lines = Vec::new();
    for one in visit.portal.service.open_annulments(&visit.permit).await? {
        lines.push(Line {
            address: page.link(&format!("/staff/annulments/{}", one.id.0)),
            certificate: one.certificate.to_string(),
            reason: reason(&page, one.reason),
            proposer: name_at(visit, &page, one.proposed_by, &one.provider).await,
            proposed_at: one.proposed_at,
            is_own: one.proposed_by == visit.permit.member().iin,
        });
    }
    let reasons = AnnulmentReason::ALL.map(|one| (one.code(), reason(&page, one))).to_vec();
    let fault = fault.map(|code| page.texts().staff_fault(code));
    html(status, &AnnulmentsPage { desk: visit.desk(), lines, typed, reasons, fault, page })
}

/// A reason in words.
pub(super) fn reason(page: &Page, reason: AnnulmentReason) -> String {
    page.t(&format!("annulment-reason-{}", reason.code()))
}

/// How a proposal stands, in words.
pub(super) fn standing(page: &Page, end: Option<&AnnulmentEnd>) -> String {
    page.t(&format!("annulment-state-{}", end.map_or("open", |end| end.outcome.code())))
}

/// `POST /{language}/staff/annulments`
pub async fn propose(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let text = |name: &str| form.text(name).trim().to_owned();
    let typed =
        Typed { certificate: text("certificate"), reason: text("reason"), words: text("words") };
    let Ok(number) = Number::parse(&typed.certificate) else {
        return list_page(&visit, typed, Some("annulment_unknown")).await;
    };
    let Some(reason) = AnnulmentReason::parse(&typed.reason) else {
        return list_page(&visit, typed, Some("annulment_reason")).await;
    };
    let service = &visit.portal.service;
    match service.propose_annulment(&visit.permit, &number, reason, &typed.words).await {
        Ok(_) => Ok(to_list(&visit)),
        Err(AnnulmentError::Store(error)) => Err(error.into()),
        Err(error) => list_page(&visit, typed, Some(error.code())).await,
    }
}

fn to_list(visit: &Visit) -> Response {
    Redirect::to(&visit.link("/staff/annulments")).into_response()
}

#[derive(Template)]
#[template(path = "staff/annulment.html")]
struct AnnulmentPage {
    page: Page,
    desk: Desk,
    address: String,
    purpose: String,
    certificate: String,
    request: String,
    state: String,
    is_open: bool,
    is_own: bool,
    facts: Vec<(String, String)>,
    fault: Option<String>,
}

/// `GET /{language}/staff/annulments/{id}`: asks what for.
pub async fn ask_purpose(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = AnnulmentId(id);
    visit.portal.service.annulment_at(&visit.permit, &id).await.map_err(failure)?;
    purpose::page(&visit, asked(&id, "", None))
}

fn asked<'a>(
    id: &AnnulmentId,
    purpose: &'a str,
    fault: Option<&'static str>,
) -> purpose::Asked<'a> {
    let place = format!("/staff/annulments/{}", id.0);
    purpose::Asked { about: purpose::About::Annulment, place, purpose, fault }
}

/// `POST /{language}/staff/annulments/{id}`
pub async fn open(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    shown(&visit, &AnnulmentId(id), form.text("purpose"), None).await
}

async fn shown(
    visit: &Visit,
    id: &AnnulmentId,
    purpose: &str,
    fault: Option<&str>,
) -> Result<Response, Failure> {
    let service = &visit.portal.service;
    let one = match service.look_at_annulment(&visit.permit, id, purpose).await {
        Ok(one) => one,
        Err(error @ AnnulmentError::NoPurpose) => {
            return purpose::page(visit, asked(id, purpose, Some(error.code())));
        }
        Err(error) => return Err(failure(error)),
    };
    let status = if fault.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let mut page = visit.page();
    page.place = format!("/staff/annulments/{}", id.0);
    let shown = AnnulmentPage {
        address: page.link(&page.place),
        purpose: purpose.to_owned(),
        certificate: one.certificate.to_string(),
        request: one.request.to_string(),
        state: standing(&page, one.end.as_ref()),
        is_open: one.end.is_none(),
        is_own: one.proposed_by == visit.permit.member().iin,
        facts: facts(visit, &page, &one).await,
        fault: fault.map(|code| page.texts().staff_fault(code)),
        desk: visit.desk(),
        page,
    };
    html(status, &shown)
}

async fn facts(visit: &Visit, page: &Page, one: &Annulment) -> Vec<(String, String)> {
    let mut facts = vec![
        (page.t("annulment-reason"), reason(page, one.reason)),
        (page.t("annulment-words"), one.words.clone()),
        (page.t("staff-proposed-by"), name_at(visit, page, one.proposed_by, &one.provider).await),
        (page.t("annulment-proposed-at"), page.moment(&one.proposed_at)),
    ];
    if let Some(end) = &one.end {
        facts.push((page.t("staff-closed-by"), name_at(visit, page, end.by, &one.provider).await));
        facts.push((page.t("annulment-ended-at"), page.moment(&end.at)));
        if !end.remark.is_empty() {
            facts.push((page.t("staff-remark"), end.remark.clone()));
        }
    }
    facts
}

/// `POST /{language}/staff/annulments/{id}/end`
pub async fn end(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let outcome = AnnulmentOutcome::parse(form.text("outcome")).ok_or(Failure::Malformed)?;
    let (id, remark) = (AnnulmentId(id), form.text("remark"));
    let service = &visit.portal.service;
    match service.end_annulment(&visit.permit, &id, outcome, remark).await {
        Ok(()) => Ok(to_list(&visit)),
        Err(error @ (AnnulmentError::Unknown | AnnulmentError::Store(_))) => Err(failure(error)),
        Err(error) => shown(&visit, &id, form.text("purpose"), Some(error.code())).await,
    }
}

fn failure(error: AnnulmentError) -> Failure {
    match error {
        AnnulmentError::Store(error) => error.into(),
        _ => Failure::NotFound,
    }
}
