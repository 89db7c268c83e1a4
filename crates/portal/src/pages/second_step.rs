//! The second step of signing in: the signature was good, and a one-time password opens the cabinet.
//!
//! The browser keeps a secret of its own between the steps; the forms are bound to it. Read next: `one_time_password.rs`.

use app::{Halfway, PasswordError, SignInError};
use askama::Template;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use crate::failure::Failure;
use crate::form::FormFields;
use crate::language::safe_place;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::pages::one_time_password::{
    PasswordWay, fault_of, retry_after_s, status_of, with_retry_after,
};
use crate::pages::sign_in::{Way, welcome};
use crate::visitor::{SECOND_STEP, Visitor, cookie_of, form_token, same, with_cookie};

/// Why a person is sent back to the first step.
pub const LATE: &str = "late";

#[derive(Template)]
#[template(path = "second_step.html")]
struct SecondStepPage {
    page: Page,
    expires_at: jiff::Timestamp,
    password: PasswordWay,
    faults: Vec<FieldFault>,
}

/// Behind a good signature: a password is on its way, or the page tells why not.
pub(super) async fn begin(
    visitor: Visitor,
    way: Way,
    halfway: Halfway,
) -> Result<Response, Failure> {
    let cookie = halfway.cookie.as_str();
    let sent = visitor.portal.service.send_sign_in_password(cookie, visitor.language).await;
    let answer = match sent {
        Ok(_) if way.carried.is_empty() => to_page(&visitor, &way),
        Ok(_) => step_page(&visitor, &way, cookie, None).await?,
        Err(error) => failed(&visitor, &way, cookie, error).await?,
    };
    Ok(with_cookie(&visitor.portal, answer, SECOND_STEP, cookie))
}

/// `GET /{language}/sign-in/password`
pub async fn show(
    visitor: Visitor,
    Query(way): Query<Way>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if visitor.session.is_some() {
        let place = safe_place(&way.next).unwrap_or("/cabinet");
        return Ok(Redirect::to(&visitor.link(place)).into_response());
    }
    let cookie = cookie_of(&visitor.portal, &headers, SECOND_STEP).unwrap_or_default();
    step_page(&visitor, &way, &cookie, None).await
}

/// `POST /{language}/sign-in/password/send`
pub async fn send(
    visitor: Visitor,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    let (cookie, way) = (bound(&visitor, &headers, &form)?, Way::of_form(&form));
    let sent = visitor.portal.service.send_sign_in_password(&cookie, visitor.language).await;
    match sent {
        Ok(_) if way.carried.is_empty() => Ok(to_page(&visitor, &way)),
        Ok(_) => step_page(&visitor, &way, &cookie, None).await,
        Err(error) => failed(&visitor, &way, &cookie, error).await,
    }
}

/// `POST /{language}/sign-in/password`
pub async fn confirm(
    visitor: Visitor,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    let (cookie, way) = (bound(&visitor, &headers, &form)?, Way::of_form(&form));
    let service = &visitor.portal.service;
    match service.sign_in_with_password(&cookie, form.text("password")).await {
        Ok(signed_in) => welcome(visitor, &way, &form, signed_in),
        Err(error) => failed(&visitor, &way, &cookie, error).await,
    }
}

/// The secret of the browser that brought a form bound to it.
fn bound(visitor: &Visitor, headers: &HeaderMap, form: &FormFields) -> Result<String, Failure> {
    let cookie = cookie_of(&visitor.portal, headers, SECOND_STEP);
    let cookie = cookie.filter(|cookie| !cookie.is_empty()).ok_or(Failure::Forbidden)?;
    if same(&token_of(&cookie), form.text("token")) { Ok(cookie) } else { Err(Failure::Forbidden) }
}

fn token_of(cookie: &str) -> String {
    form_token(cookie, "second-step")
}

fn place_of(way: &Way) -> String {
    let next = way.safe_next();
    if next.is_empty() {
        "/sign-in/password".to_owned()
    } else {
        format!("/sign-in/password?next={next}")
    }
}

fn to_page(visitor: &Visitor, way: &Way) -> Response {
    Redirect::to(&visitor.link(&place_of(way))).into_response()
}

async fn failed(
    visitor: &Visitor,
    way: &Way,
    cookie: &str,
    error: SignInError,
) -> Result<Response, Failure> {
    match error {
        SignInError::Password(PasswordError::NotOffered) => Err(Failure::NotFound),
        SignInError::Password(error) => step_page(visitor, way, cookie, Some(error)).await,
        SignInError::Store(error) => Err(error.into()),
        _ => Ok(late(visitor, way)),
    }
}

/// Too late, or never begun: back to the first step.
fn late(visitor: &Visitor, way: &Way) -> Response {
    let place = format!("/sign-in?next={}&why={LATE}", way.safe_next());
    Redirect::to(&visitor.link(&place)).into_response()
}

async fn step_page(
    visitor: &Visitor,
    way: &Way,
    cookie: &str,
    error: Option<PasswordError>,
) -> Result<Response, Failure> {
    let service = &visitor.portal.service;
    let Some(step) = service.second_step(cookie).await? else { return Ok(late(visitor, way)) };
    let mut page = visitor.page();
    page.place = place_of(way);
    let confirm = visitor.link("/sign-in/password");
    let fields = [("token", token_of(cookie)), ("next", way.safe_next().to_owned())];
    let hidden = fields.map(|(name, value)| (name.to_owned(), value)).into_iter();
    let password = PasswordWay {
        title: "second-step-password-title",
        lead: "second-step-lead",
        button: "sign-in-button",
        send: format!("{confirm}/send"),
        confirm,
        hidden: hidden.chain(way.carried.iter().cloned()).collect(),
        sent: step.sent,
    };
    let faults = error.iter().map(|error| fault_of(&page, Some(&password), error)).collect();
    let status = error.as_ref().map_or(StatusCode::OK, status_of);
    let retry_after = error.as_ref().and_then(|error| retry_after_s(error, service.now()));
    let step = SecondStepPage { expires_at: step.expires_at, password, faults, page };
    Ok(with_retry_after(html(status, &step)?, retry_after))
}
