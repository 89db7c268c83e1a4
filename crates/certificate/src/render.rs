//! The way of a document: forms and facts in, rows, pages, bytes out.
//!
//! One renderer serves all threads; every thread keeps its own shaper and the shapes of the forms' fixed texts. The
//! same content gives the same bytes.

use std::cell::RefCell;
use std::rc::Rc;

use domain::{
    AnswerContent, Bilingual, CertificateContent, DocumentContent, FormVersion, FormWording,
    Language, RefusalContent, Specimen,
};

use crate::compose::{Composer, Composition, PairKind, Rule, Text};
use crate::draw::{Drawing, draw};
use crate::facts::{FACTS_NAME, facts_json};
use crate::fonts::{Unprintable, fonts, printable};
use crate::form::{BUILT_IN, FormFault, Forms, MissingValue, Values, capitalised};
use crate::layout::{SheetPlan, paginate};
use crate::qr::qr_picture;
use crate::shape::{Shaped, Shaper};
use crate::specimen::content_of;
use crate::style::{BODY_WIDTH, Style};

/// Why a document could not be made. No fault repeats a name or a number of a person.
#[derive(Debug, thiserror::Error)]
pub enum RenderFault {
    /// A value has a character without a glyph: a matter for an operator, never a refusal.
    #[error(transparent)]
    Unprintable(#[from] Unprintable),
    /// A form asks for a value this document has not.
    #[error(transparent)]
    MissingValue(#[from] MissingValue),
    /// The check address is too long for a QR code.
    #[error("the check address is too long for a QR code")]
    CheckAddress,
    /// A shape without an extent.
    #[error("a shape on the page has no extent")]
    Geometry,
    /// The embedded fonts are damaged.
    #[error("an embedded font cannot be read")]
    Font,
    /// A specimen is made of a value that is none.
    #[error("a specimen cannot be made up")]
    Specimen,
    /// The writer's own checks of PDF/A-3 and PDF/UA failed.
    #[error("the PDF writer: {0}")]
    Writer(String),
}

/// Across each page of a specimen.
const SPECIMEN: &str = "ҮЛГІ / ОБРАЗЕЦ";
/// At the foot of a specimen: its words may not be released yet.
const NO_VERSION: &str = "—";

thread_local! {
    static SHAPER: RefCell<Option<Shaper>> = const { RefCell::new(None) };
}

/// Makes documents; cheap to share between threads by reference.
#[derive(Debug)]
pub struct Renderer {
    pub(crate) forms: Forms,
}

impl Renderer {
    /// Loads the fonts and reads the forms.
    ///
    /// # Errors
    /// A form or a font built into the program is broken.
    pub fn new() -> Result<Self, FormFault> {
        fonts().ok_or(FormFault::Font)?;
        Ok(Self { forms: Forms::embedded()? })
    }

    /// The same with other words than those built in.
    ///
    /// # Errors
    /// A form or a font built into the program is broken, or a word has a placeholder nothing fills.
    pub fn worded(wording: &FormWording) -> Result<Self, FormFault> {
        fonts().ok_or(FormFault::Font)?;
        Ok(Self { forms: Forms::worded(wording)? })
    }

    /// Which of the forms built into programs this program has.
    #[must_use]
    pub fn built_in() -> FormVersion {
        FormVersion::BuiltIn(BUILT_IN)
    }

    /// The document as PDF/A-3 with its facts attached, and the signature over [`facts_json`] of them where one is given;
    /// not yet sealed.
    ///
    /// # Errors
    /// [`RenderFault`]; an unprintable name is one.
    pub fn render(
        &self,
        content: &DocumentContent,
        facts_signature: Option<&[u8]>,
    ) -> Result<Vec<u8>, RenderFault> {
        with_shaper(|shaper| {
            let form = content.form_version().to_string();
            let mut drawing = self.drawing(content, &form, shaper)?;
            let description = &self.forms.common.facts.signature_description;
            drawing.facts_signature = facts_signature
                .map(|signature| (signature.to_vec(), in_both_languages(description)));
            draw(drawing)
        })
    }

    /// A document about nobody, that says across each page that it is a specimen.
    ///
    /// # Errors
    /// [`RenderFault`].
    pub fn specimen(&self, specimen: Specimen) -> Result<Vec<u8>, RenderFault> {
        let content = content_of(specimen).ok_or(RenderFault::Specimen)?;
        with_shaper(|shaper| {
            let mut drawing = self.drawing(&content, NO_VERSION, shaper)?;
            drawing.across = Some(shaper.fixed(SPECIMEN, Style::Specimen, BODY_WIDTH));
            draw(drawing)
        })
    }

    fn drawing(
        &self,
        content: &DocumentContent,
        form: &str,
        shaper: &mut Shaper,
    ) -> Result<Drawing, RenderFault> {
        let Composition { rows, tags, leaves, bookmarks } = self.compose(content, shaper)?;
        let pages = paginate(rows);
        let footers = self.footers(content, form, &pages, shaper)?;
        let title = self.title(content);
        let number = content.number().as_str().to_owned();
        Ok(Drawing {
            footers,
            pages,
            leaves,
            tags,
            bookmarks,
            title: format!("{} / {} № {number}", title.kk, title.ru),
            number,
            author: content.provider().name.kk.clone(),
            made_at: content.made_at(),
            facts_name: FACTS_NAME,
            facts: facts_json(content),
            facts_description: in_both_languages(&self.forms.common.facts.description),
            facts_signature: None,
            across: None,
        })
    }

    fn compose(
        &self,
        content: &DocumentContent,
        shaper: &mut Shaper,
    ) -> Result<Composition, RenderFault> {
        let common = &self.forms.common;
        let mut values = self.shared_values(content)?;
        let mut composer = Composer::new(shaper);
        self.compose_head(content, &values, &mut composer)?;
        values = match content {
            DocumentContent::Certificate(certificate) => {
                self.forms.certificate.compose(certificate, common, values, &mut composer)?
            }
            DocumentContent::Refusal(refusal) => {
                self.forms.refusal.compose(refusal, common, values, &mut composer)?
            }
            DocumentContent::Answer(answer) => {
                self.forms.answer.compose(answer, common, values, &mut composer)?
            }
        };
        self.compose_check(content, &values, &mut composer)?;
        Ok(composer.finish())
    }

    fn shared_values(&self, content: &DocumentContent) -> Result<Values, RenderFault> {
        let common = &self.forms.common;
        let mut values = Values::default();
        let address = check_url(content);
        values.put_same("domain", domain_of(address));
        values.put_same("number", content.number().as_str());
        values.put("date", common.date(domain::astana_date(content.made_at()))?);
        values.put("moment", common.moment(content.made_at())?);
        Ok(values)
    }

    fn compose_head(
        &self,
        content: &DocumentContent,
        values: &Values,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        let provider = capitalised(&content.provider().name);
        printable(&provider.kk)?;
        printable(&provider.ru)?;
        let row = composer.pair(&Text::fixed(&provider), Style::Provider, PairKind::Paragraph)?;
        row.space_below = 6.0;
        row.rule = Some(Rule::Strong);
        composer.title(self.title(content));
        let line = Text { text: values.fill(&self.forms.common.number_line)?, fixed: false };
        let row = composer.pair(&line, Style::UnderTitle, PairKind::Paragraph)?;
        row.space_above = 4.0;
        row.space_below = 2.0;
        Ok(())
    }

    fn compose_check(
        &self,
        content: &DocumentContent,
        values: &Values,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        let (check, law) = match content {
            DocumentContent::Certificate(_) => {
                (&self.forms.certificate.check, &self.forms.certificate.law)
            }
            DocumentContent::Refusal(_) => (&self.forms.refusal.check, &self.forms.refusal.law),
            DocumentContent::Answer(_) => (&self.forms.answer.check, &self.forms.answer.law),
        };
        let qr = &self.forms.common.qr;
        let picture = qr_picture(check_url(content)).ok_or(RenderFault::CheckAddress)?;
        let alt = values.fill(&qr.alt)?;
        let caption = values.fill_one(&qr.caption, Language::Kk)?;
        let check = Text { text: values.fill(check)?, fixed: false };
        let alt = format!("{} / {}", alt.kk, alt.ru);
        composer.qr_panel(picture, alt, &caption, &[check, Text::fixed(law)])?;
        Ok(())
    }

    fn footers(
        &self,
        content: &DocumentContent,
        version: &str,
        pages: &[SheetPlan],
        shaper: &mut Shaper,
    ) -> Result<Vec<[Rc<Shaped>; 2]>, RenderFault> {
        let form = &self.forms.common.footer;
        let mut values = Values::default();
        values.put_same("number", content.number().as_str());
        values.put_same("form_version", version);
        values.put_same("rule_version", rule_version(content));
        values.put_same("pages", &pages.len().to_string());
        let line = values.fill_one(&form.line, Language::Kk)?;
        printable(&line)?;
        let line = shaper.once(&line, Style::Footer, BODY_WIDTH);
        let mut footers = Vec::new();
        for page in 1..=pages.len() {
            values.put_same("page", &page.to_string());
            let count = values.fill_one(&form.page, Language::Kk)?;
            footers.push([Rc::clone(&line), shaper.fixed(&count, Style::Footer, BODY_WIDTH)]);
        }
        Ok(footers)
    }

    fn title(&self, content: &DocumentContent) -> &Bilingual {
        match content {
            DocumentContent::Certificate(_) => &self.forms.certificate.title,
            DocumentContent::Refusal(_) => &self.forms.refusal.title,
            DocumentContent::Answer(answer) => self.forms.answer.title(answer),
        }
    }
}

impl Text {
    /// A text that comes again in other documents.
    pub(crate) fn fixed(text: &Bilingual) -> Self {
        Self { text: text.clone(), fixed: true }
    }

    /// A text of this document alone.
    pub(crate) fn once(text: &Bilingual) -> Self {
        Self { text: text.clone(), fixed: false }
    }
}

pub(crate) fn in_both_languages(text: &Bilingual) -> String {
    format!("{} / {}", text.kk, text.ru)
}

pub(crate) fn with_shaper<T>(
    work: impl FnOnce(&mut Shaper) -> Result<T, RenderFault>,
) -> Result<T, RenderFault> {
    let fonts = fonts().ok_or(RenderFault::Font)?;
    SHAPER.with_borrow_mut(|shaper| work(shaper.get_or_insert_with(|| Shaper::new(fonts))))
}

fn check_url(content: &DocumentContent) -> &str {
    match content {
        DocumentContent::Certificate(CertificateContent { check_url, .. })
        | DocumentContent::Refusal(RefusalContent { check_url, .. })
        | DocumentContent::Answer(AnswerContent { check_url, .. }) => check_url,
    }
}

fn rule_version(content: &DocumentContent) -> &str {
    match content {
        DocumentContent::Certificate(CertificateContent { rule_version, .. })
        | DocumentContent::Refusal(RefusalContent { rule_version, .. })
        | DocumentContent::Answer(AnswerContent { rule_version, .. }) => rule_version,
    }
}

/// `anyqtama.example` of `https://anyqtama.example/x`.
fn domain_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    after_scheme.split(['/', '?', '#']).next().unwrap_or(after_scheme)
}

#[cfg(test)]
mod tests {
    use domain::{PersonName, Role};
    use proptest::prelude::*;

    use super::*;
    use crate::layout::{Item, Placed};
    use crate::samples;
    use crate::style::{BODY_BOTTOM, BODY_TOP, BODY_WIDTH, MARGIN};

    fn renderer() -> Renderer {
        Renderer::new().unwrap()
    }

    fn pages_of(content: &DocumentContent) -> (Vec<SheetPlan>, usize) {
        with_shaper(|shaper| {
            let composition = renderer().compose(content, shaper)?;
            Ok((paginate(composition.rows), composition.leaves))
        })
        .unwrap()
    }

    /// Every line of every text stands once, in order, inside the margins, above the footer, beside no other.
    fn require_sound(content: &DocumentContent) {
        let (pages, leaves) = pages_of(content);
        let mut lines_seen = vec![0; leaves];
        for page in &pages {
            for placed in &page.placed {
                let (width, height) = placed.extent();
                assert!(placed.x >= MARGIN - 0.01);
                assert!(placed.x + width <= MARGIN + BODY_WIDTH + 0.01);
                assert!(placed.y >= BODY_TOP - 0.01 && placed.y + height <= BODY_BOTTOM + 0.01);
                if let Item::Line { shaped, line } = &placed.item {
                    assert_eq!(lines_seen[placed.leaf], *line, "lines are in order");
                    lines_seen[placed.leaf] += 1;
                    assert!(!shaped.lines.is_empty());
                }
            }
            require_no_overlap(&page.placed);
        }
        for placed in pages.iter().flat_map(|page| &page.placed) {
            if let Item::Line { shaped, .. } = &placed.item {
                assert_eq!(lines_seen[placed.leaf], shaped.lines.len(), "no line is lost");
            }
        }
    }

    fn require_no_overlap(placed: &[Placed]) {
        for (place, one) in placed.iter().enumerate() {
            let (one_width, one_height) = one.extent();
            for other in &placed[place + 1..] {
                let (width, height) = other.extent();
                let apart = one.x + one_width <= other.x + 0.01
                    || other.x + width <= one.x + 0.01
                    || one.y + one_height <= other.y + 0.01
                    || other.y + height <= one.y + 0.01;
                assert!(apart, "two texts overlap");
            }
        }
    }

    #[test]
    fn ordinary_documents_take_one_page() {
        for (name, content) in samples::all() {
            let expected = if name.starts_with("long_") { 2 } else { 1 };
            assert_eq!(pages_of(&content).0.len(), expected, "{name}");
        }
    }

    #[test]
    fn no_sample_is_cut_or_overlaps() {
        for (_, content) in samples::all() {
            require_sound(&content);
        }
    }

    #[test]
    fn the_same_content_gives_the_same_bytes_on_every_thread() {
        let renderer = renderer();
        for (name, content) in samples::all() {
            let here = renderer.render(&content, None).unwrap();
            assert!(renderer.render(&content, None).unwrap() == here, "{name}");
            let there = std::thread::scope(|scope| {
                scope.spawn(|| renderer.render(&content, None).unwrap()).join().unwrap()
            });
            assert!(there == here, "{name}");
        }
    }

    #[test]
    fn a_specimen_says_so_across_its_page_and_is_no_document() {
        let renderer = renderer();
        for specimen in Specimen::ALL {
            let pdf = renderer.specimen(specimen).unwrap();
            let plain = renderer.render(&content_of(specimen).unwrap(), None).unwrap();
            assert!(pdf != plain && pdf.len() > plain.len(), "{specimen:?}");
            assert_eq!(crate::lint(&pdf, &content_of(specimen).unwrap(), None), Ok(()));
        }
    }

    #[test]
    fn the_form_a_document_is_written_by_changes_its_bytes_and_stands_in_its_facts() {
        let renderer = renderer();
        let mut content = samples::certificate();
        content.form_version = None;
        let of_old = renderer.render(&DocumentContent::Certificate(content.clone()), None).unwrap();
        content.form_version = Some(FormVersion::Released(7));
        let released =
            renderer.render(&DocumentContent::Certificate(content.clone()), None).unwrap();
        assert!(of_old != released);
        let facts = String::from_utf8(facts_json(&DocumentContent::Certificate(content))).unwrap();
        assert!(facts.ends_with(r#","form_version":"released-7"}"#), "{facts}");
    }

    #[test]
    fn one_renderer_serves_all_threads() {
        const fn shareable<T: Send + Sync>() {}
        shareable::<Renderer>();
    }

    #[test]
    fn an_unprintable_name_gives_a_fault_and_no_document() {
        let mut content = samples::refusal_no_record();
        content.applicant_name = "ӘЛІМҚҰЛОВА 🙂".to_owned();
        let fault = renderer().render(&DocumentContent::Refusal(content), None).unwrap_err();
        assert!(matches!(fault, RenderFault::Unprintable(_)));
        assert!(!fault.to_string().contains("ӘЛІМ"));
    }

    #[test]
    fn an_unprintable_issuer_act_number_or_provider_is_a_fault_too() {
        let plain = samples::certificate();
        let with = |change: fn(&mut domain::CertificateContent)| {
            let mut changed = plain.clone();
            change(&mut changed);
            renderer().render(&DocumentContent::Certificate(changed), None)
        };
        assert!(with(|content| content.act.issuer = "王".to_owned()).is_err());
        assert!(with(|content| content.act.number = "م".to_owned()).is_err());
        assert!(with(|content| content.provider.name.ru = "🙂".to_owned()).is_err());
        assert!(with(|content| content.guardian_address = "\u{1f3e0} 5".to_owned()).is_err());
    }

    #[test]
    fn the_domain_is_told_without_path_and_scheme() {
        assert_eq!(domain_of("https://anyqtama.example/tekseru/A-1"), "anyqtama.example");
        assert_eq!(domain_of("http://127.0.0.1:8080/x?y"), "127.0.0.1:8080");
        assert_eq!(domain_of("anyqtama.example"), "anyqtama.example");
    }

    fn name_part() -> impl Strategy<Value = String> {
        "[А-ЯӘҒҚҢӨҰҮІҺA-Z][а-яәғқңөұүіһёa-zéşüığ’ -]{0,60}([а-яәғқңөұүіһ-]{0,39})?"
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn no_name_address_or_issuer_is_ever_cut(
            surname in name_part(), given in name_part(), patronymic in name_part(),
            ward in name_part(), address in "[а-яәғқ0-9 ,.‑-]{0,500}", issuer in "[А-Яа-яәғқ «»№]{1,900}",
            number in "[0-9а-я/‑-]{1,60}", custodian in any::<bool>(),
        ) {
            let mut content = samples::with_inventory();
            content.guardian_name = PersonName::parse(&surname, &given, &patronymic).unwrap();
            content.ward_name = PersonName::parse(&ward, &given, "").unwrap();
            content.guardian_address = address;
            content.act.issuer = issuer;
            content.act.number = number;
            content.role = if custodian { Role::Custodian } else { Role::Guardian };
            require_sound(&DocumentContent::Certificate(content));
        }

        #[test]
        fn no_refusal_is_ever_cut(
            name in "[А-ЯӘҒҚҢӨҰҮІҺ -]{1,300}", office in "[А-Яа-яәғқ ]{1,600}", wards in 0..40_usize,
        ) {
            let mut content = samples::refusal_named();
            content.applicant_name = name;
            content.provider.name.kk = office.clone();
            content.provider.name.ru = office;
            content.named_wards = vec![samples::iin("061211600012"); wards];
            require_sound(&DocumentContent::Refusal(content));
        }
    }
}
