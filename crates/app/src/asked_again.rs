//! What a refused request would come to, were it asked again now: by everything that would decide it, and without asking
//! anybody about a person whose consent does not stand.
//!
//! Decides nothing and writes nothing. Read next: `repairs.rs`, which tells refused people, and `recourse/seat.rs`, which shows
//! it to a reviewer.

use domain::{Answer, Decision, Evidence, GuardianRecord, Iin, Outcome, RequestState, decide};

use crate::ports::{Reply, StoreError, StoredRequest};
use crate::service::Service;

/// What the same request would come to, were it asked again now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedAgain {
    /// A certificate.
    Granted,
    /// A refusal.
    Refused,
    /// Nobody looks: the consent to look was withdrawn.
    ConsentWithdrawn,
    /// Nobody here can tell: the data bank is elsewhere, or what is recorded contradicts itself.
    Unclear,
    /// A source was silent: it can be told once it answers.
    Unheard,
}

impl AskedAgain {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Granted, Self::Refused, Self::ConsentWithdrawn, Self::Unclear, Self::Unheard];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::Unclear => "unclear",
            Self::Unheard => "unheard",
        }
    }
}

impl Service {
    /// Whether it is certain that the same request would be granted now.
    pub(crate) async fn would_be_granted(
        &self,
        stored: &StoredRequest,
    ) -> Result<bool, StoreError> {
        Ok(self.asked_again(stored).await? == AskedAgain::Granted)
    }

    /// What the same request would come to now, by all that would decide it: the registry, and the register of natural
    /// persons where one stands beside it. That is asked only about somebody whom the registry alone would let have a
    /// certificate. Without a consent that stands nothing is looked up.
    pub(crate) async fn asked_again(
        &self,
        stored: &StoredRequest,
    ) -> Result<AskedAgain, StoreError> {
        if self.store().withdrawal_of(&stored.number).await?.is_some() {
            return Ok(AskedAgain::ConsentWithdrawn);
        }
        if !self.parts.data_bank.is_registry_here() {
            return Ok(AskedAgain::Unclear);
        }
        let applicant = stored.request.applicant;
        let missing = self.missing_wards(stored).await?;
        let own = self.desk().guardian_record(applicant).await?;
        let own = own.map_or(Answer::Absent, Answer::Known);
        let by_registry = self.would_come_to(stored, &missing, own);
        if by_registry != AskedAgain::Granted {
            return Ok(by_registry);
        }
        Ok(match self.parts.data_bank.guardian(applicant).await {
            Reply::Silent => AskedAgain::Unheard,
            reply => self.would_come_to(stored, &missing, reply.answer()),
        })
    }

    /// The wards a request that was granted in part was refused for; more of it must be granted to be worth asking again.
    async fn missing_wards(&self, stored: &StoredRequest) -> Result<Vec<Iin>, StoreError> {
        if stored.state != RequestState::Granted {
            return Ok(Vec::new());
        }
        let before = self.store().decision(&stored.number).await?;
        Ok(match before.map(|one| one.outcome) {
            Some(Outcome::Granted { without_record, .. }) => without_record,
            Some(Outcome::Refused { .. }) | None => Vec::new(),
        })
    }

    fn would_come_to(
        &self,
        stored: &StoredRequest,
        missing: &[Iin],
        record: Answer<GuardianRecord>,
    ) -> AskedAgain {
        let now = self.now();
        let evidence = Evidence {
            consent: Answer::Known(stored.request.consents),
            data_bank: Some(record),
            data_bank_asked_at: Some(now),
        };
        match decide(&stored.request, &evidence, now) {
            Decision::Answer(Outcome::Granted { without_record, .. })
                if missing.is_empty()
                    || missing.iter().any(|ward| !without_record.contains(ward)) =>
            {
                AskedAgain::Granted
            }
            Decision::Answer(_) => AskedAgain::Refused,
            Decision::AskDataBank | Decision::Wait(_) => AskedAgain::Unclear,
        }
    }
}
