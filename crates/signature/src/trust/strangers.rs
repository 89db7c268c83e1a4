//! Authorities that are known by name and not trusted here: their holders are told whose key it is and which one is wanted.
//!
//! A name proves nothing; it only chooses the words of a refusal that is certain already.

use crate::verdict::Reason;
use crate::x509::Certificate;

/// Words of the authority of state bodies («УЦ ГО») in its names.
const GOVERNMENT: [&str; 5] = [
    "УЦ ГО",
    "УДОСТОВЕРЯЮЩИЙ ЦЕНТР ГОСУДАРСТВЕННЫХ ОРГАНОВ",
    "МЕМЛЕКЕТТІК ОРГАНДАРДЫҢ КУӘЛАНДЫРУШЫ ОРТАЛЫҒЫ",
    "GOVERNMENT CERTIFICATION AUTHORITY",
    "CA OF GOVERNMENT",
];
/// Words of banks' authorities, among them that of the interbank settlement centre.
const BANKS: [&str; 6] = ["БАНК", "BANK", "КЦМР", "KISC", "БЕСО", "ҚБЕО"];

/// Why a certificate of an authority that is not here is not accepted.
pub(super) fn stranger(certificate: &Certificate) -> Reason {
    let names: Vec<String> =
        certificate.issuer_texts().iter().map(|name| name.to_uppercase()).collect();
    let speaks_of =
        |words: &[&str]| names.iter().any(|name| words.iter().any(|word| has_word(name, word)));
    if speaks_of(&GOVERNMENT) {
        Reason::GovernmentAuthority
    } else if speaks_of(&BANKS) {
        Reason::BankAuthority
    } else {
        Reason::UnknownIssuer
    }
}

/// Short words stand by themselves; «банк» and longer ones may be inflected or part of a name.
fn has_word(name: &str, word: &str) -> bool {
    if word.chars().count() > 5 || ["БАНК", "BANK"].contains(&word) {
        return name.contains(word);
    }
    let found = name.match_indices(word);
    let is_edge = |one: Option<char>| !one.is_some_and(char::is_alphanumeric);
    found.into_iter().any(|(start, _)| {
        let before = name.get(..start).and_then(|text| text.chars().next_back());
        let after = name.get(start + word.len()..).and_then(|text| text.chars().next());
        is_edge(before) && is_edge(after)
    })
}
