//! A sheet of facts as PDF/A-3: titles, labelled lines in both languages, and the same for machines attached.
//!
//! It is no result of the service: it has no QR code, and what is attached has another name than the facts of a certificate, so
//! that nobody takes it for one. Next: `compose` and `draw`.

use std::rc::Rc;

use domain::{Bilingual, Language, Sheet};

use crate::compose::{Composer, FieldValue, PairKind, Rule, Text};
use crate::draw::{Drawing, draw};
use crate::fonts::printable;
use crate::form::Values;
use crate::layout::{SheetPlan, paginate};
use crate::render::{RenderFault, Renderer, in_both_languages, with_shaper};
use crate::shape::{Shaped, Shaper};
use crate::style::{BODY_WIDTH, Style};

/// Name of what is attached to a sheet.
pub const SHEET_DATA_NAME: &str = "story.json";

/// Stands for a character that no embedded font draws; the attached data has it as it was written.
const UNPRINTABLE: char = '□';

impl Renderer {
    /// The sheet as PDF/A-3, not yet sealed. What cannot be printed is shown as a box.
    ///
    /// # Errors
    /// [`RenderFault`].
    pub fn sheet(&self, sheet: &Sheet) -> Result<Vec<u8>, RenderFault> {
        with_shaper(|shaper| {
            let mut composer = Composer::new(shaper);
            let provider = both(&sheet.provider);
            let row =
                composer.pair(&Text::once(&provider), Style::Provider, PairKind::Paragraph)?;
            row.space_below = 6.0;
            row.rule = Some(Rule::Strong);
            composer.title(&both(&sheet.title));
            let row = composer.pair(
                &Text::once(&both(&sheet.lead)),
                Style::Closing,
                PairKind::Paragraph,
            )?;
            row.space_above = 4.0;
            row.space_below = 4.0;
            for part in sheet.parts.iter().filter(|part| !part.lines.is_empty()) {
                composer.group(&both(&part.heading))?;
                for line in &part.lines {
                    let value = both(&line.value);
                    let value = if value.kk == value.ru {
                        FieldValue::Same(&value.kk, Style::Value)
                    } else {
                        FieldValue::Both(&value)
                    };
                    composer.field(&both(&line.label), &value)?;
                }
            }
            let made = composer.finish();
            let pages = paginate(made.rows);
            let footers = self.sheet_footers(sheet, &pages, shaper)?;
            draw(Drawing {
                footers,
                pages,
                leaves: made.leaves,
                tags: made.tags,
                bookmarks: made.bookmarks,
                title: format!("{} № {}", in_both_languages(&sheet.title), sheet.number),
                number: sheet.number.clone(),
                author: sheet.provider.kk.clone(),
                made_at: sheet.made_at,
                facts_name: SHEET_DATA_NAME,
                facts: sheet.data.clone(),
                facts_description: in_both_languages(&self.forms.common.facts.description),
                facts_signature: None,
                across: None,
            })
        })
    }

    fn sheet_footers(
        &self,
        sheet: &Sheet,
        pages: &[SheetPlan],
        shaper: &mut Shaper,
    ) -> Result<Vec<[Rc<Shaped>; 2]>, RenderFault> {
        let line = shaper.once(&sheet.number, Style::Footer, BODY_WIDTH);
        let mut values = Values::default();
        values.put_same("pages", &pages.len().to_string());
        let mut footers = Vec::new();
        for page in 1..=pages.len() {
            values.put_same("page", &page.to_string());
            let count = values.fill_one(&self.forms.common.footer.page, Language::Kk)?;
            footers.push([Rc::clone(&line), shaper.fixed(&count, Style::Footer, BODY_WIDTH)]);
        }
        Ok(footers)
    }
}

fn both(text: &Bilingual) -> Bilingual {
    Bilingual { kk: shown(&text.kk), ru: shown(&text.ru) }
}

/// What can be printed of a text; never empty, so that each line has an extent.
fn shown(text: &str) -> String {
    let text = domain::clean_text(text);
    if text.is_empty() {
        return "–".to_owned();
    }
    if printable(&text).is_ok() {
        return text;
    }
    let drawn = |character: char| {
        let mut buffer = [0; 4];
        printable(character.encode_utf8(&mut buffer)).map_or(UNPRINTABLE, |()| character)
    };
    let drawn: String = text.chars().map(drawn).collect();
    if printable(&drawn).is_ok() { drawn } else { drawn.replace(UNPRINTABLE, "?") }
}

#[cfg(test)]
mod tests {
    use domain::{SheetLine, SheetPart};

    use super::*;

    fn sheet(words: &str) -> Sheet {
        let same = |text: &str| Bilingual { kk: text.to_owned(), ru: text.to_owned() };
        let line = |index: usize| SheetLine {
            label: Bilingual { kk: "Күйі".to_owned(), ru: "Состояние".to_owned() },
            value: same(&format!("{index}: {words}")),
        };
        Sheet {
            title: Bilingual {
                kk: "Сұраудың тарихы".to_owned(), ru: "История запроса".to_owned()
            },
            number: "S-2345-6789-A".to_owned(),
            provider: same("Білім басқармасы"),
            made_at: "2026-11-23T05:00:00Z".parse().unwrap(),
            lead: same("шағым № 7"),
            parts: vec![SheetPart {
                heading: same("Журнал"), lines: (0..120).map(line).collect()
            }],
            data: br#"{"story_version":1}"#.to_vec(),
        }
    }

    #[test]
    fn a_sheet_takes_as_many_pages_as_it_needs_and_is_the_same_each_time() {
        let renderer = Renderer::new().unwrap();
        let pdf = renderer.sheet(&sheet("ескертпе «№ 5»")).unwrap();
        assert!(
            pdf.starts_with(b"%PDF-1.7")
                && pdf == renderer.sheet(&sheet("ескертпе «№ 5»")).unwrap()
        );
        let file = crate::read::PdfFile::open(&pdf).unwrap();
        assert!(file.page_count() > 2, "{}", file.page_count());
        assert_eq!(file.attachment(SHEET_DATA_NAME, 1_000).unwrap(), sheet("").data);
    }

    #[test]
    fn what_no_font_draws_stops_no_sheet_and_nobody_takes_it_for_a_certificate() {
        let pdf = Renderer::new().unwrap().sheet(&sheet("🙂 王 \u{202e}")).unwrap();
        assert!(crate::extract_facts(&pdf).is_err());
    }
}
