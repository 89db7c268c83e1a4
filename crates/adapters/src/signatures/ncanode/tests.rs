//! NCANode simulated over real sockets: the contract, its traps, its outages, and the two judges together.

use app::testing::{FixedClock, SeededIds};
use jiff::civil::date;
use rand::SeedableRng;
use rand::rngs::StdRng;
use simulators::authority::{DemoFolder, Furnished, PersonKey};
use simulators::ncanode::{Fault, Judging, NcaNode};
use simulators::people::{self, DemoPerson, KeyKind};
use tokio::sync::oneshot;

use super::*;
use crate::signatures::contract::{self, Signers};
use crate::{OwnVerifier, TrustFolders};

const TEXT: &[u8] = "сұрау".as_bytes();

fn now() -> Timestamp {
    "2026-11-23T19:00:05Z".parse().unwrap()
}

struct World {
    people: Vec<DemoPerson>,
    keys: Vec<PersonKey>,
    trust: Arc<TrustFolder>,
    clock: Arc<FixedClock>,
    nodes: Vec<Running>,
    _files: tempfile::TempDir,
}

struct Running {
    url: String,
    judging: Arc<Judging>,
    _stop: oneshot::Sender<()>,
}

impl World {
    async fn new(nodes: usize) -> Self {
        let files = tempfile::tempdir().unwrap();
        let folder = DemoFolder::new(files.path());
        let people = people::population(1, date(2026, 11, 23), 1).unwrap().demo;
        let mut random = StdRng::seed_from_u64(7);
        let Furnished { keys, .. } = folder.furnish(&people, &[], now(), &mut random).unwrap();
        let clock = Arc::new(FixedClock::new(now()));
        let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
        let trust = Arc::new(TrustFolder::load(folders, clock.clone()).unwrap());
        let mut running = Vec::new();
        for _ in 0..nodes {
            let own = Arc::clone(&clock);
            let loaded = trust.current().as_ref().clone();
            let address = "127.0.0.1:0".parse().unwrap();
            let node = NcaNode::bind(address, loaded, Arc::new(move || own.now())).await.unwrap();
            let (url, judging) = (node.url(), node.judging());
            let (stop, stopped) = oneshot::channel();
            tokio::spawn(node.serve(async {
                let _ = stopped.await;
            }));
            running.push(Running { url, judging, _stop: stop });
        }
        Self { people, keys, trust, clock, nodes: running, _files: files }
    }

    fn node_with(&self, patience: Duration) -> NcaNodeVerifier {
        let urls = self.nodes.iter().map(|one| one.url.clone()).collect();
        let settings = NcaNodeSettings { urls, patience };
        let ids = Arc::new(SeededIds::new(5));
        let trust = Arc::clone(&self.trust);
        NcaNodeVerifier::new(&settings, trust, self.clock.clone(), ids).unwrap()
    }

    fn node(&self) -> NcaNodeVerifier {
        self.node_with(Duration::from_secs(20))
    }

    fn both(&self) -> BothVerifiers {
        BothVerifiers::new(OwnVerifier::new(Arc::clone(&self.trust)), self.node())
    }

    fn signers(&self) -> Signers<'_> {
        Signers { people: &self.people, keys: &self.keys, at: self.clock.now() }
    }

    fn fail(&self, fault: impl Into<Option<Fault>>) {
        let fault = fault.into();
        self.nodes.iter().for_each(|node| node.judging.fail(fault));
    }

    async fn code(&self, verifier: &dyn SignatureVerifier, kind: KeyKind) -> &'static str {
        let signers = self.signers();
        signers.code(verifier, &signers.cms(kind), TEXT).await
    }
}

#[tokio::test]
async fn each_judge_says_the_same_of_the_same_signatures() {
    let world = World::new(1).await;
    contract::holds(&OwnVerifier::new(Arc::clone(&world.trust)), &world.signers()).await;
    contract::holds(&world.node(), &world.signers()).await;
    let both = world.both();
    contract::holds(&both, &world.signers()).await;
    assert_eq!(both.other_judge().unwrap().disagreements, 0);
}

#[tokio::test]
async fn no_fault_of_the_other_judge_makes_anybody_valid_or_invalid() {
    for fault in [
        Fault::Down,
        Fault::Slow(Duration::from_secs(2)),
        Fault::ServerError,
        Fault::Declines,
        Fault::Page,
    ] {
        let world = World::new(1).await;
        world.fail(fault);
        let node = world.node_with(Duration::from_millis(700));
        for kind in [KeyKind::Gost, KeyKind::Expired, KeyKind::Revoked] {
            assert_eq!(world.code(&node, kind).await, "other_judge_silent", "{fault:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_contradicts_itself_is_none() {
    let world = World::new(1).await;
    let node = world.node();
    for fault in [
        Fault::Garbage,
        Fault::KnowsNoIssuer,
        Fault::ValidWithoutIssuer,
        Fault::ResponderSaysTryLater,
        Fault::LacksRevocation,
        Fault::ListsAlone,
        Fault::NoCertificates,
        Fault::NoSigners,
        Fault::Contradicts,
        Fault::ValidButRevoked,
        Fault::OtherCertificate,
        Fault::OtherIin,
    ] {
        world.fail(fault);
        assert_eq!(world.code(&node, KeyKind::Gost).await, "other_judge_unclear", "{fault:?}");
    }
    world.fail(Fault::ValidWithoutIssuer);
    assert_eq!(world.code(&node, KeyKind::Foreign).await, "other_judge_unclear");
    world.fail(Fault::NeverIssued);
    assert_eq!(world.code(&node, KeyKind::Gost).await, "never_issued");
    world.fail(None);
    assert_eq!(world.code(&node, KeyKind::Gost).await, "valid");
}

#[tokio::test]
async fn two_judges_must_agree() {
    let world = World::new(1).await;
    let both = world.both();
    world.fail(Fault::AlwaysValid);
    assert_eq!(world.code(&both, KeyKind::Revoked).await, "judges_disagree");
    world.fail(Fault::NeverValid);
    assert_eq!(world.code(&both, KeyKind::Gost).await, "judges_disagree");
    assert_eq!(both.other_judge().unwrap().disagreements, 2);
    world.fail(Fault::ServerError);
    assert_eq!(world.code(&both, KeyKind::Gost).await, "other_judge_silent");
    assert_eq!(both.other_judge().unwrap().disagreements, 2);
    assert_eq!(both.other_judge().unwrap().contact.answers, Some(false));
}

#[tokio::test]
async fn where_ours_cannot_tell_the_other_is_not_asked() {
    let world = World::new(1).await;
    let both = world.both();
    let cms = world.signers().cms(KeyKind::Gost);
    let later = world.clock.now() + jiff::SignedDuration::from_hours(24 * 8);
    let verdict = both.verify(&cms, TEXT, SignaturePurpose::Request, later).await;
    assert_eq!(verdict, SignatureVerdict::CannotTell("crl_stale"));
    assert_eq!(world.nodes[0].judging.asked(), 0);
}

#[tokio::test]
async fn as_the_authority_its_word_decides_and_stays_with_the_request() {
    let world = World::new(1).await;
    world.fail(Fault::AlwaysValid);
    assert_eq!(world.code(&world.node(), KeyKind::Revoked).await, "valid");
    world.fail(None);
    let cms = world.signers().cms(KeyKind::Gost);
    let (node, both) = (world.node(), world.both());
    let judges: [&dyn SignatureVerifier; 2] = [&node, &both];
    for verifier in judges {
        let verdict = verifier.verify(&cms, TEXT, SignaturePurpose::Request, now()).await;
        let SignatureVerdict::Valid(signer) = verdict else { panic!("{verdict:?}") };
        let evidence: serde_json::Value = serde_json::from_str(&signer.evidence).unwrap();
        let answer = STANDARD.decode(evidence["ncanode_answer"].as_str().unwrap()).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["valid"], true);
    }
}

#[tokio::test]
async fn the_next_address_is_asked_and_a_dead_one_is_left_alone() {
    let world = World::new(2).await;
    let node = world.node();
    world.nodes[0].judging.fail(Some(Fault::Down));
    for _ in 0..12 {
        assert_eq!(world.code(&node, KeyKind::Gost).await, "valid");
    }
    assert!(world.nodes[0].judging.asked() < 12, "{}", world.nodes[0].judging.asked());
    assert_eq!(world.nodes[1].judging.asked(), 12);
    // A question it declines is no sign that it fails: nobody can make it look dead by what he sends.
    world.nodes[1].judging.fail(Some(Fault::Declines));
    for _ in 0..12 {
        world.code(&node, KeyKind::Gost).await;
    }
    assert_eq!(world.nodes[1].judging.asked(), 24);
}

#[tokio::test]
async fn only_this_computer_is_asked() {
    let world = World::new(0).await;
    let made = |urls: &[&str]| {
        let urls = urls.iter().map(|&one| one.to_owned()).collect();
        let settings = NcaNodeSettings { urls, patience: Duration::from_secs(1) };
        let (trust, ids) = (Arc::clone(&world.trust), Arc::new(SeededIds::new(1)));
        NcaNodeVerifier::new(&settings, trust, world.clock.clone(), ids).map(|_| ())
    };
    for good in ["http://127.0.0.1:14579", "http://localhost:14579/", "http://[::1]:14579"] {
        assert!(made(&[good]).is_ok(), "{good}");
    }
    for bad in ["http://ncanode:14579", "http://10.0.0.5", "https://127.0.0.1", "127.0.0.1:14579"] {
        assert!(matches!(made(&[bad]), Err(NcaNodeSetupError::Address(_))), "{bad}");
    }
    assert!(matches!(made(&[]), Err(NcaNodeSetupError::NoAddress)));
}

#[tokio::test]
async fn what_the_other_judge_answers_survives_whatever_comes() {
    let world = World::new(0).await;
    let certificate =
        signature::x509::Certificate::all_from(world.keys[0].certificate()).unwrap().remove(0);
    let known = Known { certificate: &certificate, mistrusted: None, at: now() };
    let sample = r#"{"status":200,"valid":true,"signers":[{"certificates":[{"valid":true,
        "revocations":[{"revoked":false,"by":"OCSP","revocationTime":null,"reason":"OK"}],
        "serialNumber":"12ab","publicKey":"MIIBszCC","signature":"MIIBszCC","subject":{"iin":"800101300016"}}]}]}"#;
    crate::surviving::survives_texts("NCANode, verdict", &[sample], "json", |text| {
        let _ = conclude(text.as_bytes(), known);
    });
}
