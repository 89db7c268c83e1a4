//! Reading an archive: every file is held against its digest before the first row is given.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};

use app::{ArchiveError, ArchiveItem, ArchiveSource, ColumnValue};
use async_trait::async_trait;
use domain::NumberClass;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{FORMAT, MANIFEST, Manifest, RESTORATIONS, file_of, values};

/// Reads an archive.
pub struct ArchiveReader {
    folder: PathBuf,
    manifest: Manifest,
    next_table: usize,
    lines: Option<Lines<BufReader<File>>>,
}

fn unreadable(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Unreadable(error.to_string())
}

impl ArchiveReader {
    /// Opens a folder and checks all of it.
    ///
    /// # Errors
    /// [`ArchiveError::Unreadable`], which names the file that is missing or altered.
    pub fn open(folder: &Path) -> Result<Self, ArchiveError> {
        let text = fs::read(folder.join(MANIFEST))
            .map_err(|error| unreadable(format!("{MANIFEST}: {error}")))?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|_| unreadable(format!("{MANIFEST} is none of this program")))?;
        if manifest.format != FORMAT {
            return Err(unreadable(format!("its form is {}, not {FORMAT}", manifest.format)));
        }
        for table in &manifest.tables {
            let path = file_of(folder, &table.name);
            let sha256 = digest(&path)
                .map_err(|error| unreadable(format!("{}: {error}", path.display())))?;
            if sha256 != table.sha256 {
                return Err(unreadable(format!("{} was altered", path.display())));
            }
        }
        Ok(Self { folder: folder.to_owned(), manifest, next_table: 0, lines: None })
    }

    /// What the manifest says.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Classes of numbers that the archive's store, or one restored from it before, has drawn from.
    ///
    /// # Errors
    /// [`ArchiveError::Unreadable`].
    pub fn used_classes(&self) -> Result<Vec<NumberClass>, ArchiveError> {
        let mut classes = Vec::new();
        let name = "number_classes";
        let table = self.manifest.tables.iter().find(|table| table.name == name);
        let column = table.and_then(|table| table.columns.iter().position(|one| one == "class"));
        for line in lines(&file_of(&self.folder, name))? {
            let row = values(&line.map_err(unreadable)?)?;
            if let Some(ColumnValue::Integer(class)) = column.and_then(|place| row.get(place)) {
                classes.extend(u16::try_from(*class).ok().and_then(NumberClass::new));
            }
        }
        let restorations = self.folder.join(RESTORATIONS);
        if restorations.exists() {
            for line in lines(&restorations)? {
                let line: serde_json::Value =
                    serde_json::from_str(&line.map_err(unreadable)?).map_err(unreadable)?;
                let class = line.get("class").and_then(serde_json::Value::as_u64);
                let class = class.and_then(|class| u16::try_from(class).ok());
                classes.extend(class.and_then(NumberClass::new));
            }
        }
        Ok(classes)
    }

    /// Notes a restoration down in the folder, before it is made.
    ///
    /// # Errors
    /// [`ArchiveError::Unwritable`].
    pub fn note_restoration(&self, class: NumberClass, at: Timestamp) -> Result<(), ArchiveError> {
        let line = json!({ "class": class.index(), "at": at.to_string() }).to_string() + "\n";
        let path = self.folder.join(RESTORATIONS);
        let note = || -> io::Result<()> {
            let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        note().map_err(|error| ArchiveError::Unwritable(format!("{}: {error}", path.display())))
    }
}

#[async_trait]
impl ArchiveSource for ArchiveReader {
    async fn next(&mut self) -> Result<Option<ArchiveItem>, ArchiveError> {
        if let Some(line) = self.lines.as_mut().and_then(Iterator::next) {
            return Ok(Some(ArchiveItem::Row(values(&line.map_err(unreadable)?)?)));
        }
        let Some(table) = self.manifest.tables.get(self.next_table) else { return Ok(None) };
        self.next_table += 1;
        self.lines = Some(lines(&file_of(&self.folder, &table.name))?);
        let (name, columns) = (table.name.clone(), table.columns.clone());
        Ok(Some(ArchiveItem::Table { name, columns }))
    }
}

fn lines(path: &Path) -> Result<Lines<BufReader<File>>, ArchiveError> {
    let file =
        File::open(path).map_err(|error| unreadable(format!("{}: {error}", path.display())))?;
    Ok(BufReader::new(file).lines())
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = BufReader::new(File::open(path)?);
    let mut hash = Sha256::new();
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(piece);
        let length = piece.len();
        file.consume(length);
    }
}
