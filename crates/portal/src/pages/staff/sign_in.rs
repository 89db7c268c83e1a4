//! Signing in of people who serve, with a key of their organisation's or a passkey, and signing out.

use app::{
    OfficerSignInError, PasskeyError, PasskeyInvitation, SignInChallenge, SignedInMember, acts,
};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Language;
use serde::Deserialize;

use crate::Shared;
use crate::failure::Failure;
use crate::form::FormFields;
use crate::language::{language_of_path, safe_place};
use crate::page::{Page, html};
use crate::pages::sign_in::secret_of_browser;
use crate::staff::{DeskVisit, staff_of};
use crate::visitor::{SIGN_IN, STAFF, cookie_of, form_token, with_cookie, without_cookie};

/// Key usages NCALayer offers certificates by: of an organisation, whether for signing or for authentication.
const KEY_USAGES: &str = "1.2.398.3.3.4.1.2";
/// Where an officer goes on.
const START: &str = "/staff";

/// Where to go on, and why he was sent here.
#[derive(Debug, Default, Deserialize)]
pub struct Way {
    #[serde(default)]
    next: String,
    #[serde(default)]
    why: String,
    /// Whether he tried a passkey.
    #[serde(skip)]
    by_passkey: bool,
}

impl Way {
    /// The place behind the way, if it is one of officers.
    fn place(&self) -> &str {
        let place = safe_place(&self.next).unwrap_or(START);
        if place == START || place.starts_with("/staff/") { place } else { START }
    }
}

#[derive(Template)]
#[template(path = "staff/sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    has_ended: bool,
    needs_signature: bool,
    challenge: String,
    token: String,
    document: String,
    document_text: String,
    key_usages: &'static str,
    fault: Option<String>,
    passkey: Option<PasskeyForm>,
}

/// Coming in by a passkey.
struct PasskeyForm {
    options: String,
    challenge: String,
    token: String,
    is_named: bool,
}

/// `GET /{language}/staff/sign-in`
pub async fn show(
    State(portal): State<Shared>,
    uri: Uri,
    Query(way): Query<Way>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    with_challenge(&portal, language_of(&uri), &headers, &way, None).await
}

/// `POST /{language}/staff/sign-in`
pub async fn submit(
    State(portal): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    let staff = staff_of(&portal)?;
    secret_of_browser(&portal, &headers, &form)?;
    let signed_in = match form.signature() {
        Ok(cms) => staff.sign_in(form.text("challenge"), &cms).await,
        Err(code) => Err(OfficerSignInError::Signature(code)),
    };
    let way = Way { next: form.text("next").to_owned(), ..Way::default() };
    came_in(&portal, language_of(&uri), &headers, &way, signed_in).await
}

/// `POST /{language}/staff/sign-in/passkey`
pub async fn by_passkey(
    State(portal): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    let staff = staff_of(&portal)?;
    secret_of_browser(&portal, &headers, &form)?;
    let (ceremony, answer) = (form.text("challenge"), form.text("credential"));
    let signed_in = staff.sign_in_by_passkey(ceremony, answer).await;
    let way = Way { next: form.text("next").to_owned(), by_passkey: true, ..Way::default() };
    came_in(&portal, language_of(&uri), &headers, &way, signed_in).await
}

/// Where he goes on who came in, or the page again for one who did not.
async fn came_in(
    portal: &Shared,
    language: Language,
    headers: &HeaderMap,
    way: &Way,
    signed_in: Result<SignedInMember, OfficerSignInError>,
) -> Result<Response, Failure> {
    match signed_in {
        Ok(signed_in) => {
            let address = format!("/{}{}", language.code(), way.place());
            let answer = Redirect::to(&address).into_response();
            let answer = with_cookie(portal, answer, STAFF, &signed_in.cookie);
            Ok(without_cookie(portal, answer, SIGN_IN))
        }
        Err(OfficerSignInError::Store(error)) => Err(error.into()),
        Err(error) => with_challenge(portal, language, headers, way, Some(error)).await,
    }
}

/// `POST /{language}/staff/sign-out`
pub async fn sign_out(
    visit: DeskVisit<acts::OpenDesk>,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let cookie = cookie_of(&visit.portal, &headers, STAFF).unwrap_or_default();
    visit.staff.sign_out(&cookie).await?;
    let answer = Redirect::to(&visit.link("/staff/sign-in")).into_response();
    Ok(without_cookie(&visit.portal, answer, STAFF))
}

fn language_of(uri: &Uri) -> Language {
    language_of_path(uri.path()).unwrap_or(Language::Kk)
}

async fn with_challenge(
    portal: &Shared,
    language: Language,
    headers: &HeaderMap,
    way: &Way,
    error: Option<OfficerSignInError>,
) -> Result<Response, Failure> {
    let staff = staff_of(portal)?;
    let challenge = staff.prepare_sign_in(language).await?;
    let passkey = match staff.begin_passkey_sign_in().await {
        Ok(invitation) => invitation,
        Err(PasskeyError::Store(error)) => return Err(error.into()),
        Err(error) => {
            tracing::error!(%error, "passkeys cannot be offered");
            None
        }
    };
    let fresh = portal.service.browser_secret();
    let kept = cookie_of(portal, headers, SIGN_IN).filter(|kept| kept.len() == fresh.len());
    let secret = kept.unwrap_or(fresh);
    let status = match &error {
        None => StatusCode::OK,
        Some(OfficerSignInError::CannotTell(_)) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let passkey = passkey.map(|invitation| PasskeyForm::of(invitation, way, &secret));
    let page = sign_in_page((portal, language), &challenge, way, &secret, error);
    let page = SignInPage { passkey, ..page };
    let mut answer = html(status, &page)?;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, 60.into());
    }
    Ok(with_cookie(portal, answer, SIGN_IN, &secret))
}

impl PasskeyForm {
    fn of(invitation: PasskeyInvitation, way: &Way, secret: &str) -> Self {
        let PasskeyInvitation { id, options } = invitation;
        let token = form_token(secret, &id);
        Self { options, challenge: id, token, is_named: way.by_passkey }
    }
}

fn sign_in_page(
    (portal, language): (&Shared, Language),
    challenge: &SignInChallenge,
    way: &Way,
    secret: &str,
    error: Option<OfficerSignInError>,
) -> SignInPage {
    let next = way.place().to_owned();
    let page = Page::new(portal, language, &format!("/staff/sign-in?next={next}"), None);
    SignInPage {
        has_ended: way.why == "ended",
        needs_signature: way.why == "signature",
        token: form_token(secret, &challenge.id),
        document: STANDARD.encode(&challenge.document),
        document_text: String::from_utf8_lossy(&challenge.document).into_owned(),
        challenge: challenge.id.clone(),
        key_usages: KEY_USAGES,
        fault: error.map(|error| page.texts().staff_fault(error.code())),
        passkey: None,
        next,
        page,
    }
}
