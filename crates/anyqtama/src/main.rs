//! Certificates on guardianship and custodianship of children: the one binary.
fn main() {}
