//! How demo people are put together: fixed names and numbers, wards whose age is counted from today.
//!
//! Read next: `situations.rs`.

use domain::{
    AccountingStatus, ActKind, Guardian, Iin, PersonName, Placement, RefusalGround, Role, Ward,
    WardId, WardRecord,
};
use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::demo::{Ask, AskedWards, DemoPerson, Expected, KeyKind, Text};
use super::numbers::{Numbers, Sex};
use super::places::{self, Place};
use super::{BankRecord, PeopleError, acts};

/// Serials of demo people's numbers start here, above those of the population.
const FIRST_SERIAL: u32 = 9_000;

/// The demo people and their records as they are added.
pub(super) struct Cast<'a> {
    numbers: &'a mut Numbers,
    pub(super) today: Date,
    serial: u32,
    pub(super) people: Vec<DemoPerson>,
    pub(super) records: Vec<BankRecord>,
}

/// Surname, given name, patronymic.
pub(super) type Name = (&'static str, &'static str, &'static str);

/// A person before he enters the cast.
pub(super) struct Sketch {
    pub(super) slug: &'static str,
    pub(super) about: [&'static str; 3],
    pub(super) name: Name,
    pub(super) born: Date,
    pub(super) sex: Sex,
    pub(super) kato: &'static str,
}

/// Somebody who can get wards.
#[derive(Clone)]
pub(super) struct Actor {
    pub(super) guardian: Guardian,
    pub(super) accounting: AccountingStatus,
    pub(super) place: &'static Place,
    /// Position among the demo people.
    position: usize,
}

impl<'a> Cast<'a> {
    pub(super) fn new(numbers: &'a mut Numbers, today: Date) -> Self {
        let (people, records) = (Vec::new(), Vec::new());
        Self { numbers, today, serial: FIRST_SERIAL, people, records }
    }

    /// Adds a person who asks for all wards, gives both consents and expects ground 9.1 until told otherwise.
    pub(super) fn person(&mut self, sketch: &Sketch) -> Result<Actor, PeopleError> {
        let (surname, given, patronymic) = sketch.name;
        let name = PersonName::parse(surname, given, patronymic)?;
        let iin = self.next_number(sketch.born, sketch.sex)?;
        let place = places::place(sketch.kato);
        let [kk, ru, en] = sketch.about.map(str::to_owned);
        self.people.push(DemoPerson {
            slug: sketch.slug.to_owned(),
            situation: sketch.slug.to_owned(),
            about: Text { kk, ru, en },
            name: name.clone(),
            iin,
            birth_date: sketch.born,
            key: KeyKind::Gost,
            ask: Ask {
                applicant_iin: iin,
                wards: AskedWards::All,
                restricted_data: true,
                protected_secret: true,
            },
            expected: Expected::Refused { ground: RefusalGround::NoGuardianRecord },
        });
        let house = u32::try_from(self.people.len()).unwrap_or(1);
        let address = place.home(house);
        let guardian = Guardian { iin, name, birth_date: sketch.born, address };
        // Accounting has ended, as it does by law once a child is placed.
        let accounting = AccountingStatus::Ended;
        Ok(Actor { guardian, accounting, place, position: self.people.len() - 1 })
    }

    /// Changes what was assumed about a person.
    pub(super) fn set(&mut self, actor: &Actor, change: impl FnOnce(&mut DemoPerson)) {
        if let Some(person) = self.people.get_mut(actor.position) {
            change(person);
        }
    }

    /// A grant with these roles, in the order of the wards' birth.
    pub(super) fn expect_granted(&mut self, actor: &Actor, roles: &[Role]) {
        let (certificates, roles) = (roles.len(), roles.to_vec());
        self.set(actor, |person| person.expected = Expected::Granted { certificates, roles });
    }

    /// An error before registration with this code.
    pub(super) fn expect_rejected(&mut self, actor: &Actor, code: &str) {
        let code = code.to_owned();
        self.set(actor, |person| {
            person.expected = Expected::RejectedBeforeRegistration { code };
        });
    }

    /// A day so long ago.
    pub(super) fn ago(&self, span: Span) -> Result<Date, PeopleError> {
        Ok(self.today.checked_sub(span)?)
    }

    /// A ward born on a day, with a number.
    pub(super) fn ward(
        &mut self,
        name: Name,
        sex: Sex,
        birth_date: Date,
    ) -> Result<Ward, PeopleError> {
        let iin = self.next_number(birth_date, sex)?;
        let (surname, given, patronymic) = name;
        Ok(Ward {
            id: WardId(format!("demo-{}", self.serial)),
            name: PersonName::parse(surname, given, patronymic)?,
            iin: Some(iin),
            birth_date,
            full_capacity: None,
            died_on: None,
        })
    }

    /// A guardianship by an order of the person's place, from a day on.
    pub(super) fn order(
        &self,
        actor: &Actor,
        number: &str,
        day: Date,
    ) -> Result<Placement, PeopleError> {
        let kazakh = self.people.len().is_multiple_of(2);
        let act = acts::act(actor.place, ActKind::Order, number, day, kazakh);
        acts::guardianship(actor.place, act)
    }

    /// Puts a placement on record.
    pub(super) fn place(&mut self, actor: &Actor, ward: &Ward, placement: Placement) {
        self.records.push(BankRecord {
            guardian: actor.guardian.clone(),
            accounting: actor.accounting,
            ward: WardRecord { ward: ward.clone(), placement },
            ward_birth_act: None,
        });
    }

    /// The usual case: a ward of a certain age, placed with the person for more than a year.
    pub(super) fn place_ward(
        &mut self,
        actor: &Actor,
        name: Name,
        sex: Sex,
        age: Span,
    ) -> Result<Ward, PeopleError> {
        let ward = self.ward(name, sex, self.ago(age)?)?;
        let placement = self.order(actor, &format!("{}-ө", self.serial), self.ago(400.days())?)?;
        self.place(actor, &ward, placement);
        Ok(ward)
    }

    fn next_number(&mut self, birth_date: Date, sex: Sex) -> Result<Iin, PeopleError> {
        self.serial += 1;
        Ok(self.numbers.issue(birth_date, sex, self.serial)?)
    }
}
