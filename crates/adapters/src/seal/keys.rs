//! The sealing keys of all providers: one mechanism, wherever a key lives, and however many a provider has.
//!
//! A key is used only while its certificate is valid; which of several seals is decided in `term.rs`. Work with a key runs
//! off the threads that answer people. Read next: `folder.rs`, where keys come from; `pkcs11/`.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::{Clock, SealError, SealTerm};
use domain::Kato;
use jiff::Timestamp;
use signature::pades::SealCertificates;
use tokio::sync::Semaphore;

use super::key::{FileKey, KeyFault};
use super::pkcs11::Token;
use super::term::{Term, choose};
use crate::token::{self, TokenFault, Unanswered};

/// Where a private key lives.
pub(super) enum Place {
    /// In this process's memory, read from a file.
    File(FileKey),
    /// In a device.
    Token(Arc<Token>),
}

/// A key and its certificates, known to belong together.
pub(super) struct SealKey {
    /// Name of the certificate's file without its ending.
    name: String,
    place: Place,
    certificates: SealCertificates,
    term: Term,
}

impl SealKey {
    pub(super) fn new(
        name: String,
        place: Place,
        certificates: SealCertificates,
    ) -> Result<Self, KeyFault> {
        let term = Term::of(&certificates)?;
        Ok(Self { name, place, certificates, term })
    }

    pub(super) fn certificates(&self) -> &SealCertificates {
        &self.certificates
    }

    /// The moment a seal claims: the one it is asked for, but none before its certificate began. So a document that was
    /// decided before a certificate without overlap is sealed by it in due form.
    pub(super) fn claimed(&self, asked: Timestamp) -> Timestamp {
        asked.max(self.term.not_before)
    }

    /// RSA PKCS #1 v1.5 or ECDSA in DER, with SHA-256, as the certificate's key is. Blocks.
    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyFault> {
        match &self.place {
            Place::File(key) => key.sign(bytes),
            Place::Token(token) => Ok(token.sign(&self.name, bytes)?),
        }
    }

    /// Runs what signs with the key, see [`patiently`].
    pub(super) async fn work<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, SealError> {
        let admissions = match &self.place {
            Place::File(_) => None,
            Place::Token(token) => Some(Arc::clone(&token.admissions)),
        };
        patiently(admissions, move || work(&self)).await
    }
}

/// Runs what signs with a key where it may block, once there is room. A key that does not answer in time is not available,
/// and what it still does then is nobody's.
pub(super) async fn patiently<T: Send + 'static>(
    admissions: Option<Arc<Semaphore>>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SealError> {
    let why = |unanswered| match unanswered {
        Unanswered::Late => "the key does not answer in time",
        Unanswered::Stopped => "sealing was broken off",
    };
    let done = token::patiently(admissions, work).await;
    done.map_err(|unanswered| SealError::Unavailable(why(unanswered).to_owned()))
}

/// All keys.
pub(super) struct SealKeys {
    clock: Arc<dyn Clock>,
    system: Vec<Arc<SealKey>>,
    providers: BTreeMap<Kato, Vec<Arc<SealKey>>>,
    token: Option<Arc<Token>>,
}

/// Name of the seal for providers without one of their own.
pub(super) const SYSTEM: &str = "system";

impl SealKeys {
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        system: Vec<SealKey>,
        providers: BTreeMap<Kato, Vec<SealKey>>,
        token: Option<Arc<Token>>,
    ) -> Self {
        let shared = |keys: Vec<SealKey>| keys.into_iter().map(Arc::new).collect();
        let providers = providers.into_iter().map(|(kato, keys)| (kato, shared(keys))).collect();
        Self { clock, system: shared(system), providers, token }
    }

    /// The key that seals now in a provider's name: one of his own, or the system's where he has none.
    ///
    /// A provider whose certificates are all past or to come waits: the system's seal would say something else.
    pub(super) fn of(&self, kato: &Kato) -> Result<Arc<SealKey>, SealError> {
        let (owner, keys) = match self.providers.get(kato) {
            Some(keys) => (kato.as_str(), keys),
            None => (SYSTEM, &self.system),
        };
        let terms: Vec<Term> = keys.iter().map(|key| key.term).collect();
        let chosen = choose(&terms, self.clock.now()).and_then(|place| keys.get(place));
        chosen.cloned().ok_or_else(|| {
            tracing::error!(owner, "no sealing certificate is valid now: renew it");
            SealError::Unavailable(format!("no sealing certificate of {owner} is valid now"))
        })
    }

    /// From when to when each certificate counts.
    pub(super) fn terms(&self) -> Vec<SealTerm> {
        let term = |owner: &str, key: &Arc<SealKey>| SealTerm {
            owner: owner.to_owned(),
            certificate: key.name.clone(),
            not_before: key.term.not_before,
            not_after: key.term.not_after,
        };
        let system = self.system.iter().map(|key| term(SYSTEM, key));
        let of_providers = self
            .providers
            .iter()
            .flat_map(|(kato, keys)| keys.iter().map(move |key| term(kato.as_str(), key)));
        system.chain(of_providers).collect()
    }

    /// Whether the token, where there is one, is there with all its keys.
    pub(super) fn present(&self) -> Result<(), TokenFault> {
        self.token.as_ref().map_or(Ok(()), |token| token.present())
    }
}
