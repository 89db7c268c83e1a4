//! What this process's messages came to, counted since it began, for those who run the service. Knows nothing of a message but
//! its way and its end.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ports::{MessageChannel, MessageEnd};

/// How many messages ended so on each way.
#[derive(Debug, Default)]
pub(super) struct MessageEnds {
    sms: EndCounts,
    email: EndCounts,
}

#[derive(Debug, Default)]
struct EndCounts {
    taken: AtomicU64,
    refused: AtomicU64,
    no_address: AtomicU64,
    given_up: AtomicU64,
}

impl EndCounts {
    fn of(&self, end: MessageEnd) -> &AtomicU64 {
        match end {
            MessageEnd::Taken => &self.taken,
            MessageEnd::Refused => &self.refused,
            MessageEnd::NoAddress => &self.no_address,
            MessageEnd::GivenUp => &self.given_up,
        }
    }
}

impl MessageEnds {
    fn of(&self, channel: MessageChannel, end: MessageEnd) -> &AtomicU64 {
        match channel {
            MessageChannel::Sms => self.sms.of(end),
            MessageChannel::Email => self.email.of(end),
        }
    }

    pub(super) fn note(&self, channel: MessageChannel, end: MessageEnd) {
        self.of(channel, end).fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count(&self, channel: MessageChannel, end: MessageEnd) -> u64 {
        self.of(channel, end).load(Ordering::Relaxed)
    }
}
