//! Processor time of one signed certificate: ours, rendered with its checks and sealed, beside WeasyPrint with pyHanko and
//! headless Chromium with pyHanko, which print the same text in the same fonts with the same code and seal it (PAdES B-B) with
//! the same RSA-2048 key. They take turns, so whatever else the machine does meets all alike.
//!
//! Needs `openssl`, `pdftotext`, `pdfsig`, Debian's `chromium` and `python3-venv`; the Python packages are installed, exact, into
//! a folder under `target`. Run with `cargo bench -p adapters --bench documents`; an argument sets the documents of a round.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench: it prints its figures and may fail"
)]
#![allow(missing_docs, dead_code, reason = "shared with the tests")]

#[path = "../src/samples.rs"]
mod samples;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use adapters::{FileSealer, PdfRenderer, SealFiles};
use app::{Clock, Renderer, SealOrder, Sealer};
use cpu_time::ProcessTime;
use domain::DocumentContent;
use fast_qr::{ECL, QRBuilder};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

#[path = "../src/seal/authority.rs"]
mod authority;

const ROUNDS: usize = 5;
const TOOLS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/documents");
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/documents");
const FONTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../certificate/fonts");
const OTHERS: [&str; 2] = ["weasyprint", "chromium"];

/// Stands in the time of the certificates.
struct Standing;

impl Clock for Standing {
    #[allow(
        clippy::disallowed_methods,
        reason = "certificates are made by a program with its own clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(1)
    }
}

/// Milliseconds of a round's documents, each.
#[derive(Clone, Copy)]
struct Round {
    render: f64,
    seal: f64,
    /// As pyHanko seals by itself, reading its key anew each time.
    plain_seal: f64,
    bytes: usize,
}

struct Ours {
    renderer: PdfRenderer,
    sealer: FileSealer,
    runtime: tokio::runtime::Runtime,
    order: SealOrder,
}

impl Ours {
    fn new(files: &SealFiles) -> Self {
        let order = SealOrder {
            provider: samples::provider(),
            sealed_at: "2026-11-23T10:10:06Z".parse().unwrap(),
        };
        Self {
            renderer: PdfRenderer::new().unwrap(),
            sealer: FileSealer::load(files, &BTreeMap::new(), Arc::new(Standing)).unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            order,
        }
    }

    fn document(&self, content: &DocumentContent) -> (Vec<u8>, f64, f64) {
        let start = ProcessTime::now();
        let unsealed = self.renderer.render(content, None, None).unwrap();
        let render = start.elapsed();
        let sealed = self.runtime.block_on(self.sealer.seal(&unsealed, &self.order)).unwrap();
        let seal = start.elapsed() - render;
        (sealed, render.as_secs_f64() * 1_000.0, seal.as_secs_f64() * 1_000.0)
    }

    fn round(&self, content: &DocumentContent, count: u32, folder: &Path) -> Round {
        let mut round = Round { render: 0.0, seal: 0.0, plain_seal: 0.0, bytes: 0 };
        for _ in 0..count {
            let (sealed, render, seal) = self.document(content);
            round.render += render / f64::from(count);
            round.seal += seal / f64::from(count);
            round.bytes = sealed.len();
            fs::write(folder.join("ours.pdf"), sealed).unwrap();
        }
        round
    }
}

fn main() {
    let count = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(100_u32);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(authority::make_root(folder), "openssl is missing");
    let files = authority::make_key(folder, "seal", authority::RSA_2048);
    fs::copy(folder.join("root.crt"), folder.join("root.pem")).unwrap();
    fs::copy(&files.certificates, folder.join("seal.pem")).unwrap();
    let ours = Ours::new(&files);
    let content = DocumentContent::Certificate(samples::certificate());
    fs::write(folder.join("ours.pdf"), ours.document(&content).0).unwrap();
    let text = text_of(&folder.join("ours.pdf"));
    fs::write(folder.join("certificate.html"), html(&text)).unwrap();

    let mut python = Command::new(python())
        .arg(format!("{SOURCES}/others.py"))
        .arg(folder)
        .arg(count.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut ask, told) = (python.stdin.take().unwrap(), python.stdout.take().unwrap());
    let mut told = BufReader::new(told).lines();
    let mut next = || -> Value { serde_json::from_str(&told.next().unwrap().unwrap()).unwrap() };
    let versions = next();
    let mut rounds: Vec<[Round; 3]> = Vec::new();
    for _ in 0..ROUNDS {
        let own = ours.round(&content, count, folder);
        let others = OTHERS.map(|name| {
            writeln!(ask, "{name}").unwrap();
            round_of(&next())
        });
        rounds.push([own, others[0], others[1]]);
    }
    drop(ask);
    assert!(python.wait().unwrap().success());
    for name in ["ours", "weasyprint", "chromium"] {
        let file = folder.join(format!("{name}.pdf"));
        assert_is_sealed(&file);
        assert_eq!(words(&text_of(&file)), words(&text), "{name} says something else");
    }
    print(count, &versions, &rounds);
}

fn round_of(told: &Value) -> Round {
    let number = |name: &str| told[name].as_f64().unwrap();
    let bytes = usize::try_from(told["bytes"].as_u64().unwrap()).unwrap();
    Round {
        render: number("render_ms"),
        seal: number("seal_ms"),
        plain_seal: number("plain_seal_ms"),
        bytes,
    }
}

/// The median round of each, and how many times ours it takes.
fn print(count: u32, versions: &Value, rounds: &[[Round; 3]]) {
    let version = |name: &str| versions[name].as_str().unwrap().to_owned();
    let hanko = version("pyhanko");
    let names = [
        "ours: PDF/A-3 with its facts and checks, seal".to_owned(),
        format!("WeasyPrint {} (PDF/A-3) + pyHanko {hanko}", version("weasyprint")),
        format!("headless Chromium {}, kept open (PDF), + pyHanko {hanko}", version("chromium")),
    ];
    println!(
        "{ROUNDS} rounds of {count} documents each, milliseconds of processor time, the middle round"
    );
    println!("| | render | seal | together | times ours | kB |\n|---|---|---|---|---|---|");
    let middle = |of: &dyn Fn(&[Round; 3]) -> f64| {
        let mut all: Vec<f64> = rounds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let whole = |round: &Round| round.render + round.seal;
    for (place, name) in names.iter().enumerate() {
        let render = middle(&|round| round[place].render);
        let seal = middle(&|round| round[place].seal);
        let together = middle(&|round| whole(&round[place]));
        // Both of one round, so that a slow quarter of a minute counts for both.
        let ratio = middle(&|round| whole(&round[place]) / whole(&round[0]));
        let kilobytes = rounds.first().map_or(0, |round| round[place].bytes) / 1_000;
        println!("| {name} | {render:.2} | {seal:.2} | {together:.2} | {ratio:.1} | {kilobytes} |");
    }
}

/// Python with the packages, installed where they are not there or others are asked for.
fn python() -> PathBuf {
    let tools = Path::new(TOOLS);
    let python = tools.join("venv/bin/python");
    let wanted = fs::read(format!("{SOURCES}/requirements.txt")).unwrap();
    let mark = tools.join("venv/requirements.txt");
    if fs::read(&mark).is_ok_and(|there| there == wanted) {
        return python;
    }
    fs::create_dir_all(tools).unwrap();
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(tools.join("venv")));
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    run(Command::new(&python).args(install).arg("-r").arg(format!("{SOURCES}/requirements.txt")));
    fs::write(mark, wanted).unwrap();
    python
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text_of(pdf: &Path) -> String {
    run(Command::new("pdftotext").arg("-raw").arg(pdf).arg("-"))
}

/// Words in whatever order; a number that differs in each document, and hyphens at the ends of lines, count for nothing.
fn words(text: &str) -> Vec<String> {
    let letters = |word: &str| word.chars().filter(|one| one.is_alphanumeric()).collect();
    let mut words: Vec<String> = text.split_whitespace().map(letters).collect();
    words.retain(|word: &String| !word.is_empty() && !word.starts_with('A'));
    words.sort_unstable();
    words
}

fn assert_is_sealed(pdf: &Path) {
    let said = run(Command::new("pdfsig").arg("-nocert").arg(pdf));
    for expected in ["Signature is Valid", "Total document signed", "ETSI.CAdES.detached"] {
        assert!(said.contains(expected), "{}: {said}", pdf.display());
    }
}

/// The text as paragraphs of one page, with the code as a picture of lines.
fn html(text: &str) -> String {
    let DocumentContent::Certificate(certificate) =
        DocumentContent::Certificate(samples::certificate())
    else {
        unreachable!()
    };
    let number = certificate.number.to_string();
    let paragraphs: String = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let line = line.replace('&', "&amp;").replace('<', "&lt;");
            format!("<p>{}</p>\n", line.replace(&number, "NUMBER"))
        })
        .collect();
    let face = |file: &str, weight: &str| {
        format!(
            "@font-face {{ font-family: Form; font-weight: {weight}; src: url('file://{FONTS}/{file}'); }}"
        )
    };
    let faces = face("NotoSerif-Regular.ttf", "400") + &face("NotoSerif-Bold.ttf", "700");
    let code = code(&certificate.check_url);
    format!(
        "<!doctype html><html lang=\"kk\"><head><meta charset=\"utf-8\"><title>NUMBER</title><style>{faces}
         @page {{ size: A4; margin: 18mm; }} body {{ font: 9pt Form; }} p {{ margin: 0 0 1mm; }}
         p:first-of-type {{ font-weight: 700; }}</style></head><body>{paragraphs}{code}</body></html>"
    )
}

fn code(url: &str) -> String {
    let code = QRBuilder::new(url).ecl(ECL::M).build().unwrap();
    let size = code.size;
    let mut path = String::new();
    for (place, module) in code.data.iter().take(size * size).enumerate() {
        if module.value() {
            path.push_str(&format!("M{} {}h1v1h-1z", place % size, place / size));
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"30mm\" height=\"30mm\" viewBox=\"0 0 {size} {size}\"><path d=\"{path}\"/></svg>"
    )
}
