//! What sealing makes, as qpdf, pdfsig and pyHanko see it.

use std::path::Path;

use der::DateTime;
use signature::pades::{SealCertificates, SealError, SealFault, SealNotes, seal};

use crate::fixture::{Authority, run, skip, small_pdf};

pub fn notes() -> SealNotes {
    SealNotes {
        sealed_at: DateTime::new(2026, 11, 23, 7, 24, 23).unwrap(),
        name: "Сынақ білім бөлімі".into(),
        reason: "Анықтама".into(),
    }
}

pub fn seal_with(authority: &Authority, name: &str, pdf: &[u8]) -> Result<Vec<u8>, SealError<()>> {
    let certificate = authority.read(&format!("{name}.der"));
    let certificates = SealCertificates::from_der(&certificate, []).unwrap();
    let key = format!("{name}.key");
    seal(pdf, &notes(), &certificates, &|bytes| Ok(authority.sign(&key, bytes)))
}

pub fn with_authority(test: impl FnOnce(&Authority)) {
    let folder = tempfile::tempdir().unwrap();
    match Authority::make(folder.path()) {
        Some(authority) => test(&authority),
        None => skip("openssl"),
    }
}

#[test]
fn sealing_only_appends_and_gives_the_same_bytes_again() {
    with_authority(|authority| {
        let unsealed = small_pdf("");
        let sealed = seal_with(authority, "sealing", &unsealed).unwrap();
        assert!(sealed.starts_with(&unsealed));
        assert_eq!(sealed, seal_with(authority, "sealing", &unsealed).unwrap());
        assert!(sealed.len() < unsealed.len() + 6_000, "no room is wasted: {}", sealed.len());
    });
}

#[test]
fn what_cannot_be_sealed_is_declined_with_its_reason() {
    with_authority(|authority| {
        let refused = |pdf: &[u8]| match seal_with(authority, "sealing", pdf) {
            Err(SealError::Unsuitable(fault)) => fault.to_string(),
            other => panic!("{other:?}"),
        };
        let good = small_pdf("");
        let sealed = seal_with(authority, "sealing", &good).unwrap();
        assert_eq!(refused(&sealed), SealFault::ManyRevisions.to_string());
        let replaced = |from: &str, to: &str| {
            String::from_utf8_lossy(&good).replace('\u{fffd}', "x").replace(from, to).into_bytes()
        };
        assert_eq!(
            refused(&replaced("/Lang(kk)", "/AcroForm 1")),
            SealFault::File(signature::pades::FileFault::Structure).to_string()
        );
        assert_eq!(
            refused(&small_pdf("/Annots 3 0 R")),
            SealFault::IndirectAnnotations.to_string()
        );
        assert!(refused(b"%PDF-1.7\n%%EOF").contains("cross-reference"));
        assert!(refused(b"hello").contains("no PDF"));
        assert!(refused(&good[..good.len() - 30]).contains("no PDF"));
    });
}

#[test]
fn annotations_of_the_page_are_kept() {
    with_authority(|authority| {
        let sealed = seal_with(authority, "sealing", &small_pdf("/Annots[3 0 R]/Tabs/S")).unwrap();
        let text = String::from_utf8_lossy(&sealed).into_owned();
        assert!(text.contains("/Annots[3 0 R 5 0 R]/Tabs/S>>"), "{text}");
    });
}

#[test]
fn judges_that_are_not_ours_find_the_seal_valid_and_the_file_whole() {
    with_authority(|authority| {
        for name in ["sealing", "sealing-ec"] {
            let sealed = seal_with(authority, name, &small_pdf("")).unwrap();
            std::fs::write(authority.folder.join("sealed.pdf"), &sealed).unwrap();
            let mut altered = sealed;
            altered[100] ^= 1;
            std::fs::write(authority.folder.join("altered.pdf"), &altered).unwrap();
            qpdf(&authority.folder);
            pdfsig(&authority.folder);
            pyhanko(&authority.folder);
        }
    });
}

fn qpdf(folder: &Path) {
    let Some((success, said)) = run("qpdf", &["--check", "sealed.pdf"], folder) else {
        return skip("qpdf");
    };
    assert!(success, "{said}");
}

fn pdfsig(folder: &Path) {
    let Some((_, said)) = run("pdfsig", &["-nocert", "sealed.pdf"], folder) else {
        return skip("pdfsig");
    };
    assert!(said.contains("Signature is Valid"), "{said}");
    assert!(said.contains("Total document signed"), "{said}");
    assert!(said.contains("ETSI.CAdES.detached"), "{said}");
    let (_, said) = run("pdfsig", &["-nocert", "altered.pdf"], folder).unwrap();
    assert!(!said.contains("Signature is Valid"), "{said}");
}

const PYHANKO: &str = "
import sys
from datetime import datetime, timezone
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from asn1crypto import x509
root = x509.Certificate.load(open('root.der', 'rb').read())
for name in ['sealed.pdf', 'altered.pdf']:
    with open(name, 'rb') as file:
        signatures = PdfFileReader(file).embedded_signatures
        assert len(signatures) == 1
        context = ValidationContext(trust_roots=[root], allow_fetching=False)
        status = validate_pdf_signature(signatures[0], context)
        print(name, status.coverage.name, status.intact, status.valid, status.trusted)
";

fn pyhanko(folder: &Path) {
    let python = std::env::var("ANYQTAMA_PYTHON").unwrap_or_else(|_| "python3".into());
    match run(&python, &["-c", "import pyhanko"], folder) {
        Some((true, _)) => {}
        _ => return skip("pyHanko (ANYQTAMA_PYTHON names a Python that has it)"),
    }
    let (success, said) = run(&python, &["-c", PYHANKO], folder).unwrap();
    assert!(success, "{said}");
    assert!(said.contains("sealed.pdf ENTIRE_FILE True True True"), "{said}");
    assert!(said.contains("altered.pdf ENTIRE_FILE False True False"), "{said}");
}
