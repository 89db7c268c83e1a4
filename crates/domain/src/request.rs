//! The electronic request (item 8 of the list): the only thing the person has to give.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Consents, Iin, Kato, Language};

/// Most wards that can be named in one request.
const NAMED_WARDS_MAX: usize = 30;

/// For which wards certificates are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WardsAsked {
    /// For all current wards of the applicant.
    All,
    /// For the wards with these IINs.
    Named(Vec<Iin>),
}

/// Why wards cannot be named so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WardsAskedError {
    /// The list is empty.
    #[error("no ward is named")]
    NoneNamed,
    /// The list is too long.
    #[error("more than {NAMED_WARDS_MAX} wards are named")]
    TooMany,
    /// One IIN stands twice.
    #[error("the same ward is named twice")]
    NamedTwice,
    /// The applicant's own IIN stands among the wards.
    #[error("the applicant is named as a ward")]
    ApplicantNamed,
}

impl WardsAskedError {
    /// Stable code for messages in several languages.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoneNamed => "no_ward_named",
            Self::TooMany => "too_many_wards",
            Self::NamedTwice => "ward_named_twice",
            Self::ApplicantNamed => "applicant_named_as_ward",
        }
    }
}

impl WardsAsked {
    /// Wards by IIN.
    ///
    /// # Errors
    /// [`WardsAskedError`] where the list is empty, too long or repeats itself.
    pub fn named(applicant: Iin, wards: Vec<Iin>) -> Result<Self, WardsAskedError> {
        if wards.is_empty() {
            return Err(WardsAskedError::NoneNamed);
        }
        if wards.len() > NAMED_WARDS_MAX {
            return Err(WardsAskedError::TooMany);
        }
        if wards.contains(&applicant) {
            return Err(WardsAskedError::ApplicantNamed);
        }
        if wards.iter().collect::<BTreeSet<_>>().len() != wards.len() {
            return Err(WardsAskedError::NamedTwice);
        }
        Ok(Self::Named(wards))
    }
}

/// What the applicant asks, says and allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElectronicRequest {
    /// Who asks: for himself only.
    pub applicant: Iin,
    /// For which wards.
    pub wards: WardsAsked,
    /// Both consents.
    pub consents: Consents,
    /// Language of the page and of messages.
    pub language: Language,
    /// The department the applicant addresses, where he knows it; it never affects the decision, because the data
    /// bank is republican.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Kato>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wards_are_named_once_and_never_the_applicant_himself() {
        let me = Iin::parse("000229500008").unwrap();
        let ward = Iin::parse("061211600012").unwrap();
        assert!(WardsAsked::named(me, vec![ward]).is_ok());
        assert_eq!(WardsAsked::named(me, vec![]), Err(WardsAskedError::NoneNamed));
        assert_eq!(WardsAsked::named(me, vec![ward, ward]), Err(WardsAskedError::NamedTwice));
        assert_eq!(WardsAsked::named(me, vec![ward, me]), Err(WardsAskedError::ApplicantNamed));
        assert_eq!(WardsAsked::named(me, vec![ward; 31]), Err(WardsAskedError::TooMany));
    }
}
