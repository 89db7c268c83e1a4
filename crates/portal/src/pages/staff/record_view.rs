//! What is shown of records: a line of a search, and one record with names, addresses and versions of all times.
//!
//! Reasons of an end or a correction and officers are shown to the department that keeps the record alone: for others the
//! history comes without them. Read next: `records.rs`.

use app::{ImportWords, PresentRecord, RecordHistory, RecordVersion, RegistryRow, RowField};
use domain::{ASTANA_OFFSET, Act, ActKind, GuardianRecord, Kato, Placement, WardRecord};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

use super::words;
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
            act: act_words(&placement.act, page),
            state: match &placement.end {
                None => page.t("records-runs"),
                Some(_) if placement.was_never_in_force() => page.t("records-never"),
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

fn act_words(act: &Act, page: &Page) -> String {
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

/// The moment for which it is asked what was known: a time of a day, or its end.
#[derive(Clone, Copy)]
pub struct AskedMoment {
    /// The day.
    pub day: Date,
    /// The time, on the clocks of Kazakhstan.
    pub time: Option<Time>,
}

impl AskedMoment {
    /// As the fields of a form have it. What cannot be read is none: then the present is shown, and says so.
    #[must_use]
    pub fn parse(day: &str, time: &str) -> Option<Self> {
        Some(Self { day: day.parse().ok()?, time: time.parse().ok() })
    }

    /// The last moment of it: a time is told in minutes.
    #[must_use]
    pub fn moment(self) -> Timestamp {
        let (from, length) = match self.time {
            Some(time) => (self.day.to_datetime(time), SignedDuration::from_mins(1)),
            None => (self.day.to_datetime(Time::midnight()), SignedDuration::from_hours(24)),
        };
        let from = ASTANA_OFFSET.to_timestamp(from).unwrap_or(Timestamp::MIN);
        let last = length - SignedDuration::from_millis(1);
        from.checked_add(last).unwrap_or(Timestamp::MAX)
    }

    /// The time as it was typed.
    #[must_use]
    pub fn time_words(&self) -> Option<String> {
        self.time.map(|time| format!("{:02}:{:02}", time.hour(), time.minute()))
    }
}

/// One record with its history.
pub struct HistoryView {
    /// What it says now, or said at the moment asked for; nothing where it was not known then.
    pub facts: Vec<(String, String)>,
    /// The moment that was asked for.
    pub known_at: Option<AskedMoment>,
    /// Everything else that was known of the guardian then, each record in its rows: what is asked in a dispute is what
    /// the decision would have seen.
    pub person_then: Vec<Vec<(String, String)>>,
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
    /// Of a history: as it is known now, or as it was at a moment; for an officer of a department.
    #[must_use]
    pub fn of(
        history: &RecordHistory,
        known_at: Option<AskedMoment>,
        (page, department): (&Page, &Kato),
    ) -> Self {
        let present = history.versions.first().map(|one| &one.row);
        // The person's own facts change in whichever record of his is entered next.
        let mut all: Vec<&RecordVersion> = history.versions.iter().chain(&history.others).collect();
        all.sort_by_key(|one| (one.recorded_at, one.import));
        let own: Vec<&RecordVersion> = history.versions.iter().rev().collect();
        let until = known_at.map(AskedMoment::moment);
        let was_known = |one: &&RecordVersion| until.is_none_or(|until| one.recorded_at <= until);
        let known = history.versions.iter().find(was_known).map(|one| &one.row);
        Self {
            facts: known.map(|row| facts(row, history.is_own, page)).unwrap_or_default(),
            known_at,
            person_then: history.known_then.iter().flat_map(|one| person(one, page)).collect(),
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
    let of_row = |field| (field_name(field, page), words::value(page, row, field));
    if row.ward_birth_act.is_some() {
        facts.push(of_row(RowField::WardBirthAct));
    }
    if ward.full_capacity.is_some() {
        facts.push(of_row(RowField::WardFullCapacity));
    }
    if ward.died_on.is_some() {
        facts.push(of_row(RowField::WardDeath));
    }
    facts.push(of_row(RowField::Form));
    facts.push(of_row(RowField::AccountingStatus));
    facts.push((page.t("fact-act"), act_words(&placement.act, page)));
    facts.push((page.t("records-office"), page.office(&placement.act, &placement.provider)));
    facts.push((page.t("records-start"), date_words(texts, placement.start)));
    if let Some(end) = end_words(placement, page) {
        facts.push((page.t("records-end"), end));
    }
    if let Some(end) = placement.end.as_ref().filter(|_| is_own) {
        facts.push((page.t("records-end-reason"), end.reason.clone()));
    }
    facts.push(of_row(RowField::PropertyInventory));
    let today = page.todays_provider(&placement.provider);
    facts.push((page.t("records-keeper"), keeper(&placement.provider, page)));
    if *today != placement.provider {
        let kato = placement.provider.as_str();
        facts.push((page.t("records-former"), kato.to_owned()));
    }
    facts
}

/// A field as the name of a line.
fn field_name(field: RowField, page: &Page) -> String {
    let name = ImportWords::of(page.language).field(field);
    let mut letters = name.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

/// A record that was entered in error does not read as a guardianship that ended.
fn end_words(placement: &Placement, page: &Page) -> Option<String> {
    let end = placement.end.as_ref()?;
    let is_void = placement.was_never_in_force();
    Some(if is_void { page.t("records-never") } else { date_words(page.texts(), end.on) })
}

/// Everything that was known of a person: first himself, then each of his records.
fn person(known: &GuardianRecord, page: &Page) -> Vec<Vec<(String, String)>> {
    let guardian = &known.guardian;
    let himself = vec![
        (page.t("fact-holder"), guardian.name.full()),
        (page.t("records-guardian-born"), date_words(page.texts(), guardian.birth_date)),
        (page.t("fact-address"), guardian.address.clone()),
    ];
    let records = known.wards.iter().map(|one| record_then(one, page));
    std::iter::once(himself).chain(records).collect()
}

fn record_then(record: &WardRecord, page: &Page) -> Vec<(String, String)> {
    let (ward, placement, texts) = (&record.ward, &record.placement, page.texts());
    let mut lines = vec![
        (page.t("fact-ward"), ward.name.full()),
        (page.t("fact-ward-birth-date"), date_words(texts, ward.birth_date)),
        (field_name(RowField::Form, page), words::form(page, placement.form)),
        (page.t("fact-act"), act_words(&placement.act, page)),
        (page.t("records-start"), date_words(texts, placement.start)),
    ];
    lines.extend(end_words(placement, page).map(|end| (page.t("records-end"), end)));
    lines.push((page.t("records-keeper"), keeper(&placement.provider, page)));
    lines
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
            let act = &version.row.ward.placement.act;
            found.push((version.record.clone(), act_words(act, page)));
        }
    }
    found.reverse();
    found
}
