//! Questions and answers for everybody: a list with a search, and a page each.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::knowledge::{Entry, ITEMS, all, entry, search};
use crate::page::{Page, html};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    page: Page,
    question: String,
    /// What was found, where something was asked.
    found: Option<Vec<Entry>>,
    items: Vec<Entry>,
    asked: Vec<Entry>,
}

#[derive(Template)]
#[template(path = "help_entry.html")]
struct EntryPage {
    page: Page,
    entry: Entry,
}

/// `GET /{language}/help`
pub async fn show(visitor: Visitor) -> Result<Response, Failure> {
    list(&visitor, "")
}

/// `POST /{language}/help`
pub async fn find(visitor: Visitor, form: FormFields) -> Result<Response, Failure> {
    list(&visitor, form.text("question"))
}

fn list(visitor: &Visitor, question: &str) -> Result<Response, Failure> {
    let page = visitor.page();
    let found = (!question.is_empty()).then(|| search(question, page.language));
    let mut items = all(page.language);
    let asked = items.split_off(ITEMS.min(items.len()));
    let question = question.to_owned();
    html(StatusCode::OK, &HelpPage { page, question, found, items, asked })
}

/// `GET /{language}/help/{id}`
pub async fn one(
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let page = visitor.page();
    let entry = entry(&id, page.language).ok_or(Failure::NotFound)?;
    html(StatusCode::OK, &EntryPage { page, entry })
}
