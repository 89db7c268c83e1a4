//! An OpenID Connect provider over HTTP that signs in whoever it is told to, and can be told to cheat and to fail in every
//! way such a provider can.
//!
//! Listens on a loopback port. Speaks the code flow with PKCE and exchanges each code once. Knows nothing of the service
//! that asks. Read next: `tokens.rs` for what it signs.

mod tokens;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use signature::signing::SigningError;
use tokio::net::TcpListener;

use crate::connections;
use crate::ncalayer::Clock;
use tokens::Key;

/// How it cheats or fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections end without a word.
    Down,
    /// It takes its time.
    Slow(Duration),
    /// An answer that never ends.
    Endless,
    /// Whoever asks is pointed to another address.
    Elsewhere,
    /// It calls itself otherwise.
    OtherName,
    /// The person gives it up.
    Denied,
    /// It tells that it is busy.
    Busy,
    /// It does not say who answers, although it announced it.
    NamelessReply,
    /// Another provider's name in its reply.
    OtherReply,
    /// A token for another sign-in.
    Nonce,
    /// A token for another client.
    Audience,
    /// A token for others too.
    TwoAudiences,
    /// A token made for another party.
    Party,
    /// A token of another issuer.
    Issuer,
    /// A token that is not signed.
    Unsigned,
    /// A token authenticated with the provider's public key as a shared secret.
    PublicKeyAsSecret,
    /// A token authenticated with the client's own secret.
    ClientSecret,
    /// A token signed by a stranger in the provider's name.
    Forged,
    /// A token signed by a key that is published nowhere.
    UnknownKey,
    /// A token that has expired.
    Expired,
    /// A token from the future.
    Future,
    /// A token made an hour ago.
    Old,
    /// The access token of somebody else beside it.
    OtherAccess,
    /// A weaker way of signing in.
    Weak,
    /// No IIN.
    NoIin,
    /// An IIN that cannot be one.
    WrongIin,
    /// Told in the user info, of somebody else.
    OtherSubject,
    /// Told in the user info, as it may be. No fault.
    UserInfo,
    /// The ID token has the family name alone, the user info the given name too. No fault.
    HalfName,
    /// The family name is all that is known.
    FamilyNameOnly,
    /// Whatever the access token is, it cannot stand in a header.
    UnfitAccess,
}

/// Whom it signs in.
#[derive(Clone, Debug)]
pub struct Login {
    /// Identifier at the provider.
    pub subject: String,
    /// IIN.
    pub iin: String,
    /// Name.
    pub name: String,
}

/// What was asked for, by the code that was given.
#[derive(Clone)]
struct Asked {
    nonce: String,
    challenge: String,
    return_url: String,
}

/// A client it knows.
#[derive(Clone)]
pub struct OidcClient {
    /// Identifier.
    pub id: String,
    /// Secret.
    pub secret: String,
}

struct Shared {
    issuer: String,
    client: OidcClient,
    login: Login,
    clock: Clock,
    state: Mutex<Inner>,
}

struct Inner {
    fault: Option<Fault>,
    key: Key,
    stranger: Key,
    codes: HashMap<String, Asked>,
    given: u64,
    discoveries: u64,
}

/// A handle to a provider that runs.
#[derive(Clone)]
pub struct Deciding(Arc<Shared>);

impl Deciding {
    /// From now on it cheats or fails like this.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.0.locked().fault = fault;
    }

    /// It signs by a new key from now on.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn rotate(&self) -> Result<(), SigningError> {
        let key = Key::generate("rotated")?;
        self.0.locked().key = key;
        Ok(())
    }

    /// How often it told of itself.
    #[must_use]
    pub fn discoveries(&self) -> u64 {
        self.0.locked().discoveries
    }
}

/// Why it is not there.
#[derive(Debug, thiserror::Error)]
pub enum IdentityProviderError {
    /// No key.
    #[error(transparent)]
    Key(#[from] SigningError),
    /// The address is taken.
    #[error("the provider cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

/// The provider, listening.
pub struct SimulatedIdentityProvider {
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl SimulatedIdentityProvider {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// [`IdentityProviderError`].
    pub async fn bind(
        client: OidcClient,
        login: Login,
        clock: Clock,
    ) -> Result<Self, IdentityProviderError> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let state = Mutex::new(Inner {
            fault: None,
            key: Key::generate("first")?,
            stranger: Key::generate("first")?,
            codes: HashMap::new(),
            given: 0,
            discoveries: 0,
        });
        let shared = Arc::new(Shared { issuer, client, login, clock, state });
        Ok(Self { listener, shared })
    }

    /// As it calls itself.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.shared.issuer.clone()
    }

    /// To make it cheat.
    #[must_use]
    pub fn deciding(&self) -> Deciding {
        Deciding(Arc::clone(&self.shared))
    }

    /// Serves until `shutdown` is there.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let shared = self.shared;
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/auth", get(auth))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .layer(middleware::map_response(last_of_its_connection))
            .with_state(Arc::clone(&shared));
        connections::serve(&self.listener, shutdown, |stream| {
            let router = router.clone();
            let is_down = shared.fault() == Some(Fault::Down);
            async move {
                if !is_down {
                    connections::http(stream, router).await;
                }
            }
        })
        .await;
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self) -> Option<Fault> {
        self.locked().fault
    }

    /// What a failing provider answers whatever it is asked by the service.
    async fn failing(&self) -> Option<Response> {
        match self.fault() {
            Some(Fault::Slow(pause)) => {
                tokio::time::sleep(pause).await;
                None
            }
            Some(Fault::Elsewhere) => {
                Some(Redirect::temporary("http://127.0.0.1:9/elsewhere").into_response())
            }
            Some(Fault::Endless) => {
                let body = vec![b' '; 16 * 1024 * 1024];
                Some(([(header::CONTENT_TYPE, "application/json")], body).into_response())
            }
            _ => None,
        }
    }
}

/// A connection for each question, so that a provider told to be down is down at once.
async fn last_of_its_connection(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Response {
    shared.locked().discoveries += 1;
    if let Some(failing) = shared.failing().await {
        return failing;
    }
    let at = |path: &str| format!("{}{path}", shared.issuer);
    let is_other = shared.fault() == Some(Fault::OtherName);
    let issuer = if is_other { at("/other") } else { shared.issuer.clone() };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": at("/auth"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/me"),
        "jwks_uri": at("/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "none"],
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    Json(json!({ "keys": [shared.locked().key.public()] })).into_response()
}

/// Signs in at once whoever comes.
async fn auth(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<HashMap<String, String>>,
) -> Response {
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let is_fit = of("client_id") == shared.client.id
        && of("response_type") == "code"
        && of("code_challenge_method") == "S256"
        && of("scope").split(' ').any(|scope| scope == "openid");
    if !is_fit {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let fault = shared.fault();
    let reply = match fault {
        Some(Fault::Denied) => "error=access_denied".to_owned(),
        Some(Fault::Busy) => "error=temporarily_unavailable".to_owned(),
        _ => {
            let mut inner = shared.locked();
            inner.given += 1;
            let code = format!("code-{}", inner.given);
            let asked = Asked {
                nonce: of("nonce"),
                challenge: of("code_challenge"),
                return_url: of("redirect_uri"),
            };
            inner.codes.insert(code.clone(), asked);
            format!("code={code}")
        }
    };
    let name = shared.issuer.replace(':', "%3A").replace('/', "%2F");
    let issuer = match fault {
        Some(Fault::NamelessReply) => String::new(),
        Some(Fault::OtherReply) => "&iss=https%3A%2F%2Fother.example".to_owned(),
        _ => format!("&iss={name}"),
    };
    let back = format!("{}?{reply}&state={}{issuer}", of("redirect_uri"), of("state"));
    Redirect::to(&back).into_response()
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(asked): Form<HashMap<String, String>>,
) -> Response {
    if let Some(failing) = shared.failing().await {
        return failing;
    }
    let expected = STANDARD.encode(format!("{}:{}", shared.client.id, shared.client.secret));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(&format!("Basic {expected}")) {
        return refused("invalid_client");
    }
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let Some(known) = shared.locked().codes.remove(&of("code")) else {
        return refused("invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, of("code_verifier").as_bytes()));
    if challenge != known.challenge || of("redirect_uri") != known.return_url {
        return refused("invalid_grant");
    }
    match tokens::answer(&shared, &known.nonce) {
        Ok(answer) => Json(answer).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refused(word: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": word }))).into_response()
}

async fn user_info(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(&format!("Bearer {}", tokens::ACCESS)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Login { subject, iin, name } = &shared.login;
    let is_other = shared.fault() == Some(Fault::OtherSubject);
    let subject = if is_other { "somebody-else" } else { subject };
    let told: Value = match shared.fault() {
        Some(Fault::NoIin) => json!({ "sub": subject, "name": name }),
        Some(fault @ (Fault::HalfName | Fault::FamilyNameOnly)) => {
            let mut words = name.split(' ');
            let (family, given) = (words.next(), words.next());
            let given = given.filter(|_| fault == Fault::HalfName);
            json!({ "sub": subject, "iin": iin, "family_name": family, "given_name": given })
        }
        _ => json!({ "sub": subject, "iin": iin, "name": name }),
    };
    Json(told).into_response()
}
