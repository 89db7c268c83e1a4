//! The store port on SQLite: WAL, every commit synced to the disk, one connection that writes and a few that read.
//!
//! Knows no rules of the law; what may never happen to stored rows stands as constraints in `migrations/`.
//! The files are split by theme, and each function is one transaction. Read next: `connection.rs`,
//! then `requests.rs` and `transitions.rs` for the way of one request.

mod alarms;
mod archive;
mod attempts;
mod audit;
mod breaks;
mod caller_desk;
mod case_files;
mod codec;
mod connection;
mod consent_askings;
mod consents;
mod drafts;
mod emails;
mod erased;
mod erasing_requests;
mod erasures;
mod error;
mod evidence;
mod exchanges;
mod figures;
mod form_versions;
mod health;
mod jobs;
mod office;
mod one_time_passwords;
mod operations;
mod outbox;
mod passkeys;
mod people;
mod phone_signings;
mod port;
mod proposal_rows;
mod record_desk;
mod record_desk_port;
mod recourse_rows;
mod recourses;
mod registry;
mod registry_people;
mod repairs;
mod requests;
mod results;
mod schema;
mod sign_in;
mod transitions;
mod vault_keys;

pub use connection::SqliteStore;
pub use error::OpenError;
