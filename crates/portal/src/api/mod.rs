//! The REST API: the same use cases for programs. JSON in and out, errors as RFC 9457 problem documents.
//!
//! Clients bear one token; the check is open to anybody, as on paper. Read next: `problem.rs`, `requests.rs`.

mod check;
mod consent;
mod contact_centre;
mod drafts;
mod ivr;
mod knowledge;
pub mod problem;
mod reading;
mod recourses;
mod requests;
mod schemas;
mod service;
mod stages;

pub use contact_centre::answer_of;

use axum::Json;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::from_fn_with_state;
use domain::Language;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{Modify, OpenApi};

use crate::api::problem::Problem;
use crate::breaks;
use crate::doors::{Doors, Who};
use crate::language::preferred;
use crate::rate::{limit_check, limit_contact_centre};
use crate::visitor::same;
use crate::{DOCUMENT_BYTES_MAX, FORM_BYTES_MAX, SIGNATURE_BYTES_MAX, Shared};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Certificates on guardianship and custodianship of children",
        description = "Prepare the document to be signed, submit the signed request, read its answer, check a \
            certificate, learn of technical breaks. Problem documents (RFC 9457) carry a stable `code`; `detail` is in the language of \
            `Accept-Language` (kk, ru, en)."
    ),
    paths(
        drafts::prepare, consent::ask, consent::stage, requests::submit, reading::request, reading::document, check::check,
        service::service, stages::stages, recourses::one, recourses::of_request, contact_centre::by_number,
        contact_centre::by_question, contact_centre::send_again, contact_centre::report, ivr::say, knowledge::search
    ),
    components(schemas(problem::ProblemBody)),
    modifiers(&Bearer, &Faults)
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        // The monitoring system and the contact centre have tokens of their own.
        for name in ["bearer", "monitoring", "contact_centre"] {
            let components = openapi.components.get_or_insert_default();
            components.add_security_scheme(name, scheme.clone());
        }
    }
}

/// What any operation may answer, said once: a body that is none, too long or of another kind, no room, and a fault of ours.
struct Faults;

impl Modify for Faults {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let body = Ref::from_schema_name("ProblemBody");
        let content = ContentBuilder::new().schema(Some(body)).build();
        let problem = |words: &str| {
            let answer = ResponseBuilder::new().description(words);
            RefOr::T(answer.content("application/problem+json", content.clone()).build())
        };
        for item in openapi.paths.paths.values_mut() {
            let with_body = [&mut item.post, &mut item.put].into_iter().flatten();
            for operation in with_body {
                let answers = &mut operation.responses.responses;
                for (status, words) in [
                    ("400", "The body cannot be read"),
                    ("413", "The body is too long"),
                    ("415", "The body is of another kind"),
                ] {
                    answers.entry(status.to_owned()).or_insert_with(|| problem(words));
                }
            }
            let all = [&mut item.get, &mut item.post, &mut item.put].into_iter().flatten();
            for operation in all {
                let answers = &mut operation.responses.responses;
                let told = || problem("A fault of ours: ask again later");
                answers.entry("503".to_owned()).or_insert_with(told);
                let busy = || problem("More than can be done now: ask again after `Retry-After`");
                answers.entry("429".to_owned()).or_insert_with(busy);
            }
        }
    }
}

/// Everything under `/api` and `/schemas`.
pub fn routes(portal: &Shared) -> Doors {
    let client = Who::ApiClient;
    let check = Doors::default()
        .post(Who::Anybody, "/api/v1/check", check::check)
        .layer(DefaultBodyLimit::max(DOCUMENT_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_check));
    let knowledge = Doors::default()
        .post(Who::Anybody, "/api/v1/knowledge", knowledge::search)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_check));
    let service = Doors::default()
        .get(Who::Anybody, "/api/v1/service", service::service)
        .layer(from_fn_with_state(portal.clone(), breaks::known));
    Doors::default()
        .post(client, "/api/v1/drafts", drafts::prepare)
        .post(client, "/api/v1/requests", requests::submit)
        .get(client, "/api/v1/drafts/{challenge}/consent", consent::stage)
        .post(client, "/api/v1/drafts/{challenge}/consent", consent::ask)
        .get(client, "/api/v1/requests/{number}", reading::request)
        .get(client, "/api/v1/results/{id}/document", reading::document)
        .get(Who::Monitoring, "/api/v1/stages", stages::stages)
        .get(client, "/api/v1/requests/{number}/recourses", recourses::of_request)
        .get(client, "/api/v1/recourses/{number}", recourses::one)
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .get(Who::Anybody, "/api/openapi.json", async || Json(Description::openapi()))
        .get(Who::Anybody, "/schemas/{name}", schemas::schema)
        .merge(check)
        .merge(knowledge)
        .merge(service)
        .merge(contact_centre(portal))
}

/// What the contact centre's software and machine ask.
fn contact_centre(portal: &Shared) -> Doors {
    let client = Who::ContactCentre;
    Doors::default()
        .post(client, "/api/v1/contact-centre/requests", contact_centre::by_number)
        .post(client, "/api/v1/contact-centre/persons", contact_centre::by_question)
        .post(client, "/api/v1/contact-centre/notices", contact_centre::send_again)
        .post(client, "/api/v1/contact-centre/faults", contact_centre::report)
        .post(client, "/api/v1/ivr", ivr::say)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), breaks::known))
        .layer(from_fn_with_state(portal.clone(), limit_contact_centre))
}

/// A program that bears the token, and the language it wants to be told things in.
pub struct Client {
    /// Language of `detail`.
    pub language: Language,
}

impl FromRequestParts<Shared> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, portal: &Shared) -> Result<Self, Problem> {
        let language = preferred(&parts.headers);
        if bears_token(portal, &parts.headers) {
            Ok(Self { language })
        } else {
            Err(Problem::unauthorized(language))
        }
    }
}

/// Whether the right token came; where none is configured, nobody has it.
pub fn bears_token(portal: &Shared, headers: &HeaderMap) -> bool {
    portal.config.api_token.as_deref().is_some_and(|token| bears(token, headers))
}

/// Whether this token came; an empty one nobody bears.
fn bears(expected: &str, headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = value.and_then(|value| value.split_once(' ')).unwrap_or_default();
    let is_right = !expected.is_empty() && same(expected, token.trim());
    is_right && scheme.eq_ignore_ascii_case("bearer")
}

/// The contact centre's own software or machine, and the language it wants to be told things in.
pub struct ContactCentre {
    /// Language of `detail`.
    pub language: Language,
}

impl FromRequestParts<Shared> for ContactCentre {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, portal: &Shared) -> Result<Self, Problem> {
        let language = preferred(&parts.headers);
        let token = portal.config.contact_centre_token.as_deref();
        let is_known = token.is_some_and(|token| bears(token, &parts.headers));
        if is_known { Ok(Self { language }) } else { Err(Problem::unauthorized(language)) }
    }
}
