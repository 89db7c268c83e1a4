//! Reading proposals, beside the requests of people: one at a time, on a thread of its own, and kept in memory for those
//! who look at it next.
//!
//! What is kept is no more than a copy: it is given up where room is needed and after a restart, and made again from the
//! stored bytes. Read next: `proposals.rs`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{RwLock, Semaphore, watch};

use crate::import::{ImportBatch, ImportPreview};
use crate::ports::{CellFault, ProposalId};

/// Rows and faults that are kept of all proposals together, besides those of the one read last. How many a file has, its size
/// does not say: a workbook is packed.
const KEPT_ROWS_MAX: usize = 100_000;
/// Proposals whose rows are kept.
const KEPT_MAX: usize = 50;

/// What reading a proposal came to.
pub enum Reading {
    /// Nothing can be taken in.
    Faulty(Vec<CellFault>),
    /// It can be previewed.
    Readable(Box<Readable>),
}

impl Reading {
    /// Rows or faults that it holds.
    fn rows(&self) -> usize {
        match self {
            Self::Faulty(faults) => faults.len(),
            Self::Readable(readable) => readable.lines.len(),
        }
    }
}

/// A proposal that was read.
pub struct Readable {
    /// Its rows, and what it would change.
    pub previewed: RwLock<Previewed>,
    /// The line of each row, as the spreadsheet numbers them.
    pub lines: Vec<u32>,
}

/// Rows and what they would change.
pub struct Previewed {
    /// The rows, without origin and terms.
    pub batch: ImportBatch,
    /// What they would change.
    pub preview: ImportPreview,
}

impl Readable {
    pub(super) fn of(batch: ImportBatch, preview: ImportPreview, lines: Vec<u32>) -> Self {
        Self { previewed: RwLock::new(Previewed { batch, preview }), lines }
    }
}

/// How far a reading has come.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU32,
    total: AtomicU32,
}

impl Progress {
    pub(super) fn note(&self, done: u32, total: u32) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Lines read, and about how many there are; 0 where that is not known yet.
    #[must_use]
    pub fn lines(&self) -> (u32, u32) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

/// A reading as its callers see it.
#[derive(Clone)]
pub(super) struct Turn {
    pub(super) progress: Arc<Progress>,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// How a reading ended; without a value it came to nothing.
pub(super) type Outcome = Option<Arc<Reading>>;

impl Turn {
    /// The end of the reading. One whose task is gone came to nothing.
    pub(super) async fn end(&mut self) -> Outcome {
        match self.outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().flatten(),
            Err(_) => None,
        }
    }
}

struct Kept {
    turn: Turn,
    /// What it holds; nothing while it is read.
    rows: usize,
    begun: u64,
}

/// All readings of this process.
pub(super) struct Readings {
    kept: Mutex<(u64, HashMap<ProposalId, Kept>)>,
    /// Only one is read at a time, however many wait: each takes memory.
    pub(super) one: Arc<Semaphore>,
}

impl Default for Readings {
    fn default() -> Self {
        Self { kept: Mutex::default(), one: Arc::new(Semaphore::new(1)) }
    }
}

impl Readings {
    /// The reading of a proposal that was begun, or a fresh one with what tells its end.
    pub(super) fn turn(&self, id: &ProposalId) -> (Turn, Option<watch::Sender<Option<Outcome>>>) {
        let mut kept = self.kept();
        if let Some(there) = kept.1.get(id) {
            return (there.turn.clone(), None);
        }
        let (sender, outcome) = watch::channel(None);
        let turn = Turn { progress: Arc::default(), outcome };
        kept.0 += 1;
        let begun = kept.0;
        kept.1.insert(id.clone(), Kept { turn: turn.clone(), rows: 0, begun });
        (turn, Some(sender))
    }

    /// Notes how much was read of a proposal, and makes room: the rows begun first go first.
    pub(super) fn make_room(&self, id: &ProposalId, reading: &Reading) {
        let mut kept = self.kept();
        if let Some(own) = kept.1.get_mut(id) {
            own.rows = reading.rows().max(1);
        }
        loop {
            let others = kept.1.iter().filter(|(other, one)| *other != id && one.rows > 0);
            let rows: usize = others.clone().map(|(_, one)| one.rows).sum();
            if rows <= KEPT_ROWS_MAX && kept.1.len() <= KEPT_MAX {
                return;
            }
            let first = others.min_by_key(|(_, one)| one.begun).map(|(id, _)| id.clone());
            let Some(first) = first else { return };
            kept.1.remove(&first);
        }
    }

    /// What is read, where it is at hand.
    pub(super) fn at_hand(&self, id: &ProposalId) -> Option<Arc<Reading>> {
        let kept = self.kept();
        let outcome = kept.1.get(id)?.turn.outcome.borrow().clone();
        outcome.flatten()
    }

    /// Forgets a reading.
    pub(super) fn forget(&self, id: &ProposalId) {
        self.kept().1.remove(id);
    }

    /// A panic elsewhere does not spoil the list.
    fn kept(&self) -> MutexGuard<'_, (u64, HashMap<ProposalId, Kept>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::InLanguages;

    fn faulty(rows: usize) -> Reading {
        let text = || InLanguages { kk: String::new(), ru: String::new(), en: String::new() };
        let fault =
            || CellFault { row: None, letters: None, column: None, what: text(), expected: text() };
        Reading::Faulty((0..rows).map(|_| fault()).collect())
    }

    fn read(readings: &Readings, name: &str, rows: usize) -> ProposalId {
        let id = ProposalId(name.to_owned());
        let (_, told) = readings.turn(&id);
        let reading = faulty(rows);
        readings.make_room(&id, &reading);
        told.unwrap().send(Some(Some(Arc::new(reading)))).unwrap();
        id
    }

    #[test]
    fn what_is_kept_is_bounded_by_what_it_holds_and_the_first_goes_first() {
        let readings = Readings::default();
        let half = KEPT_ROWS_MAX / 2;
        let ids = ["a", "b", "c"].map(|name| read(&readings, name, half));
        assert!(ids.iter().all(|id| readings.at_hand(id).is_some()));
        let reading = ProposalId("being read".to_owned());
        let (_turn, _told) = readings.turn(&reading);
        let large = read(&readings, "large", 2 * KEPT_ROWS_MAX);
        let at_hand = |id: &ProposalId| readings.at_hand(id).is_some();
        assert!(!at_hand(&ids[0]) && at_hand(&ids[1]) && at_hand(&large));
        let small = read(&readings, "small", 1);
        assert!(!at_hand(&ids[1]) && !at_hand(&ids[2]) && !at_hand(&large) && at_hand(&small));
        let (_, fresh) = readings.turn(&reading);
        assert!(fresh.is_none(), "what is being read stays");
        for index in 0..KEPT_MAX + 5 {
            read(&readings, &index.to_string(), 0);
        }
        assert!(readings.kept().1.len() <= KEPT_MAX);
    }
}
