//! What an authority is trusted for. A certificate counts for a use where every authority above it does.

/// A use of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrustUse {
    /// Signatures of people.
    Signatures,
    /// Seals of documents.
    Seals,
    /// Time stamps.
    TimeStamps,
}

/// Uses an authority is trusted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TrustUses {
    signatures: bool,
    seals: bool,
    time_stamps: bool,
}

impl TrustUses {
    /// Every use.
    pub const ALL: Self = Self { signatures: true, seals: true, time_stamps: true };

    /// These uses and no others.
    #[must_use]
    pub fn of(uses: &[TrustUse]) -> Self {
        let has = |wanted| uses.contains(&wanted);
        Self {
            signatures: has(TrustUse::Signatures),
            seals: has(TrustUse::Seals),
            time_stamps: has(TrustUse::TimeStamps),
        }
    }

    /// Whether this use is among them.
    #[must_use]
    pub fn has(self, wanted: TrustUse) -> bool {
        match wanted {
            TrustUse::Signatures => self.signatures,
            TrustUse::Seals => self.seals,
            TrustUse::TimeStamps => self.time_stamps,
        }
    }
}
