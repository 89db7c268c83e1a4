//! Handing in a file, and what is done with a proposal: a second person is asked, it is taken in, or it is closed.

use app::{ProposalError, ProposalId, ProposalKind, ProposalOrder};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::proposal::{Place, failure, shown};
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::staff::{Desk, OfficerVisit};

/// Largest file.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Characters of a file's name that are kept.
const NAME_CHARS_MAX: usize = 120;

#[derive(Template)]
#[template(path = "staff/upload.html")]
struct UploadPage {
    page: Page,
    desk: Desk,
    fault: Option<String>,
}

/// `GET /{language}/staff/upload`
pub async fn upload(visit: OfficerVisit) -> Result<Response, Failure> {
    upload_page(&visit, None)
}

fn upload_page(visit: &OfficerVisit, fault: Option<&str>) -> Result<Response, Failure> {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = visit.page();
    "/staff/upload".clone_into(&mut page.place);
    let fault = fault.map(|code| page.texts().staff_fault(code));
    html(status, &UploadPage { desk: visit.desk(), fault, page })
}

/// `POST /{language}/staff/proposals`
pub async fn propose(visit: OfficerVisit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let Some((name, bytes)) = form.named_file("file") else {
        return upload_page(&visit, Some("proposal_no_file"));
    };
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Failure::TooLarge);
    }
    let order = ProposalOrder {
        kind: ProposalKind::File,
        file_name: shortened(name),
        content: bytes.to_vec(),
        reason: None,
    };
    // Its bytes are not held twice while they are stored.
    drop(form);
    proposed(&visit, order).await
}

/// Keeps a proposal and leads to it.
pub(super) async fn proposed(
    visit: &OfficerVisit,
    order: ProposalOrder,
) -> Result<Response, Failure> {
    match visit.staff.propose(&visit.officer, order).await {
        Ok(id) => Ok(to_proposal(visit, &id)),
        Err(error @ ProposalError::TooMany) => upload_page(visit, Some(error.code())),
        Err(error) => Err(failure(error)),
    }
}

/// `GET /{language}/staff/template`
pub async fn template(visit: OfficerVisit) -> Result<Response, Failure> {
    let bytes = visit.staff.files().template().ok_or(Failure::Broken)?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let name = "attachment; filename=\"registry.xlsx\"";
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
    ];
    Ok((headers, bytes).into_response())
}

/// `POST /{language}/staff/proposals/{id}/ask`
pub async fn ask(
    visit: OfficerVisit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let id = ProposalId(id);
    let asked = visit.staff.ask_second_person(&visit.officer, &id, form.text("reason")).await;
    done(&visit, &id, asked).await
}

/// `POST /{language}/staff/proposals/{id}/take-in`
pub async fn take_in(
    visit: OfficerVisit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let id = ProposalId(id);
    let taken = visit.staff.take_in(&visit.officer, &id, form.text("digest")).await;
    match taken {
        // Given up for room or by a restart meanwhile: it is read again, and looked at again.
        Err(ProposalError::NotRead) => Ok(to_proposal(&visit, &id)),
        taken => done(&visit, &id, taken.map(|_| ())).await,
    }
}

/// `POST /{language}/staff/proposals/{id}/close`
pub async fn close(
    visit: OfficerVisit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let id = ProposalId(id);
    let closed = visit.staff.close(&visit.officer, &id, form.text("remark")).await;
    done(&visit, &id, closed).await
}

async fn done(
    visit: &OfficerVisit,
    id: &ProposalId,
    outcome: Result<(), ProposalError>,
) -> Result<Response, Failure> {
    match outcome {
        Ok(()) => Ok(to_proposal(visit, id)),
        Err(error @ (ProposalError::Unknown | ProposalError::Store(_))) => Err(failure(error)),
        Err(error) => shown(visit, id, &Place::default(), Some(error)).await,
    }
}

fn to_proposal(visit: &OfficerVisit, id: &ProposalId) -> Response {
    Redirect::to(&visit.link(&format!("/staff/proposals/{}", id.0))).into_response()
}

/// A name that can be shown: browsers of old send whole paths.
fn shortened(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    if name.trim().is_empty() { "registry".to_owned() } else { name }
}
