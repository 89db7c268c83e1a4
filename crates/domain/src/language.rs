//! The three languages of the service. Documents are in Kazakh and Russian; English is for the screen.

use serde::{Deserialize, Serialize};

/// A language of the portal. Kazakh, the state language, comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Kazakh.
    #[default]
    Kk,
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// All, in the order the portal offers them.
    pub const ALL: [Self; 3] = [Self::Kk, Self::Ru, Self::En];

    /// Code for addresses and the `lang` attribute.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
}

/// A text in the two languages of official papers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bilingual {
    /// In Kazakh.
    pub kk: String,
    /// In Russian.
    pub ru: String,
}

impl Bilingual {
    /// The text for a screen: English readers get the Russian name, as the law has no English one.
    #[must_use]
    pub fn on_screen(&self, language: Language) -> &str {
        match language {
            Language::Kk => &self.kk,
            Language::Ru | Language::En => &self.ru,
        }
    }
}
