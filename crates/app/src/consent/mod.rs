//! Consent under Article 8 of Law No. 94-V beside the request it was given with: its withdrawal, and the register.
//!
//! Giving it stands in `statement.rs` and `submit.rs`. Read next: `ports/consent_register.rs` for what is kept.

mod register;
mod withdrawal;

pub use withdrawal::{WithdrawError, WithdrawalEffect};
