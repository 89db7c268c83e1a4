//! What is configured of the provider, and the check that it can work.

use std::net::Ipv4Addr;
use std::time::Duration;

use openidconnect::core::CoreJwsSigningAlgorithm as Algorithm;
use openidconnect::{ClientId, ClientSecret, IssuerUrl, RedirectUrl};
use reqwest::Url;

/// The standard claim that has the patronymic.
const PATRONYMIC: &str = "middle_name";

/// The provider, as the configuration has it.
pub struct IdentityProviderSettings {
    /// Its address, exactly as it calls itself.
    pub issuer: String,
    /// How it calls us.
    pub client_id: String,
    /// Our secret, where we have one.
    pub client_secret: Option<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The claim that has the IIN.
    pub iin_claim: String,
    /// The claims that make up the name, in their order. One marked with `?` at its end may be missing, and so may
    /// `middle_name`, because not everybody has a patronymic; without any other nobody's name is whole.
    pub name_claims: Vec<String>,
    /// Levels of assurance, one of which there must be; any will do where none is named.
    pub acr_values: Vec<String>,
    /// Algorithms by which ID tokens may be signed.
    pub algorithms: Vec<String>,
    /// Where people come back to.
    pub return_url: String,
    /// Certificates (PEM) of authorities by which the provider's TLS certificate may be known, besides the system's.
    pub authorities: Option<Vec<u8>>,
    /// Time for one answer in full.
    pub patience: Duration,
}

/// Why no provider can be made of the settings.
#[derive(Debug, thiserror::Error)]
pub enum IdentityProviderSetupError {
    /// Not an address of this kind.
    #[error(
        "`{0}` is no address of a provider; these begin with https:// (http:// only on 127.0.0.1)"
    )]
    Issuer(String),
    /// Not our address.
    #[error("`{0}` is no address people can come back to")]
    ReturnUrl(String),
    /// Nothing to go by.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// Not an algorithm by which the provider alone can sign.
    #[error(
        "`{0}` is no algorithm for ID tokens here; these are RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA"
    )]
    Algorithm(String),
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// The same, checked.
pub(super) struct Checked {
    pub(super) issuer: IssuerUrl,
    pub(super) client_id: ClientId,
    pub(super) client_secret: Option<ClientSecret>,
    pub(super) scopes: Vec<String>,
    pub(super) iin_claim: String,
    pub(super) name_claims: Vec<NamePart>,
    pub(super) acr_values: Vec<String>,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) return_url: RedirectUrl,
}

/// A claim that is a part of the name.
pub(super) struct NamePart {
    pub(super) claim: String,
    pub(super) may_be_missing: bool,
}

impl NamePart {
    fn of(text: &str) -> Self {
        let marked = text.strip_suffix('?');
        let claim = marked.unwrap_or(text).to_owned();
        Self { may_be_missing: marked.is_some() || claim == PATRONYMIC, claim }
    }
}

impl Checked {
    pub(super) fn of(
        settings: IdentityProviderSettings,
    ) -> Result<Self, IdentityProviderSetupError> {
        let IdentityProviderSettings { issuer, client_id, return_url, .. } = settings;
        let no_issuer = || IdentityProviderSetupError::Issuer(issuer.clone());
        if !Url::parse(&issuer).is_ok_and(|url| is_fit(&url, true) && url.query().is_none()) {
            return Err(no_issuer());
        }
        let name_claims: Vec<_> =
            settings.name_claims.iter().map(|one| NamePart::of(one)).collect();
        for (name, is_empty) in [
            ("client_id", client_id.is_empty()),
            ("claims.iin", settings.iin_claim.is_empty()),
            ("claims.name", name_claims.iter().all(|part| part.may_be_missing)),
            ("claims.name", name_claims.iter().any(|part| part.claim.is_empty())),
            ("algorithms", settings.algorithms.is_empty()),
            ("client_secret_file", settings.client_secret.as_deref().is_some_and(str::is_empty)),
        ] {
            if is_empty {
                return Err(IdentityProviderSetupError::Empty(name));
            }
        }
        let algorithms = settings.algorithms.iter().map(|name| algorithm(name));
        Ok(Self {
            issuer: IssuerUrl::new(issuer.clone()).map_err(|_| no_issuer())?,
            client_id: ClientId::new(client_id),
            client_secret: settings.client_secret.map(ClientSecret::new),
            scopes: settings.scopes,
            iin_claim: settings.iin_claim,
            name_claims,
            acr_values: settings.acr_values,
            algorithms: algorithms.collect::<Result<_, _>>()?,
            return_url: RedirectUrl::new(return_url.clone())
                .map_err(|_| IdentityProviderSetupError::ReturnUrl(return_url))?,
        })
    }
}

/// Whether an address may be asked: over TLS, or, where it is said, on this machine, as in a test.
pub(super) fn is_fit(url: &Url, may_be_plain: bool) -> bool {
    let is_nameless = url.username().is_empty() && url.password().is_none();
    let host: Option<Ipv4Addr> = url.host_str().and_then(|host| host.parse().ok());
    let is_loopback = host.is_some_and(|host| host.is_loopback());
    let is_safe = match url.scheme() {
        "https" => url.has_host(),
        "http" => may_be_plain && is_loopback,
        _ => false,
    };
    is_safe && is_nameless && url.fragment().is_none()
}

/// Signatures by a key the provider alone has. A shared secret is none: whoever can read ours could be anybody.
fn algorithm(name: &str) -> Result<Algorithm, IdentityProviderSetupError> {
    Ok(match name {
        "RS256" => Algorithm::RsaSsaPkcs1V15Sha256,
        "RS384" => Algorithm::RsaSsaPkcs1V15Sha384,
        "RS512" => Algorithm::RsaSsaPkcs1V15Sha512,
        "PS256" => Algorithm::RsaSsaPssSha256,
        "PS384" => Algorithm::RsaSsaPssSha384,
        "PS512" => Algorithm::RsaSsaPssSha512,
        "ES256" => Algorithm::EcdsaP256Sha256,
        "ES384" => Algorithm::EcdsaP384Sha384,
        "EdDSA" => Algorithm::EdDsa,
        _ => return Err(IdentityProviderSetupError::Algorithm(name.to_owned())),
    })
}
