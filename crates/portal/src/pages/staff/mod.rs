//! The pages of officers of education departments.
//!
//! Read next: `../../staff.rs` for who may open them, `proposal.rs` for what they are about.

pub mod acting;
pub mod annulments;
pub mod callers;
pub mod figures;
pub mod journal;
pub mod names;
pub mod passkeys;
pub mod people;
pub mod preview;
pub mod proposal;
mod purpose;
pub mod record;
mod record_view;
pub mod records;
mod recourse_evidence;
pub mod recourses;
pub mod repairs;
pub mod requests;
pub mod sign_in;
pub mod start;
pub mod story_file;
mod story_recourses;
pub mod story_view;
pub mod template_form;
pub mod templates;
pub mod words;
pub mod work;
