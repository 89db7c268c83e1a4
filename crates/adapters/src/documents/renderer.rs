//! Rendering by the crate `certificate`, with its checks of the exact bytes that will be sealed.

use app::{RenderError, Renderer};
use certificate::{FormFault, LintFault, RenderFault};
use domain::{DocumentContent, Sheet};

/// The forms or fonts inside the program are damaged.
#[derive(Debug, thiserror::Error)]
#[error("the forms cannot be loaded: {0}")]
pub struct RendererSetupError(#[from] FormFault);

/// Makes PDF/A-3 documents from the embedded forms.
pub struct PdfRenderer(certificate::Renderer);

impl PdfRenderer {
    /// Loads forms and fonts, once per process.
    ///
    /// # Errors
    /// [`RendererSetupError`].
    pub fn new() -> Result<Self, RendererSetupError> {
        Ok(Self(certificate::Renderer::new()?))
    }
}

impl Renderer for PdfRenderer {
    fn render(
        &self,
        content: &DocumentContent,
        facts_signature: Option<&[u8]>,
    ) -> Result<Vec<u8>, RenderError> {
        let bytes = self.0.render(content, facts_signature).map_err(|fault| match fault {
            RenderFault::Unprintable(character) => RenderError::Unprintable(character.to_string()),
            other => RenderError::Failed(other.to_string()),
        })?;
        certificate::lint(&bytes, content, facts_signature).map_err(|faults| {
            let faults: Vec<_> = faults.iter().map(LintFault::to_string).collect();
            RenderError::Lint(faults.join("; "))
        })?;
        Ok(bytes)
    }

    fn sheet(&self, sheet: &Sheet) -> Result<Vec<u8>, RenderError> {
        self.0.sheet(sheet).map_err(|fault| RenderError::Failed(fault.to_string()))
    }

    fn facts(&self, content: &DocumentContent) -> Vec<u8> {
        certificate::facts_json(content)
    }

    fn can_print(&self, text: &str) -> bool {
        certificate::printable(text).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_document_is_rendered_and_passes_its_checks() {
        let renderer = PdfRenderer::new().unwrap();
        let content = DocumentContent::Certificate(samples::certificate());
        let bytes = renderer.render(&content, None).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        assert_eq!(bytes, renderer.render(&content, None).unwrap());
    }

    #[test]
    fn what_cannot_be_printed_is_a_fault_that_repeats_nothing() {
        let mut content = samples::certificate();
        content.guardian_address = "Шығыс 東 көшесі".into();
        let renderer = PdfRenderer::new().unwrap();
        let fault = renderer.render(&DocumentContent::Certificate(content), None).unwrap_err();
        assert!(matches!(fault, RenderError::Unprintable(_)), "{fault}");
        assert!(!fault.to_string().contains("Шығыс"));
    }
}
