//! Everybody around the demo people: families as a data bank of twenty regions holds them.
//!
//! One ward or several, spouses appointed together, guardians who followed one another, wards who came of age, children
//! born abroad without a number, other forms of placement that give no certificate.

use domain::{
    AccountingStatus, EndOfPlacement, FormOfPlacement, FullCapacity, FullCapacityReason, Guardian,
    Placement, PropertyInventory, Ward, WardId, WardRecord, age_reached_on,
};
use jiff::ToSpan;
use jiff::civil::Date;

use super::dice::Dice;
use super::names::{self, Custom};
use super::numbers::{Numbers, Sex};
use super::places::{self, Place};
use super::{BankRecord, PeopleError, acts};

const MAJORITY: i16 = 18;
/// Ages between which wards were born, counted back from today; the oldest are adults by now.
const OLDEST_WARD_YEARS: i32 = 20;
/// Old enough to have been of age when the oldest ward was born.
const YOUNGEST_GUARDIAN_YEARS: i32 = OLDEST_WARD_YEARS + 21;
const COUNTRIES: [&str; 6] = ["TR", "RU", "UZ", "DE", "KR", "KG"];

/// The population as it grows.
pub(super) struct Crowd {
    dice: Dice,
    today: Date,
    numbers: Numbers,
    wards: u32,
    pub(super) records: Vec<BankRecord>,
}

/// A guardian with what his family has in common.
#[derive(Clone)]
struct Household {
    guardian: Guardian,
    accounting: AccountingStatus,
    custom: Custom,
    place: &'static Place,
    /// Acts and addresses in Kazakh; otherwise in Russian.
    kazakh: bool,
}

impl Crowd {
    pub(super) fn new(seed: u64, today: Date, numbers: Numbers) -> Self {
        Self { dice: Dice::new(seed), today, numbers, wards: 0, records: Vec::new() }
    }

    /// Adds families until there are as many guardianships.
    pub(super) fn grow(&mut self, guardianships: usize) -> Result<(), PeopleError> {
        let mut reached = 0;
        while reached < guardianships {
            let before = self.records.len();
            self.family()?;
            let added = self.records.iter().skip(before);
            reached += added.filter(|one| one.ward.placement.form.gives_certificate()).count();
        }
        Ok(())
    }

    fn family(&mut self) -> Result<(), PeopleError> {
        let household = self.household()?;
        let spouse = if self.dice.chance(12) { Some(self.spouse_of(&household)?) } else { None };
        let wards = match self.dice.between(1, 100) {
            ..=62 => 1,
            63..=85 => 2,
            86..=96 => 3,
            _ => 5,
        };
        for _ in 0..wards {
            self.ward_of(&household, spouse.as_ref())?;
        }
        Ok(())
    }

    fn household(&mut self) -> Result<Household, PeopleError> {
        let custom = Custom::draw(&mut self.dice);
        let place = places::draw(&mut self.dice);
        let kazakh = self.dice.chance(if custom == Custom::Kazakh { 70 } else { 25 });
        // Some moved after the act: the record stays where it was made.
        let home = if self.dice.chance(10) { places::draw(&mut self.dice) } else { place };
        let address = home.address(&mut self.dice, kazakh);
        let sex = if self.dice.chance(70) { Sex::Female } else { Sex::Male };
        let guardian = self.adult(custom, "", sex, address)?;
        let accounting = self.accounting();
        Ok(Household { guardian, accounting, custom, place, kazakh })
    }

    fn spouse_of(&mut self, household: &Household) -> Result<Household, PeopleError> {
        let wife = household.guardian.iin.digits().chars().nth(6).is_some_and(|c| "46".contains(c));
        let sex = if wife { Sex::Male } else { Sex::Female };
        let address = household.guardian.address.clone();
        let guardian = self.adult(household.custom, "", sex, address)?;
        Ok(Household { guardian, accounting: self.accounting(), ..household.clone() })
    }

    fn adult(
        &mut self,
        custom: Custom,
        family: &str,
        sex: Sex,
        address: String,
    ) -> Result<Guardian, PeopleError> {
        let (oldest, youngest) = (
            self.today.checked_sub(78.years())?,
            self.today.checked_sub(YOUNGEST_GUARDIAN_YEARS.years())?,
        );
        let birth_date = self.dice.day(oldest, youngest)?;
        let name = names::draw(&mut self.dice, custom, family, sex)?;
        let serial = u32::try_from(self.dice.between(1, 8_999)).unwrap_or(1);
        let iin = self.numbers.issue(birth_date, sex, serial)?;
        Ok(Guardian { iin, name, birth_date, address })
    }

    /// By law accounting ends when a child is placed, so most guardians' has.
    fn accounting(&mut self) -> AccountingStatus {
        match self.dice.between(1, 100) {
            ..=80 => AccountingStatus::Ended,
            81..=90 => AccountingStatus::Active,
            _ => AccountingStatus::None,
        }
    }

    /// A ward of the household, with a spouse appointed by the same act or a guardian before this one.
    fn ward_of(
        &mut self,
        household: &Household,
        spouse: Option<&Household>,
    ) -> Result<(), PeopleError> {
        let (ward, birth_act) = self.ward(household.custom)?;
        let mut start = self.start_of(ward.birth_date)?;
        if self.dice.chance(6) {
            start = self.earlier_guardian(household, &ward, birth_act.as_ref(), start)?;
        }
        let placement = self.placement(household, &ward, start)?;
        for who in [Some(household), spouse].into_iter().flatten() {
            self.records.push(BankRecord {
                guardian: who.guardian.clone(),
                accounting: who.accounting,
                ward: WardRecord { ward: ward.clone(), placement: placement.clone() },
                ward_birth_act: birth_act.clone(),
            });
        }
        Ok(())
    }

    fn ward(&mut self, guardians_custom: Custom) -> Result<(Ward, Option<String>), PeopleError> {
        let oldest = self.today.checked_sub(OLDEST_WARD_YEARS.years())?;
        let birth_date = self.dice.day(oldest, self.today.checked_sub(60.days())?)?;
        let sex = if self.dice.chance(50) { Sex::Male } else { Sex::Female };
        // A ward rarely bears his guardian's name.
        let custom =
            if self.dice.chance(85) { guardians_custom } else { Custom::draw(&mut self.dice) };
        let name = names::draw(&mut self.dice, custom, "", sex)?;
        self.wards += 1;
        let born_abroad = self.dice.chance(6);
        let (iin, birth_act) = if born_abroad {
            let country = self.dice.word(&COUNTRIES);
            (None, Some(format!("{country}-{}-{:06}", birth_date.year(), self.wards)))
        } else {
            let serial = u32::try_from(self.dice.between(1, 8_999)).unwrap_or(1);
            (Some(self.numbers.issue(birth_date, sex, serial)?), None)
        };
        let full_capacity = self.full_capacity(birth_date)?;
        let id = WardId(format!("ward-{:05}", self.wards));
        Ok((Ward { id, name, iin, birth_date, full_capacity, died_on: None }, birth_act))
    }

    /// Some of sixteen and more work under contract or marry.
    fn full_capacity(&mut self, birth_date: Date) -> Result<Option<FullCapacity>, PeopleError> {
        let sixteen = age_reached_on(birth_date, 16);
        let last = self.today.min(age_reached_on(birth_date, MAJORITY).yesterday()?);
        if sixteen > last || !self.dice.chance(8) {
            return Ok(None);
        }
        let reason = self.dice.one_of(
            &[FullCapacityReason::Emancipation, FullCapacityReason::Marriage],
            FullCapacityReason::Marriage,
        );
        Ok(Some(FullCapacity { reason, from: self.dice.day(sixteen, last)? }))
    }

    /// Between a month after birth and the day before majority or today.
    fn start_of(&mut self, birth_date: Date) -> Result<Date, PeopleError> {
        let last = self.today.min(age_reached_on(birth_date, MAJORITY).yesterday()?);
        self.dice.day(birth_date.checked_add(30.days())?, last)
    }

    /// Somebody who was guardian before; the day from which the next one is.
    fn earlier_guardian(
        &mut self,
        household: &Household,
        ward: &Ward,
        birth_act: Option<&String>,
        start: Date,
    ) -> Result<Date, PeopleError> {
        let address = household.place.address(&mut self.dice, household.kazakh);
        let guardian = self.adult(household.custom, "", Sex::Female, address)?;
        let mut placement = self.bare_placement(household, start)?;
        let last = self.today.min(age_reached_on(ward.birth_date, MAJORITY).yesterday()?);
        let handed_over = self.dice.day(start, last)?;
        let reason = if household.kazakh {
            "өз өтініші бойынша босатылды"
        } else {
            "освобождён по своей просьбе"
        };
        placement.end = Some(EndOfPlacement { on: handed_over, reason: reason.to_owned() });
        self.records.push(BankRecord {
            guardian,
            accounting: AccountingStatus::Ended,
            ward: WardRecord { ward: ward.clone(), placement },
            ward_birth_act: birth_act.cloned(),
        });
        Ok(handed_over)
    }

    fn placement(
        &mut self,
        household: &Household,
        ward: &Ward,
        start: Date,
    ) -> Result<Placement, PeopleError> {
        let mut placement = self.bare_placement(household, start)?;
        placement.form = self.form();
        placement.end = self.end(household, ward, start)?;
        if self.dice.chance(10) {
            let file_number = format!("{}-{}", self.dice.between(1, 40), self.dice.between(1, 900));
            let sheets = u32::try_from(self.dice.between(1, 30)).unwrap_or(1);
            placement.inventory = Some(PropertyInventory { file_number, sheets });
        }
        Ok(placement)
    }

    fn bare_placement(
        &mut self,
        household: &Household,
        start: Date,
    ) -> Result<Placement, PeopleError> {
        // Acts take effect at once or some days later.
        let signed = start.checked_sub(self.dice.between(0, 7).days())?;
        let kind = acts::kind_on(&mut self.dice, signed);
        let suffix = self.dice.word(&["", "", "-ө", "/1", "-қ", "-н"]);
        let number = format!("{}{suffix}", self.dice.between(1, 1_200));
        let act = acts::act(household.place, kind, &number, signed, household.kazakh);
        Ok(Placement { start, ..acts::guardianship(household.place, act)? })
    }

    fn form(&mut self) -> FormOfPlacement {
        match self.dice.between(1, 100) {
            ..=5 => FormOfPlacement::Patronage,
            6..=8 => FormOfPlacement::FosterFamily,
            9 => FormOfPlacement::ProfessionalFosterFamily,
            10..=11 => FormOfPlacement::GuestFamily,
            12 => FormOfPlacement::Adoption,
            _ => FormOfPlacement::Guardianship,
        }
    }

    /// An end on record: early for some reason, or majority, which departments record now and then.
    fn end(
        &mut self,
        household: &Household,
        ward: &Ward,
        start: Date,
    ) -> Result<Option<EndOfPlacement>, PeopleError> {
        let majority = age_reached_on(ward.birth_date, MAJORITY);
        let (on, reasons) = if majority <= self.today {
            if self.dice.chance(50) {
                return Ok(None);
            }
            (majority, [("кәмелетке толды", "достижение совершеннолетия"); 3])
        } else if self.dice.chance(8) {
            (self.dice.day(start, self.today)?, EARLY_ENDS)
        } else {
            return Ok(None);
        };
        let (kk, ru) = self.dice.one_of(&reasons, ("", ""));
        let reason = if household.kazakh { kk } else { ru };
        Ok(Some(EndOfPlacement { on, reason: reason.to_owned() }))
    }
}

const EARLY_ENDS: [(&str, &str); 3] = [
    ("ата-анасына қайтарылды", "возвращён родителям"),
    ("қорғаншы босатылды", "опекун освобождён"),
    ("асырап алынды", "усыновлён"),
];
