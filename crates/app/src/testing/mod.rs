//! In-memory ports, programmable fakes, and the contract suites that every store must pass.
//!
//! Knows no database. Nothing here is part of a running service. Read next: `store_contract/mod.rs` for the promises
//! of the store, `memory_store.rs` for the shortest code that keeps them, `fakes.rs` for the other ports.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test support: a broken expectation must stop the test where it is"
)]

pub mod exchange_contract;
mod fake_control;
mod fakes;
mod fakes_of_forms;
mod fakes_of_mail;
mod fakes_of_officers;
mod fakes_of_passkeys;
mod fakes_of_passwords;
mod fakes_of_records;
mod intercepted;
mod intercepted_callers;
mod intercepted_case_files;
mod intercepted_consents;
mod intercepted_forms;
mod intercepted_people;
mod intercepted_recourses;
mod memory_askings;
mod memory_attempts;
mod memory_callers;
mod memory_case_files;
mod memory_clock;
mod memory_consents;
mod memory_desk;
mod memory_erased;
mod memory_erasures;
mod memory_exchanges;
mod memory_figures;
mod memory_forms;
mod memory_office;
mod memory_operations;
mod memory_outbox;
mod memory_passkeys;
mod memory_passwords;
mod memory_people;
mod memory_recourses;
mod memory_registry;
mod memory_state;
mod memory_store;
pub mod outbox_contract;
pub mod record_desk_contract;
pub mod registry_contract;
pub mod samples;
mod service;
pub mod store_contract;

pub use fake_control::FakeControl;
pub use fakes::{
    FakeConsents, FakeDataBank, FakeDocumentVerifier, FakeFactsSigner, FakeRenderer, FakeSealer,
    FakeStamper, FakeVerifier, FixedClock, SeededIds, UNPRINTABLE,
};
pub use fakes_of_mail::{FakeMailer, FakeNoticeWords};
pub use fakes_of_officers::{FakeFiles, FakeStaffList, of_department, of_organisation};
pub use fakes_of_passkeys::FakePasskeys;
pub use fakes_of_passwords::{FakeMobileCitizensBase, FakeSmsGateway};
pub use fakes_of_records::FakeRecordFiles;
pub use intercepted::{Intercepted, Interceptor, Moment};
pub use memory_store::MemoryStore;
pub use service::{service_over, service_sending, service_with};
