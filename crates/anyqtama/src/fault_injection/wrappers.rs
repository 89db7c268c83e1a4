//! The ports with faults round them: each passes its points and does what it always does.
//!
//! Read next: `points.rs`.

use std::path::PathBuf;
use std::sync::Arc;

use app::{
    AccessProof, Archive, ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource, Clock, DataBank,
    FactsSigner, FormMaker, ImportBatch, ImportOutcome, ImportPreview, NewNumberClass,
    RecordVersion, Registry, RenderError, Renderer, Reply, SealError, SealOrder, SealTerm, Sealer,
    StoreError,
};
use async_trait::async_trait;
use domain::{
    DocumentContent, FormVersion, FormWording, GuardianRecord, Iin, Sheet, Specimen, WordingFault,
};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::points::Points;

/// So many rows of an archive are taken in before the point amid them: enough that something was written.
const ROWS_BEFORE_AMID: u32 = 250;

/// A seal that is away while a file is there, and of which every use is kept in a folder.
pub(super) struct FaultySealer {
    pub(super) sealer: Arc<dyn Sealer>,
    pub(super) points: Option<Points>,
    pub(super) away_while: Option<PathBuf>,
    pub(super) kept_in: Option<PathBuf>,
}

impl FaultySealer {
    async fn stop_at(&self, when: &str) {
        if let Some(points) = &self.points {
            points.stop_at(when, "seal").await;
        }
    }

    /// By their digest, so that the same seal again is no second one.
    fn keep(&self, sealed: &[u8]) -> Result<(), SealError> {
        let Some(folder) = &self.kept_in else { return Ok(()) };
        let file = folder.join(hex::encode(Sha256::digest(sealed)));
        std::fs::write(file, sealed).map_err(|error| SealError::Unavailable(error.to_string()))
    }
}

#[async_trait]
impl Sealer for FaultySealer {
    async fn seal(&self, unsealed: &[u8], order: &SealOrder) -> Result<Vec<u8>, SealError> {
        if self.away_while.as_ref().is_some_and(|file| file.exists()) {
            return Err(SealError::Unavailable("away on purpose".to_owned()));
        }
        self.stop_at("before").await;
        let sealed = self.sealer.seal(unsealed, order).await?;
        self.keep(&sealed)?;
        self.stop_at("after").await;
        Ok(sealed)
    }

    fn terms(&self) -> Vec<SealTerm> {
        self.sealer.terms()
    }
}

/// A signer of facts that is away while a file is there.
pub(super) struct FaultyFactsSigner {
    pub(super) signer: Arc<dyn FactsSigner>,
    pub(super) points: Option<Points>,
    pub(super) away_while: Option<PathBuf>,
}

#[async_trait]
impl FactsSigner for FaultyFactsSigner {
    async fn sign(&self, facts: &[u8], signed_at: Timestamp) -> Result<Vec<u8>, SealError> {
        if self.away_while.as_ref().is_some_and(|file| file.exists()) {
            return Err(SealError::Unavailable("away on purpose".to_owned()));
        }
        if let Some(points) = &self.points {
            points.stop_at("before", "sign_facts").await;
        }
        let signed = self.signer.sign(facts, signed_at).await;
        if let Some(points) = &self.points {
            points.stop_at("after", "sign_facts").await;
        }
        signed
    }

    fn terms(&self) -> Vec<SealTerm> {
        self.signer.terms()
    }
}

pub(super) struct FaultyRenderer(pub(super) Arc<dyn Renderer>, pub(super) Points);

impl Renderer for FaultyRenderer {
    fn render(
        &self,
        content: &DocumentContent,
        wording: Option<&FormWording>,
        facts_signature: Option<&[u8]>,
    ) -> Result<Vec<u8>, RenderError> {
        self.1.pass("before", "render");
        let rendered = self.0.render(content, wording, facts_signature);
        self.1.pass("after", "render");
        rendered
    }

    fn sheet(&self, sheet: &Sheet) -> Result<Vec<u8>, RenderError> {
        self.0.sheet(sheet)
    }

    fn facts(&self, content: &DocumentContent) -> Vec<u8> {
        self.0.facts(content)
    }

    fn can_print(&self, text: &str) -> bool {
        self.0.can_print(text)
    }
}

impl FormMaker for FaultyRenderer {
    fn built_in(&self) -> FormVersion {
        self.0.built_in()
    }

    fn built_in_wording(&self) -> Result<FormWording, RenderError> {
        self.0.built_in_wording()
    }

    fn is_fixed_by_law(&self, key: &str) -> bool {
        self.0.is_fixed_by_law(key)
    }

    fn wording_faults(&self, wording: &FormWording) -> Result<Vec<WordingFault>, RenderError> {
        self.0.wording_faults(wording)
    }

    fn specimen(&self, wording: &FormWording, specimen: Specimen) -> Result<Vec<u8>, RenderError> {
        self.0.specimen(wording, specimen)
    }
}

pub(super) struct SilentBank(pub(super) Arc<dyn DataBank>, pub(super) PathBuf);

#[async_trait]
impl DataBank for SilentBank {
    async fn guardian(&self, iin: Iin) -> Reply<GuardianRecord> {
        if self.1.exists() { Reply::Silent } else { self.0.guardian(iin).await }
    }

    async fn guardian_by(&self, iin: Iin, proof: &AccessProof) -> Reply<GuardianRecord> {
        if self.1.exists() { Reply::Silent } else { self.0.guardian_by(iin, proof).await }
    }

    fn is_compared_with_register(&self) -> bool {
        self.0.is_compared_with_register()
    }

    fn is_registry_here(&self) -> bool {
        self.0.is_registry_here()
    }
}

pub(super) struct ClockAhead(pub(super) Arc<dyn Clock>, pub(super) SignedDuration);

impl Clock for ClockAhead {
    fn now(&self) -> Timestamp {
        let now = self.0.now();
        now.checked_add(self.1).unwrap_or(now)
    }
}

pub(super) struct FaultyRegistry(pub(super) Arc<dyn Registry>, pub(super) Points);

#[async_trait]
impl Registry for FaultyRegistry {
    async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError> {
        self.0.guardian_record(iin).await
    }

    async fn history_of(&self, guardian: Iin) -> Result<Vec<RecordVersion>, StoreError> {
        self.0.history_of(guardian).await
    }

    async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportPreview, StoreError> {
        self.0.preview_import(batch).await
    }

    async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportOutcome, StoreError> {
        self.1.stop_at("before", "apply_import").await;
        let applied = self.0.apply_import(batch).await;
        self.1.stop_at("after", "apply_import").await;
        applied
    }

    async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
        self.0.import_digests().await
    }

    async fn misplaced_records(&self) -> Result<u64, StoreError> {
        self.0.misplaced_records().await
    }

    async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.last_import_at().await
    }
}

pub(super) struct FaultyArchive(pub(super) Arc<dyn Archive>, pub(super) Points);

#[async_trait]
impl Archive for FaultyArchive {
    async fn schema_version(&self) -> Result<i64, StoreError> {
        self.0.schema_version().await
    }

    async fn export(&self, sink: &mut dyn ArchiveSink) -> Result<(), ArchiveError> {
        self.0.export(&mut WatchedSink { sink, points: &self.1, has_begun: false }).await
    }

    async fn load(
        &self,
        source: &mut dyn ArchiveSource,
        class: Option<&NewNumberClass>,
    ) -> Result<u64, ArchiveError> {
        self.1.stop_at("before", "load").await;
        let mut source = WatchedSource { source, points: &self.1, rows: 0 };
        let loaded = self.0.load(&mut source, class).await;
        self.1.stop_at("after", "load").await;
        loaded
    }

    async fn start_number_class(&self, class: &NewNumberClass) -> Result<(), StoreError> {
        self.1.stop_at("before", "start_number_class").await;
        let started = self.0.start_number_class(class).await;
        self.1.stop_at("after", "start_number_class").await;
        started
    }
}

/// Behind the first row the moment of the export is fixed.
struct WatchedSink<'a> {
    sink: &'a mut dyn ArchiveSink,
    points: &'a Points,
    has_begun: bool,
}

#[async_trait]
impl ArchiveSink for WatchedSink<'_> {
    async fn put(&mut self, item: ArchiveItem) -> Result<(), ArchiveError> {
        let is_row = matches!(item, ArchiveItem::Row(_));
        self.sink.put(item).await?;
        if is_row && !self.has_begun {
            self.has_begun = true;
            self.points.stop_at("amid", "export").await;
        }
        Ok(())
    }
}

struct WatchedSource<'a> {
    source: &'a mut dyn ArchiveSource,
    points: &'a Points,
    rows: u32,
}

#[async_trait]
impl ArchiveSource for WatchedSource<'_> {
    async fn next(&mut self) -> Result<Option<ArchiveItem>, ArchiveError> {
        let item = self.source.next().await?;
        if matches!(item, Some(ArchiveItem::Row(_))) {
            self.rows = self.rows.saturating_add(1);
            if self.rows == ROWS_BEFORE_AMID {
                self.points.stop_at("amid", "load").await;
            }
        }
        Ok(item)
    }
}
