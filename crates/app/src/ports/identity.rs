//! The port to somebody who knows who a person is: a national identity provider, by OpenID Connect.

use std::fmt;

use async_trait::async_trait;
use domain::{Iin, Language};

/// Where a person is sent, and what must be remembered of it until he is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityBeginning {
    /// The address of the provider's page.
    pub address: String,
    /// The provider's own; given back to [`IdentityProvider::finish`] as it is.
    pub remembered: String,
}

/// What a person comes back with. Nothing of it is believed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityReply {
    /// The one-time code, or the provider's word for why there is none.
    pub outcome: Result<String, String>,
    /// Who says so (`iss` of RFC 9207), where it is said.
    pub issuer: Option<String>,
}

impl fmt::Debug for IdentityReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityReply")
            .field("is_code", &self.outcome.is_ok())
            .finish_non_exhaustive()
    }
}

/// Who a person is.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentifiedPerson {
    /// IIN.
    pub iin: Iin,
    /// Full name.
    pub name: String,
}

impl fmt::Debug for IdentifiedPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentifiedPerson(…)")
    }
}

/// The verdict, with three values: a fault of the provider is neither somebody nor nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityVerdict {
    /// This person.
    Known(Box<IdentifiedPerson>),
    /// Nobody comes in, for the reason of this stable code.
    Refused(&'static str),
    /// Cannot be told now, for the reason of this stable code.
    CannotTell(&'static str),
}

/// Tells who a person is. It asks others and bounds the time they are given itself: callers wait for it.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Where to send a person. `state` comes back with him.
    ///
    /// # Errors
    /// The stable code of why he cannot be sent anywhere now.
    async fn begin(
        &self,
        state: &str,
        language: Language,
    ) -> Result<IdentityBeginning, &'static str>;

    /// Who came back.
    async fn finish(&self, reply: &IdentityReply, remembered: &str) -> IdentityVerdict;
}
