//! The sign page: exactly the lines that will be signed, and the ways to sign them; or to confirm them with a one-time
//! password (`one_time_password.rs`).
//!
//! A draft becomes at most one request, so double clicks, second tabs and the back button all end on the same one.

use app::{
    Busy, Channel, Draft, IdempotencyKey, PasswordError, SignedDocument, Submission, SubmitError,
    Submitted,
};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Language;
use jiff::Timestamp;

use crate::SIGNATURE_BYTES_MAX;
use crate::breaks::seconds_until;
use crate::failure::{Failure, come_again, sent_away};
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::pages::asking::next_place;
use crate::pages::one_time_password::{self, PasswordWay};
use crate::pages::phone_signing::PhoneSection;
use crate::rate::Attempted;
use crate::visitor::Person;

/// Key usages NCALayer offers certificates by: signing, of an individual.
pub(super) const KEY_USAGES: &str = "1.3.6.1.5.5.7.3.4 1.2.398.3.3.4.1.1";

/// Seconds after which a signature that could not be judged is worth sending again.
const CANNOT_TELL_RETRY_S: u32 = 60;

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
    paused_until: Option<jiff::Timestamp>,
    outlasts_break: bool,
    /// That more is asked than can be done, for whoever has not signed yet.
    busy: Option<String>,
    fault: Option<String>,
    fault_title: &'static str,
    /// A signature that came while no more could be registered, to be sent again as it is.
    again: Option<String>,
    wards_not_found: Vec<usize>,
    phone: Option<PhoneSection>,
    password: Option<PasswordWay>,
    faults: Vec<FieldFault>,
}

#[derive(Template)]
#[template(path = "sign_gone.html")]
struct GonePage {
    page: Page,
}

/// `GET /{language}/sign/{challenge}`
pub async fn show(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let Some(draft) = own_draft(&person, &challenge).await? else { return gone(&person) };
    match draft.request_number() {
        Some(number) => Ok(to_request(&person, number)),
        None if !consent_is_there(&person, &draft).await? => {
            Ok(Redirect::to(&next_place(&person, &draft)).into_response())
        }
        None => sign_page(&person, &draft, None, None).await,
    }
}

async fn consent_is_there(person: &Person, draft: &Draft) -> Result<bool, Failure> {
    Ok(person.visitor.portal.service.consent_stage(draft).await?.lets_register())
}

/// `POST /{language}/sign/{challenge}`
pub async fn submit(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let who = person.session.iin.digits();
    let counted = person.visitor.portal.count(Attempted::Submitted, &who).await?;
    let Some(draft) = own_draft(&person, &challenge).await? else { return gone(&person) };
    let cms = match form.signature() {
        Ok(cms) => cms,
        Err(code) => {
            return sign_page(&person, &draft, Some(SubmitError::Signature { code }), None).await;
        }
    };
    let submission = Submission {
        key: IdempotencyKey(form.text("key").to_owned()),
        cms: cms.clone(),
        channel: Channel::Portal,
        signed_in: Some(person.session.iin),
    };
    match person.visitor.portal.service.submit(submission).await {
        Err(SubmitError::Busy(busy)) => {
            person.visitor.portal.take_back(counted).await;
            come_later(&person, &challenge, busy, Some(&cms)).await
        }
        outcome => submitted(&person, &challenge, outcome).await,
    }
}

/// The page of the request, or again the sign page with what is wrong.
pub(super) async fn submitted(
    person: &Person,
    challenge: &str,
    outcome: Result<Submitted, SubmitError>,
) -> Result<Response, Failure> {
    match outcome {
        Ok(submitted) => Ok(to_request(person, &number_of(&submitted))),
        Err(error) => refused(person, challenge, error).await,
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

/// The page of the text again, with a signature that can be sent as it is: nobody signs twice because others came.
async fn come_later(
    person: &Person,
    challenge: &str,
    busy: Busy,
    signature: Option<&[u8]>,
) -> Result<Response, Failure> {
    let Some(draft) = own_draft(person, challenge).await? else { return gone(person) };
    // What came a moment before, in another tab perhaps, was registered.
    if let Some(number) = draft.request_number() {
        return Ok(to_request(person, number));
    }
    // A larger one would not fit into the form that sends it again; its owner has the file he brought.
    let again = signature.filter(|cms| cms.len() < SIGNATURE_BYTES_MAX / 2);
    let again = again.map(|cms| STANDARD.encode(cms));
    let page = sign_page(person, &draft, Some(SubmitError::Busy(busy)), again).await?;
    Ok(sent_away(page, busy))
}

/// A second signature under the same key came from a page brought back: its draft is a request by now.
pub(super) async fn refused(
    person: &Person,
    challenge: &str,
    error: SubmitError,
) -> Result<Response, Failure> {
    match error {
        SubmitError::Store(error) => return Err(error.into()),
        SubmitError::Password(PasswordError::NotOffered) => return Err(Failure::NotFound),
        SubmitError::Busy(busy) => return come_later(person, challenge, busy, None).await,
        _ => {}
    }
    let Some(draft) = own_draft(person, challenge).await? else { return gone(person) };
    match draft.request_number() {
        Some(number) => Ok(to_request(person, number)),
        None if matches!(error, SubmitError::Consent(_)) => {
            Ok(Redirect::to(&next_place(person, &draft)).into_response())
        }
        None => sign_page(person, &draft, Some(error), None).await,
    }
}

pub(super) async fn own_draft(person: &Person, challenge: &str) -> Result<Option<Draft>, Failure> {
    let draft = person.visitor.portal.service.draft(challenge).await?;
    Ok(draft.filter(|draft| draft.request.applicant == person.session.iin))
}

/// A text that has expired is not kept for ever; another person's never existed.
pub(super) fn gone(person: &Person) -> Result<Response, Failure> {
    html(StatusCode::NOT_FOUND, &GonePage { page: person.page() })
}

pub(super) fn to_request(person: &Person, number: &domain::Number) -> Response {
    Redirect::to(&person.visitor.link(&format!("/requests/{number}"))).into_response()
}

/// The key of everything a page may submit of a draft: whichever way it is confirmed, it is the same submission.
pub(super) fn page_key(draft: &Draft) -> String {
    format!("page-{}", draft.challenge)
}

pub(super) async fn sign_page(
    person: &Person,
    draft: &Draft,
    error: Option<SubmitError>,
    again: Option<String>,
) -> Result<Response, Failure> {
    let mut page = person.page();
    page.place = format!("/sign/{}", draft.challenge);
    let now = person.visitor.portal.service.now();
    let paused_until = match &error {
        Some(SubmitError::TechnicalBreak { ends_at }) => Some(*ends_at),
        Some(_) => None,
        None => person.visitor.portal.breaks.running(now).map(|one| one.ends_at),
    };
    let status = error.as_ref().map_or(StatusCode::OK, status_of);
    let retry_after = paused_until.map(|end| seconds_until(end, now));
    let retry_after = retry_after.or(error.as_ref().and_then(|error| retry_after_s(error, now)));
    let password = one_time_password::way_of_draft(person, draft).await?;
    let faults = match &error {
        Some(SubmitError::Password(error)) => {
            vec![one_time_password::fault_of(&page, password.as_ref(), error)]
        }
        _ => Vec::new(),
    };
    let wards_not_found = match &error {
        Some(SubmitError::WardNotFound { positions }) => positions.clone(),
        _ => Vec::new(),
    };
    let busy = match &error {
        None => person.visitor.portal.service.room_to_wait().await.err(),
        Some(_) => None,
    };
    let busy = busy.map(|busy| page.with("sign-busy", "seconds", &busy.retry_after_s.to_string()));
    let fault_title = match &error {
        Some(SubmitError::Busy(_)) => "error-busy-title",
        _ => "sign-fault",
    };
    let fault = error.filter(|_| faults.is_empty()).map(|error| fault_words(&page, &error));
    let document = SignedDocument::parse(&draft.document).ok_or(Failure::Broken)?;
    let sign = SignPage {
        token: person.token.clone(),
        key: page_key(draft),
        challenge: draft.challenge.clone(),
        lines: document.statement,
        text_language: document.language,
        document: STANDARD.encode(&draft.document),
        document_text: String::from_utf8_lossy(&draft.document).into_owned(),
        key_usages: KEY_USAGES,
        iin: person.session.iin.digits(),
        expires_at: draft.expires_at,
        has_expired: draft.expires_at < now,
        paused_until,
        outlasts_break: paused_until.is_some_and(|end| end < draft.expires_at),
        busy,
        fault,
        fault_title,
        again,
        wards_not_found,
        phone: PhoneSection::of_request(person, &draft.challenge),
        password,
        faults,
        page,
    };
    let answer = html(status, &sign)?;
    Ok(one_time_password::with_retry_after(answer, retry_after))
}

fn fault_words(page: &Page, error: &SubmitError) -> String {
    match error {
        SubmitError::Busy(busy) => come_again(page.language, *busy),
        _ => page.texts().fault(error.code()),
    }
}

fn status_of(error: &SubmitError) -> StatusCode {
    match error {
        SubmitError::CannotTell { .. } | SubmitError::TechnicalBreak { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        SubmitError::Password(error) => one_time_password::status_of(error),
        SubmitError::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Seconds after which it is worth while to send it again.
fn retry_after_s(error: &SubmitError, now: Timestamp) -> Option<u32> {
    match error {
        SubmitError::CannotTell { .. } => Some(CANNOT_TELL_RETRY_S),
        SubmitError::Password(error) => one_time_password::retry_after_s(error, now),
        _ => None,
    }
}
