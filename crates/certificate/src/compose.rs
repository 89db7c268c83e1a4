//! From texts to rows: what stands beside what, in which style, and what it means. Knows no page numbers.
//!
//! Every text that is not of the form passes the check of `fonts` here, so an unprintable name stops the document
//! before anything is drawn. Next: `layout`, which puts rows on pages.

use std::num::NonZeroU16;
use std::rc::Rc;

use domain::{Bilingual, Language};

use crate::fonts::{Unprintable, printable};
use crate::qr::QrPicture;
use crate::shape::{Shaped, Shaper};
use crate::style::{BODY_WIDTH, COLUMN_WIDTH, GUTTER, LABEL_WIDTH, MARGIN, QR_EDGE, Style};
use crate::tags::{FieldTags, Leaf, TagNode};

/// A template in both languages and the text it became.
pub(crate) struct Text {
    pub(crate) text: Bilingual,
    /// The same in every document: worth keeping its shape.
    pub(crate) fixed: bool,
}

/// What the value of a field says.
pub(crate) enum FieldValue<'a> {
    /// The same in both languages.
    Same(&'a str, Style),
    /// Kazakh above Russian.
    Both(&'a Bilingual),
    /// A name and below it the number.
    Person { name: &'a str, iin: &'a str },
}

/// One thing in a column.
pub(crate) enum Entry {
    Text { shaped: Rc<Shaped>, leaf: Leaf },
    Gap(f32),
    Qr { picture: QrPicture, leaf: Leaf },
}

/// Things below each other.
pub(crate) struct Column {
    pub(crate) x: f32,
    pub(crate) entries: Vec<Entry>,
}

/// Columns side by side.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) columns: Vec<Column>,
    pub(crate) space_above: f32,
    pub(crate) space_below: f32,
    /// Tinted ground.
    pub(crate) band: bool,
    /// Rule under the row, with its thickness.
    pub(crate) rule: Option<Rule>,
    /// A heading is not left alone at the foot of a page.
    pub(crate) keeps_next: bool,
    /// Never cut between pages.
    pub(crate) whole: bool,
}

/// A line under a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Between fields.
    Hairline,
    /// Under the head of the document.
    Strong,
}

/// Where a bookmark leads.
pub(crate) struct Bookmark {
    pub(crate) title: String,
    pub(crate) leaf: Leaf,
}

/// What a pair of paragraphs is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairKind {
    Paragraph,
    Heading,
    Item,
}

/// A document ready for its pages.
#[derive(Default)]
pub(crate) struct Composition {
    pub(crate) rows: Vec<Row>,
    pub(crate) tags: Vec<TagNode>,
    pub(crate) leaves: usize,
    pub(crate) bookmarks: Vec<Bookmark>,
}

/// Collects rows and their meaning.
pub(crate) struct Composer<'a> {
    shaper: &'a mut Shaper,
    made: Composition,
    kazakh: Vec<TagNode>,
    russian: Vec<TagNode>,
    fields: Vec<FieldTags>,
}

const TITLE: NonZeroU16 = NonZeroU16::MIN;
const SECTION: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);
const RUSSIAN_X: f32 = MARGIN + COLUMN_WIDTH + GUTTER;
/// Between paragraphs of one section.
const PAIR_GAP: f32 = 1.4;
const FIELD_PADDING: f32 = 2.4;

impl<'a> Composer<'a> {
    pub(crate) fn new(shaper: &'a mut Shaper) -> Self {
        let made = Composition::default();
        Self { shaper, made, kazakh: Vec::new(), russian: Vec::new(), fields: Vec::new() }
    }

    /// The title in both languages, Kazakh above Russian and larger.
    pub(crate) fn title(&mut self, title: &Bilingual) {
        self.close_groups();
        let large = self.shaper.fixed(&title.kk, Style::Title, BODY_WIDTH).lines.len() == 1;
        let kazakh = if large { Style::Title } else { Style::LongTitle };
        let above = [11.0, 1.0];
        let styles = [(Language::Kk, kazakh), (Language::Ru, Style::TitleRussian)];
        for ((language, style), above) in styles.into_iter().zip(above) {
            let text = title.on_screen(language);
            let shaped = self.shaper.fixed(text, style, BODY_WIDTH);
            let leaf = self.leaf();
            self.made.bookmarks.push(Bookmark { title: text.to_owned(), leaf });
            let parts = vec![(language, leaf)];
            self.made.tags.push(TagNode::Heading { level: TITLE, title: text.to_owned(), parts });
            let column = Column { x: MARGIN, entries: vec![Entry::Text { shaped, leaf }] };
            self.row(vec![column]).space_above = above;
        }
    }

    /// Texts of both languages side by side.
    pub(crate) fn pair(
        &mut self,
        text: &Text,
        style: Style,
        kind: PairKind,
    ) -> Result<&mut Row, Unprintable> {
        self.close_fields();
        let mut columns = Vec::new();
        for (language, x) in [(Language::Kk, MARGIN), (Language::Ru, RUSSIAN_X)] {
            let shown = text.text.on_screen(language);
            let shaped = self.shaped(shown, text.fixed, style, COLUMN_WIDTH)?;
            let leaf = self.leaf();
            self.add_to_section(language, leaf, shown, kind);
            columns.push(Column { x, entries: vec![Entry::Text { shaped, leaf }] });
        }
        let row = self.row(columns);
        row.keeps_next = kind == PairKind::Heading;
        row.space_below = PAIR_GAP;
        Ok(row)
    }

    /// The heading of a group of fields.
    pub(crate) fn group(&mut self, heading: &Bilingual) -> Result<(), Unprintable> {
        self.close_groups();
        let mut parts = Vec::new();
        let mut columns = Vec::new();
        for (language, x) in [(Language::Kk, MARGIN + 6.0), (Language::Ru, RUSSIAN_X)] {
            let text = heading.on_screen(language);
            let shaped = self.shaped(text, true, Style::Heading, COLUMN_WIDTH - 6.0)?;
            let leaf = self.leaf();
            parts.push((language, leaf));
            columns.push(Column { x, entries: vec![Entry::Text { shaped, leaf }] });
        }
        let title = format!("{} / {}", heading.kk, heading.ru);
        self.made.tags.push(TagNode::Heading { level: SECTION, title, parts });
        let row = self.row(columns);
        row.band = true;
        row.keeps_next = true;
        row.space_above = 2.4;
        row.space_below = 2.4;
        Ok(())
    }

    /// A label in both languages and its value.
    pub(crate) fn field(
        &mut self,
        label: &Bilingual,
        value: &FieldValue<'_>,
    ) -> Result<(), Unprintable> {
        self.close_sections();
        let mut tags = FieldTags { label: Vec::new(), value: Vec::new() };
        let mut labels = Vec::new();
        for (language, style) in [(Language::Kk, Style::Label), (Language::Ru, Style::LabelRussian)]
        {
            let shaped = self.shaper.fixed(label.on_screen(language), style, LABEL_WIDTH - 6.0);
            let leaf = self.leaf();
            tags.label.push((language, leaf));
            labels.push(Entry::Text { shaped, leaf });
        }
        let mut values = Vec::new();
        let shown = match value {
            FieldValue::Same(text, style) => vec![(Language::Kk, *text, *style)],
            FieldValue::Both(text) => vec![
                (Language::Kk, text.kk.as_str(), Style::Value),
                (Language::Ru, text.ru.as_str(), Style::Value),
            ],
            FieldValue::Person { name, iin } => {
                vec![(Language::Kk, *name, Style::Name), (Language::Kk, *iin, Style::Value)]
            }
        };
        for (language, text, style) in shown {
            let shaped = self.shaped(text, false, style, BODY_WIDTH - LABEL_WIDTH - 12.0)?;
            let leaf = self.leaf();
            tags.value.push((language, leaf));
            values.push(Entry::Text { shaped, leaf });
        }
        self.fields.push(tags);
        let label = Column { x: MARGIN + 6.0, entries: labels };
        let value = Column { x: MARGIN + LABEL_WIDTH + 6.0, entries: values };
        let row = self.row(vec![label, value]);
        row.space_above = FIELD_PADDING;
        row.space_below = FIELD_PADDING;
        row.rule = Some(Rule::Hairline);
        Ok(())
    }

    /// The code at the left, texts in both languages beside it; never cut between pages.
    pub(crate) fn qr_panel(
        &mut self,
        picture: QrPicture,
        alt: String,
        caption: &str,
        texts: &[Text],
    ) -> Result<(), Unprintable> {
        self.close_groups();
        let leaf = self.leaf();
        self.made.tags.push(TagNode::Figure { alt, leaf });
        let caption_leaf = self.leaf();
        let shaped = self.shaped(caption, false, Style::Footer, QR_EDGE)?;
        self.made.tags.push(TagNode::Paragraph { language: Language::Kk, leaf: caption_leaf });
        let code = vec![Entry::Qr { picture, leaf }, Entry::Text { shaped, leaf: caption_leaf }];
        let mut columns = vec![Column { x: MARGIN, entries: code }];
        let left = MARGIN + QR_EDGE + 12.0;
        let width = (MARGIN + BODY_WIDTH - left - 16.0) / 2.0;
        for (language, x) in [(Language::Kk, left), (Language::Ru, left + width + 16.0)] {
            let mut entries = Vec::new();
            for text in texts {
                if !entries.is_empty() {
                    entries.push(Entry::Gap(4.0));
                }
                let shown = text.text.on_screen(language);
                let shaped = self.shaped(shown, text.fixed, Style::Small, width)?;
                let leaf = self.leaf();
                self.add_to_section(language, leaf, shown, PairKind::Paragraph);
                entries.push(Entry::Text { shaped, leaf });
            }
            columns.push(Column { x, entries });
        }
        let row = self.row(columns);
        row.whole = true;
        row.space_above = 6.0;
        Ok(())
    }

    /// The row made last.
    pub(crate) fn last_row(&mut self) -> Option<&mut Row> {
        self.made.rows.last_mut()
    }

    /// Closes what is open and hands the document over.
    pub(crate) fn finish(mut self) -> Composition {
        self.close_groups();
        self.made
    }

    fn shaped(
        &mut self,
        text: &str,
        fixed: bool,
        style: Style,
        width: f32,
    ) -> Result<Rc<Shaped>, Unprintable> {
        if fixed {
            return Ok(self.shaper.fixed(text, style, width));
        }
        printable(text)?;
        Ok(self.shaper.once(&domain::clean_text(text), style, width))
    }

    fn leaf(&mut self) -> Leaf {
        let leaf = self.made.leaves;
        self.made.leaves += 1;
        leaf
    }

    fn row(&mut self, columns: Vec<Column>) -> &mut Row {
        self.made.rows.push_mut(Row { columns, ..Row::default() })
    }

    fn add_to_section(&mut self, language: Language, leaf: Leaf, text: &str, kind: PairKind) {
        let nodes = match language {
            Language::Kk => &mut self.kazakh,
            Language::Ru | Language::En => &mut self.russian,
        };
        match (kind, nodes.last_mut()) {
            (PairKind::Item, Some(TagNode::List { items, .. })) => items.push(leaf),
            (PairKind::Item, _) => nodes.push(TagNode::List { language, items: vec![leaf] }),
            (PairKind::Paragraph, _) => nodes.push(TagNode::Paragraph { language, leaf }),
            (PairKind::Heading, _) => {
                let parts = vec![(language, leaf)];
                let title = text.to_owned();
                nodes.push(TagNode::Heading { level: SECTION, title, parts });
            }
        }
    }

    fn close_groups(&mut self) {
        self.close_sections();
        self.close_fields();
    }

    fn close_sections(&mut self) {
        let [kazakh, russian] = [&mut self.kazakh, &mut self.russian].map(std::mem::take);
        for (language, nodes) in [(Language::Kk, kazakh), (Language::Ru, russian)] {
            if !nodes.is_empty() {
                self.made.tags.push(TagNode::Section { language, nodes });
            }
        }
    }

    fn close_fields(&mut self) {
        let fields = std::mem::take(&mut self.fields);
        if !fields.is_empty() {
            self.made.tags.push(TagNode::Table(fields));
        }
    }
}
