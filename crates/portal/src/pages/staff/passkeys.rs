//! Somebody's own passkeys: the list, making one, removing one.
//!
//! Read next: `sign_in.rs` for coming in by one, `front/passkey.js` for what the browser does.

use app::{Passkey, PasskeyError, PasskeyFault, PasskeyId, acts};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::staff::{Desk, DeskVisit};

const LIST: &str = "/staff/passkeys";

type Visit = DeskVisit<acts::OpenDesk>;

/// A passkey in words.
struct PasskeyLine {
    id: String,
    name: String,
    created_at: Timestamp,
    used_at: Option<Timestamp>,
}

impl From<Passkey> for PasskeyLine {
    fn from(one: Passkey) -> Self {
        let Passkey { id, name, created_at, used_at, .. } = one;
        Self { id: id.0, name, created_at, used_at }
    }
}

#[derive(Template)]
#[template(path = "staff/passkeys.html")]
struct PasskeysPage {
    page: Page,
    desk: Desk,
    fault: Option<String>,
    lines: Vec<PasskeyLine>,
    /// What was typed.
    name: String,
    ceremony: String,
    options: String,
    /// Why none can be made now.
    why_not: Option<String>,
}

/// `GET /{language}/staff/passkeys`
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    shown(&visit, "", None).await
}

async fn shown(
    visit: &Visit,
    name: &str,
    fault: Option<PasskeyError>,
) -> Result<Response, Failure> {
    let own = visit.staff.passkeys(&visit.permit).await?;
    let mut page = visit.page();
    LIST.clone_into(&mut page.place);
    let (ceremony, options, why_not) = match visit.staff.begin_passkey(&visit.permit).await {
        Ok(invitation) => (invitation.id, invitation.options, None),
        Err(
            error @ (PasskeyError::NotOffered
            | PasskeyError::SignatureNeeded
            | PasskeyError::TooMany),
        ) => {
            let why_not = page.texts().staff_fault(error.code());
            (String::new(), String::new(), Some(why_not))
        }
        Err(error) => return Err(failure(error)),
    };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = PasskeysPage {
        desk: visit.desk(),
        fault: fault.map(|error| page.texts().staff_fault(error.code())),
        lines: own.into_iter().map(PasskeyLine::from).collect(),
        name: name.to_owned(),
        ceremony,
        options,
        why_not,
        page,
    };
    html(status, &shown)
}

/// `POST /{language}/staff/passkeys`
pub async fn add(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let (ceremony, answer) = (form.text("ceremony"), form.text("credential"));
    let name = form.text("name");
    match visit.staff.add_passkey(&visit.permit, ceremony, answer, name).await {
        Ok(()) => Ok(to_list(&visit)),
        Err(error @ (PasskeyError::Store(_) | PasskeyError::Fault(PasskeyFault::Broken))) => {
            Err(failure(error))
        }
        Err(error) => shown(&visit, name, Some(error)).await,
    }
}

/// `POST /{language}/staff/passkeys/{id}/remove`
pub async fn remove(
    visit: Visit,
    Path((_, id)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    match visit.staff.remove_passkey(&visit.permit, &PasskeyId(id)).await {
        // Removed in another window meanwhile: the list shows that it is gone.
        Ok(()) | Err(PasskeyError::Unknown) => Ok(to_list(&visit)),
        Err(error) => Err(failure(error)),
    }
}

fn to_list(visit: &Visit) -> Response {
    Redirect::to(&visit.link(LIST)).into_response()
}

fn failure(error: PasskeyError) -> Failure {
    match error {
        PasskeyError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "a page of passkeys");
            Failure::Broken
        }
    }
}
