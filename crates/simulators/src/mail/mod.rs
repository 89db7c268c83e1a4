//! A mail server that takes letters over SMTP and keeps them to be read: `server.rs` speaks, `letters.rs` keeps. Letters reach
//! nobody. Knows nothing of the service that sends. Read next: `letters.rs`.

mod letters;
mod server;

pub use letters::{Letters, ReceivedLetter};
pub use server::MailServer;
