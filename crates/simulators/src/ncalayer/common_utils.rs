//! The older module `kz.gov.pki.knca.commonUtils`: methods with their arguments by place, answers with a code.
//! Pure: text in, text out. Signing digests (`createCAdESFromBase64Hash`) is not spoken.

use serde_json::{Value, json};
use signature::x509::Certificate;

use super::protocol::{
    AnswerForm, Call, Format, KeyFilter, Message, Misunderstanding, SignRequest, decoded,
};

pub(super) const MODULE: &str = "kz.gov.pki.knca.commonUtils";
const USE_SIGNING: &str = "1.3.6.1.5.5.7.3.4";
const USE_AUTHENTICATION: &str = "1.3.6.1.5.5.7.3.2";

/// Reads a call of this module.
pub(super) fn read(call: &Call) -> Result<Message, Misunderstanding> {
    let arguments = Arguments(&call.args);
    match call.method.as_str() {
        "getActiveTokens" => Ok(Message::Tokens),
        "changeLocale" => {
            let locale = arguments.text(0, "changeLocale")?;
            Ok(Message::Locale(if locale == "kz" { "kk" } else { locale }.to_owned()))
        }
        "getKeyInfo" => {
            arguments.text(0, "getKeyInfo")?;
            let filter = KeyFilter::default();
            Ok(request(vec![], Format::Cms, false, filter, AnswerForm::LegacyKeyInfo))
        }
        "createCAdESFromBase64" => cms(&arguments, "createCAdESFromBase64"),
        "createCMSSignatureFromBase64" => cms(&arguments, "createCMSSignatureFromBase64"),
        "signXml" => {
            let xml = arguments.text(2, "signXml")?.as_bytes().to_vec();
            let filter = arguments.filter("signXml")?;
            Ok(request(vec![xml], Format::Xml, true, filter, AnswerForm::LegacyOne))
        }
        "signXmls" => {
            let documents = arguments.texts(2, "signXmls")?;
            let filter = arguments.filter("signXmls")?;
            Ok(request(documents, Format::Xml, true, filter, AnswerForm::LegacySeveral))
        }
        other => Err(Misunderstanding::Method(other.to_owned())),
    }
}

/// The second of these methods adds a time stamp in the program, which is not added here.
fn cms(arguments: &Arguments<'_>, method: &'static str) -> Result<Message, Misunderstanding> {
    let filter = arguments.filter(method)?;
    let document = decoded(arguments.text(2, method)?)?;
    let attached = arguments.flag(3, method)?;
    Ok(request(vec![document], Format::Cms, attached, filter, AnswerForm::LegacyOne))
}

fn request(
    documents: Vec<Vec<u8>>,
    format: Format,
    attached: bool,
    filter: KeyFilter,
    form: AnswerForm,
) -> Message {
    let with_certificate = form == AnswerForm::LegacyKeyInfo;
    let locale = None;
    let request =
        SignRequest { documents, format, attached, with_certificate, filter, locale, form };
    Message::Sign(Box::new(request))
}

/// Arguments by place; a wrong type is told as the program tells it.
struct Arguments<'a>(&'a Value);

impl<'a> Arguments<'a> {
    fn text(&self, place: usize, method: &'static str) -> Result<&'a str, Misunderstanding> {
        let found = self.0.get(place).and_then(Value::as_str);
        found.ok_or(Misunderstanding::Arguments(method))
    }

    fn flag(&self, place: usize, method: &'static str) -> Result<bool, Misunderstanding> {
        let found = self.0.get(place).and_then(Value::as_bool);
        found.ok_or(Misunderstanding::Arguments(method))
    }

    fn texts(&self, place: usize, method: &'static str) -> Result<Vec<Vec<u8>>, Misunderstanding> {
        let found = self.0.get(place).and_then(Value::as_array);
        let text = |one: &Value| one.as_str().map(|text| text.as_bytes().to_vec());
        let texts = found.and_then(|found| found.iter().map(text).collect::<Option<Vec<_>>>());
        texts.ok_or(Misunderstanding::Arguments(method))
    }

    /// Storage and key type, in that order; an unknown type is no limit, as was recorded.
    fn filter(&self, method: &'static str) -> Result<KeyFilter, Misunderstanding> {
        self.text(0, method)?;
        let usage = match self.text(1, method)? {
            "SIGNATURE" => Some(USE_SIGNING),
            "AUTHENTICATION" => Some(USE_AUTHENTICATION),
            _ => None,
        };
        let ext_key_usage_oids = usage.into_iter().map(str::to_owned).collect();
        Ok(KeyFilter { ext_key_usage_oids, iin: None })
    }
}

/// Done, with what was asked for.
pub(super) fn done(object: &Value) -> String {
    json!({ "code": "200", "responseObject": object }).to_string()
}

/// Done, with nothing to tell.
pub(super) fn obeyed() -> String {
    json!({ "code": "200" }).to_string()
}

/// The chosen key as the module describes it, as far as it is known here.
pub(super) fn key_info(certificate: &[u8]) -> String {
    let Ok(certificate) = Certificate::from_der(certificate) else {
        return failure(&Misunderstanding::Data);
    };
    let milliseconds = |moment: signature::Moment| (moment.0 * 1000).to_string();
    done(&json!({
        "alias": "",
        "subjectCn": certificate.names().common_name,
        "certNotBefore": milliseconds(certificate.not_before()),
        "certNotAfter": milliseconds(certificate.not_after()),
    }))
}

/// The person closed the window or pressed "Cancel".
pub(super) fn cancelled() -> String {
    json!({ "code": "500", "message": "action.canceled" }).to_string()
}

/// Something went wrong.
pub(super) fn failure(error: &dyn std::error::Error) -> String {
    json!({ "code": "500", "message": error.to_string() }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ncalayer::Behaviour;
    use crate::ncalayer::protocol;

    fn read(method: &str, args: Value) -> Result<Message, Misunderstanding> {
        let message = json!({ "module": MODULE, "method": method, "args": args }).to_string();
        protocol::read(&message, Behaviour::default()).map_err(|refusal| {
            assert_eq!(refusal.form, AnswerForm::LegacyOne);
            refusal.why
        })
    }

    fn sign(method: &str, args: Value) -> SignRequest {
        match read(method, args).unwrap() {
            Message::Sign(request) => *request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_method_is_read_by_the_places_of_its_arguments() {
        for method in ["createCAdESFromBase64", "createCMSSignatureFromBase64"] {
            let request = sign(method, json!(["PKCS12", "SIGNATURE", "QQ==", true]));
            assert_eq!((request.documents, request.attached), (vec![b"A".to_vec()], true));
            assert_eq!(request.filter.ext_key_usage_oids, [USE_SIGNING]);
        }
        let xml = sign("signXml", json!(["AKKaztokenStore", "AUTHENTICATION", "<a/>", "", ""]));
        assert_eq!((xml.format, xml.form), (Format::Xml, AnswerForm::LegacyOne));
        assert_eq!(xml.filter.ext_key_usage_oids, [USE_AUTHENTICATION]);
        let xmls = sign("signXmls", json!(["PKCS12", "123", ["<a/>", "<b/>"], "", ""]));
        assert_eq!((xmls.documents.len(), xmls.form), (2, AnswerForm::LegacySeveral));
        assert!(xmls.filter.ext_key_usage_oids.is_empty());
        assert_eq!(sign("getKeyInfo", json!(["PKCS12"])).form, AnswerForm::LegacyKeyInfo);
        assert!(matches!(read("getActiveTokens", Value::Null), Ok(Message::Tokens)));
        let Ok(Message::Locale(locale)) = read("changeLocale", json!(["kz"])) else { panic!() };
        assert_eq!(locale, "kk");
    }

    #[test]
    fn a_wrong_argument_is_told_in_the_programs_own_words() {
        for (method, args) in [
            ("getKeyInfo", json!([1])),
            ("changeLocale", json!([2])),
            ("createCAdESFromBase64", json!(["PKCS12", 123, "MTEK", false])),
            ("createCMSSignatureFromBase64", json!(["PKCS12", [7], "MTEK", false])),
            ("signXml", json!(["PKCS12", "123", 555, "", ""])),
            ("signXmls", json!(["PKCS12", "123", "<a/>", "", ""])),
        ] {
            let why = read(method, args).unwrap_err();
            let reply: Value = serde_json::from_str(&failure(&why)).unwrap();
            let words = format!(
                "java.lang.IllegalArgumentException: argument type mismatch. Method: {method}"
            );
            assert_eq!(reply, json!({ "code": "500", "message": words }));
        }
        assert_eq!(
            read("createCAdESFromBase64Hash", json!([])).unwrap_err(),
            Misunderstanding::Method("createCAdESFromBase64Hash".to_owned())
        );
    }
}
