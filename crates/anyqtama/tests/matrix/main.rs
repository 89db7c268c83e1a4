//! Every cell of `docs/decision-matrix.md`, by the decision alone and the whole way over the API, with both data banks.
//!
//! Read next: `cases.rs` for what stands behind a case's name, `sources.rs` for the data banks and how they fail,
//! `second_source.rs` for the register of natural persons.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the story where it is"
)]

mod cases;
mod journey;
mod second_source;
mod sources;
mod table;

use domain::{
    AccountingStatus, Answer, ConsentDecision, Consents, Decision, DocumentContent,
    ElectronicRequest, Evidence, GuardianRecord, Language, Outcome, RefusalGround, Role, WardId,
    decide,
};

use cases::{Case, Trouble};
use journey::{Answered, Around};
use table::Matrix;

pub(crate) const NOW: &str = "2026-11-23T07:00:00Z";
pub(crate) const DOCUMENT: &str = include_str!("../../../../docs/decision-matrix.md");

/// What becomes of a consent behind the registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    Nothing,
    Withdrawn,
    /// What 1414 gave has ended, and it cannot be asked again.
    Ended,
}

/// What somebody signed, and what became of it.
pub(crate) struct Said {
    pub(crate) restricted_data: bool,
    pub(crate) protected_secret: bool,
    pub(crate) behind: Behind,
}

impl Said {
    pub(crate) fn of(column: &str) -> Self {
        let (restricted_data, protected_secret, behind) = match column {
            "given" => (true, true, Behind::Nothing),
            "secret refused" => (true, false, Behind::Nothing),
            "refused" => (false, true, Behind::Nothing),
            "withdrawn" => (true, true, Behind::Withdrawn),
            "ended" => (true, true, Behind::Ended),
            unknown => panic!("nobody has said {unknown}"),
        };
        Self { restricted_data, protected_secret, behind }
    }

    fn signed(&self) -> Consents {
        Consents {
            restricted_data: ConsentDecision::from_answer(self.restricted_data),
            protected_secret: ConsentDecision::from_answer(self.protected_secret),
        }
    }

    /// As it comes before the decision.
    fn answer(&self) -> Answer<Consents> {
        match self.behind {
            Behind::Nothing => Answer::Known(self.signed()),
            Behind::Withdrawn => Answer::Absent,
            Behind::Ended => Answer::Unavailable,
        }
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
    let evidence = Evidence {
        consent: cell.said.answer(),
        data_bank: Some(answer_about(&cell.case)),
        data_bank_asked_at: None,
    };
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
    let is_faulty = |line: &table::Line| line.case == "begins_tomorrow";
    assert!(matrix.lines.iter().any(is_faulty), "the registry is to be filled with faulty records");
    let said: Vec<&str> = matrix.by_telephone.iter().map(|one| one.said.as_str()).collect();
    assert_eq!(said, ["given", "refused", "no answer", "unreachable"]);
    assert_eq!(matrix.register.len(), second_source::CASES);
    let telephone = matrix.by_telephone.iter().map(|one| (&one.said, &one.clause));
    let register = matrix.register.iter().map(|one| (&one.case, &one.clause));
    for (name, clause) in telephone.chain(register) {
        let sources = ["List, item", "Law 94-V", "Family Code", "our reading"];
        assert!(sources.iter().any(|one| clause.contains(one)), "{name}");
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
    // 1414 is behind a gateway all the same.
    let gateway = &sources::BehindShep::with(std::iter::empty()).await;
    for cell in &cells {
        let around = Around { bank: registry.bank(&cell.case), gateway, fault: None };
        let answered = journey::walk(&around, &cell.case, &cell.said).await;
        assert_eq!(answered, Answered::of(cell), "{}", cell.name);
    }
}

#[tokio::test]
async fn over_shep_the_api_answers_every_cell() {
    let cells = cells(&table::read(DOCUMENT));
    let gateway = &sources::BehindShep::with(cells.iter().map(|cell| &cell.case)).await;
    for cell in &cells {
        let fault = sources::fault_of(&cell.case);
        let around = Around { bank: gateway.bank(), gateway, fault };
        let answered = journey::walk(&around, &cell.case, &cell.said).await;
        assert_eq!(answered, Answered::of(cell), "{}", cell.name);
    }
}

/// Every line of the data bank by every answer of 1414.
async fn by_telephone<'a>(cells: &[Cell], around: impl Fn(&Case) -> Around<'a>) {
    let matrix = table::read(DOCUMENT);
    let columns = matrix.columns.len();
    for (line, of_line) in matrix.lines.iter().zip(cells.chunks(columns)) {
        for asked in &matrix.by_telephone {
            let place = asked
                .column
                .as_ref()
                .map(|column| matrix.columns.iter().position(|(name, _)| name == column).unwrap());
            // The same person each time, in an installation that does not know him yet.
            let case = &of_line[0].case;
            let goes_on_as = place.map(|place| &of_line[place].said);
            let around = around(case);
            let said = (asked.said.as_str(), goes_on_as);
            let found = journey::walk_by_telephone(&around, case, said).await;
            let answered = place.map(|place| Answered::of(&of_line[place]));
            let expected = journey::ByTelephone { word: asked.word.clone(), answered };
            assert_eq!(found, expected, "{}, 1414: {}", line.case, asked.said);
        }
    }
}

#[tokio::test]
async fn what_1414_brings_before_registration_leads_to_its_column_or_to_nothing() {
    let cells = cells(&table::read(DOCUMENT));
    let registry = sources::Registry::with(cells.iter().map(|cell| &cell.case)).await;
    let of_consent = &sources::BehindShep::with(std::iter::empty()).await;
    by_telephone(&cells, |case| Around {
        bank: registry.bank(case),
        gateway: of_consent,
        fault: None,
    })
    .await;
    let gateway = &sources::BehindShep::with(cells.iter().map(|cell| &cell.case)).await;
    by_telephone(&cells, |case| Around {
        bank: gateway.bank(),
        gateway,
        fault: sources::fault_of(case),
    })
    .await;
}
