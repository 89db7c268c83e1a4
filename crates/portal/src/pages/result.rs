//! One issued document: its facts as a page, and the sealed PDF, byte-identical each time.

use app::{ResultId, ResultView};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{ActKind, CertificateContent, DocumentContent, Role};
use serde::Deserialize;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::pages::recourse::Recourse;
use crate::pages::repair::Repair;
use crate::pages::request::own_request;
use crate::pages::status::{Annulled, Refusal, refusal_of};
use crate::times::date_words;
use crate::visitor::Person;

#[derive(Template)]
#[template(path = "result.html")]
struct ResultPage {
    page: Page,
    kind: String,
    number: String,
    request_number: String,
    made_at: jiff::Timestamp,
    provider: String,
    address: String,
    check_url: String,
    digest: String,
    facts: Vec<(String, String)>,
    refusal: Option<Refusal>,
    repair: Option<Repair>,
    annulled: Option<Annulled>,
    recourse: Option<Recourse>,
}

/// Whether the browser should show the PDF rather than save it.
#[derive(Debug, Default, Deserialize)]
pub struct Showing {
    #[serde(default)]
    show: String,
}

/// `GET /{language}/requests/{number}/results/{id}`
pub async fn show(
    person: Person,
    Path((_, number, id)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let view = own_request(&person, &number).await?;
    let result = view.results.iter().find(|one| one.id.0 == id).ok_or(Failure::NotFound)?;
    let page = person.page();
    let repair = Repair::of(&person, &view.request.number, &page).await?;
    let recourse = Some(Recourse::of(&person, &view.request.number, &page).await?);
    html(StatusCode::OK, &ResultPage { repair, recourse, ..result_page(page, &number, result) })
}

/// `GET /{language}/requests/{number}/results/{id}/document`
pub async fn document(
    person: Person,
    Path((_, _, id)): Path<(String, String, String)>,
    Query(showing): Query<Showing>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let viewer = Some(person.session.iin);
    let found = person.visitor.portal.service.download(&ResultId(id), viewer).await?;
    let (view, bytes) = found.ok_or(Failure::NotFound)?;
    let is_shown = showing.show == "1";
    Ok(pdf_answer(&view, bytes, is_shown, &headers))
}

/// The PDF with its strong tag; `304` where the reader has these very bytes.
#[must_use]
pub fn pdf_answer(
    view: &ResultView,
    bytes: Vec<u8>,
    is_shown: bool,
    asked: &HeaderMap,
) -> Response {
    let tag = format!("\"{}\"", view.digest);
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known =
        known.is_some_and(|list| list.split(',').any(|one| one.trim() == tag || one.trim() == "*"));
    let way = if is_shown { "inline" } else { "attachment" };
    let disposition = format!("{way}; filename=\"{}.pdf\"", view.number);
    let mut answer = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response()
    };
    let fields = [
        (header::ETAG, tag),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

fn result_page(page: Page, request_number: &str, result: &ResultView) -> ResultPage {
    let content = &result.content;
    let provider = content.provider();
    let (facts, check_url) = match content {
        DocumentContent::Certificate(one) => (certificate_facts(&page, one), one.check_url.clone()),
        DocumentContent::Refusal(one) => {
            let named = (page.t("fact-applicant"), one.applicant_name.clone());
            (vec![named, (page.t("iin"), one.applicant_iin.digits())], one.check_url.clone())
        }
        // Never among a request's results; it has a page of its own.
        DocumentContent::Answer(one) => (Vec::new(), one.check_url.clone()),
    };
    ResultPage {
        kind: page.t(&format!("kind-{}", result.kind.code())),
        number: result.number.to_string(),
        request_number: request_number.to_owned(),
        made_at: content.made_at(),
        provider: provider.name.on_screen(page.language).to_owned(),
        address: page.link(&format!("/requests/{request_number}/results/{}", result.id.0)),
        digest: result.digest.clone(),
        refusal: refusal_of(content, &page),
        repair: None,
        annulled: Annulled::of(result, &page),
        recourse: None,
        check_url,
        facts,
        page,
    }
}

fn certificate_facts(page: &Page, one: &CertificateContent) -> Vec<(String, String)> {
    let role = match one.role {
        Role::Guardian => page.t("role-guardian"),
        Role::Custodian => page.t("role-custodian"),
    };
    let act = match one.act.kind {
        ActKind::Order => page.t("act-order"),
        ActKind::Decision => page.t("act-decision"),
        ActKind::Resolution => page.t("act-resolution"),
    };
    let texts = page.texts();
    let date = date_words(texts, one.act.date);
    let act = texts.with_all(
        "fact-act-words",
        &[
            ("kind", &act),
            ("number", &one.act.number),
            ("date", &date),
            ("issuer", &one.act.issuer),
        ],
    );
    let mut facts = vec![
        (page.t("fact-holder"), one.guardian_name.full()),
        (page.t("iin"), one.guardian_iin.digits()),
        (page.t("fact-address"), one.guardian_address.clone()),
        (page.t("fact-role"), role),
        (page.t("fact-act"), act),
        (page.t("fact-ward"), one.ward_name.full()),
        (page.t("fact-ward-birth-date"), date_words(texts, one.ward_birth_date)),
    ];
    if let Some(iin) = &one.ward_iin {
        facts.push((page.t("fact-ward-iin"), iin.digits()));
    }
    if let Some(inventory) = &one.inventory {
        let sheets = inventory.sheets.to_string();
        let values = [("number", inventory.file_number.as_str()), ("sheets", sheets.as_str())];
        facts.push((page.t("fact-inventory"), texts.with_all("fact-inventory-words", &values)));
    }
    facts
}
