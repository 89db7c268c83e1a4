//! The master keys of personal data, from where the configuration says they are (adr 42).

use std::fs;
use std::path::PathBuf;

use adapters::MasterToken;
use anyhow::{Context, Result};
use vault::MasterKeys;
use zeroize::Zeroizing;

use crate::config::{MasterPlace, MasterTokenConfig, PersonalDataConfig};

/// Where master keys come from, asked anew each time: they may have become others.
pub struct MasterSource {
    wraps: Place,
    /// Only during a move.
    opens: Option<Place>,
}

enum Place {
    File(PathBuf),
    Token(MasterToken),
}

impl MasterSource {
    /// Loads the token's library and reads its PIN, where there is one: whether it is there shows later.
    ///
    /// # Errors
    /// What the section says is wrong, or the token cannot be used.
    pub fn open(config: &PersonalDataConfig) -> Result<Self> {
        let (wraps, opens) = config.places()?;
        Ok(Self { wraps: Place::open(wraps)?, opens: opens.map(Place::open).transpose()? })
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// The file cannot be read, or a line is no key (no line of it is told); the token is away, refuses the PIN, has no such key.
    pub async fn keys(&self) -> Result<MasterKeys> {
        let wrapping = self.wraps.keys().await?;
        match &self.opens {
            Some(place) => Ok(wrapping.before(place.keys().await?)),
            None => Ok(wrapping),
        }
    }
}

impl Place {
    fn open(place: MasterPlace<'_>) -> Result<Self> {
        Ok(match place {
            MasterPlace::File(path) => Self::File(path.to_owned()),
            MasterPlace::Token(token) => Self::Token(open_token(token)?),
        })
    }

    async fn keys(&self) -> Result<MasterKeys> {
        match self {
            Self::File(path) => {
                let cannot = || format!("personal_data.key_file {}", path.display());
                let bytes = Zeroizing::new(fs::read(path).with_context(cannot)?);
                // What is no text is no key either, and told so.
                let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
                MasterKeys::parse(&text).with_context(cannot)
            }
            Self::Token(token) => token.keys().await.context("personal_data.token"),
        }
    }
}

/// The token of the section.
///
/// # Errors
/// See [`MasterSource::open`].
pub fn open_token(config: &MasterTokenConfig) -> Result<MasterToken> {
    MasterToken::open(&config.settings()?).context("personal_data.token")
}
