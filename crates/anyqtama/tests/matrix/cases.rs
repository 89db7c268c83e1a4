//! What stands behind each case's name: a guardian nobody else has, his records, and what he asks for.

use domain::{
    AccountingStatus, Act, ActKind, EndOfPlacement, FormOfPlacement, FullCapacity,
    FullCapacityReason, Guardian, Iin, Kato, PersonName, Placement, Ward, WardId, WardRecord,
    WardsAsked,
};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use simulators::people::BankRecord;

pub const TODAY: Date = date(2026, 11, 23);
/// The department whose file brings the records in.
pub const DEPARTMENT: &str = "710000000";
const ANOTHER_REGION: &str = "471010000";

/// What is wrong with the source while this person is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Silent,
    NoUse,
    AboutAnother,
}

/// One case of one column.
#[derive(Clone)]
pub struct Case {
    pub applicant: Iin,
    pub records: Vec<BankRecord>,
    pub asked: WardsAsked,
    pub trouble: Option<Trouble>,
}

impl Case {
    /// The case of a name, about people nobody else has; `place` is another for each.
    pub fn of(name: &str, place: u16) -> Self {
        let mut case = Self::with_one_child(place);
        case.arrange(name);
        case
    }

    fn with_one_child(place: u16) -> Self {
        let born = date(1980, 1, 1);
        let guardian = Guardian {
            iin: number(born, 3, place),
            name: PersonName::parse("Әлімқұлова", "Гүлнәр", "Һамитқызы").unwrap(),
            birth_date: born,
            address: "Астана қаласы, Абай көшесі, 1-үй".into(),
        };
        let mut case = Self {
            applicant: guardian.iin,
            records: Vec::new(),
            asked: WardsAsked::All,
            trouble: None,
        };
        case.records.push(record(guardian, place, 0));
        case.born(date(2016, 5, 5));
        case
    }

    /// What the name says differs from one child under 14.
    fn arrange(&mut self, name: &str) {
        let (yesterday, tomorrow) = (TODAY.yesterday().unwrap(), TODAY.tomorrow().unwrap());
        match name {
            "under_14" => {}
            "day_before_14" => self.born(years_ago(14).tomorrow().unwrap()),
            "turns_14_today" => self.born(years_ago(14)),
            "day_before_18" => self.born(years_ago(18).tomorrow().unwrap()),
            "turns_18_today" => self.born(years_ago(18)),
            "emancipated_today" => self.capable(FullCapacityReason::Emancipation, TODAY),
            "emancipated_tomorrow" => self.capable(FullCapacityReason::Emancipation, tomorrow),
            "married_yesterday" => self.capable(FullCapacityReason::Marriage, yesterday),
            "ward_died" => self.ward().died_on = Some(yesterday),
            "ended_yesterday" => self.ends(yesterday),
            "ends_today" => self.ends(TODAY),
            "ends_tomorrow" => self.ends(tomorrow),
            "began_today" => self.began(TODAY),
            "begins_tomorrow" => self.began(tomorrow),
            "ended_before_it_began" => self.ends(date(2019, 1, 1)),
            "patronage" => self.placement().form = FormOfPlacement::Patronage,
            "foster_family" => self.placement().form = FormOfPlacement::FosterFamily,
            "professional_foster_family" => {
                self.placement().form = FormOfPlacement::ProfessionalFosterFamily;
            }
            "guest_family" => self.placement().form = FormOfPlacement::GuestFamily,
            "adoption" => self.placement().form = FormOfPlacement::Adoption,
            "patronage_beside_guardianship" => {
                self.another_child(date(2015, 1, 1));
                self.placement().form = FormOfPlacement::Patronage;
            }
            "accounting_active" => self.records[0].accounting = AccountingStatus::Active,
            "never_on_account" => self.records[0].accounting = AccountingStatus::None,
            "ward_without_iin" => {
                self.ward().iin = None;
                self.records[0].ward_birth_act = Some("F-77".into());
            }
            "two_wards" => self.another_child(date(2011, 1, 1)),
            "of_age_beside_a_child" => self.another_child(years_ago(19)),
            "one_of_two_named" => {
                self.another_child(date(2011, 1, 1));
                self.name_the_last();
            }
            "two_acts_on_one_ward" => self.a_later_act(),
            "two_acts_name_the_ward_differently" => {
                self.a_later_act();
                let name = PersonName::parse("Серікова", "Іңкәр", "Һәкімқызы").unwrap();
                self.records[1].ward.ward.name = name;
            }
            "one_act_says_full_capacity" => {
                self.a_later_act();
                let reason = FullCapacityReason::Emancipation;
                self.records[0].ward.ward.full_capacity =
                    Some(FullCapacity { reason, from: TODAY });
            }
            "an_ended_act_names_the_ward_differently" => {
                self.a_later_act();
                self.ends(date(2022, 12, 31));
                let name = PersonName::parse("Серікова", "Іңкәр", "Һәкімқызы").unwrap();
                self.records[1].ward.ward.name = name;
            }
            "faulty_beside_good" => self.another_child_from_tomorrow(),
            "faulty_is_named" => {
                self.another_child_from_tomorrow();
                self.name_the_last();
            }
            "kept_by_another_region" => {
                self.placement().provider = Kato::parse(ANOTHER_REGION).unwrap();
            }
            "no_record" => self.records.clear(),
            "stranger_named_without_record" => {
                self.records.clear();
                self.name_a_stranger();
            }
            "stranger_named_beside_wards" => self.name_a_stranger(),
            "bank_is_silent" => self.trouble = Some(Trouble::Silent),
            "answer_of_no_use" => self.trouble = Some(Trouble::NoUse),
            "answer_about_another" => self.trouble = Some(Trouble::AboutAnother),
            unknown => panic!("nobody has arranged the case {unknown}"),
        }
    }

    fn ward(&mut self) -> &mut Ward {
        &mut self.records[0].ward.ward
    }

    fn placement(&mut self) -> &mut Placement {
        &mut self.records[0].ward.placement
    }

    fn born(&mut self, day: Date) {
        born(&mut self.records[0], day);
    }

    fn capable(&mut self, reason: FullCapacityReason, from: Date) {
        self.born(years_ago(17));
        self.ward().full_capacity = Some(FullCapacity { reason, from });
    }

    fn ends(&mut self, on: Date) {
        self.placement().end = Some(EndOfPlacement {
            on, reason: "ата-анасына қайтарылды".into()
        });
    }

    fn began(&mut self, day: Date) {
        self.placement().start = day;
    }

    fn another_child(&mut self, birth_date: Date) {
        let guardian = self.records[0].guardian.clone();
        let place = u16::try_from(self.applicant.digits()[7..11].parse::<u32>().unwrap()).unwrap();
        let mut other = record(guardian, place, 1);
        born(&mut other, birth_date);
        self.records.push(other);
    }

    fn another_child_from_tomorrow(&mut self) {
        self.another_child(date(2012, 1, 1));
        self.records[1].ward.placement.start = TODAY.tomorrow().unwrap();
    }

    fn a_later_act(&mut self) {
        let mut later = self.records[0].clone();
        later.ward.placement.act.number = "99".into();
        later.ward.placement.act.date = date(2023, 1, 1);
        later.ward.placement.start = date(2023, 1, 1);
        self.records.push(later);
    }

    fn name_the_last(&mut self) {
        let named = self.records.last().unwrap().ward.ward.iin.unwrap();
        self.asked = WardsAsked::Named(vec![named]);
    }

    fn name_a_stranger(&mut self) {
        self.asked = WardsAsked::Named(vec![number(date(2014, 7, 7), 5, 1)]);
    }
}

fn record(guardian: Guardian, place: u16, child: u16) -> BankRecord {
    let start = date(2020, 3, 2);
    let ward = Ward {
        id: WardId(String::new()),
        name: PersonName::parse("Үсенова", "Іңкәр", "Һәкімқызы").unwrap(),
        iin: Some(number(date(2016, 5, 5), 6, place * 2 + child)),
        birth_date: date(2016, 5, 5),
        full_capacity: None,
        died_on: None,
    };
    let act = Act {
        kind: ActKind::Order,
        number: format!("{place}-{child}"),
        date: start,
        issuer: "Астана қаласының Білім басқармасы".into(),
    };
    let placement = Placement {
        form: FormOfPlacement::Guardianship,
        act,
        start,
        end: None,
        inventory: None,
        provider: Kato::parse(DEPARTMENT).unwrap(),
    };
    let ward = WardRecord { ward, placement };
    BankRecord { guardian, accounting: AccountingStatus::Ended, ward, ward_birth_act: None }
}

/// The IIN carries the birth date, and a file in which they differ is refused.
fn born(record: &mut BankRecord, day: Date) {
    let ward = &mut record.ward.ward;
    let serial = ward.iin.map(|iin| iin.digits()[7..11].parse().unwrap()).unwrap();
    (ward.birth_date, ward.iin) = (day, Some(number(day, 6, serial)));
}

fn years_ago(years: i64) -> Date {
    TODAY.checked_sub(years.years()).unwrap()
}

/// For some serials there is no check digit: then one of the higher thousands is taken.
fn number(birth_date: Date, century_and_sex: u8, serial: u16) -> Iin {
    let (year, month, day) = (birth_date.year() % 100, birth_date.month(), birth_date.day());
    let start = format!("{year:02}{month:02}{day:02}{century_and_sex}");
    let serials = (0..9).map(|thousand| thousand * 1_000 + serial % 1_000);
    let mut checked = serials.flat_map(|serial| (0..10).map(move |digit| (serial, digit)));
    checked
        .find_map(|(serial, digit)| Iin::parse(&format!("{start}{serial:04}{digit}")).ok())
        .unwrap()
}
