//! A national identity provider by OpenID Connect: authorization code flow with PKCE, state and nonce.
//!
//! Nothing that comes from a browser or from the provider is believed before it is checked: who answers (`iss` of RFC
//! 9207), the code (only the provider can exchange it, only with our verifier), the ID token (signature by a key of the
//! provider and an algorithm of the configuration, issuer, audience, times, nonce, level of assurance). A provider that
//! fails is no answer about anybody. Words of the log name what was wrong and nobody.
//! Read next: `tokens.rs` for what is checked, `provider.rs` for what is known of the provider, `line.rs` for the way there.

mod claims;
mod line;
mod provider;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::Arc;

use app::{
    Clock, IdentifiedPerson, IdentityBeginning, IdentityProvider, IdentityReply, IdentityVerdict,
    Ids,
};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Language;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthenticationContextClass, AuthorizationCode, CsrfToken, EndpointNotSet, EndpointSet,
    LanguageTag, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RequestTokenError, Scope, TokenResponse,
};
use serde::{Deserialize, Serialize};

use claims::{Claims, person_of};
use line::Line;
use provider::{Known, Provider};
use settings::Checked;
pub use settings::{IdentityProviderSettings, IdentityProviderSetupError};

/// Why nobody is told of. The word of each goes to the log and to tests; people are told one of fewer codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The provider, or the line to it, fails.
    #[error("{0}")]
    Unavailable(&'static str),
    /// What came does not stand up to checking.
    #[error("{0}")]
    NotBelieved(&'static str),
    /// The person changed his mind.
    #[error("the person gave it up")]
    Cancelled,
    /// Signed in, but not as surely as is asked for.
    #[error("the level of assurance is not one of those asked for")]
    NotAssured,
    /// The provider knows the person without an IIN that can be one.
    #[error("there is no IIN, or none that can be one")]
    NoIin,
    /// The provider knows the person without his whole name.
    #[error("there is no name, or half of one")]
    NoName,
}

impl Fault {
    fn verdict(self) -> IdentityVerdict {
        match self {
            Self::Unavailable(_) => IdentityVerdict::CannotTell("identity_unavailable"),
            Self::NotBelieved(_) => IdentityVerdict::Refused("identity_refused"),
            Self::Cancelled => IdentityVerdict::Refused("identity_cancelled"),
            Self::NotAssured => IdentityVerdict::Refused("identity_not_assured"),
            Self::NoIin => IdentityVerdict::Refused("identity_no_iin"),
            Self::NoName => IdentityVerdict::Refused("identity_no_name"),
        }
    }
}

/// What is remembered between leaving and coming back.
#[derive(Serialize, Deserialize)]
struct Remembered {
    nonce: String,
    verifier: String,
}

/// A client of a provider whose addresses are known.
type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The provider of the configuration.
pub struct OidcIdentityProvider {
    settings: Checked,
    line: Line,
    provider: Provider,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl OidcIdentityProvider {
    /// Of these settings. The provider is not asked yet: it may be down when the service starts.
    ///
    /// # Errors
    /// [`IdentityProviderSetupError`].
    pub fn new(
        settings: IdentityProviderSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, IdentityProviderSetupError> {
        let line = Line::new(&settings)?;
        let settings = Checked::of(settings)?;
        let provider = Provider::new(settings.issuer.clone());
        Ok(Self { settings, line, provider, clock, ids })
    }

    async fn leave(&self, state: &str, language: Language) -> Result<IdentityBeginning, Fault> {
        let known = self.provider.known(&self.line, self.clock.now()).await?;
        let remembered = Remembered { nonce: self.secret(), verifier: self.secret() };
        let verifier = PkceCodeVerifier::new(remembered.verifier.clone());
        let (state, nonce) = (state.to_owned(), remembered.nonce.clone());
        let client = self.client(&known);
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_ui_locale(LanguageTag::new(language.code().to_owned()));
        // The scope `openid` is the client's own.
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for value in &self.settings.acr_values {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(value.clone()));
        }
        let (address, _, _) = request.url();
        let remembered = serde_json::to_string(&remembered)
            .map_err(|_| Fault::Unavailable("what is to be remembered cannot be written"))?;
        Ok(IdentityBeginning { address: address.into(), remembered })
    }

    async fn come_back(
        &self,
        reply: &IdentityReply,
        remembered: &str,
    ) -> Result<IdentifiedPerson, Fault> {
        let remembered: Remembered = serde_json::from_str(remembered)
            .map_err(|_| Fault::NotBelieved("what was remembered cannot be read"))?;
        let known = self.provider.known(&self.line, self.clock.now()).await?;
        self.require_issuer(&known, reply.issuer.as_deref())?;
        let code = reply.outcome.as_ref().map_err(|word| no_code(word))?;
        self.person(&known, code, &remembered).await
    }

    /// Whoever answers must say so where the provider always does, and be the provider wherever somebody says so:
    /// otherwise another provider's answer could be passed on to this one (mix-up).
    fn require_issuer(&self, known: &Known, issuer: Option<&str>) -> Result<(), Fault> {
        match issuer {
            Some(issuer) if issuer == self.settings.issuer.as_str() => Ok(()),
            Some(_) => Err(Fault::NotBelieved("another provider answers")),
            None if known.says_who_answers() => {
                Err(Fault::NotBelieved("it is not said which provider answers"))
            }
            None => Ok(()),
        }
    }

    async fn person(
        &self,
        known: &Arc<Known>,
        code: &str,
        remembered: &Remembered,
    ) -> Result<IdentifiedPerson, Fault> {
        let client = self.client(known);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(remembered.verifier.clone()));
        let tokens = exchange.request_async(&self.line).await.map_err(no_tokens)?;
        let id_token =
            tokens.id_token().ok_or(Fault::NotBelieved("there is no ID token"))?.to_owned();
        let nonce = Nonce::new(remembered.nonce.clone());
        let access_token = tokens.access_token();
        let mut told = match self.judge(known, &id_token, access_token, &nonce) {
            // The provider may have changed its keys since they were fetched.
            Err(tokens::NotJudged::UnknownKey) => {
                let renewed = self.provider.renewed(&self.line, known, self.clock.now()).await?;
                self.judge(&renewed, &id_token, access_token, &nonce).map_err(Fault::from)?
            }
            judged => judged.map_err(Fault::from)?,
        };
        if !told.has_all(&self.settings) {
            let more = self.line.user_info(known.user_info(), access_token.secret()).await?;
            told.add(more.map(Claims::of_user_info).transpose()?)?;
        }
        person_of(&told, &self.settings)
    }

    fn judge(
        &self,
        known: &Known,
        id_token: &openidconnect::core::CoreIdToken,
        access_token: &openidconnect::AccessToken,
        nonce: &Nonce,
    ) -> Result<Claims, tokens::NotJudged> {
        tokens::judge(&self.settings, known, id_token, access_token, nonce, self.clock.now())
    }

    fn client(&self, known: &Known) -> Client {
        let client = CoreClient::new(
            self.settings.client_id.clone(),
            self.settings.issuer.clone(),
            known.keys(),
        )
        .set_auth_uri(known.authorization())
        .set_redirect_uri(self.settings.return_url.clone())
        .set_auth_type(known.auth_type())
        .set_token_uri(known.token());
        match &self.settings.client_secret {
            Some(secret) => client.set_client_secret(secret.clone()),
            None => client,
        }
    }

    /// 256 random bits as 43 characters, the length PKCE asks for at least.
    fn secret(&self) -> String {
        let mut bytes = [0; 32];
        self.ids.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// Why the provider gives no code (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6).
fn no_code(word: &str) -> Fault {
    match word {
        "access_denied" => Fault::Cancelled,
        "unmet_authentication_requirements" => Fault::NotAssured,
        "temporarily_unavailable" => Fault::Unavailable("the provider is temporarily unavailable"),
        "server_error" => Fault::Unavailable("the provider has a fault of its own"),
        "invalid_request"
        | "invalid_scope"
        | "unauthorized_client"
        | "unsupported_response_type" => Fault::Unavailable("the provider refuses our request"),
        _ => Fault::Unavailable("the provider gives no code"),
    }
}

type TokensError = RequestTokenError<
    line::LineFault,
    openidconnect::StandardErrorResponse<openidconnect::core::CoreErrorResponseType>,
>;

fn no_tokens(error: TokensError) -> Fault {
    use openidconnect::core::CoreErrorResponseType::InvalidGrant;
    match error {
        RequestTokenError::ServerResponse(answer) if *answer.error() == InvalidGrant => {
            Fault::NotBelieved("the provider does not know the code, or not from us")
        }
        RequestTokenError::ServerResponse(_) => {
            Fault::Unavailable("the provider refuses to exchange codes with us")
        }
        RequestTokenError::Request(fault) => Fault::Unavailable(fault.0),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            Fault::Unavailable("the provider's answer about a code cannot be read")
        }
    }
}

#[async_trait]
impl IdentityProvider for OidcIdentityProvider {
    async fn begin(
        &self,
        state: &str,
        language: Language,
    ) -> Result<IdentityBeginning, &'static str> {
        self.leave(state, language).await.map_err(|fault| {
            tracing::warn!(%fault, "nobody can be sent to the identity provider");
            "identity_unavailable"
        })
    }

    async fn finish(&self, reply: &IdentityReply, remembered: &str) -> IdentityVerdict {
        match self.come_back(reply, remembered).await {
            Ok(person) => IdentityVerdict::Known(Box::new(person)),
            Err(fault) => {
                tracing::warn!(%fault, "nobody came in by the identity provider");
                fault.verdict()
            }
        }
    }
}
