//! What stores call: values go in sealed and come out open, people go in and come out by their codes.
//!
//! A vault without keys lets everything through as it is: a database whose operator named no master key. What a vault with keys finds
//! unsealed is not ours and is refused.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use app::{NAME_LETTERS, RecordKeys, StoreError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Iin;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cipher::{framed, unframed};
use crate::columns::PERSON;
use crate::keyring::{KeyUnknown, Keyring};

/// Length of a code of a text in bytes.
const SEARCH_BYTES: usize = 18;

/// What stands for a text that does not open where the reader goes on, to tell of it with everything else: no IIN and no digest is
/// like it, and no text that somebody put there in the open is taken for what was sealed.
pub const UNOPENABLE: &str = "?";

/// What was opened, or [`UNOPENABLE`].
///
/// # Errors
/// All but [`StoreError::Corrupt`].
pub fn or_unopenable(opened: Result<String, StoreError>) -> Result<String, StoreError> {
    match opened {
        Err(StoreError::Corrupt(_)) => Ok(UNOPENABLE.to_owned()),
        other => other,
    }
}

/// Where a value stands: the column as `table.column`, and the key of its row; one of two columns as in [`row_key`].
pub type Place<'a> = (&'static str, &'a str);

/// No column has this, so no two places read alike.
const BETWEEN: char = '\0';

/// The key of a row whose primary key has two columns.
#[must_use]
pub fn row_key(first: &str, second: impl fmt::Display) -> String {
    format!("{first}{BETWEEN}{second}")
}

/// The keys of one database, or none. All copies are one vault.
#[derive(Clone, Default)]
pub struct Vault {
    keys: Arc<RwLock<Option<Arc<KeysRead>>>>,
}

/// The keys as they were read last.
struct KeysRead {
    keys: Keyring,
    /// Something was sealed under none of them.
    misses: AtomicBool,
    /// They were read because of such a thing: there is no key of its number.
    are_all: bool,
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// From now on with these keys.
    pub fn take(&self, keys: Keyring) {
        let are_all = self.misses_a_key();
        let read = KeysRead { keys, misses: AtomicBool::new(false), are_all };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(read));
    }

    /// Whether something was read that was sealed under a key not read yet: then they are to be read again.
    #[must_use]
    pub fn misses_a_key(&self) -> bool {
        self.read().is_some_and(|read| read.misses.load(Ordering::Relaxed))
    }

    /// Whether it has keys.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.read().is_some()
    }

    fn read(&self) -> Option<Arc<KeysRead>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The code of a person: always the same, so that rows are found by it.
    #[must_use]
    pub fn person(&self, iin: Iin) -> String {
        self.alike(PERSON, &iin.digits())
    }

    /// The person of a code.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn iin(&self, code: &str) -> Result<Iin, StoreError> {
        let digits = self.digits(code.to_owned())?;
        Iin::parse(&digits).map_err(|_| StoreError::Corrupt("an IIN"))
    }

    /// The digits of the person of a code, whatever they are; empty for none.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn digits(&self, code: String) -> Result<String, StoreError> {
        self.open_alike(PERSON, code)
    }

    /// A code of a text of a kind, always the same for it; an empty text stays empty.
    #[must_use]
    pub fn alike(&self, kind: &'static str, text: &str) -> String {
        match self.read() {
            Some(read) if !text.is_empty() => URL_SAFE_NO_PAD
                .encode(read.keys.people.seal_alike(kind.as_bytes(), text.as_bytes())),
            _ => text.to_owned(),
        }
    }

    /// The text of such a code.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn open_alike(&self, kind: &'static str, code: String) -> Result<String, StoreError> {
        let Some(read) = self.read().filter(|_| !code.is_empty()) else { return Ok(code) };
        let sealed = URL_SAFE_NO_PAD.decode(code).ok();
        let text =
            sealed.and_then(|sealed| read.keys.people.open_alike(kind.as_bytes(), &sealed).ok());
        text.and_then(|text| String::from_utf8(text).ok()).ok_or(StoreError::Corrupt(kind))
    }

    /// The code of a text of a column, by which rows are found; it cannot be read back.
    #[must_use]
    pub fn code(&self, column: &'static str, text: &str) -> String {
        let Some(read) = self.read() else { return text.to_owned() };
        let code = read.keys.search_code(place_bytes((column, text)).as_slice());
        let short: Vec<u8> = code.into_iter().take(SEARCH_BYTES).collect();
        URL_SAFE_NO_PAD.encode(short)
    }

    /// Keys of a record as they stand in `registry_keys`. Of a name only its first letters are found by: whoever seeks opens
    /// what begins so, and compares.
    #[must_use]
    pub fn record_keys(&self, keys: &RecordKeys) -> RecordKeys {
        RecordKeys {
            provider: keys.provider.clone(),
            ward_iin: keys.ward_iin.as_ref().map(|digits| self.alike(PERSON, digits)),
            ward: self.ward_code(&keys.ward),
            guardian_name: self.name_code(&keys.guardian_name),
            ward_name: self.name_code(&keys.ward_name),
            ward_person: self.code("registry_keys.ward_person", &keys.ward_person),
            act: keys.act.clone(),
        }
    }

    /// The code of a ward's key in `registry_keys`.
    #[must_use]
    pub fn ward_code(&self, ward: &str) -> String {
        self.code("registry_keys.ward", ward)
    }

    /// The code of how a folded name, or a beginning of one, begins: its first letters, or a surname that has fewer with the space
    /// behind it, so that it is found alone.
    #[must_use]
    pub fn name_code(&self, name: &str) -> String {
        let beginning: String = name.chars().take(NAME_LETTERS).collect();
        let surname = beginning.split_inclusive(' ').next().unwrap_or_default();
        self.code("registry_keys.name", surname)
    }

    /// Seals a text; an empty one stays empty.
    #[must_use]
    pub fn seal(&self, place: Place<'_>, text: &str) -> String {
        match self.sealed(place, text.as_bytes()) {
            Some(sealed) if !text.is_empty() => URL_SAFE_NO_PAD.encode(sealed),
            _ => text.to_owned(),
        }
    }

    /// Seals a value as JSON.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] for a value that has no JSON, which would be a fault of the program.
    pub fn seal_json<T: Serialize + ?Sized>(
        &self,
        place: Place<'_>,
        value: &T,
    ) -> Result<String, StoreError> {
        let json = serde_json::to_string(value);
        let json = json.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(self.seal(place, &json))
    }

    /// Seals bytes; none stay none.
    #[must_use]
    pub fn seal_bytes(&self, place: Place<'_>, bytes: &[u8]) -> Vec<u8> {
        match self.sealed(place, bytes) {
            Some(sealed) if !bytes.is_empty() => sealed,
            _ => bytes.to_vec(),
        }
    }

    /// `None` without keys, and for no other reason.
    fn sealed(&self, place: Place<'_>, plain: &[u8]) -> Option<Vec<u8>> {
        let read = self.read()?;
        let (id, cipher) = read.keys.sealing();
        Some(framed(id, &cipher.seal(&place_bytes(place), plain)))
    }

    /// Opens a text.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the column; [`KeyUnknown`] within [`StoreError::Unavailable`].
    pub fn open(&self, place: Place<'_>, stored: String) -> Result<String, StoreError> {
        let Some(read) = self.read() else { return Ok(stored) };
        if stored.is_empty() {
            return Ok(stored);
        }
        let corrupt = || StoreError::Corrupt(place.0);
        let framed = URL_SAFE_NO_PAD.decode(&stored).map_err(|_| corrupt())?;
        String::from_utf8(read.opened(place, &framed)?).map_err(|_| corrupt())
    }

    /// Opens a value from its JSON. The error names the column only.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_json<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
        stored: String,
    ) -> Result<T, StoreError> {
        let json = self.open(place, stored)?;
        serde_json::from_str(&json).map_err(|_| StoreError::Corrupt(place.0))
    }

    /// Opens bytes.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_bytes(&self, place: Place<'_>, stored: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let Some(read) = self.read() else { return Ok(stored) };
        if stored.is_empty() {
            return Ok(stored);
        }
        read.opened(place, &stored)
    }
}

impl KeysRead {
    fn opened(&self, place: Place<'_>, stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        let corrupt = || StoreError::Corrupt(place.0);
        let (id, sealed) = unframed(stored).ok_or_else(corrupt)?;
        let cipher = match self.keys.values(id) {
            Some(cipher) => cipher,
            None if self.are_all || !self.keys.is_later(id) => return Err(corrupt()),
            None => {
                self.misses.store(true, Ordering::Relaxed);
                return Err(StoreError::Unavailable(Box::new(KeyUnknown(id))));
            }
        };
        cipher.open(&place_bytes(place), sealed).map_err(|_| corrupt())
    }
}

fn place_bytes((column, row): Place<'_>) -> Vec<u8> {
    row_key(column, row).into_bytes()
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::keyring::DataKey;
    use crate::master::MasterKeys;

    const NAME: Place<'_> = ("sessions.name", "token");

    async fn vault() -> Vault {
        let (vault, now) = (Vault::default(), Timestamp::UNIX_EPOCH);
        let master = MasterKeys::parse(&MasterKeys::new_line()).unwrap();
        let keys = DataKey::first(&master, now).await.unwrap();
        vault.take(Keyring::unwrap(&master, &keys, now).await.unwrap());
        vault
    }

    fn iin() -> Iin {
        Iin::parse("000229500008").unwrap()
    }

    #[tokio::test]
    async fn what_is_sealed_opens_at_its_place_and_says_nothing_until_then() {
        let (vault, text) = (vault().await, "Әлия Ғабитқызы");
        let (one, other) = (vault.seal(NAME, text), vault.seal(NAME, text));
        assert_ne!(one, other);
        assert!(!one.contains("Әлия"));
        assert_eq!(vault.open(NAME, one).unwrap(), text);
        assert_eq!(vault.open_bytes(NAME, vault.seal_bytes(NAME, b"PDF")).unwrap(), b"PDF");
        assert_eq!(vault.open_json::<u8>(NAME, vault.seal_json(NAME, &7).unwrap()).unwrap(), 7);
    }

    #[tokio::test]
    async fn what_is_moved_does_not_open() {
        let vault = vault().await;
        let sealed = vault.seal(NAME, "Әлия");
        for place in [("sessions.name", "other"), ("pending_sign_ins.name", "token")] {
            let refused = vault.open(place, sealed.clone());
            assert!(matches!(refused, Err(StoreError::Corrupt(column)) if column == place.0));
        }
    }

    #[tokio::test]
    async fn what_was_altered_or_never_sealed_does_not_open() {
        let vault = vault().await;
        let sealed = vault.seal_bytes(NAME, b"a document");
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert!(vault.open_bytes(NAME, altered).is_err(), "byte {place}");
        }
        assert!(vault.open_bytes(NAME, b"%PDF-1.7".to_vec()).is_err());
        assert!(vault.open(NAME, "Әлия".to_owned()).is_err());
        assert!(vault.iin("000229500008").is_err());
    }

    #[tokio::test]
    async fn a_key_not_read_yet_is_no_alteration() {
        let later = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 91);
        let master = MasterKeys::parse(&MasterKeys::new_line()).unwrap();
        let mut keys = DataKey::first(&master, Timestamp::UNIX_EPOCH).await.unwrap();
        let ring = async |keys: &[DataKey]| Keyring::unwrap(&master, keys, later).await.unwrap();
        let (one, other) = (Vault::default(), Vault::default());
        one.take(ring(&keys).await);
        let altered = framed(7, b"never sealed under a seventh key");
        let made = later - SignedDuration::from_hours(1);
        keys.push(DataKey::next(&master, &keys, made).await.unwrap().unwrap());
        other.take(ring(&keys).await);
        let sealed = other.seal(NAME, "Әлия");
        let unknown = |refused: Result<Vec<u8>, StoreError>| match refused {
            Err(StoreError::Unavailable(error)) => error.downcast_ref().copied(),
            _ => None,
        };
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        assert!(!one.misses_a_key());
        assert_eq!(unknown(one.open_bytes(NAME, bytes)), Some(KeyUnknown(4)));
        assert_eq!(unknown(one.open_bytes(NAME, altered.clone())), Some(KeyUnknown(7)));
        assert!(one.misses_a_key());
        one.take(ring(&keys).await);
        assert_eq!(one.open(NAME, sealed).unwrap(), "Әлия");
        assert!(matches!(one.open_bytes(NAME, altered), Err(StoreError::Corrupt("sessions.name"))));
        assert!(!one.misses_a_key());
        // The numbers of the keys of people and of other texts seal no values.
        let astray = other.open_bytes(NAME, framed(1, b"0123456789ab and more than a tag"));
        assert!(matches!(astray, Err(StoreError::Corrupt(_))));
    }

    #[tokio::test]
    async fn nothing_stays_nothing() {
        let vault = vault().await;
        assert_eq!(vault.seal(NAME, ""), "");
        assert_eq!(vault.open(NAME, String::new()).unwrap(), "");
        assert_eq!(vault.seal_bytes(NAME, b""), b"");
        assert_eq!(vault.alike(PERSON, ""), "");
        assert_eq!(vault.digits(String::new()).unwrap(), "");
    }

    #[tokio::test]
    async fn a_person_has_one_code_in_one_database_and_another_in_the_next() {
        let (one, other) = (vault().await, vault().await);
        assert_eq!(one.person(iin()), one.person(iin()));
        assert_ne!(one.person(iin()), other.person(iin()));
        assert_eq!(one.iin(&one.person(iin())).unwrap(), iin());
        assert!(other.iin(&one.person(iin())).is_err());
        assert!(!one.person(iin()).contains("000229"));
    }

    #[test]
    fn without_keys_everything_passes_as_it_is() {
        let vault = Vault::default();
        assert_eq!(vault.person(iin()), "000229500008");
        assert_eq!(vault.seal(NAME, "Әлия"), "Әлия");
        assert_eq!(vault.open(NAME, "Әлия".to_owned()).unwrap(), "Әлия");
    }

    #[tokio::test]
    async fn names_that_begin_alike_have_one_code() {
        let vault = vault().await;
        assert_eq!(vault.name_code("ахметов айдар"), vault.name_code("ахм"));
        assert_ne!(vault.name_code("ахметов"), vault.name_code("ахат"));
        for (whole, typed) in
            [("ю вера", "ю "), ("ю вера", "ю в"), ("ан усен", "ан "), ("цои ан", "цои")]
        {
            assert_eq!(vault.name_code(whole), vault.name_code(typed), "{whole}");
        }
        assert_ne!(vault.name_code("югаи вера"), vault.name_code("ю "));
    }
}
