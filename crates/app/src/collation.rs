//! The order of names in lists: the Kazakh alphabet, in which ә follows а and і follows ы, as the Unicode collation has it.
//!
//! Latin names stand before Cyrillic ones or behind them as that collation says. Read next: `records.rs`.

use std::cmp::Ordering;
use std::sync::LazyLock;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;

/// The data is part of the program, so that there always is one.
static KAZAKH: LazyLock<Option<CollatorBorrowed<'static>>> =
    LazyLock::new(|| Collator::try_new(locale!("kk").into(), CollatorOptions::default()).ok());

/// Compares two texts by the Kazakh alphabet.
#[must_use]
pub fn kazakh_order(one: &str, other: &str) -> Ordering {
    KAZAKH.as_ref().map_or_else(|| one.cmp(other), |kazakh| kazakh.compare(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_the_kazakh_alphabet() {
        let alphabet =
            "а ә б в г ғ д е ё ж з и й к қ л м н ң о ө п р с т у ұ ү ф х һ ц ч ш щ ъ ы і ь э ю я";
        let mut letters: Vec<&str> = alphabet.split(' ').collect();
        letters.reverse();
        letters.sort_by(|one, other| kazakh_order(one, other));
        assert_eq!(letters.join(" "), alphabet);
        let mut names = ["Яхин", "Әлімов", "Іңкәр", "Азатов", "Ыбырай", "Беков", "қанат", "Кан"];
        names.sort_by(|one, other| kazakh_order(one, other));
        let expected = ["Азатов", "Әлімов", "Беков", "Кан", "қанат", "Ыбырай", "Іңкәр", "Яхин"];
        assert_eq!(names, expected);
    }
}
