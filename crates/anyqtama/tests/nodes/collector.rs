//! A collector of traces, as far as a test needs one: it takes whatever is sent to it and keeps the bytes.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use tokio::net::TcpListener;

use super::installation::until;

#[derive(Clone)]
pub struct Collector {
    url: String,
    kept: Kept,
}

type Kept = Arc<Mutex<Vec<Bytes>>>;

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Kept::default();
        let router = Router::new().route("/v1/traces", post(keep)).with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, kept }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Everything that came. Texts in it are plain: the protocol does not pack them.
    pub fn text(&self) -> String {
        let kept = self.kept.lock().unwrap();
        kept.iter().map(|batch| String::from_utf8_lossy(batch)).collect()
    }

    pub async fn until_contains(&self, words: &str) {
        until(words, async || self.text().contains(words)).await;
    }
}

async fn keep(State(kept): State<Kept>, batch: Bytes) {
    kept.lock().unwrap().push(batch);
}
