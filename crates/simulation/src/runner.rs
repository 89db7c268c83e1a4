//! Runs of seeds, what they found, and the shortest list that still shows it.

use crate::breach::Breach;
use crate::coverage::Coverage;
use crate::operation::{Operation, operations};
use crate::planted::Plant;
use crate::world::World;

/// Runs tried while a list is shortened.
const SHRINKING_RUNS_MAX: usize = 600;

/// What a run is made of.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Everything follows from it.
    pub seed: u64,
    /// How many operations.
    pub operations: usize,
    /// A bug put in on purpose.
    pub plant: Option<Plant>,
}

/// A run that came to what may never happen.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The run's seed.
    pub seed: u64,
    /// Place of the operation after which it was seen, from 0; the number of operations for the recovery at the end.
    pub at: usize,
    /// What.
    pub breach: Breach,
}

/// Plays a seed from beginning to end.
///
/// # Errors
/// [`Violation`].
pub fn run(run: Run) -> Result<Coverage, Box<Violation>> {
    run_operations(run, &operations(run.seed, run.operations))
}

/// Plays a list.
///
/// # Errors
/// [`Violation`].
pub fn run_operations(run: Run, operations: &[Operation]) -> Result<Coverage, Box<Violation>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime of one thread");
    runtime.block_on(async {
        let mut world = World::new(run.seed, run.plant);
        let violation =
            |at: usize| move |breach: Breach| Box::new(Violation { seed: run.seed, at, breach });
        for (at, operation) in operations.iter().enumerate() {
            world.play(*operation).await.map_err(violation(at))?;
        }
        world.recover().await.map_err(violation(operations.len()))?;
        Ok(world.coverage())
    })
}

/// The operations up to the violation without those that are not needed for it: whole stretches are left out first,
/// then single ones, as long as the same invariant breaks.
#[must_use]
pub fn shrink(run: Run, violation: &Violation) -> Vec<Operation> {
    let mut list = operations(run.seed, run.operations);
    list.truncate(violation.at.saturating_add(1));
    let breaks = |list: &[Operation]| {
        let found = run_operations(run, list).err();
        found.is_some_and(|found| found.breach.invariant == violation.breach.invariant)
    };
    let (mut stretch, mut runs) = (list.len() / 2, 0);
    while stretch > 0 && runs < SHRINKING_RUNS_MAX {
        let mut start = 0;
        while start < list.len() && runs < SHRINKING_RUNS_MAX {
            let mut shorter = list.clone();
            shorter.drain(start..list.len().min(start + stretch));
            runs += 1;
            if breaks(&shorter) {
                list = shorter;
            } else {
                start += stretch;
            }
        }
        stretch /= 2;
    }
    list
}
