//! What is told of a person, and the two things of it that are needed. Everything here was checked before.

use std::fmt;

use app::IdentifiedPerson;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Iin;
use serde_json::{Map, Value};

use super::Fault;
use super::settings::Checked;

/// Longest name, in characters; longer ones are no name.
const NAME_MAX: usize = 200;

/// Claims as they were told.
pub(super) struct Claims(Map<String, Value>);

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(…)")
    }
}

impl Claims {
    /// Of an ID token that was judged.
    pub(super) fn of_token(token: &str) -> Result<Self, Fault> {
        let unreadable = Fault::NotBelieved("the ID token's claims cannot be read");
        let payload = token.split('.').nth(1).ok_or(unreadable)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| unreadable)?;
        Ok(Self(serde_json::from_slice(&payload).map_err(|_| unreadable)?))
    }

    pub(super) fn of_user_info(body: Vec<u8>) -> Result<Self, Fault> {
        let unreadable =
            Fault::Unavailable("what the provider tells more of the person cannot be read");
        Ok(Self(serde_json::from_slice(&body).map_err(|_| unreadable)?))
    }

    /// Whether nothing more has to be asked for.
    pub(super) fn has(&self, settings: &Checked) -> bool {
        self.text(&settings.iin_claim).is_some() && !self.name(settings).is_empty()
    }

    /// Adds what is told elsewhere of the same person; what the ID token says counts more.
    pub(super) fn add(&mut self, more: Option<Self>) -> Result<(), Fault> {
        let Some(Self(more)) = more else { return Ok(()) };
        let subject = self.text("sub").filter(|subject| !subject.is_empty());
        if subject.is_none() || subject != more.get("sub").and_then(Value::as_str) {
            return Err(Fault::NotBelieved("the provider tells of another person"));
        }
        for (name, value) in more {
            self.0.entry(name).or_insert(value);
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn name(&self, settings: &Checked) -> String {
        let parts = settings.name_claims.iter().filter_map(|claim| self.text(claim));
        let words: Vec<&str> = parts.flat_map(str::split_whitespace).collect();
        words.join(" ")
    }
}

/// The person of these claims.
pub(super) fn person_of(claims: &Claims, settings: &Checked) -> Result<IdentifiedPerson, Fault> {
    let iin = claims.text(&settings.iin_claim).and_then(|digits| Iin::parse(digits).ok());
    let iin = iin.ok_or(Fault::NoIin)?;
    let name = claims.name(settings);
    let is_name =
        !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
    if !is_name {
        return Err(Fault::NotBelieved("the provider tells no name"));
    }
    Ok(IdentifiedPerson { iin, name })
}
