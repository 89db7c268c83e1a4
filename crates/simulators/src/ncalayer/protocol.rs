//! NCALayer's messages: what a page asks and the exact forms of the answers. Pure: text in, text out.
//!
//! Only the module `kz.gov.pki.knca.basics` with `sign` and `cms` is spoken; everything else gets the program's own
//! `INVOCATION_ERROR`. Time stamps (`tsaProfile`) are not added: the demo has no time-stamping authority.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::behaviour::{Behaviour, CmsText, ReplyShape};

/// What a page sends to learn whether the program is still there.
const HEARTBEAT: &str = "--heartbeat--";
const MODULE: &str = "kz.gov.pki.knca.basics";
/// Base64 characters in a line of PEM.
const PEM_LINE: usize = 64;

/// What a page wants.
#[derive(Debug)]
pub(super) enum Message {
    /// To hear the version again.
    Heartbeat,
    /// A signature.
    Sign(Box<SignRequest>),
}

/// A request to sign.
#[derive(Debug)]
pub(super) struct SignRequest {
    /// What to sign, one signature each.
    pub(super) documents: Vec<Vec<u8>>,
    /// Whether the signature carries what it signs.
    pub(super) attached: bool,
    /// Whether the certificate is wanted beside the signatures.
    pub(super) with_certificate: bool,
    /// Which keys may be chosen.
    pub(super) filter: KeyFilter,
    /// Language of the window: `kk`, `ru` or `en`.
    pub(super) locale: String,
}

/// `signerParams`: which certificates a person may choose from. A convenience of the window and no protection.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct KeyFilter {
    /// Extended key usages that must all be there.
    pub(super) ext_key_usage_oids: Vec<String>,
    /// IIN, or empty.
    pub(super) iin: Option<String>,
}

/// Why a message is answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misunderstanding {
    #[error("the message is not JSON of the known form")]
    NotJson,
    #[error("the module is not known")]
    Module,
    #[error("the method is not known")]
    Method,
    #[error("the format is not supported")]
    Format,
    #[error("the data are neither Base64 nor a list of it")]
    Data,
    #[error("digests are not signed here")]
    Digested,
}

#[derive(Deserialize)]
struct Call {
    module: String,
    method: String,
    #[serde(default)]
    args: Value,
}

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

/// Reads a text frame.
pub(super) fn read(text: &str) -> Result<Message, Misunderstanding> {
    if text == HEARTBEAT {
        return Ok(Message::Heartbeat);
    }
    let call: Call = serde_json::from_str(text).map_err(|_| Misunderstanding::NotJson)?;
    if call.module != MODULE {
        return Err(Misunderstanding::Module);
    }
    if call.method != "sign" {
        return Err(Misunderstanding::Method);
    }
    let arguments = serde_json::from_value(call.args).map_err(|_| Misunderstanding::NotJson)?;
    sign_request(arguments).map(|request| Message::Sign(Box::new(request)))
}

fn sign_request(arguments: SignArguments) -> Result<SignRequest, Misunderstanding> {
    if arguments.format != "cms" {
        return Err(Misunderstanding::Format);
    }
    let SigningParams { decode, encapsulate, digested, output_cert } = arguments.signing_params;
    if digested {
        return Err(Misunderstanding::Digested);
    }
    let texts = match arguments.data {
        Data::One(text) => vec![text],
        Data::Several(texts) => texts,
    };
    let bytes = |text: String| {
        if decode {
            STANDARD.decode(text).map_err(|_| Misunderstanding::Data)
        } else {
            Ok(text.into_bytes())
        }
    };
    let documents: Vec<Vec<u8>> = texts.into_iter().map(bytes).collect::<Result<_, _>>()?;
    if documents.is_empty() {
        return Err(Misunderstanding::Data);
    }
    Ok(SignRequest {
        documents,
        attached: encapsulate,
        with_certificate: output_cert,
        filter: arguments.signer_params.unwrap_or_default(),
        locale: arguments.locale.unwrap_or_else(|| "kk".to_owned()),
    })
}

/// The greeting, and the answer to a heartbeat.
pub(super) fn version(behaviour: Behaviour) -> String {
    let version = if behaviour.is_old() { "1.2" } else { "1.4" };
    json!({ "result": { "version": version } }).to_string()
}

/// Signatures made; `certificate` is there when it was asked for.
pub(super) fn signed(
    signatures: &[Vec<u8>],
    certificate: Option<&[u8]>,
    behaviour: Behaviour,
) -> String {
    let texts: Vec<String> =
        signatures.iter().map(|cms| cms_text(cms, behaviour.cms_text)).collect();
    let result = match (certificate, behaviour.shape) {
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
        "message": "Invocation error",
        "details": error.to_string(),
    })
    .to_string()
}

fn cms_text(cms: &[u8], form: CmsText) -> String {
    let base64 = STANDARD.encode(cms);
    match form {
        CmsText::Base64 => base64,
        CmsText::Pem => {
            let characters: Vec<char> = base64.chars().collect();
            let lines: Vec<String> =
                characters.chunks(PEM_LINE).map(|line| line.iter().collect()).collect();
            format!("-----BEGIN CMS-----\r\n{}\r\n-----END CMS-----\r\n", lines.join("\r\n"))
        }
    }
}

/// What the window says about a document that is no text.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Shown {
    /// Its text.
    Text(String),
    /// Its size in bytes.
    Bytes(usize),
}

impl Shown {
    pub(super) fn of(document: &[u8]) -> Self {
        match std::str::from_utf8(document) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(document.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(args: Value) -> String {
        json!({ "module": MODULE, "method": "sign", "args": args }).to_string()
    }

    fn request(args: Value) -> Result<SignRequest, Misunderstanding> {
        match read(&message(args))? {
            Message::Sign(request) => Ok(*request),
            Message::Heartbeat => panic!("not a heartbeat"),
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
            (request.filter.iin.as_deref(), request.locale.as_str()),
            (Some("000229500008"), "ru")
        );
    }

    #[test]
    fn several_documents_and_undecoded_ones_are_understood() {
        let several = request(json!({ "format": "cms", "data": ["QQ==", "Qg=="],
            "signingParams": { "decode": true } }))
        .unwrap();
        assert_eq!(several.documents, [b"A", b"B"]);
        let plain = request(json!({ "format": "cms", "data": "QQ==" })).unwrap();
        assert_eq!(plain.documents, [b"QQ=="]);
        assert!(!plain.attached);
    }

    #[test]
    fn what_is_not_understood_says_why() {
        for (args, expected) in [
            (json!({ "format": "xml", "data": "<a/>" }), Misunderstanding::Format),
            (json!({ "format": "cms" }), Misunderstanding::NotJson),
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
        assert_eq!(read("hello").unwrap_err(), Misunderstanding::NotJson);
        let other = json!({ "module": "kz.gov.pki.knca.commonUtils", "method": "getVersion" });
        assert_eq!(read(&other.to_string()).unwrap_err(), Misunderstanding::Module);
        let other = json!({ "module": MODULE, "method": "delete" });
        assert_eq!(read(&other.to_string()).unwrap_err(), Misunderstanding::Method);
    }

    #[test]
    fn answers_have_the_forms_recorded_from_the_program() {
        let usual = Behaviour { cms_text: CmsText::Base64, ..Behaviour::default() };
        let reply = |behaviour, certificate| -> Value {
            serde_json::from_str(&signed(&[vec![1, 2]], certificate, behaviour)).unwrap()
        };
        assert_eq!(reply(usual, None), json!({ "status": true, "body": { "result": ["AQI="] } }));
        let text = Behaviour { shape: ReplyShape::Text, ..usual };
        assert_eq!(reply(text, None)["body"]["result"], "AQI=");
        assert_eq!(
            reply(usual, Some(&[3][..]))["body"]["result"],
            json!({ "signatures": ["AQI="], "certificate": "Aw==" })
        );
        assert_eq!(cancelled(), r#"{"body":{},"status":true}"#);
        assert_eq!(version(usual), r#"{"result":{"version":"1.4"}}"#);
        let failure: Value = serde_json::from_str(&failure(&Misunderstanding::Module)).unwrap();
        assert_eq!(failure["code"], "INVOCATION_ERROR");
        assert_eq!(failure["status"], false);
    }

    #[test]
    fn pem_has_windows_line_ends_and_lines_of_sixty_four() {
        let text = cms_text(&[7; 100], CmsText::Pem);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], "-----BEGIN CMS-----");
        assert_eq!(lines[1].len(), 64);
        assert_eq!(lines[lines.len() - 2], "-----END CMS-----");
    }
}
