//! What is kept of a signing by telephone: a one-time invitation to sign one document that waits, and what became of it.
//!
//! Of the link only a hash is kept. Read next: `phone_signing/mod.rs`.

use std::fmt;

use domain::Iin;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How the application shows that it may have the document (`auth_type` of the protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PhoneAuth {
    /// By a token that the invitation names.
    Token,
    /// By the document's address, signed with the person's key for signing in.
    Eds,
    /// Not at all: whoever has the link has the document.
    None,
}

impl PhoneAuth {
    /// Word of the protocol.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::Eds => "Eds",
            Self::None => "None",
        }
    }

    /// The way of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Token, Self::Eds, Self::None].into_iter().find(|one| one.code() == code)
    }
}

/// In which form the application signs (`signMethod` of the protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PhoneMethod {
    /// The document, with a CMS round it.
    #[serde(rename = "CMS_WITH_DATA")]
    CmsWithData,
    /// The document's XML form, with the signature inside.
    #[serde(rename = "XML")]
    Xml,
}

impl PhoneMethod {
    /// Word of the protocol.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CmsWithData => "CMS_WITH_DATA",
            Self::Xml => "XML",
        }
    }

    /// The form of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::CmsWithData, Self::Xml].into_iter().find(|one| one.code() == code)
    }
}

/// Hash of a link's token (SHA-256, hexadecimal); the token itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneLinkHash(pub String);

/// A signing by telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneSigning {
    /// Hash of its link.
    pub link: PhoneLinkHash,
    /// Challenge of the document: of a draft, or of a sign-in.
    pub challenge: String,
    /// Who must sign: the applicant of a request. Nobody is known before he has signed in.
    pub signer: Option<Iin>,
    /// How the application asks for the document.
    pub auth: PhoneAuth,
    /// How it signs.
    pub method: PhoneMethod,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// From then on no signature is taken.
    pub expires_at: Timestamp,
    /// Until then it is told what became of it.
    pub kept_until: Timestamp,
    /// What was signed with it, once something was.
    pub accepted: Option<PhoneSignature>,
    /// Stable code of why the last signature was refused, until one is accepted.
    pub refusal: Option<String>,
}

/// An accepted signature.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneSignature {
    /// SHA-256 (hexadecimal) of its bytes.
    pub digest: String,
    /// The bytes, where they are stored nowhere else: of a sign-in, until the browser goes on with it.
    pub bytes: Option<Vec<u8>>,
}

impl fmt::Debug for PhoneSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PhoneSignature")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// What became of accepting a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneAccepted {
    /// Accepted now.
    New,
    /// The same bytes were accepted before.
    Same,
    /// Other bytes were accepted before.
    Other,
}
