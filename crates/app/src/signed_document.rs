//! The one-time documents that are signed: canonical UTF-8 JSON, the same bytes shown, stored and signed.

use domain::{Consents, ElectronicRequest, Iin, Kato, Language, WardsAsked};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Identifier of the form of a signed electronic request; its JSON Schema is published.
pub const ELECTRONIC_REQUEST_SCHEMA: &str = "electronic-request.v1";
const SIGN_IN_SCHEMA: &str = "sign-in.v1";
const OFFICER_SIGN_IN_SCHEMA: &str = "officer-sign-in.v1";

/// An electronic request as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedDocument {
    /// [`ELECTRONIC_REQUEST_SCHEMA`].
    pub schema: String,
    /// One-time challenge.
    pub challenge: String,
    /// When it was prepared.
    pub prepared_at: Timestamp,
    /// Until when it can be submitted.
    pub expires_at: Timestamp,
    /// Language of the statement.
    pub language: Language,
    /// Who asks.
    pub applicant_iin: Iin,
    /// For which wards.
    pub wards: WardsAsked,
    /// Both consents.
    pub consents: Consents,
    /// Addressed department, if chosen.
    pub provider: Option<Kato>,
    /// The text as shown, line by line.
    pub statement: Vec<String>,
}

/// A sign-in challenge as it is signed.
#[derive(Serialize)]
struct SignInDocument<'a> {
    schema: &'a str,
    challenge: &'a str,
    expires_at: Timestamp,
    statement: &'a [String],
}

#[derive(Deserialize)]
struct AnyDocument {
    schema: String,
    challenge: String,
}

impl SignedDocument {
    /// The bytes to be signed.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        pretty(self)
    }

    /// Reads the bytes back.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(crate) fn new(
        request: &ElectronicRequest,
        challenge: &str,
        prepared_at: Timestamp,
        expires_at: Timestamp,
        statement: Vec<String>,
    ) -> Self {
        Self {
            schema: ELECTRONIC_REQUEST_SCHEMA.to_owned(),
            challenge: challenge.to_owned(),
            prepared_at,
            expires_at,
            language: request.language,
            applicant_iin: request.applicant,
            wards: request.wards.clone(),
            consents: request.consents,
            provider: request.provider.clone(),
            statement,
        }
    }
}

/// The bytes of a sign-in challenge.
pub(crate) fn sign_in_document(
    challenge: &str,
    expires_at: Timestamp,
    statement: &[String],
) -> Vec<u8> {
    pretty(&SignInDocument { schema: SIGN_IN_SCHEMA, challenge, expires_at, statement })
}

/// The bytes of an officer's sign-in challenge.
pub(crate) fn officer_sign_in_document(
    challenge: &str,
    expires_at: Timestamp,
    statement: &[String],
) -> Vec<u8> {
    let schema = OFFICER_SIGN_IN_SCHEMA;
    pretty(&SignInDocument { schema, challenge, expires_at, statement })
}

/// The challenge of an electronic request, read from bytes nobody has judged yet: good for looking the stored
/// document up, and for nothing else.
#[must_use]
pub fn challenge_of(bytes: &[u8]) -> Option<String> {
    let document: AnyDocument = serde_json::from_slice(bytes).ok()?;
    (document.schema == ELECTRONIC_REQUEST_SCHEMA).then_some(document.challenge)
}

/// Indented, so that a person who signs with another program can read it.
fn pretty(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(document).unwrap_or_default()
}
