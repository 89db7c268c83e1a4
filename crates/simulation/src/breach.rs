//! Something happened that may never happen.

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant}: {detail}")]
pub struct Breach {
    /// Which, as a sentence.
    pub invariant: &'static str,
    /// What was seen; numbers of requests and codes only.
    pub detail: String,
}

impl Breach {
    /// A breach of an invariant.
    pub(crate) fn of(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self { invariant, detail: detail.into() }
    }
}

/// `Err` where the invariant does not hold.
pub(crate) fn require(
    holds: bool,
    invariant: &'static str,
    detail: impl FnOnce() -> String,
) -> Result<(), Breach> {
    if holds { Ok(()) } else { Err(Breach::of(invariant, detail())) }
}
