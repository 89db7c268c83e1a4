//! What the gateway gives: answers and faults of the channel, signed; or spoilt as it was told.

use domain::Iin;
use jiff::{SignedDuration, Timestamp};

use super::asking::{About, CHANNEL, Question};
use super::bank::escaped;
use super::fault::Refusal;
use super::spoil::signed;
use super::{Fault, Gateway, uuid};
use crate::authority::MessageError;

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const DONE: &str = "SCSS001";
/// The person's consent was not shown.
const NOT_PROVEN: &str = "FAULT-015";
const DAY: SignedDuration = SignedDuration::from_hours(24);
const OVERSIZED_BYTES: usize = 3 * 1024 * 1024;
/// The identifier of answers that all have the same.
const ONE_NUMBER: &str = "11111111-1111-4111-8111-111111111111";

/// What an answer says.
struct Content<'a> {
    message_id: String,
    correlation_id: Option<&'a str>,
    date: Timestamp,
    status: &'static str,
    data: Option<String>,
}

impl Gateway {
    /// The envelope that answers a question.
    pub(super) fn answer(&self, question: &Question) -> Result<Vec<u8>, MessageError> {
        let fault = self.fault();
        if let (Some(Fault::Replayed), Some(first)) = (fault, &self.state().first_answer) {
            return Ok(first.clone());
        }
        let text = self.content(question, fault).envelope();
        let text = match fault {
            Some(Fault::NotTheSchema) => text.replace("<status>", "<state></state><status>"),
            _ => text,
        };
        let mut envelope = self.signed(&text, fault)?;
        if fault == Some(Fault::Oversized) {
            envelope.resize(OVERSIZED_BYTES, b' ');
        }
        let mut state = self.state();
        state.first_answer.get_or_insert_with(|| envelope.clone());
        state.last_answer = Some(envelope.clone());
        Ok(envelope)
    }

    fn content<'a>(&self, question: &'a Question, fault: Option<Fault>) -> Content<'a> {
        let now = (self.clock)();
        let (status, data) = self.data(&question.about, fault);
        let honest = Content {
            message_id: uuid(),
            correlation_id: Some(&question.message_id),
            date: now,
            status,
            data,
        };
        let failed = |status| Content { status, data: None, ..honest_again(&honest) };
        match fault {
            Some(Fault::OldDate) => Content { date: now - DAY, ..honest },
            Some(Fault::FutureDate) => Content { date: now + DAY, ..honest },
            Some(Fault::OtherQuestion) => Content { correlation_id: Some(ONE_NUMBER), ..honest },
            Some(Fault::SameNumber) => {
                Content { message_id: ONE_NUMBER.to_owned(), correlation_id: None, ..honest }
            }
            Some(Fault::NotFoundCode) => failed("SCSE001"),
            Some(Fault::NamelessNotFoundCode) => {
                Content { correlation_id: None, ..failed("SCSE001") }
            }
            Some(Fault::SourceDown) => failed("FAULT-015"),
            Some(Fault::NoData) => failed(DONE),
            _ => honest,
        }
    }

    /// Status and the element with the data.
    fn data(&self, about: &About, fault: Option<Fault>) -> (&'static str, Option<String>) {
        match about {
            About::Consent(question) => (DONE, Some(self.state().control.answer(question.clone()))),
            About::Guardianships { guardian, proof } => {
                self.state().last_proof.clone_from(proof);
                self.where_proven(proof.as_ref(), || self.guardianships(*guardian, fault))
            }
            About::Person(question) => {
                self.state().persons.note(question);
                let is_mixed_up = fault == Some(Fault::SomebodyElse);
                self.where_proven(question.proof.as_ref(), || {
                    self.state().persons.answer(question.iin, self.bank.people(), is_mixed_up)
                })
            }
        }
    }

    /// A source that wants a proof answers nobody who has none.
    fn where_proven(
        &self,
        shown: Option<&(String, String)>,
        data: impl FnOnce() -> String,
    ) -> (&'static str, Option<String>) {
        let is_refused = {
            let state = self.state();
            state.wants_proof && !shown.is_some_and(|(token, key)| state.control.knows(token, key))
        };
        if is_refused { (NOT_PROVEN, None) } else { (DONE, Some(data())) }
    }

    fn guardianships(&self, guardian: Iin, fault: Option<Fault>) -> String {
        let other = match fault {
            Some(Fault::SomebodyElse) => self.bank.somebody_else(guardian),
            _ => None,
        };
        format!("<data>{}</data>", self.bank.answer(other.unwrap_or(guardian)))
    }

    /// Signs, or spoils what it signed.
    fn signed(&self, text: &str, fault: Option<Fault>) -> Result<Vec<u8>, MessageError> {
        signed(&self.keys, text, fault.and_then(Fault::spoil))
    }

    /// A fault of the channel.
    pub(super) fn refused(&self, refusal: &Refusal, is_signed: bool) -> Vec<u8> {
        let Refusal { code, message } = refusal;
        let date = (self.clock)();
        let text = envelope(&format!(
            "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{message}</faultstring>\
             <detail><s:SendMessageFault1_SendMessageFault xmlns:s=\"{CHANNEL}\">\
             <errorCode>{code}</errorCode><errorMessage>{message}</errorMessage>\
             <errorDate>{date}</errorDate></s:SendMessageFault1_SendMessageFault></detail>\
             </soap:Fault>"
        ));
        let signed = || self.signed(&text, None).ok();
        is_signed.then(signed).flatten().unwrap_or_else(|| text.into_bytes())
    }
}

fn honest_again<'a>(honest: &Content<'a>) -> Content<'a> {
    Content { message_id: honest.message_id.clone(), data: None, ..*honest }
}

impl Content<'_> {
    fn envelope(&self) -> String {
        let Self { message_id, date, status, .. } = self;
        let correlation =
            self.correlation_id.map(|id| format!("<correlationId>{}</correlationId>", escaped(id)));
        let correlation = correlation.unwrap_or_default();
        let data = self.data.clone().unwrap_or_default();
        let session = uuid();
        envelope(&format!(
            "<s:SendMessageResponse xmlns:s=\"{CHANNEL}\"><response><responseInfo>\
             <messageId>{message_id}</messageId>{correlation}<responseDate>{date}</responseDate>\
             <status><code>{status}</code><message>{status}</message></status>\
             <sessionId>{{{session}}}</sessionId></responseInfo>\
             <responseData>{data}</responseData></response></s:SendMessageResponse>"
        ))
    }
}

fn envelope(body: &str) -> String {
    format!("<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>{body}</soap:Body></soap:Envelope>")
}
