//! The eight items of a consent under Article 8(4) of Law No. 94-V as data: what was shown in words, for the register
//! that Article 8 asks of the operator, for receipts and for programs.
//!
//! The words people read are `app`'s; each version of them stands for one set of these values. Read next: `consent.rs`.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Bilingual, Bin, Iin};

/// Items 1–8 of Article 8(4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentItems {
    /// Item 1: who collects the data.
    pub operator: ConsentOperator,
    /// Item 2: whose data.
    pub subjects: Vec<ConsentSubject>,
    /// Item 3: for how long.
    pub term: ConsentTerm,
    /// Item 4: who else gets them.
    pub third_parties: ThirdParties,
    /// Item 5: whether they leave the country.
    pub cross_border: bool,
    /// Item 6: whether they are disseminated in public sources.
    pub public_sources: bool,
    /// Item 7: which data.
    pub data: Vec<PersonalData>,
    /// Item 8: what else the operator tells.
    pub other: Vec<OtherTerm>,
}

/// Who collects the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentOperator {
    /// Name.
    pub name: Bilingual,
    /// Business identification number.
    pub bin: Bin,
}

/// A person whose data are meant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum ConsentSubject {
    /// The applicant, for himself.
    Applicant {
        /// His IIN.
        iin: Iin,
        /// Surname, given name and patronymic; `None` until his certificate is seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A ward whose legal representative the applicant says he is.
    Ward {
        /// The ward's IIN; the name is known after the consent only, because only then the data bank is asked.
        iin: Iin,
    },
    /// All wards whose legal representative the applicant is; who they are the data bank says, after the consent.
    AllWards,
}

impl fmt::Debug for ConsentSubject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Applicant { .. } => "Applicant(•••)",
            Self::Ward { .. } => "Ward(•••)",
            Self::AllWards => "AllWards",
        })
    }
}

/// For how long a consent is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentTerm {
    /// Until the request is answered and the checks of what was issued have served their purpose.
    UntilAnsweredAndChecked,
}

/// Who else gets the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThirdParties {
    /// Whoever the holder himself shows a certificate to, on checking it.
    Checkers,
}

/// A kind of data that is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// The applicant's IIN.
    Iin,
    /// His surname, given name, patronymic.
    Name,
    /// His birth date.
    BirthDate,
    /// His address.
    Address,
    /// The act of the body that decided.
    Act,
    /// The ward's surname, given name, patronymic.
    WardName,
    /// The ward's birth date.
    WardBirthDate,
    /// The ward's IIN.
    WardIin,
    /// The inventory of the ward's property.
    Inventory,
}

/// Something else the person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherTerm {
    /// The data are processed without a person taking part.
    Automated,
    /// An employee reviews the decision on demand.
    HumanReview,
    /// The consent can be withdrawn; what was issued stays, nothing new is fetched.
    Withdrawable,
}

impl ConsentItems {
    /// What the texts say whose version is the present one.
    #[must_use]
    pub fn of(operator: ConsentOperator, subjects: Vec<ConsentSubject>) -> Self {
        Self {
            operator,
            subjects,
            term: ConsentTerm::UntilAnsweredAndChecked,
            third_parties: ThirdParties::Checkers,
            cross_border: false,
            public_sources: false,
            data: vec![
                PersonalData::Iin,
                PersonalData::Name,
                PersonalData::BirthDate,
                PersonalData::Address,
                PersonalData::Act,
                PersonalData::WardName,
                PersonalData::WardBirthDate,
                PersonalData::WardIin,
                PersonalData::Inventory,
            ],
            other: vec![OtherTerm::Automated, OtherTerm::HumanReview, OtherTerm::Withdrawable],
        }
    }

    /// The same, with the applicant's name as his certificate has it.
    #[must_use]
    pub fn named(mut self, applicant_name: &str) -> Self {
        for subject in &mut self.subjects {
            if let ConsentSubject::Applicant { name, .. } = subject {
                *name = Some(applicant_name.to_owned());
            }
        }
        self
    }
}

/// That a consent was given through the state's control of access to personal data, and by which of its answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentConfirmation {
    /// The service's identifier at the gateway.
    pub service: String,
    /// When the person was asked.
    pub asked_at: Timestamp,
    /// When the answer came.
    pub answered_at: Timestamp,
    /// SHA-256 (hexadecimal) of the token it gave; the token itself is a secret and not kept for long.
    pub token_digest: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> ConsentItems {
        let iin = |digits| Iin::parse(digits).unwrap();
        let operator = ConsentOperator {
            name: Bilingual { kk: "Оператор".into(), ru: "Оператор".into() },
            bin: Bin::parse("210140000016").unwrap(),
        };
        let subjects = vec![
            ConsentSubject::Applicant { iin: iin("000229500008"), name: None },
            ConsentSubject::Ward { iin: iin("061211600012") },
        ];
        ConsentItems::of(operator, subjects).named("ҮЛГІ АДАМ")
    }

    #[test]
    fn the_items_stand_as_stable_words() {
        let json = serde_json::to_value(items()).unwrap();
        assert_eq!(json["subjects"][0]["who"], "applicant");
        assert_eq!(json["subjects"][0]["name"], "ҮЛГІ АДАМ");
        assert_eq!(json["subjects"][1]["iin"], "061211600012");
        assert_eq!(json["term"], "until_answered_and_checked");
        assert_eq!(json["third_parties"], "checkers");
        assert_eq!(
            (&json["cross_border"], &json["public_sources"]),
            (&false.into(), &false.into())
        );
        assert_eq!(json["other"][2], "withdrawable");
        assert_eq!(serde_json::from_value::<ConsentItems>(json).unwrap(), items());
    }

    #[test]
    fn debug_shows_no_person() {
        let shown = format!("{:?}", items());
        assert!(shown.contains('•'));
        for secret in ["000229500008", "061211600012", "ҮЛГІ"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
