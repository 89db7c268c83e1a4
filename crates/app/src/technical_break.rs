//! Technical breaks for repair work: the one exception item 7 of the list makes from service around the clock.
//!
//! The clock rule: a break stops no clock, because the law names none that would. So it is announced earlier than
//! the term of item 3 is long, nothing new is registered while it lasts, and what was registered before keeps its
//! term and is worked on as long as anything runs.

use domain::LegalClock;
use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{Exception, StoreError, StoredNotice, TechnicalBreak};
use crate::service::Service;

/// Notices shown at once.
const NOTICES_PAGE: u32 = 100;
/// Exceptions on a page; a page is longer where several people were told at its last moment.
pub const EXCEPTIONS_PAGE: u32 = 100;

/// What an operator announces.
#[derive(Clone, Debug)]
pub struct BreakOrder {
    /// Its beginning.
    pub starts_at: Timestamp,
    /// Its planned end.
    pub ends_at: Timestamp,
    /// What is repaired, in Kazakh.
    pub reason_kk: String,
    /// What is repaired, in Russian.
    pub reason_ru: String,
    /// What is repaired, in English.
    pub reason_en: String,
}

/// Why a break was not announced.
#[derive(Debug, thiserror::Error)]
pub enum BreakError {
    /// It must end after it begins.
    #[error("a technical break must end after it begins")]
    EndsBeforeItStarts,
    /// Whoever asks now could be caught by it.
    #[error(
        "a technical break is announced at least 30 minutes before it begins, the term of item 3"
    )]
    TooSoon,
    /// Each language needs its text.
    #[error("the reason is needed in Kazakh, Russian and English")]
    ReasonMissing,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Service {
    /// Announces a break: from now on the portal, the API and 1414 tell of it.
    ///
    /// # Errors
    /// [`BreakError`].
    pub async fn announce_break(&self, order: BreakOrder) -> Result<TechnicalBreak, BreakError> {
        let announced_at = self.now();
        if order.ends_at <= order.starts_at {
            return Err(BreakError::EndsBeforeItStarts);
        }
        if order.starts_at < LegalClock::start(announced_at).due_at {
            return Err(BreakError::TooSoon);
        }
        let reasons = [&order.reason_kk, &order.reason_ru, &order.reason_en];
        if reasons.into_iter().any(|reason| reason.trim().is_empty()) {
            return Err(BreakError::ReasonMissing);
        }
        let planned = TechnicalBreak {
            id: self.parts.ids.token(),
            starts_at: order.starts_at,
            ends_at: order.ends_at,
            reason_kk: order.reason_kk,
            reason_ru: order.reason_ru,
            reason_en: order.reason_en,
            announced_at,
            withdrawn_at: None,
        };
        let evidence = planned.digest();
        let audit = break_event(AuditAction::BreakAnnounced, announced_at, &planned.id);
        let audit = AuditEvent { evidence, ..audit };
        self.store().put_break(&planned, &audit).await?;
        Ok(planned)
    }

    /// Takes a break back, or ends one that runs. `false` where there is none of this id that still stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdraw_break(&self, id: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let audit = break_event(AuditAction::BreakWithdrawn, now, id);
        self.store().withdraw_break(id, now, &audit).await
    }

    /// Breaks that run or are announced, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn breaks(&self) -> Result<Vec<TechnicalBreak>, StoreError> {
        let mut breaks = self.store().breaks_after(self.now()).await?;
        breaks.retain(|one| one.withdrawn_at.is_none());
        Ok(breaks)
    }

    /// The break that runs now.
    pub(crate) async fn running_break(&self) -> Result<Option<TechnicalBreak>, StoreError> {
        let now = self.now();
        let breaks = self.breaks().await?;
        Ok(breaks.into_iter().find(|one| one.starts_at <= now))
    }

    /// A person's notices, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notices_of(
        &self,
        applicant: domain::Iin,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        let mut notices = self.store().notices_of(applicant, NOTICES_PAGE).await?;
        notices.extend(self.repair_notices(applicant, NOTICES_PAGE).await?);
        notices.extend(self.annulment_notices(applicant, NOTICES_PAGE).await?);
        notices.extend(self.notices_again(applicant, NOTICES_PAGE).await?);
        notices.extend(self.recourse_notices(applicant, NOTICES_PAGE).await?);
        notices.sort_by_key(|one| std::cmp::Reverse(one.notice.at));
        notices.truncate(usize::try_from(NOTICES_PAGE).unwrap_or(usize::MAX));
        Ok(notices)
    }

    /// Requests not answered in time, the last told first: the exception list of the departments.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn exceptions(
        &self,
        before: Option<Timestamp>,
    ) -> Result<Vec<Exception>, StoreError> {
        self.store().exceptions(before, EXCEPTIONS_PAGE).await
    }
}

fn break_event(action: AuditAction, at: Timestamp, id: &str) -> AuditEvent {
    let (detail, evidence) = (id.to_owned(), String::new());
    AuditEvent {
        at,
        actor: Actor::Operator,
        action,
        request: None,
        subject: None,
        detail,
        evidence,
    }
}
