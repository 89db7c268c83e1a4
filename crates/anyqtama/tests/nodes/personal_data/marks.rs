//! How a name or a number may be written where nobody looks for it, and the search for all of these in what was told. Case is
//! not told apart.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What belongs to a person, in each way it may be written.
pub struct Mark {
    pub word: String,
    /// In small letters.
    forms: BTreeSet<String>,
    as_written: BTreeSet<String>,
}

impl Mark {
    pub fn of(word: &str) -> Self {
        let cases = [word.to_owned(), word.to_lowercase(), word.to_uppercase()];
        let written = cases.iter().flat_map(|word| forms(word)).map(|(_, form)| form);
        let as_written: BTreeSet<String> = written.collect();
        let forms = as_written.iter().map(|form| form.to_lowercase()).collect();
        Self { word: word.to_owned(), forms, as_written }
    }
}

/// A word as it is, and as it is packed: in an address, as a BLOB, in ASCII-only JSON, inside bytes that are in base64, which
/// look different by where among them the word begins.
pub fn forms(word: &str) -> Vec<(&'static str, String)> {
    let by = |each: &dyn Fn(&mut String, u8)| {
        word.bytes().fold(String::new(), |mut text, byte| {
            each(&mut text, byte);
            text
        })
    };
    let units = word.encode_utf16().fold(String::new(), |mut text, unit| {
        write!(text, "\\u{unit:04x}").unwrap();
        text
    });
    let mut forms = vec![
        ("as it is", word.to_owned()),
        ("percent", by(&|text, byte| write!(text, "%{byte:02x}").unwrap())),
        ("hex", by(&|text, byte| write!(text, "{byte:02x}").unwrap())),
        ("json", units),
    ];
    for before in 0..3 {
        let bytes = [&[0; 2][..before], word.as_bytes()].concat();
        // The first characters have bits of what stands before, the last of what comes after.
        let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            forms.push(("base64", text[own.clone()].to_owned()));
        }
    }
    forms
}

/// What of anybody stands in a file, as it is written there: databases have megabytes, which grep looks through.
pub fn found_in(files: &[PathBuf], marks: &[Mark], folder: &Path) -> BTreeSet<String> {
    let list = folder.join("marks");
    let forms: Vec<&str> =
        marks.iter().flat_map(|mark| &mark.as_written).map(String::as_str).collect();
    std::fs::write(&list, forms.join("\n")).unwrap();
    for file in files {
        assert!(
            file.metadata().unwrap().len() > 0,
            "{}: there is nothing to look through",
            file.display()
        );
    }
    let mut grep = Command::new("grep");
    grep.args(["--text", "--only-matching", "--no-filename", "--fixed-strings", "--file"]);
    let found = grep.arg(&list).args(files).env("LC_ALL", "C").output().unwrap();
    assert!(matches!(found.status.code(), Some(0 | 1)), "{found:?}");
    String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// All that is told to those who run the service, by where.
#[derive(Clone, Default)]
pub struct Told {
    pub log: Vec<String>,
    pub traces: Vec<String>,
    pub metrics: Vec<String>,
    pub jobs: Vec<String>,
    pub errors: Vec<String>,
    pub addresses: Vec<String>,
}

impl Told {
    pub fn places(&self) -> [(&'static str, &[String]); 6] {
        [
            ("log", &self.log),
            ("traces", &self.traces),
            ("metrics", &self.metrics),
            ("jobs", &self.jobs),
            ("errors", &self.errors),
            ("addresses", &self.addresses),
        ]
    }

    /// What of whom stands where, with the text in which it does.
    pub fn leaks(&self, marks: &[Mark]) -> Vec<(&'static str, String, String)> {
        let mut leaks = Vec::new();
        for (place, texts) in self.places() {
            for text in texts {
                let small = text.to_lowercase();
                let found = marks
                    .iter()
                    .filter(|mark| mark.forms.iter().any(|form| small.contains(form.as_str())));
                leaks.extend(found.map(|mark| (place, mark.word.clone(), text.clone())));
            }
        }
        leaks
    }
}
