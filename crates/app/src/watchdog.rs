//! The watchdog of the legal clock: raises alarms at 50, 80 and 95 percent of the term, and past it tells the
//! applicant what the law says to that. It also removes what expired, erases what has been kept for long enough, has the journal's days stamped, and tells when a
//! seal's certificate nears its end.
//!
//! Any number of nodes may run one: each alarm, notice and root is written once, the store holds that.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::{Alarm, astana_date};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::watch;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{JournalRoot, Notice, NoticeKind, OpenRequest, StampError, StoreError};
use crate::seal_alarms::{SealAlarm, SealCover, ToldSealAlarms};
use crate::service::Service;

/// Time between two rounds.
const ROUND: Duration = Duration::from_secs(5);
/// Requests looked at with one question to the store.
const PAGE: u32 = 200;
/// How often what has expired is removed and roots are looked after.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Goes its rounds until told to stop.
pub struct Watchdog {
    service: Arc<Service>,
}

impl Watchdog {
    /// A watchdog of a service.
    #[must_use]
    pub fn new(service: Arc<Service>) -> Self {
        Self { service }
    }

    /// Goes its rounds until `stop` ends; a round that was begun is finished. A fault of the store is logged and the next
    /// round tries again. An authority that does not answer holds up the stamps, but no alarm and no end.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        let (ending, ended) = watch::channel(());
        let until_stop = async move {
            stop.await;
            drop(ending);
        };
        tokio::join!(until_stop, self.keep_time(ended.clone()), self.keep_tidy(ended));
    }

    async fn keep_time(&self, mut ended: watch::Receiver<()>) {
        loop {
            if let Err(error) = self.service.raise_alarms().await {
                tracing::error!(%error, "the watchdog cannot reach the store");
            }
            if let Err(error) = self.service.look_after_recourses().await {
                tracing::error!(%error, "reviews and complaints wait for the store");
            }
            if is_over(&mut ended, ROUND).await {
                return;
            }
        }
    }

    async fn keep_tidy(&self, mut ended: watch::Receiver<()>) {
        let (mut stamped_on, mut told) = (None, ToldSealAlarms::default());
        let (mut calendar_told_on, mut erased_on) = (None, None);
        loop {
            self.tell_seals(&mut told);
            self.tell_calendar(&mut calendar_told_on);
            if let Err(error) = self.service.store().remove_expired(self.service.now()).await {
                tracing::warn!(%error, "what has expired stays for now");
            }
            self.look_after_records().await;
            self.erase(&mut erased_on).await;
            tokio::select! {
                biased;
                _ = ended.changed() => return,
                () = self.stamp(&mut stamped_on) => {}
            }
            if is_over(&mut ended, TIDY_EVERY).await {
                return;
            }
        }
    }

    /// Once a day, where nothing stands in the way.
    async fn erase(&self, erased_on: &mut Option<Date>) {
        let today = astana_date(self.service.now());
        if *erased_on == Some(today) {
            return;
        }
        match self.service.erase_outdated().await {
            Ok(erased) => {
                *erased_on = Some(today);
                if erased > 0 {
                    tracing::info!(erased, "what had been kept for long enough was erased");
                }
            }
            Err(error) => tracing::warn!(%error, "what is outdated is erased later"),
        }
    }

    /// Keys of records that a program without keys wrote, and people whose records are there by now.
    async fn look_after_records(&self) {
        if let Err(error) = self.service.write_missing_keys().await {
            tracing::warn!(%error, "keys of records are missing for now");
        }
        match self.service.tell_repaired().await {
            Ok(0) => {}
            Ok(told) => {
                tracing::info!(told, "refused people were told that their records are there")
            }
            Err(error) => {
                tracing::warn!(%error, "refused people are told of repaired records later")
            }
        }
    }

    /// Before anything of this round that may fail or wait.
    fn tell_seals(&self, told: &mut ToldSealAlarms) {
        let terms = self.service.seal_terms();
        told.due(&terms, self.service.now()).iter().for_each(log_seal_alarm);
    }

    /// Once a day, while a term may run into a year whose working days nobody entered.
    fn tell_calendar(&self, told_on: &mut Option<Date>) {
        let today = astana_date(self.service.now());
        if *told_on == Some(today) {
            return;
        }
        *told_on = Some(today);
        if let Some(year) = self.service.missing_calendar_year() {
            tracing::warn!(
                year,
                "the calendar of working days lacks a year: weekends and fixed holidays count"
            );
        }
    }

    /// The days that have ended, once a day where nothing stands in the way.
    async fn stamp(&self, stamped_on: &mut Option<Date>) {
        let today = astana_date(self.service.now());
        if *stamped_on == Some(today) {
            return;
        }
        match self.service.stamp_roots().await {
            Ok(()) => *stamped_on = Some(today),
            Err(error) => tracing::warn!(%error, "a day of the journal has no stamp yet"),
        }
    }
}

/// Waits for the next round; `true` where the word to end came first.
async fn is_over(ended: &mut watch::Receiver<()>, pause: Duration) -> bool {
    tokio::time::timeout(pause, ended.changed()).await.is_ok()
}

/// Why a root has no stamp yet.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The authority.
    #[error(transparent)]
    Stamp(#[from] StampError),
}

impl Service {
    /// Raises every alarm that is due now, the gravest of each request only. Returns how many were raised.
    ///
    /// # Errors
    /// [`StoreError`]; what was raised stays.
    pub async fn raise_alarms(&self) -> Result<u64, StoreError> {
        let mut raised = 0;
        for alarm in Alarm::ALL.into_iter().rev() {
            raised += self.raise(alarm).await?;
        }
        Ok(raised)
    }

    async fn raise(&self, alarm: Alarm) -> Result<u64, StoreError> {
        let mut raised = 0;
        loop {
            let now = self.now();
            let due_before = now.checked_add(alarm.left()).unwrap_or(Timestamp::MAX);
            let open = self.store().open_requests(alarm, due_before, PAGE).await?;
            let deserving = open.iter().filter(|one| one.clock.alarm_at(now) >= Some(alarm));
            let before = raised;
            for request in deserving {
                raised += u64::from(self.raise_or_pass(request, alarm).await?);
            }
            // A full page of which nothing was raised would come back for ever.
            if open.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) || raised == before {
                return Ok(raised);
            }
        }
    }

    /// One request that cannot be written keeps no other from being told; a store that is away does.
    async fn raise_or_pass(&self, request: &OpenRequest, alarm: Alarm) -> Result<bool, StoreError> {
        match self.raise_alarm(request, alarm).await {
            Err(error @ StoreError::Corrupt(_)) => {
                tracing::error!(request = %request.number, %error, "an alarm cannot be raised");
                Ok(false)
            }
            raised => raised,
        }
    }

    /// Raises one alarm; `false` where it was raised before.
    pub(crate) async fn raise_alarm(
        &self,
        request: &OpenRequest,
        alarm: Alarm,
    ) -> Result<bool, StoreError> {
        let (notice, audit) = words(request, alarm, self.now());
        let raised = self.store().raise_alarm(&request.number, alarm, notice, &audit).await?;
        if raised {
            log(request, alarm);
        }
        Ok(raised)
    }

    /// Notes down the root of the day that ended last, and has every root without a stamp stamped.
    ///
    /// # Errors
    /// [`RootError`]; the next round tries again.
    pub async fn stamp_roots(&self) -> Result<(), RootError> {
        let Ok(yesterday) = astana_date(self.now()).yesterday() else { return Ok(()) };
        let day = yesterday.to_string();
        let mut roots = self.store().roots().await?;
        if !roots.iter().any(|root| root.day == day) {
            let head = self.store().journal_head().await?;
            if head.sequence > 0 {
                let root = JournalRoot { day, head, stamp: None };
                self.store().put_root(&root, &root_taken(&root, self.now())).await?;
                roots = self.store().roots().await?;
            }
        }
        let Some(stamper) = &self.parts.time_stamper else { return Ok(()) };
        for root in roots.iter().filter(|root| root.stamp.is_none()) {
            let stamp = stamper.stamp(&root.digest()).await?;
            self.store().stamp_root(&root.day, &stamp).await?;
        }
        Ok(())
    }
}

fn root_taken(root: &JournalRoot, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        actor: Actor::System,
        action: AuditAction::RootTaken,
        request: None,
        subject: None,
        detail: root.day.clone(),
        evidence: hex::encode(root.digest()),
    }
}

fn words(request: &OpenRequest, alarm: Alarm, now: Timestamp) -> (Option<Notice>, AuditEvent) {
    let overdue = alarm == Alarm::Overdue;
    let notice = overdue.then_some(Notice { kind: NoticeKind::Overdue, at: now });
    let audit = AuditEvent {
        at: now,
        actor: Actor::System,
        action: if overdue { AuditAction::Overdue } else { AuditAction::Alarmed },
        request: Some(request.number.clone()),
        subject: Some(request.applicant),
        detail: alarm.code().to_owned(),
        evidence: String::new(),
    };
    (notice, audit)
}

/// Operators' systems listen to these lines.
fn log(request: &OpenRequest, alarm: Alarm) {
    let (number, state, percent) = (&request.number, request.state.code(), alarm.percent());
    match alarm {
        Alarm::HalfTerm | Alarm::MostOfTerm => {
            tracing::warn!(request = %number, state, percent, "no answer yet");
        }
        Alarm::NearlyDue | Alarm::Overdue => {
            tracing::error!(request = %number, state, percent, "no answer yet");
        }
    }
}

fn log_seal_alarm((cover, alarm): &(SealCover, SealAlarm)) {
    let SealCover { owner, certificate, ends_at } = cover;
    match alarm {
        SealAlarm::SixtyDays | SealAlarm::ThirtyDays => {
            tracing::warn!(owner, certificate, %ends_at, "a seal's last certificate ends: renew it");
        }
        SealAlarm::SevenDays => {
            tracing::error!(owner, certificate, %ends_at, "a seal's last certificate ends: renew it");
        }
        SealAlarm::Ended => {
            tracing::error!(owner, certificate, %ends_at, "a seal has no valid certificate");
        }
    }
}
