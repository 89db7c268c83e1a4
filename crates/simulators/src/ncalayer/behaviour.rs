//! How the signer behaves: as the program does, or in one of the ways in which it was seen to differ or fail.

use std::time::Duration;

/// Behaviour from the next message on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// Form of `body.result`.
    pub shape: ReplyShape,
    /// Form of a signature within it.
    pub cms_text: CmsText,
    /// Devices with keys that are plugged in, by the names of their storages.
    pub tokens: &'static [&'static str],
    /// What goes wrong, if anything.
    pub fault: Option<Fault>,
}

/// Form of `body.result`; version 1.4 answers a list, others were recorded too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyShape {
    /// A list, also for one document.
    #[default]
    Array,
    /// The bare text of the first signature.
    Text,
    /// An object with `signatures`.
    Object,
}

/// Form of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CmsText {
    /// `-----BEGIN CMS-----` and lines.
    #[default]
    Pem,
    /// Base64 in one line.
    Base64,
}

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is taken and nothing is ever said on it.
    SilentAfterOpen,
    /// The greeting is that of a version too old to be of use.
    OldVersion,
    /// The module `kz.gov.pki.knca.basics` is not there, as before 2022.
    NoBasics,
    /// Neither module is there.
    NoModules,
    /// Requests to sign are taken and never answered or shown; heartbeats are.
    NeverAnswers,
    /// The program hangs from a request to sign on: heartbeats stay unanswered too.
    Freezes,
    /// The connection ends at a request to sign, without a closing frame.
    DropsConnection,
    /// The connection is closed when a person has signed.
    ClosesAfterSigning,
    /// The person's answer is told so much later than he gave it.
    AnswersLate(Duration),
    /// Each request to sign is answered with an error that says nothing.
    RepliesError,
    /// With one that says that the key has expired.
    KeyExpired,
    /// With one that says that the key was revoked.
    KeyRevoked,
    /// With one that says that the key's storage cannot be opened.
    StorageFails,
    /// A person's answer is told in half a message.
    Malformed,
    /// Other bytes than the page sent are signed.
    SignsOtherContent,
}

/// Why the program says that it failed. Its own words for these are not documented; those here are made up.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum Told {
    #[error("java.lang.IllegalStateException")]
    Nothing,
    #[error("java.security.cert.CertificateExpiredException: NotAfter is in the past")]
    Expired,
    #[error("java.security.cert.CertificateRevokedException: the certificate is revoked")]
    Revoked,
    #[error("java.security.KeyStoreException: the storage cannot be opened")]
    Storage,
}

impl Behaviour {
    /// Behaviour with a fault.
    #[must_use]
    pub fn failing(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    pub(super) fn is(self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// The error each request to sign is answered with.
    pub(super) fn told(self) -> Option<Told> {
        match self.fault? {
            Fault::RepliesError => Some(Told::Nothing),
            Fault::KeyExpired => Some(Told::Expired),
            Fault::KeyRevoked => Some(Told::Revoked),
            Fault::StorageFails => Some(Told::Storage),
            _ => None,
        }
    }

    /// How much later than given an answer is told.
    pub(super) fn delay(self) -> Duration {
        match self.fault {
            Some(Fault::AnswersLate(delay)) => delay,
            _ => Duration::ZERO,
        }
    }
}
