//! The public samples of Kazakhstan's test authority, judged with the clock frozen. They do not come with the project:
//! without them the test says so and ends.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use signature::cms::{Content, Policy, Purpose, Signer, verify};
use signature::trust::TrustStore;
use signature::tsp::{self, Response};
use signature::x509::{Certificate, Crl, KeyKind, RevocationReason};
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
