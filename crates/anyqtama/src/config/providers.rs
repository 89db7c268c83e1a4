//! The list of providers: a file of the operator's, or the sample.

use std::path::Path;

use anyhow::{Context, Result};
use domain::Provider;
use serde::Deserialize;

/// The list that comes with the program.
const SAMPLE_PROVIDERS: &str = include_str!("../../../../data/providers.toml");

#[derive(Deserialize)]
struct ProvidersFile {
    provider: Vec<Provider>,
}

/// The providers of a file, or of the sample list that comes with the program.
pub fn provider_list(file: Option<&Path>) -> Result<Vec<Provider>> {
    let text = match file {
        None => SAMPLE_PROVIDERS.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?,
    };
    let file: ProvidersFile = toml::from_str(&text).context("the list of providers")?;
    Ok(file.provider)
}
