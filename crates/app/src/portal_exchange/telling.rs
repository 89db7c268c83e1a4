//! What the portal does not know yet is told, and what was not delivered is told again.
//!
//! What is due follows from the request and from what was told last. Read next: `word.rs`.

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    Channel, Delivery, DeliveryNote, ExchangeProgress, NoticeKind, PortalExchange, StoreError,
    StoredRequest,
};

use super::word::TERM_PASSED;
use super::{
    LineFault, PortalDesk, PortalDocument, PortalWord, Said, Stuck, Turned, redelivery_delay,
};

/// Notices looked through for the one that the term has passed.
const NOTICES: u32 = 200;
/// Messages asked about at once.
const ASKED_AT_ONCE: u32 = 20;

impl PortalDesk {
    /// Tells what is due.
    pub(super) async fn tell(&self, exchange: &PortalExchange) -> Result<Turned, Stuck> {
        let progress = &exchange.progress;
        let now = self.service.now();
        let due = match (&progress.number, &progress.fault, &progress.waits) {
            (None, Some(code), _) => Some(PortalWord::not_registered(exchange, code)),
            (None, None, Some((state, code))) => PortalWord::kept(exchange, state, code),
            (None, None, None) => None,
            (Some(number), _, _) => {
                let stored = self.service.store().request(number).await?;
                let stored = stored.ok_or(StoreError::Corrupt("portal_exchanges.number"))?;
                let version = stored.version;
                let word = self.due(exchange, stored).await?;
                if word.is_none() {
                    let mut known = progress.clone();
                    (known.told_version, known.again) = (version, false);
                    return Ok((known, now));
                }
                word
            }
        };
        let Some(word) = due else {
            let mut known = progress.clone();
            known.again = false;
            return Ok((known, now));
        };
        let message = self.line.tell(&word).await?;
        if let (true, false, Said::Request { stored, .. }) =
            (word.is_last, progress.again, &word.said)
        {
            self.service.store().append_audit(&delivered(stored, now)).await?;
        }
        let ask_at = Some(self.service.after(redelivery_delay(0)));
        let told = word.told(progress, message, now);
        Ok((ExchangeProgress { ask_at, ..told }, now))
    }

    /// What the portal does not know yet of a request.
    async fn due(
        &self,
        exchange: &PortalExchange,
        stored: StoredRequest,
    ) -> Result<Option<PortalWord>, StoreError> {
        let progress = &exchange.progress;
        if progress.again && progress.told == TERM_PASSED {
            return Ok(Some(PortalWord::term_passed(exchange, stored)));
        }
        if progress.told_version == 0 || progress.again && progress.told_version == 1 {
            return Ok(Some(PortalWord::accepted(exchange, stored)));
        }
        if stored.state.is_final() {
            let documents = self.documents(&stored).await?;
            return Ok(Some(PortalWord::answered(exchange, stored, documents)));
        }
        if progress.overdue_told_at.is_none() && self.was_told_overdue(&stored).await? {
            return Ok(Some(PortalWord::term_passed(exchange, stored)));
        }
        let is_known = progress.told == stored.state.code() && !progress.again;
        Ok((!is_known).then(|| PortalWord::state_of(exchange, stored)))
    }

    async fn was_told_overdue(&self, stored: &StoredRequest) -> Result<bool, StoreError> {
        let notices = self.service.store().notices_of(stored.request.applicant, NOTICES).await?;
        Ok(notices
            .iter()
            .any(|one| one.number == stored.number && one.notice.kind == NoticeKind::Overdue))
    }

    async fn documents(&self, stored: &StoredRequest) -> Result<Vec<PortalDocument>, StoreError> {
        let mut documents = Vec::new();
        for result in self.service.issued(&stored.number).await? {
            let bytes = self.service.store().document(&result.id).await?;
            let bytes = bytes.ok_or(StoreError::Corrupt("sealed_documents"))?;
            let (kind, number, digest) = (result.kind, result.number, result.digest);
            documents.push(PortalDocument { kind, number, digest, bytes });
        }
        Ok(documents)
    }

    /// Asks the gateway what became of messages of which it says nothing by itself. Each is asked about until it is delivered
    /// or not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ask_deliveries(&self) -> Result<(), StoreError> {
        let now = self.service.now();
        for message in self.exchanges.deliveries_to_ask(now, ASKED_AT_ONCE).await? {
            let delivery = match self.line.delivery(&message).await {
                Ok(delivery) => Some(delivery),
                Err(LineFault(code)) => {
                    tracing::debug!(code, "the gateway does not say what became of a message");
                    None
                }
            };
            match delivery.filter(|delivery| *delivery != Delivery::OnDelivery) {
                Some(known) => self.note_delivery(&message, known).await?,
                None => {
                    let ask_at = Some(self.service.after(redelivery_delay(3)));
                    let note = DeliveryNote { message, delivery, tell_at: None, ask_at };
                    self.exchanges.note_delivery(&note).await?;
                }
            }
        }
        Ok(())
    }
}

fn delivered(stored: &StoredRequest, at: jiff::Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        actor: Actor::System,
        action: AuditAction::Delivered,
        request: Some(stored.number.clone()),
        subject: Some(stored.request.applicant),
        detail: Channel::EgovPortal.code().to_owned(),
        evidence: String::new(),
    }
}
