//! Passkeys: somebody who came in with his digital signature makes one, and comes in with it from then on.
//!
//! A passkey opens the same desk, but the session knows by what it was opened: what needs two pairs of eyes needs a
//! signature (`roles.rs`), and so does making another passkey. Who left the list comes in by none.
//!
//! What is kept of a ceremony between its two halves is a challenge like any other: used up once, in the transaction that
//! completes it. Read next: `../ports/passkeys.rs`.

use std::sync::Arc;

use domain::Answer;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Staff;
use super::roles::{Permit, acts};
use super::sign_in::{CHALLENGE, OfficerSignInError, SignedInMember};
use crate::audit::{AuditAction, AuditEvent};
use crate::ports::{
    Passkey, PasskeyCeremony, PasskeyFault, PasskeyId, PasskeyOwner, PasskeyUse, Passkeys,
    SessionWay, SignInChallenge, StaffMember, StoreError, Workplace,
};

/// Begins the identifiers of what is kept of ceremonies; behind it a word says of which. It begins as officers' one-time
/// texts do, so that citizens' doors refuse it.
pub(crate) const CEREMONY_PREFIX: &str = "officer-passkey-";
const MAKING: &str = "officer-passkey-made-";
const USING: &str = "officer-passkey-used-";
/// One person needs no more at one workplace.
const PASSKEYS_MAX: usize = 10;
/// Longest name of one.
const NAME_CHARS_MAX: usize = 60;
/// A passkey that nobody used for so long is forgotten.
const KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// What a page gives to the browser.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeyInvitation {
    /// To be brought back with the answer.
    pub id: String,
    /// Options for the browser, as JSON.
    pub options: String,
}

/// Why nothing became of a passkey.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// This installation has none.
    #[error("passkeys are not offered")]
    NotOffered,
    /// Only a session opened with a digital signature makes one.
    #[error("a digital signature is needed")]
    SignatureNeeded,
    /// The ceremony is unknown, another's, was completed, or is too old.
    #[error("the ceremony is unknown or was completed already")]
    UnknownCeremony,
    /// He has as many as anybody needs.
    #[error("there are too many passkeys")]
    TooMany,
    /// The name is missing or too long.
    #[error("the name is missing or too long")]
    Name,
    /// There is no such passkey of his, or it is kept already.
    #[error("there is no such passkey")]
    Unknown,
    /// The answer.
    #[error(transparent)]
    Fault(#[from] PasskeyFault),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PasskeyError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOffered => "passkey_not_offered",
            Self::SignatureNeeded => "signature_needed",
            Self::UnknownCeremony => "passkey_expired",
            Self::TooMany => "passkey_too_many",
            Self::Name => "passkey_name",
            Self::Unknown => "passkey_unknown",
            Self::Fault(fault) => fault.code(),
            Self::Store(_) => "store_unavailable",
        }
    }
}

/// What is kept of a passkey being made.
#[derive(Serialize, Deserialize)]
struct Making {
    iin: String,
    workplace: String,
    handle: String,
    state: String,
}

impl Making {
    fn is_of(&self, member: &StaffMember) -> bool {
        self.iin == member.iin.digits() && self.workplace == member.workplace.code()
    }
}

type Permitted = Permit<acts::OpenDesk>;

impl Staff {
    /// The same with passkeys.
    #[must_use]
    pub fn with_passkeys(mut self, passkeys: Option<Arc<dyn Passkeys>>) -> Self {
        self.passkeys = passkeys;
        self
    }

    /// Whether this installation has passkeys.
    #[must_use]
    pub fn offers_passkeys(&self) -> bool {
        self.passkeys.is_some()
    }

    /// Somebody's own passkeys, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn passkeys(&self, permit: &Permitted) -> Result<Vec<Passkey>, StoreError> {
        let member = permit.member();
        self.parts.office.passkeys_of(member.iin, &member.workplace).await
    }

    /// Begins to make a passkey.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub async fn begin_passkey(
        &self,
        permit: &Permitted,
    ) -> Result<PasskeyInvitation, PasskeyError> {
        let passkeys = self.passkeys.as_ref().ok_or(PasskeyError::NotOffered)?;
        if !permit.is_signed() {
            return Err(PasskeyError::SignatureNeeded);
        }
        let member = permit.member();
        let own = self.passkeys(permit).await?;
        if own.len() >= PASSKEYS_MAX {
            return Err(PasskeyError::TooMany);
        }
        let handle = own.first().map(|one| one.handle.clone());
        let handle = handle.unwrap_or_else(|| self.parts.ids.token());
        let owner = PasskeyOwner {
            handle: handle.clone(),
            name: member.name.clone(),
            known: own.into_iter().map(|one| one.credential).collect(),
        };
        let PasskeyCeremony { options, state } = passkeys.begin_making(&owner)?;
        let making =
            Making { iin: member.iin.digits(), workplace: member.workplace.code(), handle, state };
        let document = serde_json::to_vec(&making).map_err(|_| PasskeyFault::Broken)?;
        let id = self.keep_ceremony(MAKING, document).await?;
        Ok(PasskeyInvitation { id, options })
    }

    /// Keeps the passkey that a browser made.
    ///
    /// # Errors
    /// [`PasskeyError`]; then none is kept.
    pub async fn add_passkey(
        &self,
        permit: &Permitted,
        ceremony: &str,
        answer: &str,
        name: &str,
    ) -> Result<(), PasskeyError> {
        let passkeys = self.passkeys.as_ref().ok_or(PasskeyError::NotOffered)?;
        if !permit.is_signed() {
            return Err(PasskeyError::SignatureNeeded);
        }
        let name = domain::clean_text(name);
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(PasskeyError::Name);
        }
        let member = permit.member();
        let document = self.ceremony(MAKING, ceremony).await?;
        let document = document.ok_or(PasskeyError::UnknownCeremony)?;
        let making: Making = serde_json::from_slice(&document).map_err(|_| PasskeyFault::Broken)?;
        if !making.is_of(member) {
            return Err(PasskeyError::UnknownCeremony);
        }
        let made = passkeys.finish_making(&making.state, answer)?;
        let passkey = Passkey {
            id: PasskeyId(self.parts.ids.token()),
            credential_id: made.credential_id,
            handle: making.handle,
            iin: member.iin,
            workplace: member.workplace.clone(),
            name,
            credential: made.credential,
            counter: 0,
            created_at: self.now(),
            used_at: None,
            kept_until: self.after(KEPT),
        };
        let audit = self.about_passkey(member, AuditAction::PasskeyAdded);
        match self.parts.office.add_passkey(ceremony, &passkey, &audit).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(PasskeyFault::Refused.into()),
            Err(StoreError::AlreadyUsed) => Err(PasskeyError::UnknownCeremony),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes one of somebody's own passkeys.
    ///
    /// # Errors
    /// [`PasskeyError::Unknown`], and the store's.
    pub async fn remove_passkey(
        &self,
        permit: &Permitted,
        id: &PasskeyId,
    ) -> Result<(), PasskeyError> {
        let member = permit.member();
        let audit = self.about_passkey(member, AuditAction::PasskeyRemoved);
        let owner = (member.iin, &member.workplace);
        let removed = self.parts.office.remove_passkey(id, owner, &audit).await?;
        if removed { Ok(()) } else { Err(PasskeyError::Unknown) }
    }

    /// Begins to sign in with a passkey; `None` where this installation has none.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub async fn begin_passkey_sign_in(&self) -> Result<Option<PasskeyInvitation>, PasskeyError> {
        let Some(passkeys) = &self.passkeys else { return Ok(None) };
        let PasskeyCeremony { options, state } = passkeys.begin_use()?;
        let id = self.keep_ceremony(USING, state.into_bytes()).await?;
        Ok(Some(PasskeyInvitation { id, options }))
    }

    /// Opens a session for whoever used his passkey.
    ///
    /// # Errors
    /// [`OfficerSignInError`].
    pub async fn sign_in_by_passkey(
        &self,
        ceremony: &str,
        answer: &str,
    ) -> Result<SignedInMember, OfficerSignInError> {
        let refused = |fault: PasskeyFault| OfficerSignInError::Signature(fault.code());
        let unknown = OfficerSignInError::UnknownChallenge;
        let Some(passkeys) = &self.passkeys else { return Err(unknown) };
        let state = self.ceremony(USING, ceremony).await?.ok_or(unknown)?;
        let state = String::from_utf8(state).map_err(|_| refused(PasskeyFault::Broken))?;
        let claimed = passkeys.claimed(answer).map_err(refused)?;
        let kept = self.parts.office.passkey(&claimed.credential_id).await?;
        let kept = kept.filter(|kept| kept.handle == claimed.handle);
        let kept = kept.ok_or(OfficerSignInError::Signature("passkey_unknown"))?;
        let used = passkeys.finish_use(&state, answer, &kept.credential).map_err(refused)?;
        let member = self.member_of_passkey(&kept).await?;
        let now = self.now();
        let (cookie, session) = self.fresh_session(&member, now, SessionWay::Passkey);
        let using = PasskeyUse { id: kept.id, used, at: now, kept_until: self.after(KEPT) };
        let audit = self.about_passkey(&member, AuditAction::SignedIn);
        let office = &self.parts.office;
        match office.open_session_by_passkey(ceremony, &using, &session, &audit).await {
            Ok(()) => Ok(SignedInMember { cookie, member }),
            Err(StoreError::AlreadyUsed) => Err(OfficerSignInError::UnknownChallenge),
            Err(error) => Err(error.into()),
        }
    }

    /// Who left the list, or whose department is none of ours any more, has a passkey that opens nothing.
    async fn member_of_passkey(&self, kept: &Passkey) -> Result<StaffMember, OfficerSignInError> {
        if let Workplace::Department(kato) = &kept.workplace
            && !self.parts.providers.knows(kato)
        {
            return Err(OfficerSignInError::NotOfficer);
        }
        match self.parts.people.member(kept.iin, &kept.workplace).await {
            Answer::Known(member) => Ok(member),
            Answer::Absent => Err(OfficerSignInError::NotOfficer),
            Answer::Unavailable => Err(OfficerSignInError::CannotTell("officers_unavailable")),
        }
    }

    async fn keep_ceremony(&self, prefix: &str, document: Vec<u8>) -> Result<String, StoreError> {
        let id = format!("{prefix}{}", self.parts.ids.token());
        let expires_at: Timestamp = self.after(CHALLENGE);
        let challenge = SignInChallenge { id: id.clone(), document, expires_at };
        self.parts.store.put_challenge(&challenge).await?;
        Ok(id)
    }

    /// What was kept under an identifier of this kind, if it is not too late.
    async fn ceremony(&self, prefix: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if !id.starts_with(prefix) {
            return Ok(None);
        }
        let kept = self.parts.store.challenge(id).await?;
        let now = self.now();
        Ok(kept.filter(|kept| kept.expires_at >= now).map(|kept| kept.document))
    }

    fn about_passkey(&self, member: &StaffMember, action: AuditAction) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            actor: member.actor(),
            action,
            request: None,
            subject: Some(member.iin),
            detail: "passkey".to_owned(),
            evidence: String::new(),
        }
    }
}
