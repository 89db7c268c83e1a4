//! Sealing rendered documents, and what judges that are not ours say about them.

use std::path::Path;

use app::Renderer;
use app::testing::FixedClock;
use domain::{DocumentContent, Provider};
use jiff::SignedDuration;
use signature::pades::{Trust, Verdict, verify};

use super::authority::{RSA_2048, make_key, make_root, run};
use super::*;
use crate::{PdfRenderer, samples};

const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

/// Runs with a folder that has a root; says loudly when it cannot.
pub(crate) async fn with_root(test: impl AsyncFnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    if make_root(folder.path()) { test(folder.path()).await } else { skip("openssl") }
}

#[allow(clippy::print_stderr, reason = "a skipped test must be heard")]
pub(crate) fn skip(tool: &str) {
    let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "{tool} is required and missing");
    eprintln!("SKIPPED: {tool} is missing");
}

/// The machine's time, a moment later: certificates are made by a program with its own clock.
#[allow(clippy::disallowed_methods, reason = "the program that makes certificates asks it too")]
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::new(Timestamp::now() + SignedDuration::from_secs(1)))
}

pub(crate) fn rendered() -> Vec<u8> {
    let content = DocumentContent::Certificate(samples::certificate());
    PdfRenderer::new().unwrap().render(&content, None, None).unwrap()
}

pub(crate) fn order(provider: Provider) -> SealOrder {
    SealOrder { provider, sealed_at: "2026-11-23T10:10:06Z".parse().unwrap() }
}

fn subject(pdf: &[u8]) -> String {
    match verify(pdf, &|_, _| Trust::Trusted) {
        Verdict::Genuine(by) => by.subject,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_provider_seals_with_his_own_key_and_others_with_the_systems() {
    with_root(async |folder| {
        let system = make_key(folder, "system", RSA_2048);
        let own = make_key(folder, "department", P256);
        let kato = samples::provider().kato;
        let sealer = FileSealer::load(&system, &BTreeMap::from([(kato, own)]), clock()).unwrap();
        let unsealed = rendered();
        let of_provider = sealer.seal(&unsealed, &order(samples::provider())).await.unwrap();
        assert!(subject(&of_provider).contains("CN=department"));
        let elsewhere = Provider { kato: Kato::parse("751010000").unwrap(), ..samples::provider() };
        let of_system = sealer.seal(&unsealed, &order(elsewhere.clone())).await.unwrap();
        assert!(subject(&of_system).contains("CN=system"));
        assert_eq!(of_system, sealer.seal(&unsealed, &order(elsewhere)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_key_that_cannot_seal_is_found_when_it_is_loaded() {
    with_root(async |folder| {
        let good = make_key(folder, "system", RSA_2048);
        let other = make_key(folder, "other", RSA_2048);
        let curve = make_key(folder, "curve", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384");
        let text = folder.join("text");
        std::fs::write(&text, "hello").unwrap();
        let mixed = |key: &Path, certificates: &Path| SealFiles {
            key: key.to_owned(),
            certificates: certificates.to_owned(),
        };
        for (files, expected) in [
            (mixed(&other.key, &good.certificates), "does not belong"),
            (curve, "nor P-256"),
            (mixed(&text, &good.certificates), "not PEM with one"),
            (mixed(&good.certificates, &good.certificates), "not PEM with one"),
            (mixed(&good.key, &text), "certificates are not PEM"),
            (mixed(&folder.join("absent"), &good.certificates), "No such file"),
        ] {
            let Err(error) = FileSealer::load(&files, &BTreeMap::new(), clock()) else {
                panic!("{expected}")
            };
            assert!(error.to_string().contains(expected), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_plain_pdf_or_sealed_already_is_unsuitable() {
    with_root(async |folder| {
        let system = make_key(folder, "system", RSA_2048);
        let sealer = FileSealer::load(&system, &BTreeMap::new(), clock()).unwrap();
        let order = order(samples::provider());
        let sealed = sealer.seal(&rendered(), &order).await.unwrap();
        for bytes in [b"hello".as_slice(), &sealed] {
            let error = sealer.seal(bytes, &order).await.unwrap_err();
            assert!(matches!(error, SealError::Unsuitable(_)), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn judges_that_are_not_ours_find_a_sealed_certificate_valid_and_whole() {
    with_root(async |folder| {
        let system = make_key(folder, "system", RSA_2048);
        let sealer = FileSealer::load(&system, &BTreeMap::new(), clock()).unwrap();
        let sealed = sealer.seal(&rendered(), &order(samples::provider())).await.unwrap();
        std::fs::write(folder.join("sealed.pdf"), &sealed).unwrap();
        match run("qpdf", &["--check", "sealed.pdf"], folder) {
            Some((success, said)) => assert!(success, "{said}"),
            None => skip("qpdf"),
        }
        match run("pdfsig", &["-nocert", "sealed.pdf"], folder) {
            Some((_, said)) => {
                assert!(said.contains("Signature is Valid"), "{said}");
                assert!(said.contains("Total document signed"), "{said}");
            }
            None => skip("pdfsig"),
        }
        let python = std::env::var("ANYQTAMA_PYTHON").unwrap_or_else(|_| "python3".into());
        match run(&python, &["-c", "import pyhanko"], folder) {
            Some((true, _)) => {
                let (success, said) = run(&python, &["-c", PYHANKO], folder).unwrap();
                assert!(success && said.contains("ENTIRE_FILE True True True"), "{said}");
            }
            _ => skip("pyHanko (ANYQTAMA_PYTHON names a Python that has it)"),
        }
    })
    .await;
}

const PYHANKO: &str = "
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
root = x509.Certificate.load(open('root.der', 'rb').read())
with open('sealed.pdf', 'rb') as file:
    signature, = PdfFileReader(file).embedded_signatures
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    status = validate_pdf_signature(signature, context)
    print(status.coverage.name, status.intact, status.valid, status.trusted)
";
