//! Writing an archive: into a folder with `.partial` behind its name, which gets its name when all of it is on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use app::{ArchiveError, ArchiveItem, ArchiveSink};
use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{FORMAT, MANIFEST, Manifest, TableFile, file_of, line};

/// Writes an archive.
pub struct ArchiveWriter {
    folder: PathBuf,
    partial: PathBuf,
    manifest: Manifest,
    open: Option<OpenTable>,
}

struct OpenTable {
    file: BufWriter<File>,
    hash: Sha256,
    table: TableFile,
}

fn unwritable(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Unwritable(error.to_string())
}

impl ArchiveWriter {
    /// Begins an archive; nobody but its owner may read it.
    ///
    /// # Errors
    /// [`ArchiveError::Unwritable`] where the folder exists or cannot be made.
    pub fn begin(
        folder: &Path,
        schema_version: i64,
        begun_at: Timestamp,
    ) -> Result<Self, ArchiveError> {
        if folder.exists() {
            return Err(unwritable(format!("{} exists already", folder.display())));
        }
        let mut partial = folder.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(unwritable)?;
        }
        fs::DirBuilder::new().mode(0o700).recursive(true).create(&partial).map_err(unwritable)?;
        let manifest = Manifest { format: FORMAT, schema_version, begun_at, tables: Vec::new() };
        Ok(Self { folder: folder.to_owned(), partial, manifest, open: None })
    }

    /// Writes the manifest and gives the folder its name.
    ///
    /// # Errors
    /// [`ArchiveError::Unwritable`].
    pub fn finish(mut self) -> Result<Manifest, ArchiveError> {
        self.close_table()?;
        let text = serde_json::to_vec_pretty(&self.manifest).map_err(unwritable)?;
        let mut file = create(&self.partial.join(MANIFEST))?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(unwritable)?;
        sync_folder(&self.partial)?;
        fs::rename(&self.partial, &self.folder).map_err(unwritable)?;
        if let Some(parent) = self.folder.parent().filter(|parent| parent.is_dir()) {
            sync_folder(parent)?;
        }
        Ok(self.manifest)
    }

    fn close_table(&mut self) -> Result<(), ArchiveError> {
        let Some(OpenTable { file, hash, mut table }) = self.open.take() else { return Ok(()) };
        let file = file.into_inner().map_err(unwritable)?;
        file.sync_all().map_err(unwritable)?;
        table.sha256 = hex::encode(hash.finalize());
        self.manifest.tables.push(table);
        Ok(())
    }
}

#[async_trait]
impl ArchiveSink for ArchiveWriter {
    async fn put(&mut self, item: ArchiveItem) -> Result<(), ArchiveError> {
        match item {
            ArchiveItem::Table { name, columns } => {
                self.close_table()?;
                let file = BufWriter::new(create(&file_of(&self.partial, &name))?);
                let table = TableFile { name, columns, rows: 0, sha256: String::new() };
                self.open = Some(OpenTable { file, hash: Sha256::new(), table });
            }
            ArchiveItem::Row(values) => {
                let open = self.open.as_mut().ok_or_else(|| unwritable("a row without table"))?;
                let line = line(values) + "\n";
                open.hash.update(line.as_bytes());
                open.file.write_all(line.as_bytes()).map_err(unwritable)?;
                open.table.rows += 1;
            }
        }
        Ok(())
    }
}

fn create(path: &Path) -> Result<File, ArchiveError> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(unwritable)
}

fn sync_folder(path: &Path) -> Result<(), ArchiveError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(unwritable)
}
