//! Every cell of `docs/decision-matrix.md`, by the decision alone and the whole way over the API, with both data banks.
//!
//! Read next: `cases.rs` for what stands behind a case's name, `sources.rs` for the data banks and how they fail.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

mod cases;
mod journey;
mod sources;
mod table;

use domain::{
    AccountingStatus, Answer, ConsentDecision, Consents, Decision, DocumentContent,
    ElectronicRequest, Evidence, GuardianRecord, Language, Outcome, RefusalGround, Role, WardId,
    decide,
};

use cases::{Case, Trouble};
use table::Matrix;

pub(crate) const NOW: &str = "2026-11-23T07:00:00Z";
const DOCUMENT: &str = include_str!("../../../../docs/decision-matrix.md");

/// What somebody signed, and what the consent service says of it; nothing where his signature is all there is.
pub(crate) struct Said {
    pub(crate) restricted_data: bool,
    pub(crate) protected_secret: bool,
    pub(crate) service: Option<Answer<Consents>>,
}

impl Said {
    fn of(column: &str) -> Self {
        let signed = |restricted_data, protected_secret| Self {
            restricted_data,
            protected_secret,
            service: None,
        };
        match column {
            "given" => signed(true, true),
            "secret refused" => signed(true, false),
            "refused" => signed(false, true),
            "silent" => Self { service: Some(Answer::Absent), ..signed(true, true) },
            "unreachable" => Self { service: Some(Answer::Unavailable), ..signed(true, true) },
            unknown => panic!("nobody has said {unknown}"),
        }
    }

    fn signed(&self) -> Consents {
        Consents {
            restricted_data: ConsentDecision::from_answer(self.restricted_data),
            protected_secret: ConsentDecision::from_answer(self.protected_secret),
        }
    }

    fn is_given(&self) -> bool {
        self.restricted_data && self.service.is_none()
    }
}

/// One cell, with people of its own.
struct Cell {
    name: String,
    case: Case,
    said: Said,
    expected: String,
}

fn cells(matrix: &Matrix) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for line in &matrix.lines {
        for ((column, _), expected) in matrix.columns.iter().zip(&line.cells) {
            let place = u16::try_from(cells.len()).unwrap();
            cells.push(Cell {
                name: format!("{} ({}), {column}", line.case, line.clause),
                case: Case::of(&line.case, place),
                said: Said::of(column),
                expected: in_order(expected.split('+').map(str::trim)),
            });
        }
    }
    cells
}

/// Words of a cell: which ward comes first is no part of the answer.
pub(crate) fn in_order<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<_> = words.collect();
    words.sort_unstable();
    words.join(" + ")
}

pub(crate) fn word_of_role(role: Role) -> &'static str {
    match role {
        Role::Guardian => "guardian",
        Role::Custodian => "custodian",
    }
}

pub(crate) fn word_of_ground(ground: RefusalGround) -> &'static str {
    match ground {
        RefusalGround::NoGuardianRecord => "9.1",
        RefusalGround::NoConsent => "9.2",
    }
}

/// What a document says, in a word of the matrix.
pub(crate) fn word_of(content: &DocumentContent) -> &'static str {
    match content {
        DocumentContent::Certificate(certificate) => word_of_role(certificate.role),
        DocumentContent::Refusal(refusal) => word_of_ground(refusal.ground),
        DocumentContent::Answer(_) => "answer",
    }
}

fn decided(cell: &Cell) -> String {
    let request = ElectronicRequest {
        applicant: cell.case.applicant,
        wards: cell.case.asked.clone(),
        consents: cell.said.signed(),
        language: Language::Kk,
        provider: None,
    };
    let consent = cell.said.service.clone().unwrap_or(Answer::Known(cell.said.signed()));
    let evidence =
        Evidence { consent, data_bank: Some(answer_about(&cell.case)), data_bank_asked_at: None };
    match decide(&request, &evidence, NOW.parse().unwrap()) {
        Decision::AskDataBank => "asks".to_owned(),
        Decision::Wait(_) => "waits".to_owned(),
        Decision::Answer(Outcome::Refused { ground, .. }) => word_of_ground(ground).to_owned(),
        Decision::Answer(Outcome::Granted { appointments, without_record, .. }) => {
            let refused = (!without_record.is_empty()).then_some("9.1");
            in_order(appointments.iter().map(|one| word_of_role(one.role)).chain(refused))
        }
    }
}

fn answer_about(case: &Case) -> Answer<GuardianRecord> {
    let Some(first) = case.records.first() else { return Answer::Absent };
    let mut record = GuardianRecord {
        by_register: Vec::new(),
        guardian: first.guardian.clone(),
        accounting: AccountingStatus::Ended,
        wards: case.records.iter().map(|one| one.ward.clone()).collect(),
    };
    for one in &mut record.wards {
        let iin = one.ward.iin.map(|iin| iin.digits());
        one.ward.id = WardId(iin.unwrap_or_else(|| "without".to_owned()));
    }
    match case.trouble {
        // What contradicts itself reaches no decision from either data bank.
        None if wards_differ(&record) => Answer::Unavailable,
        None => Answer::Known(record),
        Some(Trouble::Silent | Trouble::NoUse) => Answer::Unavailable,
        Some(Trouble::AboutAnother) => {
            record.guardian.iin = Case::of("under_14", 999).applicant;
            Answer::Known(record)
        }
    }
}

/// Whether two placements that run tell different things of one ward.
fn wards_differ(record: &GuardianRecord) -> bool {
    let running = || record.wards.iter().filter(|one| one.placement.is_current_on(cases::TODAY));
    running()
        .any(|one| running().any(|other| one.ward.id == other.ward.id && one.ward != other.ward))
}

#[test]
fn the_matrix_is_whole_and_each_line_has_its_clause() {
    let matrix = table::read(DOCUMENT);
    assert_eq!(matrix.columns.len(), 5);
    assert!(matrix.lines.len() > 30, "the matrix has {} lines", matrix.lines.len());
    for (column, clause) in &matrix.columns {
        assert!(clause.contains("List") || clause.contains("Law"), "{column}");
    }
    let mut names: Vec<_> = matrix.lines.iter().map(|line| line.case.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), matrix.lines.len(), "each case once");
    for line in &matrix.lines {
        assert_eq!(line.cells.len(), matrix.columns.len(), "{}", line.case);
        let sources = ["List, item", "Family Code", "Civil Code", "our reading"];
        assert!(sources.iter().any(|one| line.clause.contains(one)), "{}", line.case);
    }
}

#[test]
fn the_decision_alone_answers_every_cell() {
    for cell in cells(&table::read(DOCUMENT)) {
        // Told before registration, there is nothing to decide.
        if cell.expected != "told" {
            assert_eq!(decided(&cell), cell.expected, "{}", cell.name);
        }
    }
}

#[tokio::test]
async fn over_the_departments_registry_the_api_answers_every_cell() {
    let cells = cells(&table::read(DOCUMENT));
    let registry = sources::Registry::with(cells.iter().map(|cell| &cell.case)).await;
    for cell in &cells {
        let bank = registry.bank(&cell.case);
        let answered = journey::walk(bank, &cell.case, &cell.said).await;
        assert_eq!(answered, journey::Answered::of(cell), "{}", cell.name);
    }
}

#[tokio::test]
async fn over_shep_the_api_answers_every_cell() {
    let cells = cells(&table::read(DOCUMENT));
    let gateway = sources::BehindShep::with(cells.iter().map(|cell| &cell.case)).await;
    for cell in &cells {
        let bank = gateway.bank(&cell.case);
        let answered = journey::walk(bank, &cell.case, &cell.said).await;
        assert_eq!(answered, journey::Answered::of(cell), "{}", cell.name);
    }
}
