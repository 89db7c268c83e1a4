//! From pages to the bytes of a PDF/A-3 file with its structure, metadata and attached facts.
//!
//! PDF 1.7 with a classic cross-reference table and no encryption, so that a signature can be appended without
//! rewriting a byte. krilla's own checks of PDF/A-3a and PDF/UA-1 are on: a document that breaks them is not made.

use std::rc::Rc;

use domain::{Language, astana_time};
use jiff::Timestamp;
use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, Configuration, PdfVersion};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::FillRule;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier};

use crate::compose::Bookmark;
use crate::facts::FACTS_SIGNATURE_NAME;
use crate::layout::{Fill, Item, Placed, SheetPlan};
use crate::qr::QrPicture;
use crate::render::RenderFault;
use crate::shape::Shaped;
use crate::style::{
    BODY_WIDTH, Colour, FOOTER_TOP, HAIRLINE, INK, MARGIN, QR_EDGE, SHEET_HEIGHT, SHEET_WIDTH,
};
use crate::tags::{TagNode, tag_tree};

/// Everything a file is made of.
pub(crate) struct Drawing {
    pub(crate) pages: Vec<SheetPlan>,
    /// A footer a page: text at the left and at the right.
    pub(crate) footers: Vec<[Rc<Shaped>; 2]>,
    pub(crate) leaves: usize,
    pub(crate) tags: Vec<TagNode>,
    pub(crate) bookmarks: Vec<Bookmark>,
    pub(crate) title: String,
    pub(crate) number: String,
    pub(crate) author: String,
    pub(crate) made_at: Timestamp,
    /// Name of what is attached.
    pub(crate) facts_name: &'static str,
    pub(crate) facts: Vec<u8>,
    pub(crate) facts_description: String,
    /// With its description.
    pub(crate) facts_signature: Option<(Vec<u8>, String)>,
    /// What stands behind the text of each page, for specimens.
    pub(crate) across: Option<Rc<Shaped>>,
}

/// Writes the file.
pub(crate) fn draw(drawing: Drawing) -> Result<Vec<u8>, RenderFault> {
    let mut document = Document::new_with(SerializeSettings {
        configuration: configuration()?,
        ..SerializeSettings::default()
    });
    let mut identifiers: Vec<Vec<Identifier>> = vec![Vec::new(); drawing.leaves];
    for (plan, footer) in drawing.pages.iter().zip(&drawing.footers) {
        let size = PageSettings::from_wh(SHEET_WIDTH, SHEET_HEIGHT).ok_or(RenderFault::Geometry)?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        if let Some(shaped) = &drawing.across {
            draw_across(&mut surface, shaped);
        }
        draw_page(&mut surface, plan, &mut identifiers)?;
        draw_footer(&mut surface, footer)?;
        surface.finish();
        page.finish();
    }
    document.set_tag_tree(tag_tree(&drawing.tags, &identifiers));
    document.set_outline(outline(&drawing));
    let date = pdf_date(drawing.made_at);
    let name = drawing.facts_name;
    document.embed_file(facts_file(name, drawing.facts, drawing.facts_description, date));
    if let Some((signature, description)) = drawing.facts_signature {
        document.embed_file(facts_signature_file(signature, description, date));
    }
    document.set_metadata(
        Metadata::new()
            .title(drawing.title)
            .authors(vec![drawing.author])
            .creator("Anyqtama".to_owned())
            .language(Language::Kk.code().to_owned())
            .document_id(drawing.number)
            .creation_date(date),
    );
    document.finish().map_err(|fault| RenderFault::Writer(fault.to_string()))
}

fn configuration() -> Result<Configuration, RenderFault> {
    krilla::configure::ConfigurationBuilder::new()
        .with_version(PdfVersion::Pdf17)
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|fault| RenderFault::Writer(format!("{fault:?}")))
}

fn draw_page(
    surface: &mut Surface<'_>,
    plan: &SheetPlan,
    identifiers: &mut [Vec<Identifier>],
) -> Result<(), RenderFault> {
    if !plan.fills.is_empty() {
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        for fill in &plan.fills {
            draw_fill(surface, fill)?;
        }
        surface.end_tagged();
    }
    for group in plan.placed.chunk_by(|one, next| one.leaf == next.leaf) {
        let identifier = surface.start_tagged(ContentTag::Other);
        for placed in group {
            draw_placed(surface, placed)?;
        }
        surface.end_tagged();
        if let Some(pieces) = group.first().and_then(|first| identifiers.get_mut(first.leaf)) {
            pieces.push(identifier);
        }
    }
    Ok(())
}

/// Where a specimen says on its page that it is one.
const ACROSS: [f32; 4] = [0.16, 0.38, 0.6, 0.82];

fn draw_across(surface: &mut Surface<'_>, shaped: &Shaped) {
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Watermark)));
    for share in ACROSS {
        let mut y = SHEET_HEIGHT * share;
        for (place, line) in shaped.lines.iter().enumerate() {
            draw_line(surface, shaped, place, MARGIN, y);
            y += line.height;
        }
    }
    surface.end_tagged();
    surface.set_fill(Some(solid(INK)));
}

fn draw_placed(surface: &mut Surface<'_>, placed: &Placed) -> Result<(), RenderFault> {
    match &placed.item {
        Item::Line { shaped, line } => {
            draw_line(surface, shaped, *line, placed.x, placed.y);
            Ok(())
        }
        Item::Qr(picture) => draw_qr(surface, picture, placed.x, placed.y),
    }
}

fn draw_line(surface: &mut Surface<'_>, shaped: &Shaped, line: usize, x: f32, y: f32) {
    let Some(line) = shaped.lines.get(line) else { return };
    surface.set_fill(Some(solid(shaped.style.colour())));
    for run in &line.runs {
        let start = Point::from_xy(x + run.x, y + line.baseline);
        let size = shaped.style.size();
        surface.draw_glyphs(start, &run.glyphs, run.font.clone(), &shaped.text, size, false);
    }
}

fn draw_qr(
    surface: &mut Surface<'_>,
    picture: &QrPicture,
    x: f32,
    y: f32,
) -> Result<(), RenderFault> {
    let module = QR_EDGE / f32::from(picture.edge);
    let mut path = PathBuilder::new();
    for run in &picture.dark {
        let left = x + f32::from(run.column) * module;
        let top = y + f32::from(run.row) * module;
        let (width, height) = (f32::from(run.width) * module, f32::from(run.height) * module);
        let rect = Rect::from_xywh(left, top, width, height).ok_or(RenderFault::Geometry)?;
        path.push_rect(rect);
    }
    surface.set_fill(Some(solid((0, 0, 0))));
    surface.draw_path(&path.finish().ok_or(RenderFault::Geometry)?);
    Ok(())
}

fn draw_fill(surface: &mut Surface<'_>, fill: &Fill) -> Result<(), RenderFault> {
    let rect = Rect::from_xywh(fill.x, fill.y, fill.width, fill.height);
    let mut path = PathBuilder::new();
    path.push_rect(rect.ok_or(RenderFault::Geometry)?);
    surface.set_fill(Some(solid(fill.colour)));
    surface.draw_path(&path.finish().ok_or(RenderFault::Geometry)?);
    Ok(())
}

fn draw_footer(surface: &mut Surface<'_>, footer: &[Rc<Shaped>; 2]) -> Result<(), RenderFault> {
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
    let y = FOOTER_TOP - 4.0;
    draw_fill(surface, &Fill { x: MARGIN, y, width: BODY_WIDTH, height: 0.5, colour: HAIRLINE })?;
    let [left, right] = footer;
    draw_line(surface, left, 0, MARGIN, FOOTER_TOP);
    let width = right.lines.first().map_or(0.0, |line| line.width);
    draw_line(surface, right, 0, MARGIN + BODY_WIDTH - width, FOOTER_TOP);
    surface.end_tagged();
    surface.set_fill(Some(solid(INK)));
    Ok(())
}

fn solid((red, green, blue): Colour) -> krilla::paint::Fill {
    let paint = rgb::Color::new(red, green, blue).into();
    krilla::paint::Fill { paint, opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn outline(drawing: &Drawing) -> Outline {
    let mut outline = Outline::new();
    for bookmark in &drawing.bookmarks {
        for (page, plan) in drawing.pages.iter().enumerate() {
            if let Some(placed) = plan.placed.iter().find(|placed| placed.leaf == bookmark.leaf) {
                let place = XyzDestination::new(page, Point::from_xy(placed.x, placed.y));
                outline.push_child(OutlineNode::new(bookmark.title.clone(), place));
                break;
            }
        }
    }
    outline
}

/// Not compressed, so that anybody can read the facts with a pager and nobody can hide a bomb in them.
fn facts_file(name: &str, facts: Vec<u8>, description: String, date: DateTime) -> EmbeddedFile {
    EmbeddedFile {
        path: name.to_owned(),
        mime_type: MimeType::new("application/json"),
        description: Some(description),
        association_kind: AssociationKind::Data,
        data: facts.into(),
        modification_date: Some(date),
        compress: Some(false),
        location: None,
    }
}

/// It says nothing that the facts do not: it only lets others believe them.
fn facts_signature_file(signature: Vec<u8>, description: String, date: DateTime) -> EmbeddedFile {
    EmbeddedFile {
        path: FACTS_SIGNATURE_NAME.to_owned(),
        mime_type: MimeType::new("application/pkcs7-signature"),
        description: Some(description),
        association_kind: AssociationKind::Supplement,
        data: signature.into(),
        modification_date: Some(date),
        compress: Some(false),
        location: None,
    }
}

fn pdf_date(moment: Timestamp) -> DateTime {
    let time = astana_time(moment);
    let small = |number: i8| number.unsigned_abs();
    DateTime::new(time.year().unsigned_abs())
        .month(small(time.month()))
        .day(small(time.day()))
        .hour(small(time.hour()))
        .minute(small(time.minute()))
        .second(small(time.second()))
        .utc_offset_hour(5)
        .utc_offset_minute(0)
}
