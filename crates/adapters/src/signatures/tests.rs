//! Signatures of citizens and seals of departments under a root made by `openssl`, with revocation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use app::{
    Clock, DocumentVerdict, DocumentVerifier, Sealer, SignaturePurpose, SignatureVerdict,
    SignatureVerifier,
};
use domain::{Bin, DocumentContent};
use jiff::{SignedDuration, Timestamp};

use signature::trust::TrustUse;

use super::*;
use crate::seal::authority::{RSA_2048, make_certificate, make_list, revoke, sign_text};
use crate::seal::tests::{clock, order, rendered, with_root};
use crate::{FileSealer, samples};

const PERSON: &str = "/C=KZ/CN=ҮЛГІҰЛЫ МЫСАЛ/SN=ҮЛГІҰЛЫ/GN=СЫНАҚҰЛЫ/serialNumber=IIN800101300016";

/// A clock that stands where it is put.
struct Standing(Mutex<Timestamp>);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The machine's time: certificates made a moment ago are valid from a moment ago.
#[allow(
    clippy::disallowed_methods,
    reason = "the certificates are made by a program with its own clock"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn trust(folder: &Path) -> (Arc<TrustFolder>, Arc<Standing>) {
    let clock = Arc::new(Standing(Mutex::new(now())));
    let anchors = folder.join("anchors");
    let lists = folder.join("lists");
    std::fs::create_dir_all(&anchors).unwrap();
    std::fs::create_dir_all(&lists).unwrap();
    std::fs::copy(folder.join("root.crt"), anchors.join("root.crt")).unwrap();
    let folders = TrustFolders { anchors, lists };
    (Arc::new(TrustFolder::load(folders, clock.clone()).unwrap()), clock)
}

fn wait(clock: &Standing, seconds: i64) {
    let mut time = clock.0.lock().unwrap();
    *time += SignedDuration::from_secs(seconds);
}

async fn judged(verifier: &OwnVerifier, cms: &[u8], purpose: SignaturePurpose) -> SignatureVerdict {
    verifier.verify(cms, "сұрау".as_bytes(), purpose, later(2)).await
}

#[tokio::test]
async fn a_citizens_signature_names_him_by_iin_and_full_name() {
    with_root(async |folder| {
        make_certificate(folder, "person", RSA_2048, PERSON, "individual");
        std::fs::create_dir_all(folder.join("lists")).unwrap();
        make_list(folder, "lists/root.crl", 3600);
        let verifier = OwnVerifier::new(trust(folder).0);
        let cms = sign_text(folder, "person", "сұрау".as_bytes());
        assert_eq!(verifier.content(&cms).unwrap(), "сұрау".as_bytes());
        let verdict = judged(&verifier, &cms, SignaturePurpose::Request).await;
        let SignatureVerdict::Valid(signer) = verdict else { panic!("{verdict:?}") };
        assert_eq!(signer.iin.digits(), "800101300016");
        assert_eq!(signer.name, "ҮЛГІҰЛЫ МЫСАЛ СЫНАҚҰЛЫ");
        assert_eq!(signer.certificate_fingerprint.len(), 64);
        let evidence: serde_json::Value = serde_json::from_str(&signer.evidence).unwrap();
        assert_eq!(evidence["authorities"].as_array().unwrap().len(), 1);
        assert!(evidence["revocation_list_made_at"].is_string());
        assert_eq!(evidence["chain"].as_array().unwrap().len(), 1);
        assert!(evidence.get("ocsp_response").is_none(), "nobody was asked");
        let other = verifier.verify(&cms, b"other", SignaturePurpose::Request, later(2)).await;
        assert_eq!(other, SignatureVerdict::Invalid("wrong_content"));
    })
    .await;
}

#[tokio::test]
async fn keys_of_organisations_and_for_signing_in_are_told_apart() {
    with_root(async |folder| {
        let organisation = "/C=KZ/O=ORG/OU=BIN990340000128/CN=PERSON/serialNumber=IIN800101300016";
        let wrong_iin = "/C=KZ/CN=PERSON/serialNumber=IIN123456789011";
        make_certificate(folder, "employee", RSA_2048, organisation, "organisation");
        make_certificate(folder, "entry", RSA_2048, PERSON, "authentication");
        make_certificate(folder, "nobody", RSA_2048, wrong_iin, "individual");
        std::fs::create_dir_all(folder.join("lists")).unwrap();
        make_list(folder, "lists/root.crl", 3600);
        let verifier = OwnVerifier::new(trust(folder).0);
        for (name, purpose, expected) in [
            ("employee", SignaturePurpose::Request, Some("wrong_role")),
            ("entry", SignaturePurpose::Request, Some("wrong_key_usage")),
            ("entry", SignaturePurpose::SignIn, None),
            ("nobody", SignaturePurpose::Request, Some("no_iin")),
        ] {
            let cms = sign_text(folder, name, "сұрау".as_bytes());
            match (judged(&verifier, &cms, purpose).await, expected) {
                (SignatureVerdict::Valid(_), None) => {}
                (SignatureVerdict::Invalid(code), Some(expected)) => assert_eq!(code, expected),
                (other, _) => panic!("{name}: {other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn lists_are_read_again_when_they_change_and_kept_when_they_break() {
    with_root(async |folder| {
        make_certificate(folder, "person", RSA_2048, PERSON, "individual");
        let (trust, clock) = trust(folder);
        let verifier = OwnVerifier::new(trust);
        let cms = sign_text(folder, "person", "сұрау".as_bytes());
        let verdict = async || judged(&verifier, &cms, SignaturePurpose::Request).await;
        assert_eq!(verdict().await, SignatureVerdict::CannotTell("crl_missing"));
        make_list(folder, "lists/root.crl", 3600);
        assert_eq!(
            verdict().await,
            SignatureVerdict::CannotTell("crl_missing"),
            "not looked at yet"
        );
        wait(&clock, 6);
        assert!(matches!(verdict().await, SignatureVerdict::Valid(_)));
        std::fs::write(folder.join("lists/broken.crl"), "half a file").unwrap();
        wait(&clock, 6);
        assert!(matches!(verdict().await, SignatureVerdict::Valid(_)), "the former list stays");
        std::fs::remove_file(folder.join("lists/broken.crl")).unwrap();
        revoke(folder, "person");
        make_list(folder, "lists/root.crl", 3601);
        wait(&clock, 6);
        assert_eq!(verdict().await, SignatureVerdict::Invalid("revoked"));
        let text = "сұрау".as_bytes();
        let next_day = verifier.verify(&cms, text, SignaturePurpose::Request, later(86_400));
        assert_eq!(next_day.await, SignatureVerdict::CannotTell("crl_stale"));
    })
    .await;
}

#[tokio::test]
async fn a_folder_that_gives_no_trust_is_found_at_the_start() {
    with_root(async |folder| {
        let clock: Arc<dyn Clock> = Arc::new(Standing(Mutex::new(now())));
        let load = |anchors: &str, lists: &str| {
            let folders = TrustFolders { anchors: folder.join(anchors), lists: folder.join(lists) };
            TrustFolder::load(folders, Arc::clone(&clock)).map(|_| ()).unwrap_err().to_string()
        };
        for name in ["empty", "person", "broken", "root"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        make_certificate(folder, "citizen", RSA_2048, PERSON, "individual");
        std::fs::copy(folder.join("citizen.crt"), folder.join("person/a.crt")).unwrap();
        std::fs::write(folder.join("broken/a.cer"), "text").unwrap();
        std::fs::write(folder.join("broken/a.crl"), "text").unwrap();
        std::fs::copy(folder.join("root.crt"), folder.join("root/a.pem")).unwrap();
        assert!(load("absent", "empty").contains("absent"));
        assert!(load("empty", "empty").contains("no certificate of an authority"));
        assert!(load("person", "empty").contains("no certification authority's"));
        assert!(load("broken", "empty").contains("a.cer"));
        assert!(load("root", "broken").contains("a.crl"));
    })
    .await;
}

/// The root, named with its fingerprint.
fn anchor(folder: &Path, uses: &[TrustUse]) -> Anchor {
    let file = folder.join("root.crt");
    let read = signature::x509::Certificate::all_from(&std::fs::read(&file).unwrap()).unwrap();
    let fingerprint = hex::encode(read[0].fingerprint());
    Anchor { name: "ROOT".to_owned(), file, fingerprint, uses: uses.to_vec() }
}

fn named(folder: &Path, anchors: &[Anchor], at: Timestamp) -> Result<Arc<TrustFolder>, String> {
    std::fs::create_dir_all(folder.join("lists")).unwrap();
    let clock = Arc::new(Standing(Mutex::new(at)));
    let loaded = TrustFolder::load_named(anchors, folder.join("lists"), clock);
    loaded.map(Arc::new).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_named_authority_counts_for_its_purposes_alone() {
    with_root(async |folder| {
        make_certificate(folder, "person", RSA_2048, PERSON, "individual");
        std::fs::create_dir_all(folder.join("lists")).unwrap();
        make_list(folder, "lists/root.crl", 3600);
        let cms = sign_text(folder, "person", "сұрау".as_bytes());
        let subject = format!("/C=KZ/O=DEPARTMENT/OU=BIN{}/CN=DEPARTMENT", bin().digits());
        let pdf = sealed(folder, "department", &subject, "organisation").await;
        for (uses, citizen, seal) in [
            (&[TrustUse::Signatures, TrustUse::Seals][..], true, true),
            (&[TrustUse::Signatures], true, false),
            (&[TrustUse::Seals], false, true),
            (&[TrustUse::TimeStamps], false, false),
        ] {
            let trust = named(folder, &[anchor(folder, uses)], now()).unwrap();
            let verifier = OwnVerifier::new(Arc::clone(&trust));
            let verdict = judged(&verifier, &cms, SignaturePurpose::Request).await;
            let expected = SignatureVerdict::Invalid("unknown_issuer");
            assert_eq!(verdict != expected, citizen, "{uses:?}: {verdict:?}");
            assert_eq!(matches!(verdict, SignatureVerdict::Valid(_)), citizen, "{uses:?}");
            let verdict = OwnDocumentVerifier::new(trust, sealers()).verify(&pdf, later(2));
            let expected = DocumentVerdict::NotGenuine("unknown_issuer");
            assert_eq!(verdict != expected, seal, "{uses:?}");
            assert_eq!(matches!(verdict, DocumentVerdict::Genuine(_)), seal, "{uses:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_authority_that_is_not_as_it_is_named_stops_the_start_and_is_told_by_its_name() {
    with_root(async |folder| {
        make_certificate(folder, "person", RSA_2048, PERSON, "individual");
        let good = || anchor(folder, &[TrustUse::Signatures]);
        let complaint = |change: &dyn Fn(&mut Anchor)| {
            let mut anchor = good();
            change(&mut anchor);
            let error = named(folder, &[anchor], now()).map(|_| ()).unwrap_err();
            assert!(error.contains("ROOT") || error.contains("absent"), "{error}");
            error
        };
        assert!(named(folder, &[good()], now()).is_ok());
        let digits = good().fingerprint.to_uppercase();
        let spaced = digits.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).unwrap());
        let spaced = Anchor { fingerprint: spaced.collect::<Vec<_>>().join(":"), ..good() };
        assert!(named(folder, &[spaced], now()).is_ok());
        let other = complaint(&|anchor| anchor.fingerprint = "00".repeat(32));
        assert!(other.contains("does not have this fingerprint; it has"), "{other}");
        assert!(complaint(&|anchor| anchor.fingerprint = "00".to_owned()).contains("SHA-256"));
        assert!(complaint(&|anchor| anchor.uses.clear()).contains("no purpose"));
        assert!(complaint(&|anchor| anchor.file = folder.join("absent")).contains("absent"));
        std::fs::write(folder.join("text"), "text").unwrap();
        assert!(complaint(&|anchor| anchor.file = folder.join("text")).contains("certificate"));
        let person = |anchor: &mut Anchor| {
            anchor.file = folder.join("person.crt");
            let bytes = std::fs::read(&anchor.file).unwrap();
            let read = signature::x509::Certificate::all_from(&bytes).unwrap();
            anchor.fingerprint = hex::encode(read[0].fingerprint());
        };
        assert!(complaint(&person).contains("no certification authority"));
        let years = SignedDuration::from_hours(24 * 365 * 60);
        let late = named(folder, &[good()], now() + years).map(|_| ()).unwrap_err();
        assert!(late.contains("has expired"), "{late}");
        let early = named(folder, &[good()], now() - years).map(|_| ()).unwrap_err();
        assert!(early.contains("not valid yet"), "{early}");
        let twice = named(folder, &[good(), good()], now()).map(|_| ()).unwrap_err();
        assert!(twice.contains("twice"), "{twice}");
    })
    .await;
}

fn bin() -> Bin {
    samples::provider().bin
}

fn sealers() -> Sealers {
    Sealers { operators: BTreeSet::new(), providers: BTreeSet::from([bin()]) }
}

async fn sealed(folder: &Path, name: &str, subject: &str, extensions: &str) -> Vec<u8> {
    let files = make_certificate(folder, name, RSA_2048, subject, extensions);
    let sealer = FileSealer::load(&files, &BTreeMap::new(), clock()).unwrap();
    let mut order = order(samples::provider());
    order.sealed_at = later(1);
    sealer.seal(&rendered(), &order).await.unwrap()
}

#[tokio::test]
async fn a_sealed_document_is_genuine_with_its_facts_until_its_key_is_revoked() {
    with_root(async |folder| {
        let (trust, clock) = trust(folder);
        let verifier = OwnDocumentVerifier::new(Arc::clone(&trust), sealers());
        let subject = format!("/C=KZ/O=DEPARTMENT/OU=BIN{}/CN=DEPARTMENT", bin().digits());
        let pdf = sealed(folder, "department", &subject, "organisation").await;
        assert_eq!(verifier.verify(&pdf, later(2)), DocumentVerdict::CannotTell("crl_missing"));
        make_list(folder, "lists/root.crl", 3600);
        wait(&clock, 6);
        let content = DocumentContent::Certificate(samples::certificate());
        assert_eq!(verifier.verify(&pdf, later(2)), DocumentVerdict::Genuine(Box::new(content)));
        let mut altered = pdf.clone();
        altered[20_000] ^= 1;
        assert_eq!(verifier.verify(&altered, later(2)), DocumentVerdict::NotGenuine("altered"));
        let unsealed = rendered();
        assert_eq!(verifier.verify(&unsealed, later(2)), DocumentVerdict::NotGenuine("no_seal"));
        assert_eq!(verifier.verify(b"text", later(2)), DocumentVerdict::Unreadable("not_pdf"));
        assert_eq!(
            verifier.verify(&pdf, later(-3600)),
            DocumentVerdict::NotGenuine("sealed_in_future")
        );
        revoke(folder, "department");
        make_list(folder, "lists/root.crl", 3601);
        wait(&clock, 6);
        assert_eq!(verifier.verify(&pdf, later(2)), DocumentVerdict::NotGenuine("revoked"));
    })
    .await;
}

#[tokio::test]
async fn a_good_certificate_of_somebody_else_seals_nothing() {
    with_root(async |folder| {
        std::fs::create_dir_all(folder.join("lists")).unwrap();
        make_list(folder, "lists/root.crl", 3600);
        let (trust, _) = trust(folder);
        let own = format!("/C=KZ/OU=BIN{}/CN=OWN", bin().digits());
        let company = (0..).find_map(|n| Bin::parse(&format!("0512400{n:05}")).ok()).unwrap();
        let foreign = format!("/C=KZ/OU=BIN{}/CN=COMPANY", company.digits());
        let operators = Sealers { operators: BTreeSet::from([company]), ..Sealers::default() };
        for (name, subject, extensions, sealers, expected) in [
            ("citizen", PERSON, "individual", sealers(), Some("not_a_provider")),
            ("company", foreign.as_str(), "organisation", sealers(), Some("not_a_provider")),
            ("entry", own.as_str(), "authentication", sealers(), Some("wrong_key_usage")),
            ("unlisted", own.as_str(), "organisation", Sealers::default(), Some("not_a_provider")),
            ("operator", foreign.as_str(), "organisation", operators, None),
        ] {
            let verifier = OwnDocumentVerifier::new(Arc::clone(&trust), sealers);
            let pdf = sealed(folder, name, subject, extensions).await;
            match (verifier.verify(&pdf, later(2)), expected) {
                (DocumentVerdict::Genuine(_), None) => {}
                (DocumentVerdict::NotGenuine(code), Some(expected)) => assert_eq!(code, expected),
                (other, _) => panic!("{name}: {other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_seal_under_an_unknown_root_is_not_genuine() {
    with_root(async |folder| {
        let subject = format!("/C=KZ/OU=BIN{}/CN=OWN", bin().digits());
        let pdf = sealed(folder, "own", &subject, "organisation").await;
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(crate::seal::authority::make_root(elsewhere.path()));
        std::fs::create_dir_all(elsewhere.path().join("lists")).unwrap();
        make_list(elsewhere.path(), "lists/root.crl", 3600);
        let verifier = OwnDocumentVerifier::new(trust(elsewhere.path()).0, sealers());
        assert_eq!(verifier.verify(&pdf, later(2)), DocumentVerdict::NotGenuine("unknown_issuer"));
    })
    .await;
}

/// The authority behind these keys has no list of revoked ones, so that of all others nothing can be told.
#[tokio::test]
async fn a_synthetic_persons_certificate_counts_for_his_requests_alone() {
    with_root(async |folder| {
        for name in ["prober", "other"] {
            make_certificate(folder, name, RSA_2048, PERSON, "individual");
        }
        let pem = std::fs::read(folder.join("prober.crt")).unwrap();
        let others = || Arc::new(OwnVerifier::new(trust(folder).0));
        let iin = |digits| domain::Iin::parse(digits).unwrap();
        let wrong = WithSyntheticPerson::new(others(), iin("150101500011"), &pem);
        assert_eq!(wrong.err(), Some(SyntheticPersonFault::OtherIin));
        let verifier = WithSyntheticPerson::new(others(), iin("800101300016"), &pem).unwrap();
        let text = "сұрау".as_bytes();
        let verdict = async |cms: &[u8], expected: &[u8], purpose, seconds| {
            verifier.verify(cms, expected, purpose, later(seconds)).await
        };
        let cms = sign_text(folder, "prober", text);
        let his = verdict(&cms, text, SignaturePurpose::Request, 2).await;
        let SignatureVerdict::Valid(signer) = his else { panic!("{his:?}") };
        assert_eq!(signer.iin.digits(), "800101300016");
        assert!(signer.evidence.contains("\"synthetic\":true"));
        let unknown = SignatureVerdict::CannotTell("crl_missing");
        assert_eq!(verdict(&cms, text, SignaturePurpose::SignIn, 2).await, unknown);
        let others_key = sign_text(folder, "other", text);
        assert_eq!(verdict(&others_key, text, SignaturePurpose::Request, 2).await, unknown);
        let other_text = verdict(&cms, b"another", SignaturePurpose::Request, 2).await;
        assert_eq!(other_text, SignatureVerdict::Invalid("wrong_content"));
        let years = 20 * 365 * 24 * 3_600;
        let expired = verdict(&cms, text, SignaturePurpose::Request, years).await;
        assert!(!matches!(expired, SignatureVerdict::Valid(_)), "{expired:?}");
    })
    .await;
}
