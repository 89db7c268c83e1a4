//! Personal data as they stand in a database: values sealed with AES-256-GCM-SIV, people found by codes that only the holder
//! of the keys can make or read.
//!
//! Whoever has a copy of the database, a backup of it or a disk that was thrown away has nobody's name and number: he lacks the
//! master key, which lies elsewhere, in a file or a device. It wraps the data keys, which lie in the database (`data_keys`), so a new master key
//! wraps them anew and touches no row of anybody. Each value is sealed to its place, column and row: it opens nowhere else, so
//! nobody moves one to another's row unseen.
//!
//! Read next: `vault.rs` for what stores call, `keyring.rs` for the keys, `table.rs` for their rows, `master.rs` for the master key, `cipher.rs` for the form
//! of what is sealed, `columns.rs` for what is; adr 42 for why.

mod cipher;
mod columns;
mod keyring;
mod master;
mod rows;
mod table;
mod vault;

pub use cipher::salt;
pub use columns::{CALL_OPERATOR, Kept, PERSON, PERSONAL_COLUMNS, PHONE, PROOF, WARD};
pub use keyring::{DataKey, KeyPurpose, KeyUnknown, Keyring, KeyringError, UnlockError};
pub use master::{DeviceFault, DeviceKey, MasterKeys, MasterKeysError};
pub use table::{KeptKeys, KeyTable, kept_keys, unlocked};
pub use vault::{Place, UNOPENABLE, Vault, or_unopenable, row_key};
