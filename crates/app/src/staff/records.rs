//! What the registry says now of records that a proposal would change.

use std::collections::HashMap;

use super::Staff;
use crate::import::RegistryRow;
use crate::ports::StoreError;

impl Staff {
    /// What the registry says now of the records with these keys.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn present(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, RegistryRow>, StoreError> {
        self.parts.office.present_records(keys).await
    }
}
