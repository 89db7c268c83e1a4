//! The public samples of Kazakhstan's test authority, judged with the clock frozen. They do not come with the project:
//! without them the test says so and ends.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::process::Command;

use signature::cms::{Content, Policy, Purpose, Signer, verify};
use signature::ocsp::{Answer, CertificateId, Request, Status, judge_answer, judge_kept};
use signature::trust::TrustStore;
use signature::tsp::{self, Response};
use signature::wss::{PinFault, Pinned};
use signature::x509::{Certificate, Crl, KeyKind, Revocation, RevocationReason};
use signature::{Doubt, Moment, Objection, Reason, Verdict};

/// 2026-10-01T00:00:00Z
const AT: Moment = Moment(1_790_812_800);
const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/pki-samples");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: the public samples of the test authority are not at {}", folder.display());
    None
}

fn trust(folder: &Path) -> TrustStore {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let mut trust = TrustStore::default();
    let authorities = ["root_test_gost_2022.cer", "nca_gost2022_test.cer"]
        .into_iter()
        .flat_map(|name| Certificate::all_from(&read(name)).unwrap());
    trust.add_authorities(authorities.collect()).unwrap();
    trust.add_list(Crl::read(&read("nca_gost2022_test.crl")).unwrap()).unwrap();
    trust
}

#[test]
fn the_signed_samples_are_valid_and_nothing_else_is() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let trust = trust(&folder);
    let document = read("cms_doc.xml");
    let attached = read("cms_attached.der");
    let detached = read("cms_detached.der");
    for (cms, content) in [
        (&attached, Content::Attached(&document)),
        (&attached, Content::AnyAttached),
        (&detached, Content::Detached(&document)),
    ] {
        match verify(cms, content, POLICY, &trust, AT) {
            Verdict::Valid(signed) => assert_eq!(signed.iin.as_deref(), Some("123456789011")),
            other => panic!("{other:?}"),
        }
    }
    let reason = |cms: &[u8], content| match verify(cms, content, POLICY, &trust, AT) {
        Verdict::Invalid(reason) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(&attached, Content::Attached(b"another")), Reason::WrongContent);
    assert_eq!(reason(&detached, Content::Detached(b"another")), Reason::DigestMismatch);
    assert_eq!(reason(&detached, Content::Attached(&document)), Reason::Detached);
}

#[test]
fn certificates_are_judged_as_their_notes_say() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let one = |name: &str| Certificate::from_der(&der_of(&read(name))).unwrap();
    let trust = trust(&folder);
    let expired = one("gost1.cer");
    assert_eq!(trust.judge(&expired, AT), Err(Objection::Invalid(Reason::Expired)));
    assert_eq!(expired.key().kind(), KeyKind::Gost2015);
    let while_it_lived = Moment(1_717_200_000);
    assert_eq!(trust.judge(&expired, while_it_lived), Err(Objection::CannotTell(Doubt::CrlStale)));
    let old = one("ceo_valid_sign_2004_gost.cer");
    assert_eq!(old.key().kind(), KeyKind::OldGost2004);
    assert_eq!(old.is_issued_by(&one("root_test_gost_2022.cer")), Err(Reason::OldGost2004));
}

/// Certificates inside key files. OpenSSL opens the old cipher around them; the keys are not needed.
fn certificate_of(folder: &Path, name: &str) -> Option<Certificate> {
    let arguments = ["pkcs12", "-legacy", "-passin", "pass:Qwerty12", "-nokeys", "-clcerts", "-in"];
    let said = Command::new("openssl").args(arguments).arg(folder.join(name)).output().ok()?;
    if !said.status.success() {
        eprintln!("SKIPPED: this openssl does not open {name}");
        return None;
    }
    Certificate::all_from(&said.stdout).unwrap().pop()
}

#[test]
fn of_the_key_files_the_revoked_one_is_revoked_and_the_others_are_not() {
    let Some(folder) = folder() else { return };
    let trust = trust(&folder);
    let list = Crl::read(&std::fs::read(folder.join("nca_gost2022_test.crl")).unwrap()).unwrap();
    assert_eq!(list.len(), 195);
    if let Some(revoked) = certificate_of(&folder, "individual_revoked.p12") {
        assert_eq!(trust.judge(&revoked, AT), Err(Objection::Invalid(Reason::Revoked)));
        let entry = list.revocation(revoked.serial()).unwrap();
        assert_ne!(entry.reason, RevocationReason::Unspecified);
    }
    if let Some(person) = certificate_of(&folder, "individual_valid.p12") {
        assert!(trust.judge(&person, AT).is_ok());
        assert_eq!((person.iin().as_deref(), person.bin()), (Some("123456789011"), None));
        assert_eq!(person.names().patronymic.as_deref(), Some("ТЕСТОВИЧ"));
    }
    if let Some(head) = certificate_of(&folder, "legal_valid_head.p12") {
        assert!(trust.judge(&head, AT).is_ok());
        assert_eq!(head.bin().as_deref(), Some("123456789021"));
    }
}

#[test]
fn the_older_rsa_branch_verifies_too() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let authority = Certificate::from_der(&der_of(&read("nca_rsa_test.crt"))).unwrap();
    let person =
        Certificate::from_der(&der_of(&read("individual_valid_sign_2004_rsa.cer"))).unwrap();
    assert_eq!(person.is_issued_by(&authority), Ok(true));
    let list = Crl::read(&read("nca_rsa_test.crl")).unwrap();
    assert_eq!(list.is_issued_by(&authority), Ok(true));
    // Its root is not among the samples, and its list ended in 2022.
    let mut trust = TrustStore::default();
    trust.pin_authority(authority).unwrap();
    trust.add_list(list).unwrap();
    let in_summer_2022 = Moment(1_654_041_600);
    assert!(trust.judge(&person, in_summer_2022).is_ok());
    let after_the_list = Moment(1_667_260_800);
    let late = trust.judge(&person, after_the_list);
    assert_eq!(late, Err(Objection::CannotTell(Doubt::CrlStale)));
}

fn der_of(bytes: &[u8]) -> Vec<u8> {
    Certificate::all_from(bytes).unwrap().first().unwrap().der().to_vec()
}

/// Certificates of either kind as the NCA issues them can be pinned for messages, those of the old GOST cannot.
#[test]
fn certificates_of_either_kind_can_be_pinned() {
    let Some(folder) = folder() else { return };
    let pinned = |name: &str| Pinned::read(&std::fs::read(folder.join(name)).unwrap());
    for name in ["gost1.cer", "individual_valid_sign_2004_rsa.cer"] {
        assert_eq!(pinned(name).unwrap().certificates().len(), 1, "{name}");
    }
    assert_eq!(pinned("ceo_valid_sign_2004_gost.cer").unwrap_err(), PinFault::KeyKind);
    assert_eq!(pinned("nca_gost2022_test.cer").unwrap_err(), PinFault::NotForSigning);
}

#[test]
fn a_stamp_of_the_old_authority_is_read_and_not_taken() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let token = read("tsp_token.bin");
    assert_eq!(tsp::read_response(&read("tsp_response.bin")), Ok(Response::Granted(token.clone())));
    // It is over SHA-1, by a key of 2004.
    match tsp::verify(&token, &[0; 32], &trust(&folder), AT) {
        tsp::Verdict::Invalid(reason) => assert_eq!(reason, tsp::Reason::OtherDigest),
        other => panic!("{other:?}"),
    }
}

/// An answer of the national test responder: the number asked about, the nonce it was asked with, the second it was made.
struct OcspSample {
    file: &'static str,
    serial: &'static str,
    nonce: &'static str,
    made_at: Moment,
    status: Status,
}

/// Both were made on 2022-09-02. The first file is named for a person's certificate that had never been issued; the
/// second for an officer's that was on hold since 2022-07-27T10:25:30Z.
const OCSP_SAMPLES: [OcspSample; 2] = [
    OcspSample {
        file: "ocsp_response_individual_2015.bin",
        serial: "0ff06211dc82beb00253ffa000f1de84abef454f",
        nonce: "e408ffb790834af2",
        made_at: Moment(1_662_137_914),
        status: Status::NeverIssued,
    },
    OcspSample {
        file: "ocsp_response_ceo_2015_revoked.bin",
        serial: "3a90343e720594c55204b19cb9a402422ef0e622",
        nonce: "157b28fd1ac7761e",
        made_at: Moment(1_662_137_968),
        status: Status::Revoked(Revocation {
            revoked_at: Moment(1_658_917_530),
            reason: RevocationReason::CertificateHold,
        }),
    },
];

impl OcspSample {
    fn id(&self, issuer: &Certificate) -> CertificateId {
        CertificateId::of_serial(&hex::decode(self.serial).unwrap(), issuer)
    }

    fn judged(
        &self,
        response: &[u8],
        chain: &[&Certificate],
        nonce: &str,
        at: Moment,
    ) -> Result<Answer, Doubt> {
        let nonce = Some(hex::decode(nonce).unwrap());
        judge_answer(response, &Request { id: self.id(chain[0]), nonce }, chain, at)
    }
}

fn gost_chain(folder: &Path) -> [Certificate; 2] {
    ["nca_gost2022_test.cer", "root_test_gost_2022.cer"].map(|name| {
        Certificate::from_der(&der_of(&std::fs::read(folder.join(name)).unwrap())).unwrap()
    })
}

#[test]
fn the_answers_of_the_national_responder_are_judged_with_their_whole_chain() {
    let Some(folder) = folder() else { return };
    let chain = gost_chain(&folder);
    assert_eq!(chain[0].is_issued_by(&chain[1]), Ok(true));
    assert!(chain[1].is_self_signed());
    let chain = [&chain[0], &chain[1]];
    for sample in OCSP_SAMPLES {
        let response = std::fs::read(folder.join(sample.file)).unwrap();
        let judge =
            |nonce, at| sample.judged(&response, &chain, nonce, at).map(|answer| answer.status());
        let at = sample.made_at.plus_seconds(1);
        assert_eq!(judge(sample.nonce, at), Ok(sample.status), "{}", sample.file);
        assert_eq!(judge("00", at), Err(Doubt::OcspOtherNonce));
        assert_eq!(judge(sample.nonce, sample.made_at.plus_seconds(901)), Err(Doubt::OcspStale));
        let kept = judge_kept(&response, &sample.id(chain[0]), &chain, at).unwrap();
        assert_eq!((kept.status(), kept.this_update()), (sample.status, sample.made_at));
        // Only the authority that issued speaks about it.
        let by_root = judge_kept(&response, &sample.id(chain[0]), &[chain[1]], at);
        assert_eq!(by_root, Err(Doubt::OcspUntrusted));
        let another = judge_kept(&response, &sample.id(chain[1]), &chain, at);
        assert_eq!(another, Err(Doubt::OcspOtherCertificate));
    }
}

/// A generator of the test's own: the same places on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

type IsGood = Box<dyn Fn(&[u8]) -> bool>;

/// What is changed, and whether it is still taken for good.
struct Subject {
    name: &'static str,
    bytes: Vec<u8>,
    is_good: IsGood,
}

fn subjects(folder: &Path) -> Vec<Subject> {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let [issuing, root] = gost_chain(folder);
    let cms = |content: Content<'static>| {
        let trust = trust(folder);
        move |bytes: &[u8]| matches!(verify(bytes, content, POLICY, &trust, AT), Verdict::Valid(_))
    };
    let document: &'static [u8] = read("cms_doc.xml").leak();
    let authorities = TrustStore::default();
    let mut subjects = vec![
        Subject {
            name: "cms_attached.der",
            bytes: read("cms_attached.der"),
            is_good: Box::new(cms(Content::AnyAttached)),
        },
        Subject {
            name: "cms_detached.der",
            bytes: read("cms_detached.der"),
            is_good: Box::new(cms(Content::Detached(document))),
        },
        Subject {
            name: "nca_gost2022_test.crl",
            bytes: read("nca_gost2022_test.crl"),
            is_good: Box::new({
                let trust = trust(folder).without_lists();
                move |bytes: &[u8]| {
                    Crl::read(bytes).is_ok_and(|list| trust.clone().add_list(list).is_ok())
                }
            }),
        },
        Subject {
            name: "nca_gost2022_test.cer",
            bytes: issuing.der().to_vec(),
            is_good: Box::new({
                let root = root.clone();
                move |bytes: &[u8]| {
                    let mut trust = authorities.clone();
                    Certificate::from_der(bytes)
                        .is_ok_and(|one| trust.add_authorities(vec![root.clone(), one]).is_ok())
                }
            }),
        },
        Subject {
            name: "gost1.cer",
            bytes: der_of(&read("gost1.cer")),
            is_good: Box::new({
                let issuing = issuing.clone();
                move |bytes: &[u8]| {
                    Certificate::from_der(bytes)
                        .is_ok_and(|one| one.is_issued_by(&issuing) == Ok(true))
                }
            }),
        },
    ];
    for sample in OCSP_SAMPLES {
        let (issuing, root, bytes) = (issuing.clone(), root.clone(), read(sample.file));
        subjects.push(Subject {
            name: sample.file,
            bytes,
            is_good: Box::new(move |bytes: &[u8]| {
                let at = sample.made_at;
                sample.judged(bytes, &[&issuing, &root], sample.nonce, at).is_ok()
            }),
        });
    }
    subjects
}

#[test]
fn of_two_thousand_changes_of_a_byte_none_leaves_a_sample_good() {
    let Some(folder) = folder() else { return };
    let subjects = subjects(&folder);
    let mut dice = Dice(20_261_128);
    for subject in &subjects {
        assert!((subject.is_good)(&subject.bytes), "{}", subject.name);
    }
    for round in 0..2_000 {
        let subject = &subjects[round % subjects.len()];
        let place = dice.below(subject.bytes.len());
        let mut bad = subject.bytes.clone();
        bad[place] ^= u8::try_from(1 + dice.below(255)).unwrap();
        // CMS version 3 in place of 1 means the same, and some clients write it.
        let version = subject.bytes.windows(3).position(|window| window == [2, 1, 1]);
        let is_version = version.is_some_and(|version| version + 2 == place) && bad[place] == 3;
        if !(subject.name.starts_with("cms") && is_version) {
            assert!(!(subject.is_good)(&bad), "{}, byte {place}: {:#x}", subject.name, bad[place]);
        }
    }
}

#[test]
fn every_byte_of_the_responders_answers_counts() {
    let Some(folder) = folder() else { return };
    for subject in subjects(&folder).iter().filter(|one| one.name.starts_with("ocsp")) {
        for place in 0..subject.bytes.len() {
            let mut bad = subject.bytes.clone();
            bad[place] ^= 1;
            assert!(!(subject.is_good)(&bad), "{}, byte {place}", subject.name);
        }
    }
}
