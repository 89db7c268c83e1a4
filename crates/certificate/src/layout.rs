//! From rows to pages. Nothing is ever cut off or drawn over the footer: what does not fit goes to the next page.
//!
//! Rows move whole where they can; a row longer than what a page has left is divided between lines. Next: `draw`.

use std::rc::Rc;

use crate::compose::{Column, Entry, Row, Rule};
use crate::qr::QrPicture;
use crate::shape::Shaped;
use crate::style::{
    ACCENT, BAND, BODY_BOTTOM, BODY_TOP, BODY_WIDTH, Colour, HAIRLINE, MARGIN, QR_EDGE,
};
use crate::tags::Leaf;

/// Rows up to this height are moved to the next page rather than divided.
const MOVED_WHOLE_UP_TO: f32 = 160.0;
/// What a heading needs below it.
const AFTER_HEADING: f32 = 36.0;

/// A filled rectangle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) colour: Colour,
}

/// What stands at a place.
pub(crate) enum Item {
    /// A line of a text, by its number.
    Line {
        shaped: Rc<Shaped>,
        line: usize,
    },
    Qr(QrPicture),
}

/// Something with the place of its top left corner.
pub(crate) struct Placed {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) leaf: Leaf,
    pub(crate) item: Item,
}

impl Placed {
    /// Width and height.
    pub(crate) fn extent(&self) -> (f32, f32) {
        match &self.item {
            Item::Line { shaped, line } => {
                shaped.lines.get(*line).map_or((0.0, 0.0), |line| (line.width, line.height))
            }
            Item::Qr(_) => (QR_EDGE, QR_EDGE),
        }
    }
}

/// One sheet.
#[derive(Default)]
pub(crate) struct SheetPlan {
    pub(crate) placed: Vec<Placed>,
    pub(crate) fills: Vec<Fill>,
}

/// Puts rows on as few pages as they need.
pub(crate) fn paginate(rows: Vec<Row>) -> Vec<SheetPlan> {
    let mut pages = Pages { done: Vec::new(), open: SheetPlan::default(), y: BODY_TOP };
    for row in rows {
        pages.add(row);
    }
    pages.done.push(pages.open);
    pages.done
}

struct Pages {
    done: Vec<SheetPlan>,
    open: SheetPlan,
    y: f32,
}

impl Pages {
    fn add(&mut self, row: Row) {
        let height = height_of(&row);
        let reserve = if row.keeps_next { AFTER_HEADING } else { 0.0 };
        let left = BODY_BOTTOM - self.y;
        let moves = row.whole || row.keeps_next || height <= MOVED_WHOLE_UP_TO;
        if height + reserve > left && moves && !self.open.placed.is_empty() {
            self.turn();
        }
        let (band, rule) = (row.band, row.rule);
        let (above, below) = (row.space_above, row.space_below);
        if band {
            let (x, y) = (MARGIN, self.y);
            self.open.fills.push(Fill { x, y, width: BODY_WIDTH, height, colour: BAND });
        }
        self.y += above;
        self.place(row);
        self.y += below;
        self.rule(rule);
    }

    fn rule(&mut self, rule: Option<Rule>) {
        let (thickness, colour) = match rule {
            Some(Rule::Hairline) => (0.5, HAIRLINE),
            Some(Rule::Strong) => (1.2, ACCENT),
            None => return,
        };
        let fill = Fill { x: MARGIN, y: self.y, width: BODY_WIDTH, height: thickness, colour };
        self.open.fills.push(fill);
        self.y += thickness;
    }

    /// Fills all columns down to the end of the page, then goes on with what is left on the next one.
    fn place(&mut self, row: Row) {
        let mut waiting: Vec<Vec<Piece>> = row.columns.into_iter().map(pieces_of).collect();
        loop {
            let mut lowest = self.y;
            let mut left = Vec::new();
            for column in waiting {
                let (bottom, rest) = self.place_column(column);
                lowest = lowest.max(bottom);
                left.push(rest);
            }
            self.y = lowest;
            if left.iter().all(Vec::is_empty) {
                return;
            }
            self.turn();
            waiting = left;
        }
    }

    fn place_column(&mut self, column: Vec<Piece>) -> (f32, Vec<Piece>) {
        let mut y = self.y;
        let mut rest = Vec::new();
        for piece in column {
            let (_, height) = piece.placed.extent();
            let top = y + piece.above;
            if rest.is_empty() && top + height <= BODY_BOTTOM {
                self.open.placed.push(Placed { y: top, ..piece.placed });
                y = top + height;
            } else {
                rest.push(piece);
            }
        }
        (y, rest)
    }

    fn turn(&mut self) {
        self.done.push(std::mem::take(&mut self.open));
        self.y = BODY_TOP;
    }
}

/// A line or a picture with the space above it.
struct Piece {
    above: f32,
    placed: Placed,
}

fn pieces_of(column: Column) -> Vec<Piece> {
    let x = column.x;
    let mut pieces = Vec::new();
    let mut above = 0.0;
    let mut add = |leaf, item, above: &mut f32| {
        let above = std::mem::take(above);
        pieces.push(Piece { above, placed: Placed { x, y: 0.0, leaf, item } });
    };
    for entry in column.entries {
        match entry {
            Entry::Text { shaped, leaf } => {
                for line in 0..shaped.lines.len() {
                    let item = Item::Line { shaped: Rc::clone(&shaped), line };
                    add(leaf, item, &mut above);
                }
            }
            Entry::Qr { picture, leaf } => add(leaf, Item::Qr(picture), &mut above),
            Entry::Gap(height) => above += height,
        }
    }
    pieces
}

fn height_of(row: &Row) -> f32 {
    let entry = |entry: &Entry| match entry {
        Entry::Text { shaped, .. } => shaped.height(),
        Entry::Qr { .. } => QR_EDGE,
        Entry::Gap(height) => *height,
    };
    let column = |column: &Column| column.entries.iter().map(entry).sum::<f32>();
    row.space_above + row.columns.iter().map(column).fold(0.0, f32::max) + row.space_below
}
