//! That the search can fail: a leak in each place, put there the way a careless change of the program would, is found, and found
//! there alone.

use std::io::Write;
use std::sync::{Arc, Mutex};

use anyqtama::operations::metrics::{BUILD_INFO, Samples, Value, text};
use anyqtama::operations::traces::Telemetry;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqlitePool;
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt;

use super::marks::{Mark, Told, forms};
use super::{Collector, Seen, Walker, rows_of_jobs};

/// Whose name is planted.
pub const NAME: &str = "Бұлбұлжырауов";

/// Each of the marks, each way it may be written, amid other words.
pub fn every_form_is_found(marks: &[Mark]) {
    for mark in marks {
        for (form, written) in forms(&mark.word) {
            let told = Told { jobs: vec![format!("[\"0{written}9\"]")], ..Told::default() };
            let leaks = told.leaks(marks);
            assert!(leaks.iter().any(|leak| leak.1 == mark.word), "{form}: {written}");
        }
    }
}

/// The clean places with one leak after the other.
pub async fn leaks_are_found(
    clean: &Told,
    marks: &[Mark],
    (pool, collector): (&SqlitePool, &Collector),
) {
    let mut spoilt = [(); 7].map(|()| clean.clone());
    spoilt[0].log.extend(logged());
    spoilt[1].traces = vec![traced(collector).await];
    spoilt[2].metrics.push(labelled());
    spoilt[3].jobs = job_with_a_name(pool).await;
    let seen = Arc::<Seen>::default();
    let walker = Walker { client: client(), base: careless().await, seen: Arc::clone(&seen) };
    walker.get("/error").await;
    walker.post("/form", &[]).await;
    spoilt[4].errors.extend(seen.errors.lock().unwrap().drain(..));
    assert_eq!(spoilt[4].leaks(marks).len(), 2, "a fault's text, and what a form says of it");
    seen.addresses.lock().unwrap().clear();
    walker.get("/link").await;
    spoilt[5].addresses.append(&mut seen.addresses.lock().unwrap());
    walker.get("/moved").await;
    spoilt[6].addresses.append(&mut seen.addresses.lock().unwrap());

    let places = ["log", "traces", "metrics", "jobs", "errors", "addresses", "addresses"];
    for (told, place) in spoilt.iter().zip(places) {
        let leaks = told.leaks(marks);
        assert!(!leaks.is_empty(), "{place}: a leak was planted and is not found");
        assert!(leaks.iter().all(|leak| (leak.0, leak.1.as_str()) == (place, NAME)), "{leaks:?}");
    }
}

fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A line as the program writes it, with a name in a field.
fn logged() -> Vec<String> {
    let lines = Lines::default();
    let kept = lines.clone();
    let to = tracing_subscriber::fmt().json().with_writer(move || lines.clone()).finish();
    tracing::subscriber::with_default(to, || tracing::info!(guardian = NAME, "a request came"));
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("a request came"), "{text}");
    text.lines().map(str::to_owned).collect()
}

/// A span with a name in it, sent as the program sends its own.
async fn traced(collector: &Collector) -> String {
    let telemetry = Telemetry::to(&collector.url()).unwrap();
    let spans = tracing_opentelemetry::layer().with_tracer(telemetry.tracer().unwrap());
    let subscriber = tracing_subscriber::registry().with(spans);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("planted", guardian = NAME).in_scope(|| ());
    });
    telemetry.end().await;
    collector.until_contains("planted").await;
    collector.text()
}

fn labelled() -> String {
    let mut samples = Samples::default();
    samples.many(&BUILD_INFO, vec![(vec![("guardian", NAME.to_owned())], Value::Count(1))]);
    text(prometheus_client::registry::Registry::default(), samples).unwrap()
}

/// A job that carries its person with it.
async fn job_with_a_name(pool: &SqlitePool) -> Vec<String> {
    let planted = "ALTER TABLE jobs ADD COLUMN payload BLOB;
         PRAGMA foreign_keys = OFF;
         INSERT INTO jobs (number, run_at, payload) VALUES ('S-2222-2222-2', 0, CAST('{}' AS BLOB))";
    let planted = planted.replace("{}", &format!("{{\"guardian\":\"{NAME}\"}}"));
    sqlx::raw_sql(AssertSqlSafe(planted)).execute(pool).await.unwrap();
    rows_of_jobs(pool).await
}

/// A service that tells too much.
async fn careless() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let address = reqwest::Url::parse(&format!("{base}/kk/people/{NAME}")).unwrap();
    let link = format!("<a href=\"{}\">адам</a>", address.path());
    let moved = format!("/kk/{}", address.path());
    let form = format!(
        "<title>Қате</title><p class=\"govuk-error-message\">{NAME} табылмады</p><input value=\"{NAME}\">"
    );
    let fault = format!("{{\"detail\":\"{NAME} is not known\"}}");
    let router = Router::new()
        .route("/error", get(move || async move { (StatusCode::INTERNAL_SERVER_ERROR, fault) }))
        .route("/form", post(move || async move { (StatusCode::UNPROCESSABLE_ENTITY, Html(form)) }))
        .route("/link", get(move || async move { Html(link) }))
        .route("/moved", get(move || async move { Redirect::to(&moved) }));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    base
}
