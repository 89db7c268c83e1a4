//! What a proposal would change, record by record, with the old values beside the new ones. Fields are called as the command
//! line calls them.

use std::collections::HashMap;

use app::{ImportWords, PersonChange, Readable, RegistryRow, RowChange, RowEffect, RowField};

use super::proposal::{PAGE, Pages, Place};
use super::records::at_desk;
use super::words;
use crate::failure::Failure;
use crate::page::Page;
use crate::staff::OfficerVisit;

/// What is done to a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A new one.
    New,
    /// Other values.
    Changed,
    /// An end.
    Ended,
}

impl Kind {
    /// Stable word.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Ended => "ended",
        }
    }
}

/// A field with its values.
pub struct FieldChange {
    pub(super) name: String,
    pub(super) old: String,
    pub(super) new: String,
}

/// A record that changes.
pub struct ChangeView {
    pub(super) line: u32,
    /// As the file has it.
    pub(super) act: String,
    /// What becomes of it; nothing where another department keeps it, because what stands there is not for this one.
    pub(super) own: Option<OwnChange>,
    /// Name of that other department.
    pub(super) keeper: Option<String>,
}

/// What becomes of a record of the officer's department.
pub struct OwnChange {
    pub(super) kind: Kind,
    pub(super) guardian: String,
    pub(super) iin: String,
    pub(super) ward: String,
    pub(super) fields: Vec<FieldChange>,
    pub(super) people: Vec<PersonView>,
}

/// What is changed of a person whom the registry knows from another record too.
pub struct PersonView {
    /// Name of the other department that keeps that record; then what it says is not shown.
    pub(super) keeper: Option<String>,
    pub(super) fields: Vec<FieldChange>,
}

/// The preview.
pub struct PreviewView {
    pub(super) new: u64,
    pub(super) changed: u64,
    pub(super) ended: u64,
    pub(super) unchanged: u64,
    pub(super) digest: String,
    pub(super) others: usize,
    pub(super) changes: Vec<ChangeView>,
    pub(super) pages: Pages,
}

impl PreviewView {
    /// The page of changes asked for.
    pub(super) async fn of(
        visit: &OfficerVisit,
        page: &Page,
        readable: &Readable,
        place: &Place,
    ) -> Result<Self, Failure> {
        let previewed = readable.previewed.read().await;
        let preview = &previewed.preview;
        let pages = Pages::of(place, preview.changes.len());
        let here: Vec<&RowChange> =
            preview.changes.iter().skip(pages.skipped()).take(PAGE).collect();
        let row_of = |change: &RowChange| previewed.batch.rows.get(change.place);
        // What another department's record says, the reason of its end among it, is not even asked for.
        let own = here.iter().filter(|change| change.kept_by.is_none());
        let of_records = own.clone().filter_map(|change| row_of(change));
        let of_people = own.flat_map(|change| &change.people);
        let of_people = of_people.filter(|one| one.known_by.is_none());
        let keys: Vec<String> = of_records
            .map(RegistryRow::record_key)
            .chain(of_people.map(|one| one.record.clone()))
            .collect();
        let present = visit.staff.present(&keys).await?;
        // Whose old values stand here reads of it, one look for each page shown.
        visit.portal.service.note_preview(&at_desk(visit), present.values()).await?;
        let view = |change: &&RowChange| {
            let row = row_of(change)?;
            let line = readable.lines.get(change.place).copied().unwrap_or_default();
            Some(change_view(page, change, row, &present, line))
        };
        let summary = preview.summary;
        Ok(Self {
            new: summary.new,
            changed: summary.changed.saturating_sub(summary.ended),
            ended: summary.ended,
            unchanged: summary.unchanged,
            digest: preview.digest.clone(),
            others: preview.changes.iter().filter(|change| change.kept_by.is_some()).count(),
            changes: here.iter().filter_map(view).collect(),
            pages,
        })
    }

    /// Whether it would change nothing.
    pub(super) fn is_nothing(&self) -> bool {
        self.new == 0 && !self.needs_second_person()
    }

    /// Whether a second person must confirm it.
    pub(super) fn needs_second_person(&self) -> bool {
        self.changed > 0 || self.ended > 0
    }
}

fn change_view(
    page: &Page,
    change: &RowChange,
    row: &RegistryRow,
    present: &HashMap<String, RegistryRow>,
    line: u32,
) -> ChangeView {
    let keeper = change.kept_by.as_ref().map(|kato| words::department(page, kato));
    let own = keeper.is_none().then(|| own_change(page, change, row, present));
    ChangeView { line, act: words::act(page, row), own, keeper }
}

fn own_change(
    page: &Page,
    change: &RowChange,
    row: &RegistryRow,
    present: &HashMap<String, RegistryRow>,
) -> OwnChange {
    let (kind, fields) = match &change.effect {
        RowEffect::New => (Kind::New, Vec::new()),
        RowEffect::Changed { fields, ends } => {
            let kind = if *ends { Kind::Ended } else { Kind::Changed };
            (kind, values(page, fields, present.get(&row.record_key()), row))
        }
    };
    let person = |one: &PersonChange| PersonView {
        keeper: one.known_by.as_ref().map(|kato| words::department(page, kato)),
        fields: values(page, &one.fields, present.get(&one.record), row),
    };
    OwnChange {
        kind,
        guardian: row.guardian.name.full(),
        iin: row.guardian.iin.digits(),
        ward: row.ward.ward.name.full(),
        fields,
        people: change.people.iter().map(person).collect(),
    }
}

/// Old and new values; of a record that another department keeps, which was not asked for, the new ones alone.
fn values(
    page: &Page,
    fields: &[RowField],
    old: Option<&RegistryRow>,
    new: &RegistryRow,
) -> Vec<FieldChange> {
    let value = |field: &RowField| FieldChange {
        name: ImportWords::of(page.language).field(*field),
        old: old.map(|old| words::value(page, old, *field)).unwrap_or_default(),
        new: words::value(page, new, *field),
    };
    fields.iter().map(value).collect()
}
