//! The pages of officers of education departments.
//!
//! Read next: `../../staff.rs` for who may open them.

pub mod sign_in;
pub mod start;
