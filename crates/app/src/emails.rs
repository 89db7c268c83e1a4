//! A person's e-mail address for notices: left in the cabinet, confirmed by a code sent to it, taken back at any time.
//!
//! No use case prints or logs an address, and the journal has none. Read next: `ports/emails.rs` for the rules.

use std::sync::Arc;

use domain::{EmailAddress, Iin, Language};
use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::one_time_password::{digits_of, draw};
use crate::ports::{
    EmailAddresses, EmailCode, EmailStanding, EmailTried, EmailTry, EmailTurn, Letter, MailFault,
    Mailer, StoreError,
};
use crate::service::Service;

/// What an operator who sends letters needs.
pub struct Mail {
    /// Who sends.
    pub mailer: Arc<dyn Mailer>,
    /// Who keeps addresses.
    pub addresses: Arc<dyn EmailAddresses>,
}

/// Why an address was not taken, or not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum EmailError {
    /// The operator sends no letters.
    #[error("no letters are sent here")]
    NotOffered,
    /// Not an address.
    #[error("it is no e-mail address")]
    Address,
    /// Too many codes, or one just now.
    #[error("no other code is sent before {0}")]
    Wait(Timestamp),
    /// The mail server.
    #[error(transparent)]
    Mail(#[from] MailFault),
    /// Not six digits.
    #[error("a code has six digits")]
    Form,
    /// None that is good was sent.
    #[error("no code that is still good was sent")]
    NoneSent,
    /// Another one.
    #[error("the code is wrong, {left} tries are left")]
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EmailError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOffered => "email_not_offered",
            Self::Address => "email_address",
            Self::Wait(_) => "email_wait",
            Self::Mail(MailFault::Unreachable(_)) => "mail_unreachable",
            Self::Mail(MailFault::AddressRefused) => "mail_address_refused",
            Self::Mail(MailFault::TryLater) => "mail_try_later",
            Self::Form => "email_code_form",
            Self::NoneSent => "email_none_sent",
            Self::Wrong { .. } => "email_wrong",
            Self::Store(_) => "store_unavailable",
        }
    }

    /// Whether it is nobody's mistake but a fault of something outside.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Mail(MailFault::Unreachable(_) | MailFault::TryLater) | Self::Store(_))
    }
}

impl Service {
    /// Whether letters are sent here.
    #[must_use]
    pub fn sends_letters(&self) -> bool {
        self.parts.mail.is_some()
    }

    fn mail(&self) -> Result<&Mail, EmailError> {
        self.parts.mail.as_ref().ok_or(EmailError::NotOffered)
    }

    /// How it stands with a person's address.
    ///
    /// # Errors
    /// [`EmailError::NotOffered`], the store's.
    pub async fn email_of(&self, person: Iin) -> Result<EmailStanding, EmailError> {
        Ok(self.mail()?.addresses.email_of(person, self.now()).await?)
    }

    /// Sends a code to an address that a person typed; `words` makes subject and text of the code. An address confirmed
    /// before stays in use until this one is.
    ///
    /// # Errors
    /// [`EmailError`].
    pub async fn leave_email(
        &self,
        person: Iin,
        typed: &str,
        language: Language,
        words: impl FnOnce(&str) -> (String, String) + Send,
    ) -> Result<(), EmailError> {
        let mail = self.mail()?;
        let address = EmailAddress::parse(typed).map_err(|_| EmailError::Address)?;
        let ids = &self.parts.ids;
        let digits = draw(&**ids);
        let drawn = (ids.token(), ids.token(), digits.as_str());
        let code = EmailCode::new(person, address, drawn, self.now());
        if let EmailTurn::Wait(until) = mail.addresses.put_email_code(&code).await? {
            return Err(EmailError::Wait(until));
        }
        let (subject, text) = words(&digits);
        let (to, at, key) = (code.address, code.sent_at, code.id);
        let letter = Letter { to, subject, text, language, at, key };
        if let Err(fault) = mail.mailer.send(&letter).await {
            tracing::warn!(%fault, "a code was not sent by e-mail");
            return Err(fault.into());
        }
        Ok(())
    }

    /// Makes the address that the code was sent to the person's.
    ///
    /// # Errors
    /// [`EmailError`].
    pub async fn confirm_email(&self, person: Iin, typed: &str) -> Result<(), EmailError> {
        let mail = self.mail()?;
        let digits = digits_of(typed).ok_or(EmailError::Form)?;
        let attempt = EmailTry { iin: person, digits, at: self.now() };
        let audit = self.email_event(person, AuditAction::EmailConfirmed);
        match mail.addresses.try_email_code(&attempt, &audit).await? {
            EmailTried::Right(_) => Ok(()),
            EmailTried::Wrong { left } => Err(EmailError::Wrong { left }),
            EmailTried::NoneSent => Err(EmailError::NoneSent),
        }
    }

    /// Forgets a person's address; without one nothing happens.
    ///
    /// # Errors
    /// [`EmailError::NotOffered`], the store's.
    pub async fn remove_email(&self, person: Iin) -> Result<(), EmailError> {
        let audit = self.email_event(person, AuditAction::EmailRemoved);
        self.mail()?.addresses.remove_email(person, self.now(), &audit).await?;
        Ok(())
    }

    fn email_event(&self, person: Iin, action: AuditAction) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            actor: Actor::Applicant,
            action,
            request: None,
            subject: Some(person),
            detail: String::new(),
            evidence: String::new(),
        }
    }
}
