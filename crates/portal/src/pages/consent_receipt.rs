//! The receipt of a consent: a plain text in the language it was given in, with everything that was shown, the answer, its
//! moments, and the digest of all lines before it.
//!
//! The same consent in the same state gives the same bytes. Read next: `consents.rs`.

use app::RequestView;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ConsentRecord;
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::pages::request::own_request;
use crate::texts::{Texts, texts};
use crate::times::moment_words;
use crate::visitor::Person;

/// `GET /{language}/requests/{number}/consent/receipt`
pub async fn download(
    person: Person,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let view = own_request(&person, &number).await?;
    let record = view.restricted_consent().ok_or(Failure::NotFound)?;
    let text = receipt(&view, record);
    let name = format!("attachment; filename=\"consent-{}.txt\"", view.request.number);
    let name = HeaderValue::from_str(&name).map_err(|_| Failure::Broken)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::OK, headers, text).into_response())
}

fn receipt(view: &RequestView, record: &ConsentRecord) -> String {
    let texts = texts(record.language);
    let request = &view.request;
    let given = record.decision.is_given();
    let named = |key: &str, value: &str| format!("{}: {value}", texts.text(key));
    let moment = |at| moment_words(texts, at);
    let mut lines = vec![
        texts.text("consent-receipt-title"),
        texts.text("service-name"),
        String::new(),
        named("consent-receipt-request", request.number.as_str()),
        named("form-name", &request.applicant_name),
        named("iin", &request.request.applicant.digits()),
        named("consent-decided-at", &moment(request.clock.accepted_at)),
        named("consent-receipt-answer", &texts.text(answer(given))),
    ];
    if let Some(at) = view.refused_at {
        lines.push(named("consent-refused-at", &moment(at)));
    }
    if let Some(at) = view.withdrawn_at {
        lines.push(named("consent-withdrawn-at", &moment(at)));
    }
    lines.extend(confirmation(texts, record));
    lines.push(named("consent-version", &record.text_version));
    lines.push(String::new());
    lines.extend(record.text.lines().map(ToOwned::to_owned));
    lines.push(String::new());
    let body = lines.join("\n");
    let digest = hex::encode(Sha256::digest(body.as_bytes()));
    format!("{body}\n{}\n", named("consent-receipt-digest", &digest))
}

fn answer(given: bool) -> &'static str {
    if given { "consent-given" } else { "consent-refused" }
}

/// Where the state's control of access confirmed it.
fn confirmation(texts: &Texts, record: &ConsentRecord) -> Option<String> {
    let confirmation = record.confirmation.as_ref()?;
    let at = moment_words(texts, confirmation.answered_at);
    Some(format!("{}: {at}", texts.text("consent-receipt-confirmed")))
}
