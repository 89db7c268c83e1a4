//! Annulling a certificate: one of staff proposes it with a reason, another confirms it, the holder is told, and whoever checks
//! the certificate hears that it is annulled and since when, never why.
//!
//! Nobody alters a decision: request, decision and sealed bytes stay as they are, and the facts of a certificate cannot be
//! repaired in it. What is right now a new request says, which the holder starts from the message he gets (adr 32).
//! That two people act is held here, by the store and by a constraint. Read next: `ports/case_files.rs`.

use domain::{DocumentContent, Iin, Kato, Number};

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    Annulment, AnnulmentEnd, AnnulmentId, AnnulmentOutcome, AnnulmentReason, LookWay, Notice,
    NoticeKind, StoreError, StoredNotice, StoredResult,
};
use crate::records::purpose_of;
use crate::service::Service;
use crate::staff::{Permit, StaffAct, Territory, acts};

/// Proposals that wait and are looked through for a page.
const OPEN_MAX: u32 = 500;
/// Longest reason and remark, in characters.
const WORDS_MAX: usize = 1_000;

/// Why nothing was done about an annulment.
#[derive(Debug, thiserror::Error)]
pub enum AnnulmentError {
    /// No such certificate or proposal, or another territory's.
    #[error("there is no such certificate or proposal")]
    Unknown,
    /// The certificate is annulled, or a proposal to annul it waits.
    #[error("the certificate has an annulment already")]
    Already,
    /// The proposal is ended.
    #[error("the proposal is ended already")]
    Ended,
    /// Only whoever proposed it may take it back.
    #[error("only who proposed it may take it back")]
    NotProposer,
    /// Only another may confirm it or turn it down.
    #[error("only another person may confirm it or turn it down")]
    OwnProposal,
    /// Words are missing.
    #[error("words are missing")]
    WordsMissing,
    /// No purpose was told.
    #[error("no purpose is told")]
    NoPurpose,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AnnulmentError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "annulment_unknown",
            Self::Already => "annulment_already",
            Self::Ended => "annulment_ended",
            Self::NotProposer => "annulment_not_proposer",
            Self::OwnProposal => "annulment_own",
            Self::WordsMissing => "annulment_words",
            Self::NoPurpose => "no_purpose",
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Service {
    /// Proposes to annul a certificate of one's territory.
    ///
    /// # Errors
    /// [`AnnulmentError`]; then nothing is proposed.
    pub async fn propose_annulment(
        &self,
        permit: &Permit<acts::AnnulCertificates>,
        certificate: &Number,
        reason: AnnulmentReason,
        words: &str,
    ) -> Result<AnnulmentId, AnnulmentError> {
        let words = said(words).ok_or(AnnulmentError::WordsMissing)?;
        let found = self.store().result_by_number(certificate).await?;
        let stored = found.filter(|one| self.is_certificate_at(one, &permit.territory()));
        let stored = stored.ok_or(AnnulmentError::Unknown)?;
        let content = &stored.planned.content;
        let annulment = Annulment {
            id: AnnulmentId(self.parts.ids.token()),
            result: stored.planned.id.clone(),
            certificate: content.number().clone(),
            request: stored.request.clone(),
            holder: content.holder(),
            provider: content.provider().kato.clone(),
            reason,
            words,
            proposed_by: permit.member().iin,
            proposed_at: self.now(),
            end: None,
        };
        let digest = annulment.proposal_digest();
        let audit = self.annulment_event(&annulment, AuditAction::AnnulmentProposed, digest);
        let proposed = self.store().propose_annulment(&annulment, &audit).await?;
        if proposed { Ok(annulment.id) } else { Err(AnnulmentError::Already) }
    }

    /// Ends a proposal: whoever proposed it takes it back, anybody else of the territory confirms it or turns it down. To turn
    /// it down takes words.
    ///
    /// # Errors
    /// [`AnnulmentError`]; then nothing is changed.
    pub async fn end_annulment(
        &self,
        permit: &Permit<acts::AnnulCertificates>,
        id: &AnnulmentId,
        outcome: AnnulmentOutcome,
        remark: &str,
    ) -> Result<(), AnnulmentError> {
        let annulment = self.annulment_at(permit, id).await?;
        if annulment.end.is_some() {
            return Err(AnnulmentError::Ended);
        }
        let is_own = annulment.proposed_by == permit.member().iin;
        match (outcome, is_own) {
            (AnnulmentOutcome::Withdrawn, false) => return Err(AnnulmentError::NotProposer),
            (AnnulmentOutcome::Confirmed | AnnulmentOutcome::TurnedDown, true) => {
                return Err(AnnulmentError::OwnProposal);
            }
            _ => {}
        }
        let remark = said(remark);
        if outcome == AnnulmentOutcome::TurnedDown && remark.is_none() {
            return Err(AnnulmentError::WordsMissing);
        }
        let remark = remark.unwrap_or_default();
        let end = AnnulmentEnd { outcome, by: permit.member().iin, at: self.now(), remark };
        let audit = self.annulment_event(&annulment, end.action(), end.digest(id));
        let ended = self.store().end_annulment(id, &end, &audit).await?;
        if ended { Ok(()) } else { Err(AnnulmentError::Ended) }
    }

    /// A proposal of one's territory, open or ended, as it is shown: a look at its holder's data, so with a purpose and in the
    /// journal before anything is shown.
    ///
    /// # Errors
    /// [`AnnulmentError::Unknown`], also where it is another's; [`AnnulmentError::NoPurpose`].
    pub async fn look_at_annulment(
        &self,
        permit: &Permit<acts::AnnulCertificates>,
        id: &AnnulmentId,
        purpose: &str,
    ) -> Result<Annulment, AnnulmentError> {
        let purpose = purpose_of(purpose).map_err(|_| AnnulmentError::NoPurpose)?;
        let annulment = self.annulment_at(permit, id).await?;
        let (way, request) = (LookWay::Annulment, Some(&annulment.request));
        self.note_about(permit, way, &purpose, vec![annulment.holder], request).await?;
        Ok(annulment)
    }

    /// A proposal of one's territory, open or ended. Whoever shows it notes a look ([`Self::look_at_annulment`]).
    ///
    /// # Errors
    /// [`AnnulmentError::Unknown`], also where it is another's.
    pub async fn annulment_at(
        &self,
        permit: &Permit<acts::AnnulCertificates>,
        id: &AnnulmentId,
    ) -> Result<Annulment, AnnulmentError> {
        let found = self.store().annulment(id).await?;
        let own = found.filter(|one| self.belongs_to(&one.provider, &permit.territory()));
        own.ok_or(AnnulmentError::Unknown)
    }

    /// Proposals of one's territory that wait for a second person, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_annulments(
        &self,
        permit: &Permit<acts::AnnulCertificates>,
    ) -> Result<Vec<Annulment>, StoreError> {
        let mut open = self.store().open_annulments(OPEN_MAX).await?;
        open.retain(|one| self.belongs_to(&one.provider, &permit.territory()));
        Ok(open)
    }

    /// How many of these wait for somebody; `None` where annulling is not his. A number shows nobody, so whoever came in by a
    /// passkey is told it, too, and signs before he opens them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_annulments<A>(
        &self,
        permit: &Permit<A>,
    ) -> Result<Option<usize>, StoreError> {
        let member = permit.member();
        if !member.roles.may(StaffAct::AnnulCertificates) {
            return Ok(None);
        }
        let open = self.store().open_annulments(OPEN_MAX).await?;
        let is_for_him = |one: &&Annulment| {
            let is_own = self.belongs_to(&one.provider, &permit.territory());
            is_own && one.proposed_by != member.iin
        };
        Ok(Some(open.iter().filter(is_for_him).count()))
    }

    /// Whether what a provider gave is today a matter of a territory.
    pub(crate) fn belongs_to(&self, provider: &Kato, territory: &Territory) -> bool {
        territory.takes_in(&self.providers().of(provider).kato)
    }

    fn is_certificate_at(&self, stored: &StoredResult, territory: &Territory) -> bool {
        let content = &stored.planned.content;
        let is_certificate = matches!(content, DocumentContent::Certificate(_));
        is_certificate && self.belongs_to(&content.provider().kato, territory)
    }

    /// What a person was told of annulled certificates, as notices.
    pub(crate) async fn annulment_notices(
        &self,
        holder: Iin,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        let annulled = self.store().annulled_of(holder, limit).await?;
        let notice = |one: Annulment| {
            let at = one.annulled_at()?;
            let notice = Notice { kind: NoticeKind::CertificateAnnulled, at };
            Some(StoredNotice { number: one.request, notice })
        };
        Ok(annulled.into_iter().filter_map(notice).collect())
    }

    fn annulment_event(
        &self,
        annulment: &Annulment,
        action: AuditAction,
        evidence: String,
    ) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            actor: Actor::Officer,
            action,
            request: Some(annulment.request.clone()),
            subject: Some(annulment.holder),
            detail: annulment.certificate.to_string(),
            evidence,
        }
    }
}

/// What somebody typed, as it is kept; nothing where nothing can be read in it.
pub(crate) fn said(text: &str) -> Option<String> {
    let words: String = domain::clean_text(text).chars().take(WORDS_MAX).collect();
    words.chars().any(char::is_alphanumeric).then_some(words)
}
