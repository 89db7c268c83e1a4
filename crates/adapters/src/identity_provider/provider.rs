//! What the provider tells of itself (OpenID Connect Discovery) with its keys: fetched, kept, renewed.
//!
//! One fetch at a time. What is old is renewed; where that fails, it is used on for a day, and the failing provider is left
//! alone for some seconds. A key nobody has seen is a reason to look once more, but not again and again.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, AuthUrl, DiscoveryError, IssuerUrl, ProviderMetadata,
    TokenUrl,
};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::Fault;
use super::line::{Line, LineFault};

/// How long it is believed without asking again.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// How long it is used where it cannot be renewed.
const USABLE: SignedDuration = SignedDuration::from_hours(24);
/// How long a provider that failed is not asked again.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// How long keys are not fetched again for the sake of an unknown one.
const KEYS_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// What the library does not read (RFC 9207).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Announced {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Announced {}

type Metadata = ProviderMetadata<
    Announced,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What the provider told of itself at a moment.
pub(super) struct Known {
    metadata: Metadata,
    token: TokenUrl,
    at: Timestamp,
}

impl Known {
    pub(super) fn keys(&self) -> CoreJsonWebKeySet {
        self.metadata.jwks().clone()
    }

    pub(super) fn authorization(&self) -> AuthUrl {
        self.metadata.authorization_endpoint().clone()
    }

    pub(super) fn token(&self) -> TokenUrl {
        self.token.clone()
    }

    pub(super) fn user_info(&self) -> Option<&Url> {
        self.metadata.userinfo_endpoint().map(|address| address.url())
    }

    /// Whether each of its answers names it.
    pub(super) fn says_who_answers(&self) -> bool {
        self.metadata.additional_metadata().authorization_response_iss_parameter_supported
    }

    /// In a header, unless the provider takes secrets in the body only.
    pub(super) fn auth_type(&self) -> AuthType {
        let Some(methods) = self.metadata.token_endpoint_auth_methods_supported() else {
            return AuthType::BasicAuth;
        };
        let takes = |method| methods.contains(&method);
        if takes(CoreClientAuthMethod::ClientSecretPost)
            && !takes(CoreClientAuthMethod::ClientSecretBasic)
        {
            return AuthType::RequestBody;
        }
        AuthType::BasicAuth
    }

    fn is_younger(&self, than: SignedDuration, now: Timestamp) -> bool {
        is_within(self.at, than, now)
    }
}

/// A clock set back makes nothing younger.
fn is_within(since: Timestamp, duration: SignedDuration, now: Timestamp) -> bool {
    let age = now.duration_since(since);
    !age.is_negative() && age < duration
}

#[derive(Default)]
struct Kept {
    known: Option<Arc<Known>>,
    failed: Option<(Timestamp, Fault)>,
}

/// The provider at an address.
pub(super) struct Provider {
    issuer: IssuerUrl,
    kept: Mutex<Kept>,
}

impl Provider {
    pub(super) fn new(issuer: IssuerUrl) -> Self {
        Self { issuer, kept: Mutex::default() }
    }

    pub(super) async fn known(&self, line: &Line, now: Timestamp) -> Result<Arc<Known>, Fault> {
        let mut kept = self.kept.lock().await;
        match &kept.known {
            Some(known) if known.is_younger(FRESH, now) => Ok(Arc::clone(known)),
            Some(_) | None => self.fetch(line, &mut kept, now).await,
        }
    }

    /// What is known after one more look, for the sake of a key that `seen` does not have.
    pub(super) async fn renewed(
        &self,
        line: &Line,
        seen: &Arc<Known>,
        now: Timestamp,
    ) -> Result<Arc<Known>, Fault> {
        let mut kept = self.kept.lock().await;
        match &kept.known {
            Some(known) if !Arc::ptr_eq(known, seen) || known.is_younger(KEYS_PAUSE, now) => {
                Ok(Arc::clone(known))
            }
            Some(_) | None => self.fetch(line, &mut kept, now).await,
        }
    }

    async fn fetch(
        &self,
        line: &Line,
        kept: &mut Kept,
        now: Timestamp,
    ) -> Result<Arc<Known>, Fault> {
        let fault = match kept.failed {
            Some((at, fault)) if is_within(at, PAUSE, now) => fault,
            Some(_) | None => match self.ask(line).await {
                Ok((metadata, token)) => {
                    let known = Arc::new(Known { metadata, token, at: now });
                    *kept = Kept { known: Some(Arc::clone(&known)), failed: None };
                    return Ok(known);
                }
                Err(fault) => {
                    kept.failed = Some((now, fault));
                    fault
                }
            },
        };
        match &kept.known {
            Some(known) if known.is_younger(USABLE, now) => {
                tracing::warn!(%fault, "what is known of the identity provider cannot be renewed");
                Ok(Arc::clone(known))
            }
            Some(_) | None => Err(fault),
        }
    }

    async fn ask(&self, line: &Line) -> Result<(Metadata, TokenUrl), Fault> {
        let metadata =
            Metadata::discover_async(self.issuer.clone(), line).await.map_err(not_known)?;
        if !line.is_fit(metadata.authorization_endpoint().url()) {
            return Err(Fault::Unavailable("the provider tells an address nobody may be sent to"));
        }
        let token = metadata.token_endpoint().cloned();
        let token = token.ok_or(Fault::Unavailable("the provider tells no address for codes"))?;
        Ok((metadata, token))
    }
}

fn not_known(error: DiscoveryError<LineFault>) -> Fault {
    Fault::Unavailable(match error {
        DiscoveryError::Request(fault) => fault.0,
        DiscoveryError::Validation(_) => "the provider calls itself otherwise than configured",
        _ => "what the provider tells of itself cannot be read",
    })
}
