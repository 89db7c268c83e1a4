//! Withdrawing a consent: possible at any time (Article 8(1)), for what comes after it.
//!
//! Article 8(2) forbids it where a law says so or an obligation is unfulfilled. The person owes this service nothing, so
//! nothing stands in the way; but what the law makes the operator keep (the request, its answer, its proof) stays, and
//! what was issued is as good as before. From the withdrawal on nothing new is fetched: an undecided request ends by
//! item 9.2, and checks of certificates compare nothing any more.
//!
//! Read next: `../gather.rs` and `../check.rs`, which look for it.

use domain::{ConsentKind, Iin, Number, RequestState};
use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::cabinet::RequestView;
use crate::ports::{Channel, ConsentWithdrawal, Step, StoreError, StoredRequest, Withdrawn};
use crate::service::Service;

/// What a withdrawal does to its request, at the moment of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawalEffect {
    /// It is not decided yet: it ends with the refusal of item 9.2.
    EndsRequest,
    /// It is decided and being made out: the answer still comes.
    AnswerStillComes,
    /// Certificates were issued: they stay good, and checks compare them with nothing.
    CertificatesStay,
    /// It was refused: there is nothing more to fetch.
    NothingMore,
}

impl WithdrawalEffect {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::EndsRequest => "ends_request",
            Self::AnswerStillComes => "answer_still_comes",
            Self::CertificatesStay => "certificates_stay",
            Self::NothingMore => "nothing_more",
        }
    }

    /// Every effect.
    pub const ALL: [Self; 4] =
        [Self::EndsRequest, Self::AnswerStillComes, Self::CertificatesStay, Self::NothingMore];

    /// Of a request as it stands.
    #[must_use]
    pub fn of(request: &StoredRequest) -> Self {
        match (request.state, request.step) {
            (RequestState::Granted, _) => Self::CertificatesStay,
            (RequestState::Refused, _) => Self::NothingMore,
            (RequestState::Accepted | RequestState::Checking(_), Step::Registered) => {
                Self::EndsRequest
            }
            (RequestState::Accepted | RequestState::Checking(_), _) => Self::AnswerStillComes,
        }
    }
}

/// Why nothing was withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// There is no such request of this person's.
    #[error("there is no such request")]
    Unknown,
    /// The consent was refused with the request.
    #[error("the consent was never given")]
    NeverGiven,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Withdraws the consent of a person's own request; again, it is the same withdrawal. Answers when it was.
    ///
    /// # Errors
    /// [`WithdrawError`]; then nothing was withdrawn.
    pub async fn withdraw_consent(
        &self,
        number: &Number,
        person: Iin,
        channel: Channel,
    ) -> Result<Timestamp, WithdrawError> {
        let stored = self.store().request(number).await?;
        let own = stored.filter(|stored| stored.request.applicant == person);
        let stored = own.ok_or(WithdrawError::Unknown)?;
        if !stored.request.consents.restricted_data.is_given() {
            return Err(WithdrawError::NeverGiven);
        }
        let withdrawal = ConsentWithdrawal { number: number.clone(), at: self.now(), channel };
        let audit = AuditEvent {
            at: withdrawal.at,
            actor: Actor::Applicant,
            action: AuditAction::ConsentWithdrawn,
            request: Some(number.clone()),
            subject: Some(person),
            detail: channel.code().to_owned(),
            evidence: withdrawal.digest(),
        };
        match self.store().withdraw_consent(&withdrawal, &audit).await? {
            Withdrawn::New => {
                self.forget_proofs(number).await;
                self.work.notify_one();
                Ok(withdrawal.at)
            }
            Withdrawn::Before(at) => Ok(at),
        }
    }
}

impl RequestView {
    /// Whether the consent under Article 8 stands now: it was given, and neither withdrawn nor refused afterwards.
    #[must_use]
    pub fn consent_stands(&self) -> bool {
        let is_ended = self.withdrawn_at.is_some() || self.refused_at.is_some();
        !is_ended && self.request.request.consents.restricted_data.is_given()
    }

    /// What was shown and answered of the consent under Article 8.
    #[must_use]
    pub fn restricted_consent(&self) -> Option<&domain::ConsentRecord> {
        self.consents.iter().find(|record| record.kind == ConsentKind::RestrictedData)
    }
}
