//! The end of a run: everything is repaired, time goes on, and every accepted request must come to its lawful answer
//! within minutes.
//!
//! Read next: `world.rs`.

use app::testing::samples::iin;
use jiff::SignedDuration;

use crate::breach::{Breach, require};
use crate::facts::Fact;
use crate::operation::NODES;
use crate::sources::PEOPLE;
use crate::weather::Moods;
use crate::world::World;

/// Time between two looks for work.
const ROUND: SignedDuration = SignedDuration::from_secs(5);
/// Within 10 minutes of good weather everything is answered: leases of 20 seconds, canaries of 30, retries of half a
/// minute and clocks that differ by half a minute leave room enough.
const ROUNDS_MAX: u32 = 120;

impl World {
    /// Repairs everything, lets time go on, and looks at the end.
    pub(crate) async fn recover(&mut self) -> Result<(), Breach> {
        self.repair();
        self.repair_records().await;
        // Who was held up goes on only now, with answers as old as may be.
        while !self.held.is_empty() {
            self.resume(0, None).await?;
            self.look().await?;
        }
        let mut rounds = 0;
        while self.ledger.requests().any(|seen| seen.is_open()) {
            require(rounds < ROUNDS_MAX, "every accepted request ends", || self.open())?;
            self.ground.weather.clock.advance(ROUND);
            for node in 0..NODES {
                self.work_all(node).await?;
                self.watch(node, None).await?;
            }
            self.look().await?;
            rounds += 1;
        }
        self.ground
            .counter
            .count("runs", if rounds < 12 { "ended in a minute" } else { "ended later" });
        self.ledger.replay_all().await?;
        self.verify().await
    }

    /// Every counterpart answers again.
    pub(crate) fn repair(&mut self) {
        *self.ground.weather.moods() = Moods::default();
        self.ground.renderer.fail(None);
        self.ground.verifier.come_up();
        for node in &self.nodes {
            node.line.arm(None);
        }
    }

    /// Records that contradict themselves are repaired.
    async fn repair_records(&mut self) {
        for person in 1..=PEOPLE {
            let is_faulty = self.truth.lock().fact(person).is_faulty();
            if is_faulty {
                self.import(person, Fact::TwoWards).await;
            }
        }
    }

    fn open(&self) -> String {
        let open = self.ledger.requests().filter(|seen| seen.is_open());
        let words = open.map(|seen| {
            let person = (1..=PEOPLE).find(|one| iin(*one) == seen.stored.request.applicant);
            let person = person.unwrap_or_default();
            format!("{} of person {person}: {}", seen.stored.number, seen.stored.state.code())
        });
        words.collect::<Vec<_>>().join("; ")
    }
}
