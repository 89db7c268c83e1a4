//! Every reason a message can be refused for, each reached by a message that differs from a good one in one thing. Knows
//! no test; `catalogue.rs` holds the page about reasons to it.

use signature::wss::{Soap, verify};

use crate::authorities::{Holder, NOW, days};
use crate::fixture::{
    ID, MESSAGE, between, changed, gateway, gost_gateway, gost_holder, pinned, refused, resigned,
    resigned_over, signed,
};

/// The code that is expected, and the one that is found.
pub type Faults = Vec<(&'static str, &'static str)>;

/// Each code at least once.
pub fn all() -> Faults {
    let holder = gateway();
    let good = signed(&holder, MESSAGE);
    [of_envelopes(&holder, &good), of_xml(&holder, &good), of_signatures(&holder, &good)].concat()
}

fn of_envelopes(holder: &Holder, good: &str) -> Faults {
    let of = |from: &str, to: &str| refused(holder, &changed(good, from, to));
    let security = between(good, "<wsse:Security ", "</wsse:Security>");
    let token = "<wsse:UsernameToken/></wsse:Security>";
    vec![
        ("not_an_envelope", refused(holder, "<soap xmlns=\"urn:x\"/>")),
        ("envelope_form", of("</soap:Body>", "</soap:Body><more/>")),
        ("part_elsewhere", of("<sum>", "<soap:Body/><sum>")),
        ("processing_instruction", of("<sum>", "<?x?><sum>")),
        ("security_missing", refused(holder, MESSAGE)),
        ("several_security_headers", of(security, &[security, security].concat())),
        ("security_elsewhere", of(security, &format!("<x>{security}</x>"))),
        ("other_actor", of(" soap:mustUnderstand", " soap:actor=\"urn:x\" soap:mustUnderstand")),
        ("security_form", of("</wsse:Security>", token)),
        ("key_info_form", of("#X509v3", "#X509SubjectKeyIdentifier")),
        ("not_pinned", refused(&gost_gateway(), good)),
    ]
}

fn of_xml(holder: &Holder, good: &str) -> Faults {
    let of = |from: &str, to: &str| refused(holder, &changed(good, from, to));
    let signature = between(good, "<ds:Signature ", "</ds:Signature>");
    let value = "<ds:SignatureValue>";
    vec![
        ("empty", refused(holder, " ")),
        ("too_large", refused(holder, &format!("<a>{}</a>", "x".repeat(1_100_000)))),
        ("xml_malformed", of("<soap:Header>", "<soap:Header")),
        ("xml_comment", of("1234", "12<!-- -->34")),
        ("xml_signature_missing", of(signature, "")),
        ("xml_several_signatures", of(signature, &[signature, signature].concat())),
        ("xml_signature_form", of(value, &format!("<ds:Object/>{value}"))),
        ("xml_duplicate_id", of("<sum>", &format!("<sum Id=\"{ID}\">"))),
    ]
}

fn of_signatures(holder: &Holder, good: &str) -> Faults {
    let of = |from: &str, to: &str| resigned(holder, &changed(good, from, to));
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    let transform = "Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#";
    let with_comments = format!("{transform}WithComments");
    let part = changed(good, "<sum>", "<sum Id=\"part\">");
    let at = |term| {
        let holder = gost_holder("gateway", term);
        let message = signed(&holder, MESSAGE);
        verify(message.as_bytes(), Soap::V1_1, &pinned(&[&holder]), NOW).unwrap_err().code()
    };
    let old = format!("{more}gost34310-gost34311");
    let info = "<ds:SignedInfo>";
    let sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    vec![
        ("xml_wrong_reference", refused(holder, &resigned_over(holder, &part, "part"))),
        ("xml_unsupported_transform", refused(holder, &of(transform, &with_comments))),
        ("old_gost_2004", refused(holder, &of(&format!("{more}rsa-sha256"), &old))),
        ("unsupported_algorithm", refused(holder, &of(&format!("{more}rsa-sha256"), sha1))),
        ("digest_mismatch", refused(holder, &changed(good, "1234", "9999"))),
        ("signature_mismatch", refused(holder, &changed(good, info, &format!("{info} ")))),
        ("not_yet_valid", at((days(1), days(2)))),
        ("expired", at((days(-2), days(-1)))),
    ]
}
