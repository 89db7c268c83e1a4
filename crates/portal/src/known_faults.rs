//! What everybody is told of what does not work now: the portal's banner, the desk of those who answer callers, the API and
//! the machine that answers telephones read it here, so that all say the same at once.
//!
//! Knows breaks as the store has them and what this process last heard of the sources and the seal. Read next: `breaks.rs`.

use app::{Contact, TechnicalBreak};
use domain::Language;

use crate::Shared;
use crate::breaks::{is_running, reason};
use crate::texts::texts;
use crate::times::period_words;

/// Something that does not work, or will not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFault {
    /// `technical_break`, `announced_break`, `consent_silent`, `data_bank_silent`, `seal_silent`.
    pub code: &'static str,
    /// Whether it is so now.
    pub is_now: bool,
    /// What it is.
    pub title: String,
    /// From when to when, why, and what follows.
    pub text: String,
}

impl KnownFault {
    /// The same to be read aloud.
    #[must_use]
    pub fn aloud(&self) -> String {
        format!("{}: {}", self.title, self.text)
    }
}

/// Everything known, what runs now first.
#[must_use]
pub fn known_faults(portal: &Shared, language: Language) -> Vec<KnownFault> {
    let now = portal.service.now();
    let (running, announced): (Vec<_>, Vec<_>) =
        portal.breaks.at(now).into_iter().partition(|one| is_running(one, now));
    let mut faults: Vec<KnownFault> =
        running.iter().map(|one| of_break(one, true, language)).collect();
    let contacts = portal.service.contacts();
    faults.extend(silent(&contacts.consent, "consent_silent", language));
    faults.extend(silent(&contacts.data_bank, "data_bank_silent", language));
    faults.extend(silent(&contacts.seal, "seal_silent", language));
    faults.extend(announced.iter().map(|one| of_break(one, false, language)));
    faults
}

fn of_break(one: &TechnicalBreak, runs: bool, language: Language) -> KnownFault {
    let texts = texts(language);
    let (title, effect) = if runs {
        (texts.text("break-running"), texts.text("break-running-do"))
    } else {
        (texts.text("break-announced"), texts.text("break-announced-do"))
    };
    let period = period_words(texts, one.starts_at, one.ends_at);
    let (why, reason) = (texts.text("break-reason"), reason(one, language));
    KnownFault {
        code: if runs { "technical_break" } else { "announced_break" },
        is_now: runs,
        title,
        text: format!("{period}. {why} {reason}. {effect}"),
    }
}

fn silent(contact: &Contact, code: &'static str, language: Language) -> Option<KnownFault> {
    let is_silent = contact.answers == Some(false);
    let texts = texts(language);
    is_silent.then(|| KnownFault {
        code,
        is_now: true,
        title: texts.text(&format!("call-known-{code}")),
        text: texts.text(&format!("call-known-{code}-text")),
    })
}
