//! Acts of appointment as their time had them: decisions of akims and resolutions of akimats in earlier years, orders
//! of education departments since.
//!
//! Read next: `places.rs` for what the bodies were called.

use domain::{Act, ActKind, Kato, Placement};
use jiff::civil::{Date, date};

use super::PeopleError;
use super::dice::Dice;
use super::places::Place;

/// Since about then the education departments appoint by order.
const ORDERS_SINCE: Date = date(2014, 1, 1);

/// The kind of act usual on a day; akims went on deciding here and there.
pub(super) fn kind_on(dice: &mut Dice, day: Date) -> ActKind {
    if day >= ORDERS_SINCE && !dice.chance(6) {
        ActKind::Order
    } else if dice.chance(50) {
        ActKind::Decision
    } else {
        ActKind::Resolution
    }
}

/// An act of a place.
pub(super) fn act(place: &Place, kind: ActKind, number: &str, date: Date, kazakh: bool) -> Act {
    let issuer = place.era(date).map_or_else(String::new, |era| match kind {
        ActKind::Order => era.department(kazakh),
        ActKind::Decision => era.akim(kazakh),
        ActKind::Resolution => era.akimat(kazakh),
    });
    Act { kind, number: number.to_owned(), date, issuer }
}

/// A guardianship by an act, from the act's day on, kept by the place.
pub(super) fn guardianship(place: &Place, act: Act) -> Result<Placement, PeopleError> {
    Ok(Placement {
        form: domain::FormOfPlacement::Guardianship,
        start: act.date,
        act,
        end: None,
        inventory: None,
        provider: Kato::parse(place.kato)?,
    })
}
