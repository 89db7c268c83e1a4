//! `GET /api/v1/service`: whether requests are taken now, technical breaks, and how the clock of the law runs. For the
//! contact centre and everybody else, without a token: there is no personal data in it.

use app::{Contact, TechnicalBreak};
use axum::Json;
use axum::extract::State;
use domain::Language;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::breaks::{is_running, reason};
use crate::texts::texts;

/// The service as it stands.
#[derive(Serialize, ToSchema)]
pub struct ServiceBody {
    /// `available`; `technical_break`, also where it takes our own store away; `unavailable` where that does not answer
    /// otherwise.
    state: &'static str,
    /// The moment of this answer (RFC 3339).
    now: String,
    /// Technical breaks.
    breaks: BreaksBody,
    /// What the 30 minutes of the law do during breaks and outages.
    clock_rule: WordsBody,
    /// The sources of a decision. One that does not answer makes requests wait and refuses none.
    sources: SourcesBody,
}

/// Technical breaks for repair work.
#[derive(Serialize, ToSchema)]
pub struct BreaksBody {
    /// Those that have begun.
    running: Vec<BreakBody>,
    /// Those still to come, the earliest first.
    announced: Vec<BreakBody>,
}

/// One technical break.
#[derive(Serialize, ToSchema)]
pub struct BreakBody {
    /// Identifier.
    id: String,
    /// Its beginning (RFC 3339).
    starts_at: String,
    /// Its planned end (RFC 3339).
    ends_at: String,
    /// When it was announced (RFC 3339).
    announced_at: String,
    /// What is repaired.
    reason: WordsBody,
}

/// The same in three languages.
#[derive(Serialize, ToSchema)]
pub struct WordsBody {
    /// Kazakh.
    kk: String,
    /// Russian.
    ru: String,
    /// English.
    en: String,
}

/// The sources as the answering process last heard of them.
#[derive(Serialize, ToSchema)]
pub struct SourcesBody {
    /// The consent service.
    consent: SourceBody,
    /// The data bank.
    data_bank: SourceBody,
}

/// One source.
#[derive(Serialize, ToSchema)]
pub struct SourceBody {
    /// Whether it answered when it was asked last; `null` where this process has not asked it.
    answers: Option<bool>,
    /// When it answered last (RFC 3339).
    last_success_at: Option<String>,
}

/// State of the service, technical breaks and sources
#[utoipa::path(
    get, path = "/api/v1/service",
    responses((status = 200, description = "The service as it stands; needs no token", body = ServiceBody))
)]
pub async fn service(State(portal): State<Shared>) -> Json<ServiceBody> {
    let now = portal.service.now();
    let (running, announced): (Vec<_>, Vec<_>) =
        portal.breaks.at(now).into_iter().partition(|one| is_running(one, now));
    let state = match (running.is_empty(), portal.breaks.store_answers()) {
        (false, _) => "technical_break",
        (true, false) => "unavailable",
        (true, true) => "available",
    };
    let contacts = portal.service.contacts();
    Json(ServiceBody {
        state,
        now: now.to_string(),
        breaks: BreaksBody { running: bodies(&running), announced: bodies(&announced) },
        clock_rule: words(|language| texts(language).text("clock-rule")),
        sources: SourcesBody {
            consent: source(contacts.consent),
            data_bank: source(contacts.data_bank),
        },
    })
}

fn bodies(breaks: &[TechnicalBreak]) -> Vec<BreakBody> {
    let body = |one: &TechnicalBreak| BreakBody {
        id: one.id.clone(),
        starts_at: one.starts_at.to_string(),
        ends_at: one.ends_at.to_string(),
        announced_at: one.announced_at.to_string(),
        reason: words(|language| reason(one, language).to_owned()),
    };
    breaks.iter().map(body).collect()
}

fn words(text: impl Fn(Language) -> String) -> WordsBody {
    WordsBody { kk: text(Language::Kk), ru: text(Language::Ru), en: text(Language::En) }
}

fn source(contact: Contact) -> SourceBody {
    let last_success_at = contact.last_success_at.map(|at: Timestamp| at.to_string());
    SourceBody { answers: contact.answers, last_success_at }
}
