//! The providers of the service (item 1 of the list) with their contacts, and which offices of former days they took over.

use app::Successor;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Provider;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::times;
use crate::visitor::Visitor;

struct Line {
    name: String,
    address: String,
    phone: String,
    email: Option<String>,
    hours: Option<String>,
    head: Option<String>,
    bin: String,
    kato: String,
    former: Vec<String>,
}

#[derive(Template)]
#[template(path = "providers.html")]
struct ProvidersPage {
    page: Page,
    lines: Vec<Line>,
}

/// `GET /{language}/providers`
pub async fn show(visitor: Visitor) -> Result<Response, Failure> {
    let page = visitor.page();
    let providers = visitor.portal.service.providers();
    let line = |one: &Provider| {
        let former = providers.former(&one.kato).filter_map(|former| words(&page, former));
        line(&page, one, former.collect())
    };
    let lines = providers.all().iter().map(line).collect();
    html(StatusCode::OK, &ProvidersPage { lines, page })
}

fn line(page: &Page, one: &Provider, former: Vec<String>) -> Line {
    let language = page.language;
    Line {
        name: one.name.on_screen(language).to_owned(),
        address: one.address.on_screen(language).to_owned(),
        phone: one.phone.clone(),
        email: one.email.clone(),
        hours: one.hours.as_ref().map(|hours| hours.on_screen(language).to_owned()),
        head: one.head.clone(),
        bin: one.bin.digits(),
        kato: one.kato.as_str().to_owned(),
        former,
    }
}

/// An office of former days as it printed itself, until when.
fn words(page: &Page, former: &Successor) -> Option<String> {
    let name = former.issuers.first()?;
    Some(match former.until {
        Some(day) => {
            let day = times::date_words(page.texts(), day);
            page.texts().with_all("providers-former-until", &[("name", name), ("day", &day)])
        }
        None => name.clone(),
    })
}
