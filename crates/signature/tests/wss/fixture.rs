//! Messages as the gateway sends them, and whose they are.

use signature::Moment;
use signature::signing::{SigningAlgorithm, SigningError};
use signature::wss::{Pinned, Reason, SignError, SignedBody, Soap, sign_body, verify};

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
