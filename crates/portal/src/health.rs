//! Whether the process lives and whether it can serve. The store is asked each time; the data bank, the consent service
//! and the seal are not: what this process last heard of them is told, and their outage keeps nobody from being served.

use std::sync::atomic::Ordering;

use app::{Contact, OtherJudge, SealCover};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Shared;
use crate::doors::{Doors, Who};

/// `/health/live` and `/health/ready`.
pub fn routes() -> Doors {
    Doors::default()
        .get(Who::Anybody, "/health/live", async || Json(json!({ "status": "live" })))
        .get(Who::Anybody, "/health/ready", ready)
}

async fn ready(State(portal): State<Shared>) -> Response {
    let now = portal.service.now();
    let ok = portal.service.ping_store().await.is_ok();
    if ok {
        portal.store_seen_ms.store(now.as_millisecond(), Ordering::Relaxed);
    }
    let last_success_at =
        Timestamp::from_millisecond(portal.store_seen_ms.load(Ordering::Relaxed)).ok();
    let contacts = portal.service.contacts();
    let mut dependencies = json!({
        "store": dependency(Contact { answers: Some(ok), last_success_at }, now),
        "consent": dependency(contacts.consent, now),
        "data_bank": dependency(contacts.data_bank, now),
        "seal": seal(contacts.seal, &portal.service.seal_covers(), now),
    });
    if let (Some(judge), Some(all)) = (portal.service.other_judge(), dependencies.as_object_mut()) {
        all.insert("judge".to_owned(), other_judge(judge, now));
    }
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let words = if ok { "ready" } else { "not_ready" };
    (status, Json(json!({ "status": words, "dependencies": dependencies }))).into_response()
}

/// `ok` is null where this process has not asked yet.
fn dependency(contact: Contact, now: Timestamp) -> Value {
    let age_s = contact.last_success_at.map(|at| now.duration_since(at).as_secs().max(0));
    json!({ "ok": contact.answers, "last_success_age_s": age_s })
}

/// With how often two judges of one signature disagreed: one of them is wrong then, and whoever watches must hear of it.
fn other_judge(judge: OtherJudge, now: Timestamp) -> Value {
    let mut told = dependency(judge.contact, now);
    if let Some(told) = told.as_object_mut() {
        told.insert("disagreements".to_owned(), judge.disagreements.into());
    }
    told
}

/// With the days until each seal has no valid certificate any more.
fn seal(contact: Contact, covers: &[SealCover], now: Timestamp) -> Value {
    let certificate = |cover: &SealCover| {
        json!({
            "owner": cover.owner,
            "certificate": cover.certificate,
            "days_left": cover.days_left(now),
        })
    };
    let mut seal = dependency(contact, now);
    if let Some(seal) = seal.as_object_mut() {
        seal.insert(
            "days_left".to_owned(),
            covers.iter().map(|one| one.days_left(now)).min().into(),
        );
        seal.insert("certificates".to_owned(), covers.iter().map(certificate).collect());
    }
    seal
}
