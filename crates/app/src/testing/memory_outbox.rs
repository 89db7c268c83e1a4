//! The outbox of the store in memory, and people's e-mail addresses.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::{EmailAddress, Iin};
use jiff::Timestamp;

use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::audit::AuditEvent;
use crate::ports::{
    EMAIL_CODE_KEPT, EmailAddresses, EmailCode, EmailStanding, EmailTried, EmailTry, EmailTurn,
    MESSAGE_KEPT, Message, MessageChannel, MessageEnd, MessageLease, MessageTopic,
    OUTBOX_FILL_ROWS, Outbox, OutboxStanding, StoreError,
};

#[derive(Clone, Default)]
pub(super) struct OutboxState {
    cursor: i64,
    messages: BTreeMap<(MessageTopic, MessageChannel), Kept>,
    addresses: BTreeMap<Iin, EmailAddress>,
    codes: Vec<EmailCode>,
}

#[derive(Clone)]
struct Kept {
    message: Message,
    next_at: Timestamp,
    leased_until: Option<Timestamp>,
    fence: i64,
    end: Option<MessageEnd>,
}

impl OutboxState {
    pub(super) fn remove_expired(&mut self, now: Timestamp) {
        let is_new = |at: Timestamp, kept| at.checked_add(kept).is_ok_and(|end| end > now);
        self.messages.retain(|_, kept| is_new(kept.message.noticed_at, MESSAGE_KEPT));
        self.codes.retain(|code| is_new(code.sent_at, EMAIL_CODE_KEPT));
    }

    fn held(&mut self, lease: &MessageLease) -> Result<&mut Kept, StoreError> {
        let key = (lease.message.topic.clone(), lease.message.channel);
        let kept = self.messages.get_mut(&key);
        let held = kept.filter(|kept| kept.fence == lease.fence && kept.leased_until.is_some());
        held.ok_or(StoreError::LeaseLost)
    }

    fn end_codes(&mut self, person: Iin, now: Timestamp) {
        let codes = self.codes.iter_mut().filter(|code| code.iin == person);
        codes.for_each(|code| code.expires_at = code.expires_at.min(now));
    }

    fn codes_of(&self, person: Iin, now: Timestamp) -> Vec<EmailCode> {
        let good = |code: &&EmailCode| code.iin == person && code.expires_at > now;
        let mut codes: Vec<_> = self.codes.iter().filter(good).cloned().collect();
        codes.sort_by(|one, other| (other.sent_at, &other.id).cmp(&(one.sent_at, &one.id)));
        codes
    }
}

impl State {
    fn fill_outbox(&mut self, channels: &[MessageChannel], since: Timestamp) -> bool {
        let after = self.outbox.cursor;
        let end = after.saturating_add(OUTBOX_FILL_ROWS);
        let passed = self.audit.iter().filter(|row| row.sequence > after && row.sequence <= end);
        let passed: Vec<_> = passed.cloned().collect();
        let Some(last) = passed.last() else { return false };
        self.outbox.cursor = last.sequence;
        for row in &passed {
            let topic = MessageTopic::of_row(row.sequence, &row.action, &row.request, &row.detail);
            let noticed_at = Timestamp::from_millisecond(row.at_ms).unwrap();
            let (Some(topic), true) = (topic, noticed_at >= since) else { continue };
            let subject = Iin::parse(&row.subject).ok();
            let has_address = subject.is_some_and(|iin| self.outbox.addresses.contains_key(&iin));
            for channel in channels {
                if *channel == MessageChannel::Email && !has_address {
                    continue;
                }
                let (topic, channel) = (topic.clone(), *channel);
                let message = Message { topic: topic.clone(), channel, noticed_at, attempts: 0 };
                let (next_at, leased_until, fence, end) = (noticed_at, None, 0, None);
                let kept = Kept { message, next_at, leased_until, fence, end };
                self.outbox.messages.entry((topic, channel)).or_insert(kept);
            }
        }
        true
    }

    fn lease_message(
        &mut self,
        channel: MessageChannel,
        now: Timestamp,
        until: Timestamp,
    ) -> Option<MessageLease> {
        let is_due = |kept: &&mut Kept| {
            kept.message.channel == channel
                && kept.end.is_none()
                && kept.next_at <= now
                && kept.leased_until.is_none_or(|until| until <= now)
        };
        let due = self.outbox.messages.values_mut().filter(is_due);
        let kept = due.min_by_key(|kept| (kept.next_at, kept.message.topic.clone()))?;
        kept.message.attempts += u32::from(kept.leased_until.is_some());
        kept.fence += 1;
        kept.leased_until = Some(until);
        Some(MessageLease { message: kept.message.clone(), fence: kept.fence })
    }

    fn end_message(
        &mut self,
        lease: &MessageLease,
        end: MessageEnd,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let kept = self.outbox.held(lease)?;
        kept.end = Some(end);
        kept.leased_until = None;
        self.append(std::slice::from_ref(audit));
        Ok(())
    }

    fn try_email_code(&mut self, attempt: &EmailTry, audit: &AuditEvent) -> EmailTried {
        let tried = attempt.judge(&self.outbox.codes_of(attempt.iin, attempt.at));
        match &tried {
            EmailTried::Right(address) => {
                self.outbox.addresses.insert(attempt.iin, address.clone());
                self.outbox.end_codes(attempt.iin, attempt.at);
                self.append(std::slice::from_ref(audit));
            }
            EmailTried::Wrong { .. } => {
                let codes = self
                    .outbox
                    .codes
                    .iter_mut()
                    .filter(|code| code.iin == attempt.iin && code.expires_at > attempt.at);
                codes.for_each(|code| code.wrong += 1);
            }
            EmailTried::NoneSent => {}
        }
        tried
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn fill_outbox(
        &self,
        channels: &[MessageChannel],
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(|state| Ok(state.fill_outbox(channels, since)))
    }

    async fn lease_message(
        &self,
        channel: MessageChannel,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<MessageLease>, StoreError> {
        self.write(|state| Ok(state.lease_message(channel, now, until)))
    }

    async fn end_message(
        &self,
        lease: &MessageLease,
        end: MessageEnd,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| state.end_message(lease, end, audit))
    }

    async fn postpone_message(
        &self,
        lease: &MessageLease,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|state| {
            let kept = state.outbox.held(lease)?;
            kept.message.attempts += 1;
            kept.next_at = next_at;
            kept.leased_until = None;
            Ok(())
        })
    }

    async fn outbox_standing(&self) -> Result<Vec<OutboxStanding>, StoreError> {
        self.read(|state| {
            let standing = |channel| {
                let all = state.outbox.messages.values();
                let waits = |kept: &&Kept| kept.message.channel == channel && kept.end.is_none();
                let waiting: Vec<_> = all.filter(waits).map(|one| one.message.noticed_at).collect();
                let count = u64::try_from(waiting.len()).unwrap();
                OutboxStanding { channel, waiting: count, oldest: waiting.into_iter().min() }
            };
            MessageChannel::ALL.map(standing).to_vec()
        })
    }
}

#[async_trait]
impl EmailAddresses for MemoryStore {
    async fn email_of(&self, person: Iin, now: Timestamp) -> Result<EmailStanding, StoreError> {
        self.read(|state| EmailStanding {
            confirmed: state.outbox.addresses.get(&person).cloned(),
            waiting: state
                .outbox
                .codes_of(person, now)
                .into_iter()
                .next()
                .map(|code| (code.address, code.expires_at)),
        })
    }

    async fn put_email_code(&self, code: &EmailCode) -> Result<EmailTurn, StoreError> {
        self.write(|state| {
            let since = code.counts_since();
            let codes = state.outbox.codes.iter();
            let earlier = codes.filter(|one| one.iin == code.iin && one.sent_at > since);
            let earlier: Vec<_> = earlier.map(|one| one.sent_at).collect();
            if let Some(until) = code.must_wait(&earlier) {
                return Ok(EmailTurn::Wait(until));
            }
            state.outbox.codes.push(code.clone());
            Ok(EmailTurn::Kept)
        })
    }

    async fn try_email_code(
        &self,
        attempt: &EmailTry,
        audit: &AuditEvent,
    ) -> Result<EmailTried, StoreError> {
        self.write(|state| Ok(state.try_email_code(attempt, audit)))
    }

    async fn remove_email(
        &self,
        person: Iin,
        now: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let is_removed = state.outbox.addresses.remove(&person).is_some();
            state.outbox.end_codes(person, now);
            if is_removed {
                state.append(std::slice::from_ref(audit));
            }
            Ok(is_removed)
        })
    }
}
