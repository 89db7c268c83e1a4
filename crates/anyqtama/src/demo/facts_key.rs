//! The demo's GOST key for facts, in a file: signed with by the simulators' code, which is neither constant-time nor
//! certified. `sealing.rs` says where it may be used: with documents that lead to this computer and nowhere else.

use std::path::Path;

use adapters::{FactsKey, KeyFault};
use simulators::authority::SoftwareKey;

/// A key in memory.
struct DemoFactsKey(SoftwareKey);

impl FactsKey for DemoFactsKey {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyFault> {
        self.0.sign(bytes).map_err(|_| KeyFault::Signing)
    }
}

/// Reads the key of a file: PKCS #8, PEM.
pub fn load(path: &Path) -> Result<impl FactsKey + use<>, KeyFault> {
    let pem = std::fs::read_to_string(path)?;
    SoftwareKey::from_pem(&pem).map(DemoFactsKey).map_err(|_| KeyFault::KeyForm)
}
