//! The service provider (item 1 of the list): an education department with its territory.

use serde::{Deserialize, Serialize};

use crate::{Bilingual, Bin, Kato};

/// An education department of a district or city, or the education administration of a city of republican
/// significance. Administrations of oblasts are no providers of this service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its territory.
    pub kato: Kato,
    /// Its business identification number.
    pub bin: Bin,
    /// Official name.
    pub name: Bilingual,
    /// Where to come or write.
    pub address: Bilingual,
    /// Telephone as dialled.
    pub phone: String,
    /// Name of its head, where the list tells it: complaints go to him.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// Electronic address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// When people are received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Bilingual>,
}
