//! What judging makes of genuine, altered and forged files.

use der::{DateTime, Decode};
use signature::pades::{Reason, SealCertificates, Trust, Verdict, verify};

use crate::fixture::{Authority, small_pdf};
use crate::sealing::{notes, seal_with, with_authority};

fn trusting(_: &SealCertificates, _: Option<DateTime>) -> Trust {
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
            let found = verify(&pdf, &|certificates, at| {
                assert_eq!(certificates.sealing_der(), authority.read("sealing.der"));
                assert_eq!(at, Some(notes().sealed_at));
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
