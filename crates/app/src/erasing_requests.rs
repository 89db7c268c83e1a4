//! Erasing answered requests: evidence of decisions that has been kept for as long as the operator set (adr 41). What is left of each is
//! that it was, how it ended, and by which digests its documents are known again; the journal has a certificate of it.
//!
//! The law at hand sets no term. People's requests are kept for ever where the operator sets none either; those of the prober's
//! synthetic people, who are nobody, go after a month. Read next: `ports/erased.rs`, `integrity/erased.rs`.

use std::collections::BTreeSet;

use domain::{ASTANA_OFFSET, DocumentContent, Number, comes_of_age_on};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::audit::Actor;
use crate::erasing::{BATCHES_MAX, KEPT_DAYS_MIN};
use crate::evidence::{RegistrationColumns, RequestColumns};
use crate::ports::{
    Asker, Erasable, ErasedRequest, RequestErasure, Step, StoreError, StoredEvidence,
};
use crate::service::Service;

/// Requests erased at a time: each takes a dozen tables.
const BATCH: u32 = 50;
/// What cannot be read is looked at again after this.
const UNREAD_WAITS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One erased request, as it is exported to be erased again from a backup that is older.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureLine {
    /// Its number.
    pub number: Number,
    /// When it was erased.
    pub erased_at: Timestamp,
}

/// What came of erasing again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErasedAgain {
    /// Erased now.
    pub erased: u64,
    /// Those that were erased already, or that are not here at all.
    pub nothing_left: u64,
    /// Those that are here and may not be erased: the older state has them without an answer, or with something open.
    pub open: Vec<Number>,
}

impl Service {
    /// Answered requests whose time is over.
    pub(crate) async fn erase_requests_of(&self, asker: Asker) -> Result<u64, StoreError> {
        let Some(days) = self.settings().retention.request_days(asker) else { return Ok(0) };
        let kept = days_long(days);
        let at = self.now();
        let Ok(before) = at.checked_sub(kept) else { return Ok(0) };
        let (mut erased, mut behind) = (0, Timestamp::MIN);
        for _ in 0..BATCHES_MAX {
            let wanted = Erasable { asker, behind, before, at, limit: BATCH };
            let page = self.store().erasable(&wanted).await?;
            let Some((_, last)) = page.last() else { break };
            // Others may have been answered at that very moment.
            behind = last.checked_sub(SignedDuration::from_millis(1)).unwrap_or(*last);
            let is_last = page.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
            let numbers = match asker {
                Asker::Synthetic => page.into_iter().map(|(number, _)| number).collect(),
                Asker::Person => self.over(page, kept, before).await?,
            };
            let actor = Actor::System;
            let erasure = RequestErasure { numbers, before, at, actor };
            erased += self.erase_or_pass(erasure).await?;
            if is_last {
                break;
            }
        }
        Ok(erased)
    }

    /// One that cannot be read keeps no other from going; a store that is away does.
    async fn erase_or_pass(&self, erasure: RequestErasure) -> Result<u64, StoreError> {
        if erasure.numbers.is_empty() {
            return Ok(0);
        }
        let whole = self.store().erase_requests(&erasure).await;
        if !matches!(whole, Err(StoreError::Corrupt(_))) {
            return whole;
        }
        let mut erased = 0;
        for number in &erasure.numbers {
            let one = RequestErasure { numbers: vec![number.clone()], ..erasure };
            match self.store().erase_requests(&one).await {
                Err(error @ StoreError::Corrupt(_)) => log_unread(number, &error),
                done => erased += done?,
            }
        }
        Ok(erased)
    }

    /// Those of which no certificate was in force within the time; the others wait. One that cannot be read waits for a week: somebody
    /// must see to it, and it keeps none behind it from going.
    async fn over(
        &self,
        page: Vec<(Number, Timestamp)>,
        kept: SignedDuration,
        before: Timestamp,
    ) -> Result<Vec<Number>, StoreError> {
        let (mut over, mut waits) = (Vec::new(), Vec::new());
        for (number, _) in page {
            let until = match self.in_force_until(&number).await {
                Err(error @ StoreError::Corrupt(_)) => {
                    log_unread(&number, &error);
                    waits.push((number, self.after(UNREAD_WAITS)));
                    continue;
                }
                until => until?,
            };
            match until.filter(|until| *until >= before) {
                Some(until) => {
                    waits.push((number, until.checked_add(kept).unwrap_or(Timestamp::MAX)));
                }
                None => over.push(number),
            }
        }
        if !waits.is_empty() {
            self.store().wait_to_erase(&waits).await?;
        }
        Ok(over)
    }

    /// When the last of a request's certificates ends: with its annulment, or when its ward comes of age, before which a certificate may
    /// be shown to somebody any day. `None` where there is no certificate.
    async fn in_force_until(&self, number: &Number) -> Result<Option<Timestamp>, StoreError> {
        let mut last = None;
        for result in self.store().results_of(number).await? {
            let DocumentContent::Certificate(certificate) = &result.planned.content else {
                continue;
            };
            let until = match self.store().annulled_at(&result.planned.id).await? {
                Some(at) => at,
                None => {
                    let day = comes_of_age_on(certificate.ward_birth_date);
                    let start = day.to_datetime(Time::midnight());
                    ASTANA_OFFSET.to_timestamp(start).unwrap_or(Timestamp::MAX)
                }
            };
            last = last.max(Some(until));
        }
        Ok(last)
    }

    /// For how many days people's answered requests are kept; `None` where for ever.
    #[must_use]
    pub fn requests_kept_days(&self) -> Option<u32> {
        self.settings().retention.request_days(Asker::Person)
    }

    /// What is left of a request that was erased.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erased_request(
        &self,
        number: &Number,
    ) -> Result<Option<ErasedRequest>, StoreError> {
        Ok(self.store().erased_requests(std::slice::from_ref(number)).await?.pop())
    }

    /// Erased requests among these, to be kept beside backups.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erasure_lines(&self, numbers: &[Number]) -> Result<Vec<ErasureLine>, StoreError> {
        let erased = self.store().erased_requests(numbers).await?;
        let line =
            |one: ErasedRequest| ErasureLine { number: one.number, erased_at: one.erased_at };
        Ok(erased.into_iter().map(line).collect())
    }

    /// Erases again what had been erased when a backup was restored that is older than the erasure.
    ///
    /// # Errors
    /// [`StoreError`]; what was erased stays so.
    pub async fn erase_again(&self, lines: &[ErasureLine]) -> Result<ErasedAgain, StoreError> {
        let mut came = ErasedAgain::default();
        let at = self.now();
        let before = at.checked_sub(days_long(KEPT_DAYS_MIN)).unwrap_or(Timestamp::MIN);
        let numbers: BTreeSet<&Number> = lines.iter().map(|line| &line.number).collect();
        let numbers: Vec<Number> = numbers.into_iter().cloned().collect();
        for some in numbers.chunks(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
            let mut here = Vec::new();
            for number in some {
                match self.store().request(number).await? {
                    Some(_) => here.push(number.clone()),
                    None => came.nothing_left += 1,
                }
            }
            if here.is_empty() {
                continue;
            }
            let actor = Actor::Operator;
            let erasure = RequestErasure { numbers: here.clone(), before, at, actor };
            came.erased += self.store().erase_requests(&erasure).await?;
            for number in here {
                if self.store().request(&number).await?.is_some() {
                    came.open.push(number);
                }
            }
        }
        Ok(came)
    }
}

/// The digests of what is stored of an erased request: an answer without documents to a request without anything asked.
pub(crate) fn erased_evidence(left: &ErasedRequest) -> StoredEvidence {
    let columns = RequestColumns {
        registration: RegistrationColumns {
            number: left.number.as_str(),
            applicant: "",
            applicant_name: "",
            request: "",
            accepted_at: left.accepted_at.as_millisecond(),
            due_at: left.due_at.as_millisecond(),
            channel: left.channel.code(),
            document: &[],
            cms: &[],
            signature_evidence: "",
            idempotency_key: "",
            body_digest: "",
        },
        consents: Vec::new(),
        decision: None,
        answers: Vec::new(),
        state: left.state.code(),
        version: left.version,
        ended_at: Some(left.ended_at.as_millisecond()),
        step: Step::Issued.code(),
        notices: Vec::new(),
        alarmed_percent: None,
        withdrawal: None,
        case: Vec::new(),
        recourses: Vec::new(),
    };
    columns.evidence(&left.number)
}

fn log_unread(number: &Number, error: &StoreError) {
    tracing::error!(request = %number, %error, "an answered request cannot be erased");
}

fn days_long(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}
