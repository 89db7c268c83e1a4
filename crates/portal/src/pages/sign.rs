//! The sign page: exactly the lines that will be signed, and the two ways to sign them.
//!
//! A draft becomes at most one request, so double clicks, second tabs and the back button all end on the same one.

use app::{Channel, Draft, IdempotencyKey, SignedDocument, Submission, SubmitError, Submitted};
use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Language;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::visitor::Person;

/// Key usages NCALayer offers certificates by: signing, of an individual.
const KEY_USAGES: &str = "1.3.6.1.5.5.7.3.4 1.2.398.3.3.4.1.1";

#[derive(Template)]
#[template(path = "sign.html")]
struct SignPage {
    page: Page,
    token: String,
    challenge: String,
    key: String,
    lines: Vec<String>,
    text_language: Language,
    document: String,
    document_text: String,
    key_usages: &'static str,
    iin: String,
    expires_at: jiff::Timestamp,
    has_expired: bool,
    fault: Option<String>,
    wards_not_found: Vec<usize>,
}

/// `GET /{language}/sign/{challenge}`
pub async fn show(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let draft = own_draft(&person, &challenge).await?;
    match &draft.became {
        Some(number) => Ok(to_request(&person, number)),
        None => sign_page(&person, &draft, None),
    }
}

/// `POST /{language}/sign/{challenge}`
pub async fn submit(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let draft = own_draft(&person, &challenge).await?;
    let cms = match form.signature() {
        Ok(cms) => cms,
        Err(code) => return sign_page(&person, &draft, Some(SubmitError::Signature { code })),
    };
    let submission = Submission {
        key: IdempotencyKey(form.text("key").to_owned()),
        cms,
        channel: Channel::Portal,
        signed_in: Some(person.session.iin),
    };
    match person.visitor.portal.service.submit(submission).await {
        Ok(submitted) => Ok(to_request(&person, &number_of(&submitted))),
        Err(error) => refused(&person, &challenge, error).await,
    }
}

fn number_of(submitted: &Submitted) -> domain::Number {
    match submitted {
        Submitted::New(stored)
        | Submitted::Same(stored)
        | Submitted::DraftUsed(stored)
        | Submitted::Open(stored) => stored.number.clone(),
    }
}

/// A second signature under the same key came from a page brought back: its draft is a request by now.
async fn refused(
    person: &Person,
    challenge: &str,
    error: SubmitError,
) -> Result<Response, Failure> {
    if let SubmitError::Store(error) = error {
        return Err(error.into());
    }
    let draft = own_draft(person, challenge).await?;
    match &draft.became {
        Some(number) => Ok(to_request(person, number)),
        None => sign_page(person, &draft, Some(error)),
    }
}

async fn own_draft(person: &Person, challenge: &str) -> Result<Draft, Failure> {
    let draft = person.visitor.portal.service.draft(challenge).await?;
    draft.filter(|draft| draft.request.applicant == person.session.iin).ok_or(Failure::NotFound)
}

fn to_request(person: &Person, number: &domain::Number) -> Response {
    Redirect::to(&person.visitor.link(&format!("/requests/{number}"))).into_response()
}

fn sign_page(
    person: &Person,
    draft: &Draft,
    error: Option<SubmitError>,
) -> Result<Response, Failure> {
    let page = person.page();
    let status = match &error {
        None => StatusCode::OK,
        Some(SubmitError::CannotTell { .. } | SubmitError::TechnicalBreak { .. }) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let wards_not_found = match &error {
        Some(SubmitError::WardNotFound { positions }) => positions.clone(),
        _ => Vec::new(),
    };
    let document = SignedDocument::parse(&draft.document).ok_or(Failure::Broken)?;
    let sign = SignPage {
        token: person.token.clone(),
        key: format!("page-{}", draft.challenge),
        challenge: draft.challenge.clone(),
        lines: document.statement,
        text_language: document.language,
        document: STANDARD.encode(&draft.document),
        document_text: String::from_utf8_lossy(&draft.document).into_owned(),
        key_usages: KEY_USAGES,
        iin: person.session.iin.digits(),
        expires_at: draft.expires_at,
        has_expired: draft.expires_at < person.visitor.portal.service.now(),
        fault: error.map(|error| page.texts().fault(error.code())),
        wards_not_found,
        page,
    };
    let mut answer = html(status, &sign)?;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, 60.into());
    }
    Ok(answer)
}
