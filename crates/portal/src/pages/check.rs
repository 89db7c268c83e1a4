//! Anybody checks a certificate: by number and the holder's IIN, by the file, or by its QR code.
//!
//! Neither the IIN nor the answer is ever part of an address. Read next: `app::Service::check_by_number`.

use app::{CheckToken, DocumentCheck};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Iin, Number, NumberError, NumberKind};

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::pages::verdict::Verdict;
use crate::rate::Attempted;
use crate::visitor::Visitor;

/// Largest certificate looked at.
const PDF_BYTES_MAX: usize = 2 * 1024 * 1024;

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    page: Page,
    number: String,
    iin: String,
    faults: Vec<FieldFault>,
    verdict: Option<Verdict>,
    is_by_code: bool,
}

/// `GET /{language}/check`
pub async fn show(visitor: Visitor) -> Result<Response, Failure> {
    answer(&visitor, ("", ""), Vec::new(), None)
}

/// `POST /{language}/check`
pub async fn submit(visitor: Visitor, form: FormFields) -> Result<Response, Failure> {
    let typed = (form.text("number"), form.text("iin"));
    if let Some(pdf) = form.file("document") {
        if pdf.len() > PDF_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        let checked = visitor.portal.service.check_pdf(pdf).await?;
        return answer(&visitor, ("", ""), Vec::new(), Some(&checked));
    }
    if form.has("switch") && (typed.0.is_empty() || typed.1.is_empty()) {
        return answer(&visitor, typed, Vec::new(), None);
    }
    match typed_answers(&visitor, &form) {
        Ok((number, iin)) => {
            visitor.portal.count(Attempted::CheckedNumber, number.as_str()).await?;
            let checked = visitor.portal.service.check_by_number(&number, iin).await?;
            answer(&visitor, typed, Vec::new(), Some(&checked))
        }
        Err(faults) => answer(&visitor, typed, faults, None),
    }
}

/// `GET /{language}/c/{token}`
pub async fn by_token(
    visitor: Visitor,
    Path((_, token)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let checked = visitor.portal.service.check_by_token(&CheckToken(token)).await?;
    let page = visitor.page();
    let verdict = Some(Verdict::of(&checked, &page));
    let (number, iin) = (String::new(), String::new());
    let shown = CheckPage { page, number, iin, faults: Vec::new(), verdict, is_by_code: true };
    html(StatusCode::OK, &shown)
}

fn typed_answers(visitor: &Visitor, form: &FormFields) -> Result<(Number, Iin), Vec<FieldFault>> {
    let texts = crate::texts::texts(visitor.language);
    let fault = |field: &str, text| FieldFault { field: field.to_owned(), text };
    if form.text("by") == "document" {
        return Err(vec![fault("document", texts.text("check-fault-no_document"))]);
    }
    let number = Number::parse(form.text("number")).map_err(|error| match error {
        NumberError::WrongForm => fault("number", texts.text("check-fault-number_form")),
        NumberError::WrongCheckCharacter => fault("number", texts.text("check-fault-number_check")),
    });
    let number = number.and_then(|number| match number.kind() {
        NumberKind::Certificate => Ok(number),
        NumberKind::Refusal | NumberKind::Request | NumberKind::Recourse | NumberKind::Answer => {
            Err(fault("number", texts.text("check-fault-number_kind")))
        }
    });
    let iin = Iin::parse(form.text("iin"))
        .map_err(|error| fault("iin", texts.text(&format!("iin-{}", error.code()))));
    match (number, iin) {
        (Ok(number), Ok(iin)) => Ok((number, iin)),
        (number, iin) => Err([number.err(), iin.err()].into_iter().flatten().collect()),
    }
}

fn answer(
    visitor: &Visitor,
    typed: (&str, &str),
    faults: Vec<FieldFault>,
    checked: Option<&DocumentCheck>,
) -> Result<Response, Failure> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = visitor.page().with_form("check-form", "/check");
    let verdict = checked.map(|checked| Verdict::of(checked, &page));
    let (number, iin) = (typed.0.to_owned(), typed.1.to_owned());
    html(status, &CheckPage { page, number, iin, faults, verdict, is_by_code: false })
}
