//! Processes that leave with work in hand: in good order, killed, or replaced by their next version. Each is held at a
//! point of its way, so that nothing here depends on who is faster.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]
#![cfg(feature = "fault-injection")]

mod installation;

use std::fs::File;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyqtama::config::{OperationsConfig, TlsConfig};
use anyqtama::demo::client::ApiClient;
use app::Step;
use base64::Engine;
use domain::Number;
use installation::{
    HOLD_AT, Hold, Installation, Node, accepted, asked, free_port, now, serve, signed, until,
};
use jiff::{SignedDuration, Timestamp};
use simulators::authority::{PersonKey, loopback_certificate};
use simulators::people::DemoPerson;
use throwaway_postgres::{Cluster, Settings};

/// So long a lease that nobody who waits for its end passes a test.
const LEASE_SECONDS: u32 = 600;
/// Within so much a job that was given back has its answer.
const AT_ONCE: Duration = Duration::from_secs(20);
/// By so much a renewed certificate of TLS ends later.
const RENEWED_LATER: SignedDuration = SignedDuration::from_hours(24);

async fn on_postgres(name: &str) -> (Installation, Cluster) {
    let server = Cluster::start(Settings::durable()).unwrap();
    server.create_database(name).unwrap();
    (Installation::on_postgres(&server.url(name)).await, server)
}

/// The state of each request as it is stored.
async fn states(installation: &Installation, numbers: &[String]) -> Vec<&'static str> {
    let open = installation.store().await;
    let mut states = Vec::new();
    for number in numbers {
        let request = open.store.request(&Number::parse(number).unwrap()).await.unwrap();
        states.push(request.unwrap().state.code());
    }
    open.close().await;
    states
}

/// How many of them have documents that are to be sealed.
async fn begun(installation: &Installation, numbers: &[String]) -> usize {
    let open = installation.store().await;
    let mut begun = 0;
    for number in numbers {
        let request = open.store.request(&Number::parse(number).unwrap()).await.unwrap();
        begun += usize::from(request.unwrap().step == Step::Intended);
    }
    open.close().await;
    begun
}

async fn assert_all_open(installation: &Installation, numbers: &[String]) {
    for state in states(installation, numbers).await {
        assert!(["accepted", "checking"].contains(&state), "{state}");
    }
}

/// A node whose log goes to a file.
async fn logging_node(installation: &Installation, log: &str, holds: &str) -> Node {
    let port = free_port();
    let config = installation.config("leaving", port, |config| {
        config.worker.lease_seconds = LEASE_SECONDS;
        config.log.filter = "info".to_owned();
    });
    let mut serve = serve(&config);
    serve.env(HOLD_AT, holds).stderr(File::create(installation.folder().join(log)).unwrap());
    let mut node = installation.node_of(serve, port);
    node.wait_until_it_answers().await;
    node
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_told_to_leave_finishes_what_it_began_and_answers_who_waits_on_sqlite() {
    leaves_in_good_order(Installation::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_told_to_leave_finishes_what_it_began_and_answers_who_waits_on_postgres() {
    let (installation, _server) = on_postgres("leaving").await;
    leaves_in_good_order(installation).await;
}

async fn leaves_in_good_order(installation: Installation) {
    let sealing = Hold::at(&installation, "before:seal", "sealing");
    let registering = Hold::at(&installation, "before:register", "registering");
    let drafting = Hold::at(&installation, "after:put_draft", "drafting");
    // Until the moment comes, drafts and registrations pass.
    registering.release();
    drafting.release();
    let holds = [&*sealing.at, &registering.at, &drafting.at].join(";");
    let mut node = logging_node(&installation, "log", &holds).await;
    let people: Vec<&(DemoPerson, PersonKey)> = installation.granted().take(5).collect();

    // Two jobs are in the hands of the two workers, and a third request waits for its turn.
    let mut numbers = Vec::new();
    for person in &people[..3] {
        numbers.push(asked(&node.client, person).await);
    }
    until("two jobs are begun", async || begun(&installation, &numbers).await == 2).await;
    // Two people wait for their answers over HTTP.
    let cms = signed(&node.client, &people[3].0, &people[3].1).await.unwrap();
    registering.hold_again();
    drafting.hold_again();
    let (submitting, preparing) =
        (another_client(&installation, &node), another_client(&installation, &node));
    let submitted = tokio::spawn(async move { accepted(&submitting, "waits", &cms).await });
    let person = people[4].clone();
    let prepared =
        tokio::spawn(async move { signed(&preparing, &person.0, &person.1).await.is_some() });
    registering.reached().await;
    drafting.reached().await;

    node.process.terminate();
    until("nobody new is let in", async || {
        reqwest::get(format!("{}/health/live", node.portal)).await.is_err()
    })
    .await;
    assert!(node.process.is_running(), "it goes on with what it began");
    assert_all_open(&installation, &numbers).await;
    for hold in [&registering, &drafting, &sealing] {
        hold.release();
    }
    let late = submitted.await.unwrap();
    assert!(prepared.await.unwrap(), "who waits is answered");
    assert!(node.process.ended().await.success());
    let log = std::fs::read_to_string(installation.folder().join("log")).unwrap();
    assert!(log.contains("ending") && !log.contains("ERROR") && !log.contains("WARN"), "{log}");

    // What a worker had begun has its answer already; what nobody had begun is nobody's, and comes up at once.
    let left = states(&installation, &numbers).await;
    let finished = left.iter().filter(|state| **state == "granted").count();
    assert_eq!(finished, 2, "{left:?}");
    let begun = Instant::now();
    let node = installation.node("next", None).await;
    numbers.push(late);
    for ((person, _), number) in people.iter().zip(&numbers) {
        installation.assert_answered_once(person, number, &node).await;
    }
    assert!(begun.elapsed() < AT_ONCE, "no lease is waited for: {:?}", begun.elapsed());
    node.end_gracefully().await;
    installation.assert_integrity();
}

fn another_client(installation: &Installation, node: &Node) -> ApiClient {
    let token = std::fs::read_to_string(installation.folder().join("api-token")).unwrap();
    ApiClient::new(&node.portal, token.trim()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_workers_one_is_killed_amid_its_work_and_every_request_is_answered_once() {
    let (installation, _server) = on_postgres("workers").await;
    let portal = installation.node_without_worker("portal").await;
    let people: Vec<&(DemoPerson, PersonKey)> = installation.granted().take(8).collect();
    let mut numbers = Vec::new();
    for person in &people[..2] {
        numbers.push(asked(&portal.client, person).await);
    }
    assert_all_open(&installation, &numbers).await;
    // One worker works alone, and is then held with two requests in its hands.
    let hold = Hold::at(&installation, "after:commit_intended", "worker");
    hold.release();
    let doomed = installation.worker("doomed", &[(HOLD_AT, &hold.at)]);
    for number in &numbers {
        assert_eq!(portal.client.answer(number).await.unwrap().state, "granted");
    }
    hold.hold_again();
    for person in &people[2..4] {
        numbers.push(asked(&portal.client, person).await);
    }
    hold.reached().await;
    // The other one takes what comes next, and, when the leases end, what the dead one had.
    let steady = installation.worker("steady", &[]);
    for person in &people[4..6] {
        numbers.push(asked(&portal.client, person).await);
    }
    doomed.kill();
    for person in &people[6..] {
        numbers.push(asked(&portal.client, person).await);
    }
    for ((person, _), number) in people.iter().zip(&numbers) {
        installation.assert_answered_once(person, number, &portal).await;
    }
    steady.end_gracefully().await;
    portal.end_gracefully().await;
    installation.assert_integrity();
}

/// Every other node is killed instead of being told to leave.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_replaced_with_requests_in_flight_leave_them_to_the_next() {
    let (installation, _server) = on_postgres("rolling").await;
    let mut people = installation.granted().cycle();
    let (mut node, mut hold) = held_node(&installation, 0).await;
    for generation in 1..=4 {
        let people: Vec<&(DemoPerson, PersonKey)> = people.by_ref().take(3).collect();
        let mut numbers = Vec::new();
        for person in &people {
            numbers.push(asked(&node.client, person).await);
        }
        hold.reached().await;
        // The next version starts beside it, takes the load, and the old one leaves or dies.
        let (next, next_hold) = held_node(&installation, generation).await;
        assert_all_open(&installation, &numbers).await;
        let mut left = numbers.clone();
        if generation % 2 == 0 {
            node.process.terminate();
            hold.release();
            assert!(node.process.ended().await.success());
            let states = states(&installation, &numbers).await;
            let unanswered = numbers.iter().zip(states).filter(|(_, state)| *state != "granted");
            left = unanswered.map(|(number, _)| number.clone()).collect();
            assert!(!left.is_empty(), "it begins nothing more");
        } else {
            node.kill();
        }
        assert_all_open(&installation, &left).await;
        // Who asks the new one meanwhile finds his request under its number.
        for number in &left {
            assert_eq!(next.client.request(number).await.unwrap().results.len(), 0);
        }
        next_hold.release();
        for ((person, _), number) in people.iter().zip(&numbers) {
            installation.assert_answered_once(person, number, &next).await;
        }
        next_hold.hold_again();
        (node, hold) = (next, next_hold);
    }
    hold.release();
    node.end_gracefully().await;
    installation.assert_integrity();
}

/// A node whose workers stop with the decision in their hands.
async fn held_node(installation: &Installation, generation: u32) -> (Node, Hold) {
    let name = format!("generation-{generation}");
    let hold = Hold::at(installation, "before:commit_decided", &name);
    (installation.faulty_node(&name, &[(HOLD_AT, &hold.at)]).await, hold)
}

/// `serve` at a socket that somebody else holds, handed over as systemd does: the first descriptor behind the standard ones.
fn serve_at(socket: &std::net::TcpListener, config: &std::path::Path) -> Command {
    let script = "exec 3<&0 0</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" serve --config \"$1\"";
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_anyqtama")]).arg(config);
    command.stdin(std::os::fd::OwnedFd::from(socket.try_clone().unwrap()));
    command
}

/// Each with a connection of its own, as nginx has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_a_socket_that_is_held_nobody_is_refused_while_a_process_takes_anothers_place() {
    let installation = Installation::on_sqlite().await;
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let config = installation.config("held", port, |_| {});
    let mut node = installation.node_of(serve_at(&socket, &config), port);
    node.wait_until_it_answers().await;
    let replaced = Arc::new(AtomicBool::new(false));
    let url = format!("http://127.0.0.1:{port}/health/ready");
    let people: Vec<_> = (0..4)
        .map(|_| {
            let (replaced, url) = (Arc::clone(&replaced), url.clone());
            tokio::spawn(async move {
                let (mut answered, mut refused) = (0, Vec::new());
                while !replaced.load(Ordering::Relaxed) {
                    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
                    match client.build().unwrap().get(&url).send().await {
                        Ok(answer) if answer.status().is_success() => answered += 1,
                        other => refused.push(format!("{other:?}")),
                    }
                }
                (answered, refused)
            })
        })
        .collect();
    for _ in 0..2 {
        node.process.terminate();
        assert!(node.process.ended().await.success());
        node = installation.node_of(serve_at(&socket, &config), port);
        node.wait_until_it_answers().await;
    }
    replaced.store(true, Ordering::Relaxed);
    for one in people {
        let (answered, refused) = one.await.unwrap();
        assert!(answered > 0 && refused.is_empty(), "{answered} answered, {refused:?}");
    }
    node.end_gracefully().await;
}

/// In lines of 64, as everybody writes it.
fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A new certificate with its key for this machine; files that are written one after the other, as they are in life.
struct Renewal {
    files: TlsConfig,
    certificate: String,
    key: String,
    client: reqwest::Client,
}

impl Renewal {
    fn new(installation: &Installation, at: Timestamp) -> Self {
        let files = TlsConfig {
            certificate_file: installation.folder().join("tls.pem"),
            key_file: installation.folder().join("tls.key"),
        };
        let made = loopback_certificate(at).unwrap();
        let trusted = reqwest::Certificate::from_der(&made.certificate).unwrap();
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
        let client = client.tls_certs_only([trusted]).build().unwrap();
        let (certificate, key) =
            (pem("CERTIFICATE", &made.certificate), pem("PRIVATE KEY", &made.key));
        Self { files, certificate, key, client }
    }

    fn write_certificate(&self) {
        std::fs::write(&self.files.certificate_file, &self.certificate).unwrap();
    }

    fn write_key(&self) {
        std::fs::write(&self.files.key_file, &self.key).unwrap();
    }

    async fn is_shown(&self, url: &str) -> bool {
        let answer = self.client.get(format!("{url}/health/live")).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }
}

/// What OpenSSL, which shares no line with rustls, hears at an address.
async fn heard(port: u16, words: &[&str]) -> String {
    let mut openssl = tokio::process::Command::new("openssl");
    openssl.args(["s_client", "-connect", &format!("127.0.0.1:{port}")]);
    openssl.args(["-cipher", "ALL:@SECLEVEL=0"]).args(words).stdin(std::process::Stdio::null());
    String::from_utf8_lossy(&openssl.output().await.unwrap().stdout).into_owned()
}

/// What the metrics say of the certificate's end, in seconds.
async fn term_of_tls(port: u16) -> i64 {
    let metrics = reqwest::get(format!("http://127.0.0.1:{port}/metrics")).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let name = "anyqtama_certificate_end_timestamp_seconds{use=\"tls\",owner=\"portal\"} ";
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn over_tls_a_renewed_certificate_is_taken_up_and_nothing_older_than_1_2_is_spoken() {
    let installation = Installation::on_sqlite().await;
    let today = now();
    let first = Renewal::new(&installation, today);
    first.write_certificate();
    first.write_key();
    let port = free_port();
    let metrics = free_port();
    let config = installation.config("tls", port, |config| {
        config.portal.tls = Some(first.files.clone());
        config.operations = Some(OperationsConfig {
            listen: ([127, 0, 0, 1], metrics).into(),
            worker_listen: None,
            otlp_url: None,
            prober: None,
        });
    });
    let node = installation.node_of(serve(&config), port);
    let url = format!("https://127.0.0.1:{port}");
    until("it answers over TLS", async || first.is_shown(&url).await).await;
    let told = || term_of_tls(metrics);
    let before = told().await;

    // Who shakes no hands, or speaks without TLS, holds nobody up and is told nothing.
    let silent = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let plain = reqwest::get(format!("http://127.0.0.1:{port}/health/live")).await;
    assert!(plain.is_err() && first.is_shown(&url).await);
    drop(silent);

    let modern = heard(port, &["-tls1_2", "-alpn", "h2,http/1.1"]).await;
    assert!(modern.contains("ALPN protocol: http/1.1"), "{modern}");
    assert!(heard(port, &["-tls1_3"]).await.contains("TLSv1.3, Cipher is TLS_AES"));
    for old in ["-tls1_1", "-tls1"] {
        assert!(heard(port, &[old]).await.contains("Cipher is (NONE)"), "{old}");
    }

    // With the key alone renewed, the certificate before goes on; with both, the new one is there without a restart.
    let second = Renewal::new(&installation, today + RENEWED_LATER);
    second.write_key();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(first.is_shown(&url).await && first.is_shown(&url).await);
    assert_eq!(told().await, before, "of the one that is shown");
    second.write_certificate();
    until("the renewed one is shown", async || second.is_shown(&url).await).await;
    assert!(!first.is_shown(&url).await);
    assert_eq!(told().await, before + RENEWED_LATER.as_secs());
    node.end_gracefully().await;
}
