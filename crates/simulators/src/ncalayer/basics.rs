//! The module `kz.gov.pki.knca.basics`: `sign`, of CMS and XML, of one document or several. Pure: text in, text out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::behaviour::ReplyShape;
use super::protocol::{
    AnswerForm, Call, Format, KeyFilter, Message, Misunderstanding, SignRequest, decoded,
};

pub(super) const MODULE: &str = "kz.gov.pki.knca.basics";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignArguments {
    format: String,
    data: Data,
    #[serde(default)]
    signing_params: SigningParams,
    signer_params: Option<KeyFilter>,
    locale: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    One(String),
    Several(Vec<String>),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SigningParams {
    decode: bool,
    encapsulate: bool,
    digested: bool,
    output_cert: bool,
}

/// Reads a call of this module.
pub(super) fn read(call: Call) -> Result<Message, Misunderstanding> {
    if call.method != "sign" {
        return Err(Misunderstanding::Method(call.method));
    }
    let arguments = serde_json::from_value(call.args).map_err(|_| Misunderstanding::NotJson)?;
    sign_request(arguments).map(|request| Message::Sign(Box::new(request)))
}

fn sign_request(arguments: SignArguments) -> Result<SignRequest, Misunderstanding> {
    let format = match arguments.format.as_str() {
        "cms" => Format::Cms,
        "xml" => Format::Xml,
        _ => return Err(Misunderstanding::Format),
    };
    let SigningParams { decode, encapsulate, digested, output_cert } = arguments.signing_params;
    if digested {
        return Err(Misunderstanding::Digested);
    }
    let texts = match arguments.data {
        Data::One(text) => vec![text],
        Data::Several(texts) => texts,
    };
    let bytes = |text: String| match format {
        Format::Cms if decode => decoded(&text),
        Format::Cms | Format::Xml => Ok(text.into_bytes()),
    };
    let documents: Vec<Vec<u8>> = texts.into_iter().map(bytes).collect::<Result<_, _>>()?;
    if documents.is_empty() {
        return Err(Misunderstanding::Data);
    }
    Ok(SignRequest {
        documents,
        format,
        attached: encapsulate,
        with_certificate: output_cert,
        filter: arguments.signer_params.unwrap_or_default(),
        locale: arguments.locale,
        form: AnswerForm::Basics,
    })
}

/// Signatures made.
pub(super) fn signed(texts: &[String], certificate: Option<&[u8]>, shape: ReplyShape) -> String {
    let result = match (certificate, shape) {
        (Some(certificate), _) => {
            json!({ "signatures": texts, "certificate": STANDARD.encode(certificate) })
        }
        (None, ReplyShape::Array) => json!(texts),
        (None, ReplyShape::Text) => json!(texts.first()),
        (None, ReplyShape::Object) => json!({ "signatures": texts }),
    };
    json!({ "status": true, "body": { "result": result } }).to_string()
}

/// The person closed the window or pressed "Cancel".
pub(super) fn cancelled() -> String {
    json!({ "status": true, "body": {} }).to_string()
}

/// Something went wrong.
pub(super) fn failure(error: &dyn std::error::Error) -> String {
    json!({
        "status": false,
        "code": "INVOCATION_ERROR",
        "message": "An invoked method threw an exception.",
        "details": error.to_string(),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::ncalayer::Behaviour;
    use crate::ncalayer::protocol;

    fn request(args: Value) -> Result<SignRequest, Misunderstanding> {
        let message = json!({ "module": MODULE, "method": "sign", "args": args }).to_string();
        match protocol::read(&message, Behaviour::default()).map_err(|refusal| refusal.why)? {
            Message::Sign(request) => Ok(*request),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_of_the_portal_is_understood() {
        let request = request(json!({
            "allowedStorages": null, "format": "cms", "data": STANDARD.encode("сәлем"),
            "signingParams": { "decode": true, "encapsulate": true, "digested": false },
            "signerParams": { "extKeyUsageOids": ["1.3.6.1.5.5.7.3.4"], "iin": "000229500008" },
            "locale": "ru", "logo": "AAAA"
        }))
        .unwrap();
        assert_eq!(request.documents, ["сәлем".as_bytes()]);
        assert!(request.attached && !request.with_certificate);
        assert_eq!(request.filter.ext_key_usage_oids, ["1.3.6.1.5.5.7.3.4"]);
        assert_eq!(
            (request.filter.iin.as_deref(), request.locale.as_deref()),
            (Some("000229500008"), Some("ru"))
        );
    }

    #[test]
    fn several_documents_undecoded_ones_and_xml_are_understood() {
        let several = request(json!({ "format": "cms", "data": ["QQ==", "Qg=="],
            "signingParams": { "decode": true } }))
        .unwrap();
        assert_eq!(several.documents, [b"A", b"B"]);
        let plain = request(json!({ "format": "cms", "data": "QQ==" })).unwrap();
        assert_eq!(plain.documents, [b"QQ=="]);
        assert!(!plain.attached);
        let xml = request(json!({ "format": "xml", "data": ["<a/>", "<b/>"] })).unwrap();
        assert_eq!((xml.format, xml.documents.len()), (Format::Xml, 2));
    }

    #[test]
    fn what_is_not_understood_says_why() {
        for (args, expected) in [
            (json!({ "format": "pdf", "data": "<a/>" }), Misunderstanding::Format),
            (json!({ "format": "cms" }), Misunderstanding::NotJson),
            (
                json!({ "format": "cms", "data": "MTEK", "signingParams": 555 }),
                Misunderstanding::NotJson,
            ),
            (json!({ "format": "cms", "data": [] }), Misunderstanding::Data),
            (
                json!({ "format": "cms", "data": "%", "signingParams": { "decode": true } }),
                Misunderstanding::Data,
            ),
            (
                json!({ "format": "cms", "data": "QQ==", "signingParams": { "digested": true } }),
                Misunderstanding::Digested,
            ),
        ] {
            assert_eq!(request(args).unwrap_err(), expected);
        }
        let refusal = |text: &str| protocol::read(text, Behaviour::default()).unwrap_err().why;
        assert_eq!(refusal("hello"), Misunderstanding::NotJson);
        let other = json!({ "module": MODULE, "method": "delete" });
        assert_eq!(refusal(&other.to_string()), Misunderstanding::Method("delete".to_owned()));
    }

    #[test]
    fn answers_have_the_forms_recorded_from_the_program() {
        let texts = ["AQI=".to_owned()];
        let reply = |certificate, shape| -> Value {
            serde_json::from_str(&signed(&texts, certificate, shape)).unwrap()
        };
        assert_eq!(
            reply(None, ReplyShape::Array),
            json!({ "status": true, "body": { "result": ["AQI="] } })
        );
        assert_eq!(reply(None, ReplyShape::Text)["body"]["result"], "AQI=");
        assert_eq!(
            reply(Some(&[3][..]), ReplyShape::Array)["body"]["result"],
            json!({ "signatures": ["AQI="], "certificate": "Aw==" })
        );
        assert_eq!(cancelled(), r#"{"body":{},"status":true}"#);
        let failure: Value = serde_json::from_str(&failure(&Misunderstanding::Data)).unwrap();
        assert_eq!(failure["code"], "INVOCATION_ERROR");
        assert_eq!(failure["status"], false);
    }
}
