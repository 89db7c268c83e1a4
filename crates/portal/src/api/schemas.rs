//! `/schemas/{name}`: JSON Schemas of the document to be signed, of the facts inside the sealed PDF and of a stage.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::Shared;
use crate::failure::Failure;

const STAGE: &str = include_str!("../../schemas/stage.v1.json");
const ELECTRONIC_REQUEST: &str = include_str!("../../schemas/electronic-request.v1.json");

/// `GET /schemas/{name}`
pub async fn schema(
    State(portal): State<Shared>,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let text = match name.as_str() {
        "electronic-request.v1.json" => ELECTRONIC_REQUEST.to_owned(),
        "stage.v1.json" => STAGE.to_owned(),
        "facts.v1.json" => portal.config.facts_schema.clone(),
        _ => return Err(Failure::NotFound),
    };
    let kind = (header::CONTENT_TYPE, "application/schema+json");
    let kept = (header::CACHE_CONTROL, "public, max-age=3600");
    Ok(([kind, kept], text).into_response())
}
