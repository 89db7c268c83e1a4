//! Making a decision again from what was stored with it: the proof, years later, that the answer followed from the
//! evidence by the rules of its day.

use domain::{Decision, Number, decide};

use crate::ports::{StoreError, StoredDecision};
use crate::service::Service;

/// What a replay shows.
#[derive(Debug)]
pub enum Replayed {
    /// No such request.
    Unknown,
    /// Not decided yet.
    Undecided,
    /// Erased, with the evidence it was decided by.
    Erased,
    /// The stored evidence leads to the stored outcome.
    Same(Box<StoredDecision>),
    /// It does not: the rules changed, or somebody changed the evidence.
    Different {
        /// As stored.
        stored: Box<StoredDecision>,
        /// As decided now.
        now: Box<Decision>,
    },
}

/// Numbers given at once.
const PAGE: u32 = 1_000;

impl Service {
    /// Numbers of requests behind one, in their order, some at a time; none at the end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn numbers_after(&self, after: Option<&Number>) -> Result<Vec<Number>, StoreError> {
        self.store().numbers_after(after, PAGE).await
    }

    /// Decides a request again, from its stored evidence and at its stored moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replay(&self, number: &Number) -> Result<Replayed, StoreError> {
        let Some(request) = self.store().request(number).await? else {
            let erased = self.erased_request(number).await?;
            return Ok(erased.map_or(Replayed::Unknown, |_| Replayed::Erased));
        };
        let Some(stored) = self.store().decision(number).await? else {
            return Ok(Replayed::Undecided);
        };
        let now = decide(&request.request, &stored.evidence, stored.decided_at);
        let stored = Box::new(stored);
        if now == Decision::Answer(stored.outcome.clone()) {
            Ok(Replayed::Same(stored))
        } else {
            Ok(Replayed::Different { stored, now: Box::new(now) })
        }
    }
}
