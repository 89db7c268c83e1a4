//! What came of an errand, held against what may be expected of it.
//!
//! Read next: `errand.rs`.

use app::{DocumentCheck, Submitted};

use crate::breach::{Breach, require};
use crate::coverage::Counter;
use crate::errand::{Done, Downloaded, Errand, Running};
use crate::world::{Came, World};

impl World {
    /// Takes in what a finished errand brought.
    pub(crate) fn finish(&mut self, running: Running, done: Done) -> Result<Came, Breach> {
        let counter = &self.ground.counter;
        let was_held = running.held_at.is_some();
        if was_held {
            counter.count("errands", "done after being held up");
        }
        let came = |something: bool| if something { Came::Through } else { Came::ToNothing };
        match (done, running.errand) {
            (Done::Prepared(Ok(draft)), Errand::Prepare { person, .. }) => {
                self.people.prepared(person, draft);
            }
            (Done::Submitted(answer), Errand::Submit(attempt)) => {
                self.people.heard(&attempt, &answer, counter)?;
                return Ok(came(matches!(*answer, Ok(Submitted::New(_)))));
            }
            (Done::Worked(worked), _) => return Ok(came(matches!(worked, Ok(true)))),
            (Done::Watched(Ok(_)), _) => return Ok(came(!was_held)),
            (Done::Downloaded(answer), Errand::Download { bytes, .. }) => {
                let came = downloaded(*answer, &bytes, counter)?;
                if came == Came::Through {
                    self.ledger.note_look();
                }
                return Ok(came);
            }
            (Done::Checked(Ok(check)), Errand::Check { number, .. }) => {
                let DocumentCheck::Genuine(checked) = check else {
                    return Err(Breach::of("what was issued is genuine", number.to_string()));
                };
                counter.count("checks", standing(checked.standing));
                self.ledger.note_look();
            }
            (Done::Announced(Ok(planned)), _) => self.breaks.push(planned),
            (Done::Tidied(Ok(())) | Done::Stamped(Ok(())) | Done::Withdrawn(Ok(_)), _) => {}
            _ => counter.count("errands", "failed"),
        }
        Ok(Came::ToNothing)
    }
}

fn downloaded(
    answer: Result<Option<Downloaded>, app::StoreError>,
    bytes: &[u8],
    counter: &Counter,
) -> Result<Came, Breach> {
    match answer {
        Err(_) => {
            counter.count("downloads", "failed");
            Ok(Came::ToNothing)
        }
        Ok(None) => Err(Breach::of("what was issued can be had for ever", "")),
        Ok(Some((view, had))) => {
            counter.count("downloads", "had");
            require(had == bytes, "a document is the same each time", || view.number.to_string())?;
            Ok(Came::Through)
        }
    }
}

fn standing(standing: app::Standing) -> &'static str {
    match standing {
        app::Standing::Matches => "matches",
        app::Standing::RoleChanged => "role changed",
        app::Standing::NoLongerMatches => "no longer matches",
        app::Standing::CannotTell => "cannot tell",
        app::Standing::NotCompared => "not compared",
        app::Standing::NotApplicable => "not applicable",
        app::Standing::Annulled { .. } => "annulled",
    }
}
