//! The form of a complaint about a request, its exact text, and sending it: signed, or confirmed in this session where no key
//! is at hand.
//!
//! The form's fields travel from page to page and make the same text each time; a double click, a second tab and the back
//! button all end on one complaint, by the form's key. Read next: `recourse.rs`.

use app::{Channel, ComplaintError, ComplaintOrder};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{ComplaintGround, Number, RecourseBody};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::pages::recourse::to_case;
use crate::pages::request::own_request;
use crate::pages::sign::KEY_USAGES;
use crate::visitor::Person;

/// A choice with its words.
struct Choice {
    code: &'static str,
    text: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "complaint.html")]
struct FormPage {
    page: Page,
    token: String,
    number: String,
    key: String,
    bodies: Vec<Choice>,
    grounds: Vec<Choice>,
    words: String,
    address: String,
    late_reason: String,
    complain_until: Timestamp,
    is_late: bool,
    faults: Vec<FieldFault>,
}

#[derive(Template)]
#[template(path = "complaint_sign.html")]
struct SignPage {
    page: Page,
    token: String,
    number: String,
    fields: Vec<(&'static str, String)>,
    lines: Vec<(String, String)>,
    document: String,
    document_text: String,
    key_usages: &'static str,
    iin: String,
    is_late: bool,
    fault: Option<String>,
}

/// `GET /{language}/requests/{number}/complaint`
pub async fn show(
    person: Person,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    own_request(&person, &number).await?;
    let number = Number::parse(&number).map_err(|_| Failure::NotFound)?;
    let service = &person.visitor.portal.service;
    // Each form that is shown is another complaint, and one that is sent twice is one.
    let (key, now) = (service.browser_secret(), service.now());
    let order = order(&person, number, &FormFields::default(), (key, now));
    form_page(&person, &order, Vec::new()).await
}

fn order(
    person: &Person,
    request: Number,
    form: &FormFields,
    (form_key, prepared_at): (String, Timestamp),
) -> ComplaintOrder {
    ComplaintOrder {
        applicant: person.session.iin,
        request,
        body: RecourseBody::parse(form.text("body")).unwrap_or(RecourseBody::Head),
        grounds: form.all("ground").filter_map(ComplaintGround::parse).collect(),
        words: form.text("words").to_owned(),
        address: form.text("address").to_owned(),
        late_reason: form.text("late_reason").to_owned(),
        language: person.visitor.language,
        channel: Channel::Portal,
        form_key,
        prepared_at,
    }
}

async fn form_page(
    person: &Person,
    order: &ComplaintOrder,
    faults: Vec<FieldFault>,
) -> Result<Response, Failure> {
    let service = &person.visitor.portal.service;
    let view = service.recourse_view(order.applicant, &order.request).await?;
    let view = view.ok_or(Failure::NotFound)?;
    let mut page = person.page();
    page.place = format!("/requests/{}/complaint", order.request);
    let bodies = [RecourseBody::Head, RecourseBody::QualityControl];
    let bodies = bodies.into_iter().filter(|body| service.takes_complaints(*body));
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = FormPage {
        token: person.token.clone(),
        number: order.request.to_string(),
        key: order.form_key.clone(),
        bodies: bodies
            .map(|body| Choice {
                code: body.code(),
                text: page.t(&format!("complaint-to-{}", body.code())),
                is_chosen: body == order.body,
            })
            .collect(),
        grounds: ComplaintGround::ALL
            .into_iter()
            .map(|ground| Choice {
                code: ground.code(),
                text: page.t(&format!("complaint-ground-{}", ground.code())),
                is_chosen: order.grounds.contains(&ground),
            })
            .collect(),
        words: order.words.clone(),
        address: order.address.clone(),
        late_reason: order.late_reason.clone(),
        complain_until: view.window.due_at,
        is_late: view.is_late,
        faults,
        page,
    };
    html(status, &shown)
}

/// `POST /{language}/requests/{number}/complaint`: the exact text, to be signed.
pub async fn prepare(
    person: Person,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let number = Number::parse(&number).map_err(|_| Failure::NotFound)?;
    let way = (form_key(&form)?, person.visitor.portal.service.now());
    let order = order(&person, number, &form, way);
    if form.has("change") {
        return form_page(&person, &order, Vec::new()).await;
    }
    sign_page(&person, order, None).await
}

async fn sign_page(
    person: &Person,
    mut order: ComplaintOrder,
    fault: Option<&ComplaintError>,
) -> Result<Response, Failure> {
    let service = &person.visitor.portal.service;
    let document = match service.prepare_complaint(&mut order).await {
        Ok(document) => document,
        Err(ComplaintError::Store(error)) => return Err(error.into()),
        Err(ComplaintError::Unknown) => return Err(Failure::NotFound),
        Err(error) => {
            let faults = vec![field_fault(&error, &person.page())];
            return form_page(person, &order, faults).await;
        }
    };
    let mut page = person.page();
    page.place = format!("/requests/{}/complaint", order.request);
    let status = match fault {
        None => StatusCode::OK,
        Some(ComplaintError::CannotTell(_)) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shown = SignPage {
        token: person.token.clone(),
        number: order.request.to_string(),
        fields: fields_of(&order),
        lines: lines_of(&order, &document.provider, &page),
        document: STANDARD.encode(&document.bytes),
        document_text: String::from_utf8_lossy(&document.bytes).into_owned(),
        key_usages: KEY_USAGES,
        iin: person.session.iin.digits(),
        is_late: document.is_late,
        fault: fault.map(|error| page.texts().fault(error.code())),
        page,
    };
    html(status, &shown)
}

/// What the next page must send to make the same text.
fn fields_of(order: &ComplaintOrder) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("key", order.form_key.clone()),
        ("prepared_at", order.prepared_at.to_string()),
        ("body", order.body.code().to_owned()),
        ("words", order.words.clone()),
        ("address", order.address.clone()),
        ("late_reason", order.late_reason.clone()),
    ];
    fields.extend(order.grounds.iter().map(|ground| ("ground", ground.code().to_owned())));
    fields
}

fn lines_of(order: &ComplaintOrder, provider: &domain::Kato, page: &Page) -> Vec<(String, String)> {
    let ground = |ground: &ComplaintGround| page.t(&format!("complaint-ground-{}", ground.code()));
    let grounds: Vec<String> = order.grounds.iter().map(ground).collect();
    let mut lines = vec![
        (page.t("complaint-to"), page.t(&format!("complaint-to-{}", order.body.code()))),
        (page.t("complaint-about"), page.provider(provider).unwrap_or_default()),
        (page.t("complaint-request"), order.request.to_string()),
        (page.t("complaint-grounds"), grounds.join("; ")),
        (page.t("complaint-words"), order.words.clone()),
        (page.t("complaint-address"), order.address.clone()),
        (page.t("iin"), order.applicant.digits()),
    ];
    if !order.late_reason.is_empty() {
        lines.push((page.t("complaint-late-reason"), order.late_reason.clone()));
    }
    lines
}

fn field_fault(error: &ComplaintError, page: &Page) -> FieldFault {
    let field = match error {
        ComplaintError::NoGround => "ground-unjustified_refusal",
        ComplaintError::NoAddress => "address",
        ComplaintError::NoSuchBody => "body-head",
        _ => "words",
    };
    FieldFault { field: field.to_owned(), text: page.texts().fault(error.code()) }
}

fn form_key(form: &FormFields) -> Result<String, Failure> {
    let key = form.text("key");
    let is_key =
        (16..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_key { Ok(key.to_owned()) } else { Err(Failure::Malformed) }
}

/// `POST /{language}/requests/{number}/complaint/send`
pub async fn send(
    person: Person,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let number = Number::parse(&number).map_err(|_| Failure::NotFound)?;
    let prepared_at = form.text("prepared_at").parse().map_err(|_| Failure::Malformed)?;
    let order = order(&person, number, &form, (form_key(&form)?, prepared_at));
    // Whoever has no key says so with a button of its own; a signature that did not come along is not taken for that.
    let signature = match form.text("way") {
        "session" => None,
        _ => match form.signature() {
            Ok(signature) => Some(signature),
            Err(code) => {
                return sign_page(&person, order, Some(&ComplaintError::Signature(code))).await;
            }
        },
    };
    match person.visitor.portal.service.file_complaint(order.clone(), signature).await {
        Ok(number) => Ok(to_case(&person, &number)),
        Err(ComplaintError::Store(error)) => Err(error.into()),
        Err(ComplaintError::Unknown) => Err(Failure::NotFound),
        Err(error @ ComplaintError::Expired) => {
            let now = person.visitor.portal.service.now();
            let order = ComplaintOrder { prepared_at: now, ..order };
            sign_page(&person, order, Some(&error)).await
        }
        Err(error) => sign_page(&person, order, Some(&error)).await,
    }
}
