//! What a run came upon, counted: so that one sees that no invariant held for want of occasion.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts by group and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<(&'static str, &'static str), u64>,
}

impl Coverage {
    /// How often something came about.
    #[must_use]
    pub fn count(&self, group: &str, name: &str) -> u64 {
        let found = self.counts.iter().find(|((g, n), _)| *g == group && *n == name);
        found.map(|(_, count)| *count).unwrap_or_default()
    }

    /// Everything of a group.
    #[must_use]
    pub fn total(&self, group: &str) -> u64 {
        let of_group = self.counts.iter().filter(|((one, _), _)| *one == group);
        of_group.map(|(_, count)| count).sum()
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.counts {
            *self.counts.entry(*key).or_default() += count;
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for ((group, name), count) in &self.counts {
            if *group != last {
                writeln!(formatter, "{group}")?;
                last = group;
            }
            writeln!(formatter, "  {count:>10}  {name}")?;
        }
        Ok(())
    }
}

/// Where everybody on the stage counts.
#[derive(Clone, Default)]
pub(crate) struct Counter {
    coverage: Arc<Mutex<Coverage>>,
}

impl Counter {
    pub(crate) fn count(&self, group: &'static str, name: &'static str) {
        let mut coverage = self.coverage.lock().unwrap_or_else(PoisonError::into_inner);
        *coverage.counts.entry((group, name)).or_default() += 1;
    }

    /// How often something came about so far.
    pub(crate) fn so_far(&self, group: &'static str, name: &'static str) -> u64 {
        let coverage = self.coverage.lock().unwrap_or_else(PoisonError::into_inner);
        coverage.counts.get(&(group, name)).copied().unwrap_or_default()
    }

    pub(crate) fn read(&self) -> Coverage {
        self.coverage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
