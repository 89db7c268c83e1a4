//! What a document says, before anybody thinks of fonts: all printed facts of a certificate, a refusal or an answer.
//! Serialised, it is also what `facts.json` inside the PDF is made from.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Act, FormVersion, Iin, Number, PersonName, PropertyInventory, Provider, RecourseBody,
    RecourseOutcome, RefusalGround, Role,
};

/// A certificate on guardianship or custodianship of one ward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateContent {
    /// Number of the certificate.
    pub number: Number,
    /// Number of the request it answers.
    pub request_number: Number,
    /// Moment as of which the facts are certified.
    pub issued_at: Timestamp,
    /// The guardian's or custodian's present full name.
    pub guardian_name: PersonName,
    /// His IIN.
    pub guardian_iin: Iin,
    /// His address as recorded.
    pub guardian_address: String,
    /// What he is on the day of issue.
    pub role: Role,
    /// The original act.
    pub act: Act,
    /// The ward's full name.
    pub ward_name: PersonName,
    /// The ward's birth date.
    pub ward_birth_date: Date,
    /// The ward's IIN, if any.
    pub ward_iin: Option<Iin>,
    /// The property inventory, if any; without it nothing is said about property.
    pub inventory: Option<PropertyInventory>,
    /// The provider by territory.
    pub provider: Provider,
    /// Address the QR code leads to.
    pub check_url: String,
    /// Version of the rules the decision was made under.
    pub rule_version: String,
    /// By which form it is written; `None` in documents from before forms had versions. Not written then, so that their
    /// facts stay the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_version: Option<FormVersion>,
}

/// One thing that was looked at before refusing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checked {
    /// The consent under Article 8 that was signed with the request.
    Consent {
        /// When.
        at: Timestamp,
    },
    /// The Republican Data Bank, in any accounting status.
    DataBank {
        /// When.
        at: Timestamp,
    },
}

/// A reasoned refusal. It never says why a guardianship ended, nor whether a child's IIN exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalContent {
    /// Number of the refusal.
    pub number: Number,
    /// Number of the request it answers.
    pub request_number: Number,
    /// Moment of the decision.
    pub decided_at: Timestamp,
    /// The applicant's name as his signature certificate has it.
    pub applicant_name: String,
    /// His IIN.
    pub applicant_iin: Iin,
    /// One of exactly two grounds.
    pub ground: RefusalGround,
    /// What was checked and when.
    pub checked: Vec<Checked>,
    /// IINs the applicant named himself and this refusal is about; empty when it is about all wards.
    pub named_wards: Vec<Iin>,
    /// The department that answers for the record and can repair it.
    pub provider: Provider,
    /// Address the QR code leads to.
    pub check_url: String,
    /// Version of the rules the decision was made under.
    pub rule_version: String,
    /// By which form it is written; `None` in documents from before forms had versions. Not written then, so that their
    /// facts stay the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_version: Option<FormVersion>,
}

/// The answer to a human review or a complaint: reasoned, in the name of whoever considered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerContent {
    /// Number of the answer.
    pub number: Number,
    /// Number of the review or complaint.
    pub recourse_number: Number,
    /// Number of the request it is about.
    pub request_number: Number,
    /// Who considered it, and thereby what it was.
    pub body: RecourseBody,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it was answered.
    pub answered_at: Timestamp,
    /// The applicant's name as his signature certificate has it.
    pub applicant_name: String,
    /// His IIN.
    pub applicant_iin: Iin,
    /// What came of it.
    pub outcome: RecourseOutcome,
    /// The reasons, in the words of whoever considered it.
    pub reasons: String,
    /// Name of whoever considered it.
    pub official_name: String,
    /// In whose name it is sealed.
    pub provider: Provider,
    /// Address the QR code leads to.
    pub check_url: String,
    /// Version of the rules in force.
    pub rule_version: String,
    /// By which form it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_version: Option<FormVersion>,
}

/// Any document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "document", rename_all = "snake_case")]
pub enum DocumentContent {
    /// Certificate.
    Certificate(CertificateContent),
    /// Refusal.
    Refusal(RefusalContent),
    /// Answer to a review or a complaint.
    Answer(AnswerContent),
}

impl DocumentContent {
    /// Its number.
    #[must_use]
    pub fn number(&self) -> &Number {
        match self {
            Self::Certificate(certificate) => &certificate.number,
            Self::Refusal(refusal) => &refusal.number,
            Self::Answer(answer) => &answer.number,
        }
    }

    /// The provider in whose name it is sealed.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        match self {
            Self::Certificate(certificate) => &certificate.provider,
            Self::Refusal(refusal) => &refusal.provider,
            Self::Answer(answer) => &answer.provider,
        }
    }

    /// On which ground it refuses, if it does.
    #[must_use]
    pub fn ground(&self) -> Option<RefusalGround> {
        match self {
            Self::Refusal(refusal) => Some(refusal.ground),
            Self::Certificate(_) | Self::Answer(_) => None,
        }
    }

    /// The IIN of the person it was given to.
    #[must_use]
    pub fn holder(&self) -> Iin {
        match self {
            Self::Certificate(certificate) => certificate.guardian_iin,
            Self::Refusal(refusal) => refusal.applicant_iin,
            Self::Answer(answer) => answer.applicant_iin,
        }
    }

    /// By which form it is written.
    #[must_use]
    pub fn form_version(&self) -> FormVersion {
        let told = match self {
            Self::Certificate(certificate) => certificate.form_version,
            Self::Refusal(refusal) => refusal.form_version,
            Self::Answer(answer) => answer.form_version,
        };
        told.unwrap_or(FormVersion::FIRST)
    }

    /// The moment it was made as of.
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        match self {
            Self::Certificate(certificate) => certificate.issued_at,
            Self::Refusal(refusal) => refusal.decided_at,
            Self::Answer(answer) => answer.answered_at,
        }
    }
}
