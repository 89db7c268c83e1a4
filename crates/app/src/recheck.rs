//! The look at everything that was issued, again and again: whether each stored document is still what anybody would
//! find genuine, with the facts that were decided.
//!
//! It tells numbers and codes, nothing of persons. Read next: `ports/documents.rs` for the judgement.

use domain::{DocumentContent, Number};
use jiff::Timestamp;

use crate::ports::{DocumentVerdict, ResultId, StoreError, StoredResult};
use crate::service::Service;

/// What is found of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rechecked {
    /// Genuine, and with the facts decided.
    Genuine,
    /// Not, for the reason of this stable code.
    NotGenuine(&'static str),
    /// Cannot be told now, for the reason of this stable code.
    CannotTell(&'static str),
}

impl Service {
    /// Judges every issued document of a request anew at a moment, by its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recheck(
        &self,
        request: &Number,
        at: Timestamp,
    ) -> Result<Vec<(Number, Rechecked)>, StoreError> {
        let mut found = Vec::new();
        for StoredResult { planned, digest, .. } in self.store().results_of(request).await? {
            if digest.is_some() {
                let content = &planned.content;
                let rechecked = self.recheck_document(&planned.id, content, at).await?;
                found.push((content.number().clone(), rechecked));
            }
        }
        Ok(found)
    }

    async fn recheck_document(
        &self,
        id: &ResultId,
        decided: &DocumentContent,
        at: Timestamp,
    ) -> Result<Rechecked, StoreError> {
        let pdf = match self.store().document(id).await {
            Ok(Some(pdf)) => pdf,
            Ok(None) => return Ok(Rechecked::NotGenuine("document_missing")),
            // Sealed bytes that somebody changed do not even open; the others are to be judged all the same.
            Err(StoreError::Corrupt(_)) => return Ok(Rechecked::NotGenuine("altered")),
            Err(error) => return Err(error),
        };
        Ok(match self.parts.document_verifier.verify(&pdf, at) {
            DocumentVerdict::Genuine(content) if *content == *decided => Rechecked::Genuine,
            DocumentVerdict::Genuine(_) => Rechecked::NotGenuine("other_facts"),
            DocumentVerdict::NotGenuine(code) | DocumentVerdict::Unreadable(code) => {
                Rechecked::NotGenuine(code)
            }
            DocumentVerdict::CannotTell(code) => Rechecked::CannotTell(code),
        })
    }
}
