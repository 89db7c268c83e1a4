//! What can be done for a caller besides telling him: sending the notice again that his answer is ready, and writing down a
//! fault he tells of.

use domain::{Answer, Iin, Number, clean_text};
use jiff::{SignedDuration, Timestamp};

use super::{CallDesk, CallError, CallerState};
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    CallerActKind, FaultReport, FaultReportKind, Notice, NoticeKind, StoreError, StoredNotice,
};
use crate::service::Service;
use crate::staff::{Permit, acts};

/// Longest words of a report, in characters.
pub const FAULT_WORDS_MAX: usize = 500;
/// Digits in one run from which on they may be a person's number.
const LONG_NUMBER: usize = 6;
/// How far back reports are shown and counted.
const REPORTS_SPAN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Reports shown.
const REPORTS_MAX: u32 = 200;

/// What became of a notice sent again. It stands in the cabinet in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentAgain {
    /// And on the telephone?
    pub sms: SmsOutcome,
}

/// What becomes of the message to the person's telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsOutcome {
    /// It lies in the outbox and goes out as soon as the gateway takes it.
    Queued,
    /// No number is connected to the person.
    NoNumber,
    /// This installation sends none.
    NotOffered,
}

impl SmsOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Queued, Self::NoNumber, Self::NotOffered];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::NoNumber => "no_number",
            Self::NotOffered => "not_offered",
        }
    }
}

impl Service {
    /// Tells the person again, in his cabinet and by the messages that go out with each notice (`outbox`), that the answer is
    /// ready.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn send_notice_again(
        &self,
        desk: &CallDesk,
        number: &Number,
    ) -> Result<SentAgain, CallError> {
        let stored = self.request_of_call(number).await?;
        if CallerState::of(stored.state) != CallerState::Answered {
            return Err(CallError::NotReady);
        }
        let person = stored.request.applicant;
        self.act(desk, CallerActKind::SentAgain, person, Some(number)).await?;
        Ok(SentAgain { sms: self.sms_to(person).await })
    }

    /// The caller hears at once where no number is connected; a base that does not answer now is asked again by the messenger.
    async fn sms_to(&self, person: Iin) -> SmsOutcome {
        let sms = self.parts.one_time_passwords.as_ref().filter(|sms| sms.notices);
        let Some(sms) = sms else { return SmsOutcome::NotOffered };
        match sms.base.number_of(person).await {
            Answer::Known(_) | Answer::Unavailable => SmsOutcome::Queued,
            Answer::Absent => SmsOutcome::NoNumber,
        }
    }

    /// Writes a fault down that a caller told of.
    ///
    /// # Errors
    /// [`CallError::Words`] where there are none or a long number is among them; the store's.
    pub async fn report_fault(
        &self,
        desk: &CallDesk,
        kind: FaultReportKind,
        words: &str,
    ) -> Result<(), CallError> {
        let words = clean_text(words);
        let count = words.chars().count();
        if count == 0 || count > FAULT_WORDS_MAX || has_long_number(&words) {
            return Err(CallError::Words);
        }
        let at = self.now();
        let report = FaultReport {
            id: self.parts.ids.token(),
            at,
            operator: desk.operator.clone(),
            line: desk.line,
            kind,
            words,
        };
        let audit = AuditEvent {
            at,
            actor: Actor::ContactCentre,
            action: AuditAction::FaultReported,
            request: None,
            subject: None,
            detail: kind.code().to_owned(),
            evidence: String::new(),
        };
        Ok(self.store().put_fault_report(&report, &audit).await?)
    }

    /// Faults reported in the last thirty days, newest first, and how many of each kind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reported_faults(
        &self,
        _permit: &Permit<acts::ReadFaults>,
    ) -> Result<(Vec<FaultReport>, Vec<(FaultReportKind, u64)>), StoreError> {
        let since = self.reports_since();
        let counts = self.store().fault_counts(since).await?;
        Ok((self.store().fault_reports(since, REPORTS_MAX).await?, counts))
    }

    /// How many there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_faults(
        &self,
        _permit: &Permit<acts::ReadFaults>,
    ) -> Result<u64, StoreError> {
        let counts = self.store().fault_counts(self.reports_since()).await?;
        Ok(counts.into_iter().map(|(_, count)| count).sum())
    }

    fn reports_since(&self) -> Timestamp {
        self.now().checked_sub(REPORTS_SPAN).unwrap_or(Timestamp::MIN)
    }

    /// What a person was told again on a caller's wish, as notices.
    pub(crate) async fn notices_again(
        &self,
        person: Iin,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        let sent = self.store().notices_sent_again(person, limit).await?;
        let notice = |(number, at)| StoredNotice {
            number,
            notice: Notice { kind: NoticeKind::AnsweredAgain, at },
        };
        Ok(sent.into_iter().map(notice).collect())
    }
}

/// Whether digits stand together, perhaps with spaces or hyphens between them, as in an IIN or a number of a telephone.
fn has_long_number(words: &str) -> bool {
    let mut run = 0_usize;
    for character in words.chars() {
        if character.is_numeric() {
            run = run.saturating_add(1);
        } else if !matches!(character, ' ' | '-' | '(' | ')' | '.') {
            run = 0;
        }
        if run >= LONG_NUMBER {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_noticed_however_they_are_written() {
        for words in ["800101300016", "ИИН 8001 0130 0016", "+7 (701) 111-22-33", "8-701-111"] {
            assert!(has_long_number(words), "{words}");
        }
        for words in ["ошибка 503", "с 10:30 до 11:15", "NCALayer 1.4, Windows 11", ""] {
            assert!(!has_long_number(words), "{words}");
        }
    }
}
