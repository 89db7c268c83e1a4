//! Exchange with xmlsec1: it verifies ours, and we verify what it signs.

use std::path::Path;

use der::pem::{LineEnding, encode_string};
use signature::Verdict;
use signature::cms::{Policy, Purpose, Signer};
use signature::signing::{SigningAlgorithm, SigningKey, XmlOrder, sign_xml};
use signature::trust::TrustStore;
use signature::xml::{Comments, Content, Form, Part, verify};

use crate::authorities::{Holder, NOW, Wish, authority, days, issue, list};
use crate::faults::{TEXT, form};
use crate::other_keys::{p256, rsa};
use crate::tools::{run, skip};
use crate::valid::forms;

const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
const RICH: &str = "<e xmlns=\"urn:envelope\" xmlns:n=\"urn:n\" xml:lang=\"kk\" n:b='1' a='2'>\n\
    <head xmlns=\"\">&amp;&#13;</head><body Id=\"x\" n:c=''><n:d xmlns:m='urn:m'/></body></e>";

/// xmlsec1 knows no GOST of Kazakhstan: the authority here has an RSA key.
fn root() -> Holder {
    authority("ТҮБІР", Box::new(rsa(SigningAlgorithm::RsaSha256)), None)
}

fn person(key: Box<dyn SigningKey>) -> Holder {
    issue(Wish::default(), key, Some(&root()))
}

fn trust() -> TrustStore {
    let mut trust = TrustStore::default();
    trust.add_authorities(vec![root().certificate]).unwrap();
    trust.add_list(list(&root(), days(-1), days(6), &[])).unwrap();
    trust
}

fn is_there(folder: &Path) -> bool {
    std::fs::write(folder.join("root.der"), root().certificate.der()).unwrap();
    let found = run("xmlsec1", &["--version"], folder).is_some();
    if !found {
        skip("xmlsec1");
    }
    found
}

fn xmlsec(folder: &Path, arguments: &[&str]) -> (bool, String) {
    run("xmlsec1", arguments, folder).unwrap()
}

fn they_verify(folder: &Path, xml: &[u8]) -> (bool, String) {
    std::fs::write(folder.join("ours.xml"), xml).unwrap();
    let arguments = [
        "--verify",
        "--trusted-der",
        "root.der",
        "--verification-gmt-time",
        "2026-10-01 00:00:00",
        "--id-attr:Id",
        "urn:envelope:body",
        "ours.xml",
    ];
    xmlsec(folder, &arguments)
}

#[test]
fn xmlsec1_verifies_what_we_sign() {
    let folder = tempfile::tempdir().unwrap();
    if !is_there(folder.path()) {
        return;
    }
    let keys: [Box<dyn SigningKey>; 2] =
        [Box::new(rsa(SigningAlgorithm::RsaSha256)), Box::new(p256())];
    for holder in keys.map(person) {
        for part in [Part::Whole, Part::Element("x")] {
            for content in forms() {
                let order = XmlOrder {
                    document: RICH.as_bytes(),
                    part,
                    signed_info: content.clone(),
                    content,
                };
                let xml = sign_xml(&order, &holder.certificate, &*holder.key).unwrap();
                let (verified, said) = they_verify(folder.path(), &xml);
                assert!(verified, "{said}\n{}", String::from_utf8_lossy(&xml));
            }
        }
    }
    let order = XmlOrder {
        document: TEXT.as_bytes(),
        part: Part::Whole,
        content: form(Form::Inclusive, Comments::Left),
        signed_info: form(Form::Inclusive, Comments::Left),
    };
    let holder = person(Box::new(p256()));
    let xml = sign_xml(&order, &holder.certificate, &*holder.key).unwrap();
    let altered = String::from_utf8(xml).unwrap().replace("1234", "9999");
    assert!(!they_verify(folder.path(), altered.as_bytes()).0);
}

/// What xmlsec1 fills in.
fn template(content: &str, signed_info: &str, uri: &str) -> String {
    let enveloped = if uri.is_empty() {
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>"
    } else {
        ""
    };
    let signature = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">
  <ds:SignedInfo>
    <ds:CanonicalizationMethod Algorithm=\"{signed_info}\"/>
    <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>
    <ds:Reference URI=\"{uri}\">
      <ds:Transforms>{enveloped}<ds:Transform Algorithm=\"{content}\"/></ds:Transforms>
      <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>
      <ds:DigestValue/>
    </ds:Reference>
  </ds:SignedInfo>
  <ds:SignatureValue/>
  <ds:KeyInfo><ds:X509Data/></ds:KeyInfo>
</ds:Signature>"
    );
    RICH.replace("</e>", &format!("{signature}</e>"))
}

const NAMES: [&str; 4] = [
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
];

#[test]
fn we_verify_what_xmlsec1_signs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if !is_there(folder) {
        return;
    }
    let key = rsa(SigningAlgorithm::RsaSha256);
    std::fs::write(folder.join("key.pem"), key.to_pem()).unwrap();
    let certificate = person(Box::new(key)).certificate;
    let pem = encode_string("CERTIFICATE", LineEnding::LF, certificate.der()).unwrap();
    std::fs::write(folder.join("person.pem"), pem).unwrap();
    let body = Content::Child { namespace: "urn:envelope", name: "body" };
    for (uri, content) in [("", Content::Document(RICH.as_bytes())), ("#x", body)] {
        for (place, name) in NAMES.iter().enumerate() {
            let signed_info = NAMES[(place + 1) % NAMES.len()];
            std::fs::write(folder.join("template.xml"), template(name, signed_info, uri)).unwrap();
            let (signed, said) = xmlsec(
                folder,
                &[
                    "--sign",
                    "--privkey-pem",
                    "key.pem,person.pem",
                    "--id-attr:Id",
                    "urn:envelope:body",
                    "--output",
                    "theirs.xml",
                    "template.xml",
                ],
            );
            assert!(signed, "{said}");
            let theirs = std::fs::read(folder.join("theirs.xml")).unwrap();
            let verdict = verify(&theirs, content, POLICY, &trust(), NOW);
            assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?} {name} {uri}");
            let altered = String::from_utf8(theirs).unwrap().replace("n:c=\"\"", "n:c=\"1\"");
            let verdict = verify(altered.as_bytes(), content, POLICY, &trust(), NOW);
            assert!(matches!(verdict, Verdict::Invalid(_)), "{verdict:?}");
        }
    }
}
