//! The desk of those who answer callers, for the contact centre's own software: the same use cases, sentences and limits as on
//! our own pages.
//!
//! Everything is asked by POST: what a caller said and who he is stand in no address. Read next: `../caller_script.rs`.

use app::{CallBackAnswer, CallDesk, CallError, CallerStanding, FaultReportKind};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Iin, Language, Misheard, Number, spelled};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::api::ContactCentre;
use crate::api::problem::{Problem, ProblemBody, ProblemPlace};
use crate::caller_script::{standing, suspicion, untold};
use crate::known_faults::{KnownFault, known_faults};
use crate::texts::texts;

/// Longest text of a caller, in characters.
const SAID_MAX: usize = 400;

/// A number that a caller said.
#[derive(Deserialize, ToSchema)]
pub struct SaidBody {
    /// Whom the software has at the telephone: its own name for the operator, never an IIN.
    #[schema(example = "operator-17", pattern = "^[A-Za-z0-9._@-]{1,64}$")]
    operator: String,
    /// The caller's language: `kk`, `ru` or `en`.
    #[schema(example = "kk")]
    language: String,
    /// What was typed or transcribed: spelled, with words for digits, in any alphabet.
    #[schema(example = "эс как Сергей, два, семь …", max_length = 400)]
    said: String,
}

/// A caller who has no number at hand.
#[derive(Deserialize, ToSchema)]
pub struct QuestionBody {
    /// As in the question by number.
    #[schema(example = "operator-17", pattern = "^[A-Za-z0-9._@-]{1,64}$")]
    operator: String,
    /// The caller's language: `kk`, `ru` or `en`.
    #[schema(example = "kk")]
    language: String,
    /// The IIN he names.
    #[schema(example = "000229500008")]
    iin: String,
    /// What he was asked: `number_end` (the last four characters of his number) or `day` (when he sent the request).
    #[schema(example = "day")]
    question: String,
    /// What he answered: characters in any way they may be said, or a date `YYYY-MM-DD`.
    #[schema(example = "2026-11-23", max_length = 400)]
    answer: String,
}

/// Whose notice is to be sent again.
#[derive(Deserialize, ToSchema)]
pub struct AgainBody {
    /// As in the question by number.
    #[schema(example = "operator-17", pattern = "^[A-Za-z0-9._@-]{1,64}$")]
    operator: String,
    /// Language of the message.
    #[schema(example = "kk")]
    language: String,
    /// Number of the request.
    number: String,
}

/// A fault that a caller tells of.
#[derive(Deserialize, ToSchema)]
pub struct ReportBody {
    /// As in the question by number.
    #[schema(example = "operator-17", pattern = "^[A-Za-z0-9._@-]{1,64}$")]
    operator: String,
    /// `sign_in`, `signing`, `request`, `answer`, `document`, `check`, `message` or `other`.
    #[schema(example = "signing")]
    kind: String,
    /// What happened, without names, IINs, telephone numbers: six digits in a row are refused.
    #[schema(max_length = 500)]
    words: String,
}

/// What a caller may be told.
#[derive(Serialize, ToSchema)]
pub struct StandingBody {
    /// Number of the request.
    number: String,
    /// The same as it is read aloud.
    spelled: String,
    /// `accepted`, `checking`, `waiting_for_consent`, `waiting_for_data_bank` or `answered`. Whether the answer is a certificate or
    /// a refusal is told to nobody here.
    state: &'static str,
    /// Due (RFC 3339), as long as there is no answer.
    due_at: Option<String>,
    /// Whether that has passed.
    overdue: bool,
    /// What to read aloud, sentence by sentence, in the caller's language. It begins with known faults.
    script: Vec<String>,
    /// Known faults, as every page of the portal shows them.
    known_faults: Vec<FaultBody>,
}

/// A known fault.
#[derive(Serialize, ToSchema)]
pub struct FaultBody {
    /// `technical_break`, `announced_break`, `consent_silent`, `data_bank_silent` or `seal_silent`.
    code: &'static str,
    /// In the caller's language.
    text: String,
}

/// What became of a notice.
#[derive(Serialize, ToSchema)]
pub struct SentBody {
    /// The message stands in the cabinet; `sms` is `queued`, `no_number` or `not_offered`.
    sms: &'static str,
    /// What to tell the caller.
    script: Vec<String>,
}

/// The standing of a request by its number
#[utoipa::path(
    post, path = "/api/v1/contact-centre/requests", security(("contact_centre" = [])), request_body = SaidBody,
    responses(
        (status = 200, description = "State, next step and deadline, with what to read aloud", body = StandingBody),
        (status = 400, description = "The body cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Misheard; `errors` names the places that are suspected", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls from one address", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn by_number(
    State(portal): State<Shared>,
    client: ContactCentre,
    body: Bytes,
) -> Result<Json<StandingBody>, Problem> {
    let body: SaidBody = read(&body, client.language)?;
    require_short(&body.said, client.language)?;
    let (desk, language) = desk_of(&body.operator, &body.language, client.language)?;
    let told = portal.service.told_by_number(&desk, &body.said).await;
    let told = told.map_err(|error| problem(&portal, client.language, &error))?;
    Ok(Json(body_of(&portal, &told, language)))
}

/// The standing of a request by IIN and a question to the caller
#[utoipa::path(
    post, path = "/api/v1/contact-centre/persons", security(("contact_centre" = [])), request_body = QuestionBody,
    responses(
        (status = 200, description = "The caller's answer fits: as by number", body = StandingBody),
        (status = 400, description = "The body cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The answer does not fit, or there is nothing it could fit: nobody is told which", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No IIN", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong answers", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn by_question(
    State(portal): State<Shared>,
    client: ContactCentre,
    body: Bytes,
) -> Result<Json<StandingBody>, Problem> {
    let body: QuestionBody = read(&body, client.language)?;
    require_short(&body.answer, client.language)?;
    let (desk, language) = desk_of(&body.operator, &body.language, client.language)?;
    let iin = Iin::parse(&body.iin).map_err(|error| {
        let place = ProblemPlace::new(client.language, "/iin".to_owned(), error.code());
        Problem::new(client.language, StatusCode::UNPROCESSABLE_ENTITY, "malformed_body")
            .at(vec![place])
    })?;
    let answer = answer_of(&body.question, &body.answer);
    let answer = answer.ok_or_else(|| Problem::malformed(client.language))?;
    let told = portal.service.told_by_question(&desk, iin, &answer).await;
    let told = told.map_err(|error| problem(&portal, client.language, &error))?;
    Ok(Json(body_of(&portal, &told, language)))
}

/// Tell the person again that the answer is ready
#[utoipa::path(
    post, path = "/api/v1/contact-centre/notices", security(("contact_centre" = [])), request_body = AgainBody,
    responses(
        (status = 200, description = "It stands in the cabinet, and goes out by SMS where that is said", body = SentBody),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "There is no answer yet", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No number", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Sent often enough", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn send_again(
    State(portal): State<Shared>,
    client: ContactCentre,
    body: Bytes,
) -> Result<Json<SentBody>, Problem> {
    let body: AgainBody = read(&body, client.language)?;
    let (desk, language) = desk_of(&body.operator, &body.language, client.language)?;
    let number = Number::parse(&body.number);
    let number = number.map_err(|_| Problem::not_found(client.language))?;
    let sent = portal.service.send_notice_again(&desk, &number).await;
    let sent = sent.map_err(|error| problem(&portal, client.language, &error))?;
    let sms = sent.sms.code();
    Ok(Json(SentBody { sms, script: vec![texts(language).text(&format!("call-sent-{sms}"))] }))
}

/// Write down a fault that a caller tells of
#[utoipa::path(
    post, path = "/api/v1/contact-centre/faults", security(("contact_centre" = [])), request_body = ReportBody,
    responses(
        (status = 204, description = "It is kept"),
        (status = 400, description = "The body cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No words, too many, or a long number among them", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls from one address", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn report(
    State(portal): State<Shared>,
    client: ContactCentre,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let body: ReportBody = read(&body, client.language)?;
    let desk = CallDesk::software(&body.operator);
    let desk = desk.ok_or_else(|| Problem::malformed(client.language))?;
    let kind = FaultReportKind::parse(&body.kind);
    let kind = kind.ok_or_else(|| Problem::malformed(client.language))?;
    let kept = portal.service.report_fault(&desk, kind, &body.words).await;
    kept.map_err(|error| problem(&portal, client.language, &error))?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8], language: Language) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|_| Problem::malformed(language))
}

/// What a caller says in one go is no longer than this.
pub(super) fn require_short(said: &str, language: Language) -> Result<(), Problem> {
    let is_short = said.chars().count() <= SAID_MAX;
    if is_short { Ok(()) } else { Err(Problem::malformed(language)) }
}

fn desk_of(
    operator: &str,
    language: &str,
    of_client: Language,
) -> Result<(CallDesk, Language), Problem> {
    let desk = CallDesk::software(operator).zip(Language::parse(language));
    desk.ok_or_else(|| Problem::malformed(of_client))
}

/// What a caller answered to a question.
#[must_use]
pub fn answer_of(question: &str, answer: &str) -> Option<CallBackAnswer> {
    match question {
        "number_end" => Some(CallBackAnswer::NumberEnd(answer.to_owned())),
        "day" => answer.trim().parse::<Date>().ok().map(CallBackAnswer::Day),
        _ => None,
    }
}

fn body_of(portal: &Shared, told: &CallerStanding, language: Language) -> StandingBody {
    let faults = known_faults(portal, language);
    let first = faults.iter().map(KnownFault::aloud);
    StandingBody {
        number: told.number.to_string(),
        spelled: spelled(&told.number, language),
        state: told.state.code(),
        due_at: told.due_at.map(|at| at.to_string()),
        overdue: told.is_overdue,
        script: first.chain(standing(told, language)).collect(),
        known_faults: faults
            .iter()
            .map(|one| FaultBody { code: one.code, text: one.aloud() })
            .collect(),
    }
}

/// The problem of an error, in the words an operator reads aloud.
fn problem(portal: &Shared, language: Language, error: &CallError) -> Problem {
    let status = match error {
        CallError::Store(error) => return Problem::store(language, error),
        CallError::Misheard(_)
        | CallError::Confirm(_)
        | CallError::DocumentNumber
        | CallError::Words => StatusCode::UNPROCESSABLE_ENTITY,
        CallError::NotFound => StatusCode::NOT_FOUND,
        CallError::Erased => StatusCode::GONE,
        CallError::NoFit => StatusCode::FORBIDDEN,
        CallError::NotReady => StatusCode::CONFLICT,
        CallError::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
    };
    let words = untold(error, language).join(" ");
    let problem = Problem::new(language, status, error.code()).saying(words);
    match error {
        CallError::Wait(until) => problem.again_after(*until, portal.service.now()),
        CallError::Misheard(Misheard::WrongCharacter(suspects)) => {
            let place = |one: &domain::Suspect| ProblemPlace {
                pointer: "/said".to_owned(),
                code: format!("character_{}", one.place),
                detail: suspicion(one, texts(language)),
            };
            problem.at(suspects.iter().map(place).collect())
        }
        _ => problem,
    }
}
