//! The providers (item 1 of the list) as data, found by territory.

use domain::{Act, Kato, Provider};

use crate::successors::{Successor, Successors, SuccessorsError};

/// All providers, and the one that answers where none is known.
#[derive(Clone, Debug)]
pub struct Providers {
    all: Vec<Provider>,
    fallback: Provider,
    successors: Successors,
}

/// Why a list of providers cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvidersError {
    /// Two providers of one territory.
    #[error("two providers have the territory {0}")]
    Twice(String),
    /// The fallback territory has no provider.
    #[error("no provider has the fallback territory {0}")]
    NoFallback(String),
}

impl Providers {
    /// Checks a list.
    ///
    /// # Errors
    /// [`ProvidersError`].
    pub fn new(all: Vec<Provider>, fallback: &Kato) -> Result<Self, ProvidersError> {
        for (place, provider) in all.iter().enumerate() {
            if all.iter().skip(place + 1).any(|other| other.kato == provider.kato) {
                return Err(ProvidersError::Twice(provider.kato.as_str().to_owned()));
            }
        }
        let fallback = all
            .iter()
            .find(|provider| provider.kato == *fallback)
            .cloned()
            .ok_or_else(|| ProvidersError::NoFallback(fallback.as_str().to_owned()))?;
        Ok(Self { all, fallback, successors: Successors::default() })
    }

    /// Every provider, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Provider] {
        &self.all
    }

    /// Whether a provider has exactly this territory.
    #[must_use]
    pub fn knows(&self, kato: &Kato) -> bool {
        self.all.iter().any(|provider| provider.kato == *kato)
    }

    /// Offices of former days that became part of a provider.
    pub fn former<'a>(&'a self, kato: &'a Kato) -> impl Iterator<Item = &'a Successor> {
        self.successors.of_provider(kato)
    }

    /// The same list with what became of offices that are not in it.
    ///
    /// # Errors
    /// [`SuccessorsError::NoSuchProvider`] where one became part of a provider that is not in the list either.
    pub fn with_successors(mut self, successors: Successors) -> Result<Self, SuccessorsError> {
        successors.require(|kato| self.knows(kato))?;
        self.successors = successors;
        Ok(self)
    }

    /// Today's provider of the office that made an act: the department that keeps its record, where that is one of today;
    /// else the successor of the issuer as printed; else the provider of the keeper's territory.
    #[must_use]
    pub fn of_act(&self, act: &Act, keeper: &Kato) -> &Provider {
        let of_issuer = || {
            let found = self.successors.of_issuer(&act.issuer, act.date)?;
            self.exactly(found)
        };
        self.exactly(keeper).or_else(of_issuer).unwrap_or_else(|| self.of(keeper))
    }

    fn exactly(&self, kato: &Kato) -> Option<&Provider> {
        self.all.iter().find(|provider| provider.kato == *kato)
    }

    /// The provider of a territory: its own, else its successor by the list of those, else the first whose code shares the
    /// district (first four digits), else the region (two), else the fallback. The choice never affects a decision.
    #[must_use]
    pub fn of(&self, kato: &Kato) -> &Provider {
        let successor = || self.exactly(self.successors.of_territory(kato)?);
        if let Some(found) = self.exactly(kato).or_else(successor) {
            return found;
        }
        [4, 2]
            .into_iter()
            .filter_map(|digits| kato.as_str().get(..digits))
            .find_map(|prefix| {
                self.all.iter().find(|provider| provider.kato.as_str().starts_with(prefix))
            })
            .unwrap_or(&self.fallback)
    }

    /// The provider for a request whose territory nobody knows.
    #[must_use]
    pub fn fallback(&self) -> &Provider {
        &self.fallback
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    fn provider(kato: &str) -> Provider {
        Provider { kato: Kato::parse(kato).unwrap(), ..samples::provider() }
    }

    #[test]
    fn a_territory_finds_its_own_provider_then_its_region_then_the_fallback() {
        let fallback = Kato::parse("710000000").unwrap();
        let all = ["710000000", "101010000", "113200000", "111010000"].map(provider).to_vec();
        let providers = Providers::new(all, &fallback).unwrap();
        for (territory, expected) in [
            ("111010000", "111010000"),
            ("101035100", "101010000"),
            ("119999999", "113200000"),
            ("750000000", "710000000"),
        ] {
            let found = providers.of(&Kato::parse(territory).unwrap());
            assert_eq!(found.kato.as_str(), expected, "{territory}");
        }
    }

    #[test]
    fn a_list_with_a_territory_twice_or_without_its_fallback_is_refused() {
        let fallback = Kato::parse("710000000").unwrap();
        let twice = vec![provider("710000000"), provider("710000000")];
        assert!(matches!(Providers::new(twice, &fallback), Err(ProvidersError::Twice(_))));
        let without = vec![provider("750000000")];
        assert!(matches!(Providers::new(without, &fallback), Err(ProvidersError::NoFallback(_))));
    }
}
