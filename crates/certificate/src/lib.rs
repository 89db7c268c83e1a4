//! Certificate, refusal and the answer to a review or complaint as PDF/A-3 pages in Kazakh and Russian.
//!
//! In goes what a document says (`domain::DocumentContent`), out come bytes, always the same for the same content.
//! Read `render` first, then `certificate_form`, `refusal_form` and `answer_form`, `compose`, `layout`, `draw`; `lint` looks at the
//! It knows no network, no store and no keys: sealing is for `signature`. The wording is data in `forms/`; other words for it
//! come from outside, judged by `wording`.
//! bytes before they are sealed and `facts` takes the facts out of them again.

mod answer_form;
mod calendar;
mod certificate_form;
mod compose;
mod draw;
mod facts;
mod fonts;
mod form;
mod layout;
mod lint;
mod qr;
mod read;
mod refusal_form;
mod render;
mod shape;
mod sheet;
mod specimen;
mod style;
mod tags;
mod wording;

#[cfg(test)]
#[path = "../tests/samples/mod.rs"]
mod samples;

pub use facts::{
    ExtractFault, FACTS_NAME, FACTS_SCHEMA, FACTS_SIGNATURE_NAME, extract_facts,
    extract_facts_signature, facts_json,
};
pub use fonts::{Unprintable, printable};
pub use form::{FormFault, MissingValue};
pub use lint::{LintFault, lint};
pub use render::{RenderFault, Renderer};
pub use sheet::SHEET_DATA_NAME;
pub use wording::{built_in_wording, is_fixed_by_law, wording_faults};
