//! Serves the portal over in-memory ports at an address, to look at its pages: `cargo run -p portal --example preview`.
//!
//! Its people are invented, its clock stands still, and its «signatures» are JSON.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for developers, stopped by its first fault"
)]

#[path = "../tests/world/mod.rs"]
#[allow(dead_code, reason = "shared with the stories")]
mod world;

use std::time::Duration;

use world::World;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    let url = format!("http://{address}");
    let world = World::new(&url);
    println!("{url}/  a guardian of one child: {}", world.guardian().digits());
    let router = portal::router(world.service.clone(), World::with_notice(World::config(&url)));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(2)).await;
            world.work().await;
        }
    });
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
