//! What a verification tells.

use domain::Number;
use jiff::Timestamp;

use crate::audit::AuditFault;

/// What is not as the journal says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntegrityFault {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] AuditFault),
    /// The journal does not end where its head says: rows were cut off or added.
    #[error("the journal ends at row {last}, its head says {head}")]
    Head {
        /// Last row found.
        last: i64,
        /// Row of the head.
        head: i64,
    },
    /// The row of a root has another hash, or is missing.
    #[error("the journal is not the one whose root was taken on {0}")]
    Root(String),
    /// A root that was kept elsewhere is missing or another one, or bears another stamp.
    #[error("the root of {0} is not the one that was kept elsewhere")]
    KeptRoot(String),
    /// A root's stamp is not good.
    #[error("the stamp of {day} is not good: {code}")]
    Stamp {
        /// Day of the root.
        day: String,
        /// Stable code.
        code: &'static str,
    },
    /// The journal tells of requests the store does not have, or the other way round.
    #[error("the journal tells of {journal} registrations, the store has {stored} requests")]
    Requests {
        /// Rows in the journal.
        journal: u64,
        /// Requests stored.
        stored: u64,
    },
    /// What is stored of a request is not what the journal says of it.
    #[error("request {number}: {part} is not what the journal says")]
    Request {
        /// Its number.
        number: Number,
        /// What differs.
        part: &'static str,
    },
    /// What is left of an erased request is not what its certificate says, or it has none, or something is left that had to go.
    #[error("request {0} was not erased as its certificate says")]
    Erased(Number),
    /// What a certificate of erasure vouches for is not there any more, or is something else.
    #[error("what was erased by row {0} of the journal is not what that row says")]
    Erasure(i64),
    /// A technical break is not as it was announced or taken back, or the journal knows of none.
    #[error("the technical break {0} is not as it was announced or taken back")]
    Break(String),
    /// What was proposed about somebody who serves, or decided of it, is not what the journal says, or it knows of none.
    #[error("appointment {0} is not what the journal says")]
    Appointment(String),
    /// The classes numbers are drawn from are not the first and those of the restorations the journal tells of.
    #[error("the classes of numbers are not those of the restorations the journal tells of")]
    NumberClasses,
    /// A version of the forms is not as it was proposed, released or closed, or the journal knows of none.
    #[error("the form {0} is not as it was proposed, released or closed")]
    Form(String),
    /// What an import brought is not what the journal says, or the journal knows of none.
    #[error("import {0} is not what the journal says")]
    Import(i64),
    /// Data bank records whose present version is not their last or cannot be read, or versions that no import brought.
    #[error("{0} records of the data bank are not what their versions and imports say")]
    Records(u64),
}

/// What is as the journal says, but does not prove as much as it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntegrityDoubt {
    /// A root's stamp cannot be judged now.
    #[error("the stamp of {day} cannot be checked now: {code}")]
    StampUnknown {
        /// Day of the root.
        day: String,
        /// Stable code.
        code: &'static str,
    },
    /// A root was stamped at another time than when its day ended: the journal could have been written anew before.
    #[error("the root of {day} was stamped at {stamped_at} only, not when its day had ended")]
    StampedElsewhen {
        /// Day of the root.
        day: String,
        /// Time of the authority.
        stamped_at: Timestamp,
    },
    /// A day ended long ago, an authority is configured, and the root has no stamp.
    #[error("the root of {0} has no stamp, although its day ended long ago")]
    NotStamped(String),
    /// Rows were emptied that no root had covered before: nothing but the database itself says what they were.
    #[error("row {0} of the journal erased what no root had covered before")]
    ErasedUncovered(i64),
}

/// What a verification has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// Journal rows.
    pub rows: u64,
    /// Last hash of the journal.
    pub last_hash: String,
    /// Requests compared with the journal.
    pub requests: u64,
    /// Requests registered before digests were kept: their chain and what needs no digest.
    pub without_digests: u64,
    /// Requests that were erased as their certificates say.
    pub erased: u64,
    /// Rows of the journal that were emptied with them.
    pub emptied_rows: u64,
    /// Roots with a good stamp.
    pub stamped_roots: u64,
    /// Roots the authority has not stamped yet.
    pub unstamped_roots: u64,
    /// Roots that are as they were kept elsewhere.
    pub kept_roots: u64,
    /// Imports compared with the journal.
    pub imports: u64,
    /// Imports from before digests were kept, of which the journal knows nothing.
    pub imports_without_digests: u64,
    /// Everything found that is not as the journal says.
    pub faults: Vec<IntegrityFault>,
    /// Everything that proves less than it should.
    pub doubts: Vec<IntegrityDoubt>,
}

impl IntegrityReport {
    /// Notes a fault down once, however often it is come upon.
    pub(super) fn find(&mut self, fault: IntegrityFault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}
