//! What is wrong about a message, beside the published shapes, each with its reason; signed with the gateway's own key
//! wherever that could be.

use signature::xml::{Comments, Form};

use crate::authorities::Holder;
use crate::fixture::{
    ID, MESSAGE, SECURITY_UTILITY, between, changed, gateway, gost_gateway, judged, refused,
    resigned, resigned_as, resigned_over, signed,
};

fn good() -> (Holder, String) {
    let holder = gateway();
    let message = signed(&holder, MESSAGE);
    (holder, message)
}

#[test]
fn an_id_that_stands_twice_is_refused_whatever_its_attribute_is_called() {
    let (holder, good) = good();
    let utility = format!("xmlns:u=\"{SECURITY_UTILITY}\" u:Id");
    for name in [
        "Id",
        "ID",
        "id",
        "xml:id",
        "iD",
        &utility,
        "AssertionID",
        "xmlns:o=\"urn:o\" o:Id",
        "guid",
    ] {
        for value in [ID.to_owned(), format!(" {ID} ")] {
            let header = format!("<soap:Header><x {name}=\"{value}\"/>");
            let message = changed(&good, "<soap:Header>", &header);
            assert_eq!(refused(&holder, &message), "xml_duplicate_id", "{name}");
        }
    }
    // On the signature, on the Envelope, on the Body itself.
    for place in ["<ds:SignatureValue", "<soap:Envelope", "<soap:Body", "<wsse:Security "] {
        let message = changed(&good, place, &format!("{} xml:id=\"{ID}\" ", place.trim_end()));
        assert_eq!(refused(&holder, &message), "xml_duplicate_id", "{place}");
    }
}

/// A signature of the gateway's own, but not over the Body: the receiver must see that.
#[test]
fn a_genuine_signature_over_anything_but_the_body_is_refused() {
    let (holder, good) = good();
    let marked = |from: &str, to: &str| changed(&good, from, to);
    let part = |message: &str| refused(&holder, &resigned_over(&holder, message, "part"));
    for message in [
        marked("<sum>", "<sum Id=\"part\">"),
        marked("<ns:SendMessage ", "<ns:SendMessage Id=\"part\" "),
        marked("<soap:Header>", "<soap:Header><Timestamp Id=\"part\">1</Timestamp>"),
        marked("<soap:Header>", "<soap:Header><Body Id=\"part\"><sum>1</sum></Body>"),
        // The Body has a second Id that some take for one.
        marked("<soap:Body", "<soap:Body xml:id=\"part\""),
        marked("<soap:Body", "<soap:Body ID=\"part\""),
        marked("<soap:Body", "<soap:Body id=\"part\""),
    ] {
        assert_eq!(part(&message), "xml_wrong_reference", "{message}");
    }
    let uri = format!("URI=\"#{ID}\"");
    for other in ["", "body.xml", "#", "#xpointer(/)", "#xpointer(id('part'))", "cid:body", "#part"]
    {
        let message = resigned(&holder, &marked(&uri, &format!("URI=\"{other}\"")));
        assert_eq!(refused(&holder, &message), "xml_wrong_reference", "{other}");
    }
    let none = resigned(&holder, &marked(&format!(" {uri}"), ""));
    assert_eq!(refused(&holder, &none), "xml_wrong_reference");
    let message = good.replace(ID, "a b");
    assert_eq!(refused(&holder, &resigned_over(&holder, &message, "a b")), "xml_wrong_reference");
    let reference = between(&good, "<ds:Reference ", "</ds:Reference>");
    let two = resigned(&holder, &marked(reference, &[reference, reference].concat()));
    assert_eq!(refused(&holder, &two), "xml_wrong_reference");
}

/// The Body may have one Id under one of two names; a second one is another name for it to somebody.
#[test]
fn a_second_id_of_the_body_is_refused_even_where_it_is_signed() {
    let (holder, good) = good();
    for name in ["xml:id", "ID", "id", "guid", "Id"] {
        let message = changed(&good, "<soap:Body", &format!("<soap:Body {name}=\"second\""));
        let message = resigned_over(&holder, &message, ID);
        assert_eq!(refused(&holder, &message), "xml_wrong_reference", "{name}");
    }
}

#[test]
fn every_transform_but_the_exclusive_form_is_refused_though_the_key_is_the_gateways() {
    let (holder, good) = good();
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let transform = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\"/>");
    let transforms = between(&good, "<ds:Transforms>", "</ds:Transforms>");
    let extension =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0";
    for inside in [
        String::new(),
        transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        transform("http://www.w3.org/2006/12/xml-c14n11"),
        transform("http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
        transform("http://www.w3.org/2000/09/xmldsig#base64"),
        transform("http://www.w3.org/TR/1999/REC-xslt-19991116"),
        transform("http://www.w3.org/TR/1999/REC-xpath-19991116"),
        transform("http://www.w3.org/2002/06/xmldsig-filter2"),
        transform(&format!("{extension}#STR-Transform")),
        transform(exclusive).repeat(2),
        transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature") + &transform(exclusive),
        format!("<ds:Transform Algorithm=\"{exclusive}\"><x/></ds:Transform>"),
    ] {
        let message =
            changed(&good, transforms, &format!("<ds:Transforms>{inside}</ds:Transforms>"));
        let found = refused(&holder, &resigned(&holder, &message));
        assert_eq!(found, "xml_unsupported_transform", "{inside}");
    }
    let method = format!("<ds:CanonicalizationMethod Algorithm=\"{exclusive}");
    for (uri, form, comments) in [
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", Form::Inclusive, Comments::Left),
        (&*format!("{exclusive}WithComments"), Form::Exclusive(Vec::new()), Comments::Kept),
    ] {
        let other = format!("<ds:CanonicalizationMethod Algorithm=\"{uri}");
        let message = resigned_as(&holder, &changed(&good, &method, &other), form, comments);
        assert_eq!(refused(&holder, &message), "xml_unsupported_transform", "{uri}");
    }
}

/// Nobody has signed it yet when it is used, so it must not cost anything.
#[test]
fn a_list_of_prefixes_is_bounded() {
    let (holder, good) = good();
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let found = |name: &str, count: usize| {
        let prefixes: String = (0..count).map(|number| format!("n{number} ")).collect();
        let place = format!("<ds:{name} Algorithm=\"{exclusive}\">");
        let list = format!(
            "{place}<e:InclusiveNamespaces xmlns:e=\"{exclusive}\" PrefixList=\"{prefixes}\"/>"
        );
        refused(&holder, &changed(&good, &place, &list))
    };
    for name in ["Transform", "CanonicalizationMethod"] {
        assert_eq!(found(name, 64), "signature_mismatch", "{name}");
        assert_eq!(found(name, 65), "xml_unsupported_transform", "{name}");
        assert_eq!(found(name, 100_000), "xml_unsupported_transform", "{name}");
    }
}

#[test]
fn every_algorithm_that_is_not_on_the_list_is_refused() {
    let (holder, good) = good();
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    let old = "http://www.w3.org/2000/09/xmldsig#";
    let national = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:";
    let method = format!("\"{more}rsa-sha256\"");
    let digest = "\"http://www.w3.org/2001/04/xmlenc#sha256\"";
    for (from, to, expected) in [
        (&*method, format!("{old}rsa-sha1"), "unsupported_algorithm"),
        (&method, format!("{old}hmac-sha1"), "unsupported_algorithm"),
        (&method, format!("{more}hmac-sha256"), "unsupported_algorithm"),
        (&method, format!("{more}rsa-sha512"), "unsupported_algorithm"),
        (&method, format!("{more}rsa-md5"), "unsupported_algorithm"),
        (&method, format!("{more}ecdsa-sha256"), "unsupported_algorithm"),
        (&method, format!("{more}gost34310-gost34311"), "old_gost_2004"),
        // The other kind's method: the certificate says which kind its key is.
        (&method, format!("{national}gostr34102015-gostr34112015-512"), "unsupported_algorithm"),
        (digest, format!("{old}sha1"), "unsupported_algorithm"),
        (digest, format!("{more}md5"), "unsupported_algorithm"),
        (digest, format!("{more}gost34311"), "old_gost_2004"),
        (digest, format!("{national}gostr34112015-512"), "unsupported_algorithm"),
    ] {
        let message = changed(&good, from, &format!("\"{to}\""));
        assert_eq!(refused(&holder, &resigned(&holder, &message)), expected, "{to}");
    }
}

/// Document types, entities and instructions, in whatever place a parser might take them.
#[test]
fn entities_and_bombs_are_refused_before_anything_is_read() {
    let (holder, good) = good();
    let typed = |inside: &str| {
        changed(
            &good,
            "<soap:Envelope ",
            &format!("<!DOCTYPE soap:Envelope {inside}><soap:Envelope "),
        )
        .replace("1234", "&e;")
    };
    let laughs =
        (1..10).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10)));
    for message in [
        typed(""),
        typed("[<!ENTITY e \"1234\">]"),
        typed("[<!ENTITY e SYSTEM \"file:///etc/passwd\">]"),
        typed("[<!ENTITY e SYSTEM \"http://127.0.0.1/\">]"),
        typed("[<!ENTITY % p SYSTEM \"http://127.0.0.1/x.dtd\"> %p;]"),
        typed("SYSTEM \"http://127.0.0.1/x.dtd\""),
        typed("PUBLIC \"x\" \"http://127.0.0.1/x.dtd\""),
        typed(&format!("[<!ENTITY e0 \"ha\">{}]", laughs.collect::<String>())),
        typed("[<!ATTLIST soap:Body Id ID #FIXED \"x\">]"),
        changed(&good, "1234", "&e;"),
        changed(&good, "<soap:Header>", &format!("<soap:Header>{}", "<a>".repeat(100_000))),
        changed(
            &good,
            "<sum>",
            &format!("<sum{}>", (0..300).map(|n| format!(" a{n}=\"1\"")).collect::<String>()),
        ),
        changed(
            &good,
            "<sum>",
            &format!(
                "<sum{}>",
                (0..100).map(|n| format!(" xmlns:a{n}=\"u:1\"")).collect::<String>()
            ),
        ),
        changed(&good, "</soap:Header>", &format!("{}</soap:Header>", "<a/>".repeat(60_000))),
        changed(&good, "encoding=\"UTF-8\"", "encoding=\"UTF-16\""),
    ] {
        assert_eq!(refused(&holder, &message), "xml_malformed", "{}", &message[..200]);
    }
    let large = changed(&good, "1234", &"1".repeat(1_100_000));
    assert_eq!(refused(&holder, &large), "too_large");
}

/// Exclusive canonical form leaves comments out: `12<!-- -->34` has the digest of `1234`, and some read `12`.
#[test]
fn comments_and_instructions_are_refused_wherever_they_are() {
    let (holder, good) = good();
    for place in
        ["<sum>", "1234", "<soap:Body ", "<ds:SignedInfo>", "<ds:KeyInfo>", "<soap:Header>"]
    {
        let with = |what: &str| refused(&holder, &changed(&good, place, &format!("{what}{place}")));
        assert_eq!(with("<!-- -->"), "xml_comment", "{place}");
        assert_eq!(with("<?x y?>"), "processing_instruction", "{place}");
    }
    assert_eq!(refused(&holder, &format!("{good}<?x?>")), "processing_instruction");
    assert_eq!(refused(&holder, &changed(&good, "1234", "12<!-- -->34")), "xml_comment");
    // Outside of the Envelope a comment is nobody's.
    assert!(judged(&holder, &format!("{good}<!-- -->")).is_ok());
}

#[test]
fn the_header_security_stands_once_in_its_place_for_us_and_holds_the_signature_alone() {
    let (holder, good) = good();
    let security = between(&good, "<wsse:Security ", "</wsse:Security>");
    let signature = between(&good, "<ds:Signature ", "</ds:Signature>");
    let empty = "<wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\"/>";
    let of = |from: &str, to: &str| refused(&holder, &changed(&good, from, to));
    let role = " xmlns:n=\"http://www.w3.org/2003/05/soap-envelope\" n:role=\"urn:x\" soap:must";
    for (from, to, expected) in [
        (security, "", "security_missing"),
        (security, &*[security, empty].concat(), "several_security_headers"),
        (security, &[empty, security].concat(), "several_security_headers"),
        ("</soap:Envelope>", &format!("{security}</soap:Envelope>"), "envelope_form"),
        ("<sum>", &format!("{empty}<sum>"), "several_security_headers"),
        (security, &format!("<x>{security}</x>"), "security_elsewhere"),
        (
            " soap:must",
            " soap:actor=\"http://schemas.xmlsoap.org/soap/actor/next\" soap:must",
            "other_actor",
        ),
        (" soap:must", " actor=\"\" soap:must", "other_actor"),
        (" soap:must", role, "other_actor"),
        (signature, &format!("text{signature}"), "security_form"),
        (signature, &format!("{signature}<wsse:BinarySecurityToken/>"), "security_form"),
        (
            signature,
            &format!("<Timestamp xmlns=\"{SECURITY_UTILITY}\"/>{signature}"),
            "security_form",
        ),
        (signature, &format!("<x>{signature}</x>"), "xml_signature_missing"),
        (
            security,
            &[&changed(security, signature, ""), signature].concat(),
            "xml_signature_missing",
        ),
    ] {
        assert_eq!(of(from, to), expected, "{to}");
    }
    // In no namespace, or another, it is no Security.
    let message = good.replace("wssecurity-secext-1.0", "wssecurity-secext-1.1");
    assert_eq!(refused(&holder, &message), "security_missing");
}

/// Signed data in the Body goes as text, as the gateway's services send it: a second Signature is refused wherever it is.
#[test]
fn a_second_signature_is_refused_even_signed_within_the_body() {
    let (holder, good) = good();
    let signature = between(&good, "<ds:Signature ", "</ds:Signature>").to_owned();
    let inside = changed(&good, "</sum>", &format!("{signature}</sum>"));
    assert_eq!(refused(&holder, &inside), "xml_several_signatures");
    let inner = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>";
    let message = changed(&good, "1234", inner);
    assert_eq!(refused(&holder, &resigned_over(&holder, &message, ID)), "xml_several_signatures");
}

#[test]
fn parts_beside_header_and_body_are_refused() {
    let (holder, good) = good();
    let header = between(&good, "<soap:Header>", "</soap:Header>");
    let body = between(&good, "<soap:Body", "</soap:Body>");
    let of = |from: &str, to: &str| refused(&holder, &changed(&good, from, to));
    let without_header = changed(&changed(&good, header, ""), body, &format!("{body}{header}"));
    assert_eq!(refused(&holder, &without_header), "envelope_form");
    for (from, to) in [
        (body, String::new()),
        (body, format!("{body}<more/>")),
        (body, format!("text{body}")),
        (header, format!("<more/>{header}")),
        (header, header.replace("soap:Header", "header")),
        (header, format!("{header}<soap:Header/>")),
    ] {
        assert_eq!(of(from, &to), "envelope_form", "{to}");
    }
    let wrapped = format!("<x>{}</x>", &good[good.find("<soap:Env").unwrap()..]);
    assert_eq!(refused(&holder, &wrapped), "not_an_envelope");
    let renamed = good.replace("schemas.xmlsoap.org/soap/envelope/", "example.kz/soap/");
    assert_eq!(refused(&holder, &renamed), "not_an_envelope");
}

/// Two prefixes of one namespace: XML itself forbids the same attribute twice, also under two prefixes.
#[test]
fn an_id_under_two_prefixes_is_no_xml() {
    let (holder, good) = good();
    let twice = format!("<soap:Body xmlns:u=\"{SECURITY_UTILITY}\" u:Id=\"other\"");
    assert_eq!(refused(&holder, &changed(&good, "<soap:Body", &twice)), "xml_malformed");
}

/// What is right with one kind of key is right with the other: the same faults, the same answers.
#[test]
fn messages_signed_with_gost_are_refused_for_the_same_faults() {
    let holder = gost_gateway();
    let good = signed(&holder, MESSAGE);
    let reason = |from: &str, to: &str| refused(&holder, &changed(&good, from, to));
    assert_eq!(reason("1234", "9999"), "digest_mismatch");
    assert_eq!(reason("<ds:SignedInfo>", "<ds:SignedInfo> "), "signature_mismatch");
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let digest = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34112015-512\"/>";
    let message = resigned(&holder, &changed(&good, digest, &format!("{sha256}\"/>")));
    assert_eq!(refused(&holder, &message), "unsupported_algorithm");
}
