//! What cannot be true together in one placement, whoever tells it: a department's file or the data bank over SHEP.
//!
//! Pure, and content with a part of the facts: a file's line may lack some. What is unlikely and possible is not here.
//! Read next: `data_bank_file/lines.rs` and `data_bank/shep/mod.rs`, which ask it.

use std::collections::HashSet;

use app::placement_key;
use domain::{GuardianRecord, Iin, Ward, WardRecord, age_reached_on};
use jiff::civil::Date;

const AGE_OF_MAJORITY: i16 = 18;

/// What is known of a placement, as far as anything contradicts it.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) guardian_iin: Option<Iin>,
    pub(crate) guardian_birth_date: Option<Date>,
    pub(crate) ward_iin: Option<Iin>,
    pub(crate) ward_birth_date: Option<Date>,
    pub(crate) act_date: Option<Date>,
    pub(crate) start: Option<Date>,
    pub(crate) end: Option<Date>,
}

/// Whose birth date it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Guardian,
    Ward,
}

/// Two facts of which one is wrong, or a fact that cannot be yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contradiction {
    BirthInFuture(Whose),
    BirthDateDiffersFromIin(Whose),
    WardIsGuardian,
    ActInFuture,
    StartInFuture,
    StartBeforeAct,
    EndBeforeStart,
    WardUnbornAtStart,
    WardAdultAtStart,
    GuardianMinorAtStart,
    /// One ward with different data in two placements that run: of what ended nothing is printed any more.
    WardDiffers,
    SamePlacementTwice,
}

impl Contradiction {
    /// Stable code, for logs and tests.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::BirthInFuture(_) => "birth_in_future",
            Self::BirthDateDiffersFromIin(_) => "birth_date_differs_from_iin",
            Self::WardIsGuardian => "ward_is_guardian",
            Self::ActInFuture => "act_in_future",
            Self::StartInFuture => "start_in_future",
            Self::StartBeforeAct => "start_before_act",
            Self::EndBeforeStart => "end_before_start",
            Self::WardUnbornAtStart => "ward_unborn_at_start",
            Self::WardAdultAtStart => "ward_adult_at_start",
            Self::GuardianMinorAtStart => "guardian_minor_at_start",
            Self::WardDiffers => "ward_differs",
            Self::SamePlacementTwice => "same_placement_twice",
        }
    }

    /// Whether the decision itself waits for it, ward by ward (`domain::PlacementFault`), so that a placement ordered
    /// ahead does not hold up what is sure about the other wards.
    fn is_left_to_the_decision(self) -> bool {
        matches!(self, Self::ActInFuture | Self::StartInFuture | Self::EndBeforeStart)
    }
}

impl Facts {
    /// Everything that cannot be, on a day: persons, then days, then ages.
    pub(crate) fn contradictions(&self, today: Date) -> Vec<Contradiction> {
        let mut found = Vec::new();
        self.persons(today, &mut found);
        self.days(today, &mut found);
        self.ages(&mut found);
        found
    }

    fn persons(&self, today: Date, found: &mut Vec<Contradiction>) {
        for (whose, iin, birth_date) in [
            (Whose::Guardian, self.guardian_iin, self.guardian_birth_date),
            (Whose::Ward, self.ward_iin, self.ward_birth_date),
        ] {
            let Some(birth_date) = birth_date else { continue };
            if birth_date > today {
                found.push(Contradiction::BirthInFuture(whose));
            } else if iin.and_then(|iin| iin.birth_date()).is_some_and(|own| own != birth_date) {
                found.push(Contradiction::BirthDateDiffersFromIin(whose));
            }
        }
        if self.guardian_iin.is_some() && self.guardian_iin == self.ward_iin {
            found.push(Contradiction::WardIsGuardian);
        }
    }

    fn days(&self, today: Date, found: &mut Vec<Contradiction>) {
        if self.act_date.is_some_and(|act| act > today) {
            found.push(Contradiction::ActInFuture);
        }
        let Some(start) = self.start else { return };
        if start > today {
            found.push(Contradiction::StartInFuture);
        }
        if self.act_date.is_some_and(|act| start < act) {
            found.push(Contradiction::StartBeforeAct);
        }
        if self.end.is_some_and(|end| end < start) {
            found.push(Contradiction::EndBeforeStart);
        }
    }

    fn ages(&self, found: &mut Vec<Contradiction>) {
        let Some(start) = self.start else { return };
        let adult = |birth_date| age_reached_on(birth_date, AGE_OF_MAJORITY) <= start;
        if let Some(birth_date) = self.ward_birth_date {
            if birth_date > start {
                found.push(Contradiction::WardUnbornAtStart);
            } else if adult(birth_date) {
                found.push(Contradiction::WardAdultAtStart);
            }
        }
        if self.guardian_birth_date.is_some_and(|birth_date| !adult(birth_date)) {
            found.push(Contradiction::GuardianMinorAtStart);
        }
    }
}

/// Why nothing may be decided by a person's record, if anything: a wrong date makes a wrong role, or none.
pub(crate) fn contradiction_in(record: &GuardianRecord, today: Date) -> Option<Contradiction> {
    // Once for the guardian, of whom there may be no placement.
    let guardian = Facts {
        guardian_iin: Some(record.guardian.iin),
        guardian_birth_date: Some(record.guardian.birth_date),
        ..Facts::default()
    };
    let of_placements =
        record.wards.iter().flat_map(|one| facts(record, one).contradictions(today));
    let mut own = guardian.contradictions(today).into_iter().chain(of_placements);
    own.find(|one| !one.is_left_to_the_decision()).or_else(|| contradiction_between(record, today))
}

fn contradiction_between(record: &GuardianRecord, today: Date) -> Option<Contradiction> {
    let mut placements = HashSet::new();
    let runs = |one: &WardRecord| one.placement.is_current_on(today);
    record.wards.iter().enumerate().find_map(|(place, one)| {
        let is_other = |ward: &Ward| ward.id == one.ward.id && *ward != one.ward;
        let mut earlier = record.wards.iter().take(place);
        if runs(one) && earlier.any(|other| runs(other) && is_other(&other.ward)) {
            return Some(Contradiction::WardDiffers);
        }
        let is_new = placements.insert(placement_key(record.guardian.iin, one));
        (!is_new).then_some(Contradiction::SamePlacementTwice)
    })
}

fn facts(record: &GuardianRecord, one: &WardRecord) -> Facts {
    let WardRecord { ward, placement } = one;
    Facts {
        guardian_iin: Some(record.guardian.iin),
        guardian_birth_date: Some(record.guardian.birth_date),
        ward_iin: ward.iin,
        ward_birth_date: Some(ward.birth_date),
        act_date: Some(placement.act.date),
        start: Some(placement.start),
        end: placement.end.as_ref().map(|end| end.on),
    }
}
