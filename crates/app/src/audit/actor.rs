//! Who acts: each has a word in the journal.

/// Who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person himself.
    Applicant,
    /// The program.
    System,
    /// Anybody who checks a certificate.
    Checker,
    /// A program that bears the API's token.
    ApiClient,
    /// Whoever runs the program's commands.
    Operator,
    /// Somebody of an education department.
    Officer,
    /// Somebody of the authority that controls the quality of state services.
    QualityController,
    /// The contact centre 1414.
    ContactCentre,
    /// Who watches over personal data.
    DataProtectionOfficer,
    /// An auditor.
    Auditor,
    /// Who keeps people and settings.
    Administrator,
}

impl Actor {
    /// Everybody.
    pub const ALL: [Self; 11] = [
        Self::Applicant,
        Self::System,
        Self::Checker,
        Self::ApiClient,
        Self::Operator,
        Self::Officer,
        Self::QualityController,
        Self::ContactCentre,
        Self::DataProtectionOfficer,
        Self::Auditor,
        Self::Administrator,
    ];

    /// Whether he serves: each of his looks at somebody's data is told to that person.
    #[must_use]
    pub fn is_staff(self) -> bool {
        match self {
            Self::Officer
            | Self::QualityController
            | Self::ContactCentre
            | Self::DataProtectionOfficer
            | Self::Auditor
            | Self::Administrator => true,
            Self::Applicant | Self::System | Self::Checker | Self::ApiClient | Self::Operator => {
                false
            }
        }
    }

    /// The actor of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|actor| actor.code() == code)
    }

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::System => "system",
            Self::Checker => "checker",
            Self::ApiClient => "api_client",
            Self::Operator => "operator",
            Self::Officer => "officer",
            Self::QualityController => "quality_controller",
            Self::ContactCentre => "contact_centre",
            Self::DataProtectionOfficer => "data_protection_officer",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}
