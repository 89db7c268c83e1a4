//! PostgreSQL clusters that live as long as a test: own folder, own free port on loopback, own processes.
//!
//! For tests and measurements only; no running service stands on it. Speaks to the servers with their own programs
//! (`initdb`, `postgres`, `psql`, `pg_basebackup`) and knows no schema. Read next: `cluster.rs`, then `database.rs` for
//! what a test usually wants.

mod cluster;
mod database;
mod error;
mod guard;
mod pooler;
mod programs;
mod standby;

pub use cluster::{Cluster, Settings};
pub use database::{Database, SERVER_VARIABLE, database, database_like};
pub use error::Error;
pub use pooler::Pooler;
pub use programs::is_installed;
