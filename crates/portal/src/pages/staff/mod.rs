//! The pages of officers of education departments.
//!
//! Read next: `../../staff.rs` for who may open them.

mod record_view;
pub mod records;
pub mod repairs;
pub mod sign_in;
pub mod start;
