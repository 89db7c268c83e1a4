//! The port towards the state register of natural persons.

use async_trait::async_trait;
use domain::{Iin, RegisteredPerson};

use super::{AccessProof, Reply};

/// The state register of natural persons (ГБД ФЛ).
#[async_trait]
pub trait PersonRegister: Send + Sync {
    /// What it knows of a person. `Absent` only where it answered that it knows nobody of this number.
    /// `proof`: that the guardian consented, where he was asked by the control of access.
    async fn person(&self, iin: Iin, proof: Option<&AccessProof>) -> Reply<RegisteredPerson>;
}
