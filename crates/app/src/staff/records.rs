//! Records that an officer corrects or ends: those his department keeps.

use std::collections::HashMap;

use domain::Iin;

use super::Staff;
use crate::import::{RegistryRow, placement_key};
use crate::ports::{Officer, StoreError};

/// A record of the officer's department, found by its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its key; it shows nobody.
    pub key: String,
    /// What it says.
    pub row: RegistryRow,
}

impl Staff {
    /// The records of a person that the officer's department keeps, as they became known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn own_records_of(
        &self,
        officer: &Officer,
        guardian: Iin,
    ) -> Result<Vec<Placed>, StoreError> {
        let Some(record) = self.parts.registry.guardian_record(guardian).await? else {
            return Ok(Vec::new());
        };
        let own = record.wards.iter().filter(|one| one.placement.provider == officer.provider);
        let keys: Vec<String> = own.map(|one| placement_key(guardian, one)).collect();
        let mut rows = self.present(&keys).await?;
        let placed = |key: String| rows.remove(&key).map(|row| Placed { key, row });
        Ok(keys.into_iter().filter_map(placed).collect())
    }

    /// A record by its key, if the officer's department keeps it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn own_record(
        &self,
        officer: &Officer,
        key: &str,
    ) -> Result<Option<RegistryRow>, StoreError> {
        let row = self.present(&[key.to_owned()]).await?.remove(key);
        Ok(row.filter(|row| row.ward.placement.provider == officer.provider))
    }

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
