//! The people: what they prepared, what they sent, and what they were promised.
//!
//! Knows no store. Read next: `invariants.rs`, which holds the store to the promises.

use std::collections::{BTreeMap, BTreeSet};

use app::testing::FakeVerifier;
use app::testing::samples::iin;
use app::{Draft, StoreError, StoredRequest, SubmitError, Submitted};
use domain::{Iin, Number};

use crate::breach::{Breach, require};
use crate::coverage::Counter;
use crate::operation::Manner;

/// Documents and attempts people come back to.
const REMEMBERED: usize = 24;
/// Documents people sign next.
const FRESH: usize = 5;

/// Something sent.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) person: u32,
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
    pub(crate) signed_in: Option<Iin>,
    /// Whether the document says that Article 8's consent is given.
    pub(crate) consents: bool,
    /// Not fit to become a request.
    pub(crate) is_unfit: bool,
    /// Whether, when it was sent, a request was promised for exactly this already.
    was_promised: bool,
    document: Vec<u8>,
}

/// What people know.
#[derive(Default)]
pub(crate) struct People {
    forms: Vec<(u32, Draft)>,
    attempts: Vec<Attempt>,
    keys: u64,
    promises: BTreeMap<(u32, String), (Vec<u8>, Number)>,
    pub(crate) acknowledged: BTreeSet<Number>,
}

impl People {
    pub(crate) fn prepared(&mut self, person: u32, draft: Draft) {
        self.forms.push((person, draft));
        if self.forms.len() > REMEMBERED {
            self.forms.remove(0);
        }
    }

    /// What is sent next; `None` where there is nothing to send.
    pub(crate) fn compose(&mut self, what: u8, how: Manner) -> Option<Attempt> {
        let mut attempt = self.choose(what, how)?;
        let promise = self.promises.get(&(attempt.person, attempt.key.clone()));
        attempt.was_promised = promise.is_some_and(|(body, _)| *body == attempt.body);
        Some(attempt)
    }

    fn choose(&mut self, what: u8, how: Manner) -> Option<Attempt> {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        let attempt = match how {
            Manner::Fresh => Attempt { key, ..self.filled(what)? },
            Manner::Again => return self.sent(what).cloned(),
            Manner::OtherKey => Attempt { key, is_unfit: false, ..self.sent(what)?.clone() },
            Manner::OtherBody => {
                let mut other = self.sent(what)?.clone();
                // Another body with the same meaning.
                other.body.push(b' ');
                other
            }
            Manner::Junk => {
                let sent = self.sent(what)?.clone();
                Attempt { body: b"junk".to_vec(), is_unfit: true, ..sent }
            }
            Manner::SomeoneElse => {
                let form = self.filled(what)?;
                let body = FakeVerifier::sign(iin(form.person + 1), &form.document);
                Attempt { key, body, is_unfit: true, ..form }
            }
            Manner::OtherSession => {
                let form = self.filled(what)?;
                let signed_in = Some(iin(form.person + 1));
                Attempt { key, signed_in, is_unfit: true, ..form }
            }
            Manner::NotGenuine => {
                let form = self.filled(what)?;
                let body = FakeVerifier::sign_badly(iin(form.person), &form.document);
                Attempt { key, body, is_unfit: true, ..form }
            }
        };
        self.attempts.push(attempt.clone());
        if self.attempts.len() > REMEMBERED {
            self.attempts.remove(0);
        }
        Some(attempt)
    }

    /// A signed form, without key.
    fn filled(&self, what: u8) -> Option<Attempt> {
        let fresh = self.forms.len().saturating_sub(FRESH);
        let (person, draft) = pick(self.forms.get(fresh..)?, what)?;
        Some(Attempt {
            person: *person,
            key: String::new(),
            body: FakeVerifier::sign(iin(*person), &draft.document),
            signed_in: Some(iin(*person)),
            consents: draft.request.consents.restricted_data.is_given(),
            is_unfit: false,
            was_promised: false,
            document: draft.document.clone(),
        })
    }

    fn sent(&self, what: u8) -> Option<&Attempt> {
        pick(&self.attempts, what).filter(|attempt| !attempt.is_unfit)
    }

    /// Takes an answer in; it must keep what was promised before.
    pub(crate) fn heard(
        &mut self,
        attempt: &Attempt,
        answer: &Result<Submitted, SubmitError>,
        counter: &Counter,
    ) -> Result<(), Breach> {
        let promise = self.promises.get(&(attempt.person, attempt.key.clone()));
        let kept = promise.filter(|(body, _)| *body == attempt.body).map(|(_, number)| number);
        match answer {
            Err(error) => {
                counter.count("submissions", error.code());
                lawful_error(error, attempt.was_promised)
            }
            Ok(submitted) => {
                let (word, stored, under_key) = told(submitted);
                counter.count("submissions", word);
                require(!attempt.is_unfit, "only a fit submission becomes a request", || {
                    format!("{word} {}", stored.number)
                })?;
                let own = stored.request.applicant == iin(attempt.person);
                require(own, "an answer is about one's own request", || stored.number.to_string())?;
                // Who was sent to an open request before the promise was given may hear of it later.
                let is_bound = under_key || attempt.was_promised;
                let same = kept.map_or(promise.is_none(), |number| *number == stored.number);
                require(same || !is_bound, "a key leads to one request for ever", || {
                    format!("{word} {}", stored.number)
                })?;
                self.acknowledged.insert(stored.number.clone());
                if under_key {
                    let key = (attempt.person, attempt.key.clone());
                    self.promises.insert(key, (attempt.body.clone(), stored.number.clone()));
                }
                Ok(())
            }
        }
    }
}

fn told(submitted: &Submitted) -> (&'static str, &StoredRequest, bool) {
    match submitted {
        Submitted::New(stored) => ("new", stored, true),
        Submitted::Same(stored) => ("same", stored, true),
        Submitted::DraftUsed(stored) => ("draft used", stored, false),
        Submitted::Open(stored) => ("open", stored, false),
    }
}

/// What was promised under a key may only be kept back while the store is away; and no answer may speak of the store
/// where the person himself can do something.
fn lawful_error(error: &SubmitError, was_promised: bool) -> Result<(), Breach> {
    let is_fault = matches!(error, SubmitError::Store(StoreError::Unavailable(_)));
    require(is_fault || !was_promised, "a key leads to one request for ever", || {
        error.code().to_owned()
    })?;
    let is_ours = matches!(
        error,
        SubmitError::Store(
            StoreError::Stale
                | StoreError::LeaseLost
                | StoreError::AlreadyUsed
                | StoreError::Corrupt(_)
        )
    );
    require(!is_ours, "a submission fails by its own fault or by an outage", || error.to_string())
}

fn pick<T>(list: &[T], which: u8) -> Option<&T> {
    usize::from(which).checked_rem(list.len()).and_then(|place| list.get(place))
}
