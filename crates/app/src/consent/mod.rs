//! Consent under Article 8 of Law No. 94-V beside the request it was given with: asking for it by telephone, its withdrawal, the
//! register.
//!
//! Giving it stands in `statement.rs` and `submit.rs`. Read next: `ports/consent_register.rs` for what is kept.

mod asking;
mod register;
mod stage;
mod withdrawal;

pub(crate) use asking::StandingProof;
pub use stage::{AskError, ConsentStage};
pub use withdrawal::{WithdrawError, WithdrawalEffect};
