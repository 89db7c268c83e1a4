//! Forms as data: one administrator proposes other words, another releases them, and what is decided from then on is
//! written by them. What was decided before is not touched.
//!
//! Knows neither keys nor fonts: what words may stand where, and whether they fit, the maker of documents says
//! (`FormMaker`). Read next: `plan.rs`, where the version is fixed, and `advance.rs`, where its words are asked for.

use std::sync::Arc;

use domain::{FormVersion, FormWording, Specimen, WordingFault};
use jiff::Timestamp;

use crate::audit::{AuditAction, AuditEvent};
use crate::ports::{
    FormChange, FormEnd, FormId, FormOutcome, FormProposal, RenderError, StoreError, StoredForm,
};
use crate::service::Service;
use crate::staff::{Permit, StaffAct, acts, said};

/// Proposals shown at once.
const FORMS_MAX: u32 = 100;

/// What an administrator proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormOrder {
    /// The version whose words he changed.
    pub based_on: FormVersion,
    /// All words.
    pub wording: FormWording,
    /// The act by which what the law prescribes reads otherwise now.
    pub basis: String,
    /// Why.
    pub reason: String,
}

/// A proposal with what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormView {
    /// As stored.
    pub form: StoredForm,
    /// Against the version it was made of.
    pub changes: Vec<FormChange>,
}

/// Why nothing was proposed, released or shown.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// No such proposal.
    #[error("there is no such proposal")]
    Unknown,
    /// It was released, turned down or withdrawn.
    #[error("the proposal is closed")]
    Closed,
    /// Nobody releases what he proposed himself.
    #[error("somebody else must release it")]
    OwnProposal,
    /// No reason, or one that is too long.
    #[error("the reason is missing")]
    ReasonMissing,
    /// What the law prescribes is changed, and no act is named by which it reads otherwise.
    #[error("the act is missing by which prescribed words read otherwise")]
    BasisMissing,
    /// Nothing is changed.
    #[error("nothing is changed")]
    Unchanged,
    /// It was made of a version that is not the last one.
    #[error("another version was released meanwhile")]
    Outdated,
    /// The moment has passed, or lies before that from which the last version counts.
    #[error("it would count from too early a moment")]
    TooEarly,
    /// The words are not good.
    #[error("the words have {} faults", .0.len())]
    Faulty(Vec<WordingFault>),
    /// A document cannot be made.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The renderer's thread died.
    #[error("the renderer stopped")]
    RendererStopped,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FormError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "form_unknown",
            Self::Closed => "form_closed",
            Self::OwnProposal => "form_own",
            Self::ReasonMissing => "form_reason",
            Self::BasisMissing => "form_basis",
            Self::Unchanged => "form_unchanged",
            Self::Outdated => "form_outdated",
            Self::TooEarly => "form_too_early",
            Self::Faulty(_) => "form_faulty",
            Self::Render(_) | Self::RendererStopped => "form_not_made",
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Service {
    /// The form in force now, for who releases others.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn present_form(
        &self,
        _permit: &Permit<acts::ReleaseTemplates>,
    ) -> Result<FormVersion, StoreError> {
        self.form_in_force(self.now()).await
    }

    /// The version released last, in force or to be, with its words: what is changed next is changed in these. Texts that
    /// only the program has stand as they do there.
    ///
    /// # Errors
    /// [`FormError`].
    pub async fn last_form(
        &self,
        _permit: &Permit<acts::ReleaseTemplates>,
    ) -> Result<(FormVersion, FormWording), FormError> {
        let released = self.store().last_released_form().await?;
        let number = released.as_ref().and_then(StoredForm::released).map(|(number, _)| number);
        let version = number.map_or_else(|| self.parts.renderer.built_in(), FormVersion::Released);
        let wording = released.map(|form| form.proposal.wording);
        Ok((version, self.completed(wording.unwrap_or_default())?))
    }

    /// Words by the keys the program has.
    fn completed(&self, wording: FormWording) -> Result<FormWording, RenderError> {
        let mut all = self.parts.renderer.built_in_wording()?;
        for (key, text) in wording.0 {
            if let Some(own) = all.0.get_mut(&key) {
                *own = text;
            }
        }
        Ok(all)
    }

    async fn words_of(&self, version: FormVersion) -> Result<FormWording, FormError> {
        let wording = match version {
            FormVersion::BuiltIn(_) => FormWording::default(),
            FormVersion::Released(number) => self.released_wording(number).await?,
        };
        Ok(self.completed(wording)?)
    }

    /// Whether the law prescribes a text of the forms.
    #[must_use]
    pub fn is_fixed_by_law(&self, key: &str) -> bool {
        self.parts.renderer.is_fixed_by_law(key)
    }

    /// All proposals, the last first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forms(
        &self,
        _permit: &Permit<acts::ReleaseTemplates>,
    ) -> Result<Vec<StoredForm>, StoreError> {
        self.store().forms(FORMS_MAX).await
    }

    /// How many of them wait for somebody to release them; `None` where that is not his. A number, as of annulments.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_forms<A>(&self, permit: &Permit<A>) -> Result<Option<usize>, StoreError> {
        let member = permit.member();
        if !member.roles.may(StaffAct::ReleaseTemplates) {
            return Ok(None);
        }
        let forms = self.store().forms(FORMS_MAX).await?;
        let is_for_him =
            |one: &&StoredForm| one.end.is_none() && one.proposal.proposed_by != member.iin;
        Ok(Some(forms.iter().filter(is_for_him).count()))
    }

    /// One proposal with what it changes.
    ///
    /// # Errors
    /// [`FormError`].
    pub async fn form_view(
        &self,
        _permit: &Permit<acts::ReleaseTemplates>,
        id: &FormId,
    ) -> Result<FormView, FormError> {
        let form = self.store().form(id).await?.ok_or(FormError::Unknown)?;
        let old = self.words_of(form.proposal.based_on).await?;
        let changes = self.changes(&old, &form.proposal.wording);
        Ok(FormView { form, changes })
    }

    fn changes(&self, old: &FormWording, new: &FormWording) -> Vec<FormChange> {
        let change = |(key, new): (&String, &domain::Bilingual)| {
            let old = old.0.get(key).filter(|old| *old != new)?;
            Some(FormChange {
                key: key.clone(),
                is_fixed_by_law: self.is_fixed_by_law(key),
                old: old.clone(),
                new: new.clone(),
            })
        };
        new.0.iter().filter_map(change).collect()
    }

    /// Keeps a proposal, where its words are good and something is changed.
    ///
    /// # Errors
    /// [`FormError`]; then nothing was kept.
    pub async fn propose_form(
        &self,
        permit: &Permit<acts::ReleaseTemplates>,
        order: FormOrder,
    ) -> Result<FormId, FormError> {
        self.require_good(order.wording.clone()).await?;
        let (last, old) = self.last_form(permit).await?;
        if order.based_on != last {
            return Err(FormError::Outdated);
        }
        let changes = self.changes(&old, &order.wording);
        if changes.is_empty() {
            return Err(FormError::Unchanged);
        }
        let basis = said(&order.basis).unwrap_or_default();
        if basis.is_empty() && changes.iter().any(|change| change.is_fixed_by_law) {
            return Err(FormError::BasisMissing);
        }
        let member = permit.member();
        let proposal = FormProposal {
            id: FormId(self.parts.ids.token()),
            based_on: last,
            wording: order.wording,
            basis,
            reason: said(&order.reason).ok_or(FormError::ReasonMissing)?,
            proposed_by: member.iin,
            proposed_name: member.name.clone(),
            proposed_at: self.now(),
        };
        let action = AuditAction::FormProposed;
        let audit = form_event(permit, proposal.proposed_at, action, &proposal.id);
        let audit = AuditEvent { evidence: proposal.digest()?, ..audit };
        self.store().propose_form(&proposal, &audit).await?;
        Ok(proposal.id)
    }

    /// Releases what another administrator proposed: what is decided from a moment on, or from now, is written by it.
    ///
    /// # Errors
    /// [`FormError`]; then nothing was released.
    pub async fn release_form(
        &self,
        permit: &Permit<acts::ReleaseTemplates>,
        id: &FormId,
        effective_from: Option<Timestamp>,
    ) -> Result<u32, FormError> {
        let proposal = self.open_form(id).await?;
        if proposal.proposed_by == permit.member().iin {
            return Err(FormError::OwnProposal);
        }
        let last = self.store().last_released_form().await?;
        let last = last.as_ref().and_then(StoredForm::released);
        let is_outdated = match (proposal.based_on, last) {
            (FormVersion::Released(number), Some((last, _))) => number != last,
            (FormVersion::Released(_), None) | (FormVersion::BuiltIn(_), Some(_)) => true,
            (FormVersion::BuiltIn(_), None) => false,
        };
        if is_outdated {
            return Err(FormError::Outdated);
        }
        self.require_good(proposal.wording.clone()).await?;
        let now = self.now();
        let effective_from = effective_from.unwrap_or(now);
        let earliest = last.map_or(now, |(_, from)| now.max(from));
        if effective_from < earliest {
            return Err(FormError::TooEarly);
        }
        let number = last.map_or(1, |(number, _)| number.saturating_add(1));
        let outcome = FormOutcome::Released { number, effective_from };
        self.end_form(permit, &proposal, outcome, (now, String::new())).await?;
        Ok(number)
    }

    /// Closes an open proposal: whoever proposed it takes it back, another administrator turns it down with his reason.
    ///
    /// # Errors
    /// [`FormError`].
    pub async fn close_form(
        &self,
        permit: &Permit<acts::ReleaseTemplates>,
        id: &FormId,
        words: &str,
    ) -> Result<(), FormError> {
        let proposal = self.open_form(id).await?;
        let now = self.now();
        if proposal.proposed_by == permit.member().iin {
            let end = (now, String::new());
            return self.end_form(permit, &proposal, FormOutcome::Withdrawn, end).await;
        }
        let words = said(words).ok_or(FormError::ReasonMissing)?;
        self.end_form(permit, &proposal, FormOutcome::TurnedDown, (now, words)).await
    }

    async fn open_form(&self, id: &FormId) -> Result<FormProposal, FormError> {
        let form = self.store().form(id).await?.ok_or(FormError::Unknown)?;
        if form.end.is_some() { Err(FormError::Closed) } else { Ok(form.proposal) }
    }

    async fn end_form(
        &self,
        permit: &Permit<acts::ReleaseTemplates>,
        proposal: &FormProposal,
        outcome: FormOutcome,
        (at, words): (Timestamp, String),
    ) -> Result<(), FormError> {
        let member = permit.member();
        let end = FormEnd {
            id: proposal.id.clone(),
            proposed_by: proposal.proposed_by,
            outcome,
            words,
            by: member.iin,
            name: member.name.clone(),
            at,
        };
        let action = match outcome {
            FormOutcome::Released { .. } => AuditAction::FormReleased,
            FormOutcome::TurnedDown | FormOutcome::Withdrawn => AuditAction::FormClosed,
        };
        let audit = form_event(permit, at, action, &end.id);
        let audit = AuditEvent { evidence: end.digest(), ..audit };
        let ended = self.store().end_form(&end, &audit).await?;
        if ended { Ok(()) } else { Err(FormError::Closed) }
    }

    /// A specimen by the words of a proposal.
    ///
    /// # Errors
    /// [`FormError`].
    pub async fn specimen(
        &self,
        _permit: &Permit<acts::ReleaseTemplates>,
        id: &FormId,
        specimen: Specimen,
    ) -> Result<Vec<u8>, FormError> {
        let form = self.store().form(id).await?.ok_or(FormError::Unknown)?;
        let (renderer, wording) = (Arc::clone(&self.parts.renderer), form.proposal.wording);
        let made = tokio::task::spawn_blocking(move || renderer.specimen(&wording, specimen));
        Ok(made.await.map_err(|_| FormError::RendererStopped)??)
    }

    async fn require_good(&self, wording: FormWording) -> Result<(), FormError> {
        let renderer = Arc::clone(&self.parts.renderer);
        let judged = tokio::task::spawn_blocking(move || renderer.wording_faults(&wording));
        let faults = judged.await.map_err(|_| FormError::RendererStopped)??;
        if faults.is_empty() { Ok(()) } else { Err(FormError::Faulty(faults)) }
    }
}

fn form_event(
    permit: &Permit<acts::ReleaseTemplates>,
    at: Timestamp,
    action: AuditAction,
    id: &FormId,
) -> AuditEvent {
    AuditEvent {
        at,
        actor: permit.actor(),
        action,
        request: None,
        subject: None,
        detail: id.0.clone(),
        evidence: String::new(),
    }
}
