//! From one store into another without a folder, and the digests by which two stores are compared.

use std::collections::BTreeMap;

use app::{ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::line;

/// Items under way at a time.
const UNDER_WAY: usize = 256;

/// Both ends of a pipe. Where the writing end is dropped, the reading end is at its end.
#[must_use]
pub fn pipe() -> (PipeSink, PipeSource) {
    let (sender, receiver) = mpsc::channel(UNDER_WAY);
    (PipeSink(sender), PipeSource(receiver))
}

/// The end items go in by.
pub struct PipeSink(mpsc::Sender<ArchiveItem>);

/// The end they come out of.
pub struct PipeSource(mpsc::Receiver<ArchiveItem>);

#[async_trait]
impl ArchiveSink for PipeSink {
    async fn put(&mut self, item: ArchiveItem) -> Result<(), ArchiveError> {
        let gone = |_| ArchiveError::Unwritable("the other store takes nothing more".to_owned());
        self.0.send(item).await.map_err(gone)
    }
}

#[async_trait]
impl ArchiveSource for PipeSource {
    async fn next(&mut self) -> Result<Option<ArchiveItem>, ArchiveError> {
        Ok(self.0.recv().await)
    }
}

/// How many rows each table has, and a digest of them in their order: of two stores with the same digests every row of
/// one stands in the other.
#[derive(Default)]
pub struct Digests {
    tables: BTreeMap<String, (u64, Sha256)>,
    present: String,
}

impl Digests {
    /// Rows and hexadecimal SHA-256 of each table.
    #[must_use]
    pub fn finish(self) -> BTreeMap<String, (u64, String)> {
        let told = |(name, (rows, hash)): (String, (u64, Sha256))| {
            (name, (rows, hex::encode(hash.finalize())))
        };
        self.tables.into_iter().map(told).collect()
    }
}

#[async_trait]
impl ArchiveSink for Digests {
    async fn put(&mut self, item: ArchiveItem) -> Result<(), ArchiveError> {
        match item {
            ArchiveItem::Table { name, columns } => {
                let mut hash = Sha256::new();
                hash.update(columns.join(",").as_bytes());
                self.tables.insert(name.clone(), (0, hash));
                self.present = name;
            }
            ArchiveItem::Row(values) => {
                if let Some((rows, hash)) = self.tables.get_mut(&self.present) {
                    *rows += 1;
                    hash.update(line(values).as_bytes());
                    hash.update(b"\n");
                }
            }
        }
        Ok(())
    }
}
