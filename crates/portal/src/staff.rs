//! The officers' part of the portal: its routes, and who opens a page of it.
//!
//! Where no list of officers is configured it does not exist. Read next: `pages/staff/mod.rs`.

use std::sync::Arc;

use app::{Officer, Staff};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::{Answer, Language};

use crate::failure::Failure;
use crate::language::{language_of_path, place_of_path, preferred, safe_place};
use crate::page::Page;
use crate::pages::staff as pages;
use crate::rate::limit_sign_in;
use crate::visitor::{STAFF, cookie_of, form_token, same};
use crate::{FORM_BYTES_MAX, SIGNATURE_BYTES_MAX, Shared, breaks};

/// Pages of officers.
pub(crate) fn routes(portal: &Shared) -> Router<Shared> {
    let sign_in = Router::new()
        .route("/{language}/staff/sign-in", get(pages::sign_in::show).post(pages::sign_in::submit))
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_sign_in));
    let upload = Router::new()
        .route("/{language}/staff/proposals", get(pages::start::all).post(pages::acting::propose))
        .layer(DefaultBodyLimit::max(pages::acting::FILE_BYTES_MAX + FORM_BYTES_MAX));
    Router::new()
        .route("/{language}/staff", get(pages::start::show))
        .route("/{language}/staff/upload", get(pages::acting::upload))
        .route("/{language}/staff/template", get(pages::acting::template))
        .route("/{language}/staff/proposals/{id}", get(pages::proposal::show))
        .route("/{language}/staff/proposals/{id}/state", get(pages::proposal::progress))
        .route("/{language}/staff/proposals/{id}/ask", post(pages::acting::ask))
        .route("/{language}/staff/proposals/{id}/take-in", post(pages::acting::take_in))
        .route("/{language}/staff/proposals/{id}/close", post(pages::acting::close))
        .route("/{language}/staff/record", get(pages::record::show).post(pages::record::submit))
        .route("/{language}/staff/sign-out", post(pages::sign_in::sign_out))
        .merge(record_routes())
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .merge(sign_in)
        .merge(upload)
        .layer(from_fn_with_state(portal.clone(), breaks::known))
        .layer(from_fn(crate::pages::known_language))
        .route("/staff", get(start))
}

/// The registry, and requests to repair a record of it.
fn record_routes() -> Router<Shared> {
    use pages::{record, records, repairs};
    let correction = get(record::ask_purpose).post(record::open);
    Router::new()
        .route("/{language}/staff/records", get(records::show).post(records::search))
        .route("/{language}/staff/records/{key}", get(records::ask_purpose).post(records::history))
        .route("/{language}/staff/records/{key}/correction", correction)
        .route("/{language}/staff/conflicts", get(records::conflicts))
        .route("/{language}/staff/export", get(records::export_form).post(records::export))
        .route("/{language}/staff/repairs", get(repairs::show))
        .route("/{language}/staff/repairs/{number}", post(repairs::answer))
}

async fn start(State(portal): State<Shared>, headers: HeaderMap) -> Result<Redirect, Failure> {
    staff_of(&portal)?;
    Ok(Redirect::to(&format!("/{}/staff", preferred(&headers).code())))
}

/// The officers' use cases.
///
/// # Errors
/// [`Failure::NotFound`] where this installation has none.
pub fn staff_of(portal: &Shared) -> Result<Arc<Staff>, Failure> {
    portal.config.staff.clone().ok_or(Failure::NotFound)
}

/// A signed-in officer who opens a page.
pub struct OfficerVisit {
    /// The portal.
    pub portal: Shared,
    /// The officers' use cases.
    pub staff: Arc<Staff>,
    /// Language of the address.
    pub language: Language,
    /// Address without its language.
    pub place: String,
    /// Who.
    pub officer: Officer,
    /// Token that every form must bring back.
    pub token: String,
}

impl OfficerVisit {
    /// The frame of the page asked for.
    #[must_use]
    pub fn page(&self) -> Page {
        Page::new(&self.portal, self.language, &self.place, None)
    }

    /// Name of the department in the page's language, and of the officer.
    #[must_use]
    pub fn desk(&self) -> Desk {
        let provider = self.staff.provider_of(&self.officer);
        let department = provider.map(|one| one.name.on_screen(self.language).to_owned());
        Desk {
            department: department.unwrap_or_default(),
            officer: self.officer.name.clone(),
            token: self.token.clone(),
        }
    }

    /// The address of a place in the page's language.
    #[must_use]
    pub fn link(&self, place: &str) -> String {
        format!("/{}{place}", self.language.code())
    }

    /// Refuses a form that does not bring the session's token.
    ///
    /// # Errors
    /// [`Failure::Forbidden`].
    pub fn require(&self, token: &str) -> Result<(), Failure> {
        if same(&self.token, token) { Ok(()) } else { Err(Failure::Forbidden) }
    }
}

/// What the frame of every officers' page shows.
pub struct Desk {
    /// The department.
    pub department: String,
    /// The officer.
    pub officer: String,
    /// Token of the forms.
    pub token: String,
}

impl FromRequestParts<Shared> for OfficerVisit {
    type Rejection = Response;

    /// Whoever is no officer, or none any more, is led to the sign-in page and from there back.
    async fn from_request_parts(parts: &mut Parts, portal: &Shared) -> Result<Self, Response> {
        let staff = staff_of(portal).map_err(IntoResponse::into_response)?;
        let path = parts.uri.path();
        let language = language_of_path(path).unwrap_or_else(|| preferred(&parts.headers));
        let place = place_of_path(path).to_owned();
        // Where only a form leads there is no page to come back to.
        let can_be_opened = parts.method.is_safe();
        let to_sign_in = |why: &str| {
            let next = safe_place(&place).filter(|_| can_be_opened).unwrap_or("/staff");
            let address = format!("/{}/staff/sign-in?next={next}{why}", language.code());
            Redirect::to(&address).into_response()
        };
        let Some(cookie) = cookie_of(portal, &parts.headers, STAFF) else {
            return Err(to_sign_in(""));
        };
        let officer = staff.officer(&cookie).await;
        match officer.map_err(|error| Failure::from(error).into_response())? {
            Answer::Known(officer) => {
                let token = form_token(&cookie, "staff-forms");
                Ok(Self { portal: portal.clone(), staff, language, place, officer, token })
            }
            Answer::Absent => Err(to_sign_in("&why=ended")),
            Answer::Unavailable => Err(Failure::Unavailable.into_response()),
        }
    }
}
