//! A sheet of facts under the seal that is no result of the service: what an official file tells of a request.
//!
//! Values only; who fills it says what it tells. Read next: `content.rs` for the results of the service.

use jiff::Timestamp;

use crate::Bilingual;

/// A line of a sheet: what it is and what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct SheetLine {
    /// What it is.
    pub label: Bilingual,
    /// What it says; the same in both languages where both texts are equal.
    pub value: Bilingual,
}

/// A part of a sheet under a heading.
#[derive(Clone, PartialEq, Eq)]
pub struct SheetPart {
    /// The heading.
    pub heading: Bilingual,
    /// Its lines.
    pub lines: Vec<SheetLine>,
}

/// A sheet. It holds personal data, so it has no debugging form.
#[derive(Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The title.
    pub title: Bilingual,
    /// The number it is about.
    pub number: String,
    /// In whose name.
    pub provider: Bilingual,
    /// As of when.
    pub made_at: Timestamp,
    /// For whom and what for.
    pub lead: Bilingual,
    /// Its parts.
    pub parts: Vec<SheetPart>,
    /// The same for machines, as JSON.
    pub data: Vec<u8>,
}
