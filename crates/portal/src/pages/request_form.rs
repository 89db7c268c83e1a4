//! The form of the electronic request: for which wards, which department, and both consents as answers of equal rank.
//!
//! What is wrong is told field by field and before anything is prepared. Read next: `answers.rs`, then `sign.rs`.

use app::{DraftError, DraftOrder};
use askama::Template;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{
    ConsentDecision, ConsentRecord, Consents, ElectronicRequest, Language, Number, WardsAsked,
};
use serde::Deserialize;

use crate::failure::{Failure, come_again, sent_away};
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::pages::answers::Answers;
use crate::pages::asking::next_place;
use crate::pages::sign_in::with_answers;
use crate::rate::{Attempted, Counted};
use crate::visitor::{Person, Visitor};

/// A draft to start from, or an earlier request.
#[derive(Debug, Default, Deserialize)]
pub struct From {
    #[serde(default)]
    from: String,
    #[serde(default)]
    again: String,
}

#[derive(Template)]
#[template(path = "request_form.html")]
struct RequestFormPage {
    page: Page,
    token: String,
    name: String,
    iin: String,
    answers: Answers,
    faults: Vec<FieldFault>,
    /// That more is asked than can be done.
    busy: Option<String>,
    providers: Vec<(String, String)>,
    consents: Vec<ConsentBlock>,
}

/// One consent: its field, its words, its answer so far.
struct ConsentBlock {
    field: &'static str,
    title: String,
    lines: Vec<String>,
    consequence: String,
    answer: String,
}

/// `GET /{language}/request`
pub async fn show(person: Person, Query(from): Query<From>) -> Result<Response, Failure> {
    let draft = match from.from.as_str() {
        "" => None,
        challenge => person.visitor.portal.service.draft(challenge).await?,
    };
    let own = draft.filter(|draft| draft.request.applicant == person.session.iin);
    let answers = match own {
        Some(draft) => Answers::of_draft(&draft),
        None => earlier(&person, &from.again).await?.unwrap_or_else(Answers::blank),
    };
    form_page(&person, answers, Vec::new())
}

/// What was asked for in the person's own earlier request; consent is asked for anew.
async fn earlier(person: &Person, number: &str) -> Result<Option<Answers>, Failure> {
    let Ok(number) = Number::parse(number) else { return Ok(None) };
    let viewer = Some(person.session.iin);
    let view = person.visitor.portal.service.request_view(&number, viewer).await?;
    Ok(view.map(|view| Answers::of_earlier(&view.request.request)))
}

/// `POST /{language}/request`
pub async fn submit(
    visitor: Visitor,
    headers: HeaderMap,
    form: FormFields,
) -> Result<Response, Failure> {
    let person = match visitor.into_person() {
        Ok(person) => person,
        Err(visitor) => return with_answers(&visitor, &headers, &form).await,
    };
    person.require(form.text("token"))?;
    let answers = Answers::of_form(&form);
    if form.has("switch") || form.has("more") {
        return form_page(&person, answers, Vec::new());
    }
    let order = match answers.order(person.session.iin, person.visitor.language) {
        Ok(order) => order,
        Err(faults) => return form_page(&person, answers, faults),
    };
    let who = person.session.iin.digits();
    let counted = person.visitor.portal.count(Attempted::Prepared, &who).await?;
    prepared(&person, answers, order, counted).await
}

async fn prepared(
    person: &Person,
    answers: Answers,
    order: DraftOrder,
    counted: Counted,
) -> Result<Response, Failure> {
    let name = Some(person.session.name.as_str());
    match person.visitor.portal.service.prepare_draft_of(order, name).await {
        Ok(draft) => Ok(Redirect::to(&next_place(person, &draft)).into_response()),
        Err(DraftError::Store(error)) => Err(error.into()),
        // Before he signs, and with all he filled in.
        Err(DraftError::Busy(busy)) => {
            person.visitor.portal.take_back(counted).await;
            let text = come_again(person.visitor.language, busy);
            Ok(sent_away(whole_page(person, answers, Vec::new(), Some(text))?, busy))
        }
        Err(error @ DraftError::UnknownProvider) => {
            let text = person.page().texts().fault(error.code());
            let fault = FieldFault { field: "provider".to_owned(), text };
            form_page(person, answers, vec![fault])
        }
    }
}

/// The form with answers and what is wrong with them.
pub(super) fn form_page(
    person: &Person,
    answers: Answers,
    faults: Vec<FieldFault>,
) -> Result<Response, Failure> {
    whole_page(person, answers, faults, None)
}

fn whole_page(
    person: &Person,
    answers: Answers,
    faults: Vec<FieldFault>,
    busy: Option<String>,
) -> Result<Response, Failure> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let language = person.visitor.language;
    let page = person.page().with_form("request-form", "/request");
    let consents = consent_blocks(person, &page, &answers);
    let form = RequestFormPage {
        token: person.token.clone(),
        name: person.session.name.clone(),
        iin: person.session.iin.digits(),
        providers: providers(person, language),
        consents,
        answers,
        faults,
        busy,
        page,
    };
    html(status, &form)
}

fn providers(person: &Person, language: Language) -> Vec<(String, String)> {
    let all = person.visitor.portal.service.providers().all();
    let named = |one: &domain::Provider| {
        (one.kato.as_str().to_owned(), one.name.on_screen(language).to_owned())
    };
    let mut named: Vec<_> = all.iter().map(named).collect();
    named.sort_by(|one, other| one.1.cmp(&other.1));
    named
}

/// The words of both consents are the same whatever the answer, so any answer gives them.
fn consent_blocks(person: &Person, page: &Page, answers: &Answers) -> Vec<ConsentBlock> {
    let refused = ConsentDecision::Refused;
    let request = ElectronicRequest {
        applicant: person.session.iin,
        wards: WardsAsked::All,
        consents: Consents { restricted_data: refused, protected_secret: refused },
        language: page.language,
        provider: None,
    };
    let statement = person.visitor.portal.service.statement(&request, Some(&person.session.name));
    let block = |record: &ConsentRecord| {
        let (field, answer, consequence) = match record.kind {
            domain::ConsentKind::RestrictedData => {
                ("restricted", &answers.restricted, page.t("restricted-consequence"))
            }
            domain::ConsentKind::ProtectedSecret => {
                ("secret", &answers.secret, page.t("secret-consequence"))
            }
        };
        let mut lines = record.text.lines().map(ToOwned::to_owned);
        let title = lines.next().unwrap_or_default();
        ConsentBlock { field, title, lines: lines.collect(), consequence, answer: answer.clone() }
    };
    statement.consents.iter().map(block).collect()
}
