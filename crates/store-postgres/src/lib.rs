//! The store port on PostgreSQL: many nodes on one database, every commit on the disk before it is answered.
//!
//! Knows no rules of the law; what may never happen to stored rows stands as constraints in `migrations/`. The twin of
//! the store on SQLite: the same files, tables and names, each function one transaction. Read next: `connection.rs` for
//! what a failing server or a pooler between means, then `requests.rs` and `transitions.rs` for the way of one request.

mod alarms;
mod archive;
mod attempts;
mod audit;
mod batch;
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
mod gate;
mod health;
mod jobs;
mod misplaced;
mod office;
mod one_time_passwords;
mod operations;
mod outbox;
mod passkeys;
mod people;
mod phone_signings;
mod port;
mod record_desk;
mod record_desk_port;
mod records_by_name;
mod recourse_rows;
mod recourses;
mod registry;
mod registry_people;
mod repairs;
mod requests;
mod results;
mod schema;
mod session;
mod sign_in;
mod transitions;
mod vault_keys;

pub use connection::{PostgresSettings, PostgresStore, ServerRole};
pub use error::{DatabaseFault, OpenError};
