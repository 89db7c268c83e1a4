//! CPU time of a document, rendered and linted, on one warm thread: `cargo bench -p certificate`.

#![allow(clippy::print_stdout, reason = "a bench tells its figures")]

#[path = "../tests/samples/mod.rs"]
mod samples;

use certificate::{Renderer, lint};
use cpu_time::ProcessTime;

const WARM_UP: u32 = 20;
const ROUNDS: u32 = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let renderer = Renderer::new()?;
    for (name, content) in samples::all() {
        let bytes = renderer.render(&content, None)?;
        let render = milliseconds(|| renderer.render(&content, None).is_ok());
        let check = milliseconds(|| lint(&bytes, &content, None).is_ok());
        println!(
            "{name:20} render {render:5.2} ms CPU, lint {check:5.2} ms CPU, {} bytes",
            bytes.len()
        );
    }
    Ok(())
}

/// CPU milliseconds of one call, over many.
fn milliseconds(work: impl Fn() -> bool) -> f64 {
    for _ in 0..WARM_UP {
        assert!(work(), "the work fails");
    }
    let start = ProcessTime::now();
    for _ in 0..ROUNDS {
        assert!(work(), "the work fails");
    }
    start.elapsed().as_secs_f64() * 1000.0 / f64::from(ROUNDS)
}
