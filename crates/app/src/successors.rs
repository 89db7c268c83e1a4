//! What became of offices that made acts and are no providers any more: territories were divided and renamed, names changed.
//! The list is data; an issuer stays as it was printed, and only whom to turn to follows from here.
//!
//! Knows no file. Read next: `providers.rs`.

use domain::Kato;
use jiff::civil::Date;

use crate::record_keys::text_key;

/// An office or territory of former days, and today's provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Beginnings of its codes in the classifier of its time, digits alone.
    pub territories: Vec<String>,
    /// What stands in the names it printed, in Kazakh or Russian.
    pub issuers: Vec<String>,
    /// First day of its acts, if it matters.
    pub since: Option<Date>,
    /// First day on which it made no acts any more, if it matters.
    pub until: Option<Date>,
    /// Territory of today's provider.
    pub provider: Kato,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Successors(Vec<Successor>);

/// Why a list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuccessorsError {
    /// The beginning of a code is no two to nine digits.
    #[error("{0:?} is no beginning of a code: two to nine digits")]
    NoTerritory(String),
    /// A name without a letter would fit every issuer.
    #[error("a name of an issuer has no letters")]
    NoIssuer,
    /// An entry names neither a territory nor an issuer.
    #[error("the entry of {0} names neither a territory nor an issuer")]
    Nothing(String),
    /// A provider that is not in the list of providers.
    #[error("no provider has the territory {0}")]
    NoSuchProvider(String),
}

impl Successors {
    /// Checks a list.
    ///
    /// # Errors
    /// [`SuccessorsError`].
    pub fn new(all: Vec<Successor>) -> Result<Self, SuccessorsError> {
        for one in &all {
            let is_code = |text: &&String| {
                (2..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
            };
            if let Some(text) = one.territories.iter().find(|text| !is_code(text)) {
                return Err(SuccessorsError::NoTerritory(text.clone()));
            }
            if one.issuers.iter().any(|text| text_key(text).is_empty()) {
                return Err(SuccessorsError::NoIssuer);
            }
            if one.territories.is_empty() && one.issuers.is_empty() {
                return Err(SuccessorsError::Nothing(one.provider.as_str().to_owned()));
            }
        }
        Ok(Self(all))
    }

    pub(crate) fn require(&self, knows: impl Fn(&Kato) -> bool) -> Result<(), SuccessorsError> {
        match self.0.iter().find(|one| !knows(&one.provider)) {
            Some(one) => Err(SuccessorsError::NoSuchProvider(one.provider.as_str().to_owned())),
            None => Ok(()),
        }
    }

    /// What became part of a provider.
    pub fn of_provider<'a>(&'a self, kato: &'a Kato) -> impl Iterator<Item = &'a Successor> {
        self.0.iter().filter(move |one| one.provider == *kato)
    }

    /// Today's provider of a territory of former days, by the longest beginning.
    #[must_use]
    pub fn of_territory(&self, kato: &Kato) -> Option<&Kato> {
        let fitting = self.0.iter().flat_map(|one| {
            let begins = one.territories.iter().filter(|text| kato.as_str().starts_with(*text));
            begins.map(move |text| (text.len(), &one.provider))
        });
        fitting.max_by_key(|(length, _)| *length).map(|(_, provider)| provider)
    }

    /// Today's provider of an issuer as printed in an act of a day, by the longest name that stands in it; letters are
    /// compared as in a search.
    #[must_use]
    pub fn of_issuer(&self, issuer: &str, day: Date) -> Option<&Kato> {
        let printed = text_key(issuer);
        let of_the_day = self.0.iter().filter(|one| {
            one.since.is_none_or(|since| since <= day) && one.until.is_none_or(|until| day < until)
        });
        let fitting = of_the_day.flat_map(|one| {
            let keys = one.issuers.iter().map(|text| text_key(text));
            let within = keys.filter(|key| printed.contains(key));
            within.map(|key| (key.len(), &one.provider)).collect::<Vec<_>>()
        });
        fitting.max_by_key(|(length, _)| *length).map(|(_, provider)| provider)
    }
}

#[cfg(test)]
mod tests {
    use domain::{ActKind, Provider};
    use jiff::civil::date;

    use super::*;
    use crate::Providers;
    use crate::testing::samples;

    fn kato(text: &str) -> Kato {
        Kato::parse(text).unwrap()
    }

    fn successor(territories: &[&str], issuers: &[&str], provider: &str) -> Successor {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let (territories, issuers) = (owned(territories), owned(issuers));
        let until = Some(date(2022, 6, 8));
        Successor { territories, issuers, since: None, until, provider: kato(provider) }
    }

    fn providers() -> Providers {
        let provider = |text: &str| Provider { kato: kato(text), ..samples::provider() };
        let all = ["710000000", "101010000", "631010000", "331010000", "621010000"];
        let list = vec![
            successor(&["6328"], &["Семей қаласы", "города Семей"], "101010000"),
            successor(&["191"], &["Талдықорған", "Талдыкорган"], "331010000"),
            successor(&["3518"], &["Жезқазған", "Жезказган"], "621010000"),
        ];
        Providers::new(all.map(provider).to_vec(), &kato("710000000"))
            .unwrap()
            .with_successors(Successors::new(list).unwrap())
            .unwrap()
    }

    #[test]
    fn a_record_of_a_territory_that_was_divided_leads_to_todays_provider() {
        let providers = providers();
        for (old, today) in [
            ("632810000", "101010000"),
            ("631010000", "631010000"),
            ("639999999", "631010000"),
            ("191010000", "331010000"),
            ("351810000", "621010000"),
            ("101010000", "101010000"),
            ("750000000", "710000000"),
        ] {
            assert_eq!(providers.of(&kato(old)).kato.as_str(), today, "{old}");
        }
    }

    #[test]
    fn an_issuer_as_printed_leads_to_todays_provider_where_its_keeper_is_none() {
        let providers = providers();
        let act = |issuer: &str, day| domain::Act {
            kind: ActKind::Decision,
            number: "1".to_owned(),
            date: day,
            issuer: issuer.to_owned(),
        };
        let before = date(2015, 3, 1);
        for (issuer, day, keeper, today) in [
            (
                "Акимат города Семей Восточно-Казахстанской области",
                before,
                "630000000",
                "101010000",
            ),
            ("Семей қаласының әкімдігі", before, "630000000", "101010000"),
            ("АКИМ Г. ТАЛДЫКОРГАН", before, "190000000", "331010000"),
            // After the reform an issuer of this name is a provider of today by itself.
            ("Семей қаласының әкімдігі", date(2023, 1, 1), "630000000", "631010000"),
            ("Өскемен қаласының әкімдігі", before, "630000000", "631010000"),
            // The keeper is one of today, whoever made the act.
            ("Семей қаласының әкімдігі", before, "710000000", "710000000"),
        ] {
            let found = providers.of_act(&act(issuer, day), &kato(keeper));
            assert_eq!(found.kato.as_str(), today, "{issuer}");
        }
    }

    #[test]
    fn a_list_that_leads_nowhere_is_refused() {
        for (one, expected) in [
            (successor(&["6"], &[], "101010000"), SuccessorsError::NoTerritory("6".into())),
            (successor(&["63x"], &[], "101010000"), SuccessorsError::NoTerritory("63x".into())),
            (successor(&[], &["-"], "101010000"), SuccessorsError::NoIssuer),
            (successor(&[], &[], "101010000"), SuccessorsError::Nothing("101010000".into())),
        ] {
            assert_eq!(Successors::new(vec![one]).unwrap_err(), expected);
        }
        let foreign = Successors::new(vec![successor(&["63"], &[], "750000000")]).unwrap();
        let refused = providers().with_successors(foreign).unwrap_err();
        assert_eq!(refused, SuccessorsError::NoSuchProvider("750000000".into()));
    }
}
