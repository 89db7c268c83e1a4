//! What somebody does to a node who wants it down, or wants to know what is none of his business: it goes on serving the others,
//! tells him to wait, takes bounded memory, and is as good as new when he is gone.
//!
//! That slow clients are cut off is proven where time is short: `src/serve.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyqtama::demo::client::SubmissionAnswer;
use app::testing::samples::iin;
use domain::{Number, NumberClass, NumberKind};
use futures_util::future::join_all;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use simulators::authority::PersonKey;
use simulators::people::DemoPerson;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::installation::{Installation, Node, accepted, asked, now, signed};

/// Connections of either kind that say little and stay.
const SLOW: usize = 150;
/// By how much the process may grow: large bodies in memory (256 MiB), and something for each connection.
const GROWTH_MAX_KIB: u64 = 400 * 1_024;

/// A node under attack.
struct Siege {
    installation: Installation,
    node: Node,
    address: SocketAddr,
    http: Client,
}

impl Siege {
    async fn begin() -> Self {
        raise_open_files();
        let installation = Installation::on_sqlite().await;
        let node = installation.node("besieged", None).await;
        let address = node.portal.strip_prefix("http://").unwrap().parse().unwrap();
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = http.timeout(Duration::from_secs(30)).build().unwrap();
        Self { installation, node, address, http }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.node.portal)
    }

    /// As a proxy on this machine would hand it on for an address.
    async fn check(&self, from: u32, number: &str, iin: &str) -> Response {
        let request = self.http.post(self.url("/api/v1/check"));
        let request = request.header("x-forwarded-for", address_of(from));
        request.json(&json!({ "number": number, "iin": iin })).send().await.unwrap()
    }

    /// A connection on which something was sent.
    async fn saying(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let _ = stream.write_all(bytes).await;
        stream
    }

    /// Everybody else: reads a page, and has a certificate in the end.
    async fn others_are_served(&self, somebody: &(DemoPerson, PersonKey)) -> String {
        let begun = Instant::now();
        let page = self.http.get(self.url("/kk/check")).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let number = asked(&self.node.client, somebody).await;
        assert_eq!(self.node.client.answer(&number).await.unwrap().state, "granted");
        number
    }

    fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.node.process.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }
}

fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, wanted).unwrap();
}

fn address_of(number: u32) -> String {
    std::net::Ipv4Addr::from(0xC612_0000 | number).to_string()
}

fn number_of(random: u64) -> Number {
    Number::of_class(NumberKind::Certificate, NumberClass::FIRST, random)
}

async fn answer_of(mut stream: TcpStream) -> String {
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut answer)).await;
    let length = read.ok().and_then(Result::ok).unwrap_or(0);
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_under_abuse_serves_the_others_and_recovers() {
    let siege = Siege::begin().await;
    let people: Vec<_> = siege.installation.granted().cloned().collect();
    siege.others_are_served(&people[0]).await;
    let before = siege.memory_kib();
    let slow = slow_connections(&siege).await;
    let number = siege.others_are_served(&people[1]).await;
    no_more_large_bodies_than_there_is_room(&siege).await;
    oversized_and_garbage(&siege).await;
    siege.others_are_served(&people[2]).await;
    sign_in_storm(&siege).await;
    trying_whose_a_certificate_is(&siege, &people[1].0, &number).await;
    drop(slow);
    a_thousand_submits_of_one_person(&siege, &people[3]).await;
    siege.others_are_served(&people[4]).await;
    let grown = siege.memory_kib().saturating_sub(before);
    assert!(grown < GROWTH_MAX_KIB, "grown by {grown} KiB");
    let Siege { installation, node, .. } = siege;
    node.end_gracefully().await;
    installation.assert_integrity();
}

/// Heads that never end, and bodies that hardly begin; also of requests to be registered.
async fn slow_connections(siege: &Siege) -> Vec<TcpStream> {
    let mut held = Vec::new();
    let token = std::fs::read_to_string(siege.installation.folder().join("api-token")).unwrap();
    let request = format!(
        "POST /api/v1/requests HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\nidempotency-key: slow\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{{",
        token.trim()
    );
    for _ in 0..SLOW {
        held.push(siege.saying(b"GET /kk/check HTTP/1.1\r\nhost: a\r\nx-slow: ").await);
        let body = b"POST /kk/sign-in HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 60000\r\n\r\na=";
        held.push(siege.saying(body).await);
        held.push(siege.saying(request.as_bytes()).await);
    }
    held
}

/// Each wants two megabytes and sends one byte: some are told to come again, and when they are gone there is room.
async fn no_more_large_bodies_than_there_is_room(siege: &Siege) {
    let mut held = Vec::new();
    let mut refused = None;
    for number in 0..200 {
        let head = format!(
            "POST /kk/check HTTP/1.1\r\nhost: a\r\nx-forwarded-for: {}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 2000000\r\n\r\n-",
            address_of(10_000 + number)
        );
        held.push(siege.saying(head.as_bytes()).await);
    }
    for stream in &mut held {
        let mut answer = [0; 512];
        let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut answer)).await;
        if let Ok(Ok(length)) = read {
            refused = Some(String::from_utf8_lossy(&answer[..length]).to_lowercase());
            break;
        }
    }
    let refused = refused.unwrap_or_default();
    assert!(refused.starts_with("http/1.1 429") && refused.contains("retry-after: 2"), "{refused}");
    let live = siege.http.get(siege.url("/health/live")).send().await.unwrap();
    assert_eq!(live.status(), StatusCode::OK);
    drop(held);
    crate::until("there is room again", async || {
        let part = reqwest::multipart::Part::bytes(vec![0; 100_000]).file_name("a.pdf");
        let form = reqwest::multipart::Form::new().part("document", part);
        let request = siege.http.post(siege.url("/kk/check"));
        let request = request.header("x-forwarded-for", "198.51.100.1").multipart(form);
        request.send().await.unwrap().status() != StatusCode::TOO_MANY_REQUESTS
    })
    .await;
}

async fn oversized_and_garbage(siege: &Siege) {
    let large = siege.http.post(siege.url("/kk/check")).header("content-type", "application/pdf");
    let large = large.header("x-forwarded-for", "198.51.100.2").body(vec![b'x'; 3 * 1_024 * 1_024]);
    // Whoever goes on sending what nobody reads may find the connection closed.
    if let Ok(answer) = large.send().await {
        assert!(answer.status().is_client_error(), "{}", answer.status());
    }
    let endless = b"POST /api/v1/check HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n{";
    let answer = answer_of(siege.saying(endless).await).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    let head = format!("GET /kk HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    let answer = answer_of(siege.saying(head.as_bytes()).await).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    for garbage in
        [b"\0\0\0\0\r\n\r\n".as_slice(), b"GET\r\n\r\n", b"\x16\x03\x01\x02\0\x01\r\n\r\n"]
    {
        let pipelined = [b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n", garbage].concat();
        let answer = answer_of(siege.saying(&pipelined).await).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let twice = b"POST /kk/check HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef";
    let answer = answer_of(siege.saying(twice).await).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "two lengths: {answer}");
}

async fn sign_in_storm(siege: &Siege) {
    let post = |from: &'static str| {
        let request = siege.http.post(siege.url("/kk/sign-in")).header("x-forwarded-for", from);
        request.form(&[("token", "x"), ("challenge", "x"), ("signature", "x")]).send()
    };
    let storm = join_all((0..200).map(|_| post("198.51.100.3"))).await;
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for answer in storm {
        let answer = answer.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers().contains_key("retry-after"));
        }
        *counts.entry(answer.status().as_u16()).or_default() += 1;
    }
    assert!(counts[&429] >= 150 && counts.keys().all(|status| *status < 500), "{counts:?}");
    let other = post("198.51.100.4").await.unwrap().status();
    assert_ne!(other, StatusCode::TOO_MANY_REQUESTS);
}

/// From as many addresses as he likes: sixty tries an hour for one number, whether such a certificate is there or not.
async fn trying_whose_a_certificate_is(siege: &Siege, holder: &DemoPerson, request: &str) {
    let answer = siege.node.client.answer(request).await.unwrap();
    let certificate = answer.results[0].number.clone();
    let document = siege.node.client.document(&answer.results[0].id).await.unwrap();
    let nobodys = number_of(77).to_string();
    let mut told: BTreeMap<String, (BTreeSet<String>, usize)> = BTreeMap::new();
    for number in [&certificate, &nobodys] {
        for attempt in 0..80 {
            let tried = iin(900 + attempt).digits();
            let answer = siege.check(attempt, number, &tried).await;
            let told = told.entry(number.clone()).or_default();
            match answer.status() {
                StatusCode::OK => drop(told.0.insert(answer.text().await.unwrap())),
                StatusCode::TOO_MANY_REQUESTS => told.1 += 1,
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(
        told[&certificate].0, told[&nobodys].0,
        "what is there is told apart from what is not"
    );
    let (answers, refused) = &told[&certificate];
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers.first().unwrap().contains("not_found"));
    assert!((15..=20).contains(refused), "{refused}");
    // Not even the right answer is told by now; by the file it is, and so is every other certificate.
    let right = siege.check(500, &certificate, &holder.iin.digits()).await;
    assert_eq!(right.status(), StatusCode::TOO_MANY_REQUESTS);
    let checked: Value = siege.node.client.check_file(document).await.unwrap();
    assert_eq!(checked["verdict"], "genuine");
    let other = number_of(78).to_string();
    assert_eq!(siege.check(501, &other, &holder.iin.digits()).await.status(), StatusCode::OK);
}

/// Under one key, under others, and under the one key with another signature over the same text.
async fn a_thousand_submits_of_one_person(siege: &Siege, somebody: &(DemoPerson, PersonKey)) {
    let (person, key) = somebody;
    let client = &siege.node.client;
    let stored = async || {
        let open = siege.installation.store().await;
        let numbers = open.store.numbers_after(None, 1_000).await.unwrap();
        open.close().await;
        numbers.len()
    };
    let before = stored().await;
    let cms = signed(client, person, key).await.unwrap();
    let document = signature::cms::attached_content(&cms).unwrap();
    // At another moment, or it would be the same signature.
    let before_that = now() - jiff::SignedDuration::from_secs(5);
    let another = key.sign(&document, true, before_that).unwrap();
    assert!(another != cms);
    let submits = (0..1_000).map(|number| {
        let (name, body) = match number % 10 {
            0 => (format!("tab-{number}"), &cms),
            1 => ("one".to_owned(), &another),
            _ => ("one".to_owned(), &cms),
        };
        async move { client.submit(&name, body).await }
    });
    let (mut numbers, mut sent_away) = (BTreeSet::new(), 0);
    for answer in join_all(submits).await {
        match answer.unwrap() {
            SubmissionAnswer::Accepted(number) => drop(numbers.insert(number)),
            SubmissionAnswer::Rejected(problem) if problem.code == "busy" => sent_away += 1,
            SubmissionAnswer::Rejected(problem) => {
                assert_eq!(problem.code, "idempotency_key_reused");
            }
        }
    }
    assert!(sent_away <= 1_000 - 128, "{sent_away}: as many as there is room for are served");
    assert_eq!(numbers.len(), 1, "{numbers:?}");
    assert_eq!(stored().await, before + 1);
    let number = numbers.first().unwrap();
    siege.installation.assert_answered_once(person, number, &siege.node).await;
    assert_eq!(&accepted(client, "late", &cms).await, number);
}
