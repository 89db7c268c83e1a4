//! NCALayer's messages: what a page asks and how it is answered, whichever module it speaks to. Pure: text in, text out.
//!
//! Read next: `basics.rs` for the module of today, `common_utils.rs` for the older one. Time stamps (`tsaProfile`) are
//! not added: the demo's people have no time-stamping authority.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::behaviour::{Behaviour, CmsText, Fault};
use super::{basics, common_utils};

/// What a page sends to learn whether the program is still there.
const HEARTBEAT: &str = "--heartbeat--";
/// Base64 characters in a line of PEM.
const PEM_LINE: usize = 64;
const XML_DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#;

/// What a page wants.
#[derive(Debug)]
pub(super) enum Message {
    /// To hear the version again.
    Heartbeat,
    /// A signature, or a look at a key.
    Sign(Box<SignRequest>),
    /// To know which devices are plugged in.
    Tokens,
    /// Another language of the windows.
    Locale(String),
}

/// A request a person answers.
#[derive(Debug)]
pub(super) struct SignRequest {
    /// What to sign, one signature each; nothing where only a key is to be chosen.
    pub(super) documents: Vec<Vec<u8>>,
    /// Kind of the signatures.
    pub(super) format: Format,
    /// Whether a CMS carries what it signs.
    pub(super) attached: bool,
    /// Whether the certificate is wanted.
    pub(super) with_certificate: bool,
    /// Which keys may be chosen.
    pub(super) filter: KeyFilter,
    /// Language of the window: `kk`, `ru` or `en`; where none is asked for, the one chosen before.
    pub(super) locale: Option<String>,
    /// How it is answered.
    pub(super) form: AnswerForm,
}

/// Kind of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Cms,
    Xml,
}

/// Form of the answers of one module, and in the older one of one method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerForm {
    Basics,
    LegacyOne,
    LegacySeveral,
    LegacyKeyInfo,
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misunderstanding {
    #[error("org.json.JSONException: the message is not JSON of the known form")]
    NotJson,
    #[error("there is no such module: {0}")]
    Module(String),
    #[error("there is no such method: {0}")]
    Method(String),
    #[error("the format is not supported")]
    Format,
    #[error("the data are neither Base64 nor a list of it")]
    Data,
    #[error("digests are not signed here")]
    Digested,
    #[error("java.lang.IllegalArgumentException: argument type mismatch. Method: {0}")]
    Arguments(&'static str),
}

/// An error with the form in which its module tells it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) form: AnswerForm,
    pub(super) why: Misunderstanding,
}

#[derive(Deserialize)]
pub(super) struct Call {
    module: String,
    pub(super) method: String,
    #[serde(default)]
    pub(super) args: Value,
}

/// Reads a text frame.
pub(super) fn read(text: &str, behaviour: Behaviour) -> Result<Message, Refusal> {
    if text == HEARTBEAT {
        return Ok(Message::Heartbeat);
    }
    let refusal = |form| move |why| Refusal { form, why };
    let call: Call = serde_json::from_str(text)
        .map_err(|_| refusal(AnswerForm::Basics)(Misunderstanding::NotJson))?;
    let none = behaviour.is(Fault::NoModules);
    match call.module.as_str() {
        basics::MODULE if !none && !behaviour.is(Fault::NoBasics) => {
            basics::read(call).map_err(refusal(AnswerForm::Basics))
        }
        common_utils::MODULE if !none => {
            common_utils::read(&call).map_err(refusal(AnswerForm::LegacyOne))
        }
        _ => Err(refusal(AnswerForm::Basics)(Misunderstanding::Module(call.module))),
    }
}

/// The greeting, and the answer to a heartbeat.
pub(super) fn version(behaviour: Behaviour) -> String {
    let version = if behaviour.is(Fault::OldVersion) { "1.1" } else { "1.4" };
    json!({ "result": { "version": version } }).to_string()
}

/// Signatures made, and the certificate where it was asked for.
pub(super) fn signed(
    request: &SignRequest,
    signatures: &[Vec<u8>],
    certificate: Option<&[u8]>,
    behaviour: Behaviour,
) -> String {
    let text = |signature: &Vec<u8>| match request.format {
        Format::Cms => cms_text(signature, behaviour.cms_text),
        Format::Xml => xml_text(signature),
    };
    let texts: Vec<String> = signatures.iter().map(text).collect();
    match request.form {
        AnswerForm::Basics => basics::signed(&texts, certificate, behaviour.shape),
        AnswerForm::LegacyOne => common_utils::done(&json!(texts.first())),
        AnswerForm::LegacySeveral => common_utils::done(&json!(texts)),
        AnswerForm::LegacyKeyInfo => common_utils::key_info(certificate.unwrap_or_default()),
    }
}

/// The person closed the window or pressed "Cancel".
pub(super) fn cancelled(form: AnswerForm) -> String {
    if form == AnswerForm::Basics { basics::cancelled() } else { common_utils::cancelled() }
}

/// Something went wrong.
pub(super) fn failure(form: AnswerForm, error: &dyn std::error::Error) -> String {
    if form == AnswerForm::Basics { basics::failure(error) } else { common_utils::failure(error) }
}

/// A message of the page that was not understood.
pub(super) fn refused(refusal: &Refusal) -> String {
    failure(refusal.form, &refusal.why)
}

pub(super) fn decoded(text: &str) -> Result<Vec<u8>, Misunderstanding> {
    STANDARD.decode(text).map_err(|_| Misunderstanding::Data)
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

/// The program writes a declaration, whether there was one before or not.
fn xml_text(signed: &[u8]) -> String {
    let text = String::from_utf8_lossy(signed);
    if text.starts_with("<?xml") { text.into_owned() } else { format!("{XML_DECLARATION}{text}") }
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

    #[test]
    fn pem_has_windows_line_ends_and_lines_of_sixty_four() {
        let text = cms_text(&[7; 100], CmsText::Pem);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], "-----BEGIN CMS-----");
        assert_eq!(lines[1].len(), 64);
        assert_eq!(lines[lines.len() - 2], "-----END CMS-----");
    }

    #[test]
    fn a_module_that_is_not_there_is_named_in_the_error() {
        let sign = json!({ "module": basics::MODULE, "method": "sign", "args": { "format": "cms", "data": "" } });
        let tokens = json!({ "module": common_utils::MODULE, "method": "getActiveTokens" });
        let foreign = json!({ "module": "kz.digiflow.mobile.extensions", "method": "getVersion" });
        let missing = |message: &Value, behaviour| {
            let refusal = read(&message.to_string(), behaviour).err()?;
            matches!(refusal.why, Misunderstanding::Module(_)).then(|| refused(&refusal))
        };
        assert!(missing(&sign, Behaviour::default()).is_none());
        assert!(missing(&foreign, Behaviour::default()).unwrap().contains("no such module"));
        let old = Behaviour::failing(Fault::NoBasics);
        assert!(missing(&sign, old).unwrap().contains(basics::MODULE));
        assert!(missing(&tokens, old).is_none());
        assert!(missing(&tokens, Behaviour::failing(Fault::NoModules)).is_some());
    }
}
