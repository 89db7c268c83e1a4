//! Who opens a page: a visitor in a language, perhaps signed in; or a signed-in person where a page is personal.
//!
//! Knows the session cookie and the tokens of forms, and no use case but `session`. Read next: `page.rs`.

use app::Session;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use domain::Language;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Shared;
use crate::failure::Failure;
use crate::language::{language_of_path, place_of_path, preferred, safe_place};
use crate::page::Page;

/// Anybody who opens a page.
pub struct Visitor {
    /// The portal.
    pub portal: Shared,
    /// Language of the address.
    pub language: Language,
    /// Address without its language.
    pub place: String,
    /// The session, and the token of its forms.
    pub session: Option<(Session, String)>,
    /// Whether a cookie came whose session has ended.
    pub has_ended: bool,
}

/// A signed-in person.
pub struct Person {
    /// As a visitor.
    pub visitor: Visitor,
    /// The session.
    pub session: Session,
    /// Token that every form must bring back.
    pub token: String,
}

impl Visitor {
    /// The frame of the page asked for.
    #[must_use]
    pub fn page(&self) -> Page {
        let token = self.session.as_ref().map(|(_, token)| token.clone());
        Page::new(&self.portal, self.language, &self.place, token)
    }

    /// The address of a place in the visitor's language.
    #[must_use]
    pub fn link(&self, place: &str) -> String {
        format!("/{}{place}", self.language.code())
    }
}

impl Visitor {
    /// The person, where somebody is signed in.
    ///
    /// # Errors
    /// The visitor, where nobody is.
    pub fn into_person(self) -> Result<Person, Box<Self>> {
        match self.session.clone() {
            Some((session, token)) => Ok(Person { visitor: self, session, token }),
            None => Err(Box::new(self)),
        }
    }

    /// The person who has just signed in with a session behind this cookie.
    #[must_use]
    pub fn signed_in(mut self, session: Session, cookie: &str) -> Person {
        let token = form_token(cookie, "forms");
        self.session = Some((session.clone(), token.clone()));
        Person { visitor: self, session, token }
    }
}

impl Person {
    /// The frame of the page asked for.
    #[must_use]
    pub fn page(&self) -> Page {
        self.visitor.page()
    }

    /// Refuses a form that does not bring the session's token.
    ///
    /// # Errors
    /// [`Failure::Forbidden`].
    pub fn require(&self, token: &str) -> Result<(), Failure> {
        if same(&self.token, token) { Ok(()) } else { Err(Failure::Forbidden) }
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, portal: &Shared) -> Result<Self, Failure> {
        let path = parts.uri.path();
        let language = language_of_path(path).unwrap_or_else(|| preferred(&parts.headers));
        let cookie = cookie_of(portal, &parts.headers, SESSION);
        let session = match &cookie {
            Some(cookie) => portal.service.session(cookie).await?,
            None => None,
        };
        let has_ended = cookie.is_some() && session.is_none();
        let token = cookie.map(|cookie| form_token(&cookie, "forms")).unwrap_or_default();
        let session = session.map(|session| (session, token));
        let (portal, place) = (portal.clone(), place_of_path(path).to_owned());
        Ok(Self { portal, language, place, session, has_ended })
    }
}

impl FromRequestParts<Shared> for Person {
    type Rejection = Response;

    /// Whoever is not signed in is led to the sign-in page and from there back; a form's page rather than the form.
    async fn from_request_parts(parts: &mut Parts, portal: &Shared) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, portal)
            .await
            .map_err(IntoResponse::into_response)?;
        visitor.into_person().map_err(|visitor| to_sign_in(&visitor, &parts.method))
    }
}

fn to_sign_in(visitor: &Visitor, method: &Method) -> Response {
    let place = safe_place(&visitor.place).unwrap_or("/cabinet");
    let is_form = *method != Method::GET;
    let why = if visitor.has_ended || is_form { "&why=ended" } else { "" };
    Redirect::to(&visitor.link(&format!("/sign-in?next={place}{why}"))).into_response()
}

/// Name of the session cookie.
pub const SESSION: &str = "session";
/// Name of the cookie that binds a sign-in form to its browser.
pub const SIGN_IN: &str = "sign-in";

/// Name of the cookie that binds the way back from the identity provider to its browser.
pub const IDENTITY: &str = "identity";
/// Name of the cookie of somebody who has signed and is asked for a password yet.
pub const SECOND_STEP: &str = "second-step";

/// Name of the cookie of an officer's session.
pub const STAFF: &str = "staff";

/// The value of one of our cookies.
#[must_use]
pub fn cookie_of(portal: &Shared, headers: &axum::http::HeaderMap, name: &str) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(&cookie_name(portal, name)).map(|cookie| cookie.value().to_owned())
}

fn cookie_name(portal: &Shared, name: &str) -> String {
    // The prefix makes browsers refuse the cookie from anybody but this host over TLS.
    if portal.config.is_https() { format!("__Host-{name}") } else { name.to_owned() }
}

/// Adds a cookie for this browser alone to an answer.
#[must_use]
pub fn with_cookie(portal: &Shared, response: Response, name: &str, value: &str) -> Response {
    add_cookie(portal, response, (name, value), SameSite::Strict)
}

/// The same, sent with visits that begin at another site too.
#[must_use]
pub fn with_lax_cookie(portal: &Shared, response: Response, name: &str, value: &str) -> Response {
    add_cookie(portal, response, (name, value), SameSite::Lax)
}

fn add_cookie(
    portal: &Shared,
    mut response: Response,
    (name, value): (&str, &str),
    same_site: SameSite,
) -> Response {
    let cookie = Cookie::build((cookie_name(portal, name), value.to_owned()))
        .path("/")
        .http_only(true)
        .secure(portal.config.is_https())
        .same_site(same_site)
        .build();
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Removes a cookie.
#[must_use]
pub fn without_cookie(portal: &Shared, mut response: Response, name: &str) -> Response {
    let secure = if portal.config.is_https() { "; Secure" } else { "" };
    let name = cookie_name(portal, name);
    let gone = format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}");
    if let Ok(value) = HeaderValue::from_str(&gone) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The token of forms that belong to a secret cookie: nobody who does not know the cookie can make it.
#[must_use]
pub fn form_token(cookie: &str, purpose: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update([0]);
    hash.update(cookie.as_bytes());
    hex::encode(hash.finalize())
}

/// Compares two secrets without telling by time where they differ.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
