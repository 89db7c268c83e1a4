//! The port that reads departments' files and writes the template of them. It knows no registry.

use domain::{Kato, Language};
use jiff::civil::Date;

use crate::import::RegistryRow;

/// What a file without fault says.
#[derive(Debug)]
pub struct ReadFile {
    /// Its rows.
    pub rows: Vec<RegistryRow>,
    /// The line of each, as the spreadsheet numbers them.
    pub lines: Vec<u32>,
}

/// A text in the three languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InLanguages {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl InLanguages {
    /// The text of a language.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// A cell that is wrong. Nothing personal is in it: it does not repeat what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellFault {
    /// Row as the spreadsheet numbers it; `None` where the file as a whole is meant.
    pub row: Option<u32>,
    /// Letters over the column in the file.
    pub letters: Option<String>,
    /// Name of the column, as in the template's header.
    pub column: Option<&'static str>,
    /// What is wrong.
    pub what: InLanguages,
    /// What is expected.
    pub expected: InLanguages,
}

/// A cell of the form of one record: name of its column, and what was typed.
pub type TypedCell<'a> = (&'a str, &'a str);

/// Reads and writes departments' files. What takes long blocks: callers put it where that harms nobody.
pub trait DepartmentFiles: Send + Sync {
    /// Reads a file for the department whose it is, on a calendar day. `watch` hears how many lines of how many are read.
    ///
    /// # Errors
    /// Every wrong cell, in the order of the file.
    fn read(
        &self,
        bytes: &[u8],
        department: &Kato,
        today: Date,
        watch: &dyn Fn(u32, u32),
    ) -> Result<ReadFile, Vec<CellFault>>;

    /// A file of one line with these cells; columns that are not named are empty.
    fn of_one_line(&self, cells: &[TypedCell<'_>]) -> Vec<u8>;

    /// The words that the column of this name allows; none where it takes any text.
    fn words(&self, column: &str) -> Vec<&'static str>;

    /// Names of all columns, in the order of the template.
    fn columns(&self) -> Vec<&'static str>;

    /// The template; `None` where it cannot be made.
    fn template(&self) -> Option<Vec<u8>>;

    /// A record as the cells of its columns.
    fn cells(&self, row: &RegistryRow) -> Vec<(&'static str, String)>;
}
