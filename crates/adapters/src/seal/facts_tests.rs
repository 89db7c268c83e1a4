//! Facts signatures by a software GOST key of the simulated authority: made, put into documents, sealed, judged.

use std::sync::atomic::{AtomicBool, Ordering};

use app::testing::{FixedClock, SeededIds};
use app::{DocumentVerdict, DocumentVerifier, Renderer};
use domain::{Bin, DocumentContent};
use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use signature::pades::Level;
use simulators::authority::{Algorithm, Authority, DemoFolder, KeyHolder, SealHolder};
use simulators::ocsp::Ocsp;
use simulators::tsa::Tsa;

use super::tests::order;
use super::*;
use crate::{
    HttpTimeStamper, OwnDocumentVerifier, PdfRenderer, ResponderSettings, Responders, Sealers,
    TimeStampSettings, TrustFolder, TrustFolders, samples,
};

/// A minute after the documents of the tests were made.
fn now() -> Timestamp {
    "2026-11-23T10:11:06Z".parse().unwrap()
}

/// A key in memory that may be away.
struct SoftKey(KeyHolder, AtomicBool);

impl FactsKey for SoftKey {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyFault> {
        if self.1.load(Ordering::Relaxed) {
            return Err(TokenFault::Absent("called anyqtama".to_owned()).into());
        }
        self.0.key().sign(bytes).map_err(|_| KeyFault::Signing)
    }
}

struct World {
    files: tempfile::TempDir,
    authority: Authority,
    clock: Arc<FixedClock>,
    trust: Arc<TrustFolder>,
    key: Arc<SoftKey>,
}

fn holder(file: &str, bin: Bin) -> SealHolder {
    SealHolder { file: file.to_owned(), name: "МӨР".to_owned(), bin: bin.digits() }
}

impl World {
    fn new() -> Self {
        Self::of(samples::provider().bin)
    }

    /// Facts are signed by the organisation of this BIN.
    fn of(bin: Bin) -> Self {
        let files = tempfile::tempdir().unwrap();
        let folder = DemoFolder::new(files.path());
        let mut random = StdRng::seed_from_u64(12);
        let seal = holder("system", samples::provider().bin);
        let authority = folder.furnish(&[], &[seal], now(), &mut random).unwrap().authority;
        let facts = holder("facts", bin);
        folder.furnish_facts_key(&authority, &facts, now(), &mut random).unwrap();
        let pem = std::fs::read_to_string(folder.facts_key().join("facts.pem")).unwrap();
        let key = SoftKey(KeyHolder::from_pem(&pem).unwrap(), AtomicBool::new(false));
        let clock = Arc::new(FixedClock::new(now()));
        let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
        let trust = Arc::new(TrustFolder::load(folders, clock.clone()).unwrap());
        Self { files, authority, clock, trust, key: Arc::new(key) }
    }

    fn folder(&self) -> DemoFolder {
        DemoFolder::new(self.files.path())
    }

    fn signer(&self) -> GostFactsSigner {
        let certificate = self.folder().facts_key().join("facts.pem");
        let (key, clock) = (Arc::clone(&self.key), self.clock.clone());
        GostFactsSigner::with_key(&certificate, key, clock).unwrap()
    }

    fn sealer(&self) -> FileSealer {
        let seals = self.folder().seals();
        let files =
            SealFiles { key: seals.join("system.key"), certificates: seals.join("system.pem") };
        FileSealer::load(&files, &BTreeMap::new(), self.clock.clone()).unwrap()
    }

    async fn levelled(&self, level: Level, responders: Option<Responders>) -> FileSealer {
        let mut random = StdRng::seed_from_u64(13);
        let keys = self.authority.issue_stamp_keys(Algorithm::Rsa, now(), &mut random).unwrap();
        let own = Arc::clone(&self.clock);
        let clock: simulators::ncalayer::Clock = Arc::new(move || own.now());
        let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys, clock).await.unwrap();
        let (urls, patience) = (vec![tsa.url()], Duration::from_secs(20));
        tokio::spawn(tsa.serve(std::future::pending()));
        let settings = TimeStampSettings { urls, policy: None, patience };
        let (trust, clock) = (Arc::clone(&self.trust), self.clock.clone());
        let ids = Arc::new(SeededIds::new(3));
        let stamper = HttpTimeStamper::new(&settings, Arc::clone(&trust), clock.clone(), ids);
        let levels = SealLevels::new(level, Arc::new(stamper.unwrap()), trust, clock);
        self.sealer().with_levels(match responders {
            Some(responders) => levels.asking(responders).without_lists_beside(),
            None => levels,
        })
    }

    fn verifier(&self) -> OwnDocumentVerifier {
        let providers = [samples::provider().bin].into();
        let sealers = Sealers { operators: Default::default(), providers };
        OwnDocumentVerifier::new(Arc::clone(&self.trust), sealers)
    }

    fn without_lists(&self) {
        std::fs::remove_dir_all(self.folder().lists()).unwrap();
        std::fs::create_dir(self.folder().lists()).unwrap();
        self.clock.advance(SignedDuration::from_secs(6));
    }
}

fn content() -> DocumentContent {
    DocumentContent::Certificate(samples::certificate())
}

fn rendered(signature: &[u8]) -> Vec<u8> {
    PdfRenderer::new().unwrap().render(&content(), None, Some(signature)).unwrap()
}

async fn signature(world: &World) -> Vec<u8> {
    let facts = PdfRenderer::new().unwrap().facts(&content());
    world.signer().sign(&facts, content().made_at()).await.unwrap()
}

async fn sealed(sealer: &FileSealer, unsealed: &[u8]) -> Vec<u8> {
    sealer.seal(unsealed, &order(samples::provider())).await.unwrap()
}

/// A seal over whatever it is given: what somebody with the sealing key alone could make.
fn sealed_without_rehearsal(world: &World, unsealed: &[u8]) -> Vec<u8> {
    let key = world.sealer().keys.of(&samples::provider().kato).unwrap();
    let notes = SealNotes {
        sealed_at: pdf_time(content().made_at()).unwrap(),
        name: "МӨР".to_owned(),
        reason: REASON.to_owned(),
    };
    signed(&key, unsealed, &notes).unwrap()
}

#[tokio::test]
async fn a_document_with_a_facts_signature_is_genuine_and_tells_whose_it_is() {
    let world = World::new();
    let cms = signature(&world).await;
    assert_eq!(cms, signature(&world).await);
    let unsealed = rendered(&cms);
    assert!(unsealed == rendered(&cms), "the same bytes again");
    let pdf = sealed(&world.sealer(), &unsealed).await;
    assert!(pdf.starts_with(&unsealed));
    let judged = world.verifier().judge(&pdf, now());
    assert_eq!(judged.verdict, DocumentVerdict::Genuine(Box::new(content())));
    let told = judged.facts_signature.unwrap();
    assert_eq!((told.bin, told.signed_at), (samples::provider().bin, Some(content().made_at())));
    let bare = PdfRenderer::new().unwrap().render(&content(), None, None).unwrap();
    let judged = world.verifier().judge(&sealed(&world.sealer(), &bare).await, now());
    assert!(matches!(judged.verdict, DocumentVerdict::Genuine(_)), "no document needs one");
    assert_eq!((judged.facts_signature, judged.facts_fault), (None, None));
}

#[tokio::test]
async fn a_byte_changed_in_facts_or_signature_is_noticed_before_the_seal_and_after_it() {
    let world = World::new();
    let unsealed = rendered(&signature(&world).await);
    let verifier = world.verifier();
    let pdf = sealed(&world.sealer(), &unsealed).await;
    let text = "-123".as_bytes();
    let facts = unsealed.windows(text.len()).position(|window| window == text).unwrap();
    let cms = signature(&world).await;
    let start = unsealed.windows(cms.len()).position(|window| window == cms).unwrap();
    for place in [facts + 3, start + 2, start + 100, start + cms.len() - 1] {
        let mut altered = pdf.clone();
        altered[place] ^= 1;
        assert_eq!(verifier.verify(&altered, now()), DocumentVerdict::NotGenuine("altered"));
        // The same change made by somebody who has the sealing key.
        let altered = &altered[..unsealed.len()];
        let refused = world.sealer().seal(altered, &order(samples::provider())).await;
        let Err(SealError::Unsuitable(why)) = refused else { panic!("sealed all the same") };
        assert!(why.starts_with("rehearsal: facts signature: "), "{why}");
        let judged = verifier.judge(&sealed_without_rehearsal(&world, altered), now());
        let expected = DocumentVerdict::NotGenuine("facts_signature_wrong");
        assert_eq!(judged.verdict, expected, "byte {place}");
        assert!(judged.facts_fault.is_some());
    }
}

#[tokio::test]
async fn a_signature_by_somebody_whose_seal_would_not_count_makes_the_document_not_genuine() {
    let company = (0..).find_map(|n| Bin::parse(&format!("0512400{n:05}")).ok()).unwrap();
    let world = World::of(company);
    let pdf = sealed(&world.sealer(), &rendered(&signature(&world).await)).await;
    let judged = world.verifier().judge(&pdf, now());
    assert_eq!(judged.verdict, DocumentVerdict::NotGenuine("facts_signer_refused"));
    assert_eq!(judged.facts_fault, Some("not_a_provider"));
    let operators = [company].into();
    let providers = [samples::provider().bin].into();
    let trust = Arc::clone(&world.trust);
    let operated = OwnDocumentVerifier::new(trust, Sealers { operators, providers });
    assert!(matches!(operated.verify(&pdf, now()), DocumentVerdict::Genuine(_)));
    // Of an authority that nobody here trusts: another world's.
    let elsewhere = World::new();
    let pdf = sealed(&world.sealer(), &rendered(&signature(&elsewhere).await)).await;
    let foreign = DemoFolder::new(world.files.path()).anchors();
    for name in ["demo_root_gost.cer", "demo_nca_gost.cer"] {
        std::fs::remove_file(foreign.join(name)).unwrap();
    }
    let folders = TrustFolders { anchors: foreign, lists: tempfile::tempdir().unwrap().keep() };
    for entry in std::fs::read_dir(world.folder().lists()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().contains("rsa") {
            std::fs::copy(entry.path(), folders.lists.join(entry.file_name())).unwrap();
        }
    }
    let trust = Arc::new(TrustFolder::load(folders, world.clock.clone()).unwrap());
    let providers = [samples::provider().bin].into();
    let sealers = Sealers { operators: Default::default(), providers };
    let judged = OwnDocumentVerifier::new(trust, sealers).judge(&pdf, now());
    assert_eq!(judged.verdict, DocumentVerdict::NotGenuine("facts_signer_refused"));
    assert_eq!(judged.facts_fault, Some("unknown_issuer"));
}

#[tokio::test]
async fn without_lists_it_cannot_be_told_and_an_archived_document_needs_none() {
    let world = World::new();
    let unsealed = rendered(&signature(&world).await);
    let plain = sealed(&world.sealer(), &unsealed).await;
    let archived = sealed(&world.levelled(Level::Archived, None).await, &unsealed).await;
    world.without_lists();
    let verifier = world.verifier();
    assert_eq!(verifier.verify(&plain, now()), DocumentVerdict::CannotTell("crl_missing"));
    for hours in [0, 24 * 365, 24 * 3_653] {
        let judged = verifier.judge(&archived, now() + SignedDuration::from_hours(hours));
        assert_eq!(judged.verdict, DocumentVerdict::Genuine(Box::new(content())), "{hours} hours");
        assert!(judged.facts_signature.is_some());
        assert_eq!(judged.seal.map(|(level, _)| level), Some(Level::Archived));
    }
}

#[tokio::test]
async fn a_responder_s_answer_about_the_signer_is_kept_and_is_enough() {
    let world = World::new();
    let mut random = StdRng::seed_from_u64(14);
    let keys = world.authority.issue_ocsp_keys(&[], now(), &mut random).unwrap();
    let own = Arc::clone(&world.clock);
    let clock: simulators::ncalayer::Clock = Arc::new(move || own.now());
    let ocsp = Ocsp::bind("127.0.0.1:0".parse().unwrap(), keys, clock).await.unwrap();
    let urls = vec![ocsp.url()];
    tokio::spawn(ocsp.serve(std::future::pending()));
    let settings = ResponderSettings { urls, patience: Duration::from_secs(20), keep_seconds: 0 };
    let clock: Arc<dyn Clock> = world.clock.clone();
    let responders = Responders::new(&settings, clock, Arc::new(SeededIds::new(4))).unwrap();
    let unsealed = rendered(&signature(&world).await);
    let pdf = sealed(&world.levelled(Level::Archived, Some(responders)).await, &unsealed).await;
    world.without_lists();
    let judged = world.verifier().judge(&pdf, now() + SignedDuration::from_hours(24 * 3_653));
    assert_eq!(judged.verdict, DocumentVerdict::Genuine(Box::new(content())));
    assert!(judged.facts_signature.is_some());
}

#[tokio::test]
async fn a_key_that_is_away_or_a_certificate_that_ended_is_waited_for() {
    let world = World::new();
    let signer = world.signer();
    world.key.1.store(true, Ordering::Relaxed);
    let unavailable = |signed: Result<Vec<u8>, SealError>| match signed {
        Err(SealError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    };
    let why = unavailable(signer.sign(b"facts", now()).await);
    assert_eq!(why, "the token called anyqtama is not there");
    world.key.1.store(false, Ordering::Relaxed);
    signer.sign(b"facts", now()).await.unwrap();
    let [term] = signer.terms().try_into().unwrap();
    assert_eq!((term.owner.as_str(), term.certificate.as_str()), ("facts", "facts"));
    for moment in [
        term.not_after + SignedDuration::from_secs(1),
        term.not_before - SignedDuration::from_secs(1),
    ] {
        world.clock.set(moment);
        assert!(unavailable(signer.sign(b"facts", now()).await).contains("not valid now"));
    }
    // Decided before the certificate began: it claims no moment that was not its own.
    world.clock.set(term.not_before);
    let early = signer.sign(b"facts", term.not_before - SignedDuration::from_hours(1)).await;
    let read = signature::cms::read_detached(&early.unwrap(), b"facts").unwrap();
    assert_eq!(read.signing_time.0, term.not_before.as_second());
}

#[test]
fn a_key_that_does_not_fit_is_refused_at_the_start() {
    let world = World::new();
    let refused = |certificate: &std::path::Path, key: &Arc<SoftKey>| {
        let key: Arc<dyn FactsKey> = key.clone();
        match GostFactsSigner::with_key(certificate, key, world.clock.clone()) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{} is taken", certificate.display()),
        }
    };
    let own = world.folder().facts_key().join("facts.pem");
    let mut random = StdRng::seed_from_u64(99);
    let other = holder("facts", samples::provider().bin);
    let other = world.authority.issue_facts_key(&other, now(), &mut random).unwrap();
    let other = Arc::new(SoftKey(other, AtomicBool::new(false)));
    assert!(refused(&own, &other).contains("does not belong"));
    let rsa = world.folder().seals().join("system.pem");
    assert!(refused(&rsa, &world.key).contains("no GOST 34.10-2015 key"));
    assert!(refused(&world.files.path().join("absent.pem"), &world.key).contains("absent.pem"));
    world.key.1.store(true, Ordering::Relaxed);
    assert!(refused(&own, &world.key).contains("is not there"));
}
