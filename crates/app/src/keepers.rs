//! Who keeps a record today: whose officers find, correct, end and export it.
//!
//! Narrower than [`Providers::of`], which leads a person somewhere in any case: what no department keeps is nobody's here.
//! Read next: `providers.rs`.

use std::sync::Arc;

use domain::Kato;

use crate::providers::Providers;

/// The one rule of who keeps a record: the provider of exactly its territory, else the successor of that territory, else
/// nobody. Without a list of providers each territory keeps its own records alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keepers(Option<Arc<Providers>>);

impl Keepers {
    /// By a list of providers.
    #[must_use]
    pub fn of_list(providers: Providers) -> Self {
        Self(Some(Arc::new(providers)))
    }

    /// The department that keeps the records entered under a code.
    #[must_use]
    pub fn keeper<'a>(&'a self, entered: &'a Kato) -> Option<&'a Kato> {
        match &self.0 {
            None => Some(entered),
            Some(providers) => providers.keeper(entered).map(|provider| &provider.kato),
        }
    }

    /// Whether a department keeps the records entered under a code. Its own code is its own also where no list has it: an
    /// operator enters files of such departments.
    #[must_use]
    pub fn keeps(&self, department: &Kato, entered: &Kato) -> bool {
        department == entered || self.keeper(entered) == Some(department)
    }

    /// Whom to name as the keeper of a record that a department does not keep: today's, else the code as entered.
    #[must_use]
    pub fn other(&self, department: &Kato, entered: &Kato) -> Option<Kato> {
        let named = || self.keeper(entered).unwrap_or(entered).clone();
        (!self.keeps(department, entered)).then(named)
    }
}

#[cfg(test)]
mod tests {
    use domain::Provider;

    use super::*;
    use crate::successors::{Successor, Successors};
    use crate::testing::samples;

    fn kato(text: &str) -> Kato {
        Kato::parse(text).unwrap()
    }

    fn keepers() -> Keepers {
        let provider = |text: &str| Provider { kato: kato(text), ..samples::provider() };
        let all = ["710000000", "101010000", "631010000"].map(provider).to_vec();
        let semey = Successor {
            territories: vec!["6328".to_owned()],
            issuers: vec![],
            since: None,
            until: None,
            provider: kato("101010000"),
        };
        let providers = Providers::new(all, &kato("710000000")).unwrap();
        let successors = Successors::new(vec![semey]).unwrap();
        Keepers::of_list(providers.with_successors(successors).unwrap())
    }

    #[test]
    fn a_record_is_kept_by_its_provider_or_by_the_successor_of_its_territory_or_by_nobody() {
        let keepers = keepers();
        for (entered, keeper) in [
            ("710000000", Some("710000000")),
            ("632810000", Some("101010000")),
            // A neighbour in the district, or the fallback, keeps nothing for being there.
            ("631099999", None),
            ("101099999", None),
            ("750000000", None),
        ] {
            let found = keepers.keeper(&kato(entered)).map(Kato::as_str).map(ToOwned::to_owned);
            assert_eq!(found.as_deref(), keeper, "{entered}");
        }
    }

    #[test]
    fn whose_record_it_is_not_names_todays_keeper_or_the_code_as_entered() {
        let keepers = keepers();
        let other = |department: &str, entered: &str| {
            keepers.other(&kato(department), &kato(entered)).map(|kato| kato.as_str().to_owned())
        };
        assert_eq!(other("101010000", "632810000"), None);
        assert_eq!(other("710000000", "632810000").as_deref(), Some("101010000"));
        assert_eq!(other("710000000", "750000000").as_deref(), Some("750000000"));
        assert_eq!(other("750000000", "750000000"), None);
        let exact = Keepers::default();
        assert!(exact.keeps(&kato("632810000"), &kato("632810000")));
        assert!(!exact.keeps(&kato("101010000"), &kato("632810000")));
    }
}
