//! Short messages: an SMSC that speaks SMPP (`smpp/`), or a gateway that takes JSON over HTTP (`http.rs`).
//!
//! Neither number nor text of a message reaches a log or an error. Read next: `smpp/mod.rs`.

mod http;
mod smpp;

pub use http::{HttpSmsGateway, HttpSmsSettings, HttpSmsSetupError};
pub use smpp::{SmppGateway, SmppSettings, SmppSetupError};
