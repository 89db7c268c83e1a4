//! The two messages of the synchronous channel: a request as it is written, an answer as it is read.
//!
//! Only the wrapper elements are qualified; what the data of a service looks like is not known here.

use jiff::Timestamp;
use roxmltree::Node;

use super::fault::ShepFault;
use super::reading::{Children, Unfit, moment, parse, written};
use super::soap::code_of;
use super::writing::Writer;
use super::{SOAP, SYNC_CHANNEL};

const STATUS_CHARACTERS_MAX: usize = 250;

/// The head of a request.
pub(super) struct RequestInfo<'a> {
    pub(super) message_id: &'a str,
    pub(super) service_id: &'a str,
    pub(super) message_date: Timestamp,
    pub(super) route_id: Option<&'a str>,
    pub(super) sender_id: &'a str,
    pub(super) password: Option<&'a str>,
}

/// The whole envelope of a request, unsigned; `attributes` are those of `data`.
pub(super) fn request(
    info: &RequestInfo<'_>,
    attributes: &str,
    data: impl FnOnce(&mut Writer),
) -> String {
    let mut writer = Writer::default();
    writer.element_with("soap:Envelope", &format!("xmlns:soap=\"{SOAP}\""), |envelope| {
        envelope.element("soap:Body", |body| {
            body.element_with("s:SendMessage", &format!("xmlns:s=\"{SYNC_CHANNEL}\""), |wrapper| {
                wrapper.element("request", |request| {
                    request.element("requestInfo", |head| info.write(head));
                    request.element("requestData", |outer| {
                        outer.element_with("data", attributes, data);
                    });
                });
            });
        });
    });
    writer.finish()
}

impl RequestInfo<'_> {
    fn write(&self, head: &mut Writer) {
        head.text("messageId", self.message_id);
        head.text("serviceId", self.service_id);
        head.text("messageDate", &written(self.message_date));
        head.optional("routeId", self.route_id);
        head.element("sender", |sender| {
            sender.text("senderId", self.sender_id);
            sender.optional("password", self.password);
        });
    }
}

/// What the signed body of an envelope holds.
#[derive(Debug)]
pub(super) enum Body {
    /// The answer of a service.
    Answer(ResponseInfo),
    /// A fault of the channel.
    Fault(ShepFault),
}

/// The head of an answer.
pub(super) struct ResponseInfo {
    pub(super) message_id: String,
    pub(super) correlation_id: Option<String>,
    pub(super) response_date: Timestamp,
    pub(super) status: String,
}

impl std::fmt::Debug for ResponseInfo {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ResponseInfo({}, •••)", self.response_date)
    }
}

/// Reads the text of a SOAP body.
pub(super) fn body(text: &str) -> Result<Body, Unfit> {
    let document = parse(text)?;
    let mut children = Children::of(document.root_element(), Some(SOAP))?;
    if let Some(fault) = children.optional("Fault") {
        return Ok(Body::Fault(ShepFault::SoapFault(code_of(fault))));
    }
    let (head, data) = parts(document.root_element())?;
    let info = response_info(head)?;
    let mut outer = Children::of(data, None)?;
    outer.optional("data");
    outer.end()?;
    Ok(Body::Answer(info))
}

/// What the data of an answer says by `read`; `None` where there is no data.
pub(super) fn data<T>(
    text: &str,
    read: impl FnOnce(Node<'_, '_>) -> Result<T, Unfit>,
) -> Result<Option<T>, Unfit> {
    let document = parse(text)?;
    let (_, outer) = parts(document.root_element())?;
    Children::of(outer, None)?.optional("data").map(read).transpose()
}

/// `responseInfo` and `responseData` of the only element of a body.
fn parts<'a, 'input>(
    body: Node<'a, 'input>,
) -> Result<(Node<'a, 'input>, Node<'a, 'input>), Unfit> {
    if body.tag_name().name() != "Body" || body.tag_name().namespace() != Some(SOAP) {
        return Err(Unfit("Body"));
    }
    let mut children = Children::of(body, Some(SYNC_CHANNEL))?;
    let wrapper = children.element("SendMessageResponse")?;
    children.end()?;
    let mut children = Children::of(wrapper, None)?;
    let response = children.element("response")?;
    children.end()?;
    let mut children = Children::of(response, None)?;
    let found = (children.element("responseInfo")?, children.element("responseData")?);
    children.end()?;
    Ok(found)
}

fn response_info(head: Node<'_, '_>) -> Result<ResponseInfo, Unfit> {
    let mut head = Children::of(head, None)?;
    let message_id = head.text("messageId")?;
    let correlation_id = head.optional_text("correlationId")?;
    let response_date = head.text("responseDate")?;
    let response_date = moment(&response_date).ok_or(Unfit("responseDate"))?;
    let mut status = Children::of(head.element("status")?, None)?;
    let code = status.text("code")?;
    if status.text("message")?.chars().count() > STATUS_CHARACTERS_MAX {
        return Err(Unfit("message"));
    }
    status.end()?;
    head.optional_text("sessionId")?;
    head.end()?;
    if message_id.is_empty() {
        return Err(Unfit("messageId"));
    }
    Ok(ResponseInfo { message_id, correlation_id, response_date, status: code })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surviving::survives_texts;

    fn enveloped(content: &str) -> String {
        format!("<soap:Body xmlns:soap=\"{SOAP}\">{content}</soap:Body>")
    }

    fn answer() -> String {
        enveloped(include_str!("../../../../docs/shep/examples/answer-nothing.xml"))
    }

    #[test]
    fn the_examples_are_read_as_answers() {
        for (example, status, has_data) in [
            (include_str!("../../../../docs/shep/examples/answer-nothing.xml"), "SCSS001", true),
            (include_str!("../../../../docs/shep/examples/answer-two-wards.xml"), "SCSS001", true),
            (include_str!("../../../../docs/shep/examples/answer-error.xml"), "FAULT-015", false),
        ] {
            let text = enveloped(example);
            let Body::Answer(info) = body(&text).unwrap() else { panic!("an answer") };
            assert_eq!(info.status, status);
            assert_eq!(info.message_id, "5b7c9a0e-6f4b-4c0e-8d0a-2f0b6f0c7a21");
            let question = "0f6ad7c2-0d9e-4d57-9a52-6a1f0c5f1b11";
            assert_eq!(info.correlation_id.as_deref(), Some(question));
            assert_eq!(info.response_date, "2026-11-23T10:10:06.12Z".parse().unwrap());
            assert_eq!(data(&text, |_| Ok(())).unwrap().is_some(), has_data);
        }
    }

    #[test]
    fn answers_of_sources_survive_whatever_comes() {
        let samples = [
            include_str!("../../../../docs/shep/examples/answer-nothing.xml"),
            include_str!("../../../../docs/shep/examples/answer-two-wards.xml"),
            include_str!("../../../../docs/shep/examples/answer-error.xml"),
        ];
        let samples = samples.map(enveloped);
        let samples: Vec<&str> = samples.iter().map(String::as_str).collect();
        survives_texts("SHEP, answer of a source", &samples, "soap", |text| {
            let _ = body(text);
            let _ = data(text, |_| Ok(()));
        });
    }

    #[test]
    fn a_fault_of_the_channel_tells_its_code() {
        let detail = include_str!("../../../../docs/shep/examples/fault.xml");
        let fault = format!(
            "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>x</faultstring>\
             <detail>{detail}</detail></soap:Fault>"
        );
        assert!(
            matches!(body(&enveloped(&fault)), Ok(Body::Fault(fault)) if fault.detail() == "SBF-AD-1")
        );
        for (code, shown) in [("SBF-VE-8", "SBF-VE-8"), ("soap:Server", "a code that is none")] {
            let bare =
                enveloped(&format!("<soap:Fault><faultcode>{code}</faultcode></soap:Fault>"));
            assert!(matches!(body(&bare), Ok(Body::Fault(fault)) if fault.detail() == shown));
        }
    }

    #[test]
    fn an_answer_that_is_not_as_the_schema_says_is_none() {
        for (from, to, at) in [
            ("s:SendMessageResponse", "s:SendMessage", "SendMessageResponse"),
            ("http://bip.bee.kz/SyncChannel/v10/Types", "urn:x", "SendMessageResponse"),
            ("<response>", "<response xmlns=\"urn:x\">", "response"),
            ("<messageId>5b7c9a0e-6f4b-4c0e-8d0a-2f0b6f0c7a21</messageId>", "", "messageId"),
            ("5b7c9a0e-6f4b-4c0e-8d0a-2f0b6f0c7a21", "", "messageId"),
            ("2026-11-23T15:10:06.120+05:00", "yesterday", "responseDate"),
            ("<status>", "<x/><status>", "status"),
            ("</status>", "<x/></status>", "an element too many"),
            ("</responseData>", "<x/></responseData>", "an element too many"),
            ("</response>", "</response><response/>", "an element too many"),
            ("<status>", "x<status>", "text between elements"),
        ] {
            let text = answer().replace(from, to);
            assert_ne!(text, answer());
            assert_eq!(body(&text).unwrap_err(), Unfit(at), "{from}");
        }
        assert_eq!(body(&enveloped("")).unwrap_err(), Unfit("SendMessageResponse"));
        assert_eq!(body("<a/>").unwrap_err(), Unfit("Body"));
        let long = answer().replace("Message has", &"м".repeat(251));
        assert_eq!(body(&long).unwrap_err(), Unfit("message"));
    }
}
