//! The rows of data keys: made where there are none, wrapped anew, and unwrapped.
//!
//! No transaction is open while a master key is asked: a device may keep one waiting. So rows may change meanwhile; whoever comes
//! second with a key of his own takes the first one's. Read next: `keyring.rs`.

use app::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

use crate::keyring::{DataKey, Keyring, UnlockError};
use crate::master::MasterKeys;

/// The data keys of one database, as its store keeps them. Each method is one transaction.
#[async_trait]
pub trait KeyTable: Sync {
    /// All of them, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn data_keys(&self) -> Result<Vec<DataKey>, StoreError>;

    /// Puts the first ones, unless somebody else was first; none where anything is stored without keys. Whether there are keys then.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_first_keys(&self, keys: &[DataKey]) -> Result<bool, StoreError>;

    /// Adds all of them or, where somebody else was first or has wrapped the others under another master key, none.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_data_keys(&self, keys: &[DataKey]) -> Result<(), StoreError>;

    /// Puts keys that were wrapped anew in the places of those beside them: all or, where somebody else wrapped one of them meanwhile,
    /// none. So never do some stand under his master key and some under ours, and whoever has either opens them all.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn rewrap(&self, changes: &[(DataKey, DataKey)]) -> Result<(), StoreError>;
}

/// What came of looking after the keys.
pub struct KeptKeys {
    /// The keys, ready to be used.
    pub keyring: Keyring,
    /// How many were wrapped by another master key before.
    pub rewrapped: usize,
}

/// The keys of a database; where nothing is stored, its first ones are made.
///
/// # Errors
/// [`UnlockError`]; of a database that is in use without keys [`UnlockError::NotSealed`].
pub async fn unlocked(
    table: &impl KeyTable,
    master: &MasterKeys,
    now: Timestamp,
) -> Result<Keyring, UnlockError> {
    let mut keys = table.data_keys().await?;
    if keys.is_empty() {
        if !table.put_first_keys(&DataKey::first(master, now).await?).await? {
            return Err(UnlockError::NotSealed);
        }
        keys = table.data_keys().await?;
    }
    Ok(Keyring::unwrap(master, &keys, now).await?)
}

/// Wraps under the master key in use what another one wraps, adds the next key of values where it is due, and answers all keys, those
/// of other nodes too.
///
/// # Errors
/// [`UnlockError`].
pub async fn kept_keys(
    table: &impl KeyTable,
    master: &MasterKeys,
    now: Timestamp,
) -> Result<KeptKeys, UnlockError> {
    let keys = table.data_keys().await?;
    let mut changes = Vec::new();
    for key in &keys {
        if let Some(anew) = key.rewrapped(master).await? {
            changes.push((key.clone(), anew));
        }
    }
    if !changes.is_empty() {
        table.rewrap(&changes).await?;
    }
    if let Some(next) = DataKey::next(master, &keys, now).await? {
        table.put_data_keys(&[next]).await?;
    }
    let keyring = Keyring::unwrap(master, &table.data_keys().await?, now).await?;
    Ok(KeptKeys { keyring, rewrapped: changes.len() })
}
