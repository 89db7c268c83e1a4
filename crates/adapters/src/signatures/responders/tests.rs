//! Answers of the simulated responder over real sockets: whatever way it fails, a list at hand decides, and without one
//! nothing can be told; never is anybody valid or invalid by a fault.

use std::sync::atomic::{AtomicU64, Ordering};

use app::testing::{FixedClock, SeededIds};
use app::{SignaturePurpose, SignatureVerdict, SignatureVerifier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use signature::ocsp::judge_kept;
use simulators::authority::{DemoFolder, Furnished, PersonKey, revoked_keys};
use simulators::ocsp::{Fault, Ocsp, Responding};
use simulators::people::{self, DemoPerson, KeyKind};
use tokio::sync::oneshot;

use super::*;
use crate::{OwnVerifier, TrustFolder, TrustFolders};

const TEXT: &[u8] = "сұрау".as_bytes();

fn now() -> Timestamp {
    "2026-11-23T19:00:05Z".parse().unwrap()
}

/// Demo people, trust with or without lists, and as many responders as wanted.
struct World {
    people: Vec<DemoPerson>,
    keys: Vec<PersonKey>,
    trust: Arc<TrustFolder>,
    clock: Arc<FixedClock>,
    responders: Vec<Running>,
    _files: tempfile::TempDir,
}

struct Running {
    url: String,
    responding: Arc<Responding>,
    _stop: oneshot::Sender<()>,
}

#[derive(Clone, Copy)]
enum Lists {
    AtHand,
    Missing,
}

impl World {
    async fn new(responders: usize, lists: Lists) -> Self {
        let files = tempfile::tempdir().unwrap();
        let folder = DemoFolder::new(files.path());
        let people = people::population(1, date(2026, 11, 23), 1).unwrap().demo;
        let mut random = StdRng::seed_from_u64(7);
        let Furnished { authority, keys } =
            folder.furnish(&people, &[], now(), &mut random).unwrap();
        let clock = Arc::new(FixedClock::new(now()));
        let mut running = Vec::new();
        for _ in 0..responders {
            let revoked = revoked_keys(&people, &keys);
            let ocsp_keys = authority.issue_ocsp_keys(&revoked, now(), &mut random).unwrap();
            let own = Arc::clone(&clock);
            let address = "127.0.0.1:0".parse().unwrap();
            let ocsp = Ocsp::bind(address, ocsp_keys, Arc::new(move || own.now())).await.unwrap();
            let (url, responding) = (ocsp.url(), ocsp.responding());
            let (stop, stopped) = oneshot::channel();
            tokio::spawn(ocsp.serve(async {
                let _ = stopped.await;
            }));
            running.push(Running { url, responding, _stop: stop });
        }
        if matches!(lists, Lists::Missing) {
            std::fs::remove_dir_all(folder.lists()).unwrap();
            std::fs::create_dir_all(folder.lists()).unwrap();
        }
        let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
        let trust = Arc::new(TrustFolder::load(folders, clock.clone()).unwrap());
        Self { people, keys, trust, clock, responders: running, _files: files }
    }

    fn settings(&self) -> ResponderSettings {
        ResponderSettings {
            urls: self.responders.iter().map(|one| one.url.clone()).collect(),
            patience: Duration::from_secs(20),
            keep_seconds: 0,
        }
    }

    fn verifier(&self, settings: &ResponderSettings) -> OwnVerifier {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let ids = Arc::new(SeededIds::new(SEED.fetch_add(1, Ordering::Relaxed)));
        let responders = Responders::new(settings, self.clock.clone(), ids).unwrap();
        OwnVerifier::new(Arc::clone(&self.trust)).asking(responders)
    }

    fn cms(&self, kind: KeyKind) -> Vec<u8> {
        let place = self.people.iter().position(|person| person.key == kind).unwrap();
        self.keys[place].sign(TEXT, true, self.clock.now()).unwrap()
    }

    async fn verdict(&self, verifier: &OwnVerifier, kind: KeyKind) -> SignatureVerdict {
        let at = self.clock.now();
        verifier.verify(&self.cms(kind), TEXT, SignaturePurpose::Request, at).await
    }

    async fn code(&self, verifier: &OwnVerifier, kind: KeyKind) -> &'static str {
        match self.verdict(verifier, kind).await {
            SignatureVerdict::Valid(_) => "valid",
            SignatureVerdict::Invalid(code) | SignatureVerdict::CannotTell(code) => code,
        }
    }

    async fn evidence(&self, verifier: &OwnVerifier) -> serde_json::Value {
        match self.verdict(verifier, KeyKind::Gost).await {
            SignatureVerdict::Valid(signer) => serde_json::from_str(&signer.evidence).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn fail(&self, place: usize, fault: impl Into<Option<Fault>>) {
        self.responders[place].responding.fail(fault);
    }

    fn queries(&self, place: usize) -> u64 {
        self.responders[place].responding.queries()
    }
}

/// Faults, and the doubt each leaves where no list is at hand.
const FAULTS: [(Fault, &str); 15] = [
    (Fault::Down, "ocsp_silent"),
    (Fault::ServerError, "ocsp_silent"),
    (Fault::Page, "ocsp_silent"),
    (Fault::Oversized, "ocsp_silent"),
    (Fault::Slow(Duration::from_secs(3_600)), "ocsp_silent"),
    (Fault::Garbage, "ocsp_malformed"),
    (Fault::TryLater, "ocsp_try_later"),
    (Fault::InternalError, "ocsp_refused"),
    (Fault::Unsigned, "ocsp_untrusted"),
    (Fault::AnothersSignature, "ocsp_untrusted"),
    (Fault::ForeignAuthority, "ocsp_untrusted"),
    (Fault::Stale, "ocsp_stale"),
    (Fault::OtherNonce, "ocsp_other_nonce"),
    (Fault::OtherCertificate, "ocsp_other_certificate"),
    (Fault::Unknown, "ocsp_unknown"),
];

fn impatient(settings: ResponderSettings, fault: Fault) -> ResponderSettings {
    match fault {
        Fault::Slow(_) => ResponderSettings { patience: Duration::from_millis(150), ..settings },
        _ => settings,
    }
}

#[tokio::test]
async fn people_of_both_branches_are_judged_by_the_responder_without_any_list() {
    let world = World::new(1, Lists::Missing).await;
    let verifier = world.verifier(&world.settings());
    assert_eq!(world.code(&verifier, KeyKind::Gost).await, "valid");
    assert_eq!(world.code(&verifier, KeyKind::Rsa).await, "valid");
    assert_eq!(world.code(&verifier, KeyKind::Revoked).await, "revoked");
    assert_eq!(world.queries(0), 3);
    assert_eq!(world.code(&verifier, KeyKind::Expired).await, "expired");
    assert_eq!(world.code(&verifier, KeyKind::Foreign).await, "unknown_issuer");
    assert_eq!(world.queries(0), 3, "nobody is asked where it is plain");
}

#[tokio::test]
async fn what_the_responder_says_goes_before_the_list() {
    let world = World::new(1, Lists::AtHand).await;
    let verifier = world.verifier(&world.settings());
    for (said, expected) in [(Fault::Revoked, "revoked"), (Fault::NeverIssued, "never_issued")] {
        world.fail(0, said);
        assert_eq!(world.code(&verifier, KeyKind::Gost).await, expected);
    }
    world.fail(0, Fault::NoNonce);
    assert_eq!(world.code(&verifier, KeyKind::Gost).await, "valid", "fresh enough");
}

#[tokio::test]
async fn no_fault_of_the_responder_makes_anybody_valid_or_invalid() {
    let world = World::new(1, Lists::Missing).await;
    for (fault, expected) in FAULTS {
        let verifier = world.verifier(&impatient(world.settings(), fault));
        world.fail(0, fault);
        for kind in [KeyKind::Gost, KeyKind::Revoked] {
            let verdict = world.verdict(&verifier, kind).await;
            assert_eq!(verdict, SignatureVerdict::CannotTell(expected), "{fault:?}");
        }
        world.fail(0, None);
        assert_eq!(world.code(&verifier, KeyKind::Gost).await, "valid", "after {fault:?}");
    }
}

#[tokio::test]
async fn where_the_responder_fails_a_list_at_hand_decides() {
    let world = World::new(1, Lists::AtHand).await;
    for (fault, _) in FAULTS {
        let verifier = world.verifier(&impatient(world.settings(), fault));
        world.fail(0, fault);
        let evidence = world.evidence(&verifier).await;
        assert!(evidence["revocation_list_number"].is_string(), "{fault:?}");
        assert!(evidence.get("ocsp_response").is_none());
        assert_eq!(world.code(&verifier, KeyKind::Revoked).await, "revoked", "{fault:?}");
    }
    world.clock.advance(SignedDuration::from_hours(8 * 24));
    world.fail(0, Fault::TryLater);
    let verifier = world.verifier(&world.settings());
    assert_eq!(world.code(&verifier, KeyKind::Gost).await, "ocsp_try_later", "the list is too old");
}

#[tokio::test]
async fn the_next_address_is_asked_where_one_fails_and_the_gravest_doubt_is_told() {
    let world = World::new(2, Lists::Missing).await;
    for (fault, _) in FAULTS {
        let verifier = world.verifier(&impatient(world.settings(), fault));
        world.fail(0, fault);
        assert_eq!(world.code(&verifier, KeyKind::Gost).await, "valid", "{fault:?}");
    }
    let asked = world.queries(1);
    world.fail(0, None);
    let verifier = world.verifier(&world.settings());
    assert_eq!(world.code(&verifier, KeyKind::Gost).await, "valid");
    assert_eq!(world.queries(1), asked, "the first is enough where it works");
    world.fail(0, Fault::Stale);
    world.fail(1, Fault::Down);
    assert_eq!(world.code(&verifier, KeyKind::Gost).await, "ocsp_stale");
}

#[tokio::test]
async fn a_good_answer_is_used_again_for_a_while_and_no_other_is() {
    let world = World::new(1, Lists::Missing).await;
    let verifier = world.verifier(&ResponderSettings { keep_seconds: 60, ..world.settings() });
    let first = world.evidence(&verifier).await;
    world.fail(0, Fault::Revoked);
    world.clock.advance(SignedDuration::from_secs(59));
    let again = world.evidence(&verifier).await;
    assert_eq!(first["ocsp_response"], again["ocsp_response"], "the age is told by the answer");
    assert_eq!(world.queries(0), 1);
    assert_eq!(world.code(&verifier, KeyKind::Rsa).await, "revoked", "another certificate");
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.code(&verifier, KeyKind::Gost).await, "revoked");
    world.fail(0, None);
    assert_eq!(world.code(&verifier, KeyKind::Gost).await, "valid", "a bad answer is not kept");
    world.clock.advance(SignedDuration::from_secs(-30));
    let asked = world.queries(0);
    world.code(&verifier, KeyKind::Gost).await;
    assert_eq!(world.queries(0), asked + 1, "a clock set back makes no answer younger");
}

#[tokio::test]
async fn a_dead_responder_is_left_alone_and_found_again() {
    let world = World::new(1, Lists::AtHand).await;
    let verifier = world.verifier(&world.settings());
    world.fail(0, Fault::ServerError);
    for _ in 0..20 {
        assert_eq!(world.code(&verifier, KeyKind::Gost).await, "valid", "by the list");
    }
    assert_eq!(world.queries(0), 3, "asked thrice and then no more");
    world.fail(0, None);
    world.clock.advance(SignedDuration::from_secs(2));
    assert!(world.evidence(&verifier).await["ocsp_response"].is_string());
    assert_eq!(world.queries(0), 4);
    // What it declines, it declines at once: that is no reason to leave it alone.
    world.fail(0, Fault::TryLater);
    for _ in 0..10 {
        world.code(&verifier, KeyKind::Gost).await;
    }
    assert_eq!(world.queries(0), 14);
}

/// From the kept JSON and the kept CMS alone, with whom we trust today.
#[tokio::test]
async fn the_kept_evidence_is_judged_again_without_a_network() {
    let world = World::new(1, Lists::Missing).await;
    let evidence = world.evidence(&world.verifier(&world.settings())).await;
    let decoded = |value: &serde_json::Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let response = decoded(&evidence["ocsp_response"]);
    let certificate = Certificate::from_der(&decoded(&evidence["certificate"])).unwrap();
    let chain = evidence["chain"].as_array().unwrap();
    let chain: Vec<_> =
        chain.iter().map(|der| Certificate::from_der(&decoded(der)).unwrap()).collect();
    let chain: Vec<&Certificate> = chain.iter().collect();
    let id = CertificateId::of(&certificate, chain[0]);
    let accepted_at: Timestamp = evidence["ocsp_produced_at"].as_str().unwrap().parse().unwrap();
    let answer = judge_kept(&response, &id, &chain, moment(accepted_at)).unwrap();
    assert_eq!(answer.status(), Status::Good);
    assert_eq!(accepted_at, now());
}

#[tokio::test]
async fn settings_that_cannot_work_are_found_at_the_start() {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new(now()));
    let fault = |urls: &[&str], keep_seconds: u32| {
        let settings = ResponderSettings {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            patience: Duration::from_secs(1),
            keep_seconds,
        };
        let ids = Arc::new(SeededIds::new(1));
        Responders::new(&settings, Arc::clone(&clock), ids).map(drop).unwrap_err().to_string()
    };
    assert!(fault(&[], 0).contains("no address"));
    for url in ["ocsp.pki.gov.kz", "https://ocsp.pki.gov.kz/", "file:///tmp", "http://", ""] {
        assert!(fault(&[url], 0).contains("begin with http://"), "{url}");
    }
    assert!(fault(&["http://ocsp.pki.gov.kz/"], 601).contains("600 seconds"));
}
