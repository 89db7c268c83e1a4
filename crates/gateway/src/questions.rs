//! What the portal asks over the synchronous channel, and how it is answered: a document to be signed, the state of a
//! request. Forms of `egov-portal.v1.xsd`. Read next: `sync.rs`.

use adapters::shep::{Children, Unfit, Writer, written};
use app::{Draft, DraftOrder, ExternalId, RequestView};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{ConsentDecision, Consents, Iin, Kato, Language, Number, WardsAsked};
use roxmltree::Node;

use crate::CONTRACT;
use crate::word;

/// A request the portal asks about.
pub(crate) enum Named {
    Number(Number),
    External(ExternalId),
}

/// A draft the portal asks for; an error of the person's own, by its code, where it cannot be.
pub(crate) struct DraftQuestion {
    pub(crate) applicant: Iin,
    pub(crate) order: Result<DraftOrder, &'static str>,
}

pub(crate) fn draft(data: Node<'_, '_>) -> Result<DraftQuestion, Unfit> {
    let mut data = Children::of(data, Some(CONTRACT))?;
    let request = data.element("draftRequest")?;
    data.end()?;
    let mut request = Children::of(request, Some(CONTRACT))?;
    let applicant = iin(&request.text("requesterIin")?, "requesterIin")?;
    let language = Language::parse(&request.text("language")?).ok_or(Unfit("language"))?;
    let wards = wards(applicant, request.element("wards")?)?;
    let restricted_data = consent(&request.text("restrictedData")?, "restrictedData")?;
    let protected_secret = consent(&request.text("protectedSecret")?, "protectedSecret")?;
    let provider = request.optional_text("provider")?;
    let provider = provider.map(|kato| Kato::parse(&kato)).transpose();
    let provider = provider.map_err(|_| Unfit("provider"))?;
    request.end()?;
    let consents = Consents { restricted_data, protected_secret };
    let order = wards.map(|wards| DraftOrder { applicant, language, wards, consents, provider });
    Ok(DraftQuestion { applicant, order })
}

fn wards(applicant: Iin, wards: Node<'_, '_>) -> Result<Result<WardsAsked, &'static str>, Unfit> {
    let mut wards = Children::of(wards, Some(CONTRACT))?;
    if let Some(all) = wards.optional("all") {
        Children::of(all, None)?.end()?;
        wards.end()?;
        return Ok(Ok(WardsAsked::All));
    }
    let mut named = Vec::new();
    while let Some(text) = wards.optional_text("wardIin")? {
        named.push(iin(&text, "wardIin")?);
    }
    wards.end()?;
    Ok(WardsAsked::named(applicant, named).map_err(|error| error.code()))
}

fn consent(word: &str, name: &'static str) -> Result<ConsentDecision, Unfit> {
    match word {
        "given" => Ok(ConsentDecision::from_answer(true)),
        "withheld" => Ok(ConsentDecision::from_answer(false)),
        _ => Err(Unfit(name)),
    }
}

fn iin(text: &str, name: &'static str) -> Result<Iin, Unfit> {
    Iin::parse(text).map_err(|_| Unfit(name))
}

pub(crate) fn state(data: Node<'_, '_>) -> Result<(Iin, Named), Unfit> {
    let mut data = Children::of(data, Some(CONTRACT))?;
    let request = data.element("stateRequest")?;
    data.end()?;
    let mut request = Children::of(request, Some(CONTRACT))?;
    let applicant = iin(&request.text("requesterIin")?, "requesterIin")?;
    let named = match request.optional_text("requestNumber")? {
        Some(number) => Named::Number(Number::parse(&number).map_err(|_| Unfit("requestNumber"))?),
        None => {
            let id = ExternalId::parse(&request.text("externalRequestId")?);
            Named::External(id.ok_or(Unfit("externalRequestId"))?)
        }
    };
    request.end()?;
    Ok((applicant, named))
}

pub(crate) fn draft_answer(data: &mut Writer, applicant: Iin, draft: Result<&Draft, &str>) {
    contract(data, "draftResponse", |answer| {
        answer.text("p:requesterIin", &applicant.digits());
        match draft {
            Ok(draft) => {
                answer.text("p:challenge", &draft.challenge);
                answer.text("p:document", &STANDARD.encode(&draft.document));
                answer.text("p:expiresAt", &written(draft.expires_at));
            }
            Err(code) => word::fault(answer, code),
        }
    });
}

/// How it stands with what was asked about.
pub(crate) enum Standing {
    Request(Box<RequestView>),
    /// It came and led to no request, or not yet: by the state's word.
    Came(String),
    Unknown,
}

pub(crate) fn state_answer(data: &mut Writer, applicant: Iin, standing: &Standing) {
    contract(data, "stateResponse", |answer| {
        answer.text("p:requesterIin", &applicant.digits());
        match standing {
            Standing::Request(view) => {
                let heads = view.results.iter();
                let heads = heads.map(|one| (one.kind, one.number.as_str(), one.digest.as_str()));
                word::request(answer, &view.request, view.request.state.code(), heads);
            }
            Standing::Came(state) => word::item(answer, "state", state, word::State(state)),
            Standing::Unknown => answer.element("p:unknown", |_| {}),
        }
    });
}

/// An element of the contract round what `content` writes.
pub(crate) fn contract(data: &mut Writer, name: &str, content: impl FnOnce(&mut Writer)) {
    data.element_with(&format!("p:{name}"), &format!("xmlns:p=\"{CONTRACT}\""), content);
}
