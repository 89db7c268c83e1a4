//! Every reason an XML signature alone can fail for, each reached by a document that differs from a good one in one
//! thing. Knows no test; `shapes.rs` and the table of all reasons use it.

use std::sync::LazyLock;

use signature::Reason;
use signature::Verdict;
use signature::cms::{Policy, Purpose, Signer};
use signature::signing::{XmlOrder, sign_xml};
use signature::trust::TrustStore;
use signature::xml::{Canonicalization, Comments, Content, Form, Part, verify};

use crate::authorities::{Authorities, Holder, NOW};

/// Everybody's authorities are the same, so whom one trusts is worked out once.
pub static TRUST: LazyLock<TrustStore> = LazyLock::new(|| Authorities::new().trust());

pub const DOCUMENT: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
pub const TEXT: &str =
    "<request xmlns=\"urn:anyqtama:request\"><iin>1234</iin><sum>56</sum></request>";

pub fn form(form: Form, comments: Comments) -> Canonicalization {
    Canonicalization { form, comments }
}

/// As NCALayer signs.
pub fn signed(holder: &Holder, text: &str) -> String {
    signed_part(holder, text, Part::Whole)
}

pub fn signed_part(holder: &Holder, text: &str, part: Part<'_>) -> String {
    let order = XmlOrder {
        document: text.as_bytes(),
        part,
        content: form(Form::Inclusive, Comments::Kept),
        signed_info: form(Form::Inclusive, Comments::Left),
    };
    let signed = sign_xml(&order, &holder.certificate, &*holder.key).unwrap();
    String::from_utf8(signed).unwrap()
}

/// One place of a text put into other words.
pub fn changed(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from} does not stand once in {text}");
    text.replace(from, to)
}

/// What stands between two marks, marks included.
pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap();
    let end = text[start..].find(to).unwrap() + start + to.len();
    &text[start..end]
}

/// The element Signature of a signed document.
pub fn signature_of(text: &str) -> &str {
    between(text, "<ds:Signature ", "</ds:Signature>")
}

pub fn judged(text: &str, content: Content<'_>) -> Verdict {
    verify(text.as_bytes(), content, DOCUMENT, &TRUST, NOW)
}

pub fn reason(text: &str) -> Reason {
    reason_of(judged(text, Content::AnyDocument))
}

pub fn reason_of(verdict: Verdict) -> Reason {
    match verdict {
        Verdict::Invalid(reason) => reason,
        other => panic!("{other:?}"),
    }
}

/// Reasons of XML alone: which is expected and which is found.
pub fn faults_of_xml(authorities: &Authorities) -> Vec<(Reason, Reason)> {
    let person = authorities.person();
    let good = signed(&person, TEXT);
    let signature = signature_of(&good);
    let twice = changed(&good, "</request>", &format!("{signature}</request>"));
    let object = changed(&good, "</ds:Signature>", "<ds:Object>1</ds:Object></ds:Signature>");
    let xpath = changed(
        &good,
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
    );
    let part = "<a><b Id=\"x\">1</b></a>";
    let part = signed_part(&person, part, Part::Element("x"));
    let two_ids = changed(&part, "</b>", "</b><c Id=\"x\"/>");
    let child = Content::Child { namespace: "", name: "b" };
    vec![
        (Reason::XmlMalformed, reason("<a><b></a>")),
        (Reason::XmlSignatureMissing, reason(TEXT)),
        (Reason::XmlSeveralSignatures, reason(&twice)),
        (Reason::XmlSignatureForm, reason(&object)),
        (Reason::XmlUnsupportedTransform, reason(&xpath)),
        (Reason::XmlWrongReference, reason(&changed(&good, "URI=\"\"", "URI=\"a.xml\""))),
        (Reason::XmlDuplicateId, reason_of(judged(&two_ids, child))),
        (Reason::XmlComment, reason(&changed(&good, "1234", "12<!-- -->34"))),
    ]
}
