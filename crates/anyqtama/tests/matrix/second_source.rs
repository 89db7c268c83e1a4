//! The register of natural persons beside either data bank: each line of its table, the whole way over the API.
//!
//! It stands behind a gateway of its own, so that its silence is not the data bank's. Read next: `sources.rs`.

use std::sync::Arc;

use app::DataBank;
use domain::{DocumentContent, Iin};
use simulators::shep::{Fault, Registered};

use crate::cases::Case;
use crate::journey::{self, Around};
use crate::sources::{BehindShep, Registry};
use crate::{DOCUMENT, Said, table};

/// Lines of the table.
pub const CASES: usize = 11;
/// The register's surname of whoever is called otherwise by now.
const NEW_SURNAME: &str = "Жаңатегі";

/// How the register has the people of one case.
struct Second {
    /// The case of the data bank.
    case: Case,
    told: Vec<(Iin, Registered)>,
    is_silent: bool,
    /// Whom it is asked about.
    asked: Vec<Iin>,
    answer: String,
}

impl Second {
    fn of(name: &str, place: u16, answer: &str) -> Self {
        let of_bank = match name {
            "one_of_two_wards_died" => "two_wards",
            "guardianship_ended" => "ended_yesterday",
            _ => "under_14",
        };
        let case = Case::of(of_bank, place);
        let guardian = case.applicant;
        let wards: Vec<Iin> = case.records.iter().filter_map(|one| one.ward.ward.iin).collect();
        let told = match name {
            "everybody_alike" | "register_is_silent" => Vec::new(),
            "guardian_died" => vec![(guardian, Registered::Died)],
            "ward_died" | "one_of_two_wards_died" => vec![(wards[0], Registered::Died)],
            "guardian_renamed" => vec![(guardian, Registered::Renamed)],
            "ward_renamed" => vec![(wards[0], Registered::Renamed)],
            "ward_born_on_another_day" => vec![(wards[0], Registered::BornElsewhen)],
            "ward_unknown" => vec![(wards[0], Registered::Nobody)],
            "life_status_unknown" => vec![(wards[0], Registered::UnknownLife)],
            // He would be found dead, were he asked about.
            "guardianship_ended" => vec![(guardian, Registered::Died)],
            unknown => panic!("the register has nothing arranged for {unknown}"),
        };
        let mut asked = match name {
            "guardianship_ended" | "register_is_silent" => Vec::new(),
            _ => std::iter::once(guardian).chain(wards).collect(),
        };
        asked.sort_unstable();
        let is_silent = name == "register_is_silent";
        Self { case, told, is_silent, asked, answer: answer.to_owned() }
    }

    async fn walk(&self, register: &BehindShep, bank: Arc<dyn DataBank>) -> String {
        for (person, registered) in &self.told {
            register.gateway.register(*person, *registered);
        }
        let before = register.gateway.looked_up().len();
        let fault = self.is_silent.then_some(Fault::HangsUp);
        let around = Around { bank: register.beside(bank), gateway: register, fault };
        let (answered, documents) =
            journey::walk_to_documents(&around, &self.case, &Said::of("given")).await;
        let mut asked: Vec<Iin> =
            register.gateway.looked_up().iter().skip(before).map(|one| one.iin).collect();
        asked.sort_unstable();
        if !self.is_silent {
            assert_eq!(asked, self.asked, "about whom a certificate would be, and nobody else");
        }
        let is_renamed = documents.iter().any(|document| match document {
            DocumentContent::Certificate(one) => [&one.guardian_name, &one.ward_name]
                .iter()
                .any(|name| name.surname.as_str() == NEW_SURNAME),
            _ => false,
        });
        let word = answered.word;
        if is_renamed { format!("{word}, new surname") } else { word }
    }
}

fn seconds() -> Vec<(String, Second)> {
    let lines = table::read(DOCUMENT).register;
    let second = |(place, line): (u16, &table::Registered)| {
        (line.case.clone(), Second::of(&line.case, place, &line.answer))
    };
    (0..).zip(&lines).map(second).collect()
}

#[tokio::test]
async fn beside_either_data_bank_the_register_leads_to_every_answer_of_its_table() {
    let seconds = seconds();
    let cases = || seconds.iter().map(|(_, second)| &second.case);
    let register = BehindShep::with(cases()).await;
    let registry = Registry::with(cases()).await;
    let gateway = BehindShep::with(cases()).await;
    for (name, second) in &seconds {
        let answer = second.walk(&register, registry.bank(&second.case)).await;
        assert_eq!(answer, second.answer, "{name}, over the departments' registry");
        let answer = second.walk(&register, gateway.bank()).await;
        assert_eq!(answer, second.answer, "{name}, over SHEP");
    }
}
