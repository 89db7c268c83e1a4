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

    /// Whether nothing more has to be asked for: half a name is not the name, and a part that may be missing may be told
    /// elsewhere.
    pub(super) fn has_all(&self, settings: &Checked) -> bool {
        self.text(&settings.iin_claim).is_some()
            && settings.name_claims.iter().all(|part| self.text(&part.claim).is_some())
    }

    /// Adds what is told elsewhere of the same person; what the ID token says counts more.
    pub(super) fn add(&mut self, more: Option<Self>) -> Result<(), Fault> {
        let Some(Self(more)) = more else { return Ok(()) };
        let subject = self.text("sub");
        if subject.is_none() || subject != more.get("sub").and_then(Value::as_str) {
            return Err(Fault::NotBelieved("the provider tells of another person"));
        }
        for (name, value) in more {
            let told = self.0.get(&name);
            if told.is_none_or(|told| told.is_null() || told.as_str().is_some_and(is_blank)) {
                self.0.insert(name, value);
            }
        }
        Ok(())
    }

    /// What a claim says; blank it says nothing.
    fn text(&self, name: &str) -> Option<&str> {
        let text = self.0.get(name).and_then(Value::as_str);
        text.filter(|text| !is_blank(text))
    }

    /// The whole name; `None` where a part is missing that must not be.
    fn name(&self, settings: &Checked) -> Option<String> {
        let mut words = Vec::new();
        for part in &settings.name_claims {
            match self.text(&part.claim) {
                Some(text) => words.extend(text.split_whitespace()),
                None if part.may_be_missing => {}
                None => return None,
            }
        }
        (!words.is_empty()).then(|| words.join(" "))
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The person of these claims.
pub(super) fn person_of(claims: &Claims, settings: &Checked) -> Result<IdentifiedPerson, Fault> {
    let iin = claims.text(&settings.iin_claim).and_then(|digits| Iin::parse(digits).ok());
    let iin = iin.ok_or(Fault::NoIin)?;
    let name = claims.name(settings).ok_or(Fault::NoName)?;
    if NAME_MAX < name.chars().count() || name.chars().any(char::is_control) {
        return Err(Fault::NotBelieved("the provider tells a name that can be none"));
    }
    Ok(IdentifiedPerson { iin, name })
}
