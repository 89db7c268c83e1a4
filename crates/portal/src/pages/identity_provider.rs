//! Signing in at the identity provider: the person is sent there and comes back with a one-time code.
//!
//! Both ways lead over a page of ours that goes on by itself. On the way out, because the policy of our pages lets forms
//! lead to ourselves only, and browsers hold the redirects behind a form to it. On the way back, because the session's
//! cookie is never sent with a visit that began at another site, redirects included; with one that begins at our page it
//! is. What binds the way back to the browser is a cookie of its own that is sent with such a visit (`Lax`), good for
//! nothing else. Knows nothing of the protocol but the names of what comes back. Read next: `app/src/identity.rs`.

use app::{IdentityReply, IdentityReturn, SignInError};
use askama::Template;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::language::safe_place;
use crate::page::{Page, html};
use crate::pages::sign_in::{Way, secret_of_form, with_challenge};
use crate::visitor::{
    IDENTITY, SESSION, SIGN_IN, Visitor, cookie_of, with_cookie, with_lax_cookie, without_cookie,
};

/// Longest code or word of a provider; real ones have some hundred characters.
const REPLY_MAX: usize = 4_000;

/// A page that goes on by itself.
#[derive(Template)]
#[template(path = "onward.html")]
struct OnwardPage {
    page: Page,
    title: String,
    text: String,
    address: String,
}

/// What a person comes back with, as the address has it.
#[derive(Default, Deserialize)]
pub struct Callback {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// `POST /{language}/sign-in/identity-provider`
pub async fn begin(
    visitor: Visitor,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    let portal = &visitor.portal;
    if !portal.service.has_identity_provider() {
        return Err(Failure::NotFound);
    }
    secret_of_form(&visitor, &headers, &form)?;
    let next = safe_place(form.text("next")).unwrap_or_default();
    let browser = cookie_of(portal, &headers, IDENTITY);
    match portal.service.begin_identity(visitor.language, next, browser).await {
        Ok(begun) => {
            let answer = onward(visitor.page(), "identity-leaving", begun.address)?;
            Ok(with_lax_cookie(portal, answer, IDENTITY, &begun.browser))
        }
        Err(error) => not_in(&visitor, &headers, next, error).await,
    }
}

/// `GET /sign-in/callback`
pub async fn come_back(
    mut visitor: Visitor,
    headers: HeaderMap,
    Query(callback): Query<Callback>,
) -> Result<Response, Failure> {
    let portal = visitor.portal.clone();
    if !portal.service.has_identity_provider() {
        return Err(Failure::NotFound);
    }
    visitor.place = "/sign-in".to_owned();
    let browser = cookie_of(&portal, &headers, IDENTITY).unwrap_or_default();
    let back = match portal.service.identity_return(&callback.state, &browser).await {
        Ok(back) => back,
        Err(error) => return not_in(&visitor, &headers, "", error).await,
    };
    visitor.language = back.language;
    let reply = reply_of(callback).ok_or(Failure::Malformed)?;
    match portal.service.finish_identity(&back, &reply).await {
        Ok(signed_in) => welcome(&visitor, &back, &signed_in.cookie),
        Err(error) => not_in(&visitor, &headers, &back.next, error).await,
    }
}

/// A code or an error, never both or neither.
fn reply_of(callback: Callback) -> Option<IdentityReply> {
    let Callback { code, error, iss, .. } = callback;
    let outcome = match (code, error) {
        (Some(code), None) => Ok(code),
        (None, Some(word)) => Err(word),
        (Some(_), Some(_)) | (None, None) => return None,
    };
    let told = outcome.as_ref().unwrap_or_else(|word| word);
    let is_fit = (1..=REPLY_MAX).contains(&told.len());
    is_fit.then_some(IdentityReply { outcome, issuer: iss })
}

fn welcome(visitor: &Visitor, back: &IdentityReturn, cookie: &str) -> Result<Response, Failure> {
    let place = safe_place(&back.next).unwrap_or("/cabinet");
    let answer = onward(visitor.page(), "identity-welcome", visitor.link(place))?;
    let answer = with_cookie(&visitor.portal, answer, SESSION, cookie);
    let answer = without_cookie(&visitor.portal, answer, SIGN_IN);
    Ok(without_cookie(&visitor.portal, answer, IDENTITY))
}

fn onward(page: Page, family: &str, address: String) -> Result<Response, Failure> {
    let title = page.t(&format!("{family}-title"));
    let text = page.t(&format!("{family}-text"));
    html(StatusCode::OK, &OnwardPage { page, title, text, address })
}

/// The sign-in page with what went wrong and every other way in.
async fn not_in(
    visitor: &Visitor,
    headers: &HeaderMap,
    next: &str,
    error: SignInError,
) -> Result<Response, Failure> {
    match error {
        SignInError::Store(error) => Err(error.into()),
        error => with_challenge(visitor, headers, &Way::to(next), Some(error)).await,
    }
}
