//! `[personal_data]`: the master key under which personal data are sealed in the database (adr 42).

use std::path::{Path, PathBuf};

use adapters::{MasterTokenSettings, TokenAccess};
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::seal::token_choice;

/// Keys of the section.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalDataConfig {
    /// File with master keys, the one in use first (`anyqtama keys new`). Never beside the database or in its backups.
    pub key_file: Option<PathBuf>,
    /// For a move between file and token: which of the two wraps from now on; the other only opens.
    pub move_to: Option<MasterPlaceConfig>,
    /// A device with the master key instead.
    pub token: Option<MasterTokenConfig>,
}

/// Where the master key in use lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MasterPlaceConfig {
    /// In the file.
    KeyFile,
    /// On the token.
    Token,
}

/// A PKCS #11 device with master keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MasterTokenConfig {
    /// Its library.
    pub library: PathBuf,
    /// Label of the token.
    pub label: Option<String>,
    /// Or the number of its slot.
    pub slot: Option<u64>,
    /// File with the user's PIN.
    pub pin_file: PathBuf,
    /// Label of the AES-256 keys; the one with the greatest id wraps.
    pub key: String,
}

/// A place of master keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MasterPlace<'a> {
    /// A file.
    File(&'a Path),
    /// A token.
    Token(&'a MasterTokenConfig),
}

impl PersonalDataConfig {
    /// Master keys in a file.
    #[must_use]
    pub fn in_file(key_file: PathBuf) -> Self {
        Self { key_file: Some(key_file), move_to: None, token: None }
    }

    /// Where the master key is that wraps and, while it moves, where those are that only open.
    ///
    /// # Errors
    /// Neither is named, or both without a word which of them wraps.
    pub fn places(&self) -> Result<(MasterPlace<'_>, Option<MasterPlace<'_>>)> {
        let file = self.key_file.as_deref().map(MasterPlace::File);
        let token = self.token.as_ref().map(MasterPlace::Token);
        match (file, token, self.move_to) {
            (Some(only), None, None) | (None, Some(only), None) => Ok((only, None)),
            (Some(file), token @ Some(_), Some(MasterPlaceConfig::KeyFile)) => Ok((file, token)),
            (file @ Some(_), Some(token), Some(MasterPlaceConfig::Token)) => Ok((token, file)),
            (None, None, _) => {
                bail!("[personal_data] names no master key: give key_file or [personal_data.token]")
            }
            (Some(_), Some(_), None) => bail!(
                "[personal_data] names both key_file and token: give one of them or, to move the master key, say with \
                move_to which of them wraps from now on"
            ),
            (_, _, Some(_)) => bail!(
                "personal_data.move_to moves the master key between key_file and token: it needs both of them"
            ),
        }
    }

    /// What the types cannot hold.
    ///
    /// # Errors
    /// See [`Self::places`]; a token that is named neither by label nor by slot, or its key by nothing.
    pub fn check(&self) -> Result<()> {
        self.places()?;
        self.token.as_ref().map_or(Ok(()), |token| token.settings().map(|_| ()))
    }
}

impl MasterTokenConfig {
    /// What is opened.
    ///
    /// # Errors
    /// See [`PersonalDataConfig::check`].
    pub fn settings(&self) -> Result<MasterTokenSettings> {
        if self.key.is_empty() {
            bail!("personal_data.token.key must be the label of the master keys");
        }
        let token = token_choice("personal_data.token", self.label.as_deref(), self.slot)?;
        let (library, pin_file) = (self.library.clone(), self.pin_file.clone());
        let access = TokenAccess { library, token, pin_file };
        Ok(MasterTokenSettings { access, label: self.key.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "[token]\nlibrary = 'l.so'\nlabel = 'anyqtama'\npin_file = 'pin'\n";

    fn read(text: &str) -> PersonalDataConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn one_place_wraps_and_during_a_move_the_other_opens() {
        let file = MasterPlace::File(Path::new("f"));
        let told = read(&format!("{TOKEN}key = 'k'"));
        let token = told.token.as_ref().map(MasterPlace::Token).unwrap();
        for (text, wraps, opens) in [
            ("key_file = 'f'".to_owned(), file, None),
            (format!("{TOKEN}key = 'k'"), token, None),
            (format!("key_file = 'f'\nmove_to = 'token'\n{TOKEN}key = 'k'"), token, Some(file)),
            (format!("key_file = 'f'\nmove_to = 'key_file'\n{TOKEN}key = 'k'"), file, Some(token)),
        ] {
            let config = read(&text);
            config.check().unwrap();
            assert_eq!(config.places().unwrap(), (wraps, opens), "{text}");
        }
    }

    #[test]
    fn what_names_no_master_key_or_two_is_told_in_words() {
        for (text, why) in [
            (String::new(), "names no master key"),
            ("move_to = 'token'".to_owned(), "names no master key"),
            (format!("key_file = 'f'\n{TOKEN}key = 'k'"), "say with move_to"),
            ("key_file = 'f'\nmove_to = 'token'".to_owned(), "needs both"),
            (format!("move_to = 'key_file'\n{TOKEN}key = 'k'"), "needs both"),
            (format!("{TOKEN}slot = 1\nkey = 'k'"), "either label or slot"),
            (format!("{TOKEN}key = ''"), "label of the master keys"),
        ] {
            let told = read(&text).check().unwrap_err().to_string();
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
