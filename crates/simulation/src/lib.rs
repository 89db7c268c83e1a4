//! The service under a seeded world: its own use cases run over ports in memory, while time jumps, sources fail or
//! lie, workers crash or lose their leases, and people submit twice. After each operation the state of the store is
//! held against what may never happen.
//!
//! Knows no database and no wire; the stores have their own contract suites and drills. The same seed gives the same
//! run. Read next: `operation.rs` for what may happen, `invariants.rs` for what may not, `world.rs` for the stage.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a simulation whose own stage is broken must stop where it is"
)]

mod breach;
mod coverage;
mod decisions;
mod documents;
mod errand;
mod facts;
mod gate;
mod invariants;
mod journal;
mod node;
mod operation;
mod outcome;
mod planted;
mod recovery;
mod runner;
mod sources;
mod submissions;
mod watched_attempts;
mod watched_callers;
mod watched_calls;
mod watched_case_files;
mod watched_consents;
mod watched_erasures;
mod watched_figures;
mod watched_forms;
mod watched_operations;
mod watched_people;
mod watched_recourses;
mod watched_store;
mod weather;
mod world;

pub use breach::Breach;
pub use coverage::Coverage;
pub use facts::{Asked, Fact};
pub use operation::{Hold, Manner, Operation, operations};
pub use planted::Plant;
pub use runner::{Run, Violation, run, run_operations, shrink};
pub use weather::Mood;
