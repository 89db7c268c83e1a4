//! Lists of the demo's authorities fetched over real sockets: what counts takes its place, whatever else comes leaves the
//! folder as it was.

use app::testing::{FixedClock, SeededIds};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use signature::x509::Certificate;
use simulators::authority::{Authority, DemoFolder, Furnished, PersonKey, revoked_keys};
use simulators::crl_host::{CrlHost, Fault, Publishing};
use simulators::people::{self, DemoPerson, KeyKind};
use tokio::sync::oneshot;

use super::*;
use crate::TrustFolders;

/// Issues the keys of the demo's people.
const LIST: &str = "demo_nca_gost.crl";

fn now() -> Timestamp {
    "2026-11-23T19:00:05Z".parse().unwrap()
}

fn in_hours(hours: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_hours(hours)).unwrap()
}

/// An empty folder of lists, and hosts that publish the list of the people's authority.
struct World {
    authority: Authority,
    people: Vec<DemoPerson>,
    keys: Vec<PersonKey>,
    folder: DemoFolder,
    trust: Arc<TrustFolder>,
    clock: Arc<FixedClock>,
    hosts: Vec<Running>,
    _files: tempfile::TempDir,
}

struct Running {
    url: String,
    publishing: Arc<Publishing>,
    _stop: oneshot::Sender<()>,
}

async fn host() -> Running {
    let host = CrlHost::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (url, publishing) = (host.url(LIST), host.publishing());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(host.serve(async {
        let _ = stopped.await;
    }));
    Running { url, publishing, _stop: stop }
}

impl World {
    async fn new(hosts: usize) -> Self {
        let files = tempfile::tempdir().unwrap();
        let folder = DemoFolder::new(files.path());
        let people = people::population(1, date(2026, 11, 23), 1).unwrap().demo;
        let mut random = StdRng::seed_from_u64(7);
        let Furnished { authority, keys } =
            folder.furnish(&people, &[], now(), &mut random).unwrap();
        std::fs::remove_file(folder.lists().join(LIST)).unwrap();
        let clock = Arc::new(FixedClock::new(now()));
        let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
        let trust = Arc::new(TrustFolder::load(folders, clock.clone()).unwrap());
        let mut running = Vec::new();
        for _ in 0..hosts {
            running.push(host().await);
        }
        let world =
            Self { authority, people, keys, folder, trust, clock, hosts: running, _files: files };
        world.publish(world.list(now()));
        world
    }

    fn list(&self, at: Timestamp) -> Vec<u8> {
        self.list_of(LIST, at)
    }

    fn list_of(&self, file: &str, at: Timestamp) -> Vec<u8> {
        let revoked = revoked_keys(&self.people, &self.keys);
        let lists = self.authority.revocation_lists(&revoked, at).unwrap();
        let name = file.trim_end_matches(".crl");
        lists.into_iter().find(|(one, _)| *one == name).unwrap().1
    }

    fn publish(&self, list: Vec<u8>) {
        for host in &self.hosts {
            host.publishing.publish(LIST, list.clone());
        }
    }

    fn fetcher(&self) -> ListFetcher {
        self.fetcher_of(1)
    }

    /// One process of several.
    fn fetcher_of(&self, process: u64) -> ListFetcher {
        let urls = self.hosts.iter().map(|one| one.url.clone()).collect();
        let settings = ListFetcherSettings {
            folder: self.folder.lists(),
            sources: vec![ListSource { file: LIST.to_owned(), urls }],
            every: Duration::from_secs(600),
            patience: Duration::from_secs(20),
        };
        let ids = Arc::new(SeededIds::new(process));
        let fetcher =
            ListFetcher::new(settings, self.trust.clone(), self.clock.clone(), ids).unwrap();
        ListFetcher { bytes_max: 1024 * 1024, ..fetcher }
    }

    /// When the list in the folder was made.
    fn at_hand(&self) -> Option<i64> {
        let bytes = std::fs::read(self.folder.lists().join(LIST)).ok()?;
        Some(Crl::read(&bytes).unwrap().this_update().0)
    }

    /// Files that were on their way.
    fn left_behind(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.lists()).unwrap();
        entries
            .filter(|one| one.as_ref().unwrap().path().extension().is_some_and(|it| it == "part"))
            .count()
    }

    fn judged(&self, kind: KeyKind) -> bool {
        let place = self.people.iter().position(|one| one.key == kind).unwrap();
        let certificate = Certificate::from_der(self.keys[place].certificate()).unwrap();
        self.trust.current().judge(&certificate, moment(self.clock.now())).is_ok()
    }
}

#[tokio::test]
async fn a_published_list_comes_into_the_folder_and_is_judged_by() {
    let world = World::new(1).await;
    assert!(!world.judged(KeyKind::Gost), "nothing can be told without a list");
    assert!(world.fetcher().fetch_all().await);
    world.clock.set(in_hours(1));
    assert!(world.judged(KeyKind::Gost));
    assert!(!world.judged(KeyKind::Revoked));
    assert_eq!(world.left_behind(), 0);
}

#[tokio::test]
async fn a_list_that_has_not_changed_is_not_sent_again_and_a_newer_one_is_taken() {
    let world = World::new(1).await;
    let fetcher = world.fetcher();
    for _ in 0..3 {
        assert!(fetcher.fetch_all().await);
    }
    assert_eq!(world.hosts[0].publishing.sent(), 1);
    let first = world.at_hand().unwrap();
    world.clock.set(in_hours(2));
    world.publish(world.list(in_hours(2)));
    assert!(fetcher.fetch_all().await);
    assert_eq!(world.at_hand().unwrap() - first, 2 * 3600);
    // Somebody took the file away: it comes again although the host says it is unchanged.
    std::fs::remove_file(world.folder.lists().join(LIST)).unwrap();
    assert!(fetcher.fetch_all().await);
    assert!(world.at_hand().is_some());
}

#[tokio::test]
async fn an_older_list_does_not_push_a_newer_one_out() {
    let world = World::new(1).await;
    let old = world.list(now());
    world.clock.set(in_hours(2));
    world.publish(world.list(in_hours(2)));
    let fetcher = world.fetcher();
    assert!(fetcher.fetch_all().await);
    let newest = world.at_hand();
    world.publish(old);
    assert!(!fetcher.fetch_all().await, "a host that fell behind is told of");
    assert_eq!(world.at_hand(), newest);
}

#[tokio::test]
async fn whatever_else_comes_leaves_the_folder_as_it_was() {
    let world = World::new(1).await;
    let fetcher = world.fetcher();
    assert!(fetcher.fetch_all().await);
    let good = world.at_hand();
    world.clock.set(in_hours(2));
    world.publish(world.list(in_hours(2)));
    for fault in [
        Fault::Down,
        Fault::ServerError,
        Fault::Missing,
        Fault::Page,
        Fault::Garbage,
        Fault::BreaksOff,
        Fault::Endless,
        Fault::Redirect,
    ] {
        world.hosts[0].publishing.fail(fault);
        assert!(!fetcher.fetch_all().await, "{fault:?}");
        assert_eq!(world.at_hand(), good, "{fault:?}");
        assert_eq!(world.left_behind(), 0, "{fault:?}");
    }
    world.hosts[0].publishing.fail(None);
    assert!(fetcher.fetch_all().await, "the next round takes what is good again");
    assert_ne!(world.at_hand(), good);
}

#[tokio::test]
async fn a_list_of_somebody_else_or_of_another_time_does_not_count() {
    let world = World::new(1).await;
    let fetcher = world.fetcher();
    assert!(fetcher.fetch_all().await);
    let good = world.at_hand();
    let mut altered = world.list(in_hours(1));
    *altered.last_mut().unwrap() ^= 1;
    let foreign = world.list_of("foreign_gost.crl", in_hours(1));
    let future = world.list(in_hours(24));
    for (name, list) in [("altered", altered), ("foreign", foreign), ("of tomorrow", future)] {
        world.publish(list);
        assert!(!fetcher.fetch_all().await, "{name}");
        assert_eq!(world.at_hand(), good, "{name}");
    }
    world.clock.set(in_hours(24 * 30));
    world.publish(world.list(in_hours(1)));
    assert!(!fetcher.fetch_all().await, "its time is over");
    assert_eq!(world.at_hand(), good);
}

#[tokio::test]
async fn a_list_of_another_trusted_authority_does_not_take_the_place() {
    let world = World::new(1).await;
    let fetcher = world.fetcher();
    assert!(fetcher.fetch_all().await);
    let good = world.at_hand();
    world.clock.set(in_hours(1));
    world.publish(world.list_of("demo_nca_rsa.crl", in_hours(1)));
    assert!(!fetcher.fetch_all().await);
    assert_eq!(world.at_hand(), good);
    world.clock.advance(SignedDuration::from_secs(6));
    assert!(world.judged(KeyKind::Gost), "the authority's own list is still judged by");
}

#[tokio::test]
async fn a_host_is_not_asked_whether_it_has_changed_for_an_overdue_list() {
    let world = World::new(1).await;
    let fetcher = world.fetcher();
    assert!(fetcher.fetch_all().await);
    let first = world.at_hand();
    world.clock.set(in_hours(24 * 30));
    world.publish(world.list(in_hours(24 * 30)));
    world.hosts[0].publishing.fail(Fault::NeverChanged);
    assert!(fetcher.fetch_all().await);
    assert_ne!(world.at_hand(), first);
    // And where it still has the overdue one, that is told.
    world.clock.set(in_hours(24 * 60));
    assert!(!fetcher.fetch_all().await);
}

#[tokio::test]
async fn not_changed_is_no_word_about_another_list_than_the_host_sent() {
    let world = World::new(1).await;
    let old = world.list(now());
    world.clock.set(in_hours(2));
    world.publish(world.list(in_hours(2)));
    let fetcher = world.fetcher();
    assert!(fetcher.fetch_all().await);
    let newest = world.at_hand();
    // Somebody restores yesterday's folder.
    std::fs::write(world.folder.lists().join(LIST), old).unwrap();
    assert!(fetcher.fetch_all().await);
    assert_eq!(world.at_hand(), newest);
}

#[tokio::test]
async fn a_host_that_fell_behind_another_does_not_end_the_search_by_saying_not_changed() {
    let world = World::new(2).await;
    let fetcher = world.fetcher();
    assert!(fetcher.fetch_all().await);
    world.hosts[0].publishing.fail(Fault::Down);
    for hours in [2, 4] {
        world.clock.set(in_hours(hours));
        world.hosts[1].publishing.publish(LIST, world.list(in_hours(hours)));
        assert!(fetcher.fetch_all().await);
        assert_eq!(world.at_hand(), Some(moment(in_hours(hours)).0), "{hours}");
        world.hosts[0].publishing.fail(None);
    }
}

#[tokio::test]
async fn what_counts_for_nobody_or_is_not_made_yet_keeps_no_list_out() {
    let world = World::new(1).await;
    let file = world.folder.lists().join(LIST);
    let mut altered = world.list(in_hours(2));
    *altered.last_mut().unwrap() ^= 1;
    for wrong in [altered, world.list(in_hours(24))] {
        std::fs::write(&file, wrong).unwrap();
        assert!(world.fetcher().fetch_all().await);
        assert_eq!(world.at_hand(), Some(moment(now()).0));
    }
}

#[tokio::test]
async fn parts_that_nobody_writes_any_more_go_and_others_stay() {
    let world = World::new(1).await;
    let part =
        |name: &str, random: u64| world.folder.lists().join(format!(".{name}.{random:016x}.part"));
    let (dead, coming, others) = (part(LIST, 1), part(LIST, 2), part("another.crl", 1));
    // A list whose name begins like this one's has a lock of its own.
    let longer = part(&format!("{LIST}.b.crl"), 1);
    for path in [&dead, &others, &coming, &longer] {
        std::fs::write(path, b"half a list").unwrap();
    }
    let writing = std::fs::File::open(&coming).unwrap();
    writing.lock().unwrap();
    assert!(world.fetcher().fetch_all().await);
    let exist = [&dead, &others, &coming, &longer].map(|path| path.exists());
    assert_eq!(exist, [false, true, true, true]);
}

#[tokio::test]
async fn of_two_processes_the_slower_puts_no_older_list_over_a_newer() {
    let world = World::new(1).await;
    world.clock.set(in_hours(2));
    let place = Place::new(&world.folder.lists(), LIST);
    let others = place.lock().await.unwrap();
    let fetcher = Arc::new(world.fetcher());
    let fetching = tokio::spawn(async move { fetcher.fetch_all().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(world.at_hand().is_none(), "the place is another's");
    std::fs::write(world.folder.lists().join(LIST), world.list(in_hours(2))).unwrap();
    drop(others);
    assert!(!fetching.await.unwrap(), "what came is older now");
    assert_eq!(world.at_hand(), Some(moment(in_hours(2)).0));
}

#[tokio::test]
async fn many_fetch_into_one_folder_at_once() {
    let world = World::new(1).await;
    let fetchers: Vec<_> = (0..4).map(|process| Arc::new(world.fetcher_of(process))).collect();
    for hours in 0..3 {
        world.clock.set(in_hours(hours));
        world.publish(world.list(in_hours(hours)));
        let rounds = fetchers.iter().map(|one| {
            let one = Arc::clone(one);
            tokio::spawn(async move { one.fetch_all().await })
        });
        for round in rounds.collect::<Vec<_>>() {
            assert!(round.await.unwrap());
        }
        assert_eq!(world.at_hand(), Some(moment(in_hours(hours)).0));
        assert_eq!(world.left_behind(), 0);
    }
}

#[tokio::test]
async fn a_place_that_another_process_does_not_let_go_of_is_told() {
    let world = World::new(1).await;
    let place = Place::new(&world.folder.lists(), LIST);
    let others = place.lock().await.unwrap();
    assert!(matches!(place.lock_in(3).await, Err(NotFetched::Busy)));
    drop(others);
    place.lock_in(1).await.unwrap();
}

#[tokio::test]
async fn another_address_is_asked_where_one_fails() {
    let world = World::new(2).await;
    world.hosts[0].publishing.fail(Fault::Garbage);
    assert!(world.fetcher().fetch_all().await);
    assert_eq!(world.hosts[1].publishing.sent(), 1);
    assert!(world.at_hand().is_some());
}

#[tokio::test]
async fn a_host_that_is_slower_than_our_patience_has_sent_nothing() {
    let world = World::new(1).await;
    world.hosts[0].publishing.fail(Fault::Slow(Duration::from_secs(30)));
    let client =
        reqwest::Client::builder().timeout(Duration::from_millis(50)).no_proxy().build().unwrap();
    let fetcher = ListFetcher { client, ..world.fetcher() };
    assert!(!fetcher.fetch_all().await);
    assert!(world.at_hand().is_none());
}

#[tokio::test]
async fn wrong_settings_are_told_at_the_start() {
    let world = World::new(0).await;
    let setup = |file: &str, urls: &[&str]| {
        let source = ListSource {
            file: file.to_owned(),
            urls: urls.iter().map(|&url| url.to_owned()).collect(),
        };
        let settings = ListFetcherSettings {
            folder: world.folder.lists(),
            sources: vec![source.clone(), source],
            every: Duration::from_secs(1),
            patience: Duration::from_secs(1),
        };
        let ids = Arc::new(SeededIds::new(1));
        ListFetcher::new(settings, world.trust.clone(), world.clock.clone(), ids).err().unwrap()
    };
    let good = "http://crl.example/a.crl";
    assert!(matches!(setup("a.crl", &[good]), ListFetcherSetupError::SameFile(_)));
    assert!(matches!(setup("a.crl", &[]), ListFetcherSetupError::NoAddress(_)));
    assert!(matches!(setup("a.crl", &["ftp://a/"]), ListFetcherSetupError::Address(_)));
    for name in ["../a.crl", "a", "b/a.crl", "a.pem", "/a.crl"] {
        assert!(matches!(setup(name, &[good]), ListFetcherSetupError::FileName(_)), "{name}");
    }
}
