//! Signing by telephone as the browser sees it: the section on the sign-in page and the sign page, the code to be
//! scanned, and how it stands.
//!
//! Without script a page of its own shows the code and a button to go on; with script the section shows it in place and
//! asks for the state. Knows nothing of what the application asks; that is `egov_mobile/`.
//! Read next: `templates/ways/egov_mobile.html`, `front/phone.js`.

use app::{PhoneBegun, PhonePurpose, PhoneState, StoreError, SubmitError};
use askama::Template;
use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;

use crate::egov_mobile::{EgovMobile, Links, QrPicture};
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::sign::{gone, own_draft, refused, to_request};
use crate::pages::sign_in::{came_in, secret_of_form};
use crate::visitor::{Person, SESSION, SIGN_IN, Visitor, cookie_of};

/// What the script says, by the name of the state.
const MESSAGES: [&str; 7] = ["begin", "waiting", "signed", "expired", "lost", "failed", "refused"];

/// The form that begins a signing and goes on with it.
pub struct PhoneSection {
    /// Where it is sent.
    pub action: String,
    /// Names and values of what it carries.
    pub fields: Vec<(String, String)>,
}

impl PhoneSection {
    /// For a request; `None` where telephones are not used.
    #[must_use]
    pub fn of_request(person: &Person, challenge: &str) -> Option<Self> {
        person.visitor.portal.config.egov_mobile.as_ref()?;
        let action = person.visitor.link(&format!("/sign/{challenge}/phone"));
        Some(Self { action, fields: vec![("token".to_owned(), person.token.clone())] })
    }

    /// For signing in, with what its form carries: token, challenge, the place to go on to, and answers.
    #[must_use]
    pub fn of_sign_in(
        visitor: &Visitor,
        form: [&str; 3],
        carried: &[(String, String)],
    ) -> Option<Self> {
        visitor.portal.config.egov_mobile.as_ref()?;
        let names = ["token", "challenge", "next"];
        let own = names.iter().zip(form);
        let own = own.map(|(name, value)| ((*name).to_owned(), value.to_owned()));
        let fields = own.chain(carried.iter().cloned()).collect();
        Some(Self { action: visitor.link("/sign-in/phone"), fields })
    }

    /// What the script says: state and text.
    #[must_use]
    pub fn messages(&self, page: &Page) -> Vec<(&'static str, String)> {
        MESSAGES.map(|state| (state, page.t(&format!("phone-message-{state}")))).into()
    }
}

/// The code to be scanned.
struct PhoneCode {
    edge: usize,
    dark: String,
    deep_link: String,
    until: Timestamp,
}

impl PhoneCode {
    fn of(visitor: &Visitor, egov: &EgovMobile, begun: &PhoneBegun) -> Result<Self, Failure> {
        let links = Links::new(&visitor.portal.config.public_url, &begun.token);
        let picture = QrPicture::of(&links.qr_text()).ok_or(Failure::Broken)?;
        Ok(Self {
            edge: picture.edge,
            dark: picture.path,
            deep_link: links.deep_link(&egov.link_url),
            until: begun.signing.expires_at,
        })
    }
}

/// The code in place of a section.
#[derive(Template)]
#[template(path = "phone_code_alone.html")]
struct CodePart {
    page: Page,
    code: PhoneCode,
    goes_on_by_itself: bool,
}

/// The page without script.
#[derive(Template)]
#[template(path = "phone_signing.html")]
struct CodePage {
    page: Page,
    way: PhoneSection,
    id: String,
    code: Option<PhoneCode>,
    fault: Option<String>,
    is_not_yet: bool,
    goes_on_by_itself: bool,
}

/// `POST /{language}/sign/{challenge}/phone`: begins, or goes on where `phone` names what was begun.
pub async fn request(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let Some(draft) = own_draft(&person, &challenge).await? else { return gone(&person) };
    if let Some(number) = draft.request_number() {
        return Ok(to_request(&person, number));
    }
    let visitor = &person.visitor;
    let section = PhoneSection::of_request(&person, &challenge).ok_or(Failure::NotFound)?;
    let secret = cookie_of(&visitor.portal, &headers, SESSION).unwrap_or_default();
    let place = format!("/sign/{challenge}");
    if form.has("phone") {
        return match begun(visitor, form.text("phone"), &secret).await? {
            (Some(begun), PhoneState::Waiting { refusal, .. }) => {
                again(visitor, section, &place, &begun, refusal)
            }
            (_, PhoneState::Registered(number)) => Ok(to_request(&person, &number)),
            (_, _) => over(visitor, section, &place),
        };
    }
    if draft.expires_at < visitor.portal.service.now() {
        return refused(&person, &challenge, SubmitError::DraftExpired).await;
    }
    begin(visitor, &headers, section, &place, PhonePurpose::Request(&draft), &secret).await
}

/// `POST /{language}/sign-in/phone`: begins, or goes on where `phone` names what was begun.
pub async fn sign_in(
    visitor: Visitor,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    let secret = secret_of_form(&visitor, &headers, &form)?;
    let way = super::sign_in::Way::of_form(&form);
    let own = [form.text("token"), form.text("challenge"), &way.next];
    let section = PhoneSection::of_sign_in(&visitor, own, &way.carried).ok_or(Failure::NotFound)?;
    let place = "/sign-in";
    if !form.has("phone") {
        let purpose = PhonePurpose::SignIn(visitor.language);
        return begin(&visitor, &headers, section, place, purpose, &secret).await;
    }
    let id = form.text("phone");
    match begun(&visitor, id, &secret).await? {
        (Some(begun), PhoneState::Waiting { refusal, .. }) => {
            again(&visitor, section, place, &begun, refusal)
        }
        (_, PhoneState::SignedIn) => {
            let signed_in = visitor.portal.service.sign_in_by_phone(id, &secret).await;
            came_in(visitor, &headers, &form, signed_in).await
        }
        (_, _) => over(&visitor, section, place),
    }
}

/// `GET /{language}/phone/{id}/state`: for the script of the browser that began.
pub async fn state(
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    for cookie in [SESSION, SIGN_IN] {
        let Some(secret) = cookie_of(&visitor.portal, &headers, cookie) else { continue };
        if let (Some(_), state) = begun(&visitor, &id, &secret).await? {
            return Ok(Json(told(&visitor, state)).into_response());
        }
    }
    Err(Failure::NotFound)
}

fn told(visitor: &Visitor, state: PhoneState) -> serde_json::Value {
    let texts = crate::texts::texts(visitor.language);
    match state {
        PhoneState::Waiting { refusal, .. } => {
            json!({ "state": "waiting", "refusal": refusal.map(|code| texts.fault(&code)) })
        }
        PhoneState::Registered(number) => {
            json!({ "state": "signed", "next": visitor.link(&format!("/requests/{number}")) })
        }
        PhoneState::SignedIn => json!({ "state": "signed" }),
        PhoneState::Expired => json!({ "state": "expired" }),
    }
}

/// What this browser began, and how it stands; what it did not begin is over.
async fn begun(
    visitor: &Visitor,
    id: &str,
    secret: &str,
) -> Result<(Option<PhoneBegun>, PhoneState), StoreError> {
    let service = &visitor.portal.service;
    match service.phone_begun(id, secret).await? {
        None => Ok((None, PhoneState::Expired)),
        Some(begun) => {
            let state = service.phone_state(&begun).await?;
            Ok((Some(begun), state))
        }
    }
}

async fn begin(
    visitor: &Visitor,
    headers: &HeaderMap,
    way: PhoneSection,
    place: &str,
    purpose: PhonePurpose<'_>,
    secret: &str,
) -> Result<Response, Failure> {
    let egov = visitor.portal.config.egov_mobile.as_ref().ok_or(Failure::NotFound)?;
    let begun = visitor.portal.service.begin_phone_signing(purpose, egov.way(), secret).await?;
    let code = PhoneCode::of(visitor, egov, &begun)?;
    if accepts_json(headers) {
        let state = visitor.link(&format!("/phone/{}/state", begun.id));
        let part = CodePart { page: visitor.page(), code, goes_on_by_itself: true };
        let answer = json!({ "id": begun.id, "state": state, "html": part.render()? });
        return Ok(Json(answer).into_response());
    }
    let page = CodePage { id: begun.id, code: Some(code), ..empty(visitor, way, place) };
    html(StatusCode::OK, &page)
}

/// The same code, with what is known of it.
fn again(
    visitor: &Visitor,
    way: PhoneSection,
    place: &str,
    begun: &PhoneBegun,
    refusal: Option<String>,
) -> Result<Response, Failure> {
    let egov = visitor.portal.config.egov_mobile.as_ref().ok_or(Failure::NotFound)?;
    let fault = refusal.map(|code| crate::texts::texts(visitor.language).fault(&code));
    let page = CodePage {
        id: begun.id.clone(),
        code: Some(PhoneCode::of(visitor, egov, begun)?),
        is_not_yet: fault.is_none(),
        fault,
        ..empty(visitor, way, place)
    };
    html(StatusCode::OK, &page)
}

fn over(visitor: &Visitor, way: PhoneSection, place: &str) -> Result<Response, Failure> {
    html(StatusCode::OK, &empty(visitor, way, place))
}

/// The page with no code. Its address answers no plain look, so another language leads to the page before.
fn empty(visitor: &Visitor, way: PhoneSection, place: &str) -> CodePage {
    let mut page = visitor.page();
    place.clone_into(&mut page.place);
    let (id, code, fault) = (String::new(), None, None);
    CodePage { page, way, id, code, fault, is_not_yet: false, goes_on_by_itself: false }
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.starts_with("application/json"))
}
