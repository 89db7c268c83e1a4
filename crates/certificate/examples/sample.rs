//! Writes sample documents to a folder, to be looked at: `cargo run -p certificate --example sample -- <folder>`.
//!
//! The people in them do not exist.

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::path::PathBuf;

use certificate::Renderer;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let renderer = Renderer::new()?;
    for (name, content) in samples::all() {
        std::fs::write(folder.join(format!("{name}.pdf")), renderer.render(&content, None)?)?;
    }
    Ok(())
}
