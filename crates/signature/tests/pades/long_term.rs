//! Each level before judges that are not ours: qpdf, pdfsig and pyHanko, the latter with the standard's own procedures
//! (ETSI EN 319 102-1), offline, at once and ten simulated years later.

use std::path::Path;

use signature::pades::Level;

use crate::fixture::{run, skip};
use crate::world::World;

/// The files of all levels, the trusted root, and a copy of the highest level with one byte changed on its page.
fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Of certificates that expired, pyHanko 0.38 finds the lists of former days only where a root made them.
    let world = World::of_root_alone();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("root.der", world.root.certificate.der());
    for level in Level::ALL {
        write(&format!("{level}.pdf"), &world.at_level(level));
    }
    let mut altered = world.at_level(Level::Archived);
    altered[100] ^= 1;
    write("altered.pdf", &altered);
    folder
}

#[test]
fn qpdf_finds_no_fault_at_any_level() {
    let folder = written();
    for level in Level::ALL {
        let file = format!("{level}.pdf");
        let Some((success, said)) = run("qpdf", &["--check", &file], folder.path()) else {
            return skip("qpdf");
        };
        assert!(success && !said.contains("WARNING"), "{said}");
    }
}

#[test]
fn pdfsig_finds_the_seal_valid_at_every_level_and_something_covering_the_whole_file() {
    let folder = written();
    for level in Level::ALL {
        let file = format!("{level}.pdf");
        let Some((_, said)) = run("pdfsig", &["-nocert", &file], folder.path()) else {
            return skip("pdfsig");
        };
        assert!(said.contains("Signature is Valid"), "{said}");
        assert!(!said.contains("Error"), "{said}");
        let covered = said.contains("Total document signed");
        assert!(covered || level == Level::LongTerm, "{level}: {said}");
    }
    let (_, said) = run("pdfsig", &["-nocert", "altered.pdf"], folder.path()).unwrap();
    assert!(!said.contains("Signature is Valid"), "{said}");
}

const PYHANKO: &str = "
import asyncio
import dataclasses
from datetime import datetime, timedelta, timezone
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec, RevocationInfoGatheringSpec, RevinfoOnlineFetchingRule,
    SignatureValidationSpec)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule)
from pyhanko_certvalidator.registry import SimpleTrustManager

root = x509.Certificate.load(open('root.der', 'rb').read())
CHECKED = RevocationCheckingRule.CRL_REQUIRED
POLICY = CertValidationPolicySpec(
    trust_manager=SimpleTrustManager.build(trust_roots=[root]),
    revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(CHECKED, CHECKED)))
SPEC = PdfSignatureValidationSpec(SignatureValidationSpec(
    cert_validation_policy=POLICY,
    revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)))
NOW = datetime(2026, 10, 1, 0, 1, tzinfo=timezone.utc)

def tell(name, what, result):
    print(name, what, type(result.ades_subindic).__name__, result.ades_subindic.name, result.failure_msg)

async def judge(name):
    with open(name, 'rb') as file:
        reader = PdfFileReader(file)
        seal, = reader.embedded_regular_signatures
        seal.compute_integrity_info()
        stamps = reader.embedded_timestamp_signatures
        print(name, 'stamps', len(stamps), 'covering', {
            stamp.evaluate_signature_coverage().name for stamp in stamps})
        change = seal.diff_result.modification_level.name if seal.diff_result else None
        print(name, 'coverage', seal.coverage.name, 'change', change)
        now = ValidationTimingInfo(NOW, NOW, True)
        known = ades._dss_to_local_knowledge(reader)
        spec = dataclasses.replace(SPEC.signature_validation_spec, local_knowledge=known)
        tell(name, 'with time', await ades.ades_with_time_validation(
            seal.signed_data, spec, now, raw_digest=seal.compute_digest()))
        tell(name, 'at once', await ades.ades_lta_validation(seal, SPEC, now))
        later = await ades.simulate_future_ades_lta_validation(
            seal, SPEC, NOW + timedelta(days=3653), NOW)
        tell(name, 'later', later)

for name in ['b-lt.pdf', 'b-lta.pdf', 'altered.pdf']:
    asyncio.run(judge(name))
";

#[test]
fn pyhanko_validates_the_long_term_levels_offline_at_once_and_ten_years_later() {
    let folder = written();
    let Some(said) = pyhanko(folder.path(), PYHANKO) else { return };
    for line in [
        "b-lt.pdf coverage ENTIRE_REVISION change LTA_UPDATES",
        "b-lt.pdf with time AdESPassed OK",
        "b-lta.pdf stamps 1 covering {'ENTIRE_FILE'}",
        "b-lta.pdf coverage ENTIRE_REVISION change LTA_UPDATES",
        "b-lta.pdf at once AdESPassed OK",
        "b-lta.pdf later AdESPassed OK",
        "altered.pdf at once AdESFailure HASH_FAILURE",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

/// What a program for pyHanko prints; nothing where there is no pyHanko and need not be.
fn pyhanko(folder: &Path, program: &str) -> Option<String> {
    let python = std::env::var("ANYQTAMA_PYTHON").unwrap_or_else(|_| "python3".into());
    match run(&python, &["-c", "import pyhanko"], folder) {
        Some((true, _)) => {}
        _ => {
            skip("pyHanko (ANYQTAMA_PYTHON names a Python that has it)");
            return None;
        }
    }
    let (success, said) = run(&python, &["-c", program], folder).unwrap();
    assert!(success, "{said}");
    Some(said)
}
