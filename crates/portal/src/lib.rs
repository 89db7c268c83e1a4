//! The citizen's portal in three languages, the page where anybody checks a certificate, and the REST API.
//!
//! Knows no SQL and no rule of law: a handler extracts, asks one use case of `app`, and renders.
//! Read next: `pages/mod.rs` for the way of a person, `api/mod.rs` for the way of a program, `failure.rs` for what
//! happens when something goes wrong.

mod api;
mod assets;
mod breaks;
mod caller_script;
mod config;
mod doors;
mod egov_mobile;
mod failure;
mod form;
mod headers;
mod health;
mod journal_words;
mod knowledge;
mod known_faults;
mod language;
mod menu;
mod notice_texts;
mod notices;
mod page;
mod pages;
mod rate;
mod security_txt;
mod staff;
mod texts;
mod times;
mod visitor;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use app::Service;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;

use crate::assets::Assets;
use crate::breaks::Breaks;
pub use crate::config::{Monitoring, Notice, PortalConfig};
use crate::doors::Doors;
pub use crate::doors::{Door, Who};
pub use crate::egov_mobile::EgovMobile;
use crate::failure::{Failure, explained};
pub use crate::form::FIELDS_MAX;
pub use crate::notice_texts::NoticeTexts;
pub use crate::rate::{LimitKey, network_of};
use crate::rate::{
    Limits, Room, limit_check, limit_phone, limit_sign_in, limit_submit, where_there_is_room,
};
pub use crate::security_txt::SecurityContact;
pub use crate::texts::{Texts, texts as texts_of};

/// Largest form without a file.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// Largest form with a signature.
const SIGNATURE_BYTES_MAX: usize = 512 * 1024;
/// Largest form with a certificate: 2 MB and its frame.
const DOCUMENT_BYTES_MAX: usize = 2 * 1024 * 1024 + 16 * 1024;

/// What all handlers share.
pub(crate) struct Portal {
    service: Arc<Service>,
    config: PortalConfig,
    assets: Assets,
    limits: Limits,
    room: Room,
    policy: HeaderValue,
    breaks: Breaks,
    store_seen_ms: AtomicI64,
}

/// Shared by all handlers.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Portal>);

impl std::ops::Deref for Shared {
    type Target = Portal;

    fn deref(&self) -> &Portal {
        &self.0
    }
}

/// The portal's routes: pages, API, schemas, health. Client addresses for the limits are read from
/// `ConnectInfo<SocketAddr>`, which the server puts into each request.
pub fn router(service: Arc<Service>, config: PortalConfig) -> Router {
    build(service, config).0
}

/// Every route with who may come through it.
#[must_use]
pub fn doors(service: Arc<Service>, config: PortalConfig) -> Vec<Door> {
    build(service, config).1
}

fn build(service: Arc<Service>, config: PortalConfig) -> (Router, Vec<Door>) {
    let policy = headers::content_security_policy(&config);
    let portal = Shared(Arc::new(Portal {
        service,
        assets: Assets::default(),
        limits: Limits::default(),
        room: Room::default(),
        breaks: Breaks::default(),
        policy: HeaderValue::from_str(&policy)
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'")),
        store_seen_ms: AtomicI64::new(i64::MIN),
        config,
    }));
    let compressed = DefaultPredicate::new().and(NotForContentType::const_new("application/pdf"));
    let (router, doors) = Doors::default()
        .get(Who::Anybody, "/", start)
        .get(Who::Anybody, "/assets/{name}", assets::asset)
        .get(Who::Anybody, "/.well-known/security.txt", security_txt::show)
        .merge(health::routes())
        .merge(identity_return(&portal))
        .merge(pages(&portal))
        .merge(staff::routes(&portal))
        .merge(api::routes(&portal))
        .merge(telephones(&portal))
        .open();
    let router = router
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || axum::http::StatusCode::METHOD_NOT_ALLOWED)
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(portal.clone(), where_there_is_room))
        .layer(from_fn_with_state(portal.clone(), explained))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(from_fn_with_state(portal.clone(), headers::guarded))
        .with_state(portal);
    (router, doors)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    tracing::error!("a handler panicked");
    axum::response::IntoResponse::into_response(Failure::Broken)
}

async fn start(headers: HeaderMap) -> Redirect {
    Redirect::to(&format!("/{}", language::preferred(&headers).code()))
}

/// What the application on a telephone asks: under no language, and from no page of ours.
fn telephones(portal: &Shared) -> Doors {
    Doors::default()
        .get(Who::Telephone, "/mgovSign/{token}", egov_mobile::invitation)
        .get(Who::Telephone, "/mgovSign/{token}/document", egov_mobile::document)
        .post(Who::Telephone, "/mgovSign/{token}/document", egov_mobile::document_by_signature)
        .put(Who::Telephone, "/mgovSign/{token}/document", egov_mobile::take)
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_phone))
}

fn pages(portal: &Shared) -> Doors {
    let sign_in = Doors::default()
        .get(Who::Anybody, "/{language}/sign-in", pages::sign_in::show)
        .post(Who::Anybody, "/{language}/sign-in", pages::sign_in::submit)
        .post(Who::Anybody, "/{language}/sign-in/phone", pages::phone_signing::sign_in)
        .post(
            Who::Anybody,
            "/{language}/sign-in/identity-provider",
            pages::identity_provider::begin,
        )
        .get(Who::Anybody, "/{language}/sign-in/password", pages::second_step::show)
        .post(Who::Anybody, "/{language}/sign-in/password", pages::second_step::confirm)
        .post(Who::Anybody, "/{language}/sign-in/password/send", pages::second_step::send)
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_sign_in));
    let sign = Doors::default()
        .get(Who::Person, "/{language}/sign/{challenge}", pages::sign::show)
        .post(Who::Person, "/{language}/sign/{challenge}", pages::sign::submit)
        .get(Who::Person, "/{language}/asking/{challenge}", pages::asking::show)
        .post(Who::Person, "/{language}/asking/{challenge}", pages::asking::ask)
        .post(Who::Person, "/{language}/asking/{challenge}/insist", pages::asking::insist)
        .post(Who::Person, "/{language}/sign/{challenge}/phone", pages::phone_signing::request)
        .post(
            Who::Person,
            "/{language}/sign/{challenge}/password",
            pages::one_time_password::confirm,
        )
        .post(
            Who::Person,
            "/{language}/sign/{challenge}/password/send",
            pages::one_time_password::send,
        )
        .post(Who::Person, "/{language}/requests/{number}/complaint/send", pages::complaint::send)
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_submit));
    let check = Doors::default()
        .get(Who::Anybody, "/{language}/check", pages::check::show)
        .post(Who::Anybody, "/{language}/check", pages::check::submit)
        .get(Who::Anybody, "/{language}/c/{token}", pages::check::by_token)
        .layer(DefaultBodyLimit::max(DOCUMENT_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_check));
    Doors::default()
        .get(Who::Anybody, "/{language}", pages::about::start)
        .get(Who::Anybody, "/{language}/accessibility", pages::about::accessibility)
        .get(Who::Anybody, "/{language}/personal-data", pages::about::personal_data)
        .get(Who::Anybody, "/{language}/providers", pages::providers::show)
        .get(Who::Anybody, "/{language}/figures", pages::figures::months)
        .get(Who::Anybody, "/{language}/figures/{month}", pages::figures::month)
        .get(Who::Anybody, "/{language}/automated-decision", pages::automated_decision::show)
        .get(Who::Anybody, "/{language}/help", pages::help::show)
        .post(Who::Anybody, "/{language}/help", pages::help::find)
        .get(Who::Anybody, "/{language}/help/{id}", pages::help::one)
        .merge(cabinet())
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .merge(recourses())
        .merge(sign_in)
        .merge(sign)
        .merge(check)
        .layer(from_fn_with_state(portal.clone(), breaks::known))
        .layer(from_fn(pages::known_language))
}

/// A person's own requests, consents and messages.
fn cabinet() -> Doors {
    Doors::default()
        .get(Who::Person, "/{language}/request", pages::request_form::show)
        .post(Who::Person, "/{language}/request", pages::request_form::submit)
        .get(Who::Person, "/{language}/requests/{number}", pages::request::show)
        .get(Who::Person, "/{language}/requests/{number}/state", pages::request::state)
        .get(Who::Person, "/{language}/requests/{number}/receipt", pages::request::receipt)
        .post(Who::Person, "/{language}/requests/{number}/repair", pages::repair::ask)
        .get(Who::Person, "/{language}/requests/{number}/results/{id}", pages::result::show)
        .get(
            Who::Person,
            "/{language}/requests/{number}/results/{id}/document",
            pages::result::document,
        )
        .get(Who::Person, "/{language}/phone/{id}/state", pages::phone_signing::state)
        .get(Who::Person, "/{language}/cabinet", pages::cabinet::show)
        .get(Who::Person, "/{language}/asking/{challenge}/state", pages::asking::state)
        .get(Who::Person, "/{language}/cabinet/access", pages::access::show)
        .get(Who::Person, "/{language}/cabinet/consents", pages::consents::list)
        .get(Who::Person, "/{language}/cabinet/email", pages::email::show)
        .post(Who::Person, "/{language}/cabinet/email", pages::email::leave)
        .post(Who::Person, "/{language}/cabinet/email/confirm", pages::email::confirm)
        .post(Who::Person, "/{language}/cabinet/email/remove", pages::email::remove)
        .get(Who::Person, "/{language}/requests/{number}/consent", pages::consents::show)
        .get(
            Who::Person,
            "/{language}/requests/{number}/consent/receipt",
            pages::consent_receipt::download,
        )
        .get(Who::Person, "/{language}/requests/{number}/consent/withdrawal", pages::consents::ask)
        .post(
            Who::Person,
            "/{language}/requests/{number}/consent/withdrawal",
            pages::consents::withdraw,
        )
        .get(Who::Person, "/{language}/messages", pages::messages::show)
        .post(Who::Person, "/{language}/sign-out", pages::sign_in::sign_out)
}

/// Reviews and complaints.
fn recourses() -> Doors {
    use pages::{complaint, recourse};
    Doors::default()
        .get(Who::Person, "/{language}/cabinet/recourses", recourse::list)
        .post(Who::Person, "/{language}/requests/{number}/review", recourse::ask_review)
        .get(Who::Person, "/{language}/requests/{number}/complaint", complaint::show)
        .post(Who::Person, "/{language}/requests/{number}/complaint", complaint::prepare)
        .get(Who::Person, "/{language}/recourses/{number}", recourse::show)
        .get(Who::Person, "/{language}/recourses/{number}/answer", recourse::answer)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

/// One address in no language: it is registered with the provider, and who comes back has his language remembered.
fn identity_return(portal: &Shared) -> Doors {
    Doors::default()
        .get(Who::Anybody, "/sign-in/callback", pages::identity_provider::come_back)
        .layer(from_fn_with_state(portal.clone(), limit_sign_in))
        .layer(from_fn_with_state(portal.clone(), breaks::known))
}

impl FromRef<Shared> for Arc<Service> {
    fn from_ref(portal: &Shared) -> Self {
        portal.service.clone()
    }
}
