//! `POST /api/v1/ivr`: a machine that answers telephones brings what was keyed or said and is given the sentences to speak. It
//! keeps nothing between two calls: how often the caller was not understood, the machine says itself.

use app::{CallDesk, CallError};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use domain::{Heard, Language, Misheard, heard, keyed};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::api::ContactCentre;
use crate::api::contact_centre::{read, require_short};
use crate::api::problem::{Problem, ProblemBody};
use crate::caller_script::{ssml, standing, untold};
use crate::known_faults::{KnownFault, known_faults};
use crate::texts::texts;

/// So often a caller may be misunderstood before he is put through to a person.
const MISSES_MAX: u8 = 3;

/// What a machine heard.
#[derive(Deserialize, ToSchema)]
pub struct HeardBody {
    /// The caller's language: `kk`, `ru` or `en`.
    #[schema(example = "ru")]
    language: String,
    /// Tones: two a character, the key and the place of the letter on it (0 is the digit itself); `S` may be left out.
    #[serde(default)]
    #[schema(example = "74227050613081749093", max_length = 400)]
    tones: Option<String>,
    /// A transcript, where the caller spoke.
    #[serde(default)]
    #[schema(example = "эс как Сергей два семь …", max_length = 400)]
    transcript: Option<String>,
    /// How often this caller was not understood before.
    #[serde(default)]
    #[schema(maximum = 255)]
    misses: u8,
}

/// What the machine is to do.
#[derive(Serialize, ToSchema)]
pub struct SayBody {
    /// `told`; `say_again`; `operator`, to be put through to a person.
    outcome: &'static str,
    /// Why nothing was told: a stable code.
    code: Option<&'static str>,
    /// Misses to bring with the next call.
    misses: u8,
    /// What to speak.
    text: String,
    /// The same as a document of SSML 1.1.
    ssml: String,
}

/// What a machine speaks about a request
#[utoipa::path(
    post, path = "/api/v1/ivr", security(("contact_centre" = [])), request_body = HeardBody,
    responses(
        (status = 200, description = "Sentences without any personal data, also where the caller was not understood", body = SayBody),
        (status = 400, description = "The body cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls from one address", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn say(
    State(portal): State<Shared>,
    client: ContactCentre,
    body: Bytes,
) -> Result<Json<SayBody>, Problem> {
    let body: HeardBody = read(&body, client.language)?;
    for said in [&body.tones, &body.transcript].into_iter().flatten() {
        require_short(said, client.language)?;
    }
    let language = Language::parse(&body.language);
    let language = language.ok_or_else(|| Problem::malformed(client.language))?;
    let told = portal.service.told_by_heard(&CallDesk::machine(), understood(&body)).await;
    let mut sentences: Vec<String> =
        known_faults(&portal, language).iter().map(KnownFault::aloud).collect();
    let (outcome, code, misses) = match &told {
        Ok(told) => {
            sentences.extend(standing(told, language));
            ("told", None, 0)
        }
        Err(CallError::Store(error)) => return Err(Problem::store(client.language, error)),
        Err(error) => {
            let misses = body.misses.saturating_add(1);
            // Known faults were told before the first question.
            sentences.clear();
            sentences.extend(untold(error, language));
            let is_last = misses >= MISSES_MAX;
            if is_last {
                sentences.push(texts(language).text("call-to-operator"));
            }
            (if is_last { "operator" } else { "say_again" }, Some(error.code()), misses)
        }
    };
    let ssml = ssml(&sentences, language);
    Ok(Json(SayBody { outcome, code, misses, text: sentences.join(" "), ssml }))
}

/// A machine cannot ask back about a guess, so a guess is none.
fn understood(body: &HeardBody) -> Result<Heard, Misheard> {
    let heard = match (&body.tones, &body.transcript) {
        (Some(tones), _) => keyed(tones),
        (None, Some(transcript)) => heard(transcript),
        (None, None) => Err(Misheard::Nothing),
    };
    match heard {
        Ok(Heard::Likely(_)) => Err(Misheard::WrongCharacter(Vec::new())),
        other => other,
    }
}
