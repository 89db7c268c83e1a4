//! The revocation lists of one authority: whole ones, and those that tell the changes since a whole one.
//!
//! A list of changes counts only on top of its base (RFC 5280, 5.2.4): a whole list at hand that is not older than the
//! changes begin, and older than where they end. Without it the list is of no use, and the whole list speaks alone.

use super::SKEW_SECONDS;
use super::evidence::{Delta, ListEvidence};
use crate::moment::Moment;
use crate::verdict::Doubt;
use crate::x509::{Change, Crl, Revocation};

/// Lists of an authority.
#[derive(Clone, Default)]
pub(super) struct Lists {
    whole: Vec<Crl>,
    deltas: Vec<Crl>,
}

/// What the lists say together at a moment.
pub(super) struct Current<'a> {
    whole: &'a Crl,
    delta: Option<&'a Crl>,
}

impl Lists {
    pub(super) fn add(&mut self, list: Crl) {
        let kind = if list.base().is_some() { &mut self.deltas } else { &mut self.whole };
        kind.push(list);
    }

    /// The newest whole list that speaks about the moment, with the newest changes on top of it.
    pub(super) fn at(&self, at: Moment) -> Result<Current<'_>, Doubt> {
        if self.whole.is_empty() {
            return Err(Doubt::CrlMissing);
        }
        let whole = newest(&self.whole, at, |_| true).ok_or(Doubt::CrlStale)?;
        let delta = newest(&self.deltas, at, |delta| delta.builds_on(whole));
        Ok(Current { whole, delta })
    }
}

fn newest(lists: &[Crl], at: Moment, fits: impl Fn(&Crl) -> bool) -> Option<&Crl> {
    let ahead = at.plus_seconds(SKEW_SECONDS);
    let covering = lists.iter().filter(|list| list.covers(at) || list.covers(ahead));
    covering.filter(|list| fits(list)).max_by_key(|list| list.this_update())
}

impl<'a> Current<'a> {
    /// The whole list, and the changes on top of it.
    pub(super) fn lists(&self) -> impl Iterator<Item = &'a Crl> + use<'a> {
        std::iter::once(self.whole).chain(self.delta)
    }

    pub(super) fn revocation(&self, serial: &[u8]) -> Option<Revocation> {
        match self.delta.and_then(|delta| delta.change(serial)) {
            Some(Change::Revoked(revocation)) => Some(revocation),
            Some(Change::TakenOff) => None,
            None => self.whole.revocation(serial),
        }
    }

    pub(super) fn evidence(&self) -> ListEvidence {
        let number = |list: &Crl| list.number().map(<[u8]>::to_vec);
        ListEvidence {
            made_at: self.whole.this_update(),
            number: number(self.whole),
            delta: self
                .delta
                .map(|delta| Delta { made_at: delta.this_update(), number: number(delta) }),
        }
    }
}
