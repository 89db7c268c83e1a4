//! Confirming a request by a one-time password: a section of the sign page with two forms, one that sends a password and
//! one that takes it. What is under way is read from the store, so that a page opened anew knows it too.
//!
//! Knows neither the number nor the password longer than the form that brings it. Read next:
//! `templates/ways/one_time_password.html`, then `second_step.rs`, which shows the same section.

use app::{Draft, IdempotencyKey, PasswordError, PasswordSubmission, SentPassword};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use crate::breaks::seconds_until;
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::Page;
use crate::pages::FieldFault;
use crate::pages::sign::{gone, own_draft, page_key, refused, submitted, to_request};
use crate::visitor::Person;

/// Seconds after which an outage is worth another try.
const OUTAGE_RETRY_S: u32 = 60;

/// The section of a page.
pub struct PasswordWay {
    /// Key of its heading.
    pub title: &'static str,
    /// Key of what it is about.
    pub lead: &'static str,
    /// Key of the button that sends the password back.
    pub button: &'static str,
    /// Where the wish for a password goes.
    pub send: String,
    /// Where the password goes.
    pub confirm: String,
    /// Hidden fields of both forms.
    pub hidden: Vec<(String, String)>,
    /// The newest password under way.
    pub sent: Option<SentPassword>,
}

/// `POST /{language}/sign/{challenge}/password/send`
pub async fn send(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let Some(draft) = own_draft(&person, &challenge).await? else { return gone(&person) };
    if let Some(number) = draft.request_number() {
        return Ok(to_request(&person, number));
    }
    let visitor = &person.visitor;
    match visitor.portal.service.send_request_password(&draft, visitor.language).await {
        Ok(_) => {
            let place = format!("/sign/{challenge}#way-password");
            Ok(Redirect::to(&visitor.link(&place)).into_response())
        }
        Err(error) => refused(&person, &challenge, error).await,
    }
}

/// `POST /{language}/sign/{challenge}/password`
pub async fn confirm(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    if own_draft(&person, &challenge).await?.is_none() {
        return gone(&person);
    }
    let submission = PasswordSubmission {
        key: IdempotencyKey(form.text("key").to_owned()),
        challenge: challenge.clone(),
        typed: form.text("password").to_owned(),
        session: person.session.clone(),
    };
    let outcome = person.visitor.portal.service.submit_with_password(submission).await;
    submitted(&person, &challenge, outcome).await
}

/// The section under a draft, where requests can be confirmed so.
pub(super) async fn way_of_draft(
    person: &Person,
    draft: &Draft,
) -> Result<Option<PasswordWay>, Failure> {
    let service = &person.visitor.portal.service;
    if !service.passwords_confirm_requests() {
        return Ok(None);
    }
    let confirm = person.visitor.link(&format!("/sign/{}/password", draft.challenge));
    Ok(Some(PasswordWay {
        title: "way-password-title",
        lead: "way-password-lead",
        button: "way-password-confirm",
        send: format!("{confirm}/send"),
        confirm,
        hidden: vec![
            ("token".to_owned(), person.token.clone()),
            ("key".to_owned(), page_key(draft)),
        ],
        sent: service.sent_request_password(draft).await?,
    }))
}

/// What went wrong, beside the field it concerns.
pub(super) fn fault_of(
    page: &Page,
    way: Option<&PasswordWay>,
    error: &PasswordError,
) -> FieldFault {
    let key = format!("fault-{}", error.code());
    let text = match error {
        PasswordError::Wrong { left } => page.with(&key, "left", &left.to_string()),
        PasswordError::Wait { until } | PasswordError::Locked { until } => {
            page.with(&key, "until", &page.moment(until))
        }
        _ => page.t(&key),
    };
    let is_typed = matches!(
        error,
        PasswordError::Form | PasswordError::Wrong { .. } | PasswordError::Locked { .. }
    );
    let has_field = way.is_some_and(|way| way.sent.is_some());
    let field = if is_typed && has_field { "password" } else { "password-send" };
    FieldFault { field: field.to_owned(), text }
}

/// The status of a page that tells of it.
pub(super) fn status_of(error: &PasswordError) -> StatusCode {
    match error {
        PasswordError::Wait { .. } | PasswordError::Locked { .. } => StatusCode::TOO_MANY_REQUESTS,
        error if error.is_outage() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Seconds after which trying again is worth while.
pub(super) fn retry_after_s(error: &PasswordError, now: Timestamp) -> Option<u32> {
    let outage = error.is_outage().then_some(OUTAGE_RETRY_S);
    error.until().map(|until| seconds_until(until, now)).or(outage)
}

/// Tells programs too.
pub(super) fn with_retry_after(mut answer: Response, seconds: Option<u32>) -> Response {
    if let Some(seconds) = seconds {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}
