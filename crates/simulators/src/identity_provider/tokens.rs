//! The provider's keys and what it signs with them, honestly or not.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use der::asn1::UintRef;
use der::{Decode, Sequence};
use serde_json::{Value, json};
use signature::signing::SigningError;

use super::{Fault, Login, Shared};

/// The access token it gives.
pub(super) const ACCESS: &str = "an-access-token";

/// An RSA public key as RFC 8017 has it.
#[derive(Sequence)]
struct PublicParts<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// A key with its name.
pub(super) struct Key {
    name: &'static str,
    pair: Arc<RsaKeyPair>,
}

impl Key {
    pub(super) fn generate(name: &'static str) -> Result<Self, SigningError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| no_key())?;
        Ok(Self { name, pair: Arc::new(pair) })
    }

    /// As JWKS has it.
    pub(super) fn public(&self) -> Value {
        let Ok(parts) = PublicParts::from_der(self.pair.public_key().as_ref()) else {
            return Value::Null;
        };
        let (n, e) = (parts.modulus.as_bytes(), parts.exponent.as_bytes());
        json!({
            "kty": "RSA", "use": "sig", "kid": self.name,
            "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e),
        })
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SigningError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature);
        signed.map_err(|_| no_key())?;
        Ok(signature)
    }
}

fn no_key() -> SigningError {
    SigningError::Key("the provider's key does not sign".to_owned())
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// How a token is signed.
type Sign<'a> = Box<dyn Fn(&str) -> Result<Vec<u8>, SigningError> + 'a>;

/// What a code is exchanged for.
pub(super) fn answer(shared: &Shared, nonce: &str) -> Result<Value, SigningError> {
    let inner = shared.locked();
    let fault = inner.fault;
    let body = encoded(&claims(shared, fault, nonce));
    let header = |algorithm: &str, kid: &str| json!({ "alg": algorithm, "kid": kid, "typ": "JWT" });
    let named = |algorithm| encoded(&header(algorithm, inner.key.name));
    let mac = |secret: &[u8], text: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    let (head, sign): (String, Sign<'_>) = match fault {
        Some(Fault::Unsigned) => (encoded(&json!({ "alg": "none" })), Box::new(|_| Ok(Vec::new()))),
        Some(Fault::PublicKeyAsSecret) => {
            let public = inner.key.pair.public_key().as_ref().to_vec();
            (named("HS256"), Box::new(move |text| Ok(mac(&public, text))))
        }
        Some(Fault::ClientSecret) => {
            let secret = shared.client.secret.clone().into_bytes();
            (named("HS256"), Box::new(move |text| Ok(mac(&secret, text))))
        }
        Some(Fault::Forged) => {
            (named("RS256"), Box::new(|text| inner.stranger.sign(text.as_bytes())))
        }
        Some(Fault::UnknownKey) => {
            let head = encoded(&header("RS256", "nobody-s"));
            (head, Box::new(|text| inner.stranger.sign(text.as_bytes())))
        }
        _ => (named("RS256"), Box::new(|text| inner.key.sign(text.as_bytes()))),
    };
    let text = format!("{head}.{body}");
    let signature = URL_SAFE_NO_PAD.encode(sign(&text)?);
    let access = if fault == Some(Fault::UnfitAccess) { "a\r\nb" } else { ACCESS };
    Ok(json!({
        "access_token": access, "token_type": "Bearer", "expires_in": 60,
        "id_token": format!("{text}.{signature}"),
    }))
}

fn claims(shared: &Shared, fault: Option<Fault>, nonce: &str) -> Value {
    let now = (shared.clock)().as_second();
    let Login { subject, iin, name } = &shared.login;
    let of = |access: &str| {
        let hash = digest(&SHA256, access.as_bytes());
        let (half, _) = hash.as_ref().split_at(16);
        URL_SAFE_NO_PAD.encode(half)
    };
    let mut claims = json!({
        "iss": shared.issuer, "sub": subject, "aud": shared.client.id, "nonce": nonce,
        "iat": now, "exp": now + 300, "acr": "high", "at_hash": of(ACCESS),
        "iin": iin, "name": name,
    });
    let mut set = |name: &str, value: Value| {
        if let Some(claims) = claims.as_object_mut() {
            claims.insert(name.to_owned(), value);
        }
    };
    match fault {
        Some(Fault::Nonce) => set("nonce", json!("another")),
        Some(Fault::Audience) => set("aud", json!("another-client")),
        Some(Fault::TwoAudiences) => set("aud", json!([shared.client.id, "another-client"])),
        Some(Fault::Party) => set("azp", json!("another-client")),
        Some(Fault::Issuer) => set("iss", json!("https://other.example")),
        Some(Fault::Expired) => {
            set("iat", json!(now - 400));
            set("exp", json!(now - 100));
        }
        Some(Fault::Future) => set("iat", json!(now + 3_600)),
        Some(Fault::Old) => set("iat", json!(now - 3_600)),
        Some(Fault::OtherAccess) => set("at_hash", json!(of("another"))),
        Some(Fault::Weak) => set("acr", json!("low")),
        Some(Fault::WrongIin) => set("iin", json!("123456789012")),
        Some(Fault::NoIin | Fault::UserInfo | Fault::OtherSubject | Fault::UnfitAccess) => {
            set("iin", Value::Null);
            set("at_hash", Value::Null);
        }
        Some(Fault::HalfName | Fault::FamilyNameOnly) => {
            set("family_name", json!(name.split(' ').next()));
            // As some providers say that they know none.
            set("given_name", json!(""));
        }
        _ => {}
    }
    if let Some(claims) = claims.as_object_mut() {
        claims.retain(|_, value| !value.is_null());
    }
    claims
}
