//! Style, script and emblem, embedded; their names carry a hash of their bytes, so they may be cached for ever.
//!
//! Knows nothing of pages. How they are made: `front/README.md`.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::Shared;
use crate::failure::Failure;

const CSS: &[u8] = include_bytes!("../assets/portal.css");
const JS: &[u8] = include_bytes!("../assets/portal.js");
const EMBLEM: &[u8] = include_bytes!("../assets/emblem.svg");

/// Addresses of the assets.
#[derive(Clone, Debug)]
pub struct Assets {
    /// Style sheet.
    pub css: String,
    /// Script.
    pub js: String,
    /// Emblem, also the page's icon.
    pub emblem: String,
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            css: address("portal", "css", CSS),
            js: address("portal", "js", JS),
            emblem: address("emblem", "svg", EMBLEM),
        }
    }
}

fn address(name: &str, kind: &str, bytes: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(bytes));
    format!("/assets/{name}-{}.{kind}", digest.get(..12).unwrap_or(&digest))
}

/// `GET /assets/{name}`
pub async fn asset(
    State(portal): State<Shared>,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let wanted = format!("/assets/{name}");
    let assets = &portal.assets;
    let (bytes, kind) = match wanted {
        css if css == assets.css => (CSS, "text/css; charset=utf-8"),
        js if js == assets.js => (JS, "text/javascript; charset=utf-8"),
        svg if svg == assets.emblem => (EMBLEM, "image/svg+xml"),
        _ => return Err(Failure::NotFound),
    };
    let cached = HeaderValue::from_static("public, max-age=31536000, immutable");
    Ok((
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, cached)],
        bytes,
    )
        .into_response())
}
