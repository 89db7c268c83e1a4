//! The part of the portal for the people who serve: its routes, and who opens a page of it.
//!
//! Where no list of them is configured it does not exist. Read next: `pages/staff/mod.rs`.

use std::sync::Arc;

use std::ops::Deref;

use app::{Act, Entry, Officer, Permit, SeatAct, Staff, StaffAct, acts};
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Language, RecourseKind};

use crate::doors::{Doors, Who};
use crate::failure::Failure;
use crate::language::{language_of_path, place_of_path, preferred, safe_place};
use crate::menu;
use crate::page::Page;
use crate::pages::staff as pages;
use crate::rate::limit_sign_in;
use crate::visitor::{STAFF, cookie_of, form_token, same};
use crate::{FORM_BYTES_MAX, SIGNATURE_BYTES_MAX, Shared, breaks};

/// Their pages.
pub(crate) fn routes(portal: &Shared) -> Doors {
    let (desk, records) = (Who::Staff(StaffAct::OpenDesk), Who::Staff(StaffAct::KeepRecords));
    let figures = Who::Staff(StaffAct::ReadFigures);
    let sign_in = Doors::default()
        .get(Who::Anybody, "/{language}/staff/sign-in", pages::sign_in::show)
        .post(Who::Anybody, "/{language}/staff/sign-in", pages::sign_in::submit)
        .post(Who::Anybody, "/{language}/staff/sign-in/passkey", pages::sign_in::by_passkey)
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_sign_in));
    let upload = Doors::default()
        .get(records, "/{language}/staff/proposals", pages::start::all)
        .post(records, "/{language}/staff/proposals", pages::acting::propose)
        .layer(DefaultBodyLimit::max(pages::acting::FILE_BYTES_MAX + FORM_BYTES_MAX));
    let release = Who::Staff(StaffAct::ReleaseTemplates);
    let words = Doors::default()
        .get(release, "/{language}/staff/templates", pages::templates::list)
        .post(release, "/{language}/staff/templates", pages::template_form::propose)
        .layer(DefaultBodyLimit::max(pages::template_form::FORM_BYTES_MAX));
    Doors::default()
        .get(desk, "/{language}/staff", pages::start::show)
        .get(records, "/{language}/staff/upload", pages::acting::upload)
        .get(records, "/{language}/staff/template", pages::acting::template)
        .get(records, "/{language}/staff/proposals/{id}", pages::proposal::show)
        .get(records, "/{language}/staff/proposals/{id}/state", pages::proposal::progress)
        .post(records, "/{language}/staff/proposals/{id}/ask", pages::acting::ask)
        .post(records, "/{language}/staff/proposals/{id}/take-in", pages::acting::take_in)
        .post(records, "/{language}/staff/proposals/{id}/close", pages::acting::close)
        .get(records, "/{language}/staff/record", pages::record::show)
        .post(records, "/{language}/staff/record", pages::record::submit)
        .post(desk, "/{language}/staff/sign-out", pages::sign_in::sign_out)
        .get(figures, "/{language}/staff/figures", pages::figures::show)
        .get(figures, "/{language}/staff/figures/export", pages::figures::export)
        .merge(record_routes())
        .merge(console_routes())
        .merge(caller_routes())
        .merge(recourse_routes())
        .merge(template_routes())
        .merge(people_routes())
        .merge(passkey_routes())
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .merge(sign_in)
        .merge(upload)
        .merge(words)
        .layer(from_fn_with_state(portal.clone(), breaks::known))
        .layer(from_fn(crate::pages::known_language))
        .get(Who::Anybody, "/staff", start)
        .get(Who::Anybody, "/staff/1414", start_calls)
}

/// The registry, and requests to repair a record of it.
fn record_routes() -> Doors {
    use pages::{record, records as registry, repairs};
    let records = Who::Staff(StaffAct::KeepRecords);
    Doors::default()
        .get(records, "/{language}/staff/records", registry::show)
        .post(records, "/{language}/staff/records", registry::search)
        .get(records, "/{language}/staff/records/{key}", registry::ask_purpose)
        .post(records, "/{language}/staff/records/{key}", registry::history)
        .get(records, "/{language}/staff/records/{key}/correction", record::ask_purpose)
        .post(records, "/{language}/staff/records/{key}/correction", record::open)
        .get(records, "/{language}/staff/conflicts", registry::conflicts)
        .get(records, "/{language}/staff/export", registry::export_form)
        .post(records, "/{language}/staff/export", registry::export)
        .get(records, "/{language}/staff/repairs", repairs::show)
        .post(records, "/{language}/staff/repairs/{number}", repairs::answer)
}

/// Requests as staff see them, and what they may do about them.
fn console_routes() -> Doors {
    use pages::{annulments, journal, requests, story_file};
    let annul = Who::Staff(StaffAct::AnnulCertificates);
    let (read, note) = (Who::Staff(StaffAct::ReadRequests), Who::Staff(StaffAct::NoteRequests));
    let audit = Who::Staff(StaffAct::ReadJournal);
    Doors::default()
        .get(read, "/{language}/staff/requests", requests::show)
        .post(read, "/{language}/staff/requests", requests::search)
        .get(read, "/{language}/staff/requests/{number}", requests::ask_purpose)
        .post(read, "/{language}/staff/requests/{number}", requests::open)
        .post(read, "/{language}/staff/requests/{number}/file", story_file::take_out)
        .post(note, "/{language}/staff/requests/{number}/notes", requests::note)
        .get(audit, "/{language}/staff/journal", journal::show)
        .post(audit, "/{language}/staff/journal", journal::read)
        .get(annul, "/{language}/staff/annulments", annulments::list)
        .post(annul, "/{language}/staff/annulments", annulments::propose)
        .get(annul, "/{language}/staff/annulments/{id}", annulments::ask_purpose)
        .post(annul, "/{language}/staff/annulments/{id}", annulments::open)
        .post(annul, "/{language}/staff/annulments/{id}/end", annulments::end)
}

/// The desk of those who answer callers.
fn caller_routes() -> Doors {
    use pages::callers;
    let (calls, read) = (Who::Staff(StaffAct::ServeCallers), Who::Staff(StaffAct::ReadFaults));
    Doors::default()
        .get(calls, "/{language}/staff/1414", callers::show)
        .post(calls, "/{language}/staff/1414/number", callers::by_number)
        .post(calls, "/{language}/staff/1414/question", callers::by_question)
        .post(calls, "/{language}/staff/1414/notice", callers::send_again)
        .post(calls, "/{language}/staff/1414/fault", callers::report)
        .get(read, "/{language}/staff/1414/faults", callers::faults)
        .get(calls, "/{language}/staff/1414/help", callers::help)
        .post(calls, "/{language}/staff/1414/help", callers::find_help)
}

async fn start_calls(
    State(portal): State<Shared>,
    headers: HeaderMap,
) -> Result<Redirect, Failure> {
    staff_of(&portal)?;
    Ok(Redirect::to(&format!("/{}/staff/1414", preferred(&headers).code())))
}

/// Reviews and complaints, each at the desk of those who answer it.
fn recourse_routes() -> Doors {
    seat_routes::<acts::ReviewRefusals>("/{language}/staff/reviews")
        .merge(seat_routes::<acts::AnswerComplaints>("/{language}/staff/complaints"))
        .merge(seat_routes::<acts::AnswerQualityComplaints>("/{language}/staff/quality-complaints"))
}

fn seat_routes<A: SeatAct>(place: &str) -> Doors {
    use pages::recourses;
    let who = Who::Staff(A::ACT);
    let case = format!("{place}/{{number}}");
    let doors = Doors::default()
        .get(who, place, recourses::list::<A>)
        .get(who, &case, recourses::ask_purpose::<A>)
        .post(who, &case, recourses::open::<A>)
        .post(who, &format!("{case}/answer"), recourses::answer::<A>);
    match A::BODY.kind() {
        RecourseKind::Review => doors,
        RecourseKind::Complaint => {
            doors.post(who, &format!("{case}/forward"), recourses::forward::<A>)
        }
    }
}

/// Forms of documents and their versions.
fn template_routes() -> Doors {
    use pages::{template_form, templates};
    let release = Who::Staff(StaffAct::ReleaseTemplates);
    Doors::default()
        .get(release, "/{language}/staff/templates/new", template_form::show)
        .get(release, "/{language}/staff/templates/{id}", templates::show)
        .get(release, "/{language}/staff/templates/{id}/specimens/{specimen}", templates::specimen)
        .post(release, "/{language}/staff/templates/{id}/release", templates::release)
        .post(release, "/{language}/staff/templates/{id}/close", templates::close)
}

/// Who serves.
fn people_routes() -> Doors {
    use pages::people;
    let people_act = Who::Staff(StaffAct::ManagePeople);
    Doors::default()
        .get(people_act, "/{language}/staff/people", people::show)
        .post(people_act, "/{language}/staff/people", people::propose)
        .get(people_act, "/{language}/staff/people/new", people::form)
        .post(people_act, "/{language}/staff/people/{id}/release", people::release)
        .post(people_act, "/{language}/staff/people/{id}/decide", people::decide)
}

/// Somebody's own passkeys.
fn passkey_routes() -> Doors {
    use pages::passkeys;
    let desk = Who::Staff(StaffAct::OpenDesk);
    Doors::default()
        .get(desk, "/{language}/staff/passkeys", passkeys::show)
        .post(desk, "/{language}/staff/passkeys", passkeys::add)
        .post(desk, "/{language}/staff/passkeys/{id}/remove", passkeys::remove)
}

async fn start(State(portal): State<Shared>, headers: HeaderMap) -> Result<Redirect, Failure> {
    staff_of(&portal)?;
    Ok(Redirect::to(&format!("/{}/staff", preferred(&headers).code())))
}

/// The use cases of the people who serve.
///
/// # Errors
/// [`Failure::NotFound`] where this installation has none.
pub fn staff_of(portal: &Shared) -> Result<Arc<Staff>, Failure> {
    portal.config.staff.clone().ok_or(Failure::NotFound)
}

/// Somebody who serves and may do `A` opens a page.
pub struct DeskVisit<A> {
    /// The portal.
    pub portal: Shared,
    /// The use cases.
    pub staff: Arc<Staff>,
    /// Language of the address.
    pub language: Language,
    /// Address without its language.
    pub place: String,
    /// Who, and that he may.
    pub permit: Permit<A>,
    /// Token that every form must bring back.
    pub token: String,
}

impl<A> DeskVisit<A> {
    /// The frame of the page asked for.
    #[must_use]
    pub fn page(&self) -> Page {
        Page::new(&self.portal, self.language, &self.place, None)
    }

    /// Name of the department in the page's language, and of the person; where he may go.
    #[must_use]
    pub fn desk(&self) -> Desk {
        let member = self.permit.member();
        let provider = self.staff.provider_of(member);
        let department = provider.map(|one| one.name.on_screen(self.language).to_owned());
        Desk {
            department: department.unwrap_or_default(),
            officer: member.name.clone(),
            token: self.token.clone(),
            places: menu::places(&member.roles),
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

/// What the frame of every page of staff shows.
pub struct Desk {
    /// The department; empty where somebody serves in none.
    pub department: String,
    /// The person.
    pub officer: String,
    /// Token of the forms.
    pub token: String,
    /// His menu.
    pub places: Vec<menu::Place>,
}

impl<A: Act> FromRequestParts<Shared> for DeskVisit<A> {
    type Rejection = Response;

    /// Whoever does not serve, or not any more, is led to the sign-in page and from there back, and so is who came in by a
    /// passkey where a signature is needed. For who serves in another role the page does not exist.
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
        let entry = staff.enter(&cookie).await;
        match entry.map_err(|error| Failure::from(error).into_response())? {
            Entry::Granted(permit) => {
                let token = form_token(&cookie, "staff-forms");
                Ok(Self { portal: portal.clone(), staff, language, place, permit, token })
            }
            Entry::NotAllowed => Err(Failure::NotFound.into_response()),
            Entry::NeedsSignature => Err(to_sign_in("&why=signature")),
            Entry::SignedOut => Err(to_sign_in("&why=ended")),
            Entry::Unavailable => Err(Failure::Unavailable.into_response()),
        }
    }
}

/// An officer opens a page of his department's records.
pub struct OfficerVisit {
    visit: DeskVisit<acts::KeepRecords>,
    /// Who, for the use cases.
    pub officer: Officer,
}

impl Deref for OfficerVisit {
    type Target = DeskVisit<acts::KeepRecords>;

    fn deref(&self) -> &Self::Target {
        &self.visit
    }
}

impl FromRequestParts<Shared> for OfficerVisit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Shared) -> Result<Self, Response> {
        let visit = DeskVisit::from_request_parts(parts, portal).await?;
        let officer = visit.permit.officer();
        let officer = officer.ok_or_else(|| Failure::NotFound.into_response())?;
        Ok(Self { visit, officer })
    }
}
