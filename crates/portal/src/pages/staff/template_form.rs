//! The words of the forms as an administrator types them: both languages beside each other, text by text.
//!
//! Read next: `templates.rs` for what becomes of them.

use std::collections::BTreeSet;

use app::{FormError, FormOrder};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Bilingual, FormVersion, FormWording, clean_text};

use super::templates::{Visit, failure, to_form, wording_fault};
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::{FieldFault, form_words};
use crate::staff::Desk;

/// Characters in a line of a field, about.
const LINE_CHARACTERS: usize = 48;
/// Lines of the highest field.
const LINES_MAX: usize = 14;
/// Parts of the form, in their order: the first part of each key.
const PARTS: [&str; 4] = ["certificate", "refusal", "answer", "common"];

/// The largest form with all texts.
pub const FORM_BYTES_MAX: usize = 512 * 1024;

/// A text in both languages.
struct TextField {
    key: String,
    is_fixed_by_law: bool,
    kk: String,
    ru: String,
    lines: usize,
}

/// Texts of one part.
struct Part {
    title: String,
    texts: Vec<TextField>,
}

#[derive(Template)]
#[template(path = "staff/template_form.html")]
struct FormPage {
    page: Page,
    desk: Desk,
    based_on: String,
    based_on_words: String,
    basis: String,
    reason: String,
    fault: Option<String>,
    faults: Vec<FieldFault>,
    parts: Vec<Part>,
}

/// What is typed, or stands there at first.
struct Typed {
    based_on: FormVersion,
    wording: FormWording,
    basis: String,
    reason: String,
}

/// `GET /{language}/staff/templates/new`
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    let last = visit.portal.service.last_form(&visit.permit).await;
    let (based_on, wording) = last.map_err(failure)?;
    let (basis, reason) = (String::new(), String::new());
    form_page(&visit, Typed { based_on, wording, basis, reason }, None)
}

/// `POST /{language}/staff/templates`
pub async fn propose(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let service = &visit.portal.service;
    let (_, last) = service.last_form(&visit.permit).await.map_err(failure)?;
    let based_on = FormVersion::parse(form.text("based_on")).map_err(|_| Failure::Malformed)?;
    let (basis, reason) = (form.text("basis").to_owned(), form.text("reason").to_owned());
    let typed = Typed { based_on, wording: wording_of(&form, &last), basis, reason };
    let order = FormOrder {
        based_on,
        wording: typed.wording.clone(),
        basis: typed.basis.clone(),
        reason: typed.reason.clone(),
    };
    match service.propose_form(&visit.permit, order).await {
        Ok(id) => Ok(to_form(&visit, &id)),
        Err(error @ FormError::Store(_)) => Err(failure(error)),
        Err(error) => form_page(&visit, typed, Some(error)),
    }
}

/// Browsers change white space and line ends: a text that reads as before is as before.
fn wording_of(form: &FormFields, last: &FormWording) -> FormWording {
    let text = |key: &str, language: &str, old: &str| {
        let typed = clean_text(form.text(&format!("{key}.{language}")));
        if typed == clean_text(old) { old.to_owned() } else { typed }
    };
    let pair = |(key, old): (&String, &Bilingual)| {
        let new = Bilingual { kk: text(key, "kk", &old.kk), ru: text(key, "ru", &old.ru) };
        (key.clone(), new)
    };
    FormWording(last.0.iter().map(pair).collect())
}

fn form_page(visit: &Visit, typed: Typed, error: Option<FormError>) -> Result<Response, Failure> {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = visit.page();
    "/staff/templates/new".clone_into(&mut page.place);
    let parts = parts_of(&typed.wording);
    let parts = parts.into_iter().map(|part| part_of(visit, &page, part, &typed.wording)).collect();
    let faults = error.as_ref().map(|error| field_faults(&page, error)).unwrap_or_default();
    let fault = error.filter(|_| faults.is_empty());
    let fault = fault.map(|error| page.texts().staff_fault(error.code()));
    let shown = FormPage {
        desk: visit.desk(),
        based_on: typed.based_on.code(),
        based_on_words: form_words(&page, typed.based_on),
        basis: typed.basis,
        reason: typed.reason,
        fault,
        faults,
        parts,
        page,
    };
    html(status, &shown)
}

/// What was not on the form would come back empty, so a part that nobody named here stands at the end.
fn parts_of(wording: &FormWording) -> Vec<&str> {
    let all: BTreeSet<&str> = wording.0.keys().filter_map(|key| key.split('.').next()).collect();
    let others = all.into_iter().filter(|part| !PARTS.contains(part));
    PARTS.into_iter().chain(others).collect()
}

fn part_of(visit: &Visit, page: &Page, part: &str, wording: &FormWording) -> Part {
    let of_it = wording.0.iter().filter(|(key, _)| key.split('.').next() == Some(part));
    let texts = of_it.map(|(key, text)| TextField {
        key: key.clone(),
        is_fixed_by_law: visit.portal.service.is_fixed_by_law(key),
        kk: text.kk.clone(),
        ru: text.ru.clone(),
        lines: lines_of(text),
    });
    Part { title: page.t(&format!("templates-part-{part}")), texts: texts.collect() }
}

fn lines_of(text: &Bilingual) -> usize {
    let longest = text.kk.chars().count().max(text.ru.chars().count());
    longest.div_ceil(LINE_CHARACTERS).clamp(1, LINES_MAX)
}

/// Faults that belong to a field. Those of a document that was tried stand at the reason, the only field they all have.
fn field_faults(page: &Page, error: &FormError) -> Vec<FieldFault> {
    let at = |field: &str| {
        let text = page.texts().staff_fault(error.code());
        vec![FieldFault { field: field.to_owned(), text }]
    };
    match error {
        FormError::ReasonMissing => at("reason"),
        FormError::BasisMissing => at("basis"),
        FormError::Faulty(faults) => faults
            .iter()
            .map(|fault| {
                let field = match fault.key.rsplit_once('.') {
                    Some((_, "kk" | "ru")) => fault.key.clone(),
                    Some(_) => format!("{}.kk", fault.key),
                    None => "reason".to_owned(),
                };
                FieldFault { field, text: wording_fault(page, fault) }
            })
            .collect(),
        _ => Vec::new(),
    }
}
