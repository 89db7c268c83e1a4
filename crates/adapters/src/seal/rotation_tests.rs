//! Several keys of one owner: which seals when, and that what the earlier ones sealed stays genuine.

use std::collections::BTreeSet;
use std::path::Path;

use app::testing::FixedClock;
use app::{DocumentVerdict, DocumentVerifier};
use domain::{DocumentContent, Provider};
use rand::SeedableRng;
use rand::rngs::StdRng;
use signature::pades::{Trust, Verdict, verify};
use signature::x509::Certificate;
use simulators::authority::{Authority, KeyHolder, SealHolder};

use super::tests::{order, rendered};
use super::*;
use crate::{OwnDocumentVerifier, Sealers, TrustFolder, TrustFolders, samples};

/// Certificates of seals are good from 30 days before their issue to 335 days after it.
const ISSUED_FIRST: &str = "2026-01-10T00:00:00Z";
const ISSUED_SECOND: &str = "2026-11-15T00:00:00Z";
const FIRST_BEGINS: &str = "2025-12-11T00:00:00Z";
const FIRST_ENDS: &str = "2026-12-11T00:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Place {
    folder: tempfile::TempDir,
    authority: Authority,
}

impl Place {
    fn new() -> Self {
        let mut random = StdRng::seed_from_u64(1);
        let authority = Authority::establish(at(ISSUED_FIRST), &mut random).unwrap();
        let place = Self { folder: tempfile::tempdir().unwrap(), authority };
        std::fs::create_dir(place.seals()).unwrap();
        place
    }

    fn seals(&self) -> std::path::PathBuf {
        self.folder.path().join("seal")
    }

    fn issue(&self, issued: &str) -> KeyHolder {
        let provider = samples::provider();
        let holder =
            SealHolder { file: String::new(), name: provider.name.kk, bin: provider.bin.digits() };
        let mut random = StdRng::seed_from_u64(at(issued).as_second().unsigned_abs());
        self.authority.issue_seal(&holder, at(issued), &mut random).unwrap()
    }

    /// A key and its certificate in the folder, under a name.
    fn put(&self, name: &str, issued: &str) -> Vec<u8> {
        let key = self.issue(issued);
        self.write(&format!("{name}.pem"), &key.to_pem().unwrap());
        self.write(&format!("{name}.key"), &key.key_pem().unwrap());
        key.certificate().to_vec()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.seals().join(name), text).unwrap();
    }

    fn settings(&self) -> SealSettings {
        let keys_in_files = KeysInFiles::Accepted;
        SealSettings { folder: self.seals(), keys_in_files, token: None, facts_certificate: None }
    }

    fn sealer(&self, now: &str) -> Result<FileSealer, SealerSetupError> {
        FileSealer::open(&self.settings(), Arc::new(FixedClock::new(at(now))))
    }

    /// Judges at a moment, with the revocation lists of some days.
    fn judge(&self, now: &str, lists_of: &[&str], document: &[u8]) -> DocumentVerdict {
        let (anchors, lists) = (self.folder.path().join("anchors"), self.folder.path().join("crl"));
        let write = |folder: &Path, name: String, der: Vec<u8>| {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join(name), der).unwrap();
        };
        for (name, der) in self.authority.anchors() {
            write(&anchors, format!("{name}.crt"), der);
        }
        for (number, day) in lists_of.iter().enumerate() {
            let of_all = self.authority.revocation_lists(&[], at(day)).unwrap();
            for (name, der) in of_all.into_iter().filter(|(name, _)| !name.starts_with("foreign")) {
                write(&lists, format!("{name}.{number}.crl"), der);
            }
        }
        let clock = Arc::new(FixedClock::new(at(now)));
        let trust = TrustFolder::load(TrustFolders { anchors, lists }, clock).unwrap();
        let providers = BTreeSet::from([samples::provider().bin]);
        let sealers = Sealers { operators: BTreeSet::new(), providers };
        OwnDocumentVerifier::new(Arc::new(trust), sealers).verify(document, at(now))
    }
}

async fn sealed(place: &Place, provider: Provider, now: &str) -> Result<Vec<u8>, SealError> {
    let mut order = order(provider);
    order.sealed_at = at(now);
    place.sealer(now).unwrap().seal(&rendered(), &order).await
}

/// The certificate a document was sealed by.
fn sealer_of(pdf: &[u8]) -> Vec<u8> {
    match verify(pdf, &|_, _| Trust::Trusted) {
        Verdict::Genuine(by) => by.certificate,
        other => panic!("{other:?}"),
    }
}

fn not_after(certificate: &[u8]) -> i64 {
    Certificate::from_der(certificate).unwrap().not_after().0
}

#[tokio::test]
async fn the_newer_key_takes_over_and_what_the_earlier_sealed_stays_genuine() {
    let place = Place::new();
    place.put("system", ISSUED_FIRST);
    let (first, second) =
        (place.put("710000000", ISSUED_FIRST), place.put("710000000.2", ISSUED_SECOND));
    assert_eq!(not_after(&first), at(FIRST_ENDS).as_second());
    let mut documents = Vec::new();
    for (now, expected) in [
        ("2026-10-15T00:00:00Z", &first),
        ("2026-10-17T00:00:00Z", &second),
        ("2026-12-20T00:00:00Z", &second),
    ] {
        let document = sealed(&place, samples::provider(), now).await.unwrap();
        assert!(sealer_of(&document) == *expected, "{now}");
        documents.push((now, document));
    }
    let content = DocumentContent::Certificate(samples::certificate());
    let genuine = DocumentVerdict::Genuine(Box::new(content));
    for (now, document) in documents {
        // While the earlier certificate is still valid, and after its end, with the list of the day of sealing.
        let (beside, after) = ("2026-12-05T00:00:00Z", "2027-01-15T00:00:00Z");
        if now < beside {
            assert_eq!(place.judge(beside, &[beside], &document), genuine, "{now}");
        }
        assert_eq!(place.judge(after, &[after, now], &document), genuine, "{now}");
    }
}

#[tokio::test]
async fn a_key_whose_certificate_is_past_or_to_come_is_never_used() {
    let place = Place::new();
    place.put("system", ISSUED_SECOND);
    place.put("710000000", ISSUED_FIRST);
    for now in ["2025-12-01T00:00:00Z", "2026-12-11T00:00:01Z"] {
        let error = sealed(&place, samples::provider(), now).await.unwrap_err();
        assert!(matches!(error, SealError::Unavailable(_)), "{error}");
        assert!(error.to_string().contains("710000000"), "{error}");
    }
    for now in [FIRST_BEGINS, FIRST_ENDS] {
        sealed(&place, samples::provider(), now).await.unwrap();
    }
    // The system's own, for those without a key of theirs.
    let elsewhere = Provider { kato: Kato::parse("751010000").unwrap(), ..samples::provider() };
    sealed(&place, elsewhere, "2026-12-11T00:00:01Z").await.unwrap();
}

#[tokio::test]
async fn a_document_decided_before_the_only_key_began_is_sealed_in_due_form() {
    let place = Place::new();
    place.put("system", ISSUED_SECOND);
    let now = "2026-11-20T00:00:00Z";
    let mut order = order(samples::provider());
    order.sealed_at = at("2026-10-01T00:00:00Z");
    let document = place.sealer(now).unwrap().seal(&rendered(), &order).await.unwrap();
    let verdict = place.judge(now, &[now], &document);
    assert!(matches!(verdict, DocumentVerdict::Genuine(_)), "{verdict:?}");
}

#[test]
fn each_certificate_is_named_with_its_owner_and_its_term() {
    let place = Place::new();
    place.put("system", ISSUED_SECOND);
    place.put("710000000", ISSUED_FIRST);
    place.put("710000000.2", ISSUED_SECOND);
    let terms = place.sealer(ISSUED_SECOND).unwrap().terms();
    let named: Vec<_> = terms.iter().map(|one| (&*one.owner, &*one.certificate)).collect();
    let own = [("710000000", "710000000"), ("710000000", "710000000.2")];
    assert_eq!(named, [("system", "system"), own[0], own[1]]);
    assert_eq!(terms[1].not_before, at(FIRST_BEGINS));
    assert_eq!(terms[1].not_after, at(FIRST_ENDS));
}

#[test]
fn keys_in_files_are_refused_unless_somebody_said_that_they_may_be() {
    let place = Place::new();
    place.put("system", ISSUED_FIRST);
    let refusing = SealSettings { keys_in_files: KeysInFiles::Refused, ..place.settings() };
    let clock = Arc::new(FixedClock::new(at(ISSUED_SECOND)));
    let Err(error) = FileSealer::open(&refusing, clock) else { panic!("refused") };
    let said = error.to_string();
    assert!(said.contains("system.key lies in a file"), "{said}");
    assert!(
        said.contains("[seal.token]") && said.contains("keys_in_files = \"accepted\""),
        "{said}"
    );
}

/// What somebody does wrong in a folder.
type Spoil<'a> = &'a dyn Fn(&Place);

#[test]
fn a_folder_that_is_not_in_order_is_found_at_the_start() {
    let certificate = |place: &Place, name: &str| {
        place.write(name, &place.issue(ISSUED_FIRST).to_pem().unwrap());
    };
    let spoil: [(Spoil<'_>, &str); 6] = [
        (&|place| certificate(place, "71000000.pem"), "71000000.pem names no seal"),
        (&|place| certificate(place, "710000000.new.pem"), "710000000.new.pem names no seal"),
        (&|place| certificate(place, "710000000.pem"), "710000000.pem has no key"),
        (&|place| place.write("710000000.key", "key"), "710000000.key has no certificate"),
        (&|place| place.write("system.pem", "text"), "certificates are not PEM"),
        (&|place| std::fs::remove_dir_all(place.seals()).unwrap(), "cannot read the folder"),
    ];
    for (spoil, expected) in spoil {
        let place = Place::new();
        place.put("system", ISSUED_FIRST);
        place.sealer(ISSUED_SECOND).unwrap();
        spoil(&place);
        let Err(error) = place.sealer(ISSUED_SECOND) else { panic!("{expected}") };
        assert!(error.to_string().contains(expected), "{error}");
    }
    let empty = Place::new();
    let Err(error) = empty.sealer(ISSUED_SECOND) else { panic!("no system key") };
    assert!(error.to_string().contains("there is no system.pem"), "{error}");
}

#[tokio::test]
async fn what_no_judge_would_accept_never_reaches_the_key() {
    let place = Place::new();
    place.put("system", ISSUED_SECOND);
    let sealer = place.sealer(ISSUED_SECOND).unwrap();
    let good = rendered();
    sealer.seal(&good, &order(samples::provider())).await.unwrap();
    // Inside a font: a seal could be put on it, and then nobody could tell what that seal covers.
    let mut tricked = good.clone();
    let middle = good.len() / 2;
    tricked[middle..middle + 10].copy_from_slice(b"/ByteRange");
    let error = sealer.seal(&tricked, &order(samples::provider())).await.unwrap_err();
    assert!(matches!(&error, SealError::Unsuitable(why) if why.contains("rehearsal")), "{error}");
}

#[tokio::test]
async fn a_fault_of_the_program_while_a_key_works_is_no_more_than_a_reason_to_wait() {
    let place = Place::new();
    place.put("system", ISSUED_SECOND);
    let sealer = place.sealer(ISSUED_SECOND).unwrap();
    let key = sealer.keys.of(&samples::provider().kato).unwrap();
    let broken: Result<(), SealError> = key.work(|_| panic!("on purpose")).await;
    assert!(matches!(broken, Err(SealError::Unavailable(_))), "{broken:?}");
}
