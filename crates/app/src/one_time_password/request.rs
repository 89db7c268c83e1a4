//! Confirming a request by a one-time password: the same way as with a signature, and the password is used up in the same
//! transaction that registers.
//!
//! Until then it stays good, so that a crash between the look at it and the registration costs nobody another message.

use domain::Language;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::SentPassword;
use crate::ports::{
    Channel, Draft, IdempotencyKey, KeptPassword, PasswordBinding, PasswordPurpose, PasswordUse,
    Session, StoreError,
};
use crate::service::Service;
use crate::submit::{Confirmed, SubmitError, Submitted};

/// A request confirmed by a password as it arrives.
#[derive(Clone, Debug)]
pub struct PasswordSubmission {
    /// Chosen by the client.
    pub key: IdempotencyKey,
    /// Of the draft.
    pub challenge: String,
    /// As typed.
    pub typed: String,
    /// Who is signed in; whose certificate gave his name.
    pub session: Session,
}

/// How a request was confirmed, kept where a signature's evidence is.
#[derive(Serialize)]
struct PasswordEvidence<'a> {
    kind: &'static str,
    document_sha256: &'a str,
    password: &'a str,
    number_ends_with: &'a str,
    sent_at: Timestamp,
    confirmed_at: Timestamp,
}

impl Service {
    /// Whether a request can be confirmed by a one-time password.
    #[must_use]
    pub fn passwords_confirm_requests(&self) -> bool {
        self.offered(|parts| parts.requests).is_ok()
    }

    /// Sends the applicant a password for this draft, while it can be submitted.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn send_request_password(
        &self,
        draft: &Draft,
        language: Language,
    ) -> Result<SentPassword, SubmitError> {
        let parts = self.offered(|parts| parts.requests)?;
        if draft.expires_at < self.now() {
            return Err(SubmitError::DraftExpired);
        }
        Ok(self.send_bound(parts, binding_of(draft), language).await?)
    }

    /// The password under way for this draft.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sent_request_password(
        &self,
        draft: &Draft,
    ) -> Result<Option<SentPassword>, StoreError> {
        if !self.passwords_confirm_requests() {
            return Ok(None);
        }
        self.sent(&binding_of(draft)).await
    }

    /// Submits a request confirmed by a password.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing was registered.
    pub async fn submit_with_password(
        &self,
        submission: PasswordSubmission,
    ) -> Result<Submitted, SubmitError> {
        self.offered(|parts| parts.requests)?;
        let draft = self.store().draft(&submission.challenge).await?;
        let draft = draft.ok_or(SubmitError::NotOurDocument { code: "draft_unknown" })?;
        let now = self.now();
        if draft.request.applicant != submission.session.iin {
            return Err(SubmitError::SomeoneElsesSignature);
        }
        let body_digest = body_digest(&draft);
        if let Some(same) = self.same_key(&submission.key, &draft, &body_digest).await? {
            return Ok(same);
        }
        // The password of a draft that was submitted is used up: whoever comes again is led on and not told that it is.
        if let Some(earlier) = self.submitted_before(&draft).await? {
            return Ok(earlier);
        }
        // Who is told to come again has not tried a password by that. However many wait, he is let in: unlike a signature it is good for
        // minutes only, and nobody makes a flood of messages to telephones.
        let _place = self.place()?;
        let binding = binding_of(&draft);
        let kept = self.tried(binding.clone(), &submission.typed).await?;
        let confirmed = Confirmed {
            key: submission.key,
            body_digest,
            channel: Channel::Portal,
            name: submission.session.name,
            cms: Vec::new(),
            evidence: evidence(&binding, &kept, now)?,
            password: Some(PasswordUse { id: kept.id, binding }),
        };
        self.submit_confirmed(draft, confirmed, now).await
    }
}

fn binding_of(draft: &Draft) -> PasswordBinding {
    PasswordBinding::to(draft.request.applicant, PasswordPurpose::Request, &draft.document)
}

/// The same for every password of one text: whichever of them comes, it submits the same.
fn body_digest(draft: &Draft) -> String {
    let mut hash = Sha256::new();
    hash.update(b"one_time_password\0");
    hash.update(&draft.document);
    hex::encode(hash.finalize())
}

fn evidence(
    binding: &PasswordBinding,
    kept: &KeptPassword,
    confirmed_at: Timestamp,
) -> Result<String, StoreError> {
    crate::evidence::stored_json(&PasswordEvidence {
        kind: "one_time_password",
        document_sha256: &binding.document,
        password: &kept.id,
        number_ends_with: kept.number.last_digits(),
        sent_at: kept.sent_at,
        confirmed_at,
    })
}

#[cfg(test)]
mod tests {
    use domain::PhoneNumber;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::samples::{draft, iin, moment};

    #[test]
    fn what_is_kept_of_a_password_names_the_text_and_neither_number_nor_password() {
        let draft = draft(iin(1), "challenge");
        let kept = KeptPassword {
            id: "id".to_owned(),
            salt: "salt".to_owned(),
            hash: "hash".to_owned(),
            number: PhoneNumber::parse("+77010000042").unwrap(),
            sent_at: moment(0),
            expires_at: moment(900),
        };
        let kept = evidence(&binding_of(&draft), &kept, moment(7)).unwrap();
        let expected = json!({
            "kind": "one_time_password",
            "document_sha256": hex::encode(Sha256::digest(&draft.document)),
            "password": "id",
            "number_ends_with": "0042",
            "sent_at": moment(0),
            "confirmed_at": moment(7),
        });
        assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), expected);
    }
}
