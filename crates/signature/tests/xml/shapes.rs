//! Shapes of attack on XML signatures, each refused with its reason; and the reasons XML shares with CMS.

use signature::cms::{INPUT_BYTES_MAX, Policy, Purpose, Signer};
use signature::signing::KeyUses;
use signature::xml::{Content, Part, verify};
use signature::{Doubt, Reason, Verdict};

use crate::authorities::{
    Authorities, NOW, Wish, authority, days, gost_key, issue, under_algorithm,
};
use crate::faults::{
    DOCUMENT, TEXT, TRUST, between, changed, faults_of_xml, judged, reason, reason_of,
    signature_of, signed, signed_part,
};

#[test]
fn every_reason_of_xml_is_reached_by_the_fault_it_names() {
    for (expected, found) in faults_of_xml(&Authorities::new()) {
        assert_eq!(expected, found);
    }
}

/// The signed document hidden somewhere inside another one.
#[test]
fn a_signature_that_was_moved_signs_nothing() {
    let good = signed(&Authorities::new().person(), TEXT);
    let signature = signature_of(&good);
    let bare = good.replace(signature, "");
    for wrapped in [
        format!("<other><iin>9999</iin>{good}</other>"),
        format!("<other><iin>9999</iin><box>{signature}</box></other>"),
        changed(&bare, "</sum>", &format!("{signature}</sum>")),
        signature.to_owned(),
    ] {
        assert_eq!(reason(&wrapped), Reason::XmlSignatureMissing, "{wrapped}");
    }
}

#[test]
fn a_signature_put_under_another_document_is_noticed() {
    let good = signed(&Authorities::new().person(), TEXT);
    let other = format!("<request><iin>9999</iin>{}</request>", signature_of(&good));
    assert_eq!(reason(&other), Reason::DigestMismatch);
}

#[test]
fn a_second_signature_is_refused_wherever_it_is() {
    let good = signed(&Authorities::new().person(), TEXT);
    let signature = signature_of(&good);
    let inside = changed(&good, "</sum>", &format!("{signature}</sum>"));
    let nested = changed(&good, "</ds:KeyInfo>", &format!("{signature}</ds:KeyInfo>"));
    let other_prefix = signature.replace("ds:", "").replace("xmlns:ds", "xmlns");
    let renamed = changed(&good, "</request>", &format!("{other_prefix}</request>"));
    for several in [inside, nested, renamed] {
        assert_eq!(reason(&several), Reason::XmlSeveralSignatures);
    }
}

/// The original rides along in an Object while the document says something else.
#[test]
fn an_object_with_the_original_is_refused() {
    let good = signed(&Authorities::new().person(), TEXT);
    let object = format!("<ds:Object Id=\"original\">{TEXT}</ds:Object></ds:Signature>");
    let forged = changed(&good, "</ds:Signature>", &object);
    let forged = changed(&forged, "URI=\"\"", "URI=\"#original\"");
    let forged = forged.replacen("<iin>1234", "<iin>9999", 1);
    assert_eq!(reason(&forged), Reason::XmlSignatureForm);
}

#[test]
fn several_references_are_refused() {
    let good = signed(&Authorities::new().person(), TEXT);
    let reference = between(&good, "<ds:Reference ", "</ds:Reference>");
    let two = changed(&good, reference, &[reference, reference].concat());
    assert_eq!(reason(&two), Reason::XmlWrongReference);
}

#[test]
fn a_reference_to_anything_but_the_whole_document_is_refused() {
    let good = signed(&Authorities::new().person(), TEXT);
    for uri in ["http://example.kz/a.xml", "file:///etc/passwd", "#x", "#xpointer(/)", " "] {
        let other = changed(&good, "URI=\"\"", &format!("URI=\"{uri}\""));
        assert_eq!(reason(&other), Reason::XmlWrongReference, "{uri}");
    }
    let none = changed(&good, " URI=\"\"", "");
    assert_eq!(reason(&none), Reason::XmlWrongReference);
}

#[test]
fn transforms_that_choose_or_rewrite_are_refused() {
    let good = signed(&Authorities::new().person(), TEXT);
    let transforms = between(&good, "<ds:Transforms>", "</ds:Transforms>");
    let enveloped =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let transform = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\"/>");
    let c14n = transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
    let filter = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">\
        <ds:XPath>not(ancestor-or-self::iin)</ds:XPath></ds:Transform>";
    let one = |uri: &str| [enveloped.to_owned(), transform(uri)].concat();
    for inside in [
        one("http://www.w3.org/TR/1999/REC-xslt-19991116"),
        one("http://www.w3.org/2002/06/xmldsig-filter2"),
        one("http://www.w3.org/2000/09/xmldsig#base64"),
        one("http://www.w3.org/2006/12/xml-c14n11"),
        one("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#"),
        [enveloped, filter].concat(),
        [enveloped, filter, &c14n].concat(),
        [c14n.as_str(), enveloped].concat(),
        [enveloped, enveloped].concat(),
        [enveloped, &c14n.replace("/>", "><x/></ds:Transform>")].concat(),
        [&enveloped.replace("/>", "><x/></ds:Transform>"), c14n.as_str()].concat(),
        c14n,
        String::new(),
    ] {
        let other = changed(&good, transforms, &format!("<ds:Transforms>{inside}</ds:Transforms>"));
        let found = reason(&other);
        assert_eq!(found, Reason::XmlUnsupportedTransform, "{inside}");
    }
    let method =
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\">";
    let other = changed(&good, method, "<ds:CanonicalizationMethod Algorithm=\"u:x\">");
    assert_eq!(reason(&other), Reason::XmlUnsupportedTransform);
}

/// Without comments in the digest `12<!-- -->34` and `1234` are one, but not to every reader.
#[test]
fn a_comment_inside_is_refused_and_one_outside_changes_nothing() {
    let good = signed(&Authorities::new().person(), TEXT);
    for comment in [
        changed(&good, "1234", "12<!-- -->34"),
        changed(&good, "<iin>", "<!-- --><iin>"),
        changed(&good, "<ds:KeyInfo>", "<ds:KeyInfo><!-- -->"),
        changed(&good, "<ds:SignatureValue>", "<ds:SignatureValue><!-- -->"),
    ] {
        assert_eq!(reason(&comment), Reason::XmlComment, "{comment}");
    }
    let outside = format!("<!-- before -->{good}<!-- after -->");
    let verdict = judged(&outside, Content::AnyDocument);
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?}");
}

/// Other names for the same letters, or the same names with another meaning.
#[test]
fn a_namespace_put_in_is_noticed() {
    let good = signed(&Authorities::new().person(), TEXT);
    let declared = "xmlns=\"urn:anyqtama:request\"";
    for (from, to, expected) in [
        (declared, "xmlns=\"urn:other\"", Reason::DigestMismatch),
        ("<iin>", "<iin xmlns=\"urn:other\">", Reason::DigestMismatch),
        ("<iin>", "<iin xmlns:x=\"urn:other\">", Reason::DigestMismatch),
        (declared, "xmlns=\"urn:anyqtama:request\" xmlns:x=\"urn:other\"", Reason::DigestMismatch),
        (declared, "xmlns=\"urn:anyqtama:request\" xmlns=\"urn:other\"", Reason::XmlMalformed),
        (declared, "xmlns=\"urn:anyqtama:request\" x:xmlns=\"urn:other\"", Reason::XmlMalformed),
    ] {
        assert_eq!(reason(&changed(&good, from, to)), expected, "{to}");
    }
    let in_signed_info = changed(&good, "<ds:SignedInfo>", "<ds:SignedInfo xmlns:x=\"urn:other\">");
    assert_eq!(reason(&in_signed_info), Reason::SignatureMismatch);
    let elsewhere = good.replace("http://www.w3.org/2000/09/xmldsig#\"", "urn:other\"");
    assert_eq!(reason(&elsewhere), Reason::XmlSignatureMissing);
}

#[test]
fn a_document_type_and_its_entities_are_never_expanded() {
    let good = signed(&Authorities::new().person(), TEXT);
    let ten =
        |name: &str, of: &str| format!("<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10));
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let bomb: String = names.windows(2).map(|pair| ten(pair[1], pair[0])).collect();
    for prolog in [
        "<!DOCTYPE request>".to_owned(),
        "<!DOCTYPE request SYSTEM \"file:///etc/passwd\">".to_owned(),
        "<!DOCTYPE request [<!ATTLIST request Id ID #IMPLIED>]>".to_owned(),
        format!("<!DOCTYPE request [<!ENTITY a \"aaaaaaaaaa\">{bomb}]>"),
    ] {
        let with_type = changed(&format!("{prolog}{good}"), "1234", "1234&j;");
        assert_eq!(reason(&with_type), Reason::XmlMalformed);
        assert_eq!(reason(&format!("{prolog}{good}")), Reason::XmlMalformed);
    }
}

#[test]
fn what_is_too_deep_or_too_much_is_refused_before_it_is_read() {
    let deep = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(reason(&deep(100)), Reason::XmlSignatureMissing);
    assert_eq!(reason(&deep(101)), Reason::XmlMalformed);
    assert_eq!(reason(&deep(100_000)), Reason::XmlMalformed);
    let wide = format!("<a>{}</a>", "x".repeat(INPUT_BYTES_MAX));
    assert_eq!(reason(&wide), Reason::TooLarge);
    assert_eq!(reason("\r\n"), Reason::Empty);
}

#[test]
fn parts_of_a_signature_that_are_missing_broken_or_too_many_are_refused() {
    let good = signed(&Authorities::new().person(), TEXT);
    let digest = between(&good, "<ds:DigestValue>", "</ds:DigestValue>");
    let value = between(&good, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let info = between(&good, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let key_info = between(&good, "<ds:KeyInfo>", "</ds:KeyInfo>");
    let certificate = between(&good, "<ds:X509Certificate>", "</ds:X509Certificate>");
    for bad in [
        changed(&good, digest, ""),
        changed(&good, digest, "<ds:DigestValue>?</ds:DigestValue>"),
        changed(&good, digest, "<ds:DigestValue><b/></ds:DigestValue>"),
        changed(&good, digest, &[digest, digest].concat()),
        changed(&good, value, ""),
        changed(&good, value, "<ds:SignatureValue>AAA</ds:SignatureValue>"),
        changed(&good, info, &[info, info].concat()),
        changed(&good, info, ""),
        changed(&good, key_info, ""),
        changed(&good, key_info, &[value, key_info].concat()),
        changed(&good, "<ds:SignedInfo>", "<ds:SignedInfo>text"),
        changed(&good, "<ds:SignedInfo>", "<ds:SignedInfo><?text?>"),
        changed(&good, certificate, &certificate.repeat(21)),
    ] {
        assert_eq!(reason(&bad), Reason::XmlSignatureForm, "{bad}");
    }
}

#[test]
fn one_certificate_of_a_signer_is_demanded_and_authorities_beside_it_change_nothing() {
    let authorities = Authorities::new();
    let person = authorities.person();
    let good = signed(&person, TEXT);
    let own = between(&good, "<ds:X509Certificate>", "</ds:X509Certificate>");
    let other = issue(
        Wish { iin: Some("000000000001"), serial: [0x52; 20], ..Wish::default() },
        Box::new(gost_key("victim")),
        Some(&authorities.issuing),
    );
    let of = |holder: &crate::authorities::Holder| {
        let signed = signed(holder, TEXT);
        between(&signed, "<ds:X509Certificate>", "</ds:X509Certificate>").to_owned()
    };
    let (victim, issuing) = (of(&other), of(&authorities.issuing));
    let root = of(&authorities.root);
    let with = |certificates: &[&str]| changed(&good, own, &certificates.concat());
    let chain = with(&[&issuing, own, &root, "<ds:X509Certificate>AAAA</ds:X509Certificate>"]);
    let verdict = judged(&chain, Content::AnyDocument);
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?}");
    assert_eq!(reason(&with(&[&victim])), Reason::SignatureMismatch);
    assert_eq!(reason(&with(&[own, &victim])), Reason::SeveralSigners);
    assert_eq!(reason(&with(&[])), Reason::SignerCertificateMissing);
    assert_eq!(reason(&with(&[&issuing])), Reason::SignerCertificateMissing);
    let elsewhere = good.replace("ds:X509Data", "ds:KeyName");
    assert_eq!(reason(&elsewhere), Reason::SignerCertificateMissing);
}

#[test]
fn old_and_foreign_algorithms_have_their_reasons() {
    let authorities = Authorities::new();
    let person = authorities.person();
    let good = signed(&person, TEXT);
    let name = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:";
    let method = format!("{name}gostr34102015-gostr34112015-512");
    let digest = format!("{name}gostr34112015-512");
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    for (from, to, expected) in [
        (&method, format!("{more}gost34310-gost34311"), Reason::OldGost2004),
        (&digest, format!("{more}gost34311"), Reason::OldGost2004),
        (&method, format!("{more}rsa-sha1"), Reason::UnsupportedAlgorithm),
        (&method, format!("{more}hmac-sha256"), Reason::UnsupportedAlgorithm),
        (&digest, "http://www.w3.org/2000/09/xmldsig#sha1".into(), Reason::UnsupportedAlgorithm),
        (&digest, "http://www.w3.org/2001/04/xmlenc#sha256".into(), Reason::UnsupportedAlgorithm),
    ] {
        let other = changed(&good, &format!("\"{from}\""), &format!("\"{to}\""));
        assert_eq!(reason(&other), expected, "{to}");
    }
    let parameters = changed(
        &good,
        &format!("<ds:SignatureMethod Algorithm=\"{method}\"/>"),
        &format!("<ds:SignatureMethod Algorithm=\"{method}\"><x/></ds:SignatureMethod>"),
    );
    assert_eq!(reason(&parameters), Reason::UnsupportedAlgorithm);
    let old_key = under_algorithm(&*person.key, "1.2.398.3.10.1.1.1.1");
    let old = authorities.issue(Wish { public_key: Some(old_key), ..Wish::default() });
    assert_eq!(reason(&signed(&old, TEXT)), Reason::OldGost2004);
}

/// A method that does not go with the key decides nothing, whatever the digest.
#[test]
fn the_key_must_be_of_the_methods_kind() {
    let authorities = Authorities::new();
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    let person =
        issue(Wish::default(), Box::new(crate::other_keys::p256()), Some(&authorities.issuing));
    let good = signed(&person, TEXT);
    let other = changed(&good, &format!("{more}ecdsa-sha256"), &format!("{more}rsa-sha256"));
    assert_eq!(reason(&other), Reason::UnsupportedAlgorithm);
    let short = between(&good, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let short = changed(&good, short, "<ds:SignatureValue>AAAA</ds:SignatureValue>");
    assert_eq!(reason(&short), Reason::SignatureMismatch);
}

#[test]
fn the_certificate_is_judged_as_that_of_a_cms() {
    let authorities = Authorities::new();
    let of = |wish: Wish| reason(&signed(&authorities.issue(wish), TEXT));
    let stranger = authority("БӨТЕН", Box::new(gost_key("stranger")), None);
    let unknown = issue(Wish::default(), Box::new(gost_key("person")), Some(&stranger));
    assert_eq!(reason(&signed(&unknown, TEXT)), Reason::UnknownIssuer);
    assert_eq!(of(Wish { term: (days(1), days(2)), ..Wish::default() }), Reason::NotYetValid);
    assert_eq!(of(Wish { term: (days(-2), days(-1)), ..Wish::default() }), Reason::Expired);
    assert_eq!(of(Wish { iin: None, ..Wish::default() }), Reason::NoIin);
    let uses = |uses| Wish { uses, ..Wish::default() };
    assert_eq!(of(uses(KeyUses::OrganisationSigning)), Reason::WrongRole);
    assert_eq!(of(uses(KeyUses::PersonAuthentication)), Reason::WrongKeyUsage);
    let person = authorities.person();
    let trust = authorities.trust_with(&[(person.certificate.serial().to_vec(), days(-2))]);
    let text = signed(&person, TEXT);
    let verdict = verify(text.as_bytes(), Content::AnyDocument, DOCUMENT, &trust, NOW);
    assert_eq!(reason_of(verdict), Reason::Revoked);
    let bare = authorities.bare_trust();
    let verdict = verify(text.as_bytes(), Content::AnyDocument, DOCUMENT, &bare, NOW);
    assert!(matches!(verdict, Verdict::CannotTell(Doubt::CrlMissing)), "{verdict:?}");
}

/// The `Eds` step of eGov Mobile signs with the key for authentication.
#[test]
fn a_key_for_authentication_signs_one_in() {
    let authorities = Authorities::new();
    let uses = KeyUses::PersonAuthentication;
    let text = signed(&authorities.issue(Wish { uses, ..Wish::default() }), TEXT);
    let policy = Policy { purpose: Purpose::SignIn, signer: Signer::Individual };
    let verdict = verify(text.as_bytes(), Content::AnyDocument, policy, &TRUST, NOW);
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?}");
}

const ENVELOPE: &str = "<e xmlns=\"urn:envelope\" xml:lang=\"kk\"><head/>\
    <body Id=\"x\"><iin>1234</iin></body></e>";
const BODY: Content<'_> = Content::Child { namespace: "urn:envelope", name: "body" };

#[test]
fn a_part_is_accepted_only_where_the_caller_expects_it() {
    let authorities = Authorities::new();
    let good = signed_part(&authorities.person(), ENVELOPE, Part::Element("x"));
    let judge = |text: &str, content| judged(text, content);
    match judge(&good, BODY) {
        Verdict::Valid(signed) => assert_eq!(
            String::from_utf8(signed.content).unwrap(),
            "<body xmlns=\"urn:envelope\" Id=\"x\" xml:lang=\"kk\"><iin>1234</iin></body>"
        ),
        other => panic!("{other:?}"),
    }
    let refused = |text: &str, content| reason_of(judge(text, content));
    let other = Content::Child { namespace: "urn:envelope", name: "head" };
    let foreign = Content::Child { namespace: "", name: "body" };
    assert_eq!(refused(&good, Content::AnyDocument), Reason::XmlWrongReference);
    assert_eq!(refused(&good, other), Reason::XmlWrongReference);
    assert_eq!(refused(&good, foreign), Reason::XmlWrongReference);
    let whole = signed(&authorities.person(), ENVELOPE);
    assert_eq!(refused(&whole, BODY), Reason::XmlWrongReference);
}

/// The signed part moved aside, and another put where it is read.
#[test]
fn a_part_wrapped_or_doubled_is_refused() {
    let good = signed_part(&Authorities::new().person(), ENVELOPE, Part::Element("x"));
    let body = between(&good, "<body ", "</body>");
    let forged = "<body><iin>9999</iin></body>";
    let in_head = |inside: &str| format!("<head>{inside}</head>");
    for (text, expected) in [
        (
            changed(&changed(&good, body, forged), "<head/>", &in_head(body)),
            Reason::XmlWrongReference,
        ),
        (changed(&good, body, &[body, forged].concat()), Reason::XmlWrongReference),
        (changed(&good, body, &[body, body].concat()), Reason::XmlWrongReference),
        (changed(&good, "<head/>", "<head ID=\"x\"/>"), Reason::XmlDuplicateId),
        (changed(&good, "<head/>", &in_head(body)), Reason::XmlDuplicateId),
        (changed(&good, "1234", "9999"), Reason::DigestMismatch),
        (changed(&good, "xml:lang=\"kk\"", "xml:lang=\"ru\""), Reason::DigestMismatch),
    ] {
        assert_eq!(reason_of(judged(&text, BODY)), expected, "{text}");
    }
}
