//! The lines of figures, in memory: made of what is kept.

use async_trait::async_trait;
use domain::{DocumentContent, Number};
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::ports::{FigureGroup, FigureLine, Figures, ResultKind, StoreError, StoredRequest};

impl State {
    pub(super) fn figure(&self, stored: &StoredRequest) -> FigureLine {
        let answers = || self.results.iter().filter(|one| one.request == stored.number);
        let of =
            |kind| answers().filter(|one| ResultKind::of(&one.planned.content) == kind).count();
        let count = |kind| u32::try_from(of(kind)).unwrap_or(u32::MAX);
        FigureLine {
            clock: stored.clock,
            ended_at: stored.ended_at,
            channel: stored.channel,
            language: Some(stored.request.language),
            addressed: stored.request.provider.clone(),
            answered_by: answers().next().map(|one| one.planned.content.provider().kato.clone()),
            certificates: count(ResultKind::Certificate),
            refusals: count(ResultKind::Refusal),
            ground: answers().find_map(|one| match &one.planned.content {
                DocumentContent::Refusal(refusal) => Some(refusal.ground),
                DocumentContent::Certificate(_) | DocumentContent::Answer(_) => None,
            }),
            is_synthetic: self.synthetic.contains(&stored.number),
        }
    }
}

impl State {
    /// Of erased requests too.
    pub(super) fn figure_lines(&self) -> impl Iterator<Item = (Number, FigureLine)> {
        let kept = self.requests.values().map(|one| (one.number.clone(), self.figure(one)));
        let erased = self.erased.iter().map(|(number, one)| (number.clone(), one.line.clone()));
        kept.chain(erased)
    }
}

#[async_trait]
impl Figures for MemoryStore {
    async fn figures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FigureGroup>, StoreError> {
        let within = |one: &FigureLine| (from..until).contains(&one.clock.accepted_at);
        self.read(|state| {
            let lines = state.figure_lines().map(|(_, line)| line);
            let lines: Vec<FigureLine> =
                lines.filter(|line| !line.is_synthetic && within(line)).collect();
            FigureGroup::of(&lines)
        })
    }

    async fn figures_of(
        &self,
        numbers: &[Number],
    ) -> Result<Vec<(Number, FigureLine)>, StoreError> {
        self.read(|state| {
            state.figure_lines().filter(|(number, _)| numbers.contains(number)).collect()
        })
    }

    async fn first_figure(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|state| {
            let counted = state.figure_lines().filter(|(_, line)| !line.is_synthetic);
            counted.map(|(_, line)| line.clock.accepted_at).min()
        })
    }
}

#[async_trait]
impl<I: Interceptor> Figures for Intercepted<I> {
    async fn figures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FigureGroup>, StoreError> {
        self.around("figures_between", self.store.figures_between(from, until)).await
    }

    async fn figures_of(
        &self,
        numbers: &[Number],
    ) -> Result<Vec<(Number, FigureLine)>, StoreError> {
        self.around("figures_of", self.store.figures_of(numbers)).await
    }

    async fn first_figure(&self) -> Result<Option<Timestamp>, StoreError> {
        self.around("first_figure", self.store.first_figure()).await
    }
}
