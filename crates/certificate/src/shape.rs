//! From text to lines of glyphs of a given width. Knows no pages and no forms.
//!
//! One shaper per thread; texts of the forms are shaped once and kept, values of a document each time. A word too
//! long for its line is broken anywhere, so nothing ever stands out over the margin. Next: `layout`.

use std::collections::HashMap;
use std::rc::Rc;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use parley::layout::{Cluster, Line, Run};
use parley::style::{FontFamily, FontWeight, LineHeight, OverflowWrap, StyleProperty};
use parley::{FontContext, LayoutContext, LineBreakContext, LineBreakOverrideFn};

use crate::fonts::{FAMILY, Fonts};
use crate::style::{Align, Style, Weight};

/// Where no line may end: «№ 5», «23 қараша», «2026 года», «7-бап», numbers of documents; and none begins with a dash.
static KEEP_TOGETHER: &LineBreakOverrideFn = &keep_together;

/// Fixed texts kept per thread; the forms need about a hundred.
const CACHE_ENTRIES_MAX: usize = 512;

/// Glyphs of one face, starting at `x` from the left edge of the text.
pub(crate) struct GlyphRun {
    pub(crate) x: f32,
    pub(crate) font: Font,
    pub(crate) glyphs: Vec<KrillaGlyph>,
}

/// One line; distances in points.
pub(crate) struct ShapedLine {
    /// From the top of the line to its baseline.
    pub(crate) baseline: f32,
    pub(crate) height: f32,
    /// Width without the white space at its end.
    pub(crate) width: f32,
    pub(crate) runs: Vec<GlyphRun>,
}

/// A text broken into lines.
pub(crate) struct Shaped {
    pub(crate) text: String,
    pub(crate) style: Style,
    pub(crate) lines: Vec<ShapedLine>,
}

impl Shaped {
    pub(crate) fn height(&self) -> f32 {
        self.lines.iter().map(|line| line.height).sum()
    }
}

/// Shapes texts; belongs to one thread.
pub(crate) struct Shaper {
    fonts: &'static Fonts,
    font_context: FontContext,
    layout_context: LayoutContext<()>,
    cache: HashMap<(Style, u32), HashMap<String, Rc<Shaped>>>,
    cached: usize,
}

impl Shaper {
    pub(crate) fn new(fonts: &'static Fonts) -> Self {
        let font_context = fonts.context();
        let layout_context = LayoutContext::new();
        Self { fonts, font_context, layout_context, cache: HashMap::new(), cached: 0 }
    }

    /// A text that comes again with every document.
    pub(crate) fn fixed(&mut self, text: &str, style: Style, width: f32) -> Rc<Shaped> {
        let key = (style, width.to_bits());
        if let Some(known) = self.cache.get(&key).and_then(|texts| texts.get(text)) {
            return Rc::clone(known);
        }
        if self.cached >= CACHE_ENTRIES_MAX {
            self.cache.clear();
            self.cached = 0;
        }
        let shaped = self.once(text, style, width);
        self.cache.entry(key).or_default().insert(text.to_owned(), Rc::clone(&shaped));
        self.cached += 1;
        shaped
    }

    /// A text of this document alone.
    pub(crate) fn once(&mut self, text: &str, style: Style, width: f32) -> Rc<Shaped> {
        let mut builder =
            self.layout_context.ranged_builder(&mut self.font_context, text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::named(FAMILY)));
        builder.push_default(StyleProperty::FontSize(style.size()));
        builder.push_default(StyleProperty::FontWeight(match style.weight() {
            Weight::Regular => FontWeight::NORMAL,
            Weight::Bold => FontWeight::BOLD,
        }));
        builder.push_default(LineHeight::FontSizeRelative(style.leading()));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        builder.set_line_break_override(Some(KEEP_TOGETHER));
        let mut layout = builder.build(text);
        layout.break_all_lines(Some(width));
        let lines = layout.lines().map(|line| self.line(&line, style, width)).collect();
        Rc::new(Shaped { text: text.to_owned(), style, lines })
    }

    fn line(&self, line: &Line<'_, ()>, style: Style, width: f32) -> ShapedLine {
        let metrics = line.metrics();
        let inked = metrics.advance - metrics.hanging_advance;
        let mut x = match style.align() {
            Align::Start => 0.0,
            Align::Centre => (width - inked).max(0.0) / 2.0,
        };
        let mut runs = Vec::new();
        for run in line.runs() {
            let glyphs = glyphs_of(&run);
            if let Some(font) = self.fonts.by_blob(run.font().data.id()) {
                runs.push(GlyphRun { x, font: font.clone(), glyphs });
            }
            x += run.advance();
        }
        let baseline = metrics.baseline - metrics.block_min_coord;
        ShapedLine { baseline, height: metrics.line_height, width: inked, runs }
    }
}

fn glyphs_of(run: &Run<'_, ()>) -> Vec<KrillaGlyph> {
    let size = run.font_size();
    let mut glyphs: Vec<KrillaGlyph> = Vec::new();
    for cluster in run.visual_clusters() {
        if cluster.is_ligature_continuation() {
            if let Some(glyph) = glyphs.last_mut() {
                glyph.text_range.end = cluster.text_range().end;
            }
        } else {
            glyphs.extend(cluster_glyphs(&cluster, size));
        }
    }
    glyphs
}

fn keep_together(place: LineBreakContext) -> Option<bool> {
    let joined = match (place.before_before?, place.before) {
        ('№', ' ') => true,
        (_, ' ') if place.after == '–' => true,
        (digit, ' ') => digit.is_ascii_digit() && place.after.is_lowercase(),
        (sign, '-') => sign.is_ascii_alphanumeric() && place.after.is_alphanumeric(),
        _ => false,
    };
    joined.then_some(false)
}

/// krilla wants distances in ems.
fn cluster_glyphs(cluster: &Cluster<'_, ()>, size: f32) -> Vec<KrillaGlyph> {
    cluster
        .glyphs()
        .map(|glyph| {
            let (advance, x, y) = (glyph.advance / size, glyph.x / size, glyph.y / size);
            let id = GlyphId::new(glyph.id);
            KrillaGlyph::new(id, advance, x, y, 0.0, cluster.text_range(), None)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::fonts;

    #[test]
    fn a_word_longer_than_the_line_is_broken_and_never_stands_out() {
        let mut shaper = Shaper::new(fonts().unwrap());
        let word = "Щ".repeat(100);
        let shaped = shaper.once(&word, Style::Name, 200.0);
        assert!(shaped.lines.len() > 3);
        assert!(shaped.lines.iter().all(|line| line.width <= 200.01));
        let glyphs: usize =
            shaped.lines.iter().flat_map(|line| &line.runs).map(|run| run.glyphs.len()).sum();
        assert_eq!(glyphs, 100);
    }

    #[test]
    fn a_non_breaking_hyphen_keeps_a_flat_number_together() {
        let mut shaper = Shaper::new(fonts().unwrap());
        let narrow = shaper.once("үй 12, 85‑пәтер", Style::Value, 62.0);
        let lines: Vec<String> = narrow.lines.iter().map(|line| text_of(&narrow, line)).collect();
        assert!(lines.iter().any(|line| line.contains("85‑пәтер")), "{lines:?}");
    }

    #[test]
    fn a_number_is_not_parted_from_its_sign_nor_a_day_from_its_month() {
        let mut shaper = Shaper::new(fonts().unwrap());
        for (text, whole) in [
            ("бұйрыққа № 123", "№ 123"),
            ("приказу от 5 мая", "5 мая"),
            ("Заңының 7-бабының", "7-бабының"),
            ("нөмірі A-9TRE-G6JG-T", "A-9TRE-G6JG-T"),
        ] {
            for width in 60..110_u16 {
                let shaped = shaper.once(text, Style::Value, f32::from(width));
                let lines: Vec<String> =
                    shaped.lines.iter().map(|line| text_of(&shaped, line)).collect();
                let fits =
                    shaper.once(whole, Style::Value, 500.0).lines[0].width < f32::from(width);
                assert!(!fits || lines.iter().any(|line| line.contains(whole)), "{lines:?}");
            }
        }
    }

    #[test]
    fn a_fixed_text_is_shaped_once() {
        let mut shaper = Shaper::new(fonts().unwrap());
        let first = shaper.fixed("Қорғаншы", Style::Label, 100.0);
        assert!(Rc::ptr_eq(&first, &shaper.fixed("Қорғаншы", Style::Label, 100.0)));
        assert!(!Rc::ptr_eq(&first, &shaper.fixed("Қорғаншы", Style::Value, 100.0)));
    }

    fn text_of(shaped: &Shaped, line: &ShapedLine) -> String {
        let ranges = line.runs.iter().flat_map(|run| &run.glyphs);
        ranges.map(|glyph| shaped.text[glyph.text_range.clone()].to_owned()).collect()
    }
}
