//! Serves the portal over in-memory ports at an address, to look at its pages: `cargo run -p portal --example preview`.
//!
//! Its people are invented, its clock stands still, and its «signatures» are JSON. Lines on standard input change the
//! world, so that what takes half an hour elsewhere can be looked at: `clock SECONDS` (since its beginning),
//! `bank down`, `bank up`, `alarms`, `consent WORD` (from then on persons are asked by
//! telephone, and answer so: gives, refuses, waits, silent), `break FROM TO` (seconds since its beginning). Each is answered with `done`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for developers, stopped by its first fault"
)]

#[path = "../tests/world/mod.rs"]
#[allow(dead_code, reason = "shared with the stories")]
mod world;

use std::sync::Arc;
use std::time::Duration;

use app::testing::samples::moment;
use app::{AccessReply, BreakOrder};
use tokio::runtime::Handle;
use world::World;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = Arc::new(World::new(&url));
    println!("{url}/  a guardian of one child: {}", world.guardian().digits());
    let router = portal::router(world.service.clone(), World::with_notice(World::config(&url)));
    let (working, runtime) = (world.clone(), Handle::current());
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            working.work().await;
        }
    });
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            runtime.block_on(change(&world, &line.unwrap()));
            println!("done");
        }
    });
    axum::serve(listener, router).await.unwrap();
}

async fn change(world: &World, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["clock", seconds] => world.clock.set(moment(seconds.parse().unwrap())),
        ["bank", "down"] => world.bank.go_down(),
        ["bank", "up"] => world.bank.come_up(),
        ["consent", word] => {
            let control = world.consents.ask_persons();
            match *word {
                "gives" => control.gives(),
                "refuses" => control.says(AccessReply::Refused),
                "waits" => control.says(AccessReply::Pending),
                "silent" => control.says(AccessReply::Silent),
                _ => panic!("unknown: {line}"),
            }
        }
        ["alarms"] => {
            world.service.raise_alarms().await.unwrap();
        }
        ["break", from, to] => {
            let order = BreakOrder {
                starts_at: moment(from.parse().unwrap()),
                ends_at: moment(to.parse().unwrap()),
                reason_kk: "деректер сақталатын жүйені жаңарту және тексеру жұмыстары".to_owned(),
                reason_ru: "обновление и проверка системы хранения данных".to_owned(),
                reason_en: "renewal and inspection of the storage system".to_owned(),
            };
            world.service.announce_break(order).await.unwrap();
        }
        _ => panic!("unknown: {line}"),
    }
}
