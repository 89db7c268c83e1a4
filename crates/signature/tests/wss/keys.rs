//! Whose signature counts: that of pinned certificates, in their time, carried whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signature::signing::SigningAlgorithm;
use signature::wss::{PinFault, Pinned, Soap, verify};

use crate::authorities::{NOW, Wish, days, gost_key, issue};
use crate::fixture::{
    MESSAGE, between, changed, gateway, gost_gateway, gost_holder, judged, pinned, refused, signed,
};
use crate::other_keys::{p256, rsa};

#[test]
fn several_pins_count_while_one_takes_the_others_place() {
    let (old, new, other) = (gateway(), gost_gateway(), gost_holder("other", (days(-1), days(1))));
    let pins = pinned(&[&old, &new]);
    for holder in [&old, &new] {
        let message = signed(holder, MESSAGE);
        let body = verify(message.as_bytes(), Soap::V1_1, &pins, NOW).unwrap();
        assert_eq!(body.certificate.fingerprint(), holder.certificate.fingerprint());
    }
    let message = signed(&other, MESSAGE);
    let reason = verify(message.as_bytes(), Soap::V1_1, &pins, NOW).unwrap_err();
    assert_eq!(reason.code(), "not_pinned");
}

#[test]
fn a_certificate_counts_from_its_first_second_to_its_last() {
    let holder = gost_holder("gateway", (days(-1), days(1)));
    let message = signed(&holder, MESSAGE);
    let at = |moment| {
        let judged = verify(message.as_bytes(), Soap::V1_1, &pinned(&[&holder]), moment);
        judged.map_or_else(|reason| reason.code(), |_| "good")
    };
    assert_eq!(at(days(-1).plus_seconds(-1)), "not_yet_valid");
    assert_eq!((at(days(-1)), at(NOW), at(days(1))), ("good", "good", "good"));
    assert_eq!(at(days(1).plus_seconds(1)), "expired");
}

/// The certificate of the pinned key, renewed: other bytes are another certificate.
#[test]
fn another_certificate_of_the_same_key_is_not_pinned() {
    let (holder, renewed) =
        (gost_holder("gateway", (days(-9), days(9))), gost_holder("gateway", (days(-8), days(9))));
    let message = signed(&renewed, MESSAGE);
    assert_eq!(refused(&holder, &message), "not_pinned");
}

/// The pinned certificate carried beside a stranger's signature.
#[test]
fn a_pinned_certificate_alone_proves_nothing() {
    let (holder, stranger) = (gost_gateway(), gost_holder("stranger", (days(-9), days(9))));
    let message = signed(&stranger, MESSAGE);
    let carried = |message: &str| between(message, "#X509v3\">", "</wsse:").to_owned();
    let own = carried(&signed(&holder, MESSAGE));
    let forged = changed(&message, &carried(&message), &own);
    assert_eq!(refused(&holder, &forged), "signature_mismatch");
}

#[test]
fn the_certificate_is_carried_in_the_one_agreed_form() {
    let holder = gateway();
    let good = signed(&holder, MESSAGE);
    let token = between(&good, "<wsse:SecurityTokenReference", "</wsse:SecurityTokenReference>");
    let identifier = between(&good, "<wsse:KeyIdentifier", "</wsse:KeyIdentifier>");
    let encoding = between(&good, " EncodingType=\"", "\" ");
    let value_type = between(&good, "ValueType=\"", "\">");
    let certificate = STANDARD.encode(holder.certificate.der());
    let data = format!(
        "<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"
    );
    let profile = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1";
    for (from, to) in [
        (token, String::new()),
        (token, data.clone()),
        (token, format!("{token}{data}")),
        (token, token.repeat(2)),
        (token, "<ds:KeyName>gateway</ds:KeyName>".to_owned()),
        (token, format!("text{token}")),
        (identifier, String::new()),
        (identifier, identifier.repeat(2)),
        (identifier, identifier.replace("wsse:KeyIdentifier", "wsse:Reference")),
        (identifier, identifier.replace("wsse:KeyIdentifier", "ds:KeyIdentifier")),
        (token, token.replace("SecurityTokenReference", "SecurityTokenReferences")),
        (identifier, data),
        (identifier, "<wsse:Reference URI=\"#token\"/>".to_owned()),
        (identifier, format!("<wsse:Embedded>{identifier}</wsse:Embedded>")),
        (value_type, ">".to_owned()),
        (value_type, format!("ValueType=\"{profile}#ThumbprintSHA1\">")),
        (encoding, " ".to_owned()),
        (encoding, changed(encoding, "#Base64Binary", "#HexBinary")),
        (&certificate, "?".to_owned()),
        (&certificate, "<x/>".to_owned()),
        (&certificate, "A".repeat(200_000)),
    ] {
        assert_eq!(refused(&holder, &changed(&good, from, &to)), "key_info_form", "{to:.300}");
    }
    assert_eq!(refused(&holder, &changed(&good, &certificate, "AAAA")), "not_pinned");
    let lines =
        certificate.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line) + "&#13;\n");
    let lines: String = lines.collect();
    assert!(judged(&holder, &changed(&good, &certificate, &lines)).is_ok());
}

#[test]
fn only_what_can_sign_messages_is_pinned() {
    assert_eq!(Pinned::new(Vec::new()).unwrap_err(), PinFault::None);
    let other = issue(Wish { iin: None, ..Wish::default() }, Box::new(p256()), None);
    assert_eq!(Pinned::new(vec![other.certificate]).unwrap_err(), PinFault::KeyKind);
    let authority = crate::authorities::authority("ТҮБІР", Box::new(gost_key("root")), None);
    assert_eq!(Pinned::new(vec![authority.certificate]).unwrap_err(), PinFault::NotForSigning);
    let wish = Wish { iin: None, ..Wish::default() };
    let long = issue(wish, Box::new(rsa(SigningAlgorithm::RsaSha512)), None);
    assert_eq!(pinned(&[&long]).certificates().len(), 1);
}

#[test]
fn pins_are_read_from_der_and_from_pem_with_several() {
    let (one, other) = (gateway(), gost_gateway());
    let pem = |der: &[u8]| der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, der);
    let both = [&one, &other].map(|holder| pem(holder.certificate.der()).unwrap()).concat();
    assert_eq!(Pinned::read(both.as_bytes()).unwrap().certificates().len(), 2);
    assert_eq!(Pinned::read(one.certificate.der()).unwrap().certificates().len(), 1);
    assert_eq!(Pinned::read(b"").unwrap_err(), PinFault::None);
    assert_eq!(Pinned::read(&[0x30, 0x80]).unwrap_err(), PinFault::Unreadable);
}
