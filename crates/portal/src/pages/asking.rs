//! The page of a person who is asked for his consent by 1414 before his request is registered: it waits with him, and says
//! what follows from each answer. Nothing is registered here.
//!
//! Looking is what carries a question on, so that the page works without JavaScript: it renews itself, and has a button.
//! Read next: `app::ConsentStage`, then `sign.rs`, where the way goes on.

use app::{AskError, ConsentStage, Draft, DraftOrder};
use askama::Template;
use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{ConsentDecision, Consents};
use jiff::Timestamp;
use serde_json::json;

use crate::breaks::seconds_until;
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::sign::{gone, own_draft, to_request};
use crate::visitor::Person;

/// Seconds after which it is worth while to look again.
const LOOK_AGAIN_S: u32 = 5;

#[derive(Template)]
#[template(path = "asking.html")]
struct AskingPage {
    page: Page,
    token: String,
    challenge: String,
    stage: StageView,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "asking_stage.html")]
struct StageBlock {
    page: Page,
    stage: StageView,
}

/// How it stands, in words.
struct StageView {
    code: &'static str,
    title: String,
    text: String,
    until: Option<Timestamp>,
    is_open: bool,
    /// Whether the person can be asked (again).
    can_ask: bool,
    /// Whether he may have his request registered although he gave no consent.
    can_insist: bool,
}

impl StageView {
    fn of(stage: ConsentStage, page: &Page) -> Self {
        let code = stage.code();
        Self {
            code,
            title: page.t(&format!("asking-{code}-title")),
            text: page.t(&format!("asking-{code}-text")),
            until: stage.until().filter(|_| stage.is_open()),
            is_open: stage.is_open(),
            can_ask: !stage.is_open() && !stage.lets_register(),
            can_insist: matches!(stage, ConsentStage::Refused | ConsentStage::NoAnswer),
        }
    }
}

/// `GET /{language}/asking/{challenge}`
pub async fn show(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let Some(draft) = own_draft(&person, &challenge).await? else { return gone(&person) };
    if let Some(number) = draft.request_number() {
        return Ok(to_request(&person, number));
    }
    let stage = person.visitor.portal.service.consent_stage(&draft).await?;
    asking_page(&person, &draft, stage, None)
}

/// `GET /{language}/asking/{challenge}/state`: the same for the page that is open.
pub async fn state(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let draft = own_draft(&person, &challenge).await?.ok_or(Failure::NotFound)?;
    let stage = person.visitor.portal.service.consent_stage(&draft).await?;
    let page = person.page();
    let block = StageBlock { stage: StageView::of(stage, &page), page };
    let body = json!({
        "state": block.stage.code,
        "final": !block.stage.is_open,
        "html": block.render()?,
    });
    Ok(looking_again(Json(body).into_response(), stage))
}

/// `POST /{language}/asking/{challenge}`: asks the person. Pressed twice, he is asked once.
pub async fn ask(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let Some(draft) = own_draft(&person, &challenge).await? else { return gone(&person) };
    if let Some(number) = draft.request_number() {
        return Ok(to_request(&person, number));
    }
    let service = &person.visitor.portal.service;
    match service.ask_consent(&draft).await {
        Ok(_) => {
            let place = format!("/asking/{challenge}");
            Ok(Redirect::to(&person.visitor.link(&place)).into_response())
        }
        Err(AskError::Store(error)) => Err(error.into()),
        Err(error) => {
            let stage = service.consent_stage(&draft).await?;
            asking_page(&person, &draft, stage, Some(&error))
        }
    }
}

/// `POST /{language}/asking/{challenge}/insist`: a new text to be signed, in which the consent is refused. The request is
/// registered by it, and answered with the refusal of item 9.2.
pub async fn insist(
    person: Person,
    Path((_, challenge)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let Some(draft) = own_draft(&person, &challenge).await? else { return gone(&person) };
    if let Some(number) = draft.request_number() {
        return Ok(to_request(&person, number));
    }
    let refused = draft.request.clone();
    let order = DraftOrder {
        applicant: refused.applicant,
        language: refused.language,
        wards: refused.wards,
        consents: Consents { restricted_data: ConsentDecision::Refused, ..refused.consents },
        provider: refused.provider,
    };
    let name = Some(person.session.name.as_str());
    let service = &person.visitor.portal.service;
    let prepared = service.prepare_draft_of(order, name).await.map_err(|error| match error {
        app::DraftError::Store(error) => Failure::from(error),
        app::DraftError::Busy(busy) => busy.into(),
        app::DraftError::UnknownProvider => Failure::Malformed,
    })?;
    let place = format!("/sign/{}", prepared.challenge);
    Ok(Redirect::to(&person.visitor.link(&place)).into_response())
}

/// Where the way goes on from a draft: to the signature, or first to the person's telephone.
pub(super) fn next_place(person: &Person, draft: &Draft) -> String {
    let is_asked = person.visitor.portal.service.asks_consent(&draft.request);
    let step = if is_asked { "asking" } else { "sign" };
    person.visitor.link(&format!("/{step}/{}", draft.challenge))
}

fn asking_page(
    person: &Person,
    draft: &Draft,
    stage: ConsentStage,
    error: Option<&AskError>,
) -> Result<Response, Failure> {
    if stage.lets_register() && error.is_none() {
        let place = format!("/sign/{}", draft.challenge);
        return Ok(Redirect::to(&person.visitor.link(&place)).into_response());
    }
    let mut page = person.page();
    page.place = format!("/asking/{}", draft.challenge);
    page.refresh = stage.is_open().then_some(LOOK_AGAIN_S);
    let now = person.visitor.portal.service.now();
    let (status, fault, retry_s) = match error {
        Some(error @ AskError::Wait { until }) => {
            let key = format!("fault-{}", error.code());
            let text = page.with(&key, "until", &page.moment(until));
            (StatusCode::TOO_MANY_REQUESTS, Some(text), Some(seconds_until(*until, now)))
        }
        Some(error) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Some(page.texts().fault(error.code())), None)
        }
        None => (StatusCode::OK, None, None),
    };
    let (token, challenge) = (person.token.clone(), draft.challenge.clone());
    let shown = AskingPage { stage: StageView::of(stage, &page), token, challenge, fault, page };
    let mut answer = looking_again(html(status, &shown)?, stage);
    if let Some(seconds) = retry_s {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(answer)
}

fn looking_again(mut answer: Response, stage: ConsentStage) -> Response {
    if stage.is_open() {
        answer.headers_mut().insert(header::RETRY_AFTER, LOOK_AGAIN_S.into());
    }
    answer
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;
    use crate::texts::texts;

    #[test]
    fn every_stage_has_words_of_its_own_and_a_way_on() {
        let until = Timestamp::UNIX_EPOCH;
        for stage in [
            ConsentStage::NotAsked,
            ConsentStage::Asked { until },
            ConsentStage::Unheard { until },
            ConsentStage::Given { until },
            ConsentStage::Expired,
            ConsentStage::Refused,
            ConsentStage::NoAnswer,
            ConsentStage::Unavailable,
        ] {
            for language in Language::ALL {
                for part in ["title", "text"] {
                    let key = format!("asking-{}-{part}", stage.code());
                    assert!(texts(language).find(&key).is_some(), "{language:?} {key}");
                }
            }
        }
    }
}
