//! SHEP, the gateway of the e-government: messages of its two channels, signed by WS-Security, over HTTP.
//!
//! Written and read exactly as the schemas in `docs/shep` say. What a message says is read from nothing but the bytes
//! that the gateway signed. Knows no service behind the gateway. Read next: `channel.rs` for the order of checks of an
//! answer, `envelope.rs` and `async_messages.rs` for the messages, `data_bank/shep/mod.rs` and the crate `gateway` for who
//! uses it.

mod async_channel;
mod async_messages;
mod channel;
mod envelope;
mod fault;
mod key;
mod line;
mod party;
mod reading;
mod seen;
mod settings;
#[cfg(test)]
pub(crate) mod simulated;
mod soap;
mod terms;
mod writing;

pub use async_channel::{AsyncChannel, Unread};
pub use async_messages::{AsyncMessage, MessageKind, Receipt, message_in};
pub(crate) use channel::{Asked, SyncChannel};
pub use fault::ShepFault;
pub use party::ShepParty;
pub use reading::{Children, Unfit, moment, parse, written};
pub use seen::Seen;
pub use settings::{ShepService, ShepSettings, ShepSetupError};
pub use soap::{enveloped, only_element};
pub use terms::certificate_terms;
pub use writing::Writer;

/// Namespace of SOAP 1.1.
pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of the synchronous channel's wrapper elements.
pub const SYNC_CHANNEL: &str = "http://bip.bee.kz/SyncChannel/v10/Types";
/// Namespace of the asynchronous channel's wrapper elements.
pub const ASYNC_CHANNEL: &str = "http://bip.bee.kz/AsyncChannel/v10/Types";
/// Namespace of what the gateway alone tells systems that take part in the asynchronous channel.
pub const ASYNC_CLIENT: &str = "http://bip.bee.kz/AsyncChannel/v10/Types/Client";
