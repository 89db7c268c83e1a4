//! Seals of every level over rendered documents, with the simulated authority's stamps over real sockets: what judges
//! that are not ours say, and what happens where a stamp or a list is not to be had.

use std::sync::Arc;

use app::testing::{FixedClock, SeededIds};
use app::{Clock, DocumentVerdict, DocumentVerifier, Renderer};
use domain::{Bin, DocumentContent};
use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use signature::pades::{Level, Verdict, judge_sealer, verify};
use simulators::authority::{Algorithm, Authority, DemoFolder, SealHolder};
use simulators::ocsp::{Ocsp, Responding};
use simulators::tsa::{Fault, Stamping, Tsa};
use tokio::sync::oneshot;

use crate::seal::authority::run;
use crate::seal::tests::{order, rendered, skip};
use crate::seal::*;
use crate::{
    HttpTimeStamper, OwnDocumentVerifier, PdfRenderer, ResponderSettings, Responders, Sealers,
    TimeStampSettings, TrustFolder, TrustFolders, samples,
};

/// A minute after the documents of the tests were made.
fn now() -> Timestamp {
    "2026-11-23T10:11:06Z".parse().unwrap()
}

/// A demo's folder and as many stamping authorities as wanted.
struct World {
    files: tempfile::TempDir,
    authority: Authority,
    clock: Arc<FixedClock>,
    trust: Arc<TrustFolder>,
    urls: Vec<String>,
    stamping: Vec<Arc<Stamping>>,
    _stops: Vec<oneshot::Sender<()>>,
}

impl World {
    async fn new(kinds: &[Algorithm]) -> Self {
        let files = tempfile::tempdir().unwrap();
        let folder = DemoFolder::new(files.path());
        let mut random = StdRng::seed_from_u64(11);
        let bin = samples::provider().bin.digits();
        let seal = SealHolder { file: "system".to_owned(), name: "МӨР".to_owned(), bin };
        let authority = folder.furnish(&[], &[seal], now(), &mut random).unwrap().authority;
        let clock = Arc::new(FixedClock::new(now()));
        let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
        let trust = Arc::new(TrustFolder::load(folders, clock.clone()).unwrap());
        let (urls, stamping, stops) = (Vec::new(), Vec::new(), Vec::new());
        let mut world = Self { files, authority, clock, trust, urls, stamping, _stops: stops };
        for kind in kinds {
            let keys = world.authority.issue_stamp_keys(*kind, now(), &mut random).unwrap();
            let own = Arc::clone(&world.clock);
            let clock: simulators::ncalayer::Clock = Arc::new(move || own.now());
            let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys, clock).await.unwrap();
            world.urls.push(tsa.url());
            world.stamping.push(tsa.stamping());
            let (stop, stopped) = oneshot::channel();
            tokio::spawn(tsa.serve(async {
                let _ = stopped.await;
            }));
            world._stops.push(stop);
        }
        world
    }

    fn sealer(&self, level: Level) -> FileSealer {
        self.sealer_by(self.clock.clone(), level)
    }

    /// The same with another clock for the choice of the key.
    fn sealer_by(&self, clock: Arc<FixedClock>, level: Level) -> FileSealer {
        let folder = DemoFolder::new(self.files.path()).seals();
        let files =
            SealFiles { key: folder.join("system.key"), certificates: folder.join("system.pem") };
        let sealer = FileSealer::load(&files, &BTreeMap::new(), clock).unwrap();
        if level == Level::Basic {
            return sealer;
        }
        let settings = TimeStampSettings {
            urls: self.urls.clone(),
            policy: None,
            patience: Duration::from_secs(20),
        };
        let (ids, clock) = (Arc::new(SeededIds::new(3)), self.clock.clone());
        let (trust, time) = (Arc::clone(&self.trust), self.clock.clone());
        let stamper = HttpTimeStamper::new(&settings, Arc::clone(&trust), clock, ids).unwrap();
        sealer.with_levels(SealLevels::new(level, Arc::new(stamper), trust, time))
    }

    async fn seal(&self, level: Level) -> Result<Vec<u8>, SealError> {
        self.sealer(level).seal(&rendered(), &order(samples::provider())).await
    }

    fn told(&self, pdf: &[u8], at: Timestamp) -> &'static str {
        let trust = self.trust.current();
        let at = crate::signatures::moment(at);
        match verify(pdf, &|certificates, proofs| judge_sealer(&trust, certificates, proofs, at)) {
            Verdict::Genuine(by) => by.level.code(),
            Verdict::NotGenuine(reason) => reason.code(),
            Verdict::Unreadable(code) | Verdict::CannotTell(code) => code,
        }
    }

    /// The lists of the folder are gone or made anew; they are looked at again after some seconds.
    fn without_lists(&self) {
        std::fs::remove_dir_all(DemoFolder::new(self.files.path()).lists()).unwrap();
        std::fs::create_dir(DemoFolder::new(self.files.path()).lists()).unwrap();
        self.clock.advance(SignedDuration::from_secs(6));
    }
}

#[tokio::test]
async fn every_level_is_reached_with_stamps_of_either_branch() {
    for kind in [Algorithm::Rsa, Algorithm::Gost] {
        let world = World::new(&[kind]).await;
        for level in Level::ALL {
            let pdf = world.seal(level).await.unwrap();
            assert_eq!(world.told(&pdf, now()), level.code(), "{kind:?}");
        }
        let stamps = world.stamping[0].queries();
        assert_eq!(stamps, 4, "one for b-t and b-lt each, two for b-lta");
    }
}

#[tokio::test]
async fn an_archived_document_is_genuine_with_its_facts_years_later_and_without_a_network() {
    let world = World::new(&[Algorithm::Rsa]).await;
    let pdf = world.seal(Level::Archived).await.unwrap();
    world.without_lists();
    let providers = [samples::provider().bin].into();
    let sealers = Sealers { operators: Default::default(), providers };
    let verifier = OwnDocumentVerifier::new(Arc::clone(&world.trust), sealers);
    let content = DocumentContent::Certificate(samples::certificate());
    let genuine = DocumentVerdict::Genuine(Box::new(content));
    for hours in [0, 24 * 365, 24 * 3_653] {
        let at = now() + SignedDuration::from_hours(hours);
        assert_eq!(verifier.verify(&pdf, at), genuine, "{hours} hours later");
    }
    let judged = verifier.judge(&pdf, now());
    assert_eq!(judged.seal, Some((Level::Archived, Some(now()))));
    let stranger =
        Sealers { operators: [Bin::parse("210140099997").unwrap()].into(), ..Default::default() };
    let elsewhere = OwnDocumentVerifier::new(Arc::clone(&world.trust), stranger);
    assert_eq!(elsewhere.verify(&pdf, now()), DocumentVerdict::NotGenuine("not_a_provider"));
}

#[tokio::test]
async fn without_a_stamp_nothing_is_sealed_and_why_is_told() {
    let world = World::new(&[Algorithm::Rsa]).await;
    for level in [Level::Stamped, Level::LongTerm, Level::Archived] {
        for fault in [Fault::Down, Fault::ServerError, Fault::Refuses, Fault::ForeignAuthority] {
            world.stamping[0].fail(fault);
            let error = world.seal(level).await.unwrap_err();
            let SealError::Unavailable(why) = &error else { panic!("{error}") };
            assert!(why.starts_with("no time stamp: "), "{why}");
        }
        world.stamping[0].fail(None);
        assert!(world.seal(level).await.is_ok(), "it works again");
    }
}

#[tokio::test]
async fn the_next_authority_is_asked_and_its_proofs_are_kept_too() {
    let world = World::new(&[Algorithm::Gost, Algorithm::Rsa]).await;
    world.stamping[0].fail(Fault::Down);
    let sealer = world.sealer(Level::Archived);
    let seal = async || sealer.seal(&rendered(), &order(samples::provider())).await;
    let by_second = seal().await.unwrap();
    assert_eq!(world.told(&by_second, now()), "b-lta");
    world.stamping[0].fail(None);
    let by_first = seal().await.unwrap();
    assert_eq!(world.told(&by_first, now()), "b-lta");
    world.without_lists();
    for pdf in [by_first, by_second] {
        assert_eq!(world.told(&pdf, now()), "b-lta", "what is kept is enough");
    }
}

#[tokio::test]
async fn a_stale_or_missing_list_leaves_the_seal_unavailable() {
    let world = World::new(&[Algorithm::Rsa]).await;
    let sealer = world.sealer(Level::LongTerm);
    let seal = async || match sealer.seal(&rendered(), &order(samples::provider())).await {
        Err(SealError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    };
    // The issuing authority's list is there, the root's is not: then the chain could not be judged later.
    std::fs::remove_file(world.files.path().join("crl/demo_root_rsa.crl")).unwrap();
    world.clock.advance(SignedDuration::from_secs(6));
    assert_eq!(seal().await, "the seal: crl_missing");
    world.without_lists();
    assert_eq!(seal().await, "no time stamp: the stamp received is not good: crl_missing");
    let other = World::new(&[Algorithm::Rsa]).await;
    other.clock.advance(SignedDuration::from_hours(8 * 24));
    assert!(other.seal(Level::LongTerm).await.is_err());
    assert!(other.seal(Level::Basic).await.is_ok(), "which asks nobody");
}

/// A responder of the demo's authorities, and seals that ask it first.
struct Asking {
    world: World,
    url: String,
    responding: Arc<Responding>,
}

impl Asking {
    async fn new(kind: Algorithm) -> Self {
        let world = World::new(&[kind]).await;
        let mut random = StdRng::seed_from_u64(13);
        let keys = world.authority.issue_ocsp_keys(&[], now(), &mut random).unwrap();
        let own = Arc::clone(&world.clock);
        let address = "127.0.0.1:0".parse().unwrap();
        let ocsp = Ocsp::bind(address, keys, Arc::new(move || own.now())).await.unwrap();
        let (url, responding) = (ocsp.url(), ocsp.responding());
        tokio::spawn(ocsp.serve(std::future::pending()));
        Self { world, url, responding }
    }

    async fn seal(&self, level: Level) -> Result<Vec<u8>, SealError> {
        self.seal_as(level, |levels| levels).await
    }

    async fn seal_by_answers(&self, level: Level) -> Result<Vec<u8>, SealError> {
        self.seal_as(level, SealLevels::without_lists_beside).await
    }

    async fn seal_as(
        &self,
        level: Level,
        change: impl Fn(SealLevels) -> SealLevels,
    ) -> Result<Vec<u8>, SealError> {
        let settings = ResponderSettings {
            urls: vec![self.url.clone()],
            patience: Duration::from_secs(5),
            keep_seconds: 60,
        };
        let (clock, ids) = (self.world.clock.clone(), Arc::new(SeededIds::new(5)));
        let responders = Responders::new(&settings, clock, ids).unwrap();
        let sealer = self.world.sealer(level);
        let levels = change(sealer.levels.unwrap().asking(responders));
        let sealer = FileSealer { levels: Some(levels), ..sealer };
        sealer.seal(&rendered(), &order(samples::provider())).await
    }
}

/// Answers and lists that a file keeps.
fn kept(pdf: &[u8]) -> (usize, usize) {
    let proofs = std::sync::Mutex::new((0, 0));
    let _ = verify(pdf, &|_, all| {
        *proofs.lock().unwrap() = (all.kept.answers.len(), all.kept.lists.len());
        signature::pades::Trust::Trusted
    });
    proofs.into_inner().unwrap()
}

#[tokio::test]
async fn what_a_responder_says_is_kept_beside_the_lists_at_hand() {
    let asking = Asking::new(Algorithm::Rsa).await;
    let pdf = asking.seal(Level::Archived).await.unwrap();
    assert_eq!(
        kept(&pdf),
        (2, 2),
        "of seal and stamp; the root's list and the issuing authority's"
    );
    assert_eq!(asking.world.told(&pdf, now()), "b-lta");
}

#[tokio::test]
async fn what_a_responder_says_does_without_the_issuing_authority_s_list() {
    for kind in [Algorithm::Rsa, Algorithm::Gost] {
        let asking = Asking::new(kind).await;
        let mut sealed = Vec::new();
        for level in [Level::LongTerm, Level::Archived] {
            let pdf = asking.seal_by_answers(level).await.unwrap();
            assert_eq!(asking.world.told(&pdf, now()), level.code());
            let (answers, lists) = kept(&pdf);
            let roots = if kind == Algorithm::Rsa { 1 } else { 2 };
            assert_eq!((answers, lists), (2, roots), "of seal and stamp; the roots' lists");
            sealed.push((level, pdf));
        }
        asking.world.without_lists();
        for (level, pdf) in sealed {
            let later = now() + SignedDuration::from_hours(24 * 3_653);
            assert_eq!(asking.world.told(&pdf, later), level.code(), "no network, no lists");
        }
    }
}

/// It looks at answers only where a certificate names a responder, as the national ones do and the demo's do not.
const AS_IF_DECLARED: &str = "
from pyhanko_certvalidator import validate
declared = validate.get_declared_revinfo
validate.get_declared_revinfo = lambda certificate: (declared(certificate)[0], True)
";

#[tokio::test]
async fn py_hanko_takes_seals_that_keep_a_responder_s_answers() {
    let asking = Asking::new(Algorithm::Rsa).await;
    let folder = asking.world.files.path();
    for level in [Level::LongTerm, Level::Archived] {
        let sealed = asking.seal_by_answers(level).await.unwrap();
        assert_eq!(kept(&sealed).0, 2);
        std::fs::write(folder.join(format!("{level}.pdf")), &sealed).unwrap();
    }
    let python = std::env::var("ANYQTAMA_PYTHON").unwrap_or_else(|_| "python3".into());
    let Some((true, _)) = run(&python, &["-c", "import pyhanko"], folder) else {
        return skip("pyHanko (ANYQTAMA_PYTHON names a Python that has it)");
    };
    // Of the authorities the root's list still tells; of seal and stamps the answers alone.
    let either = PYHANKO.replace("CRL_REQUIRED", "CRL_OR_OCSP_REQUIRED");
    let either = format!("{AS_IF_DECLARED}{either}");
    let (success, said) = run(&python, &["-c", &either], folder).unwrap();
    assert!(success && said.contains("b-lt.pdf AdESPassed OK"), "{said}");
    assert!(said.contains("b-lta.pdf AdESPassed OK"), "{said}");
    // Nothing else vouches for them: where lists are demanded, there are none.
    let (_, said) = run(&python, &["-c", PYHANKO], folder).unwrap();
    assert!(!said.contains("b-lt.pdf AdESPassed"), "{said}");
}

#[tokio::test]
async fn a_responder_of_no_use_leaves_the_lists_and_neither_leaves_the_seal_unavailable() {
    use simulators::ocsp::Fault as Silence;
    let asking = Asking::new(Algorithm::Rsa).await;
    for silence in [
        Silence::Down,
        Silence::ServerError,
        Silence::Garbage,
        Silence::Unsigned,
        Silence::AnothersSignature,
        Silence::ForeignAuthority,
        Silence::Stale,
        Silence::OtherNonce,
        Silence::OtherCertificate,
        Silence::Unknown,
    ] {
        asking.responding.fail(silence);
        let pdf = asking.seal(Level::Archived).await.unwrap();
        assert_eq!(asking.world.told(&pdf, now()), "b-lta");
        assert_eq!(kept(&pdf).0, 0, "{silence:?}: no answer, and the lists instead");
    }
    for (said, why) in
        [(Silence::Revoked, "the seal: revoked"), (Silence::NeverIssued, "the seal: never_issued")]
    {
        asking.responding.fail(said);
        let error = asking.seal(Level::LongTerm).await.unwrap_err();
        assert_eq!(error, SealError::Unavailable(why.to_owned()));
    }
    asking.responding.fail(Silence::Down);
    asking.world.without_lists();
    assert!(matches!(asking.seal(Level::LongTerm).await, Err(SealError::Unavailable(_))));
}

#[tokio::test]
async fn a_seal_whose_certificate_is_no_longer_good_is_not_put_on() {
    let world = World::new(&[Algorithm::Rsa]).await;
    let year = SignedDuration::from_hours(24 * 340);
    world.clock.advance(year);
    let mut random = StdRng::seed_from_u64(12);
    let folder = DemoFolder::new(world.files.path());
    folder.write_lists(&world.authority, &[], &[], world.clock.now()).unwrap();
    world.clock.advance(SignedDuration::from_secs(6));
    let later = world.clock.now();
    let keys = world.authority.issue_stamp_keys(Algorithm::Rsa, later, &mut random).unwrap();
    let own = Arc::clone(&world.clock);
    let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys, Arc::new(move || own.now()));
    let tsa = tsa.await.unwrap();
    let world = World { urls: vec![tsa.url()], ..world };
    tokio::spawn(tsa.serve(std::future::pending()));
    let slow = Arc::new(FixedClock::new(now()));
    for (clock, expected) in [
        (world.clock.clone(), "no sealing certificate of system is valid now"),
        (slow, "the sealed document does not stand up to checking: expired"),
    ] {
        let sealer = world.sealer_by(clock, Level::Stamped);
        let error = sealer.seal(&rendered(), &order(samples::provider())).await.unwrap_err();
        assert_eq!(error, SealError::Unavailable(expected.to_owned()));
    }
}

#[tokio::test]
async fn a_stamp_larger_than_any_before_finds_its_room_at_the_next_attempt() {
    let world = World::new(&[Algorithm::Rsa]).await;
    let sealer = world.sealer(Level::Archived);
    let seal = async || sealer.seal(&rendered(), &order(samples::provider())).await.unwrap();
    let first = seal().await;
    let second = seal().await;
    assert!(second.len() < first.len(), "the room follows the stamps seen");
    let levels = sealer.levels.as_ref().unwrap();
    levels.stamp_bytes_for_tests(300);
    let small = sealer.seal(&rendered(), &order(samples::provider())).await.unwrap_err();
    assert!(matches!(small, SealError::Unavailable(_)), "{small}");
    assert!(world.told(&seal().await, now()) == "b-lta");
}

#[tokio::test]
async fn the_seal_of_a_tagged_document_is_in_its_structure() {
    let world = World::new(&[Algorithm::Rsa]).await;
    let path = world.files.path().join("sealed.pdf");
    for level in Level::ALL {
        let sealed = world.seal(level).await.unwrap();
        std::fs::write(&path, &sealed).unwrap();
        let Some((success, said)) = run("pdfinfo", &["-struct", "sealed.pdf"], world.files.path())
        else {
            return skip("pdfinfo");
        };
        let form = said.split("Form").nth(1).unwrap_or_default();
        assert!(success && form.trim_start().starts_with("Object "), "{said}");
        assert!(said.contains("Table") && said.contains("Figure"), "the rest is kept: {said}");
        let content = DocumentContent::Certificate(samples::certificate());
        let unsealed = PdfRenderer::new().unwrap().render(&content, None, None).unwrap();
        assert!(sealed.starts_with(&unsealed));
        let added = String::from_utf8_lossy(&sealed[unsealed.len()..]).into_owned();
        assert!(added.contains("/Tabs/S") || added.contains("/Tabs /S"), "{level}");
        assert!(added.contains("/StructParent ") && added.contains("/TU<feff"), "{level}");
        assert!(added.contains("/S/Form/P "), "{level}");
    }
}

#[tokio::test]
async fn judges_that_are_not_ours_take_every_level() {
    let world = World::new(&[Algorithm::Rsa]).await;
    let folder = world.files.path();
    for level in Level::ALL {
        let sealed = world.seal(level).await.unwrap();
        std::fs::write(folder.join(format!("{level}.pdf")), &sealed).unwrap();
        let file = format!("{level}.pdf");
        match run("qpdf", &["--check", &file], folder) {
            Some((success, said)) => assert!(success && !said.contains("WARNING"), "{said}"),
            None => skip("qpdf"),
        }
        match run("pdfsig", &["-nocert", &file], folder) {
            Some((_, said)) => assert!(said.contains("Signature is Valid"), "{said}"),
            None => skip("pdfsig"),
        }
    }
    let python = std::env::var("ANYQTAMA_PYTHON").unwrap_or_else(|_| "python3".into());
    match run(&python, &["-c", "import pyhanko"], folder) {
        Some((true, _)) => {
            let (success, said) = run(&python, &["-c", PYHANKO], folder).unwrap();
            assert!(success && said.contains("b-lta.pdf AdESPassed OK"), "{said}");
            assert!(said.contains("b-lt.pdf AdESPassed OK"), "{said}");
        }
        _ => skip("pyHanko (ANYQTAMA_PYTHON names a Python that has it)"),
    }
}

const PYHANKO: &str = "
import asyncio
import dataclasses
from datetime import datetime, timezone
from asn1crypto import pem, x509
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

der = open('anchors/demo_root_rsa.cer', 'rb').read()
root = x509.Certificate.load(pem.unarmor(der)[2] if pem.detect(der) else der)
RULE = RevocationCheckingRule.CRL_REQUIRED
POLICY = CertValidationPolicySpec(
    trust_manager=SimpleTrustManager.build(trust_roots=[root]),
    revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(RULE, RULE)))
SPEC = PdfSignatureValidationSpec(SignatureValidationSpec(
    cert_validation_policy=POLICY,
    revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)))
NOW = datetime(2026, 11, 23, 10, 12, tzinfo=timezone.utc)
for name in ['b-lt.pdf', 'b-lta.pdf']:
    with open(name, 'rb') as file:
        reader = PdfFileReader(file)
        seal, = reader.embedded_regular_signatures
        timing = ValidationTimingInfo(NOW, NOW, True)
        if name == 'b-lta.pdf':
            judging = ades.ades_lta_validation(seal, SPEC, timing)
        else:
            kept = ades._dss_to_local_knowledge(reader)
            spec = dataclasses.replace(SPEC.signature_validation_spec, local_knowledge=kept)
            judging = ades.ades_with_time_validation(
                seal.signed_data, spec, timing, raw_digest=seal.compute_digest())
        found = asyncio.run(judging)
        print(name, type(found.ades_subindic).__name__, found.ades_subindic.name, found.failure_msg)
";
