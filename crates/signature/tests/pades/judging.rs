//! What judging makes of genuine, altered and forged files.

use std::time::Duration;

use der::{DateTime, Decode};
use signature::Moment;
use signature::pades::{
    Level, Proofs, Reason, SealCertificates, SealNotes, Trust, Verdict, judge_sealer, verify,
};
use signature::trust::TrustStore;
use signature::x509::{Certificate, Crl};

use crate::fixture::{Authority, small_pdf};
use crate::sealing::{notes, seal_with, with_authority};

fn trusting(_: &SealCertificates, _: &Proofs) -> Trust {
    Trust::Trusted
}

fn verdict(pdf: &[u8]) -> Verdict {
    verify(pdf, &trusting)
}

fn sealed(authority: &Authority) -> Vec<u8> {
    seal_with(authority, "sealing", &small_pdf("")).unwrap()
}

#[test]
fn a_sealed_file_is_genuine_and_names_its_sealer_and_time() {
    with_authority(|authority| {
        for name in ["sealing", "sealing-ec"] {
            let pdf = seal_with(authority, name, &small_pdf("")).unwrap();
            let Verdict::Genuine(by) = verdict(&pdf) else { panic!("{:?}", verdict(&pdf)) };
            assert_eq!(by.certificate, authority.read(&format!("{name}.der")));
            assert!(by.subject.contains("DEMO DEPARTMENT"), "{}", by.subject);
            assert_eq!(by.claimed_at, Some(notes().sealed_at));
            assert_eq!((by.stamped_at, by.level), (None, Level::Basic));
        }
    });
}

#[test]
fn the_callers_trust_decides_at_last_and_hears_certificate_and_time() {
    with_authority(|authority| {
        let pdf = sealed(authority);
        for (trust, expected) in [
            (Trust::Refused("revoked"), Verdict::NotGenuine(Reason::Mistrusted("revoked"))),
            (Trust::Unknown("crl_stale"), Verdict::CannotTell("crl_stale")),
        ] {
            let found = verify(&pdf, &|certificates, proofs| {
                assert_eq!(certificates.sealing_der(), authority.read("sealing.der"));
                let claimed_at = Some(notes().sealed_at);
                assert_eq!(*proofs, Proofs { claimed_at, ..Proofs::default() });
                trust
            });
            assert_eq!(found, expected);
        }
    });
}

#[test]
fn no_byte_of_a_sealed_file_can_be_changed() {
    with_authority(|authority| {
        let pdf = sealed(authority);
        let mut changed = pdf.clone();
        for place in 0..pdf.len() {
            // Each bit in turn, so that digits change case and value, and white space its kind.
            changed[place] ^= 1 << (place % 8);
            assert!(!matches!(verdict(&changed), Verdict::Genuine(_)), "byte {place}");
            changed[place] = pdf[place];
        }
        for place in (0..pdf.len()).filter(|place| pdf[*place].is_ascii_alphabetic()) {
            changed[place] ^= 0x20;
            assert!(!matches!(verdict(&changed), Verdict::Genuine(_)), "case of byte {place}");
            changed[place] = pdf[place];
        }
    });
}

#[test]
fn nothing_can_be_put_before_after_or_into_a_sealed_file() {
    with_authority(|authority| {
        let pdf = sealed(authority);
        for (name, forged) in [
            ("after", [&pdf, &b"\n"[..]].concat()),
            ("space before the end", [&pdf[..pdf.len() - 6], b" ", &pdf[pdf.len() - 6..]].concat()),
            ("twice", [&pdf[..], &pdf[..]].concat()),
            ("cut", pdf[..pdf.len() - 1].to_vec()),
            ("before", [b"\n", &pdf[..]].concat()),
        ] {
            assert!(!matches!(verdict(&forged), Verdict::Genuine(_)), "{name}");
        }
        let shadow = with_revision(&pdf, "2 0 obj\n<</Type/Page/Parent 1 0 R>>\nendobj\n", 2);
        assert_eq!(verdict(&shadow), Verdict::NotGenuine(Reason::NotWhole));
    });
}

/// The file with another revision that replaces one object.
fn with_revision(pdf: &[u8], object: &str, number: u32) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let previous = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap();
    let object_at = pdf.len();
    let table_at = object_at + object.len();
    let revision = format!(
        "{object}xref\n{number} 1\n{object_at:010} 00000 n \ntrailer\n<</Size 7/Root 4 0 R/Prev {previous}>>\n\
         startxref\n{table_at}\n%%EOF\n"
    );
    [pdf, revision.as_bytes()].concat()
}

#[test]
fn a_file_without_a_seal_is_not_genuine_and_no_pdf_is_unreadable() {
    assert_eq!(verdict(&small_pdf("")), Verdict::NotGenuine(Reason::NoSeal));
    assert_eq!(verdict(b""), Verdict::Unreadable("not_pdf"));
    assert_eq!(verdict(b"%PDF-1.7\nstartxref\n0\n%%EOF"), Verdict::Unreadable("pdf_structure"));
    let encrypted = String::from_utf8_lossy(&small_pdf("")).replace("/Size 5", "/Encrypt 5");
    // The lossy text moved the offsets, so only the fault itself is asked.
    assert!(matches!(verdict(encrypted.as_bytes()), Verdict::Unreadable(_)));
}

#[test]
fn a_seal_of_other_bytes_or_by_another_key_is_recognised() {
    with_authority(|authority| {
        let pdf = sealed(authority);
        let other = seal_with(authority, "sealing", &small_pdf("/Rotate 90")).unwrap();
        // The CMS of one file put into another of the same length of hole.
        let moved = with_contents(&pdf, &contents(&other));
        assert_eq!(verdict(&moved), Verdict::NotGenuine(Reason::Altered));
        let certificate = authority.read("sealing.der");
        let certificates = SealCertificates::from_der(&certificate, []).unwrap();
        let forged =
            signature::pades::seal::<()>(&small_pdf(""), &notes(), &certificates, &|bytes| {
                Ok(authority.sign("other.key", bytes))
            });
        assert_eq!(verdict(&forged.unwrap()), Verdict::NotGenuine(Reason::WrongSignature));
    });
}

fn hole(pdf: &[u8]) -> std::ops::Range<usize> {
    let mark = b"/Contents<";
    let start = pdf.windows(mark.len()).position(|window| window == mark).unwrap() + mark.len();
    start..start + pdf[start..].iter().position(|byte| *byte == b'>').unwrap()
}

fn contents(pdf: &[u8]) -> Vec<u8> {
    pdf[hole(pdf)].to_vec()
}

fn with_contents(pdf: &[u8], contents: &[u8]) -> Vec<u8> {
    let hole = hole(pdf);
    assert_eq!(hole.len(), contents.len());
    [&pdf[..hole.start], contents, &pdf[hole.end..]].concat()
}

#[test]
fn a_cms_that_is_written_in_another_way_is_not_taken() {
    with_authority(|authority| {
        let pdf = sealed(authority);
        let cms = hex::decode(contents(&pdf)).unwrap();
        // The version is covered by neither the digest nor the signature.
        let info = cms::content_info::ContentInfo::from_der(&cms).unwrap();
        let mut signed: cms::signed_data::SignedData = info.content.decode_as().unwrap();
        signed.version = cms::content_info::CmsVersion::V3;
        let changed = cms::content_info::ContentInfo {
            content: der::Any::encode_from(&signed).unwrap(),
            ..info
        };
        let digits = hex::encode(der::Encode::to_der(&changed).unwrap());
        let forged = with_contents(&pdf, digits.as_bytes());
        assert_eq!(verdict(&forged), Verdict::NotGenuine(Reason::SealForm));
    });
}

/// Root and issuing authority with the issuing one's list.
fn trust_store(authority: &Authority) -> TrustStore {
    let mut store = TrustStore::default();
    let read = |file| Certificate::all_from(&authority.read(file)).unwrap();
    store.add_authorities([read("root.crt"), read("issuing.crt")].concat()).unwrap();
    store.add_list(Crl::read(&authority.read("issuing.crl")).unwrap()).unwrap();
    store
}

fn seal_deep(authority: &Authority, issuers: &[&[u8]], sealed_at: Moment) -> Vec<u8> {
    let certificates =
        SealCertificates::from_der(&authority.read("deep.der"), issuers.iter().copied()).unwrap();
    let seconds = u64::try_from(sealed_at.0).unwrap();
    let sealed_at = DateTime::from_unix_duration(Duration::from_secs(seconds)).unwrap();
    let notes = SealNotes { sealed_at, ..notes() };
    signature::pades::seal::<()>(&small_pdf(""), &notes, &certificates, &|bytes| {
        Ok(authority.sign("deep.key", bytes))
    })
    .unwrap()
}

#[test]
fn the_certificates_above_the_sealing_one_are_protected_too() {
    with_authority(|authority| {
        authority.make_issuing();
        let store = trust_store(authority);
        let deep = Certificate::from_der(&authority.read("deep.der")).unwrap();
        let at = deep.not_before().plus_seconds(60);
        let judged = |pdf: &[u8]| {
            verify(pdf, &|certificates, proofs| judge_sealer(&store, certificates, proofs, at))
        };
        let issuing = authority.read("issuing.der");
        let pdf = seal_deep(authority, &[&issuing], at);
        assert!(matches!(judged(&pdf), Verdict::Genuine(_)), "{:?}", judged(&pdf));
        assert!(matches!(judged(&seal_deep(authority, &[], at)), Verdict::Genuine(_)));
        let mut changed = pdf.clone();
        for place in hole(&pdf) {
            changed[place] = if pdf[place] == b'0' { b'1' } else { b'0' };
            assert!(!matches!(judged(&changed), Verdict::Genuine(_)), "digit {place}");
            changed[place] = pdf[place];
        }
        let stranger = authority.read("other.der");
        let with_stranger = seal_deep(authority, &[&issuing, &stranger], at);
        assert_eq!(
            judged(&with_stranger),
            Verdict::NotGenuine(Reason::Mistrusted("unknown_issuer"))
        );
    });
}

#[test]
fn an_old_seal_outlives_its_certificate_and_a_seal_from_outside_its_term_does_not_count() {
    with_authority(|authority| {
        authority.make_issuing();
        let store = trust_store(authority);
        let deep = Certificate::from_der(&authority.read("deep.der")).unwrap();
        let (begin, end) = (deep.not_before(), deep.not_after());
        let judged = |sealed_at: Moment, at: Moment| {
            let pdf = seal_deep(authority, &[], sealed_at);
            verify(&pdf, &|certificates, proofs| judge_sealer(&store, certificates, proofs, at))
        };
        let refused = |code| Verdict::NotGenuine(Reason::Mistrusted(code));
        let day = 86_400;
        assert!(matches!(
            judged(begin.plus_seconds(60), end.plus_seconds(day)),
            Verdict::Genuine(_)
        ));
        assert_eq!(judged(end.plus_seconds(60), end.plus_seconds(day)), refused("expired"));
        assert_eq!(
            judged(begin.plus_seconds(-day), begin.plus_seconds(60)),
            refused("not_yet_valid")
        );
        assert_eq!(
            judged(begin.plus_seconds(day), begin.plus_seconds(60)),
            refused("sealed_in_future")
        );
    });
}

#[test]
fn a_key_that_is_not_for_binding_its_holder_seals_nothing() {
    with_authority(|authority| {
        authority.make_issuing();
        let store = trust_store(authority);
        let pdf = seal_with(authority, "other", &small_pdf("")).unwrap();
        let at = Certificate::from_der(&authority.read("other.der")).unwrap().not_after();
        let found =
            verify(&pdf, &|certificates, proofs| judge_sealer(&store, certificates, proofs, at));
        assert_eq!(found, Verdict::NotGenuine(Reason::Mistrusted("wrong_key_usage")));
    });
}
