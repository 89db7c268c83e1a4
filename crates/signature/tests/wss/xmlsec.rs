//! Exchange with xmlsec1: it verifies ours, and we verify what it signs. It knows no GOST of Kazakhstan and no
//! SecurityTokenReference, so it is told the key.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use der::pem::{LineEnding, encode_string};
use signature::signing::SigningAlgorithm;
use signature::wss::{Pinned, Soap, verify};
use signature::x509::Certificate;

use crate::authorities::{NOW, Wish, issue};
use crate::fixture::{
    ID, MESSAGE, SECURITY_UTILITY, between, changed, gateway, judged, refused, signed,
};
use crate::other_keys::rsa;
use crate::tools::{run, skip};

const RICH: &str = "<?xml version=\"1.0\"?>\n<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" \
    xmlns:x=\"urn:x\" xml:lang=\"kk\"><S:Header><x:h>1</x:h></S:Header>\r\n<S:Body x:b='&#9;1' a='2'>\
    <ns2:SendMessage xmlns:ns2=\"http://bip.bee.kz/SyncChannel/v10/Types\" xmlns:unused=\"urn:unused\">\
    <request xmlns=\"\"><data xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\"><![CDATA[<a>ұл & қыз</a>]]>\
    &#13;\r\n</data></request></ns2:SendMessage></S:Body></S:Envelope>";

/// The key and the certificate where xmlsec1 finds them.
struct Folder {
    folder: tempfile::TempDir,
    certificate: Certificate,
}

impl Folder {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        if run("xmlsec1", &["--version"], folder.path()).is_none() {
            skip("xmlsec1");
            return None;
        }
        let key = rsa(SigningAlgorithm::RsaSha256);
        std::fs::write(folder.path().join("key.pem"), key.to_pem()).unwrap();
        let wish = Wish { name: "SHEP", iin: None, ..Wish::default() };
        let certificate = issue(wish, Box::new(key), None).certificate;
        let pem = encode_string("CERTIFICATE", LineEnding::LF, certificate.der()).unwrap();
        std::fs::write(folder.path().join("gateway.pem"), pem).unwrap();
        Some(Self { folder, certificate })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn they_verify(&self, message: &[u8]) -> (bool, String) {
        std::fs::write(self.path().join("ours.xml"), message).unwrap();
        let arguments =
            ["--verify", "--pubkey-cert-pem", "gateway.pem", "--id-attr:Id", BODY, "ours.xml"];
        run("xmlsec1", &arguments, self.path()).unwrap()
    }

    fn they_sign(&self, template: &str) -> String {
        std::fs::write(self.path().join("template.xml"), template).unwrap();
        let arguments = [
            "--sign",
            "--privkey-pem",
            "key.pem",
            "--id-attr:Id",
            BODY,
            "--output",
            "theirs.xml",
            "template.xml",
        ];
        let (signed, said) = run("xmlsec1", &arguments, self.path()).unwrap();
        assert!(signed, "{said}");
        std::fs::read_to_string(self.path().join("theirs.xml")).unwrap()
    }
}

const BODY: &str = "http://schemas.xmlsoap.org/soap/envelope/:Body";

#[test]
fn xmlsec1_verifies_what_we_sign() {
    let Some(folder) = Folder::new() else { return };
    let holder = gateway();
    assert_eq!(holder.certificate.der(), folder.certificate.der());
    for message in [MESSAGE, RICH] {
        let message = signed(&holder, message);
        let (verified, said) = folder.they_verify(message.as_bytes());
        assert!(verified, "{said}\n{message}");
        let other = changed(&message, "bip.bee.kz/Sync", "bip.bee.kz/Async");
        assert!(!folder.they_verify(other.as_bytes()).0);
    }
}

/// What xmlsec1 fills in.
fn template(certificate: &Certificate, prefixes: &str) -> String {
    let list = if prefixes.is_empty() {
        String::new()
    } else {
        format!(
            "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" \
            PrefixList=\"{prefixes}\"/>"
        )
    };
    let types = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
    let security = format!(
        "<wsse:Security xmlns:wsse=\"{types}wssecurity-secext-1.0.xsd\" S:mustUnderstand=\"1\">
<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">
  <ds:SignedInfo>
    <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">{list}</ds:CanonicalizationMethod>
    <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>
    <ds:Reference URI=\"#{ID}\">
      <ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">{list}</ds:Transform></ds:Transforms>
      <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>
      <ds:DigestValue/>
    </ds:Reference>
  </ds:SignedInfo>
  <ds:SignatureValue/>
  <ds:KeyInfo><wsse:SecurityTokenReference><wsse:KeyIdentifier \
EncodingType=\"{types}soap-message-security-1.0#Base64Binary\" ValueType=\"{types}x509-token-profile-1.0#X509v3\">{}\
</wsse:KeyIdentifier></wsse:SecurityTokenReference></ds:KeyInfo>
</ds:Signature></wsse:Security></S:Header>",
        STANDARD.encode(certificate.der())
    );
    let id = format!("<S:Body xmlns:wsu=\"{SECURITY_UTILITY}\" wsu:Id=\"{ID}\"");
    changed(&changed(RICH, "</S:Header>", &security), "<S:Body", &id)
}

#[test]
fn we_verify_what_xmlsec1_signs() {
    let Some(folder) = Folder::new() else { return };
    let holder = gateway();
    for prefixes in ["", "S", "S x #default", "nobody"] {
        let theirs = folder.they_sign(&template(&folder.certificate, prefixes));
        let body = judged(&holder, &theirs).unwrap_or_else(|reason| panic!("{reason}: {theirs}"));
        let text = String::from_utf8(body.canonical).unwrap();
        assert!(text.starts_with("<S:Body ") && text.contains("&lt;a&gt;ұл &amp; қыз"), "{text}");
        assert!(text.contains("xmlns:x=\"urn:x\""), "{text}");
        let altered = changed(&theirs, "қыз", "қыздар");
        assert_eq!(refused(&holder, &altered), "digest_mismatch");
    }
}

/// What fools an ordinary reader fools xmlsec1 too, which is told of no Envelope: whoever only calls it must look himself.
#[test]
fn xmlsec1_says_yes_to_a_wrapped_body_and_we_say_no() {
    let Some(folder) = Folder::new() else { return };
    let holder = gateway();
    let good = signed(&holder, MESSAGE);
    let body = between(&good, "<soap:Body", "</soap:Body>");
    let forged = body.replace("1234", "9999").replace(ID, "attacker");
    let wrapped = changed(&good, body, &forged);
    let wrapped = changed(&wrapped, "<soap:Header>", &format!("<soap:Header><x>{body}</x>"));
    let (verified, said) = folder.they_verify(wrapped.as_bytes());
    assert!(verified, "{said}");
    let pins = Pinned::new(vec![folder.certificate]).unwrap();
    let reason = verify(wrapped.as_bytes(), Soap::V1_1, &pins, NOW).unwrap_err();
    assert_eq!(reason.code(), "part_elsewhere");
}
