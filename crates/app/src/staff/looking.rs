//! Looking at a proposal: what is not read yet is begun to be read, and whoever waits sees how far that has come.
//!
//! Read next: `readings.rs` for what is kept of it.

use std::sync::Arc;
use std::time::Duration;

use domain::astana_date;

use super::Staff;
use super::proposals::ProposalError;
use super::readings::{Outcome, Progress, Readable, Reading};
use crate::import::{ImportBatch, ImportOrigin, ImportTerms};
use crate::ports::{Officer, Proposal, ProposalId, ProposalPreview, ProposalState, StoreError};

/// A page waits so long for a reading before it shows how far that has come.
const PAGE_WAITS: Duration = Duration::from_millis(700);

/// A proposal that is looked at.
pub struct Look {
    /// As it is kept.
    pub proposal: Proposal,
    /// How far it is read.
    pub stage: Stage,
}

/// How far a proposal is read.
pub enum Stage {
    /// It is closed, and its bytes are gone.
    Closed,
    /// Being read.
    Reading(Arc<Progress>),
    /// Read.
    Read(Arc<Reading>),
}

impl Staff {
    /// A proposal with what it would change. What is not read yet is begun to be read.
    ///
    /// # Errors
    /// [`ProposalError`].
    pub async fn look(
        self: &Arc<Self>,
        officer: &Officer,
        id: &ProposalId,
    ) -> Result<Look, ProposalError> {
        let proposal = self.found(officer, id).await?;
        if proposal.state != ProposalState::Open {
            return Ok(Look { proposal, stage: Stage::Closed });
        }
        let (mut turn, fresh) = self.readings.turn(id);
        if let Some(told) = fresh {
            let (staff, proposal) = (Arc::clone(self), proposal.clone());
            let progress = Arc::clone(&turn.progress);
            tokio::spawn(async move {
                let id = proposal.id.clone();
                let reader = Arc::clone(&staff);
                // A fault of the program ends the inner task only: the reading comes to nothing and is forgotten.
                let read = tokio::spawn(async move { reader.read(&proposal, &progress).await });
                let outcome = read.await.unwrap_or_default();
                if outcome.is_none() {
                    staff.readings.forget(&id);
                }
                let _ = told.send(Some(outcome));
            });
        }
        let progress = Arc::clone(&turn.progress);
        let stage = match tokio::time::timeout(PAGE_WAITS, turn.end()).await {
            Err(_) => Stage::Reading(progress),
            Ok(Some(reading)) => Stage::Read(reading),
            Ok(None) => {
                return Err(self
                    .found_open(officer, id)
                    .await
                    .err()
                    .unwrap_or(ProposalError::NotRead));
            }
        };
        Ok(Look { proposal, stage })
    }

    /// Reads the stored bytes.
    async fn read(&self, proposal: &Proposal, progress: &Arc<Progress>) -> Outcome {
        let turn = Arc::clone(&self.readings.one).acquire_owned().await.ok()?;
        let content = self.parts.office.proposal_content(&proposal.id).await;
        let content = content.inspect_err(|error| tracing::error!(%error, "a proposal")).ok()??;
        let (files, provider) = (Arc::clone(&self.parts.files), proposal.provider.clone());
        let (today, progress) = (astana_date(self.now()), Arc::clone(progress));
        let read = tokio::task::spawn_blocking(move || {
            files.read(&content, &provider, today, &|done, total| progress.note(done, total))
        });
        let reading = match read.await.ok()? {
            Err(faults) => Reading::Faulty(faults),
            Ok(file) => {
                let batch = ImportBatch {
                    file_digest: proposal.file_digest.clone(),
                    entered_by: proposal.provider.clone(),
                    entered_at: self.now(),
                    origin: ImportOrigin::default(),
                    terms: ImportTerms { keepers: self.keepers.clone(), ..ImportTerms::default() },
                    rows: file.rows,
                };
                let preview = self.parts.registry.preview_import(&batch).await;
                let preview =
                    preview.inspect_err(|error| tracing::error!(%error, "a preview")).ok()?;
                Reading::Readable(Box::new(Readable::of(batch, preview, file.lines)))
            }
        };
        self.readings.make_room(&proposal.id, &reading);
        drop(turn);
        self.note(&proposal.id, &reading).await.ok()?;
        Some(Arc::new(reading))
    }

    pub(super) async fn note(&self, id: &ProposalId, reading: &Reading) -> Result<(), StoreError> {
        let preview = match reading {
            Reading::Faulty(faults) => {
                ProposalPreview::Faulty(u64::try_from(faults.len()).unwrap_or(u64::MAX))
            }
            Reading::Readable(readable) => {
                let preview = &readable.previewed.read().await.preview;
                ProposalPreview::Readable {
                    summary: preview.summary,
                    digest: preview.digest.clone(),
                }
            }
        };
        self.parts.office.note_preview(id, &preview).await?;
        Ok(())
    }
}
