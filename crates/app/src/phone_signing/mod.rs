//! Signing by telephone: one document that waits is shown to the person's telephone through a one-time link, and the
//! signature comes back from there.
//!
//! The link's token is made of a random identifier and of the browser's own secret, so that only the browser that began
//! can show the link again or go on with what was signed; of the token a hash is kept. Knows nothing of the protocol the
//! telephone speaks. Read next: `take.rs` for the signature's way, `document_xml.rs` for the document as XML.

mod document_xml;
mod take;

pub use document_xml::{document_in_xml, document_xml};

use domain::{Iin, Language};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::backlog::Busy;
use crate::ports::{
    Draft, PhoneAuth, PhoneLinkHash, PhoneMethod, PhoneSigning, SignInChallenge, SignatureVerdict,
    StoreError,
};
use crate::service::Service;
use crate::sign_in::{Entrance, SignInError};

/// What became of a signing is told for so long after its end.
const KEPT_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// What is to be signed.
#[derive(Clone, Copy, Debug)]
pub enum PhonePurpose<'a> {
    /// This draft, by its applicant.
    Request(&'a Draft),
    /// A one-time text in this language, by whoever signs in.
    SignIn(Language),
}

/// How the telephone is to go about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneWay {
    /// How it shows that it may have the document.
    pub auth: PhoneAuth,
    /// How it signs.
    pub method: PhoneMethod,
}

/// A signing that was begun, for the browser that began it. Its token is a secret, so it has no debugging form.
pub struct PhoneBegun {
    /// Names it in the portal's own addresses; worth nothing without the browser's secret.
    pub id: String,
    /// The link's token: whoever has it is invited.
    pub token: String,
    /// What is kept.
    pub signing: PhoneSigning,
}

/// What the telephone is told and given.
pub struct PhoneDocument {
    /// The signing.
    pub signing: PhoneSigning,
    /// The bytes to be signed.
    pub document: Vec<u8>,
    /// The same in words, line by line.
    pub lines: Vec<String>,
    /// Whether it is a sign-in, and not a request.
    pub is_sign_in: bool,
}

/// How a signing stands, for the browser that began it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneState {
    /// No signature was accepted yet.
    Waiting {
        /// Why the last one was refused.
        refusal: Option<String>,
        /// Until when one is taken.
        until: Timestamp,
    },
    /// The request is registered, or the person was led to the one that was open.
    Registered(domain::Number),
    /// The one-time text is signed: the browser can go on.
    SignedIn,
    /// No signature came in time.
    Expired,
}

/// Why the telephone got nothing, or its signature was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// No such link.
    #[error("no such link")]
    Unknown,
    /// The right to have the document was not shown.
    #[error("the right to have the document was not shown")]
    Unauthorized,
    /// The time is over.
    #[error("the link has expired")]
    Expired,
    /// A signature was accepted already.
    #[error("the link was used already")]
    Used,
    /// The signature is not accepted.
    #[error("the signature was not accepted: {code}")]
    Refused {
        /// Stable code.
        code: &'static str,
    },
    /// It cannot be judged or registered now: a fault, and no answer.
    #[error("it cannot be told now: {code}")]
    CannotTell {
        /// Stable code.
        code: &'static str,
        /// From when on it can, where that is known.
        from: Option<Timestamp>,
    },
    /// More is asked than can be done now: the same signature may be brought again.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PhoneError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "phone_unknown",
            Self::Unauthorized => "phone_unauthorized",
            Self::Expired => "phone_expired",
            Self::Used => "phone_used",
            Self::Refused { code } | Self::CannotTell { code, .. } => code,
            Self::Busy(busy) => busy.code(),
            Self::Store(_) => "store_unavailable",
        }
    }
}

fn digest_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}

/// The token of a link, from the signing's identifier and the secret of the browser that began it.
fn token_of(id: &str, secret: &str) -> String {
    digest_of(&["phone link", id, secret])
}

pub(super) fn link_of(token: &str) -> PhoneLinkHash {
    PhoneLinkHash(digest_of(&["phone", token]))
}

/// The bearer token that an invitation names. It follows from the link's token, so that nothing but a hash of that is
/// kept and asking for the invitation again changes nothing.
#[must_use]
pub fn phone_bearer(token: &str) -> String {
    digest_of(&["phone bearer", token])
}

impl Service {
    /// Begins a signing for the browser that has this secret.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin_phone_signing(
        &self,
        purpose: PhonePurpose<'_>,
        way: PhoneWay,
        secret: &str,
    ) -> Result<PhoneBegun, StoreError> {
        let (begun_at, until) = (self.now(), self.after(self.settings().phone));
        let (challenge, signer, expires_at) = match purpose {
            PhonePurpose::Request(draft) => {
                let signer = draft.request.applicant;
                (draft.challenge.clone(), Some(signer), until.min(draft.expires_at))
            }
            PhonePurpose::SignIn(language) => {
                let until = until.min(self.after(self.settings().challenge));
                let kept = until.checked_add(KEPT_AFTER).unwrap_or(until);
                (self.sign_in_challenge(language, kept).await?.id, None, until)
            }
        };
        let id = self.parts.ids.token();
        let token = token_of(&id, secret);
        let signing = PhoneSigning {
            link: link_of(&token),
            challenge,
            signer,
            auth: way.auth,
            method: way.method,
            begun_at,
            expires_at,
            kept_until: expires_at.checked_add(KEPT_AFTER).unwrap_or(expires_at),
            accepted: None,
            refusal: None,
        };
        self.store().put_phone_signing(&signing).await?;
        Ok(PhoneBegun { id, token, signing })
    }

    /// The signing that this browser began under this identifier, with its link's token.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn phone_begun(
        &self,
        id: &str,
        secret: &str,
    ) -> Result<Option<PhoneBegun>, StoreError> {
        let token = token_of(id, secret);
        let signing = self.kept_signing(&token).await?;
        Ok(signing.map(|signing| PhoneBegun { id: id.to_owned(), token, signing }))
    }

    /// How a signing stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn phone_state(&self, begun: &PhoneBegun) -> Result<PhoneState, StoreError> {
        let signing = &begun.signing;
        if signing.signer.is_some() {
            let draft = self.store().draft(&signing.challenge).await?;
            // The draft knows more than the signing does: it may have been signed in another way meanwhile.
            if let Some(number) = draft.as_ref().and_then(Draft::request_number) {
                return Ok(PhoneState::Registered(number.clone()));
            }
        } else if signing.accepted.is_some() {
            return Ok(PhoneState::SignedIn);
        }
        if signing.expires_at <= self.now() {
            return Ok(PhoneState::Expired);
        }
        let refusal = signing.refusal.clone();
        Ok(PhoneState::Waiting { refusal, until: signing.expires_at })
    }

    /// Opens a session for whoever signed by telephone, in the browser that began it, once.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_by_phone(&self, id: &str, secret: &str) -> Result<Entrance, SignInError> {
        let begun = self.phone_begun(id, secret).await?.ok_or(SignInError::UnknownChallenge)?;
        let signing = begun.signing;
        match signing.accepted.and_then(|accepted| accepted.bytes) {
            Some(bytes) => self.sign_in(&signing.challenge, &bytes).await,
            None if signing.expires_at <= self.now() => Err(SignInError::Expired),
            None => Err(SignInError::NotSignedYet),
        }
    }

    /// What the invitation is to; nothing of it is personal but what [`Self::phone_document`] gives.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub async fn phone_invitation(&self, token: &str) -> Result<PhoneSigning, PhoneError> {
        let signing = self.kept_signing(token).await?.ok_or(PhoneError::Unknown)?;
        if signing.accepted.is_some() {
            return Err(PhoneError::Used);
        }
        if signing.expires_at <= self.now() {
            return Err(PhoneError::Expired);
        }
        Ok(signing)
    }

    /// The document, for an application that has shown its right to it.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub async fn phone_document(
        &self,
        token: &str,
        shown: PhoneRight<'_>,
    ) -> Result<PhoneDocument, PhoneError> {
        let signing = self.phone_invitation(token).await?;
        self.check_right(&signing, token, shown).await?;
        let is_sign_in = signing.signer.is_none();
        let document = self.signed_bytes(&signing).await?.ok_or(PhoneError::Expired)?;
        let lines = lines_of(&document);
        Ok(PhoneDocument { signing, document, lines, is_sign_in })
    }

    async fn check_right(
        &self,
        signing: &PhoneSigning,
        token: &str,
        shown: PhoneRight<'_>,
    ) -> Result<(), PhoneError> {
        match (signing.auth, shown) {
            (PhoneAuth::None, PhoneRight::Nothing | PhoneRight::Bearer(_)) => Ok(()),
            (PhoneAuth::Token, PhoneRight::Bearer(bearer)) if bears(bearer, token) => Ok(()),
            (PhoneAuth::Eds, PhoneRight::SignedUri { xml, uri }) => {
                self.check_signed_uri(signing.signer, xml, uri).await
            }
            (PhoneAuth::None | PhoneAuth::Token | PhoneAuth::Eds, _) => {
                Err(PhoneError::Unauthorized)
            }
        }
    }

    async fn check_signed_uri(
        &self,
        signer: Option<Iin>,
        xml: &[u8],
        uri: &str,
    ) -> Result<(), PhoneError> {
        match self.parts.verifier.verify_uri(xml, uri, self.now()).await {
            SignatureVerdict::Valid(by) if signer.is_some_and(|signer| signer != by.iin) => {
                Err(PhoneError::Refused { code: "someone_elses_signature" })
            }
            SignatureVerdict::Valid(_) => Ok(()),
            SignatureVerdict::Invalid(code) => Err(PhoneError::Refused { code }),
            SignatureVerdict::CannotTell(code) => Err(PhoneError::CannotTell { code, from: None }),
        }
    }

    pub(super) async fn kept_signing(
        &self,
        token: &str,
    ) -> Result<Option<PhoneSigning>, StoreError> {
        let signing = self.store().phone_signing(&link_of(token)).await?;
        Ok(signing.filter(|signing| signing.kept_until > self.now()))
    }

    /// The bytes that wait for a signature, while they are there.
    pub(super) async fn signed_bytes(
        &self,
        signing: &PhoneSigning,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if signing.signer.is_some() {
            let draft = self.store().draft(&signing.challenge).await?;
            return Ok(draft.map(|draft| draft.document));
        }
        let challenge: Option<SignInChallenge> = self.store().challenge(&signing.challenge).await?;
        Ok(challenge.map(|challenge| challenge.document))
    }
}

/// What an application brought to have the document.
#[derive(Clone, Copy, Debug)]
pub enum PhoneRight<'a> {
    /// Nothing.
    Nothing,
    /// A bearer token.
    Bearer(&'a str),
    /// An XML document with the document's address in it, signed.
    SignedUri {
        /// As it came.
        xml: &'a [u8],
        /// The address it must hold.
        uri: &'a str,
    },
}

/// Compared as digests, so that time tells nothing of where two tokens differ.
pub(super) fn bears(bearer: &str, token: &str) -> bool {
    Sha256::digest(bearer.as_bytes()) == Sha256::digest(phone_bearer(token).as_bytes())
}

/// The statement in a document of ours.
pub(super) fn lines_of(document: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct Lines {
        statement: Vec<String>,
    }
    serde_json::from_slice::<Lines>(document).map(|lines| lines.statement).unwrap_or_default()
}
