//! What is shown of records: a line of a search, and one record with names, addresses and versions of all times.
//!
//! Reasons of an end or a correction and officers are shown to the department that keeps the record alone: for others the
//! history comes without them. Read next: `records.rs`.

use app::{ImportWords, PresentRecord, RecordHistory, RecordVersion, RegistryRow};
use domain::{ActKind, Kato, astana_date};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::page::Page;
use crate::times::date_words;

/// Who may correct or end a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// The officer's department.
    Own,
    /// His department keeps it today, but it is entered under a former territory's code.
    Former,
    /// Another department.
    Others,
}

impl Hand {
    fn of(row: &RegistryRow, (page, own): (&Page, &Kato)) -> Self {
        let provider = &row.ward.placement.provider;
        if provider == own {
            Self::Own
        } else if page.todays_provider(provider) == own {
            Self::Former
        } else {
            Self::Others
        }
    }

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Former => "former",
            Self::Others => "others",
        }
    }
}

/// A record of a search.
pub struct FoundLine {
    /// Its key.
    pub key: String,
    /// The guardian.
    pub guardian: String,
    /// His IIN, masked: whoever needs it opens the record.
    pub guardian_iin: String,
    /// The ward.
    pub ward: String,
    /// The act.
    pub act: String,
    /// Whether it runs, or since when it does not.
    pub state: String,
    /// Who keeps it.
    pub keeper: String,
    /// Who may change it.
    pub hand: Hand,
}

impl FoundLine {
    /// Of a record, for an officer of a department.
    #[must_use]
    pub fn of(record: &PresentRecord, (page, own): (&Page, &Kato)) -> Self {
        let row = &record.row;
        let placement = &row.ward.placement;
        Self {
            key: record.key.clone(),
            guardian: row.guardian.name.full(),
            guardian_iin: row.guardian.iin.masked(),
            ward: row.ward.ward.name.full(),
            act: act_words(row, page),
            state: match &placement.end {
                None => page.t("records-runs"),
                Some(end) => page.with("records-ended", "date", &date_words(page.texts(), end.on)),
            },
            keeper: keeper(&placement.provider, page),
            hand: Hand::of(row, (page, own)),
        }
    }
}

fn keeper(kato: &Kato, page: &Page) -> String {
    page.provider(page.todays_provider(kato)).unwrap_or_else(|| kato.as_str().to_owned())
}

fn act_words(row: &RegistryRow, page: &Page) -> String {
    let act = &row.ward.placement.act;
    let kind = match act.kind {
        ActKind::Order => page.t("act-order"),
        ActKind::Decision => page.t("act-decision"),
        ActKind::Resolution => page.t("act-resolution"),
    };
    let date = date_words(page.texts(), act.date);
    let values = [
        ("kind", kind.as_str()),
        ("number", &act.number),
        ("date", &date),
        ("issuer", &act.issuer),
    ];
    page.texts().with_all("fact-act-words", &values)
}

/// A version in words.
pub struct VersionView {
    /// Its number.
    pub version: u32,
    /// When it was entered.
    pub at: Timestamp,
    /// By which department.
    pub department: String,
    /// By which officers, masked, and from which file.
    pub origin: Vec<(String, String)>,
    /// What differs from the version before, by names of fields; nothing for the first.
    pub changed: String,
}

/// A value that was recorded from a moment on.
pub struct Recorded {
    /// The value.
    pub value: String,
    /// Since when it is known.
    pub at: Timestamp,
}

/// One record with its history.
pub struct HistoryView {
    /// What it says now, or said at the moment asked for; nothing where it was not known then.
    pub facts: Vec<(String, String)>,
    /// The day whose end was asked for.
    pub known_on: Option<Date>,
    /// Names of the guardian.
    pub guardian_names: Vec<Recorded>,
    /// His addresses.
    pub addresses: Vec<Recorded>,
    /// Names of the ward.
    pub ward_names: Vec<Recorded>,
    /// Versions, the last first.
    pub versions: Vec<VersionView>,
    /// Other records of the guardian: key and act.
    pub others: Vec<(String, String)>,
    /// Who may change it.
    pub hand: Hand,
    /// Who keeps it.
    pub keeper: String,
}

impl HistoryView {
    /// Of a history: as it is known now, or as it was at the end of a day; for an officer of a department.
    #[must_use]
    pub fn of(
        history: &RecordHistory,
        known_on: Option<Date>,
        (page, department): (&Page, &Kato),
    ) -> Self {
        let present = history.versions.first().map(|one| &one.row);
        // The person's own facts change in whichever record of his is entered next.
        let mut all: Vec<&RecordVersion> = history.versions.iter().chain(&history.others).collect();
        all.sort_by_key(|one| (one.recorded_at, one.import));
        let own: Vec<&RecordVersion> = history.versions.iter().rev().collect();
        let was_known =
            |one: &&RecordVersion| known_on.is_none_or(|day| astana_date(one.recorded_at) <= day);
        let known = history.versions.iter().find(was_known).map(|one| &one.row);
        Self {
            facts: known.map(|row| facts(row, history.is_own, page)).unwrap_or_default(),
            known_on,
            guardian_names: recorded(&all, |row| row.guardian.name.full()),
            addresses: recorded(&all, |row| row.guardian.address.clone()),
            ward_names: recorded(&own, |row| row.ward.ward.name.full()),
            versions: versions(&history.versions, page),
            others: others(&history.others, page),
            hand: present.map_or(Hand::Others, |row| Hand::of(row, (page, department))),
            keeper: present
                .map(|row| keeper(&row.ward.placement.provider, page))
                .unwrap_or_default(),
        }
    }
}

/// Each value at its first moment, the last first.
fn recorded(versions: &[&RecordVersion], value: impl Fn(&RegistryRow) -> String) -> Vec<Recorded> {
    let mut found: Vec<Recorded> = Vec::new();
    for version in versions {
        let value = value(&version.row);
        if found.last().is_none_or(|last| last.value != value) {
            found.push(Recorded { value, at: version.recorded_at });
        }
    }
    found.reverse();
    found
}

fn facts(row: &RegistryRow, is_own: bool, page: &Page) -> Vec<(String, String)> {
    let texts = page.texts();
    let (guardian, ward, placement) = (&row.guardian, &row.ward.ward, &row.ward.placement);
    let mut facts = vec![
        (page.t("fact-holder"), guardian.name.full()),
        (page.t("iin"), guardian.iin.digits()),
        (page.t("records-guardian-born"), date_words(texts, guardian.birth_date)),
        (page.t("fact-address"), guardian.address.clone()),
        (page.t("fact-ward"), ward.name.full()),
        (page.t("fact-ward-birth-date"), date_words(texts, ward.birth_date)),
    ];
    if let Some(iin) = &ward.iin {
        facts.push((page.t("fact-ward-iin"), iin.digits()));
    }
    facts.push((page.t("fact-act"), act_words(row, page)));
    facts.push((page.t("records-start"), date_words(texts, placement.start)));
    if let Some(end) = &placement.end {
        facts.push((page.t("records-end"), date_words(texts, end.on)));
        if is_own {
            facts.push((page.t("records-end-reason"), end.reason.clone()));
        }
    }
    let today = page.todays_provider(&placement.provider);
    facts.push((page.t("records-keeper"), keeper(&placement.provider, page)));
    if *today != placement.provider {
        let kato = placement.provider.as_str();
        facts.push((page.t("records-former"), kato.to_owned()));
    }
    facts
}

fn versions(versions: &[RecordVersion], page: &Page) -> Vec<VersionView> {
    let words = ImportWords::of(page.language);
    let before = versions.iter().skip(1).map(Some).chain([None]);
    versions
        .iter()
        .zip(before)
        .map(|(version, before)| {
            let changed = before.map(|before| {
                let fields = app::differences(&before.row, &version.row);
                fields.into_iter().map(|field| words.field(field)).collect::<Vec<_>>().join(", ")
            });
            VersionView {
                version: version.version,
                at: version.recorded_at,
                department: keeper(&version.entered_by, page),
                origin: origin(version, page),
                changed: changed.unwrap_or_default(),
            }
        })
        .collect()
}

fn origin(version: &RecordVersion, page: &Page) -> Vec<(String, String)> {
    let mut lines = vec![(page.t("records-import"), version.import.to_string())];
    let origin = &version.origin;
    if let Some(officer) = &origin.officer {
        lines.push((page.t("records-officer"), officer.masked()));
    }
    if let Some(second) = &origin.confirmed_by {
        lines.push((page.t("records-second"), second.masked()));
    }
    if let Some(reason) = &origin.reason {
        lines.push((page.t("records-reason"), reason.clone()));
    }
    lines.push((page.t("records-file"), version.file_digest.chars().take(16).collect()));
    lines
}

/// Each other record once, as it is now.
fn others(versions: &[RecordVersion], page: &Page) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for version in versions.iter().rev() {
        if !found.iter().any(|(key, _)| *key == version.record) {
            found.push((version.record.clone(), act_words(&version.row, page)));
        }
    }
    found.reverse();
    found
}
