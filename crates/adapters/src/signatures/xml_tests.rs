//! Signatures inside XML documents: the one form of a document of ours is as good as a CMS over its bytes, and nothing
//! else is.

use std::sync::Arc;

use app::testing::FixedClock;
use app::{SignaturePurpose, SignatureVerdict, SignatureVerifier, document_xml};
use jiff::Timestamp;
use jiff::civil::date;
use rand::SeedableRng;
use rand::rngs::StdRng;
use simulators::authority::{DemoFolder, PersonKey};
use simulators::people::{self, DemoPerson, KeyKind};

use super::*;

const DOCUMENT: &str =
    r#"{"schema":"electronic-request.v1","challenge":"c1","statement":["Сұрау <1>","a & b"]}"#;
const URI: &str = "https://anyqtama.example/mgovSign/1/document";

fn now() -> Timestamp {
    "2026-11-23T19:00:05Z".parse().unwrap()
}

struct World {
    people: Vec<DemoPerson>,
    keys: Vec<PersonKey>,
    entry: PersonKey,
    verifier: OwnVerifier,
    _files: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let folder = DemoFolder::new(files.path());
        let people = people::population(1, date(2026, 11, 23), 1).unwrap().demo;
        let mut random = StdRng::seed_from_u64(7);
        let furnished = folder.furnish(&people, &[], now(), &mut random).unwrap();
        let entry = furnished.authority.issue_entry_key(&people[0], now(), &mut random).unwrap();
        let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
        let trust = TrustFolder::load(folders, Arc::new(FixedClock::new(now()))).unwrap();
        let verifier = OwnVerifier::new(Arc::new(trust));
        Self { people, keys: furnished.keys, entry, verifier, _files: files }
    }

    fn key(&self, kind: KeyKind) -> &PersonKey {
        let place = self.people.iter().position(|person| person.key == kind).unwrap();
        &self.keys[place]
    }

    async fn code(&self, signed: &[u8], purpose: SignaturePurpose) -> &'static str {
        code(&self.verifier.verify(signed, DOCUMENT.as_bytes(), purpose, now()).await)
    }
}

fn code(verdict: &SignatureVerdict) -> &'static str {
    match verdict {
        SignatureVerdict::Valid(_) => "valid",
        SignatureVerdict::Invalid(code) | SignatureVerdict::CannotTell(code) => code,
    }
}

#[tokio::test]
async fn a_documents_own_xml_form_is_judged_as_a_cms_over_its_bytes_is() {
    let world = World::new();
    let xml = document_xml(DOCUMENT.as_bytes()).unwrap();
    let request = SignaturePurpose::Request;
    for (kind, expected) in [
        (KeyKind::Gost, "valid"),
        (KeyKind::Rsa, "valid"),
        (KeyKind::Revoked, "revoked"),
        (KeyKind::Expired, "expired"),
        (KeyKind::Foreign, "unknown_issuer"),
        (KeyKind::Organisation, "wrong_role"),
    ] {
        let signed = world.key(kind).holder().sign_xml(&xml).unwrap();
        assert_eq!(world.code(&signed, request).await, expected, "{kind:?}");
        assert_eq!(world.verifier.content(&signed).unwrap(), DOCUMENT.as_bytes());
    }
    let entry = world.entry.holder().sign_xml(&xml).unwrap();
    assert_eq!(world.code(&entry, request).await, "wrong_key_usage");
    assert_eq!(world.code(&entry, SignaturePurpose::SignIn).await, "valid");
    let signed = world.key(KeyKind::Gost).holder().sign_xml(&xml).unwrap();
    let verdict = world.verifier.verify(&signed, DOCUMENT.as_bytes(), request, now()).await;
    let SignatureVerdict::Valid(signer) = verdict else { panic!("{verdict:?}") };
    let evidence: serde_json::Value = serde_json::from_str(&signer.evidence).unwrap();
    assert!(evidence["revocation_list_made_at"].is_string());
}

#[tokio::test]
async fn any_other_xml_is_another_content() {
    let world = World::new();
    let key = world.key(KeyKind::Gost).holder();
    let xml = String::from_utf8(document_xml(DOCUMENT.as_bytes()).unwrap()).unwrap();
    for (other, expected) in [
        (xml.replace("a &amp; b", "a &amp; c"), "wrong_content"),
        (xml.replace("<line>", "<line> "), "wrong_content"),
        (xml.replace("</document>", "<line>more</line></document>"), "wrong_content"),
        (xml.replace("signed-document:v1", "signed-document:v2"), "wrong_content"),
        ("<document/>".to_owned(), "wrong_content"),
    ] {
        let signed = key.sign_xml(other.as_bytes()).unwrap();
        assert_eq!(world.code(&signed, SignaturePurpose::Request).await, expected, "{other}");
    }
    assert_eq!(world.verifier.content(b"<document/>"), Err("wrong_content"));
    let unsigned = world.code(xml.as_bytes(), SignaturePurpose::Request).await;
    assert_eq!(unsigned, "xml_signature_missing");
}

#[tokio::test]
async fn an_address_is_vouched_for_by_its_own_text_alone() {
    let world = World::new();
    let judged = async |key: &PersonKey, xml: &str| {
        let signed = key.holder().sign_xml(xml.as_bytes()).unwrap();
        code(&world.verifier.verify_uri(&signed, URI, now()).await)
    };
    let key = &world.entry;
    assert_eq!(judged(key, &format!("<login><uri>{URI}</uri><at>1</at></login>")).await, "valid");
    for wrong in [
        format!("<login><uri>{URI}/</uri></login>"),
        format!("<login><uri>{URI}</uri><uri>{URI}</uri></login>"),
        format!("<login uri=\"{URI}\"/>"),
    ] {
        assert_eq!(judged(key, &wrong).await, "wrong_content", "{wrong}");
    }
    let uri = format!("<login><uri>{URI}</uri></login>");
    assert_eq!(judged(world.key(KeyKind::Revoked), &uri).await, "revoked");
    let unsigned = world.verifier.verify_uri(uri.as_bytes(), URI, now()).await;
    assert_eq!(code(&unsigned), "xml_signature_missing");
}
