//! The authority judged by the signature crate over the files a service would load. Knows no service. Next: `folder.rs`.

use std::path::Path;

use jiff::ToSpan;
use jiff::civil::date;
use rand::SeedableRng;
use rand::rngs::StdRng;
use signature::Verdict;
use signature::cms::{self, Content, Policy, Purpose, Signer};
use signature::trust::TrustStore;
use signature::x509::{Certificate, Crl};

use super::*;
use crate::people::{self, Expected};

pub(crate) fn now() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

pub(crate) fn demo_people() -> Vec<DemoPerson> {
    people::population(1, date(2026, 11, 23), 1).unwrap().demo
}

pub(crate) fn random() -> StdRng {
    StdRng::seed_from_u64(11)
}

fn seals() -> Vec<SealHolder> {
    let holder = |file: &str, name: &str, bin: &str| SealHolder {
        file: file.to_owned(),
        name: name.to_owned(),
        bin: bin.to_owned(),
    };
    vec![
        holder("system", "«Анықтама» ақпараттық жүйесі", "210140000016"),
        holder("101010000", "Семей қаласы білім бөлімі", "210140000046"),
    ]
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Trust as the service loads it: from the files alone.
pub(crate) fn trust(folder: &DemoFolder) -> TrustStore {
    let anchors = files(&folder.anchors());
    let mut trust = TrustStore::default();
    let certificates = anchors.iter().map(|der| Certificate::from_der(der).unwrap()).collect();
    trust.add_authorities(certificates).unwrap();
    for der in files(&folder.lists()) {
        trust.add_list(Crl::read(&der).unwrap()).unwrap();
    }
    trust
}

pub(crate) fn judged(trust: &TrustStore, cms: &[u8], content: &[u8], at: Timestamp) -> String {
    let policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
    let content = Content::Attached(content);
    match cms::verify(cms, content, policy, trust, Moment(at.as_second())) {
        Verdict::Valid(signed) => format!("valid {}", signed.iin.unwrap_or_default()),
        Verdict::Invalid(reason) => reason.code().to_owned(),
        Verdict::CannotTell(doubt) => doubt.code().to_owned(),
    }
}

#[test]
fn each_demo_persons_signature_is_judged_as_his_situation_says() {
    let folder = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(folder.path());
    let people = demo_people();
    let furnished = folder.furnish(&people, &[], now(), &mut random()).unwrap();
    let trust = trust(&folder);
    let later = now().checked_add(2.minutes()).unwrap();
    for (person, key) in people.iter().zip(&furnished.keys) {
        let cms = key.sign("сұрау".as_bytes(), true, later).unwrap();
        let verdict = judged(&trust, &cms, "сұрау".as_bytes(), later);
        let expected = match (&person.expected, person.key) {
            (Expected::RejectedBeforeRegistration { code }, kind) if kind != KeyKind::Gost => {
                code.clone()
            }
            _ => format!("valid {}", person.iin.digits()),
        };
        assert_eq!(verdict, expected, "{}", person.slug);
    }
}

#[test]
fn lists_are_good_for_seven_days_and_then_nothing_can_be_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(folder.path());
    let people: Vec<_> = demo_people().into_iter().take(1).collect();
    let furnished = folder.furnish(&people, &[], now(), &mut random()).unwrap();
    let cms = furnished.keys[0].sign(b"x", true, now()).unwrap();
    for (hours, expected) in [(1, "valid"), (7 * 24 - 1, "valid"), (7 * 24 + 1, "crl_stale")] {
        let at = now().checked_add(hours.hours()).unwrap();
        assert!(judged(&trust(&folder), &cms, b"x", at).starts_with(expected), "{hours}");
    }
    let at = now().checked_add((7 * 24 + 1).hours()).unwrap();
    folder.write_lists(&furnished.authority, &people, &furnished.keys, at).unwrap();
    assert!(judged(&trust(&folder), &cms, b"x", at).starts_with("valid"));
}

#[test]
fn a_folder_keeps_its_keys_the_next_day_and_makes_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(folder.path());
    let people: Vec<_> = demo_people().into_iter().take(3).collect();
    let first = folder.furnish(&people[..2], &seals()[..1], now(), &mut random()).unwrap();
    let seal = std::fs::read(folder.seals().join("system.pem")).unwrap();
    let tomorrow = now().checked_add(24.hours()).unwrap();
    let second = folder.furnish(&people, &seals(), tomorrow, &mut random()).unwrap();
    assert_eq!(first.authority.anchors(), second.authority.anchors());
    assert_eq!(first.keys[1].certificate(), second.keys[1].certificate());
    assert_eq!(second.keys.len(), 3);
    assert_eq!(std::fs::read(folder.seals().join("system.pem")).unwrap(), seal);
    let loaded = folder.load().unwrap();
    for ((person, key), (expected, made)) in loaded.iter().zip(people.iter().zip(&second.keys)) {
        assert_eq!(person, expected);
        assert_eq!(key.certificate(), made.certificate());
        assert_eq!(key.name(), made.name());
        let again = key.sign(b"x", true, tomorrow).unwrap();
        assert_eq!(again, made.sign(b"x", true, tomorrow).unwrap(), "the same key");
    }
}

#[test]
fn given_randomness_makes_the_same_gost_keys() {
    let person = &demo_people()[0];
    let made = || {
        let authority = Authority::establish(now(), &mut random()).unwrap();
        let key = authority.issue_person(person, now(), &mut random()).unwrap();
        (authority.anchors()[0].clone(), key.holder().key_pem().unwrap())
    };
    assert_eq!(made(), made());
}

#[test]
fn a_certificate_has_the_shape_of_the_national_ones() {
    let authority = Authority::establish(now(), &mut random()).unwrap();
    let people = demo_people();
    let person = people.iter().find(|one| one.slug == "three_wards").unwrap();
    let key = authority.issue_person(person, now(), &mut random()).unwrap();
    assert_eq!(key.name(), "ҚОЖАХМЕТОВ ҒАЛЫМЖАН ҰЛАНҰЛЫ");
    assert_eq!(key.iin(), Some(person.iin.digits().as_str()));
    assert_eq!(key.usages(), ["1.3.6.1.5.5.7.3.4", "1.2.398.3.3.4.1.1"]);
    let organisation = people.iter().find(|one| one.slug == "organisation_key").unwrap();
    let key = authority.issue_person(organisation, now(), &mut random()).unwrap();
    let employee = "1.2.398.3.3.4.1.2.5";
    assert_eq!(key.usages(), ["1.3.6.1.5.5.7.3.4", "1.2.398.3.3.4.1.2", employee]);
    assert_eq!(key.holder().certificate.bin().as_deref(), Some("210140000016"));
}

#[test]
fn a_seal_is_rsa_names_its_bin_and_is_an_anchors_child() {
    let folder = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(folder.path());
    folder.furnish(&[], &seals(), now(), &mut random()).unwrap();
    for seal in seals() {
        let path = folder.seals().join(format!("{}.pem", seal.file));
        let holder = KeyHolder::from_pem(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(holder.certificate.bin(), Some(seal.bin));
        assert!(trust(&folder).judge(&holder.certificate, Moment(now().as_second())).is_ok());
        let key = std::fs::read_to_string(folder.seals().join(format!("{}.key", seal.file)));
        assert!(RsaKey::from_pem(&key.unwrap()).is_ok());
    }
}
