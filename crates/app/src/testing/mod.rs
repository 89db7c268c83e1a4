//! In-memory ports and the contract suites that every store must pass.
