//! Messages as the gateway sends them, and whose they are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use signature::Moment;
use signature::signing::{SigningAlgorithm, SigningError};
use signature::wss::{Pinned, Reason, SignError, SignedBody, Soap, sign_body, verify};
use signature::xml::{Canonicalization, Comments, Form, Part, canonical_form};

use crate::authorities::{Holder, NOW, Wish, days, gost_key, issue};
use crate::other_keys::rsa;

pub const ID: &str = "id-6f7c0a52-3d5e-4e0a-9a35-0d7a4c0a2b11";
pub const SECURITY_UTILITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub const MESSAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
    <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:x=\"urn:unused\">\
    <soap:Header/><soap:Body><ns:SendMessage xmlns:ns=\"http://bip.bee.kz/SyncChannel/v10/Types\">\
    <request xmlns=\"\"><sum>1234</sum></request></ns:SendMessage></soap:Body></soap:Envelope>";

/// The gateway, with a key of either kind: its certificate is pinned, so it may be its own issuer.
pub fn gateway() -> Holder {
    let wish = Wish { name: "SHEP", iin: None, ..Wish::default() };
    issue(wish, Box::new(rsa(SigningAlgorithm::RsaSha256)), None)
}

pub fn gost_gateway() -> Holder {
    gost_holder("gateway", (days(-100), days(265)))
}

pub fn gost_holder(key: &str, term: (Moment, Moment)) -> Holder {
    let wish = Wish { name: "SHEP", iin: None, term, ..Wish::default() };
    issue(wish, Box::new(gost_key(key)), None)
}

pub fn pinned(holders: &[&Holder]) -> Pinned {
    Pinned::new(holders.iter().map(|one| one.certificate.clone()).collect()).unwrap()
}

pub fn try_signed(holder: &Holder, message: &str) -> Result<String, SignError<SigningError>> {
    let signed = sign_body(message, ID, &holder.certificate, &|bytes| holder.key.sign(bytes))?;
    Ok(String::from_utf8(signed).unwrap())
}

pub fn signed(holder: &Holder, message: &str) -> String {
    try_signed(holder, message).unwrap()
}

pub fn judged(holder: &Holder, message: &str) -> Result<SignedBody, Reason> {
    verify(message.as_bytes(), Soap::V1_1, &pinned(&[holder]), NOW)
}

/// The code of the reason a message is refused for.
pub fn refused(holder: &Holder, message: &str) -> &'static str {
    match judged(holder, message) {
        Err(reason) => reason.code(),
        Ok(body) => panic!("accepted: {}", String::from_utf8_lossy(&body.canonical)),
    }
}

/// One place of a text put into other words.
pub fn changed(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from} does not stand once in {text}");
    text.replace(from, to)
}

/// What stands between two marks, marks included; the first of it.
pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from} in {text}"));
    let end = text[start..].find(to).unwrap() + start + to.len();
    &text[start..end]
}

/// Signed anew after its SignedInfo was changed: whoever holds the key can sign anything.
pub fn resigned(holder: &Holder, message: &str) -> String {
    resigned_as(holder, message, Form::Exclusive(Vec::new()), Comments::Left)
}

pub fn resigned_as(holder: &Holder, message: &str, form: Form, comments: Comments) -> String {
    let info = between(message, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let declared = "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">";
    let alone = info.replace("<ds:SignedInfo>", declared);
    let how = Canonicalization { form, comments };
    let bytes = canonical_form(alone.as_bytes(), Part::Whole, &how).unwrap();
    let value = STANDARD.encode(holder.key.sign(&bytes).unwrap());
    let old = between(message, "<ds:SignatureValue>", "</ds:SignatureValue>");
    changed(message, old, &format!("<ds:SignatureValue>{value}</ds:SignatureValue>"))
}

/// With the digest of the element that has this Id, and signed anew.
pub fn resigned_over(holder: &Holder, message: &str, id: &str) -> String {
    let how = Canonicalization { form: Form::Exclusive(Vec::new()), comments: Comments::Left };
    let bytes = canonical_form(message.as_bytes(), Part::Element(id), &how).unwrap();
    let old = between(message, "<ds:DigestValue>", "</ds:DigestValue>");
    let digest = sha256(&bytes);
    let message = changed(message, old, &format!("<ds:DigestValue>{digest}</ds:DigestValue>"));
    let old = between(&message, "<ds:Reference URI=", ">").to_owned();
    resigned(holder, &changed(&message, &old, &format!("<ds:Reference URI=\"#{id}\">")))
}

/// SHA-256, base64.
pub fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}
