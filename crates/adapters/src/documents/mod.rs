//! Documents: rendering with the checks before sealing, and judging a PDF that somebody shows.
//!
//! Read next: `renderer.rs`; the forms are in the crate `certificate`.

mod renderer;

pub use renderer::{PdfRenderer, RendererSetupError};
