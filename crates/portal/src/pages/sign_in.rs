//! Signing in: with a digital signature over a one-time text, by NCALayer or with any other program; the page offers the
//! other ways too.
//!
//! Knows no cryptography: the CMS goes to the use case as it came. Read next: `templates/sign_in.html`,
//! `identity_provider.rs`.

use app::{Entrance, SignInChallenge, SignInError, SignedIn};
use askama::Template;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::Shared;
use crate::failure::Failure;
use crate::form::FormFields;
use crate::language::safe_place;
use crate::page::{Page, html};
use crate::pages::answers::{Answers, FIELDS};
use crate::pages::phone_signing::PhoneSection;
use crate::pages::request_form::form_page;
use crate::pages::second_step;
use crate::visitor::{
    Person, SECOND_STEP, SESSION, SIGN_IN, Visitor, cookie_of, form_token, same, with_cookie,
    without_cookie,
};

/// Key usages NCALayer offers certificates by: of an individual, whether for signing or for authentication.
const KEY_USAGES: &str = "1.2.398.3.3.4.1.1";

/// Where to go on, and why the person was sent here.
#[derive(Debug, Default, Deserialize)]
pub struct Way {
    #[serde(default)]
    pub(super) next: String,
    #[serde(default)]
    why: String,
    /// Answers of a request form whose session ended meanwhile: they travel along and are there again afterwards.
    #[serde(skip)]
    pub(super) carried: Vec<(String, String)>,
}

impl Way {
    /// To a place.
    #[must_use]
    pub fn to(next: &str) -> Self {
        Self { next: next.to_owned(), ..Self::default() }
    }

    /// As a form of the way brings it along.
    pub(super) fn of_form(form: &FormFields) -> Self {
        let (next, carried) = (form.text("next").to_owned(), form.named(&FIELDS));
        Self { next, why: String::new(), carried }
    }

    /// The place behind the way, if it is one of ours; else nothing.
    pub(super) fn safe_next(&self) -> &str {
        safe_place(&self.next).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    has_ended: bool,
    is_needed: bool,
    challenge: String,
    token: String,
    document: String,
    document_text: String,
    key_usages: &'static str,
    fault: Option<String>,
    carried: Vec<(String, String)>,
    phone: Option<PhoneSection>,
    identity_provider: Option<String>,
}

/// `GET /{language}/sign-in`
pub async fn show(
    visitor: Visitor,
    Query(way): Query<Way>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if visitor.session.is_some() {
        let place = safe_place(&way.next).unwrap_or("/cabinet");
        return Ok(Redirect::to(&visitor.link(place)).into_response());
    }
    with_challenge(&visitor, &headers, &way, None).await
}

/// `POST /{language}/sign-in`
pub async fn submit(
    visitor: Visitor,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    let challenge = form.text("challenge");
    secret_of_form(&visitor, &headers, &form)?;
    let signed_in = match form.signature() {
        Ok(cms) => visitor.portal.service.sign_in(challenge, &cms).await,
        Err(code) => Err(SignInError::Signature { code }),
    };
    came_in(visitor, &headers, &form, signed_in).await
}

/// The secret of the browser that was shown this form.
pub(super) fn secret_of_form(
    visitor: &Visitor,
    headers: &HeaderMap,
    form: &FormFields,
) -> Result<String, Failure> {
    secret_of_browser(&visitor.portal, headers, form)
}

/// The same for whoever is no visitor.
pub(super) fn secret_of_browser(
    portal: &Shared,
    headers: &HeaderMap,
    form: &FormFields,
) -> Result<String, Failure> {
    // Without its cookie a browser never saw the form: a token over nothing could be computed by anybody.
    let secret = cookie_of(portal, headers, SIGN_IN).filter(|secret| !secret.is_empty());
    let secret = secret.ok_or(Failure::Forbidden)?;
    if same(&form_token(&secret, form.text("challenge")), form.text("token")) {
        Ok(secret)
    } else {
        Err(Failure::Forbidden)
    }
}

/// Where a person goes on who came in, or the page again for one who did not.
pub(super) async fn came_in(
    visitor: Visitor,
    headers: &HeaderMap,
    form: &FormFields,
    signed_in: Result<Entrance, SignInError>,
) -> Result<Response, Failure> {
    let way = Way::of_form(form);
    match signed_in {
        Ok(Entrance::SignedIn(signed_in)) => welcome(visitor, &way, form, *signed_in),
        Ok(Entrance::SecondStep(halfway)) => second_step::begin(visitor, way, halfway).await,
        Err(SignInError::Store(error)) => Err(error.into()),
        Err(error) => with_challenge(&visitor, headers, &way, Some(error)).await,
    }
}

/// `POST /{language}/sign-out`
pub async fn sign_out(
    person: Person,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let portal = &person.visitor.portal;
    let cookie = cookie_of(portal, &headers, SESSION).unwrap_or_default();
    portal.service.sign_out(&cookie).await?;
    let answer = Redirect::to(&person.visitor.link("")).into_response();
    Ok(without_cookie(portal, answer, SESSION))
}

/// Where the person wanted to go, or the request form with what was typed before the session ended.
pub(super) fn welcome(
    visitor: Visitor,
    way: &Way,
    form: &FormFields,
    signed_in: SignedIn,
) -> Result<Response, Failure> {
    if !way.carried.is_empty() {
        return welcome_back(visitor, form, signed_in);
    }
    let place = safe_place(&way.next).unwrap_or("/cabinet");
    let answer = Redirect::to(&visitor.link(place)).into_response();
    Ok(with_session(&visitor.portal, answer, &signed_in.cookie))
}

/// The cookie of the session instead of those of the way to it.
fn with_session(portal: &Shared, answer: Response, cookie: &str) -> Response {
    let answer = with_cookie(portal, answer, SESSION, cookie);
    let answer = without_cookie(portal, answer, SECOND_STEP);
    without_cookie(portal, answer, SIGN_IN)
}

/// The request form with the answers that were typed before the session ended.
fn welcome_back(
    visitor: Visitor,
    form: &FormFields,
    signed_in: SignedIn,
) -> Result<Response, Failure> {
    let portal = visitor.portal.clone();
    let person = visitor.signed_in(signed_in.session, &signed_in.cookie);
    let answer = form_page(&person, Answers::of_form(form), Vec::new())?;
    Ok(with_session(&portal, answer, &signed_in.cookie))
}

/// The sign-in page for a request form whose session has ended: nothing typed is lost.
pub(super) async fn with_answers(
    visitor: &Visitor,
    headers: &HeaderMap,
    form: &FormFields,
) -> Result<Response, Failure> {
    let (next, why) = ("/request".to_owned(), "ended".to_owned());
    with_challenge(visitor, headers, &Way { next, why, carried: form.named(&FIELDS) }, None).await
}

/// The page with a fresh one-time text. The browser keeps one secret to which the forms of all its tabs are bound; another
/// site can neither read nor set it.
pub(super) async fn with_challenge(
    visitor: &Visitor,
    headers: &HeaderMap,
    way: &Way,
    error: Option<SignInError>,
) -> Result<Response, Failure> {
    let portal = &visitor.portal;
    let challenge = portal.service.prepare_sign_in(visitor.language).await?;
    let fresh = portal.service.browser_secret();
    let kept = cookie_of(portal, headers, SIGN_IN).filter(|kept| kept.len() == fresh.len());
    let secret = kept.unwrap_or(fresh);
    let status = match &error {
        None => StatusCode::OK,
        Some(SignInError::CannotTell { .. }) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = sign_in_page(visitor, &challenge, way, &secret, error);
    let mut answer = html(status, &page)?;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, 60.into());
    }
    Ok(with_cookie(portal, answer, SIGN_IN, &secret))
}

fn sign_in_page(
    visitor: &Visitor,
    challenge: &SignInChallenge,
    way: &Way,
    secret: &str,
    error: Option<SignInError>,
) -> SignInPage {
    let next = safe_place(&way.next).unwrap_or_default().to_owned();
    let mut page = visitor.page();
    if !next.is_empty() {
        page.place = format!("/sign-in?next={next}");
    }
    let button = visitor.portal.config.identity_provider.as_ref();
    let identity_provider = button.map(|text| text.text(page.language).to_owned());
    let token = form_token(secret, &challenge.id);
    let late = (way.why == second_step::LATE).then(|| page.t("second-step-late"));
    let fault = error.map(|error| page.texts().fault(error.code())).or(late);
    SignInPage {
        phone: PhoneSection::of_sign_in(visitor, [&token, &challenge.id, &next], &way.carried),
        next,
        has_ended: way.why == "ended",
        is_needed: !way.next.is_empty(),
        token,
        document: STANDARD.encode(&challenge.document),
        document_text: String::from_utf8_lossy(&challenge.document).into_owned(),
        challenge: challenge.id.clone(),
        key_usages: KEY_USAGES,
        carried: way.carried.clone(),
        fault,
        identity_provider,
        page,
    }
}
