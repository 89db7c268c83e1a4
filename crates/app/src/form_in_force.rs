//! Which form a document is written by, fixed when it is decided, and the words of it when it is made.
//!
//! Read next: `forms.rs` for how forms come into force.

use domain::{DocumentContent, FormVersion, FormWording};
use jiff::Timestamp;

use crate::ports::{PlannedResult, StoreError};
use crate::service::Service;

impl Service {
    /// The form in force at a moment.
    pub(crate) async fn form_in_force(&self, at: Timestamp) -> Result<FormVersion, StoreError> {
        let released = self.store().form_in_force(at).await?;
        Ok(released.map_or_else(|| self.parts.renderer.built_in(), FormVersion::Released))
    }

    /// The words each document is written with; `None` where they are those built into the program.
    pub(crate) async fn wordings_of(
        &self,
        planned: &[PlannedResult],
    ) -> Result<Vec<Option<FormWording>>, StoreError> {
        let mut wordings: Vec<Option<FormWording>> = Vec::with_capacity(planned.len());
        let mut known: Option<(u32, FormWording)> = None;
        for one in planned {
            let FormVersion::Released(number) = one.content.form_version() else {
                wordings.push(None);
                continue;
            };
            if known.as_ref().is_none_or(|(kept, _)| *kept != number) {
                known = Some((number, self.released_wording(number).await?));
            }
            wordings.push(known.as_ref().map(|(_, wording)| wording.clone()));
        }
        Ok(wordings)
    }

    /// The words one document is written with; `None` where they are those built into the program.
    pub(crate) async fn wording_of(
        &self,
        content: &DocumentContent,
    ) -> Result<Option<FormWording>, StoreError> {
        match content.form_version() {
            FormVersion::BuiltIn(_) => Ok(None),
            FormVersion::Released(number) => Ok(Some(self.released_wording(number).await?)),
        }
    }

    pub(crate) async fn released_wording(&self, number: u32) -> Result<FormWording, StoreError> {
        let form = self.store().released_form(number).await?;
        let form = form.ok_or(StoreError::Corrupt("a document by a form nobody released"))?;
        Ok(form.proposal.wording)
    }
}
