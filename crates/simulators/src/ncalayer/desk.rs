//! The desk: requests to sign that wait for a person, and the keys he may choose from.
//!
//! Sockets put requests here, the window takes them away; neither knows the other. Read next: `socket.rs`, `window.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::{oneshot, watch};

use super::behaviour::{Behaviour, Fault};
use super::protocol::{Format, KeyFilter, Shown, SignRequest};
use super::{Clock, OfferedKey};
use crate::authority::SigningError;
use crate::people::Text;

/// What is signed instead of the page's content by [`Fault::SignsOtherContent`].
const OTHER_CONTENT: &[u8] = b"something else";
const OTHER_XML: &[u8] = b"<other/>";

/// Requests waiting for a person, and his keys.
pub struct Desk {
    keys: Vec<OfferedKey>,
    clock: Clock,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    behaviour: Behaviour,
    last: u64,
    waiting: BTreeMap<u64, Waiting>,
}

struct Waiting {
    request: Arc<SignRequest>,
    origin: String,
    reply: oneshot::Sender<Reply>,
}

/// What became of a request.
#[derive(Debug)]
pub(super) enum Reply {
    /// Signed.
    Signed {
        /// One CMS for each document.
        signatures: Vec<Vec<u8>>,
        /// The signer's certificate, where it was asked for.
        certificate: Option<Vec<u8>>,
    },
    /// Not wanted.
    Cancelled,
}

/// A request as the window shows it.
#[derive(Serialize)]
pub struct Pending {
    /// Number to answer it by.
    pub id: u64,
    /// The page that asks, as its browser says.
    pub origin: String,
    locale: String,
    documents: Vec<Shown>,
    keys: Vec<Offer>,
}

impl Pending {
    /// The documents as far as they are text.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.documents.iter().filter_map(|one| match one {
            Shown::Text(text) => Some(text.as_str()),
            Shown::Bytes(_) => None,
        })
    }

    /// Names of the keys the page accepts.
    pub fn fitting_keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter(|key| key.unfit.is_none()).map(|key| key.slug.as_str())
    }
}

#[derive(Serialize)]
struct Offer {
    slug: String,
    name: String,
    about: Text,
    /// Why the page does not take this key; nothing where it does.
    unfit: Option<Unfit>,
}

/// Why a key is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfit {
    /// The page asked for another person's.
    OtherPerson,
    /// The page asked for another use.
    OtherUse,
}

/// Why the desk could not do as told.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Answered before, withdrawn, or never there.
    #[error("no such request is waiting")]
    NoSuchRequest,
    /// No key of this name.
    #[error("no such key")]
    NoSuchKey,
    /// The page does not take this key.
    #[error("the page does not take this key")]
    Unfit(Unfit),
    /// The key failed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

impl Desk {
    pub(super) fn new(keys: Vec<OfferedKey>, clock: Clock) -> Self {
        let (changes, _) = watch::channel(0);
        Self { keys, clock, state: Mutex::default(), changes }
    }

    /// Behaves differently from the next message on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.state().behaviour = behaviour;
    }

    pub(super) fn behaviour(&self) -> Behaviour {
        self.state().behaviour
    }

    /// What is waiting, oldest first.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        let state = self.state();
        state.waiting.iter().map(|(id, waiting)| self.shown(*id, waiting)).collect()
    }

    /// Waits until something is waiting and tells its number.
    pub async fn next(&self) -> u64 {
        let mut changes = self.subscribe();
        loop {
            if let Some(id) = self.state().waiting.keys().next() {
                return *id;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Signs a waiting request with a key, as a person does at the window.
    ///
    /// # Errors
    /// [`DeskError`]; the request then goes on waiting.
    pub fn sign(&self, id: u64, slug: &str) -> Result<(), DeskError> {
        let (request, behaviour) = {
            let state = self.state();
            let waiting = state.waiting.get(&id).ok_or(DeskError::NoSuchRequest)?;
            (Arc::clone(&waiting.request), state.behaviour)
        };
        let offered = self.keys.iter().find(|one| one.key.slug() == slug);
        let key = &offered.ok_or(DeskError::NoSuchKey)?.key;
        if let Some(unfit) = unfit(key.iin(), key.usages(), &request.filter) {
            return Err(DeskError::Unfit(unfit));
        }
        let other = behaviour.is(Fault::SignsOtherContent);
        let sign = |document: &Vec<u8>| match request.format {
            Format::Cms => {
                let content = if other { OTHER_CONTENT } else { document };
                key.sign(content, request.attached, (self.clock)())
            }
            Format::Xml => key.holder().sign_xml(if other { OTHER_XML } else { document }),
        };
        let signatures: Vec<Vec<u8>> =
            request.documents.iter().map(sign).collect::<Result<_, _>>()?;
        let certificate = request.with_certificate.then(|| key.certificate().to_vec());
        self.answer(id, Reply::Signed { signatures, certificate })
    }

    /// Cancels a waiting request, as a person does at the window.
    ///
    /// # Errors
    /// [`DeskError::NoSuchRequest`].
    pub fn cancel(&self, id: u64) -> Result<(), DeskError> {
        self.answer(id, Reply::Cancelled)
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Puts a request on the desk; the page that withdraws drops the [`Ticket`].
    pub(super) fn put(self: &Arc<Self>, request: SignRequest, origin: String) -> Ticket {
        let (reply, answer) = oneshot::channel();
        let mut state = self.state();
        state.last += 1;
        let id = state.last;
        let request = Arc::new(request);
        state.waiting.insert(id, Waiting { request: Arc::clone(&request), origin, reply });
        drop(state);
        self.announce();
        Ticket { desk: Arc::clone(self), id, request, answer }
    }

    fn answer(&self, id: u64, reply: Reply) -> Result<(), DeskError> {
        let waiting = self.state().waiting.remove(&id).ok_or(DeskError::NoSuchRequest)?;
        self.announce();
        waiting.reply.send(reply).map_err(|_| DeskError::NoSuchRequest)
    }

    fn announce(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    fn shown(&self, id: u64, waiting: &Waiting) -> Pending {
        let request = &waiting.request;
        let offer = |one: &OfferedKey| Offer {
            slug: one.key.slug().to_owned(),
            name: one.key.name().to_owned(),
            about: one.about.clone(),
            unfit: unfit(one.key.iin(), one.key.usages(), &request.filter),
        };
        Pending {
            id,
            origin: waiting.origin.clone(),
            locale: request.locale.clone().unwrap_or_default(),
            documents: request.documents.iter().map(|document| Shown::of(document)).collect(),
            keys: self.keys.iter().map(offer).collect(),
        }
    }

    /// A panic elsewhere does not spoil the list of what is waiting.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unfit(iin: Option<&str>, usages: &[String], filter: &KeyFilter) -> Option<Unfit> {
    let wanted = filter.iin.as_deref().filter(|wanted| !wanted.is_empty());
    if wanted.is_some() && wanted != iin {
        Some(Unfit::OtherPerson)
    } else if filter.ext_key_usage_oids.iter().any(|usage| !usages.contains(usage)) {
        Some(Unfit::OtherUse)
    } else {
        None
    }
}

/// A request on the desk; dropped, it is taken off.
pub(super) struct Ticket {
    desk: Arc<Desk>,
    id: u64,
    request: Arc<SignRequest>,
    answer: oneshot::Receiver<Reply>,
}

impl Ticket {
    pub(super) fn request(&self) -> &SignRequest {
        &self.request
    }

    pub(super) async fn reply(&mut self) -> Reply {
        (&mut self.answer).await.unwrap_or(Reply::Cancelled)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.desk.state().waiting.remove(&self.id).is_some() {
            self.desk.announce();
        }
    }
}
