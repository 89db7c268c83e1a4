//! Messages as gateways really write them: other prefixes, other white space, an Id without namespace, prefixes named in
//! the canonical form; and what whoever reads on is given.

use signature::wss::Soap;
use signature::xml::{Canonicalization, Comments, Form, Part, canonical_form};

use crate::fixture::{
    ID, MESSAGE, SECURITY_UTILITY, between, changed, gateway, gost_gateway, judged, refused,
    resigned, resigned_as, resigned_over, sha256, signed,
};

/// As the Java library of the sample server writes: two prefixes for one namespace, every part of the signature on a line
/// of its own, base64 in lines, the content as text.
#[test]
fn a_message_as_java_writes_it_is_taken() {
    for holder in [gateway(), gost_gateway()] {
        let content = "<data xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
            xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">\
            &lt;?xml version=\"1.0\"?&gt;&lt;a&gt;1 &amp;amp; 2&lt;/a&gt;</data>";
        let namespace = Soap::V1_1.namespace();
        let message = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><S:Envelope xmlns:S=\"{namespace}\" \
            xmlns:SOAP-ENV=\"{namespace}\"><SOAP-ENV:Header/><S:Body>{content}</S:Body></S:Envelope>"
        );
        let message = signed(&holder, &message);
        let signature = between(&message, "<ds:Signature ", "</ds:Signature>");
        let lines = signature.replace("><", ">\n<").replace("Value>\n", "Value>");
        let message = changed(&message, signature, &lines).replace("Value></", "Value>\n</");
        let message = resigned(&holder, &message);
        assert!(message.contains("<ds:SignedInfo>\n<ds:Canon"));
        let body = String::from_utf8(judged(&holder, &message).unwrap().canonical).unwrap();
        assert!(body.starts_with("<S:Body xmlns:S=") && body.contains("&lt;a&gt;1 &amp;amp; 2"));
    }
}

#[test]
fn the_bodys_id_may_be_in_no_namespace() {
    let holder = gateway();
    let good = signed(&holder, MESSAGE);
    let id = between(&good, " xmlns:wsu=", ID);
    let plain = changed(&good, &format!("{id}\""), &format!(" Id=\"{ID}\""));
    assert!(!plain.contains(SECURITY_UTILITY));
    let body = judged(&holder, &resigned_over(&holder, &plain, ID)).unwrap();
    assert!(String::from_utf8(body.canonical).unwrap().contains(&format!(" Id=\"{ID}\"")));
}

/// Apache WSS4J names the prefixes known around (`soap`, and more) in both places.
#[test]
fn prefixes_may_be_named_and_are_then_part_of_what_is_signed() {
    let holder = gateway();
    let good = signed(&holder, MESSAGE);
    let exclusive = "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:";
    let list =
        "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=";
    let with = |message: &str, name: &str, prefixes: &str| {
        let from = format!("{name} {exclusive}");
        let to =
            format!("{name} {}>{list}\"{prefixes}\"/></ds:", exclusive.trim_end_matches("></ds:"));
        changed(message, &from, &to)
    };
    // Of SignedInfo `ds` is in use anyway, so nothing changes but that it is named.
    let message = with(&good, "CanonicalizationMethod", "ds");
    let message =
        resigned_as(&holder, &message, Form::Exclusive(vec!["ds".into()]), Comments::Left);
    assert!(judged(&holder, &message).is_ok());
    let named = with(&good, "Transform", "x nobody #default");
    let (digest, value) = ("<ds:DigestValue>", "</ds:DigestValue>");
    let form = Canonicalization {
        form: Form::Exclusive(vec!["x".into(), "nobody".into(), String::new()]),
        comments: Comments::Left,
    };
    let part = Part::Element(ID);
    let bytes = canonical_form(named.as_bytes(), part, &form).unwrap();
    let new = format!("{digest}{}{value}", sha256(&bytes));
    let message = resigned(&holder, &changed(&named, between(&named, digest, value), &new));
    let body = String::from_utf8(judged(&holder, &message).unwrap().canonical).unwrap();
    assert!(body.contains("xmlns:x=\"urn:unused\""), "{body}");
    // What a named prefix means is signed too.
    let other = changed(&message, "urn:unused", "urn:other");
    assert_eq!(refused(&holder, &other), "digest_mismatch");
    // Without the list it is not.
    assert!(judged(&holder, &changed(&good, "urn:unused", "urn:other")).is_ok());
}

/// Whatever stands in headers, and however the Body was written, one canonical Body is read on.
#[test]
fn what_is_read_on_holds_nothing_but_the_signed_body() {
    let holder = gateway();
    let good = signed(&holder, MESSAGE);
    let expected = judged(&holder, &good).unwrap().canonical;
    for (from, to) in [
        ("<soap:Header>", "<soap:Header><h:sum xmlns:h=\"urn:h\" Id=\"h\">9999</h:sum>"),
        ("<sum>1234</sum>", "<sum ><![CDATA[12]]>3&#52;</sum\n>"),
        ("<soap:Body", "\r\n<soap:Body"),
        ("<request xmlns=\"\">", "<request>"),
        (" soap:mustUnderstand=\"1\"", ""),
        ("</soap:Envelope>", "</soap:Envelope>\n<!-- after -->"),
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "\u{feff}"),
    ] {
        let body = judged(&holder, &changed(&good, from, to)).unwrap();
        assert_eq!(body.canonical, expected, "{to}");
        assert!(!format!("{body:?}").contains("1234"));
    }
    // It is its own canonical form, so that reading it on cannot change it.
    let form = Canonicalization { form: Form::Exclusive(Vec::new()), comments: Comments::Left };
    let again = canonical_form(&expected, Part::Whole, &form);
    assert_eq!(again.as_deref(), Ok(&expected[..]));
}

/// Exclusive canonical form knows only prefixes of names: one that a value speaks of is not declared in it, and what it
/// means is not signed. So nobody may ask a value what its prefix means.
#[test]
fn a_prefix_inside_a_value_is_a_mere_text() {
    let holder = gateway();
    let content = "<data xmlns:xs=\"urn:xs\" xmlns:i=\"urn:i\" i:type=\"xs:string\">1</data>";
    let good = signed(&holder, &MESSAGE.replace("1234", content));
    let body = judged(&holder, &good).unwrap().canonical;
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("<data xmlns:i=\"urn:i\" i:type=\"xs:string\">1</data>"), "{body}");
    let other = judged(&holder, &changed(&good, "urn:xs", "urn:other")).unwrap();
    assert_eq!(String::from_utf8(other.canonical).unwrap(), body);
}
