//! The list of what became of offices that made acts and are no providers any more (TOML).

use std::path::Path;

use anyhow::{Context, Result};
use app::{Successor, Successors};
use domain::Kato;
use jiff::civil::Date;
use serde::Deserialize;

/// The list that comes with the program and goes with its sample list of providers.
const SAMPLE: &str = include_str!("../../../../data/successors.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    successor: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    territories: Vec<String>,
    #[serde(default)]
    issuers: Vec<String>,
    since: Option<String>,
    until: Option<String>,
    provider: Kato,
}

/// The successors of a file; without one those of the sample, where the sample's providers are used.
pub fn successors(file: Option<&Path>, has_own_providers: bool) -> Result<Successors> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?,
        None if has_own_providers => return Ok(Successors::default()),
        None => SAMPLE.to_owned(),
    };
    read(&text).context("the list of successors")
}

fn read(text: &str) -> Result<Successors> {
    let file: File = toml::from_str(text)?;
    let entries = file.successor.into_iter().map(|entry| {
        let day = |text: Option<String>| -> Result<Option<Date>> {
            text.map(|text| text.parse().with_context(|| format!("{text} is no date"))).transpose()
        };
        Ok(Successor {
            territories: entry.territories,
            issuers: entry.issuers,
            since: day(entry.since)?,
            until: day(entry.until)?,
            provider: entry.provider,
        })
    });
    Ok(Successors::new(entries.collect::<Result<_>>()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_leads_from_the_three_divided_oblasts_to_todays_providers() {
        let sample = successors(None, false).unwrap();
        for (old, today) in
            [("632810000", "101010000"), ("191010000", "331010000"), ("351810000", "621010000")]
        {
            let found = sample.of_territory(&Kato::parse(old).unwrap());
            assert_eq!(found.map(Kato::as_str), Some(today), "{old}");
        }
        let list = super::super::provider_list(None).unwrap();
        let fallback = Kato::parse("710000000").unwrap();
        app::Providers::new(list, &fallback).unwrap().with_successors(sample).unwrap();
        assert_eq!(successors(None, true).unwrap(), Successors::default());
    }

    #[test]
    fn a_list_with_a_mistake_is_refused() {
        for mistake in [
            "[[successor]]\nprovider = \"101010000\"",
            "[[successor]]\nterritories = [\"63\"]\nprovider = \"1\"",
            "[[successor]]\nterritories = [\"63\"]\nuntil = \"2022\"\nprovider = \"101010000\"",
            "[[successor]]\nterritory = \"63\"\nprovider = \"101010000\"",
        ] {
            assert!(read(mistake).is_err(), "{mistake}");
        }
        assert!(successors(Some(Path::new("/nowhere")), false).is_err());
    }
}
