//! Stamps of the simulated authority over real sockets: every way in which it can fail leads to an error, never to a
//! stamp.

use app::testing::{FixedClock, SeededIds};
use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use simulators::authority::{Algorithm, DemoFolder};
use simulators::tsa::{Fault, Stamping, Tsa};
use tokio::sync::oneshot;

use super::*;
use crate::TrustFolders;

const DIGEST: [u8; 32] = [0x1d; 32];
const GOST_POLICY: &str = "1.2.398.3.3.2.6.4";

fn now() -> Timestamp {
    "2026-11-23T19:00:05Z".parse().unwrap()
}

/// A folder of trust, and as many authorities as wanted under it.
struct World {
    trust: Arc<TrustFolder>,
    clock: Arc<FixedClock>,
    authorities: Vec<Running>,
    _files: tempfile::TempDir,
}

struct Running {
    url: String,
    stamping: Arc<Stamping>,
    _stop: oneshot::Sender<()>,
}

impl World {
    async fn new(kinds: &[Algorithm]) -> Self {
        let files = tempfile::tempdir().unwrap();
        let folder = DemoFolder::new(files.path());
        let mut random = StdRng::seed_from_u64(5);
        let authority = folder.furnish(&[], &[], now(), &mut random).unwrap().authority;
        let clock = Arc::new(FixedClock::new(now()));
        let mut authorities = Vec::new();
        for kind in kinds {
            let keys = authority.issue_stamp_keys(*kind, now(), &mut random).unwrap();
            let own = Arc::clone(&clock);
            let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys, Arc::new(move || own.now()));
            let tsa = tsa.await.unwrap();
            let (url, stamping) = (tsa.url(), tsa.stamping());
            let (stop, stopped) = oneshot::channel();
            tokio::spawn(tsa.serve(async {
                let _ = stopped.await;
            }));
            authorities.push(Running { url, stamping, _stop: stop });
        }
        let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
        let trust = Arc::new(TrustFolder::load(folders, clock.clone()).unwrap());
        Self { trust, clock, authorities, _files: files }
    }

    fn settings(&self) -> TimeStampSettings {
        TimeStampSettings {
            urls: self.authorities.iter().map(|one| one.url.clone()).collect(),
            policy: None,
            patience: Duration::from_secs(20),
        }
    }

    fn stamper(&self, settings: &TimeStampSettings) -> HttpTimeStamper {
        let ids = Arc::new(SeededIds::new(1));
        HttpTimeStamper::new(settings, Arc::clone(&self.trust), self.clock.clone(), ids).unwrap()
    }

    fn fail(&self, place: usize, fault: impl Into<Option<Fault>>) {
        self.authorities[place].stamping.fail(fault);
    }
}

/// The error's kind and what it tells.
fn told(error: &StampError) -> (&'static str, &str) {
    match error {
        StampError::Unavailable(why) => ("unavailable", why),
        StampError::Refused(why) => ("refused", why),
        StampError::NotGood(code) => ("not_good", code),
    }
}

#[tokio::test]
async fn a_good_stamp_is_had_and_stays_good() {
    for kind in [Algorithm::Gost, Algorithm::Rsa] {
        let world = World::new(&[kind]).await;
        let stamper = world.stamper(&world.settings());
        let token = stamper.stamp(&DIGEST).await.unwrap();
        let valid = StampVerdict::Valid { stamped_at: now() };
        assert_eq!(stamper.verify(&token, &DIGEST, now()), valid);
        world.clock.advance(SignedDuration::from_hours(24));
        assert_eq!(stamper.verify(&token, &DIGEST, world.clock.now()), valid);
        let other = stamper.verify(&token, &[0; 32], now());
        assert_eq!(other, StampVerdict::Invalid("stamp_of_other_digest"));
        let before = now() - SignedDuration::from_hours(1);
        let early = stamper.verify(&token, &DIGEST, before);
        assert_eq!(early, StampVerdict::Invalid("stamped_in_future"));
        let after = now() + SignedDuration::from_hours(8 * 24);
        let stale = stamper.verify(&token, &DIGEST, after);
        assert_eq!(stale, StampVerdict::CannotTell("crl_stale"));
        assert_eq!(stamper.verify(b"", &DIGEST, now()), StampVerdict::Invalid("empty"));
    }
}

#[tokio::test]
async fn every_fault_of_the_authority_is_an_error_and_no_stamp() {
    let world = World::new(&[Algorithm::Gost]).await;
    let mut settings = world.settings();
    let stamper = world.stamper(&settings);
    for (fault, expected) in [
        (Fault::ServerError, ("unavailable", "it answered with status 500")),
        (Fault::Page, ("unavailable", "it answered with another media type")),
        (Fault::Garbage, ("unavailable", "its answer cannot be read: malformed")),
        (Fault::Oversized, ("unavailable", "its answer is too large")),
        (Fault::Refuses, ("refused", "rejection: time_not_available")),
        (Fault::OtherDigest, ("not_good", "stamp_of_other_digest")),
        (Fault::OtherNonce, ("not_good", "stamp_of_other_nonce")),
        (Fault::StaleTime, ("not_good", "stamped_before_request")),
        (Fault::AnothersSignature, ("not_good", "signature_mismatch")),
        (Fault::ForeignAuthority, ("not_good", "unknown_issuer")),
    ] {
        world.fail(0, fault);
        let error = stamper.stamp(&DIGEST).await.unwrap_err();
        assert_eq!(told(&error), expected, "{fault:?}");
    }
    world.fail(0, Fault::Down);
    let error = stamper.stamp(&DIGEST).await.unwrap_err();
    assert_eq!(told(&error).0, "unavailable");
    world.fail(0, Fault::Slow(Duration::from_secs(3_600)));
    settings.patience = Duration::from_millis(150);
    let error = world.stamper(&settings).stamp(&DIGEST).await.unwrap_err();
    assert_eq!(told(&error), ("unavailable", "it did not answer in time"));
    world.fail(0, None);
    assert!(stamper.stamp(&DIGEST).await.is_ok(), "it works again");
}

#[tokio::test]
async fn an_address_nobody_listens_at_is_unavailable() {
    let world = World::new(&[Algorithm::Rsa]).await;
    let settings = world.settings();
    let stamper = world.stamper(&settings);
    drop(world.authorities);
    tokio::task::yield_now().await;
    let error = stamper.stamp(&DIGEST).await.unwrap_err();
    assert_eq!(told(&error).0, "unavailable");
}

#[tokio::test]
async fn the_next_address_is_asked_where_one_fails() {
    let world = World::new(&[Algorithm::Rsa, Algorithm::Gost]).await;
    let stamper = world.stamper(&world.settings());
    for fault in [Fault::Down, Fault::ServerError, Fault::Refuses, Fault::OtherDigest] {
        world.fail(0, fault);
        let token = stamper.stamp(&DIGEST).await.unwrap();
        let verdict = stamper.verify(&token, &DIGEST, now());
        assert_eq!(verdict, StampVerdict::Valid { stamped_at: now() }, "{fault:?}");
    }
    assert_eq!(world.authorities[1].stamping.queries(), 4);
    world.fail(0, None);
    stamper.stamp(&DIGEST).await.unwrap();
    assert_eq!(world.authorities[1].stamping.queries(), 4, "the first is enough where it works");
}

#[tokio::test]
async fn of_several_failures_the_gravest_is_told() {
    let world = World::new(&[Algorithm::Rsa, Algorithm::Rsa]).await;
    let stamper = world.stamper(&world.settings());
    for (first, second, expected) in [
        (Fault::AnothersSignature, Fault::ServerError, "not_good"),
        (Fault::ServerError, Fault::Refuses, "refused"),
        (Fault::Refuses, Fault::Page, "refused"),
        (Fault::Page, Fault::ServerError, "unavailable"),
    ] {
        world.fail(0, first);
        world.fail(1, second);
        let error = stamper.stamp(&DIGEST).await.unwrap_err();
        assert_eq!(told(&error).0, expected, "{first:?}, {second:?}");
    }
}

#[tokio::test]
async fn the_policy_demanded_is_kept_to() {
    let world = World::new(&[Algorithm::Rsa, Algorithm::Gost]).await;
    let settings = TimeStampSettings { policy: Some(GOST_POLICY.to_owned()), ..world.settings() };
    world.stamper(&settings).stamp(&DIGEST).await.unwrap();
    assert_eq!(world.authorities[1].stamping.queries(), 1, "the RSA key has another policy");
    let first = TimeStampSettings { urls: vec![world.authorities[0].url.clone()], ..settings };
    let error = world.stamper(&first).stamp(&DIGEST).await.unwrap_err();
    assert_eq!(told(&error), ("refused", "rejection: unaccepted_policy"));
}

#[tokio::test]
async fn a_stamp_whose_revocation_cannot_be_told_is_not_taken() {
    let world = World::new(&[Algorithm::Gost]).await;
    let stamper = world.stamper(&world.settings());
    world.clock.advance(SignedDuration::from_hours(8 * 24));
    let error = stamper.stamp(&DIGEST).await.unwrap_err();
    assert_eq!(told(&error), ("not_good", "crl_stale"));
}

#[tokio::test]
async fn settings_that_cannot_work_are_found_at_the_start() {
    let world = World::new(&[]).await;
    let fault = |urls: &[&str], policy: Option<&str>| {
        let settings = TimeStampSettings {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            policy: policy.map(str::to_owned),
            patience: Duration::from_secs(1),
        };
        let ids = Arc::new(SeededIds::new(1));
        let made =
            HttpTimeStamper::new(&settings, Arc::clone(&world.trust), world.clock.clone(), ids);
        made.map(|_| ()).unwrap_err().to_string()
    };
    assert!(fault(&[], None).contains("no address"));
    for url in ["tsp.pki.gov.kz", "https://tsp.pki.gov.kz/", "file:///tmp", "http://", ""] {
        assert!(fault(&[url], None).contains("begin with http://"), "{url}");
    }
    let good = "http://tsp.pki.gov.kz/";
    assert!(fault(&[good], Some("the best")).contains("object identifier"));
    assert!(fault(&[good, "ftp://tsp.pki.gov.kz/"], None).contains("ftp://"));
}
