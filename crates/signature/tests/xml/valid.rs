//! Good XML signatures: every algorithm, every canonical form, and what a verdict then says.

use signature::signing::{SigningAlgorithm, SigningKey, XmlOrder, sign_xml};
use signature::xml::{Canonicalization, Comments, Content, Form, Part, is_xml, verify};
use signature::{Reason, Verdict};

use crate::authorities::{Authorities, NOW, Wish, gost_key, issue};
use crate::faults::{
    DOCUMENT, TEXT, TRUST, changed, form, judged, reason_of, signature_of, signed,
};
use crate::other_keys::{p256, rsa};

const RICH: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\r\n<!-- before -->\r\n\
    <с:өтініш xmlns:с=\"urn:с\" xmlns=\"urn:d\" b=\"2\" с:a=\"1\" xml:lang=\"kk\">\r\n\
    \t<a xmlns=\"\" x=\"&lt;&#9;&quot;'\">&amp;&gt;&#13; ]]&gt;</a><![CDATA[<b>]]><?p i ?></с:өтініш>\n<?after?>";

pub fn forms() -> [Canonicalization; 6] {
    let exclusive =
        |prefixes: &[&str]| Form::Exclusive(prefixes.iter().map(|one| (*one).to_owned()).collect());
    [
        form(Form::Inclusive, Comments::Left),
        form(Form::Inclusive, Comments::Kept),
        form(exclusive(&[]), Comments::Left),
        form(exclusive(&[]), Comments::Kept),
        form(exclusive(&["", "с"]), Comments::Left),
        form(exclusive(&["unknown"]), Comments::Kept),
    ]
}

#[test]
fn every_algorithm_and_every_canonical_form_verifies() {
    let authorities = Authorities::new();
    let keys: [fn() -> Box<dyn SigningKey>; 3] = [
        || Box::new(gost_key("person")),
        || Box::new(rsa(SigningAlgorithm::RsaSha256)),
        || Box::new(p256()),
    ];
    for key in keys {
        let holder = issue(Wish::default(), key(), Some(&authorities.issuing));
        for content in forms() {
            for signed_info in forms() {
                let order = XmlOrder {
                    document: RICH.as_bytes(),
                    part: Part::Whole,
                    content: content.clone(),
                    signed_info,
                };
                let xml = sign_xml(&order, &holder.certificate, &*holder.key).unwrap();
                let expected = Content::Document(RICH.as_bytes());
                let verdict = verify(&xml, expected, DOCUMENT, &TRUST, NOW);
                assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?}");
            }
        }
    }
}

#[test]
fn a_good_signature_says_who_signed_what() {
    let authorities = Authorities::new();
    let person = authorities.person();
    let text = signed(&person, &format!("<!-- kept outside -->{TEXT}"));
    match judged(&text, Content::AnyDocument) {
        Verdict::Valid(signed) => {
            assert_eq!(String::from_utf8(signed.content.clone()).unwrap(), TEXT);
            assert_eq!(signed.iin.as_deref(), Some("123456789011"));
            assert_eq!(signed.certificate.der(), person.certificate.der());
            assert_eq!(signed.signing_time, None);
        }
        other => panic!("{other:?}"),
    }
}

/// Line ends, quotes, the order of attributes, empty elements and marks before are not what one signs.
#[test]
fn the_same_document_may_be_written_otherwise() {
    let authorities = Authorities::new();
    let text = signed(&authorities.person(), "<a b=\"1\" c=\"2\">\n<d/></a>");
    let otherwise = changed(&text, "<a b=\"1\" c=\"2\">\n<d/>", "<a  c='2' b = '1' >\r\n<d></d >");
    for text in [otherwise.clone(), format!("\u{feff}{otherwise}\r\n"), format!("\r\n {otherwise}")]
    {
        let expected = Content::Document(b"<a c='2' b='1'>\n<d/></a>");
        let verdict = judged(&text, expected);
        assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?}");
    }
}

#[test]
fn another_document_than_the_expected_is_refused() {
    let authorities = Authorities::new();
    let text = signed(&authorities.person(), TEXT);
    for other in ["<a/>", "<a", &TEXT.replace("1234", "9999"), &TEXT.replace("<sum>", "<sum> ")] {
        let verdict = judged(&text, Content::Document(other.as_bytes()));
        assert_eq!(reason_of(verdict), Reason::WrongContent, "{other}");
    }
}

/// As the Java library of the NCA writes it: lines of 76 characters that end with an escaped carriage return.
#[test]
fn white_space_between_parts_and_in_base64_is_no_fault() {
    let authorities = Authorities::new();
    let text = signed(&authorities.person(), TEXT);
    let signature = signature_of(&text);
    let (info, rest) = signature.split_once("</ds:SignedInfo>").unwrap();
    let rest = rest.replace("><", ">\n<").replace("Value>", "Value>&#13;\n");
    let spaced = changed(&text, signature, &format!("{info}</ds:SignedInfo>{rest}"));
    assert!(spaced.len() > text.len());
    let verdict = judged(&spaced, Content::AnyDocument);
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?}");
}

#[test]
fn xml_is_known_by_its_looks() {
    let cms = Authorities::new().person().sign(b"<text/>");
    assert!(is_xml(b"\xef\xbb\xbf\r\n <a/>") && is_xml(TEXT.as_bytes()));
    assert!(!is_xml(&cms) && !is_xml(b"MIIB") && !is_xml(b"-----BEGIN CMS-----") && !is_xml(b""));
}
