//! One-time passwords by SMS to the number bound to a person in the base of mobile citizens: they confirm a request, and
//! may be the second step of signing in.
//!
//! A password is bound to the exact bytes it confirms and is good once, for fifteen minutes; another one leaves the
//! earlier ones good. Knows no protocol. Read next: `request.rs`, `second_step.rs`, and `ports/one_time_passwords.rs` for
//! the rules a store keeps.

mod request;
mod second_step;
mod texts;

use std::sync::Arc;

use domain::{Answer, Iin, Language, PhoneNumber};
use jiff::Timestamp;

use crate::ports::{
    Ids, KeptPassword, MobileCitizensBase, NewPassword, PasswordBinding, PasswordTried,
    PasswordTry, PasswordTurn, SmsFault, SmsGateway, StoreError,
};
use crate::service::Service;

pub use request::PasswordSubmission;
pub use second_step::{Halfway, SecondStep};
pub(crate) use texts::SmsTexts;

/// Digits of a password, and how many passwords there are.
const DIGITS: usize = 6;
const PASSWORDS: u32 = 1_000_000;

/// What an operator who offers one-time passwords needs.
pub struct OneTimePasswords {
    /// Who knows a person's number.
    pub base: Arc<dyn MobileCitizensBase>,
    /// Who sends.
    pub gateway: Arc<dyn SmsGateway>,
    /// Whether they confirm requests.
    pub requests: bool,
    /// Whether signing in asks for one behind the signature.
    pub second_step: bool,
    /// Whether notices go out by SMS, too.
    pub notices: bool,
}

/// A password on its way, as a page tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentPassword {
    /// The end of the number.
    pub last_digits: String,
    /// From then on it is worthless.
    pub expires_at: Timestamp,
}

impl From<&KeptPassword> for SentPassword {
    fn from(kept: &KeptPassword) -> Self {
        Self { last_digits: kept.number.last_digits().to_owned(), expires_at: kept.expires_at }
    }
}

/// Why no password was sent, or none accepted.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The operator does not offer this.
    #[error("one-time passwords are not offered here")]
    NotOffered,
    /// The base knows no number of the person.
    #[error("no number is connected to the person")]
    NoNumber,
    /// The base gives no answer.
    #[error("the base of mobile citizens does not answer")]
    BaseUnavailable,
    /// The gateway.
    #[error(transparent)]
    Sms(#[from] SmsFault),
    /// Too many were sent, or one just now.
    #[error("no other password is sent before {until}")]
    Wait {
        /// Until then.
        until: Timestamp,
    },
    /// Not six digits.
    #[error("a password has six digits")]
    Form,
    /// None that is good was sent for this text.
    #[error("no password that is still good was sent for this")]
    NoneSent,
    /// Another one.
    #[error("the password is wrong, {left} tries are left")]
    Wrong {
        /// Tries left.
        left: usize,
    },
    /// Too many wrong ones.
    #[error("no password is accepted before {until}")]
    Locked {
        /// Until then.
        until: Timestamp,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PasswordError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOffered => "password_not_offered",
            Self::NoNumber => "number_not_connected",
            Self::BaseUnavailable => "mobile_citizens_base_unavailable",
            Self::Sms(SmsFault::Unreachable(_)) => "sms_unreachable",
            Self::Sms(SmsFault::NumberRefused) => "sms_number_refused",
            Self::Sms(SmsFault::TryLater) => "sms_try_later",
            Self::Wait { .. } => "password_wait",
            Self::Form => "password_form",
            Self::NoneSent => "password_none_sent",
            Self::Wrong { .. } => "password_wrong",
            Self::Locked { .. } => "password_locked",
            Self::Store(_) => "store_unavailable",
        }
    }

    /// Whether it is nobody's mistake but a fault of something outside.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::BaseUnavailable
                | Self::Sms(SmsFault::Unreachable(_) | SmsFault::TryLater)
                | Self::Store(_)
        )
    }

    /// When it is worth while to try again.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Wait { until } | Self::Locked { until } => Some(*until),
            _ => None,
        }
    }
}

impl Service {
    fn offered(
        &self,
        wanted: impl Fn(&OneTimePasswords) -> bool,
    ) -> Result<&OneTimePasswords, PasswordError> {
        let parts = self.parts.one_time_passwords.as_ref();
        parts.filter(|parts| wanted(parts)).ok_or(PasswordError::NotOffered)
    }

    /// Draws a password for these bytes and sends it to the person's number.
    async fn send_bound(
        &self,
        parts: &OneTimePasswords,
        binding: PasswordBinding,
        language: Language,
    ) -> Result<SentPassword, PasswordError> {
        let number = number_of(parts, binding.iin).await?;
        let ids = &self.parts.ids;
        let (purpose, digits) = (binding.purpose, draw(&**ids));
        let drawn = (ids.token(), ids.token(), digits.as_str());
        let password = NewPassword::new(binding, number, drawn, self.now());
        if let PasswordTurn::Wait(until) = self.store().put_password(&password).await? {
            return Err(PasswordError::Wait { until });
        }
        let public_url = &self.settings().public_url;
        let text = self.sms_texts.message(language, purpose, &digits, public_url);
        let kept = &password.kept;
        if let Err(fault) = parts.gateway.send(&kept.number, &text).await {
            tracing::warn!(%fault, "a one-time password was not sent");
            // A gateway that is down must not use up what a person may be sent.
            self.store().password_not_sent(&kept.id).await?;
            return Err(fault.into());
        }
        Ok(SentPassword::from(kept))
    }

    /// The newest password under way for these bytes.
    async fn sent(&self, binding: &PasswordBinding) -> Result<Option<SentPassword>, StoreError> {
        let kept = self.store().passwords(binding, self.now()).await?;
        Ok(kept.first().map(SentPassword::from))
    }

    /// The password that was typed, if it is one.
    async fn tried(
        &self,
        binding: PasswordBinding,
        typed: &str,
    ) -> Result<KeptPassword, PasswordError> {
        let digits = digits_of(typed).ok_or(PasswordError::Form)?;
        let attempt = PasswordTry { id: self.parts.ids.token(), binding, digits, at: self.now() };
        match self.store().try_password(&attempt).await? {
            PasswordTried::Right(kept) => Ok(*kept),
            PasswordTried::Wrong { left } => Err(PasswordError::Wrong { left }),
            PasswordTried::Locked { until } => Err(PasswordError::Locked { until }),
            PasswordTried::NoneSent => Err(PasswordError::NoneSent),
        }
    }
}

async fn number_of(parts: &OneTimePasswords, iin: Iin) -> Result<PhoneNumber, PasswordError> {
    match parts.base.number_of(iin).await {
        Answer::Known(number) => Ok(number),
        Answer::Absent => Err(PasswordError::NoNumber),
        Answer::Unavailable => Err(PasswordError::BaseUnavailable),
    }
}

/// Six digits, each password as likely as any other: what would favour some is drawn again.
pub(crate) fn draw(ids: &dyn Ids) -> String {
    const FAIR: u32 = u32::MAX - u32::MAX % PASSWORDS;
    loop {
        let mut buffer = [0; 4];
        ids.fill(&mut buffer);
        let drawn = u32::from_le_bytes(buffer);
        if drawn < FAIR {
            return format!("{:0DIGITS$}", drawn % PASSWORDS);
        }
    }
}

/// What was typed or pasted, without the spaces and dashes people and telephones put in.
pub(crate) fn digits_of(typed: &str) -> Option<String> {
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}');
    let digits: String = typed.chars().filter(|c| !is_gap(*c)).collect();
    let fits = digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit());
    fits.then_some(digits)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Gives these numbers in turn.
    struct Given(Vec<u32>, AtomicU32);

    impl Ids for Given {
        fn fill(&self, buffer: &mut [u8]) {
            let place = usize::try_from(self.1.fetch_add(1, Ordering::Relaxed)).unwrap();
            buffer.copy_from_slice(&self.0[place].to_le_bytes());
        }
    }

    #[test]
    fn every_password_is_as_likely_as_any_other() {
        let drawn = |numbers: &[u32]| draw(&Given(numbers.to_vec(), AtomicU32::new(0)));
        assert_eq!(drawn(&[7]), "000007");
        assert_eq!(drawn(&[4_293_999_999]), "999999");
        // The last, incomplete million would favour its own: it is drawn again.
        for unfair in [4_294_000_000, u32::MAX] {
            assert_eq!(drawn(&[unfair, 123_456]), "123456");
        }
    }

    #[test]
    fn what_telephones_and_people_put_between_the_digits_does_no_harm() {
        for typed in ["123456", " 123 456 ", "123-456", "12\u{2013}34\u{a0}56", "123\n456"] {
            assert_eq!(digits_of(typed).as_deref(), Some("123456"), "{typed:?}");
        }
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(digits_of(typed), None, "{typed:?}");
        }
    }
}
