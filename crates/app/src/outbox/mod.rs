//! The messenger: sends what the outbox has, on each way for itself, so that a gateway that is away or slow holds up neither the
//! other way nor anything else.
//!
//! A message is tried until it is taken, refused or no news any more. Handing over is at least once: whoever crashes between the
//! gateway's word and ours, or hears no word, sends again. Who is written to is looked up at that moment and kept nowhere. Knows
//! no words and no protocol. Read next: `sending.rs`; `ports/outbox.rs` for what is kept; adr 38.

mod ends;
mod sending;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::breaker::{Admission, Breaker};
use crate::ports::{
    MESSAGE_AGE_MAX, MessageChannel, MessageEnd, MessageLease, NoticeWords, Outbox, StoreError,
};
use crate::service::Service;
use ends::MessageEnds;
use sending::Sent;

/// Longest sleep between two looks for something to do.
const POLL: Duration = Duration::from_millis(500);
/// A message stays so long with a messenger that gives no sign of life: longer than looking up and handing over may take.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// The same of each sender on one way, all of whom hear of news: one message that takes its time does not hold up others, and
/// while there is nothing to do one sender looks for what is due again.
const POLLS: [Duration; 4] =
    [POLL, Duration::from_secs(5), Duration::from_secs(5), Duration::from_secs(5)];
/// Waits before a message is tried again, in seconds.
const STEPS_S: [i64; 5] = [15, 60, 120, 300, 600];
const LONGEST_S: i64 = 1_200;

/// Sends notices as messages.
pub struct Messenger {
    service: Arc<Service>,
    outbox: Arc<dyn Outbox>,
    words: Arc<dyn NoticeWords>,
    sms: Mutex<Breaker>,
    email: Mutex<Breaker>,
    ends: MessageEnds,
    news: Notify,
}

/// What came of a look for something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageTurn {
    /// A message was looked after.
    Done,
    /// There is none that is due.
    Nothing,
    /// The way is left alone until then.
    LeftAlone(Timestamp),
}

impl Messenger {
    /// Of a service with its gateways.
    #[must_use]
    pub fn new(
        service: Arc<Service>,
        outbox: Arc<dyn Outbox>,
        words: Arc<dyn NoticeWords>,
    ) -> Self {
        let (sms, email) = (Mutex::default(), Mutex::default());
        let ends = MessageEnds::default();
        Self { service, outbox, words, sms, email, ends, news: Notify::new() }
    }

    /// The ways that this installation has.
    #[must_use]
    pub fn channels(&self) -> Vec<MessageChannel> {
        let parts = &self.service.parts;
        let sms = parts.one_time_passwords.as_ref().filter(|sms| sms.notices);
        let sms = sms.map(|_| MessageChannel::Sms);
        sms.into_iter().chain(parts.mail.as_ref().map(|_| MessageChannel::Email)).collect()
    }

    /// How many messages this process brought to such an end on this way; what was overtaken by other news is in none.
    #[must_use]
    pub fn ended(&self, channel: MessageChannel, end: MessageEnd) -> u64 {
        self.ends.count(channel, end)
    }

    /// The ways this installation has, each with whether this process leaves it alone because it kept silent.
    #[must_use]
    pub fn left_alone(&self) -> Vec<(MessageChannel, bool)> {
        let channels = self.channels().into_iter();
        channels.map(|channel| (channel, !self.breaker(channel).is_closed())).collect()
    }

    /// Works until `stop` ends; what was begun is finished.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        let channels = self.channels();
        if channels.is_empty() {
            return stop.await;
        }
        let (ended, end) = watch::channel(false);
        let stopping = async {
            stop.await;
            let _ = ended.send(true);
        };
        let fill = self.keep_filling(&channels, end.clone());
        let of = |channel| POLLS.map(|poll| self.keep_sending(channel, poll, end.clone()));
        let senders = channels.iter().flat_map(|channel| of(*channel));
        tokio::join!(stopping, fill, futures_util::future::join_all(senders));
    }

    async fn keep_filling(&self, channels: &[MessageChannel], mut end: watch::Receiver<bool>) {
        loop {
            let pause = match self.fill(channels).await {
                Ok(true) => {
                    self.news.notify_waiters();
                    Duration::ZERO
                }
                Ok(false) => POLL,
                Err(error) => {
                    tracing::error!(%error, "messages wait: the outbox cannot be filled");
                    POLL
                }
            };
            if self.is_over(&mut end, pause, false).await {
                return;
            }
        }
    }

    async fn keep_sending(
        &self,
        channel: MessageChannel,
        poll: Duration,
        mut end: watch::Receiver<bool>,
    ) {
        loop {
            let pause = match self.turn(channel).await {
                Ok(MessageTurn::Done) => Duration::ZERO,
                Ok(MessageTurn::Nothing | MessageTurn::LeftAlone(_)) => poll,
                Err(error) => {
                    tracing::error!(%error, "messages wait: the outbox cannot be reached");
                    poll
                }
            };
            if self.is_over(&mut end, pause, true).await {
                return;
            }
        }
    }

    /// Waits for the next look, or for news; `true` where the word to end came first.
    async fn is_over(
        &self,
        end: &mut watch::Receiver<bool>,
        pause: Duration,
        hears_news: bool,
    ) -> bool {
        let ended = async {
            let _ = end.wait_for(|ended| *ended).await;
        };
        let next = async {
            match (pause.is_zero(), hears_news) {
                (true, _) => {}
                (false, false) => tokio::time::sleep(pause).await,
                (false, true) => {
                    let _ = tokio::time::timeout(pause, self.news.notified()).await;
                }
            }
        };
        tokio::select! {
            biased;
            () = ended => true,
            () = next => false,
        }
    }

    /// Fills the outbox by one step; `false` where there was nothing to do.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fill(&self, channels: &[MessageChannel]) -> Result<bool, StoreError> {
        let since = self.service.now().checked_sub(MESSAGE_AGE_MAX).unwrap_or(Timestamp::MIN);
        self.outbox.fill_outbox(channels, since).await
    }

    /// Fills the outbox and sends all that is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn work(&self) -> Result<(), StoreError> {
        let channels = self.channels();
        while self.fill(&channels).await? {}
        for channel in channels {
            while self.turn(channel).await? == MessageTurn::Done {}
        }
        Ok(())
    }

    /// Sends one message where one is due and the way is not left alone.
    ///
    /// # Errors
    /// [`StoreError`] when none can be leased.
    pub async fn turn(&self, channel: MessageChannel) -> Result<MessageTurn, StoreError> {
        let now = self.service.now();
        if let Admission::Wait(until) = self.breaker(channel).admit(now) {
            return Ok(MessageTurn::LeftAlone(until));
        }
        let leased = self.outbox.lease_message(channel, now, self.service.after(LEASE)).await;
        match leased {
            Ok(Some(lease)) => {
                self.send_and_settle(&lease).await;
                Ok(MessageTurn::Done)
            }
            Ok(None) => {
                self.breaker(channel).was_not_asked(now);
                Ok(MessageTurn::Nothing)
            }
            Err(error) => {
                self.breaker(channel).was_not_asked(now);
                Err(error)
            }
        }
    }

    /// Where writing down fails the message comes up again when the lease ends.
    async fn send_and_settle(&self, lease: &MessageLease) {
        let message = &lease.message;
        let (number, channel) = (&message.topic.number, message.channel.code());
        let settled = match self.send(message).await {
            Ok(Sent::Ended(end, audit)) => {
                let settled = self.outbox.end_message(lease, end, &audit).await;
                if settled.is_ok() {
                    self.ends.note(message.channel, end);
                }
                settled
            }
            Ok(Sent::Overtaken(audit)) => {
                self.outbox.end_message(lease, MessageEnd::GivenUp, &audit).await
            }
            Ok(Sent::Later(why)) => {
                let attempts = message.attempts;
                tracing::warn!(%number, channel, attempts, why, "a message goes out later");
                self.outbox.postpone_message(lease, self.next_try(attempts)).await
            }
            Err(error) => {
                self.breaker(message.channel).was_not_asked(self.service.now());
                Err(error)
            }
        };
        if let Err(error) = settled {
            tracing::warn!(%number, channel, %error, "a message comes up again when its lease ends");
        }
    }

    fn next_try(&self, attempts: u32) -> Timestamp {
        self.service.after(pause(attempts, self.service.parts.ids.random_u64()))
    }

    fn breaker(&self, channel: MessageChannel) -> MutexGuard<'_, Breaker> {
        let breaker = match channel {
            MessageChannel::Sms => &self.sms,
            MessageChannel::Email => &self.email,
        };
        breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_answer(&self, channel: MessageChannel) {
        if self.breaker(channel).answered() {
            tracing::info!(channel = channel.code(), "messages go out again");
        }
    }

    fn note_silence(&self, channel: MessageChannel) {
        let (now, random) = (self.service.now(), self.service.parts.ids.random_u64());
        let was_closed = self.breaker(channel).is_closed();
        let until = self.breaker(channel).failed(now, random);
        if let (true, Some(until)) = (was_closed, until) {
            tracing::error!(channel = channel.code(), %until, "messages wait: the way is left alone");
        }
    }
}

/// How long to wait after so many tries, from 75 % to 125 % of the step by `random`.
fn pause(attempts: u32, random: u64) -> SignedDuration {
    let step = usize::try_from(attempts).unwrap_or(usize::MAX);
    let seconds = STEPS_S.get(step).copied().unwrap_or(LONGEST_S);
    let percent = 75 + i64::try_from(random % 51).unwrap_or_default();
    SignedDuration::from_millis(seconds * 10 * percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_twenty_minutes_and_are_spread() {
        assert_eq!(pause(0, 25), SignedDuration::from_secs(15));
        assert_eq!(pause(0, 0), SignedDuration::from_millis(11_250));
        for attempts in [5, 100, u32::MAX] {
            for random in 0..51 {
                let pause = pause(attempts, random).as_secs();
                assert!((900..=1_500).contains(&pause), "{pause}");
            }
        }
    }
}
