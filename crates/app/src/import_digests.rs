//! What the journal vouches for of an import: a digest over its columns and each version it brought.
//!
//! Read next: `import_plan.rs`, which writes it, and `integrity` for who compares it.

use crate::ports::Fields;

/// An import as it stands in the columns.
pub struct ImportColumns {
    /// Its number.
    pub id: i64,
    /// SHA-256 of the file, hexadecimal.
    pub file_digest: String,
    /// The department.
    pub entered_by: String,
    /// Epoch milliseconds.
    pub entered_at: i64,
    /// New, changed, ended, unchanged.
    pub counts: [i64; 4],
    /// IIN of the officer.
    pub officer: Option<String>,
    /// IIN of the second person.
    pub confirmed_by: Option<String>,
    /// Why records are corrected.
    pub reason: Option<String>,
}

impl ImportColumns {
    /// The start of an import's digest; then come its versions in the order of the file. Where nobody is named it is that
    /// of the days before officers.
    pub(crate) fn start(&self) -> Fields {
        let start = Fields::default().text(&self.file_digest).text(&self.entered_by);
        let counted = self.counts.into_iter().fold(start.integer(self.entered_at), Fields::integer);
        let origin = [&self.officer, &self.confirmed_by, &self.reason];
        if origin.iter().all(|one| one.is_none()) {
            return counted;
        }
        origin.into_iter().fold(counted, |fields, one| match one {
            Some(text) => fields.integer(1).text(text),
            None => fields.integer(0),
        })
    }
}

/// A version as it stands in the columns.
pub struct VersionColumns<'a> {
    /// Key of the record.
    pub key: &'a str,
    /// From 1.
    pub version: i64,
    /// Place in the file.
    pub place: i64,
    /// Epoch milliseconds.
    pub recorded_at: i64,
    /// The row as JSON.
    pub payload: &'a str,
}

impl VersionColumns<'_> {
    pub(crate) fn add_to(&self, fields: Fields) -> Fields {
        let fields = fields.text(self.key).integer(self.version).integer(self.place);
        fields.integer(self.recorded_at).text(self.payload)
    }
}

/// Digests of all imports, from one reading of all versions.
pub struct ImportDigests {
    digests: Vec<(i64, Fields)>,
    present: usize,
}

impl ImportDigests {
    /// For imports in the order of their numbers.
    #[must_use]
    pub fn of(imports: impl Iterator<Item = ImportColumns>) -> Self {
        Self { digests: imports.map(|one| (one.id, one.start())).collect(), present: 0 }
    }

    /// Adds a version; they come in the order of their imports and places. One whose import is not known adds to none.
    pub fn add(&mut self, import: i64, version: &VersionColumns<'_>) {
        while self.digests.get(self.present).is_some_and(|(id, _)| *id < import) {
            self.present += 1;
        }
        let present = self.digests.get_mut(self.present);
        if let Some((_, fields)) = present.filter(|(id, _)| *id == import) {
            *fields = version.add_to(std::mem::take(fields));
        }
    }

    /// The digest of each import.
    #[must_use]
    pub fn finish(self) -> Vec<(i64, String)> {
        self.digests.into_iter().map(|(id, fields)| (id, fields.digest())).collect()
    }
}
