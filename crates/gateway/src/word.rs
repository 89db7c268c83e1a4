//! What the portal is told, as data: `typedRequestStatusData` of `egov-portal.v1.xsd`, with the words of our own portal, so
//! that both show the same. Read next: `line.rs`.

use adapters::shep::{Writer, written};
use app::{PortalDocument, PortalWord, ResultKind, Said, StoredRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Language, RequestState};
use portal::texts_of;

use crate::questions::contract;

const PDF: &str = "application/pdf";
/// So many bytes of documents go with one message; their base64 and the rest stay within what may be signed.
const DOCUMENT_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Where the words of a code stand.
pub(crate) trait Words {
    fn in_language(&self, language: Language) -> String;
}

/// A state's.
pub(crate) struct State<'a>(pub(crate) &'a str);

/// A fault's, with what to do about it.
pub(crate) struct FaultCode<'a>(pub(crate) &'a str);

impl Words for State<'_> {
    fn in_language(&self, language: Language) -> String {
        texts_of(language).text(&format!("state-{}", self.0))
    }
}

impl Words for FaultCode<'_> {
    fn in_language(&self, language: Language) -> String {
        texts_of(language).fault(self.0)
    }
}

/// A code with its words in both languages.
pub(crate) fn item(writer: &mut Writer, name: &str, code: &str, words: impl Words) {
    writer.element(&format!("p:{name}"), |item| {
        item.text("p:code", code);
        item.text("p:kkValue", &words.in_language(Language::Kk));
        item.text("p:ruValue", &words.in_language(Language::Ru));
    });
}

pub(crate) fn fault(writer: &mut Writer, code: &str) {
    item(writer, "fault", code, FaultCode(code));
}

/// A request in a state; documents by kind, number and digest.
pub(crate) fn request<'a>(
    writer: &mut Writer,
    stored: &StoredRequest,
    state: &str,
    documents: impl Iterator<Item = (ResultKind, &'a str, &'a str)>,
) {
    writer.element("p:request", |request| {
        request.text("p:number", stored.number.as_str());
        item(request, "state", state, State(state));
        request.text("p:acceptedAt", &written(stored.clock.accepted_at));
        request.text("p:dueAt", &written(stored.clock.due_at));
        let ended_at = stored.ended_at.filter(|_| stored.state.code() == state).map(written);
        request.optional("p:endedAt", ended_at.as_deref());
        for (kind, number, digest) in documents {
            request.element("p:document", |head| {
                head.text("p:kind", kind.code());
                head.text("p:number", number);
                head.text("p:sha256", digest);
            });
        }
    });
}

/// A word, as the data of its message.
pub(crate) fn status(data: &mut Writer, word: &PortalWord) {
    contract(data, "typedRequestStatusData", |status| {
        status.text("p:statusId", &word.own_id);
        status.text("p:externalRequestChainId", &word.external_chain);
        status.text("p:externalRequestId", word.external_id.as_str());
        status.text("p:requesterIin", &word.applicant.digits());
        let processing = if word.is_last { "COMPLETED" } else { "IN_PROGRESS" };
        status.text("p:processingStatus", processing);
        status.text("p:resolutionType", resolution(word));
        match &word.said {
            Said::Kept { code } | Said::NotRegistered { code } => {
                item(status, "state", word.state(), State(word.state()));
                fault(status, code);
            }
            Said::Request { stored, documents } => {
                let heads = documents.iter();
                let heads = heads.map(|one| (one.kind, one.number.as_str(), one.digest.as_str()));
                request(status, stored, word.state(), heads);
                let all: usize = documents.iter().map(|one| one.bytes.len()).sum();
                let with_content = all <= DOCUMENT_BYTES_MAX;
                documents.iter().for_each(|one| result(status, one, with_content));
            }
        }
    });
}

fn resolution(word: &PortalWord) -> &'static str {
    match &word.said {
        Said::NotRegistered { .. } => "NOT_REGISTERED",
        Said::Request { stored, .. } if word.is_last => match stored.state {
            RequestState::Granted => "POSITIVE",
            RequestState::Refused => "NEGATIVE",
            RequestState::Accepted | RequestState::Checking(_) => "NO_RESOLUTION",
        },
        Said::Kept { .. } | Said::Request { .. } => "NO_RESOLUTION",
    }
}

fn result(status: &mut Writer, document: &PortalDocument, with_content: bool) {
    status.element("p:updatedValues", |values| {
        values.text("p:code", "result");
        values.element("p:values", |values| {
            values.element("p:fileData", |file| {
                file.text("p:fileName", &format!("{}.pdf", document.number));
                file.text("p:mediaType", PDF);
                file.text("p:kind", document.kind.code());
                file.text("p:number", document.number.as_str());
                file.text("p:sha256", &document.digest);
                let content = with_content.then(|| STANDARD.encode(&document.bytes));
                file.optional("p:content", content.as_deref());
            });
        });
    });
}
