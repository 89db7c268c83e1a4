//! The host over a real loopback socket.

use tokio::sync::oneshot;

use super::*;

struct Running {
    url: String,
    publishing: Arc<Publishing>,
    _stop: oneshot::Sender<()>,
}

async fn running() -> Running {
    let host = CrlHost::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (url, publishing) = (host.url("a.crl"), host.publishing());
    publishing.publish("a.crl", b"list".to_vec());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(host.serve(async {
        let _ = stopped.await;
    }));
    Running { url, publishing, _stop: stop }
}

async fn get(url: &str, known: &str) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    client.get(url).header("if-none-match", known).send().await
}

#[tokio::test]
async fn hands_out_what_is_published_and_tells_whether_it_changed() {
    let running = running().await;
    let first = get(&running.url, "").await.unwrap();
    assert_eq!(first.headers()["content-type"], KIND);
    let mark = first.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(first.bytes().await.unwrap(), "list");
    assert_eq!(get(&running.url, &mark).await.unwrap().status(), 304);
    running.publishing.publish("a.crl", b"newer".to_vec());
    let second = get(&running.url, &mark).await.unwrap();
    assert_eq!(second.bytes().await.unwrap(), "newer");
    assert_eq!(running.publishing.sent(), 2);
}

#[tokio::test]
async fn fails_as_it_is_told() {
    let running = running().await;
    for (fault, status) in [
        (Fault::ServerError, 500),
        (Fault::Missing, 404),
        (Fault::Page, 200),
        (Fault::Garbage, 200),
        (Fault::Redirect, 302),
    ] {
        running.publishing.fail(fault);
        let answer = get(&running.url, "").await.unwrap();
        assert_eq!(answer.status(), status, "{fault:?}");
        assert_ne!(answer.bytes().await.unwrap(), "list", "{fault:?}");
    }
    running.publishing.fail(Fault::Down);
    get(&running.url, "").await.unwrap_err();
    running.publishing.fail(Fault::BreaksOff);
    let whole = async { get(&running.url, "").await?.bytes().await };
    whole.await.unwrap_err();
    running.publishing.fail(Fault::Slow(Duration::from_millis(20)));
    assert_eq!(get(&running.url, "").await.unwrap().bytes().await.unwrap(), "list");
    running.publishing.fail(None);
    assert_eq!(get(&running.url, "").await.unwrap().status(), 200);
}

#[tokio::test]
async fn listens_on_this_computer_only() {
    let outside = CrlHost::bind("192.0.2.1:0".parse().unwrap()).await;
    assert!(matches!(outside, Err(CrlHostError::NotLoopback)));
}
