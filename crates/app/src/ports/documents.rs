//! The ports that make, seal and judge documents.

use async_trait::async_trait;
use domain::{DocumentContent, FormWording, Provider, Sheet};
use jiff::Timestamp;

use super::form_maker::FormMaker;

/// Why a document could not be made; a fault for operators, never a refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The content has a character no embedded font draws.
    #[error("the content cannot be printed: {0}")]
    Unprintable(String),
    /// The bytes made do not pass the checks before sealing.
    #[error("the rendered document failed its checks: {0}")]
    Lint(String),
    /// Anything else the writer reports.
    #[error("rendering failed: {0}")]
    Failed(String),
}

/// Makes the unsealed PDF. The same content, wording and facts signature give the same bytes.
pub trait Renderer: FormMaker {
    /// Renders and checks the exact bytes, with a signature over [`Self::facts`] inside where one is given. The words are
    /// those of the released form the content names; `None` where it names one built into the program.
    ///
    /// # Errors
    /// [`RenderError`]; no personal data is in it.
    fn render(
        &self,
        content: &DocumentContent,
        wording: Option<&FormWording>,
        facts_signature: Option<&[u8]>,
    ) -> Result<Vec<u8>, RenderError>;

    /// The unsealed PDF of a sheet of facts, which is no result of the service.
    ///
    /// # Errors
    /// [`RenderError`]; no personal data is in it.
    fn sheet(&self, sheet: &Sheet) -> Result<Vec<u8>, RenderError>;

    /// The facts of a document for machines, exactly as they are attached to it.
    fn facts(&self, content: &DocumentContent) -> Vec<u8>;

    /// Whether every character of a text can be printed: asked before a decision is fixed, because afterwards its
    /// facts stay as they are.
    fn can_print(&self, text: &str) -> bool;
}

/// What a seal is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealOrder {
    /// In whose name.
    pub provider: Provider,
    /// Signing time written into the signature; kept from the intent, so that sealing again claims the same.
    pub sealed_at: Timestamp,
}

/// Why a seal could not be put on; always a reason to try again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key or its device is not there now.
    #[error("the seal is not available: {0}")]
    Unavailable(String),
    /// The bytes are not a PDF that can be sealed.
    #[error("the document cannot be sealed: {0}")]
    Unsuitable(String),
}

/// From when to when a certificate of a seal counts. No personal data is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealTerm {
    /// Whose seal: a provider's KATO code or `system`.
    pub owner: String,
    /// Which of his certificates, as its file is called.
    pub certificate: String,
    /// First moment.
    pub not_before: Timestamp,
    /// Last moment.
    pub not_after: Timestamp,
}

/// Puts the provider's seal on a PDF that was stored before.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// The sealed bytes.
    ///
    /// # Errors
    /// [`SealError`].
    async fn seal(&self, unsealed: &[u8], order: &SealOrder) -> Result<Vec<u8>, SealError>;

    /// From when to when its certificates count; empty where it has none.
    fn terms(&self) -> Vec<SealTerm> {
        Vec::new()
    }
}

/// Signs the facts of documents, beside the seal, for those who do not judge the seal: a detached CMS with a GOST key.
#[async_trait]
pub trait FactsSigner: Send + Sync {
    /// The CMS over exactly these bytes, DER. It is asked for once for each document, before its bytes are stored.
    ///
    /// # Errors
    /// [`SealError`], as of a seal: a reason to try again.
    async fn sign(&self, facts: &[u8], signed_at: Timestamp) -> Result<Vec<u8>, SealError>;

    /// From when to when its certificates count; empty where it has none.
    fn terms(&self) -> Vec<SealTerm> {
        Vec::new()
    }
}

/// The verdict about a PDF somebody shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentVerdict {
    /// Sealed by a key we trust, whole and unaltered; carries its facts.
    Genuine(Box<DocumentContent>),
    /// Not genuine, for the reason of this stable code.
    NotGenuine(&'static str),
    /// No document of this kind at all, for the reason of this stable code.
    Unreadable(&'static str),
    /// Cannot be told now, for the reason of this stable code.
    CannotTell(&'static str),
}

/// Judges a sealed PDF by its signature alone.
pub trait DocumentVerifier: Send + Sync {
    /// The verdict at a moment.
    fn verify(&self, pdf: &[u8], at: Timestamp) -> DocumentVerdict;
}
