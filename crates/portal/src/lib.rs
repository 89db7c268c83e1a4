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
mod egov_mobile;
mod failure;
mod form;
mod headers;
mod health;
mod known_faults;
mod language;
mod notices;
mod page;
mod pages;
mod rate;
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
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;

use crate::assets::Assets;
use crate::breaks::Breaks;
pub use crate::config::{Notice, PortalConfig};
pub use crate::egov_mobile::EgovMobile;
use crate::failure::{Failure, explained};
use crate::rate::{Limits, limit_check, limit_phone, limit_sign_in, limit_submit};
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
    let policy = headers::content_security_policy(&config);
    let portal = Shared(Arc::new(Portal {
        service,
        assets: Assets::default(),
        limits: Limits::default(),
        breaks: Breaks::default(),
        policy: HeaderValue::from_str(&policy)
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'")),
        store_seen_ms: AtomicI64::new(i64::MIN),
        config,
    }));
    let compressed = DefaultPredicate::new().and(NotForContentType::const_new("application/pdf"));
    Router::new()
        .route("/", get(start))
        .route("/assets/{name}", get(assets::asset))
        .merge(health::routes())
        .merge(identity_return(&portal))
        .merge(pages(&portal))
        .merge(staff::routes(&portal))
        .merge(api::routes(&portal))
        .merge(telephones(&portal))
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || axum::http::StatusCode::METHOD_NOT_ALLOWED)
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(portal.clone(), explained))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(from_fn_with_state(portal.clone(), headers::guarded))
        .with_state(portal)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    tracing::error!("a handler panicked");
    axum::response::IntoResponse::into_response(Failure::Broken)
}

async fn start(headers: HeaderMap) -> Redirect {
    Redirect::to(&format!("/{}", language::preferred(&headers).code()))
}

/// What the application on a telephone asks: under no language, and from no page of ours.
fn telephones(portal: &Shared) -> Router<Shared> {
    let document =
        get(egov_mobile::document).post(egov_mobile::document_by_signature).put(egov_mobile::take);
    Router::new()
        .route("/mgovSign/{token}", get(egov_mobile::invitation))
        .route("/mgovSign/{token}/document", document)
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_phone))
}

fn pages(portal: &Shared) -> Router<Shared> {
    let sign_in = Router::new()
        .route("/{language}/sign-in", get(pages::sign_in::show).post(pages::sign_in::submit))
        .route("/{language}/sign-in/phone", post(pages::phone_signing::sign_in))
        .route("/{language}/sign-in/identity-provider", post(pages::identity_provider::begin))
        .route(
            "/{language}/sign-in/password",
            get(pages::second_step::show).post(pages::second_step::confirm),
        )
        .route("/{language}/sign-in/password/send", post(pages::second_step::send))
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_sign_in));
    let sign = Router::new()
        .route("/{language}/sign/{challenge}", get(pages::sign::show).post(pages::sign::submit))
        .route("/{language}/asking/{challenge}", get(pages::asking::show).post(pages::asking::ask))
        .route("/{language}/asking/{challenge}/insist", post(pages::asking::insist))
        .route("/{language}/sign/{challenge}/phone", post(pages::phone_signing::request))
        .route("/{language}/sign/{challenge}/password", post(pages::one_time_password::confirm))
        .route("/{language}/sign/{challenge}/password/send", post(pages::one_time_password::send))
        .layer(DefaultBodyLimit::max(SIGNATURE_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_submit));
    let check = Router::new()
        .route("/{language}/check", get(pages::check::show).post(pages::check::submit))
        .route("/{language}/c/{token}", get(pages::check::by_token))
        .layer(DefaultBodyLimit::max(DOCUMENT_BYTES_MAX))
        .layer(from_fn_with_state(portal.clone(), limit_check));
    Router::new()
        .route("/{language}", get(pages::about::start))
        .route("/{language}/accessibility", get(pages::about::accessibility))
        .route("/{language}/personal-data", get(pages::about::personal_data))
        .route(
            "/{language}/request",
            get(pages::request_form::show).post(pages::request_form::submit),
        )
        .route("/{language}/requests/{number}", get(pages::request::show))
        .route("/{language}/requests/{number}/state", get(pages::request::state))
        .route("/{language}/requests/{number}/receipt", get(pages::request::receipt))
        .route("/{language}/requests/{number}/repair", post(pages::repair::ask))
        .route("/{language}/requests/{number}/results/{id}", get(pages::result::show))
        .route("/{language}/requests/{number}/results/{id}/document", get(pages::result::document))
        .route("/{language}/phone/{id}/state", get(pages::phone_signing::state))
        .route("/{language}/cabinet", get(pages::cabinet::show))
        .route("/{language}/asking/{challenge}/state", get(pages::asking::state))
        .route("/{language}/cabinet/access", get(pages::access::show))
        .route("/{language}/cabinet/consents", get(pages::consents::list))
        .route("/{language}/requests/{number}/consent", get(pages::consents::show))
        .route(
            "/{language}/requests/{number}/consent/receipt",
            get(pages::consent_receipt::download),
        )
        .route(
            "/{language}/requests/{number}/consent/withdrawal",
            get(pages::consents::ask).post(pages::consents::withdraw),
        )
        .route("/{language}/messages", get(pages::messages::show))
        .route("/{language}/sign-out", post(pages::sign_in::sign_out))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .merge(sign_in)
        .merge(sign)
        .merge(check)
        .layer(from_fn_with_state(portal.clone(), breaks::known))
        .layer(from_fn(pages::known_language))
}

/// One address in no language: it is registered with the provider, and who comes back has his language remembered.
fn identity_return(portal: &Shared) -> Router<Shared> {
    Router::new()
        .route("/sign-in/callback", get(pages::identity_provider::come_back))
        .layer(from_fn_with_state(portal.clone(), limit_sign_in))
        .layer(from_fn_with_state(portal.clone(), breaks::known))
}

impl FromRef<Shared> for Arc<Service> {
    fn from_ref(portal: &Shared) -> Self {
        portal.service.clone()
    }
}
