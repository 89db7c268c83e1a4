//! The data keys of one database, unwrapped.
//!
//! One makes the codes by which people are found, one the codes of other texts; both stay, because rows are found by what they
//! made. Values have several, one after another: the last whose time has come seals, all of them open.

use std::collections::BTreeMap;

use app::StoreError;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, KEY_BYTES, random};
use crate::master::{DeviceFault, MasterKeys};

/// A new key of values seals only when every node has read it.
const KNOWN_EVERYWHERE: SignedDuration = SignedDuration::from_mins(10);
/// A key of values seals for so long.
const SEALS_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What a data key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPurpose {
    /// Codes of people.
    People,
    /// Codes of other texts that are sought.
    Search,
    /// Sealed values.
    Values,
}

impl KeyPurpose {
    const ALL: [Self; 3] = [Self::People, Self::Search, Self::Values];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Search => "search",
            Self::Values => "values",
        }
    }

    /// The purpose of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// A data key as it stands in the database.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey {
    /// From 1, never given twice.
    pub id: u32,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// When it may first be used.
    pub since: Timestamp,
    /// Name of the master key that wraps it.
    pub master: String,
    /// Wrapped.
    pub wrapped: Vec<u8>,
}

/// Why data keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// A master key is missing.
    #[error(
        "the master key {0}, under which personal data are sealed, is not among those that [personal_data] names; without \
        it they cannot be read"
    )]
    MasterMissing(String),
    /// A key does not unwrap.
    #[error("data key {0} does not unwrap: it was altered, or the master key of this name was")]
    Altered(u32),
    /// The device with the master key failed.
    #[error(
        "data key {0}: {1}; where the device is well, the data key was altered, or its master key is another of the same name"
    )]
    Device(u32, DeviceFault),
    /// One of the three kinds is missing.
    #[error("a data key is missing in the database")]
    Incomplete,
}

/// What was read was sealed under a key that was made after this process read the keys last: it is not altered, and opens once they
/// were read again. Within [`StoreError::Unavailable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("data key {0} is not known here yet")]
pub struct KeyUnknown(pub u32);

/// Why a database was not unlocked.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// There are data, and no keys: they stand open.
    #[error(
        "the database holds personal data that are not sealed: back it up, and restore it with the master key into an empty one"
    )]
    NotSealed,
    /// There are keys in the database, and no master key for them.
    #[error("the database is sealed: name its master key in [personal_data]")]
    NoMaster,
}

/// The data keys of one database, ready to be used.
pub struct Keyring {
    pub(crate) people: Cipher,
    pub(crate) search: Hmac<Sha256>,
    values: BTreeMap<u32, Cipher>,
    /// One of them with its number: without it there is no keyring, so that nothing is ever stored open for the lack of it.
    sealing: (u32, Cipher),
}

impl Keyring {
    /// Unwraps, as of a moment.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn unwrap(
        master: &MasterKeys,
        keys: &[DataKey],
        now: Timestamp,
    ) -> Result<Self, KeyringError> {
        let (mut people, mut search, mut values) = (None, None, BTreeMap::new());
        for key in keys {
            let opened = key.unwrap(master).await?;
            match key.purpose {
                KeyPurpose::People => people = Some(Cipher::new(&opened)),
                KeyPurpose::Search => search = Hmac::new_from_slice(opened.as_slice()).ok(),
                KeyPurpose::Values => {
                    values.insert(key.id, Cipher::new(&opened));
                }
            }
        }
        let sealing = sealing(keys, now).and_then(|id| Some((id, values.get(&id)?.clone())));
        let sealing = sealing.ok_or(KeyringError::Incomplete)?;
        match (people, search) {
            (Some(people), Some(search)) => Ok(Self { people, search, values, sealing }),
            _ => Err(KeyringError::Incomplete),
        }
    }

    /// The key that seals, with its number.
    pub(crate) fn sealing(&self) -> (u32, &Cipher) {
        (self.sealing.0, &self.sealing.1)
    }

    pub(crate) fn values(&self, id: u32) -> Option<&Cipher> {
        self.values.get(&id)
    }

    /// Whether a key of this number could have been made since these were read. None is ever taken away.
    pub(crate) fn is_later(&self, id: u32) -> bool {
        self.values.last_key_value().is_none_or(|(last, _)| id > *last)
    }

    pub(crate) fn search_code(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = self.search.clone();
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

impl DataKey {
    /// The first keys of an empty database.
    ///
    /// # Errors
    /// [`KeyringError::Device`].
    pub async fn first(master: &MasterKeys, now: Timestamp) -> Result<Vec<Self>, KeyringError> {
        let mut keys = Vec::new();
        for (id, purpose) in (1..).zip(KeyPurpose::ALL) {
            keys.push(Self::new(master, id, purpose, now).await?);
        }
        Ok(keys)
    }

    /// The next key of values, where the last one has sealed for long enough; `None` where it has not.
    ///
    /// # Errors
    /// [`KeyringError::Device`].
    pub async fn next(
        master: &MasterKeys,
        keys: &[Self],
        now: Timestamp,
    ) -> Result<Option<Self>, KeyringError> {
        let values = keys.iter().filter(|key| key.purpose == KeyPurpose::Values);
        let last = values.map(|key| key.since).max();
        let (Some(last), Some(id)) = (last, keys.iter().map(|key| key.id).max()) else {
            return Ok(None);
        };
        if now.duration_since(last) < SEALS_FOR {
            return Ok(None);
        }
        let since = now + KNOWN_EVERYWHERE;
        Self::new(master, id + 1, KeyPurpose::Values, since).await.map(Some)
    }

    /// The same key under the master key in use; `None` where it is under that already.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn rewrapped(&self, master: &MasterKeys) -> Result<Option<Self>, KeyringError> {
        if self.master == master.name() {
            return Ok(None);
        }
        let key = self.unwrap(master).await?;
        Self::wrap(master, self.id, self.purpose, self.since, &key).await.map(Some)
    }

    async fn new(
        master: &MasterKeys,
        id: u32,
        purpose: KeyPurpose,
        since: Timestamp,
    ) -> Result<Self, KeyringError> {
        Self::wrap(master, id, purpose, since, &Zeroizing::new(random())).await
    }

    async fn wrap(
        master: &MasterKeys,
        id: u32,
        purpose: KeyPurpose,
        since: Timestamp,
        key: &[u8; KEY_BYTES],
    ) -> Result<Self, KeyringError> {
        let wrapped = master.wrap(label(id, purpose).as_bytes(), key).await;
        let wrapped = wrapped.map_err(|fault| KeyringError::Device(id, fault))?;
        Ok(Self { id, purpose, since, master: master.name().to_owned(), wrapped })
    }

    async fn unwrap(
        &self,
        master: &MasterKeys,
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyringError> {
        if !master.knows(&self.master) {
            return Err(KeyringError::MasterMissing(self.master.clone()));
        }
        let label = label(self.id, self.purpose);
        let key = master.unwrap(&self.master, label.as_bytes(), &self.wrapped).await;
        let key = key.map_err(|fault| KeyringError::Device(self.id, fault))?;
        key.ok_or(KeyringError::Altered(self.id))
    }
}

/// The last key of values whose time has come, else the first.
fn sealing(keys: &[DataKey], now: Timestamp) -> Option<u32> {
    let mut values: Vec<_> = keys
        .iter()
        .filter(|key| key.purpose == KeyPurpose::Values)
        .map(|key| (key.since, key.id))
        .collect();
    values.sort_unstable();
    let come = values.iter().rev().find(|(since, _)| *since <= now);
    come.or(values.first()).map(|(_, id)| *id)
}

/// A wrapped key unwraps as what it is only.
fn label(id: u32, purpose: KeyPurpose) -> String {
    format!("data key {id} {}", purpose.code())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::master::DeviceKey;

    fn master() -> MasterKeys {
        MasterKeys::parse(&MasterKeys::new_line()).unwrap()
    }

    fn days(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)
    }

    /// A device with one key, which may go away.
    struct Device {
        name: &'static str,
        cipher: Cipher,
        is_away: AtomicBool,
    }

    impl Device {
        fn new(name: &'static str) -> Arc<Self> {
            Arc::new(Self { name, cipher: Cipher::new(&random()), is_away: AtomicBool::new(false) })
        }

        fn answer<T>(&self, answer: T) -> Result<T, DeviceFault> {
            let is_away = self.is_away.load(Ordering::Relaxed);
            if is_away { Err(DeviceFault("away".to_owned())) } else { Ok(answer) }
        }
    }

    #[async_trait::async_trait]
    impl DeviceKey for Device {
        fn name(&self) -> &str {
            self.name
        }

        async fn wrap(&self, label: &[u8], key: &[u8]) -> Result<Vec<u8>, DeviceFault> {
            // What it says it wrapped under no label is rubbish.
            let wrapped = if label.is_empty() { Vec::new() } else { self.cipher.seal(label, key) };
            self.answer(wrapped)
        }

        async fn unwrap(
            &self,
            label: &[u8],
            wrapped: &[u8],
        ) -> Result<Option<Zeroizing<Vec<u8>>>, DeviceFault> {
            self.answer(self.cipher.open(label, wrapped).ok().map(Zeroizing::new))
        }
    }

    fn in_device(keys: &[&Arc<Device>]) -> MasterKeys {
        let shared = |key: &&Arc<Device>| -> Arc<dyn DeviceKey> { Arc::<Device>::clone(key) };
        MasterKeys::in_device(keys.iter().map(shared).collect())
    }

    async fn rewrapped(keys: &[DataKey], master: &MasterKeys) -> Vec<DataKey> {
        let mut all = Vec::new();
        for key in keys {
            let key = key.rewrapped(master).await.unwrap().unwrap();
            assert!(key.rewrapped(master).await.unwrap().is_none());
            all.push(key);
        }
        all
    }

    #[tokio::test]
    async fn a_new_master_key_wraps_the_same_keys_wherever_it_lives() {
        let (old, new) = (MasterKeys::new_line(), MasterKeys::new_line());
        let file = |line: &str| MasterKeys::parse(line).unwrap();
        let (first, second) = (Device::new("token-01"), Device::new("token-02"));
        // In a file, then another there, into the device, another there, and back into a file.
        let walk = [
            (file(&format!("{}\n{}", *new, *old)), file(&new)),
            (in_device(&[&first]).before(file(&new)), in_device(&[&first])),
            (in_device(&[&second, &first]), in_device(&[&second])),
            (file(&old).before(in_device(&[&second])), file(&old)),
        ];
        let mut before = file(&old);
        let mut keys = DataKey::first(&before, days(0)).await.unwrap();
        let text = Keyring::unwrap(&before, &keys, days(0)).await.unwrap();
        let text = text.people.seal_alike(b"", b"text");
        for (both, after) in walk {
            let missing = Keyring::unwrap(&after, &keys, days(0)).await.err();
            assert_eq!(missing, Some(KeyringError::MasterMissing(before.name().to_owned())));
            keys = rewrapped(&keys, &both).await;
            let anew = Keyring::unwrap(&after, &keys, days(0)).await.unwrap();
            assert_eq!(anew.people.open_alike(b"", &text).unwrap(), b"text");
            before = after;
        }
    }

    #[tokio::test]
    async fn a_device_that_fails_or_has_another_key_of_the_name_is_told() {
        let device = Device::new("token-01");
        let master = in_device(&[&device]);
        let keys = DataKey::first(&master, days(0)).await.unwrap();
        let other = in_device(&[&Device::new("token-01")]);
        let told = Keyring::unwrap(&other, &keys, days(0)).await.err();
        assert_eq!(told, Some(KeyringError::Altered(1)));
        assert!(master.wrap(b"", &[7; KEY_BYTES]).await.is_err(), "it does not come out again");
        device.is_away.store(true, Ordering::Relaxed);
        let away = Some(KeyringError::Device(1, DeviceFault("away".to_owned())));
        assert_eq!(Keyring::unwrap(&master, &keys, days(0)).await.err(), away);
        assert_eq!(DataKey::first(&master, days(0)).await.err(), away);
    }

    #[tokio::test]
    async fn values_get_their_next_key_when_it_is_due_and_use_it_when_all_know_it() {
        let master = master();
        let mut keys = DataKey::first(&master, days(0)).await.unwrap();
        assert!(DataKey::next(&master, &keys, days(89)).await.unwrap().is_none());
        let next = DataKey::next(&master, &keys, days(90)).await.unwrap().unwrap();
        keys.push(next.clone());
        assert!(DataKey::next(&master, &keys, days(91)).await.unwrap().is_none());
        let sealing = async |at| {
            let keyring = Keyring::unwrap(&master, &keys, at).await.unwrap();
            keyring.sealing().0
        };
        assert_eq!(sealing(days(90)).await, 3);
        assert_eq!(sealing(next.since).await, 4);
        let late = Keyring::unwrap(&master, &keys, next.since).await.unwrap();
        assert!(late.values(3).is_some());
    }

    #[tokio::test]
    async fn a_key_that_was_altered_swapped_or_lost_is_told() {
        let master = master();
        let keys = DataKey::first(&master, days(0)).await.unwrap();
        let told = async |keys: &[DataKey]| Keyring::unwrap(&master, keys, days(0)).await.err();
        let mut altered = keys.clone();
        altered[0].wrapped[20] ^= 1;
        assert_eq!(told(&altered).await, Some(KeyringError::Altered(1)));
        let mut swapped = keys.clone();
        swapped[0].wrapped.clone_from(&keys[2].wrapped);
        assert_eq!(told(&swapped).await, Some(KeyringError::Altered(1)));
        for lost in 0..3 {
            let mut fewer = keys.clone();
            fewer.remove(lost);
            assert_eq!(told(&fewer).await, Some(KeyringError::Incomplete));
        }
    }
}
