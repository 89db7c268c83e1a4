//! The columns of a department's file, in the order of the template.
//!
//! Knows nothing of files or rows. Read next: `words.rs` for the words some columns allow.

use serde::Serialize;

/// A column; its name in the header is its stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // The names say it; the template's instructions explain them to officers.
pub enum Column {
    GuardianIin,
    GuardianSurname,
    GuardianGivenName,
    GuardianPatronymic,
    GuardianBirthDate,
    GuardianAddress,
    AccountingStatus,
    WardIin,
    WardSurname,
    WardGivenName,
    WardPatronymic,
    WardBirthDate,
    WardBirthAct,
    WardFullCapacityReason,
    WardFullCapacityFrom,
    Form,
    ActKind,
    ActNumber,
    ActDate,
    ActIssuer,
    StartDate,
    EndDate,
    EndReason,
    InventoryFileNumber,
    InventorySheets,
    ProviderKato,
}

/// How a column is filled in, for the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Digits that must stay text, because a spreadsheet drops their leading zero.
    Digits,
    Date,
    Words,
    Text,
}

impl Column {
    /// Every column, in the template's order.
    pub const ALL: [Self; 26] = [
        Self::GuardianIin,
        Self::GuardianSurname,
        Self::GuardianGivenName,
        Self::GuardianPatronymic,
        Self::GuardianBirthDate,
        Self::GuardianAddress,
        Self::AccountingStatus,
        Self::WardIin,
        Self::WardSurname,
        Self::WardGivenName,
        Self::WardPatronymic,
        Self::WardBirthDate,
        Self::WardBirthAct,
        Self::WardFullCapacityReason,
        Self::WardFullCapacityFrom,
        Self::Form,
        Self::ActKind,
        Self::ActNumber,
        Self::ActDate,
        Self::ActIssuer,
        Self::StartDate,
        Self::EndDate,
        Self::EndReason,
        Self::InventoryFileNumber,
        Self::InventorySheets,
        Self::ProviderKato,
    ];

    /// Name in the header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GuardianIin => "guardian_iin",
            Self::GuardianSurname => "guardian_surname",
            Self::GuardianGivenName => "guardian_given_name",
            Self::GuardianPatronymic => "guardian_patronymic",
            Self::GuardianBirthDate => "guardian_birth_date",
            Self::GuardianAddress => "guardian_address",
            Self::AccountingStatus => "accounting_status",
            Self::WardIin => "ward_iin",
            Self::WardSurname => "ward_surname",
            Self::WardGivenName => "ward_given_name",
            Self::WardPatronymic => "ward_patronymic",
            Self::WardBirthDate => "ward_birth_date",
            Self::WardBirthAct => "ward_birth_act",
            Self::WardFullCapacityReason => "ward_full_capacity_reason",
            Self::WardFullCapacityFrom => "ward_full_capacity_from",
            Self::Form => "form",
            Self::ActKind => "act_kind",
            Self::ActNumber => "act_number",
            Self::ActDate => "act_date",
            Self::ActIssuer => "act_issuer",
            Self::StartDate => "start_date",
            Self::EndDate => "end_date",
            Self::EndReason => "end_reason",
            Self::InventoryFileNumber => "inventory_file_number",
            Self::InventorySheets => "inventory_sheets",
            Self::ProviderKato => "provider_kato",
        }
    }

    /// The column of a header cell, whatever its case and the spaces around it.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let header = header.trim().to_lowercase();
        Self::ALL.into_iter().find(|column| column.name() == header)
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::GuardianIin | Self::WardIin | Self::ProviderKato => Kind::Digits,
            Self::GuardianBirthDate
            | Self::WardBirthDate
            | Self::WardFullCapacityFrom
            | Self::ActDate
            | Self::StartDate
            | Self::EndDate => Kind::Date,
            Self::AccountingStatus | Self::WardFullCapacityReason | Self::Form | Self::ActKind => {
                Kind::Words
            }
            _ => Kind::Text,
        }
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The letters a spreadsheet shows over a column: 0 is A, 26 is AA.
pub(super) fn letters(position: usize) -> String {
    const ALPHABET: [char; 26] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R',
        'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
    ];
    let last = ALPHABET.get(position % 26).copied().unwrap_or('A');
    if position < 26 { last.to_string() } else { format!("{}{last}", letters(position / 26 - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_column() {
        for column in Column::ALL {
            assert_eq!(Column::parse(&format!(" {} ", column.name().to_uppercase())), Some(column));
            assert_eq!(serde_json::to_value(column).unwrap(), column.name());
        }
        assert_eq!(Column::parse("guardian"), None);
    }

    #[test]
    fn letters_are_those_of_a_spreadsheet() {
        for (position, expected) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (99, "CV")]
        {
            assert_eq!(letters(position), expected);
        }
    }
}
