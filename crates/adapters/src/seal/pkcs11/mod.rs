//! Sealing keys in a PKCS #11 device: a pool of sessions over a token that may go away and come back.
//!
//! Whatever fails, the token is looked for and logged in to once more, and then the fault is told: vendors' libraries say
//! "connection lost" in many ways, so none is taken for another thing. Every call blocks; `keys.rs` keeps them off the
//! threads that answer people. Read next: `mechanism.rs`; `crate::token` for the device itself.

mod mechanism;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use signature::cms::DetachedSigner;
use signature::pades::SealCertificates;
use signature::x509::{Certificate, KeyKind};
use tokio::sync::Semaphore;

use super::key::PROOF;
use crate::token::{Device, LoggedIn, TokenAccess, TokenChoice, TokenFault};
pub use mechanism::TokenMechanism;

/// A token and how to work with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// The device's PKCS #11 library.
    pub library: PathBuf,
    /// Which token.
    pub token: TokenChoice,
    /// File with the user's PIN.
    pub pin_file: PathBuf,
    /// Seals made at the same time, at least one.
    pub sessions: usize,
    /// How it signs seals; the usual mechanism for each key without.
    pub mechanism: Option<TokenMechanism>,
    /// How it signs facts: for GOST keys every vendor has a mechanism of its own.
    pub facts_mechanism: Option<TokenMechanism>,
    /// Labels of private keys, by the name of the certificate's file; the name itself without.
    pub labels: BTreeMap<String, String>,
}

impl TokenSettings {
    fn access(&self) -> TokenAccess {
        let Self { library, token, pin_file, .. } = self;
        TokenAccess { library: library.clone(), token: token.clone(), pin_file: pin_file.clone() }
    }
}

/// A certificate whose key is on the token.
pub(super) struct TokenKey {
    /// Name of the certificate's file.
    pub(super) name: String,
    pub(super) work: KeyWork,
}

/// What a key of the token is for, with the certificate it belongs to.
pub(super) enum KeyWork {
    /// Sealing documents.
    Seals(Box<SealCertificates>),
    /// Signing their facts.
    Facts(Box<DetachedSigner>),
}

impl KeyWork {
    fn kind(&self) -> Result<KeyKind, TokenFault> {
        match self {
            Self::Seals(certificates) => Certificate::from_der(&certificates.sealing_der())
                .map(|certificate| certificate.key().kind())
                .map_err(|_| TokenFault::KeyKind),
            Self::Facts(signer) => Ok(signer.certificate().key().kind()),
        }
    }

    /// What the token gave as documents carry it; `None` where it is no signature of the certificate's key.
    fn taken(&self, bytes: &[u8], signed: Vec<u8>) -> Option<Vec<u8>> {
        match self {
            Self::Seals(certificates) => certificates.fits(bytes, &signed).then_some(signed),
            Self::Facts(signer) => signer.in_order(bytes, &signed),
        }
    }
}

/// The keys of a token.
pub(super) struct Token {
    settings: TokenSettings,
    device: Device,
    keys: Vec<TokenKey>,
    state: RwLock<State>,
    /// As many as there are sessions: a token that hangs holds no more threads than that.
    pub(super) admissions: Arc<Semaphore>,
}

struct State {
    /// Grows with each attempt to connect.
    generation: u64,
    connection: Result<Connection, TokenFault>,
}

struct Connection {
    device: LoggedIn,
    keys: BTreeMap<String, Result<Ready, TokenFault>>,
}

/// A key that was found and belongs to its certificate.
struct Ready {
    handle: ObjectHandle,
    kind: KeyKind,
    mechanism: TokenMechanism,
}

impl Token {
    /// Loads the library, connects, and has every key prove that it belongs to its certificate. A token that is away is
    /// no fault here: it is told, and looked for at the next seal.
    pub(super) fn open(settings: TokenSettings, keys: Vec<TokenKey>) -> Result<Self, TokenFault> {
        let device = Device::open(&settings.access(), settings.sessions)?;
        let admissions = Arc::new(Semaphore::new(settings.sessions.max(1)));
        let state = State { generation: 0, connection: Err(TokenFault::Busy) };
        let token = Self { settings, device, keys, state: RwLock::new(state), admissions };
        token.renew(0);
        match token.present() {
            Err(fault) if fault.may_pass() => {
                tracing::error!(%fault, "nothing is sealed until the token is there");
            }
            other => other?,
        }
        Ok(token)
    }

    /// Whether the token is connected with all its keys.
    pub(super) fn present(&self) -> Result<(), TokenFault> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let connection = state.connection.as_ref().map_err(Clone::clone)?;
        let faulty = connection.keys.values().find_map(|key| key.as_ref().err());
        faulty.map_or(Ok(()), |fault| Err(fault.clone()))
    }

    /// Signs with the key of a certificate; looks for the token once where it was lost.
    pub(super) fn sign(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, TokenFault> {
        self.try_sign(name, bytes).or_else(|(generation, fault)| {
            tracing::warn!(%fault, "the token did not sign and is connected to anew");
            self.renew(generation);
            self.try_sign(name, bytes).map_err(|(_, fault)| fault)
        })
    }

    /// A signature, or the fault with the connection it was met on.
    fn try_sign(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, (u64, TokenFault)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let connection = state.connection.as_ref().map_err(Clone::clone);
        let signed = connection.and_then(|connection| connection.sign(name, bytes));
        let signed = signed.and_then(|signature| self.looked_at(name, bytes, signature));
        signed.map_err(|fault| (state.generation, fault))
    }

    /// What a device hands back is looked at before it becomes a seal.
    fn looked_at(&self, name: &str, bytes: &[u8], signed: Vec<u8>) -> Result<Vec<u8>, TokenFault> {
        let own = self.keys.iter().find(|key| key.name == name);
        let taken = own.and_then(|key| key.work.taken(bytes, signed));
        taken.ok_or_else(|| TokenFault::OtherKey(self.label(name).to_owned()))
    }

    /// Connects anew, unless somebody else did so since `generation`. Waits until no session is in use.
    fn renew(&self, generation: u64) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.generation == generation {
            state.generation = generation.saturating_add(1);
            // The old sessions are closed before the new ones are opened: tokens have few.
            state.connection = Err(TokenFault::Busy);
            state.connection = self.device.connect().map(|logged_in| self.look_up(logged_in));
        }
    }

    fn look_up(&self, logged_in: LoggedIn) -> Connection {
        let find = |key: &TokenKey| {
            let ready = |session: &Session| self.ready(session, key, &logged_in.mechanisms);
            // A key that is not there is no fault of the session.
            logged_in.with(|session| Ok(ready(session)))?
        };
        let keys = self.keys.iter().map(|key| (key.name.clone(), find(key))).collect();
        Connection { device: logged_in, keys }
    }

    fn ready(
        &self,
        session: &Session,
        key: &TokenKey,
        offered: &[MechanismType],
    ) -> Result<Ready, TokenFault> {
        let label = self.label(&key.name);
        let kind = key.work.kind()?;
        let configured = match key.work {
            KeyWork::Seals(_) => self.settings.mechanism,
            KeyWork::Facts(_) => self.settings.facts_mechanism,
        };
        let mechanism = TokenMechanism::choose(configured, kind, offered)?;
        let ready = Ready { handle: find_key(session, label)?, kind, mechanism };
        let proof = ready.sign(session, PROOF)?;
        let taken = key.work.taken(PROOF, proof);
        taken.map(|_| ready).ok_or_else(|| TokenFault::OtherKey(label.to_owned()))
    }

    fn label<'a>(&'a self, name: &'a str) -> &'a str {
        self.settings.labels.get(name).map_or(name, String::as_str)
    }
}

impl Connection {
    fn sign(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, TokenFault> {
        let absent = || TokenFault::NoKey(name.to_owned());
        let key = self.keys.get(name).ok_or_else(absent)?.as_ref().map_err(Clone::clone)?;
        self.device.with(|session| key.sign(session, bytes))
    }
}

impl Ready {
    fn sign(&self, session: &Session, bytes: &[u8]) -> Result<Vec<u8>, TokenFault> {
        let call = self.mechanism.call()?;
        let signature = session.sign(&call, self.handle, &self.mechanism.input(bytes))?;
        mechanism::output(self.kind, signature)
    }
}

/// The only private key of a label.
fn find_key(session: &Session, label: &str) -> Result<ObjectHandle, TokenFault> {
    let template =
        [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(label.as_bytes().to_vec())];
    match session.find_objects(&template)?.as_slice() {
        [key] => Ok(*key),
        [] => Err(TokenFault::NoKey(label.to_owned())),
        _ => Err(TokenFault::ManyKeys(label.to_owned())),
    }
}
