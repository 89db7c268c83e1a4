//! Whatever bytes come in, an answer comes out. And the wrappings real clients use lead to the same answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cms::cert::CertificateChoices;
use der::Decode;
use proptest::prelude::*;
use signature::cms::{Content, Policy, Purpose, Signer, attached_content, verify};
use signature::signing::GostKey;
use signature::trust::TrustStore;
use signature::x509::{Certificate, Crl};
use signature::{Reason, Verdict};

use crate::authorities::{Authorities, NOW, days, list_der};
use crate::reasons::changed;

const TEXT: &[u8] = b"<request/>";
const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };

fn judged(cms: &[u8], trust: &TrustStore) -> Verdict {
    verify(cms, Content::AnyAttached, POLICY, trust, NOW)
}

/// The same message with indefinite lengths everywhere and its octet strings in pieces of three bytes.
fn as_ber(der: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = der;
    while let Some((&tag, after)) = rest.split_first() {
        let (length, after) = match after[0] {
            short @ 0..=0x7f => (usize::from(short), &after[1..]),
            long => {
                let digits = usize::from(long & 0x7f);
                let length = after[1..=digits].iter().fold(0, |sum, d| sum * 256 + usize::from(*d));
                (length, &after[1 + digits..])
            }
        };
        let (content, next) = after.split_at(length);
        rest = next;
        let pieces = (tag == 0x04 && content.len() > 3)
            .then(|| content.chunks(3).flat_map(piece_of).collect::<Vec<_>>());
        match pieces {
            Some(pieces) => out.extend([&[0x24, 0x80][..], &pieces, &[0, 0]].concat()),
            None if tag & 0x20 != 0 => {
                out.extend([&[tag, 0x80][..], &as_ber(content), &[0, 0]].concat());
            }
            None => {
                out.extend([tag, 0x82]);
                out.extend(u16::try_from(length).unwrap().to_be_bytes());
                out.extend(content);
            }
        }
    }
    out
}

fn piece_of(piece: &[u8]) -> Vec<u8> {
    [&[0x04, u8::try_from(piece.len()).unwrap()][..], piece].concat()
}

/// The same message with the authorities' certificates beside the signer's.
fn with_chain(authorities: &Authorities, cms: &[u8]) -> Vec<u8> {
    changed(cms, |data| {
        let set = data.certificates.as_mut().unwrap();
        for one in [&authorities.issuing, &authorities.root] {
            let parsed = x509_cert::Certificate::from_der(one.certificate.der()).unwrap();
            set.0.insert(CertificateChoices::Certificate(parsed)).unwrap();
        }
    })
}

#[test]
fn every_wrapping_a_client_uses_is_read() {
    let authorities = Authorities::new();
    let trust = authorities.trust();
    let der = authorities.person().sign(TEXT);
    let chain = with_chain(&authorities, &der);
    let line = |bytes: &[u8]| STANDARD.encode(bytes);
    let lines = |bytes: &[u8], end: &str| {
        let text = STANDARD.encode(bytes);
        let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line));
        lines.map(|line| format!("{line}{end}")).collect::<String>()
    };
    let framed = |bytes: &[u8], name: &str, end: &str| {
        let body = lines(bytes, end);
        format!("-----BEGIN {name}-----{end}{body}-----END {name}-----{end}")
    };
    let table: [(&str, Vec<u8>); 16] = [
        ("DER", der.clone()),
        ("DER with a chain", chain.clone()),
        ("BER", as_ber(&der)),
        ("BER with a chain", as_ber(&chain)),
        ("base64 of DER in one line", line(&der).into()),
        ("base64 of DER in lines", lines(&der, "\n").into()),
        ("base64 of DER in lines of Windows", lines(&der, "\r\n").into()),
        ("base64 of BER in one line", line(&as_ber(&der)).into()),
        ("base64 of BER in lines of Windows", lines(&as_ber(&chain), "\r\n").into()),
        ("PEM as NCALayer gives it", framed(&der, "CMS", "\r\n").into()),
        ("PEM of BER with a chain", framed(&as_ber(&chain), "CMS", "\r\n").into()),
        ("PEM of other systems", framed(&der, "CMS", "\n").into()),
        ("PEM under its old name", framed(&der, "PKCS7", "\n").into()),
        ("PEM after blank lines", format!("\r\n\n {}\r\n\r\n", framed(&der, "CMS", "\r\n")).into()),
        ("PEM after a byte order mark", format!("\u{feff}{}", framed(&der, "CMS", "\r\n")).into()),
        ("base64 after a mark and a blank line", format!("\u{feff}\r\n{}", line(&der)).into()),
    ];
    for (name, wrapped) in table {
        assert!(matches!(judged(&wrapped, &trust), Verdict::Valid(_)), "{name}");
        assert_eq!(attached_content(&wrapped).as_deref(), Ok(TEXT), "{name}");
    }
}

#[test]
fn reading_the_text_of_a_broken_message_has_reasons_too() {
    assert_eq!(attached_content(b""), Err(Reason::Empty));
    assert_eq!(attached_content(b"rubbish!"), Err(Reason::Malformed));
}

#[test]
fn certificates_are_read_from_der_and_from_pem_among_keys() {
    let authorities = Authorities::new();
    let der = authorities.root.certificate.der();
    let pem = |label| der::pem::encode_string(label, der::pem::LineEnding::LF, der).unwrap();
    let file = format!("{}{}", pem("CERTIFICATE"), pem("CERTIFICATE"));
    assert_eq!(Certificate::all_from(der).unwrap().len(), 1);
    assert_eq!(Certificate::all_from(file.as_bytes()).unwrap().len(), 2);
    let key = crate::authorities::gost_key("key").to_pem().unwrap();
    let file = format!("{key}{}", pem("CERTIFICATE"));
    assert_eq!(Certificate::all_from(file.as_bytes()).unwrap().len(), 1);
    assert!(Certificate::all_from(&[0xff; 10]).is_err());
    assert_eq!(Certificate::from_der(&[0x30; 70_000]).err(), Some(Reason::TooLarge));
}

fn damaged(der: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = der.len();
    let damage = prop::collection::vec((0..length, any::<u8>()), 1..12);
    (damage, 0..length).prop_map(move |(damage, cut)| {
        let mut der = der.clone();
        damage.iter().for_each(|(place, value)| der[*place] = *value);
        if cut % 5 == 0 {
            der.drain(cut / 2..cut);
        }
        der
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let trust = TrustStore::default();
        prop_assert!(!matches!(judged(&bytes, &trust), Verdict::Valid(_)));
        let _ = Certificate::all_from(&bytes);
        let _ = Crl::read(&bytes);
        let _ = GostKey::from_pem(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "[ -~\r\nА-я]{0,300}") {
        let trust = TrustStore::default();
        prop_assert!(!matches!(judged(text.as_bytes(), &trust), Verdict::Valid(_)));
        let _ = Certificate::all_from(text.as_bytes());
        let _ = GostKey::from_pem(&text);
    }

    #[test]
    fn a_damaged_message_is_judged_without_panic(bytes in damaged(Authorities::new().person().sign(TEXT))) {
        let _ = judged(&bytes, &TrustStore::default());
        let _ = attached_content(&bytes);
    }

    #[test]
    fn a_damaged_certificate_is_read_or_refused(
        bytes in damaged(Authorities::new().person().certificate.der().to_vec())
    ) {
        if let Ok(certificate) = Certificate::from_der(&bytes) {
            let _ = (certificate.iin(), certificate.bin(), certificate.names());
            let _ = TrustStore::default().judge(&certificate, NOW);
        }
    }

    #[test]
    fn a_damaged_list_is_read_or_refused(
        bytes in damaged(list_der(
            &Authorities::new().issuing, days(-1), days(6), &[(vec![9; 20], days(-2))]
        ))
    ) {
        if let Ok(list) = Crl::read(&bytes) {
            let _ = (list.covers(NOW), list.revocation(&[9; 20]), list.number());
        }
    }

    #[test]
    fn ber_of_any_text_says_the_same_as_its_der(text in any::<Vec<u8>>()) {
        let cms = Authorities::new().person().sign(&text);
        prop_assert_eq!(attached_content(&as_ber(&cms)), attached_content(&cms));
    }
}
