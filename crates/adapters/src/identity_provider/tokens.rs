//! Judging an ID token (OpenID Connect Core, 3.1.3.7). Knows no network.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, Nonce, SignatureVerificationError,
};

use super::Fault;
use super::claims::Claims;
use super::provider::Known;
use super::settings::Checked;

/// How far the provider's clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(60);
/// A token is made when its code is exchanged: an old one was made for somebody else's question.
const AGE_MAX: Duration = Duration::from_secs(10 * 60);

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotJudged {
    /// It is signed by a key that is not known: perhaps a new one.
    UnknownKey,
    /// For good.
    Fault(Fault),
}

impl From<NotJudged> for Fault {
    fn from(not_judged: NotJudged) -> Self {
        match not_judged {
            NotJudged::UnknownKey => Self::NotBelieved("the ID token's key is not the provider's"),
            NotJudged::Fault(fault) => fault,
        }
    }
}

fn not_believed(why: &'static str) -> NotJudged {
    NotJudged::Fault(Fault::NotBelieved(why))
}

/// The claims of a token that stands up to every check.
pub(super) fn judge(
    settings: &Checked,
    known: &Known,
    token: &CoreIdToken,
    access_token: &AccessToken,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<Claims, NotJudged> {
    let now = SystemTime::from(now);
    let (client_id, issuer) = (settings.client_id.clone(), settings.issuer.clone());
    // Without our secret, so that it can never be taken for a key.
    let verifier = CoreIdTokenVerifier::new_public_client(client_id, issuer, known.keys())
        .set_allowed_algs(settings.algorithms.iter().cloned())
        .set_time_fn(move || now.into())
        .set_issue_time_verifier_fn(move |made| require_recent(made.into(), now))
        .set_auth_context_verifier_fn(|level| {
            let is_enough = settings.acr_values.is_empty()
                || level.is_some_and(|level| settings.acr_values.contains(level));
            if is_enough { Ok(()) } else { Err(String::new()) }
        });
    let claims = token.claims(&verifier, nonce).map_err(|error| reason(&error))?;
    if claims.authorized_party().is_some_and(|party| party != &settings.client_id) {
        return Err(not_believed("the ID token was made for another client"));
    }
    if let Some(hash) = claims.access_token_hash() {
        let made = token.signing_alg().and_then(|alg| Ok((alg, token.signing_key(&verifier)?)));
        let (alg, key) = made.map_err(|_| not_believed("the ID token's key cannot be told"))?;
        let expected = AccessTokenHash::from_token(access_token, alg, key);
        if !expected.is_ok_and(|expected| expected == *hash) {
            return Err(not_believed("the access token is not the ID token's"));
        }
    }
    Claims::of_token(&token.to_string()).map_err(NotJudged::Fault)
}

fn require_recent(made: SystemTime, now: SystemTime) -> Result<(), String> {
    let is_recent = match now.duration_since(made) {
        Ok(age) => age <= AGE_MAX,
        Err(ahead) => ahead.duration() <= AHEAD,
    };
    if is_recent { Ok(()) } else { Err(String::new()) }
}

fn reason(error: &ClaimsVerificationError) -> NotJudged {
    use ClaimsVerificationError as Claim;
    not_believed(match error {
        Claim::InvalidAuthContext(_) => return NotJudged::Fault(Fault::NotAssured),
        Claim::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            return NotJudged::UnknownKey;
        }
        Claim::SignatureVerification(
            SignatureVerificationError::NoSignature | SignatureVerificationError::DisallowedAlg(_),
        ) => "the ID token's algorithm is not one of the configured",
        Claim::SignatureVerification(_) => "the ID token's signature is not the provider's",
        Claim::Expired(_) => "the ID token's time is not now",
        Claim::InvalidAudience(_) => "the ID token was made for somebody else",
        Claim::InvalidIssuer(_) => "the ID token was made by somebody else",
        Claim::InvalidNonce(_) => "the ID token was made for another sign-in",
        _ => "the ID token cannot be judged",
    })
}
