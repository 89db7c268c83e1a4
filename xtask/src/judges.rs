//! Judges from outside over what the demo issued: pyHanko, Poppler, QPDF and ZBar, none of which knows our code;
//! and our own `verify` over the same documents, altered copies and rubbish.
//! Knows no format itself. Next: `test.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::shell;
use crate::workspace::Workspace;

/// Where `demo --check` writes its documents, under cargo's target folder.
pub const OUT: &str = "demo-check";

/// Where that demo keeps its people, keys and anchors.
pub const DATA: &str = "demo-check-data";

/// BIN of the demo's operator, whose key signs the facts.
const OPERATOR_BIN: &str = "210140099997";

/// Takes a facts signature apart; pyHanko brings the library it needs.
const TAKE_APART: &str = include_str!("facts.py");

/// Judges every document; answers the closing line.
pub fn judge(workspace: &Workspace) -> Result<String> {
    let bench = Bench::of(workspace)?;
    for document in &bench.documents {
        bench.judge(document).with_context(|| format!("the document {}", document.display()))?;
    }
    bench.rubbish_is_unreadable()?;
    let count = bench.documents.len();
    Ok(format!(
        "      Judges {count} documents: genuine to pyHanko, pdfsig, qpdf, zbarimg and verify, their facts signed to OpenSSL's gost engine; altered copies refused"
    ))
}

struct Bench<'a> {
    workspace: &'a Workspace,
    documents: Vec<PathBuf>,
    anchors: Vec<PathBuf>,
    scratch: PathBuf,
}

impl<'a> Bench<'a> {
    fn of(workspace: &'a Workspace) -> Result<Self> {
        let out = workspace.in_target(OUT);
        let documents = files(&out, &["pdf"])?;
        ensure!(!documents.is_empty(), "no PDF in {}: run the step `demo` first", out.display());
        let anchors =
            files(&workspace.in_target(DATA).join("anchors"), &["pem", "cer", "crt", "der"])?;
        ensure!(!anchors.is_empty(), "the demo left no anchors");
        let scratch = workspace.in_target("judges");
        fs::create_dir_all(&scratch)?;
        Ok(Self { workspace, documents, anchors, scratch })
    }

    fn judge(&self, document: &Path) -> Result<()> {
        self.pyhanko_trusts(document)?;
        self.pyhanko_finds_it_archived(document)?;
        self.pdfsig_finds_it_whole(document)?;
        shell::text_of(self.workspace.program("qpdf").arg("--check").arg(document))?;
        self.facts_are_attached(document)?;
        self.facts_are_signed(document)?;
        self.qr_leads_to_the_check(document)?;
        self.expect_verdict(document, 0)?;
        self.altered_copies_are_refused(document)?;
        println!("genuine: {}", document.display());
        Ok(())
    }

    fn pyhanko(&self, how: &[&str], anchors: &[PathBuf], document: &Path) -> Command {
        let mut command = self.workspace.program(self.workspace.python());
        command.args(["-m", "pyhanko", "sign"]).args(how).arg("--trust-replace");
        for anchor in anchors {
            command.arg("--trust").arg(anchor);
        }
        command.arg("--executive-summary").arg(document);
        command
    }

    fn pyhanko_trusts(&self, document: &Path) -> Result<()> {
        self.pyhanko_says_valid(&["validate", "--no-revocation-check"], &self.anchors, document)
    }

    /// The standard's own procedure for long-term validation: with the certificates and lists in the file and no others.
    fn pyhanko_finds_it_archived(&self, document: &Path) -> Result<()> {
        let name =
            |anchor: &PathBuf| anchor.file_name().map(|name| name.to_string_lossy().into_owned());
        let is_root = |anchor: &&PathBuf| name(anchor).is_some_and(|name| name.contains("root"));
        let roots: Vec<PathBuf> = self.anchors.iter().filter(is_root).cloned().collect();
        self.pyhanko_says_valid(&["adesverify"], &roots, document)
    }

    fn pyhanko_says_valid(&self, how: &[&str], anchors: &[PathBuf], document: &Path) -> Result<()> {
        let said = shell::text_of(&mut self.pyhanko(how, anchors, document))?;
        ensure!(said.contains("VALID") && !said.contains("INVALID"), "pyHanko says: {said}");
        Ok(())
    }

    fn pdfsig_finds_it_whole(&self, document: &Path) -> Result<()> {
        let said = shell::text_of(self.workspace.program("pdfsig").arg("-nocert").arg(document))?;
        for words in ["Signature is Valid", "Total document signed"] {
            ensure!(said.contains(words), "pdfsig does not say `{words}`:\n{said}");
        }
        Ok(())
    }

    fn facts_are_attached(&self, document: &Path) -> Result<()> {
        let said = shell::text_of(self.workspace.program("pdfdetach").arg("-list").arg(document))?;
        ensure!(said.contains("facts.json"), "facts.json is not attached:\n{said}");
        Ok(())
    }

    /// OpenSSL's gost engine knows the curve and the digest, under Russia's names and in the other order of bytes.
    fn facts_are_signed(&self, document: &Path) -> Result<()> {
        let place = |name: &str| self.scratch.join(name);
        for name in ["facts.json", "facts.json.p7s"] {
            let mut qpdf = self.workspace.program("qpdf");
            let shown = shell::output(qpdf.arg(format!("--show-attachment={name}")).arg(document))?;
            ensure!(shown.status.success(), "qpdf finds no attachment {name}");
            fs::write(place(name), shown.stdout)?;
        }
        let openssl = |arguments: &[&str]| {
            let mut openssl = self.workspace.program("openssl");
            openssl.args(arguments).current_dir(&self.scratch);
            shell::text_of(&mut openssl)
        };
        openssl(&[
            "cms",
            "-cmsout",
            "-noout",
            "-print",
            "-inform",
            "DER",
            "-in",
            "facts.json.p7s",
        ])?;
        let mut apart = self.workspace.program(self.workspace.python());
        apart.args(["-c", TAKE_APART]).arg(place("facts.json.p7s")).arg(&self.scratch);
        shell::text_of(&mut apart)?;
        const DIGEST: [&str; 4] = ["dgst", "-engine", "gost", "-md_gost12_512"];
        openssl(&[&DIGEST[..], &["-binary", "-out", "own.bin", "facts.json"]].concat())?;
        let same = fs::read(place("own.bin"))? == fs::read(place("digest.bin"))?;
        ensure!(same, "the engine's digest of the facts is another");
        let key = ["-keyform", "DER", "-verify", "key.der", "-signature", "signature.bin"];
        let said = openssl(&[&DIGEST[..], &key, &["attributes.der"]].concat())?;
        ensure!(said.contains("Verified OK"), "the engine says: {said}");
        Ok(())
    }

    /// At 150 dots per inch: what an office printer and a phone make of it.
    fn qr_leads_to_the_check(&self, document: &Path) -> Result<()> {
        let picture = self.scratch.join("page");
        let mut poppler = self.workspace.program("pdftoppm");
        poppler
            .args(["-r", "150", "-f", "1", "-l", "1", "-png", "-singlefile"])
            .arg(document)
            .arg(&picture);
        shell::text_of(&mut poppler)?;
        let mut zbar = self.workspace.program("zbarimg");
        zbar.args(["--quiet", "--raw"]).arg(picture.with_extension("png"));
        let said = shell::text_of(&mut zbar)?;
        ensure!(said.starts_with("http") && said.contains("/c/"), "the QR reads: {said}");
        Ok(())
    }

    /// One byte changed at the start, in the middle and at the end of what the signature and the stamps cover.
    fn altered_copies_are_refused(&self, document: &Path) -> Result<()> {
        let bytes = fs::read(document)?;
        let copy = self.scratch.join("altered.pdf");
        let places = places_to_alter(&bytes)?;
        // From the last to the first, which lies under the seal: there the copy is one for everybody to refuse.
        for place in places.into_iter().rev() {
            fs::write(&copy, altered(&bytes, place))?;
            let context = || format!("one byte changed at {place} of {}", bytes.len());
            self.expect_verdict(&copy, 1).with_context(context)?;
        }
        self.pyhanko_refuses(&copy)
    }

    fn pyhanko_refuses(&self, copy: &Path) -> Result<()> {
        let how = ["validate", "--no-revocation-check"];
        let outside = shell::output(&mut self.pyhanko(&how, &self.anchors, copy))?;
        let said = String::from_utf8_lossy(&outside.stdout);
        let refused = !outside.status.success() || said.contains("INVALID");
        ensure!(refused, "pyHanko takes a copy with one byte changed: {said}");
        Ok(())
    }

    fn rubbish_is_unreadable(&self) -> Result<()> {
        for (name, bytes) in [
            ("empty.pdf", &b""[..]),
            ("letter.pdf", b"Dear office,"),
            ("headed.pdf", b"%PDF-1.7\nno more"),
        ] {
            let path = self.scratch.join(name);
            fs::write(&path, bytes)?;
            self.expect_verdict(&path, 2).with_context(|| format!("rubbish named {name}"))?;
        }
        self.expect_verdict(&self.scratch.join("no-such.pdf"), 2)
    }

    fn expect_verdict(&self, document: &Path, expected: i32) -> Result<()> {
        let anchors = self.workspace.in_target(DATA).join("anchors");
        let mut verify = self.workspace.program(self.workspace.binary());
        let output = shell::output(
            verify
                .arg("verify")
                .arg(document)
                .arg("--anchors")
                .arg(anchors)
                .args(["--operator-bin", OPERATOR_BIN]),
        )?;
        let said = [output.stdout, output.stderr]
            .map(|stream| String::from_utf8_lossy(&stream).into_owned())
            .concat();
        match output.status.code() {
            Some(code) if code == expected => Ok(()),
            code => bail!("`anyqtama verify` ended with {code:?}, expected {expected}: {said}"),
        }
    }
}

/// Places inside stream data, so that the copy still reads as a PDF and only its content differs.
fn places_to_alter(bytes: &[u8]) -> Result<Vec<usize>> {
    let mark = b"stream\n";
    let opens = |at: usize| !bytes.get(..at).is_some_and(|before| before.ends_with(b"end"));
    let starts: Vec<usize> = bytes
        .windows(mark.len())
        .enumerate()
        .filter(|(at, window)| *window == mark && opens(*at))
        .map(|(at, _)| at + mark.len() + 16)
        .filter(|at| *at < bytes.len())
        .collect();
    let picked = [starts.first(), starts.get(starts.len() / 2), starts.last()];
    let places: Vec<usize> = picked.into_iter().flatten().copied().collect();
    ensure!(!places.is_empty(), "the document has no stream");
    Ok(places)
}

fn altered(bytes: &[u8], place: usize) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    if let Some(byte) = copy.get_mut(place) {
        *byte ^= 1;
    }
    copy
}

/// Files with one of these endings, here and in folders below, in a steady order.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.append(&mut files(&path, endings)?);
        } else if path.extension().is_some_and(|ending| endings.iter().any(|it| ending == *it)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_altered_inside_streams_and_nowhere_else() {
        let document = b"<< >>\nstream\n0123456789abcdefGHIJ\nendstream\n<< >>\nstream\n0123456789abcdefKLMN\nendstream\n";
        let letters: Vec<u8> =
            places_to_alter(document).unwrap().into_iter().map(|at| document[at]).collect();
        assert_eq!(letters, *b"GKK");
    }

    #[test]
    fn a_document_without_a_stream_cannot_be_judged() {
        assert!(places_to_alter(b"%PDF-1.7").is_err());
    }

    #[test]
    fn an_altered_copy_differs_in_one_byte() {
        assert_eq!(altered(b"abc", 1), b"acc");
        assert_eq!(altered(b"abc", 9), b"abc");
    }
}
