//! The pages of officers of education departments.
//!
//! Read next: `../../staff.rs` for who may open them, `proposal.rs` for what they are about.

pub mod acting;
pub mod passkeys;
pub mod people;
pub mod preview;
pub mod proposal;
mod purpose;
pub mod record;
mod record_view;
pub mod records;
pub mod repairs;
pub mod sign_in;
pub mod start;
pub mod words;
