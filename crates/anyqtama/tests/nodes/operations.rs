//! Metrics and the prober as those who run the service meet them: two nodes on one database, over real addresses.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyqtama::config::{OperationsConfig, ProberConfig};
use anyqtama::operations::metrics::{ALL, JUDGE_DISAGREEMENTS};
use jiff::{SignedDuration, Timestamp};

use super::collector::Collector;
use super::installation::{Installation, Node, asked, free_port, now, until};
use super::nodes;

/// As docs/operations.md tells it.
fn prober_key(folder: &Path, iin: &str) -> PathBuf {
    let file = |name: &str| folder.join(name).display().to_string();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-utf8"])
        .args(["-keyout", &file("prober-key.pem"), "-out", &file("prober-certificate.pem")])
        .args(["-subj", &format!("/CN=СИНТЕТИКАЛЫҚ ТЕКСЕРУШІ/serialNumber=IIN{iin}")])
        .args(["-addext", "keyUsage=critical,digitalSignature,nonRepudiation"])
        .args(["-addext", "extendedKeyUsage=emailProtection,1.2.398.3.3.4.1.1"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    let both = read("prober-certificate.pem") + &read("prober-key.pem");
    std::fs::write(folder.join("prober.pem"), both).unwrap();
    folder.join("prober.pem")
}

/// A node with metrics, and where they are.
async fn watched(
    installation: &Installation,
    name: &str,
    prober: &ProberConfig,
    collector: &Collector,
) -> (Node, String) {
    let (port, metrics) = (free_port(), free_port());
    let config = installation.config(name, port, |config| {
        config.portal.public_url = format!("http://127.0.0.1:{port}");
        config.operations = Some(OperationsConfig {
            listen: ([127, 0, 0, 1], metrics).into(),
            worker_listen: None,
            otlp_url: Some(collector.url()),
            prober: Some(prober.clone()),
        });
    });
    let node = installation.node_with(&config, port).await;
    (node, format!("http://127.0.0.1:{metrics}/metrics"))
}

async fn told(url: &str) -> String {
    let answer = reqwest::get(url).await.unwrap();
    assert!(answer.status().is_success());
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    answer.text().await.unwrap()
}

fn sample(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.split(' ').next() == Some(name));
    let line = line.unwrap_or_else(|| panic!("no {name} in {text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_tell_the_same_counts_and_nothing_of_what_the_prober_asks() {
    let super::Nodes { installation, server: _server } = nodes().await;
    let collector = Collector::start().await;
    let mut people = installation.granted();
    let (synthetic, ordinary) = (people.next().unwrap(), people.next().unwrap());
    let prober = ProberConfig {
        iin: synthetic.0.iin.digits(),
        key_file: prober_key(&installation.folder(), &synthetic.0.iin.digits()),
        authorities_file: None,
        every_seconds: 3_600,
        patience_seconds: 40,
    };
    let (walks, first) = watched(&installation, "a", &prober, &collector).await;
    let number = asked(&walks.client, ordinary).await;
    walks.client.answer(&number).await.unwrap();
    until("a journey", async || {
        let text = told(&first).await;
        assert!(!text.contains("outcome=\"answer\"} 1"), "{text}");
        sample(&text, "anyqtama_prober_runs_total{outcome=\"ok\"}") > 0.0
    })
    .await;

    let text = told(&first).await;
    for metric in ALL.iter().filter(|metric| metric.name != JUDGE_DISAGREEMENTS.name) {
        assert!(text.contains(&format!("# TYPE {} ", metric.name)), "{}", metric.name);
    }
    assert!(text.contains("route=\"/api/v1/requests/{number}\""), "{text}");
    for secret in [&number, &synthetic.0.iin.digits(), &ordinary.0.iin.digits()] {
        assert!(!text.contains(secret.as_str()), "{secret}");
    }
    let took = sample(&text, "anyqtama_prober_duration_seconds");
    assert!(took > 0.0 && took < 40.0, "{took}");
    let certificate = "anyqtama_certificate_end_timestamp_seconds{use=\"prober\",owner=\"prober\"}";
    assert!(sample(&text, certificate) > 2_000_000_000.0);
    assert!(sample(&text, "anyqtama_clock_difference_seconds").abs() < 2.0);
    assert_counted_once(&text);

    // Nothing of this is on the public address.
    let public = reqwest::get(format!("{}/metrics", walks.portal)).await.unwrap();
    assert_eq!(public.status(), 404);

    // Another node, which does not walk, tells the same; and so does the first after it was killed.
    let idle = ProberConfig { every_seconds: 0, ..prober.clone() };
    let (other, second) = watched(&installation, "b", &idle, &collector).await;
    assert_counted_once(&told(&second).await);
    walks.kill();
    let (walks, first) = watched(&installation, "c", &idle, &collector).await;
    assert_counted_once(&told(&first).await);
    collector.until_contains("http.route").await;
    assert_a_worker_tells_them_too(&installation).await;

    assert_counts_nowhere(&installation, &number).await;
    for node in [walks, other] {
        node.end_gracefully().await;
    }
    installation.assert_integrity();
}

/// Alone, at an address of its own.
async fn assert_a_worker_tells_them_too(installation: &Installation) {
    let (listen, metrics) = (free_port(), free_port());
    let config = installation.config("worker", free_port(), |config| {
        config.operations = Some(OperationsConfig {
            listen: ([127, 0, 0, 1], listen).into(),
            worker_listen: Some(([127, 0, 0, 1], metrics).into()),
            otlp_url: None,
            prober: None,
        });
    });
    let mut worker = installation.command(&["worker"], &config).spawn().unwrap();
    let url = format!("http://127.0.0.1:{metrics}/metrics");
    until("the worker's metrics", async || reqwest::get(&url).await.is_ok()).await;
    assert_counted_once(&told(&url).await);
    worker.kill().unwrap();
    worker.wait().unwrap();
}

/// One request of one person, whatever the prober asked.
fn assert_counted_once(text: &str) {
    for (name, expected) in [
        ("anyqtama_requests_accepted_total", 1.0),
        ("anyqtama_requests_term_total{term=\"kept\"}", 1.0),
        ("anyqtama_requests_term_total{term=\"missed\"}", 0.0),
        ("anyqtama_request_answer_seconds_count", 1.0),
        ("anyqtama_request_answer_seconds_bucket{le=\"+Inf\"}", 1.0),
        ("anyqtama_requests_open", 0.0),
        ("anyqtama_requests_past_term{percent=\"100\"}", 0.0),
        ("anyqtama_source_up{source=\"store\"}", 1.0),
    ] {
        let told = sample(text, name);
        assert!((told - expected).abs() < f64::EPSILON, "{name}: {told}");
    }
}

async fn assert_counts_nowhere(installation: &Installation, number: &str) {
    let config = installation.config("figures", free_port(), |_| {});
    let figures = installation.run(&["figures", "--json", "--check"], &config);
    assert!(figures.status.success(), "{}", String::from_utf8_lossy(&figures.stderr));
    let open = installation.store().await;
    let numbers = open.store.numbers_after(None, 10).await.unwrap();
    let lines = open.store.figures_of(&numbers).await.unwrap();
    let (from, until): (Timestamp, _) =
        (Timestamp::UNIX_EPOCH, now() + SignedDuration::from_hours(1));
    let counted = open.store.figures_between(from, until).await.unwrap();
    open.close().await;
    let counted: Vec<_> = counted.iter().flat_map(|group| &group.lines).collect();
    assert_eq!((numbers.len(), counted.len()), (2, 1), "the prober's is stored as all others");
    for (one, line) in lines {
        assert_eq!(line.is_synthetic, one.as_str() != number);
    }
}
