//! Rendering by the crate `certificate`, with its checks of the exact bytes that will be sealed: by the forms built into
//! the program, or by a released form's words.

use std::sync::{Arc, Mutex, PoisonError};

use app::{FormMaker, RenderError, Renderer};
use certificate::{FormFault, LintFault, RenderFault};
use domain::{DocumentContent, FormVersion, FormWording, Sheet, Specimen, WordingFault};

/// The forms or fonts inside the program are damaged.
#[derive(Debug, thiserror::Error)]
#[error("the forms cannot be loaded: {0}")]
pub struct RendererSetupError(#[from] FormFault);

/// Forms by some words.
type Worded = (FormWording, Arc<certificate::Renderer>);

/// Makes PDF/A-3 documents.
pub struct PdfRenderer {
    built_in: certificate::Renderer,
    /// Reading a form takes longer than writing a document, and the form in force is nearly always the last one.
    last: Mutex<Option<Worded>>,
}

impl PdfRenderer {
    /// Loads forms and fonts, once per process.
    ///
    /// # Errors
    /// [`RendererSetupError`].
    pub fn new() -> Result<Self, RendererSetupError> {
        Ok(Self { built_in: certificate::Renderer::new()?, last: Mutex::new(None) })
    }

    fn worded(&self, wording: &FormWording) -> Result<Arc<certificate::Renderer>, RenderError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((kept, renderer)) = &*last
            && kept == wording
        {
            return Ok(Arc::clone(renderer));
        }
        let renderer = Arc::new(certificate::Renderer::worded(wording).map_err(failed)?);
        *last = Some((wording.clone(), Arc::clone(&renderer)));
        Ok(renderer)
    }
}

fn failed(fault: impl std::fmt::Display) -> RenderError {
    RenderError::Failed(fault.to_string())
}

fn unmade(fault: RenderFault) -> RenderError {
    match fault {
        RenderFault::Unprintable(character) => RenderError::Unprintable(character.to_string()),
        other => failed(other),
    }
}

impl Renderer for PdfRenderer {
    fn render(
        &self,
        content: &DocumentContent,
        wording: Option<&FormWording>,
        facts_signature: Option<&[u8]>,
    ) -> Result<Vec<u8>, RenderError> {
        let version = content.form_version();
        let bytes = match (version, wording) {
            (FormVersion::Released(_), Some(wording)) => {
                self.worded(wording)?.render(content, facts_signature)
            }
            (FormVersion::BuiltIn(_), None) if version == self.built_in() => {
                self.built_in.render(content, facts_signature)
            }
            // What its foot would say would not be so.
            _ => return Err(failed(format!("no words are given of the form {}", version.code()))),
        };
        let bytes = bytes.map_err(unmade)?;
        certificate::lint(&bytes, content, facts_signature).map_err(|faults| {
            let faults: Vec<_> = faults.iter().map(LintFault::to_string).collect();
            RenderError::Lint(faults.join("; "))
        })?;
        Ok(bytes)
    }

    fn sheet(&self, sheet: &Sheet) -> Result<Vec<u8>, RenderError> {
        self.built_in.sheet(sheet).map_err(|fault| RenderError::Failed(fault.to_string()))
    }

    fn facts(&self, content: &DocumentContent) -> Vec<u8> {
        certificate::facts_json(content)
    }

    fn can_print(&self, text: &str) -> bool {
        certificate::printable(text).is_ok()
    }
}

impl FormMaker for PdfRenderer {
    fn built_in(&self) -> FormVersion {
        certificate::Renderer::built_in()
    }

    fn built_in_wording(&self) -> Result<FormWording, RenderError> {
        certificate::built_in_wording().map_err(failed)
    }

    fn is_fixed_by_law(&self, key: &str) -> bool {
        certificate::is_fixed_by_law(key)
    }

    fn wording_faults(&self, wording: &FormWording) -> Result<Vec<WordingFault>, RenderError> {
        certificate::wording_faults(wording).map_err(failed)
    }

    fn specimen(&self, wording: &FormWording, specimen: Specimen) -> Result<Vec<u8>, RenderError> {
        self.worded(wording)?.specimen(specimen).map_err(unmade)
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
        let bytes = renderer.render(&content, None, None).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        assert_eq!(bytes, renderer.render(&content, None, None).unwrap());
    }

    #[test]
    fn what_cannot_be_printed_is_a_fault_that_repeats_nothing() {
        let mut content = samples::certificate();
        content.guardian_address = "Шығыс 東 көшесі".into();
        let renderer = PdfRenderer::new().unwrap();
        let content = DocumentContent::Certificate(content);
        let fault = renderer.render(&content, None, None).unwrap_err();
        assert!(matches!(fault, RenderError::Unprintable(_)), "{fault}");
        assert!(!fault.to_string().contains("Шығыс"));
    }

    #[test]
    fn a_document_is_written_by_the_form_it_names_or_not_at_all() {
        let renderer = PdfRenderer::new().unwrap();
        let mut content = samples::certificate();
        let by = |version, content: &mut domain::CertificateContent| {
            content.form_version = Some(version);
            DocumentContent::Certificate(content.clone())
        };
        let mut wording = renderer.built_in_wording().unwrap();
        let text = wording.0.get_mut("certificate.check").unwrap();
        "Тексеру: {domain}.".clone_into(&mut text.kk);
        let released = by(FormVersion::Released(3), &mut content);
        let own = renderer.render(&released, Some(&wording), None).unwrap();
        let again = PdfRenderer::new().unwrap().render(&released, Some(&wording), None).unwrap();
        assert_eq!(own, again, "another process makes the same bytes");
        let others = renderer.render(&released, Some(&renderer.built_in_wording().unwrap()), None);
        assert_ne!(own, others.unwrap());
        assert!(renderer.render(&released, None, None).is_err());
        let built_in = by(renderer.built_in(), &mut content);
        assert!(renderer.render(&built_in, None, None).is_ok());
        assert!(renderer.render(&built_in, Some(&wording), None).is_err());
        let of_another_program = by(FormVersion::BuiltIn(99), &mut content);
        assert!(renderer.render(&of_another_program, None, None).is_err());
    }

    #[test]
    fn every_specimen_is_made_by_the_words_given() {
        let renderer = PdfRenderer::new().unwrap();
        let wording = renderer.built_in_wording().unwrap();
        assert!(renderer.wording_faults(&wording).unwrap().is_empty());
        for specimen in Specimen::ALL {
            let bytes = renderer.specimen(&wording, specimen).unwrap();
            assert!(bytes.starts_with(b"%PDF-1.7"), "{specimen:?}");
        }
    }
}
