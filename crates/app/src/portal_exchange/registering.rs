//! What came from the portal is submitted, or it is said why not yet and why not at all.
//!
//! Nothing is lost by waiting but time. Where the state's control of access asks the person for his consent, he is asked once
//! his signature was found good, and what he signed is registered with his yes; looking at the question carries it on, as for
//! our own pages. Read next: `telling.rs`.

use crate::consent::{AskError, ConsentStage};
use crate::ports::{Channel, Draft, ExchangeProgress, IdempotencyKey, PortalExchange, StoreError};
use crate::submit::{Submission, SubmitError, Submitted};

use super::word::{CONSENT_ASKED, CONSENT_WAITS, SIGNATURE_WAITS};
use super::{PortalDesk, Stuck, Turned};

impl PortalDesk {
    /// Submits what was sent, or says why it cannot be yet.
    pub(super) async fn register(&self, exchange: &PortalExchange) -> Result<Turned, Stuck> {
        let progress = &exchange.progress;
        let cms = progress.signature.clone().unwrap_or_default();
        // Whose signature was judged once is not judged again at each look for the answer.
        if is_asked(progress)
            && let Some(draft) = self.service.signed_draft(&cms).await?
            && let Some(turned) = self.consent(exchange, &draft).await?
        {
            return Ok(turned);
        }
        let submission = Submission {
            key: IdempotencyKey(format!("egov-portal-{}", exchange.external_id.as_str())),
            cms: cms.clone(),
            channel: Channel::EgovPortal,
            signed_in: Some(exchange.applicant),
        };
        let now = self.service.now();
        match self.service.submit(submission).await {
            Ok(
                Submitted::New(stored)
                | Submitted::Same(stored)
                | Submitted::DraftUsed(stored)
                | Submitted::Open(stored),
            ) => {
                let number = Some(stored.number);
                Ok((ExchangeProgress { number, ..judged(progress) }, now))
            }
            Err(SubmitError::Store(error)) => Err(error.into()),
            Err(SubmitError::Consent(_)) => match self.service.signed_draft(&cms).await? {
                Some(draft) => {
                    let turned = self.consent(exchange, &draft).await?;
                    // Given at this moment: the next turn registers.
                    Ok(turned.unwrap_or_else(|| (progress.clone(), now)))
                }
                None => Ok(self.ended(progress, SubmitError::DraftExpired.code())),
            },
            Err(error) if passes(&error) && !self.service.is_past(&cms).await? => {
                let (progress, next_at) = self.later(progress);
                Ok((waiting(progress, SIGNATURE_WAITS, error.code()), next_at))
            }
            Err(error) if passes(&error) => {
                Ok(self.ended(progress, SubmitError::DraftExpired.code()))
            }
            Err(error) => Ok(self.ended(progress, error.code())),
        }
    }

    /// Carries the question about the consent on; `None` where it was given. Who refuses or does not answer signed a text in
    /// which he gives it, so he has not insisted: nothing is registered, and he may sign one in which he withholds it.
    async fn consent(
        &self,
        exchange: &PortalExchange,
        draft: &Draft,
    ) -> Result<Option<Turned>, StoreError> {
        let progress = &exchange.progress;
        let now = self.service.now();
        if draft.expires_at < now {
            return Ok(Some(self.ended(progress, SubmitError::DraftExpired.code())));
        }
        let stage = match self.service.carry_consent(draft, exchange.received_at).await {
            Ok(stage) => stage,
            Err(AskError::Store(error)) => return Err(error),
            Err(AskError::DraftExpired) => {
                return Ok(Some(self.ended(progress, SubmitError::DraftExpired.code())));
            }
            Err(AskError::Wait { until }) => {
                let code = AskError::Wait { until }.code();
                return Ok(Some((waiting(progress.clone(), CONSENT_WAITS, code), until)));
            }
        };
        let soon = self.service.after(self.service.consent_pause());
        Ok(match stage {
            ConsentStage::NotNeeded | ConsentStage::Given { .. } => None,
            ConsentStage::Refused | ConsentStage::NoAnswer => {
                Some(self.ended(progress, stage.fault()))
            }
            ConsentStage::Asked { .. } => {
                Some((waiting(progress.clone(), CONSENT_ASKED, stage.fault()), soon))
            }
            ConsentStage::NotAsked
            | ConsentStage::Unheard { .. }
            | ConsentStage::Expired
            | ConsentStage::Unavailable => {
                let code = ConsentStage::Unavailable.fault();
                Some((waiting(progress.clone(), CONSENT_WAITS, code), soon))
            }
        })
    }

    fn ended(&self, progress: &ExchangeProgress, code: &str) -> Turned {
        let fault = Some(code.to_owned());
        (ExchangeProgress { fault, ..judged(progress) }, self.service.now())
    }
}

/// Whether the person's answer is waited for.
fn is_asked(progress: &ExchangeProgress) -> bool {
    let state = progress.waits.as_ref().map(|(state, _)| state.as_str());
    state == Some(CONSENT_ASKED) || state == Some(CONSENT_WAITS)
}

fn judged(progress: &ExchangeProgress) -> ExchangeProgress {
    ExchangeProgress { signature: None, waits: None, attempts: 0, ..progress.clone() }
}

/// The portal is told why, once.
fn waiting(progress: ExchangeProgress, state: &str, code: &str) -> ExchangeProgress {
    ExchangeProgress { waits: Some((state.to_owned(), code.to_owned())), ..progress }
}

/// Whether time may mend it.
fn passes(error: &SubmitError) -> bool {
    matches!(
        error,
        SubmitError::CannotTell { .. } | SubmitError::TechnicalBreak { .. } | SubmitError::Busy(_)
    )
}
