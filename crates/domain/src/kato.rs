//! KATO (ӘАОЖ): the nine-digit classifier of territories, and the twenty regions its first two digits name.

use serde::{Deserialize, Serialize};

use crate::language::Bilingual;

/// A nine-digit KATO code whose first two digits name a region.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kato(String);

/// Why a text is no KATO code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KatoError {
    /// Not exactly nine digits.
    #[error("a KATO code has exactly 9 digits")]
    NotNineDigits,
    /// The first two digits name none of the 17 oblasts and 3 cities.
    #[error("no region has this code")]
    NoSuchRegion,
}

/// An oblast, or a city of republican significance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First two digits of the codes of its territories.
    pub prefix: &'static str,
    /// Name in Kazakh.
    pub kk: &'static str,
    /// Name in Russian.
    pub ru: &'static str,
}

const fn region(prefix: &'static str, kk: &'static str, ru: &'static str) -> Region {
    Region { prefix, kk, ru }
}

impl Region {
    /// The 17 oblasts and 3 cities of republican significance since June 2022.
    pub const ALL: [Self; 20] = [
        region("10", "Абай облысы", "область Абай"),
        region("11", "Ақмола облысы", "Акмолинская область"),
        region("15", "Ақтөбе облысы", "Актюбинская область"),
        region("19", "Алматы облысы", "Алматинская область"),
        region("23", "Атырау облысы", "Атырауская область"),
        region("27", "Батыс Қазақстан облысы", "Западно-Казахстанская область"),
        region("31", "Жамбыл облысы", "Жамбылская область"),
        region("33", "Жетісу облысы", "область Жетісу"),
        region("35", "Қарағанды облысы", "Карагандинская область"),
        region("39", "Қостанай облысы", "Костанайская область"),
        region("43", "Қызылорда облысы", "Кызылординская область"),
        region("47", "Маңғыстау облысы", "Мангистауская область"),
        region("55", "Павлодар облысы", "Павлодарская область"),
        region("59", "Солтүстік Қазақстан облысы", "Северо-Казахстанская область"),
        region("61", "Түркістан облысы", "Туркестанская область"),
        region("62", "Ұлытау облысы", "область Ұлытау"),
        region("63", "Шығыс Қазақстан облысы", "Восточно-Казахстанская область"),
        region("71", "Астана қаласы", "город Астана"),
        region("75", "Алматы қаласы", "город Алматы"),
        region("79", "Шымкент қаласы", "город Шымкент"),
    ];

    /// Both names.
    #[must_use]
    pub fn name(&self) -> Bilingual {
        Bilingual { kk: self.kk.to_owned(), ru: self.ru.to_owned() }
    }
}

impl Kato {
    /// Reads a code; spaces around it are allowed.
    ///
    /// # Errors
    /// [`KatoError`] says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, KatoError> {
        let text = text.trim();
        if text.len() != 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(KatoError::NotNineDigits);
        }
        if !Region::ALL.iter().any(|region| text.starts_with(region.prefix)) {
            return Err(KatoError::NoSuchRegion);
        }
        Ok(Self(text.to_owned()))
    }

    /// The nine digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region the territory lies in.
    #[must_use]
    pub fn region(&self) -> Option<&'static Region> {
        Region::ALL.iter().find(|region| self.0.starts_with(region.prefix))
    }
}

impl TryFrom<String> for Kato {
    type Error = KatoError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Kato> for String {
    fn from(value: Kato) -> Self {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_its_region_in_both_languages() {
        let semey = Kato::parse("101010000").unwrap();
        assert_eq!(semey.region().map(Region::name).unwrap().kk, "Абай облысы");
        assert_eq!(Kato::parse("62000000"), Err(KatoError::NotNineDigits));
        assert_eq!(Kato::parse("990000000"), Err(KatoError::NoSuchRegion));
    }
}
