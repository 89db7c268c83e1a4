//! What is kept of consents besides the request they were signed with: withdrawals, the register of the operator, and
//! what was asked of the state's control of access to personal data.
//!
//! A part of the store; each method is one transaction. Read next: `store.rs`, then `../consent/mod.rs`.

use std::fmt;

use async_trait::async_trait;
use domain::{ConsentRecord, Iin, Number};
use jiff::Timestamp;

use super::evidence::Fields;
use super::records::Channel;
use super::store::StoreError;
use crate::audit::AuditEvent;

/// A withdrawal of the consent under Article 8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentWithdrawal {
    /// The request the consent was given with.
    pub number: Number,
    /// When.
    pub at: Timestamp,
    /// Which way.
    pub channel: Channel,
}

impl ConsentWithdrawal {
    /// For the journal's row.
    #[must_use]
    pub fn digest(&self) -> String {
        withdrawal_digest(self.number.as_str(), self.at.as_millisecond(), self.channel.code())
    }
}

/// The digest of a withdrawal as it stands in the columns.
#[must_use]
pub fn withdrawal_digest(number: &str, at_ms: i64, channel: &str) -> String {
    Fields::default().text(number).integer(at_ms).text(channel).digest()
}

/// What became of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// Withdrawn now.
    New,
    /// It was withdrawn at this moment before; nothing was written.
    Before(Timestamp),
}

/// A consent under Article 8 as the operator's register has it.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentEntry {
    /// The request it was asked with.
    pub number: Number,
    /// Whose request.
    pub applicant: Iin,
    /// His name as his certificate has it.
    pub applicant_name: String,
    /// Which way it came.
    pub channel: Channel,
    /// When it was given or refused.
    pub decided_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// When the person, asked anew through the control of access, refused what he had given with the request.
    pub refused_at: Option<Timestamp>,
    /// What was shown and answered.
    pub record: ConsentRecord,
}

impl fmt::Debug for ConsentEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConsentEntry")
            .field("number", &self.number)
            .field("decided_at", &self.decided_at)
            .field("withdrawn_at", &self.withdrawn_at)
            .field("refused_at", &self.refused_at)
            .finish_non_exhaustive()
    }
}

/// When a consent that was given with a request was refused afterwards, of the moment of a decision that found none
/// (`Answer::Absent`): what was withdrawn before it is no refusal.
#[must_use]
pub fn refused_later(
    decided_without_at: Option<Timestamp>,
    withdrawn_at: Option<Timestamp>,
) -> Option<Timestamp> {
    decided_without_at.filter(|decided| withdrawn_at.is_none_or(|withdrawn| withdrawn > *decided))
}

/// Which entries of the register: what was given or refused with a request, or withdrawn, in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentPeriod {
    /// At this moment or later.
    pub from: Timestamp,
    /// Before this moment.
    pub until: Timestamp,
    /// Behind this entry.
    pub after: Option<(Timestamp, Number)>,
}

/// Consents beside their requests.
#[async_trait]
pub trait ConsentRegister: Send + Sync {
    /// Withdraws the consent of a request, with its journal entry: of parallel calls one is [`Withdrawn::New`]. A request
    /// that is not decided yet comes up at once, and whoever works on it commits nothing any more that was found before.
    async fn withdraw_consent(
        &self,
        withdrawal: &ConsentWithdrawal,
        audit: &AuditEvent,
    ) -> Result<Withdrawn, StoreError>;

    /// The withdrawal of a request's consent.
    async fn withdrawal_of(&self, number: &Number)
    -> Result<Option<ConsentWithdrawal>, StoreError>;

    /// A person's consents under Article 8 decided before a moment, newest first.
    async fn consents_by(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError>;

    /// Everybody's consents under Article 8 of a period, those given or refused the earliest first; what was given before and
    /// withdrawn in the period is among them.
    async fn consents_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError>;
}
