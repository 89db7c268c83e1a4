//! SHEP, the gateway of the e-government: messages of its synchronous channel, signed by WS-Security, over HTTP.
//!
//! Written and read exactly as the schemas in `docs/shep` say. What an answer says is read from nothing but the bytes
//! that the gateway signed. Knows no service behind the gateway. Read next: `channel.rs` for the order of checks,
//! `envelope.rs` for the messages, `data_bank/shep/mod.rs` for who uses it.

mod channel;
mod envelope;
mod fault;
mod key;
mod line;
mod reading;
mod seen;
mod settings;
mod writing;

pub(crate) use channel::{Asked, SyncChannel};
pub(crate) use fault::ShepFault;
pub(crate) use reading::{Children, Unfit};
pub use settings::{ShepService, ShepSettings, ShepSetupError};
pub(crate) use writing::Writer;

/// Namespace of SOAP 1.1.
pub(crate) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of the channel's wrapper elements.
pub(crate) const SYNC_CHANNEL: &str = "http://bip.bee.kz/SyncChannel/v10/Types";
