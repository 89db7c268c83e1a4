//! The journal, read on after every operation: the chain holds, no text of a row names a person, and who looked at a
//! person's data left a row that says whose.
//!
//! It remembers where it was, so that each row is looked at once. Read next: `invariants.rs` for all else.

use std::sync::Arc;

use app::testing::samples::iin;
use app::{AuditAction, AuditRow, Store, verify_chain};
use domain::Iin;

use crate::breach::{Breach, require};
use crate::sources::PEOPLE;

/// More than one operation writes.
const ALL: u32 = 1_000_000;

/// How far the journal was read.
pub(crate) struct Journal {
    store: Arc<dyn Store>,
    rows: i64,
    hash: String,
    looks: u64,
    people: Vec<String>,
}

impl Journal {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        let people = (1..=PEOPLE).map(|person| iin(person).digits()).collect();
        Self { store, rows: 0, hash: String::new(), looks: 0, people }
    }

    /// Reads what was written since.
    pub(crate) async fn look(&mut self) -> Result<(), Breach> {
        let next = self.rows + 1;
        let rows = self.store.audit_from(next, ALL).await.expect("the store is read");
        self.hash = verify_chain(&rows, next, &self.hash)
            .map_err(|fault| Breach::of("the journal is one chain", fault.to_string()))?;
        self.rows += i64::try_from(rows.len()).unwrap_or(0);
        rows.iter().try_for_each(|row| self.look_at(row))
    }

    /// How many looks at somebody's certificates and documents it tells of.
    pub(crate) fn looks(&self) -> u64 {
        self.looks
    }

    fn look_at(&mut self, row: &AuditRow) -> Result<(), Breach> {
        let is_look = [AuditAction::Checked, AuditAction::Downloaded]
            .iter()
            .any(|action| action.code() == row.action);
        require(!self.names_a_person(row), "no text of the journal names a person", || {
            row.sequence.to_string()
        })?;
        require(
            !is_look || Iin::parse(&row.subject).is_ok(),
            "a look names whose data it was",
            || row.sequence.to_string(),
        )?;
        self.looks += u64::from(is_look);
        Ok(())
    }

    /// The column `subject` is there to name the person; no other may.
    fn names_a_person(&self, row: &AuditRow) -> bool {
        let texts = [&row.actor, &row.action, &row.request, &row.detail];
        self.people.iter().any(|iin| texts.iter().any(|text| text.contains(iin.as_str())))
    }
}
