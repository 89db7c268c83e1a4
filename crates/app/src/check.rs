//! Checking a document somebody shows: genuine or not, whether it still matches the data bank, and no more.
//!
//! By number one must know the holder's IIN, so numbers cannot be walked through. A refusal is found by its QR code
//! only: to third parties there is simply no certificate under its number.

use std::future::Future;
use std::time::Duration;

use domain::{
    Bilingual, DocumentContent, FormVersion, Iin, Number, NumberKind, Role, astana_date,
    current_appointments,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::breaker::Admission;
use crate::ports::{
    AnswerKey, CheckToken, DocumentVerdict, ErasedKey, Reply, ResultKind, Store, StoreError,
    StoredResult, erased_token,
};
use crate::service::Service;

/// How long a checker waits for the data bank before he is told that it cannot be compared now.
const COMPARE: Duration = Duration::from_secs(2);

/// How long a checker waits for the replica before the primary is asked.
const REPLICA: Duration = Duration::from_secs(1);

/// Whether a certificate still matches the data bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The same person is still guardian or custodian of the same ward.
    Matches,
    /// He still is, but the ward turned 14: the word for it changed.
    RoleChanged,
    /// The data bank does not show it any more; why is nobody's business here.
    NoLongerMatches,
    /// The data bank did not answer.
    CannotTell,
    /// The holder withdrew his consent, so the data bank is not asked about him any more.
    NotCompared,
    /// Nothing to compare: a refusal certifies nothing.
    NotApplicable,
    /// It was annulled; why is nobody's business here, and the data bank is not asked any more.
    Annulled {
        /// When.
        at: Timestamp,
    },
}

/// What a checker sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedDocument {
    /// Kind.
    pub kind: ResultKind,
    /// Number.
    pub number: Number,
    /// Moment as of which it certifies.
    pub issued_at: Timestamp,
    /// Shortened name of the holder.
    pub holder_masked: String,
    /// Shortened name of the ward.
    pub ward_masked: Option<String>,
    /// Role on the day of issue.
    pub role: Option<Role>,
    /// Provider.
    pub provider: Bilingual,
    /// By which form it is written.
    pub form_version: FormVersion,
    /// Comparison with the data bank.
    pub standing: Standing,
}

/// The answer to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentCheck {
    /// Issued here.
    Genuine(Box<CheckedDocument>),
    /// Issued here, and no longer kept: it can neither be shown nor compared with anything any more.
    NoLongerKept {
        /// Since when it was annulled, where it was.
        annulled_at: Option<Timestamp>,
    },
    /// Nothing was issued under this number for this person, or under this code.
    NotFound,
    /// The file is not what was issued, for the reason of this stable code.
    NotGenuine {
        /// Stable code.
        code: &'static str,
    },
    /// The file is no document of ours at all.
    Unreadable {
        /// Stable code.
        code: &'static str,
    },
    /// It cannot be told now.
    CannotTell {
        /// Stable code.
        code: &'static str,
    },
}

impl Service {
    /// By number and the holder's IIN.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn check_by_number(
        &self,
        number: &Number,
        holder: Iin,
    ) -> Result<DocumentCheck, StoreError> {
        if number.kind() != NumberKind::Certificate {
            return Ok(DocumentCheck::NotFound);
        }
        let found = self.look(|store| store.result_by_number(number)).await?;
        match found.filter(|stored| stored.planned.content.holder() == holder) {
            Some(stored) => self.compared(stored, "number").await,
            // What is not kept any more has no holder whose IIN could be compared, and nothing of anybody to be told.
            None => {
                let erased = self.erased(ErasedKey::Number(number.clone())).await?;
                Ok(erased.unwrap_or(DocumentCheck::NotFound))
            }
        }
    }

    /// By the token of the printed QR code.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn check_by_token(&self, token: &CheckToken) -> Result<DocumentCheck, StoreError> {
        match self.look(|store| store.result_by_token(token)).await? {
            Some(stored) => self.compared(stored, "qr").await,
            None => {
                let found = self.looked_up_answer(&AnswerKey::Token(token.clone()), "qr").await?;
                if let Some(found) = found {
                    return Ok(found);
                }
                let erased = ErasedKey::TokenDigest(erased_token(&token.0));
                Ok(self.erased(erased).await?.unwrap_or(DocumentCheck::NotFound))
            }
        }
    }

    /// By the file: what we issued byte for byte is genuine; anything else is told apart by its seal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn check_pdf(&self, pdf: &[u8]) -> Result<DocumentCheck, StoreError> {
        let digest = hex::encode(Sha256::digest(pdf));
        if let Some(stored) = self.look(|store| store.result_by_digest(&digest)).await? {
            return self.compared(stored, "file").await;
        }
        let key = AnswerKey::Digest(digest.clone());
        if let Some(found) = self.looked_up_answer(&key, "file").await? {
            return Ok(found);
        }
        if let Some(erased) = self.erased(ErasedKey::FileDigest(digest)).await? {
            return Ok(erased);
        }
        Ok(match self.parts.document_verifier.verify(pdf, self.now()) {
            // A good seal on bytes we never stored: not issued by this service.
            DocumentVerdict::Genuine(_) => DocumentCheck::NotGenuine { code: "not_issued_here" },
            DocumentVerdict::NotGenuine(code) => DocumentCheck::NotGenuine { code },
            DocumentVerdict::Unreadable(code) => DocumentCheck::Unreadable { code },
            DocumentVerdict::CannotTell(code) => DocumentCheck::CannotTell { code },
        })
    }

    /// Looks in the replica first, to spare the primary. What it does not have yet, or while it is away or hangs, is
    /// looked up in the primary: an answer «not found» comes from there only. What was issued never changes.
    async fn look<'a, F>(
        &'a self,
        find: impl Fn(&'a dyn Store) -> F + Send,
    ) -> Result<Option<StoredResult>, StoreError>
    where
        F: Future<Output = Result<Option<StoredResult>, StoreError>> + Send + 'a,
    {
        match self.look_in_replica(&find).await {
            Some(found) => Ok(Some(found)),
            None => find(self.store()).await,
        }
    }

    /// A replica that fails again and again is left alone for a while, or it would cost each checker his second.
    async fn look_in_replica<'a, F>(
        &'a self,
        find: &(impl Fn(&'a dyn Store) -> F + Send),
    ) -> Option<StoredResult>
    where
        F: Future<Output = Result<Option<StoredResult>, StoreError>> + Send + 'a,
    {
        let replica = self.parts.replica.as_deref()?;
        if self.replica_breaker().admit(self.now()) != Admission::Ask {
            return None;
        }
        let asked = find(replica);
        if let Ok(Ok(found)) = tokio::time::timeout(REPLICA, asked).await {
            self.replica_breaker().answered();
            return found;
        }
        let random = self.parts.ids.random_u64();
        let left_alone = self.replica_breaker().failed(self.now(), random).is_some();
        tracing::warn!(left_alone, "the replica does not answer; the primary is asked");
        None
    }

    /// Nobody's data is looked at, so no journal tells of it.
    async fn erased(&self, key: ErasedKey) -> Result<Option<DocumentCheck>, StoreError> {
        let erased = self.store().erased_document(&key).await?;
        Ok(erased.map(|one| DocumentCheck::NoLongerKept { annulled_at: one.annulled_at }))
    }

    /// The holder sees each check in his own journal, so it is written before the answer is given.
    async fn compared(&self, stored: StoredResult, way: &str) -> Result<DocumentCheck, StoreError> {
        let standing = self.standing(&stored).await?;
        let content = &stored.planned.content;
        let event = AuditEvent {
            at: self.now(),
            actor: Actor::Checker,
            action: AuditAction::Checked,
            request: Some(stored.request.clone()),
            subject: Some(content.holder()),
            detail: format!("{} {way}", content.number()),
            evidence: String::new(),
        };
        self.store().append_audit(&event).await?;
        Ok(DocumentCheck::Genuine(Box::new(checked_document(content, standing))))
    }

    /// An answer to a review or a complaint: it tells nothing that could be compared.
    async fn looked_up_answer(
        &self,
        key: &AnswerKey,
        way: &str,
    ) -> Result<Option<DocumentCheck>, StoreError> {
        let Some((recourse, content)) = self.checked_answer(key).await? else { return Ok(None) };
        let detail = format!("{} {way}", content.number);
        let event = self.recourse_event((Actor::Checker, AuditAction::Checked), &recourse, detail);
        self.store().append_audit(&event).await?;
        let content = DocumentContent::Answer(content);
        let document = checked_document(&content, Standing::NotApplicable);
        Ok(Some(DocumentCheck::Genuine(Box::new(document))))
    }

    /// Covered by item 4 of the consent: whoever checks learns whether the certificate matches now.
    /// An annulment and a withdrawal are looked up in the primary: a copy that lags behind would call good what was annulled,
    /// and fetch data nobody allows any more. An annulment comes first, whatever else there is.
    async fn standing(&self, stored: &StoredResult) -> Result<Standing, StoreError> {
        let DocumentContent::Certificate(certificate) = &stored.planned.content else {
            return Ok(Standing::NotApplicable);
        };
        if let Some(at) = self.store().annulled_at(&stored.planned.id).await? {
            return Ok(Standing::Annulled { at });
        }
        if self.store().withdrawal_of(&stored.request).await?.is_some() {
            return Ok(Standing::NotCompared);
        }
        let asked = self.parts.data_bank.guardian(certificate.guardian_iin);
        let record = match tokio::time::timeout(COMPARE, asked).await {
            Ok(Reply::Known(record)) => record,
            // No proof of consent was shown: a bank that wants one may say so in the word for nothing found.
            Ok(Reply::Absent) if self.parts.consents.access_control().is_some() => {
                return Ok(Standing::CannotTell);
            }
            Ok(Reply::Absent) => return Ok(Standing::NoLongerMatches),
            Ok(Reply::Unusable | Reply::Silent) | Err(_) => return Ok(Standing::CannotTell),
        };
        let current = current_appointments(&record, astana_date(self.now()));
        let same = current.iter().find(|one| Some(&one.ward_id) == stored.planned.ward_id.as_ref());
        Ok(match same {
            Some(one) if one.role == certificate.role => Standing::Matches,
            Some(_) => Standing::RoleChanged,
            None => Standing::NoLongerMatches,
        })
    }
}

fn checked_document(content: &DocumentContent, standing: Standing) -> CheckedDocument {
    let (holder_masked, ward_masked, role) = match content {
        DocumentContent::Certificate(certificate) => (
            certificate.guardian_name.masked(),
            Some(certificate.ward_name.masked()),
            Some(certificate.role),
        ),
        DocumentContent::Refusal(refusal) => (masked_words(&refusal.applicant_name), None, None),
        DocumentContent::Answer(answer) => (masked_words(&answer.applicant_name), None, None),
    };
    CheckedDocument {
        kind: ResultKind::of(content),
        number: content.number().clone(),
        issued_at: content.made_at(),
        holder_masked,
        ward_masked,
        role,
        provider: content.provider().name.clone(),
        form_version: content.form_version(),
        standing,
    }
}

fn masked_words(name: &str) -> String {
    let initials = name.split_whitespace().take(2).filter_map(|word| word.chars().next());
    initials.map(|initial| format!("{initial}•••")).collect::<Vec<_>>().join(" ")
}
